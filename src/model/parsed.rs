//! What a document says, before anything is decided about it: the common shape of every format.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The format of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedFormat {
    /// RSS 0.90 (RDF).
    Rss090,
    /// RSS 0.91.
    Rss091,
    /// RSS 0.92.
    Rss092,
    /// RSS 0.93.
    Rss093,
    /// RSS 0.94.
    Rss094,
    /// RSS 1.0 (RDF).
    Rss10,
    /// RSS 2.0.
    Rss20,
    /// Atom 0.3.
    Atom03,
    /// Atom 1.0 (RFC 4287).
    Atom10,
    /// JSON Feed 1.0.
    Json10,
    /// JSON Feed 1.1.
    Json11,
    /// Channel Definition Format.
    Cdf,
    /// An HTML page, read by rules.
    Page,
    /// Posts of our own.
    Posts,
}

impl FeedFormat {
    /// The name that `vestnik parse` prints: `rss20`, `atom10`, `json11` …
    pub fn name(self) -> &'static str {
        match self {
            FeedFormat::Rss090 => "rss090",
            FeedFormat::Rss091 => "rss091",
            FeedFormat::Rss092 => "rss092",
            FeedFormat::Rss093 => "rss093",
            FeedFormat::Rss094 => "rss094",
            FeedFormat::Rss10 => "rss10",
            FeedFormat::Rss20 => "rss20",
            FeedFormat::Atom03 => "atom03",
            FeedFormat::Atom10 => "atom10",
            FeedFormat::Json10 => "json10",
            FeedFormat::Json11 => "json11",
            FeedFormat::Cdf => "cdf",
            FeedFormat::Page => "page",
            FeedFormat::Posts => "posts",
        }
    }
}

/// How the value of a text is to be read (RFC 4287 §3.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextKind {
    /// Characters, no markup.
    Plain,
    /// Markup as characters. Also what RSS descriptions are.
    Html,
    /// Markup as elements.
    Xhtml,
    /// Any other media type.
    Other(String),
}

/// A text with what the document says about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The value, decoded from the markup of the document around it.
    pub value: String,
    /// How to read it.
    pub kind: TextKind,
    /// `xml:lang` in force.
    pub language: Option<String>,
    /// `xml:base` in force.
    pub base: Option<String>,
}

impl Text {
    /// Characters without markup.
    pub fn plain(value: impl Into<String>) -> Self {
        Text { value: value.into(), kind: TextKind::Plain, language: None, base: None }
    }

    /// Markup as characters.
    pub fn html(value: impl Into<String>) -> Self {
        Text { value: value.into(), kind: TextKind::Html, language: None, base: None }
    }

    /// True where the value is markup.
    pub fn is_markup(&self) -> bool {
        match &self.kind {
            TextKind::Html | TextKind::Xhtml => true,
            TextKind::Plain => false,
            TextKind::Other(media_type) => media_type.contains("html"),
        }
    }
}

/// An author or contributor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name. RSS author and dc:creator; Atom name; JSON Feed name.
    pub name: Option<String>,
    /// A page about the person.
    pub url: Option<String>,
    /// Never republished.
    pub email: Option<String>,
}

/// A link of a feed or an entry (RFC 4287 §4.2.7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The address, absolute where a base was known.
    pub href: String,
    /// `alternate` where the document says nothing.
    pub rel: Option<String>,
    /// The media type.
    pub media_type: Option<String>,
    /// The language of what is linked.
    pub hreflang: Option<String>,
    /// A title.
    pub title: Option<String>,
    /// Bytes.
    pub length: Option<u64>,
}

impl Link {
    /// True for the link to the thing itself.
    pub fn is_alternate(&self) -> bool {
        self.rel.as_deref().is_none_or(|rel| rel.is_empty() || rel == "alternate")
    }
}

/// A tag as the publisher wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// RSS category; Atom term; JSON Feed tags.
    pub term: String,
    /// RSS domain; Atom scheme.
    pub scheme: Option<String>,
    /// Atom label.
    pub label: Option<String>,
}

/// An enclosure or media:content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The address.
    pub url: String,
    /// The media type.
    pub media_type: Option<String>,
    /// Bytes.
    pub length: Option<u64>,
    /// The playing time.
    pub duration: Option<Duration>,
    /// A title.
    pub title: Option<String>,
}

/// What made the document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// The program.
    pub name: String,
    /// Its address.
    pub url: Option<String>,
    /// Its version.
    pub version: Option<String>,
}

/// A picture of a feed or an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The address.
    pub url: String,
    /// A title.
    pub title: Option<String>,
    /// What it links to.
    pub link: Option<String>,
}

/// Where an aggregated entry came from first: RSS `<source url>`, `atom:source`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryOrigin {
    /// The title of the feed.
    pub title: Option<String>,
    /// The address of the feed.
    pub url: Option<String>,
    /// Its id.
    pub id: Option<String>,
}

/// What the document asks of those who poll it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHints {
    /// RSS ttl.
    pub ttl: Option<Duration>,
    /// RSS skipHours: hours of the day in GMT, 0 to 23.
    pub skip_hours: Vec<u8>,
    /// RSS skipDays: 0 is Monday.
    pub skip_days: Vec<u8>,
    /// sy:updatePeriod divided by sy:updateFrequency.
    pub update_period: Option<Duration>,
}

