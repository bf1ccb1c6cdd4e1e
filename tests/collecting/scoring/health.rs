//! How sources are doing, and what is remembered of them.

use super::*;
use vestnik::model::{Contract, Health};

/// A server that always says the same, and after its first answer that nothing changed.
async fn steady() -> Server {
    Server::start(|request, _| match request.header("if-none-match") {
        Some(_) => Reply::status(304, &[]),
        None => good("\"1\"", &["a", "b"]),
    })
    .await
}

#[tokio::test]
async fn a_source_that_brings_nothing_for_long_is_quiet_and_says_for_how_long() {
    let server = steady().await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    bureau.tick().await;
    assert_eq!(bureau.source().await.health(), Health::Ok);
    bureau.hand.advance(DAY * 6);
    bureau.tick().await;
    assert_eq!(bureau.source().await.health(), Health::Ok);
    bureau.hand.advance(DAY * 3);
    bureau.tick().await;
    let source = bureau.source().await;
    assert_eq!((source.health(), source.state.failures), (Health::Quiet, 0));
    assert!(source.state.reason.unwrap().contains("nothing new for 9 days"));
    assert_eq!(source.state.since, Some(bureau.clock.now()));
}

#[tokio::test]
async fn a_cadence_that_is_missed_breaks_the_contract_and_the_entries_stay() {
    let server = steady().await;
    let contract = Contract { cadence: Some(DAY * 2), ..Contract::default() };
    let bureau = Bureau::open(vec![SourceSpec { contract, ..feed_at("a", server.url("/")) }]).await;
    bureau.tick().await;
    assert_eq!(bureau.source().await.health(), Health::Ok);
    bureau.hand.advance(DAY * 3);
    bureau.tick().await;
    let source = bureau.source().await;
    assert_eq!(source.health(), Health::BrokenContract);
    assert!(source.state.reason.as_ref().unwrap().contains("nothing new for 3 days"), "{source:?}");
    assert_eq!(source.state.failing_since, Some(bureau.clock.now()));
    assert!(bureau.wait().await <= DAY, "it is asked at its usual pace");
    assert_eq!(bureau.parts.store.count_published().await.unwrap(), 2);
}

#[tokio::test]
async fn a_contract_that_is_broken_by_what_comes_keeps_the_last_good_document() {
    let server = Server::script(vec![
        good("\"1\"", &["a", "b", "c"]),
        good("\"2\"", &["d"]),
        good("\"3\"", &["e", "f", "g"]),
    ])
    .await;
    let contract = Contract { min_items: Some(3), ..Contract::default() };
    let bureau = Bureau::open(vec![SourceSpec { contract, ..feed_at("a", server.url("/")) }]).await;
    bureau.tick().await;
    bureau.next().await;
    let source = bureau.source().await;
    assert_eq!(source.health(), Health::BrokenContract);
    assert!(source.state.reason.unwrap().contains("1 items were found, at least 3"));
    assert_eq!(
        source.state.validators.etag.as_deref(),
        Some(&b"\"1\""[..]),
        "what was stored is what was good"
    );
    assert_eq!(bureau.parts.store.count_published().await.unwrap(), 3);
    bureau.next().await;
    assert_eq!(bureau.source().await.health(), Health::Ok);
    assert_eq!(bureau.parts.store.count_published().await.unwrap(), 6);
}

#[tokio::test]
async fn what_is_switched_off_is_disabled_and_not_asked() {
    let server = steady().await;
    let bureau = Bureau::open(vec![SourceSpec { enabled: false, ..feed_at("a", server.url("/")) }]).await;
    bureau.tick().await;
    assert_eq!((bureau.source().await.health(), server.requests().len()), (Health::Disabled, 0));
    let counts = bureau.parts.store.health_counts().await.unwrap();
    assert_eq!(counts, [(Health::Disabled, 1)]);
}

#[tokio::test]
async fn every_fetch_is_remembered_with_what_it_cost_and_what_it_spared() {
    let server = Server::script(vec![
        good("\"1\"", &["a", "b"]),
        Reply::status(304, &[]),
        Reply::status(500, &[]),
        good("\"2\"", &["a", "b", "c"]),
    ])
    .await;
    let mut bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    bureau.tick().await;
    for _ in 0..3 {
        bureau.next().await;
        bureau.restart().await;
    }
    let source = bureau.source().await;
    let fetches = bureau.parts.store.fetches(source.id, 10).await.unwrap();
    let told: Vec<_> = fetches
        .iter()
        .map(|fetch| (fetch.outcome.as_str(), fetch.attempt.status, fetch.new, fetch.reason.as_deref()))
        .collect();
    let failed = ("failed", Some(500), 0, Some("the server answered 500"));
    let read = |new| ("read", Some(200), new, None);
    assert_eq!(told, [read(1), failed, ("unchanged", Some(304), 0, None), read(2)]);
    let size = rss(&["a", "b"]).len() as u64;
    assert_eq!(
        (fetches[3].attempt.bytes, fetches[2].attempt.saved, fetches[2].attempt.bytes),
        (size, size, 0)
    );
    let record = bureau.parts.store.records(bureau.clock.now()).await.unwrap()[&source.id];
    assert_eq!((record.fetches, record.failed, record.unchanged, record.new), (4, 1, 1, 3));
    assert_eq!((record.success_ratio(), record.saved), (Some(0.75), size));
    assert_eq!(bureau.parts.store.fetches(source.id, 2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn fetches_are_added_up_by_the_day_and_forgotten_after_thirty() {
    let server = steady().await;
    let bureau =
        Bureau::open(vec![feed_at("a", server.url("/")), feed_at("b", at("b.example", &server, "/"))]).await;
    let store = &bureau.parts.store;
    for day in 0..40 {
        bureau.tick().await;
        bureau.hand.advance(DAY);
        if day % 7 == 0 {
            store.roll_up(bureau.clock.now()).await.unwrap();
        }
        let id = bureau.source().await.id;
        let records = store.records(bureau.clock.now()).await.unwrap();
        assert_eq!(records[&id].fetches, 30.min(day + 1), "whether added up or not, on day {day}");
    }
    store.roll_up(bureau.clock.now()).await.unwrap();
    store.roll_up(bureau.clock.now()).await.unwrap();
    let source = bureau.source().await;
    let fetches = store.fetches(source.id, 100).await.unwrap();
    assert_eq!(fetches.len(), 30, "those of 30 days are there one by one");
    let records = store.records(bureau.clock.now()).await.unwrap();
    assert_eq!((records.len(), records[&source.id].fetches), (2, 30), "adding up twice changes nothing");
}
