//! The resurfacing guard, through the real collector: what a site's move does to ids, addresses and dates reaches no reader.

use std::{fmt::Write as _, time::Duration};

use chrono::TimeDelta;
use vestnik::{
    clock::{Clock, ManualClock},
    ingest::Ingest,
    model::{EntryState, Source, SourceReport, SourceSpec, StoredEntry, Timestamp, Verdict},
    schedule::IntervalLimits,
    store::{By, EntryQuery},
};

use super::now;
use crate::{
    storing::{Opened, open, spec},
    support::server::{Reply, Server},
};

/// One item of the feed that the publisher serves.
#[derive(Clone)]
struct Item {
    guid: String,
    link: String,
    title: String,
    text: String,
    date: Option<Timestamp>,
}

fn item(number: i64) -> Item {
    Item {
        guid: format!("http://noi.example/?p={number}"),
        link: format!("https://noi.example/news/{number}"),
        title: format!("News number {number}"),
        text: format!("What happened on the day number {number}."),
        date: Some(now() - TimeDelta::days(100 - number)),
    }
}

fn items(numbers: impl IntoIterator<Item = i64>) -> Vec<Item> {
    numbers.into_iter().map(item).collect()
}

fn changed(items: &[Item], change: impl Fn(&mut Item)) -> Vec<Item> {
    let mut items = items.to_vec();
    items.iter_mut().for_each(change);
    items
}

fn rss(items: &[Item]) -> Reply {
    let mut text = "<rss version='2.0'><channel><title>NOI</title>".to_owned();
    for Item { guid, link, title, text: about, date } in items {
        let date = date.map(|date| format!("<pubDate>{}</pubDate>", date.to_rfc2822())).unwrap_or_default();
        write!(
            text,
            "<item><guid>{guid}</guid><link>{link}</link><title>{title}</title><description>{about}</description>{date}</item>"
        )
        .unwrap();
    }
    text.push_str("</channel></rss>");
    Reply::ok(&[("Content-Type", b"application/rss+xml")], text.as_bytes())
}

struct Desk {
    ingest: Ingest,
    opened: Opened,
    hand: ManualClock,
    _server: Server,
}

impl Desk {
    /// A source that serves these documents, one after the other.
    async fn open(documents: Vec<Vec<Item>>) -> Self {
        let server = Server::script(documents.iter().map(|items| rss(items)).collect()).await;
        let opened = open().await;
        let noi = SourceSpec { url: Some(server.url("/").parse().unwrap()), ..spec("noi") };
        opened.store.sync_sources(&[noi], now()).await.unwrap();
        let (clock, hand) = Clock::manual(now());
        let hour = Duration::from_secs(3600);
        let ingest = super::ingest(
            &opened.store,
            &clock,
            IntervalLimits { min: hour / 4, max: hour * 24, first: hour },
        );
        Desk { ingest, opened, hand, _server: server }
    }

    async fn source(&self) -> Source {
        self.opened.store.sources().await.unwrap().remove(0)
    }

    async fn collect(&self) -> SourceReport {
        let report = self.ingest.collect(&self.source().await).await.unwrap();
        self.hand.advance(Duration::from_secs(3600));
        report
    }

    async fn entries(&self) -> Vec<StoredEntry> {
        self.opened.store.entries(&EntryQuery { limit: 100, ..EntryQuery::default() }).await.unwrap()
    }

    /// What readers tell entries apart by, and where they see them: public id, guid, place; newest first.
    async fn seen(&self) -> Vec<(String, Option<String>, Timestamp)> {
        let published =
            self.entries().await.into_iter().filter(|stored| stored.state == EntryState::Published);
        published
            .map(|stored| {
                let date = stored.shown_date();
                (stored.entry.public_id, stored.entry.publisher_id, date)
            })
            .collect()
    }
}

/// Collects the first document, then the second; says what readers saw before and after.
async fn check_nothing_comes_up_again(first: Vec<Item>, second: Vec<Item>) -> Desk {
    let desk = Desk::open(vec![first, second]).await;
    desk.collect().await;
    let before = desk.seen().await;
    let report = desk.collect().await;
    assert_eq!(report.new, 0, "{report:?}");
    assert_eq!(desk.seen().await, before);
    desk
}

#[tokio::test]
async fn guids_that_move_to_https_are_the_entries_that_they_were() {
    let before = items(1..=8);
    let after = changed(&before, |item| item.guid = item.guid.replace("http://", "https://"));
    check_nothing_comes_up_again(before, after).await;
}

#[tokio::test]
async fn a_site_that_moves_to_another_system_is_recognised_by_titles_and_texts() {
    let before = items(1..=8);
    let after = changed(&before, |item| {
        let number = item.guid.rsplit('=').next().unwrap().to_owned();
        item.guid = format!("urn:uuid:{number}");
        item.link = format!("https://www.noi-techpark.example/article-{number}");
    });
    check_nothing_comes_up_again(before, after).await;
}

#[tokio::test]
async fn a_move_that_changes_addresses_and_touches_all_dates_brings_nothing_up_again() {
    let before = items(1..=8);
    let after = changed(&before, |item| {
        item.guid = item.guid.replace("?p=", "?page=");
        item.date = Some(now());
    });
    check_nothing_comes_up_again(before, after).await;
}

#[tokio::test]
async fn dates_that_are_touched_in_mass_do_not_count() {
    let before = items(1..=8);
    let after = changed(&before, |item| item.date = Some(now()));
    check_nothing_comes_up_again(before, after).await;
}

