//! Every command, run as the real program: what it prints, and its exit code.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Stdio,
    time::SystemTime,
};

use vestnik::demo::Failure;

use super::House;

const FEED: &str = "<rss version='2.0'><channel><title>Вести</title><link>https://a.example/</link><description/>\
    <item><guid>https://a.example/1</guid><title>Първа</title><link>/1</link></item></channel></rss>";

#[tokio::test(flavor = "multi_thread")]
async fn collect_tells_what_came_and_ends_with_4_where_a_partner_fails() {
    let house = House::build().await;
    house.partner("demo-park").break_down(Failure::Status(500));
    let ran = house.run(&["collect"]).await;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    for said in ["SOURCE", "demo-green", "read", "demo-park", "failed", "the server answered 500", "1 failed"]
    {
        assert!(ran.out.contains(said), "{said:?} is not in\n{}", ran.out);
    }
    assert_eq!(ran.err, "", "where nobody watches there is no progress bar");

    house.partner("demo-park").recover();
    let again = house.run(&["collect", "--json"]).await;
    let reports = again.json();
    let by_id: BTreeMap<&str, &serde_json::Value> = reports
        .as_array()
        .unwrap()
        .iter()
        .map(|report| (report["source"].as_str().unwrap(), report))
        .collect();
    assert_eq!(by_id.len(), 7);
    assert_eq!((&by_id["demo-park"]["outcome"], &by_id["demo-park"]["new"]), (&"read".into(), &3.into()));
    assert_eq!(by_id["demo-green"]["outcome"], "unchanged");
    again.well();

    let one = house.run(&["collect", "demo-network", "--json"]).await;
    assert_eq!(one.json().as_array().unwrap().len(), 1);
    let unknown = house.run(&["collect", "demo-netwrok"]).await;
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("did you mean “demo-network”"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_counts_what_is_sound_and_shows_what_a_source_would_bring_without_storing_it() {
    let house = House::build().await;
    assert_eq!(house.run(&["check"]).await.well(), "no faults: 7 sources, 6 channels, 4 posts\n");

    let shown = house.run(&["check", "demo-institute"]).await.well();
    for title in house.partner("demo-institute").titles() {
        let beginning: String = title.chars().take(50).collect();
        assert!(shown.contains(&beginning), "{title} is not in\n{shown}");
    }
    assert!(shown.contains("3 entries would be stored"), "{shown}");
    assert!(!house.path("data").exists(), "checking stores nothing");

    house.partner("demo-park").break_down(Failure::Truncated);
    let broken = house.run(&["check", "demo-park"]).await;
    assert_eq!(broken.code, Some(4));
    assert!(broken.out.contains("demo-park: what the publisher's server sent was cut off"), "{broken:?}");
    let json = house.run(&["check", "demo-incubator", "--json"]).await.json();
    assert_eq!(json["format"], "rss20");
    assert_eq!(json["entries"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn parse_prints_json_feed_from_a_file_and_from_standard_input_and_fails_with_one_line() {
    let house = House::empty().await;
    fs::write(house.path("feed.xml"), FEED).unwrap();
    let file = house.run(&["parse", "feed.xml", "--base", "https://a.example/feed"]).await;
    assert_eq!(file.json()["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!(file.json()["title"], "Вести");
    assert_eq!(file.json()["items"][0]["url"], "https://a.example/1");
    assert_eq!(file.json()["_vestnik"]["format"], "rss20");

    let cyrillic = encoding_rs::WINDOWS_1251.encode(FEED).0.into_owned();
    let mut command = house.command(["parse", "-", "--content-type", "text/xml; charset=windows-1251"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&cyrillic).unwrap();
    let output = child.wait_with_output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &read["title"]), (Some(0), &"Вести".into()));

    fs::write(house.path("page.html"), "<!DOCTYPE html><title>Не е емисия</title>").unwrap();
    for file in ["page.html", "missing.xml"] {
        let failed = house.run(&["parse", file]).await;
        assert_eq!(failed.code, Some(if file == "page.html" { 4 } else { 1 }), "{failed:?}");
        assert_eq!((failed.out.as_str(), failed.err.lines().count()), ("", 1), "{failed:?}");
        assert!(failed.err.contains(file), "{failed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn export_writes_the_site_with_compressed_twins_and_nothing_the_second_time() {
    let house = House::build().await;
    // The front page is about `all`, which is there without a file too.
    house.remove("channels/all.toml");
    house.run(&["collect"]).await.well();
    let first = house.run(&["export", "public"]).await.well();
    let files = files(&house.path("public"));
    for file in [
        "index.html",
        "feeds/all.rss",
        "feeds/all.atom",
        "feeds/all.json",
        "feeds/all/index.html",
        "feeds/city.rss.gz",
        "feeds/city.rss.br",
        "feeds/city.rss.zst",
        "feeds.opml",
        "sources/index.html",
        "posts/work-meetings-italy/index.html",
        "assets/vestnik.css",
        "404.html",
    ] {
        assert!(files.contains_key(Path::new(file)), "{file} is not in {:?}", files.keys());
    }
    // All but the list of them.
    assert!(files.contains_key(Path::new(".vestnik.json")));
    assert!(first.contains(&format!("{} files written", files.len() - 1)), "{first}");
    let packed = fs::read(house.path("public/feeds/all.json.gz")).unwrap();
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, fs::read_to_string(house.path("public/feeds/all.json")).unwrap());
    assert_eq!(super::house::titles_of(&unpacked), house.titles());

    let second = house.run(&["export", "public"]).await.well();
    assert!(second.contains("0 files written"), "{second}");
    assert_eq!(self::files(&house.path("public")), files, "not even the times of the files changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_sources_channels_and_entries_for_people_and_programs() {
    let house = House::build().await;
    house.run(&["collect"]).await.well();
    let sources = house.run(&["sources"]).await.well();
    assert!(
        sources.contains("demo-institute") && sources.contains("page") && sources.contains("ok"),
        "{sources}"
    );
    assert_eq!(house.run(&["sources", "--json"]).await.json().as_array().unwrap().len(), 7);

    let channels = house.run(&["channels"]).await.well();
    assert!(channels.contains("http://news.example.org/feeds/partners"), "{channels}");
    let channels = house.run(&["channels", "--json"]).await.json();
    assert_eq!(channels[0]["atom"], "http://news.example.org/feeds/all.atom");

    let entries = house.run(&["entries"]).await.well();
    assert!(entries.contains("Call for mentors opens"), "{entries}");
    let entries = house.run(&["entries", "--source", "demo-network", "--json"]).await.json();
    let titles: Vec<_> =
        entries.as_array().unwrap().iter().rev().map(|entry| entry["title"].clone()).collect();
    assert_eq!(titles, house.partner("demo-network").titles());
    let found = house.run(&["entries", "--title", "mentors", "--limit", "5", "--json"]).await.json();
    assert_eq!(found.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_list_goes_out_and_comes_in_again() {
    let house = House::build().await;
    let list = house.run(&["opml", "export"]).await.well();
    fs::write(house.path("list.opml"), &list).unwrap();
    let nothing = house.run(&["opml", "import", "list.opml"]).await.well();
    assert!(nothing.contains("0 added, 0 left out"), "{nothing}");

    let other = House::empty().await;
    fs::write(other.path("list.opml"), &list).unwrap();
    let told = other.run(&["opml", "import", "list.opml", "--group", "imported"]).await.well();
    assert!(told.contains("5 added"), "pages have no feed to subscribe to: {told}");
    other.run(&["check"]).await.well();
    other.run(&["collect"]).await.well();
    let addresses = |list: &str| {
        let mut found: Vec<String> =
            list.split("xmlUrl=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
        found.sort();
        found
    };
    let again = other.run(&["opml", "export"]).await.well();
    assert_eq!(addresses(&again), addresses(&list));
    assert_eq!(addresses(&again).len(), 5);

    let failed = other.run(&["opml", "import", "vestnik.toml"]).await;
    assert_eq!((failed.code, failed.err.lines().count()), (Some(1), 1), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_discover_proposes_for_a_site_is_a_file_that_collects_it() {
    let house = House::empty().await;
    for (slug, path) in [("demo-green", "/"), ("demo-institute", "/news")] {
        let partner = house.partner(slug);
        let told = house.run(&["discover", &format!("{}{path}", partner.origin())]).await.well();
        let (_, file) = told.split_once("# feeds/sources/").unwrap_or_else(|| panic!("{told}"));
        house.write(&format!("sources/{slug}.toml"), &format!("# {file}"));
        house.run(&["collect", slug]).await.well();
        let entries = house.run(&["entries", "--source", slug, "--json"]).await.json();
        let mut titles: Vec<_> =
            entries.as_array().unwrap().iter().map(|entry| entry["title"].clone()).collect();
        titles.sort_by_key(ToString::to_string);
        let mut expected = partner.titles();
        expected.sort();
        assert_eq!(titles, expected, "{slug}");
    }
    let rules = house.run(&["scrape", "--source", "demo-institute"]).await.well();
    assert!(rules.contains("3 entries"), "{rules}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_help_worth_reading_and_bash_completes_them() {
    let house = House::empty().await;
    let help = house.run(&["--help"]).await.well();
    let commands = [
        "serve",
        "collect",
        "parse",
        "export",
        "check",
        "discover",
        "scrape",
        "sources",
        "channels",
        "entries",
        "opml",
        "demo",
        "completions",
    ];
    let completions = house.run(&["completions", "bash"]).await.well();
    for command in commands {
        assert!(help.contains(&format!("  {command} ")), "{command} is not in\n{help}");
        assert!(completions.contains(command), "{command} is not completed");
        let own = house.run(&[command, "--help"]).await.well();
        let first = own.lines().next().unwrap();
        assert!(first.len() > 20 && own.contains("Usage: vestnik"), "{command}:\n{own}");
    }
    for said in ["Exit codes", "VESTNIK_", "vestnik demo", "--lenient", "--data"] {
        assert!(help.contains(said), "{said:?} is not in\n{help}");
    }
    assert!(!help.contains("bench"), "measuring is not for everybody");
    let wrong = house.run(&["colect"]).await;
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("collect"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_no_error() {
    let house = House::build().await;
    house.run(&["collect"]).await.well();
    fs::write(house.path("feed.xml"), FEED).unwrap();
    for arguments in [
        &["entries", "--json"][..],
        &["sources"],
        &["channels"],
        &["parse", "feed.xml"],
        &["collect"],
        &["opml", "export"],
        &["check", "demo-park"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let mut command = house.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// Every file below a folder, with its time and size.
fn files(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, u64)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.metadata().unwrap();
            if metadata.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, (metadata.modified().unwrap(), metadata.len()));
            }
        }
    }
    found
}
