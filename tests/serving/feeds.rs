//! Feeds over a real store and real HTTP: archives, former names, questions, and what is said to whoever asks for too much.

use std::{collections::BTreeSet, io::Read, sync::Arc};

use reqwest::{Client, Method, Response};
use tokio_util::sync::CancellationToken;
use vestnik::{
    app,
    clock::Clock,
    indexer::Indexer,
    model::{Channel, EntryId, Format, Verdict},
    press::Press,
    store::By,
    web::{ServerOptions, WebOptions, serve, site},
};

use super::header;
use crate::{
    publishing::{assert_well_formed, sample},
    storing::{Opened, at, collected, entry, new, open, spec},
    support::client,
};

const FEEDS: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];
/// Entries that the source delivered, in as many collections of ten.
const ENTRIES: i64 = 70;

struct House {
    address: String,
    client: Client,
    opened: Opened,
    press: Press,
}

impl House {
    async fn open() -> Self {
        let opened = open().await;
        let source = opened.store.sync_sources(&[spec("noi")], at(0)).await.unwrap()[0].id;
        let (clock, site_of_ours) = (Clock::manual(at(100)).0, sample::site());
        let press = Press::new(opened.store.clone(), clock.clone(), site_of_ours.clone(), 20);
        let all = Channel {
            former: vec!["everything".parse().unwrap()],
            ..Channel::plain("all".parse().unwrap(), 20)
        };
        press.set_channels(vec![all]);
        for tens in 0..ENTRIES / 10 {
            let entries = (0..10).map(|one| {
                let number = tens * 10 + one + 1;
                entry("noi", number, if number % 2 == 0 { "bg" } else { "en" })
            });
            opened.store.commit(collected(source, 90, new(entries.collect()))).await.unwrap();
            press.publish_changes().await.unwrap();
        }
        let indexer = Indexer::new(opened.store.clone(), clock.clone());
        indexer.catch_up().await.unwrap();
        let options = WebOptions::default();
        let (store, translations) = (opened.store.clone(), app::Translations::default());
        let newsroom = app::Newsroom::new(
            press.clone(),
            store,
            indexer,
            clock,
            site_of_ours,
            translations,
            options.clone(),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (served, stop) = (site(Arc::new(newsroom), options), CancellationToken::new());
        tokio::spawn(async move { serve(listener, served, ServerOptions::default(), stop).await });
        House { address, client: client(), opened, press }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path, &[]).await
    }

    async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    }

    async fn archives(&self) -> u64 {
        self.press.archives(&"all".parse().unwrap()).await.unwrap()
    }
}

/// The address that a relation leads to, without the host.
fn relation(document: &str, format: Format, name: &str) -> Option<String> {
    let address = match format {
        Format::Json => {
            let feed: serde_json::Value = serde_json::from_str(document).unwrap();
            let key = match name {
                "prev-archive" => "next_url",
                "self" => "feed_url",
                _ => return None,
            };
            feed.get(key).map(|address| address.as_str().unwrap().to_owned())
        }
        _ => {
            let head = document.split("<entry>").next().unwrap().split("<item>").next().unwrap();
            let link = head.split('<').find(|tag| tag.contains(&format!("rel=\"{name}\"")))?;
            Some(link.split("href=\"").nth(1)?.split('"').next()?.to_owned())
        }
    };
    address.map(|address| address.strip_prefix("https://news.example.org").unwrap().to_owned())
}

/// The numbers of the entries in a document.
fn numbers(document: &str) -> BTreeSet<i64> {
    let number = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    document.split("urn:noi:").skip(1).filter_map(number).collect()
}

#[tokio::test]
async fn whoever_follows_the_archives_reads_everything_in_every_format() {
    let house = House::open().await;
    for format in FEEDS {
        let mut path = format!("/feeds/all.{}", format.extension());
        let (mut read, mut documents) = (BTreeSet::new(), 0);
        loop {
            let document = house.text(&path).await;
            if format != Format::Json {
                assert_well_formed(&document);
            }
            assert_eq!(relation(&document, format, "self").as_deref(), Some(path.as_str()), "{path}");
            read.extend(numbers(&document));
            documents += 1;
            match relation(&document, format, "prev-archive") {
                Some(older) => path = older,
                None => break,
            }
        }
        assert_eq!(path, format!("/feeds/all/archive/1.{}", format.extension()));
        assert_eq!((documents, read), (house.archives().await + 1, (1..=ENTRIES).collect()), "{format:?}");
    }
}

