//! Collects what is due, each source in a task of its own. How many are asked at once, and in which order on one host,
//! is the business of `ingest` and the host gate; due times and leases are the store's.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, future::BoxFuture, stream};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::Admission;
use crate::{
    clock::Clock,
    failpoint::{self, Step},
    ingest::{Ingest, IngestError, Urgency},
    model::{Claim, FeedUrl, Source, SourceId, SourceKind, SourceReport, Timestamp},
    store::{ClaimQuery, Store, StoreError},
    telemetry,
};

/// About so many sources of one host are claimed at the same time: the gap between two requests makes them last longer than
/// the time to the next look.
const OF_A_HOST: u32 = 4;
/// For each place so many sources are claimed, where others share the work and where nobody does. Those that wait for their
/// host cost a few kilobytes each; what is claimed here no other node can do.
const AHEAD_SHARED: usize = 2;
const AHEAD_ALONE: usize = 16;
/// Sources that are collected at the same time where somebody asks for all.
const AT_ONCE: usize = 512;

/// How sources are claimed.
#[derive(Debug, Clone, Copy)]
pub struct Claims {
    /// A claim of a process that died runs out after this. Those of a living one are renewed after a third of it.
    pub lease: Duration,
    /// Sources that are asked at the same time. No more than a few times as many are claimed.
    pub places: usize,
    /// A host that another node asked is left alone for so long.
    pub gap: Duration,
}

impl Default for Claims {
    fn default() -> Self {
        Claims { lease: Duration::from_secs(120), places: 64, gap: Duration::from_secs(1) }
    }
}

/// The pool of collections. Clones share it.
#[derive(Clone)]
pub struct Collector {
    store: Store,
    ingest: Ingest,
    clock: Clock,
    claims: Claims,
    changed: Vec<Arc<Notify>>,
    running: Arc<Mutex<HashMap<SourceId, Flight>>>,
    renewed: Arc<Mutex<Option<Timestamp>>>,
    given_up: Arc<Mutex<Vec<(SourceId, Claim)>>>,
    /// The last look found something: there may be more.
    hungry: Arc<AtomicBool>,
    looking: Arc<tokio::sync::Mutex<()>>,
    tasks: TaskTracker,
}

/// A collection under way.
#[derive(Clone)]
struct Flight {
    urgency: Urgency,
    claim: Claim,
}

impl Collector {
    /// A pool without any task. Rings all of `changed` whenever a collection changed entries.
    pub fn new(
        store: Store,
        ingest: Ingest,
        clock: Clock,
        claims: Claims,
        changed: Vec<Arc<Notify>>,
    ) -> Self {
        let (running, renewed, given_up, hungry, looking, tasks) = Default::default();
        Collector {
            store,
            ingest,
            clock,
            claims,
            changed,
            running,
            renewed,
            given_up,
            hungry,
            looking,
            tasks,
        }
    }

