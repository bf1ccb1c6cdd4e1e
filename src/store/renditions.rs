//! The revisions of renditions: which bytes were last published, and since when, so that a restart changes neither.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::Row;

use super::{Store, StoreError, commit::execute_batch};
use crate::model::{Format, Timestamp, from_millis};

const ALL: &str = "select channel, format, hash, last_modified from renditions";

/// Rows in one order, so that no two nodes that publish at the same time wait for each other.
const SET: &str = "insert into renditions (channel, format, hash, last_modified) \
     select value->>0, value->>1, value->>2, cast(value->>3 as bigint) from json_each($1) where true \
     order by 1, 2 on conflict (channel, format) do update set hash = excluded.hash, last_modified = excluded.last_modified \
     where renditions.hash <> excluded.hash";

const STAMP: &str = "select cast(coalesce(sum(last_modified), 0) as bigint), \
     (select coalesce(max(p.seq), 0) from publication_log p) from renditions";

/// The revision of one rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The name of the document: a channel's slug, or the path of another page.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// Hash of its bytes.
    pub hash: String,
    /// Since when the bytes are these.
    pub last_modified: Timestamp,
}

#[derive(Serialize)]
struct RevisionRow<'a>(&'a str, &'static str, &'a str, i64);

impl Store {
    /// All revisions, by name and format.
    ///
    /// # Errors
    /// `Database`.
    pub async fn revisions(&self) -> Result<HashMap<(String, Format), Revision>, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&self.backend.reads).await?;
        let mut revisions = HashMap::with_capacity(rows.len());
        for row in &rows {
            let extension: String = row.try_get(1)?;
            // A format that this version does not know is one that it does not publish.
            let Some(format) = Format::from_extension(&extension) else { continue };
            let name: String = row.try_get(0)?;
            let last_modified = from_millis(row.try_get(3)?);
            let revision = Revision { name: name.clone(), format, hash: row.try_get(2)?, last_modified };
            revisions.insert((name, format), revision);
        }
        Ok(revisions)
    }

    /// Another value whenever something was published, by whichever process.
    ///
    /// # Errors
    /// `Database`.
    pub async fn revisions_stamp(&self) -> Result<(i64, i64), StoreError> {
        let row = sqlx::query(STAMP).fetch_one(&self.backend.reads).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Records what is published now. Where the same bytes are published already, their date stays: of several nodes the
    /// first dates them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_revisions(&self, revisions: &[Revision]) -> Result<(), StoreError> {
        let rows: Vec<RevisionRow<'_>> = revisions
            .iter()
            .map(|r| RevisionRow(&r.name, r.format.extension(), &r.hash, r.last_modified.timestamp_millis()))
            .collect();
        let mut transaction = self.backend.begin().await?;
        execute_batch(&mut transaction, SET, &rows).await?;
        if !rows.is_empty() {
            self.backend.tell_published(&mut transaction, self.node).await?;
        }
        Ok(transaction.commit().await?)
    }
}
