//! Old entries go where retention says so; never what a document needs, and they do not come back.

use std::{collections::BTreeMap, fs, time::Duration};

use sqlx::Row;
use vestnik::{
    app::{App, Pruned, Pruning},
    clock::Clock,
    config::DatabaseUrl,
    model::Format,
};

use super::{House, cycle};
use crate::storing::beside;

/// A house whose channels show two entries, with this in its settings.
async fn house(retention: &str) -> (House, vestnik::clock::ManualClock) {
    let (clock, hand) = Clock::manual("2026-03-04T10:30:00Z".parse().unwrap());
    let house = House::build_by(clock).await;
    house.settings(&format!("[retention]\n{retention}"));
    let file = house.path("vestnik.toml");
    let text = fs::read_to_string(&file).unwrap().replace("window = 500", "window = 2");
    fs::write(file, text).unwrap();
    (house, hand)
}

async fn documents(app: &App) -> Vec<(String, Vec<u8>)> {
    let mut documents = Vec::new();
    for channel in ["all", "bg", "en", "local", "demo-park", "demo-green"] {
        for format in Format::ALL {
            let rendition = app.press().rendition(&channel.parse().unwrap(), format).await.unwrap().unwrap();
            documents.push((rendition.hash.clone(), rendition.identity.to_vec()));
        }
    }
    documents
}

/// How many entries are in which state, and how many of them have a text.
async fn states(house: &House) -> BTreeMap<String, (i64, i64)> {
    let mut database = beside(&DatabaseUrl::Sqlite(house.path("data/vestnik.db"))).await;
    let rows = sqlx::query(
        "select state, count(*), count(case when title <> '' or content is not null or summary is not null then 1 end) \
         from entries group by state",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}

fn total(pruned: &[Pruned], of: impl Fn(&Pruned) -> u64) -> u64 {
    pruned.iter().map(of).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beyond_the_count_goes_changes_no_document_and_does_not_come_back() {
    let (house, hand) = house("entries = 2\nfrom_archives = true\n").await;
    let app = house.app().await;
    app.collect_local().await.unwrap();
    for _ in 0..4 {
        house.partner("demo-park").publish_next();
    }
    cycle(&app).await;
    app.press().publish_all().await.unwrap();
    let before = documents(&app).await;
    let count = app.store().count_published().await.unwrap();

    let dry = app.prune(Pruning::Dry).await.unwrap();
    assert_eq!(app.store().count_published().await.unwrap(), count, "it only looked");
    let pruned = app.prune(Pruning::Real).await.unwrap();
    assert_eq!(dry, pruned);
    let park = pruned.iter().find(|source| source.source == "demo-park").unwrap();
    assert!(park.entries >= 3 && park.bytes > 0, "{pruned:?}");
    assert!(pruned.iter().all(|source| source.source != "posts"), "our own posts stay: {pruned:?}");
    let gone = total(&pruned, |source| source.entries);
    assert_eq!(app.store().count_published().await.unwrap(), count - gone);
    let after = states(&house).await;
    assert_eq!(after["expired"], (i64::try_from(gone).unwrap(), 0), "{after:?}");
    app.press().publish_changes().await.unwrap();
    assert_eq!(documents(&app).await, before);
    assert_eq!(total(&app.prune(Pruning::Real).await.unwrap(), |source| source.entries), 0);

    // The publisher still lists them all, and something new.
    hand.advance(Duration::from_secs(3600));
    house.partner("demo-park").publish_next();
    let reports = cycle(&app).await;
    assert_eq!(reports.iter().map(|report| report.new).sum::<usize>(), 1, "{reports:?}");
    let later = states(&house).await;
    assert_eq!(later["expired"], after["expired"], "{later:?}");
    assert_eq!(app.store().count_published().await.unwrap(), count - gone + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_keeps_what_it_has_unless_it_may_go_from_there_too() {
    let (house, _) = house("entries = 2\n").await;
    let app = house.app().await;
    app.collect_local().await.unwrap();
    for _ in 0..4 {
        house.partner("demo-park").publish_next();
    }
    cycle(&app).await;
    app.press().publish_all().await.unwrap();
    let pruned = app.prune(Pruning::Real).await.unwrap();
    assert_eq!(total(&pruned, |source| source.entries), 0, "{pruned:?}");
    assert!(total(&pruned, |source| source.needed) >= 3, "{pruned:?}");
    assert!(!states(&house).await.contains_key("expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_the_age_goes_once_it_has_been_here_so_long() {
    let (house, hand) = house("age = \"30days\"\nfrom_archives = true\n").await;
    // One source keeps more than the others.
    let file = "sources/demo-park.toml";
    house.write(file, &format!("{}\n[retention]\nage = \"2years\"\n", house.read(file)));
    let app = house.app().await;
    for partner in ["demo-park", "demo-green"] {
        for _ in 0..4 {
            house.partner(partner).publish_next();
        }
    }
    cycle(&app).await;
    app.press().publish_all().await.unwrap();
    hand.advance(Duration::from_secs(29 * 24 * 3600));
    assert_eq!(app.prune(Pruning::Dry).await.unwrap(), []);
    hand.advance(Duration::from_secs(2 * 24 * 3600));
    let pruned = app.prune(Pruning::Real).await.unwrap();
    let named: Vec<&str> = pruned.iter().map(|source| source.source.as_str()).collect();
    assert!(named.contains(&"demo-green") && !named.contains(&"demo-park"), "{pruned:?}");
    assert!(total(&pruned, |source| source.entries) > 0, "{pruned:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn prune_shows_what_would_go_beside_the_daemon() {
    let house = House::build().await;
    house.settings("[retention]\nentries = 1\n");
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    let said = house.run(&["prune", "--dry-run"]).await.well();
    assert!(said.contains("Nothing has to go"), "every entry is in a window: {said}");
    house.run(&["prune", "--json"]).await.well();
    daemon.publishes("all", &house.titles()).await;
    house.settings("[retention]\nage = \"soon\"\n");
    let ran = house.run(&["prune"]).await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
}
