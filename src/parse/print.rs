//! Prints what was read as one JSON Feed 1.1 document: the answer of `vestnik parse`, and the form that fixtures are compared
//! in. What JSON Feed has no place for stands under `_vestnik`; absent values are left out.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use crate::model::{
    Attachment, Category, Image, Link, ParsedDeletion, ParsedEntry, ParsedFeed, Person, Text, TextKind,
    Timestamp,
};

/// The document.
pub fn to_json_feed(feed: &ParsedFeed) -> Value {
    let mut out = Out::default();
    out.put("version", Some("https://jsonfeed.org/version/1.1"));
    out.put("title", feed.title.as_ref().map(|title| title.value.as_str()));
    out.put("home_page_url", feed.home());
    let own = feed.links.iter().find(|link| link.rel.as_deref() == Some("self"));
    out.put("feed_url", own.map(|link| link.href.as_str()));
    out.put("description", feed.description.as_ref().map(|description| description.value.as_str()));
    out.put("icon", feed.image.as_ref().map(|image| image.url.as_str()));
    out.put("favicon", feed.icon.as_deref());
    out.list("authors", feed.authors.iter().map(person));
    out.put("language", feed.language.as_deref());
    out.0.insert("items".to_owned(), feed.entries.iter().map(item).collect());
    out.0.insert("_vestnik".to_owned(), feed_extension(feed));
    out.done()
}

fn feed_extension(feed: &ParsedFeed) -> Value {
    let mut out = Out::default();
    out.put("format", Some(feed.format.name()));
    out.put("encoding", feed.encoding.as_deref());
    out.put("id", feed.id.as_deref());
    out.put("date_modified", feed.updated.map(moment));
    out.put("date_published", feed.published.map(moment));
    out.put("rights", feed.rights.as_ref().map(|rights| rights.value.as_str()));
    out.put("ttl", feed.hints.ttl.map(|ttl| ttl.as_secs() / 60));
    out.list("skip_hours", feed.hints.skip_hours.iter().map(|hour| json!(hour)));
    out.list("skip_days", feed.hints.skip_days.iter().map(|day| json!(day)));
    out.put("update_period", feed.hints.update_period.map(|period| period.as_secs()));
    out.put("complete", feed.complete.then_some(true));
    out.list("deleted", feed.deleted.iter().map(deletion));
    out.put(
        "generator",
        feed.generator.as_ref().map(|made| {
            let mut out = Out::default();
            out.put("name", Some(made.name.as_str()));
            out.put("url", made.url.as_deref());
            out.put("version", made.version.as_deref());
            out.done()
        }),
    );
    out.put("image", feed.image.as_ref().map(image));
    out.put("publisher", feed.publisher.as_ref().map(person));
    out.list("links", feed.links.iter().map(link));
    out.list("categories", feed.categories.iter().map(category));
    out.list("contributors", feed.contributors.iter().map(person));
    out.about("title", feed.title.as_ref());
    out.about("description", feed.description.as_ref());
    out.about("rights", feed.rights.as_ref());
    out.done()
}

fn deletion(deleted: &ParsedDeletion) -> Value {
    let mut out = Out::default();
    out.put("id", Some(deleted.id.as_str()));
    out.put("date_deleted", deleted.at.map(moment));
    out.done()
}

fn item(entry: &ParsedEntry) -> Value {
    let mut out = Out::default();
    out.put("id", entry.id.as_deref());
    out.put("url", entry.link());
    out.put("title", entry.title.as_ref().map(|title| title.value.as_str()));
    if let Some(content) = &entry.content {
        let key = if content.is_markup() { "content_html" } else { "content_text" };
        out.put(key, Some(content.value.as_str()));
    }
    out.put("summary", entry.summary.as_ref().map(|summary| summary.value.as_str()));
    out.put("image", entry.image.as_deref());
    out.put("date_published", entry.published.map(moment));
    out.put("date_modified", entry.updated.map(moment));
    out.list("authors", entry.authors.iter().map(person));
    out.list("tags", entry.categories.iter().map(|category| json!(category.term)));
    out.put("language", entry.language.as_deref());
    out.list("attachments", entry.attachments.iter().map(attachment));
    out.put("_vestnik", Some(item_extension(entry)).filter(|extension| extension != &json!({})));
    out.done()
}

