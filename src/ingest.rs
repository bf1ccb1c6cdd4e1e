//! The order of the stages: fetch → parse | scrape | posts → normalise → changes → store. The only module that knows it.
//! Decides nothing that a stage could decide, and never publishes.

mod cores;
mod discover;
mod found;
mod gone;
mod guarded;
mod pages;
mod preview;
mod reading;
mod recognise;
mod remote;
mod turn;

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use cores::Cores;
use found::Found;
use turn::Turn;

pub use discover::{Discovery, FoundFeed, discover};
pub use preview::{Preview, fetch_once, preview};

use crate::{
    clock::Clock,
    failpoint::{self, Step},
    fetch::Fetcher,
    model::{Collected, ParsedFeed, Site, Source, SourceKind, SourceReport, Trouble},
    normalise::GuardLimits,
    posts::{self, Post},
    schedule::{HostGate, IntervalLimits, Outage},
    store::{Store, StoreError},
    telemetry::{self, Stage},
};

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
    outage: Outage,
    clock: Clock,
    limits: IntervalLimits,
    site: Site,
    posts: Mutex<Arc<Posts>>,
    /// Sources that are asked, read or written at the same time. Taken after the host's turn, so that a host with many
    /// sources does not keep the others waiting, and kept until all is written, so that memory stays flat.
    places: Semaphore,
    /// One document a core: more would only hold more memory.
    cores: Cores,
    /// When the resurfacing guard looks closely; as usual where nothing was said.
    guard: OnceLock<GuardLimits>,
    stopping: CancellationToken,
}

/// What local sources deliver.
#[derive(Default)]
struct Posts {
    posts: Vec<Post>,
    /// False where a file could not be read: then what is missing was not withdrawn.
    complete: bool,
}

/// How a source waits for its turn.
#[derive(Debug, Clone, Default)]
pub struct Urgency(Arc<Notify>);

