//! The second reading: feed-rs, a parser that other programs use too, reads a finished document, and what it finds is compared
//! with what the document is meant to say. Our writers and our own reader come from one house, and may share a mistake; feed-rs
//! was made elsewhere. What it cannot read is a doubt and no fault: it gives up, and panics, on documents that are sound.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::Datelike;
use feed_rs::model::Entry;
use feed_rs::parser::Builder;
use memchr::memmem::Finder;
use url::Url;

use super::{Fault, Faults, right::Right};
use crate::model::{Format, Timestamp};

/// What a document is meant to say of an entry.
#[derive(Debug, Clone, Hash)]
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

/// What differs from what was meant. `right` remembers the entries whose bytes said what was meant: they are passed over until
/// they change. JSON is left to the gate: those who write and read it for us are of two houses already.
///
/// # Errors
/// A line that says why feed-rs cannot read the document.
pub(super) fn differences(
    right: &Right,
    format: Format,
    text: &str,
    meant: &[Meant<'_>],
) -> Result<Vec<Fault>, String> {
    let (open, close) = match format {
        Format::Rss => ("<item>", "</item>"),
        Format::Atom => ("<entry>", "</entry>"),
        Format::Json | Format::Html => return Ok(Vec::new()),
    };
    let Some(parts) = Parts::of(text, open, close).filter(|parts| parts.entries.len() == meant.len()) else {
        return read(text, meant);
    };
    let keys: Vec<u64> =
        parts.entries.iter().zip(meant).map(|(entry, meant)| right.key((format, entry, meant))).collect();
    let news: Vec<usize> =
        keys.iter().enumerate().filter(|(_, key)| !right.has(**key)).map(|(at, _)| at).collect();
    if news.is_empty() && !keys.is_empty() {
        return Ok(Vec::new());
    }
    let fresh: Vec<Meant<'_>> = news.iter().filter_map(|at| meant.get(*at).cloned()).collect();
    let mut faults =
        if news.len() == keys.len() { read(text, meant)? } else { read(&parts.with(&news), &fresh)? };
    for fault in &mut faults {
        fault.item = fault.item.and_then(|item| news.get(item).copied());
    }
    if faults.is_empty() {
        right.add(keys);
    }
    Ok(faults)
}

/// A document cut between its entries.
struct Parts<'t> {
    head: &'t str,
    entries: Vec<&'t str>,
    tail: &'t str,
}

impl<'t> Parts<'t> {
    /// None where there is something between the entries.
    fn of(text: &'t str, open: &str, close: &str) -> Option<Self> {
        let (head, mut rest) = text.split_at_checked(text.find(open)?)?;
        let mut entries = Vec::new();
        let end = Finder::new(close);
        while rest.starts_with(open) {
            let (entry, behind) = rest.split_at_checked(end.find(rest.as_bytes())? + close.len())?;
            entries.push(entry);
            rest = behind;
        }
        Some(Parts { head, entries, tail: rest })
    }

    /// The document with some of its entries.
    fn with(&self, chosen: &[usize]) -> String {
        let chosen = chosen.iter().filter_map(|at| self.entries.get(*at).copied());
        std::iter::once(self.head).chain(chosen).chain([self.tail]).collect()
    }
}

fn read(document: &str, meant: &[Meant<'_>]) -> Result<Vec<Fault>, String> {
    // A fresh parser for each document: after an error it keeps state, and panics at the next one.
    let read = catch_unwind(AssertUnwindSafe(|| {
        Builder::new()
            .sanitize_content(false)
            .id_generator(|_, _, _| String::new())
            .build()
            .parse(document.as_bytes())
    }));
    let entries = match read {
        Ok(Ok(feed)) => feed.entries,
        Ok(Err(error)) => return Err(error.to_string().replace(['\n', '\r'], " ")),
        Err(_) => return Err("it panics".to_owned()),
    };
    let mut faults = Faults { list: Vec::new(), item: None, markup: None };
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

fn compare(entry: &Entry, meant: &Meant<'_>, faults: &mut Faults<'_>) {
    let title = entry.title.as_ref().map(|title| title.content.as_str()).unwrap_or_default();
    let same_title = meant.title.is_none_or(|meant| title == meant || words(title).eq(words(meant)));
    faults.value("the title, to another reader,", title, is(same_title));
    let link = entry
        .links
        .iter()
        .find(|link| link.target.is_none() && link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    let link = link.map(|link| link.href.as_str());
    let same_link =
        meant.link.is_none() || link == meant.link || link.map(address) == meant.link.map(address);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rss(items: &[(&str, &str)]) -> String {
        let items: String = items
            .iter()
            .map(|(id, title)| {
                format!(
                    "<item><title>{title}</title><link>https://a.example/{id}</link><guid>https://a.example/{id}</guid>\
                     <pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item>"
                )
            })
            .collect();
        format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>")
    }

    /// What is wrong with a document that is meant to hold the entries `a` and `b`, titled `A & Ω` and `‹b›`.
    fn check(right: &Right, document: &str) -> Result<Vec<(Option<usize>, String)>, String> {
        let published = "2026-03-01T12:00:00Z".parse().unwrap_or_default();
        let meant = [("https://a.example/a", "A & Ω"), ("https://a.example/b", "<b>")]
            .map(|(id, title)| Meant { id, title: Some(title), link: Some(id), published, updated: None });
        let faults = differences(right, Format::Rss, document, &meant)?;
        Ok(faults.into_iter().map(|fault| (fault.item, fault.reason)).collect())
    }

    #[test]
    fn a_document_that_says_something_else_is_found_out() {
        let sound = rss(&[("a", "A &amp; Ω"), ("b", "‹b›")]);
        let right = Right::default();
        assert_eq!(check(&right, &sound), Ok(Vec::new()));
        for (from, to, item, said) in [
            ("‹b›", "c", 1, "title"),
            ("<link>https://a.example/b", "<link>https://a.example/c", 1, "link"),
            ("<guid>https://a.example/a", "<guid>https://a.example/c", 0, "id"),
            ("12:00:00", "13:00:00", 0, "date of publication"),
        ] {
            let found = check(&right, &sound.replacen(from, to, 1)).unwrap_or_default();
            assert_eq!(found.first().map(|(item, _)| *item), Some(Some(item)), "{from}: {found:?}");
            assert!(found.iter().any(|(_, reason)| reason.contains(said)), "{from}: {found:?}");
        }
        for document in [rss(&[("b", "‹b›"), ("a", "A &amp; Ω")]), rss(&[("a", "A &amp; Ω")])] {
            assert_ne!(check(&right, &document), Ok(Vec::new()), "{document}");
        }
        assert!(check(&right, "<rss version=\"2.0\">").is_err());
    }

    #[test]
    fn an_entry_is_read_once_for_its_bytes() {
        let right = Right::default();
        let sound = rss(&[("a", "A &amp; Ω"), ("b", "‹b›")]);
        assert_eq!(check(&right, &sound), Ok(Vec::new()));
        // The head is broken now, and nobody looks: no entry changed.
        assert_eq!(check(&right, &sound.replace("<channel>", "<channel><")), Ok(Vec::new()));
        // As soon as one does, all of it is looked at but what stayed.
        assert!(
            check(&right, &sound.replace("<channel>", "<channel><").replace("A &amp;", "A &#38;")).is_err()
        );
    }
}
