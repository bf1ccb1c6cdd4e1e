//! The order of the stages: fetch → parse | scrape | posts → normalise → changes → store. The only module that knows it.
//! Decides nothing that a stage could decide, and never publishes.

mod cores;
mod discover;
mod pages;
mod preview;
mod recognise;

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::FutureExt as _;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use url::Url;

use cores::Cores;
use recognise::Recognised;

pub use discover::{Discovery, FoundFeed, discover};
pub use preview::{Preview, fetch_once, preview};

use crate::{
    clock::Clock,
    fetch::{Accept, FetchRequest, Fetcher},
    model::{
        Changes, Collected, Document, FeedInfo, FetchOutcome, Freshness, Health, Outcome, PageRules,
        ParsedFeed, Site, Source, SourceKind, SourceReport, SourceSpec, Timestamp, Validators,
    },
    normalise, parse,
    posts::{self, Post},
    schedule::{HostGate, IntervalLimits, after_failure, next_due},
    scrape::{self, Page},
    store::{Store, StoreError},
    telemetry::{self, Stage},
};

/// What a source that the publisher took away is told to staff.
const GONE: &str = "the publisher says that this address is gone for good (410)";
const RATE_LIMITED: &str = "the host asks for fewer requests (429)";
const UNAVAILABLE: &str = "the server is out of service for a while (503)";
const BROKEN: &str =
    "reading it broke off by a fault of Vestnik; please report it, with the address of the source";
/// A source that is gone is not asked again by itself.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// Posts are read when their files change; looking again is only a safeguard.
const LOCAL_INTERVAL: Duration = Duration::from_secs(3600);

/// Why a collection left no trace.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The daemon stops; the source was not asked.
    #[error("stopping")]
    Stopping,
    /// The store could not be read or written: nothing of this collection is kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Collects one source at a time, any number of them at once. Cheap to clone.
#[derive(Clone)]
pub struct Ingest(Arc<Parts>);

struct Parts {
    store: Store,
    fetcher: Fetcher,
    gate: HostGate,
    clock: Clock,
    limits: IntervalLimits,
    site: Site,
    posts: Mutex<Arc<Posts>>,
    /// Sources that are asked, read or written at the same time. Taken after the host's turn, so that a host with many
    /// sources does not keep the others waiting, and kept until all is written, so that memory stays flat.
    places: Semaphore,
    /// One document a core: more would only hold more memory.
    cores: Cores,
    stopping: CancellationToken,
}

/// What local sources deliver.
#[derive(Default)]
struct Posts {
    posts: Vec<Post>,
    /// False where a file could not be read: then what is missing was not withdrawn.
    complete: bool,
}

/// What one collection found, before it is written.
struct Found {
    collected: Collected,
    bytes: u64,
    unchanged: usize,
}

/// A document that was read, and what it means.
struct Read {
    changes: Changes,
    info: FeedInfo,
    per_week: Option<f64>,
    articles: pages::Articles,
}