    /// One look at what is due: claims it and starts collecting it. Does not wait for the collections.
    pub async fn look(&self) {
        // Who looks already finds what there is.
        let Ok(_looking) = self.looking.try_lock() else { return };
        if self.ingest.is_stopping() {
            return;
        }
        let now = self.clock.now();
        let looked = async {
            self.keep_claims(now).await?;
            self.raise(now).await?;
            match self.asked_for(now) {
                Some(asked) => self.store.claim_due(&asked).await,
                None => Ok(Vec::new()),
            }
        };
        let due = match looked.await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "what is due could not be read: {error}");
                return;
            }
        };
        self.hungry.store(!due.is_empty(), Ordering::Relaxed);
        if !due.is_empty() {
            failpoint::reach(Step::Claimed);
        }
        for due in due {
            telemetry::due_lag((now - due.since).to_std().unwrap_or_default());
            let collector = self.clone();
            self.tasks.spawn(async move { collector.claimed(due.source).await });
        }
    }

    /// What to claim now; None where nobody may be asked. No more is taken than can be done soon: what waits in the database
    /// costs no memory, and other nodes may do it.
    fn asked_for(&self, now: Timestamp) -> Option<ClaimQuery> {
        let admitted = match self.ingest.outage().admit(now) {
            Admission::All => u32::MAX,
            Admission::One => 1,
            Admission::Nobody => return None,
        };
        let most = u32::try_from(self.most()).unwrap_or(u32::MAX);
        let free = most.saturating_sub(u32::try_from(lock(&self.running).len()).unwrap_or(u32::MAX));
        // Whom staff wait for needs no free place.
        let only_asked = free == 0;
        let limit = if only_asked { most } else { free };
        let (gap, of_a_host) = (self.claims.gap, OF_A_HOST);
        let all = ClaimQuery::new(now, self.claims.lease, limit.min(admitted));
        Some(ClaimQuery { only_asked, gap, of_a_host, ..all })
    }

    /// Sources that are claimed at the same time.
    fn most(&self) -> usize {
        self.claims.places.saturating_mul(if self.store.is_shared() { AHEAD_SHARED } else { AHEAD_ALONE })
    }

    /// Looks again before the next tick, where this node could do more and there may be more.
    fn look_again(self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let is_idle = lock(&self.running).len() <= self.most() / 2;
            if is_idle && self.hungry.load(Ordering::Relaxed) {
                self.look().await;
            }
        })
    }

    /// Those that are asked, or wait for their host, keep their claims.
    async fn keep_claims(&self, now: Timestamp) -> Result<(), StoreError> {
        let waiting: Vec<(SourceId, Claim)> = {
            let running = lock(&self.running);
            let mut renewed = lock(&self.renewed);
            let last = *renewed.get_or_insert(now);
            if running.is_empty() {
                *renewed = Some(now);
            }
            let is_time = (now - last).abs().to_std().is_ok_and(|past| past >= self.claims.lease / 3);
            if running.is_empty() || !is_time {
                return Ok(());
            }
            *renewed = Some(now);
            running.iter().map(|(source, flight)| (*source, flight.claim)).collect()
        };
        self.store.renew(&waiting, now, self.claims.lease).await
    }

    /// Whom staff ask for while it waits for its host goes before the others there.
    async fn raise(&self, now: Timestamp) -> Result<(), StoreError> {
        if lock(&self.running).is_empty() {
            return Ok(());
        }
        let asked = self.store.asked_meanwhile(now).await?;
        let running = lock(&self.running);
        asked.iter().filter_map(|source| running.get(source)).for_each(|flight| flight.urgency.raise());
        Ok(())
    }

    /// Waits until no collection is under way.
    pub async fn idle(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    /// Begins no further collection, and waits for those that are asking or writing. Those that still wait for their
    /// host give up, and stay due.
    pub async fn stop(&self) {
        self.ingest.stop();
        self.tasks.close();
        self.tasks.wait().await;
        let given_up = std::mem::take(&mut *lock(&self.given_up));
        if let Err(error) = self.store.release(&given_up).await {
            tracing::warn!(%error, "claims could not be given back; they run out by themselves");
        }
    }

    /// Collects these sources now, whether they are due or not, and tells of each as it is done. What another node is
    /// collecting is left to it; what was claimed stays so until it is done.
    ///
    /// # Errors
    /// The first fault of the store; collections that were under way are given up.
    pub async fn collect(
        &self,
        sources: Vec<Source>,
        mut each: impl FnMut(&SourceReport),
    ) -> Result<Vec<SourceReport>, IngestError> {
        let sources = self.claimed_by_hand(sources).await?;
        let mut reports = Vec::with_capacity(sources.len());
        let mut waiting: HashMap<SourceId, Claim> =
            sources.iter().map(|source| (source.id, source.state.claim)).collect();
        let collecting = |source: Source| {
            let (id, ingest) = (source.id, self.ingest.clone());
            let collecting = async move {
                let collected = ingest.collect(&source).await;
                if let Err(IngestError::Store(StoreError::TakenOver)) = collected {
                    left_to_another(&source);
                    return Ok(None);
                }
                collected.map(Some)
            };
            async move { (id, tokio::spawn(collecting).await) }
        };
        let mut under_way = stream::iter(host_by_host(sources)).map(collecting).buffer_unordered(AT_ONCE);
        let mut renewal = std::pin::pin!(self.clock.sleep(self.claims.lease / 3));
        loop {
            let done = tokio::select! {
                done = under_way.next() => done,
                () = &mut renewal => {
                    self.renew(&waiting).await;
                    renewal.set(self.clock.sleep(self.claims.lease / 3));
                    continue;
                }
            };
            let Some((source, done)) = done else { return Ok(reports) };
            waiting.remove(&source);
            match done {
                Ok(report) => {
                    let Some(report) = report? else { continue };
                    each(&report);
                    reports.push(report);
                }
                Err(error) => tracing::error!(%error, "a collection broke off: {error}"),
            }
        }
    }

    /// Where other nodes share the database, these stay ours.
    async fn renew(&self, waiting: &HashMap<SourceId, Claim>) {
        if !self.store.is_shared() {
            return;
        }
        let waiting: Vec<(SourceId, Claim)> =
            waiting.iter().map(|(source, claim)| (*source, *claim)).collect();
        if let Err(error) = self.store.renew(&waiting, self.clock.now(), self.claims.lease).await {
            tracing::warn!(%error, "claims could not be renewed, trying again: {error}");
        }
    }

    /// Where other nodes share the database, those of these sources that none of them is collecting.
    async fn claimed_by_hand(&self, sources: Vec<Source>) -> Result<Vec<Source>, StoreError> {
        if !self.store.is_shared() {
            return Ok(sources);
        }
        // Each node reads our own posts for itself.
        let (mut ours, wanted): (Vec<Source>, Vec<Source>) =
            sources.into_iter().partition(|source| source.spec.kind == SourceKind::Local);
        let count = wanted.len();
        let claimed = self.store.claim_these(wanted, self.clock.now(), self.claims.lease).await?;
        if claimed.len() < count {
            tracing::info!("{} sources are being collected by other nodes", count - claimed.len());
        }
        ours.extend(claimed);
        Ok(ours)
    }

    async fn claimed(self, source: Source) {
        self.collect_claimed(&source).await;
        self.look_again().await;
    }

    async fn collect_claimed(&self, source: &Source) {
        let (urgency, claim) = (Urgency::default(), source.state.claim);
        let flight = Flight { urgency: urgency.clone(), claim };
        let Some(_running) = Running::begin(&self.running, source.id, flight) else {
            // Still under way from an earlier claim whose lease ran out.
            return;
        };
        let slug = &source.spec.slug;
        match self.ingest.collect_in_turn(source, &urgency).await {
            Ok(report) => {
                if report.new + report.updated + report.withdrawn > 0 {
                    self.changed.iter().for_each(|bell| bell.notify_one());
                }
            }
            Err(IngestError::Stopping) => lock(&self.given_up).push((source.id, claim)),
            Err(IngestError::Store(StoreError::TakenOver)) => left_to_another(source),
            Err(error) => {
                tracing::error!(source = %slug, %error, "{slug} was collected but not stored: {error}");
            }
        }
    }
}

