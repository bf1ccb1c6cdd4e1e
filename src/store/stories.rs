//! Stories: which entries are one, where entries meet that may be, what staff decided.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt;
use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    Store, StoreError,
    commit::execute_batch,
    rows::{self, entry_columns},
};
use crate::failpoint::{self, Step};
use crate::model::{EntryId, SourceId, StoredEntry, Story, StoryId, Timestamp, Translation, from_millis};

/// A place in the index of what may be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoryKey {
    /// A hash of what those that meet here share.
    pub hash: i64,
    /// The entry's date, in seconds since 1970.
    pub at: i64,
    /// The entry.
    pub entry: EntryId,
    /// Its source.
    pub source: SourceId,
}

/// Where entries are looked for: under this hash, between these moments (seconds since 1970).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct KeyRange(pub i64, pub i64, pub i64);

/// What a round of grouping found, or what staff decided.
#[derive(Debug, Clone, Default)]
pub struct Grouped {
    /// Entries that were looked at, with the moment of the change up to which they were.
    pub done: Vec<(EntryId, Timestamp)>,
    /// Where they are found from now on.
    pub keys: Vec<StoryKey>,
    /// Stories as they are now: their lead, and every entry with the reason why it is there. Numbers below zero are begun.
    pub stories: BTreeMap<StoryId, (EntryId, Vec<(EntryId, String)>)>,
    /// Entries that are in no story any more.
    pub left: Vec<EntryId>,
    /// Of the entries that were looked at, those that are the same as another one in another language.
    pub translations: Vec<(EntryId, EntryId)>,
    /// Sources whose channels show something else now.
    pub changed: Vec<SourceId>,
}

/// A decision of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryDecision {
    /// When.
    pub at: Timestamp,
    /// `split` or `merge`.
    pub action: String,
    /// The entry that was taken out, or the first of the two.
    pub entry: EntryId,
    /// The second of the two.
    pub other: Option<EntryId>,
    /// The story that it was taken out of, or that both are in.
    pub story: Option<StoryId>,
}

const UNGROUPED: &str = concat!(
    "select ",
    entry_columns!(),
    " from ungrouped u join entries e on e.id = u.entry_id order by u.entry_id limit $1"
);

const COUNT_UNGROUPED: &str = "select count(*) from ungrouped";

const MET: &str = "select k.hash, k.at, k.entry_id, k.source_id from json_each($1) j join story_keys k \
     on k.hash = cast(j.value->>0 as bigint) and k.at >= cast(j.value->>1 as bigint) and k.at <= cast(j.value->>2 as bigint)";

const THESE: &str = concat!(
    "select ",
    entry_columns!(),
    " from json_each($1) j join entries e on e.id = cast(j.value->>0 as bigint)"
);

const STORIES_OF: &str = "select distinct s.story_id from json_each($1) j join story_entries s \
     on s.entry_id = cast(j.value->>0 as bigint)";

const MEMBERS: &str = concat!(
    "select ",
    entry_columns!(),
    ", m.story_id as story_id, s.lead as lead, m.why as why from json_each($1) j \
     join story_entries m on m.story_id = cast(j.value->>0 as bigint) join stories s on s.id = m.story_id \
     join entries e on e.id = m.entry_id order by m.story_id, e.sort_key"
);

const NEWEST: &str = "select id from stories order by id desc limit $1";

const APART: &str = "select a.entry_id, a.other_id from json_each($1) j join story_apart a \
     on a.entry_id = cast(j.value->>0 as bigint)";

/// Not where it changed meanwhile: it is looked at again.
const DONE: &str = "delete from ungrouped where entry_id in (select cast(value->>0 as bigint) from json_each($1) \
     where not exists (select 1 from entries e where e.id = cast(value->>0 as bigint) \
     and e.changed > cast(value->>1 as bigint)))";

/// A piece of the index, and whether each entry may still be met. One that comes back is looked at anew, and found again.
const SWEPT: &str = "select k.hash, k.at, k.entry_id, k.source_id, \
     case when exists (select 1 from entries e where e.id = k.entry_id \
     and e.state not in ('withdrawn', 'hidden', 'removed')) then 1 else 0 end from story_keys k \
     where (k.hash, k.at, k.entry_id) > ($1, $2, $3) order by k.hash, k.at, k.entry_id limit $4";

const FORGET_KEYS: &str = "delete from story_keys where (hash, at, entry_id) in \
     (select cast(value->>0 as bigint), cast(value->>1 as bigint), cast(value->>2 as bigint) from json_each($1))";

const KEEP_KEYS: &str = "insert into story_keys (hash, at, entry_id, source_id) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint), cast(value->>2 as bigint), cast(value->>3 as bigint) \
     from json_each($1) where true on conflict do nothing";

