//! Whatever a partner sends in place of a feed: it is recorded, what was good stays, and the daemon does not notice.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use super::{House, eventually};
use crate::support::server::{Reply, Server};

const RSS: &str = "application/rss+xml";

/// What is sent, by its path, and what staff read about it.
const HOSTILE: [(&str, &str); 9] = [
    ("page", "web page"),
    ("empty", "empty"),
    ("picture", "no feed"),
    ("deep-json", "nests more"),
    ("bomb", "larger than"),
    ("half-gzip", "incomplete"),
    ("short", "incomplete"),
    ("inward", "not a public address"),
    ("circle", "redirects"),
];

/// What is read for what it is worth: nothing, here.
const WORTHLESS: [&str; 2] = ["deep-xml", "entities"];

#[tokio::test(flavor = "multi_thread")]
async fn hostile_documents_are_recorded_and_harm_nothing() {
    let turned = Arc::new(AtomicBool::new(false));
    let is_hostile = Arc::clone(&turned);
    let all: Vec<&str> = HOSTILE.iter().map(|(name, _)| *name).chain(WORTHLESS).collect();
    let replies: BTreeMap<&str, Reply> = all.iter().map(|name| (*name, hostile(name))).collect();
    let server = Server::start(move |request, _| {
        let name = request.path.trim_start_matches('/');
        if is_hostile.load(Ordering::SeqCst) { replies[name].clone() } else { good(name) }
    })
    .await;
    let house = House::empty().await;
    for name in &all {
        let url = server.url(&format!("/{name}"));
        house.write(
            &format!("sources/{name}.toml"),
            &format!("url = \"{url}\"\n[polling]\ninterval = \"1s\"\n"),
        );
    }
    let daemon = house.daemon().await;
    let mut titles: Vec<String> = all.iter().map(|name| format!("Добра новина от {name}")).collect();
    titles.sort();
    daemon.publishes("all", &titles).await;
    let before = daemon.text("/feeds/all.atom").await;

    turned.store(true, Ordering::SeqCst);
    ask_all(&house, &all).await;
    let listed = eventually("every source fails", async || {
        let listed = house.run(&["sources", "--json"]).await.json();
        let by_id: BTreeMap<String, Value> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|source| (source["id"].as_str().unwrap().to_owned(), source.clone()))
            .collect();
        HOSTILE.iter().all(|(name, _)| by_id[*name]["health"] == "failing").then_some(by_id)
    })
    .await;
    for (name, said) in HOSTILE {
        let source = &listed[name];
        let reason = source.get("technical").unwrap_or(&source["reason"]).as_str().unwrap();
        assert!(reason.contains(said) && reason.lines().count() == 1, "{name}: {reason}");
    }
    assert_eq!(daemon.text("/feeds/all.atom").await, before, "the last good entries stay published");
    assert_eq!(daemon.get("/readyz").await.status(), 200);
    let peak = peak_mib(daemon.id());
    assert!(peak < 300, "{peak} MiB at its peak");

    turned.store(false, Ordering::SeqCst);
    ask_all(&house, &all).await;
    eventually("every source recovers", async || {
        let listed = house.run(&["sources", "--json"]).await.json();
        // Their only news is of March: they are well, and quiet.
        let is_well = |source: &Value| source["health"] == "ok" || source["health"] == "quiet";
        listed.as_array().unwrap().iter().all(is_well).then_some(())
    })
    .await;
    assert_eq!(daemon.text("/feeds/all.atom").await, before);
    assert_eq!(daemon.end("TERM").await.0, Some(0));
}

/// Has every source collected now: those that failed would wait longer and longer, the more often they failed.
async fn ask_all(house: &House, names: &[&str]) {
    for name in names {
        house.run(&["source", name, "--now"]).await;
    }
}

fn good(name: &str) -> Reply {
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>{name}</title><link>https://{name}.example/</link><description/>\
         <item><guid isPermaLink=\"false\">{name}-1</guid><title>Добра новина от {name}</title>\
         <link>https://{name}.example/1</link><pubDate>Wed, 04 Mar 2026 10:30:00 GMT</pubDate></item></channel></rss>"
    );
    Reply::ok(&[("Content-Type", RSS.as_bytes())], feed.as_bytes())
}

fn hostile(name: &str) -> Reply {
    let sent = |body: &[u8]| Reply::ok(&[("Content-Type", RSS.as_bytes())], body);
    let packed = [("Content-Type", RSS.as_bytes()), ("Content-Encoding", b"gzip".as_slice())];
    match name {
        "page" => sent(
            b"<!DOCTYPE html><html><head><title>Just a moment</title></head><body>Checking</body></html>",
        ),
        "empty" => sent(b""),
        "picture" => sent(&[b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 5_000]].concat()),
        "deep-xml" => sent(format!("<rss><channel><item>{}", "<a>".repeat(100_000)).as_bytes()),
        "deep-json" => {
            let body = format!(
                "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":{}",
                "[".repeat(100_000)
            );
            sent(body.as_bytes())
        }
        "bomb" => Reply::ok(&packed, &gzipped(1_000)),
        "half-gzip" => {
            let whole = gzipped(1);
            Reply::ok(&packed, &whole[..whole.len() / 2])
        }
        "short" => Reply::head(200, &[("Content-Type", RSS.as_bytes()), ("Content-Length", b"5000")])
            .then(b"<rss><channel><item><title>Half</title></item>")
            .close(),
        "entities" => {
            let levels: String = (1..10)
                .map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)))
                .collect();
            let body =
                format!("<!DOCTYPE rss [<!ENTITY l0 \"lol\">{levels}]><rss><channel><title>&l9;</title>");
            sent(body.as_bytes())
        }
        "inward" => Reply::redirect(302, "http://169.254.169.254/latest/meta-data/"),
        _ => Reply::redirect(302, &format!("/{name}")),
    }
}

/// So many mebibytes of zeroes, packed: members of gzip may follow one another.
fn gzipped(mebibytes: usize) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&vec![0; 1 << 20]).unwrap();
    packer.finish().unwrap().repeat(mebibytes)
}

/// The most memory that a process had so far.
fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
}
