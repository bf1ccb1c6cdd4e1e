//! Stories: entries of different sources that report the same thing.

use super::{EntryId, Language, StoredEntry, StoryId};

/// A story, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The database's number.
    pub id: StoryId,
    /// The entry that leads it, while it is published.
    pub lead: EntryId,
    /// Its entries in any state, earliest first, each with the reason why it is here (`link`, `title`, `text`, `staff`).
    pub members: Vec<(StoredEntry, String)>,
}

/// Who else reports what an entry reports. Atom link rel=related; a line under the text in every format; JSON Feed
/// `_vestnik.also_reported_by`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlsoReported {
    /// The name of the source.
    pub source: String,
    /// The title there.
    pub title: String,
    /// The article there.
    pub link: String,
    /// Its language, where known.
    pub language: Option<Language>,
}
