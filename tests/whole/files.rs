//! The public site as files: whoever reads it through a plain file server misses nothing that a link leads to.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
};

use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode, Uri},
    routing::get,
};
use url::Url;

use super::{House, house::SITE};
use crate::support::server::{Reply, Server};

/// A server that knows nothing but files, as nginx with `try_files $uri $uri/index.html`.
async fn serve_files(folder: PathBuf) -> String {
    let answer = move |uri: Uri| async move {
        let path = decoded(uri.path());
        let file = folder.join(path.trim_start_matches('/'));
        let file = if file.is_dir() { file.join("index.html") } else { file };
        match fs::read(&file) {
            Ok(bytes) => Response::new(Body::from(bytes)),
            Err(_) => Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap(),
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().fallback(get(answer))).into_future());
    address
}

/// Without percent-encoding.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let digits = |rest: &mut std::str::Bytes<'_>| String::from_utf8(rest.take(2).collect()).unwrap();
        bytes.push(if byte == b'%' { u8::from_str_radix(&digits(&mut rest), 16).unwrap() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

/// Addresses that a document leads to, from attributes and elements and JSON members that hold one.
fn links_in(text: &str, at: &Url) -> BTreeSet<Url> {
    let text = text.replace("\\/", "/");
    let pieces = text.split(['"', '<', '>', ' ', '\n', '\'']);
    let attributes = text
        .match_indices("href=\"")
        .chain(text.match_indices("src=\""))
        .filter_map(|(start, name)| text.get(start + name.len()..)?.split('"').next());
    let ours = pieces.filter(|piece| piece.starts_with(SITE));
    let links = attributes.chain(ours).filter_map(|link| at.join(&link.replace("&amp;", "&")).ok());
    links.filter(|link| link.as_str().starts_with(SITE)).map(without_fragment).collect()
}

fn without_fragment(mut link: Url) -> Url {
    link.set_fragment(None);
    link
}

/// Reads everything that can be reached from the front page. Gives what was found, by path, and every link without an end.
async fn crawl(server: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let client = crate::support::client();
    let start = Url::parse(SITE).unwrap();
    let (mut open, mut known) = (VecDeque::from([(start.clone(), start.clone())]), BTreeSet::from([start]));
    let (mut found, mut dead) = (BTreeMap::new(), Vec::new());
    while let Some((link, from)) = open.pop_front() {
        let path = link.as_str().strip_prefix(SITE).unwrap().to_owned();
        let answer = client.get(format!("{server}{path}")).send().await.unwrap();
        // What is asked with a question has no answer among files, except for the version of a style.
        let asks = link.query().is_some_and(|query| !query.starts_with("v="));
        if !answer.status().is_success() || asks {
            dead.push(format!("/{path} from {from}"));
            continue;
        }
        let Ok(text) = String::from_utf8(answer.bytes().await.unwrap().to_vec()) else { continue };
        for next in links_in(&text, &link) {
            if known.insert(next.clone()) {
                open.push_back((next, link.clone()));
            }
        }
        found.insert(path, text);
    }
    (found, dead)
}

/// A feed with a long past: months, tags in both scripts, one of them no name for a folder.
fn a_long_past() -> String {
    let items = (0..400).map(|n| {
        let (year, month, day) = (2015 + n / 120, 1 + n / 10 % 12, 1 + n % 27);
        format!(
            "<item><title>Новина номер {n}</title><link>https://partner.example/{n}</link><guid>urn:n:{n}</guid>\
             <description>Текст на новина {n}, достатъчно дълъг.</description><category>Умен град</category>\
             <category>tag{}</category><category>24/7 ?</category>\
             <pubDate>{day:02} {} {year} 10:00:00 GMT</pubDate></item>",
            n % 7,
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1],
        )
    });
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Стар партньор</title>\
         <link>https://partner.example/</link><description>d</description>{}</channel></rss>",
        items.collect::<String>()
    )
}

async fn house_with_a_past() -> House {
    let house = House::build().await;
    let settings = fs::read_to_string(house.path("vestnik.toml")).unwrap();
    fs::write(house.path("vestnik.toml"), settings.replace("window = 500", "window = 20")).unwrap();
    let past = a_long_past();
    let old = Server::start(move |request, _| match request.path.as_str() {
        "/feed.xml" => Reply::ok(&[("Content-Type", b"application/rss+xml")], past.as_bytes()),
        _ => Reply::status(404, &[]),
    })
    .await;
    house.write(
        "sources/old.toml",
        &format!("title = \"Стар партньор\"\nurl = \"{}\"\ngroups = [\"partners\"]\n", old.url("/feed.xml")),
    );
    house.run(&["collect"]).await.well();
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_of_an_exported_site_leads_to_a_file_that_is_what_the_daemon_serves() {
    let house = house_with_a_past().await;
    // The daemon cuts archives; an export beside it writes what is published.
    let daemon = house.daemon().await;
    let archived = super::eventually("the archive is there", async || {
        daemon.get("/feeds/all/archive/1.atom").await.status().is_success().then_some(())
    });
    archived.await;
    // Channels that nobody declared are made, and their archives cut, when somebody asks for the first time.
    for name in ["old", "bg", "en", "local", "partners"] {
        daemon.get(&format!("/feeds/{name}.json")).await;
    }
    let public = house.path("public");
    let said = house.run(&["export", public.to_str().unwrap()]).await.well();
    assert!(said.contains("documents in"), "{said}");
    let server = serve_files(public.clone()).await;
    let (found, dead) = crawl(&server).await;
    assert_eq!(dead, <[String; 0]>::default(), "of {} documents", found.len());
    for wanted in [
        "en/",
        "en/archive",
        "tags/%D1%83%D0%BC%D0%B5%D0%BD%20%D0%B3%D1%80%D0%B0%D0%B4",
        "feeds/old.rss",
        "feeds/all/archive/1.json",
    ] {
        assert!(found.contains_key(wanted), "{wanted} is not among {:?}", found.keys());
    }
    let further = |list: &str| found.keys().filter(|path| path.starts_with(list)).count();
    assert!(further("sources/old/") >= 3 && further("en/tags/") >= 4 && further("archive/2015/") >= 3);
    for (path, text) in &found {
        assert!(
            !text.contains("<form") && !text.contains("opensearch.xml"),
            "{path} asks what no file answers"
        );
    }

    // Feeds and archives are the same bytes.
    let mut compared = 0;
    for path in files(&public) {
        let name = path.strip_prefix(&public).unwrap().to_str().unwrap().to_owned();
        if name.starts_with("feeds")
            && [".rss", ".atom", ".json", ".opml"].iter().any(|end| name.ends_with(end))
        {
            let mut served = daemon.get(&format!("/{name}")).await;
            if let Some(location) = served.headers().get("location") {
                // An archive document that is not closed yet.
                let at = Url::parse(SITE).unwrap().join(&name).unwrap();
                served = daemon.get(at.join(location.to_str().unwrap()).unwrap().path()).await;
            }
            let (served, file) = (served.bytes().await.unwrap(), fs::read(&path).unwrap());
            assert!(served == file, "{name}: {} bytes served, {} in the file", served.len(), file.len());
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared} feeds");
    daemon.end("TERM").await;
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
