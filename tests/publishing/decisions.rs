//! What waits, what is embargoed, what was taken away: in no document, and never back by itself.

use std::time::Duration;

use vestnik::{
    model::{
        Changes, EntryId, EntryState, Format, Hold, Publication, PublicationPolicy, Rights, SafeHtml,
        TextPolicy, Verdict,
    },
    press::Press,
    store::{By, Decided},
};

use super::press::{House, declared};
use crate::storing::{at, collected, entry, new, spec};

fn by(minute: i64) -> By<'static> {
    By { who: "Iva", at: at(minute), reason: Some("because") }
}

async fn documents(house: &House) -> Vec<String> {
    let mut documents = Vec::new();
    for format in Format::ALL {
        let rendition = house.press.rendition(&"all".parse().unwrap(), format).await.unwrap().unwrap();
        documents.push(String::from_utf8(rendition.identity.to_vec()).unwrap());
    }
    documents
}

/// How many of the four formats show this title.
async fn shown(house: &House, number: i64) -> usize {
    let title = format!("Новина {number} ");
    documents(house).await.iter().filter(|document| document.contains(&title)).count()
}

/// One published entry (1) and one held back (2).
async fn with_held(hold: Hold) -> House {
    let house = House::open(vec![declared("all")]).await;
    let (first, second) = (entry("noi", 1, "bg"), entry("noi", 2, "bg"));
    let held = vec![(second.0.identity.clone(), hold)];
    let changes = Changes { held, ..new(vec![first, second]) };
    house.store.commit(collected(house.source, 0, changes)).await.unwrap();
    house.press.publish_changes().await.unwrap();
    house
}

#[tokio::test]
async fn what_waits_is_in_no_document_until_it_is_approved() {
    let house = with_held(Hold::Review).await;
    assert_eq!((shown(&house, 1).await, shown(&house, 2).await), (4, 0));
    let waiting = house.store.waiting(10).await.unwrap();
    assert_eq!(waiting.iter().map(|stored| stored.id).collect::<Vec<_>>(), [EntryId(2)]);
    let decided = house.store.decide(EntryId(2), Verdict::Approve, by(210)).await.unwrap();
    assert_eq!(decided, Decided::Done(EntryState::Published));
    house.press.publish_changes().await.unwrap();
    assert_eq!(shown(&house, 2).await, 4);
    let trail = house.store.decisions(EntryId(2)).await.unwrap();
    let line = &trail[0];
    let said = (line.who.as_str(), line.what.as_str(), line.before.as_str(), line.after.as_str(), line.at);
    assert_eq!(said, ("Iva", "approve", "waiting", "published", at(210)));
    assert_eq!(line.reason.as_deref(), Some("because"));
}

#[tokio::test]
async fn what_waits_when_its_source_is_trusted_at_last_waits_until_somebody_decides() {
    let house = with_held(Hold::Review).await;
    let policy = |policy| vestnik::model::SourceSpec {
        publication: Publication { policy, ..Publication::default() },
        ..spec("noi")
    };
    for trusted in [PublicationPolicy::Auto, PublicationPolicy::Excerpt, PublicationPolicy::LinkOnly] {
        house.store.sync_sources(&[policy(trusted)], at(201)).await.unwrap();
        house.press.publish_all().await.unwrap();
        assert_eq!((shown(&house, 1).await, shown(&house, 2).await), (4, 0), "{trusted:?}");
        assert_eq!(house.store.waiting(10).await.unwrap().len(), 1, "it stays in the list of what waits");
    }
    house.store.decide(EntryId(2), Verdict::Approve, by(210)).await.unwrap();
    house.press.publish_changes().await.unwrap();
    assert_eq!(shown(&house, 2).await, 4);
}

