//! Synthetic partners: N feeds of M entries, each on a port of its own, so that the limits a host stay on. RSS and Atom,
//! English and Bulgarian, about 2 kB an entry, with validators, 304 and gzip.

use std::{
    fmt::Write as _,
    io::Write as _,
    sync::{
        Arc, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode, header},
    routing::{get, post},
};
use bytes::Bytes;
use tokio::net::TcpListener;

pub(super) const ENGLISH: &[&str] = &[
    "cluster",
    "city",
    "innovation",
    "energy",
    "research",
    "partners",
    "programme",
    "digital",
    "water",
    "health",
    "students",
    "mobility",
    "startups",
    "meeting",
    "strategy",
    "region",
    "data",
    "europe",
    "funding",
    "green",
    "the",
    "a",
    "of",
    "and",
    "with",
    "for",
    "presents",
    "opens",
    "joins",
    "supports",
];
pub(super) const BULGARIAN: &[&str] = &[
    "клъстер",
    "град",
    "иновации",
    "енергия",
    "изследвания",
    "партньори",
    "програма",
    "дигитален",
    "вода",
    "здраве",
    "студенти",
    "мобилност",
    "предприятия",
    "среща",
    "стратегия",
    "регион",
    "данни",
    "европа",
    "финансиране",
    "зелен",
    "и",
    "на",
    "за",
    "със",
    "от",
    "представя",
    "открива",
    "подкрепя",
    "обсъжда",
    "развива",
];

struct Feed {
    number: usize,
    entries: usize,
    delay: Duration,
    extra: AtomicUsize,
    made: RwLock<Made>,
}

#[derive(Clone)]
struct Made {
    plain: Bytes,
    gzip: Bytes,
    etag: String,
}

/// Serves the farm until the process is ended, each answer after so long. Prints the first port; feed `i` is at `http://127.0.0.1:<port i>/feed`.
///
/// # Errors
/// Where a port cannot be had.
pub async fn serve_farm(feeds: usize, entries: usize, delay: Duration) -> anyhow::Result<()> {
    let mut all = Vec::with_capacity(feeds);
    let mut ports = Vec::with_capacity(feeds);
    for number in 0..feeds {
        let feed = Arc::new(Feed {
            number,
            entries,
            delay,
            extra: AtomicUsize::new(0),
            made: RwLock::new(make(number, entries)),
        });
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("taking a port; the limit of open files may be too low (ulimit -n)")?;
        ports.push(listener.local_addr()?.port());
        let app = Router::new().route("/feed", get(answer)).with_state(Arc::clone(&feed));
        tokio::spawn(async move { axum::serve(listener, app).await });
        all.push(feed);
    }
    let control = TcpListener::bind("127.0.0.1:0").await?;
    let control_port = control.local_addr()?.port();
    let farm = Arc::new(all);
    let app = Router::new().route("/advance", post(advance)).with_state(farm);
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &(control_port, ports))?;
    writeln!(out)?;
    out.flush()?;
    drop(out);
    Ok(axum::serve(control, app).await?)
}

/// Adds an entry to every hundredth feed.
async fn advance(State(farm): State<Arc<Vec<Arc<Feed>>>>) -> StatusCode {
    for feed in farm.iter().step_by(100) {
        let extra = feed.extra.fetch_add(1, Ordering::SeqCst) + 1;
        if let Ok(mut made) = feed.made.write() {
            *made = make(feed.number, feed.entries + extra);
        }
    }
    StatusCode::NO_CONTENT
}

async fn answer(State(feed): State<Arc<Feed>>, headers: HeaderMap) -> Response<Body> {
    if !feed.delay.is_zero() {
        tokio::time::sleep(feed.delay).await;
    }
    let Ok(made) = feed.made.read().map(|made| made.clone()) else {
        return Response::new(Body::empty());
    };
    let condition = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = Response::new(Body::empty());
    let unchanged = condition == Some(made.etag.as_str());
    let gzip = headers
        .get(header::ACCEPT_ENCODING)
        .is_some_and(|value| value.as_bytes().windows(4).any(|w| w == b"gzip"));
    let head = response.headers_mut();
    if let Ok(etag) = made.etag.parse() {
        head.insert(header::ETAG, etag);
    }
    head.insert(header::LAST_MODIFIED, header::HeaderValue::from_static("Fri, 20 Nov 2026 10:00:00 GMT"));
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    head.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/xml; charset=utf-8"));
    if gzip {
        head.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
    }
    *response.body_mut() = Body::from(if gzip { made.gzip } else { made.plain });
    response
}

