//! When documents are made, and that none of them is ever older than what it shows.

use std::{sync::Arc, time::Duration};

use vestnik::{
    clock::{Clock, ManualClock},
    model::{Channel, Format, SourceId, SourceSpec},
    press::Press,
    store::Store,
};

use super::sample;
use crate::storing::{Opened, at, collected, entry, fill_the_disk, free_the_disk, new, open, spec};

pub(super) struct House {
    pub(super) press: Press,
    pub(super) store: Store,
    pub(super) source: SourceId,
    pub(super) hand: ManualClock,
    pub(super) opened: Opened,
}

impl House {
    pub(super) async fn open(declared: Vec<Channel>) -> Self {
        let opened = open().await;
        let store = opened.store.clone();
        let noi = SourceSpec { language: Some("bg".parse().unwrap()), ..spec("noi") };
        let source = store.sync_sources(&[noi], at(0)).await.unwrap()[0].id;
        let (clock, hand) = Clock::manual(at(200));
        let press = Press::new(store.clone(), clock, sample::site(), 100);
        press.set_channels(declared);
        press.publish_all().await.unwrap();
        House { press, store, source, hand, opened }
    }

    pub(super) async fn store(&self, numbers: impl IntoIterator<Item = i64>) {
        let entries = numbers.into_iter().map(|number| entry("noi", number, "bg")).collect();
        self.store.commit(collected(self.source, 0, new(entries))).await.unwrap();
    }

    pub(super) async fn shows(&self, channel: &str, number: i64) -> bool {
        let rendition = self.press.rendition(&channel.parse().unwrap(), Format::Json).await.unwrap().unwrap();
        let text = std::str::from_utf8(&rendition.identity).unwrap();
        text.contains(&format!("\"urn:noi:{number}\""))
    }

    async fn is_published(&self) -> bool {
        self.store.unpublished(10).await.unwrap().is_empty()
    }

