//! What comes in: statuses, times, and bodies that are not what they should be.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vestnik::{
    fetch::Limits,
    model::{FetchError, FetchOutcome, Validators},
};

use super::{document, failure, fetch, fetch_with, fetcher, gzipped, limits, now};
use crate::support::server::{BlackHole, Reply, Server};

async fn fetch_from(reply: Reply) -> FetchOutcome {
    let server = Server::always(reply).await;
    fetch(&server.url("/feed")).await
}

#[tokio::test]
async fn a_document_comes_with_all_that_was_said_about_it() {
    let body = gzipped("<rss>Новини</rss>".as_bytes());
    let headers: [(&str, &[u8]); 7] = [
        ("Content-Type", b"application/rss+xml; charset=windows-1251"),
        ("Content-Language", b"bg"),
        ("Content-Encoding", b"gzip"),
        ("ETag", b"W/\"7\""),
        ("Last-Modified", b"Tue, 03 Mar 2026 10:30:00 GMT"),
        ("Cache-Control", b"max-age=900"),
        ("Age", b"300"),
    ];
    let document = document(fetch_from(Reply::ok(&headers, &body)).await);
    assert_eq!(document.body, "<rss>Новини</rss>");
    assert_eq!(document.content_type.as_deref(), Some("application/rss+xml; charset=windows-1251"));
    assert_eq!(document.content_language.as_deref(), Some("bg"));
    assert_eq!(document.validators.etag.as_deref(), Some(&b"W/\"7\""[..]));
    assert_eq!(document.validators.last_modified.as_deref(), Some(&b"Tue, 03 Mar 2026 10:30:00 GMT"[..]));
    assert_eq!(document.freshness.fresh_for, Some(Duration::from_secs(600)));
    assert_eq!(document.wire_bytes, body.len() as u64);
    assert_eq!(document.moved_to, None);
}

#[tokio::test]
async fn statuses_become_outcomes() {
    assert!(matches!(fetch_from(Reply::status(410, &[])).await, FetchOutcome::Gone));
    for status in [400, 401, 403, 404, 500, 502, 504, 204, 206, 300, 305] {
        let error = failure(fetch_from(Reply::status(status, &[])).await);
        assert_eq!(error, FetchError::Status { status });
    }
}

#[tokio::test]
async fn retry_after_is_heard_in_both_forms() {
    for (value, seconds) in [(&b"120"[..], 120), (b"Wed, 04 Mar 2026 11:30:00 GMT", 3600)] {
        let limited = fetch_from(Reply::status(429, &[("Retry-After", value)])).await;
        let wait = Duration::from_secs(seconds);
        assert!(matches!(limited, FetchOutcome::RateLimited { retry_after } if retry_after == Some(wait)));
        let unavailable = fetch_from(Reply::status(503, &[("Retry-After", value)])).await;
        assert!(
            matches!(unavailable, FetchOutcome::Unavailable { retry_after } if retry_after == Some(wait))
        );
        assert_eq!(unavailable.not_before(now()), Some(now() + wait));
    }
    let silent = fetch_from(Reply::status(429, &[])).await;
    assert!(matches!(silent, FetchOutcome::RateLimited { retry_after: None }));
}

