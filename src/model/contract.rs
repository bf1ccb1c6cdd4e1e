//! What a source is expected to deliver. Breaking it is a failure, so that what was good stays.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ParsedEntry, SourceState, Timestamp};

/// A field of an entry, by the word that rules and contracts use for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryField {
    /// The title.
    Title,
    /// The address of the thing itself.
    Link,
    /// When it was published.
    Date,
    /// The summary.
    Summary,
    /// The picture.
    Image,
    /// Who wrote it.
    Author,
    /// At least one tag.
    Tags,
    /// The text.
    Content,
}

impl EntryField {
    /// Every field, in the order of tables.
    pub const ALL: [EntryField; 8] = [
        EntryField::Title,
        EntryField::Link,
        EntryField::Date,
        EntryField::Summary,
        EntryField::Image,
        EntryField::Author,
        EntryField::Tags,
        EntryField::Content,
    ];

    /// The word in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            EntryField::Title => "title",
            EntryField::Link => "link",
            EntryField::Date => "date",
            EntryField::Summary => "summary",
            EntryField::Image => "image",
            EntryField::Author => "author",
            EntryField::Tags => "tags",
            EntryField::Content => "content",
        }
    }

    /// Whether an entry has it.
    pub fn is_in(self, entry: &ParsedEntry) -> bool {
        match self {
            EntryField::Title => entry.title.is_some(),
            EntryField::Link => entry.link().is_some(),
            EntryField::Date => entry.published.or(entry.updated).is_some(),
            EntryField::Summary => entry.summary.is_some(),
            EntryField::Image => entry.image.is_some(),
            EntryField::Author => !entry.authors.is_empty(),
            EntryField::Tags => !entry.categories.is_empty(),
            EntryField::Content => entry.content.is_some(),
        }
    }
}

/// What a source has to deliver. Nothing where nothing is declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contract {
    /// A document (the first page, where there are several) has at least so many items.
    pub min_items: Option<u32>,
    /// At least half of the items have each of these.
    pub required: Vec<EntryField>,
    /// Something new comes at least so often.
    pub cadence: Option<Duration>,
}

/// How a contract was broken. `Display` is for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// There are none.
    #[error("contract broken (no items): the document has no items; it may have changed")]
    NoItems,
    /// There are too few.
    #[error(
        "contract broken (min_items): {found} items were found, at least {expected} are expected; the page may have \
         changed"
    )]
    TooFew {
        /// Items of the document.
        found: usize,
        /// Items that were promised.
        expected: u32,
    },
    /// A field is gone.
    #[error(
        "contract broken (required {}): only {with} of {items} items have it; the page may have changed",
        field.name()
    )]
    Missing {
        /// Which one.
        field: EntryField,
        /// Items that have it.
        with: usize,
        /// All items.
        items: usize,
    },
    /// Nothing new came for too long.
    #[error("contract broken (cadence): nothing new for {days} days; it may have moved or been given up")]
    Silent {
        /// Whole days.
        days: u64,
    },
}

impl Contract {
    /// Whether anything is expected.
    pub fn is_empty(&self) -> bool {
        *self == Contract::default()
    }

    /// What is wrong with these entries of one document. `later` are the fields that a later step adds (article pages):
    /// they are not missed yet.
    ///
    /// # Errors
    /// The first breach.
    pub fn check(&self, entries: &[ParsedEntry], later: &[EntryField]) -> Result<(), Breach> {
        if self.min_items.is_none() && self.required.is_empty() {
            return Ok(());
        }
        if entries.is_empty() {
            return Err(Breach::NoItems);
        }
        let found = entries.len();
        if let Some(expected) = self.min_items.filter(|least| found < *least as usize) {
            return Err(Breach::TooFew { found, expected });
        }
        self.check_fields(entries, |field| !later.contains(&field))
    }

    /// What is wrong with entries whose article pages were read, as to the fields that come from there.
    ///
    /// # Errors
    /// The first breach.
    pub fn check_articles(&self, entries: &[ParsedEntry], later: &[EntryField]) -> Result<(), Breach> {
        self.check_fields(entries, |field| later.contains(&field))
    }

    /// Whether nothing new has come for longer than promised. What never brought anything is judged by `NoItems` alone.
    ///
    /// # Errors
    /// `Silent`.
    pub fn check_cadence(&self, state: &SourceState, now: Timestamp) -> Result<(), Breach> {
        let silence = state.last_news(now).and_then(|last| (now - last).to_std().ok());
        match (self.cadence, silence) {
            (Some(cadence), Some(silence)) if silence > cadence => {
                Err(Breach::Silent { days: silence.as_secs() / 86_400 })
            }
            _ => Ok(()),
        }
    }

    fn check_fields(
        &self,
        entries: &[ParsedEntry],
        wanted: impl Fn(EntryField) -> bool,
    ) -> Result<(), Breach> {
        let items = entries.len();
        for field in self.required.iter().copied().filter(|field| wanted(*field)) {
            let with = entries.iter().filter(|entry| field.is_in(entry)).count();
            if with * 2 < items {
                return Err(Breach::Missing { field, with, items });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    fn entries(with_summary: usize, without: usize) -> Vec<ParsedEntry> {
        let full = ParsedEntry { summary: Some(Text::plain("x")), ..ParsedEntry::default() };
        let bare = ParsedEntry::default();
        std::iter::repeat_n(full, with_summary).chain(std::iter::repeat_n(bare, without)).collect()
    }

    #[test]
    fn without_a_contract_anything_goes() {
        assert_eq!(Contract::default().check(&[], &[]), Ok(()));
    }

    #[test]
    fn breaches_are_named() {
        let contract = Contract { min_items: Some(3), required: vec![EntryField::Summary], cadence: None };
        assert_eq!(contract.check(&[], &[]), Err(Breach::NoItems));
        assert_eq!(contract.check(&entries(2, 0), &[]), Err(Breach::TooFew { found: 2, expected: 3 }));
        assert_eq!(contract.check(&entries(2, 2), &[]), Ok(()));
        let missing = Breach::Missing { field: EntryField::Summary, with: 1, items: 3 };
        assert_eq!(contract.check(&entries(1, 2), &[]), Err(missing));
        assert_eq!(
            missing.to_string(),
            "contract broken (required summary): only 1 of 3 items have it; the page may have changed"
        );
    }

    #[test]
    fn what_article_pages_bring_is_missed_only_after_them() {
        let contract = Contract { min_items: None, required: vec![EntryField::Summary], cadence: None };
        let later = [EntryField::Summary];
        assert_eq!(contract.check(&entries(0, 3), &later), Ok(()));
        assert!(contract.check_articles(&entries(0, 3), &later).is_err());
        assert_eq!(contract.check_articles(&[], &later), Ok(()));
        assert_eq!(contract.check_articles(&entries(0, 3), &[]), Ok(()));
    }
}
