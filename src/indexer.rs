//! Keeps the full-text index up to date behind the commits, and answers searches. What has to be indexed stands in the
//! database, so that a process that was killed goes on where it was. Publishing never waits for it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    model::{SafeHtml, SortKey, StoredEntry},
    publish,
    search::{self, Query, Vocabulary},
    store::{DueTerms, Duty, IndexQuery, IndexTerm, Store, StoreError},
    telemetry::Stage,
};

/// Changes that one transaction indexes: a few tens of milliseconds in which no collection can commit.
const BATCH: u32 = 500;
/// Between two looks for changes.
const LOOK: Duration = Duration::from_secs(1);
/// After a look that failed; twice as long after each further one.
const MAX_RETRY: Duration = Duration::from_secs(60);
/// Changes that are not indexed yet and are searched all the same.
const UNINDEXED: u32 = 500;
/// Rows of the index that one step of a search looks up.
const STEP: u32 = 64;
/// Steps that a search takes, at most, before it answers with what it has.
const STEPS: usize = 32;

/// What to search for, and where.
#[derive(Debug, Clone)]
pub struct Search {
    /// The words.
    pub query: Query,
    /// Sources, languages, tags, the part of the river. Its terms and its limit are filled in.
    pub within: IndexQuery,
    /// At most so many entries.
    pub limit: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Newest first.
    pub entries: Vec<StoredEntry>,
    /// Where to go on (`IndexQuery::before`); None where everything was looked at.
    pub next: Option<SortKey>,
}

/// The index of one store.
#[derive(Debug, Clone)]
pub struct Indexer {
    store: Store,
    clock: Clock,
}

impl Indexer {
    /// The index of this store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Indexer { store, clock }
    }

    /// Indexes whatever comes, until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let mut wait = LOOK;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(wait) => {}
            }
            let done = tokio::select! {
                () = stop.cancelled() => return,
                done = self.catch_up() => done,
            };
            wait = match done {
                Ok(_) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, "the search index lags behind: {error}");
                    MAX_RETRY.min(wait * 2)
                }
            };
        }
    }

    /// Indexes all that is due, unless another node does. Returns how many changes there were.
    ///
    /// # Errors
    /// Where the store fails; what was not indexed stays due.
    pub async fn catch_up(&self) -> Result<usize, StoreError> {
        let mut changes = 0;
        loop {
            let due = self.store.due_terms(BATCH).await?;
            if due.is_empty() || !self.store.is_on_duty(Duty::Index, self.clock.now()).await? {
                return Ok(changes);
            }
            changes += due.len();
            let Ok((due, terms)) =
                tokio::task::spawn_blocking(move || Stage::Index.timed(|| with_terms(due))).await
            else {
                tracing::error!("making the terms of entries ended in a fault of the program");
                return Ok(changes);
            };
            self.store.write_terms(&due, &terms).await?;
        }
    }

    /// The newest entries that are meant. What is not indexed yet is found too, unless very much is not.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn find(&self, search: &Search) -> Result<Found, StoreError> {
        let mut within =
            IndexQuery { terms: index_terms(&search.query), limit: STEP, ..search.within.clone() };
        let mut due = self.store.due_terms(UNINDEXED).await?.entries;
        due.retain(|stored| within.takes(stored));
        let mut found = Found { entries: self.meant(&search.query, due).await, next: None };
        for step in 1.. {
            let candidates = self.store.candidates(&within).await?;
            found.entries.extend(self.meant(&search.query, candidates.entries).await);
            found.entries.sort_by_key(|stored| std::cmp::Reverse((stored.sort_key, stored.id)));
            found.entries.dedup_by_key(|stored| stored.id);
            found.next = candidates.next;
            let Some(next) = candidates.next else { break };
            // What is newer than `next` is complete.
            let sure = found.entries.iter().filter(|stored| stored.sort_key >= next).count();
            if sure >= search.limit || step == STEPS {
                found.entries.truncate(sure);
                break;
            }
            within.before = Some(next);
        }
        if found.entries.len() > search.limit {
            found.entries.truncate(search.limit);
            found.next = found.entries.last().map(|stored| stored.sort_key);
        }
        Ok(found)
    }

    /// Those of the entries that the query means.
    async fn meant(&self, query: &Query, entries: Vec<StoredEntry>) -> Vec<StoredEntry> {
        if entries.is_empty() {
            return entries;
        }
        let query = query.clone();
        let work = move || {
            let is_meant = |stored: &StoredEntry| with_texts(stored, |texts| query.matches(texts));
            entries.into_iter().filter(is_meant).collect()
        };
        let looked = tokio::task::spawn_blocking(work).await;
        looked.unwrap_or_else(|_| {
            tracing::error!("looking at entries ended in a fault of the program");
            Vec::new()
        })
    }
}

fn index_terms(query: &Query) -> Vec<Vec<IndexTerm>> {
    let term = |term: search::Term| IndexTerm { text: term.text, prefix: term.prefix };
    query.candidates().into_iter().map(|list| list.into_iter().map(term).collect()).collect()
}

fn with_terms(due: DueTerms) -> (DueTerms, Vec<String>) {
    let mut vocabulary = Vocabulary::default();
    let terms =
        due.entries.iter().map(|stored| with_texts(stored, |texts| vocabulary.terms(texts))).collect();
    (due, terms)
}

/// Hands over what can be searched of an entry, without markup.
fn with_texts<T>(stored: &StoredEntry, work: impl FnOnce(Vec<&str>) -> T) -> T {
    let entry = &stored.entry;
    let plain = |html: &Option<SafeHtml>| html.as_ref().map(|html| publish::plain_text(html.as_str()));
    let (summary, content) = (plain(&entry.summary), plain(&entry.content));
    let mut texts = vec![entry.title.as_str()];
    texts.extend(summary.as_deref());
    texts.extend(content.as_deref());
    texts.extend(entry.tags.iter().map(String::as_str));
    texts.extend(entry.authors.iter().filter_map(|author| author.name.as_deref()));
    work(texts)
}
