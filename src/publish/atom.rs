//! Atom 1.0 (RFC 4287).

use std::collections::BTreeMap;

use atom_syndication::{
    Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Source, Text, TextType,
    WriteConfig,
    extension::{Extension, ExtensionMap},
};

use super::{
    PublishError,
    dates::{printable, rfc3339},
    edition::Edition,
    item::Item,
    markup::escape,
    provenance::Provenance,
    style::with_declaration,
    text::{may_leave, one_line, web_address, without_tags},
};
use crate::model::{Format, Site, Timestamp};

/// Writes the document.
pub(super) fn write(edition: &Edition<'_>) -> Result<Vec<u8>, PublishError> {
    let page = edition.page;
    let channel = page.channel;
    let (name, version) =
        page.site.generator_version.split_once('/').unwrap_or((page.site.generator_version, ""));
    let feed = Feed {
        title: Text::plain(edition.title()),
        id: edition.feed_id(),
        // Required, and "now" would change the bytes of a channel that has nothing yet.
        updated: date(edition.updated.unwrap_or_default()),
        // Whoever is not named in an entry or its source is us.
        authors: vec![person(one_line(&page.site.title), Some(page.site.url.to_string()))],
        generator: Some(Generator { value: name.to_owned(), uri: None, version: some(version) }),
        links: feed_links(edition),
        rights: channel.licence.as_deref().map(|licence| Text::plain(one_line(licence))),
        subtitle: some(&edition.description()).map(Text::plain),
        entries: edition.items.iter().map(|item| entry_of(item, edition)).collect(),
        lang: edition.language().map(str::to_owned),
        extensions: extensions(edition),
        namespaces: namespaces(edition),
        ..Feed::default()
    };
    let config = WriteConfig { write_document_declaration: false, indent_size: None };
    let document = feed.write_with_config(Vec::with_capacity(4096 + edition.items.len() * 3072), config);
    let document =
        document.map_err(|error| PublishError::Write { format: "Atom", reason: error.to_string() })?;
    Ok(with_declaration(&document, page.site))
}

fn feed_links(edition: &Edition<'_>) -> Vec<Link> {
    let atom = Some(Format::Atom.media_type());
    let mut links = vec![
        link("self", edition.address(Format::Atom), atom),
        link("alternate", edition.address(Format::Html), Some("text/html")),
    ];
    links.extend(edition.history(Format::Atom).into_iter().map(|(rel, href)| link(rel, href, atom)));
    links
}

/// `fh:archive` (RFC 5005 §4) and `at:deleted-entry` (RFC 6721 §3).
fn extensions(edition: &Edition<'_>) -> ExtensionMap {
    let mut extensions = ExtensionMap::default();
    if edition.page.place.archive.is_some() {
        let archive = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
        extensions.insert("fh".to_owned(), BTreeMap::from([("archive".to_owned(), vec![archive])]));
    }
    if !edition.deleted.is_empty() {
        let tombstone = |(id, at): &(String, Timestamp)| Extension {
            name: "at:deleted-entry".to_owned(),
            // The writer puts these attributes into the document as they are.
            attrs: BTreeMap::from([("ref".to_owned(), escape(id)), ("when".to_owned(), rfc3339(*at))]),
            ..Extension::default()
        };
        let tombstones = edition.deleted.iter().map(tombstone).collect();
        extensions.insert("at".to_owned(), BTreeMap::from([("deleted-entry".to_owned(), tombstones)]));
    }
    extensions
}

fn namespaces(edition: &Edition<'_>) -> BTreeMap<String, String> {
    let mut namespaces = BTreeMap::new();
    if edition.page.place.archive.is_some() {
        namespaces.insert("fh".to_owned(), super::HISTORY.to_owned());
    }
    if !edition.deleted.is_empty() {
        namespaces.insert("at".to_owned(), super::TOMBSTONES.to_owned());
    }
    namespaces
}

