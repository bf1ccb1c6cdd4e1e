//! The files that come with the program: style sheets and an icon, compressed once.

use axum::http::HeaderValue;

use super::{Served, WebOptions};
use crate::{
    model::{Format, Timestamp},
    publish::{FEED_CSS, ICON_SVG, PAGE_CSS, page_css_version, rendition},
};

/// For addresses that name a version: it never changes under them.
pub(super) const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// All of them.
#[derive(Debug)]
pub(super) struct Assets {
    page_css: Served,
    feed_css: Served,
    icon: Served,
}

impl Assets {
    /// Compresses them.
    pub(super) fn new(options: &WebOptions) -> Self {
        let css = "text/css; charset=utf-8";
        // They say no date, so that any will do.
        let file = |text: &str, content_type: &'static str| {
            let rendition = rendition(Format::Html, text.as_bytes().to_vec(), None, Timestamp::UNIX_EPOCH);
            Served::asset(rendition, content_type, options)
        };
        Assets {
            page_css: file(PAGE_CSS, css),
            feed_css: file(FEED_CSS, css),
            icon: file(ICON_SVG, "image/svg+xml"),
        }
    }

    /// The file of this name, and whether the query names its present version.
    pub(super) fn find(&self, name: &str, query: Option<&str>) -> Option<(&Served, bool)> {
        match name {
            "vestnik.css" => {
                let version = query.and_then(|query| query.strip_prefix("v="));
                Some((&self.page_css, version == Some(page_css_version())))
            }
            "feed.css" => Some((&self.feed_css, false)),
            "icon.svg" => Some((&self.icon, false)),
            _ => None,
        }
    }
}