impl Ingest {
    /// A collector over these parts, asking at most `concurrency` sources at the same time.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn new(
        store: Store,
        fetcher: Fetcher,
        gate: HostGate,
        clock: Clock,
        limits: IntervalLimits,
        concurrency: usize,
        site: Site,
    ) -> std::io::Result<Self> {
        let posts = Mutex::default();
        let stopping = CancellationToken::new();
        let (places, cores) = (Semaphore::new(concurrency.max(1)), Cores::start()?);
        Ok(Ingest(Arc::new(Parts {
            store,
            fetcher,
            gate,
            clock,
            limits,
            site,
            posts,
            places,
            cores,
            stopping,
        })))
    }

    /// Makes these the posts that local sources deliver. Where they are not `complete`, those that are missing stay.
    pub fn set_posts(&self, posts: Vec<Post>, complete: bool) {
        *self.0.posts.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Posts { posts, complete });
    }

    /// Asks no source any more; those that are being asked are read and written to the end.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }

    /// Whether `stop` was called.
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.is_cancelled()
    }

    /// Collects one source: asks, reads, writes. What went wrong with the source is in the report and in its state.
    ///
    /// # Errors
    /// Where nothing of this collection is kept.
    pub async fn collect(&self, source: &Source) -> Result<SourceReport, IngestError> {
        let begun = std::time::Instant::now();
        let (found, place) = self.unbroken(source, self.find(source)).await?;
        let changes = &found.collected.changes;
        // What has nothing to write holds no memory; the more of it waits, the fewer commits it takes.
        let _place = place.filter(|_| !changes.is_empty());
        let report = SourceReport {
            slug: source.spec.slug.to_string(),
            outcome: found.collected.outcome,
            new: changes.new.len(),
            updated: changes.updated.len(),
            withdrawn: changes.withdrawn.len(),
            unchanged: found.unchanged,
            bytes: found.bytes,
            reason: found.collected.reason.clone(),
            millis: 0,
        };
        let report = self.write(source, found.collected, report).await?;
        let report =
            SourceReport { millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX), ..report };
        telemetry::collected(&report, begun.elapsed());
        Ok(report)
    }

    /// Writes what a collection found. Where that fails, what came may be what cannot be written: the failure alone is
    /// recorded then, so that the source is neither asked again at once nor fails in silence.
    async fn write(
        &self,
        source: &Source,
        collected: Collected,
        report: SourceReport,
    ) -> Result<SourceReport, StoreError> {
        let Err(error) = self.0.store.commit(collected).await else { return Ok(report) };
        let reason = format!("what came could not be stored: {error}");
        let failure = self.failure(source, reason.clone(), None);
        // The store itself is not well: that, too, is for whoever runs it, not for the source.
        if self.0.store.commit(failure.collected).await.is_err() {
            return Err(error);
        }
        Ok(SourceReport {
            outcome: Outcome::Failed,
            new: 0,
            updated: 0,
            withdrawn: 0,
            unchanged: 0,
            reason: Some(reason),
            ..report
        })
    }

    async fn find(&self, source: &Source) -> Result<(Found, Option<SemaphorePermit<'_>>), IngestError> {
        match source.spec.kind {
            SourceKind::Local => Ok((self.local(source).await?, None)),
            SourceKind::Feed | SourceKind::Page => self.remote(source).await,
        }
    }

    /// A fault of ours in reading a document is a failure of this collection like others: recorded, and tried again later.
    async fn unbroken<P>(
        &self,
        source: &Source,
        finding: impl Future<Output = Result<(Found, Option<P>), IngestError>>,
    ) -> Result<(Found, Option<P>), IngestError> {
        match AssertUnwindSafe(finding).catch_unwind().await {
            Ok(found) => found,
            Err(_) => Ok((self.failure(source, BROKEN.into(), None), None)),
        }
    }

    async fn local(&self, source: &Source) -> Result<Found, StoreError> {
        let posts = Arc::clone(&self.0.posts.lock().unwrap_or_else(PoisonError::into_inner));
        let site = self.0.site.clone();
        let now = self.0.clock.now();
        let work = move || ParsedFeed { complete: posts.complete, ..posts::to_feed(&posts.posts, &site) };
        let feed = self.on_a_core(Stage::Parse, work).await;
        let base = Some(self.0.site.url.clone());
        let read = self.changes_of(source, feed, base, now).await?;
        let due = crate::clock::later(now, source.spec.polling.interval.unwrap_or(LOCAL_INTERVAL));
        Ok(found_by_reading(source, read, now, due, None))
    }

    async fn remote(&self, source: &Source) -> Result<(Found, Option<SemaphorePermit<'_>>), IngestError> {
        let Some(url) = &source.spec.url else {
            return Ok((self.failure(source, "no address is declared for this source".into(), None), None));
        };
        let request = FetchRequest {
            url,
            validators: &source.state.validators,
            accept: accept(&source.spec),
            user_agent: source.spec.user_agent.as_deref(),
        };
        let authority = url.authority();
        // It would be waited for, for hours perhaps; the moment is kept over a restart instead.
        if let Some(until) = self.0.gate.held_until(&authority) {
            return Ok((self.failure(source, RATE_LIMITED.into(), Some(until)), None));
        }
        let turn = async { (self.0.gate.enter(&authority).await, self.0.places.acquire().await) };
        let (pass, place) = tokio::select! {
            biased;
            () = self.0.stopping.cancelled() => return Err(IngestError::Stopping),
            turn = turn => turn,
        };
        // Closed never, so that failing is as good as stopping.
        let place = place.map_err(|_| IngestError::Stopping)?;
        let outcome = self.0.fetcher.fetch(&request).await;
        let not_before = outcome.not_before(self.0.clock.now());
        if let (FetchOutcome::RateLimited { .. }, Some(until)) = (&outcome, not_before) {
            self.0.gate.hold(&authority, until);
        }
        // Only now may the next one ask, or learn that it must not.
        drop(pass);
        let found = match outcome {
            FetchOutcome::Modified(document) => self.modified(source, *document).await?,
            FetchOutcome::NotModified { validators, freshness } => {
                self.unchanged(source, replace(&source.state.validators, validators), &freshness, None, 0)
            }
            FetchOutcome::Gone => self.gone(source),
            FetchOutcome::RateLimited { .. } => self.failure(source, RATE_LIMITED.into(), not_before),
            FetchOutcome::Unavailable { .. } => self.failure(source, UNAVAILABLE.into(), not_before),
            FetchOutcome::Failed(error) => self.failure(source, error.to_string(), None),
        };
        Ok((found, Some(place)))
    }

    async fn modified(&self, source: &Source, document: Document) -> Result<Found, StoreError> {
        let (validators, freshness) = (document.validators.clone(), document.freshness);
        let (base, wire_bytes) = (document.url.url().clone(), document.wire_bytes);
        let hash = hex(&Sha256::digest(&document.body));
        if source.state.body_hash.as_ref() == Some(&hash) {
            return Ok(self.unchanged(source, Some(validators), &freshness, None, wire_bytes));
        }
        let now = self.0.clock.now();
        let spec = source.spec.clone();
        let read = self.on_a_core(Stage::Parse, move || read_document(&spec, &document, now)).await;
        let broken = |reason| Found { bytes: wire_bytes, ..self.failure(source, reason, None) };
        let page = match read {
            Ok(page) => page,
            Err(reason) => return Ok(broken(reason)),
        };
        let feed = self.with_older_pages(source, page, now).await?;
        let read = self.changes_of(source, feed, Some(base), now).await?;
        if let Some(breach) = read.articles.breach {
            return Ok(broken(breach.to_string()));
        }
        let due = self.due(source, &read.info, &freshness, read.per_week);
        // While articles wait, the list has to come again: it is not remembered as read.
        let document = (!read.articles.waiting).then_some((validators, hash));
        let mut found = found_by_reading(source, read, now, due, document);
        found.bytes = wire_bytes;
        Ok(found)
    }

    /// What of this feed has to be written: looks up what is known of its entries, and normalises the rest.
    async fn changes_of(
        &self,
        source: &Source,
        feed: ParsedFeed,
        base: Option<Url>,
        now: Timestamp,
    ) -> Result<Read, StoreError> {
        let Recognised { mut feed, mut identified, known, policy } = self.recognise(source, feed).await?;
        let articles = self.read_articles(source, &mut feed, &mut identified, &known, now).await;
        let spec = source.spec.clone();
        let site = self.0.site.clone();
        Ok(self
            .on_a_core(Stage::Normalise, move || {
                let context = context(&spec, base.as_ref(), &site, now);
                let info = FeedInfo { identity: policy, ..normalise::feed_info(&feed, now) };
                let per_week = normalise::entries_per_week(&feed, now);
                let changes = normalise::changes(feed, identified, &known, &context);
                Read { changes, info, per_week, articles }
            })
            .await)
    }

    fn unchanged(
        &self,
        source: &Source,
        validators: Option<Validators>,
        freshness: &Freshness,
        body_hash: Option<String>,
        bytes: u64,
    ) -> Found {
        let due = self.due(source, &source.state.info, freshness, source.state.entries_per_week);
        let collected = Collected { validators, body_hash, ..self.plain(source, Outcome::Unchanged, due) };
        Found { collected, bytes, unchanged: 0 }
    }

    fn failure(&self, source: &Source, reason: String, not_before: Option<Timestamp>) -> Found {
        let failures = source.state.failures.saturating_add(1);
        let limits = self.0.limits.for_source(&source.spec.polling);
        let due = after_failure(self.0.clock.now(), failures, not_before, &limits, fastrand::f64());
        let collected = Collected {
            health: Health::Failing,
            reason: Some(reason),
            ..self.plain(source, Outcome::Failed, due)
        };
        Found { collected, bytes: 0, unchanged: 0 }
    }

    /// The first 410 is a failure like others; the second in a row is believed.
    fn gone(&self, source: &Source) -> Found {
        let believed = source.state.reason.as_deref() == Some(GONE);
        let mut found = self.failure(source, GONE.into(), None);
        if believed {
            found.collected.health = Health::Gone;
            found.collected.next_due = crate::clock::later(self.0.clock.now(), NEVER);
        }
        found
    }

    fn due(
        &self,
        source: &Source,
        info: &FeedInfo,
        freshness: &Freshness,
        per_week: Option<f64>,
    ) -> Timestamp {
        let polling = &source.spec.polling;
        next_due(
            self.0.clock.now(),
            polling,
            &self.0.limits,
            &info.hints,
            freshness,
            per_week,
            fastrand::f64(),
        )
    }

    fn plain(&self, source: &Source, outcome: Outcome, next_due: Timestamp) -> Collected {
        Collected {
            source: source.id,
            at: self.0.clock.now(),
            outcome,
            validators: None,
            body_hash: None,
            next_due,
            health: Health::Ok,
            reason: None,
            info: None,
            entries_per_week: None,
            changes: Changes::default(),
        }
    }

    /// Runs a pure stage away from the threads that serve, one document a core at a time.
    async fn on_a_core<T: Send + 'static>(
        &self,
        stage: Stage,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        self.0.cores.run(move || stage.timed(work)).await
    }
}

