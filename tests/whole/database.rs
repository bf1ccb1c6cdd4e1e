//! The database has trouble for a while: nothing is forgotten.

use std::time::Duration;

use vestnik::{clock::Clock, config::DatabaseUrl};

use super::House;
use crate::storing::{beside, fill_the_disk, free_the_disk};

const POST: &str = "---\ntitle: Late news\ndate: 2026-01-02\nlanguage: en\n---\n\nText.\n";

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_could_not_be_taken_over_are_taken_over_later() {
    let (clock, hand) = Clock::manual("2026-03-04T10:30:00Z".parse().unwrap());
    let house = House::build_by(clock).await;
    let app = house.app().await;
    app.collect_local().await.unwrap();
    app.press().publish_all().await.unwrap();
    let shows = async || {
        let all = app.press().rendition(&"all".parse().unwrap(), vestnik::model::Format::Json).await;
        String::from_utf8(all.unwrap().unwrap().identity.to_vec()).unwrap().contains("Late news")
    };
    let mut beside = beside(&DatabaseUrl::Sqlite(house.path("data/vestnik.db"))).await;
    // One step fails after the other: declaring the sources, storing the post, emptying the outbox.
    house.write("posts/late.md", POST);
    for statement in ["update on sources", "insert on entries", "delete on outbox"] {
        fill_the_disk(&mut beside, statement).await;
        app.reload_if_changed().await;
        free_the_disk(&mut beside).await;
        // Not at once: the trouble may last.
        app.reload_if_changed().await;
        hand.advance(Duration::from_secs(10));
    }
    assert!(!app.store().unpublished(10).await.unwrap().is_empty());
    app.reload_if_changed().await;
    assert!(shows().await);
    assert!(app.store().unpublished(10).await.unwrap().is_empty());
}
