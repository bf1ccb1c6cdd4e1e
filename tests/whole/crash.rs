//! The process dies at any instant; what was collected is published once, and what was not is collected.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use vestnik::{
    config::DatabaseUrl,
    demo::Failure,
    failpoint::Step,
    store::{RiverQuery, Store},
};

use super::{House, eventually, polls};
use crate::support::{bucket::ObjectStore, postgres};

/// After how many requests to partners the daemon is killed, round by round. The first are asked together, so that the
/// small numbers hit the middle of reading and writing; a cycle has six.
const INSTANTS: [usize; 12] = [1, 3, 6, 0, 2, 4, 5, 7, 1, 9, 6, 12];

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_at_any_instant_loses_nothing_and_repeats_nothing() {
    let house = House::build().await;
    let mut seen = BTreeSet::new();
    for (round, instant) in INSTANTS.into_iter().enumerate() {
        // Every partner has something new in every third round, one of them in the others; meanwhile one hangs or sends
        // half of its document.
        let news = if round % 3 == 0 { house.partners.iter().count() } else { 1 };
        for _ in 0..news {
            house.partners.publish_next();
        }
        match round {
            3 => house.partner("demo-park").break_down(Failure::Hang),
            6 => house.partner("demo-park").recover(),
            7 => house.partner("demo-portal").break_down(Failure::Truncated),
            10 => house.partner("demo-portal").recover(),
            _ => {}
        }
        let before = house.polls();
        let daemon = house.daemon().await;
        let published = daemon.titles("all").await;
        once(&published, round);
        let kept: BTreeSet<String> = published.into_iter().collect();
        assert!(kept.is_superset(&seen), "round {round} lost {:?}", seen.difference(&kept));
        seen = kept;
        eventually("the partners are asked", async || (house.polls() >= before + instant).then_some(()))
            .await;
        daemon.kill().await;
    }

    all_is_well(&house).await;
}

/// Everything is published once, and everybody is asked with the newest validators.
async fn all_is_well(house: &House) {
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    // The validators are those of what is stored: everybody is asked with the newest and nothing is transferred again.
    let before: Vec<usize> = house.partners.iter().map(|partner| polls(partner).len()).collect();
    for (partner, before) in house.partners.iter().zip(before) {
        let what = format!("{} is asked twice more", partner.slug());
        let all =
            eventually(&what, async || Some(polls(partner)).filter(|all| all.len() >= before + 2)).await;
        assert!(all[before..].iter().all(|request| request.status == 304), "{}", partner.slug());
    }
    assert_eq!(daemon.titles("all").await, house.titles());
    let log = daemon.log();
    assert!(!log.contains("ERROR"), "{log}");
}

/// What is stored between two runs, and what was stored before.
struct Stored {
    house: House,
    address: DatabaseUrl,
    seen: BTreeSet<String>,
    environment: Vec<(&'static str, OsString)>,
}

impl Stored {
    async fn in_a_file() -> Self {
        let house = House::build().await;
        let address = DatabaseUrl::Sqlite(house.path("data/vestnik.db"));
        let environment = vec![("VESTNIK_PUBLISH__DIRECTORY", house.path("public").into_os_string())];
        Stored { house, address, seen: BTreeSet::new(), environment }
    }

    /// None where there is no PostgreSQL.
    async fn on_postgres(test: &str) -> Option<Self> {
        let address = postgres::database(test).await?;
        let stored = Stored::in_a_file().await;
        // What a dead process had claimed is claimed again after two seconds.
        stored.house.on(&address, "total_timeout = \"1s\"");
        Some(Stored { address: DatabaseUrl::Postgres(address), ..stored })
    }

    /// Runs the daemon until it dies at this step.
    async fn die_at(&mut self, step: Step) {
        for _ in self.house.partners.iter() {
            self.house.partners.publish_next();
        }
        let mut command = tokio::process::Command::from(self.house.command(["serve"]));
        command.env("VESTNIK_FAILPOINT", step.name());
        command.envs(self.environment.iter().cloned());
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let ended = tokio::time::timeout(super::house::PATIENCE, child.wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("{} was not reached", step.name()));
        assert_eq!(ended.unwrap().code(), None, "{}: it was to die", step.name());
        self.check(step.name()).await;
    }

