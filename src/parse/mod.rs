//! Turns a document's bytes into a [`ParsedFeed`]. Does no I/O, reads no clock, never panics, and decides nothing about
//! what is published.
//!
//! The order: bytes → text (`decode`) → where the feed begins (`prolog`) → clean markup (`repair`) → one tolerant walk that
//! builds the feed (`walk`), with feed-rs behind it for what the walk does not know (`adapter`).
//! JSON Feed has a reader of its own (`json`): feed-rs refuses the sloppy forms and drops half of the format.

mod adapter;
mod address;
mod decode;
mod entities;
mod error;
mod guard;
mod html;
mod instead;
mod json;
mod markup;
mod print;
mod prolog;
mod repair;
mod sloppy;
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
    if let Some(what) = instead::file(body) {
        return Err(ParseError::NotAFeed { what: what.to_owned(), at: 0 });
    }
    let decoded = decode::decode(body, hints);
    let text = decoded.text.as_ref();
    let mut feed = match prolog::find_start(text) {
        Start::Empty => return Err(ParseError::Empty),
        Start::Json { at } => json::read(text.get(at..).unwrap_or_default(), hints)?,
        Start::Html { at } => return Err(page(text, at, hints)),
        Start::Other { what, at } => return Err(ParseError::NotAFeed { what, at }),
        Start::Xml(root) => read_xml(text, &root, hints)?,
    };
    feed.encoding = decoded.declared;
    feed.language = feed.language.or_else(|| hints.content_language.and_then(single_language));
    Ok(feed)
}

/// Single steps of the reader, for those who check each alone (`tests/fuzzing`, `tests/reading/hostile.rs`).
#[doc(hidden)]
pub mod steps {
    use super::{Hints, Start, decode, prolog, repair, walk};

    pub use walk::Work;

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

    /// What the walk over a document takes. None where it is no feed in XML.
    pub fn work(text: &str) -> Option<Work> {
        match prolog::find_start(text) {
            Start::Xml(root) => {
                let clean = repair::repair(text, &root);
                Some(walk::read(&clean, &root, &Hints::default()).work)
            }
            _ => None,
        }
    }
}

/// What a page says that came in place of the feed.
fn page(text: &str, at: usize, hints: &Hints<'_>) -> ParseError {
    let html::Page { title, feeds } = html::look(text, hints.base);
    match instead::wall(text, title.as_deref(), !feeds.is_empty()) {
        Some(instead::Wall::Bots(by)) => ParseError::BotWall { by, title, at },
        Some(instead::Wall::Login) => ParseError::LoginWall { title, at },
        None => ParseError::HtmlPage { title, feeds, at },
    }
}

/// Our own walk reads every format; where it finds nothing, feed-rs is asked before the document is given up
/// (docs/decisions/0010).
fn read_xml(text: &str, root: &Root, hints: &Hints<'_>) -> Result<ParsedFeed, ParseError> {
    let clean = repair::repair(text, root);
    let walk::Read { feed, depth, .. } = walk::read(&clean, root, hints);
    if !is_blank(&feed) {
        return Ok(feed);
    }
    if depth <= guard::MAX_DEPTH
        && let Ok(second) = adapter::read(&clean, root, hints)
        && !is_blank(&second)
    {
        return Ok(second);
    }
    // An empty feed is one; an empty element that is merely called like one is not.
    if root.is_atom() || is_hollow(text, root) || clean.to_ascii_lowercase().contains("<channel") {
        return Ok(feed);
    }
    let what = format!("<{}> without a channel", root.name);
    Err(ParseError::NotAFeed { what, at: root.tag.start })
}

/// `<rss></rss>`: nothing in it, and its end.
fn is_hollow(text: &str, root: &prolog::Root) -> bool {
    root.closed || text.get(root.tag.end..).is_some_and(|rest| rest.trim_start().starts_with("</"))
}

/// Says nothing at all.
fn is_blank(feed: &ParsedFeed) -> bool {
    feed.entries.is_empty() && feed.title.is_none() && feed.links.is_empty() && feed.description.is_none()
}

/// `Content-Language` may list several, and then says nothing about the feed.
fn single_language(header: &str) -> Option<String> {
    let header = header.trim();
    (!header.is_empty() && !header.contains(',')).then(|| header.to_owned())
}

#[cfg(test)]
mod tests;
