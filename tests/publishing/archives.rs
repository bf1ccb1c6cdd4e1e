//! The whole history of a channel, in documents that never change.

use std::time::Duration;

use vestnik::{
    model::{EntryId, Format, Rendition, Rights, SafeHtml, SortKey, SourceSpec, TextPolicy, Verdict},
    press::{Answer, Press},
    store::By,
};

use super::press::{House, declared};
use crate::storing::{at, collected, entry, new, spec};

async fn archived(house: &House, number: u64, format: Format) -> Option<String> {
    let answer = house.press.archived(&"all".parse().unwrap(), number, format).await.unwrap();
    match answer {
        Answer::Found(rendition) => Some(String::from_utf8(rendition.identity.to_vec()).unwrap()),
        _ => None,
    }
}

async fn document(house: &House, format: Format) -> String {
    let rendition = house.press.rendition(&"all".parse().unwrap(), format).await.unwrap().unwrap();
    String::from_utf8(rendition.identity.to_vec()).unwrap()
}

fn holds(document: &str, number: i64) -> bool {
    document.contains(&format!("<id>urn:noi:{number}</id>"))
        || document.contains(&format!("\"id\":\"urn:noi:{number}\""))
}

/// A house whose channel shows ten entries, with so many stored one after the other.
async fn house(entries: i64) -> House {
    let mut all = declared("all");
    all.window.entries = 10;
    let house = House::open(vec![all]).await;
    for number in 1..=entries {
        house.store([number]).await;
        house.press.publish_changes().await.unwrap();
    }
    house
}

/// What a reader finds who follows `prev-archive` from the subscription document to the beginning.
async fn whole_history(house: &House) -> Vec<i64> {
    let mut documents = vec![document(house, Format::Atom).await];
    let pages = house.press.archives(&"all".parse().unwrap()).await.unwrap();
    for number in (1..=pages).rev() {
        let last = documents.last().unwrap();
        let link = "rel=\"prev-archive\"";
        let address = format!("feeds/all/archive/{number}.atom");
        assert!(last.contains(link) && last.contains(&address), "{address} in {last}");
        documents.push(archived(house, number, Format::Atom).await.unwrap());
    }
    assert!(!documents.last().unwrap().contains("prev-archive"), "the oldest has none before it");
    (1..=100).filter(|number| documents.iter().any(|document| holds(document, *number))).collect()
}

