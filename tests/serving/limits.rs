//! What clients are held to, over real sockets: time, size, number; and how a server ends.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use vestnik::web::{ServerOptions, serve};

const MILLIS: fn(u64) -> Duration = Duration::from_millis;
/// Nothing here takes so long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);
const ASK: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const ASK_SLOW: &str = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
const LARGE: usize = 32 << 20;

/// Limits that are never reached.
fn patient() -> ServerOptions {
    ServerOptions { header_timeout: PATIENCE, idle_timeout: PATIENCE, ..ServerOptions::default() }
}

/// A server with a quick, a slow and a large answer.
struct House {
    address: String,
    /// A slow request arrived.
    asked: mpsc::UnboundedReceiver<()>,
    /// Lets the slow requests be answered.
    gate: Arc<Notify>,
    /// The bytes of a large answer are gone from the server.
    let_go: mpsc::UnboundedReceiver<()>,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

struct Held(Vec<u8>, mpsc::UnboundedSender<()>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.1.send(());
    }
}

impl House {
    async fn open(options: ServerOptions) -> Self {
        let (tell_asked, asked) = mpsc::unbounded_channel();
        let (tell_let_go, let_go) = mpsc::unbounded_channel();
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let slow = move || {
            let (opened, tell) = (Arc::clone(&opened), tell_asked.clone());
            async move {
                let _ = tell.send(());
                opened.notified().await;
                "at last"
            }
        };
        let large = move || {
            let body = Body::from(Bytes::from_owner(Held(vec![b'x'; LARGE], tell_let_go.clone())));
            async move { body }
        };
        let router = Router::new()
            .route("/", get(async || "ok"))
            .route("/slow", get(slow))
            .route("/large", get(large));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(listener, router, options, stop.clone()));
        House { address, asked, gate, let_go, stop, server }
    }

    async fn visitor(&self) -> Visitor {
        Visitor(TcpStream::connect(&self.address).await.unwrap())
    }

    /// The server ends by itself.
    async fn ends(self) {
        in_time(self.server).await.unwrap();
    }
}

/// A client, byte by byte.
struct Visitor(TcpStream);

impl Visitor {
    async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.0.write_all(text.as_ref()).await.unwrap();
    }

    /// One answer with a known length.
    async fn answer(&mut self) -> String {
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\n") {
            text.push(in_time(self.0.read_u8()).await.unwrap());
        }
        let head = String::from_utf8(text).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        in_time(self.0.read_exact(&mut body)).await.unwrap();
        head + &String::from_utf8(body).unwrap()
    }

    /// Everything until the server ends the connection, however rudely.
    async fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = in_time(self.0.read_to_end(&mut rest)).await;
        rest
    }

    /// Sends this again and again until the server ends the connection.
    async fn dribble(mut self, piece: &str) -> Vec<u8> {
        let mut rest = Vec::new();
        in_time(async {
            loop {
                tokio::select! {
                    read = self.0.read_buf(&mut rest) => if matches!(read, Ok(0) | Err(_)) { return },
                    () = tokio::time::sleep(MILLIS(5)) => {
                        if self.0.write_all(piece.as_bytes()).await.is_err() { return }
                    }
                }
            }
        })
        .await;
        rest
    }
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it hangs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The preface and settings of HTTP/2, and a GET of `/`, all from the static table of HPACK (RFC 7541 appendix A).
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const HTTP2_ASK: &[u8] = b"\0\0\x06\x01\x05\0\0\0\x01\x82\x86\x84\x41\x01a";
const GOAWAY: u8 = 7;

/// The types of the frames (RFC 9113 §4.1).
fn frames(mut bytes: &[u8]) -> Vec<u8> {
    let mut types = Vec::new();
    while let [a, b, c, kind, rest @ ..] = bytes {
        types.push(*kind);
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        bytes = rest.get(5 + length..).unwrap_or_default();
    }
    types
}

#[tokio::test]
async fn a_client_that_does_not_come_to_the_point_is_let_go() {
    let options = ServerOptions { header_timeout: MILLIS(60), ..patient() };
    let house = House::open(options).await;
    // What it begins with, and what it goes on to say.
    let cases = [
        ("", ""),
        ("GET / HTTP/1.1\r\n", "x: y\r\n"),
        ("GET /", "y"),
        ("PRI * HTTP/2.0\r\n", ""),
        (text(HTTP2), ""),
    ];
    for (beginning, piece) in cases {
        let begun = Instant::now();
        let mut visitor = house.visitor().await;
        visitor.send(beginning).await;
        let rest = visitor.dribble(piece).await;
        assert!(begun.elapsed() >= MILLIS(60), "{beginning:?}");
        assert!(!rest.windows(6).any(|part| part == b"200 OK"), "{beginning:?}");
    }
    // Also in its second request.
    let mut visitor = house.visitor().await;
    visitor.send(ASK).await;
    assert!(visitor.answer().await.ends_with("\r\n\r\nok"));
    assert_eq!(visitor.dribble("GET / HTTP/1.1\r\n").await, b"");
}