/// Validators that a 304 carries replace the stored ones; those it does not carry stay (RFC 9111 §4.3.4).
fn replace(stored: &Validators, carried: Validators) -> Option<Validators> {
    let merged = Validators {
        etag: carried.etag.or_else(|| stored.etag.clone()),
        last_modified: carried.last_modified.or_else(|| stored.last_modified.clone()),
    };
    (merged != *stored).then_some(merged)
}

fn found_by_reading(
    source: &Source,
    read: Read,
    now: Timestamp,
    next_due: Timestamp,
    document: Option<(Validators, String)>,
) -> Found {
    let Read { changes, mut info, per_week, .. } = read;
    let stored = &source.state.info;
    if changes.is_empty() {
        // A date that moves although no entry changed would change our own documents for nothing.
        info.updated = stored.updated;
    }
    let (validators, body_hash) = document.unzip();
    let unchanged = changes.unchanged;
    let collected = Collected {
        source: source.id,
        at: now,
        outcome: if changes.is_empty() { Outcome::Unchanged } else { Outcome::Read },
        validators,
        body_hash,
        next_due,
        health: Health::Ok,
        reason: None,
        info: (info != *stored).then_some(info),
        entries_per_week: per_week,
        changes,
    };
    Found { collected, bytes: 0, unchanged }
}

