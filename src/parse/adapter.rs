//! The only file that sees feed-rs. Hands it clean text and takes its model apart into ours; what it panics at is caught.
//!
//! The panic hook of the process still prints a caught panic: a library can't silence it without taking the hook away from
//! everyone else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use feed_rs::model as theirs;
use feed_rs::parser::{Builder, ParseErrorKind, ParseFeedError};

use super::guard::MAX_PARTS;
use super::prolog::Root;
use super::{Hints, ParseError, markup};
use crate::model::{
    Attachment, Category, FeedFormat, Generator, Image, Link, ParsedEntry, ParsedFeed, Person, Text, TextKind,
};

/// Reads clean XML.
///
/// # Errors
/// [`ParseError::Broken`] where feed-rs gives up or panics, [`ParseError::NotAFeed`] where it finds none.
pub(super) fn read(text: &str, root: &Root, hints: &Hints<'_>) -> Result<ParsedFeed, ParseError> {
    // A parser is made for each document: after an error it keeps state, and panics at the next one.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let (zone, now) = (hints.zone, hints.now);
        Builder::new()
            .base_uri(hints.base)
            .sanitize_content(false)
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(move |text| crate::dates::parse_date(text, zone, now))
            .build()
            .parse(text.as_bytes())
    }));
    match parsed {
        Ok(Ok(feed)) => Ok(convert(feed, root.format)),
        Ok(Err(error)) => Err(refused(&error, root)),
        Err(_) => Err(ParseError::broken("its markup defeats the parser", None)),
    }
}

fn refused(error: &ParseFeedError, root: &Root) -> ParseError {
    let at = |position: u64| usize::try_from(position).ok();
    match error {
        ParseFeedError::ParseError(ParseErrorKind::NoFeedRoot) => {
            ParseError::NotAFeed { what: format!("<{}> without a channel", root.name), at: root.tag.start }
        }
        ParseFeedError::ParseError(kind) => {
            let position = match kind {
                ParseErrorKind::UnknownMimeType { position, .. }
                | ParseErrorKind::MissingContent { position, .. }
                | ParseErrorKind::UnknownEnumVariant { position, .. }
                | ParseErrorKind::IllegalState { position, .. } => at(*position),
                ParseErrorKind::NoFeedRoot => None,
            };
            ParseError::broken(&kind.to_string(), position)
        }
        ParseFeedError::XmlReader(reason) => ParseError::broken(&reason.to_string(), None),
        other => ParseError::broken(&other.to_string(), None),
    }
}

fn convert(feed: theirs::Feed, format: FeedFormat) -> ParsedFeed {
    let is_rss = !matches!(format, FeedFormat::Atom10 | FeedFormat::Atom03);
    let mut parsed = ParsedFeed::new(format);
    parsed.id = filled(feed.id);
    parsed.title = feed.title.map(|value| guessed(value, is_rss));
    parsed.description = feed.description.map(|value| markup(value, is_rss));
    parsed.rights = feed.rights.map(|value| guessed(value, is_rss));
    parsed.links = feed.links.into_iter().filter_map(link).collect();
    parsed.authors = feed.authors.into_iter().map(person).collect();
    for contributor in feed.contributors {
        match contributor.role.as_deref() {
            Some("managingEditor") => parsed.authors.push(person(contributor)),
            Some("webMaster") => parsed.publisher = Some(person(contributor)),
            _ => parsed.contributors.push(person(contributor)),
        }
    }
    parsed.language = feed.language.and_then(filled);
    parsed.updated = feed.updated;
    parsed.published = feed.published;
    parsed.generator =
        feed.generator.map(|made| Generator { name: made.content, url: made.uri, version: made.version });
    parsed.image = feed.logo.map(image);
    parsed.icon = feed.icon.map(|icon| icon.uri);
    parsed.categories = feed.categories.into_iter().flat_map(category).collect();
    parsed.hints.ttl = feed.ttl.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    parsed.entries = feed.entries.into_iter().map(|entry| convert_entry(entry, is_rss)).collect();
    parsed
}

