//! How long entries are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What of a source is kept. None of both: everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Entries that came, and are dated, longer ago may go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Duration>,
    /// Of more than so many entries the oldest may go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<u32>,
}

impl Retention {
    /// What came today is always kept.
    pub const SHORTEST: Duration = Duration::from_secs(24 * 3600);

    /// True where everything is kept.
    pub fn keeps_all(&self) -> bool {
        *self == Retention::default()
    }

    /// What holds for a source: its own rule for each of both, else the general one.
    #[must_use]
    pub fn or(self, general: Retention) -> Retention {
        Retention { age: self.age.or(general.age), entries: self.entries.or(general.entries) }
    }
}
