//! The outbox: what has to happen because of a commit, written in the same transaction, kept until it is done.

use serde::{Deserialize, Serialize};
use sqlx::{Any, Row, Transaction};

use super::{Store, StoreError, backend::ByDialect, commit::execute_batch, rows};
use crate::model::{Collected, SourceId, Timestamp};

/// Entries of a source changed; the channels that take it have to be published again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The database's number.
    pub id: i64,
    /// The source.
    pub source: SourceId,
}

#[derive(Serialize, Deserialize)]
struct EntriesChanged {
    source: i64,
}

const NOTE: &str = "insert into outbox (topic, payload_json, created) \
     select 'entries-changed', value->>0, cast(value->>1 as bigint) from json_each($1)";

const PENDING: &str =
    "select id, payload_json from outbox where topic = 'entries-changed' order by id limit $1";

/// In one order, so that no two nodes that published the same wait for each other.
const DONE: ByDialect = ByDialect {
    sqlite: "delete from outbox where id in (select cast(value->>0 as bigint) from json_each($1))",
    postgres: "delete from outbox where id in (select o.id from outbox o \
         where o.id in (select cast(value->>0 as bigint) from json_each($1)) order by o.id for update)",
};

impl Store {
    /// Changes that are not published yet, oldest first.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn unpublished(&self, limit: u32) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sqlx::query(PENDING).bind(i64::from(limit)).fetch(&self.backend.reads);
        rows::gather(rows, |row| {
            let foreign = |error: serde_json::Error| StoreError::Foreign {
                what: "outbox row",
                problem: error.to_string(),
            };
            let payload: EntriesChanged = serde_json::from_str(row.try_get(1)?).map_err(foreign)?;
            Ok(OutboxEntry { id: row.try_get(0)?, source: SourceId(payload.source) })
        })
        .await
    }

    /// These are published, which other nodes are told.
    ///
    /// # Errors
    /// `Database`.
    pub async fn published(&self, done: &[OutboxEntry]) -> Result<(), StoreError> {
        let ids: Vec<[i64; 1]> = done.iter().map(|entry| [entry.id]).collect();
        let mut transaction = self.backend.begin().await?;
        execute_batch(&mut transaction, DONE.of(self.backend.dialect), &ids).await?;
        if !ids.is_empty() {
            self.backend.tell_published(&mut transaction, self.node).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Channels that take these sources have to be published again.
pub(super) async fn note_sources(
    transaction: &mut Transaction<'_, Any>,
    sources: impl IntoIterator<Item = SourceId>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for source in sources {
        rows.push((serde_json::to_string(&EntriesChanged { source: source.0 })?, at.timestamp_millis()));
    }
    execute_batch(transaction, NOTE, &rows).await
}

/// What its feed calls itself stands with every entry of a source.
pub(super) async fn note_changes(
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for collected in group.iter().filter(|c| !c.changes.is_empty() || c.info.is_some()) {
        let payload = serde_json::to_string(&EntriesChanged { source: collected.source.0 })?;
        rows.push((payload, collected.at.timestamp_millis()));
    }
    execute_batch(transaction, NOTE, &rows).await
}
