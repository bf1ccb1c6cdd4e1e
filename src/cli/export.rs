//! `vestnik export`: the public site as files.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Ended, out};
use crate::app::Access;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder, made where it is missing
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    if app.is_alone() {
        app.collect_local().await?;
    }
    let exported = app.export(&arguments.directory).await?;
    app.store().close().await;
    let folder = arguments.directory.display();
    out::line(&format!("{} documents in {folder}, {} files written", exported.documents, exported.written))?;
    Ok(Ended::Well)
}
