//! Collects what is due, each source in a task of its own. How many are asked at once, and in which order on one host,
//! is the business of `ingest` and the host gate; due times and leases are the store's.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::Admission;
use crate::{
    clock::Clock,
    ingest::{Ingest, IngestError, Urgency},
    model::{Source, SourceId, SourceReport, Timestamp},
    store::{Store, StoreError},
    telemetry,
};

/// A claim runs out after this where the process that made it died. Those of sources that still wait for their host are
/// renewed after half of it.
const LEASE: Duration = Duration::from_secs(10 * 60);
/// Sources that are claimed in one look. Waiting ones cost a few kilobytes each.
const CLAIM: u32 = 10_000;

/// The pool of collections. Clones share it.
#[derive(Clone)]
pub struct Collector {
    store: Store,
    ingest: Ingest,
    clock: Clock,
    changed: Vec<Arc<Notify>>,
    running: Arc<Mutex<HashMap<SourceId, Urgency>>>,
    renewed: Arc<Mutex<Option<Timestamp>>>,
    given_up: Arc<Mutex<Vec<SourceId>>>,
    tasks: TaskTracker,
}

impl Collector {
    /// A pool without any task. Rings all of `changed` whenever a collection changed entries.
    pub fn new(store: Store, ingest: Ingest, clock: Clock, changed: Vec<Arc<Notify>>) -> Self {
        let (running, renewed, given_up, tasks) = Default::default();
        Collector { store, ingest, clock, changed, running, renewed, given_up, tasks }
    }

    /// One look at what is due: claims it and starts collecting it. Does not wait for the collections.
    pub async fn look(&self) {
        if self.ingest.is_stopping() {
            return;
        }
        let now = self.clock.now();
        let limit = match self.ingest.outage().admit(now) {
            Admission::All => CLAIM,
            Admission::One => 1,
            Admission::Nobody => return,
        };
        let looked = async {
            self.keep_claims(now).await?;
            self.raise(now).await?;
            self.store.claim_due(now, LEASE, limit).await
        };
        let due = match looked.await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "what is due could not be read: {error}");
                return;
            }
        };
        for due in due {
            telemetry::due_lag((now - due.since).to_std().unwrap_or_default());
            let collector = self.clone();
            self.tasks.spawn(async move { collector.claimed(due.source).await });
        }
    }

    /// Those that wait for a host with many sources keep their claims.
    async fn keep_claims(&self, now: Timestamp) -> Result<(), StoreError> {
        let waiting: Vec<SourceId> = {
            let running = lock(&self.running);
            let mut renewed = lock(&self.renewed);
            let last = *renewed.get_or_insert(now);
            if running.is_empty() {
                *renewed = Some(now);
            }
            let is_time = (now - last).abs().to_std().is_ok_and(|past| past >= LEASE / 2);
            if running.is_empty() || !is_time {
                return Ok(());
            }
            *renewed = Some(now);
            running.keys().copied().collect()
        };
        self.store.renew(&waiting, now, LEASE).await
    }

    /// Whom staff ask for while it waits for its host goes before the others there.
    async fn raise(&self, now: Timestamp) -> Result<(), StoreError> {
        if lock(&self.running).is_empty() {
            return Ok(());
        }
        let asked = self.store.asked_meanwhile(now).await?;
        let running = lock(&self.running);
        asked.iter().filter_map(|source| running.get(source)).for_each(Urgency::raise);
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

    /// Collects these sources now, whether they are due or not, and tells of each as it is done.
    ///
    /// # Errors
    /// The first fault of the store; collections that were under way are given up.
    pub async fn collect(
        &self,
        sources: Vec<Source>,
        mut each: impl FnMut(&SourceReport),
    ) -> Result<Vec<SourceReport>, IngestError> {
        let mut reports = Vec::with_capacity(sources.len());
        let mut under_way: FuturesUnordered<_> = sources
            .into_iter()
            .map(|source| {
                let ingest = self.ingest.clone();
                async move { tokio::spawn(async move { ingest.collect(&source).await }).await }
            })
            .collect();
        while let Some(done) = under_way.next().await {
            match done {
                Ok(report) => {
                    let report = report?;
                    each(&report);
                    reports.push(report);
                }
                Err(error) => tracing::error!(%error, "a collection broke off: {error}"),
            }
        }
        Ok(reports)
    }

    async fn claimed(&self, source: Source) {
        let urgency = Urgency::default();
        let Some(_running) = Running::begin(&self.running, source.id, urgency.clone()) else {
            // Still under way from an earlier claim whose lease ran out: that one will write.
            return;
        };
        let slug = &source.spec.slug;
        match self.ingest.collect_in_turn(&source, &urgency).await {
            Ok(report) => {
                if report.new + report.updated + report.withdrawn > 0 {
                    self.changed.iter().for_each(|bell| bell.notify_one());
                }
            }
            Err(IngestError::Stopping) => lock(&self.given_up).push(source.id),
            Err(error) => {
                tracing::error!(source = %slug, %error, "{slug} was collected but not stored: {error}");
            }
        }
    }
}

/// A source that is being collected; no longer once this is dropped, however the collection ended.
struct Running<'a>(&'a Mutex<HashMap<SourceId, Urgency>>, SourceId);

impl<'a> Running<'a> {
    fn begin(all: &'a Mutex<HashMap<SourceId, Urgency>>, source: SourceId, urgency: Urgency) -> Option<Self> {
        match lock(all).entry(source) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(urgency);
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
