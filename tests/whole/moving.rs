//! Moving from one database to another: what was published stays what it was, byte for byte, and no node loses what it
//! collects.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use sqlx::{Executor, Row};
use tokio_util::sync::CancellationToken;
use vestnik::{
    clock::Clock,
    config::DatabaseUrl,
    store::{Entrance, Presence, Tenure},
};

use super::{Daemon, House, eventually};
use crate::{storing::beside, support::postgres};

const FEEDS: [&str; 7] = [
    "/feeds/all.rss",
    "/feeds/all.atom",
    "/feeds/all.json",
    "/feeds/all",
    "/feeds/bg.atom",
    "/feeds/local.json",
    "/feeds/demo-park.rss",
];

/// What readers get: ETag, Last-Modified and bytes.
pub(super) async fn served(daemon: &Daemon) -> BTreeMap<&'static str, (String, String, String)> {
    let mut served = BTreeMap::new();
    for path in FEEDS {
        let response = daemon.get(path).await;
        assert!(response.status().is_success(), "{path}: {}", response.status());
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let (etag, date) = (header("etag"), header("last-modified"));
        served.insert(path, (etag, date, response.text().await.unwrap()));
    }
    served
}

/// What the collector needs to know of every source to ask as politely as before.
async fn states(address: &DatabaseUrl) -> Vec<(i64, Option<String>, Option<String>, i64)> {
    let rows = "select source_id, etag, last_modified, next_due from source_states order by source_id";
    let rows = sqlx::query(rows).fetch_all(&mut beside(address).await).await.unwrap();
    rows.iter()
        .map(|row| {
            let text = |column: usize| row.try_get(column).unwrap();
            (row.try_get(0).unwrap(), text(1), text(2), row.try_get(3).unwrap())
        })
        .collect()
}

/// From now on the house keeps its things in this database.
fn keep_in(house: &House, address: &DatabaseUrl) {
    let file = house.path("vestnik.toml");
    let address = match address {
        DatabaseUrl::Postgres(url) => url.to_string(),
        DatabaseUrl::Sqlite(file) => format!("sqlite:{}", file.display()),
    };
    let lines = fs::read_to_string(&file).unwrap();
    let lines = lines.lines().map(|line| match line {
        line if line.starts_with("data = ")
            || line.starts_with("url = \"sqlite")
            || line.starts_with("url = \"postgres") =>
        {
            format!("url = {address:?}")
        }
        line => line.to_owned(),
    });
    fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vestnik_moves_to_postgresql_and_back_and_readers_notice_nothing() {
    let Some(url) = postgres::database("moving between databases").await else { return };
    let (sqlite, postgres) = (DatabaseUrl::Sqlite(database_of("data")), DatabaseUrl::Postgres(url.clone()));
    fn database_of(folder: &str) -> std::path::PathBuf {
        format!("{folder}/vestnik.db").into()
    }
    let house = House::build().await;
    let there = |address: &DatabaseUrl| match address {
        DatabaseUrl::Sqlite(file) => DatabaseUrl::Sqlite(house.path(file.to_str().unwrap())),
        other => other.clone(),
    };
    let daemon = house.daemon().await;
    house.partner("demo-park").publish_next();
    daemon.publishes("all", &house.titles()).await;
    // What a source says about itself may have come after its entries: a start renders with all that is known.
    daemon.end("TERM").await;
    let daemon = house.daemon().await;
    let before = served(&daemon).await;
    let refused = house.run(&["migrate-storage", "data/vestnik.db", url.as_str()]).await;
    assert_eq!(refused.code, Some(5), "a running daemon would lose what it collects meanwhile: {refused:?}");
    daemon.end("TERM").await;
    let known = states(&there(&sqlite)).await;
    let found = house.run(&["search", "park", "--json"]).await.json();

    let said = house.run(&["migrate-storage", "data/vestnik.db", url.as_str()]).await.well();
    assert!(said.contains("entries") && said.contains("rows moved"), "{said}");
    assert_eq!(states(&postgres).await, known);
    let again = house.run(&["migrate-storage", "data/vestnik.db", url.as_str()]).await;
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.err.contains("not empty"), "{again:?}");

    keep_in(&house, &postgres);
    let daemon = house.daemon().await;
    assert_eq!(served(&daemon).await, before);
    assert_eq!(house.run(&["search", "park", "--json"]).await.json(), found);
    // Numbers go on where they were: new entries, decisions and publications have room.
    house.partner("demo-green").publish_next();
    daemon.publishes("all", &house.titles()).await;
    daemon.end("TERM").await;
    let daemon = house.daemon().await;
    let before = served(&daemon).await;
    // A backup of PostgreSQL is a file like that of SQLite.
    let written = house.run(&["backup", "pg.db", "--json"]).await.json();
    assert_eq!(written["entries"].as_u64(), Some(house.titles().len() as u64));
    daemon.end("TERM").await;
    let known = states(&postgres).await;

    let back = DatabaseUrl::Sqlite(database_of("back"));
    house.run(&["migrate-storage", url.as_str(), "back/vestnik.db"]).await.well();
    assert_eq!(states(&there(&back)).await, known);
    keep_in(&house, &there(&back));
    let daemon = house.daemon().await;
    assert_eq!(served(&daemon).await, before);
    daemon.end("TERM").await;
    house.run(&["restore", "pg.db"]).await.well();
    let daemon = house.daemon().await;
    assert_eq!(served(&daemon).await, before);
}

