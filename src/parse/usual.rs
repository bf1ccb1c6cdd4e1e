//! Which elements feed-rs reads as they are meant, told by the differential test (tests/reading). A document with others is
//! read by our own walk.

use quick_xml::events::BytesStart;

use super::prolog::RootKind;
use super::words::attribute;

const RSS_ITEM: [&str; 10] = [
    "author",
    "category",
    "comments",
    "description",
    "enclosure",
    "guid",
    "link",
    "pubDate",
    "source",
    "title",
];
const RSS_HEAD: [&str; 22] = [
    "category",
    "cloud",
    "copyright",
    "description",
    "docs",
    "generator",
    "image",
    "item",
    "items",
    "language",
    "lastBuildDate",
    "link",
    "managingEditor",
    "pubDate",
    "rating",
    "skipDays",
    "skipHours",
    "textInput",
    "textinput",
    "title",
    "ttl",
    "webMaster",
];
const RDF_ITEM: [&str; 3] = ["description", "link", "title"];
const ATOM_ENTRY: [&str; 12] = [
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
const ATOM_HEAD: [&str; 13] = [
    "author",
    "category",
    "contributor",
    "entry",
    "generator",
    "icon",
    "id",
    "link",
    "logo",
    "rights",
    "subtitle",
    "title",
    "updated",
];

/// Whether feed-rs reads this element of an entry.
pub(super) fn in_entry(kind: RootKind, name: &str) -> bool {
    match kind {
        _ if name.contains(':') => module(kind, name),
        RootKind::Rss | RootKind::Channel => RSS_ITEM.contains(&name),
        RootKind::Rdf => RDF_ITEM.contains(&name),
        RootKind::Atom | RootKind::AtomEntry => ATOM_ENTRY.contains(&name),
    }
}

/// Whether feed-rs reads this element of a feed.
pub(super) fn in_head(kind: RootKind, name: &str) -> bool {
    match kind {
        _ if name.contains(':') => module(kind, name),
        RootKind::Atom | RootKind::AtomEntry => ATOM_HEAD.contains(&name),
        _ => RSS_HEAD.contains(&name),
    }
}

/// Elements of modules: read, or dropped where nothing of ours is lost.
fn module(kind: RootKind, name: &str) -> bool {
    let Some((prefix, local)) = name.split_once(':') else { return false };
    let is_atom = matches!(kind, RootKind::Atom | RootKind::AtomEntry);
    match prefix {
        "dc" if kind == RootKind::Rdf => matches!(local, "creator" | "date" | "language"),
        "dc" => matches!(local, "creator" | "publisher" | "language" | "rights") && !is_atom,
        "dcterms" | "xhtml" | "itunes" => false,
        "content" => local == "encoded" && !is_atom,
        "atom" | "a10" | "atom10" => local == "link" && !is_atom,
        _ => true,
    }
}

/// The types of RFC 4287 §3.1.1. feed-rs refuses others.
pub(super) fn has_known_type(e: &BytesStart<'_>, name: &str) -> bool {
    let is_text = matches!(name, "title" | "subtitle" | "summary" | "content" | "rights");
    !is_text || attribute(e, "type").is_none_or(|kind| matches!(kind.as_str(), "text" | "html" | "xhtml"))
}
