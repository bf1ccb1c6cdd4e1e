//! Backups, and restoring them: what was published stays what it was, byte for byte.

use std::{fs, path::Path, time::Duration};

use sqlx::Connection;
use vestnik::clock::Clock;

use super::{House, moving::served};

fn database(house: &House) -> std::path::PathBuf {
    house.path("data/vestnik.db")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_daemon_brings_back_what_was_published_then() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    let then = house.titles();
    daemon.publishes("all", &then).await;
    let before = served(&daemon).await;

    let ran = house.run(&["backup", "copy.db", "--json"]).await;
    let written = ran.json();
    ran.well();
    let copy = house.path("copy.db");
    assert_eq!(written["bytes"].as_u64(), Some(fs::metadata(&copy).unwrap().len()));
    assert_eq!(written["entries"].as_u64(), Some(then.len() as u64));
    assert_eq!(written["file"], "copy.db");

    // It is there already, and stays what it is.
    let bytes = fs::read(&copy).unwrap();
    let refused = house.run(&["backup", "copy.db"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("--force"), "{refused:?}");
    assert_eq!(fs::read(&copy).unwrap(), bytes);

    house.partner("demo-park").publish_next();
    daemon.publishes("all", &house.titles()).await;

    // Not under a running daemon.
    let refused = house.run(&["restore", "copy.db"]).await;
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(refused.err.contains(&format!("process {}", daemon.id())), "{refused:?}");
    assert!(refused.err.contains(&daemon.address), "{refused:?}");
    daemon.publishes("all", &house.titles()).await;

    house.run(&["backup", "copy.db", "--force"]).await.well();
    assert_ne!(fs::read(&copy).unwrap(), bytes);
    fs::write(&copy, &bytes).unwrap();
    daemon.end("TERM").await;

    // The partner goes back too, or what it published would be collected again.
    let said = house.run(&["restore", "copy.db"]).await.well();
    assert!(said.contains("before-restore-"), "{said}");
    house.partner("demo-park").break_down(vestnik::demo::Failure::Refuse);
    assert_eq!(fs::read(&copy).unwrap(), bytes, "restoring leaves the backup as it is");
    let kept = names(&house.path("data"));
    assert_eq!(kept.iter().filter(|name| name.contains("before-restore")).count(), 1, "{kept:?}");
    assert!(!kept.iter().any(|name| name.contains("restoring") || name.contains("partial")), "{kept:?}");
    let daemon = house.daemon().await;
    assert_eq!(served(&daemon).await, before);
    daemon.end("TERM").await;

    // And back again: what was kept aside is a database like any other.
    let aside = kept.iter().find(|name| name.contains("before-restore")).unwrap();
    house.run(&["restore", &format!("data/{aside}")]).await.well();
    let daemon = house.daemon().await;
    assert_eq!(daemon.titles("all").await, house.titles());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sound_backup_is_refused_and_changes_nothing() {
    let house = House::build().await;
    house.run(&["collect"]).await.well();
    house.run(&["backup", "good.db"]).await.well();
    let good = fs::read(house.path("good.db")).unwrap();
    let present = fs::read(database(&house)).unwrap();
    let kept = names(&house.path("data"));

    let mut torn = good.clone();
    torn.truncate(good.len() / 2);
    let mut flipped = good.clone();
    for page in 3..8 {
        flipped[page * 8192..page * 8192 + 64].fill(0xa5);
    }
    let foreign = house.path("foreign.db");
    let mut other =
        sqlx::AnyConnection::connect(&format!("sqlite://{}?mode=rwc", foreign.display())).await.unwrap();
    sqlx::query("create table songs (title text)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let cases: [(&str, Option<Vec<u8>>, &str); 6] = [
        ("nothing.db", None, "no such file"),
        (
            "text.db",
            Some(b"This is no database, only a text of some length.".repeat(50)),
            "no SQLite database",
        ),
        ("torn.db", Some(torn), "damaged"),
        ("flipped.db", Some(flipped), "damaged"),
        ("foreign.db", Some(fs::read(&foreign).unwrap()), "another program"),
        ("empty.db", Some(Vec::new()), "no such file"),
    ];
    for (name, bytes, said) in cases {
        if let Some(bytes) = &bytes {
            fs::write(house.path(name), bytes).unwrap();
        }
        let ran = house.run(&["restore", name]).await;
        assert_eq!(ran.code, Some(6), "{name}: {ran:?}");
        assert!(ran.err.contains(said) && ran.err.contains(name), "{name}: {ran:?}");
        assert_eq!(bytes, fs::read(house.path(name)).ok(), "{name}");
    }
    assert_eq!(fs::read(database(&house)).unwrap(), present);
    assert_eq!(names(&house.path("data")), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_backs_itself_up_every_so_often_and_keeps_so_many() {
    let (clock, hand) = Clock::manual("2026-03-04T10:30:00Z".parse().unwrap());
    let house = House::build_by(clock).await;
    let folder = house.path("backups");
    house.settings(&format!("[backup]\ndirectory = {folder:?}\nevery = \"1day\"\nkeep = 2\n"));
    let app = house.app().await;
    app.collect_local().await.unwrap();
    let first = app.back_up_if_due().await.unwrap().unwrap();
    assert_eq!(first, folder.join("vestnik-20260304T103000Z.db"));
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    fs::write(folder.join("vestnik-20260304T090000Z.db.partial-1"), "torn").unwrap();
    hand.advance(Duration::from_secs(23 * 3600));
    assert_eq!(app.back_up_if_due().await.unwrap(), None, "it is not due");
    hand.advance(Duration::from_secs(3600));
    app.back_up_if_due().await.unwrap().unwrap();
    hand.advance(Duration::from_secs(24 * 3600));
    app.back_up_if_due().await.unwrap().unwrap();
    let kept = ["notes.txt", "vestnik-20260305T103000Z.db", "vestnik-20260306T103000Z.db"];
    assert_eq!(names(&folder), kept, "the oldest went, and nothing of others");
    // A folder that cannot be written is an error that names it.
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    hand.advance(Duration::from_secs(24 * 3600));
    let error = format!("{:#}", app.back_up_if_due().await.unwrap_err());
    assert!(error.contains("backups"), "{error}");
}
