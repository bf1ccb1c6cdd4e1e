//! The daemon keeps a folder the public site, whatever happens to the folder.

use std::fs;

use super::{House, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_follows_what_is_published_and_what_is_taken_down() {
    let house = House::build().await;
    let public = house.path("public");
    let settings = fs::read_to_string(house.path("vestnik.toml")).unwrap();
    let settings =
        settings.replace("settle = \"20ms\"\n", &format!("settle = \"20ms\"\ndirectory = {public:?}\n"));
    fs::write(house.path("vestnik.toml"), settings).unwrap();
    // Something is in its place: the daemon says so and goes on.
    fs::write(&public, "").unwrap();
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    daemon.logs("cannot be kept up to date").await;
    fs::remove_file(&public).unwrap();
    let titles = house.titles();
    eventually("the folder has every title", async || {
        let text = fs::read_to_string(public.join("feeds/all.json")).ok()?;
        (super::house::titles_of(&text) == titles).then_some(())
    })
    .await;
    daemon.logs("can be written again").await;
    let post = public.join("posts/work-meetings-italy/index.html");
    assert!(post.is_file() && post.with_extension("html.gz").is_file());
    // What is new is on every page that lists it, and its tag has a page now.
    let text = "---\ntitle: Нова лаборатория\ndate: 2018-07-21\ntags: [Въздух]\nlanguage: bg\n---\n\nОтвори врати.\n";
    house.write("posts/lab.md", text);
    for page in
        ["index.html", "en/sources/posts/index.html", "tags/въздух/index.html", "archive/2018/07/index.html"]
    {
        eventually(&format!("{page} has the new post"), async || {
            fs::read_to_string(public.join(page)).ok()?.contains("Нова лаборатория").then_some(())
        })
        .await;
    }
    house.remove("posts/lab.md");
    eventually("the page of its tag has left", async || (!public.join("tags/въздух").exists()).then_some(()))
        .await;
    house.remove("posts/work-meetings-italy.md");
    eventually("the post has left", async || {
        (!post.exists() && !post.with_extension("html.gz").exists()).then_some(())
    })
    .await;
    let text = fs::read_to_string(public.join("feeds/all.json")).unwrap();
    let feed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(!feed["items"].to_string().contains("work-meetings-italy"));
    assert!(feed["_vestnik"]["deleted"].to_string().contains("work-meetings-italy"));
    assert_eq!(daemon.end("TERM").await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_credentials_is_an_error_that_says_where_they_belong() {
    let house = House::build().await;
    house.settings("[publish.object_store]\nurl = \"s3://news/site\"\n");
    let mut command = house.command(["serve"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("access_key_id_file") && said.contains("AWS_ACCESS_KEY_ID"), "{said}");
}
