//! A judged set: pairs that are one story and pairs that are not. What must not be merged never is; what must be, is found by
//! the reason that the pair names.

use serde::Deserialize;
use vestnik::{
    merge::{Grouping, Profile, judge},
    model::{
        Entry, EntryId, EntryState, Fingerprint, Identity, SafeHtml, SortKey, SourceId, StoredEntry,
        Timestamp,
    },
    normalise::canonical_link,
};

#[derive(Deserialize)]
struct Pairs {
    pair: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    why: Option<String>,
    a: Report,
    b: Report,
}

#[derive(Deserialize)]
struct Report {
    title: String,
    link: Option<String>,
    date: Timestamp,
    language: Option<String>,
    text: Option<String>,
}

fn profile(id: i64, report: &Report) -> Profile {
    Profile::of(&stored(id, report), canonical_link)
}

fn stored(id: i64, report: &Report) -> StoredEntry {
    let identity = Identity::of([id.to_string().as_str()]);
    StoredEntry {
        id: EntryId(id),
        source: SourceId(id),
        first_seen: report.date,
        changed: report.date,
        sort_key: SortKey::new(report.date, &identity),
        state: EntryState::Published,
        release_at: None,
        entry: Entry {
            identity,
            fingerprint: Fingerprint::of([""]),
            publisher_id: None,
            id_is_permalink: false,
            public_id: format!("urn:{id}"),
            link: report.link.clone(),
            title: report.title.clone(),
            summary: None,
            content: report.text.clone().map(SafeHtml::sanitised),
            authors: vec![],
            tags: vec![],
            attachments: vec![],
            image: None,
            language: report.language.as_ref().map(|language| language.parse().unwrap()),
            published: Some(report.date),
            updated: None,
            origin: None,
            rights: None,
            comments_url: None,
            translations: Vec::new(),
        },
    }
}

/// What the whole way says: by the index first, then by a close look.
fn grouped(pair: &Pair) -> Option<&'static str> {
    let mut grouping = Grouping::default();
    assert_eq!(grouping.place(profile(1, &pair.a)).0, None);
    grouping.place(profile(2, &pair.b)).0.map(|joined| joined.why.name())
}

fn read(text: &str) -> Vec<Pair> {
    toml::from_str::<Pairs>(text).unwrap().pair
}

#[test]
fn what_is_one_story_is_found() {
    let pairs = read(include_str!("../fixtures/merging/must-merge.toml"));
    assert!(pairs.len() >= 9);
    for pair in pairs {
        let why = judge(&profile(1, &pair.a), &profile(2, &pair.b)).map(|why| why.name());
        assert_eq!(why, pair.why.as_deref(), "{}", pair.name);
        assert_eq!(grouped(&pair), pair.why.as_deref(), "by the index: {}", pair.name);
    }
}

#[test]
fn what_only_looks_alike_is_left_apart() {
    let pairs = read(include_str!("../fixtures/merging/must-not-merge.toml"));
    assert!(pairs.len() >= 16);
    for pair in pairs {
        let (a, b) = (profile(1, &pair.a), profile(2, &pair.b));
        assert_eq!((judge(&a, &b), judge(&b, &a)), (None, None), "{}", pair.name);
        assert_eq!(grouped(&pair), None, "by the index: {}", pair.name);
    }
}

#[test]
fn an_entry_is_never_one_with_another_of_its_own_source() {
    for pair in read(include_str!("../fixtures/merging/must-merge.toml")) {
        let (a, mut b) = (profile(1, &pair.a), profile(2, &pair.b));
        b.source = a.source;
        assert_eq!(judge(&a, &b), None, "{}", pair.name);
    }
}

#[test]
fn a_headline_that_a_source_repeats_says_nothing() {
    let report = |hours: i64| Report {
        title: "Въздухът в столицата днес: данни от всички измервателни станции".to_owned(),
        link: None,
        date: Timestamp::UNIX_EPOCH + chrono::TimeDelta::days(20_000) + chrono::TimeDelta::hours(hours),
        language: Some("bg".to_owned()),
        text: None,
    };
    let mut grouping = Grouping::default();
    for (id, hours) in [(1, 0), (2, 24)] {
        let mut of_one_source = profile(id, &report(hours));
        of_one_source.source = SourceId(1);
        assert_eq!(grouping.place(of_one_source).0, None);
    }
    assert_eq!(grouping.place(profile(3, &report(25))).0, None);
}
