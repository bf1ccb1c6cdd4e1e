//! Turns a document's bytes into a [`ParsedFeed`]. Does no I/O, reads no clock, never panics, and decides nothing about
//! what is published.
//!
//! The order: bytes → text (`decode`) → where the feed begins (`prolog`) → clean markup (`repair`) → what feed-rs
//! drops, and whether it may see the text at all (`extensions`, `guard`, `usual`) → feed-rs (`adapter`), both merged,
//! or our own tolerant reader (`walk`).
//! JSON Feed has a reader of its own (`json`): feed-rs refuses the sloppy forms and drops half of the format.

mod adapter;
mod decode;
mod error;
mod extensions;
mod extra;
mod guard;
mod html;
mod json;
mod merge;
mod print;
mod prolog;
mod repair;
mod usual;
mod walk;
mod words;

use chrono_tz::Tz;
use url::Url;

use crate::model::{ParsedFeed, Timestamp};
pub use error::ParseError;
pub use print::to_json_feed;
use prolog::{Root, Start};

/// What is known about a document besides its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// `Content-Type`, verbatim. Its charset parameter counts.
    pub content_type: Option<&'a str>,
    /// `Content-Language`, verbatim: the language where the document says none.
    pub content_language: Option<&'a str>,
    /// The address it came from: what relative addresses stand on.
    pub base: Option<&'a Url>,
    /// The zone of dates that do not say theirs. UTC where None.
    pub zone: Option<Tz>,
    /// The moment of the collection: a date without a year is the nearest past one. None refuses such dates.
    pub now: Option<Timestamp>,
}

/// Reads a document in any format that feeds come in.
///
/// # Errors
/// One variant a reaction; see [`ParseError`].
pub fn parse(body: &[u8], hints: &Hints<'_>) -> Result<ParsedFeed, ParseError> {
    let decoded = decode::decode(body, hints);
    let text = decoded.text.as_ref();
    let mut feed = match prolog::find_start(text) {
        Start::Empty => return Err(ParseError::Empty),
        Start::Json { at } => json::read(text.get(at..).unwrap_or_default(), hints)?,
        Start::Html => {
            let page = html::look(text, hints.base);
            return Err(ParseError::HtmlPage { title: page.title, feeds: page.feeds });
        }
        Start::Other { what, at } => return Err(ParseError::NotAFeed { what, at }),
        Start::Xml(root) => read_xml(text, &root, hints)?,
    };
    feed.encoding = decoded.declared;
    feed.language = feed.language.or_else(|| hints.content_language.and_then(single_language));
    Ok(feed)
}

/// Single steps of the reader, for those who check each alone (`tests/fuzzing`).
#[doc(hidden)]
pub mod steps {
    use super::{Hints, Start, decode, prolog, repair};

    /// Bytes to text.
    pub fn decode(body: &[u8], content_type: Option<&str>) -> String {
        decode::decode(body, &Hints { content_type, ..Hints::default() }).text.into_owned()
    }

    /// Text to clean markup. None where the text is no feed in XML.
    pub fn repair(text: &str) -> Option<String> {
        match prolog::find_start(text) {
            Start::Xml(root) => Some(repair::repair(text, &root)),
            _ => None,
        }
    }
}

/// Reads by feed-rs what it reads well, and by our own walk the rest (docs/decisions/0009).
fn read_xml(text: &str, root: &Root, hints: &Hints<'_>) -> Result<ParsedFeed, ParseError> {
    let clean = repair::repair(text, root);
    if root.is_ordinary()
        && let Ok(extra) = extensions::collect(&clean, root, hints.base)
        && extra.is_for_feed_rs()
        && let Ok(mut feed) = adapter::read(&clean, root, hints)
    {
        merge::merge(&mut feed, extra);
        return Ok(feed);
    }
    let feed = walk::read(&clean, root, hints);
    let is_blank = feed.entries.is_empty()
        && feed.title.is_none()
        && feed.links.is_empty()
        && feed.description.is_none();
    if is_blank && !clean.to_ascii_lowercase().contains("<channel") && !root.is_atom() {
        let what = format!("<{}> without a channel", root.name);
        return Err(ParseError::NotAFeed { what, at: root.tag.start });
    }
    Ok(feed)
}

/// `Content-Language` may list several, and then says nothing about the feed.
fn single_language(header: &str) -> Option<String> {
    let header = header.trim();
    (!header.is_empty() && !header.contains(',')).then(|| header.to_owned())
}

#[cfg(test)]
mod tests;
