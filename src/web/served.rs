//! A document with every header that it can be sent with, made once a revision, so that an answer is a clone and no formatting.

use std::time::Duration;

use axum::http::{
    HeaderMap, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_ENCODING,
        CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED, REFERRER_POLICY, VARY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use bytes::Bytes;

use super::WebOptions;
use crate::model::{Coding, Format, Rendition};

/// `Cache-Control` of archive documents, which never change but for what is taken down.
pub const ARCHIVED: &str = "public, max-age=2592000, immutable";

/// What a page may load and do: our own style and letters, pictures, nothing else.
pub(super) const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' https: data:; \
                           base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// An embed has no form and no picture, and stands in any site's frame.
const EMBED_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

/// A rendition, ready to be sent. To be kept by whoever keeps the rendition, and made anew with it.
#[derive(Debug, Clone)]
pub struct Served {
    rendition: Rendition,
    /// Seconds since 1970; None for what has no date.
    last_modified: Option<i64>,
    last_modified_text: Option<HeaderValue>,
    /// The identity first; it is always there.
    copies: Vec<Copy>,
}

/// The document in one coding.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    pub(super) coding: Coding,
    pub(super) etag: HeaderValue,
    pub(super) body: Bytes,
    /// Headers of a 200.
    pub(super) full: HeaderMap,
    /// Headers of a 304 (RFC 9110 §15.4.5).
    pub(super) unchanged: HeaderMap,
}

/// What differs between kinds of documents.
struct Manner {
    content_type: HeaderValue,
    cache_control: HeaderValue,
    /// Other sites' scripts may read it.
    shared: bool,
    /// What a page may do, where it is one.
    policy: Option<&'static str>,
    /// It says when it changed.
    dated: bool,
}

impl Served {
    /// A channel or a page, by the rendition's format.
    pub fn new(rendition: Rendition, options: &WebOptions) -> Self {
        let page = rendition.format == Format::Html;
        let manner = Manner {
            content_type: HeaderValue::from_static(rendition.format.content_type()),
            cache_control: cache_header(options.max_age),
            shared: !page,
            policy: page.then_some(PAGE_POLICY),
            dated: true,
        };
        Served::with(rendition, &manner)
    }

    /// A document of an archive: it never changes, but for what is taken down.
    pub fn archive(rendition: Rendition) -> Self {
        let manner = Manner {
            content_type: HeaderValue::from_static(rendition.format.content_type()),
            cache_control: HeaderValue::from_static(ARCHIVED),
            shared: true,
            policy: None,
            dated: true,
        };
        Served::with(rendition, &manner)
    }

    /// The list of channels. Its rendition's format is of no consequence.
    pub fn opml(rendition: Rendition, options: &WebOptions) -> Self {
        let manner = Manner {
            content_type: HeaderValue::from_static("text/x-opml; charset=utf-8"),
            cache_control: cache_header(options.max_age),
            shared: true,
            policy: None,
            dated: true,
        };
        Served::with(rendition, &manner)
    }

    /// A channel in a frame of another site, or to be included there.
    pub fn embed(rendition: Rendition, options: &WebOptions) -> Self {
        let manner = Manner {
            content_type: HeaderValue::from_static("text/html; charset=utf-8"),
            cache_control: cache_header(options.max_age),
            shared: true,
            policy: Some(EMBED_POLICY),
            dated: true,
        };
        Served::with(rendition, &manner)
    }

    /// A document of another media type that any site may read.
    pub fn shared(rendition: Rendition, media_type: &'static str, options: &WebOptions) -> Self {
        let manner = Manner {
            content_type: HeaderValue::from_static(media_type),
            cache_control: cache_header(options.max_age),
            shared: true,
            policy: None,
            dated: true,
        };
        Served::with(rendition, &manner)
    }

    /// A file that comes with the program.
    pub(super) fn asset(rendition: Rendition, content_type: &'static str, options: &WebOptions) -> Self {
        let manner = Manner {
            content_type: HeaderValue::from_static(content_type),
            cache_control: cache_header(options.max_age),
            // Fonts and the script of embeds are read across origins.
            shared: true,
            policy: None,
            dated: false,
        };
        Served::with(rendition, &manner)
    }

    /// What it was made from: the next revision compares itself with it.
    pub fn rendition(&self) -> &Rendition {
        &self.rendition
    }

    pub(super) fn copies(&self) -> &[Copy] {
        &self.copies
    }

    /// Last-Modified as it is sent, and in seconds since 1970.
    pub(super) fn last_modified(&self) -> Option<(&HeaderValue, i64)> {
        self.last_modified_text.as_ref().zip(self.last_modified)
    }

    fn with(rendition: Rendition, manner: &Manner) -> Self {
        let seconds = rendition.last_modified.timestamp().clamp(0, 253_402_300_799);
        let at = std::time::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
        let text = HeaderValue::try_from(httpdate::fmt_http_date(at)).ok().filter(|_| manner.dated);
        let codings =
            std::iter::once(Coding::Identity).chain(rendition.compressed.iter().map(|(coding, _)| *coding));
        let copies =
            codings.filter_map(|coding| Copy::of(&rendition, coding, manner, text.as_ref())).collect();
        Served {
            copies,
            last_modified: text.is_some().then_some(seconds),
            last_modified_text: text,
            rendition,
        }
    }
}

impl Copy {
    /// None only for hashes that no header can hold, and the hash is hexadecimal.
    fn of(
        rendition: &Rendition,
        coding: Coding,
        manner: &Manner,
        date: Option<&HeaderValue>,
    ) -> Option<Self> {
        let etag = HeaderValue::try_from(rendition.etag(coding)).ok()?;
        let body = rendition.body(coding)?.clone();
        let mut unchanged = HeaderMap::with_capacity(12);
        unchanged.insert(ETAG, etag.clone());
        unchanged.insert(CACHE_CONTROL, manner.cache_control.clone());
        unchanged.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(date) = date {
            unchanged.insert(LAST_MODIFIED, date.clone());
        }
        if manner.shared {
            unchanged.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            unchanged.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, link"));
        }
        let mut full = unchanged.clone();
        full.insert(CONTENT_TYPE, manner.content_type.clone());
        full.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        full.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if coding != Coding::Identity {
            full.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.token()));
        }
        if let Some(policy) = manner.policy {
            full.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
            // Partners may see that a reader came from us, not from which page.
            full.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
        }
        Some(Copy { coding, etag, body, full, unchanged })
    }
}

/// `Cache-Control` of a document that caches may keep for so long without asking, and twice as long while they ask.
pub fn cache_control(max_age: Duration) -> String {
    let seconds = max_age.as_secs();
    format!("public, max-age={seconds}, stale-while-revalidate={}", seconds.saturating_mul(2))
}

fn cache_header(max_age: Duration) -> HeaderValue {
    HeaderValue::try_from(cache_control(max_age)).unwrap_or(HeaderValue::from_static("no-cache"))
}
