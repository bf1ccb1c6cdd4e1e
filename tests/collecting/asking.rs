//! What goes out: validators, headers, connections.

use vestnik::{
    fetch::{Accept, FetchRequest},
    model::{FetchOutcome, Validators},
};

use super::{document, fetch, fetch_with, fetcher, limits};
use crate::support::server::{Reply, Request, Server};

/// Fetches twice: what the first answer brought is the condition of the second. Gives the second request.
async fn second_request(etag: Option<&[u8]>, last_modified: Option<&[u8]>) -> Request {
    let mut headers: Vec<(&str, &[u8])> = Vec::new();
    headers.extend(etag.map(|value| ("ETag", value)));
    headers.extend(last_modified.map(|value| ("Last-Modified", value)));
    let server = Server::always(Reply::ok(&headers, b"<rss/>")).await;
    let fetcher = fetcher(limits());
    let first = document(fetch_with(&fetcher, &server.url("/feed"), &Validators::default()).await);
    fetch_with(&fetcher, &server.url("/feed"), &first.validators).await;
    server.requests().remove(1)
}

#[tokio::test]
async fn validators_are_sent_back_byte_for_byte() {
    for etag in [
        &b"\"abc\""[..],
        b"W/\"abc\"",
        b"unquoted-and-wrong",
        b"\"with \\\"quotes\\\" inside\"",
        b"\"abc-gzip\"",
        b"\"\xd1\x84\xe9\"",
        b"\"a\", \"b\"",
        b"\"\"",
    ] {
        let request = second_request(Some(etag), None).await;
        assert_eq!(request.header("if-none-match"), Some(etag));
        assert_eq!(request.header("if-modified-since"), None);
    }
    for date in
        [&b"Wed, 04 Mar 2026 10:30:00 GMT"[..], b"2026-03-04 10:30", b"Wed, 04 Mar 2026 10:30:00 +0200"]
    {
        let request = second_request(None, Some(date)).await;
        assert_eq!(request.header("if-modified-since"), Some(date));
        assert_eq!(request.header("if-none-match"), None);
    }
    let request = second_request(Some(b"\"x\""), Some(b"yesterday")).await;
    assert_eq!(request.header("if-none-match"), Some(&b"\"x\""[..]));
    assert_eq!(request.header("if-modified-since"), Some(&b"yesterday"[..]));
}

#[tokio::test]
async fn without_validators_nothing_conditional_is_invented() {
    let request = second_request(None, None).await;
    assert!(request.headers.iter().all(|(name, _)| !name.starts_with("if-")), "{request:?}");
}

#[tokio::test]
async fn we_say_who_we_are_and_nothing_else() {
    let reply = Reply::ok(&[("Set-Cookie", b"visitor=1; Path=/"), ("ETag", b"\"1\"")], b"<rss/>");
    let server = Server::always(reply).await;
    let fetcher = fetcher(limits());
    for _ in 0..2 {
        document(fetch_with(&fetcher, &server.url("/feed?a=%D1%84&b"), &Validators::default()).await);
    }
    for request in server.requests() {
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/feed?a=%D1%84&b"));
        let expected = format!("Vestnik/{} (+desk@partner.example)", env!("CARGO_PKG_VERSION"));
        assert_eq!(request.text("user-agent"), Some(expected.as_str()));
        assert_eq!(request.text("accept-encoding"), Some("gzip, br, zstd"));
        assert!(request.text("accept").unwrap().starts_with("application/atom+xml"));
        let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
    }
}

#[tokio::test]
async fn a_source_may_have_a_user_agent_of_its_own() {
    let server = Server::always(Reply::ok(&[], b"<rss/>")).await;
    let url = server.url("/").parse().unwrap();
    for (own, sent) in [("Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"), ("bad\r\nX: y", "Vestnik/")] {
        let validators = Validators::default();
        let request =
            FetchRequest { url: &url, validators: &validators, accept: Accept::Feed, user_agent: Some(own) };
        fetcher(limits()).fetch(&request).await;
        let asked = server.requests().pop().unwrap();
        assert!(asked.text("user-agent").unwrap().starts_with(sent), "{asked:?}");
        assert_eq!(asked.header("x"), None);
    }
}

#[tokio::test]
async fn credentials_in_the_address_become_a_header() {
    let server = Server::always(Reply::ok(&[], b"<rss/>")).await;
    let url = format!("http://desk:p%40ss@127.0.0.1:{}/feed", server.port());
    let document = document(fetch(&url).await);
    assert_eq!(server.requests()[0].text("authorization"), Some("Basic ZGVzazpwQHNz"));
    assert!(!document.url.to_string().contains("ss@"));
}

#[tokio::test]
async fn a_304_keeps_what_is_stored_and_replaces_what_it_carries() {
    let stored = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: Some(b"then".to_vec()) };
    for (headers, expected) in [
        (vec![], Validators::default()),
        (vec![("ETag", &b"\"2\""[..])], Validators { etag: Some(b"\"2\"".to_vec()), last_modified: None }),
    ] {
        let server = Server::always(Reply::status(304, &headers)).await;
        match fetch_with(&fetcher(limits()), &server.url("/"), &stored).await {
            FetchOutcome::NotModified { validators, .. } => assert_eq!(validators, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_a_fault() {
    let server = Server::always(Reply::status(304, &[])).await;
    let outcome = fetch(&server.url("/")).await;
    assert!(matches!(outcome, FetchOutcome::Failed(vestnik::model::FetchError::Status { status: 304 })));
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = Server::always(Reply::status(304, &[])).await;
    let fetcher = fetcher(limits());
    let stored = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
    for _ in 0..5 {
        fetch_with(&fetcher, &server.url("/"), &stored).await;
    }
    assert_eq!((server.requests().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_costs_no_failure() {
    let ok = Reply::ok(&[], b"<rss/>");
    let server = Server::script(vec![ok.clone(), Reply::raw(b"").close(), ok]).await;
    let fetcher = fetcher(limits());
    for _ in 0..2 {
        document(fetch_with(&fetcher, &server.url("/"), &Validators::default()).await);
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_that_always_hangs_up_is_asked_twice_at_most() {
    let server = Server::always(Reply::raw(b"").close()).await;
    super::failure(fetch(&server.url("/")).await);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn who_answers_what_makes_no_sense_is_not_asked_again() {
    for answer in ["HTTP/1.1 what?\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail.example ready\r\n"] {
        let server = Server::always(Reply::raw(answer.as_bytes()).close()).await;
        super::failure(fetch(&server.url("/")).await);
        assert_eq!(server.requests().len(), 1, "{answer:?}");
    }
}