const LAST: &str = "select coalesce(max(id), 0) from stories";

const SET_STORIES: &str = "insert into stories (id, lead, created) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint), cast(value->>2 as bigint) from json_each($1) where true \
     on conflict (id) do update set lead = excluded.lead";

const SET_MEMBERS: &str = "insert into story_entries (entry_id, story_id, why) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint), value->>2 from json_each($1) where true \
     on conflict (entry_id) do update set story_id = excluded.story_id, why = excluded.why";

const LEAVE: &str =
    "delete from story_entries where entry_id in (select cast(value->>0 as bigint) from json_each($1))";

/// Stories of one entry are none.
const DISSOLVE: &str = "delete from stories where id in (select cast(value->>0 as bigint) from json_each($1)) \
     and (select count(*) from story_entries m where m.story_id = stories.id) < 2";

const FORGET_TRANSLATIONS: &str =
    "delete from translations where entry_id in (select cast(value->>0 as bigint) from json_each($1))";

const FORGET_TRANSLATED: &str =
    "delete from translations where other_id in (select cast(value->>0 as bigint) from json_each($1))";

const KEEP_TRANSLATIONS: &str = "insert into translations (entry_id, other_id) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint) from json_each($1) where true on conflict do nothing";

const TRANSLATIONS: &str = "select t.entry_id, e.lang, e.link from json_each($1) j \
     join translations t on t.entry_id = cast(j.value->>0 as bigint) join entries e on e.id = t.other_id \
     where e.state = 'published' and e.link is not null and e.lang is not null \
     and not exists (select 1 from quarantine q where q.entry_id = e.id) order by t.entry_id, e.lang, e.id";

const TAKE_APART: &str = "insert into story_apart (entry_id, other_id) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint) from json_each($1) where true on conflict do nothing";

const PUT_TOGETHER: &str = "delete from story_apart where entry_id = $1 and other_id = $2";

const DECIDE: &str =
    "insert into story_decisions (at, action, entry_id, other_id, story_id) values ($1, $2, $3, $4, $5)";

const DECISIONS: &str =
    "select at, action, entry_id, other_id, story_id from story_decisions order by id desc limit $1";

/// Texts of entries that are looked at together for stories.
const ROUND_BYTES: usize = 2 << 20;

