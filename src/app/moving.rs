//! Moving a Vestnik from one database to another, of either kind.

use anyhow::Context;

use super::{Access, lock};
use crate::{
    config::DatabaseUrl,
    store::{MoveProgress, MovedTable, Store},
};

/// Moves all that the database `from` holds to the empty database `to`, and compares. `from` is brought up to date, as at any
/// start, and else left as it is. No daemon may run on either.
///
/// # Errors
/// Another process that has one of them (`Held`), a database that cannot be opened, one that is not empty, or a move that is
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
    let alone = |address: &DatabaseUrl| match address {
        DatabaseUrl::Sqlite(file) => lock(file, Access::Alone),
        DatabaseUrl::Postgres(_) => Ok(None),
    };
    let _locks = (alone(from)?, alone(to)?);
    let source = Store::open(from).await?;
    let target = Store::open(to).await?;
    let moved = source.move_into(&target, tell).await;
    source.close().await;
    target.close().await;
    moved.with_context(|| format!("moving {from} to {to}"))
}
