//! The document gate: reads a finished document as a stranger would and says what is wrong with it, by the rules of its format
//! and those that the W3C feed validator applies. Trusts nothing but the bytes: it shares no code with the writers, who ask it only
//! what an id, a language and an address may be.

mod atom;
mod json;
mod markup;
mod rss;
mod second;
mod values;
mod xml;

pub(super) use second::Meant;
pub use second::SecondReader;

use crate::model::{Format, Timestamp};

/// What is known of a document besides its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Where it is served: its self link must say so.
    pub address: &'a str,
    /// When it was made: no date may be later.
    pub made: Timestamp,
}

/// Something that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which of its entries is at fault, counted from 0. None where the document as a whole is.
    pub item: Option<usize>,
    /// Where, and what is wrong, in plain words.
    pub reason: String,
}

/// Everything that is wrong with a document. A document that cannot be read to its end has one fault for that, which names the
/// entry in which reading ended. Pages are for people and have no rules here.
pub fn check(format: Format, document: &[u8], expected: &Expected<'_>) -> Vec<Fault> {
    let mut faults = Faults { list: Vec::new(), item: None };
    let Ok(text) = std::str::from_utf8(document) else {
        faults.add("the document", "is not UTF-8");
        return faults.list;
    };
    match format {
        Format::Html => {}
        Format::Json => json::check(text, expected, &mut faults),
        Format::Rss | Format::Atom => {
            let item = if format == Format::Rss { "item" } else { "entry" };
            match xml::read(text, item) {
                Err(broken) => {
                    faults.item = broken.item;
                    faults.add("the document", &broken.reason);
                }
                Ok(root) if format == Format::Rss => rss::check(&root, expected, &mut faults),
                Ok(root) => atom::check(&root, expected, &mut faults),
            }
        }
    }
    faults.list
}

/// Whether this can be an Atom id.
pub(super) fn is_id(text: &str) -> bool {
    values::id(text).is_ok()
}

/// Whether this can be the address of an item of RSS.
pub(super) fn is_item_address(address: &str) -> bool {
    values::item_address(address).is_ok()
}

/// Whether this can be the address of an enclosure of RSS.
pub(super) fn is_enclosure(address: &str) -> bool {
    values::enclosure(address).is_ok()
}

/// Whether this can be the language of a document or an entry.
pub(super) fn is_language(tag: &str) -> bool {
    values::language(tag).is_ok()
}

/// What was found so far, and where the reading is.
struct Faults {
    list: Vec<Fault>,
    item: Option<usize>,
}

/// More of them say nothing new.
const ENOUGH: usize = 1000;
/// Characters of a value that a reason shows.
const SHOWN: usize = 80;

impl Faults {
    fn add(&mut self, place: &str, problem: &str) {
        if self.list.len() < ENOUGH {
            self.list.push(Fault { item: self.item, reason: format!("{place} {problem}") });
        }
    }

    /// Reports a value that a rule refused.
    fn value(&mut self, place: &str, value: &str, checked: Result<(), &'static str>) {
        if let Err(problem) = checked {
            let shown: String = value.chars().take(SHOWN).flat_map(char::escape_debug).collect();
            self.add(place, &format!("{problem}: “{shown}”"));
        }
    }
}

/// The text without the white space at its ends, as XML applications read most values.
fn trimmed(text: &str) -> String {
    text.trim_matches([' ', '\t', '\r', '\n']).to_owned()
}
