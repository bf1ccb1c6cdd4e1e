//! Where a site's feeds may be: what its page declares and links to, and what systems of its kind usually have. Only
//! candidates: whoever fetches them finds out.

use std::collections::HashSet;

use scraper::{ElementRef, Html};
use url::Url;

use super::{
    page::{self, absolute},
    systems,
    text::{attribute, select, text_of},
};
use crate::charset::decode_html;

/// Candidates of each kind that are named.
const MAX_DECLARED: usize = 16;
const MAX_LINKED: usize = 10;
const MAX_GUESSED: usize = 10;
const FEED_TYPES: [&str; 5] = ["rss+xml", "atom+xml", "feed+json", "rdf+xml", "x-rss"];

/// What sites call their news.
const NEWS: [&str; 22] = [
    "news",
    "all news",
    "latest news",
    "blog",
    "press",
    "press releases",
    "новини",
    "всички новини",
    "novini",
    "aktuelles",
    "neuigkeiten",
    "nachrichten",
    "presse",
    "news und presse",
    "notizie",
    "novità",
    "comunicati stampa",
    "comunicati",
    "novice",
    "aktualno",
    "actualités",
    "noticias",
];

/// How a candidate was found, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// `<link rel=alternate>` or a Link header (RFC 8288).
    Declared,
    /// A link that people can click, whose address or text looks like a feed's.
    Linked,
    /// An address that the site's system usually has.
    Guessed,
}

impl Origin {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Declared => "declared",
            Origin::Linked => "linked",
            Origin::Guessed => "guessed",
        }
    }
}

/// An address where a feed may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The address.
    pub url: Url,
    /// How it was found.
    pub origin: Origin,
    /// What the page calls it.
    pub title: Option<String>,
}

/// What a page says about feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lead {
    /// The page's title.
    pub title: Option<String>,
    /// The page's language.
    pub language: Option<String>,
    /// Candidates, the surest first, none twice.
    pub candidates: Vec<Candidate>,
    /// The page of this site that seems to have the news, where that is another one.
    pub news: Option<Url>,
}

/// Looks for feeds on a page that came from this address. `link` is its `Link` header, where there was one. A page that
/// cannot be read still has what systems usually have.
pub fn discover(body: &[u8], content_type: Option<&str>, url: &Url, link: Option<&str>) -> Lead {
    let (text, _) = decode_html(body, content_type);
    let html = page::parse(&text).unwrap_or_else(|_| Html::new_document());
    let base = page::base(&html, url);
    let mut found = Found { url, candidates: Vec::new(), seen: HashSet::new() };
    for (href, title) in link.map(alternates).unwrap_or_default() {
        found.add(url.join(&href).ok(), Origin::Declared, title, MAX_DECLARED);
    }
    declared(&html, &base, &mut found);
    linked(&html, &base, &mut found);
    for guess in systems::usual_places(&html, &text, url) {
        found.add(url.join(&guess).ok(), Origin::Guessed, None, MAX_GUESSED);
    }
    found.candidates.sort_by_key(|candidate| candidate.origin);
    let news = news_page(&html, &base, url);
    Lead { title: page::title(&html), language: page::language(&html), candidates: found.candidates, news }
}

/// The first link of the site whose text or last part of the address is a word for news.
fn news_page(html: &Html, base: &Url, url: &Url) -> Option<Url> {
    let is_news = |text: &str| NEWS.contains(&text.trim().to_lowercase().as_str());
    let anchors = scraper::Selector::parse("a[href]").ok()?;
    let here = url.path().trim_end_matches('/');
    html.select(&anchors).find_map(|anchor| {
        let target =
            absolute(base, anchor.attr("href")?).filter(|target| target.host_str() == url.host_str())?;
        let path = target.path().trim_end_matches('/');
        let last = path.rsplit('/').next().unwrap_or_default();
        let last = last.split('.').next().unwrap_or_default();
        (path != here && (is_news(last) || is_news(&text_of(anchor)))).then_some(target)
    })
}

struct Found<'a> {
    url: &'a Url,
    candidates: Vec<Candidate>,
    seen: HashSet<String>,
}

impl Found<'_> {
    fn add(&mut self, url: Option<Url>, origin: Origin, title: Option<String>, limit: usize) {
        let Some(mut url) = url.filter(page::is_web) else { return };
        url.set_fragment(None);
        let full = self.candidates.iter().filter(|known| known.origin == origin).count() >= limit;
        // A trailing slash seldom makes another document.
        let key = url.as_str().trim_end_matches('/').to_owned();
        if !full && url != *self.url && self.seen.insert(key) {
            self.candidates.push(Candidate { url, origin, title });
        }
    }
}

