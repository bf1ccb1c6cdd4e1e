//! Preconditions (RFC 9110 §13).

use reqwest::Method;
use vestnik::model::{Coding, Format};

use super::{Desk, header};

const FEED: &str = "/feeds/all.atom";
/// When the sample was made.
const MADE: &str = "Fri, 20 Jul 2018 09:00:00 GMT";
const BEFORE: &str = "Fri, 20 Jul 2018 08:59:59 GMT";
const AFTER: &str = "Sat, 21 Jul 2018 09:00:00 GMT";

#[tokio::test]
async fn preconditions_are_answered_as_the_standard_says() {
    let desk = Desk::open().await;
    let atom = desk.shelf.rendition(Format::Atom);
    let own = atom.etag(Coding::Identity);
    let brotli = atom.etag(Coding::Brotli);
    let weak = format!("W/{own}");
    let list = format!("\"x\", W/\"a,b\" , {own}");
    let foreign = "\"0123456789abcdef0123456789abcdef\"";
    let cases: Vec<(u16, Vec<(&str, &str)>)> = vec![
        (200, vec![]),
        // If-None-Match compares weakly, in lists, and in every coding.
        (304, vec![("if-none-match", &own)]),
        (304, vec![("if-none-match", &weak)]),
        (304, vec![("if-none-match", &list)]),
        (304, vec![("if-none-match", "*")]),
        (304, vec![("if-none-match", &brotli)]),
        (304, vec![("if-none-match", foreign), ("if-none-match", &own)]),
        (200, vec![("if-none-match", foreign)]),
        (200, vec![("if-none-match", "not a tag")]),
        (200, vec![("if-none-match", "")]),
        // If-Modified-Since, in the three forms of a date; what is no date does not count.
        (304, vec![("if-modified-since", MADE)]),
        (304, vec![("if-modified-since", AFTER)]),
        (200, vec![("if-modified-since", BEFORE)]),
        (304, vec![("if-modified-since", "Friday, 20-Jul-18 09:00:00 GMT")]),
        (304, vec![("if-modified-since", "Fri Jul 20 09:00:00 2018")]),
        (200, vec![("if-modified-since", "yesterday")]),
        // If-None-Match wins, both ways.
        (200, vec![("if-none-match", foreign), ("if-modified-since", AFTER)]),
        (304, vec![("if-none-match", &own), ("if-modified-since", BEFORE)]),
        // If-Match compares strongly and goes first.
        (200, vec![("if-match", &own)]),
        (200, vec![("if-match", "*")]),
        (412, vec![("if-match", &weak)]),
        (412, vec![("if-match", foreign)]),
        (412, vec![("if-match", foreign), ("if-none-match", &own)]),
        (304, vec![("if-match", &own), ("if-none-match", &own)]),
        // If-Unmodified-Since, unless there is If-Match.
        (200, vec![("if-unmodified-since", MADE)]),
        (412, vec![("if-unmodified-since", BEFORE)]),
        (200, vec![("if-unmodified-since", "yesterday")]),
        (200, vec![("if-match", &own), ("if-unmodified-since", BEFORE)]),
    ];
    for (expected, headers) in cases {
        for method in [Method::GET, Method::HEAD] {
            let answer = desk.ask(method.clone(), FEED, &headers).await;
            assert_eq!(answer.status(), expected, "{method} {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_304_carries_what_keeps_a_copy_fresh_and_no_body() {
    let desk = Desk::open().await;
    let own = desk.shelf.rendition(Format::Atom).etag(Coding::Identity);
    let answer = desk.get(FEED, &[("if-none-match", &own)]).await;
    let headers = answer.headers().clone();
    assert_eq!(header(&headers, "etag"), own);
    assert_eq!(header(&headers, "last-modified"), MADE);
    assert_eq!(header(&headers, "cache-control"), "public, max-age=300, stale-while-revalidate=600");
    assert_eq!(header(&headers, "vary"), "accept-encoding");
    assert_eq!(header(&headers, "access-control-allow-origin"), "*");
    assert_eq!(header(&headers, "content-type"), "");
    assert!(answer.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_304_names_the_copy_that_the_client_has() {
    let desk = Desk::open().await;
    let atom = desk.shelf.rendition(Format::Atom);
    let [gzip, brotli] = [Coding::Gzip, Coding::Brotli].map(|coding| atom.etag(coding));
    let cases = [
        ("br", gzip.clone(), &gzip),
        ("br", format!("{gzip}, {brotli}"), &brotli),
        ("br", format!("W/{brotli}"), &brotli),
    ];
    for (accepted, held, named) in cases {
        let answer = desk.get(FEED, &[("accept-encoding", accepted), ("if-none-match", &held)]).await;
        assert_eq!(
            (answer.status().as_u16(), header(answer.headers(), "etag")),
            (304, named.as_str()),
            "{held}"
        );
    }
}
