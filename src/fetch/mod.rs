//! Asks for documents: conditional GET, our own redirects, the guard on every address, caps on time and size. Parses
//! nothing, stores nothing, and decides nothing about when to ask: whoever asks says when each host may be.

pub mod guard;

mod body;
mod fault;
mod headers;
mod idle;
mod limits;
mod pages;
mod redirect;
mod resolve;
mod robots;
mod robots_cache;
mod roots;
mod turns;

use std::{
    borrow::Cow,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Client, Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::{Instant, timeout};

use self::{
    body::Collector,
    guard::Guard,
    idle::Idle,
    redirect::{Trail, is_redirect},
    resolve::{GuardedResolver, SystemNames},
    robots_cache::RobotsCache,
    turns::{Budget, Halt},
};
use crate::{
    clock::Clock,
    model::{Document, FeedUrl, FetchError, FetchOutcome, Validators},
};

pub use limits::Limits;
pub use resolve::Names;
pub use roots::RootsError;
pub use turns::{Freely, Turns};

/// Idle connections are kept so long: the next source or page of a host uses them again, after the gap. The next poll is
/// minutes away: keeping them until then would only cost us memory and the publisher a connection.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// One request is in flight a host, so more would only lie there.
const IDLE_PER_HOST: usize = 2;

const ACCEPT_FEED: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
    application/rdf+xml;q=0.9, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.3, */*;q=0.1";
const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";
const ACCEPT_DATA: &str = "application/json, application/vnd.api+json;q=0.9, */*;q=0.1";
const ACCEPT_ENCODING: &str = "gzip, br, zstd";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// A feed that we subscribe to.
    Feed,
    /// A page that we scrape: its host's robots.txt is obeyed.
    Page,
    /// JSON in place of such a page; robots.txt is obeyed too.
    Data,
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub struct FetchRequest<'a> {
    /// The address.
    pub url: &'a FeedUrl,
    /// What the last answer came with; sent back verbatim.
    pub validators: &'a Validators,
    /// What is wanted.
    pub accept: Accept,
    /// A user agent in place of ours. One that no header can carry is ignored.
    pub user_agent: Option<&'a str>,
}

/// What came of asking, and how.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// What came.
    pub outcome: FetchOutcome,
    /// The status of the last answer; None where none came.
    pub status: Option<u16>,
    /// The address that was asked last, where it is another than the first: redirects led there.
    pub led_to: Option<FeedUrl>,
    /// The same where every redirect was permanent.
    pub moved_to: Option<FeedUrl>,
    /// How long it took, without waiting for turns.
    pub took: Duration,
}

