//! A SQLite file as a whole: what it is, looked at without changing it, and a consistent copy of it while others write.

use std::path::Path;

use sqlx::{AnyConnection, Connection, Executor, Row};

use super::{
    StoreError,
    backend::{self, sqlite_address},
};

/// Why a file is not the database that is looked for. It was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// There is nothing.
    #[error("there is no such file")]
    Missing,
    /// Not SQLite's, or its beginning is damaged.
    #[error("it is no SQLite database, or its beginning is damaged")]
    NoDatabase,
    /// A database, but none of ours.
    #[error("it is a database of another program")]
    Foreign,
    /// Written by a later version.
    #[error(
        "it belongs to a newer version of Vestnik (its tables are of version {found}, this program knows {known})"
    )]
    Newer {
        /// The version of its tables.
        found: i64,
        /// The last version that this program knows.
        known: i64,
    },
    /// Its parts do not fit together.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

impl FileFault {
    /// What whoever runs it can do.
    pub fn advice(&self) -> &'static str {
        match self {
            FileFault::Missing => "name a file that a backup was written to",
            FileFault::Newer { .. } => "run the newer version, or restore a backup from before the update",
            FileFault::Foreign => "choose another folder with --data",
            FileFault::NoDatabase | FileFault::Damaged(_) => {
                "put a backup in its place with `vestnik restore FILE`, which keeps the present file aside; or move it away \
                 yourself to begin anew"
            }
        }
    }
}

/// How closely to look at a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// At what it is. Others may write to it meanwhile.
    Quick,
    /// And at every page of it, whether they fit together. Reads the whole file, which nobody writes to.
    Whole,
}

/// Whether others may write to a file that is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// A daemon may.
    Some,
    /// Nobody does: a backup, also one that cannot be written to.
    None,
}

/// What a file of ours holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileReport {
    /// The version of its tables.
    pub version: i64,
    /// Entries, in any state.
    pub entries: i64,
    /// Sources, declared or not.
    pub sources: i64,
}

const TABLES: &str = "select count(*), count(case when name = '_sqlx_migrations' then 1 end) from sqlite_schema \
     where type = 'table'";

const COUNTS: &str = "select (select count(*) from entries), (select count(*) from sources)";

/// One line where all is well.
const CHECK: &str = "pragma quick_check(1)";

/// SQLite's primary result codes (https://sqlite.org/rescode.html): the file is malformed; it is none.
const CORRUPT: i64 = 11;
const NOT_A_DATABASE: i64 = 26;

/// Looks at a SQLite file without writing in it. `Ok(None)` where there is none, or an empty one: a database that is still to
/// be made.
///
/// # Errors
/// `Unfit` where it is not a sound database of ours, `Database` where it cannot be read.
pub async fn inspect(file: &Path, look: Look) -> Result<Option<FileReport>, StoreError> {
    match std::fs::metadata(file) {
        Ok(found) if found.len() > 0 => {}
        _ => return Ok(None),
    }
    let unfit = |fault| StoreError::Unfit { file: file.display().to_string(), fault };
    let looked = async {
        let alone = look == Look::Whole && !has_log(file);
        let mut connection = open_to_read(file, alone).await?;
        let report = report(&mut connection).await;
        let sound = match (&report, look) {
            (Ok(Ok(_)), Look::Whole) => check(&mut connection).await?,
            _ => None,
        };
        // Nothing was written: that it does not close well changes nothing.
        let _ = connection.close().await;
        let report = report?;
        Ok(match sound {
            Some(problem) => Err(FileFault::Damaged(problem)),
            None => report,
        })
    };
    match looked.await {
        Ok(Ok(report)) => Ok(report),
        Ok(Err(fault)) => Err(unfit(fault)),
        Err(error) => Err(fault_of(&error).map_or(StoreError::Database(error), unfit)),
    }
}

/// Copies the database of `file` as it is at one moment into `to`, which must not be there: the copy has no gaps and no log
/// beside it, and is synced. Brings nothing up to date.
///
/// # Errors
/// `Unfit` where `file` is no sound database, `Database` where it cannot be read or the copy not be written.
pub async fn snapshot(file: &Path, to: &Path, writers: Writers) -> Result<(), StoreError> {
    let unfit = |fault| StoreError::Unfit { file: file.display().to_string(), fault };
    let name = to.to_str().ok_or_else(|| StoreError::address(to))?;
    let copied = async {
        let alone = writers == Writers::None && !has_log(file);
        let mut connection = open_to_read(file, alone).await?;
        let copied = sqlx::query("vacuum into $1").bind(name).execute(&mut connection).await;
        let _ = connection.close().await;
        copied?;
        std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(sqlx::Error::Io)
    };
    copied.await.map_err(|error| fault_of(&error).map_or(StoreError::Database(error), unfit))
}

/// Changes that are not in the file itself yet.
fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// `alone`: nobody else has it, and it is the whole database. Then SQLite makes no files beside it.
async fn open_to_read(file: &Path, alone: bool) -> Result<AnyConnection, sqlx::Error> {
    sqlx::any::install_default_drivers();
    let mode = if alone { "ro&immutable=true" } else { "ro" };
    let address = sqlite_address(file, mode).map_err(|error| sqlx::Error::Configuration(Box::new(error)))?;
    let mut connection = AnyConnection::connect(&address).await?;
    connection.execute("pragma busy_timeout = 5000; pragma cache_size = -8192").await?;
    Ok(connection)
}

async fn report(
    connection: &mut AnyConnection,
) -> Result<Result<Option<FileReport>, FileFault>, sqlx::Error> {
    let row = sqlx::query(TABLES).fetch_one(&mut *connection).await?;
    let (tables, ours): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if tables == 0 {
        return Ok(Ok(None));
    }
    let version = match ours {
        0 => None,
        _ => backend::version(&mut *connection).await?,
    };
    let known = backend::KNOWN;
    match version {
        // The very first start was interrupted.
        None if tables == 1 && ours == 1 => Ok(Ok(None)),
        None => Ok(Err(FileFault::Foreign)),
        Some(found) if found > known => Ok(Err(FileFault::Newer { found, known })),
        Some(version) => {
            let row = sqlx::query(COUNTS).fetch_one(&mut *connection).await?;
            Ok(Ok(Some(FileReport { version, entries: row.try_get(0)?, sources: row.try_get(1)? })))
        }
    }
}

/// What does not fit together; None where all does.
async fn check(connection: &mut AnyConnection) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query(CHECK).fetch_one(&mut *connection).await?;
    let said: String = row.try_get(0)?;
    Ok((said != "ok").then(|| said.lines().next().unwrap_or_default().to_owned()))
}

fn fault_of(error: &sqlx::Error) -> Option<FileFault> {
    let sqlx::Error::Database(said) = error else { return None };
    // Extended codes have the primary one in their lowest byte.
    match said.code()?.parse::<i64>().ok()? & 0xff {
        NOT_A_DATABASE => Some(FileFault::NoDatabase),
        CORRUPT => Some(FileFault::Damaged(said.message().to_owned())),
        _ => None,
    }
}
