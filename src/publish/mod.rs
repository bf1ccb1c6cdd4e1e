//! Turns a channel and its entries into documents: RSS 2.0, Atom 1.0, JSON Feed 1.1 and pages for people.
//! Enforces each source's rights. Does no I/O and reads no clock: the same input gives the same bytes.

mod also;
mod atom;
mod dates;
mod edition;
mod excerpt;
pub mod gate;
mod issue;
mod item;
mod json_feed;
mod markup;
mod opml;
mod pages;
mod provenance;
mod rendition;
mod rss;
mod style;
mod text;
mod words;

pub use edition::Edition;
pub use excerpt::plain_text;
pub use gate::Gate;
pub use issue::{Doubt, Issue, Quarantine, issue};
pub use opml::{OpmlSource, feeds_opml, read_opml, sources_opml};
pub use pages::{
    Common, Desk, Front, Listing, Searched, Theme, Trouble, archive_page, channel_page_in, channels_page,
    embed_fragment, embed_page, front_page, is_file_name, list_page, oembed, opensearch, post_page,
    search_page, sources_page, tags_page, trouble_page,
};
pub use rendition::rendition;
pub use style::{ASSETS, Asset, EMBED_CSS, EMBED_JS, FEED_CSS, ICON_SVG, PAGE_CSS, page_css_version};
pub use words::interface_of;

use crate::model::{Channel, Deleted, Format, Language, PublishedEntry, Site};

/// The namespace of RFC 5005.
const HISTORY: &str = "http://purl.org/syndication/history/1.0";
/// The namespace of RFC 6721.
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

/// What a document is made of.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// Who publishes.
    pub site: &'a Site,
    /// What is published.
    pub channel: &'a Channel,
    /// Every channel, in the order of the navigation.
    pub channels: &'a [Channel],
    /// The entries of the window, in the channel's order.
    pub entries: &'a [PublishedEntry],
    /// The language of titles and of the interface.
    pub language: Language,
    /// What was in the window and is no more.
    pub deleted: &'a [Deleted],
    /// Which document of the channel's history it is.
    pub place: Place,
}

/// The place of a document in an archived feed (RFC 5005 §4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The number of an archive document, from 1 for the oldest. None for the subscription document.
    pub archive: Option<u64>,
    /// The archive document with the entries before these.
    pub previous: Option<u64>,
}

impl<'a> Page<'a> {
    /// The page of a channel in its own language, else in the site's.
    pub fn new(
        site: &'a Site,
        channels: &'a [Channel],
        channel: &'a Channel,
        entries: &'a [PublishedEntry],
    ) -> Self {
        let language = channel.language.clone().unwrap_or_else(|| site.language.clone());
        Page { site, channel, channels, entries, language, deleted: &[], place: Place::default() }
    }
}

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A writer of XML gave up.
    #[error("the {format} document could not be written: {reason}")]
    Write {
        /// `RSS`, `Atom`, `OPML`.
        format: &'static str,
        /// What the writer said.
        reason: String,
    },
    /// The JSON could not be written.
    #[error("the JSON feed could not be written: {0}")]
    Json(#[from] serde_json::Error),
    /// A page could not be filled in.
    #[error("the page could not be filled in: {0}")]
    Page(#[from] askama::Error),
    /// The document is faulty, and no entry of it is to blame.
    #[error("the {format} document would be faulty: {reason}")]
    Refused {
        /// `rss`, `atom`, `json`.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A subscription list cannot be read.
    #[error("this is not an OPML subscription list: {0}")]
    Opml(String),
}

/// Renders one format. To render several, make the [`Edition`] once and ask it for each.
pub fn render(page: &Page<'_>, format: Format) -> Result<Vec<u8>, PublishError> {
    Edition::of(page).render(format)
}
