//! From a site on loopback to its feeds.

use std::time::Duration;

use vestnik::{
    clock::Clock,
    fetch::{Fetcher, Limits},
    ingest::{Discovery, discover},
    scrape::Origin,
};

use super::now;
use crate::{
    support::server::{Reply, Request, Server},
    whole::house::House,
};

const HTML: &[(&str, &[u8])] = &[("Content-Type", b"text/html; charset=utf-8")];
const XML: &[(&str, &[u8])] = &[("Content-Type", b"application/rss+xml")];

fn feed(title: &str, language: &str, text: &str) -> Reply {
    let item = |n: usize| {
        format!(
            "<item><title>{title} {n}</title><link>https://a.example/{language}/{n}</link>\
             <pubDate>Mon, 0{n} Mar 2026 10:00:00 GMT</pubDate><description>{text}</description></item>"
        )
    };
    let items: String = (1..4).map(item).collect();
    let body = format!(
        "<rss version=\"2.0\"><channel><title>{title}</title><link>https://a.example/</link>\
         <language>{language}</language>{items}</channel></rss>"
    );
    Reply::ok(XML, body.as_bytes())
}

async fn look(server: &Server, path: &str) -> Result<Discovery, String> {
    let limits = Limits { allow_networks: vec!["127.0.0.1/32".parse().unwrap()], ..Limits::default() };
    let clock = Clock::manual(now()).0;
    let fetcher = Fetcher::new(limits, clock.clone()).unwrap();
    discover(&fetcher, &clock, Duration::ZERO, &server.url(path).parse().unwrap()).await
}

fn paths(found: &Discovery) -> Vec<(String, Origin)> {
    found.feeds.iter().map(|feed| (feed.url.url().path().to_owned(), feed.origin)).collect()
}

fn asked(server: &Server) -> Vec<String> {
    let paths = server.requests().into_iter().map(|request| request.path);
    paths.filter(|path| path != "/robots.txt").collect()
}

fn missing() -> Reply {
    Reply::status(404, &[])
}

#[tokio::test]
async fn declared_feeds_are_read_and_ranked() {
    let server = Server::start(|request: &Request, _| match request.path.as_str() {
        "/bg/" => Reply::ok(
            HTML,
            b"<html lang=bg><title>Site</title>\
              <link rel=alternate type=application/rss+xml href=/comments/feed/>\
              <link rel=alternate type=application/rss+xml href=/en/feed>\
              <link rel=alternate type=application/rss+xml href=/bg/feed>\
              <link rel=alternate type=application/atom+xml href=/broken>",
        ),
        "/comments/feed/" => feed("Коментари", "bg", "Да"),
        "/en/feed" => feed("The news of the city", "en", "Short"),
        "/bg/feed" => feed("Новините на града", "bg", "Накратко"),
        "/broken" => Reply::ok(HTML, b"<p>Not found</p>"),
        _ => missing(),
    })
    .await;
    let found = look(&server, "/bg/").await.unwrap();
    let declared = |path: &str| (path.to_owned(), Origin::Declared);
    assert_eq!(paths(&found), [declared("/bg/feed"), declared("/en/feed"), declared("/comments/feed/")]);
    let best = &found.feeds[0];
    assert_eq!((best.title.as_deref(), best.language.as_deref()), (Some("Новините на града"), Some("bg")));
    assert_eq!((best.entries, best.last, best.full), (3, "2026-03-03T10:00:00Z".parse().ok(), false));
    assert_eq!(asked(&server).len(), 5, "nothing is guessed where something is declared");
    assert_eq!(found.asked, 5);
}

#[tokio::test]
async fn the_address_of_a_feed_is_the_feed() {
    let server = Server::always(feed("Новини", "bg", "Накратко")).await;
    let found = look(&server, "/feed").await.unwrap();
    assert_eq!(paths(&found), [("/feed".to_owned(), Origin::Declared)]);
}

