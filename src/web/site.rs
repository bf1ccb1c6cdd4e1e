//! The way past the router for what nearly everybody asks for: a feed that is ready. Whatever is not as plain as that goes
//! through the routes, and is answered in the same words.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Response, Uri},
};

/// The public site: its routes, and the way past them.
#[derive(Clone)]
pub struct Site {
    pub(super) router: Router,
    pub(super) ready: Option<Arc<dyn Ready>>,
}

/// Answers at once, or not at all.
pub(super) trait Ready: Send + Sync {
    /// None where the routes have to answer.
    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response<Body>>;
}

impl From<Router> for Site {
    fn from(router: Router) -> Self {
        Site { router, ready: None }
    }
}
