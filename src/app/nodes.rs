//! Several processes on one database: what each of them does, and how one follows the others.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{App, storage::Hold};
use crate::press::PressError;

/// What other nodes publish is told by the database at once; between two looks all the same, should it not be.
const LOOK: Duration = Duration::from_secs(15);
/// After a fault, and between two rounds that each found something else than was published.
const RETRY: Duration = Duration::from_secs(1);

/// A part that a process plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Asks sources and publishes what changed.
    Collect,
    /// Serves the public site.
    Web,
}

/// The parts that a process plays; all of them where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// It asks sources and publishes what changed.
    pub collect: bool,
    /// It serves the public site.
    pub web: bool,
}

impl Default for Roles {
    fn default() -> Self {
        Roles { collect: true, web: true }
    }
}

impl Roles {
    /// These roles; all where none is named.
    pub fn of(roles: &[Role]) -> Self {
        if roles.is_empty() {
            return Roles::default();
        }
        Roles { collect: roles.contains(&Role::Collect), web: roles.contains(&Role::Web) }
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [(self.collect, "collect"), (self.web, "web")];
        let names: Vec<&str> = names.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.trim() {
            "collect" => Ok(Role::Collect),
            "web" => Ok(Role::Web),
            other => Err(format!("there is no role “{other}”; the roles are collect and web")),
        }
    }
}

impl App {
    /// Lets whoever wants to move the database see that this node works on it, until `stop`.
    pub async fn stay_present(&self, stop: CancellationToken) {
        let Some(Hold::Node(node)) = &self.hold else { return };
        stop.run_until_cancelled(node.stay(&self.clock)).await;
    }

    /// Whether the database is being moved, so that nothing may be collected.
    pub fn is_kept_out(&self) -> bool {
        matches!(&self.hold, Some(Hold::Node(node)) if node.is_kept_out())
    }

    /// Serves what any node publishes, as soon as the database tells of it, until `stop`.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let told = Arc::new(Notify::new());
        let hearing = {
            let (app, told) = (Arc::clone(&self), Arc::clone(&told));
            async move {
                loop {
                    if let Err(error) = app.store.hear(&told).await {
                        tracing::warn!(%error, "other nodes are not heard; what they publish is looked for every {} s", LOOK.as_secs());
                    }
                    app.clock.sleep(RETRY).await;
                }
            }
        };
        let following = async {
            loop {
                tokio::select! {
                    () = told.notified() => {}
                    () = self.clock.sleep(LOOK) => {}
                }
                match self.show_what_others_published().await {
                    Ok(0) => {}
                    // Two nodes that render differently must not keep each other busy.
                    Ok(_) => self.clock.sleep(RETRY).await,
                    Err(error) => {
                        tracing::warn!(%error, "what other nodes published is looked at again: {error}");
                        self.clock.sleep(RETRY).await;
                        told.notify_one();
                    }
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = hearing => {}
            () = following => {}
        }
    }

    /// Where several nodes share the database, each serves what any of them published. Returns how many documents were
    /// something else than was published.
    ///
    /// # Errors
    /// Where the store fails; then the next look does it.
    pub async fn show_what_others_published(&self) -> Result<usize, PressError> {
        let stamp = self.store.revisions_stamp().await?;
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen().published == Some(stamp) {
            return Ok(0);
        }
        let written = self.press.follow().await?;
        // Only now: what failed is tried again.
        seen().published = Some(stamp);
        Ok(written)
    }
}
