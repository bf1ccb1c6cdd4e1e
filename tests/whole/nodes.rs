//! Several nodes on one PostgreSQL.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use vestnik::{
    app::{Access, App, Strictness},
    clock::Clock,
    config::{DatabaseUrl, Settings},
    model::{Format, Health, Rendition, SourceKind, Timestamp},
    store::Store,
};

use super::{Daemon, House, eventually};
use crate::{
    storing::beside,
    support::{
        postgres,
        server::{Reply, Request, Server},
    },
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

/// So many feeds, some on each host, one after the other, that are asked once a day.
fn declare(house: &House, port: u16, feeds: usize, of_a_host: usize) {
    for number in 0..feeds {
        let address = format!("http://127.0.1.{}:{}/{number}", number % (feeds / of_a_host) + 1, port);
        let text = format!("kind = \"feed\"\nurl = \"{address}\"\n[polling]\ninterval = \"1day\"\n");
        house.write(&format!("sources/s{number}.toml"), &text);
    }
    house.write("channels/all.toml", "title = \"All\"\n");
}

/// A feed with one entry.
fn rss(path: &str) -> String {
    format!(
        "<rss version='2.0'><channel><title>A</title><item><title>T{path}</title><guid>{path}</guid></item></channel></rss>"
    )
}

fn feed(request: &Request) -> Reply {
    let rss = rss(&request.path);
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
    declare(&house, server.port(), FEEDS, 2);
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

/// From now on nodes leave so much time between two requests to a host.
fn keep_gap(house: &House, gap: &str) {
    let file = house.path("vestnik.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, text.replace("host_gap = \"0s\"", &format!("host_gap = \"{gap}\""))).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_collected_by_hand_stays_claimed_until_it_is_done() {
    let Some(address) = postgres::database("collecting by hand").await else { return };
    let server = Server::on_many_hosts(|request, _| feed(request)).await;
    let house = House::empty().await;
    house.on(&address, "");
    declare(&house, server.port(), 6, 6);
    let (clock, hand) = Clock::manual(now());
    // It would ask at once.
    let other = node(&house, clock.clone()).await;
    keep_gap(&house, "1min");
    let one = node(&house, clock.clone()).await;
    let collecting = tokio::spawn(async move {
        let sources = one.sources_named(&[]).await.unwrap();
        one.collector().collect(sources, |_| {}).await.unwrap()
    });
    eventually("the first is asked", async || (!server.requests().is_empty()).then_some(())).await;
    let mut database = beside(&DatabaseUrl::Postgres(address)).await;
    // The lease is two minutes; six feeds of one host take at least five.
    let begun = clock.now();
    while !collecting.is_finished() {
        assert!(clock.now() < begun + Duration::from_secs(1800), "it comes to an end");
        hand.advance(Duration::from_secs(40));
        eventually("all that it has claimed is claimed anew", async || {
            let first = "select min(lease_until) from source_states where lease_until > 0";
            let first: Option<i64> = sqlx::query_scalar(first).fetch_one(&mut database).await.unwrap();
            let whole = clock.now() + Duration::from_secs(119);
            first.is_none_or(|until| until > whole.timestamp_millis()).then_some(())
        })
        .await;
        other.collector().look().await;
        other.collector().idle().await;
        assert!(counts(&server).values().all(|count| *count == 1), "{:?}", counts(&server));
    }
    let reports = collecting.await.unwrap();
    assert_eq!(reports.iter().map(|report| report.new).sum::<usize>(), 6, "{reports:?}");
}

/// A host that takes its time, and how long it was left alone between two requests.
#[derive(Default)]
struct Strict {
    inside: usize,
    most: usize,
    left: Option<Instant>,
    shortest: Option<Duration>,
    asked: usize,
}

impl Strict {
    fn enter(&mut self) {
        let gap = self.left.map(|left| left.elapsed());
        self.shortest = self.shortest.into_iter().chain(gap).min();
        self.inside += 1;
        self.asked += 1;
        self.most = self.most.max(self.inside);
    }

    fn leave(&mut self) {
        self.inside -= 1;
        self.left = Some(Instant::now());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_nodes_together_ask_a_host_once_at_a_time_and_keep_the_gap() {
    const FEEDS: usize = 30;
    const HOSTS: usize = 5;
    const GAP: Duration = Duration::from_millis(300);
    let Some(address) = postgres::database("one request a host").await else { return };
    let hosts = Arc::<Mutex<BTreeMap<String, Strict>>>::default();
    let seen = Arc::clone(&hosts);
    let routes = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let seen = Arc::clone(&seen);
        async move {
            let host = request.headers()["host"].to_str().unwrap().to_owned();
            seen.lock().unwrap().entry(host.clone()).or_default().enter();
            // Longer than the gap: who counted from the beginning would come too soon.
            tokio::time::sleep(GAP * 4 / 3).await;
            let body = rss(request.uri().path());
            seen.lock().unwrap().get_mut(&host).unwrap().leave();
            ([("content-type", "application/rss+xml")], body)
        }
    });
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    let house = House::empty().await;
    // Each node takes two feeds at most, so that hosts go from one to the other.
    house.on(&address, "concurrency = 1");
    keep_gap(&house, &format!("{}ms", GAP.as_millis()));
    declare(&house, port, FEEDS, FEEDS / HOSTS);
    let daemons = futures_util::future::join_all((0..2).map(|_| house.daemon())).await;
    collected(&Store::open_postgres(&address).await.unwrap(), FEEDS as u64).await;
    let asked: Vec<BTreeSet<usize>> = daemons
        .iter()
        .map(|daemon| {
            let log = daemon.log();
            let of = |number: &usize| log.contains(&format!("collected s{number}: 1 new"));
            (0..FEEDS).filter(of).map(|number| number % HOSTS).collect()
        })
        .collect();
    assert!(!asked[0].is_disjoint(&asked[1]), "no host was asked by both: {asked:?}");
    for daemon in daemons {
        assert_eq!(daemon.end("TERM").await.0, Some(0));
    }
    let hosts = hosts.lock().unwrap();
    assert_eq!(hosts.len(), HOSTS);
    for (host, strict) in hosts.iter() {
        assert_eq!((strict.asked, strict.most), (FEEDS / HOSTS, 1), "{host}");
        assert!(strict.shortest.is_some_and(|shortest| shortest >= GAP), "{host}: {:?}", strict.shortest);
    }
    serving.abort();
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
    declare(&house, server.port(), FEEDS, 1);
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
    declare(&house, server.port(), 4, 2);
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