/// What is asked for.
fn accept(spec: &SourceSpec) -> Accept {
    match (&spec.rules, spec.kind) {
        (Some(rules), _) if rules.json => Accept::Data,
        (_, SourceKind::Page) => Accept::Page,
        (_, SourceKind::Feed | SourceKind::Local) => Accept::Feed,
    }
}

/// Reads a document as its source says, by rules or as a feed, and holds it against the source's contract. The error
/// is for staff.
fn read_document(spec: &SourceSpec, document: &Document, now: Timestamp) -> Result<Page, String> {
    let content_type = document.content_type.as_deref();
    let base = document.url.url();
    let page = if let Some(rules) = &spec.rules {
        scrape::read(&document.body, content_type, base, rules, spec.zone, now)
            .map_err(|error| error.to_string())?
    } else {
        let content_language = document.content_language.as_deref();
        let hints = parse::Hints {
            content_type,
            content_language,
            base: Some(base),
            zone: spec.zone,
            now: Some(now),
        };
        let feed = parse::parse(&document.body, &hints).map_err(|error| error.to_string())?;
        Page { feed, next: None }
    };
    let later = spec.rules.as_ref().map(PageRules::later_fields).unwrap_or_default();
    spec.contract.check(&page.feed.entries, &later).map_err(|breach| breach.to_string())?;
    Ok(page)
}

/// What normalising needs to know.
fn context<'a>(
    source: &'a SourceSpec,
    base: Option<&'a Url>,
    site: &'a Site,
    now: Timestamp,
) -> normalise::Context<'a> {
    let (languages, clean_links) = (site.languages.as_slice(), site.clean_links);
    normalise::Context { source, base, authority: site.authority(), now, languages, clean_links }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Settings, fetch::Limits, store::Store};

    #[tokio::test]
    async fn a_fault_of_ours_is_a_failure_of_the_source() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("vestnik.db")).await.unwrap();
        let clock = Clock::manual(crate::model::from_millis(0)).0;
        let url = "https://noi.example/feed".parse().unwrap();
        let spec = SourceSpec::feed("noi".parse().unwrap(), url);
        let source = store.sync_sources(&[spec], clock.now()).await.unwrap().remove(0);
        let limits = IntervalLimits { min: Duration::from_secs(60), max: Duration::from_secs(600) };
        let gate = HostGate::new(clock.clone(), Duration::ZERO);
        let fetcher = Fetcher::new(Limits::default(), clock.clone()).unwrap();
        let site = Settings::load(None, std::iter::empty()).unwrap().site();
        let ingest = Ingest::new(store, fetcher, gate, clock.clone(), limits, 1, site).unwrap();
        let breaking = ingest.on_a_core(Stage::Parse, || panic!("a stage broke"));
        let (found, _) = ingest.unbroken::<()>(&source, breaking).await.unwrap();
        assert_eq!(
            (found.collected.health, found.collected.reason.as_deref()),
            (Health::Failing, Some(BROKEN))
        );
        assert!(found.collected.next_due > clock.now());
    }
}
