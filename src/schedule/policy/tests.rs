//! The policy as tables, then its promises for any input.

use proptest::prelude::*;

use super::*;

/// Wednesday, 4 March 2026, 10:30 GMT.
fn now() -> Timestamp {
    "2026-03-04T10:30:00Z".parse().unwrap()
}

fn minutes(n: u64) -> Duration {
    MINUTE * u32::try_from(n).unwrap()
}

#[derive(Default)]
struct Case {
    interval: Option<Duration>,
    cron: Option<&'static str>,
    hints: FeedHints,
    freshness: Freshness,
    rate: Option<f64>,
    jitter: f64,
}

#[track_caller]
fn check_due(case: &Case, expected: Duration) {
    let cron = case.cron.map(|line| line.parse().unwrap());
    let pace = Pace {
        polling: &Polling { interval: case.interval, cron },
        zone: Tz::Europe__Sofia,
        hints: &case.hints,
        freshness: &case.freshness,
        per_week: case.rate,
    };
    let due = next_due(now(), &pace, &IntervalLimits::default(), case.jitter);
    assert_eq!((due - now()).to_std().unwrap(), expected);
}

#[test]
fn the_interval_follows_the_rate_between_the_limits() {
    for (rate, expected) in [
        (Some(7.0), HOUR * 24),
        (Some(14.0), HOUR * 12),
        (Some(168.0), HOUR),
        (Some(100_000.0), minutes(15)),
        (Some(0.1), HOUR * 24),
        (Some(0.0), HOUR * 24),
        (Some(f64::NAN), HOUR * 24),
        (Some(f64::INFINITY), minutes(15)),
        (None, HOUR),
    ] {
        check_due(&Case { rate, ..Case::default() }, expected);
    }
}

#[test]
fn hints_raise_the_interval_and_never_lower_it() {
    let rate = Some(168.0);
    let fresh = |fresh_for| Freshness { fresh_for: Some(fresh_for), retry_after: None };
    let ttl = |ttl| FeedHints { ttl: Some(ttl), ..FeedHints::default() };
    let period = FeedHints { update_period: Some(HOUR * 5), ..FeedHints::default() };
    check_due(&Case { rate, freshness: fresh(HOUR * 3), ..Case::default() }, HOUR * 3);
    check_due(&Case { rate, freshness: fresh(minutes(1)), ..Case::default() }, HOUR);
    check_due(&Case { rate, hints: ttl(HOUR * 4), ..Case::default() }, HOUR * 4);
    check_due(&Case { rate, hints: period, ..Case::default() }, HOUR * 5);
    check_due(&Case { rate, hints: ttl(HOUR * 4), freshness: fresh(HOUR * 6), ..Case::default() }, HOUR * 6);
    check_due(&Case { rate, hints: ttl(Duration::MAX), ..Case::default() }, HOUR * 24);
}

#[test]
fn retry_after_beyond_the_ceiling_is_clamped() {
    let freshness = |wait| Freshness { fresh_for: None, retry_after: Some(wait) };
    check_due(&Case { freshness: freshness(HOUR * 2), ..Case::default() }, HOUR * 2);
    check_due(&Case { freshness: freshness(HOUR * 500), ..Case::default() }, HOUR * 24);
}

#[test]
fn a_declared_interval_is_kept_whatever_the_feed_hints() {
    let hints = FeedHints { ttl: Some(HOUR * 10), skip_hours: (0..24).collect(), ..FeedHints::default() };
    let freshness = Freshness { fresh_for: Some(HOUR * 10), retry_after: None };
    for interval in [Duration::from_secs(2), minutes(5), HOUR * 100] {
        let case = Case { interval: Some(interval), hints: hints.clone(), freshness, ..Case::default() };
        check_due(&case, interval);
    }
    let asked = Freshness { fresh_for: None, retry_after: Some(HOUR) };
    check_due(&Case { interval: Some(minutes(5)), freshness: asked, ..Case::default() }, HOUR);
}

#[test]
fn a_cron_line_names_the_moment_in_the_zone_of_the_source() {
    let hints = FeedHints { ttl: Some(HOUR * 10), skip_hours: (0..24).collect(), ..FeedHints::default() };
    let at = |cron| Case { cron: Some(cron), hints: hints.clone(), ..Case::default() };
    // It is 12:30 in Sofia.
    check_due(&at("0 13 * * *"), minutes(30));
    check_due(&at("30 12 * * *"), HOUR * 24);
    check_due(&Case { jitter: 1.0, ..at("0 13 * * *") }, minutes(31));
    let asked = Freshness { fresh_for: Some(HOUR * 20), retry_after: Some(HOUR) };
    check_due(&Case { freshness: asked, ..at("0 * * * *") }, minutes(90));
}

#[test]
fn jitter_makes_it_later_below_the_ceiling_and_sooner_at_it() {
    check_due(&Case { rate: Some(168.0), jitter: 0.5, ..Case::default() }, minutes(63));
    check_due(&Case { rate: Some(7.0), jitter: 0.5, ..Case::default() }, scaled(HOUR * 24, 0.95));
}

