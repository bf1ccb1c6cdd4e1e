//! The process dies at any instant; what was collected is published once, and what was not is collected.

use std::collections::BTreeSet;

use vestnik::demo::Failure;

use super::{House, eventually, polls};

/// After how many requests to partners the daemon is killed, round by round. The first are asked together, so that the
/// small numbers hit the middle of reading and writing; a cycle has six.
const INSTANTS: [usize; 12] = [1, 3, 6, 0, 2, 4, 5, 7, 1, 9, 6, 12];

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_at_any_instant_loses_nothing_and_repeats_nothing() {
    let house = House::build().await;
    let mut seen = BTreeSet::new();
    for (round, instant) in INSTANTS.into_iter().enumerate() {
        // Every partner has something new in every third round, one of them in the others; meanwhile one hangs or sends
        // half of its document.
        let news = if round % 3 == 0 { house.partners.iter().count() } else { 1 };
        for _ in 0..news {
            house.partners.publish_next();
        }
        match round {
            3 => house.partner("demo-park").break_down(Failure::Hang),
            6 => house.partner("demo-park").recover(),
            7 => house.partner("demo-portal").break_down(Failure::Truncated),
            10 => house.partner("demo-portal").recover(),
            _ => {}
        }
        let before = house.polls();
        let daemon = house.daemon().await;
        let published = daemon.titles("all").await;
        once(&published, round);
        let kept: BTreeSet<String> = published.into_iter().collect();
        assert!(kept.is_superset(&seen), "round {round} lost {:?}", seen.difference(&kept));
        seen = kept;
        eventually("the partners are asked", async || (house.polls() >= before + instant).then_some(()))
            .await;
        daemon.kill().await;
    }

    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    // The validators are those of what is stored: everybody is asked with the newest and nothing is transferred again.
    let before: Vec<usize> = house.partners.iter().map(|partner| polls(partner).len()).collect();
    for (partner, before) in house.partners.iter().zip(before) {
        let what = format!("{} is asked twice more", partner.slug());
        let all =
            eventually(&what, async || Some(polls(partner)).filter(|all| all.len() >= before + 2)).await;
        assert!(all[before..].iter().all(|request| request.status == 304), "{}", partner.slug());
    }
    assert_eq!(daemon.titles("all").await, house.titles());
    let log = daemon.log();
    assert!(!log.contains("ERROR"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_is_killed_before_it_serves_can_be_repeated() {
    let house = House::build().await;
    for name in ["data/vestnik.db.lock", "data/vestnik.db", "data/vestnik.db-wal"] {
        let mut child = house.command(["serve"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        let file = house.path(name);
        eventually(&format!("{name} is there"), async || file.exists().then_some(())).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
}

fn once(titles: &[String], round: usize) {
    let unique: BTreeSet<&String> = titles.iter().collect();
    assert_eq!(unique.len(), titles.len(), "something is published twice in round {round}: {titles:?}");
}
