//! What a publisher takes away leaves every document, with a tombstone and a line in the audit trail, and stays away: from the
//! wire to the documents.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use vestnik::{
    clock::{Clock, ManualClock},
    ingest::Ingest,
    model::{
        EntryId, EntryState, Format, OnDeletion, Publication, SourceReport, SourceSpec, StoredEntry, Verdict,
    },
    press::{Answer, Press},
    schedule::IntervalLimits,
    store::{By, EntryQuery},
};

use super::sample;
use crate::{
    collecting::{self, now},
    storing::{Opened, open, spec},
    support::server::{Reply, Server},
};

/// What the publishers' server says.
#[derive(Default)]
struct Said {
    /// Entries of the feed `/feed`, by number.
    entries: Vec<i64>,
    /// Ids with the dates of their tombstones.
    deleted: Vec<(String, &'static str)>,
    /// The same as a JSON Feed.
    is_json: bool,
    complete: bool,
    /// Articles whose pages answer 410.
    gone: Vec<i64>,
    /// Changes the bytes.
    edition: usize,
}

impl Said {
    fn feed(&self, address: &str) -> Reply {
        let edition = self.edition;
        if self.is_json {
            let items: Vec<_> = self.entries.iter().map(|n| {
                serde_json::json!({"id": id(*n), "url": format!("http://{address}/{n}"), "title": format!("News {n}"), "content_text": "Text."})
            }).collect();
            let deleted: Vec<_> = self
                .deleted
                .iter()
                .map(|(id, at)| serde_json::json!({"id": id, "date_deleted": at}))
                .collect();
            let feed = serde_json::json!({
                "version": "https://jsonfeed.org/version/1.1", "title": format!("NOI {edition}"), "items": items,
                "_vestnik": { "deleted": deleted }
            });
            return Reply::ok(&[("Content-Type", b"application/feed+json")], feed.to_string().as_bytes());
        }
        let mut text = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0' \
             xmlns:fh='http://purl.org/syndication/history/1.0'><id>tag:noi.example,2026:feed</id><title>NOI {edition}</title>"
        );
        if self.complete {
            text.push_str("<fh:complete/>");
        }
        for n in &self.entries {
            let id = id(*n);
            write!(
                text,
                "<entry><id>{id}</id><title>News {n}</title><link href='http://{address}/{n}'/>\
                 <updated>2026-02-0{n}T08:00:00Z</updated><content>Text {n}.</content></entry>"
            )
            .unwrap();
        }
        for (id, at) in &self.deleted {
            write!(text, "<at:deleted-entry ref='{id}' when='{at}'/>").unwrap();
        }
        text.push_str("</feed>");
        Reply::ok(&[("Content-Type", b"application/atom+xml")], text.as_bytes())
    }
}

fn id(number: i64) -> String {
    format!("tag:noi.example,2026:{number}")
}

struct Desk {
    ingest: Ingest,
    press: Press,
    opened: Opened,
    hand: ManualClock,
    said: Arc<Mutex<Said>>,
    server: Server,
}

impl Desk {
    /// A source `noi` that has delivered the entries 1, 2 and 3.
    async fn open(publication: Publication) -> Self {
        let said = Arc::new(Mutex::new(Said { entries: vec![1, 2, 3], ..Said::default() }));
        let speaking = Arc::clone(&said);
        let server = Server::start(move |request, _| {
            let said = speaking.lock().unwrap();
            let host = request.text("host").unwrap();
            match request.path.as_str() {
                "/feed" => said.feed(host),
                "/robots.txt" => Reply::status(404, &[]),
                path => {
                    let number: i64 = path.trim_start_matches('/').parse().unwrap_or_default();
                    if said.gone.contains(&number) {
                        Reply::status(410, &[])
                    } else {
                        Reply::ok(&[("Content-Type", b"text/html")], b"<html><body>An article.</body></html>")
                    }
                }
            }
        })
        .await;
        let opened = open().await;
        let noi = SourceSpec { url: Some(server.url("/feed").parse().unwrap()), publication, ..spec("noi") };
        opened.store.sync_sources(&[noi], now()).await.unwrap();
        let (clock, hand) = Clock::manual(now());
        let hour = Duration::from_secs(3600);
        let ingest = collecting::ingest(
            &opened.store,
            &clock,
            IntervalLimits { min: hour / 4, max: hour * 24, first: hour },
        );
        let press = Press::new(opened.store.clone(), clock, sample::site(), 4);
        press.publish_all().await.unwrap();
        let desk = Desk { ingest, press, opened, hand, said, server };
        desk.collect("noi").await;
        assert_eq!(desk.published().await, [3, 2, 1]);
        desk
    }