#[tokio::test]
async fn a_304_says_how_long_it_is_good_for() {
    let server = Server::always(Reply::status(304, &[("Cache-Control", b"max-age=1800")])).await;
    let stored = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
    match fetch_with(&fetcher(limits()), &server.url("/"), &stored).await {
        FetchOutcome::NotModified { freshness, .. } => {
            assert_eq!(freshness.fresh_for, Some(Duration::from_secs(1800)));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_body_that_ends_too_early_is_broken() {
    let xml = b"<rss><channel><item/></channel></rss>";
    let gz = gzipped(&xml.repeat(50));
    let half = &gz[..gz.len() / 2];
    let length = half.len().to_string();
    let gz_headers: [(&str, &[u8]); 2] =
        [("Content-Encoding", b"gzip"), ("Content-Length", length.as_bytes())];
    for reply in [
        Reply::head(200, &[("Content-Length", b"1000")]).then(xml).close(),
        Reply::head(200, &[("Transfer-Encoding", b"chunked")])
            .then(b"25\r\n")
            .then(xml)
            .then(b"\r\n")
            .close(),
        Reply::head(200, &[("Transfer-Encoding", b"chunked")]).then(b"ff\r\n").then(xml).close(),
        Reply::head(200, &[("Transfer-Encoding", b"chunked")]).then(b"zz\r\n").then(xml).close(),
        Reply::head(200, &gz_headers).then(half),
        Reply::head(200, &[("Content-Encoding", b"gzip"), ("Connection", b"close")]).then(half).close(),
    ] {
        let shown = format!("{reply:?}");
        let error = failure(fetch_from(reply).await);
        assert!(matches!(error, FetchError::Broken { .. }), "{error} from {shown}");
    }
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_the_connection() {
    let reply = Reply::head(200, &[("Connection", b"close")]).then(b"<rss/>").close();
    assert_eq!(document(fetch_from(reply).await).body, "<rss/>");
}

#[tokio::test]
async fn a_coding_that_is_not_what_it_says_is_broken() {
    for coding in [&b"gzip"[..], b"br", b"zstd", b"deflate", b"exotic"] {
        let reply = Reply::ok(&[("Content-Encoding", coding)], b"<rss version=\"2.0\"></rss>");
        let error = failure(fetch_from(reply).await);
        assert!(matches!(error, FetchError::Broken { .. }), "{error}");
    }
}

#[tokio::test]
async fn what_is_larger_than_the_cap_is_stopped() {
    let too_large = FetchError::TooLarge { limit: 64 * 1024 };
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let endless = Reply::head(200, &[("Transfer-Encoding", b"chunked")]);
    for reply in [
        Reply::head(200, &[("Content-Length", b"10000000000")]).hang(),
        Reply::ok(&[], &vec![b'x'; 64 * 1024 + 1]),
        Reply::ok(&[("Content-Encoding", b"gzip")], &gzipped(&vec![b' '; 5_000_000])),
        endless.repeat(chunk.as_bytes(), Duration::ZERO),
        Reply::head(200, &[]).repeat(&[b'x'; 4096], Duration::ZERO),
    ] {
        assert_eq!(failure(fetch_from(reply).await), too_large);
    }
    let exact = vec![b'x'; 64 * 1024];
    assert_eq!(document(fetch_from(Reply::ok(&[], &exact)).await).body, exact);
}

/// Ten gigabytes of blanks as blocks that say one byte and how often (RFC 8878 §3.1.1.2.2).
pub(crate) fn ten_gigabytes() -> Vec<u8> {
    const BLOCK: u32 = 128 * 1024;
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3];
    for left in (0..10_000_000_000_u64 / u64::from(BLOCK)).rev() {
        let head = BLOCK << 3 | 1 << 1 | u32::from(left == 0);
        frame.extend([&head.to_le_bytes()[..3], b" "].concat());
    }
    frame
}

#[tokio::test]
async fn a_document_that_grows_to_ten_gigabytes_is_stopped_at_the_cap() {
    let usual = Limits { body_limit: Limits::default().body_limit, ..limits() };
    let too_large = FetchError::TooLarge { limit: usual.body_limit };
    let sixteen = gzipped(&vec![b' '; 16 << 20]);
    for (coding, bomb) in [(&b"zstd"[..], ten_gigabytes()), (b"gzip", sixteen.repeat(600))] {
        assert!((bomb.len() as u64) < 11_000_000, "{}", bomb.len());
        let server = Server::always(Reply::ok(&[("Content-Encoding", coding)], &bomb)).await;
        let outcome = fetch_with(&fetcher(usual.clone()), &server.url("/"), &Validators::default()).await;
        assert_eq!(failure(outcome), too_large);
    }
}

#[tokio::test]
async fn a_head_without_an_end_is_not_read_for_ever() {
    let hasty =
        Limits { idle_timeout: Duration::from_secs(1), connect_timeout: Duration::from_secs(1), ..limits() };
    for beginning in ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX-A: ", ""] {
        let more = if beginning.is_empty() { "HTTP/1.1 100 Continue\r\n\r\n" } else { "X-A: bbbbbbbb\r\n" };
        let server =
            Server::always(Reply::raw(beginning.as_bytes()).repeat(more.as_bytes(), Duration::ZERO)).await;
        let error =
            failure(fetch_with(&fetcher(hasty.clone()), &server.url("/"), &Validators::default()).await);
        assert!(
            matches!(error, FetchError::Broken { .. } | FetchError::Timeout { .. }),
            "{beginning:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_host_that_neither_takes_nor_refuses_a_connection_is_given_up_in_time() {
    let hole = BlackHole::at("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let after = Duration::from_millis(50);
    let hasty = Limits { connect_timeout: after, ..limits() };
    let outcome =
        fetch_with(&fetcher(hasty), &format!("http://{}/", hole.address), &Validators::default()).await;
    assert_eq!(failure(outcome), FetchError::Timeout { after });
}

#[test]
fn the_limits_of_every_fetch_are_those_of_the_settings() {
    let settings = vestnik::config::Settings::load(None, std::iter::empty()).unwrap();
    let limits = vestnik::app::limits(&settings);
    assert_eq!(limits, Limits::default());
    assert_eq!(
        [limits.connect_timeout, limits.idle_timeout, limits.total_timeout].map(|time| time.as_secs()),
        [10, 15, 60]
    );
    assert_eq!((limits.body_limit, limits.max_redirects), (10 << 20, 5));
    assert_eq!((settings.collect.host_gap.as_secs(), settings.collect.concurrency), (1, 64));
}

#[tokio::test]
async fn deadlines_hold_whatever_the_server_does() {
    let ms = Duration::from_millis;
    let hasty = Limits { connect_timeout: ms(10), idle_timeout: ms(60), total_timeout: ms(150), ..limits() };
    let drip = Reply::head(200, &[("Content-Length", b"1000")]).repeat(b"x", ms(15));
    let head_drip = Reply::raw(b"HTTP/1.1 200 OK\r\n").repeat(b"X-A: b\r\n", ms(15));
    for (reply, after) in [
        (Reply::raw(b"").hang(), ms(70)),
        (Reply::head(200, &[("Content-Length", b"10")]).then(b"x").hang(), ms(60)),
        (drip, ms(150)),
        (head_drip, ms(70)),
    ] {
        let server = Server::always(reply).await;
        let outcome = fetch_with(&fetcher(hasty.clone()), &server.url("/"), &Validators::default()).await;
        assert_eq!(failure(outcome), FetchError::Timeout { after });
    }
}

#[tokio::test]
async fn a_closed_port_is_a_connection_failure() {
    let server = Server::always(Reply::status(200, &[])).await;
    let url = server.url("/");
    drop(server);
    // The listener goes with its task, which the runtime drops at its next turn.
    let error = loop {
        match fetch(&url).await {
            FetchOutcome::Failed(error) => break error,
            _ => tokio::task::yield_now().await,
        }
    };
    assert!(matches!(error, FetchError::Connect { .. }), "{error:?}");
}

#[tokio::test]
async fn a_failed_handshake_is_a_tls_failure_and_never_retried_in_the_clear() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        (heard, listener)
    });
    let error = failure(fetch(&format!("https://127.0.0.1:{port}/feed")).await);
    assert!(matches!(error, FetchError::Tls { .. }), "{error:?}");
    let (heard, listener) = heard.await.unwrap();
    assert_eq!(heard.first(), Some(&0x16), "a handshake and nothing in the clear");
    let again = listener.accept();
    tokio::pin!(again);
    assert!(futures_util::poll!(again).is_pending());
}