#[tokio::test]
async fn a_reader_finds_every_entry_at_any_time() {
    let house = house(0).await;
    for number in 1..=37 {
        house.store([number]).await;
        house.press.publish_changes().await.unwrap();
        assert_eq!(whole_history(&house).await, (1..=number).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn an_archive_document_says_what_it_is_and_never_changes() {
    let house = house(12).await;
    let before = [
        archived(&house, 1, Format::Atom).await.unwrap(),
        archived(&house, 1, Format::Rss).await.unwrap(),
        archived(&house, 1, Format::Json).await.unwrap(),
    ];
    for (document, relation) in before[..2]
        .iter()
        .flat_map(|d| ["current", "next-archive", "self"].map(move |relation| (d, relation)))
    {
        assert!(document.contains(&format!("rel=\"{relation}\"")), "{relation}: {document}");
        assert!(document.contains("<fh:archive>") || document.contains("<fh:archive/>"), "{document}");
    }
    // The first one changes, and others come.
    let (mut changed, key) = entry("noi", 1, "bg");
    changed.title = "Corrected".to_owned();
    changed.fingerprint = vestnik::model::Fingerprint::of(["corrected"]);
    let changes = vestnik::model::Changes { updated: vec![(EntryId(1), changed, key)], ..Default::default() };
    house.store.commit(collected(house.source, 150, changes)).await.unwrap();
    house.press.publish_changes().await.unwrap();
    let now = document(&house, Format::Atom).await;
    assert!(holds(&now, 1) && now.contains("Corrected"), "it reappears: {now}");
    assert!(holds(&now, 12));
    house.store(13..=30).await;
    house.press.publish_changes().await.unwrap();
    for (format, before) in [Format::Atom, Format::Rss, Format::Json].into_iter().zip(before) {
        assert_eq!(archived(&house, 1, format).await.unwrap(), before, "{format:?}");
    }
    let again = made_anew(&house).await;
    assert_eq!(again, archived(&house, 1, Format::Atom).await.unwrap(), "a restart changes nothing");
}

/// The first archive document from a press that knows nothing yet.
async fn made_anew(house: &House) -> String {
    let (clock, _) = vestnik::clock::Clock::manual(at(900));
    let press = Press::new(house.store.clone(), clock, super::sample::site(), 100);
    press.set_channels(house.press.channels().to_vec());
    match press.archived(&"all".parse().unwrap(), 1, Format::Atom).await.unwrap() {
        Answer::Found(rendition) => String::from_utf8(rendition.identity.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_comes_with_an_old_date_is_in_the_subscription_document_until_an_archive_has_it() {
    let house = house(30).await;
    let mut late = entry("noi", 99, "bg");
    late.1 = SortKey::new(at(-10_000), &late.0.identity);
    house.store.commit(collected(house.source, 0, new(vec![late]))).await.unwrap();
    house.press.publish_changes().await.unwrap();
    let now = document(&house, Format::Json).await;
    assert!(holds(&now, 99) && holds(&now, 30), "{now}");
    let feed: serde_json::Value = serde_json::from_str(&now).unwrap();
    assert_eq!(feed["items"].as_array().unwrap().len(), 10, "the window stays the window");
}

#[tokio::test]
async fn a_backfill_goes_to_the_archive_at_once() {
    let house = house(0).await;
    house.store(1..=95).await;
    house.press.publish_changes().await.unwrap();
    assert_eq!(whole_history(&house).await, (1..=95).collect::<Vec<_>>());
    assert_eq!(house.press.archives(&"all".parse().unwrap()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_takedown_leaves_the_archive_too_and_a_tombstone_in_it() {
    let house = house(12).await;
    assert!(archived(&house, 1, Format::Rss).await.unwrap().contains("Новина 2 "));
    let by = By { who: "Iva", at: at(201), reason: Some("asked by the author") };
    house.store.decide(EntryId(2), Verdict::Withdraw, by).await.unwrap();
    house.press.publish_changes().await.unwrap();
    for format in [Format::Rss, Format::Atom, Format::Json] {
        let archive = archived(&house, 1, format).await.unwrap();
        assert!(!archive.contains("Новина 2 "), "{archive}");
        assert!(archive.contains("Новина 3 "), "{archive}");
    }
    let atom = archived(&house, 1, Format::Atom).await.unwrap();
    assert!(atom.contains("<at:deleted-entry ref=\"urn:noi:2\" when=\""), "{atom}");
}

#[tokio::test]
async fn when_rights_end_an_archive_document_shows_less_and_says_that_it_changed() {
    let house = House::open(vec![declared("all")]).await;
    let rights = Rights { text: TextPolicy::Full, until: Some(at(400)), ..Rights::default() };
    let noi = SourceSpec { rights, ..spec("noi") };
    house.store.sync_sources(&[noi], at(201)).await.unwrap();
    let long = (1..=120).map(|number| {
        let (mut long, key) = entry("noi", number, "bg");
        long.content = Some(SafeHtml::sanitised(format!("<p>{}the end</p>", "word ".repeat(200))));
        (long, key)
    });
    house.store.commit(collected(house.source, 0, new(long.collect()))).await.unwrap();
    house.press.publish_all().await.unwrap();
    let all = "all".parse().unwrap();
    let ask = async |press: &Press| match press.archived(&all, 1, Format::Rss).await.unwrap() {
        Answer::Found(found) => found,
        other => panic!("{other:?}"),
    };
    let has_all =
        |rendition: &Rendition| std::str::from_utf8(&rendition.identity).unwrap().contains("the end");
    let before = ask(&house.press).await;
    assert!(has_all(&before));
    house.hand.advance(Duration::from_secs(250 * 60));
    house.press.publish_all().await.unwrap();
    let after = ask(&house.press).await;
    assert!(!has_all(&after));
    assert!(after.last_modified > before.last_modified, "who asks with a date must not keep it");
    // After a restart too.
    let (clock, _hand) = vestnik::clock::Clock::manual(at(500));
    let press = Press::new(house.store.clone(), clock, super::sample::site(), 100);
    press.set_channels(vec![declared("all")]);
    let again = ask(&press).await;
    assert!(!has_all(&again) && again.last_modified > before.last_modified);
}

#[tokio::test]
async fn the_next_archive_document_leads_to_the_subscription_document_until_it_is_closed() {
    let house = house(12).await;
    let all = "all".parse().unwrap();
    let pages = house.press.archives(&all).await.unwrap();
    let next = house.press.archived(&all, pages + 1, Format::Atom).await.unwrap();
    assert!(matches!(next, Answer::NotYet), "{next:?}");
    let beyond = house.press.archived(&all, pages + 2, Format::Atom).await.unwrap();
    assert!(matches!(beyond, Answer::Unknown), "{beyond:?}");
}

crate::storing::on_postgres_too! {
    a_reader_finds_every_entry_at_any_time,
    an_archive_document_says_what_it_is_and_never_changes,
    what_comes_with_an_old_date_is_in_the_subscription_document_until_an_archive_has_it,
    a_backfill_goes_to_the_archive_at_once,
    a_takedown_leaves_the_archive_too_and_a_tombstone_in_it,
    the_next_archive_document_leads_to_the_subscription_document_until_it_is_closed,
}
