//! Lists that are read a page at a time: by month, source or tag, newest first; and what lists there are.

use sqlx::Row;

use super::{
    Store, StoreError,
    rows::{self, entry_columns},
};
use crate::model::{EntryId, SortKey, SourceId, StoredEntry};

/// What the entries of a list have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListOf {
    /// Nothing but being published.
    All,
    /// Their source.
    Source(SourceId),
    /// A tag, in lower case.
    Tag(String),
}

/// An entry of a list, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Placed {
    /// Where it stands.
    pub key: SortKey,
    /// The entry.
    pub entry: EntryId,
    /// When it last changed, in milliseconds since 1970.
    pub changed: i64,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Of which.
    pub of: ListOf,
    /// Not below this place of the river.
    pub since: Option<SortKey>,
    /// Only below this place.
    pub before: Option<SortKey>,
    /// At most so many.
    pub limit: u32,
}

/// What is in quarantine is in no list. All take the same parameters: what the entries have in common, two places, the limit.
const ALL: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.state = 'published' and $1 = '' and e.sort_key >= $2 and e.sort_key < $3 \
     and not exists (select 1 from quarantine q where q.entry_id = e.id) order by e.sort_key desc limit $4"
);

const OF_SOURCE: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.state = 'published' and e.source_id = cast(cast($1 as text) as bigint) \
     and e.sort_key >= $2 and e.sort_key < $3 \
     and not exists (select 1 from quarantine q where q.entry_id = e.id) order by e.sort_key desc limit $4"
);

const OF_TAG: &str = concat!(
    "select ",
    entry_columns!(),
    " from entry_tags t join entries e on e.id = t.entry_id where t.tag = $1 and e.state = 'published' \
     and t.sort_key >= $2 and t.sort_key < $3 \
     and not exists (select 1 from quarantine q where q.entry_id = e.id) order by t.sort_key desc limit $4"
);

/// Jumps from tag to tag: the cost grows with the tags, not with the entries that have them.
const TAGS: &str = "with recursive tags (tag) as (select min(tag) from entry_tags union all \
     select (select min(n.tag) from entry_tags n where n.tag > tags.tag) from tags where tags.tag is not null) \
     select tags.tag from tags where tags.tag is not null and exists (select 1 from entry_tags t \
       join entries e on e.id = t.entry_id where t.tag = tags.tag and e.state = 'published') limit $1";

/// The same lists as places alone, all of them: what a page is made of, without reading it.
macro_rules! places {
    ($from:literal, $key:literal) => {
        concat!(
            "select e.sort_key, e.id, e.changed from ",
            $from,
            " and e.state = 'published' and ",
            $key,
            " >= $2 and ",
            $key,
            " < $3 and not exists (select 1 from quarantine q where q.entry_id = e.id) order by ",
            $key,
            " desc"
        )
    };
}

const PLACES: &str = places!("entries e where $1 = ''", "e.sort_key");

const PLACES_OF_SOURCE: &str =
    places!("entries e where e.source_id = cast(cast($1 as text) as bigint)", "e.sort_key");

const PLACES_OF_TAG: &str =
    places!("entry_tags t join entries e on e.id = t.entry_id where t.tag = $1", "t.sort_key");

/// What each entry is shown with: the others of its story, and itself in other languages.
const RELATED: &str = "select m.entry_id, e.id, e.changed from story_entries m \
     join story_entries o on o.story_id = m.story_id and o.entry_id <> m.entry_id join entries e on e.id = o.entry_id \
     union all select t.entry_id, e.id, e.changed from translations t join entries e on e.id = t.other_id order by 1, 2";

const TAKEN_DOWN: &str = "select count(*), coalesce(max(e.changed), 0) from entries e \
     where e.state in ('withdrawn', 'hidden', 'removed') and e.released is not null";

const NEWEST_BELOW: &str =
    "select max(e.sort_key) from entries e where e.state = 'published' and e.sort_key < $1";

