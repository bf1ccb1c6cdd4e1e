//! Archives of channels (RFC 5005 §4): the log of publications that they are cut from, their closed documents, and the entries in
//! these as they were then. The cost is that of what is new, however much is stored.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{
    RiverQuery, Store, StoreError,
    commit::execute_batch,
    rows::{self, entry_columns},
};
use crate::failpoint::{self, Step};
use crate::model::{Deleted, EntryId, Identity, StoredEntry, Timestamp, from_millis};

/// How far a channel's archive has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Archive {
    /// The last publication of the log that was read.
    pub cursor: i64,
    /// Entries that were published or changed since the last document was closed, in the order of the log.
    pub pending: Vec<EntryId>,
    /// Closed documents; they are numbered from 1.
    pub pages: u64,
}

/// A closed archive document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePage {
    /// When it was closed.
    pub closed_at: Timestamp,
    /// Its entries, in the order of the log.
    pub members: Vec<Member>,
}

/// An entry of an archive document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member(
    /// Which entry.
    pub EntryId,
    /// How often it had changed before: which of its revisions the document shows.
    pub i64,
);

const FIND: &str = "select cursor, pending_json, pages from archives where channel = $1";

const KEEP: &str = "insert into archives (channel, cursor, pending_json, pages) values ($1, $2, $3, $4) \
     on conflict (channel) do update set cursor = excluded.cursor, pending_json = excluded.pending_json, \
     pages = excluded.pages \
     where archives.cursor = $5 and archives.pending_json = $6 and archives.pages = $7";

const CLOSE: &str = "insert into archive_pages (channel, number, closed_at, members_json) \
     select value->>0, cast(value->>1 as bigint), cast(value->>2 as bigint), value->>3 from json_each($1) where true \
     on conflict (channel, number) do nothing";

const PAGE: &str = "select closed_at, members_json from archive_pages where channel = $1 and number = $2";

/// The end of the part of the log that is read at once.
const HEAD: &str =
    "select max(p.seq) from (select l.seq from publication_log l where l.seq > $1 order by l.seq limit $2) p";

/// Every statement of this kind takes the sources, languages and tags as JSON (`[]` asks for all).
macro_rules! asked_for {
    ($sources:literal, $languages:literal) => {
        concat!(
            " and (",
            $sources,
            " = '[]' or e.source_id in (select cast(value->>0 as bigint) from json_each(",
            $sources,
            "))) and (",
            $languages,
            " = '[]' or e.lang in (select value->>0 from json_each(",
            $languages,
            ")))"
        )
    };
}

const TAIL: &str = concat!(
    "select l.entry_id from publication_log l join entries e on e.id = l.entry_id \
     where l.seq > $1 and l.seq <= $2 and e.state = 'published'",
    asked_for!("$3", "$4"),
    " and ($5 = '[]' or exists (select 1 from entry_tags t where t.entry_id = e.id \
       and t.tag in (select value->>0 from json_each($5)))) and e.sort_key >= $6 order by l.seq"
);

/// Published ones of these, with how often each has changed.
const VERSIONS: &str = "select e.id, (select count(*) from entry_revisions r where r.entry_id = e.id) from entries e \
     where e.id in (select cast(value->>0 as bigint) from json_each($1)) and e.state = 'published'";

const THESE: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.id in (select cast(value->>0 as bigint) from json_each($1))"
);

/// An entry as it was at a revision; what was not kept then is as it is now.
const AS_IT_WAS: &str = "select e.id, e.source_id, e.identity, e.fingerprint, e.state, coalesce(r.sort_key, e.sort_key), \
     e.public_id, e.first_seen, coalesce(r.changed, e.changed), r.published, r.updated, r.link, r.title, r.details_json, \
     r.summary, r.content, e.release_at from json_each($1) v \
     join entries e on e.id = cast(v.value->>0 as bigint) \
     join entry_revisions r on r.entry_id = e.id and r.number = cast(v.value->>1 as bigint)";

