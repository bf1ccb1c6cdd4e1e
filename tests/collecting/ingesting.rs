//! One collection of a source: what is asked, what is kept, and how it ends.

use std::time::Duration;

use vestnik::{
    clock::{Clock, later},
    ingest::{Ingest, IngestError},
    model::{Health, Outcome, Source, SourceSpec},
    schedule::IntervalLimits,
};

use super::now;
use crate::{
    storing::{Opened, at, fill_the_disk, free_the_disk, open, spec},
    support::server::{Reply, Server},
};

pub(super) struct Desk {
    pub(super) ingest: Ingest,
    pub(super) opened: Opened,
    sources: Vec<Source>,
}

impl Desk {
    /// A source at each of these addresses, asked one after the other.
    pub(super) async fn open(addresses: &[String]) -> Self {
        let opened = open().await;
        let of = |(number, url): (usize, &String)| SourceSpec {
            url: Some(url.parse().unwrap()),
            ..spec(&format!("s{number}"))
        };
        let specs: Vec<SourceSpec> = addresses.iter().enumerate().map(of).collect();
        let sources = opened.store.sync_sources(&specs, at(0)).await.unwrap();
        let clock = Clock::manual(now()).0;
        let ingest = super::ingest(&opened.store, &clock, IntervalLimits::default());
        Desk { ingest, opened, sources }
    }
}

#[tokio::test]
async fn a_host_that_asks_for_fewer_requests_gets_none_for_its_other_sources() {
    let server = Server::always(Reply::status(429, &[("Retry-After", b"7200")])).await;
    let desk = Desk::open(&[server.url("/a"), server.url("/b")]).await;
    for source in &desk.sources {
        let report = desk.ingest.collect(source).await.unwrap();
        assert_eq!(report.outcome, Outcome::Failed);
        assert!(report.technical.unwrap().contains("429"));
    }
    assert_eq!(server.requests().len(), 1);
    for source in desk.opened.store.sources().await.unwrap() {
        assert_eq!(source.state.health, Health::Failing);
        assert!(source.state.next_due.unwrap() >= later(now(), Duration::from_secs(7200)), "{source:?}");
    }
}

#[tokio::test]
async fn a_stop_begins_nothing_that_waits_for_a_place() {
    let (slow, other) =
        (Server::always(Reply::raw(b"").hang()).await, Server::always(Reply::ok(&[], b"")).await);
    let desk = Desk::open(&[slow.url("/"), other.url("/")]).await;
    let collect = |number: usize| {
        let (ingest, source) = (desk.ingest.clone(), desk.sources[number].clone());
        tokio::spawn(async move { ingest.collect(&source).await })
    };
    let first = collect(0);
    while slow.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let second = collect(1);
    tokio::task::yield_now().await;
    desk.ingest.stop();
    let second = tokio::time::timeout(Duration::from_secs(2), second).await.expect("it waits");
    assert!(matches!(second.unwrap(), Err(IngestError::Stopping)));
    assert_eq!(other.requests().len(), 0);
    first.abort();
}

#[tokio::test]
async fn what_cannot_be_stored_is_a_failure_of_the_source_and_the_rest_of_it_stays() {
    let feed = |title: &str| {
        Reply::ok(
            &[("Content-Type", b"application/rss+xml"), ("ETag", b"\"1\"")],
            format!("<rss version='2.0'><channel><title>A</title><item><title>{title}</title><guid>1</guid></item></channel></rss>")
                .as_bytes(),
        )
    };
    let server = Server::script(vec![feed("Good"), feed("Bad"), feed("Bad")]).await;
    let desk = Desk::open(&[server.url("/")]).await;
    let store = &desk.opened.store;
    assert_eq!(desk.ingest.collect(&desk.sources[0]).await.unwrap().new, 1);
    let mut beside = desk.opened.beside().await;
    fill_the_disk(&mut beside, "update on entries").await;
    let source = store.sources().await.unwrap().remove(0);
    let report = desk.ingest.collect(&source).await.unwrap();
    assert_eq!((report.outcome, report.updated), (Outcome::Failed, 0));
    let source = store.sources().await.unwrap().remove(0);
    assert!(source.state.technical.as_ref().unwrap().contains("disk full"), "{source:?}");
    assert!(source.state.next_due.unwrap() > now());
    free_the_disk(&mut beside).await;
    // What was not stored is asked for again: its validators were not kept.
    assert_eq!(desk.ingest.collect(&source).await.unwrap().updated, 1);
}

crate::storing::on_postgres_too! {
    what_cannot_be_stored_is_a_failure_of_the_source_and_the_rest_of_it_stays,
}
