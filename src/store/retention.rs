//! What becomes of old entries where they are not kept for ever. A tombstone stays of each: its ids and its link, so that it is
//! known when its publisher still lists it. Decides nothing: what may go and what is needed is said by whoever asks.

use std::collections::HashSet;

use sqlx::Row;

use super::{Store, StoreError, archives::Member, commit::execute_batch, outbox};
use crate::model::{EntryId, SortKey, SourceId, Timestamp};

/// Which entries of a source may go.
#[derive(Debug, Clone, Copy)]
pub struct Expiry {
    /// The source.
    pub source: SourceId,
    /// Its newest so many are needed by its own channel, and stay whatever the rest says.
    pub window: u32,
    /// Those that came, and are dated, before.
    pub before: Option<Timestamp>,
    /// Those beyond its newest so many.
    pub most: Option<u32>,
}

/// Entries that archives need.
#[derive(Debug, Default)]
pub struct Archived {
    /// In a closed document, or waiting to be.
    pub entries: HashSet<EntryId>,
    /// The last publication that was looked at.
    head: i64,
}

/// An entry that may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expirable {
    /// Which.
    pub id: EntryId,
    /// Its place in the river.
    pub key: SortKey,
    /// Bytes of text that it holds.
    pub bytes: u64,
}

/// The place of the entry after so many newer ones.
const PLACE: &str = "select e.sort_key from entries e where e.source_id = $1 and e.state = 'published' \
     order by e.sort_key desc limit 1 offset $2";

/// A story that an entry leads is known by it.
const EXPIRABLE: &str = "select e.id, e.sort_key, \
     cast(coalesce(length(e.content), 0) + coalesce(length(e.summary), 0) + length(e.details_json) as bigint) \
     from entries e where e.source_id = $1 and e.state = 'published' and e.sort_key > $2 and e.sort_key <= $3 \
     and (e.sort_key <= $4 or (e.sort_key < $5 and e.first_seen < $6)) \
     and not exists (select 1 from stories s where s.lead = e.id) order by e.sort_key limit $7";

const PAGES: &str = "select members_json from archive_pages";

const PENDING: &str = "select cursor, pending_json from archives";

const UNREAD: &str = "select l.entry_id from publication_log l where l.seq > $1";

const HEAD: &str = "select coalesce(max(seq), 0) from publication_log";

/// Not where it was published again meanwhile.
const EXPIRE: &str = "update entries set state = 'expired', title = '', summary = null, content = null, \
     details_json = '{\"minted\":true}', lang = null where state = 'published' \
     and id in (select cast(value->>0 as bigint) from json_each($1)) \
     and not exists (select 1 from publication_log l where l.seq > $2 and l.entry_id = entries.id)";

macro_rules! of_expired {
    ($table:literal) => {
        concat!(
            "delete from ",
            $table,
            " where entry_id in (select e.id from json_each($1) j join entries e \
             on e.id = cast(j.value->>0 as bigint) where e.state = 'expired')"
        )
    };
}

const WHAT_IT_SAID: [&str; 3] =
    [of_expired!("entry_tags"), of_expired!("entry_revisions"), of_expired!("quarantine")];

impl Store {
    /// Entries that the archives of channels need: what was published and is in none of their documents yet and, where
    /// `closed` asks for them, the members of their documents.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn archived(&self, closed: bool) -> Result<Archived, StoreError> {
        let head: i64 = sqlx::query(HEAD).fetch_one(&self.backend.reads).await?.try_get(0)?;
        let mut entries = HashSet::new();
        let mut read_to = None;
        for row in sqlx::query(PENDING).fetch_all(&self.backend.reads).await? {
            let cursor: i64 = row.try_get(0)?;
            read_to = Some(read_to.map_or(cursor, |least: i64| least.min(cursor)));
            entries.extend(ids::<EntryId>(row.try_get(1)?)?);
        }
        if closed {
            for row in sqlx::query(PAGES).fetch_all(&self.backend.reads).await? {
                entries.extend(ids::<Member>(row.try_get(0)?)?.into_iter().map(|member| member.0));
            }
        }
        if let Some(read_to) = read_to {
            for row in sqlx::query(UNREAD).bind(read_to).fetch_all(&self.backend.reads).await? {
                entries.insert(EntryId(row.try_get(0)?));
            }
        }
        Ok(Archived { entries, head })
    }

    /// Entries of a source that may go, oldest first, from beyond a place of the river: at most so many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn expirable(
        &self,
        asked: &Expiry,
        beyond: SortKey,
        limit: u32,
    ) -> Result<Vec<Expirable>, StoreError> {
        let Some(window) = self.place(asked.source, asked.window).await? else { return Ok(Vec::new()) };
        let most = match asked.most {
            Some(most) => self.place(asked.source, most.max(asked.window)).await?,
            None => None,
        };
        let before = asked.before.map_or(i64::MIN, |before| before.timestamp_millis());
        let rows = sqlx::query(EXPIRABLE)
            .bind(asked.source.0)
            .bind(beyond.0)
            .bind(window.0)
            .bind(most.map_or(i64::MIN, |most| most.0))
            .bind(asked.before.map_or(i64::MIN, |before| SortKey::floor(before).0))
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(&self.backend.reads)
            .await?;
        rows.iter()
            .map(|row| {
                let bytes = u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default();
                Ok(Expirable { id: EntryId(row.try_get(0)?), key: SortKey(row.try_get(1)?), bytes })
            })
            .collect()
    }

    async fn place(&self, source: SourceId, after: u32) -> Result<Option<SortKey>, StoreError> {
        let row = sqlx::query(PLACE)
            .bind(source.0)
            .bind(i64::from(after))
            .fetch_optional(&self.backend.reads)
            .await?;
        row.map(|row| Ok(SortKey(row.try_get(0)?))).transpose()
    }

    /// Takes the text, the tags and all that they said before from these entries of a source, in one transaction, and lets
    /// its channels know. What was published since `archived` looked stays. Returns how many went.
    ///
    /// # Errors
    /// `Database`: then nothing of it was written.
    pub async fn expire(
        &self,
        source: SourceId,
        entries: &[EntryId],
        archived: &Archived,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let ids: Vec<[i64; 1]> = entries.iter().map(|entry| [entry.0]).collect();
        let mut transaction = self.backend.begin().await?;
        let gone = sqlx::query(EXPIRE)
            .bind(serde_json::to_string(&ids)?)
            .bind(archived.head)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        for statement in WHAT_IT_SAID {
            execute_batch(&mut transaction, statement, &ids).await?;
        }
        outbox::note_sources(&mut transaction, [source], at).await?;
        transaction.commit().await?;
        Ok(gone)
    }
}

fn ids<T: for<'de> serde::Deserialize<'de>>(json: &str) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(json)
        .map_err(|error| StoreError::Foreign { what: "archive", problem: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn what_may_go_is_read_from_the_end_of_the_river_of_its_source() {
        for (statement, index) in [
            (PLACE, "entries_source_river (source_id=?)"),
            (EXPIRABLE, "entries_source_river (source_id=? AND sort_key>? AND sort_key<?)"),
            (EXPIRABLE, "stories_lead (lead=?)"),
            (EXPIRE, "INTEGER PRIMARY KEY (rowid=?)"),
            (UNREAD, "INTEGER PRIMARY KEY (rowid>?)"),
        ] {
            check_plan(statement, index, 0).await;
        }
    }
}
