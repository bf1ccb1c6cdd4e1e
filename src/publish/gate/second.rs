//! The second reading: feed-rs, a parser that other programs use too, reads a finished document, and what it finds is compared
//! with what the document is meant to say. Our writers and our own reader come from one house, and may share a mistake; feed-rs
//! was made elsewhere. What it cannot read is a doubt and no fault: it gives up, and panics, on documents that are sound.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::Datelike;
use feed_rs::model::Entry;
use feed_rs::parser::Builder;
use url::Url;

use super::{Fault, Faults};
use crate::model::Timestamp;

/// What a document is meant to say of an entry.
#[derive(Debug, Clone)]
pub(in crate::publish) struct Meant<'a> {
    /// RSS guid; Atom and JSON Feed id.
    pub(in crate::publish) id: &'a str,
    /// None where it is not compared.
    pub(in crate::publish) title: Option<&'a str>,
    pub(in crate::publish) link: Option<&'a str>,
    pub(in crate::publish) published: Timestamp,
    /// None where the format has no place for it.
    pub(in crate::publish) updated: Option<Timestamp>,
}

/// What differs from what was meant.
///
/// # Errors
/// A line that says why feed-rs cannot read the document.
pub(in crate::publish) fn differences(document: &[u8], meant: &[Meant<'_>]) -> Result<Vec<Fault>, String> {
    // A fresh parser for each document: after an error it keeps state, and panics at the next one.
    let read = catch_unwind(AssertUnwindSafe(|| {
        Builder::new().sanitize_content(false).id_generator(|_, _, _| String::new()).build().parse(document)
    }));
    let entries = match read {
        Ok(Ok(feed)) => feed.entries,
        Ok(Err(error)) => return Err(error.to_string().replace(['\n', '\r'], " ")),
        Err(_) => return Err("it panics".to_owned()),
    };
    let mut faults = Faults { list: Vec::new(), item: None };
    for (index, meant) in meant.iter().enumerate() {
        faults.item = Some(index);
        match entries.get(index) {
            Some(entry) if entry.id == meant.id.trim() => compare(entry, meant, &mut faults),
            Some(entry) => {
                // What follows is shifted, and says nothing.
                faults.value("the id, to another reader,", &entry.id, Err("is another one"));
                return Ok(faults.list);
            }
            None => {
                faults.add("the entry", "is none to another reader");
                return Ok(faults.list);
            }
        }
    }
    faults.item = None;
    if entries.len() > meant.len() {
        faults.add("the document", "has more entries for another reader than for us");
    }
    Ok(faults.list)
}

fn compare(entry: &Entry, meant: &Meant<'_>, faults: &mut Faults) {
    let title = entry.title.as_ref().map(|title| title.content.as_str()).unwrap_or_default();
    let same_title = meant.title.is_none_or(|meant| words(title).eq(words(meant)));
    faults.value("the title, to another reader,", title, is(same_title));
    let link = entry
        .links
        .iter()
        .find(|link| link.target.is_none() && link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    let link = link.map(|link| link.href.as_str());
    let same_link = meant.link.is_none() || link.map(address) == meant.link.map(address);
    faults.value("the link, to another reader,", link.unwrap_or_default(), is(same_link));
    let dates = [
        ("the date of publication, to another reader,", Some(meant.published), entry.published),
        ("the date of the last change, to another reader,", meant.updated, entry.updated),
    ];
    for (place, meant, read) in dates {
        let shown = read.map(|read| read.to_rfc3339()).unwrap_or_default();
        // feed-rs takes years before the calendar of computers for mistakes.
        let same = meant.is_none_or(|meant| read == Some(meant) || (read.is_none() && meant.year() < 1971));
        faults.value(place, &shown, is(same));
    }
}

fn is(same: bool) -> Result<(), &'static str> {
    if same { Ok(()) } else { Err("is another one") }
}

/// White space apart, and the brackets that stand for those of tags.
fn words(text: &str) -> impl Iterator<Item = char> {
    let plain = |c: char| match c {
        '‹' => '<',
        '›' => '>',
        c => c,
    };
    text.split_whitespace().flat_map(str::chars).map(plain)
}

/// One spelling of an address.
fn address(text: &str) -> String {
    Url::parse(text.trim()).map_or_else(|_| text.to_owned(), String::from)
}
