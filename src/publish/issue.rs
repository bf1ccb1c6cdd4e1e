//! From a page to finished documents: written, then read by the gate, and once more by another parser. An entry that makes a document faulty is left out of all of
//! them, with the reason; the rest goes out.

use std::collections::BTreeMap;

use super::{
    Edition, Page, PublishError,
    gate::{self, Expected, Gate, Meant},
    item::Item,
};
use crate::model::{EntryId, Format, Timestamp};

/// Finished documents of one page.
#[derive(Debug)]
pub struct Issue {
    /// Each format that was asked for.
    pub documents: Vec<(Format, Vec<u8>)>,
    /// Entries that are not in them.
    pub quarantined: Vec<Quarantine>,
    /// Documents that the gate finds sound, and another parser cannot read.
    pub doubts: Vec<Doubt>,
}

/// A document that a parser made elsewhere gives up on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// In which format.
    pub format: Format,
    /// What it says.
    pub reason: String,
}

/// An entry that would have made a document faulty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// Which.
    pub entry: EntryId,
    /// In which format.
    pub format: Format,
    /// What is wrong.
    pub reason: String,
}

/// Writes and checks these formats; `made` is the moment of it, which is in no document. `gate` remembers what it found right.
///
/// # Errors
/// Where a document cannot be written, or is faulty without an entry being to blame.
pub fn issue(
    page: &Page<'_>,
    formats: &[Format],
    made: Timestamp,
    gate: &Gate,
) -> Result<Issue, PublishError> {
    let mut edition = Edition::of(page);
    let mut quarantined = Vec::new();
    loop {
        match attempt(&edition, formats, made, gate)? {
            Attempt::Sound(documents, doubts) => return Ok(Issue { documents, quarantined, doubts }),
            // Every round takes at least one entry away, so that this ends.
            Attempt::Faulty { format, items } => {
                for (index, reason) in &items {
                    if let Some(entry) = edition.number(*index) {
                        quarantined.push(Quarantine { entry, format, reason: reason.clone() });
                    }
                }
                edition.leave_out(|index| items.contains_key(&index));
            }
        }
    }
}

enum Attempt {
    Sound(Vec<(Format, Vec<u8>)>, Vec<Doubt>),
    Faulty { format: Format, items: BTreeMap<usize, String> },
}

fn attempt(
    edition: &Edition<'_>,
    formats: &[Format],
    made: Timestamp,
    gate: &Gate,
) -> Result<Attempt, PublishError> {
    let mut documents = Vec::with_capacity(formats.len());
    let mut doubts = Vec::new();
    for format in formats.iter().copied() {
        let document = edition.render(format)?;
        let address = edition.address(format);
        let expected = Expected { address: &address, made };
        let (faults, doubt) = gate.pass(format, &document, &expected, &meant(edition, format));
        doubts.extend(doubt.map(|reason| Doubt { format, reason }));
        let mut items = BTreeMap::new();
        for fault in &faults {
            if let Some(index) = fault.item.filter(|index| *index < edition.items.len()) {
                items.entry(index).or_insert_with(|| fault.reason.clone());
            }
        }
        match faults.into_iter().next() {
            Some(_) if !items.is_empty() => return Ok(Attempt::Faulty { format, items }),
            Some(fault) => {
                return Err(PublishError::Refused { format: format.extension(), reason: fault.reason });
            }
            None => documents.push((format, document)),
        }
    }
    Ok(Attempt::Sound(documents, doubts))
}

/// What a document of this format is meant to say of each entry.
fn meant<'e>(edition: &'e Edition<'_>, format: Format) -> Vec<Meant<'e>> {
    let is_rss = format == Format::Rss;
    let meant = |item: &'e Item<'_>| Meant {
        id: if is_rss { &item.guid } else { &item.id },
        // An entry without a title gets one where a format demands it.
        title: Some(item.title.as_str()).filter(|title| !title.is_empty()),
        link: item.link.as_deref().filter(|link| !is_rss || gate::is_item_address(link)),
        published: item.published,
        updated: (!is_rss).then_some(item.updated),
    };
    edition.items.iter().map(meant).collect()
}