#[test]
fn skipped_hours_and_days_are_skipped_in_gmt() {
    let hours = |skip_hours| FeedHints { skip_hours, ..FeedHints::default() };
    let days = |skip_days| FeedHints { skip_days, ..FeedHints::default() };
    let rate = Some(168.0);
    // Due at 11:30 on a Wednesday (day 2).
    check_due(&Case { rate, hints: hours(vec![11]), ..Case::default() }, HOUR * 2);
    check_due(&Case { rate, hints: hours(vec![11, 12, 13]), ..Case::default() }, HOUR * 4);
    check_due(&Case { rate, hints: hours(vec![10, 12]), ..Case::default() }, HOUR);
    check_due(&Case { rate, hints: days(vec![2]), ..Case::default() }, HOUR * 14);
    check_due(&Case { rate, hints: days(vec![1, 3]), ..Case::default() }, HOUR);
}

#[test]
fn a_feed_that_wants_every_hour_skipped_is_asked_all_the_same() {
    let every_hour = FeedHints { skip_hours: (0..24).collect(), ..FeedHints::default() };
    let every_day = FeedHints { skip_days: (0..7).collect(), ..FeedHints::default() };
    check_due(&Case { hints: every_hour, ..Case::default() }, HOUR);
    check_due(&Case { hints: every_day, ..Case::default() }, HOUR);
}

#[track_caller]
fn check_failure(failures: u32, not_before: Option<Duration>, jitter: f64, expected: Duration) {
    let not_before = not_before.map(|wait| later(now(), wait));
    let due = after_failure(now(), failures, not_before, &IntervalLimits::default(), jitter);
    assert_eq!((due - now()).to_std().unwrap(), expected);
}

#[test]
fn failures_back_off_to_the_ceiling_and_never_stop() {
    for (failures, expected) in [
        (0, minutes(15)),
        (1, minutes(15)),
        (2, minutes(30)),
        (3, HOUR),
        (7, HOUR * 16),
        (8, HOUR * 24),
        (u32::MAX, HOUR * 24),
    ] {
        check_failure(failures, None, 0.0, expected);
    }
    check_failure(1, None, 1.0, scaled(minutes(15), 1.5));
    check_failure(50, None, 1.0, HOUR * 12);
}

#[test]
fn the_moment_that_the_server_named_is_kept() {
    check_failure(9, Some(HOUR), 0.0, HOUR);
    check_failure(1, Some(HOUR), 1.0, minutes(66));
    check_failure(1, Some(HOUR * 24), 1.0, HOUR * 24);
    check_failure(1, Some(HOUR * 9999), 0.0, HOUR * 24);
    check_failure(1, Some(Duration::ZERO), 0.0, MINUTE);
    let past = Some(now() - TimeDelta::days(3));
    let due = after_failure(now(), 1, past, &IntervalLimits::default(), 0.0);
    assert_eq!(due, later(now(), MINUTE));
}

#[test]
fn a_source_with_a_short_interval_is_retried_as_soon() {
    let limits =
        IntervalLimits::default().for_source(&Polling { interval: Some(Duration::from_secs(2)), cron: None });
    assert_eq!(after_failure(now(), 1, None, &limits, 0.0), later(now(), Duration::from_secs(2)));
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![Just(Duration::ZERO), Just(Duration::MAX), (0_u64..10_000_000).prop_map(Duration::from_secs)]
}

fn rates() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![Just(None), Just(Some(f64::NAN)), Just(Some(-1.0)), (0.0..1e9).prop_map(Some)]
}

proptest! {
    #[test]
    fn the_next_moment_is_never_in_the_past_and_never_beyond_the_ceiling(
        interval in proptest::option::of(durations()),
        asked in proptest::array::uniform4(proptest::option::of(durations())),
        skip_hours in proptest::collection::vec(0_u8..30, 0..24),
        skip_days in proptest::collection::vec(0_u8..9, 0..7),
        rate in rates(),
        jitter in -1.0..2.0,
        millis in 0_i64..4_000_000_000_000,
    ) {
        let now = crate::model::from_millis(millis);
        let limits = IntervalLimits::default();
        let [fresh_for, retry_after, ttl, update_period] = asked;
        let hints = FeedHints { ttl, update_period, skip_hours, skip_days };
        let freshness = Freshness { fresh_for, retry_after };
        let spec = Polling { interval, cron: None };
        let pace =
            Pace { polling: &spec, zone: Tz::UTC, hints: &hints, freshness: &freshness, per_week: rate };
        let due = next_due(now, &pace, &limits, jitter);
        let floor = limits.for_source(&spec).min.min(limits.min);
        prop_assert!(due >= later(now, scaled(floor, 0.9)));
        prop_assert!(due <= later(now, limits.for_source(&spec).max));
    }

    #[test]
    fn a_retry_is_never_in_the_past_and_never_beyond_the_ceiling(
        failures in any::<u32>(),
        named in proptest::option::of(-5_000_000_i64..5_000_000),
        jitter in -1.0..2.0,
    ) {
        let limits = IntervalLimits::default();
        let not_before = named.map(|seconds| now() + TimeDelta::seconds(seconds));
        let due = after_failure(now(), failures, not_before, &limits, jitter);
        prop_assert!(due > now());
        prop_assert!(due <= later(now(), limits.max));
        if let Some(moment) = not_before {
            prop_assert!(due >= moment.min(later(now(), limits.max)));
        }
    }
}
