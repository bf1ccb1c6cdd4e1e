//! `vestnik stories`, run as the real program.

use vestnik::{model::SourceId, store::Store};

use super::keeping::HEADLINE;
use crate::{
    storing::{collected, entry, new},
    whole::house::House,
};

/// A Vestnik whose two sources have reported the same; what they are asked for comes to nothing.
async fn house_with_a_story() -> (House, Vec<SourceId>) {
    let house = House::empty().await;
    for slug in ["sofia", "portal"] {
        let file = format!(
            "url = \"http://127.0.0.1:9/{slug}\"\nprecedence = {}\n",
            if slug == "sofia" { 60 } else { 10 }
        );
        house.write(&format!("sources/{slug}.toml"), &file);
    }
    house.run(&["sources"]).await.well();
    let store = Store::open_sqlite(&house.path("data/vestnik.db")).await.unwrap();
    let mut ids = Vec::new();
    for source in store.sources().await.unwrap().iter().filter(|source| source.spec.url.is_some()) {
        let (mut entry, key) = entry(source.spec.slug.as_str(), 10, "bg");
        HEADLINE.clone_into(&mut entry.title);
        store.commit(collected(source.id, 10, new(vec![(entry, key)]))).await.unwrap();
        ids.push(source.id);
    }
    store.close().await;
    (house, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn stories_are_listed_split_and_merged_and_it_is_written_down() {
    let (house, sources) = house_with_a_story().await;
    assert_eq!(sources.len(), 2);
    // Nobody answers; what is stored is grouped all the same.
    house.run(&["collect"]).await;
    let listed = house.run(&["stories", "--json"]).await.json();
    let entries = listed[0]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{listed}");
    let of = |slug: &str| entries.iter().find(|entry| entry["source"] == slug).unwrap()["id"].clone();
    let (sofia, portal) = (of("sofia"), of("portal"));
    assert_eq!((&listed[0]["lead"], &entries[0]["why"]), (&sofia, &"title".into()));
    let table = house.run(&["stories"]).await.well();
    assert!(table.contains("leads") && table.contains("sofia") && table.contains("portal"), "{table}");

    let said = house.run(&["stories", "split", &portal.to_string()]).await.well();
    assert_eq!(said, format!("entry {portal} is on its own now, and stays so\n"));
    assert_eq!(house.run(&["stories", "--json"]).await.json(), serde_json::json!([]));
    let again = house.run(&["stories", "split", &portal.to_string()]).await;
    assert_eq!(
        (again.code, again.err.as_str()),
        (Some(1), format!("vestnik: entry {portal} is in no story\n").as_str())
    );

    house.run(&["stories", "merge", &portal.to_string(), &sofia.to_string()]).await.well();
    let merged = house.run(&["stories", "--json"]).await.json();
    assert_eq!((&merged[0]["lead"], &merged[0]["entries"][0]["why"]), (&sofia, &"staff".into()));
    let decided = house.run(&["stories", "decisions", "--json"]).await.json();
    let actions: Vec<_> = decided.as_array().unwrap().iter().map(|decision| &decision["action"]).collect();
    assert_eq!(actions, ["merge", "split"]);
    let unknown = house.run(&["stories", "merge", "1", "999"]).await;
    assert!(unknown.err.contains("there is no entry 999"), "{unknown:?}");
}
