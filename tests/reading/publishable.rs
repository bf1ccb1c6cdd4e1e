//! Whatever is read becomes entries that may be shown.

use vestnik::model::{Changes, Entry, ParsedFeed, SafeHtml, SourceKind, SourceSpec, Timestamp};
use vestnik::normalise::{self, Context};

use super::fixtures::{documents, folder, read};

fn source() -> SourceSpec {
    SourceSpec {
        slug: "partner".parse().unwrap(),
        kind: SourceKind::Feed,
        url: "https://partner.example/feed/".parse().ok(),
        title: None,
        home: None,
        language: None,
        zone: None,
        groups: Vec::new(),
        tags: Vec::new(),
        enabled: true,
        polling: vestnik::model::Polling::default(),
        rights: vestnik::model::Rights::default(),
        precedence: SourceSpec::PRECEDENCE,
        publication: Default::default(),
        user_agent: None,
        rules: None,
        contract: vestnik::model::Contract::default(),
        retention: Default::default(),
        declared_in: None,
    }
}

fn collect(feed: ParsedFeed) -> Changes {
    let source = source();
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let base = "https://partner.example/feed/".parse().unwrap();
    let context = Context {
        source: &source,
        base: Some(&base),
        authority: "news.example",
        now,
        languages: &[],
        clean_links: false,
    };
    let identified = normalise::identify(&feed, &source);
    normalise::changes(feed, identified, &[], &context)
}

fn fixture(name: &str) -> Vec<Entry> {
    let feed = read(&folder().join(name)).unwrap();
    collect(feed).new.into_iter().map(|(entry, _)| entry).collect()
}

fn html(text: &Option<SafeHtml>) -> &str {
    text.as_ref().map_or("", SafeHtml::as_str)
}

#[test]
fn the_footers_of_wordpress_leave_the_text() {
    for (name, language) in
        [("wordpress-bg.xml", "bg-BG"), ("wordpress-en.xml", "en-US"), ("wordpress-de.xml", "de-DE")]
    {
        let entry = &fixture(name)[0];
        for text in [html(&entry.summary), html(&entry.content)] {
            assert_eq!(text.matches("<p>").count(), 1, "{name}: {text}");
        }
        assert!(html(&entry.content).contains("href=\"https://partner.example/a?b=1&amp;c=2\""), "{name}");
        assert_eq!(entry.language.as_ref().unwrap().as_str(), language);
        assert_eq!(entry.authors[0].name.as_deref(), Some("Redaktion & Team"));
        assert_eq!(entry.public_id, "https://partner.example/?p=451");
    }
}

#[test]
fn bad_ids_do_not_lose_entries() {
    assert_eq!(fixture("one-guid-for-all.xml").len(), 3);
    let minted = fixture("no-guid.xml");
    assert_eq!(minted.len(), 3);
    assert!(minted.iter().all(|entry| entry.public_id.starts_with("tag:news.example,2026:partner/")));
}

#[test]
fn titles_are_plain_whatever_they_were() {
    assert_eq!(fixture("double-escaped-title.xml")[0].title, "Research & Innovation – new");
    assert_eq!(fixture("named-entities-without-dtd.xml")[0].title, "Café – 20 € & &unknown; «x»");
    assert_eq!(fixture("atom-with-xml-base.xml")[0].title, "Alpen & Daten");
}

#[test]
fn relative_addresses_stand_on_the_base_where_they_are() {
    let entry = &fixture("atom-with-xml-base.xml")[0];
    assert_eq!(entry.link.as_deref(), Some("https://www.research.example/press/2018/alpen.html"));
    assert!(html(&entry.content).contains("href=\"https://www.research.example/press/2018/text/a.html\""));
    assert_eq!(entry.language.as_ref().unwrap().as_str(), "de");
}

#[test]
fn nothing_that_is_read_leaves_the_house_unsafe() {
    for path in documents() {
        let Ok(feed) = read(&path) else { continue };
        for (entry, _) in collect(feed).new {
            let shown = format!("{entry:?}");
            for bad in ["<script", "javascript:", "onclick", "\\0", "\\u{b}"] {
                assert!(!shown.contains(bad), "{}: {shown}", path.display());
            }
            assert!(
                !entry.authors.iter().any(|author| format!("{author:?}").contains('@')),
                "{}",
                path.display()
            );
            assert!(!entry.title.contains(['\n', '\t']), "{}", path.display());
        }
    }
}
