//! What the public side answered, in numbers: by kind of address and status, never by address, of which clients could make up
//! any number. Counting costs two additions a request: the counters are looked up the first time and kept.

use std::sync::OnceLock;

use axum::{
    body::{Body, HttpBody as _},
    http::Response,
};
use metrics::{Counter, Gauge, counter, gauge};

/// Kinds of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Feed,
    Page,
    Opml,
    Post,
    Sources,
    Asset,
    Probe,
    Other,
}

/// By `Route as usize`.
const ROUTES: [&str; 8] = ["feed", "page", "opml", "post", "sources", "asset", "probe", "other"];

/// What we answer; whatever else a layer may say is `other`.
const STATUSES: [(u16, &str); 15] = [
    (200, "200"),
    (304, "304"),
    (404, "404"),
    (204, "204"),
    (301, "301"),
    (302, "302"),
    (400, "400"),
    (405, "405"),
    (406, "406"),
    (408, "408"),
    (412, "412"),
    (413, "413"),
    (429, "429"),
    (500, "500"),
    (503, "503"),
];
const OTHER: usize = STATUSES.len();

impl Route {
    pub(super) fn of(path: &str) -> Self {
        match path {
            "/" => Route::Page,
            "/feeds.opml" => Route::Opml,
            "/sources" => Route::Sources,
            "/healthz" | "/readyz" | "/metrics" => Route::Probe,
            _ => Route::in_folder(path),
        }
    }

    fn in_folder(path: &str) -> Self {
        let inside = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        match inside {
            Some(("feeds", name)) if name.contains('.') && !name.ends_with(".html") => Route::Feed,
            Some(("feeds", _)) => Route::Page,
            Some(("posts", _)) => Route::Post,
            Some(("assets", _)) => Route::Asset,
            _ => Route::Other,
        }
    }
}

/// The counters of one server.
pub(super) struct Counts {
    requests: [[OnceLock<Counter>; OTHER + 1]; ROUTES.len()],
    bytes: [OnceLock<Counter>; ROUTES.len()],
    connections: Gauge,
}

impl Default for Counts {
    fn default() -> Self {
        Counts {
            requests: Default::default(),
            bytes: Default::default(),
            connections: gauge!("vestnik_http_connections"),
        }
    }
}

impl Counts {
    /// Counts an answer; gives the bytes of its body, as far as they are known beforehand.
    pub(super) fn count(&self, route: Route, response: &Response<Body>) -> u64 {
        let (route, status) = (route as usize, response.status().as_u16());
        let slot = STATUSES.iter().position(|(known, _)| *known == status).unwrap_or(OTHER);
        let (requests, bytes) = (&self.requests, &self.bytes);
        let name = ROUTES.get(route).copied().unwrap_or_default();
        if let Some(requests) = requests.get(route).and_then(|of_route| of_route.get(slot)) {
            let status = STATUSES.get(slot).map_or("other", |(_, name)| name);
            let register = || counter!("vestnik_http_requests_total", "route" => name, "status" => status);
            requests.get_or_init(register).increment(1);
        }
        let length = response.body().size_hint().exact().unwrap_or(0);
        if let Some(bytes) = bytes.get(route).filter(|_| length > 0) {
            bytes
                .get_or_init(|| counter!("vestnik_http_response_bytes_total", "route" => name))
                .increment(length);
        }
        length
    }

    /// Counts a connection for as long as the guard lives.
    pub(super) fn connection(&self) -> Connected<'_> {
        self.connections.increment(1.0);
        Connected(&self.connections)
    }
}

/// An open connection.
pub(super) struct Connected<'a>(&'a Gauge);

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_by_its_kind() {
        let cases = [
            ("/", Route::Page),
            ("/feeds/all", Route::Page),
            ("/feeds/all.html", Route::Page),
            ("/feeds/all.atom", Route::Feed),
            ("/feeds/none.rss", Route::Feed),
            ("/feeds.opml", Route::Opml),
            ("/posts/sreshti", Route::Post),
            ("/sources", Route::Sources),
            ("/assets/feed.css", Route::Asset),
            ("/readyz", Route::Probe),
            ("/metrics", Route::Probe),
            ("/wp-login.php", Route::Other),
            ("/feedsall", Route::Other),
            ("*", Route::Other),
            ("", Route::Other),
        ];
        for (path, route) in cases {
            assert_eq!(Route::of(path), route, "{path}");
        }
        assert_eq!(ROUTES[Route::Other as usize], "other");
        assert_eq!(ROUTES[Route::Sources as usize], "sources");
    }
}
