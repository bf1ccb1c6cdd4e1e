//! Where we let ourselves be sent, and where not.

use vestnik::model::{FetchError, FetchOutcome};

use super::{document, failure, fetch, fetcher, limits};
use crate::support::server::{Reply, Server};

/// Follows `/0` → `/1` … by these statuses to a document.
async fn walk(statuses: &'static [u16]) -> (FetchOutcome, Server) {
    let server = Server::start(move |request, _| {
        let at: usize = request.path.trim_start_matches('/').parse().unwrap();
        match statuses.get(at) {
            Some(status) => Reply::redirect(*status, &format!("/{}", at + 1)),
            None => Reply::ok(&[], b"<rss/>"),
        }
    })
    .await;
    (fetch(&server.url("/0")).await, server)
}

#[tokio::test]
async fn permanent_redirects_name_the_new_address_and_others_do_not() {
    for (statuses, moved) in [
        (&[301][..], true),
        (&[308], true),
        (&[301, 308, 301], true),
        (&[302], false),
        (&[303], false),
        (&[307], false),
        (&[301, 302], false),
        (&[307, 308], false),
        (&[], false),
    ] {
        let (outcome, server) = walk(statuses).await;
        let document = document(outcome);
        let last = server.url(&format!("/{}", statuses.len()));
        assert_eq!(document.url.to_string(), last, "{statuses:?}");
        assert_eq!(document.moved_to.map(|url| url.to_string()), moved.then_some(last), "{statuses:?}");
    }
}

#[tokio::test]
async fn no_referer_and_no_cookie_travel_along() {
    let server = Server::script(vec![
        Reply::status(302, &[("Location", b"/1"), ("Set-Cookie", b"a=b")]),
        Reply::ok(&[], b"<rss/>"),
    ])
    .await;
    document(fetch(&server.url("/0")).await);
    let second = &server.requests()[1];
    assert_eq!((second.header("referer"), second.header("cookie")), (None, None));
}

#[tokio::test]
async fn five_redirects_are_followed_and_six_are_not() {
    document(walk(&[302; 5]).await.0);
    let (outcome, server) = walk(&[302; 6]).await;
    assert!(matches!(failure(outcome), FetchError::Redirect { .. }));
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn a_loop_ends_at_the_first_repeat() {
    let server = Server::always(Reply::redirect(301, "/feed")).await;
    assert!(matches!(failure(fetch(&server.url("/feed")).await), FetchError::Redirect { .. }));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn redirects_to_what_is_no_web_address_are_refused() {
    for location in ["file:///etc/passwd", "gopher://127.0.0.1/", "data:text/xml,<rss/>", "http://"] {
        let server = Server::always(Reply::redirect(302, location)).await;
        let error = failure(fetch(&server.url("/")).await);
        assert!(matches!(error, FetchError::Redirect { .. }), "{location}: {error}");
    }
    let server = Server::always(Reply::status(302, &[])).await;
    assert!(matches!(failure(fetch(&server.url("/")).await), FetchError::Redirect { .. }));
}

#[tokio::test]
async fn redirects_to_private_addresses_are_refused_before_anything_is_sent() {
    let inner = Server::always(Reply::ok(&[], b"secret")).await;
    let port = inner.port();
    for location in [
        format!("http://127.0.0.2:{port}/"),
        format!("http://2130706434:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.2]:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        "http://10.0.0.1/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        let server = Server::always(Reply::redirect(301, &location)).await;
        let error = failure(fetch(&server.url("/")).await);
        assert!(matches!(error, FetchError::Refused { .. }), "{location}: {error}");
    }
    assert_eq!(inner.connections(), 0);
}

#[tokio::test]
async fn names_that_resolve_to_private_addresses_are_refused() {
    let server = Server::always(Reply::ok(&[], b"secret")).await;
    let closed = fetcher(vestnik::fetch::Limits { allow_networks: Vec::new(), ..limits() });
    for url in [format!("http://localhost:{}/", server.port()), server.url("/")] {
        let error = failure(super::fetch_with(&closed, &url, &Default::default()).await);
        assert!(matches!(error, FetchError::Refused { .. }), "{url}: {error}");
    }
    assert_eq!(server.connections(), 0);
    document(fetch(&format!("http://localhost:{}/", server.port())).await);
}
