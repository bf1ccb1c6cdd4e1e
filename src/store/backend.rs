//! The dialect seam: the only place that knows which database it talks to. Everything else in `store` is one SQL
//! text for all of them; where SQLite has a function that another database lacks, that database's migrations define it.

use std::{path::Path, time::Duration};

use sqlx::{
    Any, AnyPool, Executor, SqlSafeStr, Transaction,
    any::AnyPoolOptions,
    migrate::{Migration, MigrationType, Migrator},
};

use super::StoreError;

/// Pools of connections to one database.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    /// Many readers.
    pub(super) reads: AnyPool,
    /// SQLite lets one connection write at a time; waiting for it here is cheaper than its busy handler.
    writes: AnyPool,
}

/// WAL, so that readers never wait for the writer; FULL, so that what was acknowledged survives a power loss; a larger
/// page than usual, as entries are a few kilobytes each; memory for pages bounded to 8 MiB a connection.
const SQLITE_PRAGMAS: &str = "pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full; \
     pragma foreign_keys = on; pragma busy_timeout = 5000; pragma cache_size = -8192; pragma temp_store = memory; \
     pragma journal_size_limit = 67108864;";

const SQLITE_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "newswire", include_str!("migrations/sqlite/0001_newswire.sql")),
    (2, "rivers", include_str!("migrations/sqlite/0002_rivers.sql")),
    (3, "history", include_str!("migrations/sqlite/0003_history.sql")),
    (4, "publication", include_str!("migrations/sqlite/0004_publication.sql")),
    (5, "search", include_str!("migrations/sqlite/0005_search.sql")),
    (6, "stories", include_str!("migrations/sqlite/0006_stories.sql")),
    (7, "guard", include_str!("migrations/sqlite/0007_guard.sql")),
];

const READERS: u32 = 4;

impl Backend {
    /// Opens the SQLite file, making it where it is missing, and brings its tables up to date.
    pub(super) async fn sqlite(file: &Path) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let address = sqlite_address(file)?;
        let writes = sqlite_pool(&address, 1).await.map_err(|error| opening(file, error))?;
        migrate(&writes, SQLITE_MIGRATIONS).await.map_err(|error| opening(file, error))?;
        let reads = sqlite_pool(&address, READERS).await.map_err(|error| opening(file, error))?;
        Ok(Backend { reads, writes })
    }

    /// A transaction that will write.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.writes.begin_with("begin immediate").await?)
    }

    /// Closes all connections; SQLite folds its log into the file.
    pub(super) async fn close(&self) {
        self.reads.close().await;
        self.writes.close().await;
    }
}

async fn sqlite_pool(address: &str, connections: u32) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SQLITE_PRAGMAS).await.map(|_| ()) })
        })
        .connect(address)
        .await
}

fn sqlite_address(file: &Path) -> Result<String, StoreError> {
    let mut address = url::Url::parse("sqlite://").map_err(|_| StoreError::address(file))?;
    let path = std::path::absolute(file).map_err(|_| StoreError::address(file))?;
    address.set_path(path.to_str().ok_or_else(|| StoreError::address(file))?);
    address.set_query(Some("mode=rwc"));
    Ok(address.into())
}

async fn migrate(pool: &AnyPool, steps: &[(i64, &'static str, &'static str)]) -> Result<(), sqlx::Error> {
    let migrations = steps
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations)
        .run(pool)
        .await
        .map_err(|error| sqlx::Error::Migrate(Box::new(error)))
}

fn opening(file: &Path, source: sqlx::Error) -> StoreError {
    StoreError::Open { file: file.display().to_string(), source }
}
