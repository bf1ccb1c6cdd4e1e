//! Time as the house keeps it: UTC, to the millisecond in the database.

use chrono::{DateTime, Datelike, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Identity;

/// A moment in UTC.
pub type Timestamp = DateTime<Utc>;

/// The moment that the database stored as milliseconds since 1970, clamped to what a calendar can show.
pub fn from_millis(millis: i64) -> Timestamp {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Where an entry stands in the river: newest first by this number. Seconds since 1970 in the upper bits and 20
/// bits of the identity below, so that the order of entries of one second does not depend on which came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SortKey(pub i64);

impl SortKey {
    const TIE_BITS: u32 = 20;

    /// The key of an entry of this moment.
    pub fn new(at: Timestamp, identity: &Identity) -> Self {
        let tie = identity.as_str().get(..5).and_then(|hex| i64::from_str_radix(hex, 16).ok()).unwrap_or(0);
        SortKey((at.timestamp().clamp(0, 1 << 42) << Self::TIE_BITS) | tie)
    }

    /// The smallest key of this moment: everything from it on is at or after the moment.
    pub fn floor(at: Timestamp) -> Self {
        SortKey(at.timestamp().clamp(0, 1 << 42) << Self::TIE_BITS)
    }

    /// The moment, to the second.
    pub fn at(self) -> Timestamp {
        from_millis((self.0 >> Self::TIE_BITS) * 1000)
    }
}

/// A month of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
}

impl Month {
    /// The month of a moment, where clocks show this zone.
    pub fn of(at: Timestamp, zone: Tz) -> Self {
        let at = at.with_timezone(&zone);
        Month { year: at.year(), month: at.month() }
    }

    /// Its first moment in this zone. None where no calendar has the month.
    pub fn start(self, zone: Tz) -> Option<Timestamp> {
        let midnight = zone.with_ymd_and_hms(self.year, self.month, 1, 0, 0, 0);
        // Where clocks are moved at that very hour, the earlier one, or the hour after.
        let start = midnight
            .earliest()
            .or_else(|| zone.with_ymd_and_hms(self.year, self.month, 1, 1, 0, 0).earliest());
        start.map(|start| start.with_timezone(&Utc))
    }

    /// The month after it.
    pub fn next(self) -> Self {
        if self.month >= 12 {
            Month { year: self.year.saturating_add(1), month: 1 }
        } else {
            Month { month: self.month + 1, ..self }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_where_clocks_say_so() {
        let sofia = chrono_tz::Europe::Sofia;
        let start = |year, month| Month { year, month }.start(sofia).map(|at| at.to_rfc3339());
        assert_eq!(start(2018, 7).as_deref(), Some("2018-06-30T21:00:00+00:00"));
        assert_eq!(start(2018, 13), None);
        let late = from_millis(1_530_393_000_000);
        assert_eq!(Month::of(late, sofia), Month { year: 2018, month: 7 });
        assert_eq!(Month { year: 2018, month: 12 }.next(), Month { year: 2019, month: 1 });
    }
}
