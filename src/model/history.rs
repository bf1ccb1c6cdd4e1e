//! What collecting remembers: each fetch, and what they come to.

use super::{Health, Timestamp};

/// What one question cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The status of the last answer; None where none came.
    pub status: Option<u16>,
    /// From the question to the whole answer, without the waiting for a turn.
    pub millis: u32,
    /// Bytes of the body on the wire.
    pub bytes: u64,
    /// Bytes that a 304 spared: those of the last whole document.
    pub saved: u64,
}

/// A fetch that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastFetch {
    /// When.
    pub at: Timestamp,
    /// How it ended: the name of an `Outcome`.
    pub outcome: String,
    /// What it cost.
    pub attempt: Attempt,
    /// Entries that it brought.
    pub new: u32,
    /// Entries that it changed.
    pub updated: u32,
    /// Why it failed, in the words of the protocol.
    pub reason: Option<String>,
}

/// What is measured of a source, for the metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFigures {
    /// Its id.
    pub slug: String,
    /// How it is doing.
    pub health: Health,
    /// The last collection that went well.
    pub last_success: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Entries a week, as last observed.
    pub entries_per_week: Option<f64>,
}

/// What many fetches of a source come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// How many there were.
    pub fetches: u64,
    /// How many failed.
    pub failed: u64,
    /// How many brought nothing new (304, or the same bytes).
    pub unchanged: u64,
    /// What they took together.
    pub millis: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Bytes that 304s spared.
    pub saved: u64,
    /// Entries that they brought.
    pub new: u64,
    /// Entries that they changed.
    pub updated: u64,
}

impl Record {
    /// The share that went well, 0 to 1; None where there was no fetch.
    pub fn success_ratio(&self) -> Option<f64> {
        let well = self.fetches.saturating_sub(self.failed);
        (self.fetches > 0).then(|| well as f64 / self.fetches as f64)
    }

    /// Milliseconds of a fetch on average; None where there was none.
    pub fn latency(&self) -> Option<u64> {
        self.millis.checked_div(self.fetches)
    }

    /// Both together.
    pub fn plus(self, other: Record) -> Record {
        Record {
            fetches: self.fetches + other.fetches,
            failed: self.failed + other.failed,
            unchanged: self.unchanged + other.unchanged,
            millis: self.millis + other.millis,
            bytes: self.bytes + other.bytes,
            saved: self.saved + other.saved,
            new: self.new + other.new,
            updated: self.updated + other.updated,
        }
    }
}