/// A document, read.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedFeed {
    /// The format that was found.
    pub format: FeedFormat,
    /// The charset, as declared.
    pub encoding: Option<String>,
    /// Atom id.
    pub id: Option<String>,
    /// The title.
    pub title: Option<Text>,
    /// RSS description; Atom subtitle; JSON Feed description.
    pub description: Option<Text>,
    /// Copyright; rights.
    pub rights: Option<Text>,
    /// All links, in order.
    pub links: Vec<Link>,
    /// The feed's own authors.
    pub authors: Vec<Person>,
    /// Atom contributors.
    pub contributors: Vec<Person>,
    /// dc:publisher, webMaster.
    pub publisher: Option<Person>,
    /// The language of the feed, as declared.
    pub language: Option<String>,
    /// RSS lastBuildDate; Atom updated.
    pub updated: Option<Timestamp>,
    /// RSS pubDate of the channel.
    pub published: Option<Timestamp>,
    /// What made it.
    pub generator: Option<Generator>,
    /// RSS image; Atom logo; JSON Feed icon.
    pub image: Option<Image>,
    /// Atom icon; JSON Feed favicon.
    pub icon: Option<String>,
    /// The feed's own tags.
    pub categories: Vec<Category>,
    /// Polling hints.
    pub hints: FeedHints,
    /// True where the document is the whole of the source: what it no longer has was withdrawn.
    pub complete: bool,
    /// The entries, in document order.
    pub entries: Vec<ParsedEntry>,
    /// Entries that the document says are no more.
    pub deleted: Vec<ParsedDeletion>,
}

/// An entry that its publisher says is no more: `at:deleted-entry` (RFC 6721 §3), `_vestnik.deleted` of JSON Feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedDeletion {
    /// Its id, verbatim.
    pub id: String,
    /// Since when it is gone.
    pub at: Option<Timestamp>,
}

impl ParsedFeed {
    /// An empty feed of this format.
    pub fn new(format: FeedFormat) -> Self {
        ParsedFeed {
            format,
            encoding: None,
            id: None,
            title: None,
            description: None,
            rights: None,
            links: Vec::new(),
            authors: Vec::new(),
            contributors: Vec::new(),
            publisher: None,
            language: None,
            updated: None,
            published: None,
            generator: None,
            image: None,
            icon: None,
            categories: Vec::new(),
            hints: FeedHints::default(),
            complete: false,
            entries: Vec::new(),
            deleted: Vec::new(),
        }
    }

    /// The page that the feed belongs to.
    pub fn home(&self) -> Option<&str> {
        alternate(&self.links)
    }
}

/// One item of a document, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedEntry {
    /// The publisher's id, verbatim. RSS guid; Atom id; JSON Feed id. None where the document has none.
    pub id: Option<String>,
    /// RSS guid isPermaLink, where it was said.
    pub id_is_permalink: Option<bool>,
    /// The title.
    pub title: Option<Text>,
    /// All links, in order.
    pub links: Vec<Link>,
    /// RSS description; Atom summary; JSON Feed summary.
    pub summary: Option<Text>,
    /// content:encoded; Atom content; JSON Feed content_html or content_text.
    pub content: Option<Text>,
    /// Atom content src.
    pub content_src: Option<String>,
    /// RSS author, dc:creator; Atom author; JSON Feed authors.
    pub authors: Vec<Person>,
    /// Atom contributors.
    pub contributors: Vec<Person>,
    /// dc:publisher.
    pub publisher: Option<Person>,
    /// First publication. RSS pubDate; Atom published; JSON Feed date_published.
    pub published: Option<Timestamp>,
    /// True where `published` was counted back from the moment of the collection (`3 hours ago`): it differs a little each
    /// time, which is no change.
    pub published_is_relative: bool,
    /// Last change. Atom updated; dcterms:modified; JSON Feed date_modified.
    pub updated: Option<Timestamp>,
    /// Tags.
    pub categories: Vec<Category>,
    /// Enclosures and media:content.
    pub attachments: Vec<Attachment>,
    /// media:thumbnail; JSON Feed image; the scraped image.
    pub image: Option<String>,
    /// Copyright; rights.
    pub rights: Option<Text>,
    /// RSS comments.
    pub comments_url: Option<String>,
    /// Where the publisher took it from.
    pub origin: Option<EntryOrigin>,
    /// `xml:lang` of the entry; JSON Feed language.
    pub language: Option<String>,
}

impl ParsedEntry {
    /// Takes a date where there is none, or one that was only counted back from today.
    pub fn complete_date(&mut self, date: Option<Timestamp>) {
        if date.is_some() && (self.published.is_none() || self.published_is_relative) {
            self.published = date;
            self.published_is_relative = false;
        }
    }

    /// The address of the thing itself: the first alternate link.
    pub fn link(&self) -> Option<&str> {
        alternate(&self.links)
    }
}

fn alternate(links: &[Link]) -> Option<&str> {
    let html = links
        .iter()
        .find(|link| link.is_alternate() && link.media_type.as_deref().is_none_or(|t| t.contains("html")));
    html.or_else(|| links.iter().find(|link| link.is_alternate())).map(|link| link.href.as_str())
}