    /// Runs the daemon and kills it after so long.
    async fn die_after(&mut self, time: Duration) {
        self.house.partners.publish_next();
        let mut command = tokio::process::Command::from(self.house.command(["serve"]));
        command.envs(self.environment.iter().cloned());
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        tokio::time::sleep(time).await;
        child.kill().await.unwrap();
        self.check(&format!("killed after {time:?}")).await;
    }

    /// Runs the daemon until all is published, and ends it in order.
    async fn run_to_the_end(&self) {
        let daemon = self.house.daemon_in(&self.environment).await;
        let store = Store::open(&self.address).await.unwrap();
        eventually("nothing is left to publish", async || {
            store.unpublished(1).await.unwrap().is_empty().then_some(())
        })
        .await;
        store.close().await;
        assert_eq!(daemon.end("TERM").await.0, Some(0));
    }

    /// The folder of the site has what an export has, and nothing else.
    async fn the_folder_is_whole(&self) {
        self.run_to_the_end().await;
        self.house.run(&["export", "anew"]).await.well();
        same(&self.house.path("public"), &self.house.path("anew"));
    }

    /// No entry is lost or there twice; validators and due times are those of what is stored; files are whole.
    async fn check(&mut self, when: &str) {
        let store = Store::open(&self.address).await.unwrap();
        let all = RiverQuery { limit: 10_000, ..RiverQuery::default() };
        let river = store.river(&all).await.unwrap();
        let titles: BTreeSet<String> = river.iter().map(|stored| stored.entry.title.clone()).collect();
        assert_eq!(titles.len(), river.len(), "{when}: something is there twice");
        let lost: Vec<&String> = self.seen.difference(&titles).collect();
        assert!(lost.is_empty(), "{when}: {lost:?} is lost");
        for source in store.sources().await.unwrap() {
            let (slug, state) = (&source.spec.slug, &source.state);
            let entries = river.iter().filter(|stored| stored.source == source.id).count();
            let fetches = store.fetches(source.id, 1).await.unwrap();
            match state.last_attempt {
                // Our own posts are read without being fetched.
                Some(at) if !fetches.is_empty() => {
                    assert!(state.next_due > Some(at), "{when}: {slug} is due when it was asked");
                    assert_eq!(fetches[0].at, at, "{when}: {slug} has another history");
                }
                Some(_) => assert_eq!(slug.as_str(), "posts", "{when}"),
                None => assert_eq!((entries, fetches.len()), (0, 0), "{when}: {slug} was never asked"),
            }
            // A partner's ETag says how many items its document has.
            let etag = state.validators.etag.as_ref().map(|etag| String::from_utf8_lossy(etag).into_owned());
            if let Some(items) = etag.as_ref().and_then(|etag| etag.trim_matches('"').rsplit('-').next()) {
                assert_eq!(items.parse(), Ok(entries), "{when}: {slug} has validators of something else");
            }
        }
        store.close().await;
        if let Ok(file) = std::fs::read(self.house.path("public/feeds/all.json")) {
            serde_json::from_slice::<serde_json::Value>(&file).unwrap();
        }
        self.seen = titles;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_dies_at_any_step_loses_nothing_and_repeats_nothing() {
    let mut stored = Stored::in_a_file().await;
    for step in Step::ALL {
        stored.die_at(step).await;
    }
    all_is_well(&stored.house).await;
    stored.the_folder_is_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_dies_while_it_fills_a_bucket_loses_nothing_and_leaves_nothing() {
    let Some(bucket) = ObjectStore::start("dying while a bucket is filled").await else { return };
    let mut stored = Stored::in_a_file().await;
    stored.house.settings(&format!(
        "[publish.object_store]\nurl = \"s3://news/site\"\nendpoint = {:?}\n",
        bucket.address
    ));
    stored.environment =
        vec![("AWS_ACCESS_KEY_ID", "key".into()), ("AWS_SECRET_ACCESS_KEY", "secret".into())];
    for step in [Step::Listed, Step::Delivered, Step::Listed, Step::Delivered] {
        stored.die_at(step).await;
        // What is there was published, as a whole.
        if bucket.names().await.iter().any(|name| name == "site/feeds/all.json") {
            let (_, bytes) = bucket.object("site/feeds/all.json").await;
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap();
        }
    }
    stored.house.remove("posts/work-meetings-italy.md");
    stored.run_to_the_end().await;
    let (_, listing) = bucket.object("site/.vestnik.json").await;
    let listing: serde_json::Value = serde_json::from_slice(&listing).unwrap();
    let mut expected = vec!["site/.vestnik.json".to_owned()];
    for (path, listed) in listing["documents"].as_object().unwrap() {
        let twins = listed["twins"].as_array().unwrap();
        expected.extend(twins.iter().map(|ending| format!("site/{path}{}", ending.as_str().unwrap())));
    }
    expected.sort();
    assert_eq!(bucket.names().await, expected);
    assert!(expected.iter().all(|name| !name.contains("work-meetings-italy")));
    let (_, bytes) = bucket.object("site/feeds/all.json").await;
    let daemon = stored.house.daemon_in(&stored.environment).await;
    assert_eq!(bytes, daemon.text("/feeds/all.json").await.into_bytes());
}

/// What a reader of the folder gets: documents and their twins.
fn public(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        for entry in fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found.remove(Path::new(".vestnik.json"));
    found
}

/// The daemon or a command dies before a file takes the place of the old one.
async fn torn(test: &str, mut write: impl FnMut(&House) -> tokio::process::Command) {
    let house = House::build().await;
    house.run(&["collect"]).await.well();
    let folder = house.path("public");
    house.run(&["export", "public"]).await.well();
    let old = public(&folder);
    for _ in 0..2 {
        house.partners.iter().for_each(|_| drop(house.partners.publish_next()));
        house.run(&["collect"]).await.well();
        let mut command = write(&house);
        command.env("VESTNIK_FAILPOINT", "replacing:2");
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let ended = tokio::time::timeout(super::house::PATIENCE, child.wait()).await.unwrap().unwrap();
        assert_eq!(ended.code(), None, "{test}: it was to die");
        // The list of what is to be there is replaced first, then one document.
        let torn = public(&folder);
        assert!(torn.keys().any(|path| path.extension().is_some_and(|end| end == "new")), "{test}");
        for (path, bytes) in &old {
            assert!(torn[path] == *bytes, "{test}: {} is not the old file", path.display());
        }
    }
    // The next run finishes it, and nothing of the torn ones is left.
    house.run(&["export", "public"]).await.well();
    house.run(&["export", "anew"]).await.well();
    same(&folder, &house.path("anew"));
}

/// Both folders have the same files.
fn same(one: &Path, other: &Path) {
    let (one, other) = (public(one), public(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        let text = || (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&other[path]));
        assert!(other[path] == *bytes, "{} is another: {:?}", path.display(), text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_dies_before_a_file_is_renamed_leaves_the_old_one_whole() {
    torn("export", |house| house.command(["export", "public"]).into()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_dies_before_a_file_of_its_folder_is_renamed_leaves_the_old_one_whole() {
    torn("publish.directory", |house| {
        let mut command = tokio::process::Command::from(house.command(["serve"]));
        command.env("VESTNIK_PUBLISH__DIRECTORY", house.path("public"));
        command
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_at_any_step_loses_nothing_and_repeats_nothing() {
    let Some(mut stored) = Stored::on_postgres("dying at a step").await else { return };
    for step in Step::ALL {
        stored.die_at(step).await;
    }
    all_is_well(&stored.house).await;
    stored.the_folder_is_whole().await;
}

/// Most of them in the first second, in which a daemon starts, collects and publishes.
fn instant() -> Duration {
    Duration::from_millis(fastrand::u64(50..1_100))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_fifty_times_loses_nothing_and_repeats_nothing() {
    let mut stored = Stored::in_a_file().await;
    for _ in 0..50 {
        stored.die_after(instant()).await;
    }
    all_is_well(&stored.house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_ten_times_loses_nothing_and_repeats_nothing() {
    let Some(mut stored) = Stored::on_postgres("killed ten times").await else { return };
    for _ in 0..10 {
        stored.die_after(instant() * 2).await;
    }
    all_is_well(&stored.house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_is_killed_before_it_serves_can_be_repeated() {
    let house = House::build().await;
    for name in ["data/vestnik.db.lock", "data/vestnik.db", "data/vestnik.db-wal"] {
        let mut child = house.command(["serve"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        let file = house.path(name);
        eventually(&format!("{name} is there"), async || file.exists().then_some(())).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
}

fn once(titles: &[String], round: usize) {
    let unique: BTreeSet<&String> = titles.iter().collect();
    assert_eq!(unique.len(), titles.len(), "something is published twice in round {round}: {titles:?}");
}
