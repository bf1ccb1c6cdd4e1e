//! The disk and the database fail, and the rest goes on: what was published is served, nothing is lost, and it recovers by
//! itself.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use sqlx::{Connection, Executor};
use vestnik::config::DatabaseUrl;

use super::{House, eventually, left_out};
use crate::storing::beside;

fn database(house: &House) -> PathBuf {
    house.path("data/vestnik.db")
}

/// A small file system of its own in this folder, taken away at the end. None where mounting is not allowed, which is said.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(test: &str, folder: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir_all(&folder).unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", &options, "vestnik-test"]).arg(&folder);
        if !mount.output().is_ok_and(|output| output.status.success()) {
            left_out(test, "the right to mount a small tmpfs");
            return None;
        }
        Some(SmallDisk(folder))
    }

    /// Takes up all the room that there is.
    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("filler")).unwrap();
        while std::io::Write::write_all(&mut file, &[7; 4096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }

    /// Not while somebody has a file open to write.
    async fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        eventually(&options, async || {
            let done = Command::new("mount").args(["-o", &options]).arg(&self.0).output().unwrap();
            done.status.success().then_some(())
        })
        .await;
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a daemon may still be about to end.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_nothing_that_was_published_and_is_over_when_there_is_room() {
    let house = House::build().await;
    let Some(disk) = SmallDisk::mount("a full disk", house.path("data"), "6m") else { return };
    let daemon = house.daemon().await;
    let old = house.titles();
    daemon.publishes("all", &old).await;
    disk.fill();
    house.partner("demo-park").publish_next();
    house.partner("demo-green").publish_next();
    eventually("it is not ready", async || (daemon.get("/readyz").await.status() == 503).then_some(())).await;
    assert_eq!(daemon.titles("all").await, old, "what was published is served");
    assert_eq!(daemon.get("/healthz").await.status(), 200);
    daemon.logs("disk is full").await;
    disk.free();
    eventually("it is ready again", async || (daemon.get("/readyz").await.status() == 200).then_some(()))
        .await;
    daemon.publishes("all", &house.titles()).await;
    let kept = sqlx::query("pragma integrity_check")
        .fetch_all(&mut beside(&DatabaseUrl::Sqlite(database(&house))).await)
        .await
        .unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(daemon.end("TERM").await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_that_locks_the_database_delays_and_loses_nothing() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    let old = house.titles();
    daemon.publishes("all", &old).await;
    let mut other = beside(&DatabaseUrl::Sqlite(database(&house))).await;
    other.execute("pragma busy_timeout = 10000; begin exclusive").await.unwrap();
    house.partner("demo-park").publish_next();
    let problem = eventually("it says that it cannot write", async || {
        let answer = daemon.get("/readyz").await;
        (answer.status() == 503).then_some(())?;
        Some(answer.text().await.unwrap())
    })
    .await;
    assert!(problem.contains("database"), "{problem}");
    assert_eq!(daemon.titles("all").await, old);
    daemon.logs("database is locked").await;
    other.execute("rollback").await.unwrap();
    other.close().await.unwrap();
    daemon.publishes("all", &house.titles()).await;
    eventually("it is ready again", async || (daemon.get("/readyz").await.status() == 200).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_directory_that_is_read_only_is_an_alert_and_collecting_goes_on() {
    let house = House::build().await;
    let public = house.path("public");
    let Some(disk) = SmallDisk::mount("a read-only directory", public.clone(), "64m") else { return };
    let settings = fs::read_to_string(house.path("vestnik.toml")).unwrap();
    let settings = settings.replace("[publish]\n", &format!("[publish]\ndirectory = {public:?}\n"));
    fs::write(house.path("vestnik.toml"), settings).unwrap();
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    let file = public.join("feeds/all.json");
    let shows = async |titles: &[String]| {
        eventually("the folder shows it", async || {
            (super::house::titles_of(&fs::read_to_string(&file).ok()?) == titles).then_some(())
        })
        .await;
    };
    shows(&house.titles()).await;
    disk.remount("ro").await;
    let old = fs::read(&file).unwrap();
    house.partner("demo-park").publish_next();
    daemon.publishes("all", &house.titles()).await;
    daemon.logs("cannot be kept up to date").await;
    let metrics = daemon.text("/metrics").await;
    assert!(metrics.contains("vestnik_outlet_up{") && metrics.contains("} 0"), "{metrics}");
    assert_eq!(fs::read(&file).unwrap(), old, "the old file is whole");
    house.partner("demo-green").publish_next();
    daemon.publishes("all", &house.titles()).await;
    disk.remount("rw").await;
    shows(&house.titles()).await;
    assert_eq!(daemon.end("TERM").await.0, Some(0));
}

/// All files of a folder with their bytes, but the lock.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| !name.ends_with(".lock"))
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_refused_untouched_and_a_backup_takes_its_place() {
    let house = House::build().await;
    house.run(&["collect"]).await.well();
    house.run(&["backup", "good.db"]).await.well();
    // Whoever only looks may leave an empty log.
    for empty in ["vestnik.db-wal", "vestnik.db-shm"] {
        let _ = fs::remove_file(house.path("data").join(empty));
    }
    let good = fs::read(database(&house)).unwrap();
    let pages = good.len() / 8192;
    let damage = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        bytes
    };
    let flip = |from: usize, length: usize| {
        damage(&|bytes: &mut Vec<u8>| bytes[from..from + length].iter_mut().for_each(|byte| *byte ^= 0xff))
    };
    let mut cases = vec![
        ("the magic string".to_owned(), flip(0, 16)),
        ("the page size".to_owned(), flip(16, 2)),
        ("the first page's tree".to_owned(), flip(100, 8)),
        ("the table of tables".to_owned(), flip(8192 - 600, 600)),
        ("the end is missing".to_owned(), damage(&|bytes| bytes.truncate(good.len() / 2 + 100))),
        ("another file".to_owned(), b"<rss version=\"2.0\"><channel/></rss>".repeat(500)),
    ];
    // Each page of the middle, at its head.
    for page in (2..pages).step_by((pages / 8).max(1)) {
        cases.push((format!("page {page}"), flip(page * 8192, 16)));
    }
    for (what, bytes) in &cases {
        fs::write(database(&house), bytes).unwrap();
        for command in ["serve", "collect"] {
            let ran = house.run(&[command]).await;
            assert_eq!(ran.code, Some(6), "{what}: {ran:?}");
            assert!(ran.err.contains("vestnik.db") && ran.err.contains("vestnik restore"), "{what}: {ran:?}");
            assert_eq!(ran.err.lines().count(), 1, "{what}: {ran:?}");
        }
        assert!(files(&house.path("data")) == [("vestnik.db".to_owned(), bytes.clone())], "{what}");
    }
    // A damaged one is kept aside as it is.
    house.run(&["restore", "good.db"]).await.well();
    let (_, last) = cases.last().unwrap();
    let kept = files(&house.path("data"));
    assert!(kept.iter().any(|(name, bytes)| name.contains("before-restore") && bytes == last));
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_or_another_program_is_refused_untouched() {
    let house = House::build().await;
    house.run(&["collect"]).await.well();
    let address = DatabaseUrl::Sqlite(database(&house));
    let mut later = beside(&address).await;
    later
        .execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             values (9999, 'later', 1, x'00', 0); pragma wal_checkpoint(truncate)",
        )
        .await
        .unwrap();
    later.close().await.unwrap();
    let check = async |said: &str| {
        let before = files(&house.path("data"));
        for command in ["serve", "sources", "backup"] {
            let ran = match command {
                "backup" => house.run(&["backup", "copy.db"]).await,
                command => house.run(&[command]).await,
            };
            assert_eq!(ran.code, Some(6), "{ran:?}");
            assert!(ran.err.contains(said), "{ran:?}");
        }
        let after: Vec<_> = files(&house.path("data"));
        // A program that only looks may leave an empty log.
        let kept = |files: Vec<(String, Vec<u8>)>| files.into_iter().find(|(name, _)| name == "vestnik.db");
        assert!(kept(after) == kept(before));
        assert!(!house.path("copy.db").exists());
    };
    check("newer version of Vestnik").await;

    fs::remove_dir_all(house.path("data")).unwrap();
    fs::create_dir(house.path("data")).unwrap();
    sqlx::any::install_default_drivers();
    let file = format!("sqlite://{}?mode=rwc", database(&house).display());
    let mut songs = sqlx::AnyConnection::connect(&file).await.unwrap();
    songs.execute("create table songs (title text)").await.unwrap();
    songs.close().await.unwrap();
    check("another program").await;
}
