//! The words of the syndication modules.

use std::time::Duration;

pub(super) fn minutes(minutes: u64) -> Option<Duration> {
    minutes.checked_mul(60).map(Duration::from_secs)
}

/// 0 is Monday.
pub(super) fn weekday(name: &str) -> Option<u8> {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let day = days.iter().position(|day| name.eq_ignore_ascii_case(day))?;
    u8::try_from(day).ok()
}

/// sy:updatePeriod (RSS 1.0 syndication module).
pub(super) fn period_seconds(period: &str) -> Option<u64> {
    const HOUR: u64 = 3600;
    match period.to_ascii_lowercase().as_str() {
        "hourly" => Some(HOUR),
        "daily" => Some(24 * HOUR),
        "weekly" => Some(7 * 24 * HOUR),
        "monthly" => Some(30 * 24 * HOUR),
        "yearly" => Some(365 * 24 * HOUR),
        _ => None,
    }
}
