//! One request in flight a host, and a gap between two, on a clock that only we move.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use vestnik::{
    clock::{Clock, ManualClock, later},
    schedule::HostGate,
};

use super::now;

const GAP: Duration = Duration::from_secs(1);

fn gate() -> (HostGate, ManualClock) {
    let (clock, hand) = Clock::manual(now());
    (HostGate::new(clock, GAP), hand)
}

/// Lets every task go as far as it can.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Sends `count` visitors to a host, who tell when they are in and stay until they are let go.
struct Visitors {
    inside: Arc<AtomicUsize>,
    order: Arc<Mutex<Vec<usize>>>,
    leave: Arc<tokio::sync::Semaphore>,
}

impl Visitors {
    async fn send(gate: &HostGate, host: &'static str, count: usize) -> Self {
        let visitors = Visitors {
            inside: Arc::default(),
            order: Arc::default(),
            leave: Arc::new(tokio::sync::Semaphore::new(0)),
        };
        for n in 0..count {
            let (gate, inside) = (gate.clone(), Arc::clone(&visitors.inside));
            let (order, leave) = (Arc::clone(&visitors.order), Arc::clone(&visitors.leave));
            tokio::spawn(async move {
                let _pass = gate.enter(host).await.unwrap();
                inside.fetch_add(1, Ordering::SeqCst);
                order.lock().unwrap().push(n);
                leave.acquire().await.unwrap().forget();
                inside.fetch_sub(1, Ordering::SeqCst);
            });
            settle().await;
        }
        visitors
    }

    fn inside(&self) -> usize {
        self.inside.load(Ordering::SeqCst)
    }

    fn entered(&self) -> Vec<usize> {
        self.order.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn one_request_is_in_flight_a_host_and_they_come_in_turn() {
    let (gate, hand) = gate();
    let visitors = Visitors::send(&gate, "a.example:443", 3).await;
    assert_eq!((visitors.inside(), visitors.entered()), (1, vec![0]));
    hand.advance(GAP * 10);
    settle().await;
    assert_eq!(visitors.inside(), 1, "the first is still inside");
    for expected in 2..=3 {
        visitors.leave.add_permits(1);
        settle().await;
        hand.advance(GAP);
        settle().await;
        assert_eq!(visitors.entered(), (0..expected).collect::<Vec<_>>());
        assert_eq!(visitors.inside(), 1);
    }
}

#[tokio::test]
async fn the_gap_is_kept_between_the_end_of_one_request_and_the_start_of_the_next() {
    let (gate, hand) = gate();
    let visitors = Visitors::send(&gate, "a.example:443", 2).await;
    visitors.leave.add_permits(1);
    settle().await;
    hand.advance(GAP - Duration::from_millis(1));
    settle().await;
    assert_eq!(visitors.entered(), [0]);
    hand.advance(Duration::from_millis(1));
    settle().await;
    assert_eq!(visitors.entered(), [0, 1]);
}

#[tokio::test]
async fn hosts_do_not_wait_for_each_other() {
    let (gate, _hand) = gate();
    let a = Visitors::send(&gate, "a.example:443", 2).await;
    let b = Visitors::send(&gate, "b.example:443", 2).await;
    let c = Visitors::send(&gate, "a.example:8443", 1).await;
    assert_eq!((a.inside(), b.inside(), c.inside()), (1, 1, 1));
}

#[tokio::test]
async fn whoever_gives_up_waiting_blocks_nobody() {
    let (gate, _hand) = gate();
    let first = gate.enter("a.example:443").await.unwrap();
    let waiting = tokio::spawn({
        let gate = gate.clone();
        async move { gate.enter("a.example:443").await }
    });
    settle().await;
    waiting.abort();
    settle().await;
    drop(first);
    let visitors = Visitors::send(&gate, "a.example:443", 1).await;
    assert_eq!(visitors.inside(), 0, "the gap still counts");
    _hand.advance(GAP);
    settle().await;
    assert_eq!(visitors.inside(), 1);
}

#[tokio::test]
async fn a_host_that_asked_for_silence_gets_it() {
    let (gate, hand) = gate();
    let until = later(now(), GAP * 60);
    gate.hold("a.example:443", until);
    gate.hold("a.example:443", later(now(), GAP));
    assert_eq!(gate.held_until("a.example:443"), Some(until));
    assert_eq!(gate.held_until("b.example:443"), None);
    hand.advance(GAP * 59);
    assert_eq!(gate.enter("a.example:443").await.unwrap_err(), until, "nobody waits for it");
    hand.advance(GAP);
    assert!(gate.enter("a.example:443").await.is_ok());
    assert_eq!(gate.held_until("a.example:443"), None);
}

#[tokio::test]
async fn whoever_waits_in_line_learns_of_a_silence_that_begins_meanwhile() {
    let (gate, _hand) = gate();
    let first = gate.enter("a.example:443").await.unwrap();
    let waiting = {
        let gate = gate.clone();
        tokio::spawn(async move { gate.enter("a.example:443").await.err() })
    };
    settle().await;
    let until = later(now(), GAP * 3600);
    gate.hold("a.example:443", until);
    drop(first);
    assert_eq!(waiting.await.unwrap(), Some(until));
}

#[tokio::test]
async fn whom_somebody_looks_at_goes_before_all_who_wait() {
    let (gate, hand) = gate();
    let first = gate.enter("a.example:443").await.unwrap();
    let usual = Visitors::send(&gate, "a.example:443", 3).await;
    let urgent = {
        let gate = gate.clone();
        tokio::spawn(async move { gate.enter_first("a.example:443").await.is_ok() })
    };
    settle().await;
    drop(first);
    hand.advance(GAP);
    assert!(urgent.await.unwrap());
    assert_eq!(usual.inside(), 0);
}

#[tokio::test]
async fn a_wall_clock_that_is_set_back_delays_by_the_gap_at_most() {
    let (gate, hand) = gate();
    drop(gate.enter("a.example:443").await.unwrap());
    hand.set(now() - chrono::TimeDelta::days(1));
    let visitors = Visitors::send(&gate, "a.example:443", 1).await;
    hand.advance(GAP);
    settle().await;
    assert_eq!(visitors.inside(), 1);
}

#[tokio::test]
async fn idle_hosts_are_forgotten_and_busy_ones_are_not() {
    let (gate, hand) = gate();
    let busy = gate.enter("busy.example:443").await.unwrap();
    for n in 0..10_000 {
        drop(gate.enter(&format!("h{n}.example:443")).await.unwrap());
        hand.advance(Duration::from_millis(50));
    }
    assert!(gate.remembered() < 1_000, "{}", gate.remembered());
    let visitors = Visitors::send(&gate, "busy.example:443", 1).await;
    assert_eq!(visitors.inside(), 0);
    drop(busy);
    hand.advance(GAP * 2);
    settle().await;
    assert_eq!(visitors.inside(), 1);
}
