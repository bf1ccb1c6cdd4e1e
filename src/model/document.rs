//! What a fetch brings.

use std::time::Duration;

use bytes::Bytes;

use super::{FeedUrl, Timestamp};

/// The conditional request's material, as the raw bytes received (RFC 9110 §8.8). Sent back verbatim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, quotes and `W/` included.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified`.
    pub last_modified: Option<Vec<u8>>,
}

impl Validators {
    /// True where there is nothing to ask conditionally with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// What the response said about asking again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freshness {
    /// Cache-Control max-age or Expires, less Age (RFC 9111 §4.2). Also of a 304.
    pub fresh_for: Option<Duration>,
    /// Retry-After, from either of its forms (RFC 9110 §10.2.3).
    pub retry_after: Option<Duration>,
}

/// The bytes that a fetch brought, decoded from their content coding, and what came with them.
#[derive(Debug, Clone)]
pub struct Document {
    /// The body, at most `collect.body_limit` bytes.
    pub body: Bytes,
    /// `Content-Type`, verbatim.
    pub content_type: Option<String>,
    /// `Content-Language`, verbatim.
    pub content_language: Option<String>,
    /// `Link` (RFC 8288), verbatim; several are joined by commas.
    pub link: Option<String>,
    /// The address that the body came from: after redirects.
    pub url: FeedUrl,
    /// To be stored with what the body says, and never without it.
    pub validators: Validators,
    /// Set where every redirect on the way was permanent (301, 308) and there was at least one.
    pub moved_to: Option<FeedUrl>,
    /// When to ask again.
    pub freshness: Freshness,
    /// Bytes on the wire.
    pub wire_bytes: u64,
}

/// A list page that is kept while article pages of it are still to be read. The cheapest way to have it is not to ask
/// for it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDocument {
    /// The address that the body came from.
    pub url: FeedUrl,
    /// `Content-Type`, verbatim.
    pub content_type: Option<String>,
    /// `Content-Language`, verbatim.
    pub content_language: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl KeptDocument {
    /// What is kept of a document.
    pub fn of(document: &Document) -> Self {
        KeptDocument {
            url: document.url.clone(),
            content_type: document.content_type.clone(),
            content_language: document.content_language.clone(),
            body: document.body.clone(),
        }
    }

    /// The document once more, with what its server says of it now.
    pub fn document(self, validators: Validators, freshness: Freshness) -> Document {
        let KeptDocument { url, content_type, content_language, body } = self;
        let (link, moved_to, wire_bytes) = (None, None, 0);
        Document {
            body,
            content_type,
            content_language,
            link,
            url,
            validators,
            moved_to,
            freshness,
            wire_bytes,
        }
    }
}

/// What came of asking. Expected outcomes are data; only `Failed` is a fault.
#[derive(Debug, Clone)]
pub enum FetchOutcome {
    /// 200 with a whole body.
    Modified(Box<Document>),
    /// 304. Validators that the 304 carried replace the stored ones; those it did not carry stay.
    NotModified {
        /// What the 304 carried.
        validators: Validators,
        /// When to ask again.
        freshness: Freshness,
    },
    /// 410: the publisher took it away for good.
    Gone,
    /// 429: the host asks for less.
    RateLimited {
        /// From Retry-After.
        retry_after: Option<Duration>,
    },
    /// 503: the source is down for a while.
    Unavailable {
        /// From Retry-After.
        retry_after: Option<Duration>,
    },
    /// Nothing usable came.
    Failed(FetchError),
}

/// Why nothing usable came: one variant a reaction. `Display` is for staff, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The name does not resolve.
    #[error("the host {host} was not found; check the address or the name server")]
    UnknownHost {
        /// The name that was asked for.
        host: String,
    },
    /// The name server does not answer or the network is not there: our own outage, no fault of the source.
    #[error("our own network is down: {reason}")]
    Offline {
        /// What the system said.
        reason: String,
    },
    /// The guard refused an address (a private network, say).
    #[error(
        "{address} is not a public address; open its network with collect.allow_networks if this is meant"
    )]
    Refused {
        /// The host or address.
        address: String,
    },
    /// No connection.
    #[error("no connection: {reason}")]
    Connect {
        /// What the system said.
        reason: String,
    },
    /// The certificate or the handshake failed.
    #[error("the secure connection failed: {reason}")]
    Tls {
        /// What is wrong, as far as a person can do something about it.
        fault: TlsFault,
        /// What the library said.
        reason: String,
    },
    /// A deadline passed.
    #[error("no answer within {} s", after.as_secs())]
    Timeout {
        /// The deadline.
        after: Duration,
    },
    /// Any status that has no outcome of its own.
    #[error("the server answered {status}")]
    Status {
        /// The status code.
        status: u16,
    },
    /// Too many hops, a loop, or a Location that is no address.
    #[error("the redirects do not end: {reason}")]
    Redirect {
        /// What was wrong with them.
        reason: String,
    },
    /// Larger than the cap, on the wire or decoded.
    #[error("the document is larger than {limit} bytes")]
    TooLarge {
        /// The cap, in bytes.
        limit: u64,
    },
    /// Cut off, or its content coding is broken.
    #[error("the document arrived incomplete: {reason}")]
    Broken {
        /// What the decoder said.
        reason: String,
    },
    /// robots.txt disallows the page.
    #[error("robots.txt of {host} does not allow this page")]
    Robots {
        /// The host.
        host: String,
    },
}

/// What is wrong with a server's certificate (RFC 5280 §6.1, RFC 9525).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// It was good until some day.
    Expired,
    /// It will be good from some day on, or our clock is wrong.
    NotYet,
    /// It is for another name.
    Name,
    /// Nobody whom we trust stands behind it.
    Issuer,
    /// Anything else, the connection itself too.
    Other,
}

/// The moment a response said to come back at, for outcomes that carry one.
impl FetchOutcome {
    /// When the server asked to be left alone until, counted from `now`.
    pub fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        let wait = match self {
            FetchOutcome::RateLimited { retry_after } | FetchOutcome::Unavailable { retry_after } => {
                *retry_after
            }
            FetchOutcome::Modified(document) => document.freshness.retry_after,
            FetchOutcome::NotModified { freshness, .. } => freshness.retry_after,
            FetchOutcome::Gone | FetchOutcome::Failed(_) => None,
        }?;
        now.checked_add_signed(chrono::Duration::from_std(wait).ok()?)
    }
}
