//! What any database behind the store must do. A second backend runs the same suite.

mod claims;
mod lists;
mod moving;
mod nodes;
mod store_contract;
mod trouble;

use std::cell::Cell;

use chrono::TimeZone;
use sqlx::{Connection, Executor};
use vestnik::{
    config::DatabaseUrl,
    model::{
        Changes, Collected, Contract, Entry, Fingerprint, Identity, Language, Outcome, Polling, Rights,
        SafeHtml, Slug, SortKey, SourceId, SourceKind, SourceSpec, Timestamp, Validators,
    },
    store::Store,
};

use crate::support::postgres;

/// A store on one of the databases, and where it is.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) address: DatabaseUrl,
    // Removed when the test ends.
    _folder: Option<tempfile::TempDir>,
}

thread_local! {
    static ON_POSTGRES: Cell<bool> = const { Cell::new(false) };
}

/// Runs a test that calls `open` once more, with PostgreSQL in place of SQLite.
pub(crate) fn on_postgres(test: &str, rule: fn()) {
    if !postgres::is_installed() {
        return postgres::left_out(test);
    }
    ON_POSTGRES.set(true);
    rule();
    ON_POSTGRES.set(false);
}

/// These tests of a module, on PostgreSQL too.
macro_rules! on_postgres_too {
    ($($name:ident),+ $(,)?) => {
        mod on_postgres {
            $(
                #[test]
                fn $name() {
                    $crate::storing::on_postgres(stringify!($name), super::$name);
                }
            )+
        }
    };
}
pub(crate) use on_postgres_too;

/// A new store: on SQLite, but where `on_postgres_too` runs the test.
pub(crate) async fn open() -> Opened {
    if ON_POSTGRES.get() {
        return open_postgres("a test that runs on both").await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let address = DatabaseUrl::Sqlite(folder.path().join("vestnik.db"));
    Opened { store: Store::open(&address).await.unwrap(), address, _folder: Some(folder) }
}

/// A new store on PostgreSQL; None where there is none.
pub(crate) async fn open_postgres(test: &str) -> Option<Opened> {
    let address = DatabaseUrl::Postgres(postgres::database(test).await?);
    Some(Opened { store: Store::open(&address).await.unwrap(), address, _folder: None })
}

/// A rule that every database has to keep: one test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($(async fn $name:ident($opened:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a rule may need nothing of its module")]
            use super::*;

            async fn rule($opened: &$crate::storing::Opened) $body

            #[tokio::test]
            async fn on_sqlite() {
                rule(&$crate::storing::open().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(opened) = $crate::storing::open_postgres(stringify!($name)).await {
                    rule(&opened).await;
                }
            }
        }
    )+};
}
pub(crate) use on_both;

impl Opened {
    /// Another store on the same database, as after a restart or in another process.
    pub(crate) async fn again(&self) -> Store {
        Store::open(&self.address).await.unwrap()
    }

    /// Another connection to the same database, to make trouble with.
    pub(crate) async fn beside(&self) -> sqlx::AnyConnection {
        beside(&self.address).await
    }
}

/// A connection to the database of a store.
pub(crate) async fn beside(address: &DatabaseUrl) -> sqlx::AnyConnection {
    sqlx::any::install_default_drivers();
    let address = match address {
        DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
        DatabaseUrl::Postgres(url) => url.to_string(),
    };
    sqlx::AnyConnection::connect(&address).await.unwrap()
}

/// From now on, this statement of this table (and where it says so, only for such rows) fails as on a full disk, until
/// `free_the_disk`.
pub(crate) async fn fill_the_disk(database: &mut sqlx::AnyConnection, statement: &str) {
    let trigger = if database.backend_name() == "PostgreSQL" {
        let (statement, condition) = match statement.split_once(" when ") {
            Some((statement, condition)) => (statement, format!("when ({condition})")),
            None => (statement, String::new()),
        };
        format!(
            "create or replace function full_disk() returns trigger language plpgsql \
             as 'begin raise exception ''disk full'' using errcode = ''53100''; end'; \
             create trigger full_disk before {statement} for each row {condition} execute function full_disk()"
        )
    } else {
        format!("create trigger full_disk before {statement} begin select raise(abort, 'disk full'); end")
    };
    database.execute(sqlx::AssertSqlSafe(trigger)).await.unwrap();
}

/// And now no longer.
pub(crate) async fn free_the_disk(database: &mut sqlx::AnyConnection) {
    let free = if database.backend_name() == "PostgreSQL" {
        "drop function full_disk() cascade"
    } else {
        "drop trigger full_disk"
    };
    database.execute(free).await.unwrap();
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
        retention: Default::default(),
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
        translations: Vec::new(),
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
