//! Claims on sources that are due: for how long, by which node, and what becomes of those that were lost.

use std::{collections::BTreeSet, time::Duration};

use vestnik::{
    model::{Changes, Collected, Moves, Source, SourceSpec},
    store::{ClaimQuery, Due, Store, StoreError},
};

use super::{Opened, at, collected, entry, new, on_both, open_postgres, spec};

const LEASE: Duration = Duration::from_secs(120);

fn asked(minute: i64) -> ClaimQuery {
    ClaimQuery::new(at(minute), LEASE, 10)
}

async fn claim(store: &Store, minute: i64) -> Vec<Due> {
    store.claim_due(&asked(minute)).await.unwrap()
}

on_both! {
    async fn a_due_source_is_claimed_once_until_it_commits_or_its_lease_runs_out(opened) {
        let store = &opened.store;
        let id = store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
        let count = |minute: i64| async move { claim(store, minute).await.len() };
        assert_eq!(count(0).await, 1);
        assert_eq!(count(1).await, 0, "claimed already");
        assert_eq!(count(3).await, 1, "the lease ran out");
        store.commit(collected(id, 4, Changes::default())).await.unwrap();
        assert_eq!(count(5).await, 0, "not due before its next time");
        let due = claim(store, 64).await.remove(0).source;
        store.release(&[(id, due.state.claim)]).await.unwrap();
        assert_eq!(count(64).await, 1, "given back");
    }
}

on_both! {
    async fn a_claim_that_is_renewed_lasts(opened) {
        let store = &opened.store;
        store.sync_sources(&[spec("a")], at(0)).await.unwrap();
        let source = claim(store, 0).await.remove(0).source;
        let claims = [(source.id, source.state.claim)];
        store.renew(&claims, at(1), LEASE).await.unwrap();
        assert!(claim(store, 2).await.is_empty());
        let later = claim(store, 3).await.remove(0).source;
        // What was lost is neither renewed nor given back by who lost it.
        store.renew(&claims, at(4), LEASE).await.unwrap();
        store.release(&claims).await.unwrap();
        assert!(claim(store, 4).await.is_empty());
        assert_eq!(claim(store, 5).await.len(), 1);
        assert_ne!(source.state.claim, later.state.claim);
    }
}

on_both! {
    async fn whom_staff_ask_for_can_be_claimed_alone(opened) {
        let store = &opened.store;
        let sources = store.sync_sources(&[spec("a"), spec("b"), spec("c")], at(0)).await.unwrap();
        store.ask_now(sources[1].id, at(0)).await.unwrap();
        let only = ClaimQuery { only_asked: true, ..asked(0) };
        let claimed = store.claim_due(&only).await.unwrap();
        assert_eq!(slugs(&claimed), ["b"]);
        assert_eq!(slugs(&claim(store, 0).await), ["a", "c"]);
    }
}

on_both! {
    async fn what_somebody_collects_cannot_be_claimed_by_hand(opened) {
        let store = &opened.store;
        let sources = store.sync_sources(&[spec("a"), spec("b")], at(0)).await.unwrap();
        let first = store.claim_these(sources[..1].to_vec(), at(0), LEASE).await.unwrap();
        assert_eq!(first.len(), 1);
        assert_eq!(slugs(&claim(store, 1).await), ["b"]);
        assert!(store.claim_these(sources.clone(), at(1), LEASE).await.unwrap().is_empty());
        let done = Collected { claim: Some(first[0].state.claim), ..collected(first[0].id, 1, Changes::default()) };
        store.commit(done).await.unwrap();
        let again = store.claim_these(sources, at(1), LEASE).await.unwrap();
        assert_eq!(again.iter().map(|source| source.spec.slug.as_str()).collect::<Vec<_>>(), ["a"]);
    }
}

#[tokio::test]
async fn what_a_node_finds_after_another_took_over_is_not_written() {
    let Some(opened) = open_postgres("fencing").await else { return };
    let (slow, quick) = (&opened.store, opened.again().await);
    slow.sync_sources(&[spec("a"), spec("b")], at(0)).await.unwrap();
    let before = claim(slow, 0).await;
    let after = claim(&quick, 3).await;
    assert_eq!((before.len(), after.len()), (2, 2));
    let found = |source: &Source, minute, number| Collected {
        claim: Some(source.state.claim),
        ..collected(source.id, minute, new(vec![entry(source.spec.slug.as_str(), number, "bg")]))
    };
    quick.commit(found(&after[0].source, 4, 1)).await.unwrap();
    for due in &before {
        let refused = slow.commit(found(&due.source, 5, 2)).await;
        assert!(matches!(refused, Err(StoreError::TakenOver)), "{refused:?}");
    }
    quick.commit(found(&after[1].source, 6, 1)).await.unwrap();
    let sources = slow.sources().await.unwrap();
    assert_eq!(slow.count_published().await.unwrap(), 2);
    let asked: Vec<_> = sources.iter().map(|source| source.state.last_attempt.unwrap()).collect();
    assert_eq!(asked, [at(4), at(6)], "nothing is left of the other");
}

