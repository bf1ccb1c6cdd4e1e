//! Backups: a consistent copy of the database while a daemon writes to it, and putting one back. A backup is one SQLite file,
//! whichever database it is of.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::{Hold, database};
use crate::{
    config::{DatabaseUrl, Settings},
    model::Timestamp,
    store::{self, FileFault, FileReport, Look, MoveProgress, Store, StoreError, Writers},
};

/// A backup that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its size in bytes.
    pub bytes: u64,
    /// What it holds.
    pub report: FileReport,
}

/// A backup that was put in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the database holds now.
    pub report: FileReport,
    /// Where the database that was there before is now.
    pub before: Option<PathBuf>,
}

/// Writes a backup: beside the file first, checked and synced, then renamed, so that a file of this name is whole.
///
/// # Errors
/// A file that is there already, without `replace`; a database that cannot be read or is damaged; a disk that is full.
pub async fn back_up(
    settings: &Settings,
    file: &Path,
    replace: bool,
    tell: impl FnMut(MoveProgress),
) -> anyhow::Result<Backup> {
    let shown = file.display();
    let refused = || format!("{shown} is there already; choose another name, or overwrite it with --force");
    if !replace && file.exists() {
        bail!(refused());
    }
    let partial = beside(file, &format!("partial-{}", std::process::id()));
    let written = write(&database(settings)?, &partial, tell).await;
    let finished = match written {
        Ok(report) if replace || !file.exists() => settle(&partial, file).map(|()| report),
        Ok(_) => Err(anyhow::anyhow!(refused())),
        Err(error) => Err(error),
    };
    if finished.is_err() {
        remove_database(&partial);
    }
    let report = finished.with_context(|| format!("writing the backup {shown}"))?;
    Ok(Backup { bytes: fs::metadata(file)?.len(), report })
}

async fn write(
    from: &DatabaseUrl,
    partial: &Path,
    tell: impl FnMut(MoveProgress),
) -> anyhow::Result<FileReport> {
    match from {
        DatabaseUrl::Sqlite(database) => {
            if store::inspect(database, Look::Quick).await?.is_none() {
                bail!("there is no database {} yet, and so nothing to back up", database.display());
            }
            store::snapshot(database, partial, Writers::Some).await?;
        }
        DatabaseUrl::Postgres(_) => {
            let (from, to) = (Store::open(from).await?, Store::open_sqlite(partial).await?);
            let moved = from.move_into(&to, tell).await;
            from.close().await;
            to.close().await;
            moved?;
        }
    }
    sound(partial).await
}

/// Puts a backup in the place of the database, and brings it up to date. Nothing of a daemon may run on the database.
///
/// # Errors
/// Other processes that have the database (`Held`); a file that is no sound backup; a PostgreSQL database that is not empty.
/// The database is as it was then.
pub async fn restore(
    settings: &Settings,
    file: &Path,
    at: Timestamp,
    tell: impl FnMut(MoveProgress),
) -> anyhow::Result<Restored> {
    let address = database(settings)?;
    let hold = Hold::alone(&address).await?;
    let restored = put_in_place(&address, file, at, tell).await;
    hold.leave().await;
    restored
}

async fn put_in_place(
    address: &DatabaseUrl,
    file: &Path,
    at: Timestamp,
    tell: impl FnMut(MoveProgress),
) -> anyhow::Result<Restored> {
    sound(file).await?;
    match address {
        DatabaseUrl::Sqlite(database) => {
            let partial = beside(database, "restoring");
            remove_database(&partial);
            let prepared = prepare(file, &partial).await;
            if prepared.is_err() {
                remove_database(&partial);
            }
            let report = prepared.with_context(|| format!("preparing {}", partial.display()))?;
            let before = keep_aside(database, at).await.context("keeping the present database aside")?;
            settle(&partial, database)?;
            Ok(Restored { report, before })
        }
        DatabaseUrl::Postgres(_) => {
            let folder = tempfile::tempdir().context("making a temporary folder")?;
            let copy = folder.path().join("vestnik.db");
            let report = prepare(file, &copy).await.context("preparing a copy of the backup")?;
            let (from, to) = (Store::open_sqlite(&copy).await?, Store::open(address).await?);
            let moved = from.move_into(&to, tell).await;
            from.close().await;
            to.close().await;
            moved.with_context(|| format!("writing to {address}"))?;
            Ok(Restored { report, before: None })
        }
    }
}

/// A copy of the backup that is up to date and sound. The backup itself, and a log beside it, stay as they are.
async fn prepare(file: &Path, copy: &Path) -> anyhow::Result<FileReport> {
    store::snapshot(file, copy, Writers::None).await?;
    Store::open_sqlite(copy).await?.close().await;
    sound(copy).await
}

async fn sound(file: &Path) -> anyhow::Result<FileReport> {
    let missing = || StoreError::Unfit { file: file.display().to_string(), fault: FileFault::Missing };
    Ok(store::inspect(file, Look::Whole).await?.ok_or_else(missing)?)
}

/// Gives the present database another name beside the one that it has; its place is never empty. None where there is none.
async fn keep_aside(database: &Path, at: Timestamp) -> anyhow::Result<Option<PathBuf>> {
    if !database.exists() {
        remove_database(database);
        return Ok(None);
    }
    // Whoever opens it last folds its log into it: then there is one file. What cannot be opened keeps its log.
    if store::inspect(database, Look::Quick).await.is_ok()
        && let Ok(store) = Store::open_sqlite(database).await
    {
        store.close().await;
    }
    let name = format!("before-restore-{}", at.format("%Y%m%dT%H%M%SZ"));
    // Two of one second get names of their own.
    let names = std::iter::once(name.clone()).chain((2..100).map(|number| format!("{name}-{number}")));
    let free = names.map(|name| beside(database, &name)).find(|aside| !aside.exists());
    let aside = free.context("too many databases are kept aside; remove some")?;
    if fs::hard_link(database, &aside).is_err() {
        // The file system has no second names: then its place is empty for a moment.
        fs::rename(database, &aside)?;
    }
    for log in ["-wal", "-shm"] {
        match fs::rename(suffixed(database, log), suffixed(&aside, log)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(Some(aside))
}

/// Puts a finished file in its place: synced, renamed, and the folder synced.
fn settle(partial: &Path, file: &Path) -> anyhow::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

fn beside(file: &Path, what: &str) -> PathBuf {
    suffixed(file, &format!(".{what}"))
}

fn suffixed(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// What an attempt left, where it left anything.
fn remove_database(file: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(suffixed(file, end));
    }
}
