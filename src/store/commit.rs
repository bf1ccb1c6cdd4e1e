//! Writing what collections found. All that one document brings is one transaction; documents that wait at the same
//! time share one (a group commit), so that a cycle costs a few syncs and a few statements and not one a row.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use sqlx::{Any, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::{
    Store, StoreError,
    backend::Backend,
    history, kept, outbox,
    rows::{self, EntryRow},
    states,
};
use crate::failpoint::{self, Step};
use crate::model::{Collected, Entry, EntryId, Hold, Identity, SourceId, TakenBy};

/// What a commit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// True where channels may have changed.
    pub changed: bool,
}

/// At most so many documents in one transaction: more save little and make the first ones wait.
const GROUP: usize = 256;
/// And at most about so many bytes of text, so that memory stays flat.
const GROUP_BYTES: usize = 2 << 20;
/// What changes nothing waits so long for others: nobody misses it, and a transaction costs more than it.
const PATIENCE: Duration = Duration::from_millis(15);
/// Documents that may wait for the writer before collecting has to.
const QUEUE: usize = 256;

#[derive(Debug)]
struct Request {
    collected: Collected,
    done: oneshot::Sender<Result<Committed, StoreError>>,
}

/// The handle of the writing task, which ends when the last handle is gone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    requests: mpsc::Sender<Request>,
    /// The last document could not be written.
    failed: Arc<AtomicBool>,
    /// The last claim of sources could not be written. On a full disk there may still be room for a document.
    trouble: Arc<Mutex<Option<String>>>,
}

impl Store {
    /// Writes all that one collection brought, in one transaction, and ends the source's lease. When this returns,
    /// it survives a power loss.
    ///
    /// # Errors
    /// `Database`, `TakenOver` (then nothing of it was written), `Closing`.
    pub async fn commit(&self, collected: Collected) -> Result<Committed, StoreError> {
        let (done, answer) = oneshot::channel();
        self.writer.requests.send(Request { collected, done }).await.map_err(|_| StoreError::Closing)?;
        answer.await.map_err(|_| StoreError::Closing)?
    }
}

impl Writer {
    pub(super) fn start(backend: Backend) -> Self {
        let (sender, mut requests) = mpsc::channel::<Request>(QUEUE);
        let failed = Arc::<AtomicBool>::default();
        let last = Arc::clone(&failed);
        tokio::spawn(async move {
            while let Some(first) = requests.recv().await {
                if states::is_small(&first.collected) {
                    tokio::time::sleep(PATIENCE).await;
                }
                let group = gather(first, &mut requests);
                last.store(!write_group(&backend, group).await, Ordering::Relaxed);
            }
        });
        Writer { requests: sender, failed, trouble: Arc::default() }
    }

    /// Whether nothing can be written any more.
    pub(super) fn is_gone(&self) -> bool {
        self.requests.is_closed()
    }

    /// How the last claim of sources went.
    pub(super) fn claims(&self, error: Option<&sqlx::Error>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *trouble = error.map(ToString::to_string);
    }

    /// Why the last claim of sources could not be written, where it could not.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the last document could not be written.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Something could be written since.
    pub(super) fn is_well(&self) {
        self.failed.store(false, Ordering::Relaxed);
    }
}

fn gather(first: Request, requests: &mut mpsc::Receiver<Request>) -> Vec<Request> {
    let mut bytes = weight(&first.collected);
    let mut group = vec![first];
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(next) = requests.try_recv() else { break };
        bytes += weight(&next.collected);
        group.push(next);
    }
    group
}

fn weight(collected: &Collected) -> usize {
    let changes = &collected.changes;
    let entries =
        changes.new.iter().map(|(entry, _)| entry).chain(changes.updated.iter().map(|(_, entry, _)| entry));
    entries.map(Entry::weight).sum()
}

/// True where all of it was written that is still ours to write.
async fn write_group(backend: &Backend, group: Vec<Request>) -> bool {
    let all: Vec<&Collected> = group.iter().map(|request| &request.collected).collect();
    match write(backend, &all).await {
        Ok(lost) => {
            group.into_iter().for_each(|request| answer(request, Ok(&lost)));
            true
        }
        Err(error) if group.len() > 1 => {
            tracing::warn!(%error, documents = group.len(), "a group of documents was not written; trying each alone");
            let mut all_written = true;
            for request in group {
                let result = write(backend, &[&request.collected]).await;
                all_written &= result.is_ok();
                match result {
                    Ok(lost) => answer(request, Ok(&lost)),
                    Err(error) => answer(request, Err(error)),
                }
            }
            all_written
        }
        Err(error) => {
            if let Some(request) = group.into_iter().next() {
                answer(request, Err(error));
            }
            false
        }
    }
}

