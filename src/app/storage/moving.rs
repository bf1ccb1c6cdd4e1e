//! Moving a Vestnik from one database to another, of either kind.

use anyhow::Context;

use super::Hold;
use crate::{
    config::DatabaseUrl,
    store::{MoveProgress, MovedTable, Store},
};

/// Moves all that the database `from` holds to the empty database `to`, and compares. `from` is brought up to date, as at any
/// start, and else left as it is. No daemon may run on either.
///
/// # Errors
/// Other processes that have one of them (`Held`), a database that cannot be opened, one that is not empty, or a move that is
/// not whole: then `to` is empty.
pub async fn migrate(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    tell: impl FnMut(MoveProgress),
) -> anyhow::Result<Vec<MovedTable>> {
    if let DatabaseUrl::Sqlite(file) = from
        && !file.exists()
    {
        anyhow::bail!("there is no database {}", file.display());
    }
    let holds = [Hold::alone(from).await?, Hold::alone(to).await?];
    let moved = move_all(from, to, tell).await;
    for hold in holds {
        hold.leave().await;
    }
    moved
}

async fn move_all(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    tell: impl FnMut(MoveProgress),
) -> anyhow::Result<Vec<MovedTable>> {
    let source = Store::open(from).await?;
    let target = Store::open(to).await?;
    let moved = source.move_into(&target, tell).await;
    source.close().await;
    target.close().await;
    moved.with_context(|| format!("moving {from} to {to}"))
}