    /// Lets others work until this is so.
    async fn until(&self, is_so: impl AsyncFn() -> bool) {
        tokio::time::timeout(Duration::from_secs(20), async {
            while !is_so().await {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("it never becomes so");
    }
}

pub(super) fn declared(slug: &str) -> Channel {
    Channel::plain(slug.parse().unwrap(), 100)
}

#[tokio::test]
async fn a_channel_that_is_rendered_while_entries_change_is_rendered_again() {
    let house = House::open(vec![]).await;
    house.store(0..100).await;
    house.press.publish_changes().await.unwrap();
    for number in 100..106 {
        let asked = house.shows("noi", 0);
        let changed = async {
            house.store([number]).await;
            house.press.publish_changes().await.unwrap();
        };
        tokio::join!(asked, changed);
        assert!(house.shows("noi", number).await, "{number}");
    }
}

#[tokio::test]
async fn a_channel_that_is_no_longer_declared_is_the_built_in_one() {
    let house = House::open(vec![declared("bg")]).await;
    house.press.set_channels(vec![]);
    house.press.publish_all().await.unwrap();
    house.store([1]).await;
    house.press.publish_changes().await.unwrap();
    assert!(house.shows("bg", 1).await);
    // And the other way round: a name that was built in is served without a gap once it is declared.
    house.press.set_channels(vec![declared("bg")]);
    house.press.publish_all().await.unwrap();
    house.store([2]).await;
    house.press.publish_changes().await.unwrap();
    assert!(house.shows("bg", 2).await);
}

#[tokio::test]
async fn names_that_nothing_has_cost_no_look_into_the_database() {
    let house = House::open(vec![declared("all")]).await;
    house.store.close().await;
    for name in ["nobody", "no-one", "wp-login"] {
        let found = house.press.rendition(&name.parse().unwrap(), Format::Rss).await;
        assert!(matches!(found, Ok(None)), "{name}: {found:?}");
    }
    assert!(house.press.rendition(&"noi".parse().unwrap(), Format::Rss).await.is_err());
}

#[tokio::test]
async fn what_could_not_be_published_is_published_once_the_store_is_well_again() {
    let house = House::open(vec![declared("all")]).await;
    let mut database = house.opened.beside().await;
    fill_the_disk(&mut database, "delete on outbox").await;
    let (press, stop) = (house.press.clone(), tokio_util::sync::CancellationToken::new());
    let stopped = stop.clone();
    let running = tokio::spawn(async move { press.run(Duration::ZERO, stopped).await });
    house.store([1]).await;
    house.press.bell().notify_one();
    house.until(async || house.shows("all", 1).await).await;
    // Has to wait for the round that failed.
    assert!(house.press.publish_changes().await.is_err());
    assert!(!house.is_published().await);
    free_the_disk(&mut database).await;
    // Nothing new comes, and nobody rings.
    house
        .until(async || {
            house.hand.advance(Duration::from_secs(1));
            house.is_published().await
        })
        .await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_window_of_days_moves_when_the_day_does() {
    let mut week = declared("week");
    week.window.days = Some(7);
    let house = House::open(vec![week]).await;
    house.store([0]).await;
    house.press.publish_changes().await.unwrap();
    assert!(house.shows("week", 0).await);
    let press = house.press.clone();
    let stop = tokio_util::sync::CancellationToken::new();
    let stopped = stop.clone();
    let running = tokio::spawn(async move { press.run(Duration::ZERO, stopped).await });
    for _ in 0..7 {
        house.hand.advance(Duration::from_secs(24 * 3600));
        tokio::task::yield_now().await;
    }
    assert!(house.shows("week", 0).await, "seven days are seven days");
    house.hand.advance(Duration::from_secs(24 * 3600));
    house.until(async || !house.shows("week", 0).await).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn who_looks_beside_the_daemon_leaves_it_what_has_to_be_published() {
    let house = House::open(vec![declared("all")]).await;
    house.store([1]).await;
    let beside = Press::new(house.store.clone(), Clock::manual(at(205)).0, sample::site(), 100);
    beside.set_channels(vec![declared("all")]);
    beside.render_only(true).await.unwrap();
    assert!(!house.is_published().await);
    house.press.publish_changes().await.unwrap();
    assert!(house.is_published().await && house.shows("all", 1).await);
}

#[tokio::test]
async fn a_restart_changes_neither_bytes_nor_dates() {
    let house = House::open(vec![declared("all")]).await;
    house.store([1, 2]).await;
    house.press.publish_changes().await.unwrap();
    let again = Press::new(house.store.clone(), Clock::manual(at(500)).0, sample::site(), 100);
    again.set_channels(vec![declared("all")]);
    again.publish_all().await.unwrap();
    for format in Format::ALL {
        let slug = "all".parse().unwrap();
        let [before, after] = [&house.press, &again].map(|press| press.rendition(&slug, format));
        let (before, after): (Arc<_>, Arc<_>) =
            (before.await.unwrap().unwrap(), after.await.unwrap().unwrap());
        assert_eq!((&before.identity, before.last_modified), (&after.identity, after.last_modified));
    }
}

/// Two sources, of which the second was first read so many days after the other, with what it brought along.
async fn with_a_newcomer(days: i64, numbers: std::ops::Range<i64>) -> (Opened, Press, ManualClock) {
    let opened = open().await;
    let store = opened.store.clone();
    let sources = store.sync_sources(&[spec("city"), spec("noi")], at(0)).await.unwrap();
    let (clock, hand) = Clock::manual(at(0));
    let press = Press::new(store.clone(), clock, sample::site(), 20);
    store
        .commit(collected(sources[0].id, 0, new((-3..0).map(|n| entry("city", n, "bg")).collect())))
        .await
        .unwrap();
    let entries = numbers.map(|number| entry("noi", number, "bg")).collect();
    store.commit(collected(sources[1].id, days * 1440, new(entries))).await.unwrap();
    press.publish_all().await.unwrap();
    (opened, press, hand)
}

async fn ids(press: &Press, channel: &str) -> Vec<String> {
    let rendition = press.rendition(&channel.parse().unwrap(), Format::Json).await.unwrap().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&rendition.identity).unwrap();
    let items = document["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_new_sources_past_does_not_flood_the_top() {
    let (opened, press, _hand) = with_a_newcomer(3, 0..30).await;
    let newest = (25..30).rev().map(|number| format!("urn:noi:{number}"));
    let city = ["urn:city:-1", "urn:city:-2", "urn:city:-3"].map(str::to_owned);
    let expected: Vec<String> = newest.chain(city).collect();
    assert_eq!(ids(&press, "all").await, expected);
    assert_eq!(ids(&press, "noi").await.len(), 20, "whoever asks for the source alone gets it");
    // What it publishes from now on is news like any other's.
    let source =
        opened.store.sources().await.unwrap().into_iter().find(|s| s.spec.slug.as_str() == "noi").unwrap();
    let later = 3 * 1440;
    let news = (later + 1..later + 8).map(|number| entry("noi", number, "bg")).collect();
    opened.store.commit(collected(source.id, later + 60, new(news))).await.unwrap();
    press.publish_changes().await.unwrap();
    assert_eq!(ids(&press, "all").await.len(), 7 + 5 + 3);
}

#[tokio::test]
async fn sources_that_begin_together_keep_nobody_out() {
    let (_opened, press, _hand) = with_a_newcomer(0, -40..-20).await;
    assert_eq!(ids(&press, "all").await.len(), 20);
}

crate::storing::on_postgres_too! {
    a_channel_that_is_rendered_while_entries_change_is_rendered_again,
    what_could_not_be_published_is_published_once_the_store_is_well_again,
    a_window_of_days_moves_when_the_day_does,
    who_looks_beside_the_daemon_leaves_it_what_has_to_be_published,
    a_restart_changes_neither_bytes_nor_dates,
    a_new_sources_past_does_not_flood_the_top,
}
