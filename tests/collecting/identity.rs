//! Entries keep who they are over collections, whatever their publisher does with their ids.

use std::collections::BTreeSet;

use vestnik::model::{IdentityPolicy, Source};

use super::ingesting::Desk;
use crate::support::server::{Reply, Server};

/// An RSS of these entries: guid, link and title.
fn feed(entries: &[(&str, &str, &str)]) -> Reply {
    feed_called("A", entries)
}

fn feed_called(title: &str, entries: &[(&str, &str, &str)]) -> Reply {
    let item = |(id, link, title): &(&str, &str, &str)| {
        let id = if id.is_empty() { String::new() } else { format!("<guid>{id}</guid>") };
        format!("<item>{id}<link>https://partner.example{link}</link><title>{title}</title></item>")
    };
    let items: String = entries.iter().map(item).collect();
    let text = format!("<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>");
    Reply::ok(&[("Content-Type", b"application/rss+xml")], text.as_bytes())
}

/// What each document of a row brings: new, changed and unchanged entries. And the source as it is then.
async fn collect(documents: Vec<Reply>) -> (Vec<[usize; 3]>, Source, Desk) {
    let count = documents.len();
    let server = Server::script(documents).await;
    let desk = Desk::open(&[server.url("/")]).await;
    let mut brought = Vec::new();
    for _ in 0..count {
        let source = desk.opened.store.sources().await.unwrap().remove(0);
        let report = desk.ingest.collect(&source).await.unwrap();
        assert_eq!(report.reason, None);
        brought.push([report.new, report.updated, report.unchanged]);
    }
    let source = desk.opened.store.sources().await.unwrap().remove(0);
    (brought, source, desk)
}