fn answer(request: Request, result: Result<&Lost, StoreError>) {
    let Collected { source, changes, .. } = &request.collected;
    let result = match result {
        Ok(lost) if lost.contains(source) => Err(StoreError::TakenOver),
        Ok(_) => Ok(Committed { changed: !changes.is_empty() }),
        Err(error) => Err(error),
    };
    // Nobody waits any more where the collection was given up; what it brought is written all the same.
    let _ = request.done.send(result);
}

/// Sources that another node has claimed since.
type Lost = HashSet<SourceId>;

async fn write(backend: &Backend, group: &[&Collected]) -> Result<Lost, StoreError> {
    let mut transaction = backend.begin().await?;
    let lost = lost(backend, &mut transaction, group).await?;
    let ours: Vec<&Collected>;
    let mut group = group;
    if !lost.is_empty() {
        ours = group.iter().copied().filter(|collected| !lost.contains(&collected.source)).collect();
        group = &ours;
    }
    insert_new(&mut transaction, group).await?;
    failpoint::reach(Step::Inserted);
    keep_aliases(&mut transaction, group).await?;
    update_known(&mut transaction, group).await?;
    withdraw(&mut transaction, group).await?;
    keep_removed(&mut transaction, group).await?;
    outbox::note_changes(&mut transaction, group).await?;
    history::note_fetches(&mut transaction, group).await?;
    states::record_states(&mut transaction, group).await?;
    kept::keep_documents(&mut transaction, group).await?;
    states::defer(&mut transaction, group).await?;
    failpoint::reach(Step::Committing);
    transaction.commit().await?;
    failpoint::reach(Step::Committed);
    Ok(lost)
}

async fn lost(
    backend: &Backend,
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<Lost, StoreError> {
    let claims: Vec<(i64, i64)> =
        group.iter().filter_map(|c| c.claim.map(|claim| (c.source.0, claim.0))).collect();
    let kept = backend.still_claimed(transaction, &claims).await?;
    let lost = claims.iter().filter(|(source, _)| !kept.contains(source));
    Ok(lost.map(|(source, _)| SourceId(*source)).collect())
}

/// The columns of a batch row, as `EntryRow` writes them.
const INSERT: &str = "insert into entries (source_id, identity, fingerprint, state, sort_key, lang, public_id, \
     first_seen, changed, published, updated, link, title, details_json, summary, content, release_at, released) \
     select cast(value->>0 as bigint), value->>1, value->>2, value->>3, cast(value->>4 as bigint), value->>5, value->>6, \
     cast(value->>7 as bigint), cast(value->>8 as bigint), cast(value->>9 as bigint), cast(value->>10 as bigint), \
     value->>11, value->>12, value->>13, value->>14, value->>15, cast(value->>16 as bigint), \
     case when value->>3 = 'published' then cast(value->>8 as bigint) end from json_each($1) where true \
     on conflict (source_id, identity) do nothing";

const INSERT_TAGS: &str = "insert into entry_tags (tag, sort_key, entry_id) \
     select value->>2, e.sort_key, e.id from json_each($1) \
     join entries e on e.source_id = cast(value->>0 as bigint) and e.identity = value->>1 where true \
     on conflict (tag, sort_key, entry_id) do nothing";

const LOG_NEW: &str = "insert into publication_log (entry_id) select e.id from json_each($1) \
     join entries e on e.source_id = cast(value->>0 as bigint) and e.identity = value->>1 where e.state = 'published'";

#[derive(Serialize)]
struct TagRow<'a>(i64, &'a str, String);