fn refused(ran: &super::house::Ran, nodes: &[&Daemon]) {
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    for node in nodes {
        assert!(ran.err.contains(&format!("process {} on ", node.id())), "{ran:?}");
        assert!(ran.err.contains(&format!("which serves {}/", node.address)), "{ran:?}");
    }
    assert!(ran.err.contains("Stop every node first"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_nodes_work_on_is_neither_moved_nor_restored() {
    let Some(url) = postgres::database("moving under nodes").await else { return };
    let house = House::build().await;
    house.run(&["collect"]).await.well();
    house.run(&["backup", "copy.db"]).await.well();
    house.on(&url, "");
    let (one, two) = (house.daemon().await, house.daemon_with(&["--role", "web"]).await);
    one.publishes("all", &house.titles()).await;
    for command in [
        &["migrate-storage", url.as_str(), "back/vestnik.db"][..],
        &["migrate-storage", "copy.db", url.as_str()],
        &["restore", "copy.db"],
    ] {
        refused(&house.run(command).await, &[&one, &two]);
    }
    assert!(!house.path("back/vestnik.db").exists(), "nothing was begun");
    // Who only looks, or backs up, disturbs nobody.
    house.run(&["sources"]).await.well();
    house.run(&["backup", "later.db"]).await.well();
    two.kill().await;
    refused(&house.run(&["migrate-storage", url.as_str(), "back/vestnik.db"]).await, &[&one]);
    assert_eq!(one.end("TERM").await.0, Some(0));
    house.run(&["migrate-storage", url.as_str(), "back/vestnik.db"]).await.well();
    house.on(&url, "");
    let again = house.daemon().await;
    again.publishes("all", &house.titles()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_node_starts_or_collects_while_the_database_is_moved() {
    let Some(url) = postgres::database("nodes under a move").await else { return };
    let (clock, hand) = Clock::manual("2026-03-04T10:30:00Z".parse().unwrap());
    let house = House::build_by(clock).await;
    house.on(&url, "");
    let node = Arc::new(house.app().await);
    let stop = CancellationToken::new();
    let seen = tokio::spawn({
        let (node, stop) = (Arc::clone(&node), stop.clone());
        async move { node.stay_present(stop).await }
    });
    let polls = async || {
        hand.advance(Duration::from_secs(60));
        node.tick().await;
        node.collector().idle().await;
        house.polls()
    };
    assert_eq!(polls().await, house.partners.iter().count());
    // Its connection is lost, and before it is back somebody begins to move the database.
    let mut database = beside(&DatabaseUrl::Postgres(url.clone())).await;
    let moving = eventually("the database is left", async || {
        let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                   where datname = current_database() and application_name like 'vestnik %'";
        database.execute(end).await.unwrap();
        match Presence::enter(&url, "vestnik 4711 on moving-van", Tenure::Alone).await.unwrap() {
            Entrance::Open(presence) => Some(presence),
            Entrance::Closed(_) => None,
        }
    })
    .await;
    let kept_out = async |expected: bool| {
        eventually("it looks whether it may collect", async || {
            hand.advance(Duration::from_secs(5));
            (node.is_kept_out() == expected).then_some(())
        })
        .await;
    };
    kept_out(true).await;
    let before = house.polls();
    assert_eq!(polls().await, before, "everybody is due, and nobody is asked");
    let refused = house.run(&["serve"]).await;
    assert_eq!(refused.code, Some(5), "{refused:?}");
    let said = "is being moved or restored by process 4711 on moving-van since";
    assert!(refused.err.contains(said) && refused.err.contains("start again"), "{refused:?}");
    moving.leave().await;
    kept_out(false).await;
    assert!(polls().await > before);
    stop.cancel();
    seen.await.unwrap();
}
