//! JSON Feed 1.1.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    Expected, Faults, markup,
    values::{self, Checked},
};

type Object = Map<String, Value>;

pub(super) fn check(text: &str, expected: &Expected<'_>, faults: &mut Faults<'_>) {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => return faults.add("the document", &format!("is no JSON: {error}")),
    };
    let Value::Object(feed) = &document else { return faults.add("the document", "is no object") };
    if feed.get("version").and_then(Value::as_str) != Some("https://jsonfeed.org/version/1.1") {
        faults.add("version", "is not that of JSON Feed 1.1");
    }
    required(feed, "title", faults, values::not_blank);
    for name in ["home_page_url", "feed_url", "next_url", "icon", "favicon"] {
        optional(feed, name, faults, values::uri);
    }
    optional(feed, "language", faults, values::language);
    optional(feed, "description", faults, |_| Ok(()));
    if feed.get("feed_url").and_then(Value::as_str) != Some(expected.address) {
        faults.add("feed_url", "is not where the document is served");
    }
    if feed.contains_key("next_url") && feed.get("next_url") == feed.get("feed_url") {
        faults.add("next_url", "is the document itself");
    }
    authors(feed, faults);
    let Some(Value::Array(items)) = feed.get("items") else { return faults.add("items", "is no list") };
    let mut ids = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        faults.item = Some(index);
        match item {
            Value::Object(item) => self::item(item, expected, &mut ids, faults),
            _ => faults.add("item", "is no object"),
        }
    }
    faults.item = None;
}

fn item<'a>(item: &'a Object, expected: &Expected<'_>, ids: &mut BTreeSet<&'a str>, faults: &mut Faults<'_>) {
    required(item, "id", faults, values::not_blank);
    if let Some(id) = item.get("id").and_then(Value::as_str)
        && !ids.insert(id)
    {
        faults.value("id", id, Err("is that of another item too"));
    }
    for name in ["url", "external_url", "image", "banner_image"] {
        optional(item, name, faults, values::uri);
    }
    for name in ["date_published", "date_modified"] {
        optional(item, name, faults, |date| values::rfc3339(date, expected.made));
    }
    for name in ["title", "summary", "content_text"] {
        optional(item, name, faults, |_| Ok(()));
    }
    optional(item, "language", faults, values::language);
    match item.get("content_html").and_then(Value::as_str) {
        Some(html) => markup::check("content_html", html, faults),
        None if !item.contains_key("content_text") => {
            faults.add("item", "has neither content_html nor content_text");
        }
        None => {}
    }
    authors(item, faults);
    match item.get("tags") {
        Some(Value::Array(tags)) if tags.iter().all(Value::is_string) => {}
        Some(_) => faults.add("tags", "is no list of texts"),
        None => {}
    }
    for file in list(item, "attachments", faults) {
        required(file, "url", faults, values::uri);
        required(file, "mime_type", faults, values::media_type);
        for name in ["size_in_bytes", "duration_in_seconds"] {
            if file.get(name).is_some_and(|size| !size.is_u64()) {
                faults.add(name, "is no whole number");
            }
        }
    }
}

fn authors(of: &Object, faults: &mut Faults<'_>) {
    for author in list(of, "authors", faults) {
        if !["name", "url", "avatar"].iter().any(|name| author.contains_key(*name)) {
            faults.add("author", "says nothing of itself");
        }
        optional(author, "name", faults, values::not_blank);
        optional(author, "url", faults, values::uri);
    }
}

fn list<'a>(of: &'a Object, name: &str, faults: &mut Faults<'_>) -> Vec<&'a Object> {
    let Some(value) = of.get(name) else { return Vec::new() };
    let objects: Option<Vec<&Object>> =
        value.as_array().and_then(|list| list.iter().map(Value::as_object).collect());
    objects.unwrap_or_else(|| {
        faults.add(name, "is no list of objects");
        Vec::new()
    })
}

fn required(of: &Object, name: &str, faults: &mut Faults<'_>, rule: impl Fn(&str) -> Checked) {
    match of.get(name) {
        None => faults.add(name, "is missing"),
        Some(_) => optional(of, name, faults, rule),
    }
}

fn optional(of: &Object, name: &str, faults: &mut Faults<'_>, rule: impl Fn(&str) -> Checked) {
    match of.get(name) {
        None => {}
        Some(Value::String(text)) => faults.value(name, text, rule(text)),
        Some(_) => faults.add(name, "is no text"),
    }
}