/// A takedown leaves no tags: whoever asked for one is told of it all the same, as an id that was never there harms nobody.
const DELETED: &str = concat!(
    "select e.public_id, e.identity, e.changed from entries e \
     where e.state in ('withdrawn', 'hidden', 'removed') and e.released is not null and e.sort_key >= $1",
    asked_for!("$3", "$4"),
    " and ($5 = '[]' or e.state = 'removed' or exists (select 1 from entry_tags t where t.entry_id = e.id \
       and t.tag in (select value->>0 from json_each($5)))) order by e.sort_key desc limit $2"
);

/// What of a query the statements here take, as JSON.
struct Asked {
    sources: String,
    languages: String,
    tags: String,
}

impl Asked {
    fn of(query: &RiverQuery) -> Result<Self, StoreError> {
        let sources: Vec<[i64; 1]> = query.sources.iter().flatten().map(|source| [source.0]).collect();
        let languages: BTreeSet<[&str; 1]> =
            query.languages.iter().flatten().map(|language| [language.primary()]).collect();
        let tags: BTreeSet<[String; 1]> =
            query.tags.iter().flatten().map(|tag| [tag.to_lowercase()]).collect();
        Ok(Asked {
            sources: serde_json::to_string(&sources)?,
            languages: serde_json::to_string(&languages)?,
            tags: serde_json::to_string(&tags)?,
        })
    }
}