async fn insert_new(transaction: &mut Transaction<'_, Any>, group: &[&Collected]) -> Result<(), StoreError> {
    let new = || {
        group.iter().flat_map(|c| c.changes.new.iter().map(move |(entry, key)| (c.source, c.at, entry, *key)))
    };
    let holds = holds(group);
    let hold = |source: SourceId, entry: &Entry| holds.get(&(source, &entry.identity)).copied();
    let rows = new()
        .map(|(source, at, entry, key)| EntryRow::new(source.0, entry, key, at, hold(source, entry)))
        .collect::<Result<Vec<_>, _>>()?;
    execute_batch(transaction, INSERT, &rows).await?;
    let names: Vec<(i64, &str)> =
        new().map(|(source, _, entry, _)| (source.0, entry.identity.as_str())).collect();
    execute_batch(transaction, LOG_NEW, &names).await?;
    let tags: Vec<TagRow<'_>> = new()
        .flat_map(|(source, _, entry, _)| {
            entry.tags.iter().map(move |tag| TagRow(source.0, entry.identity.as_str(), tag.to_lowercase()))
        })
        .collect();
    execute_batch(transaction, INSERT_TAGS, &tags).await
}

const KEEP_REVISIONS: &str = "insert into entry_revisions \
     (entry_id, replaced_at, title, link, details_json, summary, content, number, sort_key, changed, published, updated) \
     select e.id, cast(value->>8 as bigint), e.title, e.link, e.details_json, e.summary, e.content, \
     (select count(*) from entry_revisions r where r.entry_id = e.id), e.sort_key, e.changed, e.published, e.updated \
     from json_each($1) join entries e on e.id = cast(value->>0 as bigint)";

/// What staff decided about an entry stays when it changes; only what its publisher took away comes back.
const UPDATE: &str = "update entries set identity = n.identity, fingerprint = n.fingerprint, \
     state = case when entries.state = 'withdrawn' then n.state else entries.state end, \
     release_at = case when entries.state = 'withdrawn' then n.release_at else entries.release_at end, \
     released = case when entries.state = 'withdrawn' and n.state = 'published' and entries.released is null \
       then n.changed else entries.released end, \
     sort_key = n.sort_key, lang = n.lang, changed = n.changed, published = n.published, updated = n.updated, \
     link = n.link, title = n.title, details_json = n.details_json, summary = n.summary, content = n.content \
     from (select cast(value->>0 as bigint) as id, value->>1 as identity, value->>2 as fingerprint, value->>3 as state, \
       cast(value->>4 as bigint) as sort_key, value->>5 as lang, cast(value->>8 as bigint) as changed, \
       cast(value->>9 as bigint) as published, cast(value->>10 as bigint) as updated, value->>11 as link, \
       value->>12 as title, value->>13 as details_json, value->>14 as summary, value->>15 as content, \
       cast(value->>16 as bigint) as release_at from json_each($1)) n \
     where entries.id = n.id and entries.state not in ('removed', 'expired')";

const LOG_CHANGED: &str = "insert into publication_log (entry_id) select e.id from json_each($1) \
     join entries e on e.id = cast(value->>0 as bigint) where e.state = 'published'";

const DELETE_TAGS: &str =
    "delete from entry_tags where entry_id in (select cast(value->>0 as bigint) from json_each($1))";

