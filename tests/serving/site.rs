//! The newspaper's own pages over a real store and real HTTP: what each shows, what it may do, what is refused.

use std::sync::Arc;

use reqwest::{Client, Response, StatusCode};
use tokio_util::sync::CancellationToken;
use vestnik::{
    app,
    clock::Clock,
    indexer::Indexer,
    model::{Changes, Channel, Entry, Language, SortKey, SourceKind, SourceSpec},
    press::Press,
    web::{ServerOptions, WebOptions, router, serve},
};

use super::header;
use crate::{
    publishing::sample,
    storing::{Opened, at, collected, entry, new, open, spec},
    support::client,
};

pub(super) struct House {
    address: String,
    client: Client,
    pub(super) opened: Opened,
    press: Press,
}

pub(super) fn post(number: i64, slug: &str, title: &str, language: &str) -> (Entry, SortKey) {
    let (mut post, key) = entry("posts", number, language);
    post.title = title.to_owned();
    post.link = Some(format!("https://news.example.org/posts/{slug}"));
    (post, key)
}

impl House {
    pub(super) async fn open() -> Self {
        let opened = open().await;
        let local = SourceSpec { kind: SourceKind::Local, url: None, ..spec("posts") };
        let sources = opened.store.sync_sources(&[local, spec("noi")], at(0)).await.unwrap();
        let id = |slug: &str| sources.iter().find(|source| source.spec.slug.as_str() == slug).unwrap().id;
        let posts =
            vec![post(1, "sreshti", "Срещи в Италия", "bg"), post(2, "meetings", "Meetings in Italy", "en")];
        opened.store.commit(collected(id("posts"), 90, new(posts))).await.unwrap();
        let news = (10..80).map(|number| entry("noi", number, "bg")).collect();
        opened.store.commit(collected(id("noi"), 90, new(news))).await.unwrap();
        let (clock, site) = (Clock::manual(at(100)).0, sample::site());
        let press = Press::new(opened.store.clone(), clock.clone(), site.clone(), 50);
        press.set_channels(channels());
        press.publish_all().await.unwrap();
        let indexer = Indexer::new(opened.store.clone(), clock.clone());
        let translations = app::Translations::default();
        translations.set(&[declared("sreshti", "bg", Some("meetings")), declared("meetings", "en", None)]);
        let options = WebOptions::default();
        let newsroom = app::Newsroom::new(
            press.clone(),
            opened.store.clone(),
            indexer,
            clock,
            site,
            translations,
            options.clone(),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = router(Arc::new(newsroom), options);
        let stop = CancellationToken::new();
        tokio::spawn(async move { serve(listener, router, ServerOptions::default(), stop).await });
        House { address, client: client(), opened, press }
    }

    async fn ask(&self, path: &str, accept: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.address)).header("accept", accept);
        request.send().await.unwrap()
    }

    pub(super) async fn page(&self, path: &str) -> String {
        let response = self.ask(path, "text/html").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }
}

fn channels() -> Vec<Channel> {
    let mut all = sample::channel("all", "Всички новини", "All news");
    all.window.entries = 50;
    let mut english = sample::channel("en", "На английски", "In English");
    english.filter.languages.push(Language::english());
    vec![all, english]
}

fn declared(slug: &str, language: &str, of: Option<&str>) -> vestnik::posts::Post {
    let of = of.map(|of| format!("translation-of: {of}\n")).unwrap_or_default();
    let text = format!("---\ntitle: T\nslug: {slug}\ndate: 2018\nlanguage: {language}\n{of}---\n\nText.\n");
    vestnik::posts::read("p.md", &text, &Language::english(), chrono_tz::Europe::Sofia).unwrap()
}

