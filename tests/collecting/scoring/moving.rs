//! 2. Redirects: permanent ones are believed after a probation, others never; staff decide.

use super::*;
use crate::support::tls::{Authority, GOOD, TlsServer};
use vestnik::model::Health;

/// The old host redirects with this status to the new one, which answers 304 to who knows its document.
async fn moved_site(status: u16) -> Server {
    Server::start(move |request, _| {
        let to_new = request.text("host").unwrap().starts_with("old.");
        let location =
            format!("http://new.example:{}/feed", request.text("host").unwrap().rsplit(':').next().unwrap());
        match (to_new, request.text("if-none-match")) {
            (true, _) => Reply::redirect(status, &location),
            (false, Some("\"new\"")) => Reply::status(304, &[]),
            (false, _) => good("\"new\"", &["a"]),
        }
    })
    .await
}

fn hosts_asked(server: &Server) -> Vec<String> {
    let host = |request: &crate::support::server::Request| {
        request.text("host").unwrap().split(':').next().unwrap().to_owned()
    };
    server.requests().iter().map(host).collect()
}

async fn daily(bureau: &Bureau, days: usize) {
    for _ in 0..days {
        bureau.hand.advance(DAY);
        bureau.tick().await;
    }
}

#[tokio::test]
async fn a_permanent_move_is_believed_after_seven_days_and_asked_directly_from_then_on() {
    for status in [301, 308] {
        let server = moved_site(status).await;
        let declared = at("old.example", &server, "/feed");
        let mut bureau = Bureau::open(vec![feed_at("a", &declared)]).await;
        bureau.tick().await;
        daily(&bureau, 6).await;
        assert_eq!(bureau.state().await.moves.address, None, "six days are not enough");
        bureau.restart().await;
        daily(&bureau, 1).await;
        let source = bureau.source().await;
        assert_eq!(source.state.moves.address, Some(at("new.example", &server, "/feed").parse().unwrap()));
        assert_eq!(source.spec.url, Some(declared.parse().unwrap()), "what is declared stays as written");
        assert_eq!(source.health(), Health::Moved);
        assert!(source.state.reason.unwrap().contains("moved it to http://new.example"));
        let before = server.requests().len();
        bureau.restart().await;
        daily(&bureau, 1).await;
        assert_eq!(hosts_asked(&server)[before..], ["new.example"]);
        assert_eq!(server.requests()[before].text("if-none-match"), Some("\"new\""), "validators came along");
    }
}

#[tokio::test]
async fn temporary_redirects_never_change_the_address() {
    for status in [302, 303, 307] {
        let server = moved_site(status).await;
        let bureau = Bureau::open(vec![feed_at("a", at("old.example", &server, "/feed"))]).await;
        daily(&bureau, 20).await;
        let source = bureau.source().await;
        assert_eq!((source.state.moves.address.as_ref(), source.health()), (None, Health::Ok), "{status}");
        assert_eq!(hosts_asked(&server)[..4], ["old.example", "new.example", "old.example", "new.example"]);
    }
}

#[tokio::test]
async fn a_move_to_what_is_no_feed_is_not_believed() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/feed" => Reply::redirect(301, "/parked"),
        _ => Reply::ok(&[], b"<!DOCTYPE html><html><title>This domain is for sale</title></html>"),
    })
    .await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/feed"))]).await;
    daily(&bureau, 20).await;
    let state = bureau.state().await;
    assert_eq!((state.moves.address, state.moves.candidate, state.health), (None, None, Health::Failing));
}

#[tokio::test]
async fn a_move_under_probation_is_believed_at_once_when_the_old_address_dies() {
    let server = moved_site(301).await;
    let mut bureau = Bureau::open(vec![feed_at("a", at("old.example", &server, "/feed"))]).await;
    bureau.tick().await;
    bureau.names.set("old.example", &[]);
    bureau.restart().await;
    bureau.next().await;
    assert!(bureau.wait().await <= MINUTE, "the new address is asked at once");
    bureau.next().await;
    assert_eq!(hosts_asked(&server), ["old.example", "new.example", "new.example"]);
    assert_eq!(bureau.source().await.health(), Health::Moved);
}

/// It dies as a whole, or only the address, or is closed for good.
#[tokio::test]
async fn an_address_dies_by_what_its_host_answers_too() {
    for status in [404, 410] {
        let server = Server::start(move |request, n| match request.path.as_str() {
            "/old" if n == 0 => Reply::redirect(301, "/new"),
            "/old" => Reply::status(status, &[]),
            _ => good("\"1\"", &["a"]),
        })
        .await;
        let bureau = Bureau::open(vec![feed_at("a", server.url("/old"))]).await;
        bureau.tick().await;
        assert_eq!(bureau.state().await.moves.address, None);
        bureau.next().await;
        assert_eq!(bureau.state().await.moves.address, Some(server.url("/new").parse().unwrap()), "{status}");
        bureau.next().await;
        assert_eq!(bureau.source().await.health(), Health::Moved, "{status}");
        let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
        assert_eq!(paths, ["/old", "/new", "/old", "/new"]);
    }
}

