//! Politeness: one request in flight a host, a minimum gap between two, and silence where a host asked for it. Makes
//! no request itself; forgets hosts that nobody waits for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::OwnedMutexGuard;

use crate::{
    clock::{Clock, later},
    model::Timestamp,
};

/// Below so many hosts nothing is swept.
const SWEEP_FROM: usize = 128;

/// Lets requests through, host by host, in the order in which they came. Clones share the hosts.
#[derive(Debug, Clone)]
pub struct HostGate {
    clock: Clock,
    gap: Duration,
    hosts: Arc<Mutex<Hosts>>,
}

/// The right to make one request to a host; the next one's gap begins when it is dropped.
#[derive(Debug)]
pub struct HostPass {
    clock: Clock,
    times: Arc<Mutex<Times>>,
    // Dropped after `drop` wrote the time, so that the next in line finds it.
    _turn: OwnedMutexGuard<()>,
}

#[derive(Debug)]
struct Hosts {
    by_authority: HashMap<Box<str>, Host>,
    sweep_at: usize,
}

#[derive(Debug, Clone, Default)]
struct Host {
    // A fair queue: tokio's mutex serves in the order of the calls.
    turn: Arc<tokio::sync::Mutex<()>>,
    times: Arc<Mutex<Times>>,
}

#[derive(Debug, Default)]
struct Times {
    last_left: Option<Timestamp>,
    held_until: Option<Timestamp>,
}

impl HostGate {
    /// A gate with this gap between the end of a request and the start of the next one to the same host.
    pub fn new(clock: Clock, gap: Duration) -> Self {
        let hosts = Hosts { by_authority: HashMap::new(), sweep_at: SWEEP_FROM };
        HostGate { clock, gap, hosts: Arc::new(Mutex::new(hosts)) }
    }

    /// Waits for the turn of this host and for the gap. Dropping the future gives the place in the queue up.
    ///
    /// A host that is held ([`HostGate::hold`]) is waited for too: ask [`HostGate::held_until`] first and do something
    /// else meanwhile.
    pub async fn enter(&self, authority: &str) -> HostPass {
        let host = self.host(authority);
        let turn = Arc::clone(&host.turn).lock_owned().await;
        loop {
            let now = self.clock.now();
            let Some(wait) = lock(&host.times).wait(now, self.gap) else { break };
            self.clock.sleep(wait).await;
        }
        HostPass { clock: self.clock.clone(), times: host.times, _turn: turn }
    }

    /// Asks for no request to this host before a moment: what a 429 means. The later of two moments counts.
    pub fn hold(&self, authority: &str, until: Timestamp) {
        let host = self.host(authority);
        let mut times = lock(&host.times);
        times.held_until = times.held_until.max(Some(until));
    }

    /// Until when the host is held; None where it may be asked.
    pub fn held_until(&self, authority: &str) -> Option<Timestamp> {
        let host = lock(&self.hosts).by_authority.get(authority).cloned()?;
        let held = lock(&host.times).held_until;
        held.filter(|until| *until > self.clock.now())
    }

    /// How many hosts are remembered.
    pub fn remembered(&self) -> usize {
        lock(&self.hosts).by_authority.len()
    }

    fn host(&self, authority: &str) -> Host {
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.by_authority.get(authority) {
            return host.clone();
        }
        if hosts.by_authority.len() >= hosts.sweep_at {
            hosts.sweep(self.clock.now(), self.gap);
        }
        let host = Host::default();
        hosts.by_authority.insert(authority.into(), host.clone());
        host
    }
}

impl Hosts {
    /// Forgets hosts without anyone inside or in line whose gap and hold are over. The threshold follows what is left,
    /// so that a sweep costs little for each host that was added.
    fn sweep(&mut self, now: Timestamp, gap: Duration) {
        self.by_authority.retain(|_, host| {
            Arc::strong_count(&host.times) > 1 || lock(&host.times).wait(now, gap).is_some()
        });
        self.sweep_at = SWEEP_FROM.max(self.by_authority.len() * 2);
    }
}

impl Times {
    fn wait(&mut self, now: Timestamp, gap: Duration) -> Option<Duration> {
        // A moment to come means that the wall clock was set back: the gap then counts from now.
        self.last_left = self.last_left.map(|left| left.min(now));
        let rest = |until: Timestamp| (until - now).to_std().ok();
        let gap = self.last_left.and_then(|left| rest(later(left, gap)));
        gap.max(self.held_until.and_then(rest)).filter(|wait| !wait.is_zero())
    }
}

impl Drop for HostPass {
    fn drop(&mut self) {
        lock(&self.times).last_left = Some(self.clock.now());
    }
}

/// The values are plain moments: whole also where a thread died holding the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