/// How far a fetch has come.
struct Way<'a> {
    trail: Trail,
    url: Cow<'a, FeedUrl>,
    status: Option<u16>,
    budget: Budget,
}

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The user agent has characters that a header cannot carry.
    #[error("“{0}” cannot be a user agent: use printable ASCII without line breaks")]
    UserAgent(String),
    /// The client refused its settings; most often no root certificates are installed.
    #[error("the HTTP client cannot be set up (are the system's root certificates installed?): {0}")]
    Client(#[source] reqwest::Error),
    /// The further root certificates.
    #[error("collect.ca_file: {0}")]
    Roots(#[from] RootsError),
}

/// The guarded client. One for the whole process, shared by reference: it holds the connections.
#[derive(Debug)]
pub struct Fetcher {
    /// Keeps connections for the next request to the same host.
    client: Client,
    /// Ends them with the answer, where enough are kept.
    passing: Client,
    idle: Mutex<Idle>,
    guard: Arc<Guard>,
    limits: Limits,
    clock: Clock,
    robots: RobotsCache,
}

impl Fetcher {
    /// Sets the client up. The clock is asked for dates in headers and for the age of robots.txt; deadlines run in real
    /// time.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub fn new(limits: Limits, clock: Clock) -> Result<Self, SetupError> {
        Fetcher::with_names(limits, clock, Arc::new(SystemNames))
    }

    /// The same, with somebody else than the system who knows the addresses of hosts.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub fn with_names(limits: Limits, clock: Clock, names: Arc<dyn Names>) -> Result<Self, SetupError> {
        let guard = Arc::new(Guard::new(limits.allow_networks.clone()));
        let client =
            |kept| client(&limits, GuardedResolver::new(Arc::clone(&names), Arc::clone(&guard)), kept);
        let (client, passing) = (client(IDLE_PER_HOST)?, client(0)?);
        let idle = Mutex::new(Idle::new(KEEP_ALIVE));
        Ok(Fetcher { client, passing, idle, guard, limits, clock, robots: RobotsCache::default() })
    }

    /// Asks once, following redirects, without waiting for anybody's turn. Never fails: what can happen is in the outcome.
    pub async fn fetch(&self, request: &FetchRequest<'_>) -> FetchOutcome {
        let Ok::<_, Infallible>(fetched) = self.fetch_in_turn(request, &mut Freely).await;
        fetched.outcome
    }

    /// The same, each request when it is its host's turn, those for robots.txt and behind a redirect too; and how it came
    /// about. Waiting for a turn does not count for the deadline.
    ///
    /// # Errors
    /// What `turns` says where a host may not be asked now.
    pub async fn fetch_in_turn<T: Turns>(
        &self,
        request: &FetchRequest<'_>,
        turns: &mut T,
    ) -> Result<Fetched, T::Refusal> {
        let mut way = Way {
            trail: Trail::new(self.limits.max_redirects),
            url: Cow::Borrowed(request.url),
            status: None,
            budget: Budget::new(self.limits.total_timeout),
        };
        let outcome = match self.follow(request, &mut way, turns).await {
            Ok(outcome) => outcome,
            Err(Halt::Failed(error)) => FetchOutcome::Failed(error),
            Err(Halt::Refused(refusal)) => return Err(refusal),
        };
        let led_to = matches!(way.url, Cow::Owned(_)).then(|| way.url.into_owned());
        let moved_to = led_to.as_ref().and_then(|last| way.trail.moved_to(last));
        Ok(Fetched { outcome, status: way.status, led_to, moved_to, took: way.budget.spent() })
    }

    async fn follow<T: Turns>(
        &self,
        request: &FetchRequest<'_>,
        way: &mut Way<'_>,
        turns: &mut T,
    ) -> Result<FetchOutcome, Halt<T::Refusal>> {
        loop {
            way.status = None;
            if request.accept != Accept::Feed
                && let Some(outcome) = self.check_robots(way, turns).await?
            {
                return Ok(outcome);
            }
            turns.take(&way.url).await.map_err(Halt::Refused)?;
            let response = way.budget.spend(self.ask(&way.url, request)).await?;
            way.status = Some(response.status().as_u16());
            if !is_redirect(response.status()) {
                let mut rest = way.budget;
                return Ok(rest.spend(self.outcome(response, way, request)).await?);
            }
            way.url = Cow::Owned(next_hop(&mut way.trail, &way.url, &response)?);
        }
    }

    /// One hop.
    async fn ask(&self, url: &FeedUrl, request: &FetchRequest<'_>) -> Result<Response, FetchError> {
        // The client does not ask its resolver about literal addresses.
        if !self.guard.permits_literal(url.url()) {
            let address = url.url().host_str().unwrap_or_default().to_owned();
            return Err(FetchError::Refused { address });
        }
        let deadline = self.limits.connect_timeout + self.limits.idle_timeout;
        let mut again = true;
        let client = self.client_for(url);
        loop {
            let asked = client.get(url.url().clone()).headers(request_headers(request)).send();
            match timeout(deadline, asked).await {
                Ok(Ok(response)) => return Ok(response),
                // A server may close a connection just as we take it up; asking twice does no harm (RFC 9110 §9.2.2).
                Ok(Err(error)) if again && fault::is_stale_connection(&error) => again = false,
                Ok(Err(error)) => return Err(fault::classify(&error, &self.limits)),
                Err(_) => return Err(FetchError::Timeout { after: deadline }),
            }
        }
    }

    fn client_for(&self, url: &FeedUrl) -> &Client {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.may_keep(&url.authority(), Instant::now()) { &self.client } else { &self.passing }
    }

    async fn outcome(
        &self,
        response: Response,
        way: &Way<'_>,
        request: &FetchRequest<'_>,
    ) -> Result<FetchOutcome, FetchError> {
        let now = self.clock.now();
        let freshness = headers::freshness(response.headers(), now);
        let retry_after = freshness.retry_after;
        match response.status() {
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => {
                let validators = headers::validators(response.headers());
                let content_type = verbatim(response.headers(), &header::CONTENT_TYPE);
                let content_language = verbatim(response.headers(), &header::CONTENT_LANGUAGE);
                let link = joined(response.headers(), &header::LINK);
                let (body, wire_bytes) = self.body(response).await?;
                let url = way.url.clone().into_owned();
                let moved_to = way.trail.moved_to(&url);
                let document = Document {
                    body,
                    content_type,
                    content_language,
                    link,
                    url,
                    validators,
                    moved_to,
                    freshness,
                    wire_bytes,
                };
                Ok(FetchOutcome::Modified(Box::new(document)))
            }
            // Without a condition there is nothing that could be unmodified.
            StatusCode::NOT_MODIFIED if !request.validators.is_empty() => Ok(FetchOutcome::NotModified {
                validators: headers::validators(response.headers()),
                freshness,
            }),
            StatusCode::GONE => Ok(FetchOutcome::Gone),
            StatusCode::TOO_MANY_REQUESTS => Ok(FetchOutcome::RateLimited { retry_after }),
            StatusCode::SERVICE_UNAVAILABLE => Ok(FetchOutcome::Unavailable { retry_after }),
            status => Err(FetchError::Status { status: status.as_u16() }),
        }
    }

    async fn body(&self, mut response: Response) -> Result<(Bytes, u64), FetchError> {
        let limit = self.limits.body_limit;
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(FetchError::TooLarge { limit });
        }
        let mut collector = Collector::new(response.headers(), limit)?;
        while let Some(chunk) = self.chunk(&mut response).await? {
            collector.take(&chunk)?;
        }
        collector.finish()
    }

    async fn chunk(&self, response: &mut Response) -> Result<Option<Bytes>, FetchError> {
        let idle = self.limits.idle_timeout;
        match timeout(idle, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| fault::classify_body(&error)),
            Err(_) => Err(FetchError::Timeout { after: idle }),
        }
    }
}

