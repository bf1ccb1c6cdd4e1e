//! When to ask again. Pure: takes the moment and what is known, gives a moment. Never in the past, never beyond the
//! ceiling.

use std::time::Duration;

use chrono::{Datelike, TimeDelta, Timelike};
use chrono_tz::Tz;

use crate::{
    clock::later,
    model::{FeedHints, Freshness, Polling, Timestamp},
};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
const HOUR: Duration = Duration::from_secs(3600);
/// The least that Retry-After counts for.
const MINUTE: Duration = Duration::from_secs(60);
/// How far an ordinary interval is spread.
const SPREAD: f64 = 0.1;
/// How far a retry is spread: what failed together should not come back together.
const RETRY_SPREAD: f64 = 0.5;

/// Between which times a source may be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntervalLimits {
    /// The shortest adaptive interval, and the first one after a failure [15 min].
    pub min: Duration,
    /// The longest, for hints, failures and Retry-After too [24 h].
    pub max: Duration,
    /// While nothing is known of a source's pace [1 h].
    pub first: Duration,
}

impl Default for IntervalLimits {
    fn default() -> Self {
        IntervalLimits { min: MINUTE * 15, max: HOUR * 24, first: HOUR }
    }
}

impl IntervalLimits {
    /// The limits for one source: a declared interval widens them, so that a source that is asked every minute is also
    /// retried after one.
    pub fn for_source(&self, polling: &Polling) -> Self {
        match polling.interval {
            Some(fixed) => IntervalLimits { min: self.min.min(fixed), max: self.max.max(fixed), ..*self },
            None => *self,
        }
    }
}

/// What a source and its answers say about when to ask again.
#[derive(Debug, Clone, Copy)]
pub struct Pace<'a> {
    /// What its file says.
    pub polling: &'a Polling,
    /// The zone that a CRON line is in.
    pub zone: Tz,
    /// What the document asks for.
    pub hints: &'a FeedHints,
    /// What the response asks for.
    pub freshness: &'a Freshness,
    /// Entries a week, as last observed.
    pub per_week: Option<f64>,
}

/// When to ask a source again after it answered.
///
/// The interval is the declared one, else 7 days ÷ entries a week within the limits; the first one where the rate is
/// unknown. What the response and the document ask for raises it, up to the ceiling: cache lifetime (RFC 9111 §4.2), ttl,
/// sy:updatePeriod and Retry-After; a declared interval is raised by Retry-After alone. `jitter` (0 to 1) spreads it by a
/// tenth. Hours and days that the feed wants skipped (RSS 2.0 skipHours and skipDays, in GMT) are skipped where that
/// does not pass the ceiling. A CRON line names the moment itself; it is met within a minute, and Retry-After passes
/// over moments that come too early.
pub fn next_due(now: Timestamp, pace: &Pace<'_>, limits: &IntervalLimits, jitter: f64) -> Timestamp {
    let Pace { polling, hints, freshness, .. } = pace;
    let ceiling = limits.for_source(polling).max;
    let retry_after = freshness.retry_after.unwrap_or_default();
    if let Some(cron) = &polling.cron {
        let next = cron.next(later(now, retry_after.min(ceiling)), pace.zone);
        // A line whose last moment has passed: it is looked at as rarely as can be.
        return later(next.unwrap_or_else(|| later(now, ceiling)), scaled(MINUTE, share_of(jitter)));
    }
    if let Some(fixed) = polling.interval {
        return later(now, spread(fixed.max(retry_after), ceiling, SPREAD, jitter));
    }
    let asked_for = [freshness.fresh_for, hints.ttl, hints.update_period];
    let interval = asked_for.into_iter().flatten().fold(adaptive(limits, pace.per_week), Duration::max);
    let due = later(now, spread(interval.max(retry_after), ceiling, SPREAD, jitter));
    skip(due, later(now, ceiling), hints)
}

/// When to ask a source again after `failures` failures in a row, this one included.
///
/// Doubles from the shortest interval up to the ceiling, spread by half. Where the server named a moment to come back
/// (`FetchOutcome::not_before`), that is kept, from a minute up to the ceiling, and spread only to later.
pub fn after_failure(
    now: Timestamp,
    failures: u32,
    not_before: Option<Timestamp>,
    limits: &IntervalLimits,
    jitter: f64,
) -> Timestamp {
    let wait = match not_before {
        Some(moment) => {
            let asked = (moment - now).to_std().unwrap_or_default().max(MINUTE);
            spread(asked, limits.max, SPREAD, jitter).max(asked.min(limits.max))
        }
        None => {
            let doublings = failures.saturating_sub(1).min(31);
            spread(limits.min.saturating_mul(1 << doublings), limits.max, RETRY_SPREAD, jitter)
        }
    };
    later(now, wait)
}

fn adaptive(limits: &IntervalLimits, entries_per_week: Option<f64>) -> Duration {
    let interval = match entries_per_week {
        None => limits.first,
        Some(rate) if rate > 0.0 => scaled(WEEK, 1.0 / rate),
        Some(_) => limits.max,
    };
    interval.min(limits.max).max(limits.min)
}

/// Makes an interval longer by up to `share` of itself; where that passes the ceiling, the ceiling shorter by as much:
/// sources at the ceiling must not meet either.
fn spread(interval: Duration, ceiling: Duration, share: f64, jitter: f64) -> Duration {
    let jitter = share_of(jitter);
    let longer = scaled(interval, 1.0 + share * jitter);
    if longer <= ceiling { longer } else { scaled(ceiling, 1.0 - share * jitter).min(ceiling) }
}

fn share_of(jitter: f64) -> f64 {
    if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 }
}

/// A multiple, at most a century: `Duration` refuses what it cannot hold.
fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX).min(WEEK * 5200)
}

/// The first moment from `due` on, in steps of an hour, that the feed does not want skipped; the minute stays, and with
/// it the jitter. A feed that wants everything up to the limit skipped is asked when it is due.
fn skip(due: Timestamp, limit: Timestamp, hints: &FeedHints) -> Timestamp {
    let unwanted = |moment: Timestamp| {
        let (hour, day) = (moment.hour(), moment.weekday().num_days_from_monday());
        hints.skip_hours.iter().any(|skipped| u32::from(*skipped) == hour)
            || hints.skip_days.iter().any(|skipped| u32::from(*skipped) == day)
    };
    let mut moment = due;
    while unwanted(moment) {
        match moment.checked_add_signed(TimeDelta::hours(1)) {
            Some(next) if next <= limit => moment = next,
            _ => return due,
        }
    }
    moment
}

#[cfg(test)]
mod tests;
