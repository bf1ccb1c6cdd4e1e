//! Who reads the feeds is counted by channel and program, and kept.

use std::sync::Arc;

use reqwest::Method;
use vestnik::web::{Consumed, Consumers, Consumption};

use super::{Desk, Shelf};
use crate::{storing::open, whole::house::House};

const FEEDLY: &str =
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)";

#[tokio::test]
async fn requests_304s_bytes_and_subscribers_are_counted() {
    let consumers = Arc::new(Consumers::default());
    let mut shelf = Shelf::stocked();
    shelf.consumers = Some(Arc::clone(&consumers));
    let desk = Desk::open_with(shelf, Shelf::options()).await;
    let first = desk.get("/feeds/all.atom", &[("user-agent", FEEDLY)]).await;
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    let length = first.bytes().await.unwrap().len() as u64;
    desk.get("/feeds/all.atom", &[("user-agent", FEEDLY), ("if-none-match", &etag)]).await;
    // Neither pages, nor what is not there, nor what is no feed.
    for path in ["/", "/feeds/all", "/feeds/none.atom", "/feeds.opml", "/assets/feed.css"] {
        desk.ask(Method::GET, path, &[("user-agent", FEEDLY)]).await;
    }
    let consumption = Consumption { requests: 2, unchanged: 1, bytes: length, subscribers: 16 };
    let expected = Consumed { channel: "all".into(), program: "Feedly".into(), consumption };
    assert_eq!(consumers.take(), [expected]);
}

#[tokio::test]
async fn a_day_adds_up_and_keeps_the_most_subscribers() {
    let opened = open().await;
    let row = |day: &str, requests, subscribers| vestnik::store::ConsumedOnDay {
        day: day.to_owned(),
        channel: "all".into(),
        program: "Feedly".into(),
        requests,
        unchanged: 1,
        bytes: 10,
        subscribers,
    };
    for (day, requests, subscribers) in [("2026-03-04", 3, 16), ("2026-03-04", 2, 15), ("2026-03-03", 1, 1)] {
        opened.store.add_consumers(&[row(day, requests, subscribers)]).await.unwrap();
    }
    let today = vestnik::store::ConsumedOnDay { unchanged: 2, bytes: 20, ..row("2026-03-04", 5, 16) };
    assert_eq!(opened.store.consumers_since("2026-03-04").await.unwrap(), std::slice::from_ref(&today));
    assert_eq!(
        opened.store.consumers_since("2026-03-01").await.unwrap(),
        [today.clone(), row("2026-03-03", 1, 1)]
    );
    opened.store.forget_consumers_before("2026-03-04").await.unwrap();
    assert_eq!(opened.store.consumers_since("2026-03-01").await.unwrap(), [today]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_daemon_counted_is_shown_after_it_ended() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    let asked = crate::support::client().get(format!("{}/feeds/all.rss", daemon.address));
    assert!(asked.header("user-agent", FEEDLY).send().await.unwrap().status().is_success());
    assert_eq!(daemon.end("TERM").await.0, Some(0));
    let listed = house.run(&["consumers", "--json"]).await.json();
    let feedly = listed.as_array().unwrap().iter().find(|row| row["program"] == "Feedly").unwrap();
    assert_eq!(
        (&feedly["channel"], &feedly["requests"], &feedly["subscribers"]),
        (&"all".into(), &1.into(), &16.into())
    );
    let table = house.run(&["consumers"]).await.well();
    assert!(table.contains("CHANNEL") && table.contains("all") && table.contains("16"), "{table}");
    assert!(house.run(&["consumers", "--programs"]).await.well().contains("Feedly"));
}
