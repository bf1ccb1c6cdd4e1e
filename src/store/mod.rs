//! The store: sources, entries, tags, the outbox and the revisions of renditions, in a database. The only room with SQL.
//! It decides nothing: it writes what `changes` found and reads what channels ask for.

mod archives;
mod articles;
mod backend;
mod commit;
mod consumers;
mod decisions;
mod entries;
mod file;
mod history;
mod kept;
mod lists;
mod moving;
mod nodes;
mod outbox;
#[cfg(test)]
mod plans;
mod quarantine;
mod renditions;
mod requests;
mod retention;
mod rows;
mod search;
mod sources;
mod states;
mod stories;
mod tables;

use std::path::Path;

pub use archives::{Archive, ArchivePage, Member};
pub use articles::{ArticleQuery, DueArticle};
pub use backend::presence::{Entrance, Presence, Present, Tenure};
pub use commit::Committed;
pub use consumers::ConsumedOnDay;
pub use decisions::{By, Decided};
pub use entries::{EntryQuery, RiverQuery};
pub use file::{FileFault, FileReport, Look, Writers, inspect, snapshot};
pub use lists::{ListOf, ListQuery, Placed};
pub use moving::{MoveError, MoveProgress, MovedTable};
pub use nodes::Duty;
pub use outbox::OutboxEntry;
pub use quarantine::Quarantined;
pub use renditions::Revision;
pub use retention::{Archived, Expirable, Expiry};
pub use search::{Candidates, DueTerms, IndexQuery, IndexTerm};
pub use sources::{ClaimQuery, Due};
pub use stories::{Grouped, KeyRange, StoryDecision, StoryKey};

use backend::Backend;
use commit::Writer;
use url::Url;

use crate::config::DatabaseUrl;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be opened or brought up to date. Nothing in it was changed.
    #[error("the database {database} could not be opened: {source}")]
    Open {
        /// Its file or address, without a password.
        database: String,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The database is not one that this program can use. It was left as it is.
    #[error("{file}: {fault}; it was left as it is: {}", fault.advice())]
    Unfit {
        /// Its file, or its address without a password.
        file: String,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// The path cannot be written as an address.
    #[error("{0} cannot name a database: use a path of plain UTF-8")]
    Address(String),
    /// The database refused a statement or is not there.
    #[error("the database answered: {0}")]
    Database(#[from] sqlx::Error),
    /// The last attempt to write failed.
    #[error("the last attempt to write failed: {0}")]
    Unwritable(String),
    /// A row holds what this version does not understand.
    #[error("the database holds a {what} that this version cannot read: {problem}")]
    Foreign {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A value could not be written as JSON for a statement.
    #[error("a value could not be written: {0}")]
    Encode(#[from] serde_json::Error),
    /// Another node has claimed the source since: what was found is left to it, and nothing of it was written.
    #[error("another node collects this source now")]
    TakenOver,
    /// The writer is gone: the daemon is shutting down.
    #[error("the store is closing")]
    Closing,
}

impl StoreError {
    fn address(file: &Path) -> Self {
        StoreError::Address(file.display().to_string())
    }
}

/// Changes nothing, but is written.
const TOUCH: &str = "update source_states set lease_until = lease_until \
     where source_id = (select min(t.source_id) from source_states t)";

/// The store. Cheap to clone; all clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
    writer: Writer,
    /// Tells this process from others that share the database.
    node: i64,
    duties: nodes::Duties,
}

impl Store {
    /// Opens the SQLite database of this file, making it where it is missing.
    ///
    /// # Errors
    /// `Open` where the file is no database, belongs to a newer version, or cannot be written.
    pub async fn open_sqlite(file: &Path) -> Result<Self, StoreError> {
        Ok(Store::over(Backend::sqlite(file).await?))
    }

    /// Opens the PostgreSQL database at this address, which exists already, and makes its tables where they are missing.
    ///
    /// # Errors
    /// `Open` where it cannot be reached, is older than PostgreSQL 15, or belongs to a newer version of Vestnik.
    pub async fn open_postgres(address: &Url) -> Result<Self, StoreError> {
        Ok(Store::over(Backend::postgres(address).await?))
    }

    /// Opens the database at this address.
    ///
    /// # Errors
    /// As `open_sqlite` and `open_postgres`.
    pub async fn open(address: &DatabaseUrl) -> Result<Self, StoreError> {
        match address {
            DatabaseUrl::Sqlite(file) => Store::open_sqlite(file).await,
            DatabaseUrl::Postgres(url) => Store::open_postgres(url).await,
        }
    }

    fn over(backend: Backend) -> Self {
        let writer = Writer::start(backend.clone());
        Store { backend, writer, node: fastrand::i64(1..), duties: nodes::Duties::default() }
    }

    /// Whether other processes may write to the database beside this one: what they publish has to be looked for.
    pub fn is_shared(&self) -> bool {
        self.backend.dialect == backend::Dialect::Postgres
    }

    /// Whether the database can be written now: takes the right to write and gives it back. Where the last document could
    /// not be written, that says little (a full disk gives the right all the same): then something is really written.
    ///
    /// # Errors
    /// `Database`, `Unwritable`, `Closing`.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        if self.writer.is_gone() {
            return Err(StoreError::Closing);
        }
        let mut transaction = self.backend.begin().await?;
        if let Some(trouble) = self.writer.trouble() {
            return Err(StoreError::Unwritable(trouble));
        }
        if !self.writer.has_failed() {
            return Ok(transaction.rollback().await?);
        }
        sqlx::query(TOUCH).execute(&mut *transaction).await?;
        transaction.commit().await?;
        self.writer.is_well();
        Ok(())
    }

    /// Rewrites a SQLite file without the room that nothing uses. Nobody else may use it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn vacuum(&self) -> Result<(), StoreError> {
        self.backend.vacuum().await
    }

    /// Closes all connections. What was acknowledged is on disk already.
    pub async fn close(&self) {
        self.backend.close().await;
    }
}
