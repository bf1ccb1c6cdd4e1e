//! RSS 2.0: the specification of the RSS Advisory Board, its best practices, and the extensions that feeds of ours use.

use std::collections::BTreeSet;

use super::{
    Expected, Faults, markup, trimmed,
    values::{self, Checked},
    xml::Element,
};

pub(super) const ATOM: &str = "http://www.w3.org/2005/Atom";
pub(super) const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";
pub(super) const DC: &str = "http://purl.org/dc/elements/1.1/";

const IN_CHANNEL: [&str; 20] = [
    "title",
    "link",
    "description",
    "language",
    "copyright",
    "managingEditor",
    "webMaster",
    "pubDate",
    "lastBuildDate",
    "category",
    "generator",
    "docs",
    "cloud",
    "ttl",
    "image",
    "rating",
    "textInput",
    "skipHours",
    "skipDays",
    "item",
];
const IN_ITEM: [&str; 10] = [
    "title",
    "link",
    "description",
    "author",
    "category",
    "comments",
    "enclosure",
    "guid",
    "pubDate",
    "source",
];

pub(super) fn check(root: &Element<'_>, expected: &Expected<'_>, faults: &mut Faults<'_>) {
    if !root.is("", "rss") || root.attribute("version") != Some("2.0") {
        return faults.add("the document", "is no RSS 2.0");
    }
    let [channel] = root.children.as_slice() else { return faults.add("rss", "does not hold one channel") };
    if !channel.is("", "channel") {
        return faults.add("rss", "does not hold one channel");
    }
    known(channel, &IN_CHANNEL, &["category", "item"], faults);
    for name in ["title", "link", "description"] {
        if channel.first("", name).is_none() {
            faults.add("channel", &format!("has no {name}"));
        }
    }
    text(channel, "title", faults, |text| values::not_blank(text).and(values::no_markup(text)));
    for name in ["description", "copyright", "category"] {
        text(channel, name, faults, values::no_markup);
    }
    for name in ["link", "docs"] {
        text(channel, name, faults, values::uri);
    }
    for name in ["pubDate", "lastBuildDate"] {
        text(channel, name, faults, |text| values::rfc822(text, expected.made));
    }
    text(channel, "language", faults, values::language);
    text(channel, "ttl", faults, values::number);
    for name in ["managingEditor", "webMaster"] {
        text(channel, name, faults, email);
    }
    links(channel, expected, faults);
    let mut guids = BTreeSet::new();
    for (index, item) in channel.all("", "item").enumerate() {
        faults.item = Some(index);
        self::item(item, expected, &mut guids, faults);
    }
    faults.item = None;
}

fn item(item: &Element<'_>, expected: &Expected<'_>, guids: &mut BTreeSet<String>, faults: &mut Faults<'_>) {
    known(item, &IN_ITEM, &["category"], faults);
    if item.first("", "title").is_none() && item.first("", "description").is_none() {
        faults.add("item", "has neither a title nor a description");
    }
    text(item, "title", faults, |text| values::not_blank(text).and(values::no_markup(text)));
    text(item, "category", faults, |text| values::not_blank(text).and(values::no_markup(text)));
    for name in ["link", "comments"] {
        text(item, name, faults, values::item_address);
    }
    text(item, "pubDate", faults, |text| values::rfc822(text, expected.made));
    text(item, "author", faults, email);
    if let Some(description) = item.first("", "description") {
        markup::check("description", &description.text, faults);
    }
    content(item, faults);
    match item.first("", "guid") {
        None => faults.add("item", "has no guid"),
        Some(guid) => self::guid(guid, guids, faults),
    }
    for enclosure in item.all("", "enclosure") {
        self::enclosure(enclosure, faults);
    }
    if let Some(source) = item.first("", "source") {
        required(source, "source", "url", faults, values::item_address);
        faults.value("source", &source.text, values::no_markup(&source.text));
    }
    for language in item.all(DC, "language") {
        let language = trimmed(&language.text);
        faults.value("dc:language", &language, values::language(&language));
    }
    for link in item.all(ATOM, "link") {
        super::atom::link(link, faults);
        // Some readers take any other for the link of the item.
        if link.attribute("rel").is_none_or(|rel| matches!(rel, "alternate" | "self")) {
            faults.add("atom:link", "is a second link of its item");
        }
    }
}

