//! 3. Failures: later and later, never silently, and as the server asks.

use super::*;
use crate::{collecting::gzipped, support::server::BlackHole};
use vestnik::model::{Health, Reason, SourceKind};

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
    let hole = BlackHole::at("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/503" => Reply::status(503, &[]),
        "/304" => Reply::status(304, &[]),
        "/down" => Reply::redirect(302, "gopher://127.0.0.1/"),
        "/robots.txt" => Reply::ok(&[], b"User-agent: *\nDisallow: /unwanted"),
        "/cut-gzip" => Reply::ok(&[("Content-Encoding", b"gzip")], &gzipped(&[b' '; 9000])[..20]),
        "/exotic" => Reply::ok(&[("Content-Encoding", b"exotic")], b"<rss/>"),
        "/nothing" => Reply::raw(b"").close(),
        "/hung" => Reply::raw(b"").hang(),
        "/empty" => Reply::ok(&[], b""),
        "/noise" => Reply::ok(&[], &[0xff, 0xd8, 0xff, 0xe0, 0, 0x10]),
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
    let paths = [
        "/404",
        "/gone",
        "/loop",
        "/inside",
        "/down",
        "/bomb",
        "/cut",
        "/cut-gzip",
        "/exotic",
        "/page",
        "/503",
        "/304",
        "/nothing",
        "/hung",
        "/empty",
        "/noise",
    ];
    let mut specs: Vec<SourceSpec> = paths.iter().map(|path| feed_at(&path[1..], server.url(path))).collect();
    specs.extend([
        feed_at("nobody", at("nobody.example", &server, "/")),
        feed_at("black-hole", format!("http://{}/", hole.address)),
        feed_at("closed-port", "http://127.0.0.1:1/"),
        feed_at("no-tls", server.url("/").replace("http:", "https:")),
        feed_at("literal", "http://10.0.0.1/"),
        SourceSpec { kind: SourceKind::Page, ..feed_at("unwanted", server.url("/unwanted")) },
        // The one that holds the host comes last.
        feed_at("limited", server.url("/limited")),
    ]);
    let hasty = Limits { connect_timeout: SECOND / 5, idle_timeout: SECOND / 5, ..limits() };
    let bureau = Bureau::open_with(specs.clone(), Duration::ZERO, hasty).await;
    bureau.names.set("nobody.example", &[]);
    for spec in &specs {
        let source = bureau.sources().await.into_iter().find(|source| source.spec.slug == spec.slug).unwrap();
        bureau.parts.ingest.collect(&source).await.unwrap();
    }
    for source in bureau.sources().await {
        let (slug, state) = (source.spec.slug, source.state);
        assert_eq!((state.health, state.failures), (Health::Failing, 1), "{slug}");
        assert!(state.next_due.unwrap() >= bureau.later(MINUTE), "{slug}: {:?}", state.next_due);
        let reason = state.reason.unwrap();
        // What cannot be read says it all by itself; what did not come says it in the protocol's words too.
        let unread = ["page", "empty", "noise"].contains(&slug.as_str());
        assert_eq!(
            (state.technical.is_some(), Reason::in_bulgarian(&reason).is_some()),
            (!unread, !unread),
            "{slug}: {reason}"
        );
        assert_eq!((state.moves, state.validators.is_empty()), (Default::default(), true), "{slug}");
    }
}
