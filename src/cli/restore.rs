//! `vestnik restore`: a backup in the place of the database.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{app, clock::Clock};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A file that `vestnik backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print what was restored as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Back {
    entries: i64,
    sources: i64,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_aside: Option<String>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let bar = out::MoveBar::new();
    let now = Clock::system().now();
    let restored =
        app::restore(&common.settings()?, &arguments.file, now, |progress| bar.show(progress)).await;
    bar.finish();
    let app::Restored { report, before } = restored?;
    let kept_aside = before.map(|file| file.display().to_string());
    let (entries, sources, version) = (report.entries, report.sources, report.version);
    if arguments.json {
        out::json(&Back { entries, sources, version, kept_aside })?;
        return Ok(Ended::Well);
    }
    let file = arguments.file.display();
    out::line(&format!("{file} is restored: {entries} entries of {sources} sources"))?;
    if let Some(aside) = kept_aside {
        out::line(&format!("the database that was there is {aside}; remove it when all is well"))?;
    }
    Ok(Ended::Well)
}
