//! `vestnik held`: what the resurfacing guard holds is shown, released and discarded.

use vestnik::{
    model::{Changes, Hold},
    store::Store,
};

use super::House;
use crate::storing::{collected, entry};

/// A Vestnik whose two sources have an entry each that is held.
async fn house() -> House {
    let house = House::empty().await;
    for slug in ["noi", "sofia"] {
        house.write(&format!("sources/{slug}.toml"), &format!("url = \"http://127.0.0.1:9/{slug}\"\n"));
    }
    house.run(&["sources"]).await.well();
    let store = Store::open_sqlite(&house.path("data/vestnik.db")).await.unwrap();
    for source in store.sources().await.unwrap().iter().filter(|source| source.spec.url.is_some()) {
        let (entry, key) = entry(source.spec.slug.as_str(), 1, "bg");
        let held = vec![(entry.identity.clone(), Hold::Guard)];
        let changes = Changes { new: vec![(entry, key)], held, ..Changes::default() };
        store.commit(collected(source.id, 1, changes)).await.unwrap();
    }
    store.close().await;
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_listed_and_each_source_is_decided_on_alone() {
    let house = house().await;
    let listed = house.run(&["held", "list", "--json"]).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(house.run(&["source", "noi", "--json"]).await.json()["held"], 1);
    assert!(house.run(&["source", "noi"]).await.out.contains("vestnik held list noi"));
    assert!(house.run(&["held", "list", "noi"]).await.well().contains("Новина 1"));

    let said = house.run(&["held", "release", "noi", "--by", "Ivan", "--reason", "seen"]).await.well();
    assert_eq!(said, "1 entry of noi released\n");
    let said = house.run(&["held", "discard", "sofia"]).await.well();
    assert_eq!(said, "1 entry of sofia discarded\n");
    assert_eq!(house.run(&["held", "list", "--json"]).await.json(), serde_json::json!([]));
    let entries = house.run(&["entries", "--json"]).await.json();
    let states: Vec<(&str, &str)> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["source"].as_str().unwrap(), entry["state"].as_str().unwrap()))
        .collect();
    assert!(states.contains(&("noi", "published")) && states.contains(&("sofia", "hidden")), "{states:?}");
    let id =
        entries.as_array().unwrap().iter().find(|entry| entry["source"] == "noi").unwrap()["id"].to_string();
    let trail = house.run(&["entry", "show", &id, "--json"]).await.json();
    assert_eq!(
        (&trail["decisions"][0]["who"], &trail["decisions"][0]["before"]),
        (&"Ivan".into(), &"held".into())
    );
    let unknown = house.run(&["held", "release", "nio"]).await;
    assert!(unknown.err.contains("did you mean “noi”"), "{unknown:?}");
}
