//! Nodes that write the same rows at the same time: neither waits for the other for ever, and none gives up.

use vestnik::{
    model::{Changes, EntryId, Format},
    store::{ConsumedOnDay, Quarantined, Revision, Store},
};

use super::{Opened, at, collected, entry, new, open_postgres, spec};

const ROWS: i64 = 300;

async fn nodes(test: &str) -> Option<(Opened, Store)> {
    let opened = open_postgres(test).await?;
    let other = opened.again().await;
    Some((opened, other))
}

/// These rows by one node, and by the other in the opposite order; again and again.
async fn at_once<T: Clone>(
    stores: [&Store; 2],
    make: impl Fn(i64, i64) -> T,
    write: impl AsyncFn(&Store, Vec<T>),
) {
    for round in 0..20 {
        let rows: Vec<T> = (0..ROWS).map(|number| make(round, number)).collect();
        let backwards: Vec<T> = rows.iter().rev().cloned().collect();
        tokio::join!(write(stores[0], rows), write(stores[1], backwards));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nodes_publish_at_once_is_written_by_both() {
    let Some((opened, other)) = nodes("publishing at once").await else { return };
    let revision = |round: i64, number: i64| Revision {
        name: format!("channel-{number:03}"),
        format: Format::Atom,
        hash: format!("{round}"),
        last_modified: at(round),
    };
    at_once([&opened.store, &other], revision, async |store, rows| {
        // Another hash by each, or the second would find nothing to write.
        let own = |row: Revision| Revision { hash: format!("{}{:p}", row.hash, store), ..row };
        store.set_revisions(&rows.into_iter().map(own).collect::<Vec<_>>()).await.unwrap();
    })
    .await;
    assert_eq!(other.revisions().await.unwrap().len(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_nodes_count_at_once_are_counted_by_both() {
    let Some((opened, other)) = nodes("counting at once").await else { return };
    let consumed = |_, number: i64| ConsumedOnDay {
        day: "2026-03-04".into(),
        channel: "all".into(),
        program: format!("Reader {number}"),
        requests: 1,
        unchanged: 0,
        bytes: 10,
        subscribers: 0,
    };
    at_once([&opened.store, &other], consumed, async |store, rows| store.add_consumers(&rows).await.unwrap())
        .await;
    let counted = other.consumers_since("2026-03-04").await.unwrap();
    assert!(counted.iter().all(|counted| counted.requests == 40), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_nodes_keep_out_and_let_in_at_once_are_kept_out_and_let_in() {
    let Some((opened, other)) = nodes("quarantine at once").await else { return };
    let source = opened.store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
    let entries = (0..ROWS).map(|number| entry("a", number, "bg")).collect();
    opened.store.commit(collected(source, 1, new(entries))).await.unwrap();
    let faulty = |round, number: i64| Quarantined {
        entry: EntryId(number + 1),
        since: at(round),
        format: Format::Rss,
        reason: format!("fault {round}"),
    };
    at_once([&opened.store, &other], faulty, async |store, rows| {
        // Each lets out what the other puts in.
        let (faulty, sound) = rows.split_at(150);
        store.quarantine(faulty, &sound.iter().map(|row| row.entry).collect()).await.unwrap();
    })
    .await;
    let all = (1..=ROWS).map(EntryId).collect();
    other.quarantine(&[], &all).await.unwrap();
    assert!(opened.store.quarantined().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_that_nodes_empty_at_once_is_empty() {
    let Some((opened, other)) = nodes("one outbox").await else { return };
    let source = opened.store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
    for round in 0..10 {
        for number in 0..40 {
            let minute = round * 40 + number;
            let changes = Changes { new: vec![entry("a", minute, "bg")], ..Changes::default() };
            opened.store.commit(collected(source, minute, changes)).await.unwrap();
        }
        let pending = other.unpublished(1_000).await.unwrap();
        assert_eq!(pending.len(), 40);
        let mut backwards = pending.clone();
        backwards.reverse();
        let (one, two) = tokio::join!(opened.store.published(&pending), other.published(&backwards));
        one.unwrap();
        two.unwrap();
    }
    assert!(other.unpublished(1).await.unwrap().is_empty());
}
