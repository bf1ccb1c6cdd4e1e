//! Atom 1.0 (RFC 4287), with the history of RFC 5005 and the tombstones of RFC 6721.

use std::collections::BTreeSet;

use super::{
    Expected, Faults, markup,
    rss::{ATOM, required},
    trimmed, values,
    xml::Element,
};

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";
const HISTORY: &str = "http://purl.org/syndication/history/1.0";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Of RFC 4287, RFC 5005, RFC 4685, RFC 4946 and WebSub.
const RELATIONS: [&str; 18] = [
    "alternate",
    "current",
    "describedby",
    "enclosure",
    "first",
    "hub",
    "last",
    "license",
    "next",
    "next-archive",
    "payment",
    "prev-archive",
    "previous",
    "related",
    "replies",
    "search",
    "self",
    "via",
];
const IN_FEED: [&str; 13] = [
    "author",
    "category",
    "contributor",
    "generator",
    "icon",
    "id",
    "link",
    "logo",
    "rights",
    "subtitle",
    "title",
    "updated",
    "entry",
];
const IN_ENTRY: [&str; 12] = [
    "author",
    "category",
    "content",
    "contributor",
    "id",
    "link",
    "published",
    "rights",
    "source",
    "summary",
    "title",
    "updated",
];
const REPEATABLE: [&str; 5] = ["author", "category", "contributor", "link", "entry"];

pub(super) fn check(root: &Element<'_>, expected: &Expected<'_>, faults: &mut Faults<'_>) {
    if !root.is(ATOM, "feed") {
        return faults.add("the document", "is no Atom feed");
    }
    language(root, faults);
    metadata(root, expected, faults);
    for name in ["id", "title", "updated"] {
        if root.first(ATOM, name).is_none() {
            faults.add("feed", &format!("has no {name}"));
        }
    }
    let own: Vec<_> = links(root, "self").filter_map(|link| link.attribute("href")).collect();
    if own != [expected.address] {
        faults.value("feed link rel=self", &own.join(" "), Err("is not where the document is served"));
    }
    if root.first(HISTORY, "archive").is_some() && links(root, "current").next().is_none() {
        faults.add("feed", "is an archive and does not say of what (link rel=current)");
    }
    let is_entry = |child: &&Element<'_>| child.is(ATOM, "entry");
    if root
        .children
        .iter()
        .skip_while(|child| !is_entry(child))
        .any(|child| child.namespace == ATOM && !is_entry(&child))
    {
        faults.add("feed", "says something of itself after its entries");
    }
    let mut ids = BTreeSet::new();
    let has_author = root.first(ATOM, "author").is_some();
    for (index, entry) in root.all(ATOM, "entry").enumerate() {
        faults.item = Some(index);
        self::entry(entry, has_author, expected, &mut ids, faults);
    }
    faults.item = None;
    for deleted in root.all(TOMBSTONES, "deleted-entry") {
        tombstone(deleted, expected, &ids, faults);
    }
}

fn entry(
    entry: &Element<'_>,
    feed_has_author: bool,
    expected: &Expected<'_>,
    ids: &mut BTreeSet<String>,
    faults: &mut Faults<'_>,
) {
    language(entry, faults);
    known(entry, &IN_ENTRY, faults);
    for name in ["id", "title", "updated"] {
        if entry.first(ATOM, name).is_none() {
            faults.add("entry", &format!("has no {name}"));
        }
    }
    common(entry, expected, faults);
    let source = entry.first(ATOM, "source");
    let has_author = feed_has_author
        || entry.first(ATOM, "author").is_some()
        || source.is_some_and(|source| source.first(ATOM, "author").is_some());
    if !has_author {
        faults.add("entry", "has no author, and neither has the feed");
    }
    if let Some(source) = source {
        metadata(source, expected, faults);
    }
    if let Some(id) = entry.first(ATOM, "id").map(|id| trimmed(&id.text))
        && !ids.insert(id.clone())
    {
        faults.value("id", &id, Err("is that of another entry too"));
    }
    texts(entry, faults);
    if entry.first(ATOM, "content").is_none() && links(entry, "alternate").next().is_none() {
        faults.add("entry", "has neither content nor a link rel=alternate");
    }
}

fn texts(entry: &Element<'_>, faults: &mut Faults<'_>) {
    for name in ["summary", "content"] {
        for text in entry.all(ATOM, name) {
            language(text, faults);
            match text.attribute("type").unwrap_or("text") {
                "html" => markup::check(name, &text.text, faults),
                "xhtml"
                    if text.children.len() != 1 || !text.children.iter().all(|div| div.is(XHTML, "div")) =>
                {
                    faults.add(name, "is xhtml without one div around it");
                }
                "text" if !text.children.is_empty() => faults.add(name, "is text and holds elements"),
                "text" | "xhtml" => {}
                other if name == "content" => faults.value("content type", other, values::media_type(other)),
                other => faults.value("summary type", other, Err("is none of text, html and xhtml")),
            }
        }
    }
}

