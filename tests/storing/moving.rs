//! Moving everything from one database to another loses and changes nothing.

use sqlx::Executor;
use vestnik::store::{MoveError, MovedTable, Store};

use super::{at, collected, entry, new, open, open_postgres, spec};

/// A store with rows of every kind of value: fractions, bytes, texts with all that texts can have, nothing.
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
    ] {
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
    let rows = |name| first.iter().find(|table| table.name == name).unwrap().rows;
    assert_eq!((rows("sources"), rows("entries"), rows("kept_documents"), rows("decisions")), (50, 50, 2, 1));
    assert_eq!(back.store.sources().await.unwrap(), from.store.sources().await.unwrap());
    // New rows get numbers of their own on either side.
    for store in [&there.store, &back.store] {
        let source = store.sources().await.unwrap().remove(0);
        store.commit(collected(source.id, 900, new(vec![entry("later", 900, "bg")]))).await.unwrap();
        assert_eq!(store.count_published().await.unwrap(), 51);
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
