//! Moving everything from one database to another loses and changes nothing.

use sqlx::Executor;
use vestnik::store::{MoveError, MovedTable, Store};

use super::{at, collected, entry, new, open, open_postgres, spec};

/// What staff, readers and time leave in a database that has been at work for years: entries in every state, former texts,
/// stories that staff took apart, archives, counts of readers, addresses that moved, claims of a node that died.
const YEARS: [&str; 21] = [
    "update entries set state = 'held', release_at = null where id = 11",
    "update entries set state = 'withdrawn', title = '', content = null where id = 12",
    "update entries set state = 'expired', title = '', content = null where id = 13",
    "update entries set state = 'embargoed', release_at = 1900000000000 where id = 14",
    "insert into entry_revisions (entry_id, replaced_at, title, link, details_json, number, sort_key, changed) \
     values (7, 3, 'Преди', null, '{}', 1, 5, 2)",
    "insert into entry_aliases (source_id, identity, entry_id, published_as_json) values (7, 'old', 7, '{\"id\":\"urn:old\"}')",
    "insert into renditions (channel, format, hash, last_modified) values ('all', 'atom', 'ab12', 1772620200123)",
    "insert into fetches (at, source_id, previous, outcome, status, millis, bytes, saved, fresh, updated, reason) \
     values (8, 7, null, 'failed', 503, 12, 0, 0, 0, 0, 'die Seite „antwortet“ nicht')",
    "insert into fetch_days (day, source_id, fetches, failed, unchanged, millis, bytes, saved, fresh, updated) \
     values (20000, 7, 96, 1, 90, 4321, 99, 12345678, 3, 1)",
    "insert into host_holds (authority, until) values ('busy.example:443', 1900000000000)",
    "insert into archives (channel, cursor, pending_json, pages) values ('all', 40, '[[1,2]]', 1)",
    "insert into archive_pages (channel, number, closed_at, members_json) values ('all', 1, 9, '[[1,1],[2,1]]')",
    "insert into quarantine (entry_id, since, format, reason) values (15, 4, 'rss', 'a date of the year 10000')",
    "insert into article_checks (entry_id, checked_at, gone) values (16, 5, 1)",
    "insert into stories (id, lead, created) values (1, 20, 6), (9, 21, 7)",
    "insert into story_entries (entry_id, story_id, why) values (20, 1, 'link'), (22, 1, 'staff'), (21, 9, 'text')",
    "insert into story_keys (hash, at, entry_id, source_id) values (-9223372036854775808, 8, 20, 20)",
    "insert into story_apart (entry_id, other_id) values (20, 21)",
    "insert into story_decisions (at, action, entry_id, other_id, story_id) values (9, 'split', 20, 21, 1), \
     (10, 'merge', 20, 22, null)",
    "insert into translations (entry_id, other_id) values (30, 31)",
    "insert into consumers (day, channel, agent, requests, unchanged, bytes, subscribers) \
     values ('2026-03-04', 'all', 'Четец/1.0', 9223372036854775807, 1, 2, 3)",
];

/// A store with rows in every table, and of every kind of value: fractions, bytes, texts with all that texts can have, nothing.
async fn filled() -> super::Opened {
    let opened = open().await;
    let specs: Vec<_> = (0..50).map(|number| spec(&format!("s{number}"))).collect();
    let sources = opened.store.sync_sources(&specs, at(0)).await.unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    for (source, minute) in sources.iter().zip(1..) {
        let mut found =
            collected(source.id, minute, new(vec![entry(source.spec.slug.as_str(), minute, "bg")]));
        // Fractions of any size, with all their digits.
        found.entries_per_week = Some(random.f64() * 10_f64.powi(random.i32(-12..12)));
        opened.store.commit(found).await.unwrap();
    }
    let mut beside = opened.beside().await;
    for statement in [
        "insert into kept_documents (source_id, url, content_type, body) \
         values (1, 'https://a.example/', null, x'00ff0a22275c'), (2, 'https://b.example/', 'text/html', x'')",
        // JSON in a text may name the character that PostgreSQL cannot hold.
        "update entries set details_json = '{\"minted\":true,\"rights\":\"\\u0000\"}' where id = 9",
        "update source_states set last_modified = '\u{ff}\u{80}' where source_id = 3",
        "insert into decisions (entry_id, at, who, what, before, after, reason) \
         values (7, 1, 'Мария', 'hide', 'published', 'hidden', 'с \"кавички\" \\ и\nнов ред')",
        "update source_states set moves_json = '{\"address\":\"https://new.example/feed\"}', moved_host = 'new.example:443', \
         claim = 17, node = 4711 where source_id = 5",
        "delete from ungrouped where entry_id > 40",
    ]
    .into_iter()
    .chain(YEARS)
    {
        beside.execute(statement).await.unwrap();
    }
    opened
}

async fn moved(from: &Store, to: &Store) -> Vec<MovedTable> {
    from.move_into(to, |_| {}).await.unwrap()
}

#[tokio::test]
async fn what_was_moved_to_postgresql_and_back_is_what_it_was() {
    let from = filled().await;
    let Some(there) = open_postgres("moving a store").await else { return };
    let back = open().await;
    let first = moved(&from.store, &there.store).await;
    let second = moved(&there.store, &back.store).await;
    assert_eq!(first, second, "the same rows, by count and digest");
    let empty: Vec<&str> = first.iter().filter(|table| table.rows == 0).map(|table| table.name).collect();
    assert!(empty.is_empty(), "a new table has to have rows here, or nothing is said about it: {empty:?}");
    let rows = |name| first.iter().find(|table| table.name == name).unwrap().rows;
    assert_eq!((rows("sources"), rows("entries"), rows("kept_documents"), rows("decisions")), (50, 50, 2, 1));
    assert_eq!(back.store.sources().await.unwrap(), from.store.sources().await.unwrap());
    // New rows get numbers of their own on either side.
    for store in [&there.store, &back.store] {
        let source = store.sources().await.unwrap().remove(0);
        store.commit(collected(source.id, 900, new(vec![entry("later", 900, "bg")]))).await.unwrap();
        // Four of the fifty are not published, and one is new.
        assert_eq!(store.count_published().await.unwrap(), 47);
    }
    // Both have something now.
    let refused = there.store.move_into(&back.store, |_| {}).await.unwrap_err();
    assert!(matches!(refused, MoveError::NotEmpty("sources")), "{refused}");
}

#[tokio::test]
async fn what_postgresql_cannot_hold_is_named_and_nothing_is_written() {
    let from = filled().await;
    let Some(there) = open_postgres("moving U+0000").await else { return };
    from.beside()
        .await
        .execute("update entries set title = 'a' || char(0) || 'b' where id = 5")
        .await
        .unwrap();
    let refused = from.store.move_into(&there.store, |_| {}).await.unwrap_err();
    let said = refused.to_string();
    assert!(matches!(refused, MoveError::Zero { table: "entries", .. }), "{said}");
    assert!(said.contains("id 5,") && said.contains(".example/5"), "the row is shown: {said}");
    assert!(there.store.sources().await.unwrap().is_empty(), "all or nothing");
    let back = open().await;
    moved(&from.store, &back.store).await;
}
