//! The web server: answers requests for feeds, pages and assets from memory. Knows HTTP and nothing else: what to say comes from
//! the [`Newsroom`].

mod address;
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

pub use address::EMBEDDED;
pub use consumers::{Consumed, Consumers, Consumption};
pub use served::{ARCHIVED, Served, cache_control};
pub use server::{ServerOptions, serve};
pub use site::Site;

use crate::{
    model::{Format, Language, Month, Slug, SortKey},
    publish::Theme,
};

/// What the web server asks of the application. Every answer should come from memory.
pub trait Newsroom: Send + Sync + 'static {
    /// A channel in a format; None where there is no such channel.
    fn channel(&self, slug: &Slug, format: Format) -> impl Future<Output = Found> + Send;

    /// A channel in a format, narrowed by the query of its address; None where there is no such channel.
    fn asked(&self, slug: &Slug, query: &str, format: Format) -> impl Future<Output = Found> + Send;

    /// A document of a channel's archive; None where there is no such channel or document.
    fn archived(&self, slug: &Slug, number: u64, format: Format) -> impl Future<Output = Found> + Send;

    /// What a channel that was once called so is called now.
    fn moved(&self, slug: &Slug) -> Option<Slug>;

    /// A feed by the path of its address (`/feeds/all.atom`), where it is ready to be sent: found without waiting, and what
    /// `channel` would find. None sends the request through `channel`.
    fn ready(&self, path: &str) -> Option<Arc<Served>> {
        let _ = path;
        None
    }

    /// A document that is no channel; None where there is none.
    fn document(&self, asked: &Asked) -> impl Future<Output = Found> + Send;

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

/// A document that is no channel, and the language of the interface where the address names one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    /// Which document.
    pub path: SitePath,
    /// The folder that it was asked for in (`/en/`). None asks for the language of the site.
    pub language: Option<Language>,
}

impl From<SitePath> for Asked {
    fn from(path: SitePath) -> Self {
        Asked { path, language: None }
    }
}

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
    /// `/en/feeds/<slug>`: the page of a channel with the interface of that language.
    Channel(Slug),
    /// `/search`.
    Search(SearchAsked),
    /// `/sources/<slug>`, and where the list begins.
    Source(Slug, Option<SortKey>),
    /// `/feeds`: every channel, for people.
    Channels,
    /// `/tags`.
    Tags,
    /// `/tags/<tag>`, in lower case, and where the list begins.
    Tag(String, Option<SortKey>),
    /// `/archive`.
    Archive,
    /// `/archive/<year>/<month>`, and where the list begins.
    Month(Month, Option<SortKey>),
    /// `/embed/<channel>` and `/embed/<channel>.fragment`.
    Embed(Slug, EmbedOptions),
    /// `/oembed`.
    Oembed {
        /// The page of ours that somebody wants to embed.
        url: String,
        /// Pixels that it may be wide.
        max_width: Option<u32>,
        /// Pixels that it may be high.
        max_height: Option<u32>,
    },
    /// `/opensearch.xml`: how browsers search here.
    OpenSearch,
    /// The page for addresses where nothing is.
    NotFound,
    /// The page that says why an address cannot be read.
    BadRequest(String),
    /// The page in place of what was taken away.
    Gone,
    /// The page for when something cannot be done now.
    Unavailable,
    /// The page for faults of ours.
    Broken,
}

/// What `/search` is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SearchAsked {
    /// The words. None where the page was only opened.
    pub text: Option<String>,
    /// Only entries in this language.
    pub language: Option<Language>,
    /// Only entries of this source.
    pub source: Option<Slug>,
    /// Only entries with this tag, in lower case.
    pub tag: Option<String>,
    /// Only entries below this place.
    pub before: Option<SortKey>,
}

/// How an embed is to look.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmbedOptions {
    /// How many entries.
    pub limit: u32,
    /// Light or dark.
    pub theme: Theme,
    /// Markup to be included, and no page for a frame.
    pub fragment: bool,
    /// The language of its few words.
    pub language: Option<Language>,
}

/// Whether the daemon can do its work; each problem is one line for the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readiness {
    /// What is wrong. Empty where all is well.
    pub problems: Vec<String>,
}

/// Why the newsroom has no answer: one variant a reaction.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WebError {
    /// Not now: answered with 503. The reason goes to the log, not to the client.
    #[error("cannot answer now: {0}")]
    Unavailable(String),
    /// Too much is asked for at once: answered with 429.
    #[error("too much is asked for at once")]
    Busy,
    /// It was here and was taken away: answered with 410.
    #[error("it was taken away")]
    Gone,
    /// It will be here; until then, this is where to look: answered with 307.
    #[error("it is not here yet")]
    NotYet {
        /// Relative to what was asked for.
        location: String,
    },
    /// A fault of ours: answered with 500. The reason goes to the log, not to the client.
    #[error("cannot answer: {0}")]
    Internal(String),
    /// The request cannot be meant: answered with 400, the reason, and where one was made, a page.
    #[error("cannot be read: {reason}")]
    Refused {
        /// What is wrong and what is known.
        reason: String,
        /// The page that says so.
        page: Option<Arc<Served>>,
    },
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

/// Pages that are there with both interfaces, each in the site's language and in the folder of either.
const PAGES: [&str; 11] = [
    "/feeds",
    "/search",
    "/sources",
    "/sources/{slug}",
    "/sources/{slug}/{place}",
    "/tags",
    "/tags/{tag}",
    "/tags/{tag}/{place}",
    "/archive",
    "/archive/{year}/{month}",
    "/archive/{year}/{month}/{place}",
];

/// All public routes, with the way past them for feeds that are ready.
pub fn site<N: Newsroom>(newsroom: Arc<N>, options: WebOptions) -> Site {
    let room = routes::Room::new(newsroom, options);
    Site { router: routes(Arc::clone(&room)), ready: Some(room) }
}

/// Only what says how the process is doing, for one that serves no public site.
pub fn probes<N: Newsroom>(newsroom: Arc<N>, options: WebOptions) -> Site {
    let room = routes::Room::new(newsroom, options);
    let router = Router::new()
        .route("/healthz", get(routes::healthz))
        .route("/readyz", get(routes::readyz::<N>))
        .route("/metrics", get(routes::metrics::<N>))
        .layer(RequestBodyLimitLayer::new(room.body_limit()))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .fallback(routes::serves_nothing)
        .method_not_allowed_fallback(answer::method_not_allowed)
        .with_state(room);
    router.into()
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
        .route("/feeds/{name}/archive/{page}", get(routes::archive::<N>).options(answer::preflight))
        .route("/feeds.opml", get(routes::opml::<N>).options(answer::preflight));
    let mut pages = Router::new().route("/en", get(routes::page::<N>)).route("/bg", get(routes::page::<N>));
    for folder in ["", "/en", "/bg"] {
        for page in PAGES {
            pages = pages.route(&format!("{folder}{page}"), get(routes::page::<N>));
        }
    }
    for page in ["/en/", "/en/feeds/{name}", "/bg/", "/bg/feeds/{name}"] {
        pages = pages.route(page, get(routes::page::<N>));
    }
    let others = pages
        .route("/posts/{slug}", get(routes::post::<N>))
        .route("/embed.js", get(routes::embed_script::<N>))
        .route("/oembed", get(routes::page::<N>).options(answer::preflight))
        .route("/embed/{name}", get(routes::page::<N>).options(answer::preflight))
        .route("/opensearch.xml", get(routes::opensearch::<N>))
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