#[tokio::test]
async fn one_that_lost_its_claim_does_not_keep_others_of_its_group_from_being_written() {
    let Some(opened) = open_postgres("fencing in a group").await else { return };
    let (slow, quick) = (&opened.store, opened.again().await);
    let specs: Vec<SourceSpec> = (0..9).map(|number| spec(&format!("s{number}"))).collect();
    slow.sync_sources(&specs, at(0)).await.unwrap();
    let claimed = claim(slow, 0).await;
    let lost = ClaimQuery { limit: 3, ..asked(3) };
    let lost: BTreeSet<String> = slugs(&quick.claim_due(&lost).await.unwrap()).into_iter().collect();
    let commits = claimed.iter().map(|due| {
        let entries = new(vec![entry(due.source.spec.slug.as_str(), 1, "bg")]);
        let found = Collected { claim: Some(due.source.state.claim), ..collected(due.source.id, 4, entries) };
        slow.commit(found)
    });
    let written = futures_util::future::join_all(commits).await;
    for (due, written) in claimed.iter().zip(written) {
        assert_eq!(written.is_err(), lost.contains(due.source.spec.slug.as_str()), "{written:?}");
    }
    assert_eq!((lost.len(), slow.count_published().await.unwrap()), (3, 6));
}

/// Two nodes on one database, and sources on these hosts.
async fn nodes(test: &str, hosts: &[(&str, usize)]) -> Option<(Opened, Store)> {
    let opened = open_postgres(test).await?;
    let mut specs = Vec::new();
    for (host, count) in hosts {
        for number in 0..*count {
            let url = Some(format!("https://{host}.example/{number}").parse().unwrap());
            specs.push(SourceSpec { url, ..spec(&format!("{host}-{number:03}")) });
        }
    }
    opened.store.sync_sources(&specs, at(0)).await.unwrap();
    let other = opened.again().await;
    Some((opened, other))
}

fn slugs(due: &[Due]) -> Vec<String> {
    let mut slugs: Vec<String> = due.iter().map(|due| due.source.spec.slug.to_string()).collect();
    slugs.sort();
    slugs
}

fn shared(minute: i64) -> ClaimQuery {
    ClaimQuery { gap: Duration::from_secs(1), of_a_host: 2, ..asked(minute) }
}

#[tokio::test]
async fn a_host_is_asked_by_one_node_at_a_time_and_its_sources_hide_no_others() {
    let Some((opened, other)) = nodes("hosts of nodes", &[("big", 500), ("small", 1)]).await else { return };
    let one = &opened.store;
    let first = one.claim_due(&shared(0)).await.unwrap();
    assert_eq!(slugs(&first), ["big-000", "big-001"]);
    assert_eq!(slugs(&other.claim_due(&shared(0)).await.unwrap()), ["small-000"]);
    assert!(other.claim_due(&shared(0)).await.unwrap().is_empty());
    for due in &first {
        let done = Collected {
            claim: Some(due.source.state.claim),
            ..collected(due.source.id, 0, Changes::default())
        };
        one.commit(done).await.unwrap();
    }
    let soon = ClaimQuery { now: at(0) + Duration::from_millis(999), ..shared(0) };
    assert!(other.claim_due(&soon).await.unwrap().is_empty(), "the gap counts for all nodes");
    let soon = one.claim_due(&soon).await.unwrap();
    assert_eq!(slugs(&soon), ["big-002", "big-003"], "the node itself keeps the gap");
}

#[tokio::test]
async fn a_source_that_moved_counts_for_the_host_that_it_moved_to() {
    let Some((opened, other)) = nodes("moved hosts", &[("big", 2), ("small", 1)]).await else { return };
    let one = &opened.store;
    let sources = one.sources().await.unwrap();
    let moves = Moves { address: sources[2].spec.url.clone(), ..Moves::default() };
    one.set_moves(sources[1].id, &moves, at(0)).await.unwrap();
    let first = one.claim_due(&ClaimQuery { limit: 1, ..shared(0) }).await.unwrap();
    assert_eq!(slugs(&first), ["big-001"], "staff ask for it");
    assert_eq!(slugs(&other.claim_due(&shared(0)).await.unwrap()), ["big-000"]);
}

#[tokio::test]
async fn nodes_that_claim_at_the_same_time_share_and_get_nothing_twice() {
    let hosts: Vec<String> = (0..200).map(|host| format!("h{host}")).collect();
    let hosts: Vec<(&str, usize)> = hosts.iter().map(|host| (host.as_str(), 1)).collect();
    let Some((opened, _)) = nodes("claiming at once", &hosts).await else { return };
    let mut nodes = Vec::new();
    for _ in 0..4 {
        nodes.push(opened.again().await);
    }
    let some = ClaimQuery { limit: 10, ..shared(0) };
    let claims = nodes.iter().flat_map(|node| std::iter::repeat_with(|| node.claim_due(&some)).take(6));
    let claimed: Vec<Due> =
        futures_util::future::join_all(claims).await.into_iter().flat_map(Result::unwrap).collect();
    let once: BTreeSet<String> = slugs(&claimed).into_iter().collect();
    assert_eq!((claimed.len(), once.len()), (200, 200));
}