#[tokio::test]
async fn a_link_header_and_a_page_of_feeds_lead_on() {
    let server = Server::start(|request: &Request, _| match request.path.as_str() {
        "/" => Reply::ok(
            &[
                HTML[0],
                ("Link", b"</a>; rel=preload"),
                ("Link", b"</header.xml>; rel=alternate; type=\"application/rss+xml\""),
            ],
            b"<a href=/rss>RSS</a>",
        ),
        "/header.xml" => feed("From the header", "en", "Short"),
        "/rss" => Reply::ok(
            HTML,
            b"<title>Our feeds</title><link rel=alternate type=application/rss+xml href=/deep.xml>",
        ),
        "/deep.xml" => feed("Deep", "en", "Short"),
        _ => missing(),
    })
    .await;
    let found = look(&server, "/").await.unwrap();
    assert_eq!(
        paths(&found),
        [("/header.xml".to_owned(), Origin::Declared), ("/deep.xml".to_owned(), Origin::Linked)]
    );
}

#[tokio::test]
async fn what_is_nowhere_named_is_guessed_until_something_is_right() {
    let server = Server::start(|request: &Request, _| match request.path.as_str() {
        "/en/news.html" => Reply::ok(HTML, b"<meta name=generator content='Joomla! 3'><p>No feed here"),
        "/en/news.html?format=feed&type=rss" => feed("Joomla", "en", "Short"),
        _ => missing(),
    })
    .await;
    let found = look(&server, "/en/news.html").await.unwrap();
    assert_eq!(paths(&found), [("/en/news.html".to_owned(), Origin::Guessed)]);
    assert_eq!(asked(&server), ["/en/news.html", "/en/news.html?format=feed&type=rss"]);
}

#[tokio::test]
async fn a_site_without_a_feed_gets_rules_for_its_news_page() {
    let list = include_bytes!("../fixtures/scraping/press-list.html");
    let server = Server::start(|request: &Request, _| match request.path.as_str() {
        "/de/" => Reply::ok(HTML, b"<html lang=de><title>Forschung</title><a href=/de/press>Presse</a>"),
        "/de/press" => Reply::ok(HTML, list),
        _ => missing(),
    })
    .await;
    let found = look(&server, "/de/").await.unwrap();
    assert_eq!(found.feeds, []);
    let (url, best) = &found.suggestions[0];
    assert_eq!((url.path(), best.rules.item.as_str()), ("/de/press", "li.press__item"));
    assert!(found.asked <= 16, "{}", found.asked);
}

#[tokio::test]
async fn a_site_that_does_not_answer_or_forbids_its_pages_says_so() {
    let server = Server::always(Reply::status(500, &[])).await;
    assert!(look(&server, "/").await.is_err());
    let server = Server::start(|request: &Request, _| match request.path.as_str() {
        "/robots.txt" => Reply::ok(&[], b"User-agent: *\nDisallow: /"),
        _ => Reply::ok(HTML, b""),
    })
    .await;
    assert!(look(&server, "/").await.unwrap_err().contains("robots.txt"));
}

#[tokio::test]
async fn the_command_prints_a_table_and_the_file_that_declares_the_best() {
    let server = Server::start(|request: &Request, _| match request.path.as_str() {
        "/" => Reply::ok(HTML, b"<html lang=bg><link rel=alternate type=application/rss+xml href=/feed>"),
        "/feed" => feed("Новини", "bg", "Накратко"),
        _ => missing(),
    })
    .await;
    let house = House::empty().await;
    let ran = house.run(&["discover", &server.url("/")]).await.well();
    assert!(ran.contains("declared  rss20   bg"), "{ran}");
    assert!(ran.contains("# feeds/sources/127-0-0-1.toml\nurl = "), "{ran}");
    let json = house.run(&["discover", &server.url("/"), "--json"]).await;
    assert_eq!(json.json()["feeds"][0]["last"], "2026-03-03T10:00:00Z");
    let nothing = Server::start(|request: &Request, _| match request.path.as_str() {
        "/" => Reply::ok(HTML, b"<p>Nothing"),
        _ => missing(),
    })
    .await;
    assert_eq!(house.run(&["discover", &nothing.url("/")]).await.code, Some(4));
}
