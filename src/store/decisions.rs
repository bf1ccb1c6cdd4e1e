//! What becomes of an entry by decision: the review queue, embargoes that end, takedowns, and the audit trail of all of it.

use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{
    Store, StoreError,
    commit::execute_batch,
    outbox,
    rows::{self, entry_columns},
};
use crate::model::{Decision, EntryId, EntryState, SourceId, StoredEntry, Timestamp, Verdict, from_millis};

/// How a verdict ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// The entry is in this state now.
    Done(EntryState),
    /// It was so already, or the verdict does not apply to this state; nothing was written.
    Unchanged(EntryState),
    /// There is no such entry.
    Unknown,
}

const FIND: &str = concat!("select ", entry_columns!(), " from entries e where e.id = $1");

const WAITING: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.state = 'waiting' and e.sort_key >= 0 order by e.sort_key desc limit $1"
);

const HELD: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.state = 'held' and e.source_id >= $1 and e.source_id <= $2 order by e.source_id, e.sort_key"
);

const SET_STATE: &str = "update entries set state = $2, changed = $3, release_at = null, \
     released = case when $2 = 'published' then coalesce(released, $3) else released end where id = $1";

const LOG: &str = "insert into publication_log (entry_id) values ($1)";

/// Everything that anybody could read. The identity, the ids and the link stay, so that it can be recognised.
const REMOVE_TEXT: &str = "update entries set title = '', summary = null, content = null, details_json = $2, lang = null \
     where id = $1";

const REMOVE_REVISIONS: &str = "delete from entry_revisions where entry_id = $1";

const REMOVE_TAGS: &str = "delete from entry_tags where entry_id = $1";

/// It is read anew, whatever came before, when its source delivers it.
const FORGET: &str = "update entries set state = 'withdrawn', fingerprint = '', changed = $2 where id = $1";

const ASK_ANEW: &str = "update source_states set etag = null, last_modified = null, body_hash = null, next_due = $1 \
     where source_id = $2";

const NOTE: &str = "insert into decisions (entry_id, at, who, what, before, after, reason) \
     values ($1, $2, $3, $4, $5, $6, nullif($7, ''))";

const TRAIL: &str =
    "select at, who, what, before, after, reason from decisions where entry_id = $1 order by id";

const ANY_DUE: &str = "select 1 from entries where state = 'embargoed' and release_at <= $1 limit 1";

const RELEASE: &str = "update entries set state = 'published', released = coalesce(released, $1) \
     where state = 'embargoed' and release_at <= $1 returning id, source_id";

const LOG_BATCH: &str =
    "insert into publication_log (entry_id) select cast(value->>0 as bigint) from json_each($1)";

const NOTE_RELEASES: &str = "insert into decisions (entry_id, at, who, what, before, after, reason) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint), 'vestnik', 'release', 'embargoed', 'published', \
     'the embargo ended' from json_each($1)";

/// Who decides, when, and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// A name of a person.
    pub who: &'a str,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: Option<&'a str>,
}

