//! Backups that the daemon makes by itself: one every so often into a folder, the oldest beyond some taken away.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use chrono::NaiveDateTime;

use super::back_up;
use crate::{app::App, clock::later, model::Timestamp, telemetry};

/// Names sort by time.
const NAME: &str = "vestnik-%Y%m%dT%H%M%SZ.db";

impl App {
    /// Makes a backup where the settings ask for them and the newest in the folder is old enough, and takes those away that
    /// are too many. Other files in the folder are left alone. The file that was written, if any.
    ///
    /// # Errors
    /// A folder that cannot be written, and what `back_up` says.
    pub async fn back_up_if_due(&self) -> anyhow::Result<Option<PathBuf>> {
        let settings = &self.settings.backup;
        let Some(directory) = &settings.directory else { return Ok(None) };
        fs::create_dir_all(directory)
            .with_context(|| format!("making the folder {}", directory.display()))?;
        let now = self.clock.now();
        let there = backups_in(directory)?;
        // One of the future was made before the clock was set back.
        let newest = there.last().map(|(at, _)| *at).filter(|at| *at <= now);
        if newest.is_some_and(|at| now < later(at, settings.every)) {
            return Ok(None);
        }
        let file = directory.join(now.format(NAME).to_string());
        let written = back_up(&self.settings, &file, false, |_| {}).await?;
        // What a backup left that was broken off, by the end of the daemon.
        for torn in torn_in(directory)? {
            fs::remove_file(&torn).with_context(|| format!("removing {}", torn.display()))?;
        }
        let (bytes, entries) = (written.bytes, written.report.entries);
        tracing::info!(bytes, entries, "backed up to {}", file.display());
        let surplus = (there.len() + 1).saturating_sub(settings.keep as usize);
        for (_, old) in there.iter().take(surplus) {
            fs::remove_file(old).with_context(|| format!("removing the old backup {}", old.display()))?;
        }
        Ok(Some(file))
    }

    /// As the daemon does it. What fails is said and tried again.
    pub(in crate::app) async fn back_up_and_tell(&self) {
        match self.back_up_if_due().await {
            Ok(None) => {}
            Ok(Some(_)) => telemetry::backed_up(Some(self.clock.now())),
            Err(error) => {
                telemetry::backed_up(None);
                tracing::error!("no backup could be made, trying again in ten minutes: {error:#}");
            }
        }
    }
}

/// Our own backups there, oldest first.
fn backups_in(directory: &Path) -> anyhow::Result<Vec<(Timestamp, PathBuf)>> {
    let dated = |path: PathBuf| {
        let at = NaiveDateTime::parse_from_str(path.file_name()?.to_str()?, NAME).ok()?;
        Some((at.and_utc(), path))
    };
    let mut found: Vec<_> = files_in(directory)?.into_iter().filter_map(dated).collect();
    found.sort();
    Ok(found)
}

fn torn_in(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let is_torn = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("vestnik-") && name.contains(".db.partial-")
    };
    Ok(files_in(directory)?.into_iter().filter(is_torn).collect())
}

fn files_in(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let list = fs::read_dir(directory).with_context(|| format!("reading {}", directory.display()))?;
    list.map(|entry| Ok(entry?.path())).collect()
}
