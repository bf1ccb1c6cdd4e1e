//! What is collected is published, in every format alike, and stays as it is while nothing changes.

use std::{collections::BTreeMap, path::PathBuf, process::Command, time::Duration};

use serde_json::Value;
use vestnik::{
    clock::Clock,
    model::{Coding, Outcome, Rendition, from_millis},
};

use super::{Daemon, House, cycle, eventually, left_out, polls, renditions};

/// Reads feeds as subscribers' programs do, and prints what it finds.
const FEEDPARSER: &str = "
import feedparser, json, sys
def read(path):
    feed = feedparser.parse(path)
    return {'bozo': str(feed.get('bozo_exception', '')), 'version': feed.version,
            'ids': [e.id for e in feed.entries], 'titles': [e.title for e in feed.entries],
            'links': [e.link for e in feed.entries], 'sources': [e.source.title for e in feed.entries],
            'dated': all(e.get('published_parsed') for e in feed.entries)}
print(json.dumps([read(path) for path in sys.argv[1:]]))
";

#[tokio::test(flavor = "multi_thread")]
async fn six_partners_and_our_posts_are_in_every_format_with_the_same_ids() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;

    let feed: Value = serde_json::from_str(&daemon.text("/feeds/all.json").await).unwrap();
    let (json_ids, titles) = (strings(&feed["items"], "id"), strings(&feed["items"], "title"));
    let page = daemon.text("/").await;
    let feeds = [daemon.text("/feeds/all.atom").await, daemon.text("/feeds/all.rss").await];
    assert_eq!(ids_between(&feeds[0], "<entry>", "<id>", "</id>"), json_ids);
    assert_eq!(ids_between(&feeds[1], "<item>", "<guid", "</guid>"), json_ids);
    for title in &titles {
        assert!(page.contains(&escaped(title)), "the page lacks {title}");
    }

    let Some(python) = python_with_feedparser() else {
        return left_out("reading our feeds with feedparser", "a python3 with feedparser");
    };
    let paths = ["all.atom", "all.rss"].map(|name| house.path(name));
    for (path, feed) in paths.iter().zip(&feeds) {
        std::fs::write(path, feed).unwrap();
    }
    let read = Command::new(python).arg("-c").arg(FEEDPARSER).args(&paths).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: Value = serde_json::from_slice(&read.stdout).unwrap();
    for (feed, version) in [(&read[0], "atom10"), (&read[1], "rss20")] {
        assert_eq!(feed["bozo"], "", "{version}");
        assert_eq!(feed["version"], version);
        assert_eq!(strings(&feed["ids"], ""), json_ids, "{version}");
        assert_eq!(strings(&feed["titles"], ""), titles, "{version}");
        assert_eq!(
            strings(&feed["links"], ""),
            strings(&feed_links(&feed_of(&daemon).await), ""),
            "{version}"
        );
        assert_eq!(feed["dated"], true, "{version}");
        let sources = strings(&feed["sources"], "");
        for partner in house.partners.iter() {
            let title = partner.spec().title.clone().unwrap();
            assert!(sources.contains(&title), "{version} does not say that {title} is a source");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_cycle_asks_with_the_validators_verbatim_stores_nothing_and_changes_no_byte() {
    let (clock, hand) = Clock::manual(from_millis(1_790_000_000_000));
    let house = House::build_by(clock).await;
    let app = house.app().await;
    let first = cycle(&app).await;
    assert_eq!(first.iter().map(|report| report.new).sum::<usize>(), house.titles().len());
    let before = renditions(&app, "all").await;
    let asked = house.polls();

    hand.advance(Duration::from_secs(26 * 3600));
    let second = cycle(&app).await;
    assert_eq!(house.polls(), 2 * asked);
    for report in &second {
        assert_eq!(report.outcome, Outcome::Unchanged, "{report:?}");
        assert_eq!((report.new, report.updated, report.withdrawn), (0, 0, 0), "{report:?}");
    }
    for partner in house.partners.iter() {
        let [unconditional, conditional] = &polls(partner)[..] else { panic!("{}", partner.slug()) };
        assert_eq!(unconditional.header("if-none-match"), None);
        assert_eq!(unconditional.header("if-modified-since"), None);
        let answered = crate::support::client().get(partner.spec().url.as_ref().unwrap().url().clone());
        let answered = answered.send().await.unwrap();
        for (sent, given) in [("if-none-match", "etag"), ("if-modified-since", "last-modified")] {
            let given = answered.headers().get(given).map(|value| value.as_bytes());
            assert!(given.is_some(), "{} gives no {sent}", partner.slug());
            assert_eq!(conditional.header(sent), given, "{}: {sent}", partner.slug());
        }
        assert_eq!(conditional.status, 304);
    }
    same(&before, &renditions(&app, "all").await);

    app.store().close().await;
    drop(app);
    hand.advance(Duration::from_secs(3600));
    let again = house.app().await;
    again.collect_local().await.unwrap();
    again.press().publish_all().await.unwrap();
    same(&before, &renditions(&again, "all").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_changes_no_byte_no_etag_and_no_last_modified_and_polls_nobody_early() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    asked_again(&house).await;
    let before = site(&daemon).await;
    assert_eq!(daemon.end("TERM").await.0, Some(0));

    let daemon = house.daemon().await;
    assert_eq!(site(&daemon).await, before, "right after the restart");
    asked_again(&house).await;
    assert_eq!(site(&daemon).await, before, "after two more cycles");
    for partner in house.partners.iter() {
        let requests = polls(partner);
        let unconditional = requests.iter().filter(|request| request.header("if-none-match").is_none());
        assert_eq!(unconditional.count(), 1, "{} was asked unconditionally again", partner.slug());
    }
}

/// Waits until every partner was asked twice more and said that nothing changed.
async fn asked_again(house: &House) {
    let before: Vec<usize> = house.partners.iter().map(|partner| polls(partner).len()).collect();
    for (partner, before) in house.partners.iter().zip(before) {
        let what = format!("{} is asked twice more", partner.slug());
        let requests =
            eventually(&what, async || Some(polls(partner)).filter(|all| all.len() >= before + 2)).await;
        assert!(requests[before..].iter().all(|request| request.status == 304), "{}", partner.slug());
    }
}

/// Every public document by its address: ETag, Last-Modified and body.
async fn site(daemon: &Daemon) -> BTreeMap<String, (String, String, String)> {
    let mut documents = BTreeMap::new();
    let channels = ["all", "local", "partners", "city", "bg", "en", "demo-park"];
    let channels = channels.iter().flat_map(|channel| {
        ["rss", "atom", "json", "html"].map(|format| format!("/feeds/{channel}.{format}"))
    });
    let others = ["/", "/feeds.opml", "/posts/work-meetings-italy"].map(str::to_owned);
    for path in channels.chain(others) {
        let response = daemon.get(&path).await;
        assert_eq!(response.status(), 200, "{path}");
        let header = |name| response.headers()[name].to_str().unwrap().to_owned();
        let (etag, modified) = (header("etag"), header("last-modified"));
        documents.insert(path, (etag, modified, response.text().await.unwrap()));
    }
    documents
}

fn same(before: &[std::sync::Arc<Rendition>], after: &[std::sync::Arc<Rendition>]) {
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before.body(Coding::Identity), after.body(Coding::Identity), "{:?}", after.format);
        assert_eq!(before.hash, after.hash, "{:?}", after.format);
        assert_eq!(before.last_modified, after.last_modified, "{:?}", after.format);
    }
}

async fn feed_of(daemon: &Daemon) -> Value {
    serde_json::from_str(&daemon.text("/feeds/all.json").await).unwrap()
}

fn feed_links(feed: &Value) -> Value {
    let items = feed["items"].as_array().unwrap().iter();
    // What readers follow: our own page of a post, the publisher's page of everything else.
    items.map(|item| item.get("url").unwrap().clone()).collect()
}

/// The texts of a list, or of one key of its objects.
fn strings(list: &Value, key: &str) -> Vec<String> {
    let text = |item: &Value| if key.is_empty() { item.clone() } else { item[key].clone() };
    list.as_array().unwrap().iter().map(|item| text(item).as_str().unwrap().to_owned()).collect()
}

/// The text of an element in each entry, markup taken back.
fn ids_between(feed: &str, entry: &str, open: &str, close: &str) -> Vec<String> {
    let ids = feed.split(entry).skip(1).map(|entry| {
        let id = entry.split_once(open).unwrap().1.split_once(close).unwrap().0;
        id.split_once('>').map_or(id, |(_, id)| id).replace("&amp;", "&")
    });
    ids.collect()
}

fn escaped(title: &str) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A Python that has feedparser, if there is one.
fn python_with_feedparser() -> Option<PathBuf> {
    let python = std::env::var_os("VESTNIK_TEST_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    let has = Command::new(&python).args(["-c", "import feedparser"]).output();
    has.is_ok_and(|output| output.status.success()).then_some(python)
}
