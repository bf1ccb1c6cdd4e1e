//! Serving from memory beside a bare handler with the same bytes, and publishing over small and large archives.

use std::{process::Stdio, sync::Arc, time::Instant};

use anyhow::{Context, bail};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    routing::get,
};
use bytes::Bytes;
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use super::{SearchResult, cycle::channels, measure::Usage, searching};
use crate::{
    app::{Access, App},
    clock::Clock,
    config::Settings,
    desk::Desk,
    model::{
        Changes, Coding, Collected, Entry, Fingerprint, Format, Identity, Language, Outcome, SafeHtml,
        SortKey, SourceSpec, Timestamp,
    },
    web,
};

/// Cost of one kind of answer, beside the bare handler's.
#[derive(Debug, Clone, Serialize)]
pub struct ServingResult {
    /// `304` or `200 gzip`.
    pub name: String,
    /// CPU of the server a request, in microseconds: ours.
    pub cpu_micros: f64,
    /// CPU of the server a request, in microseconds: a bare handler with the same bytes.
    pub bare_cpu_micros: f64,
    /// Requests a second: ours.
    pub requests_per_second: f64,
    /// Requests a second: the bare handler.
    pub bare_requests_per_second: f64,
}

/// Cost of publishing with so many entries stored.
#[derive(Debug, Clone, Serialize)]
pub struct ArchiveResult {
    /// Stored entries.
    pub entries: u64,
    /// CPU seconds of rendering and compressing all channels in all formats, database included.
    pub publish_cpu_seconds: f64,
    /// Wall seconds of the same.
    pub publish_wall_seconds: f64,
    /// Wall seconds from opening the database to the first answer of the server.
    pub start_seconds: f64,
    /// Searching it.
    pub search: SearchResult,
}

const ROUNDS: usize = 3;

/// Measures 304s and gzipped 200s, ours and bare in turn, so that a noisy machine disturbs both.
///
/// # Errors
/// Where the servers or the load cannot be started.
pub async fn run_serving(requests: usize) -> anyhow::Result<Vec<ServingResult>> {
    let folder = tempfile::tempdir()?;
    let app = open(folder.path()).await?;
    fill(&app, 1_000).await?;
    app.press().publish_all().await?;
    let all = "all".parse()?;
    let rendition = app.press().rendition(&all, Format::Atom).await?.context("the channel all is missing")?;
    let gzip = rendition.body(Coding::Gzip).context("the feed is not compressed")?.clone();
    let etag = rendition.etag(Coding::Gzip);
    let ours = serve(web::site(Arc::new(app.newsroom()), web::WebOptions::default())).await?;
    let bare = Bare { body: gzip, etag: HeaderValue::try_from(&etag)? };
    let bare = serve(Router::new().route("/feeds/all.atom", get(bare_answer)).with_state(bare)).await?;
    let mut results = Vec::new();
    for (name, condition) in [("304", Some(etag.as_str())), ("200 gzip", None)] {
        let (mut best, mut best_bare) = ((f64::MAX, 0.0), (f64::MAX, 0.0));
        for _ in 0..ROUNDS {
            best = better(best, load(ours, requests, condition).await?);
            best_bare = better(best_bare, load(bare, requests, condition).await?);
        }
        results.push(ServingResult {
            name: name.to_owned(),
            cpu_micros: best.0,
            requests_per_second: best.1,
            bare_cpu_micros: best_bare.0,
            bare_requests_per_second: best_bare.1,
        });
    }
    Ok(results)
}

