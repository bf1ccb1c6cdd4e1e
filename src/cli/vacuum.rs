//! `vestnik vacuum`: room that is no longer needed goes back to the system.

use super::{Common, Ended, out};
use crate::app;

pub(super) async fn run(common: Common) -> anyhow::Result<Ended> {
    let (before, after) = app::vacuum(&common.settings()?).await?;
    out::line(&format!("{} before, {} now", out::size(before), out::size(after)))?;
    Ok(Ended::Well)
}
