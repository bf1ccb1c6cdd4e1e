//! Round trips over one kept connection: a feed from memory, beside the barest axum handler that sends the same bytes.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use axum::{Router, http::StatusCode, routing::get};
use bytes::Bytes;
use divan::Bencher;
use tokio_util::sync::CancellationToken;
use vestnik::{
    model::{Format, Slug, TextPolicy, Timestamp},
    publish::rendition,
    web::{Asked, Found, Newsroom, Readiness, Served, ServerOptions, WebOptions, router, serve},
};

use crate::publish::Newspaper;

/// Requests in one write, so that what is measured is the server and not the switching between threads.
const BATCH: usize = 32;
const BARE: [&str; 2] = ["full", "unchanged"];

#[divan::bench(args = BARE)]
fn serve_bare(bencher: Bencher<'_, '_>, what: &str) {
    // The same bytes on the wire: what the feed is answered with, from constants.
    const FEED: [(&str, &str); 8] = [
        ("etag", "\"0123456789abcdef0123456789abcdef\""),
        ("cache-control", "public, max-age=300, stale-while-revalidate=600"),
        ("vary", "accept-encoding"),
        ("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "etag, link"),
        ("content-type", "application/atom+xml; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
    ];
    let unchanged: [(&str, &str); 6] = std::array::from_fn(|at| FEED[at]);
    let body = feed().rendition().identity.clone();
    let router = Router::new()
        .route("/feeds/{name}", get(move || async move { (FEED, body) }))
        .route("/unchanged/{name}", get(move || async move { (StatusCode::NOT_MODIFIED, unchanged) }));
    measure(bencher, router, if what == "full" { "/feeds/all.atom" } else { "/unchanged/all.atom" }, "");
}

#[divan::bench(args = BARE)]
fn serve_feed(bencher: Bencher<'_, '_>, what: &str) {
    let served = Arc::new(feed());
    let etag = served.rendition().etag(vestnik::model::Coding::Identity);
    let condition = if what == "full" { String::new() } else { format!("If-None-Match: {etag}\r\n") };
    let router = router(Arc::new(OneFeed(served)), WebOptions::default());
    measure(bencher, router, "/feeds/all.atom", &condition);
}

struct OneFeed(Arc<Served>);

impl Newsroom for OneFeed {
    async fn channel(&self, _: &Slug, _: Format) -> Found {
        Ok(Some(Arc::clone(&self.0)))
    }

    async fn asked(&self, slug: &Slug, _: &str, format: Format) -> Found {
        self.channel(slug, format).await
    }

    async fn archived(&self, _: &Slug, _: u64, _: Format) -> Found {
        Ok(None)
    }

    fn moved(&self, _: &Slug) -> Option<Slug> {
        None
    }

    async fn document(&self, _: &Asked) -> Found {
        Ok(None)
    }

    async fn readiness(&self) -> Readiness {
        Readiness::default()
    }

    fn metrics(&self) -> String {
        String::new()
    }
}

fn feed() -> Served {
    let document = Newspaper::new(TextPolicy::Excerpt).print(Format::Atom);
    Served::new(rendition(Format::Atom, document, None, Timestamp::UNIX_EPOCH), &WebOptions::default())
}

fn measure(bencher: Bencher<'_, '_>, router: Router, path: &str, condition: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(serve(listener, router, ServerOptions::default(), CancellationToken::new()));
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: bench\r\n{condition}\r\n"
    );
    let mut client = Client::new(address, &request);
    bencher.counter(divan::counter::ItemsCount::new(BATCH)).bench_local(|| client.round());
}

struct Client {
    stream: TcpStream,
    batch: Bytes,
    expected: usize,
    buffer: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr, request: &str) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let mut client =
            Client { stream, batch: Bytes::from(request.to_owned()), expected: 1, buffer: vec![0; 1 << 20] };
        // One answer tells how long each of them is: they differ in nothing but the date, which has a fixed length.
        client.stream.write_all(&client.batch).expect("a request");
        std::thread::sleep(std::time::Duration::from_millis(200));
        let length = client.stream.read(&mut client.buffer).expect("an answer");
        client.expected = length * BATCH;
        client.batch = Bytes::from(request.repeat(BATCH));
        client
    }

    fn round(&mut self) {
        self.stream.write_all(&self.batch).expect("requests");
        let mut missing = self.expected;
        while missing > 0 {
            let read = self.stream.read(&mut self.buffer).expect("answers");
            assert!(read > 0 && read <= missing, "the answers differ in length");
            missing -= read;
        }
    }
}