impl Store {
    /// Entries that are new or changed and were not looked at for stories yet, in any state: so many, or fewer large ones.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn ungrouped(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let mut rows = sqlx::query(UNGROUPED).bind(i64::from(limit)).fetch(&self.backend.reads);
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while bytes < ROUND_BYTES
            && let Some(row) = rows.try_next().await?
        {
            let stored = rows::stored_entry(&row)?;
            bytes += stored.entry.weight();
            entries.push(stored);
        }
        Ok(entries)
    }

    /// How many entries wait to be looked at for stories.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_ungrouped(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(COUNT_UNGROUPED).fetch_one(&self.backend.reads).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
    }

    /// Who is found in these places.
    ///
    /// # Errors
    /// `Database`.
    pub async fn met(&self, ranges: &[KeyRange]) -> Result<Vec<StoryKey>, StoreError> {
        let rows = sqlx::query(MET).bind(serde_json::to_string(ranges)?).fetch(&self.backend.reads);
        rows::gather(rows, key_of).await
    }

    /// Looks at a piece of the index, of so many places after this one, and takes out what belongs to entries that are gone. Gives the last place that was looked at; None at the end of the index.
    ///
    /// # Errors
    /// `Database`.
    pub async fn sweep_story_keys(
        &self,
        after: Option<StoryKey>,
        limit: u32,
    ) -> Result<(Option<StoryKey>, usize), StoreError> {
        let (hash, at, entry) = after.map_or((i64::MIN, 0, 0), |key| (key.hash, key.at, key.entry.0));
        let rows = sqlx::query(SWEPT)
            .bind(hash)
            .bind(at)
            .bind(entry)
            .bind(i64::from(limit))
            .fetch_all(&self.backend.reads)
            .await?;
        let last = rows.last().filter(|_| rows.len() >= limit as usize).map(key_of).transpose()?;
        let mut gone = Vec::new();
        for row in &rows {
            if row.try_get::<i64, _>(4)? == 0 {
                let key = key_of(row)?;
                gone.push((key.hash, key.at, key.entry.0));
            }
        }
        if !gone.is_empty() {
            let mut transaction = self.backend.begin().await?;
            execute_batch(&mut transaction, FORGET_KEYS, &gone).await?;
            transaction.commit().await?;
        }
        Ok((last, gone.len()))
    }

    /// Entries by their numbers, in any order and state; those that are gone are left out.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn entries_by_id(&self, ids: &[EntryId]) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query(THESE).bind(batch(ids)?).fetch(&self.backend.reads);
        rows::gather(rows, rows::stored_entry).await
    }

    /// The stories that these entries are in.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn stories_of(&self, entries: &[EntryId]) -> Result<Vec<Story>, StoreError> {
        let rows = sqlx::query(STORIES_OF).bind(batch(entries)?).fetch_all(&self.backend.reads).await?;
        self.stories_by_id(&rows).await
    }

    /// The newest stories.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn newest_stories(&self, limit: u32) -> Result<Vec<Story>, StoreError> {
        let rows = sqlx::query(NEWEST).bind(i64::from(limit)).fetch_all(&self.backend.reads).await?;
        let mut stories = self.stories_by_id(&rows).await?;
        stories.reverse();
        Ok(stories)
    }

    async fn stories_by_id(&self, ids: &[AnyRow]) -> Result<Vec<Story>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids =
            ids.iter().map(|row| Ok([row.try_get::<i64, _>(0)?])).collect::<Result<Vec<_>, StoreError>>()?;
        let mut rows = sqlx::query(MEMBERS).bind(serde_json::to_string(&ids)?).fetch(&self.backend.reads);
        let mut stories: BTreeMap<StoryId, Story> = BTreeMap::new();
        while let Some(row) = rows.try_next().await? {
            let row = &row;
            let id = StoryId(row.try_get("story_id")?);
            let lead = EntryId(row.try_get("lead")?);
            let story = stories.entry(id).or_insert_with(|| Story { id, lead, members: Vec::new() });
            story.members.push((rows::stored_entry(row)?, row.try_get("why")?));
        }
        Ok(stories.into_values().collect())
    }

    /// Where these entries are in other languages: published entries that were found to be the same.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn translations_of(
        &self,
        entries: &[EntryId],
    ) -> Result<HashMap<EntryId, Vec<Translation>>, StoreError> {
        let rows = sqlx::query(TRANSLATIONS).bind(batch(entries)?).fetch_all(&self.backend.reads).await?;
        let mut found: HashMap<EntryId, Vec<Translation>> = HashMap::new();
        for row in &rows {
            let language: &str = row.try_get(1)?;
            let language = language
                .parse()
                .map_err(|_| StoreError::Foreign { what: "language", problem: language.to_owned() })?;
            let translation = Translation { language, link: row.try_get(2)? };
            found.entry(EntryId(row.try_get(0)?)).or_default().push(translation);
        }
        Ok(found)
    }

    /// What staff took apart from these entries: both of each pair.
    ///
    /// # Errors
    /// `Database`.
    pub async fn apart_from(&self, entries: &[EntryId]) -> Result<Vec<(EntryId, EntryId)>, StoreError> {
        let rows = sqlx::query(APART).bind(batch(entries)?).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok((EntryId(row.try_get(0)?), EntryId(row.try_get(1)?)))).collect()
    }

    /// Writes what a round of grouping found.
    ///
    /// # Errors
    /// `Database`: then nothing of it was written.
    pub async fn group(&self, grouped: &Grouped, at: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.backend.begin().await?;
        self.backend.number_stories_alone(&mut transaction).await?;
        write(&mut transaction, grouped, at).await?;
        failpoint::reach(Step::Grouping);
        Ok(transaction.commit().await?)
    }

    /// Writes what staff decided, what follows from it, and that it was decided. Taking apart holds against every entry
    /// that is named with it; putting together ends what was taken apart.
    ///
    /// # Errors
    /// `Database`: then nothing of it was written.
    pub async fn decide_stories(
        &self,
        decision: &StoryDecision,
        grouped: &Grouped,
        apart: &[(EntryId, EntryId)],
        together: &[(EntryId, EntryId)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.backend.begin().await?;
        self.backend.number_stories_alone(&mut transaction).await?;
        let both_ways = |(a, b): &(EntryId, EntryId)| [(a.0, b.0), (b.0, a.0)];
        let apart: Vec<(i64, i64)> = apart.iter().flat_map(both_ways).collect();
        execute_batch(&mut transaction, TAKE_APART, &apart).await?;
        for (a, b) in together.iter().flat_map(both_ways) {
            sqlx::query(PUT_TOGETHER).bind(a).bind(b).execute(&mut *transaction).await?;
        }
        let begun = write(&mut transaction, grouped, decision.at).await?;
        let story = decision.story.map(|story| begun.get(&story).copied().unwrap_or(story));
        sqlx::query(DECIDE)
            .bind(decision.at.timestamp_millis())
            .bind(&decision.action)
            .bind(decision.entry.0)
            .bind(decision.other.map(|other| other.0))
            .bind(story.map(|story| story.0))
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// What staff decided about stories, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn story_decisions(&self, limit: u32) -> Result<Vec<StoryDecision>, StoreError> {
        let rows = sqlx::query(DECISIONS).bind(i64::from(limit)).fetch_all(&self.backend.reads).await?;
        rows.iter()
            .map(|row| {
                Ok(StoryDecision {
                    at: from_millis(row.try_get(0)?),
                    action: row.try_get(1)?,
                    entry: EntryId(row.try_get(2)?),
                    other: row.try_get::<Option<i64>, _>(3)?.map(EntryId),
                    story: row.try_get::<Option<i64>, _>(4)?.map(StoryId),
                })
            })
            .collect()
    }
}