fn declared(html: &Html, base: &Url, found: &mut Found<'_>) {
    for link in select(html.root_element(), "link[href][rel~=\"alternate\" i], link[href][rel~=\"feed\" i]") {
        let media_type = attribute(link, "type").unwrap_or_default().to_ascii_lowercase();
        let rel = attribute(link, "rel").unwrap_or_default().to_ascii_lowercase();
        let is_feed = FEED_TYPES.iter().any(|kind| media_type.contains(kind))
            || rel.split_whitespace().any(|rel| rel == "feed");
        // WordPress declares its machine interface as JSON: that is no feed.
        if is_feed && !link.attr("href").is_some_and(|href| href.contains("/wp-json/")) {
            let url = link.attr("href").and_then(|href| absolute(base, href));
            found.add(url, Origin::Declared, attribute(link, "title"), MAX_DECLARED);
        }
    }
}

fn linked(html: &Html, base: &Url, found: &mut Found<'_>) {
    let Ok(anchors) = scraper::Selector::parse("a[href]") else { return };
    for anchor in html.select(&anchors) {
        let Some(url) = anchor.attr("href").and_then(|href| absolute(base, href)) else { continue };
        if looks_like_a_feed(&url, anchor) {
            let title = Some(text_of(anchor)).filter(|title| !title.is_empty());
            found.add(Some(url), Origin::Linked, title, MAX_LINKED);
        }
    }
}

fn looks_like_a_feed(url: &Url, anchor: ElementRef<'_>) -> bool {
    // Services that take an address of a feed to subscribe to it elsewhere.
    let services =
        ["feedly.com", "inoreader.com", "feedburner.google.com", "add.my.yahoo.com", "netvibes.com"];
    if url.host_str().is_some_and(|host| services.iter().any(|service| host.ends_with(service))) {
        return false;
    }
    let path = url.path().to_ascii_lowercase();
    let query = url.query().unwrap_or_default().to_ascii_lowercase();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let by_path = matches!(
        last,
        "feed" | "feeds" | "rss" | "atom" | "rss2" | "rdf" | "rss.aspx" | "rss.php" | "feed.php"
    ) || [".rss", ".atom", ".rdf"].iter().any(|ending| last.ends_with(ending))
        || matches!(
            last,
            "rss.xml" | "feed.xml" | "atom.xml" | "index.xml" | "feed.json" | "rss2.xml" | "news.xml"
        );
    let by_query = query.split('&').any(|part| {
        part.starts_with("format=feed")
            || part.starts_with("feed=")
            || matches!(part, "type=rss" | "type=atom" | "format=rss")
    });
    let by_text = || {
        let text = text_of(anchor);
        let named = attribute(anchor, "title").unwrap_or_default();
        [text, named]
            .iter()
            .any(|text| matches!(text.to_lowercase().as_str(), "rss" | "atom" | "rss feed" | "rss емисия"))
    };
    by_path || by_query || by_text()
}

/// The `alternate` links of a Link header that are feeds (RFC 8288 §3): address and title.
fn alternates(header: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((href, after)) = after.split_once('>') else { break };
        let (parameters, after) = split_parameters(after);
        rest = after;
        let value = |name: &str| {
            parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        let is_alternate = value("rel")
            .is_some_and(|rel| rel.split_whitespace().any(|rel| rel.eq_ignore_ascii_case("alternate")));
        let media_type = value("type").unwrap_or_default().to_ascii_lowercase();
        if is_alternate && FEED_TYPES.iter().any(|kind| media_type.contains(kind)) {
            found.push((href.trim().to_owned(), value("title")));
        }
    }
    found
}

