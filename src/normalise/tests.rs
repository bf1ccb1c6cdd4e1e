use chrono::Duration;

use super::*;
use crate::model::{
    Category, Changes, Entry, EntryId, EntryState, FeedFormat, Known, Link, ParsedEntry, ParsedFeed, Person,
    Polling, Rights, SortKey, SourceKind, Text,
};

fn source() -> SourceSpec {
    SourceSpec {
        slug: "noi".parse().unwrap(),
        kind: SourceKind::Feed,
        url: Some("https://example.org/feed".parse().unwrap()),
        title: None,
        home: None,
        language: None,
        zone: None,
        groups: Vec::new(),
        tags: vec!["Partners".to_owned()],
        enabled: true,
        polling: Polling::default(),
        rights: Rights::default(),
        precedence: SourceSpec::PRECEDENCE,
        publication: Default::default(),
        user_agent: None,
        rules: None,
        contract: Default::default(),
        retention: Default::default(),
        declared_in: None,
    }
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn entry(id: &str, link: &str, title: &str) -> ParsedEntry {
    let link = (!link.is_empty()).then(|| Link { href: link.to_owned(), ..Link::default() });
    ParsedEntry {
        id: (!id.is_empty()).then(|| id.to_owned()),
        links: link.into_iter().collect(),
        title: Some(Text::plain(title)),
        ..ParsedEntry::default()
    }
}

fn feed(entries: Vec<ParsedEntry>) -> ParsedFeed {
    ParsedFeed { entries, ..ParsedFeed::new(FeedFormat::Rss20) }
}

fn collect(feed: ParsedFeed, known: &[Known]) -> Changes {
    let source = source();
    let base = "https://example.org/feed".parse().unwrap();
    let context = Context {
        source: &source,
        base: Some(&base),
        authority: "news.example.net",
        now: now(),
        languages: &[],
        clean_links: false,
    };
    let identified = identify(&feed, &source);
    changes(feed, identified, known, &context)
}

fn only(parsed: ParsedEntry) -> (Entry, SortKey) {
    let mut changes = collect(feed(vec![parsed]), &[]);
    assert_eq!(changes.new.len(), 1);
    changes.new.remove(0)
}

fn known(changes: &Changes) -> Vec<Known> {
    let entries = changes.new.iter().map(|(entry, _)| entry).zip(1..);
    entries
        .map(|(entry, id)| Known {
            id: EntryId(id),
            identity: entry.identity.clone(),
            fingerprint: entry.fingerprint.clone(),
            public_id: entry.public_id.clone(),
            first_seen: now() - Duration::days(1),
            link: entry.link.clone(),
            state: EntryState::Published,
            published_as: None,
            alias_of: None,
            publisher_id: entry.publisher_id.clone(),
        })
        .collect()
}

#[test]
fn an_entry_is_known_by_id_then_link_then_text() {
    let source = source();
    let count = |entries: Vec<ParsedEntry>| identify(&feed(entries), &source).len();
    for (entries, expected, why) in [
        (vec![entry("1", "", "a"), entry("1", "", "a")], 1, "a repeat"),
        (
            vec![
                entry("1", "http://example.org/a", "a"),
                entry("1", "https://www.example.org/a/?utm_source=x", "b"),
            ],
            1,
            "twins",
        ),
        (
            vec![entry("1", "http://example.org/a", "a"), entry("1", "http://example.org/b", "a")],
            2,
            "one guid for all",
        ),
        (vec![entry("1", "", "a"), entry("1", "", "b")], 2, "one guid for all, without links"),
        (vec![entry("", "http://example.org/a", "a"), entry("", "http://example.org/a", "a")], 1, "no guid"),
        (
            vec![entry("", "http://example.org/", "a"), entry("", "http://example.org/", "b")],
            2,
            "one link for all",
        ),
        (vec![entry("", "", "a"), entry("", "", "a"), entry("", "", "b")], 2, "neither"),
        (
            vec![entry("1", "http://example.org/a", "a"), entry("2", "http://example.org/a", "a")],
            2,
            "ids differ",
        ),
    ] {
        assert_eq!(count(entries), expected, "{why}");
    }
}

#[test]
fn unchanged_entries_are_left_alone_and_changed_ones_keep_their_id() {
    let first = collect(feed(vec![entry("5", "http://example.org/a", "a"), entry("6", "", "b")]), &[]);
    let stored = known(&first);
    let again = collect(feed(vec![entry("6", "", "b"), entry("5", "http://example.org/a", "a")]), &stored);
    assert_eq!((again.unchanged, again.is_empty()), (2, true));
    let mut changed = entry("5", "http://example.org/a", "a, corrected");
    changed.published = Some(now());
    let third = collect(feed(vec![changed]), &stored);
    let (id, entry, key) = &third.updated[0];
    assert_eq!((*id, entry.public_id.as_str()), (EntryId(1), stored[0].public_id.as_str()));
    assert_eq!(key.at(), stored[0].first_seen, "an edit never lifts an entry above its first sight");
    assert!(third.withdrawn.is_empty(), "a feed is a window: what left it was not withdrawn");
}

#[test]
fn a_complete_document_withdraws_and_brings_back() {
    let whole = |entries| ParsedFeed { complete: true, ..feed(entries) };
    let mut stored = known(&collect(whole(vec![entry("1", "", "a"), entry("2", "", "b")]), &[]));
    let less = collect(whole(vec![entry("1", "", "a")]), &stored);
    assert_eq!(less.withdrawn, [EntryId(2)]);
    stored[1].state = EntryState::Withdrawn;
    assert!(collect(whole(vec![entry("1", "", "a")]), &stored).is_empty());
    assert!(collect(feed(vec![entry("2", "", "b")]), &stored).is_empty(), "a window brings nothing back");
    assert_eq!(collect(whole(vec![entry("1", "", "a"), entry("2", "", "b")]), &stored).updated.len(), 1);
    assert!(collect(whole(Vec::new()), &stored).withdrawn.is_empty(), "an empty answer is a fault");
}

#[test]
fn entries_stand_where_their_date_is_but_never_in_the_future() {
    let at = |date: &str| {
        let published = (!date.is_empty()).then(|| date.parse().unwrap());
        only(ParsedEntry { published, ..entry("1", "", "a") }).1.at()
    };
    assert_eq!(at("2025-01-01T00:00:00Z"), "2025-01-01T00:00:00Z".parse::<Timestamp>().unwrap());
    assert_eq!(at("2027-01-01T00:00:00Z"), now());
    assert_eq!(at("0001-01-01T00:00:00Z"), now());
    assert_eq!(at(""), now());
}

#[test]
fn ids_that_are_no_iris_get_one_of_ours() {
    let public = |id: &str| only(entry(id, "", "a")).0.public_id;
    assert_eq!(public("https://example.org/?p=5"), "https://example.org/?p=5");
    for id in ["5", "Заглавие на новина", ""] {
        let (entry, _) = only(entry(id, "", "a"));
        assert_eq!(entry.public_id, format!("tag:news.example.net,2026:noi/{}", entry.identity));
    }
    let shared = "https://example.org/";
    let twins = collect(feed(vec![entry(shared, "", "a"), entry(shared, "", "b")]), &[]);
    assert_ne!(twins.new[0].0.public_id, twins.new[1].0.public_id, "a guid that all share is not published");
}

#[test]
fn an_entry_may_be_shown() {
    let mut parsed = entry("1", "/news/1?utm_source=rss", "Новина &amp;amp; <b>още</b>");
    parsed.summary = Some(Text::html("<p onclick=x>Текст<script>1</script></p>"));
    parsed.content = Some(Text::html("<p>Текст</p>"));
    parsed.authors = vec![
        Person { name: Some("(Иван)".to_owned()), email: Some("i@example.org".to_owned()), url: None },
        Person { name: None, email: Some("x@example.org".to_owned()), url: None },
    ];
    parsed.categories = [" София ", "софия", "partners"]
        .map(|term| Category { term: term.to_owned(), ..Category::default() })
        .into();
    let (entry, _) = only(parsed);
    assert_eq!(entry.title, "Новина & още");
    assert_eq!(entry.link.as_deref(), Some("https://example.org/news/1?utm_source=rss"));
    assert_eq!(entry.content.unwrap().as_str(), "<p>Текст</p>");
    assert_eq!(entry.summary, None, "the same as the content");
    assert_eq!(entry.authors, [Person { name: Some("Иван".to_owned()), ..Person::default() }]);
    assert_eq!(entry.tags, ["София", "partners"]);
    assert_eq!(entry.publisher_id.as_deref(), Some("1"));
}

#[test]
fn a_title_without_end_ends_at_a_word() {
    let (entry, _) = only(entry("1", "", &"дума ".repeat(5000)));
    assert!(entry.title.ends_with("дума…") && entry.title.chars().count() <= 1001, "{}", entry.title.len());
}

#[test]
fn settings_that_change_the_outcome_change_the_fingerprint() {
    let document = feed(vec![entry("1", "", "a")]);
    let print = |source: &SourceSpec| identify(&document, source).remove(0).fingerprint;
    let plain = print(&source());
    assert_eq!(print(&SourceSpec { title: Some("x".to_owned()), ..source() }), plain);
    assert_ne!(print(&SourceSpec { tags: Vec::new(), ..source() }), plain);
    assert_ne!(print(&SourceSpec { language: "bg".parse().ok(), ..source() }), plain);
    assert_ne!(print(&SourceSpec { zone: Some(chrono_tz::Europe::Sofia), ..source() }), plain);
}

#[test]
fn a_feed_is_described_by_its_entries() {
    let dated =
        |days| ParsedEntry { published: Some(now() - Duration::days(days)), ..ParsedEntry::default() };
    let mut document = feed(vec![dated(-3), dated(7), dated(14)]);
    document.title = Some(Text::plain("Новини &amp; събития"));
    let info = feed_info(&document, now());
    assert_eq!(info.title.as_deref(), Some("Новини & събития"));
    assert_eq!(info.updated, Some(now() - Duration::days(7)));
    assert_eq!(entries_per_week(&document, now()), Some(1.0));
    assert_eq!(entries_per_week(&feed(vec![dated(1)]), now()), None);
}

proptest::proptest! {
    #[test]
    fn who_an_entry_is_does_not_depend_on_order(
        drawn in proptest::collection::vec((0..3_u8, 0..3_u8, 0..3_u8), 0..8), turn in 0..8_usize,
    ) {
        let pick = |n: u8, prefix: &str| if n == 0 { String::new() } else { format!("{prefix}{n}") };
        let make = |(id, link, title): &(u8, u8, u8)| entry(&pick(*id, "id"), &pick(*link, "http://example.org/"), &pick(*title, "t"));
        let entries: Vec<ParsedEntry> = drawn.iter().map(make).collect();
        let mut turned = entries.clone();
        turned.rotate_left(if entries.is_empty() { 0 } else { turn % entries.len() });
        let source = source();
        let ids = |entries| {
            let mut ids: Vec<_> = identify(&feed(entries), &source).into_iter().map(|found| found.identity).collect();
            ids.sort();
            ids
        };
        proptest::prop_assert_eq!(ids(entries), ids(turned));
    }
}