/// A client that keeps so many idle connections a host.
fn client(limits: &Limits, resolver: GuardedResolver, kept: usize) -> Result<Client, SetupError> {
    // Fails where a provider is installed already; then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let user_agent = HeaderValue::from_str(&limits.user_agent)
        .map_err(|_| SetupError::UserAgent(limits.user_agent.escape_debug().to_string()))?;
    let mut always = HeaderMap::new();
    always.insert(header::USER_AGENT, user_agent);
    always.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT_FEED));
    always.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
    let roots = limits.ca_file.as_deref().map_or_else(|| Ok(Vec::new()), roots::read)?;
    let builder = Client::builder()
        .tls_certs_merge(roots)
        .default_headers(always)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // A proxy of the environment would connect in our place, past the guard.
        .no_proxy()
        .dns_resolver(resolver)
        .connect_timeout(limits.connect_timeout)
        .pool_idle_timeout(KEEP_ALIVE)
        .pool_max_idle_per_host(kept)
        // Sloppy servers are read as browsers read them.
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true);
    builder.build().map_err(SetupError::Client)
}

/// What differs from the client's own header fields.
fn request_headers(request: &FetchRequest<'_>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(4);
    let mut put = |name, value: Option<&[u8]>| {
        // What came as a header value is one; a user agent that is none is left out.
        if let Some(value) = value.and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
            headers.insert(name, value);
        }
    };
    put(header::IF_NONE_MATCH, request.validators.etag.as_deref());
    put(header::IF_MODIFIED_SINCE, request.validators.last_modified.as_deref());
    put(header::USER_AGENT, request.user_agent.map(str::as_bytes));
    let accept = match request.accept {
        // The client's own.
        Accept::Feed => None,
        Accept::Page => Some(ACCEPT_PAGE),
        Accept::Data => Some(ACCEPT_DATA),
    };
    put(header::ACCEPT, accept.map(str::as_bytes));
    headers
}

fn next_hop(trail: &mut Trail, from: &FeedUrl, response: &Response) -> Result<FeedUrl, FetchError> {
    let location = response.headers().get(header::LOCATION).map(HeaderValue::as_bytes);
    trail.follow(from, response.status(), location)
}

fn verbatim(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// A list that a server may write over several lines (RFC 9110 §5.3).
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<_> =
        headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}
