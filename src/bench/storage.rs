//! What keeping an archive costs: looking at all of it, backing it up, restoring, moving it to PostgreSQL and back, letting
//! old entries go.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use super::{measure::Usage, serving};
use crate::{
    app::{self, App, Pruning},
    clock::Clock,
    config::{DatabaseUrl, Settings},
    store::{Look, inspect},
};

/// Seconds of wall and of this process's CPU.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Took {
    /// Wall.
    pub wall: f64,
    /// CPU.
    pub cpu: f64,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct StorageResult {
    /// Stored entries.
    pub entries: u64,
    /// Writing them, up to a thousand a commit, and indexing them.
    pub fill: Took,
    /// Bytes of the database.
    pub bytes: u64,
    /// Looking at every page, as each start does.
    pub check: Took,
    /// A backup, checked.
    pub backup: Took,
    /// Bytes of the backup.
    pub backup_bytes: u64,
    /// Restoring it.
    pub restore: Took,
    /// Moving to PostgreSQL, compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_postgres: Option<Took>,
    /// And back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_postgres: Option<Took>,
    /// Letting entries beyond 2,000 of each source go.
    pub prune: Took,
    /// Entries that went.
    pub pruned: u64,
    /// Rewriting the file.
    pub vacuum: Took,
    /// Bytes after it.
    pub vacuumed_bytes: u64,
}

/// Measures all of it with so many entries; PostgreSQL where an empty database is named.
///
/// # Errors
/// Where a database cannot be made, or a step fails.
pub async fn run_storage(entries: u64, postgres: Option<DatabaseUrl>) -> anyhow::Result<StorageResult> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("vestnik.db");
    let settings = settings(folder.path())?;
    let usage = Usage::begin();
    let app = serving::open(folder.path()).await?;
    serving::fill(&app, entries).await?;
    app.indexer().catch_up().await?;
    app.press().publish_all().await?;
    app.store().close().await;
    drop(app);
    let fill = took(&usage);
    let bytes = std::fs::metadata(&file)?.len();
    let usage = Usage::begin();
    inspect(&file, Look::Whole).await?;
    let check = took(&usage);
    let backup_file = folder.path().join("backup.db");
    let usage = Usage::begin();
    let written = app::back_up(&settings, &backup_file, false, |_| {}).await?;
    let backup = took(&usage);
    let usage = Usage::begin();
    app::restore(&settings, &backup_file, Clock::system().now(), |_| {}).await?;
    let restore = took(&usage);
    let (mut to_postgres, mut from_postgres) = (None, None);
    if let Some(address) = &postgres {
        let here = DatabaseUrl::Sqlite(file.clone());
        let usage = Usage::begin();
        app::migrate(&here, address, |_| {}).await?;
        to_postgres = Some(took(&usage));
        let usage = Usage::begin();
        let back = DatabaseUrl::Sqlite(folder.path().join("back.db"));
        app::migrate(address, &back, |_| {}).await?;
        from_postgres = Some(took(&usage));
    }
    let app: App = serving::open_with(
        folder.path(),
        &[("VESTNIK_RETENTION__ENTRIES", "2000"), ("VESTNIK_RETENTION__FROM_ARCHIVES", "true")],
    )
    .await?;
    let usage = Usage::begin();
    let pruned = app.prune(Pruning::Real).await.context("letting entries go")?;
    let prune = took(&usage);
    app.store().close().await;
    drop(app);
    let usage = Usage::begin();
    let (_, vacuumed_bytes) = app::vacuum(&settings).await?;
    let vacuum = took(&usage);
    let pruned = pruned.iter().map(|source| source.entries).sum();
    let backup_bytes = written.bytes;
    Ok(StorageResult {
        entries,
        fill,
        bytes,
        check,
        backup,
        backup_bytes,
        restore,
        to_postgres,
        from_postgres,
        prune,
        pruned,
        vacuum,
        vacuumed_bytes,
    })
}

fn took(usage: &Usage) -> Took {
    let (wall, cpu, _) = usage.since();
    Took { wall, cpu }
}

fn settings(folder: &Path) -> anyhow::Result<Settings> {
    serving::settings(folder, &[])
}
