//! What the daemon does from time to time beside everything else.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::App;
use crate::store::Duty;

/// Something that is done from time to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chore {
    /// A backup, where one is due.
    BackUp,
    /// Old entries go.
    Prune,
}

impl Chore {
    pub(super) const ALL: [Chore; 2] = [Chore::BackUp, Chore::Prune];

    /// In a sentence that says that it broke off.
    pub(super) fn name(self) -> &'static str {
        match self {
            Chore::BackUp => "making backups",
            Chore::Prune => "letting old entries go",
        }
    }

    /// How long after the start, when more urgent work is done, and how often then.
    fn pace(self) -> (Duration, Duration) {
        let (first, every) = match self {
            Chore::BackUp => (60, 600),
            Chore::Prune => (120, 3600),
        };
        (Duration::from_secs(first), Duration::from_secs(every))
    }
}

impl App {
    /// Does a chore again and again until `stop`, which breaks it off. Of several nodes one does it.
    pub(super) async fn keep_doing(&self, chore: Chore, stop: CancellationToken) {
        let (mut pause, every) = chore.pace();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.clock.sleep(pause) => {}
            }
            pause = every;
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.do_once(chore) => {}
            }
        }
    }

    async fn do_once(&self, chore: Chore) {
        // Where the database cannot be asked, whoever collects has said so.
        if !self.store.is_on_duty(Duty::History, self.clock.now()).await.unwrap_or_default() {
            return;
        }
        match chore {
            Chore::BackUp => self.back_up_and_tell().await,
            Chore::Prune => self.prune_and_tell().await,
        }
    }
}
