//! What any database behind the store must do. A second backend runs the same suite.

mod store_contract;
mod trouble;

use chrono::TimeZone;
use sqlx::{Connection, Executor};
use vestnik::{
    model::{
        Changes, Collected, Contract, Entry, Fingerprint, Identity, Language, Outcome, Polling, Rights,
        SafeHtml, Slug, SortKey, SourceId, SourceKind, SourceSpec, Timestamp, Validators,
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

impl Opened {
    /// Another connection to the same file, to make trouble with.
    pub(crate) async fn beside(&self) -> sqlx::AnyConnection {
        beside(&self.folder.path().join("vestnik.db")).await
    }
}

/// A connection to the file of a store.
pub(crate) async fn beside(file: &std::path::Path) -> sqlx::AnyConnection {
    sqlx::AnyConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap()
}

/// From now on, this statement of this table fails as on a full disk, until the trigger `full` is dropped.
pub(crate) async fn fill_the_disk(database: &mut sqlx::AnyConnection, statement: &str) {
    let trigger =
        format!("create trigger full before {statement} begin select raise(abort, 'disk full'); end");
    database.execute(sqlx::AssertSqlSafe(trigger)).await.unwrap();
}

/// And now no longer.
pub(crate) async fn free_the_disk(database: &mut sqlx::AnyConnection) {
    database.execute("drop trigger full").await.unwrap();
}

pub(crate) fn at(minute: i64) -> Timestamp {
    chrono::Utc.timestamp_opt(1_790_000_000 + minute * 60, 0).unwrap()
}

pub(crate) fn spec(slug: &str) -> SourceSpec {
    SourceSpec {
        slug: slug.parse().unwrap(),
        kind: SourceKind::Feed,
        url: Some(format!("https://{slug}.example/feed").parse().unwrap()),
        title: None,
        home: None,
        language: None,
        zone: None,
        groups: vec!["partners".parse::<Slug>().unwrap()],
        tags: vec![],
        enabled: true,
        polling: Polling::default(),
        rights: Rights::default(),
        precedence: SourceSpec::PRECEDENCE,
        publication: Default::default(),
        user_agent: None,
        rules: None,
        contract: Contract::default(),
        declared_in: Some(format!("sources/{slug}.toml")),
    }
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
        validators: Some(Validators { etag: Some(b"W/\"\xe9 raw\"".to_vec()), last_modified: None }),
        body_hash: Some("abc".into()),
        entries_per_week: Some(3.5),
        changes,
        ..Collected::plain(source, Outcome::Read, at(minute), at(minute + 60))
    }
}

pub(crate) fn new(entries: Vec<(Entry, SortKey)>) -> Changes {
    Changes { new: entries, ..Changes::default() }
}