impl Store {
    /// A page of a list, newest first.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn list(&self, query: &ListQuery) -> Result<Vec<StoredEntry>, StoreError> {
        let (statement, common) = match &query.of {
            ListOf::All => (ALL, String::new()),
            ListOf::Source(source) => (OF_SOURCE, source.0.to_string()),
            ListOf::Tag(tag) => (OF_TAG, tag.clone()),
        };
        let rows = sqlx::query(statement)
            .bind(common)
            .bind(query.since.map_or(i64::MIN, |since| since.0))
            .bind(query.before.map_or(i64::MAX, |before| before.0))
            .bind(i64::from(query.limit))
            .fetch(&self.backend.reads);
        rows::gather(rows, rows::stored_entry).await
    }

    /// Where the entries of a list stand, newest first, all of them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn places(
        &self,
        of: &ListOf,
        within: Option<(SortKey, SortKey)>,
    ) -> Result<Vec<Placed>, StoreError> {
        let (statement, common) = match of {
            ListOf::All => (PLACES, String::new()),
            ListOf::Source(source) => (PLACES_OF_SOURCE, source.0.to_string()),
            ListOf::Tag(tag) => (PLACES_OF_TAG, tag.clone()),
        };
        let (since, before) = within.map_or((i64::MIN, i64::MAX), |(since, before)| (since.0, before.0));
        let rows = sqlx::query(statement)
            .bind(common)
            .bind(since)
            .bind(before)
            .fetch_all(&self.backend.reads)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Placed {
                    key: SortKey(row.try_get(0)?),
                    entry: EntryId(row.try_get(1)?),
                    changed: row.try_get(2)?,
                })
            })
            .collect()
    }

    /// Another number whenever something that was published was taken away: how many entries were, and when the last.
    ///
    /// # Errors
    /// `Database`.
    pub async fn taken_down(&self) -> Result<(i64, i64), StoreError> {
        let row = sqlx::query(TAKEN_DOWN).fetch_one(&self.backend.reads).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// The tags of published entries, in lower case and in order, at most so many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn tags(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(TAGS).bind(i64::from(limit)).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Every pair of entries of which one is shown with the other, in an order of its own, with when the other last changed.
    ///
    /// # Errors
    /// `Database`.
    pub async fn related(&self) -> Result<Vec<(EntryId, EntryId, i64)>, StoreError> {
        let rows = sqlx::query(RELATED).fetch_all(&self.backend.reads).await?;
        rows.iter()
            .map(|row| Ok((EntryId(row.try_get(0)?), EntryId(row.try_get(1)?), row.try_get(2)?)))
            .collect()
    }

    /// The place of the newest published entry below a place.
    ///
    /// # Errors
    /// `Database`.
    pub async fn newest_below(&self, place: SortKey) -> Result<Option<SortKey>, StoreError> {
        let row = sqlx::query(NEWEST_BELOW).bind(place.0).fetch_one(&self.backend.reads).await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(SortKey))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn no_list_reads_or_sorts_the_archive() {
        for (statement, index) in [
            (ALL, "entries_river (sort_key>? AND sort_key<?)"),
            (OF_SOURCE, "entries_source_river (source_id=? AND sort_key>? AND sort_key<?)"),
            (OF_TAG, "PRIMARY KEY (tag=? AND sort_key>? AND sort_key<?)"),
            (PLACES, "entries_river (sort_key>? AND sort_key<?)"),
            (PLACES_OF_SOURCE, "entries_source_river (source_id=? AND sort_key>? AND sort_key<?)"),
            (PLACES_OF_TAG, "PRIMARY KEY (tag=? AND sort_key>? AND sort_key<?)"),
            (TAKEN_DOWN, "entries_deleted"),
            (NEWEST_BELOW, "entries_river (sort_key<?)"),
        ] {
            check_plan(statement, index, 0).await;
        }
    }
}