impl Urgency {
    /// Somebody looks on: it goes before all who wait for its host, and needs no place among those that are asked.
    pub fn raise(&self) {
        self.0.notify_one();
    }
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
        let (posts, outage) = Default::default();
        let stopping = CancellationToken::new();
        let (places, cores) = (Semaphore::new(concurrency.max(1)), Cores::start()?);
        Ok(Ingest(Arc::new(Parts {
            store,
            fetcher,
            gate,
            outage,
            clock,
            limits,
            site,
            posts,
            places,
            cores,
            guard: OnceLock::new(),
            stopping,
        })))
    }

    /// Makes these the posts that local sources deliver. Where they are not `complete`, those that are missing stay.
    pub fn set_posts(&self, posts: Vec<Post>, complete: bool) {
        *self.0.posts.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Posts { posts, complete });
    }

    /// Keeps the peace of hosts that asked for it before a restart, or through another node.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn keep_holds(&self) -> Result<(), StoreError> {
        for (authority, until) in self.0.store.held_hosts(self.0.clock.now()).await? {
            self.0.gate.hold(&authority, until);
        }
        Ok(())
    }

    /// What is known about our own network.
    pub fn outage(&self) -> &Outage {
        &self.0.outage
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
        self.collect_in_turn(source, &Urgency::default()).await
    }

    /// The same for a source that somebody may begin to look at while it waits.
    ///
    /// # Errors
    /// Where nothing of this collection is kept.
    pub async fn collect_in_turn(
        &self,
        source: &Source,
        urgency: &Urgency,
    ) -> Result<SourceReport, IngestError> {
        let begun = std::time::Instant::now();
        let (found, turn) = self.unbroken(source, self.find(source, urgency)).await?;
        // In memory of its own: thousands may wait for their hosts in the line above.
        let report = Box::pin(self.conclude(source, found, turn)).await?;
        let report =
            SourceReport { millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX), ..report };
        telemetry::collected(&report, begun.elapsed());
        Ok(report)
    }

    async fn conclude(
        &self,
        source: &Source,
        mut found: Found,
        mut turn: Turn<'_>,
    ) -> Result<SourceReport, StoreError> {
        if self.looks_for_gone(source, &found) {
            self.take_away_gone(source, &mut found, &mut turn).await?;
        }
        let Found { collected, unchanged } = found;
        failpoint::reach(Step::Read);
        // What has nothing to write holds no memory; the more of it waits, the fewer commits it takes.
        let _place = turn.into_place().filter(|_| !collected.changes.is_empty());
        let report = report(source, &collected, unchanged);
        self.write(source, collected, report).await
    }

    /// Writes what a collection found. Where that fails, what came may be what cannot be written: the failure alone is
    /// recorded then, so that the source is neither asked again at once nor fails in silence.
    async fn write(
        &self,
        source: &Source,
        collected: Collected,
        report_of_it: SourceReport,
    ) -> Result<SourceReport, StoreError> {
        // Each node reads our own posts for itself.
        let claim = (source.spec.kind != SourceKind::Local).then_some(source.state.claim);
        let error = match self.0.store.commit(Collected { claim, ..collected }).await {
            Ok(_) => return Ok(report_of_it),
            // It is not ours any more, the failure neither.
            Err(error @ StoreError::TakenOver) => return Err(error),
            Err(error) => error,
        };
        let failure = self.failure(source, Trouble::not_stored(error.to_string()), None).collected;
        let report = report(source, &failure, 0);
        // The store itself is not well: that, too, is for whoever runs it, not for the source.
        if self.0.store.commit(Collected { claim, ..failure }).await.is_err() {
            return Err(error);
        }
        Ok(report)
    }

    async fn find(&self, source: &Source, urgency: &Urgency) -> Result<(Found, Turn<'_>), IngestError> {
        match source.spec.kind {
            // Its memory is taken once it runs: the place for it would be kept by all the thousands that may wait.
            SourceKind::Local => Ok((Box::pin(self.local(source)).await?, Turn::none(self))),
            SourceKind::Feed | SourceKind::Page => self.remote(source, urgency).await,
        }
    }

    /// A fault of ours in reading a document is a failure of this collection like others: recorded, and tried again later.
    async fn unbroken<'a>(
        &'a self,
        source: &Source,
        finding: impl Future<Output = Result<(Found, Turn<'a>), IngestError>>,
    ) -> Result<(Found, Turn<'a>), IngestError> {
        match AssertUnwindSafe(finding).catch_unwind().await {
            Ok(found) => found,
            Err(_) => Ok((self.failure(source, Trouble::our_fault(), None), Turn::none(self))),
        }
    }

    async fn local(&self, source: &Source) -> Result<Found, StoreError> {
        let posts = Arc::clone(&self.0.posts.lock().unwrap_or_else(PoisonError::into_inner));
        let site = self.0.site.clone();
        let now = self.0.clock.now();
        let work = move || ParsedFeed { complete: posts.complete, ..posts::to_feed(&posts.posts, &site) };
        let feed = self.on_a_core(Stage::Parse, work).await;
        let base = Some(self.0.site.url.clone());
        let read = self.changes_of(source, feed, base, now, &mut Turn::none(self)).await?;
        let due = crate::clock::later(now, source.spec.polling.interval.unwrap_or(LOCAL_INTERVAL));
        Ok(Found::by_reading(source, read, now, due, None))
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

/// What a collection did, for people.
fn report(source: &Source, collected: &Collected, unchanged: usize) -> SourceReport {
    let changes = &collected.changes;
    SourceReport {
        slug: source.spec.slug.to_string(),
        outcome: collected.outcome,
        new: changes.new.len(),
        updated: changes.updated.len(),
        withdrawn: changes.withdrawn.len(),
        unchanged,
        bytes: collected.attempt.map_or(0, |attempt| attempt.bytes),
        health: collected.health,
        reason: collected.reason.clone(),
        technical: collected.technical.clone(),
        millis: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Settings,
        fetch::Limits,
        model::{Health, SourceSpec},
    };

    #[tokio::test]
    async fn a_fault_of_ours_is_a_failure_of_the_source() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("vestnik.db")).await.unwrap();
        let clock = Clock::manual(crate::model::from_millis(0)).0;
        let url = "https://noi.example/feed".parse().unwrap();
        let spec = SourceSpec::feed("noi".parse().unwrap(), url);
        let source = store.sync_sources(&[spec], clock.now()).await.unwrap().remove(0);
        let limits = IntervalLimits::default();
        let gate = HostGate::new(clock.clone(), Duration::ZERO);
        let fetcher = Fetcher::new(Limits::default(), clock.clone()).unwrap();
        let site = Settings::load(None, std::iter::empty()).unwrap().site();
        let ingest = Ingest::new(store, fetcher, gate, clock.clone(), limits, 1, site).unwrap();
        let breaking = async {
            ingest.on_a_core(Stage::Parse, || panic!("a stage broke")).await;
            Err(IngestError::Stopping)
        };
        let (found, _) = ingest.unbroken(&source, breaking).await.unwrap();
        assert_eq!(
            (found.collected.health, found.collected.reason.as_deref()),
            (Health::Failing, Some(Trouble::our_fault().reason.as_str()))
        );
        assert!(found.collected.next_due > clock.now());
        // Ten thousand may wait at the same time.
        let waiting = std::mem::size_of_val(&ingest.collect(&source));
        assert!(waiting < 4 * 1024, "{waiting} bytes for each source that waits");
    }
}
