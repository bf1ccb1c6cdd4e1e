//! Every route, every header that matters, every kind of refusal.

use std::sync::atomic::Ordering;

use reqwest::Method;
use vestnik::{
    publish::page_css_version,
    web::{Readiness, WebOptions},
};

use super::{Desk, Shelf, header};

#[tokio::test]
async fn every_document_has_its_type_and_its_length() {
    let desk = Desk::open().await;
    let cases = [
        ("/", "text/html; charset=utf-8"),
        ("/feeds/all", "text/html; charset=utf-8"),
        ("/feeds/all.html", "text/html; charset=utf-8"),
        ("/feeds/all.rss", "application/rss+xml; charset=utf-8"),
        ("/feeds/all.atom", "application/atom+xml; charset=utf-8"),
        ("/feeds/all.json", "application/feed+json; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/posts/sreshti-v-italia", "text/html; charset=utf-8"),
        ("/sources", "text/html; charset=utf-8"),
        ("/assets/vestnik.css", "text/css; charset=utf-8"),
        ("/assets/feed.css", "text/css; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
        ("/healthz", "text/plain; charset=utf-8"),
        ("/readyz", "text/plain; charset=utf-8"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
    ];
    for (path, content_type) in cases {
        let full = desk.get(path, &[]).await;
        assert_eq!(
            (full.status().as_u16(), header(full.headers(), "content-type")),
            (200, content_type),
            "{path}"
        );
        assert_eq!(header(full.headers(), "x-content-type-options"), "nosniff", "{path}");
        let length = header(full.headers(), "content-length").to_owned();
        let head = desk.ask(Method::HEAD, path, &[]).await;
        assert_eq!(
            (head.status().as_u16(), header(head.headers(), "content-length")),
            (200, length.as_str()),
            "{path}"
        );
        assert_eq!(header(head.headers(), "etag"), header(full.headers(), "etag"), "{path}");
        assert!(head.bytes().await.unwrap().is_empty(), "{path}");
        assert_eq!(full.bytes().await.unwrap().len().to_string(), length, "{path}");
    }
}

#[tokio::test]
async fn a_feed_is_for_every_site_and_a_page_is_for_people() {
    let desk = Desk::open().await;
    for path in ["/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds.opml"] {
        let answer = desk.get(path, &[("origin", "https://other.example")]).await;
        assert_eq!(header(answer.headers(), "access-control-allow-origin"), "*", "{path}");
        assert_eq!(
            header(answer.headers(), "cache-control"),
            "public, max-age=300, stale-while-revalidate=600"
        );
        assert_eq!(header(answer.headers(), "last-modified"), "Fri, 20 Jul 2018 09:00:00 GMT");
        let preflight = desk.ask(Method::OPTIONS, path, &[("access-control-request-method", "GET")]).await;
        assert_eq!(
            (preflight.status().as_u16(), header(preflight.headers(), "access-control-allow-origin")),
            (204, "*")
        );
        assert!(header(preflight.headers(), "access-control-allow-headers").contains("if-none-match"));
    }
    for path in ["/", "/feeds/all", "/posts/sreshti-v-italia", "/sources"] {
        let answer = desk.get(path, &[]).await;
        assert_eq!(header(answer.headers(), "access-control-allow-origin"), "", "{path}");
        let policy = header(answer.headers(), "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'")
                && policy.ends_with("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(header(answer.headers(), "referrer-policy"), "strict-origin-when-cross-origin");
    }
}

#[tokio::test]
async fn max_age_is_a_setting() {
    let options = WebOptions { max_age: std::time::Duration::from_secs(60), ..Shelf::options() };
    let desk = Desk::open_with(Shelf::stocked_with(&options), options).await;
    let answer = desk.get("/feeds/all.rss", &[]).await;
    assert_eq!(header(answer.headers(), "cache-control"), "public, max-age=60, stale-while-revalidate=120");
}

#[tokio::test]
async fn the_style_is_kept_for_good_under_its_version_only() {
    let desk = Desk::open().await;
    let page = desk.get("/", &[]).await.text().await.unwrap();
    let address = format!("/assets/vestnik.css?v={}", page_css_version());
    assert!(page.contains(&address));
    let kept = |answer: &reqwest::Response| header(answer.headers(), "cache-control").contains("immutable");
    assert!(kept(&desk.get(&address, &[]).await));
    assert!(!kept(&desk.get("/assets/vestnik.css?v=old", &[]).await));
    assert!(!kept(&desk.get("/assets/vestnik.css", &[]).await));
    let etag = header(desk.get(&address, &[]).await.headers(), "etag").to_owned();
    assert_eq!(desk.get(&address, &[("if-none-match", &etag)]).await.status(), 304);
}

#[tokio::test]
async fn people_get_a_page_and_machines_a_line_where_nothing_is() {
    let desk = Desk::open().await;
    let browser = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let paths = ["/nothing", "/feeds/none", "/posts/none", "/posts/%0d%0a", "/feeds/..%2f..%2fetc"];
    for path in paths {
        let page = desk.get(path, &[browser]).await;
        assert_eq!(
            (page.status().as_u16(), header(page.headers(), "content-type")),
            (404, "text/html; charset=utf-8"),
            "{path}"
        );
        assert_eq!(
            (header(page.headers(), "etag"), header(page.headers(), "cache-control")),
            ("", "no-cache")
        );
        assert!(page.text().await.unwrap().contains("Няма такава страница"));
    }
    for path in paths.into_iter().chain([
        "/feeds/none.rss",
        "/feeds/all.xml",
        "/feeds/all%0d%0ax.rss",
        "/assets/none",
        "/feeds/%ff.rss",
    ]) {
        let line = desk.get(path, &[]).await;
        assert_eq!(
            (line.status().as_u16(), header(line.headers(), "content-type")),
            (404, "text/plain; charset=utf-8"),
            "{path}"
        );
        let line = line.text().await.unwrap();
        assert_eq!((line.lines().count(), line.ends_with('\n')), (1, true), "{path}");
    }
    // A program that asks for a feed is not sent a page, whatever else it says.
    let feed = desk.get("/feeds/none.rss", &[browser]).await;
    assert_eq!(header(feed.headers(), "content-type"), "text/plain; charset=utf-8");
}

#[tokio::test]
async fn only_reading_is_allowed() {
    let desk = Desk::open().await;
    for (method, path) in [
        (Method::POST, "/feeds/all.rss"),
        (Method::DELETE, "/"),
        (Method::PUT, "/sources"),
        (Method::OPTIONS, "/"),
    ] {
        let answer = desk.ask(method.clone(), path, &[]).await;
        assert_eq!(answer.status(), 405, "{method} {path}");
        assert!(header(answer.headers(), "allow").contains("GET"), "{method} {path}: {:?}", answer.headers());
        assert_eq!(answer.text().await.unwrap().lines().count(), 1);
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let large =
        client.get(format!("{}/sources", desk.address)).body(vec![b'x'; 64 * 1024]).send().await.unwrap();
    assert_eq!(large.status(), 413);
}

#[tokio::test]
async fn failures_say_whether_to_come_back_and_nothing_else() {
    let desk = Desk::open().await;
    for (path, status, retry) in [
        ("/feeds/locked.rss", 503, "60"),
        ("/feeds/never.rss", 503, "60"),
        ("/feeds/broken.rss", 500, ""),
        ("/feeds/panic.rss", 500, ""),
    ] {
        let answer = desk.get(path, &[]).await;
        assert_eq!(
            (answer.status().as_u16(), header(answer.headers(), "retry-after")),
            (status, retry),
            "{path}"
        );
        let line = answer.text().await.unwrap();
        assert!(line.lines().count() == 1 && !line.contains("secret"), "{path}: {line}");
    }
    // And the server goes on.
    assert_eq!(desk.get("/feeds/all.rss", &[]).await.status(), 200);
}

#[tokio::test]
async fn readiness_names_each_problem() {
    let problems = vec!["the disk is full".to_owned(), "no source could be reached for an hour".to_owned()];
    let mut shelf = Shelf::stocked();
    shelf.readiness = Readiness { problems };
    let desk = Desk::open_with(shelf, Shelf::options()).await;
    let answer = desk.get("/readyz", &[]).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.text().await.unwrap(), "the disk is full\nno source could be reached for an hour\n");
    assert_eq!(desk.get("/healthz", &[]).await.status(), 200);
}

#[tokio::test]
async fn names_that_cannot_be_channels_never_reach_the_newsroom() {
    let desk = Desk::open().await;
    for path in ["/feeds/All.rss", "/feeds/a%00.rss", "/feeds/all.exe", "/feeds/.rss", "/feeds/%d0%b1.rss"] {
        assert_eq!(desk.get(path, &[]).await.status(), 404, "{path}");
    }
    assert_eq!(desk.shelf.asked.load(Ordering::Relaxed), 0);
}
