//! The web server: answers requests for feeds, pages and assets from memory. Knows HTTP and nothing else: what to say comes from
//! the [`Newsroom`].

mod answer;
mod assets;
mod conditional;
mod consumers;
mod counts;
mod negotiate;
mod routes;
mod served;
mod server;
mod site;

use std::{future::Future, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

pub use consumers::{Consumed, Consumers, Consumption};
pub use served::{Served, cache_control};
pub use server::{ServerOptions, serve};
pub use site::Site;

use crate::model::{Format, Slug};

/// What the web server asks of the application. Every answer should come from memory.
pub trait Newsroom: Send + Sync + 'static {
    /// A channel in a format; None where there is no such channel.
    fn channel(&self, slug: &Slug, format: Format) -> impl Future<Output = Found> + Send;

    /// A feed by the path of its address (`/feeds/all.atom`), where it is ready to be sent: found without waiting, and what
    /// `channel` would find. None sends the request through `channel`.
    fn ready(&self, path: &str) -> Option<Arc<Served>> {
        let _ = path;
        None
    }

    /// A document that is no channel; None where there is none.
    fn document(&self, path: &SitePath) -> impl Future<Output = Found> + Send;

    /// Whether the daemon can do its work now.
    fn readiness(&self) -> impl Future<Output = Readiness> + Send;

    /// The metrics in Prometheus' text format.
    fn metrics(&self) -> String;

    /// Where requests for feeds are counted by program; None where they are not.
    fn consumers(&self) -> Option<&Consumers> {
        None
    }
}

/// What the newsroom found.
pub type Found = Result<Option<Arc<Served>>, WebError>;

/// Documents that are no channels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SitePath {
    /// `/`: the page of the channel `all`.
    Front,
    /// `/sources`.
    Sources,
    /// `/feeds.opml`.
    Opml,
    /// `/posts/<slug>`.
    Post(Slug),
    /// The page for addresses where nothing is.
    NotFound,
}

/// Whether the daemon can do its work; each problem is one line for the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readiness {
    /// What is wrong. Empty where all is well.
    pub problems: Vec<String>,
}

/// Why the newsroom has no answer: one variant a reaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// Not now: answered with 503. The reason goes to the log, not to the client.
    #[error("cannot answer now: {0}")]
    Unavailable(String),
    /// A fault of ours: answered with 500. The reason goes to the log, not to the client.
    #[error("cannot answer: {0}")]
    Internal(String),
}

/// How the server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOptions {
    /// For so long caches may keep a document without asking (Cache-Control max-age); twice as long while they ask.
    pub max_age: Duration,
    /// The newsroom has so long to find a document.
    pub timeout: Duration,
    /// Bytes of a request's body. No public page takes one.
    pub body_limit: usize,
}

impl Default for WebOptions {
    fn default() -> Self {
        WebOptions {
            max_age: Duration::from_secs(300),
            timeout: Duration::from_secs(10),
            body_limit: 16 * 1024,
        }
    }
}

/// All public routes, with the way past them for feeds that are ready.
pub fn site<N: Newsroom>(newsroom: Arc<N>, options: WebOptions) -> Site {
    let room = routes::Room::new(newsroom, options);
    Site { router: routes(Arc::clone(&room)), ready: Some(room) }
}

/// All public routes.
pub fn router<N: Newsroom>(newsroom: Arc<N>, options: WebOptions) -> Router {
    routes(routes::Room::new(newsroom, options))
}

fn routes<N: Newsroom>(room: Arc<routes::Room<N>>) -> Router {
    let body_limit = room.body_limit();
    // Feeds are nearly all of the traffic and go without layers, each of which would cost as much as the answer. They need none:
    // a fault or a delay of the newsroom is caught where it is asked, and a body that nobody reads is never held.
    let feeds = Router::new()
        .route("/", get(routes::front::<N>))
        .route("/feeds/{name}", get(routes::channel::<N>).options(answer::preflight))
        .route("/feeds.opml", get(routes::opml::<N>).options(answer::preflight));
    let others = Router::new()
        .route("/posts/{slug}", get(routes::post::<N>))
        .route("/sources", get(routes::sources::<N>))
        .route("/assets/{name}", get(routes::asset::<N>))
        .route("/healthz", get(routes::healthz))
        .route("/readyz", get(routes::readyz::<N>))
        .route("/metrics", get(routes::metrics::<N>))
        .layer(RequestBodyLimitLayer::new(body_limit))
        .layer(CatchPanicLayer::custom(answer::panicked));
    feeds
        .merge(others)
        .fallback(routes::nothing_here::<N>)
        .method_not_allowed_fallback(answer::method_not_allowed)
        .with_state(room)
}