/// In rounds of one source a host: a host with many keeps nobody else waiting.
pub fn host_by_host(sources: Vec<Source>) -> Vec<Source> {
    let mut before: HashMap<String, usize> = HashMap::new();
    let round = |source: Source| {
        let authority = source.address().map(FeedUrl::authority).unwrap_or_default();
        let count = before.entry(authority).or_default();
        *count += 1;
        (*count, source)
    };
    let mut rounds: Vec<(usize, Source)> = sources.into_iter().map(round).collect();
    rounds.sort_by_key(|(round, _)| *round);
    rounds.into_iter().map(|(_, source)| source).collect()
}

/// This one took longer than its lease, because the database or the whole node stood still.
fn left_to_another(source: &Source) {
    let slug = &source.spec.slug;
    tracing::warn!(source = %slug, "{slug} is collected by another node meanwhile; what came here is left to it");
}

/// A source that is being collected; no longer once this is dropped, however the collection ended.
struct Running<'a>(&'a Mutex<HashMap<SourceId, Flight>>, SourceId);

impl<'a> Running<'a> {
    fn begin(all: &'a Mutex<HashMap<SourceId, Flight>>, source: SourceId, flight: Flight) -> Option<Self> {
        match lock(all).entry(source) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(flight);
                Some(Running(all, source))
            }
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        lock(self.0).remove(&self.1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