#[tokio::test]
async fn from_http_to_https_of_the_same_host_it_moves_at_once_and_to_another_host_it_does_not() {
    let (authority, folder) = (Authority::new("The office"), tempfile::tempdir().unwrap());
    let file = folder.path().join("ca.pem");
    authority.write(&file);
    let secure = TlsServer::start(authority.certificate("news.example", GOOD), &["h2"], |asked| {
        let response = axum::http::Response::builder().header("ETag", "\"1\"");
        match asked.headers.get("if-none-match") {
            Some(_) => response.status(304).body(axum::body::Body::empty()).unwrap(),
            None => response.body(axum::body::Body::from(rss(&["a"]))).unwrap(),
        }
    })
    .await;
    let target = secure.at("news.example", "/feed");
    let plain = {
        let target = target.clone();
        Server::start(move |request, _| {
            Reply::redirect(if request.path == "/temporary" { 302 } else { 301 }, &target)
        })
        .await
    };
    let trusting = Limits { ca_file: Some(file), ..limits() };
    for (host, path, moved) in [
        ("news.example", "/feed", true),
        ("news.example", "/temporary", false),
        ("old.example", "/feed", false),
    ] {
        let declared = at(host, &plain, path);
        let bureau = Bureau::open_with(vec![feed_at("a", &declared)], Duration::ZERO, trusting.clone()).await;
        bureau.tick().await;
        let source = bureau.source().await;
        assert_eq!(
            source.state.moves.address.map(|address| address.to_string()),
            moved.then(|| target.clone()),
            "{host}{path}"
        );
        assert_eq!(source.spec.url, Some(declared.parse().unwrap()), "what is declared stays as written");
        let (before, secure_before) = (plain.requests().len(), secure.asked().len());
        bureau.next().await;
        assert_eq!(
            plain.requests().len() - before,
            usize::from(!moved),
            "{host}{path}: asked directly from then on"
        );
        let asked = &secure.asked()[secure_before..];
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].headers.get("if-none-match").unwrap(), "\"1\"", "validators came along");
    }
}

#[tokio::test]
async fn an_address_that_only_its_target_denies_is_not_dead() {
    let server = Server::start(|request, n| match (request.path.as_str(), n) {
        ("/feed", _) => Reply::redirect(301, "/new"),
        (_, 1) => good("\"1\"", &["a"]),
        _ => Reply::status(404, &[]),
    })
    .await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/feed"))]).await;
    bureau.tick().await;
    bureau.next().await;
    let state = bureau.state().await;
    assert_eq!((state.health, state.moves.address), (Health::Failing, None));
}

#[tokio::test]
async fn staff_agree_to_a_move_or_keep_the_declared_address() {
    let server = moved_site(301).await;
    let bureau = Bureau::open(vec![feed_at("a", at("old.example", &server, "/feed"))]).await;
    bureau.tick().await;
    let decide = async |agree: bool| {
        let source = bureau.source().await;
        let moves = &source.state.moves;
        let declared = source.spec.url.as_ref().unwrap();
        let decided = if agree { moves.accept(declared, bureau.clock.now()) } else { moves.keep_declared() };
        bureau.parts.store.set_moves(source.id, &decided, bureau.clock.now()).await.unwrap();
        bureau.tick().await;
        bureau.source().await
    };
    let agreed = decide(true).await;
    assert_eq!((agreed.health(), agreed.state.moves.accepted), (Health::Ok, true));
    assert_eq!(hosts_asked(&server).last().unwrap(), "new.example");
    let before = server.requests().len();
    let kept = decide(false).await;
    assert_eq!((kept.health(), kept.state.moves.address.as_ref()), (Health::Ok, None));
    assert_eq!(hosts_asked(&server)[before..], ["old.example", "new.example"]);
    daily(&bureau, 20).await;
    assert_eq!(bureau.state().await.moves.address, None, "they are not led there again");
}

#[tokio::test]
async fn a_file_that_names_the_new_address_ends_the_move_without_a_new_download() {
    let server = moved_site(301).await;
    let mut bureau = Bureau::open(vec![feed_at("a", at("old.example", &server, "/feed"))]).await;
    bureau.tick().await;
    daily(&bureau, 7).await;
    assert_eq!(bureau.source().await.health(), Health::Moved);
    bureau.specs = vec![feed_at("a", at("new.example", &server, "/feed"))];
    bureau.restart().await;
    let source = bureau.source().await;
    assert_eq!((source.health(), source.state.moves.clone()), (Health::Ok, Default::default()));
    daily(&bureau, 1).await;
    assert_eq!(server.requests().last().unwrap().text("if-none-match"), Some("\"new\""));
}

#[tokio::test]
async fn what_a_document_says_about_its_own_address_moves_nothing() {
    let body = rss_with("<atom:link rel='self' href='http://elsewhere.example/feed'/>", &["a"]);
    let server = Server::always(Reply::ok(&[], &body)).await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/feed"))]).await;
    daily(&bureau, 20).await;
    assert_eq!(bureau.state().await.moves, Default::default());
    assert!(server.requests().iter().all(|request| request.path == "/feed"));
}