impl Store {
    /// How far the archive of a channel has come; nowhere yet where it has none.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn archive(&self, channel: &str) -> Result<Archive, StoreError> {
        let row = sqlx::query(FIND).bind(channel).fetch_optional(&self.backend.reads).await?;
        let Some(row) = row else { return Ok(Archive::default()) };
        Ok(Archive {
            cursor: row.try_get(0)?,
            pending: json(row.try_get(1)?, "archive")?,
            pages: u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default(),
        })
    }

    /// The publications after `cursor` of entries that a channel asks for, oldest first, and the last one that was looked at:
    /// at most `limit` are. None where there is nothing after it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn publications(
        &self,
        cursor: i64,
        query: &RiverQuery,
        limit: u32,
    ) -> Result<Option<(i64, Vec<EntryId>)>, StoreError> {
        let Some(head) = self.log_head(cursor, limit).await? else { return Ok(None) };
        if query.sources.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Some((head, Vec::new())));
        }
        let asked = Asked::of(query)?;
        let rows = sqlx::query(TAIL)
            .bind(cursor)
            .bind(head)
            .bind(asked.sources)
            .bind(asked.languages)
            .bind(asked.tags)
            .bind(query.since.map_or(0, |since| since.0))
            .fetch_all(&self.backend.reads)
            .await?;
        let entries = rows.iter().map(|row| Ok(EntryId(row.try_get(0)?)));
        Ok(Some((head, entries.collect::<Result<_, StoreError>>()?)))
    }

    /// The end of what is read of the log at once: all up to it is there.
    async fn log_head(&self, cursor: i64, limit: u32) -> Result<Option<i64>, StoreError> {
        let head = || sqlx::query(HEAD).bind(cursor).bind(i64::from(limit));
        let seen: Option<i64> = head().fetch_one(&self.backend.reads).await?.try_get(0)?;
        if seen.is_none() || !self.is_shared() {
            return Ok(seen);
        }
        let mut transaction = self.backend.begin().await?;
        self.backend.see_whole_log(&mut transaction).await?;
        let head = head().fetch_one(&mut *transaction).await?.try_get(0)?;
        transaction.commit().await?;
        Ok(head)
    }

    /// Which of these entries are published, each with how often it has changed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn versions(&self, entries: &[EntryId]) -> Result<HashMap<EntryId, i64>, StoreError> {
        let ids: Vec<[i64; 1]> = entries.iter().map(|entry| [entry.0]).collect();
        let batch = serde_json::to_string(&ids)?;
        let rows = sqlx::query(VERSIONS).bind(batch).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok((EntryId(row.try_get(0)?), row.try_get(1)?))).collect()
    }

    /// Keeps how far an archive has come from `before`, and closes these documents of it, in one transaction. False where it is
    /// not as before any more, as another node came first: then nothing is written.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_archive(
        &self,
        channel: &str,
        (before, archive): (&Archive, &Archive),
        closed: &[(u64, Vec<Member>)],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut pages = Vec::with_capacity(closed.len());
        for (number, members) in closed {
            let number = i64::try_from(*number).unwrap_or(i64::MAX);
            pages.push((channel, number, at.timestamp_millis(), serde_json::to_string(members)?));
        }
        let mut transaction = self.backend.begin().await?;
        let number = |pages: u64| i64::try_from(pages).unwrap_or(i64::MAX);
        let kept = sqlx::query(KEEP)
            .bind(channel)
            .bind(archive.cursor)
            .bind(serde_json::to_string(&archive.pending)?)
            .bind(number(archive.pages))
            .bind(before.cursor)
            .bind(serde_json::to_string(&before.pending)?)
            .bind(number(before.pages))
            .execute(&mut *transaction)
            .await?;
        if kept.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        execute_batch(&mut transaction, CLOSE, &pages).await?;
        failpoint::reach(Step::Archiving);
        transaction.commit().await?;
        Ok(true)
    }

    /// A closed archive document.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn archive_page(&self, channel: &str, number: u64) -> Result<Option<ArchivePage>, StoreError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let row = sqlx::query(PAGE).bind(channel).bind(number).fetch_optional(&self.backend.reads).await?;
        let Some(row) = row else { return Ok(None) };
        let members = json(row.try_get(1)?, "archive document")?;
        Ok(Some(ArchivePage { closed_at: from_millis(row.try_get(0)?), members }))
    }

    /// These entries as they are, in no order.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn entries_of(&self, entries: &[EntryId]) -> Result<Vec<StoredEntry>, StoreError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<[i64; 1]> = entries.iter().map(|entry| [entry.0]).collect();
        let batch = serde_json::to_string(&ids)?;
        let rows = sqlx::query(THESE).bind(batch).fetch(&self.backend.reads);
        rows::gather(rows, rows::stored_entry).await
    }

    /// The entries of an archive document as they were when it was closed, in the order of the log. Whether they are published
    /// is as it is now.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn members(&self, members: &[Member]) -> Result<Vec<StoredEntry>, StoreError> {
        let ids: Vec<EntryId> = members.iter().map(|member| member.0).collect();
        let mut found: HashMap<EntryId, StoredEntry> =
            self.entries_of(&ids).await?.into_iter().map(|entry| (entry.id, entry)).collect();
        let rows = sqlx::query(AS_IT_WAS)
            .bind(serde_json::to_string(members)?)
            .fetch_all(&self.backend.reads)
            .await?;
        for row in &rows {
            let entry = rows::stored_entry(row)?;
            found.insert(entry.id, entry);
        }
        Ok(members.iter().filter_map(|member| found.remove(&member.0)).collect())
    }

    /// Entries that a channel showed, from this place of the river on, and that are withdrawn now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn deleted(&self, query: &RiverQuery) -> Result<Vec<Deleted>, StoreError> {
        if query.sources.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let asked = Asked::of(query)?;
        let rows = sqlx::query(DELETED)
            .bind(query.since.map_or(0, |since| since.0))
            .bind(i64::from(query.limit))
            .bind(asked.sources)
            .bind(asked.languages)
            .bind(asked.tags)
            .fetch_all(&self.backend.reads)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Deleted {
                    public_id: row.try_get(0)?,
                    identity: Identity::from_stored(row.try_get(1)?),
                    at: from_millis(row.try_get(2)?),
                })
            })
            .collect()
    }
}

fn json<T: for<'de> Deserialize<'de>>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Foreign { what, problem: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn archives_read_what_is_new_and_no_more() {
        for (statement, index, sorts) in [
            (TAIL, "l USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", 0),
            (PAGE, "archive_pages", 0),
            (AS_IT_WAS, "entry_revisions_entry (entry_id=?)", 0),
            (VERSIONS, "entry_revisions_entry (entry_id=?)", 0),
            (DELETED, "entries_deleted (sort_key>?)", 0),
        ] {
            check_plan(statement, index, sorts).await;
        }
    }
}
