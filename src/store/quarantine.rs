//! Entries that are kept out of documents because they would make them faulty.

use std::collections::BTreeSet;

use serde::Serialize;
use sqlx::Row;

use super::{Store, StoreError, backend::ByDialect, commit::execute_batch};
use crate::model::{EntryId, Format, Timestamp, from_millis};

/// An entry in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Which.
    pub entry: EntryId,
    /// Since when.
    pub since: Timestamp,
    /// The format that it would have made faulty.
    pub format: Format,
    /// What is wrong, in plain words.
    pub reason: String,
}

const ALL: &str =
    "select q.entry_id, q.since, q.format, q.reason from quarantine q order by q.since desc, q.entry_id";

/// Rows in one order, so that no two nodes wait for each other.
const PUT: &str = "insert into quarantine (entry_id, since, format, reason) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint), value->>2, value->>3 from json_each($1) where true \
     order by 1 on conflict (entry_id) do update set format = excluded.format, reason = excluded.reason";

const RELEASE: ByDialect = ByDialect {
    sqlite: "delete from quarantine where entry_id in (select cast(value->>0 as bigint) from json_each($1))",
    postgres: "delete from quarantine where entry_id in (select q.entry_id from quarantine q \
         where q.entry_id in (select cast(value->>0 as bigint) from json_each($1)) order by q.entry_id for update)",
};

#[derive(Serialize)]
struct QuarantineRow<'a>(i64, i64, &'static str, &'a str);

impl Store {
    /// Every entry in quarantine, the latest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn quarantined(&self) -> Result<Vec<Quarantined>, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&self.backend.reads).await?;
        rows.iter()
            .map(|row| {
                Ok(Quarantined {
                    entry: EntryId(row.try_get(0)?),
                    since: from_millis(row.try_get(1)?),
                    format: Format::from_extension(row.try_get(2)?).unwrap_or(Format::Rss),
                    reason: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// Puts entries into quarantine and lets others out. One that is in it stays since when it was.
    ///
    /// # Errors
    /// `Database`: some may be in it already then; the next document that is made puts it right.
    pub async fn quarantine(
        &self,
        faulty: &[Quarantined],
        sound: &BTreeSet<EntryId>,
    ) -> Result<(), StoreError> {
        let rows: Vec<QuarantineRow<'_>> = faulty
            .iter()
            .map(|q| {
                QuarantineRow(q.entry.0, q.since.timestamp_millis(), q.format.extension(), q.reason.as_str())
            })
            .collect();
        let released: Vec<[i64; 1]> = sound.iter().map(|entry| [entry.0]).collect();
        if !rows.is_empty() {
            let mut transaction = self.backend.begin().await?;
            execute_batch(&mut transaction, PUT, &rows).await?;
            transaction.commit().await?;
        }
        // Not together: a node that let out what another puts in, and the other way round, would wait for each other.
        if !released.is_empty() {
            let mut transaction = self.backend.begin().await?;
            execute_batch(&mut transaction, RELEASE.of(self.backend.dialect), &released).await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}
