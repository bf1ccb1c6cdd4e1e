//! Entries: what every format, page and post becomes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AlsoReported, Attachment, EntryId, EntryOrigin, Fingerprint, Identity, Language, Person, SafeHtml,
    SortKey, Source, SourceId, Timestamp,
};

/// Whether an entry is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryState {
    /// In every channel that asks for it.
    Published,
    /// For staff to approve; in no document.
    Waiting,
    /// Comes out by itself later; in no document until then.
    Embargoed,
    /// Came with a mass change of ids or dates and could not be recognised; for staff to release or discard.
    Held,
    /// Taken out by staff, who can bring it back.
    Hidden,
    /// Taken away by its publisher; comes back when the publisher brings it back.
    Withdrawn,
    /// Taken down by staff: its text is gone for good, and it never comes back by itself.
    Removed,
    /// Too old to be kept: its text is gone, and it does not come back.
    Expired,
    /// Its source is not declared any more, or not published.
    Shelved,
}

impl EntryState {
    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            EntryState::Published => "published",
            EntryState::Waiting => "waiting",
            EntryState::Embargoed => "embargoed",
            EntryState::Held => "held",
            EntryState::Hidden => "hidden",
            EntryState::Withdrawn => "withdrawn",
            EntryState::Removed => "removed",
            EntryState::Expired => "expired",
            EntryState::Shelved => "shelved",
        }
    }

    /// Reads what `name` wrote. What this version does not know is not published.
    pub fn from_name(name: &str) -> Self {
        match name {
            "published" => EntryState::Published,
            "waiting" => EntryState::Waiting,
            "embargoed" => EntryState::Embargoed,
            "held" => EntryState::Held,
            "hidden" => EntryState::Hidden,
            "withdrawn" => EntryState::Withdrawn,
            "removed" => EntryState::Removed,
            "expired" => EntryState::Expired,
            _ => EntryState::Shelved,
        }
    }
}

/// One normalised item. Everything in it may be shown: text is NFC, HTML is sanitised, addresses are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which entry of its source this is.
    pub identity: Identity,
    /// What came, before any work on it.
    pub fingerprint: Fingerprint,
    /// The publisher's id, verbatim. RSS guid; `_vestnik.publisher_id` in JSON Feed.
    pub publisher_id: Option<String>,
    /// Whether the publisher's id is an address to follow. RSS isPermaLink.
    pub id_is_permalink: bool,
    /// Atom id and JSON Feed id: the publisher's where it is a valid IRI, else minted once and stored.
    pub public_id: String,
    /// The article at its origin, absolute. RSS link; Atom link rel=alternate; JSON Feed url.
    pub link: Option<String>,
    /// The title, without markup. Empty where there is none.
    pub title: String,
    /// RSS description; Atom summary; JSON Feed summary.
    pub summary: Option<SafeHtml>,
    /// content:encoded; Atom content; JSON Feed content_html.
    pub content: Option<SafeHtml>,
    /// dc:creator; Atom author; JSON Feed authors. Without e-mail addresses.
    pub authors: Vec<Person>,
    /// RSS category; Atom category term; JSON Feed tags. As written, without repeats.
    pub tags: Vec<String>,
    /// RSS enclosure (the first); Atom link rel=enclosure; JSON Feed attachments.
    pub attachments: Vec<Attachment>,
    /// A picture. JSON Feed image.
    pub image: Option<String>,
    /// The language, where known.
    pub language: Option<Language>,
    /// First publication. RSS pubDate; Atom published; JSON Feed date_published. Absent where it could not be read.
    pub published: Option<Timestamp>,
    /// Last change. Atom updated; JSON Feed date_modified.
    pub updated: Option<Timestamp>,
    /// Where the publisher took it from, where it says so.
    pub origin: Option<EntryOrigin>,
    /// Rights of the entry itself, as text.
    pub rights: Option<String>,
    /// The page of its comments. RSS comments.
    pub comments_url: Option<String>,
    /// Where the publisher says that the same is in other languages. Shown only where that is an entry that we know.
    pub translations: Vec<Translation>,
}

/// The same in another language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Translation {
    /// Its language. Atom link hreflang.
    pub language: Language,
    /// The article, absolute.
    pub link: String,
}

impl Entry {
    /// About so many bytes of memory, most of them its texts: batches are bounded by it.
    pub fn weight(&self) -> usize {
        let html = [&self.summary, &self.content];
        500 + html.into_iter().flatten().map(|html| html.as_str().len()).sum::<usize>()
    }
}

/// An entry as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The database's number.
    pub id: EntryId,
    /// Where it was collected.
    pub source: SourceId,
    /// The entry.
    pub entry: Entry,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When what we store of it last changed.
    pub changed: Timestamp,
    /// Its place in the river.
    pub sort_key: SortKey,
    /// Whether it is published.
    pub state: EntryState,
    /// When an embargoed one comes out.
    pub release_at: Option<Timestamp>,
}

/// A stored entry with its source, as publishing takes it.
#[derive(Debug, Clone)]
pub struct PublishedEntry {
    /// The entry.
    pub stored: StoredEntry,
    /// Its source.
    pub source: Arc<Source>,
    /// Who else reports the same, where the channel shows stories.
    pub also: Vec<AlsoReported>,
    /// The same in other languages: entries that are published here too.
    pub translations: Vec<Translation>,
}

impl StoredEntry {
    /// The date that readers see: first publication, else first sight; never after first sight.
    pub fn shown_date(&self) -> Timestamp {
        self.sort_key.at()
    }

    /// Atom updated: the last change that the publisher claims, else the date shown. Never after we last saw it change.
    pub fn shown_updated(&self) -> Timestamp {
        let claimed = self.entry.updated.filter(|updated| *updated <= self.changed);
        claimed.map_or(self.shown_date(), |updated| updated.max(self.shown_date()))
    }
}