#[tokio::test]
async fn an_embargoed_entry_comes_out_by_itself_at_the_right_moment() {
    let house = with_held(Hold::Until(at(260))).await;
    assert_eq!(house.store.release_embargoed(at(259)).await.unwrap(), 0);
    assert_eq!(shown(&house, 2).await, 0);
    house.hand.advance(Duration::from_secs(3600));
    assert_eq!(house.store.release_embargoed(at(260)).await.unwrap(), 1);
    house.press.publish_changes().await.unwrap();
    assert_eq!(shown(&house, 2).await, 4);
    assert_eq!(house.store.decisions(EntryId(2)).await.unwrap()[0].who, "vestnik");
}

#[tokio::test]
async fn a_source_that_is_off_is_in_no_document_and_comes_back_when_it_is_not() {
    let house = with_held(Hold::Off).await;
    assert_eq!(shown(&house, 2).await, 0);
    let policy = |policy| vestnik::model::SourceSpec {
        publication: Publication { policy, ..Publication::default() },
        ..spec("noi")
    };
    house.store.sync_sources(&[policy(PublicationPolicy::Off)], at(201)).await.unwrap();
    house.press.publish_all().await.unwrap();
    assert_eq!((shown(&house, 1).await, shown(&house, 2).await), (0, 0));
    house.store.sync_sources(&[policy(PublicationPolicy::Auto)], at(202)).await.unwrap();
    house.press.publish_all().await.unwrap();
    assert_eq!((shown(&house, 1).await, shown(&house, 2).await), (4, 4));
}

#[tokio::test]
async fn a_hidden_entry_leaves_with_a_tombstone_and_can_be_restored() {
    let house = with_held(Hold::Review).await;
    house.store.decide(EntryId(1), Verdict::Hide, by(210)).await.unwrap();
    house.hand.advance(Duration::from_secs(1200));
    house.press.publish_changes().await.unwrap();
    assert_eq!(shown(&house, 1).await, 0);
    let atom = &documents(&house).await[1];
    assert!(atom.contains("<at:deleted-entry ref=\"urn:noi:1\""), "{atom}");
    assert!(!atom.contains("urn:noi:2"), "what was never published is not deleted: {atom}");
    house.store.decide(EntryId(1), Verdict::Restore, by(211)).await.unwrap();
    house.press.publish_changes().await.unwrap();
    assert_eq!(shown(&house, 1).await, 4);
    assert!(!documents(&house).await[1].contains("deleted-entry"));
}

#[tokio::test]
async fn what_staff_decided_stays_when_the_publisher_changes_the_entry() {
    let house = with_held(Hold::Review).await;
    house.store.decide(EntryId(1), Verdict::Hide, by(210)).await.unwrap();
    for number in [1, 2] {
        let (mut changed, key) = entry("noi", number, "bg");
        changed.fingerprint = vestnik::model::Fingerprint::of(["another"]);
        let changes = Changes { updated: vec![(EntryId(number), changed, key)], ..Changes::default() };
        house.store.commit(collected(house.source, 211, changes)).await.unwrap();
    }
    let states = [EntryId(1), EntryId(2)].map(|id| house.store.entry(id));
    let states = futures_util::future::join_all(states).await.into_iter().map(|e| e.unwrap().unwrap().state);
    assert_eq!(states.collect::<Vec<_>>(), [EntryState::Hidden, EntryState::Waiting]);
}

