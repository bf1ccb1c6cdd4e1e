//! The document gate: reads a finished document as a stranger would and says what is wrong with it, by the rules of its format
//! and those that the W3C feed validator applies. Trusts nothing but the bytes: it shares no code with the writers, who ask it only
//! what an id, a language and an address may be.

mod atom;
mod json;
mod markup;
mod right;
mod rss;
mod second;
mod values;
mod xml;

pub(super) use second::Meant;

use self::right::Right;
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

/// The gate, which remembers what it found right: markup, and entries that another parser has read.
#[derive(Debug, Default)]
pub struct Gate {
    markup: Right,
    entries: Right,
}

impl Gate {
    /// Everything that is wrong with a document by the rules of its format. A document that cannot be read to its end has one
    /// fault for that, which names the entry in which reading ended. Pages are for people and have no rules here.
    pub fn check(&self, format: Format, document: &[u8], expected: &Expected<'_>) -> Vec<Fault> {
        match std::str::from_utf8(document) {
            Ok(text) => self.check_text(format, text, expected),
            Err(_) => {
                vec![Fault { item: None, reason: "the document is not UTF-8".to_owned() }]
            }
        }
    }

    /// The same, and what another parser finds that is not as it was meant, where the rules are kept. With it, why that parser
    /// cannot read the document, where it can't.
    pub(super) fn pass(
        &self,
        format: Format,
        document: &[u8],
        expected: &Expected<'_>,
        meant: &[Meant<'_>],
    ) -> (Vec<Fault>, Option<String>) {
        let Ok(text) = std::str::from_utf8(document) else {
            return (self.check(format, document, expected), None);
        };
        let faults = self.check_text(format, text, expected);
        if !faults.is_empty() {
            return (faults, None);
        }
        match second::differences(&self.entries, format, text, meant) {
            Ok(found) => (found, None),
            Err(reason) => (Vec::new(), Some(reason)),
        }
    }

    fn check_text(&self, format: Format, text: &str, expected: &Expected<'_>) -> Vec<Fault> {
        let mut faults = Faults { list: Vec::new(), item: None, markup: Some(&self.markup) };
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
struct Faults<'g> {
    list: Vec<Fault>,
    item: Option<usize>,
    /// Markup that was right.
    markup: Option<&'g Right>,
}

/// More of them say nothing new.
const ENOUGH: usize = 1000;
/// Characters of a value that a reason shows.
const SHOWN: usize = 80;

impl Faults<'_> {
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
