//! JSON Feed 1.1. The order of the fields is the order of the declarations here.

use serde::Serialize;

use super::{
    PublishError, also::Also, dates::rfc3339, edition::Edition, item::Item, provenance::Provenance,
    text::one_line,
};
use crate::model::{Format, Timestamp};

const VERSION: &str = "https://jsonfeed.org/version/1.1";

/// Writes the document.
pub(super) fn write(edition: &Edition<'_>) -> Result<Vec<u8>, PublishError> {
    let page = edition.page;
    let feed = Feed {
        version: VERSION,
        title: edition.title(),
        home_page_url: edition.address(Format::Html),
        feed_url: edition.address(Format::Json),
        description: edition.description(),
        language: edition.language(),
        next_url: page.place.previous.map(|number| edition.archive_address(number, Format::Json)),
        authors: vec![Author { name: one_line(&page.site.title), url: Some(page.site.url.to_string()) }],
        extension: extension(edition),
        items: edition.items.iter().map(|item| item_of(item, edition)).collect(),
    };
    let mut document = Vec::with_capacity(2048 + edition.items.len() * 2048);
    serde_json::to_writer(&mut document, &feed)?;
    Ok(document)
}

fn extension(edition: &Edition<'_>) -> Option<FeedExtension> {
    let deleted = |(id, at): &(String, Timestamp)| DeletedItem { id: id.clone(), date_deleted: rfc3339(*at) };
    let extension = FeedExtension {
        licence: edition.page.channel.licence.as_deref().map(one_line),
        deleted: edition.deleted.iter().map(deleted).collect(),
    };
    (extension.licence.is_some() || !extension.deleted.is_empty()).then_some(extension)
}

fn item_of<'a>(item: &'a Item<'_>, edition: &'a Edition<'_>) -> FeedItem<'a> {
    let source = edition.source(item);
    let html = item.content.as_deref().or(item.summary.as_deref());
    FeedItem {
        id: &item.id,
        url: item.link.as_deref(),
        title: Some(item.title.as_str()).filter(|title| !title.is_empty()),
        content_html: html,
        // One of both must be there: the title is all that may be said.
        content_text: if html.is_none() { Some(item.heading()) } else { None },
        summary: item.text.as_deref(),
        image: item.image.as_deref(),
        date_published: rfc3339(item.published),
        date_modified: rfc3339(item.updated),
        authors: authors_of(item, source),
        tags: &item.tags,
        language: item.language.map(|language| language.as_str()),
        attachments: item.attachments.iter().map(attachment).collect(),
        extension: ItemExtension {
            source: source.map(source_of),
            publisher_id: item.entry.publisher_id.as_deref().map(|id| super::text::clean(id).into_owned()),
            licence: item.licence.as_deref(),
            rights: item.rights.as_deref().filter(|rights| Some(*rights) != item.licence.as_deref()),
            credit: item.credit.as_deref(),
            also_reported_by: item.also.iter().map(also_of).collect(),
            translations: item
                .translations
                .iter()
                .map(|(language, url)| TranslationOf { language, url })
                .collect(),
        },
    }
}

/// An entry without an author is its publisher's; our own are the feed's.
fn authors_of(item: &Item<'_>, source: Option<&Provenance>) -> Vec<Author> {
    if !item.authors.is_empty() {
        return item.authors.iter().map(|a| Author { name: a.name.clone(), url: a.url.clone() }).collect();
    }
    let publisher = source.filter(|source| !source.is_local);
    publisher
        .map(|source| Author { name: source.title.clone(), url: source.home.clone() })
        .into_iter()
        .collect()
}

fn attachment(file: &super::item::Enclosure) -> FileOf<'_> {
    FileOf {
        url: &file.url,
        mime_type: &file.media_type,
        title: file.title.as_deref(),
        size_in_bytes: file.length,
        duration_in_seconds: file.seconds,
    }
}

fn also_of(also: &Also) -> AlsoOf<'_> {
    AlsoOf { source: &also.source, title: &also.title, url: &also.link, language: also.language.as_deref() }
}

fn source_of(source: &Provenance) -> SourceOf<'_> {
    SourceOf {
        id: &source.slug,
        title: &source.title,
        url: source.feed_url.as_deref(),
        home_url: source.home.as_deref(),
        feed_id: &source.id,
    }
}

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    /// Where older items are.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    authors: Vec<Author>,
    #[serde(rename = "_vestnik", skip_serializing_if = "Option::is_none")]
    extension: Option<FeedExtension>,
    items: Vec<FeedItem<'a>>,
}

#[derive(Serialize)]
struct FeedExtension {
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<String>,
    /// What RFC 6721 says in Atom.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deleted: Vec<DeletedItem>,
}

#[derive(Serialize)]
struct DeletedItem {
    id: String,
    date_deleted: String,
}

#[derive(Serialize)]
struct Author {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct FeedItem<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<FileOf<'a>>,
    #[serde(rename = "_vestnik")]
    extension: ItemExtension<'a>,
}

/// Where the entry came from and what it may be used for. An extension, as JSON Feed 1.1 allows them.
#[derive(Serialize)]
struct ItemExtension<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceOf<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_reported_by: Vec<AlsoOf<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    translations: Vec<TranslationOf<'a>>,
}

/// The same in another language.
#[derive(Serialize)]
struct TranslationOf<'a> {
    language: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct AlsoOf<'a> {
    source: &'a str,
    title: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Serialize)]
struct SourceOf<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_url: Option<&'a str>,
    feed_id: &'a str,
}

#[derive(Serialize)]
struct FileOf<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u64>,
}