impl Store {
    /// One entry, in any state.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn entry(&self, id: EntryId) -> Result<Option<StoredEntry>, StoreError> {
        let row = sqlx::query(FIND).bind(id.0).fetch_optional(&self.backend.reads).await?;
        row.as_ref().map(rows::stored_entry).transpose()
    }

    /// Entries that wait for staff, newest first.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn waiting(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query(WAITING).bind(i64::from(limit)).fetch(&self.backend.reads);
        rows::gather(rows, rows::stored_entry).await
    }

    /// Entries that the resurfacing guard holds, of one source or of all, oldest first.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn held(&self, source: Option<SourceId>) -> Result<Vec<StoredEntry>, StoreError> {
        let (first, last) = source.map_or((i64::MIN, i64::MAX), |source| (source.0, source.0));
        let rows = sqlx::query(HELD).bind(first).bind(last).fetch(&self.backend.reads);
        rows::gather(rows, rows::stored_entry).await
    }

    /// Carries out what staff decided about an entry and writes it into the audit trail, in one transaction. Channels are
    /// published anew by it.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn decide(&self, id: EntryId, verdict: Verdict, by: By<'_>) -> Result<Decided, StoreError> {
        let mut transaction = self.backend.begin().await?;
        let row = sqlx::query(FIND).bind(id.0).fetch_optional(&mut *transaction).await?;
        let Some(entry) = row.as_ref().map(rows::stored_entry).transpose()? else {
            return Ok(Decided::Unknown);
        };
        let before = entry.state;
        let Some(after) = outcome(before, verdict) else { return Ok(Decided::Unchanged(before)) };
        let at = by.at.timestamp_millis();
        if before == EntryState::Removed {
            sqlx::query(FORGET).bind(id.0).bind(at).execute(&mut *transaction).await?;
            sqlx::query(ASK_ANEW).bind(at).bind(entry.source.0).execute(&mut *transaction).await?;
        } else {
            sqlx::query(SET_STATE).bind(id.0).bind(after.name()).bind(at).execute(&mut *transaction).await?;
        }
        match after {
            EntryState::Removed => remove_text(&mut transaction, &entry).await?,
            EntryState::Published => {
                sqlx::query(LOG).bind(id.0).execute(&mut *transaction).await?;
            }
            _ => {}
        }
        sqlx::query(NOTE)
            .bind(id.0)
            .bind(at)
            .bind(by.who)
            .bind(verdict.name())
            .bind(before.name())
            .bind(after.name())
            .bind(by.reason.unwrap_or_default())
            .execute(&mut *transaction)
            .await?;
        outbox::note_sources(&mut transaction, [entry.source], by.at).await?;
        transaction.commit().await?;
        Ok(Decided::Done(after))
    }

    /// The audit trail of an entry, oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn decisions(&self, id: EntryId) -> Result<Vec<Decision>, StoreError> {
        let rows = sqlx::query(TRAIL).bind(id.0).fetch(&self.backend.reads);
        rows::gather(rows, decision).await
    }

    /// Publishes the entries whose embargo has ended. Returns how many.
    ///
    /// # Errors
    /// `Database`.
    pub async fn release_embargoed(&self, now: Timestamp) -> Result<usize, StoreError> {
        let millis = now.timestamp_millis();
        // A look first: nearly always there is none, and a look takes no write lock.
        if sqlx::query(ANY_DUE).bind(millis).fetch_optional(&self.backend.reads).await?.is_none() {
            return Ok(0);
        }
        let mut transaction = self.backend.begin().await?;
        let rows = sqlx::query(RELEASE).bind(millis).fetch_all(&mut *transaction).await?;
        let mut released = Vec::with_capacity(rows.len());
        let mut sources = std::collections::BTreeSet::new();
        for row in &rows {
            released.push((row.try_get::<i64, _>(0)?, millis));
            sources.insert(SourceId(row.try_get(1)?));
        }
        released.sort_unstable();
        execute_batch(&mut transaction, LOG_BATCH, &released).await?;
        execute_batch(&mut transaction, NOTE_RELEASES, &released).await?;
        outbox::note_sources(&mut transaction, sources, now).await?;
        transaction.commit().await?;
        Ok(released.len())
    }
}

/// The state that a verdict leads to; None where it changes nothing.
fn outcome(before: EntryState, verdict: Verdict) -> Option<EntryState> {
    use EntryState::{Embargoed, Held, Hidden, Published, Removed, Waiting, Withdrawn};
    match (verdict, before) {
        (Verdict::Approve, Waiting | Embargoed | Held | Hidden) => Some(Published),
        (Verdict::Hide, Published | Waiting | Embargoed | Held) => Some(Hidden),
        (Verdict::Withdraw, Removed) => None,
        (Verdict::Withdraw, _) => Some(Removed),
        (Verdict::Restore, Hidden | Withdrawn) => Some(Published),
        // There is no text to show: the source has to deliver it once more.
        (Verdict::Restore, Removed) => Some(Withdrawn),
        _ => None,
    }
}

/// What is left of an entry's details: whose id it has.
#[derive(Serialize)]
struct Remains<'a> {
    minted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher_id: Option<&'a str>,
}

async fn remove_text(transaction: &mut Transaction<'_, Any>, entry: &StoredEntry) -> Result<(), StoreError> {
    let (id, publisher_id) = (entry.id.0, entry.entry.publisher_id.as_deref());
    let minted = publisher_id != Some(entry.entry.public_id.as_str());
    let remains = serde_json::to_string(&Remains { minted, publisher_id: publisher_id.filter(|_| minted) })?;
    sqlx::query(REMOVE_TEXT).bind(id).bind(remains).execute(&mut **transaction).await?;
    sqlx::query(REMOVE_REVISIONS).bind(id).execute(&mut **transaction).await?;
    sqlx::query(REMOVE_TAGS).bind(id).execute(&mut **transaction).await?;
    Ok(())
}

fn decision(row: &AnyRow) -> Result<Decision, StoreError> {
    Ok(Decision {
        at: from_millis(row.try_get(0)?),
        who: row.try_get(1)?,
        what: row.try_get(2)?,
        before: row.try_get(3)?,
        after: row.try_get(4)?,
        reason: row.try_get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn neither_queues_nor_embargoes_read_all_entries() {
        for (statement, index, sorts) in [
            (WAITING, "entries_waiting", 0),
            (HELD, "entries_held (source_id>? AND source_id<?)", 0),
            (ANY_DUE, "entries_embargoed (release_at<?)", 0),
            (RELEASE, "entries_embargoed (release_at<?)", 0),
            (TRAIL, "decisions_entry (entry_id=?)", 0),
        ] {
            check_plan(statement, index, sorts).await;
        }
    }
}