#[tokio::test]
async fn a_takedown_removes_the_text_for_good_and_the_entry_does_not_come_back() {
    let house = with_held(Hold::Review).await;
    let (mut changed, key) = entry("noi", 1, "bg");
    changed.fingerprint = vestnik::model::Fingerprint::of(["another"]);
    let changes = Changes { updated: vec![(EntryId(1), changed, key)], ..Changes::default() };
    house.store.commit(collected(house.source, 205, changes)).await.unwrap();
    house.store.decide(EntryId(1), Verdict::Withdraw, by(210)).await.unwrap();
    house.hand.advance(Duration::from_secs(1200));
    house.press.publish_changes().await.unwrap();
    assert_eq!(shown(&house, 1).await, 0);
    assert!(documents(&house).await[1].contains("<at:deleted-entry ref=\"urn:noi:1\""));
    let stored = house.store.entry(EntryId(1)).await.unwrap().unwrap();
    assert_eq!((stored.state, stored.entry.title.as_str()), (EntryState::Removed, ""));
    assert_eq!((&stored.entry.content, stored.entry.tags.len()), (&None, 0));
    let mut database = house.opened.beside().await;
    let left = sqlx::query("select 1 from entry_revisions").fetch_all(&mut database).await.unwrap();
    assert!(left.is_empty(), "what it said before is gone too");
    // The publisher delivers it again: changed, and under another id.
    let (mut again, key) = entry("noi", 1, "bg");
    again.fingerprint = vestnik::model::Fingerprint::of(["again"]);
    let changes = Changes { updated: vec![(EntryId(1), again.clone(), key)], ..Changes::default() };
    house.store.commit(collected(house.source, 212, changes)).await.unwrap();
    again.identity = vestnik::model::Identity::of(["another id"]);
    again.public_id = "urn:noi:other".to_owned();
    house.store.commit(collected(house.source, 213, new(vec![(again, key)]))).await.unwrap();
    house.press.publish_changes().await.unwrap();
    assert_eq!(shown(&house, 1).await, 0);
    assert!(!documents(&house).await[2].contains("urn:noi:other\""));
}

#[tokio::test]
async fn a_verdict_that_changes_nothing_says_so() {
    let house = with_held(Hold::Review).await;
    let decide = |id, verdict| house.store.decide(EntryId(id), verdict, by(210));
    assert_eq!(decide(1, Verdict::Approve).await.unwrap(), Decided::Unchanged(EntryState::Published));
    assert_eq!(decide(99, Verdict::Hide).await.unwrap(), Decided::Unknown);
    assert!(house.store.decisions(EntryId(1)).await.unwrap().is_empty());
}

#[tokio::test]
async fn full_text_becomes_an_excerpt_when_the_rights_end() {
    let house = House::open(vec![declared("all")]).await;
    let rights = Rights { text: TextPolicy::Full, until: Some(at(230)), ..Rights::default() };
    let noi = vestnik::model::SourceSpec { rights, ..spec("noi") };
    house.store.sync_sources(&[noi], at(201)).await.unwrap();
    let (mut long, key) = entry("noi", 1, "bg");
    long.content = Some(SafeHtml::sanitised(format!("<p>{}the end</p>", "word ".repeat(200))));
    house.store.commit(collected(house.source, 0, new(vec![(long, key)]))).await.unwrap();
    house.press.publish_all().await.unwrap();
    let shows_all = async |house: &House| {
        documents(house).await[..3].iter().filter(|document| document.contains("the end")).count()
    };
    assert_eq!(shows_all(&house).await, 3);
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(run(house.press.clone(), stop.clone()));
    // Not before its time, and then without anybody's doing.
    tokio::task::yield_now().await;
    house.hand.advance(Duration::from_secs(1800));
    let gone = async {
        while shows_all(&house).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the rights end by themselves");
    stop.cancel();
    running.await.unwrap();
}

async fn run(press: Press, stop: tokio_util::sync::CancellationToken) {
    press.run(Duration::ZERO, stop).await;
}

crate::storing::on_postgres_too! {
    what_waits_is_in_no_document_until_it_is_approved,
    what_waits_when_its_source_is_trusted_at_last_waits_until_somebody_decides,
    an_embargoed_entry_comes_out_by_itself_at_the_right_moment,
    a_source_that_is_off_is_in_no_document_and_comes_back_when_it_is_not,
    a_hidden_entry_leaves_with_a_tombstone_and_can_be_restored,
    what_staff_decided_stays_when_the_publisher_changes_the_entry,
    a_takedown_removes_the_text_for_good_and_the_entry_does_not_come_back,
    a_verdict_that_changes_nothing_says_so,
    full_text_becomes_an_excerpt_when_the_rights_end,
}
