//! The database as a whole: who may use it, backups, moving it, and giving room back.

mod backup;
mod holder;
mod lock;
mod moving;
mod nodes;
mod rotation;
mod vacuum;

use std::{net::SocketAddr, path::Path};

use anyhow::Context;

use super::{Access, Roles};
use crate::{
    config::{DatabaseUrl, Settings},
    store::{Look, Tenure, inspect},
};

pub use backup::{Backup, Restored, back_up, restore};
pub use holder::{Held, Holder};
pub use lock::Lock;
pub use moving::migrate;
pub(super) use nodes::Node;
pub use vacuum::vacuum;

/// A look at the database that takes longer is worth a line in the log.
const LONG: std::time::Duration = std::time::Duration::from_secs(1);

/// The right to use a database, for as long as it is kept.
#[derive(Debug)]
pub(super) enum Hold {
    /// A file, which one process has.
    File(Lock),
    /// A PostgreSQL database.
    Node(Node),
}

impl Hold {
    /// Takes the right to work on a database, as any process does; or says who has it, where that is no hindrance.
    ///
    /// # Errors
    /// `Held`, where it is one; a folder or a lock file that cannot be made; a server that cannot be reached.
    pub(super) async fn take(address: &DatabaseUrl, access: Access) -> anyhow::Result<Result<Self, Held>> {
        let taken = match address {
            DatabaseUrl::Sqlite(file) => lock(file).map(Hold::File),
            DatabaseUrl::Postgres(url) => Node::enter(url, Tenure::Shared).await.map(Hold::Node),
        };
        let held = match taken {
            Ok(hold) => return Ok(Ok(hold)),
            Err(error) => error.downcast::<Held>()?,
        };
        match access {
            Access::Beside => Ok(Err(held)),
            Access::ByHand if matches!(held, Held::File { .. }) => Ok(Err(held)),
            Access::ByHand | Access::Alone => Err(held.into()),
        }
    }

    /// Takes a database so that no daemon works on it meanwhile.
    ///
    /// # Errors
    /// As `take` for `Access::Alone`.
    async fn alone(address: &DatabaseUrl) -> anyhow::Result<Self> {
        match address {
            DatabaseUrl::Sqlite(file) => lock(file).map(Hold::File),
            DatabaseUrl::Postgres(url) => Node::enter(url, Tenure::Alone).await.map(Hold::Node),
        }
    }

    /// From now on whoever is kept out is told that a daemon serves this address and does this.
    pub(super) async fn serves(&self, address: SocketAddr, roles: Roles) {
        match self {
            Hold::File(lock) => lock.serves(address, roles),
            Hold::Node(node) => node.serves(address).await,
        }
    }

    /// Gives the right back.
    pub(super) async fn leave(&self) {
        if let Hold::Node(node) = self {
            node.leave().await;
        }
    }
}

/// Where the database is, with its password.
///
/// # Errors
/// Where the password's file cannot be read.
pub fn database(settings: &Settings) -> anyhow::Result<DatabaseUrl> {
    let address = settings.storage.database();
    let Some(file) = &settings.storage.password_file else { return Ok(address) };
    let password = std::fs::read_to_string(file)
        .with_context(|| format!("reading storage.password_file {}", file.display()))?;
    Ok(address.with_password(password.trim_end_matches(['\r', '\n'])))
}

/// Takes the lock of a SQLite file, in a folder that is made where it is missing.
fn lock(file: &Path) -> anyhow::Result<Lock> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("making the data folder {}", folder.display()))?;
    }
    Lock::take(file)
}

/// Looks at every page of the database before anything is written to it: what is damaged would be made worse.
pub(super) async fn check_whole(file: &Path) -> anyhow::Result<()> {
    let begun = std::time::Instant::now();
    inspect(file, Look::Whole).await?;
    if begun.elapsed() > LONG {
        let seconds = begun.elapsed().as_secs_f64();
        tracing::info!("{} is sound; looking at all of it took {seconds:.1} s", file.display());
    }
    Ok(())
}