fn item_extension(entry: &ParsedEntry) -> Value {
    let mut out = Out::default();
    out.list("links", entry.links.iter().map(link));
    out.list("categories", entry.categories.iter().map(category));
    out.list("contributors", entry.contributors.iter().map(person));
    out.put("publisher", entry.publisher.as_ref().map(person));
    out.put("rights", entry.rights.as_ref().map(|rights| rights.value.as_str()));
    out.put("comments_url", entry.comments_url.as_deref());
    out.put("guid_is_permalink", entry.id_is_permalink);
    out.put(
        "source",
        entry.origin.as_ref().map(|origin| {
            let mut out = Out::default();
            out.put("title", origin.title.as_deref());
            out.put("url", origin.url.as_deref());
            out.put("id", origin.id.as_deref());
            out.done()
        }),
    );
    out.put("content_src", entry.content_src.as_deref());
    out.about("title", entry.title.as_ref());
    out.about("summary", entry.summary.as_ref());
    out.about("content", entry.content.as_ref());
    out.about("rights", entry.rights.as_ref());
    out.done()
}

/// An object whose absent values are left out.
#[derive(Default)]
struct Out(Map<String, Value>);

impl Out {
    fn put(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
    }

    fn list(&mut self, key: &str, values: impl Iterator<Item = Value>) {
        let values: Vec<Value> = values.collect();
        if !values.is_empty() {
            self.0.insert(key.to_owned(), Value::Array(values));
        }
    }

    /// What the document says about a text: `<field>_type`, `<field>_language`, `<field>_base`.
    fn about(&mut self, field: &str, text: Option<&Text>) {
        let Some(text) = text else { return };
        let kind = match &text.kind {
            TextKind::Plain => "text/plain",
            TextKind::Html => "text/html",
            TextKind::Xhtml => "application/xhtml+xml",
            TextKind::Other(other) => other.as_str(),
        };
        self.put(&format!("{field}_type"), Some(kind));
        self.put(&format!("{field}_language"), text.language.as_deref());
        self.put(&format!("{field}_base"), text.base.as_deref());
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn moment(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn person(person: &Person) -> Value {
    let mut out = Out::default();
    out.put("name", person.name.as_deref());
    out.put("url", person.url.as_deref());
    out.put("_email", person.email.as_deref());
    out.done()
}

fn link(link: &Link) -> Value {
    let mut out = Out::default();
    out.put("href", Some(link.href.as_str()));
    out.put("rel", link.rel.as_deref());
    out.put("type", link.media_type.as_deref());
    out.put("hreflang", link.hreflang.as_deref());
    out.put("title", link.title.as_deref());
    out.put("length", link.length);
    out.done()
}

fn category(category: &Category) -> Value {
    let mut out = Out::default();
    out.put("term", Some(category.term.as_str()));
    out.put("scheme", category.scheme.as_deref());
    out.put("label", category.label.as_deref());
    out.done()
}

fn image(image: &Image) -> Value {
    let mut out = Out::default();
    out.put("url", Some(image.url.as_str()));
    out.put("title", image.title.as_deref());
    out.put("link", image.link.as_deref());
    out.done()
}

fn attachment(attachment: &Attachment) -> Value {
    let mut out = Out::default();
    out.put("url", Some(attachment.url.as_str()));
    out.put("mime_type", attachment.media_type.as_deref());
    out.put("title", attachment.title.as_deref());
    out.put("size_in_bytes", attachment.length);
    out.put("duration_in_seconds", attachment.duration.map(|duration| duration.as_secs_f64()));
    out.done()
}