fn entry_of(item: &Item<'_>, edition: &Edition<'_>) -> Entry {
    let source = edition.source(item);
    let html = |value: &String| Text {
        value: value.clone(),
        lang: item.language.map(|language| language.to_string()),
        r#type: TextType::Html,
        ..Text::default()
    };
    // RFC 4287 §4.1.2: an entry without a link must have content.
    let links = links_of(item, edition.page.site);
    let content =
        item.content.clone().or_else(|| if item.link.is_none() { Some(body_of(item)) } else { None });
    let summary = if item.content.is_none() && content.is_some() { None } else { item.summary.as_ref() };
    Entry {
        title: Text {
            lang: item.language.map(|language| language.to_string()),
            ..Text::plain(item.heading())
        },
        id: item.id.clone(),
        updated: date(item.updated),
        authors: authors_of(item, source),
        categories: item
            .tags
            .iter()
            .map(|tag| Category { term: tag.clone(), ..Category::default() })
            .collect(),
        links,
        published: Some(date(item.published)),
        rights: item.rights.as_ref().map(|rights| Text::plain(rights.clone())),
        source: source.map(source_of),
        summary: summary.map(html),
        content: content.map(|value| Content {
            value: Some(value),
            lang: item.language.map(|language| language.to_string()),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn body_of(item: &Item<'_>) -> String {
    item.summary.clone().unwrap_or_else(|| format!("<p>{}</p>", escape(&item.heading())))
}

/// An entry without an author is its publisher's, not ours.
fn authors_of(item: &Item<'_>, source: Option<&Provenance>) -> Vec<Person> {
    if !item.authors.is_empty() {
        return item.authors.iter().map(|author| person(author.name.clone(), author.url.clone())).collect();
    }
    let publisher = source.filter(|source| !source.is_local);
    publisher.map(|source| person(source.title.clone(), source.home.clone())).into_iter().collect()
}

fn links_of(item: &Item<'_>, site: &Site) -> Vec<Link> {
    let mut links = Vec::with_capacity(2 + item.attachments.len());
    links.extend(item.link.clone().map(|href| link("alternate", href, Some("text/html"))));
    // Not as further alternates, which RFC 4287 §4.1.2 allows: readers take the first or the last of them for the entry's link.
    links.extend(item.translations.iter().map(|(language, href)| Link {
        hreflang: Some(language.clone()),
        ..link("related", href.clone(), Some("text/html"))
    }));
    let licence = item.licence.as_deref().and_then(web_address).filter(|address| may_leave(address, site));
    links.extend(licence.map(|href| link("license", href, None)));
    links.extend(item.also.iter().map(|also| Link {
        title: Some(without_tags(&also.title)),
        hreflang: also.language.clone(),
        ..link("related", also.link.clone(), None)
    }));
    links.extend(item.attachments.iter().map(|file| Link {
        length: file.length.map(|length| length.to_string()),
        title: file.title.as_deref().map(without_tags),
        ..link("enclosure", file.url.clone(), Some(&file.media_type))
    }));
    links
}

/// RFC 4287 §4.2.11.
fn source_of(source: &Provenance) -> Source {
    let feed = source.feed_url.clone().map(|href| link("self", href, None));
    let home = source.home.clone().map(|href| link("alternate", href, Some("text/html")));
    Source {
        title: Text::plain(source.title.clone()),
        id: source.id.clone(),
        updated: date(source.updated),
        links: feed.into_iter().chain(home).collect(),
        rights: source.rights.clone().map(Text::plain),
        ..Source::default()
    }
}

fn link(rel: &str, href: String, media_type: Option<&str>) -> Link {
    Link { href, rel: rel.to_owned(), mime_type: media_type.map(str::to_owned), ..Link::default() }
}

fn person(name: String, uri: Option<String>) -> Person {
    Person { name, uri, ..Person::default() }
}

fn date(at: Timestamp) -> FixedDateTime {
    printable(at).fixed_offset()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
