//! Feeds that are ready go past the routes, and nobody can tell.

use std::sync::Arc;

use reqwest::{Method, header::HeaderMap};
use vestnik::{
    model::{Coding, Format},
    web::{Consumers, Newsroom},
};

use super::{Desk, Shelf};

/// Method, path, headers.
type Case<'a> = (Method, &'a str, &'a [(&'a str, &'a str)]);

/// Status, headers but the date, and body.
async fn answer(
    desk: &Desk,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, HeaderMap, Vec<u8>) {
    let response = desk.ask(method, path, headers).await;
    let (status, mut headers) = (response.status().as_u16(), response.headers().clone());
    headers.remove("date");
    (status, headers, response.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn both_ways_give_the_same_answers() {
    let slow = Desk::open().await;
    let mut shelf = Shelf::stocked();
    shelf.is_quick = true;
    shelf.consumers = Some(Arc::new(Consumers::default()));
    assert!(shelf.ready("/feeds/all.atom").is_some());
    let quick = Desk::open_with(shelf, Shelf::options()).await;
    let etag = slow.shelf.rendition(Format::Atom).etag(Coding::Gzip);
    let browser = [("accept", "text/html,*/*;q=0.8"), ("sec-fetch-dest", "document")];
    let cases: &[Case] = &[
        (Method::GET, "/feeds/all.atom", &[]),
        (Method::GET, "/feeds/all.rss", &[("accept-encoding", "gzip, br")]),
        (Method::GET, "/feeds/all.atom", &[("accept-encoding", "gzip"), ("if-none-match", &etag)]),
        (Method::GET, "/feeds/all.atom", &[("if-match", "\"other\"")]),
        (Method::GET, "/feeds/all.json", &[("accept-encoding", "identity;q=0")]),
        (Method::HEAD, "/feeds/all.atom", &[]),
        (Method::GET, "/feeds/all.atom?limit=1", &[]),
        (Method::GET, "/feeds/all", &[("accept", "application/atom+xml")]),
        (Method::GET, "/feeds/all.html", &[]),
        (Method::GET, "/feeds/none.atom", &[]),
        (Method::GET, "/feeds/all.atom", &browser),
        (Method::POST, "/feeds/all.atom", &[]),
        (Method::OPTIONS, "/feeds/all.atom", &[]),
    ];
    for (method, path, headers) in cases {
        let expected = answer(&slow, method.clone(), path, headers).await;
        assert_eq!(
            answer(&quick, method.clone(), path, headers).await,
            expected,
            "{method} {path} {headers:?}"
        );
    }
    let asked = quick.shelf.asked.load(std::sync::atomic::Ordering::Relaxed);
    assert!(asked < slow.shelf.asked.load(std::sync::atomic::Ordering::Relaxed), "some go past the routes");
}