/// Measures publishing and starting with so many entries stored.
///
/// # Errors
/// Where the database cannot be made.
pub async fn run_archive(entries: u64) -> anyhow::Result<ArchiveResult> {
    let folder = tempfile::tempdir()?;
    let app = open(folder.path()).await?;
    fill(&app, entries).await?;
    // Once for what is read the first time only: archives come up with all that was published before.
    app.press().publish_all().await?;
    app.press().publish_changes().await?;
    let usage = Usage::begin();
    app.press().publish_all().await?;
    let (wall, cpu, _) = usage.since();
    let search = searching::measure(&app, entries).await?;
    app.store().close().await;
    drop(app);
    let begun = Instant::now();
    let app = open(folder.path()).await?;
    app.press().publish_all().await?;
    let address = serve(web::site(Arc::new(app.newsroom()), web::WebOptions::default())).await?;
    request(&mut TcpStream::connect(address).await?, None).await?;
    let start = begun.elapsed().as_secs_f64();
    app.store().close().await;
    Ok(ArchiveResult {
        entries,
        publish_cpu_seconds: cpu,
        publish_wall_seconds: wall,
        start_seconds: start,
        search,
    })
}

#[derive(Clone)]
struct Bare {
    body: Bytes,
    etag: HeaderValue,
}

async fn bare_answer(State(bare): State<Bare>, headers: HeaderMap) -> Response<Body> {
    let unchanged = headers.get(header::IF_NONE_MATCH) == Some(&bare.etag);
    let mut response = Response::new(if unchanged { Body::empty() } else { Body::from(bare.body.clone()) });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let head = response.headers_mut();
    head.insert(header::ETAG, bare.etag.clone());
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/atom+xml; charset=utf-8"));
    head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

async fn serve(site: impl Into<web::Site>) -> anyhow::Result<std::net::SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let site: web::Site = site.into();
    tokio::spawn(web::serve(listener, site, web::ServerOptions::default(), CancellationToken::new()));
    Ok(address)
}

fn better(best: (f64, f64), new: (f64, f64)) -> (f64, f64) {
    (best.0.min(new.0), best.1.max(new.1))
}

/// Has another process ask, so that this one's CPU is the server's. Microseconds of CPU a request; requests a second.
async fn load(
    address: std::net::SocketAddr,
    requests: usize,
    condition: Option<&str>,
) -> anyhow::Result<(f64, f64)> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut command = tokio::process::Command::new(program);
    command.args(["bench", "load", "--address", &address.to_string(), "--requests", &requests.to_string()]);
    if let Some(condition) = condition {
        command.args(["--etag", condition]);
    }
    let usage = Usage::begin();
    let status = command.stdout(Stdio::null()).status().await.context("starting the load")?;
    let (wall, cpu, _) = usage.since();
    if !status.success() {
        bail!("the load ended with {status}");
    }
    Ok((cpu * 1e6 / requests as f64, requests as f64 / wall))
}

/// Asks for the feed so many times over eight connections, as the process of `load` does.
///
/// # Errors
/// Where an answer is none.
pub async fn serve_load(
    address: std::net::SocketAddr,
    requests: usize,
    etag: Option<String>,
) -> anyhow::Result<()> {
    const CONNECTIONS: usize = 8;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let etag = etag.clone();
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            for _ in 0..requests.div_ceil(CONNECTIONS) {
                request(&mut stream, etag.as_deref()).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

async fn request(stream: &mut TcpStream, etag: Option<&str>) -> anyhow::Result<()> {
    let condition = etag.map_or_else(String::new, |etag| format!("if-none-match: {etag}\r\n"));
    let head =
        format!("GET /feeds/all.atom HTTP/1.1\r\nhost: bench\r\naccept-encoding: gzip\r\n{condition}\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::with_capacity(64 * 1024);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("the server closed the connection");
        }
        let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|value| value.trim().parse::<usize>().ok())
            .filter(|_| status != "304")
            .unwrap_or(0);
        match status.as_str() {
            "304" if etag.is_some() => {}
            "200" if etag.is_none() => {}
            other => bail!("expected another answer than {other}"),
        }
        let whole = end + 4 + length;
        if let Some(missing) = whole.checked_sub(answer.len()).filter(|missing| *missing > 0) {
            let mut rest = vec![0; missing];
            stream.read_exact(&mut rest).await?;
        }
        return Ok(());
    }
}

