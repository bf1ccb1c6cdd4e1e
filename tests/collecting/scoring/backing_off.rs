//! 3. Failures: later and later, never silently, and as the server asks.

use super::*;
use vestnik::model::Health;

#[tokio::test]
async fn failures_back_off_to_a_day_and_never_stop() {
    let server = Server::always(Reply::status(500, &[])).await;
    let mut bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    bureau.tick().await;
    let mut waits = Vec::new();
    for number in 0..14 {
        if number == 5 {
            bureau.restart().await;
        }
        waits.push(bureau.next().await);
    }
    assert!(waits[0] >= MINUTE * 15 && waits[0] <= MINUTE * 23, "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= DAY), "{waits:?}");
    assert!(waits[10..].iter().all(|wait| *wait >= HOUR * 12), "{waits:?}");
    assert_eq!(server.requests().len(), 15);
    let state = bureau.state().await;
    assert_eq!((state.health, state.failures), (Health::Failing, 15));
    assert_eq!(state.failing_since, Some(now()));
    assert!(state.reason.unwrap().contains("fault of its own"));
    assert_eq!(state.technical.as_deref(), Some("the server answered 500"));
}

#[tokio::test]
async fn retry_after_is_kept_in_both_forms_over_a_restart_and_clamped_to_a_day() {
    for status in [429, 503] {
        for (value, expected) in [
            ("7200", HOUR * 2),
            ("Wed, 04 Mar 2026 13:30:00 GMT", HOUR * 3),
            ("99999999", DAY),
            ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
        ] {
            let server = Server::always(Reply::status(status, &[("Retry-After", value.as_bytes())])).await;
            let mut bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
            bureau.tick().await;
            bureau.restart().await;
            let wait = bureau.wait().await;
            let least = if expected == DAY { DAY * 9 / 10 } else { expected };
            assert!(wait >= least && wait <= expected * 11 / 10, "{status} {value}: {wait:?}");
            bureau.hand.advance(wait - SECOND);
            bureau.tick().await;
            assert_eq!(server.requests().len(), 1, "{status} {value}: asked early");
        }
    }
}

#[tokio::test]
async fn a_429_counts_for_the_host_over_a_restart_and_a_503_for_the_source_alone() {
    for (status, asked) in [(429, 1), (503, 3)] {
        let server = Server::always(Reply::status(status, &[("Retry-After", b"7200")])).await;
        let other = Server::always(good("\"1\"", &["x"])).await;
        let specs = vec![
            feed_at("a", server.url("/a")),
            feed_at("b", server.url("/b")),
            feed_at("c", server.url("/c")),
            feed_at("other", other.url("/")),
        ];
        let mut bureau = Bureau::open(specs.clone()).await;
        // One source is collected, the process ends, and the others of the host come after the restart.
        let first = bureau.source().await;
        bureau.parts.ingest.collect(&first).await.unwrap();
        bureau.restart().await;
        bureau.tick().await;
        assert_eq!(server.requests().len(), asked, "{status}");
        assert_eq!(other.requests().len(), 1, "another host is asked as always");
    }
}

#[tokio::test]
async fn a_429_that_says_nothing_still_holds_the_whole_host() {
    let server = Server::always(Reply::status(429, &[])).await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/a")), feed_at("b", server.url("/b"))]).await;
    bureau.tick().await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_second_410_in_a_row_ends_it_until_staff_ask_again() {
    let server = Server::script(vec![
        Reply::status(410, &[]),
        Reply::status(500, &[]),
        Reply::status(410, &[]),
        Reply::status(410, &[]),
        good("\"1\"", &["a"]),
    ])
    .await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    bureau.tick().await;
    for expected in [Health::Failing, Health::Failing, Health::Gone] {
        bureau.next().await;
        assert_eq!(bureau.source().await.health(), expected);
    }
    let state = bureau.state().await;
    assert!(state.reason.unwrap().contains("closed this address for good"));
    bureau.hand.advance(DAY * 365);
    bureau.tick().await;
    assert_eq!(server.requests().len(), 4, "it is not asked any more");
    bureau.parts.store.ask_now(bureau.source().await.id, bureau.clock.now()).await.unwrap();
    bureau.tick().await;
    assert_eq!(server.requests().len(), 5);
    assert!(!bureau.source().await.health().is_failure());
}

#[tokio::test]
async fn every_kind_of_failure_moves_the_next_time_on_and_says_why_twice() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/404" => Reply::status(404, &[]),
        "/gone" => Reply::status(410, &[]),
        "/limited" => Reply::status(429, &[]),
        "/loop" => Reply::redirect(301, "/loop"),
        "/inside" => Reply::redirect(302, "http://127.0.0.2:1/"),
        "/bomb" => Reply::ok(&[], &vec![b' '; 70_000]),
        "/cut" => Reply::head(200, &[("Content-Length", b"100")]).then(b"<rss>").close(),
        _ => Reply::ok(&[("Content-Type", b"text/html")], b"<!DOCTYPE html><html></html>"),
    })
    .await;
    let paths = ["/404", "/gone", "/loop", "/inside", "/bomb", "/cut", "/page", "/limited"];
    let specs = paths.map(|path| feed_at(&path[1..], server.url(path)));
    let bureau = Bureau::open(specs.to_vec()).await;
    // The one that holds the host comes last.
    for path in paths {
        let slug = &path[1..];
        let source =
            bureau.sources().await.into_iter().find(|source| source.spec.slug.as_str() == slug).unwrap();
        bureau.parts.ingest.collect(&source).await.unwrap();
    }
    for source in bureau.sources().await {
        let (slug, state) = (source.spec.slug, source.state);
        assert_eq!((state.health, state.failures), (Health::Failing, 1), "{slug}");
        assert!(state.next_due.unwrap() >= bureau.later(MINUTE), "{slug}: {:?}", state.next_due);
        assert!(state.reason.is_some(), "{slug}");
    }
}