#[tokio::test]
async fn whoever_is_in_an_archive_finds_the_way_forward_to_the_feed() {
    let house = House::open().await;
    let pages = house.archives().await;
    for format in [Format::Rss, Format::Atom] {
        for number in 1..=pages {
            let document = house.text(&format!("/feeds/all/archive/{number}.{}", format.extension())).await;
            let feed = format!("/feeds/all.{}", format.extension());
            assert_eq!(relation(&document, format, "current"), Some(feed), "{number}");
            let next = relation(&document, format, "next-archive").unwrap();
            assert_eq!(next, format!("/feeds/all/archive/{}.{}", number + 1, format.extension()));
            let answer = house.get(&next).await;
            if number < pages {
                assert_eq!(answer.status(), 200, "{next}");
            } else {
                // Not closed yet: what will be in it is in the feed.
                assert_eq!(answer.status(), 307, "{next}");
                let led = url::Url::parse(&house.address).unwrap().join(&next).unwrap();
                let led = led.join(header(answer.headers(), "location")).unwrap();
                assert_eq!(led.path(), format!("/feeds/all.{}", format.extension()));
                assert!(!header(answer.headers(), "cache-control").contains("immutable"));
            }
        }
    }
}

#[tokio::test]
async fn an_archive_document_may_be_kept_and_answers_as_feeds_do() {
    let house = House::open().await;
    for format in FEEDS {
        let path = format!("/feeds/all/archive/1.{}", format.extension());
        let full = house.get(&path).await;
        let headers = full.headers().clone();
        assert_eq!(header(&headers, "content-type"), format.content_type());
        assert!(header(&headers, "cache-control").contains("immutable"), "{headers:?}");
        assert!(header(&headers, "cache-control").contains("public, max-age=2592000"), "{headers:?}");
        assert_eq!(header(&headers, "access-control-allow-origin"), "*");
        assert_eq!(header(&headers, "vary"), "accept-encoding");
        assert_ne!(header(&headers, "last-modified"), "");
        let etag = header(&headers, "etag").to_owned();
        let body = full.bytes().await.unwrap();

        let head = house.ask(Method::HEAD, &path, &[]).await;
        assert_eq!((head.status().as_u16(), header(head.headers(), "etag")), (200, etag.as_str()));
        assert_eq!(header(head.headers(), "content-length"), body.len().to_string());
        assert!(head.bytes().await.unwrap().is_empty());
        for (condition, value, expected) in [
            ("if-none-match", etag.as_str(), 304),
            ("if-none-match", "\"another\"", 200),
            ("if-modified-since", header(&headers, "last-modified"), 304),
            ("if-match", "\"another\"", 412),
            ("if-match", etag.as_str(), 200),
            ("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 412),
        ] {
            let answer = house.ask(Method::GET, &path, &[(condition, value)]).await;
            assert_eq!(answer.status(), expected, "{path} {condition}: {value}");
        }
        let gzip = house.ask(Method::GET, &path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(header(gzip.headers(), "content-encoding"), "gzip");
        assert_ne!(header(gzip.headers(), "etag"), etag, "a strong tag is one of a coding");
        let (mut plain, packed) = (Vec::new(), gzip.bytes().await.unwrap());
        flate2::read::GzDecoder::new(packed.as_ref()).read_to_end(&mut plain).unwrap();
        assert_eq!(plain, body);
        for coding in ["br", "zstd"] {
            let answer = house.ask(Method::GET, &path, &[("accept-encoding", coding)]).await;
            assert_eq!(header(answer.headers(), "content-encoding"), coding);
        }
        let preflight = [("origin", "https://other.example"), ("access-control-request-method", "GET")];
        let preflight = house.ask(Method::OPTIONS, &path, &preflight).await;
        assert_eq!(preflight.status(), 204);
        assert_eq!(header(preflight.headers(), "access-control-allow-origin"), "*");
        assert_eq!(house.ask(Method::POST, &path, &[]).await.status(), 405);
    }
}

#[tokio::test]
async fn an_archive_document_that_is_none_is_404() {
    let house = House::open().await;
    for path in [
        "/feeds/all/archive/0.atom",
        "/feeds/all/archive/01.atom",
        "/feeds/all/archive/999.atom",
        "/feeds/all/archive/18446744073709551615.atom",
        "/feeds/all/archive/99999999999999999999999.atom",
        "/feeds/all/archive/-1.atom",
        "/feeds/all/archive/1",
        "/feeds/all/archive/1.html",
        "/feeds/all/archive/1.xml",
        "/feeds/all/archive/",
        "/feeds/nobody/archive/1.atom",
        "/feeds/all/archive/1/2.atom",
    ] {
        assert_eq!(house.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn what_is_taken_down_leaves_an_archive_document_that_somebody_has() {
    let house = House::open().await;
    let path = "/feeds/all/archive/1.atom";
    let before = house.get(path).await;
    let (etag, modified) =
        (header(before.headers(), "etag").to_owned(), header(before.headers(), "last-modified").to_owned());
    assert!(numbers(&before.text().await.unwrap()).contains(&3));
    let by = By { who: "Iva", at: at(101), reason: None };
    house.opened.store.decide(EntryId(3), Verdict::Withdraw, by).await.unwrap();
    house.press.publish_changes().await.unwrap();
    let after = house.ask(Method::GET, path, &[("if-none-match", &etag)]).await;
    assert_eq!(after.status(), 200);
    assert_ne!(header(after.headers(), "last-modified"), modified);
    let after = after.text().await.unwrap();
    assert!(
        after.contains("<at:deleted-entry ref=\"urn:noi:3\"") && !after.contains("<id>urn:noi:3<"),
        "{after}"
    );
}

#[tokio::test]
async fn a_former_name_leads_to_the_new_one_for_good_whatever_was_asked() {
    let house = House::open().await;
    for (path, leads) in [
        ("/feeds/everything", "/feeds/all"),
        ("/feeds/everything.rss", "/feeds/all.rss"),
        ("/feeds/everything.atom?lang=bg&tag=tag1", "/feeds/all.atom?lang=bg&tag=tag1"),
        (
            "/feeds/everything.json?q=%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0",
            "/feeds/all.json?q=%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0",
        ),
        ("/feeds/everything/archive/1.atom", "/feeds/all/archive/1.atom"),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = house.ask(method, path, &[]).await;
            assert_eq!(answer.status(), 301, "{path}");
            let asked = url::Url::parse(&house.address).unwrap().join(path).unwrap();
            let led = asked.join(header(answer.headers(), "location")).unwrap();
            let led = led[url::Position::BeforePath..].to_owned();
            assert_eq!(led, leads, "{path}");
            assert_eq!(house.get(&led).await.status(), 200, "{led}");
        }
    }
}

#[tokio::test]
async fn a_narrowed_feed_answers_as_any_feed_does() {
    let house = House::open().await;
    for format in FEEDS {
        // What it answers to words is tested the same way: the index has them all.
        for query in ["lang=bg&limit=5&tag=tag0", "q=%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0&lang=bg&limit=5"] {
            let path = format!("/feeds/all.{}?{query}", format.extension());
            let full = house.get(&path).await;
            assert_eq!(full.status(), 200, "{path}");
            let headers = full.headers().clone();
            assert_eq!(header(&headers, "content-type"), format.content_type(), "{path}");
            assert_eq!(header(&headers, "access-control-allow-origin"), "*");
            let document = full.text().await.unwrap();
            assert_eq!(numbers(&document), [62, 64, 66, 68, 70].into(), "{path}: {document}");
            assert!(
                relation(&document, format, "prev-archive").is_none(),
                "a narrowed channel has no archive"
            );
            let own = relation(&document, format, "self").unwrap().replace("&amp;", "&");
            assert_eq!(
                numbers(&house.text(&own).await),
                numbers(&document),
                "its own address asks for the same"
            );
            let etag = header(&headers, "etag");
            let again = house.ask(Method::GET, &path, &[("if-none-match", etag)]).await;
            assert_eq!(again.status(), 304);
            let head = house.ask(Method::HEAD, &path, &[("accept-encoding", "br")]).await;
            assert_eq!((head.status().as_u16(), header(head.headers(), "content-encoding")), (200, "br"));
            let precondition = house.ask(Method::GET, &path, &[("if-match", "\"x\"")]).await;
            assert_eq!(precondition.status(), 412);
        }
    }
    // What is withdrawn is not found any more.
    let words = "/feeds/all.json?q=%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0&lang=bg&limit=5";
    let by = By { who: "Iva", at: at(101), reason: None };
    house.opened.store.decide(EntryId(70), Verdict::Hide, by).await.unwrap();
    house.press.publish_changes().await.unwrap();
    let feed: serde_json::Value = serde_json::from_str(&house.text(words).await).unwrap();
    let ids: Vec<&str> =
        feed["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [68, 66, 64, 62, 60].map(|number| format!("urn:noi:{number}")));
}

#[tokio::test]
async fn what_cannot_be_asked_is_400_with_what_can() {
    let house = House::open().await;
    let long = format!("tag={}", "a".repeat(1100));
    let many = (0..21).map(|n| format!("tag=t{n}")).collect::<Vec<_>>().join("&");
    for (query, says) in [
        ("sauce=noi", "Known: source, "),
        ("source=noy", "Known: noi."),
        ("lang=it", "Known: bg, en."),
        ("lang=%FF", "expected a language such as bg"),
        ("limit=0", "1 to 200"),
        ("limit=201", "1 to 200"),
        ("limit=5&limit=6", "stands twice"),
        ("ui=en", "Known: lang, "),
        ("since=yesterday", "since"),
        ("kind=wiki", "Known: feed, "),
        ("policy=free", "Known: auto, "),
        ("q=-water", "only excludes"),
        (long.as_str(), "1024 bytes"),
        (many.as_str(), "20 values"),
    ] {
        for path in [format!("/feeds/all.atom?{query}"), format!("/feeds/all.json?{query}")] {
            let answer = house.ask(Method::GET, &path, &[("origin", "https://other.example")]).await;
            assert_eq!(answer.status(), 400, "{path}");
            assert_eq!(header(answer.headers(), "content-type"), "text/plain; charset=utf-8");
            assert_eq!(
                header(answer.headers(), "access-control-allow-origin"),
                "*",
                "its script may say why"
            );
            let said = answer.text().await.unwrap();
            assert!(said.contains(says) && said.lines().count() == 1 && said.len() < 500, "{path}: {said}");
        }
    }
    let unknown = house.get("/feeds/nobody.atom?lang=bg").await;
    assert_eq!(
        (unknown.status().as_u16(), header(unknown.headers(), "access-control-allow-origin")),
        (404, "*")
    );
}

#[tokio::test]
async fn too_many_different_questions_at_once_are_429_and_told_when_to_come_back() {
    let house = House::open().await;
    let paths: Vec<String> = (1..=60).map(|limit| format!("/feeds/all.json?limit={limit}")).collect();
    let answers = futures_util::future::join_all(paths.iter().map(|path| house.get(path))).await;
    let busy: Vec<&Response> = answers.iter().filter(|answer| answer.status() == 429).collect();
    assert!(!busy.is_empty() && answers.iter().all(|answer| matches!(answer.status().as_u16(), 200 | 429)));
    for answer in busy {
        let wait: u64 = header(answer.headers(), "retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(header(answer.headers(), "access-control-allow-origin"), "*");
    }
    // Whoever comes back is answered, and the channel itself was there all the time.
    assert_eq!(house.get("/feeds/all.json?limit=60").await.status(), 200);
    assert_eq!(house.get("/feeds/all.json").await.status(), 200);
}