#[tokio::test]
async fn every_page_is_there_in_both_languages_and_says_where_it_is() {
    let house = House::open().await;
    for (path, bulgarian, english) in [
        ("", "Търсене в новините", "Search the news"),
        ("search", "Как се търси", "How to search"),
        ("search?q=%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0", "По-стари новини", "Older news"),
        ("sources", "Последно прочетен", "Last read"),
        ("sources/noi", "емисия", "feed"),
        ("tags", "по азбучен ред", "from A to Z"),
        ("tags/tag1", "Етикет", "Tag"),
        ("tags/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8", "Новини", "Новини"),
        ("archive", "по месеци", "by month"),
        ("archive/2026/09", "Септември 2026", "September 2026"),
        ("feeds", "Копирайте адреса на канал", "Copy a channel"),
    ] {
        for (folder, lang, words) in [("/", "bg", bulgarian), ("/en/", "en", english)] {
            let page = house.page(&format!("{folder}{path}")).await;
            assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{folder}{path}");
            assert!(page.contains(words), "{words} in {folder}{path}: {page}");
            assert!(!page.contains("<script") && !page.contains(" style="), "{folder}{path}");
            if !path.contains('?') {
                let canonical =
                    format!("<link rel=\"canonical\" href=\"https://news.example.org{folder}{path}\">");
                assert!(page.contains(&canonical), "{folder}{path}");
                for other in ["bg", "en"] {
                    assert!(page.contains(&format!("hreflang=\"{other}\"")), "{folder}{path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_language_of_the_address() {
    let house = House::open().await;
    for (path, status, says) in [
        ("/nothing", StatusCode::NOT_FOUND, "Няма такава страница"),
        ("/en/nothing", StatusCode::NOT_FOUND, "There is no such page"),
        ("/en/tags/none", StatusCode::NOT_FOUND, "There is no such page"),
        ("/en/search?page=2", StatusCode::BAD_REQUEST, "This address cannot be read"),
        ("/search?page=2", StatusCode::BAD_REQUEST, "lang=\"en\">“page” is not known here"),
    ] {
        let answer = house.ask(path, "text/html").await;
        assert_eq!(answer.status(), status, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(says), "{path}: {page}");
    }
}

#[tokio::test]
async fn the_front_page_has_the_news_the_channels_the_tags_the_sources_and_the_months() {
    let house = House::open().await;
    let page = house.page("/").await;
    for part in [
        "href=\"https://noi.example/79\"",
        "href=\"/feeds/en\"",
        "Meetings in Italy",
        "href=\"/tags/tag1\"",
        "href=\"/sources/noi\"",
        "href=\"/archive/2026/09\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(house.page("/en/").await.contains("href=\"/en/tags/tag1\""));
}

#[tokio::test]
async fn long_lists_go_on_where_they_ended() {
    let house = House::open().await;
    for path in
        ["/sources/noi", "/archive/2026/09", "/tags/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8", "/search?q=новина"]
    {
        let (mut path, mut found) = (path.to_owned(), Vec::new());
        loop {
            let page = house.page(&path).await;
            found.extend(page.split("<h3 dir=\"auto\">").skip(1).filter_map(|rest| {
                let address = rest.split("href=\"").nth(1)?.split('"').next()?;
                Some(address.to_owned()).filter(|address| address.contains("noi.example"))
            }));
            let Some(older) = page.split("<p class=\"older\"><a href=\"").nth(1) else { break };
            path = older.split('"').next().unwrap().replace("&#38;", "&");
        }
        let all: Vec<String> = (10..80).rev().map(|number| format!("https://noi.example/{number}")).collect();
        assert_eq!(found, all, "{path}");
    }
}

#[tokio::test]
async fn what_was_found_is_marked_and_what_is_withdrawn_is_not_found() {
    let house = House::open().await;
    let found = house.page("/search?q=%D1%81%D1%80%D0%B5%D1%89%D0%B0").await;
    assert!(found.contains("<mark>Срещи</mark> в Италия"), "{found}");
    let source =
        house.press.sources().await.unwrap().iter().find(|s| s.spec.slug.as_str() == "posts").unwrap().id;
    let known = house.opened.store.known(source, None).await.unwrap();
    let withdrawn = known.iter().map(|known| known.id).collect();
    house
        .opened
        .store
        .commit(collected(source, 95, Changes { withdrawn, ..Changes::default() }))
        .await
        .unwrap();
    house.press.publish_changes().await.unwrap();
    let gone = house.page("/search?q=%D1%81%D1%80%D0%B5%D1%89%D0%B0").await;
    assert!(!gone.contains("<mark>") && gone.contains("Нищо не е намерено"), "{gone}");
}

#[tokio::test]
async fn translations_of_a_post_link_to_each_other() {
    let house = House::open().await;
    let english = house.page("/posts/meetings").await;
    assert!(english.contains("<html lang=\"en\">"));
    for (lang, slug) in [("bg", "sreshti"), ("en", "meetings")] {
        let link = format!(
            "<link rel=\"alternate\" hreflang=\"{lang}\" href=\"https://news.example.org/posts/{slug}\">"
        );
        assert!(english.contains(&link), "{link} in {english}");
    }
    assert!(english.contains(">Прочетете на български</a>"), "{english}");
    assert!(house.page("/posts/sreshti").await.contains(">Read in English</a>"));
}

#[tokio::test]
async fn a_request_that_cannot_be_meant_is_400_with_what_is_known() {
    let house = House::open().await;
    let long = format!("/search?q={}", "%D0%B0".repeat(201));
    for (path, says) in [
        ("/search?q=in*", "at least 3 letters"),
        ("/search?q=-water", "only excludes"),
        ("/search?q=", "no words"),
        (long.as_str(), "more than 200 characters"),
        ("/search?page=2", "known: q, lang, source, tag, before"),
        ("/embed/all?limit=1000", "limit is a number from 1 to 20"),
        ("/embed/all?css=x", "known: limit, theme, lang"),
        ("/oembed?url=", "url is missing"),
    ] {
        let plain = house.ask(path, "*/*").await;
        assert_eq!(plain.status(), StatusCode::BAD_REQUEST, "{path}");
        let line = plain.text().await.unwrap();
        assert!(line.contains(says), "{path}: {line}");
        let page = house.ask(path, "text/html").await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{path}");
        assert!(page.text().await.unwrap().contains("action=\"/search\""), "{path}");
    }
    for path in [
        "/tags/nothing",
        "/sources/nobody",
        "/archive/1999/01",
        "/embed/none",
        "/en/nothing",
        "/oembed?url=https://elsewhere.example/",
        "/de/",
    ] {
        let missing = house.ask(path, "text/html").await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn only_embeds_may_stand_in_a_frame() {
    let house = House::open().await;
    let policy = |response: &Response| header(response.headers(), "content-security-policy").to_owned();
    let page = policy(&house.ask("/", "text/html").await);
    assert!(page.starts_with("default-src 'none'") && page.contains("frame-ancestors 'none'"), "{page}");
    let embed = house.ask("/embed/all?limit=3&theme=dark&lang=en", "text/html").await;
    let policy = policy(&embed);
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors *"), "{policy}");
    let text = embed.text().await.unwrap();
    assert!(text.contains("data-theme=\"dark\"") && text.contains("More on"), "{text}");
    assert_eq!(text.matches("<li lang").count(), 3);
    let fragment = house.ask("/embed/en.fragment", "*/*").await;
    assert_eq!(header(fragment.headers(), "access-control-allow-origin"), "*");
    let fragment = fragment.text().await.unwrap();
    assert!(fragment.starts_with("<section class=\"vestnik\" lang=\"bg\">"), "{fragment}");
    assert!(fragment.contains("href=\"https://news.example.org/feeds/en\""), "{fragment}");
    assert!(!fragment.contains("<html") && !fragment.contains("<link"), "{fragment}");
}

#[tokio::test]
async fn oembed_answers_for_what_can_be_embedded() {
    let house = House::open().await;
    let address = "/oembed?url=https%3A%2F%2Fnews.example.org%2Ffeeds%2Fen&maxwidth=300";
    let answer = house.ask(address, "*/*").await;
    assert_eq!(header(answer.headers(), "content-type"), "application/json; charset=utf-8");
    let answer: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(
        (&answer["version"], &answer["type"], &answer["width"]),
        (&"1.0".into(), &"rich".into(), &300.into())
    );
    assert!(
        answer["html"].as_str().unwrap().contains("src=\"https://news.example.org/embed/en?lang="),
        "{answer}"
    );
    let page = house.page("/feeds/en").await;
    assert!(page.contains("type=\"application/json+oembed\""), "{page}");
    for path in ["/", "/en/feeds/all"] {
        let url = format!("/oembed?url=https://news.example.org{path}");
        assert_eq!(house.ask(&url, "*/*").await.status(), StatusCode::OK, "{url}");
    }
}

#[tokio::test]
async fn what_a_page_loads_is_kept_for_good_and_is_light() {
    let house = House::open().await;
    let request = house.client.get(format!("{}/", house.address)).header("accept-encoding", "br");
    let page = request.header("accept", "text/html").send().await.unwrap();
    let mut bytes = page.bytes().await.unwrap().len();
    let page = house.page("/").await;
    let files: Vec<&str> =
        page.split("href=\"/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let request = house.client.get(format!("{}/assets/{file}", house.address));
        let response = request.header("accept-encoding", "br").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{file}");
        if !file.ends_with(".svg") {
            assert_eq!(
                header(response.headers(), "cache-control"),
                "public, max-age=31536000, immutable",
                "{file}"
            );
        }
        bytes += response.bytes().await.unwrap().len();
    }
    assert!(bytes < 100_000, "{bytes} bytes");
    let script = house.ask("/embed.js", "*/*").await;
    assert!(header(script.headers(), "content-type").starts_with("text/javascript"));
    assert!(script.text().await.unwrap().len() < 2_048);
}
