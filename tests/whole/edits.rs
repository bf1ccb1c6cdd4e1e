//! What editors change in their files counts at once, and a slip of theirs harms nothing.

use serde_json::Value;

use super::{House, eventually};

async fn feed(daemon: &super::Daemon, channel: &str) -> Value {
    serde_json::from_str(&daemon.text(&format!("/feeds/{channel}.json")).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_sources_channels_and_posts_count_without_a_restart() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;

    let source = house.read("sources/demo-park.toml");
    let renamed = source.replace("Alpine Innovation Park", "Park of the Alps").replace("partners", "city");
    house.write("sources/demo-park.toml", &renamed);
    eventually("the source has its new name and group", async || {
        let is_named = daemon.text("/feeds/all.rss").await.contains("Park of the Alps</source>");
        let moved = daemon.text("/feeds/city.atom").await.contains("Park of the Alps");
        (is_named && moved && !daemon.text("/feeds/partners.atom").await.contains("Park of")).then_some(())
    })
    .await;

    house.write(
        "channels/city.toml",
        "title = \"Градски вести\"\n[filter]\ngroups = [\"city\"]\n[window]\nentries = 2\n",
    );
    house.write(
        "channels/fresh.toml",
        "title = \"Пресни\"\nlanguage = \"en\"\n[filter]\nlanguages = [\"en\"]\n",
    );
    house.remove("channels/local.toml");
    eventually("the channels are as their files say", async || {
        let city = feed(&daemon, "city").await;
        let fresh = daemon.get("/feeds/fresh.atom").await.status();
        let is_new = city["title"] == "Градски вести" && city["items"].as_array().unwrap().len() == 2;
        (is_new && fresh == 200 && !daemon.text("/").await.contains("/feeds/local\"")).then_some(())
    })
    .await;

    let name = "posts/work-meetings-italy.md";
    let post = house.read(name);
    house.write(name, &post.replace("Work meetings in Italy", "Five days in Italy"));
    house.write("posts/new.md", "---\ntitle: Нова публикация\ndate: 2026-01-02\n---\n\nТекст.\n");
    eventually("the posts are as their files say", async || {
        let titles = daemon.titles("all").await;
        let has = |text: &str| titles.iter().filter(|title| title.contains(text)).count() == 1;
        let page = daemon.get("/posts/nova-publikatsia").await.status();
        let by_file = daemon.get("/posts/new").await.status();
        (has("Five days in Italy") && has("Нова публикация") && (page == 200 || by_file == 200)).then_some(())
    })
    .await;
    assert!(!daemon.titles("all").await.iter().any(|title| title.contains("Work meetings in Italy")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_post_leaves_every_document() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    let documents =
        ["/", "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/local.atom", "/feeds/en.json"];
    for path in documents {
        assert!(daemon.text(path).await.contains("work-meetings-italy"), "{path}");
    }
    assert_eq!(daemon.get("/posts/work-meetings-italy").await.status(), 200);

    house.remove("posts/work-meetings-italy.md");
    eventually("its page is gone", async || {
        (daemon.get("/posts/work-meetings-italy").await.status() == 410).then_some(())
    })
    .await;
    let name = "work-meetings-italy";
    let atom = format!("<at:deleted-entry[^>]*{name}[^>]*>");
    let json = format!(r#"\{{"id":"[^"]*{name}","date_deleted":"[^"]*"\}}"#);
    let tombstone = regex::Regex::new(&format!("{atom}|{json}")).unwrap();
    for path in documents {
        let document = daemon.text(path).await;
        // Atom and JSON say that it was withdrawn, for those who have it already (RFC 6721); nothing else of it is left.
        let says_so = path.ends_with(".atom") || path.ends_with(".json");
        assert_eq!(tombstone.is_match(&document), says_so, "{path}: {document}");
        assert!(!tombstone.replace_all(&document, "").contains(name), "{path}: {document}");
    }
    let exported = house.run(&["export", "public"]).await;
    exported.well();
    assert!(!house.path("public/posts/work-meetings-italy").exists());
    assert!(house.path("public/posts/new-proposals-from-members/index.html").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_can_be_deleted_and_its_translation_loses_its_pair() {
    let house = House::build().await;
    house.write(
        "posts/original.md",
        "---\ntitle: An original\ndate: 2026-01-02\nlanguage: en\n---\n\nText.\n",
    );
    let translation = "---\ntitle: Превод\nslug: prevod\ndate: 2026-01-02\nlanguage: bg\ntranslation-of: original\n---\n\nТекст.\n";
    house.write("posts/translation.md", translation);
    let daemon = house.daemon().await;
    assert!(daemon.text("/posts/prevod").await.contains("/posts/original"));

    house.remove("posts/original.md");
    eventually("the original is gone", async || {
        (daemon.get("/posts/original").await.status() == 410).then_some(())
    })
    .await;
    eventually("the translation stands alone", async || {
        (!daemon.text("/posts/prevod").await.contains("/posts/original")).then_some(())
    })
    .await;
    assert!(daemon.titles("all").await.contains(&"Превод".to_owned()));
    let said = house.run(&["check"]).await.well();
    assert!(said.contains("warning: ") && said.contains("there is no post “original”"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entries_of_a_deleted_source_leave_and_return_with_it_as_they_were() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    let before = feed(&daemon, "all").await;
    let requests = super::polls(house.partner("demo-park")).len();

    let file = house.read("sources/demo-park.toml");
    house.remove("sources/demo-park.toml");
    let theirs = house.partner("demo-park").titles();
    let rest: Vec<String> = house.titles().into_iter().filter(|title| !theirs.contains(title)).collect();
    daemon.publishes("all", &rest).await;
    assert_eq!(daemon.get("/feeds/demo-park.atom").await.status(), 404);

    house.write("sources/demo-park.toml", &file);
    daemon.publishes("all", &house.titles()).await;
    let after = feed(&daemon, "all").await;
    assert_eq!(after["items"], before["items"]);
    let requests = super::polls(house.partner("demo-park")).split_off(requests);
    assert!(requests.iter().all(|request| request.status == 304), "what is known is not fetched again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_edit_is_reported_with_file_line_and_key_and_the_old_state_stays() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    let sources = daemon.text("/feeds.opml").await;

    let good = house.read("sources/demo-park.toml");
    house.write("sources/demo-park.toml", &format!("titel = \"Нов\"\n{good}"));
    house.write("channels/city.toml", "[filter]\ngroups = [\"city\"]\n");
    house.write("posts/work-meetings-italy.md", "---\ntitle: Без дата\n---\n");
    daemon.logs("stays in force").await;
    let log = daemon.log();
    for said in [
        "sources/demo-park.toml:1",
        "titel",
        "title",
        "channels/city.toml",
        "posts/work-meetings-italy.md",
        "date",
    ] {
        assert!(log.contains(said), "{said:?} is not in\n{log}");
    }
    let asked = house.polls();
    eventually("collecting goes on", async || (house.polls() > asked + 6).then_some(())).await;
    assert_eq!(daemon.titles("all").await, house.titles());
    assert_eq!(daemon.text("/feeds.opml").await, sources);
    assert_eq!(daemon.log().matches("stays in force").count(), 1, "it is said once, not every second");

    house.write("sources/demo-park.toml", &good.replace("Alpine", "Andean"));
    house.write("channels/city.toml", "title = \"Град\"\n[filter]\ngroups = [\"city\"]\n");
    house.write("posts/work-meetings-italy.md", "---\ntitle: С дата\ndate: 2018-07-20\nlanguage: bg\n---\n");
    eventually("the mended files count", async || {
        let (rss, city) = (daemon.text("/feeds/all.rss").await, feed(&daemon, "city").await);
        (rss.contains("Andean Innovation Park") && rss.contains("С дата") && city["title"] == "Град")
            .then_some(())
    })
    .await;
}