#[tokio::test]
async fn one_date_that_is_corrected_counts() {
    let before = items(1..=8);
    let mut after = before.clone();
    after[0].date = Some(now() - TimeDelta::days(300));
    let desk = Desk::open(vec![before, after]).await;
    desk.collect().await;
    desk.collect().await;
    let dates: Vec<_> = desk.seen().await.into_iter().map(|(_, _, date)| date).collect();
    assert!(dates.contains(&(now() - TimeDelta::days(300))), "{dates:?}");
}

#[tokio::test]
async fn what_moved_stays_itself_when_it_changes_later_or_moves_back() {
    let before = items(1..=8);
    let moved = changed(&before, |item| item.guid = item.guid.replace("http://", "https://"));
    let mut edited = moved.clone();
    edited[0].title = "News number 1, corrected".to_owned();
    let desk = Desk::open(vec![before.clone(), moved, edited, before.clone()]).await;
    desk.collect().await;
    let ids = |seen: Vec<(String, Option<String>, Timestamp)>| -> Vec<_> {
        seen.into_iter().map(|(public, guid, _)| (public, guid)).collect()
    };
    let known = ids(desk.seen().await);
    for step in ["moved", "edited", "moved back"] {
        let report = desk.collect().await;
        assert_eq!(report.new, 0, "{step}: {report:?}");
        assert_eq!(ids(desk.seen().await), known, "{step}");
    }
}

#[tokio::test]
async fn news_that_comes_with_a_move_is_published_where_dates_can_be_trusted() {
    let before = items(1..=8);
    let mut after = changed(&before, |item| item.guid = item.guid.replace("http://", "https://"));
    after.insert(0, item(99));
    let desk = Desk::open(vec![before, after]).await;
    desk.collect().await;
    let report = desk.collect().await;
    assert_eq!(report.new, 1);
    assert_eq!(desk.seen().await.len(), 9);
    assert!(desk.opened.store.held(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_move_makes_unrecognisable_is_held_until_staff_decide() {
    let before = items(1..=8);
    let mut after = changed(&before, |item| item.guid = item.guid.replace("http://", "https://"));
    for (item, number) in after.iter_mut().zip(1..=2) {
        item.link = format!("https://noi.example/old/{number}");
        item.title = format!("Another title {number}");
        item.text = "Another text".to_owned();
    }
    let desk = Desk::open(vec![before, after]).await;
    desk.collect().await;
    let seen = desk.seen().await;
    desk.collect().await;
    assert_eq!(desk.seen().await, seen, "what is held is in no document");
    let store = &desk.opened.store;
    let held = store.held(Some(desk.source().await.id)).await.unwrap();
    assert_eq!(
        held.iter().map(|stored| stored.entry.title.as_str()).collect::<Vec<_>>(),
        ["Another title 1", "Another title 2"]
    );
    assert_eq!(desk.source().await.state.failures, 0, "nothing is wrong with the source");
    let by = By { who: "Ivan", at: now(), reason: None };
    store.decide(held[0].id, Verdict::Approve, by).await.unwrap();
    store.decide(held[1].id, Verdict::Hide, by).await.unwrap();
    assert_eq!(desk.seen().await.len(), seen.len() + 1);
    assert!(store.held(None).await.unwrap().is_empty());
    assert_eq!(store.decisions(held[0].id).await.unwrap()[0].before, "held");
}

#[tokio::test]
async fn a_busy_day_is_no_mass_change() {
    let desk = Desk::open(vec![items(1..=8), items(5..=20), items(30..=45)]).await;
    desk.collect().await;
    assert_eq!(desk.collect().await.new, 12);
    desk.hand.advance(Duration::from_secs(90 * 24 * 3600));
    // Nothing of it is known, and it is all from after the last reading.
    let later = now() + TimeDelta::days(80);
    let mut news = items(30..=45);
    for (at, item) in news.iter_mut().enumerate() {
        item.date = Some(later + TimeDelta::hours(i64::try_from(at).unwrap()));
    }
    let desk = Desk::open(vec![items(1..=8), news]).await;
    desk.collect().await;
    desk.hand.advance(Duration::from_secs(90 * 24 * 3600));
    assert_eq!(desk.collect().await.new, 16);
    assert!(desk.opened.store.held(None).await.unwrap().is_empty());
    assert_eq!(desk.seen().await.len(), 24);
}

#[tokio::test]
async fn a_document_of_strangers_that_claim_to_be_old_is_held() {
    let old = changed(&items(20..=30), |item| {
        item.date = item.date.map(|date| date - TimeDelta::days(50));
        item.title.push_str(" of another archive");
        item.text.push_str(" Another archive.");
    });
    let desk = Desk::open(vec![items(1..=8), old]).await;
    desk.collect().await;
    let seen = desk.seen().await;
    desk.collect().await;
    assert_eq!(desk.seen().await, seen);
    assert_eq!(desk.opened.store.held(None).await.unwrap().len(), 11);
}

crate::storing::on_postgres_too! {
    guids_that_move_to_https_are_the_entries_that_they_were,
    a_site_that_moves_to_another_system_is_recognised_by_titles_and_texts,
    a_move_that_changes_addresses_and_touches_all_dates_brings_nothing_up_again,
    dates_that_are_touched_in_mass_do_not_count,
    one_date_that_is_corrected_counts,
    what_moved_stays_itself_when_it_changes_later_or_moves_back,
    news_that_comes_with_a_move_is_published_where_dates_can_be_trusted,
    what_a_move_makes_unrecognisable_is_held_until_staff_decide,
    a_busy_day_is_no_mass_change,
    a_document_of_strangers_that_claim_to_be_old_is_held,
}
