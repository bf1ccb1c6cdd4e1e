//! What a post becomes.

use chrono_tz::Tz;
use vestnik::{
    model::{FeedFormat, Language, ParsedFeed, TextKind},
    posts::{self, Post, Precision},
};

use super::{defaults, printed};

fn read(file: &str, text: &str) -> Post {
    let post = posts::read(file, text, &Language::bulgarian(), Tz::Europe__Sofia);
    post.map_err(|faults| printed(&faults)).unwrap()
}

const IN_TOML: &str = "+++\ntitle = 'Work meetings: Italy'\nslug = 'italy'\ndate = 2018-07-16\nlanguage = 'en'\n\
    tags = ['blog', 'Italy']\nauthors = ['Maria', 'Ivan']\nsummary = 'Three cities.'\ndraft = true\n\
    translation-of = 'italia'\n+++\n\nFrom *Bologna*.\n";
const IN_YAML: &str = "---\ntitle: 'Work meetings: Italy'\nslug: italy\ndate: 2018-07-16\nlanguage: en\n\
    tags: [blog, Italy]\nauthors:\n  - Maria\n  - Ivan\nsummary: Three cities.\ndraft: true\n\
    translation_of: italia\n---\n\nFrom *Bologna*.\n";

#[test]
fn both_kinds_of_front_matter_say_the_same() {
    let post = read("posts/x.md", IN_TOML);
    assert_eq!(Post { lines: post.lines, ..read("posts/x.md", IN_YAML) }, post);
    assert_eq!((post.title.as_str(), post.slug.as_str()), ("Work meetings: Italy", "italy"));
    assert_eq!(post.date.at.to_rfc3339(), "2018-07-16T09:00:00+00:00");
    assert_eq!(post.date.precision, Precision::Day);
    assert_eq!(
        (post.tags.as_slice(), post.authors.as_slice()),
        (
            ["blog".to_owned(), "Italy".to_owned()].as_slice(),
            ["Maria".to_owned(), "Ivan".to_owned()].as_slice()
        )
    );
    assert_eq!(post.summary.as_deref(), Some("Three cities."));
    assert!(post.draft);
    assert_eq!(post.translation_of.as_ref().map(|slug| slug.as_str()), Some("italia"));
    assert_eq!(post.html, "<p>From <em>Bologna</em>.</p>\n");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_not_matter() {
    for text in [IN_TOML, IN_YAML] {
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let post = read("posts/x.md", &windows);
        assert_eq!(post.slug.as_str(), "italy");
        assert_eq!(post.html, "<p>From <em>Bologna</em>.</p>\n");
    }
}

#[test]
fn what_is_not_said_has_a_default() {
    let post = read("posts/2018/Работни срещи.bg.md", "---\ntitle: Срещи\ndate: 2018\n---\n");
    assert_eq!(post.slug.as_str(), "rabotni-sreshti-bg");
    assert_eq!(post.language, Language::bulgarian());
    assert_eq!(post.date.precision, Precision::Year);
    assert!(post.tags.is_empty() && post.authors.is_empty() && post.summary.is_none() && !post.draft);
    assert_eq!(post.html, "");
    let post =
        read("a.md", "+++\ntitle = 'A'\ndate = '2018-07'\nauthor = 'Maria'\ntags = 'news'\n+++\n+++\n");
    assert_eq!((post.authors, post.tags), (vec!["Maria".to_owned()], vec!["news".to_owned()]));
    assert_eq!(post.html, "<p>+++</p>\n");
}

fn feed_of(texts: &[(&str, &str)]) -> ParsedFeed {
    let posts: Vec<_> = texts.iter().map(|(file, text)| read(file, text)).collect();
    posts::to_feed(&posts, &defaults().site())
}

#[test]
fn posts_become_one_complete_feed_newest_first_without_drafts() {
    let feed = feed_of(&[
        ("old.md", "+++\ntitle = 'Old'\ndate = '2017'\n+++\n"),
        ("new.md", "+++\ntitle = 'New'\ndate = '2018-07-16'\n+++\n"),
        ("draft.md", "+++\ntitle = 'Draft'\ndate = '2019'\ndraft = true\n+++\n"),
    ]);
    assert_eq!((feed.format, feed.complete), (FeedFormat::Posts, true));
    let titles: Vec<_> =
        feed.entries.iter().map(|entry| entry.title.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(titles, ["New", "Old"]);
    assert_eq!(feed.updated, feed.entries[0].published);
}

#[test]
fn an_entry_carries_what_the_post_says() {
    let text = IN_TOML.replace("draft = true", "draft = false");
    let feed = feed_of(&[("posts/x.md", &text)]);
    let entry = &feed.entries[0];
    assert_eq!(entry.id.as_deref(), Some("tag:127.0.0.1,2018:posts/italy"));
    assert_eq!(entry.link(), Some("http://127.0.0.1:8080/posts/italy"));
    assert_eq!(entry.language.as_deref(), Some("en"));
    let content = entry.content.as_ref().unwrap();
    assert_eq!((content.value.as_str(), &content.kind), ("<p>From <em>Bologna</em>.</p>\n", &TextKind::Html));
    assert_eq!(entry.summary.as_ref().unwrap().kind, TextKind::Plain);
    let authors: Vec<_> = entry.authors.iter().filter_map(|author| author.name.as_deref()).collect();
    assert_eq!(authors, ["Maria", "Ivan"]);
    let tags: Vec<_> = entry.categories.iter().map(|tag| tag.term.as_str()).collect();
    assert_eq!(tags, ["blog", "Italy"]);
}

#[test]
fn the_languages_of_a_text_link_to_each_other_and_drafts_to_none() {
    let post = |slug: &str, language: &str, more: &str| {
        format!("+++\ntitle = 'T'\nslug = '{slug}'\ndate = '2018'\nlanguage = '{language}'\n{more}\n+++\n")
    };
    let feed = feed_of(&[
        ("en.md", &post("text", "en", "")),
        ("bg.md", &post("tekst", "bg", "translation-of = 'text'")),
        ("it.md", &post("testo", "it", "translation-of = 'text'")),
        ("de.md", &post("deutsch", "de", "translation-of = 'text'\ndraft = true")),
        ("other.md", &post("other", "en", "")),
    ]);
    let links = |slug: &str| -> Vec<String> {
        let address = format!("http://127.0.0.1:8080/posts/{slug}");
        let entry = feed.entries.iter().find(|entry| entry.link() == Some(&address)).unwrap();
        entry.links.iter().map(|link| link.hreflang.clone().unwrap()).collect()
    };
    assert_eq!(links("text"), ["en", "bg", "it"]);
    assert_eq!(links("tekst"), ["bg", "it", "en"]);
    assert_eq!(links("other"), ["en"]);
}

#[test]
fn front_matter_that_nobody_wrote_by_hand_is_refused() {
    let text = format!("---\n{}---\n", "a: b\n".repeat(100_000));
    let faults = posts::read("a.md", &text, &Language::bulgarian(), Tz::Europe__Sofia).unwrap_err();
    assert_eq!(printed(&faults), "a.md:1: the front matter is longer than 64 KiB\n");
}
