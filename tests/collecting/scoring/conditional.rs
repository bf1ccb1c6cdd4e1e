//! 1. Conditional requests, always and verbatim.

use super::{super::gzipped, *};
use vestnik::model::Health;

/// Whatever came, the next request carries the validators of what is stored.
#[tokio::test]
async fn after_the_first_request_none_is_unconditional_whatever_happens() {
    let reply = |etag: &str, body: &[u8]| Reply::ok(&[("ETag", etag.as_bytes())], body);
    let cut = Reply::head(200, &[("ETag", b"\"cut\""), ("Content-Length", b"9999")]).then(b"<rss").close();
    let coded = |body: &[u8]| Reply::ok(&[("ETag", b"\"coded\""), ("Content-Encoding", b"gzip")], body);
    let whole = gzipped(&rss(&["c", "d"]));
    let (cut_gzip, bomb) = (coded(&whole[..whole.len() / 2]), coded(&gzipped(&vec![b' '; 5_000_000])));
    let endless = Reply::head(200, &[("ETag", b"\"endless\"")]).repeat(&[b' '; 4096], Duration::ZERO);
    let script: Vec<(Reply, &str)> = vec![
        (reply("W/\"1\"", &rss(&["a"])), "W/\"1\""),
        (Reply::status(304, &[]), "W/\"1\""),
        (Reply::status(500, &[("ETag", b"\"error\"")]), "W/\"1\""),
        (cut, "W/\"1\""),
        (reply("\"page\"", b"<!DOCTYPE html><html><title>Maintenance</title></html>"), "W/\"1\""),
        (Reply::status(503, &[("Retry-After", b"60")]), "W/\"1\""),
        (reply("same-bytes-other-tag", &rss(&["a"])), "same-bytes-other-tag"),
        (Reply::ok(&[], &rss(&["a"])), "same-bytes-other-tag"),
        (Reply::status(304, &[("ETag", b"\"3\"")]), "\"3\""),
        (Reply::status(404, &[]), "\"3\""),
        (reply("\"4\"", &rss(&["a", "b"])), "\"4\""),
        (Reply::status(410, &[]), "\"4\""),
        (cut_gzip, "\"4\""),
        (bomb, "\"4\""),
        (endless, "\"4\""),
        (Reply::redirect(301, "/feed"), "\"4\""),
        (Reply::redirect(301, "http://127.0.0.2:1/"), "\"4\""),
        (Reply::raw(b"HTTP/1.1 what?\r\n\r\n").close(), "\"4\""),
        (Reply::status(429, &[]), "\"4\""),
        (reply("\"5\"", &rss(&["c"])), "\"5\""),
    ];
    let replies: Vec<Reply> = script.iter().map(|(reply, _)| reply.clone()).collect();
    let server = Server::script(replies).await;
    let mut bureau = Bureau::open(vec![feed_at("a", server.url("/feed"))]).await;
    bureau.tick().await;
    for number in 1..script.len() {
        // Every second time after a restart.
        if number % 2 == 0 {
            bureau.restart().await;
        }
        bureau.next().await;
        let requests = server.requests();
        assert_eq!(requests.len(), number + 1);
        assert_eq!(requests[0].header("if-none-match"), None);
        let expected = script[number - 1].1;
        assert_eq!(requests[number].text("if-none-match"), Some(expected), "after answer {number}");
    }
}

#[tokio::test]
async fn validators_survive_a_restart_byte_for_byte() {
    let (etag, modified) = (&b"W/\"\xe9\xff \\\"odd\\\" \""[..], &b"yesterday, about \xe9leven"[..]);
    let server =
        Server::always(Reply::ok(&[("ETag", etag), ("Last-Modified", modified)], &rss(&["a"]))).await;
    let mut bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    bureau.tick().await;
    bureau.restart().await;
    bureau.next().await;
    let second = &server.requests()[1];
    assert_eq!(second.header("if-none-match"), Some(etag));
    assert_eq!(second.header("if-modified-since"), Some(modified));
}

#[tokio::test]
async fn a_server_without_validators_is_not_told_any_and_its_bytes_are_read_once() {
    let server = Server::always(Reply::ok(&[], &rss(&["a"]))).await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    for _ in 0..3 {
        bureau.next().await;
    }
    assert!(server.requests().iter().all(|request| request.header("if-none-match").is_none()));
    let outcomes: Vec<String> = history(&bureau).await;
    assert_eq!(outcomes, ["unchanged", "unchanged", "read"]);
}

#[tokio::test]
async fn nothing_of_a_truncated_document_is_stored() {
    let whole = rss(&["a", "b"]);
    let length = whole.len().to_string();
    let cut = Reply::head(200, &[("ETag", b"\"cut\""), ("Content-Length", length.as_bytes())])
        .then(&whole[..whole.len() - 20])
        .close();
    let server = Server::script(vec![cut, good("\"whole\"", &["a", "b"])]).await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    bureau.tick().await;
    let state = bureau.state().await;
    assert_eq!((state.health, state.validators.is_empty(), state.body_hash), (Health::Failing, true, None));
    assert_eq!(bureau.parts.store.count_published().await.unwrap(), 0);
    bureau.next().await;
    assert_eq!(bureau.parts.store.count_published().await.unwrap(), 2);
}

pub(super) async fn history(bureau: &Bureau) -> Vec<String> {
    let fetches = bureau.parts.store.fetches(bureau.source().await.id, 100).await.unwrap();
    fetches.into_iter().map(|fetch| fetch.outcome).collect()
}
