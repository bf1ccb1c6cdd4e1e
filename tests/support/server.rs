//! An HTTP/1.1 server of bytes: it can be wrong in every way that a real one is.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};

/// What a server was asked, header names in lower case, values as raw bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

impl Request {
    /// The raw value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// A header as text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.header(name).map(|value| std::str::from_utf8(value).unwrap())
    }
}

/// What happens once the bytes of a reply were written.
#[derive(Debug, Clone)]
enum After {
    KeepOpen,
    Close,
    Hang,
    Repeat(Vec<u8>, Duration),
}

/// An answer, byte by byte.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    after: After,
}

impl Reply {
    /// 200 with this body and its right length.
    pub(crate) fn ok(headers: &[(&str, &[u8])], body: &[u8]) -> Self {
        let length = body.len().to_string();
        let mut headers = headers.to_vec();
        headers.push(("Content-Length", length.as_bytes()));
        let mut reply = Reply::head(200, &headers);
        reply.bytes.extend_from_slice(body);
        reply
    }

    /// A status without a body.
    pub(crate) fn status(status: u16, headers: &[(&str, &[u8])]) -> Self {
        if status == 304 {
            return Reply::head(status, headers);
        }
        let mut headers = headers.to_vec();
        headers.push(("Content-Length", b"0"));
        Reply::head(status, &headers)
    }

    /// A redirect.
    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Reply::status(status, &[("Location", location.as_bytes())])
    }

    /// A head alone: the body is up to `then`.
    pub(crate) fn head(status: u16, headers: &[(&str, &[u8])]) -> Self {
        let mut bytes = format!("HTTP/1.1 {status} Whatever\r\n").into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        Reply::raw(&bytes)
    }

    /// These bytes and nothing else.
    pub(crate) fn raw(bytes: &[u8]) -> Self {
        Reply { bytes: bytes.to_vec(), after: After::KeepOpen }
    }

    /// More bytes.
    pub(crate) fn then(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Closes the connection afterwards.
    pub(crate) fn close(self) -> Self {
        Reply { after: After::Close, ..self }
    }

    /// Says nothing more, and keeps the connection.
    pub(crate) fn hang(self) -> Self {
        Reply { after: After::Hang, ..self }
    }

    /// Writes the same bytes for ever.
    pub(crate) fn repeat(self, bytes: &[u8], every: Duration) -> Self {
        Reply { after: After::Repeat(bytes.to_vec(), every), ..self }
    }
}

/// A running server; stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts on a free port of 127.0.0.1. `answer` is given the request and how many came before it.
    pub(crate) async fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        Server::start_on("127.0.0.1:0", answer).await
    }

    /// The same on every loopback address, each of which is a host of its own.
    pub(crate) async fn on_many_hosts(
        answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Server::start_on("0.0.0.0:0", answer).await
    }

    async fn start_on(
        place: &str,
        answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(place).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, connections) = (Arc::<Mutex<Vec<Request>>>::default(), Arc::<AtomicUsize>::default());
        let (seen, opened, answer) = (Arc::clone(&requests), Arc::clone(&connections), Arc::new(answer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::SeqCst);
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(async move { serve(stream, &seen, &*answer).await });
            }
        });
        Server { address, requests, connections, task }
    }

    /// Always the same answer.
    pub(crate) async fn always(reply: Reply) -> Self {
        Server::start(move |_, _| reply.clone()).await
    }

    /// These answers in turn, the last one again and again.
    pub(crate) async fn script(replies: Vec<Reply>) -> Self {
        Server::start(move |_, n| replies[n.min(replies.len() - 1)].clone()).await
    }

    /// The absolute address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address that takes no connection and refuses none: the queue of its listener is full. Ends when it is dropped.
pub(crate) struct BlackHole {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    /// At this address; None where the machine has no such address.
    pub(crate) async fn at(address: SocketAddr) -> Option<Self> {
        let socket = if address.is_ipv6() { TcpSocket::new_v6() } else { TcpSocket::new_v4() };
        let socket = socket.ok()?;
        socket.bind(address).ok()?;
        let listener = socket.listen(1).unwrap();
        let (address, mut queue) = (listener.local_addr().unwrap(), Vec::new());
        let attempt = || tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address));
        while let Ok(Ok(stream)) = attempt().await {
            queue.push(stream);
        }
        Some(BlackHole { address, _listener: listener, _queue: queue })
    }
}

async fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &impl Fn(&Request, usize) -> Reply,
) {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await {
        let reply = {
            let mut seen = seen.lock().unwrap();
            let reply = answer(&request, seen.len());
            seen.push(request);
            reply
        };
        if stream.write_all(&reply.bytes).await.is_err() {
            return;
        }
        match reply.after {
            After::KeepOpen => {}
            After::Close => return,
            After::Hang => std::future::pending::<()>().await,
            After::Repeat(bytes, every) => {
                while stream.write_all(&bytes).await.is_ok() {
                    tokio::time::sleep(every).await;
                }
                return;
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Request> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head: Vec<u8> = buffer.drain(..end + 4).collect();
    let mut lines = head[..end].split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end());
    let first = String::from_utf8(lines.next()?.to_vec()).ok()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers = lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        Some((name, line[colon + 1..].trim_ascii().to_vec()))
    });
    Some(Request { method, path, headers: headers.collect() })
}
