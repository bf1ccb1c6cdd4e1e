//! `vestnik backup`: a consistent copy of the database.

use std::{path::PathBuf, time::Instant};

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out};
use crate::app;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The file to write: a SQLite database, of PostgreSQL too
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Overwrite the file where it is there
    #[arg(long)]
    force: bool,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Written {
    file: String,
    bytes: u64,
    entries: i64,
    sources: i64,
    version: i64,
    seconds: f64,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let begun = Instant::now();
    let bar = out::MoveBar::new();
    let written = app::back_up(&common.settings()?, &arguments.file, arguments.force, |progress| {
        bar.show(progress);
    })
    .await;
    bar.finish();
    let app::Backup { bytes, report } = written?;
    let file = arguments.file.display().to_string();
    let seconds = begun.elapsed().as_secs_f64();
    if arguments.json {
        let (entries, sources, version) = (report.entries, report.sources, report.version);
        out::json(&Written { file, bytes, entries, sources, version, seconds })?;
    } else {
        let (entries, sources, size) = (report.entries, report.sources, out::size(bytes));
        out::line(&format!(
            "{file}: {size} with {entries} entries of {sources} sources, checked, in {seconds:.1} s"
        ))?;
    }
    Ok(Ended::Well)
}