#[tokio::test]
async fn a_connection_is_kept_between_requests_but_not_for_ever() {
    let house = House::open(ServerOptions { idle_timeout: MILLIS(80), ..patient() }).await;
    let mut visitor = house.visitor().await;
    for _ in 0..3 {
        visitor.send(ASK).await;
        assert!(visitor.answer().await.starts_with("HTTP/1.1 200 "));
    }
    let begun = Instant::now();
    assert_eq!(visitor.rest().await, b"");
    assert!(begun.elapsed() >= MILLIS(70), "{:?}", begun.elapsed());
    let mut visitor = house.visitor().await;
    visitor.send([HTTP2, HTTP2_ASK].concat()).await;
    let frames = frames(&visitor.rest().await);
    assert!(frames.contains(&1) && frames.contains(&GOAWAY), "{frames:?}");
}

#[tokio::test]
async fn a_request_under_way_is_not_idle() {
    let limits = ServerOptions { header_timeout: MILLIS(30), idle_timeout: MILLIS(30), ..patient() };
    let mut house = House::open(limits).await;
    let mut visitor = house.visitor().await;
    visitor.send(ASK_SLOW).await;
    in_time(house.asked.recv()).await;
    tokio::time::sleep(MILLIS(120)).await;
    house.gate.notify_one();
    assert!(visitor.answer().await.ends_with("at last"));
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_does_not_hold_it() {
    let mut house = House::open(ServerOptions { idle_timeout: MILLIS(80), ..patient() }).await;
    let mut visitor = house.visitor().await;
    visitor.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await;
    in_time(house.let_go.recv()).await.unwrap();
    assert!(visitor.rest().await.len() < LARGE);
}

#[tokio::test]
async fn who_sends_a_body_that_nobody_wants_bit_by_bit_is_answered_and_let_go() {
    let house = House::open(ServerOptions { idle_timeout: MILLIS(80), ..patient() }).await;
    for head in
        ["GET / HTTP/1.1\r\nContent-Length: 1000000\r\n", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"]
    {
        let mut visitor = house.visitor().await;
        visitor.send(format!("{head}Host: a\r\n\r\n")).await;
        let rest = visitor.dribble(if head.starts_with("GET") { "x" } else { "1\r\nx\r\n" }).await;
        let status = if head.starts_with("GET") { "HTTP/1.1 200 " } else { "HTTP/1.1 405 " };
        assert!(text(&rest).starts_with(status), "{head}: {}", text(&rest));
    }
}

/// The window for answers is closed from the beginning (RFC 9113 §6.9.2), and pings show that the client is there.
#[tokio::test]
async fn a_client_of_http2_that_takes_no_answer_does_not_hold_it_by_pinging() {
    const CLOSED: &str = "\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0";
    const ASK_LARGE: &[u8] = b"\0\0\x0d\x01\x05\0\0\0\x01\x82\x86\x04\x06/large\x41\x01a";
    const PING: &str = "\0\0\x08\x06\0\0\0\0\0vestnik!";
    let mut house = House::open(ServerOptions { idle_timeout: MILLIS(150), ..patient() }).await;
    let mut visitor = house.visitor().await;
    let (preface, _) = HTTP2.split_at(24);
    visitor.send([preface, CLOSED.as_bytes(), ASK_LARGE].concat()).await;
    let seen = visitor.dribble(PING).await;
    in_time(house.let_go.recv()).await.unwrap();
    assert!(frames(&seen).contains(&1) && !frames(&seen).contains(&0), "{:?}", frames(&seen));
}

#[tokio::test]
async fn headers_have_a_largest_size_and_number() {
    let house = House::open(ServerOptions { header_limit: 8 * 1024, ..patient() }).await;
    let with = |headers: String| format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    let cases = [
        ("200", with(format!("x: {}\r\n", "y".repeat(7 * 1024)))),
        ("431", with(format!("x: {}\r\n", "y".repeat(8 * 1024)))),
        ("200", with("x: y\r\n".repeat(90))),
        ("431", with("x: y\r\n".repeat(200))),
        // A path that long is refused by the parser, or does not fit.
        ("4", format!("GET /{} HTTP/1.1\r\n\r\n", "y".repeat(9 * 1024))),
        ("400", "GET / HTTP/1.1\r\nno header\r\n\r\n".to_owned()),
    ];
    for (status, request) in cases {
        let mut visitor = house.visitor().await;
        visitor.send(&request).await;
        let answer = visitor.answer().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{status}: {answer}");
    }
}

#[tokio::test]
async fn further_clients_wait_until_there_is_room() {
    let mut house = House::open(ServerOptions { max_connections: 2, ..patient() }).await;
    let (mut first, mut second) = (house.visitor().await, house.visitor().await);
    for visitor in [&mut first, &mut second] {
        visitor.send(ASK_SLOW).await;
        in_time(house.asked.recv()).await;
    }
    let mut third = house.visitor().await;
    third.send(ASK).await;
    let nothing = tokio::time::timeout(MILLIS(60), third.0.read_u8()).await;
    assert!(nothing.is_err(), "a third client was served: {nothing:?}");
    house.gate.notify_waiters();
    assert!(first.answer().await.ends_with("at last"));
    drop(first);
    assert!(third.answer().await.ends_with("ok"));
    assert!(second.answer().await.ends_with("at last"));
}

#[tokio::test]
async fn an_idle_connection_makes_room_for_one_that_asks() {
    let options = ServerOptions { max_connections: 2, idle_timeout: MILLIS(640), ..patient() };
    let mut house = House::open(options).await;
    let (mut idle, mut busy) = (house.visitor().await, house.visitor().await);
    idle.send(ASK).await;
    idle.answer().await;
    busy.send(ASK_SLOW).await;
    in_time(house.asked.recv()).await;
    let begun = Instant::now();
    let mut third = house.visitor().await;
    third.send(ASK).await;
    assert!(third.answer().await.ends_with("ok"));
    assert!(begun.elapsed() < MILLIS(640), "{:?}", begun.elapsed());
    assert_eq!(idle.rest().await, b"");
    house.gate.notify_one();
    assert!(busy.answer().await.ends_with("at last"));
}

#[tokio::test]
async fn a_stop_ends_what_is_idle_and_lets_the_rest_finish() {
    let mut house = House::open(patient()).await;
    let (mut idle, mut busy) = (house.visitor().await, house.visitor().await);
    let (silent, mut begun) = (house.visitor().await, house.visitor().await);
    begun.send("GET / HTTP/1.1\r\n").await;
    idle.send(ASK).await;
    idle.answer().await;
    busy.send(ASK_SLOW).await;
    in_time(house.asked.recv()).await;
    house.stop.cancel();
    for (name, visitor) in [("idle", idle), ("silent", silent), ("begun", begun)] {
        assert_eq!(visitor.rest().await, b"", "{name}");
    }
    assert!(!house.server.is_finished());
    assert!(TcpStream::connect(&house.address).await.is_err(), "a new connection was taken");
    house.gate.notify_one();
    let answer = busy.answer().await;
    assert!(answer.contains("\r\nconnection: close\r\n") && answer.ends_with("at last"), "{answer}");
    house.ends().await;
}

#[tokio::test]
async fn a_stop_cuts_no_answer_short() {
    let house = House::open(patient()).await;
    let mut visitor = house.visitor().await;
    visitor.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await;
    in_time(visitor.0.read_u8()).await.unwrap();
    house.stop.cancel();
    // Slowly enough that the server has noticed before it could write all of it.
    in_time(TcpStream::connect(&house.address)).await.expect_err("it listens no more");
    let rest = visitor.rest().await;
    assert!(rest.len() > LARGE, "{} of {LARGE}", rest.len());
    house.ends().await;
}

#[tokio::test]
async fn http2_is_spoken_and_finishes_too() {
    let mut house = House::open(patient()).await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let address = format!("http://{}/slow", house.address);
    let answer = tokio::spawn(async move { client.get(address).send().await.unwrap() });
    in_time(house.asked.recv()).await;
    house.stop.cancel();
    house.gate.notify_one();
    let answer = in_time(answer).await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "at last");
    house.ends().await;
}

#[tokio::test]
async fn a_client_of_http2_that_never_says_goodbye_does_not_delay_the_end() {
    let house = House::open(ServerOptions { idle_timeout: MILLIS(200), ..patient() }).await;
    let mut visitor = house.visitor().await;
    visitor.send([HTTP2, HTTP2_ASK].concat()).await;
    // Settings and their confirmation, headers, data: the answer has come.
    let mut seen = Vec::new();
    while !frames(&seen).contains(&0) {
        in_time(visitor.0.read_buf(&mut seen)).await.unwrap();
    }
    house.stop.cancel();
    let rest = visitor.rest().await;
    assert!(frames(&rest).contains(&GOAWAY), "{:?}", frames(&rest));
    house.ends().await;
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_when_to_come_back_and_others_are_not() {
    let limits = ServerOptions { client_rate: 10, ..ServerOptions::default() };
    let house = House::open(limits).await;
    let ask = |client: &'static str| {
        let request = crate::support::client().get(format!("http://{}/", house.address));
        async move { request.header("x-forwarded-for", client).send().await.unwrap() }
    };
    for _ in 0..5 {
        assert_eq!(ask("198.51.100.1").await.status(), 200);
    }
    let refused = ask("198.51.100.1").await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=7).contains(&wait), "{wait}");
    assert_eq!(ask("198.51.100.2").await.status(), 200);
}