    fn say(&self, change: impl FnOnce(&mut Said)) {
        let mut said = self.said.lock().unwrap();
        said.edition += 1;
        change(&mut said);
    }

    async fn collect(&self, slug: &str) -> SourceReport {
        let sources = self.opened.store.sources().await.unwrap();
        let source = sources.iter().find(|source| source.spec.slug.as_str() == slug).unwrap();
        let report = self.ingest.collect(source).await.unwrap();
        self.hand.advance(Duration::from_secs(2 * 3600));
        self.press.publish_changes().await.unwrap();
        report
    }

    async fn document(&self, format: Format) -> String {
        let rendition = self.press.rendition(&"all".parse().unwrap(), format).await.unwrap().unwrap();
        String::from_utf8(rendition.identity.to_vec()).unwrap()
    }

    /// The numbers in the channel, held to be the same in every format.
    async fn published(&self) -> Vec<i64> {
        let mut found = Vec::new();
        for format in Format::ALL {
            let document = self.document(format).await;
            let shown = |n: &i64| document.contains(&format!("News {n}"));
            found.push((1..=9).rev().filter(shown).collect::<Vec<i64>>());
        }
        assert!(found.iter().all(|shown| *shown == found[0]), "{found:?}");
        found.swap_remove(0)
    }

    async fn entry(&self, number: i64) -> StoredEntry {
        let query = EntryQuery { limit: 100, ..EntryQuery::default() };
        let entries = self.opened.store.entries(&query).await.unwrap();
        entries.into_iter().find(|stored| stored.entry.public_id == id(number)).unwrap()
    }

    async fn trail(&self, entry: EntryId) -> Vec<String> {
        let trail = self.opened.store.decisions(entry).await.unwrap();
        trail
            .into_iter()
            .map(|line| format!("{} {}: {}", line.who, line.what, line.reason.unwrap_or_default()))
            .collect()
    }
}

#[tokio::test]
async fn a_tombstone_in_a_feed_withdraws_its_entry_everywhere_and_for_good() {
    for is_json in [false, true] {
        let desk = Desk::open(Publication::default()).await;
        // Closed archive documents have it too.
        assert_eq!(desk.press.archives(&"all".parse().unwrap()).await.unwrap(), 1);
        desk.say(|said| {
            said.entries = vec![1, 3];
            said.deleted = vec![(id(2), "2026-02-20T08:00:00Z")];
            said.is_json = is_json;
        });
        assert_eq!(desk.collect("noi").await.withdrawn, 1);
        assert_eq!(desk.published().await, [3, 1]);
        let tombstone = format!("<at:deleted-entry ref=\"{}\"", id(2));
        assert!(desk.document(Format::Atom).await.contains(&tombstone));
        assert!(desk.document(Format::Json).await.contains(&format!("\"deleted\":[{{\"id\":\"{}\"", id(2))));
        let archive = desk.press.archived(&"all".parse().unwrap(), 1, Format::Atom).await.unwrap();
        let Answer::Found(archive) = archive else { panic!("{archive:?}") };
        let archive = String::from_utf8(archive.identity.to_vec()).unwrap();
        assert!(archive.contains(&tombstone) && !archive.contains("News 2"), "{archive}");
        let entry = desk.entry(2).await;
        assert_eq!(entry.state, EntryState::Withdrawn);
        assert_eq!(
            desk.trail(entry.id).await,
            ["vestnik withdraw: its publisher's feed says that it is deleted"]
        );

        // An old copy of the feed, from a cache, does not bring it back; nor does a changed one.
        desk.say(|said| {
            said.entries = vec![1, 2, 3];
            said.deleted.clear();
        });
        let report = desk.collect("noi").await;
        assert_eq!((report.new, report.updated, desk.published().await), (0, 0, vec![3, 1]));
        // Staff can.
        let by = By { who: "Iva", at: now(), reason: None };
        desk.opened.store.decide(entry.id, Verdict::Restore, by).await.unwrap();
        desk.press.publish_changes().await.unwrap();
        assert_eq!(desk.published().await, [3, 2, 1]);
    }
}

