//! What any database behind the store must do. A second backend runs the same suite.

mod store_contract;

use chrono::TimeZone;
use vestnik::{
    model::{
        Changes, Collected, Entry, Fingerprint, Health, Identity, Language, Outcome, SafeHtml, Slug, SortKey,
        SourceId, SourceSpec, Timestamp, Validators,
    },
    store::Store,
};

pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) async fn open() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&folder.path().join("vestnik.db")).await.unwrap();
    Opened { store, folder }
}

pub(crate) fn at(minute: i64) -> Timestamp {
    chrono::Utc.timestamp_opt(1_790_000_000 + minute * 60, 0).unwrap()
}

pub(crate) fn spec(slug: &str) -> SourceSpec {
    let url = format!("https://{slug}.example/feed").parse().unwrap();
    let mut spec = SourceSpec::feed(slug.parse().unwrap(), url);
    spec.groups.push("partners".parse::<Slug>().unwrap());
    spec
}

pub(crate) fn entry(source: &str, number: i64, language: &str) -> (Entry, SortKey) {
    let id = format!("urn:{source}:{number}");
    let identity = Identity::of([id.as_str()]);
    let entry = Entry {
        fingerprint: Fingerprint::of([id.as_str(), "first"]),
        publisher_id: Some(id.clone()),
        id_is_permalink: false,
        public_id: id,
        link: Some(format!("https://{source}.example/{number}")),
        title: format!("Новина {number} „кавички“ \u{1F5DE}"),
        summary: None,
        content: Some(SafeHtml::sanitised(format!("<p>текст \"{number}\" \\ {source}</p>"))),
        authors: vec![],
        tags: vec!["Новини".into(), format!("tag{}", number % 2)],
        attachments: vec![],
        image: None,
        language: Some(language.parse::<Language>().unwrap()),
        published: Some(at(number)),
        updated: None,
        origin: None,
        rights: None,
        comments_url: None,
        identity: identity.clone(),
    };
    (entry, SortKey::new(at(number), &identity))
}

pub(crate) fn collected(source: SourceId, minute: i64, changes: Changes) -> Collected {
    Collected {
        source,
        at: at(minute),
        outcome: Outcome::Read,
        validators: Some(Validators { etag: Some(b"W/\"\xe9 raw\"".to_vec()), last_modified: None }),
        body_hash: Some("abc".into()),
        next_due: at(minute + 60),
        health: Health::Ok,
        reason: None,
        info: None,
        entries_per_week: Some(3.5),
        changes,
    }
}

pub(crate) fn new(entries: Vec<(Entry, SortKey)>) -> Changes {
    Changes { new: entries, ..Changes::default() }
}
