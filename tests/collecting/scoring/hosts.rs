//! 5. One request in flight a host, a gap, and nobody starves.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Lets every task go as far as it can without time passing.
async fn settle(server: &Server, requests: usize) {
    for _ in 0..2000 {
        if server.requests().len() >= requests {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn many(host: &str, server: &Server, count: usize) -> Vec<SourceSpec> {
    (0..count)
        .map(|n| feed_at(&format!("{host}-{n:03}"), at(&format!("{host}.example"), server, &format!("/{n}"))))
        .collect()
}

#[tokio::test]
async fn a_host_is_asked_by_one_at_a_time_with_the_gap_between() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let bureau = Bureau::open_with(many("big", &server, 5), SECOND, limits()).await;
    bureau.parts.collector.look().await;
    for expected in 1..=5 {
        settle(&server, expected).await;
        assert_eq!(server.requests().len(), expected, "no second before the gap is over");
        // The collection of the last one ends at the same moment of our clock.
        tokio::time::sleep(Duration::from_millis(20)).await;
        bureau.hand.advance(SECOND - Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(server.requests().len(), expected, "the gap is a second");
        bureau.hand.advance(Duration::from_millis(1));
    }
    bureau.idle().await;
}

#[tokio::test]
async fn a_host_with_500_sources_starves_nobody() {
    let (big, small) =
        (Server::always(good("\"1\"", &["a"])).await, Server::always(good("\"1\"", &["a"])).await);
    let mut specs = many("big", &big, 500);
    specs.extend((0..20).map(|n| feed_at(&format!("z-{n}"), at(&format!("small-{n}.example"), &small, "/"))));
    let bureau = Bureau::open_with(specs, SECOND, limits()).await;
    bureau.parts.collector.look().await;
    settle(&small, 20).await;
    assert_eq!(small.requests().len(), 20, "all others are asked at once");
    assert!(big.requests().len() <= 1, "the big one by one source");
    // Some nine minutes later it is through with it, each source once, although claims run out meanwhile.
    let mut tick = 0;
    while big.requests().len() < 500 {
        let asked = big.requests().len();
        bureau.hand.advance(SECOND);
        bureau.parts.collector.look().await;
        tick += 1;
        assert!(tick < 1_000, "{asked} of 500 are asked");
        // A busy machine must not make so much time pass that the first ones are due again.
        for _ in 0..20 {
            if big.requests().len() > asked {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    bureau.hand.advance(SECOND);
    bureau.idle().await;
    let mut paths: Vec<String> = big.requests().into_iter().map(|request| request.path).collect();
    paths.sort();
    paths.dedup();
    assert_eq!((paths.len(), big.requests().len()), (500, 500), "each once");
}

#[tokio::test]
async fn what_staff_ask_for_comes_before_all_that_wait_for_its_host() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let bureau = Bureau::open_with(many("big", &server, 50), SECOND, limits()).await;
    bureau.parts.collector.look().await;
    settle(&server, 1).await;
    let last = bureau.sources().await.pop().unwrap();
    bureau.parts.store.ask_now(last.id, bureau.clock.now()).await.unwrap();
    bureau.parts.collector.look().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    // The second is at the head of the line already, waiting for the gap.
    for asked in 2..=3 {
        bureau.hand.advance(SECOND);
        settle(&server, asked).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths[2], "/49", "{paths:?}");
}

#[tokio::test]
async fn a_source_never_has_two_collections_in_flight() {
    let inside = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&inside);
    let server = Server::start(move |_, _| {
        seen.fetch_add(1, Ordering::SeqCst);
        Reply::raw(b"").hang()
    })
    .await;
    let slow = Limits { idle_timeout: HOUR, total_timeout: HOUR, ..limits() };
    let bureau = Bureau::open_with(vec![feed_at("a", server.url("/"))], Duration::ZERO, slow).await;
    bureau.parts.collector.look().await;
    settle(&server, 1).await;
    // Claims run out, staff ask for it, days pass.
    bureau.parts.store.ask_now(bureau.source().await.id, bureau.clock.now()).await.unwrap();
    for _ in 0..5 {
        bureau.hand.advance(HOUR);
        bureau.parts.collector.look().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(inside.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn no_more_hosts_are_asked_at_the_same_time_than_there_are_places() {
    let server = Server::always(Reply::raw(b"").hang()).await;
    let specs =
        (0..12).map(|n| feed_at(&format!("s{n:02}"), at(&format!("h{n}.example"), &server, "/"))).collect();
    let bureau = Bureau::open_narrow(specs, 5).await;
    bureau.parts.collector.look().await;
    settle(&server, 5).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((server.requests().len(), server.connections()), (5, 5));
}

#[tokio::test]
async fn a_host_that_hangs_delays_no_other() {
    let (hung, well) =
        (Server::always(Reply::raw(b"").hang()).await, Server::always(good("\"1\"", &["a"])).await);
    let specs = vec![feed_at("a-hung", hung.url("/")), feed_at("b-well", well.url("/"))];
    let slow = Limits { idle_timeout: HOUR, total_timeout: HOUR, ..limits() };
    let bureau = Bureau::open_with(specs, SECOND, slow).await;
    for asked in 1..=3 {
        bureau.hand.advance(DAY);
        bureau.parts.collector.look().await;
        settle(&well, asked).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!((well.requests().len(), hung.requests().len()), (asked, 1));
    }
}
