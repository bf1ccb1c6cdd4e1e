//! 4, 5 and 8. Every request waits for its host's turn: one behind a redirect, and one for robots.txt, as well.

use vestnik::model::{Health, SourceKind};

use super::*;
use crate::support::server::Request;

fn host(request: &Request) -> &str {
    request.text("host").unwrap_or_default().split(':').next().unwrap_or_default()
}

/// What was asked, in order: host and path.
fn asked(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| format!("{}{}", host(request), request.path)).collect()
}

/// Lets every task go as far as it can without time passing.
async fn settle(server: &Server, requests: usize) {
    for _ in 0..2000 {
        if server.requests().len() >= requests {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
}

/// Whoever asks `old.example` is sent to the same path of `new.example`, which answers so.
async fn moved(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request, _| match host(request) {
        "old.example" => {
            let port = request.text("host").unwrap().rsplit(':').next().unwrap();
            Reply::redirect(302, &format!("http://new.example:{port}{}", request.path))
        }
        _ => answer(request),
    })
    .await
}

fn page_at(slug: &str, url: impl AsRef<str>) -> SourceSpec {
    SourceSpec { kind: SourceKind::Page, ..feed_at(slug, url) }
}

#[tokio::test]
async fn a_redirect_to_another_host_waits_for_its_turn_and_its_gap() {
    let server = moved(|_| good("\"1\"", &["a"])).await;
    let specs = vec![
        feed_at("a", at("new.example", &server, "/a")),
        feed_at("b", at("old.example", &server, "/b")),
        feed_at("c", at("old.example", &server, "/c")),
    ];
    let bureau = Bureau::open_with(specs, SECOND, limits()).await;
    bureau.parts.collector.look().await;
    settle(&server, 2).await;
    for expected in 2..=4 {
        let asked = asked(&server);
        let of_new = asked.iter().filter(|what| what.starts_with("new.")).count();
        assert!(of_new < expected, "one a second: {asked:?}");
        bureau.hand.advance(SECOND - Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert_eq!(asked, self::asked(&server), "the gap is a second");
        bureau.hand.advance(Duration::from_millis(1));
        settle(&server, asked.len() + 1).await;
    }
    bureau.hand.advance(SECOND);
    bureau.idle().await;
    assert_eq!(server.requests().len(), 5, "{:?}", asked(&server));
    for source in bureau.sources().await {
        assert_eq!(source.health(), Health::Ok, "{}", source.spec.slug);
    }
}

#[tokio::test]
async fn a_redirect_within_a_host_keeps_its_gap() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/1" => Reply::redirect(301, "/2"),
        "/2" => Reply::redirect(307, "/3"),
        _ => good("\"1\"", &["a"]),
    })
    .await;
    let bureau = Bureau::open_with(vec![feed_at("a", server.url("/1"))], SECOND, limits()).await;
    bureau.parts.collector.look().await;
    for expected in 1..=3 {
        settle(&server, expected).await;
        assert_eq!(server.requests().len(), expected);
        bureau.hand.advance(SECOND);
    }
    bureau.idle().await;
    assert_eq!(bureau.source().await.health(), Health::Ok);
}

#[tokio::test]
async fn a_host_that_has_its_peace_is_not_asked_by_way_of_another() {
    let server = moved(|_| Reply::status(429, &[("Retry-After", b"28800")])).await;
    let specs =
        vec![feed_at("a", at("new.example", &server, "/a")), feed_at("b", at("old.example", &server, "/b"))];
    let mut bureau = Bureau::open(specs).await;
    bureau.tick().await;
    let of_new = |server: &Server| asked(server).iter().filter(|what| what.starts_with("new.")).count();
    assert_eq!(
        of_new(&server),
        1,
        "the 429 counts for the host, whoever was sent there: {:?}",
        asked(&server)
    );
    bureau.restart().await;
    bureau.hand.advance(HOUR);
    for source in bureau.sources().await {
        bureau.parts.store.ask_now(source.id, bureau.clock.now()).await.unwrap();
    }
    bureau.tick().await;
    assert_eq!(of_new(&server), 1, "{:?}", asked(&server));
    for source in bureau.sources().await {
        let (health, due) = (source.health(), source.state.next_due.unwrap());
        assert_eq!(health, Health::Failing, "{}", source.spec.slug);
        assert!(due >= bureau.later(HOUR * 7), "{} waits as long as the host: {due}", source.spec.slug);
    }
}

#[tokio::test]
async fn robots_txt_takes_a_turn_of_its_own() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/robots.txt" => Reply::ok(&[], b"User-agent: *\nDisallow: /private"),
        _ => good("\"1\"", &["a"]),
    })
    .await;
    let specs = vec![page_at("a", server.url("/a")), page_at("b", server.url("/b"))];
    let bureau = Bureau::open_with(specs, SECOND, limits()).await;
    bureau.parts.collector.look().await;
    for paths in [&["/robots.txt"][..], &["/robots.txt", "/a"], &["/robots.txt", "/a", "/b"]] {
        settle(&server, paths.len()).await;
        let asked: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
        assert_eq!(asked, paths);
        bureau.hand.advance(SECOND);
    }
    bureau.idle().await;
}

#[tokio::test]
async fn a_429_to_robots_txt_holds_the_host() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/robots.txt" => Reply::status(429, &[("Retry-After", b"7200")]),
        _ => good("\"1\"", &["a"]),
    })
    .await;
    let specs = vec![page_at("a", server.url("/a")), feed_at("b", server.url("/b"))];
    let bureau = Bureau::open(specs).await;
    bureau.tick().await;
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert!(!paths.contains(&"/a".to_owned()), "{paths:?}");
    let page = bureau.source().await;
    assert_eq!(page.health(), Health::Failing);
    assert!(page.state.next_due.unwrap() >= bureau.later(HOUR * 2));
}

/// With one place: a collection that is sent to a host whose turn another one has, which waits for the place.
#[tokio::test]
async fn nobody_keeps_a_place_while_waiting_for_a_turn() {
    let server = moved(|_| good("\"1\"", &["a"])).await;
    let specs = (0..6)
        .map(|n| {
            let from = if n % 2 == 0 { "old.example" } else { "new.example" };
            feed_at(&format!("s{n}"), at(from, &server, &format!("/{n}")))
        })
        .collect();
    let bureau = Bureau::open_narrow(specs, 1).await;
    bureau.tick().await;
    assert_eq!(server.requests().len(), 9);
    assert!(bureau.sources().await.iter().all(|source| source.health() == Health::Ok));
}

#[tokio::test]
async fn a_collection_that_waits_behind_a_redirect_ends_when_the_daemon_stops() {
    let server = moved(|request| match request.path.as_str() {
        "/a" => Reply::raw(b"").hang(),
        _ => good("\"1\"", &["a"]),
    })
    .await;
    let specs =
        vec![feed_at("a", at("new.example", &server, "/a")), feed_at("b", at("old.example", &server, "/b"))];
    let short = Limits { idle_timeout: SECOND, ..limits() };
    let bureau = Bureau::open_with(specs, HOUR, short).await;
    bureau.parts.collector.look().await;
    settle(&server, 2).await;
    tokio::time::timeout(SECOND * 20, bureau.parts.collector.stop()).await.expect("it stops");
    let waiting = bureau.sources().await.into_iter().find(|source| source.spec.slug.as_str() == "b").unwrap();
    assert!(waiting.state.next_due.unwrap() <= bureau.clock.now(), "it is still due");
}
