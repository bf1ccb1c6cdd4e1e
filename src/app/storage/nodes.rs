//! A process among those that share a PostgreSQL database: it is seen by whoever wants to move the database or write it anew,
//! and sees that.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use url::Url;

use super::{Held, Holder};
use crate::{
    clock::Clock,
    config::DatabaseUrl,
    store::{Entrance, Presence, StoreError, Tenure},
};

/// Between two looks at whether we are still seen.
const LOOK: Duration = Duration::from_secs(5);
/// After a try that failed.
const RETRY: Duration = Duration::from_secs(1);
/// A process that has just ended is still seen for a moment: whoever needs the database alone tries so often.
const TRIES: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// The right to use a PostgreSQL database. Ends with the process, however it ends.
#[derive(Debug)]
pub(in crate::app) struct Node {
    address: Url,
    holder: Mutex<Holder>,
    /// None while the server is away.
    presence: tokio::sync::Mutex<Option<Presence>>,
    kept_out: AtomicBool,
}

impl Node {
    /// Takes the right.
    ///
    /// # Errors
    /// `Held`, and `StoreError::Open` where the database cannot be reached.
    pub(super) async fn enter(address: &Url, tenure: Tenure) -> anyhow::Result<Self> {
        let holder = Holder::here();
        let mut tries = if tenure == Tenure::Alone { TRIES } else { 1 };
        loop {
            tries -= 1;
            match Presence::enter(address, &holder.name(), tenure).await? {
                Entrance::Open(presence) => {
                    return Ok(Node {
                        address: address.clone(),
                        holder: Mutex::new(holder),
                        presence: tokio::sync::Mutex::new(Some(presence)),
                        kept_out: AtomicBool::default(),
                    });
                }
                Entrance::Closed(others) if tries == 0 => {
                    return Err(Held::by(&DatabaseUrl::Postgres(address.clone()), others, tenure).into());
                }
                Entrance::Closed(_) => Clock::system().sleep(BETWEEN_TRIES).await,
            }
        }
    }

    /// From now on it is said to serve this address. Where the server is away just now, the next look says so.
    pub(super) async fn serves(&self, address: SocketAddr) {
        let name = {
            let mut holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
            *holder = holder.clone().serving(address);
            holder.name()
        };
        if let Some(presence) = &mut *self.presence.lock().await {
            let _ = presence.rename(&name).await;
        }
    }

    /// Whether the database is being moved since the connection to it was lost: what were collected now would stay behind.
    pub(in crate::app) fn is_kept_out(&self) -> bool {
        self.kept_out.load(Ordering::Relaxed)
    }

    /// Sees to it that it is seen, also after the connection was lost. Never ends.
    pub(in crate::app) async fn stay(&self, clock: &Clock) {
        loop {
            let pause = match self.look().await {
                Ok(()) => LOOK,
                // Whoever works on the database says what is wrong with it.
                Err(_) => RETRY,
            };
            clock.sleep(pause).await;
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let mut presence = self.presence.lock().await;
        if let Some(there) = &mut *presence
            && there.stands().await
        {
            return Ok(());
        }
        *presence = None;
        let name = self.holder.lock().unwrap_or_else(PoisonError::into_inner).name();
        match Presence::enter(&self.address, &name, Tenure::Shared).await? {
            Entrance::Open(entered) => {
                *presence = Some(entered);
                self.kept_out.store(false, Ordering::Relaxed);
            }
            Entrance::Closed(others) => {
                if !self.kept_out.swap(true, Ordering::Relaxed) {
                    let database = DatabaseUrl::Postgres(self.address.clone());
                    let held = Held::by(&database, others, Tenure::Shared);
                    tracing::error!("nothing is collected: {held}");
                }
            }
        }
        Ok(())
    }

    /// Gives the right back at once.
    pub(super) async fn leave(&self) {
        if let Some(presence) = self.presence.lock().await.take() {
            presence.leave().await;
        }
    }
}
