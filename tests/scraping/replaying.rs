//! Saved pages: taken, read again, told apart.

use std::fs;

use super::fixture;
use crate::{
    support::server::{Reply, Server},
    whole::house::House,
};

async fn house() -> (House, Server) {
    let page = fs::read(fixture("press-list.html")).unwrap();
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/robots.txt" => Reply::status(404, &[]),
        _ => Reply::ok(&[("Content-Type", b"text/html")], &page),
    })
    .await;
    let house = House::empty().await;
    declare(&house, &server, "item = 'li.press__item'\ndate = '.press__date'\n");
    (house, server)
}

fn declare(house: &House, server: &Server, rules: &str) {
    let url = server.url("/de/press?token=geheim");
    house.write("sources/press.toml", &format!("kind = 'page'\nurl = '{url}'\n[rules]\n{rules}"));
}

#[tokio::test]
async fn a_snapshot_is_as_before_until_the_rules_change() {
    let (house, server) = house().await;
    house.run(&["scrape", "--snapshot", "press"]).await.well();
    let folder = house.feeds().join("snapshots/press");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let endings: Vec<_> = files.iter().map(|file| file.extension().unwrap().to_str().unwrap()).collect();
    assert_eq!(endings, ["html", "json"]);
    assert!(!fs::read_to_string(&files[1]).unwrap().contains("geheim"), "no secrets");

    assert!(house.run(&["scrape", "--replay"]).await.well().contains("1 snapshot, 0 would change"));
    declare(
        &house,
        &server,
        "item = 'li.press__item:not(:last-child)'\ndate = '.press__date'\nsummary = '.press__date'\n",
    );
    let ran = house.run(&["scrape", "--replay", "press"]).await;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.out.contains("4 entries before, 3 now"), "{}", ran.out);
    assert!(ran.out.contains("  - Eine Meldung ohne Datum"), "{}", ran.out);
    assert!(ran.out.contains("  ~ summary: nothing → “30 September 22”"), "{}", ran.out);
    let json = house.run(&["scrape", "--replay", "--json"]).await.json();
    assert_eq!(json[0]["differences"].as_array().unwrap().len(), 4);

    house.run(&["scrape", "--replay", "--accept"]).await.well();
    house.run(&["scrape", "--replay"]).await.well();
    declare(&house, &server, "item = 'li.none'\n");
    let ran = house.run(&["scrape", "--replay"]).await;
    assert_eq!(ran.code, Some(4));
    assert!(ran.out.contains("~ problem: nothing → “the page has no items"), "{}", ran.out);
}

#[tokio::test]
async fn a_preview_shows_what_rules_find_on_a_file_and_on_the_source() {
    let (house, _server) = house().await;
    let file = fixture("press-list.html");
    let rules = fixture("press-list.toml");
    let (file, rules) = (file.to_str().unwrap(), rules.to_str().unwrap());
    let out =
        house.run(&["scrape", file, "--rules", rules, "--base", "https://a.example/de/press"]).await.well();
    assert!(out.contains("https://a.example/de/press/gletscher"), "{out}");
    assert!(out.contains("4 entries: title 4, link 4, date 3"), "{out}");
    let json = house.run(&["scrape", "--source", "press", "--json"]).await.json();
    assert_eq!(json["fields"]["date"], 3);
    let out = house.run(&["scrape", file, "--suggest"]).await.well();
    assert!(out.contains("[rules]\nitem = \"li.press__item\"\ndate = \".press__date\"\n"), "{out}");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_with_its_exit_code() {
    let (house, _server) = house().await;
    let file = fixture("press-list.html");
    let file = file.to_str().unwrap();
    for (arguments, code, text) in [
        (vec!["scrape", file, "--source", "pres"], 1, "did you mean “press”?"),
        (vec!["scrape", file], 1, "--suggest"),
        (vec!["scrape", "--suggest", "--replay"], 2, "cannot be used with"),
        (vec!["scrape", "nowhere.html", "--suggest"], 1, "reading nowhere.html"),
    ] {
        let ran = house.run(&arguments).await;
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.err.contains(text), "{ran:?}");
    }
    house.write("rules.toml", "item = 'li['\n");
    let rules = house.feeds().join("rules.toml");
    let ran = house.run(&["scrape", file, "--rules", rules.to_str().unwrap()]).await;
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.err.contains("rules.toml:1: item: “li[” is not a CSS selector that we can use: column 3"),
        "{ran:?}"
    );
}
