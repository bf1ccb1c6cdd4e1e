//! Asking: fetching, politeness and robots.

pub(crate) mod answers;
mod asking;
mod identity;
mod ingesting;
mod partners;
mod politeness;
mod redirects;
mod restless;
mod resurfacing;
mod robots;
mod scoring;
mod tls;

use std::{io::Write, time::Duration};

use vestnik::{
    clock::Clock,
    fetch::{Accept, FetchRequest, Fetcher, Limits},
    ingest::Ingest,
    model::{Document, FetchError, FetchOutcome, Timestamp, Validators},
    schedule::{HostGate, IntervalLimits},
    store::Store,
};

use crate::publishing::sample;

/// Wednesday, 4 March 2026, 10:30 GMT: what the fetcher's clock shows.
pub(crate) fn now() -> Timestamp {
    "2026-03-04T10:30:00Z".parse().unwrap()
}

/// Limits for loopback: only 127.0.0.1 is open, and nothing takes long.
pub(crate) fn limits() -> Limits {
    Limits {
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        body_limit: 64 * 1024,
        allow_networks: vec!["127.0.0.1/32".parse().unwrap()],
        user_agent: Limits::user_agent(Some("desk@partner.example")),
        ..Limits::default()
    }
}

pub(crate) fn fetcher(limits: Limits) -> Fetcher {
    Fetcher::new(limits, Clock::manual(now()).0).unwrap()
}

/// The stages over this store, without a gap between two requests, one document at a time.
pub(crate) fn ingest(store: &Store, clock: &Clock, intervals: IntervalLimits) -> Ingest {
    let gate = HostGate::new(clock.clone(), Duration::ZERO);
    let (fetcher, site) = (fetcher(limits()), sample::site());
    Ingest::new(store.clone(), fetcher, gate, clock.clone(), intervals, 1, site).unwrap()
}

async fn fetch_with(fetcher: &Fetcher, url: &str, validators: &Validators) -> FetchOutcome {
    let url = url.parse().unwrap();
    let request = FetchRequest { url: &url, validators, accept: Accept::Feed, user_agent: None };
    fetcher.fetch(&request).await
}

async fn fetch(url: &str) -> FetchOutcome {
    fetch_with(&fetcher(limits()), url, &Validators::default()).await
}

pub(crate) fn gzipped(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn document(outcome: FetchOutcome) -> Document {
    match outcome {
        FetchOutcome::Modified(document) => *document,
        other => panic!("no document: {other:?}"),
    }
}

#[track_caller]
fn failure(outcome: FetchOutcome) -> FetchError {
    match outcome {
        FetchOutcome::Failed(error) => error,
        other => panic!("no failure: {other:?}"),
    }
}