fn make(number: usize, entries: usize) -> Made {
    let text = document(number, entries);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    // Writing to memory does not fail.
    let _ = encoder.write_all(text.as_bytes());
    let gzip = encoder.finish().unwrap_or_default();
    Made { etag: format!("\"farm-{number}-{entries}\""), plain: text.into(), gzip: gzip.into() }
}

fn document(number: usize, entries: usize) -> String {
    let words = if number / 2 % 2 == 1 { BULGARIAN } else { ENGLISH };
    let language = if number / 2 % 2 == 1 { "bg" } else { "en" };
    let mut random = fastrand::Rng::with_seed(number as u64 + 1);
    let items: Vec<(String, String)> =
        (0..entries).map(|_| (sentence(&mut random, words, 7), body(&mut random, words))).collect();
    let items = items.iter().enumerate().rev();
    let mut out = String::with_capacity(entries * 3_000 + 1_000);
    // Writing to a String does not fail.
    let _ = if number % 2 == 1 {
        write!(
            out,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{language}\">\
             <title>Partner {number}</title><id>urn:partner:{number}</id><updated>2026-11-20T10:00:00Z</updated>\
             <link href=\"https://partner-{number}.example/\"/>\n"
        )
    } else {
        write!(
            out,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" \
             xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
             <channel><title>Partner {number}</title><link>https://partner-{number}.example/</link>\
             <description>Synthetic</description><language>{language}</language>\n"
        )
    };
    for (index, (title, body)) in items {
        let (day, hour) = (index % 28 + 1, (index * 7 + number) % 24);
        let minute = number % 60;
        let _ = if number % 2 == 1 {
            let body = body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            writeln!(
                out,
                "<entry><title>{title}</title><id>urn:partner:{number}:{index}</id>\
                 <link href=\"https://partner-{number}.example/news/{index}\"/>\
                 <published>2026-10-{day:02}T{hour:02}:{minute:02}:00Z</published>\
                 <updated>2026-10-{day:02}T{hour:02}:{minute:02}:30Z</updated>\
                 <author><name>Author {}</name></author><category term=\"{}\"/><content type=\"html\">{body}</content></entry>",
                number % 17,
                words[index % words.len()],
            )
        } else {
            writeln!(
                out,
                "<item><title>{title}</title><link>https://partner-{number}.example/news/{index}</link>\
                 <guid isPermaLink=\"false\">urn:partner:{number}:{index}</guid>\
                 <pubDate>{day:02} Oct 2026 {hour:02}:{minute:02}:00 +0000</pubDate><dc:creator>Author {}</dc:creator>\
                 <category>{}</category><description>{title}</description>\
                 <content:encoded><![CDATA[{body}]]></content:encoded></item>",
                number % 17,
                words[index % words.len()],
            )
        };
    }
    out.push_str(if number % 2 == 1 { "</feed>\n" } else { "</channel></rss>\n" });
    out
}

pub(super) fn sentence(random: &mut fastrand::Rng, words: &[&str], length: usize) -> String {
    let picked: Vec<&str> =
        (0..length).filter_map(|_| words.get(random.usize(..words.len())).copied()).collect();
    picked.join(" ")
}

/// About 2 kB of paragraphs with a few links, emphases and a picture.
fn body(random: &mut fastrand::Rng, words: &[&str]) -> String {
    let mut html = String::with_capacity(2_300);
    while html.len() < 2_000 {
        let link = random.u32(..100_000);
        let (first, second, third) =
            (sentence(random, words, 16), sentence(random, words, 2), sentence(random, words, 14));
        let _ = writeln!(
            html,
            "<p>{first} <a href=\"https://example.org/n/{link}?a=1&amp;b=2\">{second}</a> <em>{third}</em>.</p>"
        );
    }
    html.push_str("<img src=\"https://cdn.example.org/picture.jpg\" alt=\"\" width=\"640\">");
    html
}
