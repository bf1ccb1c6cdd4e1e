//! How often one client may ask. A client is an address (an IPv6 network of 64 bits, as one household has); addresses are kept
//! in memory for as long as a client asks, and nowhere else. Costs a few instructions a request: a connection looks its client
//! up once.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::http::HeaderMap;
use tokio::time::Instant;

/// Clients that are remembered; while there are more, new ones are not limited.
const CLIENTS: usize = 50_000;
/// A client that was quiet may ask for what it could have asked for in this time at once.
const SAVED_UP: Duration = Duration::from_secs(30);

/// The limits of all clients.
pub(super) struct Throttle {
    /// Nanoseconds between two requests at the steady rate; 0 where there is no limit.
    gap: u64,
    begun: Instant,
    clients: Mutex<HashMap<IpAddr, Arc<Meter>>>,
}

/// One client: by when it would have to be quiet for its requests to have kept the rate, in nanoseconds (the virtual
/// scheduling algorithm of ITU-T I.371).
#[derive(Debug, Default)]
pub(super) struct Meter(AtomicU64);

/// Whose requests come on a connection.
pub(super) enum Client {
    /// Nobody's that is counted: there is no limit.
    Anybody,
    /// This one's.
    One(Arc<Meter>),
    /// A proxy's on this machine, which says in `X-Forwarded-For` whose.
    Proxy,
}

impl Throttle {
    /// `rate` is requests a minute; 0 for no limit.
    pub(super) fn new(rate: u32) -> Self {
        let gap = if rate == 0 { 0 } else { 60_000_000_000 / u64::from(rate) };
        Throttle { gap, begun: Instant::now(), clients: Mutex::default() }
    }

    /// Who is at the other end.
    pub(super) fn client(&self, peer: Option<SocketAddr>) -> Client {
        match peer.map(|peer| peer.ip().to_canonical()) {
            _ if self.gap == 0 => Client::Anybody,
            None => Client::Anybody,
            Some(address) if address.is_loopback() => Client::Proxy,
            Some(address) => self.meter(address).map_or(Client::Anybody, Client::One),
        }
    }

    /// How long the client has to wait; None where it may ask now.
    pub(super) fn wait(&self, client: &Client, headers: &HeaderMap) -> Option<Duration> {
        self.wait_at(client, headers, || self.now())
    }

    /// The clock is read only for those who are limited.
    fn wait_at(&self, client: &Client, headers: &HeaderMap, now: impl Fn() -> u64) -> Option<Duration> {
        match client {
            Client::Anybody => None,
            Client::One(meter) => self.count(meter, now()),
            Client::Proxy => self.count(&*self.meter(forwarded(headers)?)?, now()),
        }
    }

    /// Nanoseconds since the server began.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn count(&self, meter: &Meter, now: u64) -> Option<Duration> {
        let saved_up = u64::try_from(SAVED_UP.as_nanos()).unwrap_or(u64::MAX);
        let before = meter.0.load(Relaxed);
        let quiet = before.max(now).saturating_add(self.gap);
        if quiet - now > saved_up {
            return Some(Duration::from_nanos(quiet - now - saved_up));
        }
        // Two requests at the same instant may count as one: it is a limit, not a bill.
        meter.0.store(quiet, Relaxed);
        None
    }

    fn meter(&self, address: IpAddr) -> Option<Arc<Meter>> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let address = network(address);
        if let Some(meter) = clients.get(&address) {
            return Some(Arc::clone(meter));
        }
        if clients.len() >= CLIENTS {
            let now = self.now();
            clients.retain(|_, meter| meter.0.load(Relaxed) > now || Arc::strong_count(meter) > 1);
        }
        if clients.len() >= CLIENTS {
            return None;
        }
        let meter = Arc::<Meter>::default();
        clients.insert(address, Arc::clone(&meter));
        Some(meter)
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

/// What the nearest proxy added last: what stands before may be the client's own invention.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    let address: IpAddr = last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> HeaderMap {
        HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), address.parse().unwrap())])
    }

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_client_has_what_it_saved_up_and_then_the_steady_rate() {
        let throttle = Throttle::new(60);
        let peer = "203.0.113.7:1000".parse().ok();
        let client = throttle.client(peer);
        let ask = |client: &Client, now| throttle.wait_at(client, &HeaderMap::new(), || now);
        assert_eq!((0..100).filter(|_| ask(&client, 0).is_none()).count(), 30);
        assert_eq!(ask(&client, 0), Some(Duration::from_secs(1)));
        assert!(ask(&throttle.client(peer), 0).is_some(), "another connection is the same client");
        assert_eq!(ask(&throttle.client("203.0.113.8:1".parse().ok()), 0), None);
        assert_eq!(ask(&client, SECOND), None);
        assert!(ask(&client, SECOND).is_some());
        assert_eq!((0..100).filter(|_| ask(&client, 1_000 * SECOND).is_none()).count(), 30);
    }

    #[test]
    fn behind_a_proxy_the_client_is_the_one_that_it_names() {
        let throttle = Throttle::new(2);
        let proxy = throttle.client("127.0.0.1:1000".parse().ok());
        let ask = |address: &str| throttle.wait_at(&proxy, &from(address), || 0).is_none();
        assert!(ask("198.51.100.1") && !ask("198.51.100.1"));
        assert!(ask("198.51.100.1, 198.51.100.2"), "the last one counts");
        assert!(!ask("10.0.0.1, 198.51.100.2"));
        assert!(ask("2001:db8::1") && !ask("2001:db8::2"), "one network");
        assert_eq!(throttle.wait_at(&proxy, &HeaderMap::new(), || 0), None, "this machine itself");
        assert!(matches!(Throttle::new(0).client("203.0.113.7:1".parse().ok()), Client::Anybody));
    }
}
