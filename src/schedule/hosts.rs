//! Politeness: one request in flight a host, a minimum gap between two, and silence where a host asked for it. Makes
//! no request itself; forgets hosts that nobody waits for.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

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
    gap: Duration,
    // Dropped after `drop` wrote the time, so that the next in line finds it.
    turn: Turn,
}

#[derive(Debug)]
struct Hosts {
    by_authority: HashMap<Box<str>, Arc<Host>>,
    sweep_at: usize,
}

type Host = Mutex<Line>;

/// Who waits for a host, and when it was left.
#[derive(Debug, Default)]
struct Line {
    taken: bool,
    /// Whom staff wait for.
    first: VecDeque<oneshot::Sender<Turn>>,
    waiting: VecDeque<oneshot::Sender<Turn>>,
    last_left: Option<Timestamp>,
    held_until: Option<Timestamp>,
}

/// The head of the line. Passes on when it is dropped, wherever that happens: a turn that was given to somebody who has
/// left meanwhile is not lost.
#[derive(Debug)]
struct Turn(Option<Arc<Host>>);

impl HostGate {
    /// A gate with this gap between the end of a request and the start of the next one to the same host.
    pub fn new(clock: Clock, gap: Duration) -> Self {
        let hosts = Hosts { by_authority: HashMap::new(), sweep_at: SWEEP_FROM };
        HostGate { clock, gap, hosts: Arc::new(Mutex::new(hosts)) }
    }

    /// Waits for the turn of this host and for the gap. Dropping the future gives the place in the queue up.
    ///
    /// # Errors
    /// The moment until which the host is held ([`HostGate::hold`]), be it from before or while this waited: hours are
    /// not waited for.
    pub async fn enter(&self, authority: &str) -> Result<HostPass, Timestamp> {
        self.in_turn(authority, |line| &mut line.waiting).await
    }

    /// The same, before all who wait already: for somebody who looks on.
    ///
    /// # Errors
    /// As `enter`.
    pub async fn enter_first(&self, authority: &str) -> Result<HostPass, Timestamp> {
        self.in_turn(authority, |line| &mut line.first).await
    }

    async fn in_turn(
        &self,
        authority: &str,
        place: impl FnOnce(&mut Line) -> &mut VecDeque<oneshot::Sender<Turn>>,
    ) -> Result<HostPass, Timestamp> {
        let host = self.host(authority);
        let waiting = {
            let mut line = lock(&host);
            if line.taken {
                let (sender, turn) = oneshot::channel();
                place(&mut line).push_back(sender);
                Some(turn)
            } else {
                line.taken = true;
                None
            }
        };
        let turn = match waiting {
            // A sender is dropped with the whole line only: then nobody is inside.
            Some(turn) => turn.await.unwrap_or_else(|_| Turn(Some(Arc::clone(&host)))),
            None => Turn(Some(Arc::clone(&host))),
        };
        keep_gap(&self.clock, &host, self.gap).await?;
        Ok(HostPass { clock: self.clock.clone(), gap: self.gap, turn })
    }

    /// Asks for no request to this host before a moment: what a 429 means. The later of two moments counts.
    pub fn hold(&self, authority: &str, until: Timestamp) {
        let host = self.host(authority);
        let mut line = lock(&host);
        line.held_until = line.held_until.max(Some(until));
    }

    /// Until when the host is held; None where it may be asked.
    pub fn held_until(&self, authority: &str) -> Option<Timestamp> {
        let host = lock(&self.hosts).by_authority.get(authority).cloned()?;
        let held = lock(&host).held_until;
        held.filter(|until| *until > self.clock.now())
    }

    /// How many hosts are remembered.
    pub fn remembered(&self) -> usize {
        lock(&self.hosts).by_authority.len()
    }

    fn host(&self, authority: &str) -> Arc<Host> {
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.by_authority.get(authority) {
            return Arc::clone(host);
        }
        if hosts.by_authority.len() >= hosts.sweep_at {
            hosts.sweep(self.clock.now(), self.gap);
        }
        let host = Arc::<Host>::default();
        hosts.by_authority.insert(authority.into(), Arc::clone(&host));
        host
    }
}

impl HostPass {
    /// Waits until its host may be asked once more, by the same one: the request before has ended now.
    ///
    /// # Errors
    /// As [`HostGate::enter`].
    pub async fn again(&mut self) -> Result<(), Timestamp> {
        let Some(host) = &self.turn.0 else { return Ok(()) };
        lock(host).last_left = Some(self.clock.now());
        keep_gap(&self.clock, host, self.gap).await
    }
}

/// Waits for the gap after the last request; the moment until which the host is held, where it is.
async fn keep_gap(clock: &Clock, host: &Host, gap: Duration) -> Result<(), Timestamp> {
    loop {
        let now = clock.now();
        let wait = {
            let mut line = lock(host);
            if let Some(until) = line.held_until.filter(|until| *until > now) {
                return Err(until);
            }
            line.wait(now, gap)
        };
        let Some(wait) = wait else { return Ok(()) };
        clock.sleep(wait).await;
    }
}

impl Hosts {
    /// Forgets hosts without anyone inside or in line whose gap and hold are over. The threshold follows what is left,
    /// so that a sweep costs little for each host that was added.
    fn sweep(&mut self, now: Timestamp, gap: Duration) {
        self.by_authority.retain(|_, host| {
            let is_held = |line: &Line| line.held_until.is_some_and(|until| until > now);
            let mut line = lock(host);
            Arc::strong_count(host) > 1 || is_held(&line) || line.wait(now, gap).is_some()
        });
        self.sweep_at = SWEEP_FROM.max(self.by_authority.len() * 2);
    }
}

impl Line {
    fn wait(&mut self, now: Timestamp, gap: Duration) -> Option<Duration> {
        // A moment to come means that the wall clock was set back: the gap then counts from now.
        self.last_left = self.last_left.map(|left| left.min(now));
        let rest = self.last_left.and_then(|left| (later(left, gap) - now).to_std().ok());
        rest.filter(|wait| !wait.is_zero())
    }

    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let next = self.first.pop_front().or_else(|| self.waiting.pop_front());
        self.taken = next.is_some();
        next
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(host) = self.0.take() else { return };
        loop {
            // The lock is not held while the turn goes over: who has left drops it, and that locks again.
            let Some(next) = lock(&host).next() else { return };
            match next.send(Turn(Some(Arc::clone(&host)))) {
                Ok(()) => return,
                // It comes back from who has left: somebody else's then.
                Err(mut turn) => turn.0 = None,
            }
        }
    }
}

impl Drop for HostPass {
    fn drop(&mut self) {
        if let Some(host) = &self.turn.0 {
            lock(host).last_left = Some(self.clock.now());
        }
    }
}

/// The values are whole also where a thread died holding the lock: every change is one assignment or one push.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
