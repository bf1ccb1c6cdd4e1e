//! RSS 2.0 (RSS Advisory Board's specification, 2.0.11) with dc, content and atom elements.

use std::collections::BTreeMap;

use rss::{
    Category, Channel, Enclosure, Guid, Item as RssItem, Source,
    extension::{Extension, ExtensionMap, dublincore::DublinCoreExtension},
};

use super::{
    PublishError,
    dates::rfc822,
    edition::Edition,
    gate::{is_enclosure, is_item_address},
    item::Item,
    provenance::Provenance,
    style::with_declaration,
    text::{one_line, without_tags},
};
use crate::model::Format;

const DOCS: &str = "https://www.rssboard.org/rss-specification";
/// Minutes that readers may keep the document: as long as Cache-Control lets caches have a stale one.
const TTL: &str = "15";

/// Writes the document.
pub(super) fn write(edition: &Edition<'_>) -> Result<Vec<u8>, PublishError> {
    let page = edition.page;
    let channel = Channel {
        title: without_tags(&edition.title()),
        link: edition.address(Format::Html),
        description: without_tags(&edition.description()),
        language: edition.language().map(str::to_ascii_lowercase),
        copyright: page.channel.licence.as_deref().map(|licence| without_tags(&one_line(licence))),
        last_build_date: edition.updated.map(rfc822),
        generator: Some(page.site.generator_version.to_owned()),
        docs: Some(DOCS.to_owned()),
        ttl: Some(TTL.to_owned()),
        items: edition.items.iter().map(|item| item_of(item, edition)).collect(),
        extensions: extensions(edition),
        namespaces: namespaces(edition),
        ..Channel::default()
    };
    let document = channel.write_to(Vec::with_capacity(4096 + edition.items.len() * 2048));
    let document =
        document.map_err(|error| PublishError::Write { format: "RSS", reason: error.to_string() })?;
    Ok(with_declaration(&document, page.site))
}

fn item_of(item: &Item<'_>, edition: &Edition<'_>) -> RssItem {
    // Without a description, readers pass over the content.
    let (description, content) = match (&item.summary, &item.content) {
        (None, Some(content)) => (Some(content.clone()), None),
        (summary, content) => (summary.clone(), content.clone()),
    };
    // An item needs a title or a description.
    let title =
        if item.title.is_empty() && description.is_none() { item.heading() } else { item.title.clone() };
    let dublin_core = DublinCoreExtension {
        creators: item.authors.iter().map(|author| author.name.clone()).collect(),
        languages: item.language.map(|language| language.to_string()).into_iter().collect(),
        rights: item.rights.clone().into_iter().collect(),
        ..DublinCoreExtension::default()
    };
    let has_dublin_core = dublin_core != DublinCoreExtension::default();
    RssItem {
        title: Some(without_tags(&title)).filter(|title| !title.is_empty()),
        link: address(item.link.as_deref()),
        description,
        categories: item.tags.iter().map(|tag| Category::from(without_tags(tag))).collect(),
        comments: address(item.comments.as_deref()),
        enclosure: item.attachments.iter().find(|file| is_enclosure(&file.url)).map(|file| Enclosure {
            url: file.url.clone(),
            // Unknown lengths are written as 0, as the specification's readers expect.
            length: file.length.unwrap_or(0).to_string(),
            mime_type: file.media_type.clone(),
        }),
        guid: Some(Guid {
            value: item.guid.clone(),
            permalink: item.guid_is_permalink && is_item_address(&item.guid),
        }),
        pub_date: Some(rfc822(item.published)),
        source: edition.source(item).and_then(|source| source_of(source, edition)),
        content,
        dublin_core_ext: has_dublin_core.then_some(dublin_core),
        extensions: related(item),
        ..RssItem::default()
    }
}

/// Atom and JSON Feed have the addresses that RSS cannot.
fn address(address: Option<&str>) -> Option<String> {
    address.filter(|address| is_item_address(address)).map(str::to_owned)
}

/// Our own posts come from our own channel of them, where there is one.
fn source_of(source: &Provenance, edition: &Edition<'_>) -> Option<Source> {
    let own = || {
        let local = edition.page.channels.iter().find(|channel| channel.slug.as_str() == "local")?;
        Some(super::edition::channel_address(edition.page.site, local.slug.as_str(), Format::Rss))
    };
    let url = if source.is_local { own() } else { source.address().map(str::to_owned) };
    Some(Source { url: address(url.as_deref())?, title: Some(without_tags(&source.title)) })
}

/// The same in other languages, and who else reports it: the links that Atom has. Their relation keeps readers from taking one for
/// the item's own.
fn related(item: &Item<'_>) -> ExtensionMap {
    let link = |href: &str, others: [(&str, Option<String>); 3]| {
        let others = others.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let own = [("href".to_owned(), href.to_owned()), ("rel".to_owned(), "related".to_owned())];
        let attrs = own.into_iter().chain(others).collect();
        Extension { name: "atom:link".to_owned(), attrs, ..Extension::default() }
    };
    let page = || Some("text/html".to_owned());
    let translations = item.translations.iter().map(|(language, href)| {
        link(href, [("hreflang", Some(language.clone())), ("type", page()), ("title", None)])
    });
    let also = item.also.iter().map(|also| {
        link(
            &also.link,
            [("hreflang", also.language.clone()), ("type", None), ("title", Some(without_tags(&also.title)))],
        )
    });
    let links: Vec<Extension> = translations.chain(also).collect();
    if links.is_empty() {
        return ExtensionMap::default();
    }
    BTreeMap::from([("atom".to_owned(), BTreeMap::from([("link".to_owned(), links)]))])
}

/// Links to itself and to the documents of its history (RFC 5005 §4, which RSS takes over with `atom:link`).
fn extensions(edition: &Edition<'_>) -> ExtensionMap {
    let link = |rel: &str, href: String| Extension {
        name: "atom:link".to_owned(),
        attrs: BTreeMap::from([
            ("href".to_owned(), href),
            ("rel".to_owned(), rel.to_owned()),
            ("type".to_owned(), Format::Rss.media_type().to_owned()),
        ]),
        ..Extension::default()
    };
    let own = ("self", edition.address(Format::Rss));
    let links = std::iter::once(own).chain(edition.history(Format::Rss)).map(|(rel, href)| link(rel, href));
    let mut extensions =
        BTreeMap::from([("atom".to_owned(), BTreeMap::from([("link".to_owned(), links.collect())]))]);
    if edition.page.place.archive.is_some() {
        let archive = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
        extensions.insert("fh".to_owned(), BTreeMap::from([("archive".to_owned(), vec![archive])]));
    }
    extensions
}

fn namespaces(edition: &Edition<'_>) -> BTreeMap<String, String> {
    let mut namespaces = BTreeMap::from([("atom".to_owned(), "http://www.w3.org/2005/Atom".to_owned())]);
    if edition.page.place.archive.is_some() {
        namespaces.insert("fh".to_owned(), super::HISTORY.to_owned());
    }
    namespaces
}