async fn update_known(
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<(), StoreError> {
    let updated = || group.iter().flat_map(|c| c.changes.updated.iter().map(move |update| (c, update)));
    let holds = holds(group);
    let rows = updated()
        .map(|(c, (id, entry, key))| {
            let hold = holds.get(&(c.source, &entry.identity)).copied();
            EntryRow::new(id.0, entry, *key, c.at, hold)
        })
        .collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    let batch = serde_json::to_string(&rows)?;
    sqlx::query(KEEP_REVISIONS).bind(&batch).execute(&mut **transaction).await?;
    sqlx::query(DELETE_TAGS).bind(&batch).execute(&mut **transaction).await?;
    sqlx::query(UPDATE).bind(&batch).execute(&mut **transaction).await?;
    sqlx::query(LOG_CHANGED).bind(&batch).execute(&mut **transaction).await?;
    let tags: Vec<TagRow<'_>> = updated()
        .flat_map(|(c, (_, entry, _))| {
            entry.tags.iter().map(|tag| TagRow(c.source.0, entry.identity.as_str(), tag.to_lowercase()))
        })
        .collect();
    execute_batch(transaction, INSERT_TAGS, &tags).await
}

const KEEP_ALIASES: &str = "insert into entry_aliases (source_id, identity, entry_id, published_as_json) \
     select cast(value->>0 as bigint), value->>1, cast(value->>2 as bigint), value->>3 from json_each($1) where true \
     on conflict (source_id, identity) do update set entry_id = excluded.entry_id, \
     published_as_json = excluded.published_as_json";

async fn keep_aliases(
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (collected, alias) in group.iter().flat_map(|c| c.changes.aliases.iter().map(move |alias| (c, alias)))
    {
        let published_as = rows::publisher_id_json(&alias.published_as)?;
        rows.push((collected.source.0, alias.identity.as_str(), alias.entry.0, published_as));
    }
    execute_batch(transaction, KEEP_ALIASES, &rows).await
}

const WITHDRAW: &str = "update entries set state = 'withdrawn', changed = n.at \
     from (select cast(value->>0 as bigint) as id, cast(value->>1 as bigint) as at from json_each($1)) n \
     where entries.id = n.id and entries.state not in ('withdrawn', 'removed', 'expired')";

/// The audit trail says of every entry that its publisher took away that this is so.
const NOTE_WITHDRAWAL: &str = "insert into decisions (entry_id, at, who, what, before, after, reason) \
     select e.id, cast(value->>1 as bigint), 'vestnik', 'withdraw', e.state, 'withdrawn', value->>2 \
     from json_each($1) join entries e on e.id = cast(value->>0 as bigint) where e.state not in ('withdrawn', 'removed', 'expired')";

async fn withdraw(transaction: &mut Transaction<'_, Any>, group: &[&Collected]) -> Result<(), StoreError> {
    let named: HashMap<EntryId, TakenBy> =
        group.iter().flat_map(|c| c.changes.named.iter().copied()).collect();
    let reason = |entry: &EntryId| named.get(entry).map_or("its publisher took it away", |by| by.reason());
    let row = |entry: &EntryId, at: i64| (entry.0, at, reason(entry));
    let rows: Vec<(i64, i64, &str)> = group
        .iter()
        .flat_map(|c| c.changes.withdrawn.iter().map(|entry| row(entry, c.at.timestamp_millis())))
        .collect();
    execute_batch(transaction, NOTE_WITHDRAWAL, &rows).await?;
    execute_batch(transaction, WITHDRAW, &rows).await
}

/// What was taken down does not come back under another id of the same article.
const KEEP_REMOVED: &str = "update entries set state = 'removed', title = '', summary = null, content = null, \
     details_json = '{\"minted\":true}', released = null where id in (\
     select e.id from json_each($1) join entries e on e.source_id = cast(value->>0 as bigint) and e.identity = value->>1 \
     where e.state <> 'removed' and exists (\
       select 1 from entries r where r.source_id = e.source_id and r.link = e.link and r.state = 'removed'))";

async fn keep_removed(
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<(), StoreError> {
    let new = group.iter().flat_map(|c| c.changes.new.iter().map(move |(entry, _)| (c.source.0, entry)));
    let rows: Vec<(i64, &str)> = new.map(|(source, entry)| (source, entry.identity.as_str())).collect();
    execute_batch(transaction, KEEP_REMOVED, &rows).await
}

fn holds<'a>(group: &[&'a Collected]) -> HashMap<(SourceId, &'a Identity), Hold> {
    let of =
        |c: &'a Collected| c.changes.held.iter().map(move |(identity, hold)| ((c.source, identity), *hold));
    group.iter().flat_map(|c| of(c)).collect()
}

/// Runs a statement over rows as one JSON parameter; not at all where there are none.
pub(super) async fn execute_batch<T: Serialize>(
    transaction: &mut Transaction<'_, Any>,
    statement: &'static str,
    rows: &[T],
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let batch = serde_json::to_string(rows)?;
    sqlx::query(statement).bind(batch).execute(&mut **transaction).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn rows_are_written_by_their_keys() {
        for (statement, index) in [
            (UPDATE, "INTEGER PRIMARY KEY (rowid=?)"),
            (WITHDRAW, "INTEGER PRIMARY KEY (rowid=?)"),
            (KEEP_REVISIONS, "INTEGER PRIMARY KEY (rowid=?)"),
            (LOG_NEW, "entries_identity (source_id=? AND identity=?)"),
            (LOG_CHANGED, "INTEGER PRIMARY KEY (rowid=?)"),
            (NOTE_WITHDRAWAL, "INTEGER PRIMARY KEY (rowid=?)"),
            (KEEP_REMOVED, "entries_removed (source_id=? AND link=?)"),
            (INSERT_TAGS, "entries_identity (source_id=? AND identity=?)"),
            (DELETE_TAGS, "entry_tags_entry (entry_id=?)"),
        ] {
            check_plan(statement, index, 0).await;
        }
    }
}
