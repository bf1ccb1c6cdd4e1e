//! Keeps what the web server counted of its readers in the store, in batches.

use chrono::TimeDelta;

use super::App;
use crate::{model::Timestamp, store::ConsumedOnDay, web::Consumed};

/// Days that are kept.
const KEPT: TimeDelta = TimeDelta::days(400);

/// The day of a moment, in UTC.
pub fn day_of(at: Timestamp) -> String {
    at.format("%Y-%m-%d").to_string()
}

impl App {
    /// Writes what was counted since the last time. What cannot be written is kept and written the next time.
    pub(super) async fn save_consumers(&self) {
        let counted = self.consumers.take();
        if counted.is_empty() {
            return;
        }
        let day = day_of(self.clock.now());
        let rows: Vec<ConsumedOnDay> = counted.iter().map(|consumed| on_day(&day, consumed)).collect();
        if let Err(error) = self.store.add_consumers(&rows).await {
            tracing::warn!(%error, "what was counted of readers is kept in memory: {error}");
            self.consumers.give_back(counted);
        }
    }

    /// Forgets what was counted long ago.
    pub(super) async fn forget_old_consumers(&self) {
        let day = day_of(self.clock.now() - KEPT);
        if let Err(error) = self.store.forget_consumers_before(&day).await {
            tracing::warn!(%error, "old counts of readers are forgotten later: {error}");
        }
    }
}

fn on_day(day: &str, consumed: &Consumed) -> ConsumedOnDay {
    let consumption = consumed.consumption;
    ConsumedOnDay {
        day: day.to_owned(),
        channel: consumed.channel.clone(),
        program: consumed.program.clone(),
        requests: consumption.requests,
        unchanged: consumption.unchanged,
        bytes: consumption.bytes,
        subscribers: consumption.subscribers,
    }
}
