//! Several nodes on one PostgreSQL.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use vestnik::{
    app::{Access, App, Strictness},
    clock::Clock,
    config::Settings,
    model::{Format, Health, Rendition, SourceKind, Timestamp},
    store::Store,
};

use super::{Daemon, House, eventually};
use crate::support::{
    postgres,
    server::{Reply, Request, Server},
};

async fn node(house: &House, clock: Clock) -> Arc<App> {
    let settings = Settings::load(Some(&house.path("vestnik.toml")), std::iter::empty()).unwrap();
    Arc::new(App::open(settings, clock, Strictness::Strict, Access::Alone).await.unwrap())
}

async fn all(node: &App) -> Arc<Rendition> {
    node.press().rendition(&"all".parse().unwrap(), Format::Json).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_publishes_another_serves_at_once_with_the_same_bytes_and_date() {
    let Some(address) = postgres::database("several nodes").await else { return };
    let house = House::build().await;
    house.on(&address, "");
    // The other's clock stands: it does nothing by itself.
    let (clock, _hand) = Clock::manual(now());
    let (one, other) = (node(&house, Clock::system()).await, node(&house, clock).await);
    for node in [&one, &other] {
        node.press().publish_all().await.unwrap();
    }
    let stop = CancellationToken::new();
    let following = tokio::spawn(Arc::clone(&other).follow(stop.clone()));
    one.collector().look().await;
    one.collector().idle().await;
    assert!(one.press().publish_changes().await.unwrap() > 0);
    let first = all(&one).await;
    let second = eventually("the other node serves the same", async || {
        Some(all(&other).await).filter(|second| second.hash == first.hash)
    })
    .await;
    let text = String::from_utf8(second.identity.to_vec()).unwrap();
    let partner = house.partners.iter().next().unwrap();
    assert!(partner.titles().iter().all(|title| text.contains(title.as_str())), "{text}");
    // Kept to the millisecond, served to the second.
    let date = |rendition: &Rendition| rendition.last_modified.timestamp_millis();
    assert_eq!(date(&first), date(&second));
    stop.cancel();
    following.await.unwrap();
}

fn now() -> Timestamp {
    Clock::system().now()
}

/// So many feeds, some on each host, that are asked once a day.
fn declare(house: &House, server: &Server, feeds: usize, of_a_host: usize) {
    for number in 0..feeds {
        let address = format!("http://127.0.1.{}:{}/{number}", number / of_a_host + 1, server.port());
        let text = format!("kind = \"feed\"\nurl = \"{address}\"\n[polling]\ninterval = \"1day\"\n");
        house.write(&format!("sources/s{number}.toml"), &text);
    }
    house.write("channels/all.toml", "title = \"All\"\n");
}

fn feed(request: &Request) -> Reply {
    let path = &request.path;
    let rss = format!(
        "<rss version='2.0'><channel><title>A</title><item><title>T{path}</title><guid>{path}</guid></item></channel></rss>"
    );
    Reply::ok(&[("Content-Type", b"application/rss+xml"), ("ETag", b"\"1\"")], rss.as_bytes())
}

/// How often each feed was asked for.
fn counts(server: &Server) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in server.requests() {
        *counts.entry(request.path).or_default() += 1;
    }
    counts
}

async fn collected(store: &Store, feeds: u64) {
    let what = format!("{feeds} entries are stored");
    eventually(&what, async || (store.count_published().await.unwrap() == feeds).then_some(())).await;
}

async fn serves(daemon: &Daemon, entries: usize) {
    let what = format!("{entries} entries are served");
    eventually(&what, async || (daemon.titles("all").await.len() == entries).then_some(())).await;
}

