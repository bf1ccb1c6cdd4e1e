//! What several nodes on one database tell each other, and what one of them does for all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::{Store, StoreError};
use crate::{clock::later, model::Timestamp};

/// Who has a duty keeps it for so long after its last look; then another node may take it.
const DUTY: Duration = Duration::from_secs(30);

/// Takes or keeps a duty. Gives a row where it is ours.
const TAKE_DUTY: &str = "insert into duties (name, node, until) values ($1, $2, $3) \
     on conflict (name) do update set node = excluded.node, until = excluded.until \
     where duties.node = excluded.node or duties.until <= $4 returning node";

/// What one node does for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Duty {
    /// The search index.
    Index,
    /// Grouping entries into stories.
    Stories,
    /// Adding up the history of fetches.
    History,
}

/// Until when this node has which duty.
pub(super) type Duties = Arc<Mutex<HashMap<Duty, Timestamp>>>;

impl Duty {
    fn name(self) -> &'static str {
        match self {
            Duty::Index => "index",
            Duty::Stories => "stories",
            Duty::History => "history",
        }
    }
}

impl Store {
    /// Whether this node has the duty, or takes it now because nobody has it. Where the process has the database to itself,
    /// it has them all.
    ///
    /// # Errors
    /// `Database`.
    pub async fn is_on_duty(&self, duty: Duty, now: Timestamp) -> Result<bool, StoreError> {
        if !self.is_shared() {
            return Ok(true);
        }
        let held = self.duties.lock().unwrap_or_else(PoisonError::into_inner).get(&duty).copied();
        // Not every look writes.
        if held.is_some_and(|until| until > later(now, DUTY / 2)) {
            return Ok(true);
        }
        let until = later(now, DUTY);
        let mut transaction = self.backend.begin().await?;
        let taken = sqlx::query(TAKE_DUTY)
            .bind(duty.name())
            .bind(self.node)
            .bind(until.timestamp_millis())
            .bind(now.timestamp_millis())
            .fetch_optional(&mut *transaction)
            .await?
            .is_some();
        transaction.commit().await?;
        let mut held = self.duties.lock().unwrap_or_else(PoisonError::into_inner);
        if taken {
            held.insert(duty, until);
        } else {
            held.remove(&duty);
        }
        Ok(taken)
    }

    /// Rings whenever another node published something, and after the connection was lost, as something may have been said
    /// meanwhile. Runs until it is dropped; ends at once where no other process can have the database.
    ///
    /// # Errors
    /// `Database`: listening broke off or could not begin.
    pub async fn hear(&self, bell: &Notify) -> Result<(), StoreError> {
        let Some(mut listener) = self.backend.listen().await? else { return Ok(()) };
        let own = self.node.to_string();
        bell.notify_one();
        loop {
            // None where the connection was lost; it is made again.
            match listener.try_recv().await? {
                Some(message) if message.payload() == own => {}
                _ => bell.notify_one(),
            }
        }
    }
}