pub(super) async fn open(folder: &std::path::Path) -> anyhow::Result<App> {
    open_with(folder, &[]).await
}

/// The defaults with a folder of data and these variables.
pub(super) fn settings(folder: &std::path::Path, variables: &[(&str, &str)]) -> anyhow::Result<Settings> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let folder = ("VESTNIK_STORAGE__DATA".to_owned(), folder.display().to_string());
    Settings::load(None, variables.chain([folder]))
        .map_err(|faults| anyhow::anyhow!("{}", faults.iter().map(ToString::to_string).collect::<String>()))
}

pub(super) async fn open_with(folder: &std::path::Path, variables: &[(&str, &str)]) -> anyhow::Result<App> {
    let settings = settings(folder, variables)?;
    let mut sources = Vec::new();
    for number in 0..20 {
        let url = format!("https://partner-{number}.example/feed").parse()?;
        let mut spec = SourceSpec::feed(format!("partner-{number}").parse()?, url);
        spec.groups.push(if number % 2 == 0 { "partners" } else { "city" }.parse()?);
        sources.push(spec);
    }
    let desk = Desk { sources, channels: channels()?, ..Desk::default() };
    App::with_desk(settings, Clock::system(), desk, None, Access::Alone).await
}

/// Stores synthetic entries, up to a thousand a commit, evenly over the sources.
pub(super) async fn fill(app: &App, entries: u64) -> anyhow::Result<()> {
    let sources = app.store().sources().await?;
    let start = Clock::system().now() - chrono::TimeDelta::days(3_000);
    let share = (entries / 20).clamp(1, 1_000);
    let mut number = 0;
    while number < entries {
        let Some(source) = sources.get(usize::try_from(number / share % 20)?) else { bail!("no source") };
        let until = (number + share).min(entries);
        let new = (number..until).map(|n| entry(n, start)).collect::<anyhow::Result<Vec<_>>>()?;
        number = until;
        let changes = Changes { new, ..Changes::default() };
        app.store().commit(collected(source.id, start, changes)).await?;
    }
    Ok(())
}

fn entry(number: u64, start: Timestamp) -> anyhow::Result<(Entry, SortKey)> {
    // Spread over the years, so that neighbours in time are not neighbours in the table.
    let at = start + chrono::TimeDelta::minutes(i64::try_from(number.wrapping_mul(7_919) % 4_000_000)?);
    let language: Language = if number.is_multiple_of(3) { "en" } else { "bg" }.parse()?;
    let mut made = made(number, at, format!("Новина номер {number}"), searching::text(number));
    made.0.tags.push(format!("tag-{}", number % 50));
    made.0.language = Some(language);
    Ok(made)
}

/// An entry of this number, date, title and text.
pub(super) fn made(number: u64, at: Timestamp, title: String, html: String) -> (Entry, SortKey) {
    let id = format!("urn:bench:{number}");
    let identity = Identity::of([id.as_str()]);
    let key = SortKey::new(at, &identity);
    let entry = Entry {
        fingerprint: Fingerprint::of([id.as_str()]),
        publisher_id: Some(id.clone()),
        id_is_permalink: false,
        public_id: id,
        link: Some(format!("https://partner.example/{number}")),
        title,
        summary: None,
        content: Some(SafeHtml::sanitised(html)),
        authors: Vec::new(),
        tags: Vec::new(),
        attachments: Vec::new(),
        image: None,
        language: None,
        published: Some(at),
        updated: None,
        origin: None,
        rights: None,
        comments_url: None,
        translations: Vec::new(),
        identity,
    };
    (entry, key)
}

pub(super) fn collected(source: crate::model::SourceId, at: Timestamp, changes: Changes) -> Collected {
    Collected { changes, ..Collected::plain(source, Outcome::Read, at, at) }
}