async fn each_feed_is_asked_once_by(nodes: usize) {
    const FEEDS: usize = 120;
    let Some(address) = postgres::database("a cycle of several nodes").await else { return };
    let server = Server::on_many_hosts(|request, _| {
        // One answer after the other, so that a cycle lasts until every node has had a look.
        std::thread::sleep(Duration::from_millis(20));
        feed(request)
    })
    .await;
    let house = House::empty().await;
    house.on(&address, "concurrency = 8");
    declare(&house, &server, FEEDS, 2);
    let daemons = futures_util::future::join_all((0..nodes).map(|_| house.daemon())).await;
    collected(&Store::open_postgres(&address).await.unwrap(), FEEDS as u64).await;
    for daemon in &daemons {
        serves(daemon, FEEDS).await;
    }
    let mut shares = Vec::new();
    for daemon in daemons {
        shares.push(daemon.log().matches(": 1 new").count());
        assert_eq!(daemon.log().matches("ERROR").count(), 0, "{}", daemon.log());
        assert_eq!(daemon.end("TERM").await.0, Some(0));
    }
    let counts = counts(&server);
    assert_eq!((counts.len(), counts.values().max()), (FEEDS, Some(&1)), "{counts:?}");
    assert_eq!(shares.iter().sum::<usize>(), FEEDS);
    assert!(shares.iter().all(|share| *share > 0), "each node has its share: {shares:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_ask_each_due_source_once() {
    each_feed_is_asked_once_by(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_nodes_ask_each_due_source_once() {
    each_feed_is_asked_once_by(4).await;
}

/// A node that has claimed feeds and waits for an answer that does not come, and one that has nothing to do. Whoever asks
/// a second time gets an answer. The first is then given up to `stop`.
async fn take_over(test: &str, stop: impl AsyncFnOnce(Daemon) -> Option<Daemon>) {
    const FEEDS: usize = 12;
    let Some(address) = postgres::database(test).await else { return };
    let server = Server::on_many_hosts(
        move |request, before| {
            if before < FEEDS { Reply::raw(b"").hang() } else { feed(request) }
        },
    )
    .await;
    let house = House::empty().await;
    // The lease is ten seconds.
    house.on(&address, "total_timeout = \"5s\"");
    declare(&house, &server, FEEDS, 1);
    let first = house.daemon().await;
    eventually("all are asked", async || (server.requests().len() == FEEDS).then_some(())).await;
    let other = house.daemon().await;
    let first = stop(first).await;
    let store = Store::open_postgres(&address).await.unwrap();
    collected(&store, FEEDS as u64).await;
    assert!(counts(&server).values().all(|count| *count == 2), "{:?}", counts(&server));
    if let Some(first) = first {
        first.signal("CONT");
        first.logs("is collected by another node meanwhile").await;
        assert_eq!(first.end("TERM").await.0, Some(0));
    }
    let sources = store.sources().await.unwrap();
    for source in sources.iter().filter(|source| source.spec.kind == SourceKind::Feed) {
        let fetches = store.fetches(source.id, 10).await.unwrap();
        assert_eq!((source.state.health, source.state.failures), (Health::Ok, 0), "{}", source.spec.slug);
        assert_eq!(fetches.len(), 1, "{}", source.spec.slug);
    }
    serves(&other, FEEDS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_node_had_claimed_is_collected_by_another() {
    take_over("a killed node", async |daemon| {
        daemon.kill().await;
        None
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stood_still_writes_nothing_of_what_another_took_over() {
    take_over("a node that stands still", async |daemon| {
        daemon.signal("STOP");
        Some(daemon)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_for_a_while_costs_nothing() {
    let Some(database) = postgres::Server::start() else {
        return postgres::left_out("a server that is away for a while");
    };
    let house = House::build().await;
    house.on(&database.database().await, "");
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    database.down();
    let ready = async || daemon.get("/readyz").await.status().as_u16();
    eventually("it says that it is not ready", async || (ready().await == 503).then_some(())).await;
    assert_eq!(daemon.titles("all").await, house.titles(), "what was published is served");
    house.partners.publish_next();
    database.up();
    eventually("it is ready again", async || (ready().await == 200).then_some(())).await;
    daemon.publishes("all", &house.titles()).await;
    let log = daemon.log();
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(daemon.end("TERM").await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_have_the_roles_that_they_are_given() {
    let Some(address) = postgres::database("roles").await else { return };
    let server = Server::on_many_hosts(|request, _| feed(request)).await;
    let house = House::empty().await;
    house.on(&address, "");
    declare(&house, &server, 4, 2);
    let web = house.daemon_with(&["--role", "web"]).await;
    let collector = house.daemon_with(&["--role", "collect"]).await;
    serves(&web, 4).await;
    assert!(!web.log().contains(" new"), "{}", web.log());
    assert_eq!(collector.get("/feeds/all.json").await.status(), 404);
    assert_eq!(collector.get("/").await.status(), 404);
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(collector.get(path).await.status(), 200, "{path}");
        assert_eq!(web.get(path).await.status(), 200, "{path}");
    }
    let unknown = house.run(&["serve", "--role", "web,hub"]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("there is no role “hub”; the roles are collect and web"), "{}", unknown.err);
}
