//! What feed-rs drops of a document and we publish: what the walk brings, before it is merged.

use crate::model::{Attachment, EntryOrigin, FeedHints, Link};

/// What the walk brought.
#[derive(Debug, Default)]
pub(super) struct Extra {
    /// Of the feed as a whole.
    pub feed: FeedExtra,
    /// Of its entries, in order.
    pub entries: Vec<EntryExtra>,
    /// False where the markup broke on the way: the entries can't be matched then.
    pub whole: bool,
    /// True where feed-rs would copy the media texts beyond all bounds.
    pub explosive: bool,
    /// True where it has elements that feed-rs misreads.
    pub unusual: bool,
    /// Where the markup broke.
    pub broken_at: Option<usize>,
}

impl Extra {
    /// Whether feed-rs may see the document, and reads it as it is meant.
    pub(super) fn is_for_feed_rs(&self) -> bool {
        self.whole && !self.explosive && !self.unusual
    }
}

/// What feed-rs drops of a feed.
#[derive(Debug, Default)]
pub(super) struct FeedExtra {
    /// Polling hints.
    pub hints: FeedHints,
    /// `fh:complete` (RFC 5005 §2): the document is the whole of the source.
    pub complete: bool,
    /// `dc:creator` of the channel.
    pub creators: Vec<String>,
    /// `dc:publisher`.
    pub publisher: Option<String>,
    /// `language` as it was written, else `xml:lang` of the root or the channel.
    pub language: Option<String>,
    /// What is in force where title, description and rights stand; the place of the content stays empty.
    pub scopes: [Scope; 4],
    /// Addresses as they were written.
    pub addresses: Vec<String>,
}

/// What feed-rs drops of an entry.
#[derive(Debug, Default)]
pub(super) struct EntryExtra {
    /// RSS guid isPermaLink.
    pub id_is_permalink: Option<bool>,
    /// rdf:about.
    pub about: Option<String>,
    /// RSS source; atom:source.
    pub origin: Option<EntryOrigin>,
    /// `dc:creator`, in order.
    pub creators: Vec<String>,
    /// `dc:publisher`.
    pub publisher: Option<String>,
    /// `xml:lang` in force.
    pub language: Option<String>,
    /// The first media:thumbnail, or itunes:image.
    pub image: Option<String>,
    /// RSS enclosures.
    pub enclosures: Vec<Attachment>,
    /// RSS comments.
    pub comments: Option<String>,
    /// atom:link inside of RSS items.
    pub links: Vec<Link>,
    /// dcterms:modified.
    pub modified: Option<String>,
    /// What is in force where the texts stand.
    pub scopes: [Scope; 4],
    /// RSS 1.0 items without a link are dropped by feed-rs.
    pub has_link: bool,
    /// Addresses as they were written: feed-rs gives them in another spelling.
    pub addresses: Vec<String>,
}

/// `xml:lang` and `xml:base` in force.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// The language.
    pub language: Option<String>,
    /// The base, absolute where it can be.
    pub base: Option<String>,
}

/// The texts of an entry, as places in [`EntryExtra::scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// title
    Title = 0,
    /// description, summary
    Summary = 1,
    /// content, content:encoded
    Content = 2,
    /// rights
    Rights = 3,
}

impl Place {
    /// The text that an element holds.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "title" | "atom:title" => Some(Place::Title),
            "description" | "subtitle" | "tagline" | "summary" | "atom:summary" => Some(Place::Summary),
            "content" | "content:encoded" | "atom:content" => Some(Place::Content),
            "rights" | "copyright" | "dc:rights" | "atom:rights" => Some(Place::Rights),
            _ => None,
        }
    }
}