fn content(item: &Element<'_>, faults: &mut Faults<'_>) {
    let whole: Vec<_> = item.all(CONTENT, "encoded").collect();
    if whole.len() > 1 {
        faults.add("item", "has more than one content:encoded");
    }
    for content in whole {
        markup::check("content:encoded", &content.text, faults);
    }
}

fn guid(guid: &Element<'_>, guids: &mut BTreeSet<String>, faults: &mut Faults<'_>) {
    let is_permalink = match guid.attribute("isPermaLink") {
        None | Some("true") => true,
        Some("false") => false,
        Some(other) => {
            let other = other.to_owned();
            faults.value("guid isPermaLink", &other, Err("is neither true nor false"));
            false
        }
    };
    let value = trimmed(&guid.text);
    faults.value("guid", &value, values::not_blank(&value));
    if is_permalink {
        faults.value("guid", &value, values::item_address(&value));
    }
    if !guids.insert(value.clone()) {
        faults.value("guid", &value, Err("is that of another item too"));
    }
}

fn enclosure(enclosure: &Element<'_>, faults: &mut Faults<'_>) {
    required(enclosure, "enclosure", "url", faults, values::enclosure);
    required(enclosure, "enclosure", "length", faults, values::number);
    required(enclosure, "enclosure", "type", faults, values::media_type);
}

/// Self, and the places of an archive (RFC 5005).
fn links(channel: &Element<'_>, expected: &Expected<'_>, faults: &mut Faults<'_>) {
    let mut own = 0;
    for link in channel.all(ATOM, "link") {
        required(link, "atom:link", "href", faults, values::iri);
        if let Some(media_type) = link.attribute("type") {
            faults.value("atom:link type", media_type, values::media_type(media_type));
        }
        if link.attribute("rel") == Some("self") {
            own += 1;
            let href = link.attribute("href").unwrap_or_default();
            if href != expected.address {
                faults.value("atom:link rel=self", href, Err("is not where the document is served"));
            }
        }
    }
    if own != 1 {
        faults.add("channel", "does not have one atom:link rel=self");
    }
}

/// Only what RSS knows stands outside of namespaces, and once, but for these.
fn known(parent: &Element<'_>, names: &[&str], repeatable: &[&str], faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for child in parent.children.iter().filter(|child| child.namespace.is_empty()) {
        if !names.contains(&child.name.as_ref()) {
            faults.value(&parent.name, &child.name, Err("holds an element that RSS does not know"));
        } else if !seen.insert(child.name.as_ref()) && !repeatable.contains(&child.name.as_ref()) {
            faults.value(&parent.name, &child.name, Err("holds an element twice"));
        }
    }
}

fn text(parent: &Element<'_>, name: &str, faults: &mut Faults<'_>, rule: impl Fn(&str) -> Checked) {
    for child in parent.all("", name) {
        let value = trimmed(&child.text);
        faults.value(name, &value, rule(&value));
    }
}

pub(super) fn required(
    element: &Element<'_>,
    place: &str,
    attribute: &str,
    faults: &mut Faults<'_>,
    rule: impl Fn(&str) -> Checked,
) {
    match element.attribute(attribute) {
        None => faults.add(place, &format!("has no {attribute}")),
        Some(value) => faults.value(&format!("{place} {attribute}"), value, rule(value)),
    }
}

/// `name@example.org (Name)`.
fn email(text: &str) -> Checked {
    let wrong = Err("is no e-mail address with a name in brackets");
    let Some((address, name)) = text.split_once(" (") else { return wrong };
    let Some((local, host)) = address.split_once('@') else { return wrong };
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._%+-'".contains(&b))
    };
    if token(local) && token(host) && host.contains('.') && name.ends_with(')') { Ok(()) } else { wrong }
}
