//! Channels narrowed by their address, and channels that were called otherwise.

use std::sync::Arc;

use vestnik::{
    model::{Format, Rendition},
    press::Answer,
};

use super::press::{House, declared};
use crate::storing::{collected, entry, new};

async fn ask(house: &House, channel: &str, query: &str, format: Format) -> Answer {
    house.press.asked(&channel.parse().unwrap(), query, format).await.unwrap()
}

async fn found(house: &House, query: &str, format: Format) -> Arc<Rendition> {
    match ask(house, "all", query, format).await {
        Answer::Found(rendition) => rendition,
        other => panic!("{query}: {other:?}"),
    }
}

fn text(rendition: &Rendition) -> &str {
    std::str::from_utf8(&rendition.identity).unwrap()
}

fn ids(rendition: &Rendition) -> Vec<String> {
    let feed: serde_json::Value = serde_json::from_slice(&rendition.identity).unwrap();
    let items = feed["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn stocked() -> House {
    let house = House::open(vec![declared("all")]).await;
    let entries = [(1, "bg"), (2, "en"), (3, "bg"), (4, "en")].map(|(n, lang)| entry("noi", n, lang));
    house.store.commit(collected(house.source, 0, new(entries.to_vec()))).await.unwrap();
    house.press.publish_changes().await.unwrap();
    house
}

#[tokio::test]
async fn an_address_narrows_a_channel() {
    let house = stocked().await;
    let cases = [
        ("lang=bg", vec!["urn:noi:3", "urn:noi:1"]),
        ("tag=TAG1", vec!["urn:noi:3", "urn:noi:1"]),
        ("tag=tag0&lang=en", vec!["urn:noi:4", "urn:noi:2"]),
        ("tag=tag0&lang=bg", vec![]),
        ("limit=1", vec!["urn:noi:4"]),
        ("source=noi&group=partners&kind=feed&policy=auto&limit=2", vec!["urn:noi:4", "urn:noi:3"]),
        ("kind=local", vec![]),
        ("since=2100-01-01", vec![]),
    ];
    for (query, expected) in cases {
        assert_eq!(ids(&*found(&house, query, Format::Json).await), expected, "{query}");
    }
}

#[tokio::test]
async fn equal_questions_are_one_document_with_an_address_of_its_own() {
    let house = stocked().await;
    let first = found(&house, "lang=bg&limit=5&tag=tag1", Format::Atom).await;
    let second = found(&house, "tag=Tag1&lang=bg&limit=5", Format::Atom).await;
    assert!(Arc::ptr_eq(&first, &second));
    let own = "href=\"https://news.example.org/feeds/all.atom?lang=bg&amp;tag=tag1&amp;limit=5\"";
    assert!(text(&first).contains(own), "{}", text(&first));
    let rss = found(&house, "tag=Tag1&lang=bg&limit=5", Format::Rss).await;
    let own = "href=\"https://news.example.org/feeds/all.rss?lang=bg&amp;tag=tag1&amp;limit=5\"";
    assert!(text(&rss).contains(own), "{}", text(&rss));
    // An empty question is the channel itself.
    assert!(text(&*found(&house, "tag=", Format::Atom).await).contains("feeds/all.atom\""));
}

#[tokio::test]
async fn a_narrowed_channel_changes_when_its_entries_do_and_only_then() {
    let house = stocked().await;
    let before = found(&house, "lang=bg", Format::Json).await;
    house.store.commit(collected(house.source, 1, new(vec![entry("noi", 6, "en")]))).await.unwrap();
    house.press.publish_changes().await.unwrap();
    let same = found(&house, "lang=bg", Format::Json).await;
    assert_eq!((&before.identity, before.last_modified), (&same.identity, same.last_modified));
    house.store.commit(collected(house.source, 2, new(vec![entry("noi", 7, "bg")]))).await.unwrap();
    house.press.publish_changes().await.unwrap();
    let after = found(&house, "lang=bg", Format::Json).await;
    assert_eq!(ids(&after), ["urn:noi:7", "urn:noi:3", "urn:noi:1"]);
    assert!(after.last_modified > same.last_modified);
}

#[tokio::test]
async fn many_who_ask_at_once_get_one_rendering() {
    let house = stocked().await;
    let asked = (0..100).map(|_| found(&house, "lang=bg", Format::Rss));
    let found = futures_util::future::join_all(asked).await;
    assert!(found.iter().all(|rendition| Arc::ptr_eq(rendition, &found[0])));
}

#[tokio::test]
async fn whoever_stops_listening_takes_no_place_from_others() {
    let house = stocked().await;
    for limit in 1..=40 {
        let query = format!("limit={limit}");
        // Looked after once, so that it waits for the database, and dropped.
        let mut asked = Box::pin(ask(&house, "all", &query, Format::Json));
        assert!(futures_util::poll!(asked.as_mut()).is_pending());
    }
    for limit in 1..=40 {
        found(&house, &format!("limit={limit}"), Format::Json).await;
    }
}

#[tokio::test]
async fn made_up_questions_push_out_each_other_and_no_channel() {
    let house = stocked().await;
    let channel = house.press.rendition(&"all".parse().unwrap(), Format::Json).await.unwrap().unwrap();
    let popular = found(&house, "lang=en", Format::Json).await;
    let mut seen = Vec::new();
    for number in 0..600 {
        seen.push(Arc::downgrade(&found(&house, &format!("tag=made-up-{number}"), Format::Json).await));
        if number % 100 == 0 {
            assert!(Arc::ptr_eq(&popular, &found(&house, "lang=en", Format::Json).await));
        }
    }
    let kept = seen.iter().filter(|rendition| rendition.upgrade().is_some()).count();
    assert!((1..=256).contains(&kept), "{kept} are kept");
    let again = house.press.rendition(&"all".parse().unwrap(), Format::Json).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&channel, &again));
}

#[tokio::test]
async fn too_many_different_questions_at_once_are_told_to_come_back() {
    let house = stocked().await;
    let queries: Vec<String> = (1..=60).map(|limit| format!("limit={limit}")).collect();
    let asked = queries.iter().map(|query| ask(&house, "all", query, Format::Json));
    let answers = futures_util::future::join_all(asked).await;
    let busy = answers.iter().filter(|answer| matches!(answer, Answer::Busy)).count();
    let found = answers.iter().filter(|answer| matches!(answer, Answer::Found(_))).count();
    assert!(busy > 0 && found > 0 && busy + found == 60, "{busy} {found}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_what_can() {
    let house = stocked().await;
    for (query, expected) in [
        ("sauce=noi", "“sauce” is no filter. Known: source, lang,"),
        ("source=noy", "Known: noi."),
        ("lang=it", "Known: bg, en."),
    ] {
        let Answer::Refused(reason) = ask(&house, "all", query, Format::Rss).await else { panic!("{query}") };
        assert!(reason.contains(expected), "{query}: {reason}");
    }
    assert!(matches!(ask(&house, "nobody", "lang=bg", Format::Rss).await, Answer::Unknown));
}

#[tokio::test]
async fn a_renamed_channel_is_found_under_its_former_names() {
    let mut city = declared("city");
    city.former = vec!["sofia".parse().unwrap(), "stolitsa".parse().unwrap()];
    let house = House::open(vec![declared("all"), city]).await;
    let moved = |name: &str| house.press.moved(&name.parse().unwrap()).map(|slug| slug.to_string());
    assert_eq!(moved("sofia").as_deref(), Some("city"));
    assert_eq!((moved("city"), moved("plovdiv")), (None, None));
}