#[tokio::test]
async fn a_source_that_keeps_what_is_deleted_keeps_it() {
    let desk = Desk::open(Publication { on_deletion: OnDeletion::Keep, ..Publication::default() }).await;
    desk.say(|said| said.deleted = vec![(id(2), "2026-02-20T08:00:00Z")]);
    assert_eq!(desk.collect("noi").await.withdrawn, 0);
    assert_eq!(desk.published().await, [3, 2, 1]);
}

#[tokio::test]
async fn of_an_entry_and_its_tombstone_in_one_document_the_newer_one_holds() {
    let desk = Desk::open(Publication::default()).await;
    // Entry 2 is of 2 February, entry 3 of 3 February.
    desk.say(|said| said.deleted = vec![(id(2), "2026-02-02T07:59:59Z"), (id(3), "2026-02-03T08:00:01Z")]);
    desk.collect("noi").await;
    assert_eq!(desk.published().await, [2, 1]);
    // An entry that was never seen and is deleted already is not taken in.
    desk.say(|said| {
        said.entries = vec![1, 2, 4];
        said.deleted = vec![(id(4), "2026-02-10T08:00:00Z")];
    });
    assert_eq!(desk.collect("noi").await.new, 0);
    assert_eq!(desk.published().await, [2, 1]);
}

#[tokio::test]
async fn no_feed_can_delete_what_another_source_published() {
    let desk = Desk::open(Publication::default()).await;
    let rival = Server::start(|_, _| {
        let ids =
            [1, 2, 3].map(|n| format!("<at:deleted-entry ref='{}' when='2026-02-20T08:00:00Z'/>", id(n)));
        let text = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'>\
             <id>tag:noi.example,2026:feed</id><title>Rival</title>{}</feed>",
            ids.concat()
        );
        Reply::ok(&[("Content-Type", b"application/atom+xml")], text.as_bytes())
    })
    .await;
    let noi = SourceSpec { url: Some(desk.server.url("/feed").parse().unwrap()), ..spec("noi") };
    let other = SourceSpec { url: Some(rival.url("/").parse().unwrap()), ..spec("rival") };
    desk.opened.store.sync_sources(&[noi, other], now()).await.unwrap();
    assert_eq!(desk.collect("rival").await.withdrawn, 0);
    assert_eq!(desk.published().await, [3, 2, 1]);
}

#[tokio::test]
async fn an_article_whose_page_is_gone_twice_is_withdrawn_where_that_is_wanted() {
    for (on_gone, left) in [(OnDeletion::Withdraw, vec![3, 1]), (OnDeletion::Keep, vec![3, 2, 1])] {
        let desk = Desk::open(Publication { on_gone, ..Publication::default() }).await;
        desk.hand.advance(Duration::from_secs(24 * 3600));
        desk.said.lock().unwrap().gone = vec![2];
        // The feed itself is as it was, and still has the entry.
        assert_eq!(desk.collect("noi").await.withdrawn, 0);
        assert_eq!(desk.published().await, [3, 2, 1], "one answer may be an accident");
        desk.collect("noi").await;
        assert_eq!(desk.published().await, left, "{on_gone:?}");
        let asked = desk.server.requests().iter().filter(|request| request.path == "/2").count();
        if on_gone == OnDeletion::Keep {
            assert_eq!(asked, 0, "nobody wants to know");
            continue;
        }
        let entry = desk.entry(2).await;
        assert_eq!(desk.trail(entry.id).await, ["vestnik withdraw: its page says that it is gone (410)"]);
        // It is not asked any more, and does not come back with its feed.
        desk.say(|_| ());
        desk.hand.advance(Duration::from_secs(48 * 3600));
        desk.collect("noi").await;
        assert_eq!(desk.published().await, left);
        assert_eq!(desk.server.requests().iter().filter(|request| request.path == "/2").count(), asked);
    }
}

crate::storing::on_postgres_too! {
    a_tombstone_in_a_feed_withdraws_its_entry_everywhere_and_for_good,
    a_source_that_keeps_what_is_deleted_keeps_it,
    of_an_entry_and_its_tombstone_in_one_document_the_newer_one_holds,
    no_feed_can_delete_what_another_source_published,
    an_article_whose_page_is_gone_twice_is_withdrawn_where_that_is_wanted,
}
