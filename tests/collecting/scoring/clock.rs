//! Clocks that jump: no storm, no starvation.

use super::*;
use crate::whole::house::House;

#[tokio::test]
async fn a_clock_that_jumps_ahead_makes_no_storm() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let specs: Vec<_> =
        (0..20).map(|n| feed_at(&format!("s{n:02}"), at(&format!("h{n}.example"), &server, "/"))).collect();
    let bureau = Bureau::open(specs).await;
    bureau.tick().await;
    bureau.hand.advance(DAY);
    for _ in 0..10 {
        bureau.tick().await;
    }
    assert_eq!(server.requests().len(), 40, "each once more, however far it jumped");
}

#[tokio::test]
async fn a_clock_that_is_set_back_a_day_neither_asks_at_once_nor_waits_a_day_longer() {
    let (clock, hand) = Clock::manual(now());
    let house = House::build_by(clock.clone()).await;
    let app = house.app().await;
    app.tick().await;
    app.collector().idle().await;
    let before = house.polls();
    let wait = || async {
        let sources = app.store().sources().await.unwrap();
        let due = sources
            .iter()
            .filter(|source| source.spec.url.is_some())
            .map(|source| source.state.next_due.unwrap());
        (due.max().unwrap() - clock.now()).to_std().unwrap_or_default()
    };
    let usual = wait().await;
    hand.set(now() - chrono::TimeDelta::days(1));
    app.tick().await;
    app.collector().idle().await;
    assert_eq!(house.polls(), before, "no storm");
    assert_eq!(wait().await, usual, "no starvation: the rest of the wait is what it was");
    hand.advance(usual + SECOND);
    app.tick().await;
    app.collector().idle().await;
    assert!(house.polls() > before);
}

#[tokio::test]
async fn a_clock_that_was_set_back_between_two_runs_starves_nobody() {
    let (clock, hand) = Clock::manual(now());
    let house = House::build_by(clock.clone()).await;
    let app = house.app().await;
    app.tick().await;
    app.collector().idle().await;
    app.store().close().await;
    drop(app);
    hand.set(now() - chrono::TimeDelta::days(1));
    let app = house.app().await;
    for source in app.store().sources().await.unwrap() {
        let wait = source.state.next_due.unwrap() - clock.now();
        assert!(wait <= chrono::TimeDelta::hours(2), "{} waits {wait}", source.spec.slug);
    }
}

/// In Sofia 3:30 is left out on 29 March 2026, and comes twice on 25 October.
#[tokio::test]
async fn a_fixed_moment_comes_once_a_day_over_the_changes_of_summer_time() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let mut spec = feed_at("a", server.url("/"));
    spec.polling.cron = Some("30 3 * * *".parse().unwrap());
    for (begin, days) in
        [("2026-03-27T12:00:00Z", [28, 29, 30, 31]), ("2026-10-23T12:00:00Z", [24, 25, 26, 27])]
    {
        let bureau = Bureau::open(vec![spec.clone()]).await;
        bureau.hand.set(begin.parse().unwrap());
        bureau.tick().await;
        let mut seen = Vec::new();
        for _ in days {
            let before = server.requests().len();
            let wait = bureau.next().await;
            assert!(wait >= HOUR * 12 && wait <= HOUR * 26, "{begin}: {wait:?}");
            assert_eq!(server.requests().len(), before + 1);
            let there = bureau.clock.now().with_timezone(&chrono_tz::Europe::Sofia);
            assert!((3..=4).contains(&chrono::Timelike::hour(&there)), "{there}");
            seen.push(chrono::Datelike::day(&there));
        }
        assert_eq!(seen, days);
    }
}
