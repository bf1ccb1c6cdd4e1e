//! `vestnik demo`
use super::{Common, Ended};
use clap::Args;
#[derive(Debug, Args)]
pub(super) struct Arguments {}
pub(super) async fn run(_common: Common, _arguments: Arguments) -> anyhow::Result<Ended> {
    Ok(Ended::Well)
}
