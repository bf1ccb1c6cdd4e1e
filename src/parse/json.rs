//! JSON Feed 1.0 and 1.1, and its sloppy forms: ids that are numbers, authors that are names, moments as seconds, a missing
//! title or version, and what `sloppy` mends.
//! Read by our own hand: feed-rs refuses those, and drops images, languages and durations.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Hints, ParseError, address, guard, sloppy};
use crate::model::{
    Attachment, Category, EntryOrigin, FeedFormat, Image, Link, ParsedDeletion, ParsedEntry, ParsedFeed,
    Person, Text, Timestamp,
};

type Object = Map<String, Value>;

/// Reads a JSON object.
///
/// # Errors
/// [`ParseError::TooDeep`]; [`ParseError::Broken`] where it is no JSON; [`ParseError::NotAFeed`] where it has no items.
pub(super) fn read(text: &str, hints: &Hints<'_>) -> Result<ParsedFeed, ParseError> {
    guard::check_json_depth(text)?;
    let object = match first_object(text) {
        Ok(object) => object,
        Err(error) => first_object(&sloppy::mend(text))
            .map_err(|_| ParseError::broken(&error.to_string(), Some(place(text, &error))))?,
    };
    let version = string(&object, "version").unwrap_or_default();
    let is_feed = version.contains("jsonfeed.org") || object.contains_key("items");
    if !is_feed {
        return Err(ParseError::NotAFeed { what: "a JSON object without items".to_owned(), at: 0 });
    }
    let is_first =
        ["/1", "/1.0"].iter().any(|end| format!("/{}", version.trim_end_matches('/')).ends_with(end));
    let format = if is_first { FeedFormat::Json10 } else { FeedFormat::Json11 };
    Ok(read_feed(&object, format, hints))
}

/// What stands behind the object does not matter.
fn first_object(text: &str) -> serde_json::Result<Object> {
    Object::deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// The byte of an error.
fn place(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1)
}

fn read_feed(object: &Object, format: FeedFormat, hints: &Hints<'_>) -> ParsedFeed {
    let mut feed = ParsedFeed::new(format);
    feed.title = string(object, "title").map(Text::plain);
    feed.description = string(object, "description").map(Text::plain);
    feed.language = string(object, "language");
    feed.image = address(object, "icon", hints).map(|url| Image { url, ..Image::default() });
    feed.icon = address(object, "favicon", hints);
    feed.authors = people(object);
    let mut push = |key: &str, rel: &str, media_type: Option<&str>| {
        feed.links.extend(address(object, key, hints).map(|href| Link {
            href,
            rel: Some(rel.to_owned()),
            media_type: media_type.map(str::to_owned),
            ..Link::default()
        }));
    };
    push("home_page_url", "alternate", None);
    push("feed_url", "self", Some("application/feed+json"));
    push("next_url", "next", None);
    for hub in list(object, "hubs").filter_map(Value::as_object) {
        feed.links.extend(address(hub, "url", hints).map(|href| Link {
            href,
            rel: Some("hub".to_owned()),
            ..Link::default()
        }));
    }
    let items = list(object, "items").filter_map(Value::as_object).take(guard::MAX_ENTRIES);
    feed.entries = items.map(|item| read_item(item, hints)).collect();
    feed.deleted = deletions(object, hints);
    feed
}

/// What another house like this one says of entries that are no more: `_vestnik.deleted`.
fn deletions(object: &Object, hints: &Hints<'_>) -> Vec<ParsedDeletion> {
    let Some(extension) = object.get("_vestnik").and_then(Value::as_object) else { return Vec::new() };
    let deletion = |deleted: &Object| {
        let at = string(deleted, "date_deleted");
        let at = at.and_then(|at| crate::dates::parse_date(&at, hints.zone, hints.now));
        Some(ParsedDeletion { id: string(deleted, "id")?, at })
    };
    let deleted = list(extension, "deleted").filter_map(Value::as_object).take(guard::MAX_ENTRIES);
    deleted.filter_map(deletion).collect()
}