fn convert_entry(entry: theirs::Entry, is_rss: bool) -> ParsedEntry {
    let mut parsed = ParsedEntry {
        id: filled(entry.id.trim().to_owned()),
        title: entry.title.map(|value| guessed(value, is_rss)),
        summary: entry.summary.map(|value| markup(value, is_rss)),
        authors: entry.authors.into_iter().map(person).collect(),
        contributors: entry.contributors.into_iter().map(person).collect(),
        published: entry.published,
        // feed-rs repeats the publication there for RSS, where nothing was said.
        updated: entry.updated.filter(|updated| !is_rss || entry.published != Some(*updated)),
        categories: entry.categories.into_iter().flat_map(category).collect(),
        rights: entry.rights.map(|value| guessed(value, is_rss)),
        ..ParsedEntry::default()
    };
    for theirs in entry.links {
        match theirs.target {
            Some(theirs::LinkTarget::Comments) => parsed.comments_url = filled(theirs.href),
            Some(theirs::LinkTarget::CommentsFeed) => {
                let feed = link(theirs).map(|link| Link { rel: Some("replies".to_owned()), ..link });
                parsed.links.extend(feed);
            }
            None => parsed.links.extend(link(theirs)),
        }
    }
    if let Some(content) = entry.content {
        parsed.content_src = content.src.as_ref().map(|src| src.href.clone()).filter(|_| !is_rss);
        let kind = kind(content.content_type.as_str());
        let language = entry.language.and_then(filled);
        parsed.content = content.body.map(|value| text_of(value, kind, language));
    }
    let enclosed = parsed.links.iter().filter(|link| link.rel.as_deref() == Some("enclosure")).map(enclosure);
    parsed.attachments = enclosed.take(MAX_PARTS).collect();
    parsed
}

/// Atom's form of it.
fn enclosure(link: &Link) -> Attachment {
    Attachment {
        url: link.href.clone(),
        media_type: link.media_type.clone(),
        length: link.length,
        title: link.title.clone(),
        duration: None,
    }
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn kind(media_type: &str) -> TextKind {
    match media_type {
        "text/plain" => TextKind::Plain,
        "text/html" => TextKind::Html,
        // feed-rs says the former.
        "application/xhtml" | "application/xhtml+xml" => TextKind::Xhtml,
        other => TextKind::Other(other.to_owned()),
    }
}

fn text(text: theirs::Text) -> Text {
    text_of(text.content, kind(text.content_type.as_str()), None)
}

/// What RSS says is plain is often markup.
fn guessed(value: theirs::Text, is_rss: bool) -> Text {
    let read = text(value);
    let is_markup = is_rss && read.kind == TextKind::Plain && markup::is_likely(&read.value);
    if is_markup { Text { kind: TextKind::Html, ..read } } else { read }
}

/// feed-rs writes XHTML with an end tag for every element, and HTML reads `<br></br>` as two breaks.
fn text_of(value: String, kind: TextKind, language: Option<String>) -> Text {
    let value = if kind == TextKind::Xhtml && (value.contains("</br>") || value.contains("</hr>")) {
        value.replace("></br>", "/>").replace("></hr>", "/>")
    } else {
        value
    };
    Text { value, kind, language, base: None }
}

/// What RSS calls a description is markup, whatever feed-rs says of it.
fn markup(value: theirs::Text, is_rss: bool) -> Text {
    let read = text(value);
    if is_rss { Text { kind: TextKind::Html, ..read } } else { read }
}

fn link(link: theirs::Link) -> Option<Link> {
    Some(Link {
        href: filled(link.href)?,
        rel: link.rel,
        media_type: link.media_type,
        hreflang: link.href_lang,
        title: link.title,
        length: link.length,
    })
}

fn person(person: theirs::Person) -> Person {
    let trimmed = |text: Option<String>| text.and_then(|text| filled(text.trim().to_owned()));
    let name = person.name.as_deref().map(unwrapped).and_then(|name| filled(name.to_owned()));
    Person { name, url: trimmed(person.uri), email: trimmed(person.email) }
}

/// `mail@host (Name)` comes as `(Name)`.
fn unwrapped(name: &str) -> &str {
    let name = name.trim();
    let inner = name.strip_prefix('(').and_then(|name| name.strip_suffix(')'));
    inner.filter(|inner| !inner.contains(['(', ')'])).unwrap_or(name).trim()
}

fn image(image: theirs::Image) -> Image {
    Image { url: image.uri.trim().to_owned(), title: image.title, link: image.link.map(|link| link.href) }
}

/// iTunes nests them; here they stand side by side.
fn category(category: theirs::Category) -> Vec<Category> {
    let mut all = Vec::new();
    let mut waiting = vec![category];
    while let Some(category) = waiting.pop() {
        waiting.extend(category.subcategories);
        if !category.term.is_empty() {
            all.push(Category { term: category.term, scheme: category.scheme, label: category.label });
        }
    }
    all
}
