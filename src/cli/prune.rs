//! `vestnik prune`: lets old entries go now, or shows which would.

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out};
use crate::app::{Access, Pruned, Pruning};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only show what would go
    #[arg(long)]
    dry_run: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct OfSource {
    source: String,
    entries: u64,
    bytes: u64,
    needed: u64,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    let how = if arguments.dry_run { Pruning::Dry } else { Pruning::Real };
    let pruned = app.prune(how).await?;
    app.store().close().await;
    if arguments.json {
        let of_source = |pruned: &Pruned| {
            let Pruned { source, entries, bytes, needed } = pruned.clone();
            OfSource { source, entries, bytes, needed }
        };
        out::json(&pruned.iter().map(of_source).collect::<Vec<_>>())?;
        return Ok(Ended::Well);
    }
    if pruned.is_empty() {
        out::line("Nothing has to go: [retention] and the sources keep what there is.")?;
        return Ok(Ended::Well);
    }
    let row = |pruned: &Pruned| {
        let Pruned { source, entries, bytes, needed } = pruned;
        vec![source.clone(), entries.to_string(), out::size(*bytes), needed.to_string()]
    };
    let goes = if arguments.dry_run { "would go" } else { "gone" };
    out::table(
        &["source", goes, "text", "needed by a channel or archive"],
        pruned.iter().map(row).collect(),
        &[1, 2, 3],
    )?;
    Ok(Ended::Well)
}
