//! A partner breaks: it is said why, it is asked again, and nobody else feels it.

use std::collections::BTreeMap;

use serde_json::Value;
use vestnik::demo::Failure;

use super::{House, eventually, polls};

const QUICK: &str = "connect_timeout = \"1s\"\nidle_timeout = \"1s\"\ntotal_timeout = \"2s\"\n";

/// Who breaks, how, and what staff read about it.
const BROKEN: [(&str, Failure, &str); 4] = [
    ("demo-portal", Failure::Status(500), "500"),
    ("demo-green", Failure::Hang, "no answer within"),
    ("demo-incubator", Failure::Truncated, "arrived incomplete"),
    ("demo-park", Failure::Refuse, "connection"),
];

#[tokio::test(flavor = "multi_thread")]
async fn broken_partners_are_shown_with_their_reasons_retried_and_recover_while_their_entries_stay() {
    let house = House::build().await;
    house.settings(QUICK);
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    let good = house.titles();

    for (slug, failure, _) in BROKEN {
        house.partner(slug).break_down(failure);
        house.partner(slug).publish_next();
    }
    let listed = eventually("all four fail and the rest is well", async || {
        let listed = sources(&house).await;
        let healths: Vec<&str> = listed.values().map(|source| source["health"].as_str().unwrap()).collect();
        let count = |health| healths.iter().filter(|found| **found == health).count();
        (count("failing") == 4 && count("ok") == 3).then_some(listed)
    })
    .await;
    for (slug, _, reason) in BROKEN {
        let source = &listed[slug];
        let said = source["technical"].as_str().unwrap();
        assert!(said.contains(reason), "{slug}: {said}");
        assert!(!source["reason"].as_str().unwrap().is_empty(), "{source}");
        assert!(source["failures"].as_u64().unwrap() >= 1 && source["failing_since"].is_string(), "{source}");
        assert!(source["next_due"].is_string(), "{slug} is not asked again: {source}");
    }
    // The public page says since when and when next; the reason may name hosts and is for staff.
    let page = eventually("the page of the sources shows all four", async || {
        let page = daemon.text("/sources").await;
        (page.matches("недостъпен от").count() == 4).then_some(page)
    })
    .await;
    assert_eq!(page.matches("следващ опит").count(), 4);
    assert_eq!(page.matches("в ред").count(), 3);
    assert!(!page.contains("the server answered 500"), "{page}");
    assert_eq!(daemon.titles("all").await, good, "the last good entries stay published");

    let news = house.partner("demo-network").publish_next();
    let mut expected = good.clone();
    expected.push(news.title);
    expected.sort();
    daemon.publishes("all", &expected).await;

    for (slug, ..) in BROKEN {
        let before = polls(house.partner(slug)).len();
        // Who refuses connections sees no request; the count of failures shows the retries.
        if slug != "demo-park" {
            let what = format!("{slug} is retried");
            eventually(&what, async || (polls(house.partner(slug)).len() > before).then_some(())).await;
        }
        house.partner(slug).recover();
    }
    daemon.publishes("all", &house.titles()).await;
    let listed = sources(&house).await;
    for (slug, ..) in BROKEN {
        let source = &listed[slug];
        assert_eq!((&source["health"], &source["failures"]), (&"ok".into(), &0.into()), "{source}");
        assert!(source.get("reason").is_none() && source.get("failing_since").is_none(), "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_hangs_delays_nobody_else() {
    let house = House::build().await;
    house.partner("demo-green").break_down(Failure::Hang);
    let daemon = house.daemon().await;
    let mut rounds = 0;
    while rounds < 3 {
        let news = house.partner("demo-park").publish_next();
        eventually("the others go on", async || {
            daemon.titles("all").await.contains(&news.title).then_some(())
        })
        .await;
        rounds += 1;
    }
    let hanging = polls(house.partner("demo-green"));
    assert_eq!(hanging.len(), 1, "it is asked once, and still is");
    let others = house.partners.iter().filter(|partner| partner.slug() != "demo-green");
    for partner in others {
        assert!(polls(partner).len() > 1, "{} waited", partner.slug());
    }
}

/// `vestnik sources --json` beside the daemon, by id.
async fn sources(house: &House) -> BTreeMap<String, Value> {
    let ran = house.run(&["sources", "--json"]).await;
    let listed = ran.json();
    ran.well();
    let id = |source: &Value| source["id"].as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(|source| (id(source), source.clone())).collect()
}
