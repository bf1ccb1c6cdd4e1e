//! What a polite and tireless collector does, requirement by requirement, as the publishers' servers see it: they record
//! what they were asked. Time is a clock that only we move, and names resolve as we say.

mod backing_off;
mod clock;
mod conditional;
mod health;
mod hosts;
mod moving;
mod network;
mod pace;
mod turns;

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use vestnik::{
    clock::{Clock, ManualClock, later},
    fetch::{Fetcher, Limits, Names},
    ingest::Ingest,
    model::{Source, SourceSpec, SourceState, Timestamp},
    schedule::{Claims, Collector, HostGate, IntervalLimits},
    store::Store,
};

use super::{limits, now};
use crate::{
    publishing::sample,
    storing::spec,
    support::server::{Reply, Server},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Knows the addresses of hosts, as the test says. Everybody lives on 127.0.0.1 but who was moved.
#[derive(Clone, Default)]
struct Directory(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    silent: bool,
    hosts: HashMap<String, Vec<IpAddr>>,
}

impl Directory {
    /// The name server does not answer any more, or does again.
    fn set_silent(&self, silent: bool) {
        self.0.lock().unwrap().silent = silent;
    }

    /// A host lives at these addresses; at none where it is no more.
    fn set(&self, host: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.0.lock().unwrap().hosts.insert(host.to_owned(), addresses);
    }
}

impl Names for Directory {
    fn look_up(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let entries = self.0.lock().unwrap();
        let found = match entries.hosts.get(&host) {
            _ if entries.silent => Err("Temporary failure in name resolution"),
            Some(addresses) if addresses.is_empty() => Err("Name or service not known"),
            Some(addresses) => Ok(addresses.clone()),
            None => Ok(vec![IpAddr::from([127, 0, 0, 1])]),
        };
        Box::pin(async move { found.map_err(|words| io::Error::other(format!("failed to lookup: {words}"))) })
    }
}

/// A collector on a clock of its own. What it knows is in a file, so that it can be started again.
struct Bureau {
    parts: Parts,
    hand: ManualClock,
    clock: Clock,
    names: Directory,
    specs: Vec<SourceSpec>,
    folder: tempfile::TempDir,
    setup: Setup,
}

/// How it asks.
struct Setup {
    fetching: Limits,
    gap: Duration,
    places: usize,
}

struct Parts {
    store: Store,
    ingest: Ingest,
    collector: Collector,
}

impl Bureau {
    /// These sources, without a gap between two requests.
    async fn open(specs: Vec<SourceSpec>) -> Self {
        Bureau::open_with(specs, Duration::ZERO, limits()).await
    }

    async fn open_with(specs: Vec<SourceSpec>, gap: Duration, fetching: Limits) -> Self {
        Bureau::set_up(specs, Setup { fetching, gap, places: 64 }).await
    }

    /// So many are asked at the same time.
    async fn open_narrow(specs: Vec<SourceSpec>, places: usize) -> Self {
        Bureau::set_up(specs, Setup { fetching: limits(), gap: Duration::ZERO, places }).await
    }

    async fn set_up(specs: Vec<SourceSpec>, setup: Setup) -> Self {
        let (clock, hand) = Clock::manual(now());
        let (names, folder) = (Directory::default(), tempfile::tempdir().unwrap());
        let parts = start(&folder, &clock, &names, &specs, &setup).await;
        Bureau { parts, hand, clock, names, specs, folder, setup }
    }

    /// The process ends, however it ends, and another begins.
    async fn restart(&mut self) {
        self.parts.store.close().await;
        self.parts = start(&self.folder, &self.clock, &self.names, &self.specs, &self.setup).await;
    }

    /// Looks at what is due and waits until that is collected.
    async fn tick(&self) {
        self.parts.collector.look().await;
        self.idle().await;
    }

    async fn idle(&self) {
        let idle = self.parts.collector.idle();
        tokio::time::timeout(Duration::from_secs(30), idle).await.expect("a collection does not end");
    }

    /// Lets time pass until the first source is due, and collects it. How long that was.
    async fn next(&self) -> Duration {
        let due = self.state().await.next_due.unwrap();
        let wait = (due - self.clock.now()).to_std().unwrap_or_default();
        self.hand.advance(wait);
        self.tick().await;
        wait
    }

    /// How long the first source waits now.
    async fn wait(&self) -> Duration {
        (self.state().await.next_due.unwrap() - self.clock.now()).to_std().unwrap_or_default()
    }

    async fn sources(&self) -> Vec<Source> {
        self.parts.store.sources().await.unwrap()
    }

    async fn source(&self) -> Source {
        self.sources().await.remove(0)
    }

    async fn state(&self) -> SourceState {
        self.source().await.state
    }

    fn later(&self, by: Duration) -> Timestamp {
        later(self.clock.now(), by)
    }
}

async fn start(
    folder: &tempfile::TempDir,
    clock: &Clock,
    names: &Directory,
    specs: &[SourceSpec],
    setup: &Setup,
) -> Parts {
    let store = Store::open_sqlite(&folder.path().join("vestnik.db")).await.unwrap();
    store.release_all().await.unwrap();
    store.sync_sources(specs, clock.now()).await.unwrap();
    let fetcher =
        Fetcher::with_names(setup.fetching.clone(), clock.clone(), Arc::new(names.clone())).unwrap();
    let ingest = Ingest::new(
        store.clone(),
        fetcher,
        HostGate::new(clock.clone(), setup.gap),
        clock.clone(),
        IntervalLimits::default(),
        setup.places,
        sample::site(),
    )
    .unwrap();
    ingest.keep_holds().await.unwrap();
    let bells = vec![Arc::new(Notify::new())];
    let collector = Collector::new(store.clone(), ingest.clone(), clock.clone(), Claims::default(), bells);
    Parts { store, ingest, collector }
}

/// A feed at this address.
fn feed_at(slug: &str, url: impl AsRef<str>) -> SourceSpec {
    SourceSpec { url: Some(url.as_ref().parse().unwrap()), ..spec(slug) }
}

/// The address of a server, at a host of this name.
fn at(host: &str, server: &Server, path: &str) -> String {
    format!("http://{host}:{}{path}", server.port())
}

/// An RSS document with these items, the newest of today.
fn rss(items: &[&str]) -> Vec<u8> {
    rss_with("", items)
}

fn rss_with(channel: &str, items: &[&str]) -> Vec<u8> {
    let item = |title: &&str| {
        format!(
            "<item><title>{title}</title><guid isPermaLink='false'>{title}</guid>\
             <pubDate>Wed, 04 Mar 2026 09:30:00 GMT</pubDate></item>"
        )
    };
    let items: String = items.iter().map(item).collect();
    format!(
        "<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' \
         xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>A</title>{channel}{items}</channel></rss>"
    )
    .into_bytes()
}

/// 200 with this document and ETag.
fn good(etag: &str, items: &[&str]) -> Reply {
    Reply::ok(&[("Content-Type", b"application/rss+xml"), ("ETag", etag.as_bytes())], &rss(items))
}
