//! RSS 2.0 (RSS Advisory Board's specification, 2.0.11) with dc, content and atom elements.

use std::collections::BTreeMap;

use rss::{
    Category, Channel, Enclosure, Guid, Item as RssItem, Source,
    extension::{Extension, dublincore::DublinCoreExtension},
};

use super::{
    PublishError,
    dates::rfc822,
    edition::{Edition, Item},
    provenance::Provenance,
    style::with_declaration,
};
use crate::model::Format;

const DOCS: &str = "https://www.rssboard.org/rss-specification";
/// Minutes that readers may keep the document: as long as Cache-Control lets caches have a stale one.
const TTL: &str = "15";

/// Writes the document.
pub(super) fn write(edition: &Edition<'_>) -> Result<Vec<u8>, PublishError> {
    let page = edition.page;
    let channel = Channel {
        title: edition.title(),
        link: edition.address(Format::Html),
        description: edition.description(),
        language: page.channel.language.as_ref().map(|language| language.as_str().to_ascii_lowercase()),
        copyright: page.channel.licence.as_deref().map(super::text::one_line),
        last_build_date: edition.updated.map(rfc822),
        generator: Some(page.site.generator_version.to_owned()),
        docs: Some(DOCS.to_owned()),
        ttl: Some(TTL.to_owned()),
        items: edition.items.iter().map(|item| item_of(item, edition)).collect(),
        extensions: self_link(edition),
        namespaces: BTreeMap::from([("atom".to_owned(), "http://www.w3.org/2005/Atom".to_owned())]),
        ..Channel::default()
    };
    let document = channel.write_to(Vec::with_capacity(4096 + edition.items.len() * 2048));
    let document =
        document.map_err(|error| PublishError::Write { format: "RSS", reason: error.to_string() })?;
    Ok(with_declaration(&document, page.site))
}

fn item_of(item: &Item<'_>, edition: &Edition<'_>) -> RssItem {
    let description = item.summary.clone();
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
        link: item.link.clone(),
        description,
        categories: item.tags.iter().map(|tag| Category::from(tag.as_str())).collect(),
        comments: item.comments.clone(),
        enclosure: item.attachments.first().map(|file| Enclosure {
            url: file.url.clone(),
            // Unknown lengths are written as 0, as the specification's readers expect.
            length: file.length.unwrap_or(0).to_string(),
            mime_type: file.media_type.clone(),
        }),
        guid: Some(Guid { value: item.guid.clone(), permalink: item.guid_is_permalink }),
        pub_date: Some(rfc822(item.published)),
        source: edition.source(item).and_then(|source| source_of(source, edition)),
        content: item.content.clone(),
        dublin_core_ext: has_dublin_core.then_some(dublin_core),
        ..RssItem::default()
    }
}

/// Our own posts come from our own channel of them, where there is one.
fn source_of(source: &Provenance, edition: &Edition<'_>) -> Option<Source> {
    let own = || {
        let local = edition.page.channels.iter().find(|channel| channel.slug.as_str() == "local")?;
        Some(super::edition::channel_address(edition.page.site, local.slug.as_str(), Format::Rss))
    };
    let url = if source.is_local { own() } else { source.address().map(str::to_owned) };
    Some(Source { url: url?, title: Some(source.title.clone()) })
}

fn self_link(edition: &Edition<'_>) -> rss::extension::ExtensionMap {
    let link = |rel: &str, href: String, media_type: &str| Extension {
        name: "atom:link".to_owned(),
        attrs: BTreeMap::from([
            ("href".to_owned(), href),
            ("rel".to_owned(), rel.to_owned()),
            ("type".to_owned(), media_type.to_owned()),
        ]),
        ..Extension::default()
    };
    let links = vec![link("self", edition.address(Format::Rss), Format::Rss.media_type())];
    BTreeMap::from([("atom".to_owned(), BTreeMap::from([("link".to_owned(), links)]))])
}

/// RSS does not say whether a title is text or HTML, so that readers would swallow what looks like a tag.
fn without_tags(title: &str) -> String {
    let mut text = String::with_capacity(title.len());
    let mut characters = title.chars().peekable();
    let mut inside = false;
    while let Some(c) = characters.next() {
        let opens = c == '<'
            && characters
                .peek()
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'));
        match c {
            '<' if opens => {
                inside = true;
                text.push('‹');
            }
            '>' if inside => {
                inside = false;
                text.push('›');
            }
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::without_tags;

    #[test]
    fn titles_hold_nothing_that_looks_like_a_tag() {
        let cases = [
            ("The <b> tag", "The ‹b› tag"),
            ("1 < 2 > 0", "1 < 2 > 0"),
            ("</p>x", "‹/p›x"),
            ("AT&T", "AT&T"),
        ];
        for (given, expected) in cases {
            assert_eq!(without_tags(given), expected);
        }
    }
}
