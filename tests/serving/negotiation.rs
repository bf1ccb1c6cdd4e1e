//! Which coding and which format a client gets (RFC 9110 §12.5).

use std::io::Read;

use vestnik::model::{Coding, Format};

use super::{Desk, header};

#[tokio::test]
async fn the_coding_is_the_one_that_the_client_wants_most() {
    let desk = Desk::open().await;
    let rendition = desk.shelf.rendition(Format::Atom).clone();
    let smallest = rendition.compressed.iter().min_by_key(|(_, bytes)| bytes.len()).unwrap().0;
    let cases = [
        (None, Some(Coding::Identity)),
        (Some(""), Some(Coding::Identity)),
        (Some("gzip"), Some(Coding::Gzip)),
        (Some("x-gzip"), Some(Coding::Gzip)),
        (Some("GZIP;Q=0.5"), Some(Coding::Gzip)),
        (Some("br"), Some(Coding::Brotli)),
        (Some("zstd"), Some(Coding::Zstd)),
        (Some("gzip, deflate, br, zstd"), Some(smallest)),
        (Some("*"), Some(smallest)),
        (Some("gzip;q=1.0, br;q=0.8, zstd;q=0"), Some(Coding::Gzip)),
        (Some("gzip;q=0.2, zstd;q=0.201"), Some(Coding::Zstd)),
        (Some("deflate, compress"), Some(Coding::Identity)),
        (Some("gzip;q=0"), Some(Coding::Identity)),
        (Some("gzip;q=0.5, identity"), Some(Coding::Identity)),
        (Some("br;q=0, *;q=0.1, gzip;q=0, zstd;q=0"), Some(Coding::Identity)),
        (Some("identity;q=0, gzip"), Some(Coding::Gzip)),
        (Some("*;q=0, gzip"), Some(Coding::Gzip)),
        (Some("gzip;q=high"), Some(Coding::Identity)),
        (Some("identity;q=0"), None),
        (Some("*;q=0"), None),
    ];
    for (accepted, expected) in cases {
        let headers: Vec<_> = accepted.map(|value| ("accept-encoding", value)).into_iter().collect();
        let answer = desk.get("/feeds/all.atom", &headers).await;
        let Some(coding) = expected else {
            assert_eq!(answer.status(), 406, "{accepted:?}");
            continue;
        };
        let token = if coding == Coding::Identity { "" } else { coding.token() };
        assert_eq!(header(answer.headers(), "content-encoding"), token, "{accepted:?}");
        assert_eq!(header(answer.headers(), "etag"), rendition.etag(coding), "{accepted:?}");
        assert_eq!(header(answer.headers(), "vary"), "accept-encoding");
        assert_eq!(answer.bytes().await.unwrap(), rendition.body(coding).unwrap(), "{accepted:?}");
    }
}

#[tokio::test]
async fn what_arrives_compressed_is_the_document() {
    let desk = Desk::open().await;
    let body = desk.get("/feeds/all.rss", &[("accept-encoding", "gzip")]).await.bytes().await.unwrap();
    let mut document = Vec::new();
    flate2::read::GzDecoder::new(body.as_ref()).read_to_end(&mut document).unwrap();
    assert_eq!(document, desk.shelf.rendition(Format::Rss).identity);
}

#[tokio::test]
async fn one_address_serves_people_and_readers() {
    let desk = Desk::open().await;
    let cases = [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::Html),
        ("*/*", Format::Html),
        ("application/rss+xml", Format::Rss),
        ("application/atom+xml, application/rss+xml;q=0.9", Format::Atom),
        ("application/feed+json", Format::Json),
        ("application/json", Format::Json),
    ];
    for (accept, format) in cases {
        let answer = desk.get("/feeds/all", &[("accept", accept)]).await;
        assert_eq!(header(answer.headers(), "content-type"), format.content_type(), "{accept}");
        assert_eq!(header(answer.headers(), "vary"), "accept, accept-encoding");
    }
    let etag = desk.shelf.rendition(Format::Rss).etag(Coding::Identity);
    let again = desk.get("/feeds/all", &[("accept", "application/rss+xml"), ("if-none-match", &etag)]).await;
    assert_eq!((again.status().as_u16(), header(again.headers(), "vary")), (304, "accept, accept-encoding"));
}

#[tokio::test]
async fn a_feed_opened_in_a_browser_is_shown_by_its_style() {
    const BROWSER: (&str, &str) =
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8");
    const OPENED: (&str, &str) = ("sec-fetch-dest", "document");
    let desk = Desk::open().await;
    for format in [Format::Atom, Format::Rss] {
        let path = format!("/feeds/all.{}", format.extension());
        let plain = desk.get(&path, &[]).await;
        let shown = desk.get(&path, &[BROWSER, OPENED]).await;
        let of = |name: &str| header(shown.headers(), name).to_owned();
        assert_eq!(of("content-type"), "application/xml; charset=utf-8", "{path}");
        assert_eq!(
            (of("vary").as_str(), of("cache-control").as_str()),
            ("accept-encoding, sec-fetch-dest", "private, max-age=300")
        );
        assert!(of("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(
            (of("x-content-type-options").as_str(), of("etag").as_str()),
            ("nosniff", header(plain.headers(), "etag"))
        );
        assert_eq!(shown.bytes().await.unwrap(), plain.bytes().await.unwrap());
        let etag = desk.shelf.rendition(format).etag(Coding::Identity);
        let again = desk.get(&path, &[BROWSER, OPENED, ("if-none-match", &etag)]).await;
        assert_eq!(
            (again.status().as_u16(), header(again.headers(), "cache-control")),
            (304, "private, max-age=300")
        );
        assert_eq!(header(again.headers(), "content-type"), "");
        // Readers, scripts, and readers inside of browsers get what they always got.
        let readers: [&[(&str, &str)]; 4] = [
            &[BROWSER],
            &[BROWSER, ("sec-fetch-dest", "empty")],
            &[OPENED],
            &[("accept", "application/atom+xml, application/rss+xml, text/html;q=0.5"), OPENED],
        ];
        for headers in readers {
            let read = desk.get(&path, headers).await;
            assert_eq!(header(read.headers(), "content-type"), format.content_type(), "{headers:?}");
            assert_eq!(header(read.headers(), "vary"), "accept-encoding", "{headers:?}");
        }
    }
    // What is no feed, or not there, is not dressed up.
    let missing = desk.get("/feeds/none.atom", &[BROWSER, OPENED]).await;
    assert_eq!(header(missing.headers(), "content-type"), "text/plain; charset=utf-8");
    let json = desk.get("/feeds/all.json", &[BROWSER, OPENED]).await;
    assert_eq!(header(json.headers(), "content-type"), Format::Json.content_type());
}