fn read_item(item: &Object, hints: &Hints<'_>) -> ParsedEntry {
    let moment = |key: &str| match item.get(key)? {
        Value::Number(seconds) => since_1970(seconds.as_i64()?),
        value => crate::dates::parse_date(&scalar(value)?, hints.zone, hints.now),
    };
    let html = string(item, "content_html").map(Text::html);
    let mut entry = ParsedEntry {
        id: string(item, "id"),
        title: string(item, "title").map(Text::plain),
        summary: string(item, "summary").map(Text::plain),
        content: html.or_else(|| string(item, "content_text").map(Text::plain)),
        authors: people(item),
        published: moment("date_published"),
        updated: moment("date_modified"),
        image: address(item, "image", hints).or_else(|| address(item, "banner_image", hints)),
        language: string(item, "language"),
        ..ParsedEntry::default()
    };
    let link = |href: String, rel: &str| Link { href, rel: Some(rel.to_owned()), ..Link::default() };
    let url = address(item, "url", hints);
    let external = address(item, "external_url", hints);
    let related = if url.is_some() { "related" } else { "alternate" };
    entry.links.extend(url.map(|href| link(href, "alternate")));
    entry.links.extend(external.map(|href| link(href, related)));
    let tags = list(item, "tags").filter_map(scalar);
    entry.categories = tags.map(|term| Category { term, ..Category::default() }).collect();
    entry.attachments = list(item, "attachments")
        .filter_map(Value::as_object)
        .filter_map(|attachment| read_attachment(attachment, hints))
        .collect();
    if let Some(extension) = item.get("_vestnik").and_then(Value::as_object) {
        entry.rights = string(extension, "rights").map(Text::plain);
        entry.origin =
            extension.get("source").and_then(Value::as_object).and_then(|from| origin(from, hints));
    }
    entry
}

/// Where another Vestnik took an entry from: its feed, else its page.
fn origin(source: &Object, hints: &Hints<'_>) -> Option<EntryOrigin> {
    let origin = EntryOrigin {
        title: string(source, "title"),
        url: address(source, "url", hints).or_else(|| address(source, "home_url", hints)),
        id: string(source, "feed_id").or_else(|| string(source, "id")),
    };
    (origin != EntryOrigin::default()).then_some(origin)
}

/// Seconds or milliseconds since 1970.
fn since_1970(count: i64) -> Option<Timestamp> {
    const LATEST: i64 = 100_000_000_000;
    if count > LATEST { Timestamp::from_timestamp_millis(count) } else { Timestamp::from_timestamp(count, 0) }
}

fn read_attachment(object: &Object, hints: &Hints<'_>) -> Option<Attachment> {
    let seconds = object.get("duration_in_seconds").and_then(Value::as_f64);
    Some(Attachment {
        url: address(object, "url", hints)?,
        media_type: string(object, "mime_type"),
        length: object
            .get("size_in_bytes")
            .and_then(|size| size.as_u64().or_else(|| size.as_str()?.trim().parse().ok())),
        duration: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        title: string(object, "title"),
    })
}

/// `authors` of 1.1, else `author` of 1.0; objects or mere names.
fn people(object: &Object) -> Vec<Person> {
    let read = |value: &Value| match value {
        Value::Object(author) => {
            let person = Person {
                name: string(author, "name"),
                url: string(author, "url"),
                email: string(author, "email"),
            };
            (person != Person::default()).then_some(person)
        }
        other => scalar(other).map(|name| Person { name: Some(name), ..Person::default() }),
    };
    let many: Vec<Person> = list(object, "authors").filter_map(read).collect();
    if many.is_empty() { list(object, "author").filter_map(read).collect() } else { many }
}

/// The values of a list; one value where a list is expected is a list of one.
fn list<'o>(object: &'o Object, key: &str) -> impl Iterator<Item = &'o Value> {
    let values = match object.get(key) {
        Some(Value::Array(values)) => values.as_slice(),
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    };
    values.iter()
}

fn string(object: &Object, key: &str) -> Option<String> {
    object.get(key).and_then(scalar)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An address, absolute where the document's is known.
fn address(object: &Object, key: &str, hints: &Hints<'_>) -> Option<String> {
    let written = string(object, key)?;
    Some(address::join(hints.base.map(url::Url::as_str), &written))
}
