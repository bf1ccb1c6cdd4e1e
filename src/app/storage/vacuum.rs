//! Giving room that is no longer needed back to the system.

use std::{fs, path::Path};

use anyhow::{Context, bail};

use super::{database, lock};
use crate::{
    config::{DatabaseUrl, Settings},
    store::{Look, Store, inspect},
};

/// Rewrites the SQLite file without the room that nothing uses. Gives its size before and after, in bytes.
///
/// # Errors
/// Another process that has the database (`Held`), one that is damaged or missing, a full disk; PostgreSQL, which does it by
/// itself.
pub async fn vacuum(settings: &Settings) -> anyhow::Result<(u64, u64)> {
    let DatabaseUrl::Sqlite(file) = database(settings)? else {
        bail!(
            "PostgreSQL gives room back by itself (autovacuum); `vacuum full` there, where it has to be at once"
        );
    };
    let _lock = lock(&file)?;
    if inspect(&file, Look::Whole).await?.is_none() {
        bail!("there is no database {} yet", file.display());
    }
    let size = |file: &Path| fs::metadata(file).map(|found| found.len());
    let store = Store::open_sqlite(&file).await?;
    let before = size(&file)?;
    let done = store.vacuum().await;
    store.close().await;
    done.with_context(|| format!("rewriting {}", file.display()))?;
    Ok((before, size(&file)?))
}
