//! When the pages of articles were last asked for, and whether they said that they are gone.

use serde::Serialize;
use sqlx::Row;

use super::{Store, StoreError, commit::execute_batch};
use crate::model::{EntryId, SortKey, SourceId, Timestamp};

/// An article whose page may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueArticle {
    /// The entry.
    pub entry: EntryId,
    /// Its address.
    pub link: String,
    /// How often in a row its page said that it is gone.
    pub gone: u32,
}

/// Which pages of a source are due.
#[derive(Debug, Clone, Copy)]
pub struct ArticleQuery {
    /// The source.
    pub source: SourceId,
    /// Nothing below this place of the river.
    pub since: SortKey,
    /// Not asked after this moment.
    pub before: Timestamp,
    /// The same for those that said to be gone.
    pub gone_before: Timestamp,
    /// At most so many.
    pub limit: u32,
}

const DUE: &str = "select e.id, e.link, coalesce(c.gone, 0) from entries e \
     left join article_checks c on c.entry_id = e.id \
     where e.source_id = $1 and e.state = 'published' and e.sort_key >= $2 and e.link is not null \
       and coalesce(c.checked_at, 0) <= case when coalesce(c.gone, 0) > 0 then $4 else $3 end \
     order by coalesce(c.checked_at, 0), e.sort_key desc limit $5";

const NOTE: &str = "insert into article_checks (entry_id, checked_at, gone) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint), cast(value->>2 as bigint) from json_each($1) where true \
     on conflict (entry_id) do update set checked_at = excluded.checked_at, gone = excluded.gone";

#[derive(Serialize)]
struct Check(i64, i64, u32);

impl Store {
    /// Published entries whose pages were not asked for lately, those that were never asked for first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn due_articles(&self, query: &ArticleQuery) -> Result<Vec<DueArticle>, StoreError> {
        let rows = sqlx::query(DUE)
            .bind(query.source.0)
            .bind(query.since.0)
            .bind(query.before.timestamp_millis())
            .bind(query.gone_before.timestamp_millis())
            .bind(i64::from(query.limit))
            .fetch_all(&self.backend.reads)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(DueArticle {
                    entry: EntryId(row.try_get(0)?),
                    link: row.try_get(1)?,
                    gone: u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(u32::MAX),
                })
            })
            .collect()
    }

    /// Remembers that these pages were asked for, each with how often in a row it said that it is gone.
    ///
    /// # Errors
    /// `Database`.
    pub async fn note_articles(&self, asked: &[(EntryId, u32)], at: Timestamp) -> Result<(), StoreError> {
        let row = |(entry, gone): &(EntryId, u32)| Check(entry.0, at.timestamp_millis(), *gone);
        let rows: Vec<Check> = asked.iter().map(row).collect();
        let mut transaction = self.backend.begin().await?;
        execute_batch(&mut transaction, NOTE, &rows).await?;
        Ok(transaction.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn pages_of_articles_are_found_among_those_of_their_source() {
        check_plan(DUE, "entries_source_river (source_id=? AND sort_key>?)", 1).await;
    }
}
