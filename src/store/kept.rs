//! List pages that are kept while article pages of them are still to be read.

use bytes::Bytes;
use sqlx::{Any, Row, Transaction};

use super::{Store, StoreError, commit::execute_batch};
use crate::model::{Collected, FeedUrl, KeptDocument, SourceId};

const KEEP: &str = "insert into kept_documents (source_id, url, content_type, content_language, body) \
     values ($1, $2, $3, $4, $5) on conflict (source_id) do update set url = excluded.url, \
     content_type = excluded.content_type, content_language = excluded.content_language, body = excluded.body";

const DROP: &str =
    "delete from kept_documents where source_id in (select cast(value->>0 as bigint) from json_each($1))";

const KEPT: &str =
    "select url, content_type, content_language, body from kept_documents where source_id = $1";

pub(super) async fn keep_documents(
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<(), StoreError> {
    let mut dropped = Vec::new();
    for collected in group {
        match &collected.kept {
            Some(Some(KeptDocument { url, content_type, content_language, body })) => {
                sqlx::query(KEEP)
                    .bind(collected.source.0)
                    .bind(url.url().as_str())
                    .bind(content_type.as_deref())
                    .bind(content_language.as_deref())
                    .bind(body.as_ref())
                    .execute(&mut **transaction)
                    .await?;
            }
            Some(None) => dropped.push([collected.source.0]),
            None => {}
        }
    }
    execute_batch(transaction, DROP, &dropped).await
}

impl Store {
    /// The document of a source that is kept for its articles, where there is one.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn kept_document(&self, source: SourceId) -> Result<Option<KeptDocument>, StoreError> {
        let row = sqlx::query(KEPT).bind(source.0).fetch_optional(&self.backend.reads).await?;
        let Some(row) = row else { return Ok(None) };
        let url: String = row.try_get(0)?;
        let url: FeedUrl = url.parse().map_err(|_| StoreError::Foreign {
            what: "kept document",
            problem: format!("{url} is no address"),
        })?;
        let body: Vec<u8> = row.try_get(3)?;
        Ok(Some(KeptDocument {
            url,
            content_type: row.try_get(1)?,
            content_language: row.try_get(2)?,
            body: Bytes::from(body),
        }))
    }
}