/// Names and values up to the comma that ends a link, and what stands behind it.
fn split_parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let mut quoted = false;
    let end = text.char_indices().find(|(_, c)| {
        if *c == '"' {
            quoted = !quoted;
        }
        *c == ',' && !quoted
    });
    let (mine, rest) = end.map_or((text, ""), |(at, _)| text.split_at(at));
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
    };
    (mine.split(';').filter_map(pair).collect(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(page: &str, url: &str, link: Option<&str>) -> Vec<(String, Origin)> {
        let url = Url::parse(url).unwrap();
        let lead = discover(page.as_bytes(), Some("text/html; charset=utf-8"), &url, link);
        lead.candidates.into_iter().map(|found| (found.url.to_string(), found.origin)).collect()
    }

    #[track_caller]
    fn check_first(page: &str, url: &str, origin: Origin, expected: &[&str]) {
        let found: Vec<_> = lead(page, url, None);
        let of_origin: Vec<_> =
            found.iter().filter(|(_, how)| *how == origin).map(|(url, _)| url.as_str()).collect();
        assert_eq!(of_origin.get(..expected.len()), Some(expected), "{of_origin:?}");
    }

    #[test]
    fn declared_feeds_come_first_then_links_then_guesses() {
        let page = "<html lang=bg><title>Новини</title><a href='/rss-info'>RSS</a><a href=/bg/rss>Емисия</a>\
            <link rel=alternate type=application/rss+xml href=/feed/ title=Всичко>\
            <link rel='alternate' type='application/json' href='/wp-json/wp/v2/pages/1'>\
            <link rel=alternate hreflang=en href=/en/>";
        let found = lead(page, "https://a.example/bg/", None);
        let named: Vec<_> = found.iter().take(3).map(|(url, origin)| (url.as_str(), *origin)).collect();
        assert_eq!(
            named,
            [
                ("https://a.example/feed/", Origin::Declared),
                ("https://a.example/rss-info", Origin::Linked),
                ("https://a.example/bg/rss", Origin::Linked)
            ]
        );
        assert!(found.iter().skip(3).all(|(_, origin)| *origin == Origin::Guessed));
    }

    #[test]
    fn a_link_header_declares_too() {
        let header = "</style.css>; rel=preload, </all.xml>; rel=\"alternate\"; type=\"application/atom+xml\"; title=\"a, b\", <x";
        let found = lead("", "https://a.example/", Some(header));
        assert_eq!(found[0], ("https://a.example/all.xml".to_owned(), Origin::Declared));
        assert!(found[1..].iter().all(|(_, origin)| *origin == Origin::Guessed));
    }

    #[test]
    fn every_system_has_its_usual_place() {
        let check =
            |page: &str, url: &str, expected: &[&str]| check_first(page, url, Origin::Guessed, expected);
        check("<img src=/wp-content/a.png>", "https://a.example/en", &["https://a.example/en/feed/"]);
        check(
            "<meta name=Generator content='Drupal 10'>",
            "https://a.example/bg/novini",
            &["https://a.example/bg/rss.xml"],
        );
        check(
            "<meta name=generator content='Joomla! - Open Source'>",
            "https://a.example/en/news.html",
            &["https://a.example/en/news.html?format=feed&type=rss"],
        );
        check(
            "<div id=p_p_id_com_liferay_asset_publisher_web_portlet_AssetPublisherPortlet_INSTANCE_1ZlMReQfODHE_>asset_publisher",
            "https://a.example/bg/news",
            &["https://a.example/bg/news/-/asset_publisher/1ZlMReQfODHE/rss"],
        );
        check("", "https://medium.com/@somebody", &["https://medium.com/feed/@somebody"]);
        check("", "https://x.blogspot.com/", &["https://x.blogspot.com/feeds/posts/default"]);
        check(
            "<link rel=canonical href=https://www.youtube.com/channel/UC_x-1>",
            "https://www.youtube.com/@name",
            &["https://www.youtube.com/feeds/videos.xml?channel_id=UC_x-1"],
        );
        check("<meta name=generator content='Ghost 5.2'>", "https://a.example/", &["https://a.example/rss/"]);
        check(
            "<meta name=generator content='Hugo 0.120'>",
            "https://a.example/en/",
            &["https://a.example/en/index.xml"],
        );
        check(
            "<meta name=generator content='Jekyll v4'>",
            "https://a.example/",
            &["https://a.example/feed.xml"],
        );
        check(
            "<script src=/typo3conf/x.js></script>",
            "https://a.example/news",
            &["https://a.example/news/rss.xml"],
        );
    }

    #[test]
    fn a_home_page_leads_to_its_news() {
        let url = Url::parse("https://a.example/bg/").unwrap();
        for (page, expected) in [
            (
                "<a href=/bg/>Новини</a><a href=/about>За нас</a><a href=/x>Новини</a>",
                Some("https://a.example/x"),
            ),
            ("<a href=en/news.html>Read it</a>", Some("https://a.example/bg/en/news.html")),
            ("<a href=https://b.example/news>News</a>", None),
        ] {
            let lead = discover(page.as_bytes(), None, &url, None);
            assert_eq!(lead.news.as_ref().map(Url::as_str), expected, "{page}");
        }
    }

    #[test]
    fn there_is_an_end_to_candidates() {
        let links: String = (0..100)
            .map(|n| {
                format!("<link rel=alternate type=application/rss+xml href=/{n}/feed><a href=/{n}/rss>x</a>")
            })
            .collect();
        assert_eq!(lead(&links, "https://a.example/", None).len(), 16 + 10 + 7);
    }
}
