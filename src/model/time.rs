//! Time as the house keeps it: UTC, to the millisecond in the database.

use chrono::{DateTime, Utc};
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
