//! robots.txt, for pages.

use vestnik::{
    fetch::{Accept, FetchRequest, Fetcher},
    model::{FetchError, FetchOutcome, Validators},
};

use super::{document, failure, fetch, fetcher, limits};
use crate::support::server::{Reply, Server};

async fn page(fetcher: &Fetcher, url: &str) -> FetchOutcome {
    let (url, validators) = (url.parse().unwrap(), Validators::default());
    let request = FetchRequest { url: &url, validators: &validators, accept: Accept::Page, user_agent: None };
    fetcher.fetch(&request).await
}

async fn server(robots: Reply) -> Server {
    Server::start(move |request, _| match request.path.as_str() {
        "/robots.txt" => robots.clone(),
        "/moved-robots" => Reply::ok(&[], b"User-agent: *\nDisallow: /"),
        "/redirect" => Reply::redirect(302, "/private/x"),
        _ => Reply::ok(&[], b"<html></html>"),
    })
    .await
}

fn paths(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|request| request.path).collect()
}

#[tokio::test]
async fn pages_obey_robots_txt_and_feeds_do_not_ask() {
    let server = server(Reply::ok(&[], b"User-agent: vestnik\nDisallow: /private")).await;
    let fetcher = fetcher(limits());
    document(page(&fetcher, &server.url("/news?x=1")).await);
    let error = failure(page(&fetcher, &server.url("/private/x")).await);
    assert_eq!(error, FetchError::Robots { host: "127.0.0.1".to_owned() });
    assert_eq!(paths(&server), ["/robots.txt", "/news?x=1"]);
    document(fetch(&server.url("/private/x")).await);
    assert_eq!(paths(&server).len(), 3);
}

#[tokio::test]
async fn every_hop_is_asked_about() {
    let server = server(Reply::ok(&[], b"User-agent: *\nDisallow: /private")).await;
    let error = failure(page(&fetcher(limits()), &server.url("/redirect")).await);
    assert!(matches!(error, FetchError::Robots { .. }));
    assert_eq!(paths(&server), ["/robots.txt", "/redirect"]);
}

#[tokio::test]
async fn a_missing_file_allows_all_and_a_server_in_trouble_nothing() {
    for (reply, allowed) in [
        (Reply::status(404, &[]), true),
        (Reply::status(403, &[]), true),
        (Reply::status(500, &[]), false),
        (Reply::status(503, &[]), false),
        (Reply::redirect(301, "/moved-robots"), false),
        (Reply::redirect(301, "/robots.txt"), true),
    ] {
        let server = server(reply).await;
        let outcome = page(&fetcher(limits()), &server.url("/news")).await;
        assert_eq!(matches!(outcome, FetchOutcome::Modified(_)), allowed, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_too_long_counts_as_far_as_it_is_read() {
    let mut file = b"User-agent: *\nDisallow: /private\n".to_vec();
    file.extend_from_slice(&b"# filler\n".repeat(60_000));
    file.extend_from_slice(b"Disallow: /late\n");
    let server = server(Reply::ok(&[], &file)).await;
    let fetcher = fetcher(limits());
    failure(page(&fetcher, &server.url("/private")).await);
    document(page(&fetcher, &server.url("/late")).await);
}
