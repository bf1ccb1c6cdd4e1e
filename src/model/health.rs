//! How a source is doing. Pure: judged from what is known and the moment.

use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{SourceState, Timestamp};

/// How a source is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// Not asked yet.
    #[default]
    New,
    /// The last collection went well.
    Ok,
    /// It answers, but has brought nothing new for much longer than it usually takes.
    Quiet,
    /// It answers at another address than the declared one, and staff have not agreed yet.
    Moved,
    /// The last collections failed; it is retried.
    Failing,
    /// It answers, but not with what its contract says; it is retried.
    BrokenContract,
    /// The publisher took it away (410 twice); not asked any more.
    Gone,
    /// Staff switched it off.
    Disabled,
}

impl Health {
    /// Every health, from the best on.
    pub const ALL: [Health; 8] = [
        Health::Ok,
        Health::New,
        Health::Quiet,
        Health::Moved,
        Health::Failing,
        Health::BrokenContract,
        Health::Gone,
        Health::Disabled,
    ];

    /// The word in lists, metrics and the database.
    pub fn name(self) -> &'static str {
        match self {
            Health::New => "new",
            Health::Ok => "ok",
            Health::Quiet => "quiet",
            Health::Moved => "moved",
            Health::Failing => "failing",
            Health::BrokenContract => "broken contract",
            Health::Gone => "gone",
            Health::Disabled => "disabled",
        }
    }

    /// Reads what `name` wrote.
    pub fn from_name(name: &str) -> Self {
        Health::ALL.into_iter().find(|health| health.name() == name).unwrap_or_default()
    }

    /// Whether something is wrong that keeps news away.
    pub fn is_failure(self) -> bool {
        matches!(self, Health::Failing | Health::BrokenContract | Health::Gone)
    }
}

/// The least and the most silence that makes a source quiet, whatever its pace.
const QUIET_AFTER: (Duration, Duration) =
    (Duration::from_secs(7 * 24 * 3600), Duration::from_secs(90 * 24 * 3600));
/// So many times its usual gap between two entries.
const QUIET_GAPS: f64 = 5.0;

impl SourceState {
    /// The last sign of life: the newest date among its entries, or the moment when one was first seen.
    pub fn last_news(&self, now: Timestamp) -> Option<Timestamp> {
        match self.info.updated.filter(|updated| *updated <= now) {
            // A first collection sees old entries for the first time: their own date says more.
            Some(dated) => Some(dated),
            None => self.last_new,
        }
    }

    /// How long it has been silent, where that is much longer than usual: five times its usual gap, a week at least and
    /// 90 days at most.
    pub fn silence(&self, now: Timestamp) -> Option<TimeDelta> {
        let silent = now - self.last_news(now)?;
        let (least, most) = QUIET_AFTER;
        let gap = self.entries_per_week.filter(|rate| *rate > 0.0).map(|rate| 7.0 * 86_400.0 / rate);
        let usual = gap.and_then(|gap| Duration::try_from_secs_f64(gap * QUIET_GAPS).ok()).unwrap_or(most);
        (silent.to_std().ok()? > usual.clamp(least, most)).then_some(silent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FeedInfo, from_millis};

    fn day(number: i64) -> Timestamp {
        from_millis(1_790_000_000_000 + number * 86_400_000)
    }

    #[test]
    fn names_are_read_back() {
        for health in Health::ALL {
            assert_eq!(Health::from_name(health.name()), health);
        }
        assert_eq!(Health::from_name("something later"), Health::New);
    }

    #[test]
    fn a_source_is_quiet_after_five_of_its_usual_gaps_but_never_within_a_week() {
        for (rate, newest, quiet_on) in [
            (Some(70.0), Some(0), 8),
            (Some(7.0), Some(0), 8),
            (Some(3.5), Some(0), 11),
            (Some(0.01), Some(0), 91),
            (Some(0.0), Some(0), 91),
            (None, Some(0), 91),
        ] {
            let info = FeedInfo { updated: newest.map(day), ..FeedInfo::default() };
            let state = SourceState { info, entries_per_week: rate, ..SourceState::default() };
            assert_eq!(state.silence(day(quiet_on - 1)), None, "{rate:?}");
            assert!(state.silence(day(quiet_on)).is_some(), "{rate:?}");
        }
    }

    #[test]
    fn without_dates_the_first_sight_of_an_entry_counts() {
        let state = SourceState { last_new: Some(day(0)), ..SourceState::default() };
        assert_eq!(state.silence(day(80)), None);
        assert_eq!(state.silence(day(100)), Some(TimeDelta::days(100)));
        assert_eq!(SourceState::default().silence(day(100)), None);
        let info = FeedInfo { updated: Some(day(500)), ..FeedInfo::default() };
        assert_eq!(SourceState { info, ..state }.silence(day(80)), None, "a date to come says nothing");
    }
}