/// What a feed and the source of an entry say of themselves.
fn metadata(feed: &Element<'_>, expected: &Expected<'_>, faults: &mut Faults<'_>) {
    known(feed, &IN_FEED, faults);
    if feed.name == "source" && feed.first(ATOM, "entry").is_some() {
        faults.add("source", "holds entries");
    }
    common(feed, expected, faults);
    for name in ["subtitle", "generator", "icon", "logo"] {
        for child in feed.all(ATOM, name) {
            faults.value(name, &child.text, values::not_blank(&child.text));
        }
    }
}

/// What feeds, sources and entries have in common.
fn common(parent: &Element<'_>, expected: &Expected<'_>, faults: &mut Faults<'_>) {
    for id in parent.all(ATOM, "id") {
        let id = trimmed(&id.text);
        faults.value("id", &id, values::id(&id));
    }
    for name in ["updated", "published"] {
        for date in parent.all(ATOM, name) {
            let date = trimmed(&date.text);
            faults.value(name, &date, values::rfc3339(&date, expected.made));
        }
    }
    for name in ["title", "rights"] {
        for text in parent.all(ATOM, name) {
            language(text, faults);
            let is_text = text.attribute("type").is_none_or(|kind| kind == "text");
            if !text.children.is_empty() && is_text {
                faults.add(name, "is text and holds elements");
            }
        }
    }
    for title in parent.all(ATOM, "title") {
        faults.value("title", &title.text, values::not_blank(&title.text));
    }
    for name in ["author", "contributor"] {
        for person in parent.all(ATOM, name) {
            self::person(person, faults);
        }
    }
    for category in parent.all(ATOM, "category") {
        required(category, "category", "term", faults, values::not_blank);
    }
    let mut alternates = BTreeSet::new();
    for link in parent.all(ATOM, "link") {
        self::link(link, faults);
        if link.attribute("rel").is_none_or(|rel| rel == "alternate")
            && !alternates.insert((link.attribute("type"), link.attribute("hreflang")))
        {
            faults.add("link", "is a second alternate of the same type and language");
        }
    }
}

fn person(person: &Element<'_>, faults: &mut Faults<'_>) {
    match person.first(ATOM, "name") {
        None => faults.add(&person.name, "has no name"),
        Some(name) => faults.value("name", &name.text, values::not_blank(&name.text)),
    }
    for uri in person.all(ATOM, "uri") {
        let uri = trimmed(&uri.text);
        faults.value("uri", &uri, values::iri(&uri));
    }
    for email in person.all(ATOM, "email") {
        let fits =
            email.text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
        if !fits {
            faults.add("email", "is no e-mail address");
        }
    }
}

pub(super) fn link(link: &Element<'_>, faults: &mut Faults<'_>) {
    required(link, "link", "href", faults, values::iri);
    let rel = link.attribute("rel").unwrap_or("alternate");
    if !RELATIONS.contains(&rel) && values::iri(rel).is_err() {
        faults.value("link rel", rel, Err("is no relation that is registered"));
    }
    if let Some(media_type) = link.attribute("type") {
        faults.value("link type", media_type, values::media_type(media_type));
    }
    if let Some(length) = link.attribute("length") {
        faults.value("link length", length, values::number(length));
    }
    if let Some(tag) = link.attribute("hreflang") {
        faults.value("link hreflang", tag, values::language(tag));
    }
    if let Some(title) = link.attribute("title") {
        faults.value("link title", title, values::not_blank(title).and(values::no_markup(title)));
    }
}

/// RFC 6721 §3.
fn tombstone(
    deleted: &Element<'_>,
    expected: &Expected<'_>,
    ids: &BTreeSet<String>,
    faults: &mut Faults<'_>,
) {
    required(deleted, "deleted-entry", "ref", faults, values::id);
    required(deleted, "deleted-entry", "when", faults, |when| values::rfc3339(when, expected.made));
    let of = deleted.attribute("ref").unwrap_or_default();
    if ids.contains(of) {
        faults.value("deleted-entry", of, Err("is in the document all the same"));
    }
}

fn language(element: &Element<'_>, faults: &mut Faults<'_>) {
    let found = element.attributes.iter().find(|(namespace, name, _)| namespace == XML && name == "lang");
    if let Some((_, _, tag)) = found.filter(|(_, _, tag)| !tag.is_empty()) {
        faults.value("xml:lang", tag, values::language(tag));
    }
}

fn links<'e, 'a>(parent: &'e Element<'a>, rel: &'e str) -> impl Iterator<Item = &'e Element<'a>> {
    let has_it = move |link: &&Element<'_>| link.attribute("rel").unwrap_or("alternate") == rel;
    parent.all(ATOM, "link").filter(has_it)
}

/// Only what RFC 4287 knows stands in its namespace, and once, but for some; nothing stands outside of namespaces.
fn known(parent: &Element<'_>, names: &[&str], faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for child in &parent.children {
        let name = child.name.as_ref();
        if child.namespace.is_empty() || child.namespace == ATOM && !names.contains(&name) {
            faults.value(&parent.name, name, Err("holds an element that Atom does not know"));
        } else if child.namespace == ATOM && !seen.insert(name) && !REPEATABLE.contains(&name) {
            faults.value(&parent.name, name, Err("holds an element twice"));
        }
    }
    if !parent.text.trim().is_empty() {
        faults.add(&parent.name, "holds text between its elements");
    }
}