fn key_of(row: &AnyRow) -> Result<StoryKey, StoreError> {
    Ok(StoryKey {
        hash: row.try_get(0)?,
        at: row.try_get(1)?,
        entry: EntryId(row.try_get(2)?),
        source: SourceId(row.try_get(3)?),
    })
}

fn batch(ids: &[EntryId]) -> Result<String, StoreError> {
    Ok(serde_json::to_string(&ids.iter().map(|id| [id.0]).collect::<Vec<_>>())?)
}

/// Returns the numbers that begun stories were given.
async fn write(
    transaction: &mut Transaction<'_, Any>,
    grouped: &Grouped,
    at: Timestamp,
) -> Result<BTreeMap<StoryId, StoryId>, StoreError> {
    let keys: Vec<_> = grouped.keys.iter().map(|key| (key.hash, key.at, key.entry.0, key.source.0)).collect();
    execute_batch(transaction, KEEP_KEYS, &keys).await?;
    let left: Vec<[i64; 1]> = grouped.left.iter().map(|entry| [entry.0]).collect();
    execute_batch(transaction, LEAVE, &left).await?;
    let begun = number(transaction, grouped).await?;
    let named = |id: &StoryId| begun.get(id).copied().unwrap_or(*id).0;
    let stories: Vec<_> =
        grouped.stories.iter().map(|(id, (lead, _))| (named(id), lead.0, at.timestamp_millis())).collect();
    execute_batch(transaction, SET_STORIES, &stories).await?;
    let members: Vec<_> = grouped
        .stories
        .iter()
        .flat_map(|(id, (_, members))| {
            members.iter().map(move |(entry, why)| (entry.0, named(id), why.as_str()))
        })
        .collect();
    execute_batch(transaction, SET_MEMBERS, &members).await?;
    execute_batch(transaction, DISSOLVE, &stories).await?;
    let looked_at: Vec<[i64; 1]> = grouped.done.iter().map(|(entry, _)| [entry.0]).collect();
    execute_batch(transaction, FORGET_TRANSLATIONS, &looked_at).await?;
    execute_batch(transaction, FORGET_TRANSLATED, &looked_at).await?;
    let both_ways = |(a, b): &(EntryId, EntryId)| [(a.0, b.0), (b.0, a.0)];
    let translations: Vec<(i64, i64)> = grouped.translations.iter().flat_map(both_ways).collect();
    execute_batch(transaction, KEEP_TRANSLATIONS, &translations).await?;
    super::outbox::note_sources(transaction, grouped.changed.iter().copied(), at).await?;
    let done: Vec<_> =
        grouped.done.iter().map(|(entry, changed)| (entry.0, changed.timestamp_millis())).collect();
    execute_batch(transaction, DONE, &done).await?;
    Ok(begun)
}

async fn number(
    transaction: &mut Transaction<'_, Any>,
    grouped: &Grouped,
) -> Result<BTreeMap<StoryId, StoryId>, StoreError> {
    let begun: Vec<StoryId> = grouped.stories.keys().filter(|id| id.0 < 0).copied().collect();
    if begun.is_empty() {
        return Ok(BTreeMap::new());
    }
    let last: i64 = sqlx::query(LAST).fetch_one(&mut **transaction).await?.try_get(0)?;
    Ok(begun.into_iter().zip((last + 1..).map(StoryId)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn stories_are_looked_up() {
        for (statement, index) in [
            (MET, "PRIMARY KEY (hash=? AND at>? AND at<?)"),
            (THESE, "INTEGER PRIMARY KEY (rowid=?)"),
            (MEMBERS, "story_entries_story (story_id=?)"),
            (APART, "PRIMARY KEY (entry_id=?)"),
            (FORGET_TRANSLATED, "translations_other (other_id=?)"),
            (SWEPT, "PRIMARY KEY ((hash,at,entry_id)>(?,?,?))"),
            (FORGET_KEYS, "PRIMARY KEY (hash=? AND at=? AND entry_id=?)"),
        ] {
            check_plan(statement, index, usize::from(statement == MEMBERS)).await;
        }
    }
}
