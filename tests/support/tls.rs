//! Servers with TLS on loopback, and the authority that vouches for them.

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::Body,
    http::{HeaderMap, Request, Response, Version},
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{io::AsyncReadExt, net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

/// An organisation's own certificate authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// From which year to which a certificate counts.
pub(crate) const GOOD: (i32, i32) = (2020, 2090);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// Its root certificate.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Writes its root certificate to a file.
    pub(crate) fn write(&self, file: &Path) {
        std::fs::write(file, &self.pem).unwrap();
    }

    /// A certificate for this name, with its key.
    pub(crate) fn certificate(&self, name: &str, years: (i32, i32)) -> Certified {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()))
    }
}

pub(crate) type Certified = (CertificateDer<'static>, PrivateKeyDer<'static>);

/// What a server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) version: Version,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

/// A running server; stops when it is dropped.
pub(crate) struct TlsServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
    /// The first byte that a client sent on each connection that came to nothing.
    refused: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl TlsServer {
    /// Starts on a free port of 127.0.0.1, and speaks these protocols (`h2`, `http/1.1`).
    pub(crate) async fn start(
        (certificate, key): Certified,
        protocols: &[&str],
        answer: impl Fn(&Asked) -> Response<Body> + Send + Sync + 'static,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, refused) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<Vec<u8>>>::default());
        let (connections, answer) = (Arc::<AtomicUsize>::default(), Arc::new(answer));
        let (seen, failed, opened) = (Arc::clone(&asked), Arc::clone(&refused), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::SeqCst);
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                let (failed, answer) = (Arc::clone(&failed), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut first = [0];
                    let _ = stream.peek(&mut first).await;
                    match acceptor.accept(stream).await {
                        Ok(stream) => serve(stream, seen, answer).await,
                        Err(_) => failed.lock().unwrap().push(first[0]),
                    }
                });
            }
        });
        TlsServer { address, asked, connections, refused, task }
    }

    /// The address of a path at a host of this name.
    pub(crate) fn at(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.address.port())
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The first bytes of connections on which no TLS came about.
    pub(crate) fn refused(&self) -> Vec<u8> {
        self.refused.lock().unwrap().clone()
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>,
    seen: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<impl Fn(&Asked) -> Response<Body> + Send + Sync + 'static>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let asked = Asked {
            version: request.version(),
            path: request.uri().path().to_owned(),
            headers: request.headers().clone(),
        };
        let response = answer(&asked);
        seen.lock().unwrap().push(asked);
        async move { Ok::<_, Infallible>(response) }
    });
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

/// A server that takes connections and the first bytes, and never says a word.
pub(crate) async fn mute() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read_u8().await;
            open.push(stream);
        }
    });
    (address, task)
}