async fn public_ids(desk: &Desk) -> Vec<String> {
    let query = vestnik::store::RiverQuery { limit: 100, ..Default::default() };
    let mut ids: Vec<String> =
        desk.opened.store.river(&query).await.unwrap().into_iter().map(|e| e.entry.public_id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn ids_that_change_at_each_fetch_are_not_believed_and_bring_nothing_twice() {
    let document = |round: u32| {
        let ids: Vec<String> = (1..=3).map(|n| format!("urn:request:{round}-{n}")).collect();
        feed(&[(&ids[0], "/1", "One"), (&ids[1], "/2", "Two"), (&ids[2], "/3", "Three")])
    };
    let last = feed(&[
        ("urn:request:4-0", "/4", "Four"),
        ("urn:request:4-1", "/1", "One"),
        ("urn:request:4-2", "/2?utm_source=rss", "Two"),
        ("urn:request:4-3", "/3", "Three"),
    ]);
    let (brought, source, desk) = collect(vec![document(1), document(2), document(3), last]).await;
    // The first time that it shows, what is known is written anew, without its id.
    assert_eq!(brought[..3], [[3, 0, 0], [0, 3, 0], [0, 0, 3]]);
    assert_eq!((brought[3][0], brought[3][1] + brought[3][2]), (1, 3));
    assert_eq!(source.state.info.identity, IdentityPolicy::IdsChange);
    assert!(source.state.info.identity.reason().is_some());
    let ids = public_ids(&desk).await;
    assert_eq!(ids.iter().filter(|id| id.starts_with("urn:request:1-")).count(), 3, "{ids:?}");
    assert_eq!(ids.iter().filter(|id| id.starts_with("tag:")).count(), 1, "{ids:?}");
}

#[tokio::test]
async fn one_id_for_all_is_not_believed_even_where_it_stands_alone() {
    let shared = "https://partner.example/";
    let (brought, source, desk) = collect(vec![
        feed(&[(shared, "/1", "One"), (shared, "/2", "Two")]),
        feed(&[(shared, "/3", "Three")]),
        feed(&[(shared, "/3", "Three, corrected")]),
    ])
    .await;
    assert_eq!(brought, [[2, 0, 0], [1, 0, 0], [0, 1, 0]]);
    assert_eq!(source.state.info.identity, IdentityPolicy::IdsAreShared);
    let ids = public_ids(&desk).await;
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
    assert!(!ids.contains(&shared.to_owned()));
}

#[tokio::test]
async fn an_entry_that_shared_its_id_is_the_same_when_the_other_is_gone() {
    let (rest, more) = (("8", "/8", "Eight"), ("9", "/9", "Nine"));
    let (brought, source, _desk) = collect(vec![
        feed(&[("1", "/1", "One"), ("1", "/2", "Two"), rest, more, ("7", "/7", "Seven")]),
        feed(&[("1", "/1", "One"), rest, more]),
    ])
    .await;
    assert_eq!(brought, [[5, 0, 0], [0, 0, 3]]);
    assert_eq!(source.state.info.identity, IdentityPolicy::Ids, "two of five are an accident");
}

#[tokio::test]
async fn entries_that_get_ids_later_are_known_by_their_links() {
    let (brought, source, _desk) = collect(vec![
        feed(&[("", "/1", "One"), ("", "/2", "Two")]),
        feed(&[("urn:1", "/1", "One"), ("urn:2", "/2", "Two")]),
        feed(&[("urn:1", "/1", "One"), ("urn:2", "/2", "Two"), ("urn:3", "/3", "Three")]),
    ])
    .await;
    assert_eq!(brought, [[2, 0, 0], [0, 2, 0], [1, 0, 2]]);
    assert_eq!(source.state.info.identity, IdentityPolicy::Ids);
}

#[tokio::test]
async fn news_that_all_link_to_one_page_are_told_apart_by_their_ids() {
    let day = |n: u32| (format!("urn:day:{n}"), format!("Weather of day {n}"));
    let document = |from: u32| {
        let days: Vec<_> = (from..from + 3).map(day).collect();
        let entries: Vec<_> = days.iter().map(|(id, title)| (id.as_str(), "/", title.as_str())).collect();
        feed(&entries)
    };
    let (brought, source, _desk) = collect(vec![document(1), document(4), document(5)]).await;
    assert_eq!(brought, [[3, 0, 0], [3, 0, 0], [1, 0, 2]]);
    assert_eq!(source.state.info.identity, IdentityPolicy::Ids);
}

#[tokio::test]
async fn news_that_all_have_the_front_page_as_id_and_link_are_told_apart_by_their_titles() {
    let document = |from: u32| {
        let titles: Vec<_> = (from..from + 4).map(|n| format!("News {n}")).collect();
        let entries: Vec<_> =
            titles.iter().map(|title| ("https://a.example/", "/", title.as_str())).collect();
        feed(&entries)
    };
    let (brought, source, _desk) = collect(vec![document(1), document(2), document(4)]).await;
    assert_eq!(brought, [[4, 0, 0], [1, 0, 3], [2, 0, 2]]);
    assert_eq!(source.state.info.identity, IdentityPolicy::IdsAreShared);
}

#[tokio::test]
async fn what_a_document_without_entries_that_say_anything_calls_itself_changes_nothing() {
    for items in ["", "<item></item>"] {
        let text = format!(
            "<rss version='2.0'><channel><title>Maintenance</title><link>https://elsewhere.example/</link>{items}</channel></rss>"
        );
        let empty = Reply::ok(&[("Content-Type", b"application/rss+xml")], text.as_bytes());
        let (brought, source, _desk) = collect(vec![feed(&[("1", "/1", "One")]), empty]).await;
        assert_eq!(brought, [[1, 0, 0], [0, 0, 0]]);
        assert_eq!((source.state.info.title.as_deref(), source.state.info.home), (Some("A"), None));
    }
}

#[tokio::test]
async fn a_feed_that_calls_itself_otherwise_is_published_again_though_no_entry_changed() {
    let entries = [("1", "/1", "One")];
    let renamed = feed_called("B", &entries);
    let (brought, _, desk) = collect(vec![feed(&entries), renamed]).await;
    assert_eq!(brought, [[1, 0, 0], [0, 0, 1]]);
    assert_eq!(desk.opened.store.unpublished(10).await.unwrap().len(), 2, "one for each");
}

/// A document of one entry, with what stands in it besides its guid, link and title.
fn single(id: &str, link: &str, title: &str, besides: &str) -> Reply {
    let text = format!(
        "<rss version='2.0'><channel><title>A</title><item><guid isPermaLink='false'>{id}</guid>\
         <link>https://partner.example{link}</link><title>{title}</title>{besides}</item></channel></rss>"
    );
    Reply::ok(&[("Content-Type", b"application/rss+xml")], text.as_bytes())
}

#[tokio::test]
async fn an_entry_that_stands_alone_is_the_same_when_nothing_but_its_id_changes() {
    let dated = "<description>Text</description><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate>";
    let (brought, source, desk) = collect(vec![
        single("a1", "/1", "One", dated),
        single("b2", "/1", "One", dated),
        single("c3", "/1", "One", dated),
        single("d4", "/1", "One, corrected", dated),
        single("e5", "/2", "Two", dated),
    ])
    .await;
    // Written anew once, without its id.
    assert_eq!(brought, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]);
    assert_eq!(source.state.info.identity, IdentityPolicy::IdsChange);
    assert_eq!(public_ids(&desk).await.len(), 2);
}

#[tokio::test]
async fn without_a_date_the_same_entry_is_not_brought_twice_and_its_ids_are_still_believed() {
    let (brought, source, _desk) = collect(vec![
        single("urn:alert:1", "/alerts", "No alerts", ""),
        single("urn:alert:2", "/alerts", "No alerts", ""),
        single("urn:alert:3", "/alerts", "No alerts", ""),
        single("urn:alert:4", "/alerts", "Flood", ""),
        single("urn:alert:5", "/alerts", "Storm", ""),
    ])
    .await;
    assert_eq!(brought, [[1, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0], [1, 0, 0]]);
    assert_eq!(source.state.info.identity, IdentityPolicy::Ids);
}

#[tokio::test]
async fn another_entry_alone_at_the_same_address_is_another_one() {
    let day = |n: u32| {
        let date = format!("<pubDate>{n} Feb 2026 04:05:06 GMT</pubDate>");
        single(&format!("urn:day:{n}"), "/weather", "Weather", &date)
    };
    let (brought, source, _desk) = collect(vec![day(1), day(2), day(3)]).await;
    assert_eq!(brought, [[1, 0, 0]; 3]);
    assert_eq!(source.state.info.identity, IdentityPolicy::Ids);
}
