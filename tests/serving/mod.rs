//! What clients of the web server get: real requests to a real listener, answered by a newsroom in memory.

mod answers;
mod conditional;
mod consuming;
mod counting;
mod feeds;
mod kept;
mod limits;
mod lists;
mod negotiation;
mod newsroom;
mod quick;
mod site;

use std::sync::Arc;

use reqwest::{Client, Method, Response, header::HeaderMap};
use tokio_util::sync::CancellationToken;
use vestnik::web::{ServerOptions, WebOptions, serve, site};

pub(crate) use newsroom::Shelf;

use crate::support::client;

/// A server on loopback and a client that asks it.
pub(crate) struct Desk {
    pub(crate) address: String,
    pub(crate) shelf: Arc<Shelf>,
    client: Client,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Desk::open_with(Shelf::stocked(), Shelf::options()).await
    }

    pub(crate) async fn open_with(shelf: Shelf, options: WebOptions) -> Self {
        let shelf = Arc::new(shelf);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let site = site(Arc::clone(&shelf), options);
        let (options, stop) = (ServerOptions::default(), CancellationToken::new());
        tokio::spawn(async move { serve(listener, site, options, stop).await });
        Desk { address, shelf, client: client() }
    }

    /// Asks with these headers (`name: value`) and nothing that a client adds by itself.
    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.ask(Method::GET, path, headers).await
    }
}

/// A header as text; empty where it is missing.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}
