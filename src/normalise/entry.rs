//! Makes an [`Entry`] of what a document says of it.

use chrono::Datelike;
use url::Url;

use super::html::Sanitiser;
use super::ids::{self, Identified};
use super::{Context, language, links, people, text};
use crate::model::{
    Attachment, Category, Entry, EntryOrigin, FeedFormat, Language, ParsedEntry, ParsedFeed, Person,
    SafeHtml, Text, Timestamp, Translation,
};

/// Characters of a title. Longer ones are texts, or an attack.
const MAX_TITLE: usize = 1000;
/// Longer tags are sentences, and more of them are noise.
const MAX_TAG: usize = 100;
const MAX_TAGS: usize = 50;
/// Other languages of an entry, at most.
const TRANSLATIONS: usize = 10;

/// What the entries of one document have in common.
pub(super) struct Normaliser<'a> {
    context: &'a Context<'a>,
    format: FeedFormat,
    language: Option<String>,
    authors: Vec<Person>,
    sanitiser: Sanitiser,
}

impl<'a> Normaliser<'a> {
    pub(super) fn new(feed: &ParsedFeed, context: &'a Context<'a>) -> Self {
        let inherits = matches!(
            feed.format,
            FeedFormat::Atom10 | FeedFormat::Atom03 | FeedFormat::Json10 | FeedFormat::Json11
        );
        Normaliser {
            context,
            format: feed.format,
            language: feed.language.clone(),
            authors: if inherits { feed.authors.clone() } else { Vec::new() },
            sanitiser: Sanitiser::new(context.base.cloned()),
        }
    }

    /// Normalises. `public_id` is the one that a known entry was published with.
    pub(super) fn normalise(
        &mut self,
        parsed: ParsedEntry,
        known: Identified,
        public_id: Option<String>,
    ) -> Entry {
        let base = self.context.base;
        let title = parsed.title.as_ref().map(|title| self.title(title)).unwrap_or_default();
        let content = parsed.content.as_ref().and_then(|content| self.html(content));
        let summary = parsed.summary.as_ref().and_then(|summary| self.html(summary));
        let summary = summary.filter(|summary| content.as_ref() != Some(summary));
        let link = self.link(&parsed);
        let own = parsed.language.as_deref();
        let own = own.or_else(|| parsed.content.as_ref().or(parsed.summary.as_ref())?.language.as_deref());
        let texts = [content.as_ref(), summary.as_ref()].into_iter().flatten().map(SafeHtml::as_str);
        let texts = std::iter::once(title.as_str()).chain(texts);
        let source = self.context.source.language.as_ref();
        let language = language::choose(own, self.language.as_deref(), source, texts, self.context.languages);
        let translations = self.translations(&parsed, link.as_deref(), language.as_ref());
        let authors = people::people(&parsed.authors, base);
        let public_id = public_id.unwrap_or_else(|| {
            ids::public_id(parsed.id.as_deref(), &known.identity, self.context.source, self.context.authority)
        });
        Entry {
            id_is_permalink: self.is_permalink(&parsed),
            public_id,
            link,
            title,
            language,
            summary,
            content,
            authors: if authors.is_empty() { people::people(&self.authors, base) } else { authors },
            tags: tags(&parsed.categories, &self.context.source.tags),
            image: image(&parsed, base),
            attachments: attachments(parsed.attachments, base),
            published: parsed.published.filter(is_plausible),
            updated: parsed.updated.filter(is_plausible),
            origin: parsed.origin.and_then(|origin| clean_origin(origin, base)),
            rights: parsed
                .rights
                .as_ref()
                .map(|rights| text::from_markup(&rights.value))
                .filter(|t| !t.is_empty()),
            comments_url: parsed.comments_url.and_then(|url| links::absolute(&url, base)).map(String::from),
            translations,
            publisher_id: parsed.id,
            identity: known.identity,
            fingerprint: known.fingerprint,
        }
    }

    /// What Atom and JSON Feed call text is text; RSS has no such word, and its titles are full of markup.
    fn title(&self, title: &Text) -> String {
        let is_literal = matches!(
            self.format,
            FeedFormat::Atom10
                | FeedFormat::Json10
                | FeedFormat::Json11
                | FeedFormat::Page
                | FeedFormat::Posts
        );
        let whole = if is_literal && !title.is_markup() {
            text::from_plain(&title.value)
        } else {
            text::from_markup(&title.value)
        };
        shortened(whole)
    }

    fn html(&mut self, text: &Text) -> Option<SafeHtml> {
        let base = text.base.as_deref().and_then(|base| links::absolute(base, self.context.base));
        let base = base.or_else(|| self.context.base.cloned());
        if self.sanitiser.base() != base.as_ref() {
            self.sanitiser = Sanitiser::new(base);
        }
        if text.is_markup() { self.sanitiser.markup(&text.value) } else { self.sanitiser.plain(&text.value) }
    }

    fn link(&self, parsed: &ParsedEntry) -> Option<String> {
        let link = links::absolute(parsed.link()?, self.context.base)?;
        Some(String::from(if self.context.clean_links { links::without_tracking(link) } else { link }))
    }

    /// Alternates of a page in other languages (RFC 4287 §4.2.7.4, hreflang).
    fn translations(
        &self,
        parsed: &ParsedEntry,
        own: Option<&str>,
        language: Option<&Language>,
    ) -> Vec<Translation> {
        let mut found: Vec<Translation> = Vec::new();
        for link in parsed.links.iter().filter(|link| link.is_alternate()) {
            let is_page = link.media_type.as_deref().is_none_or(|kind| kind.contains("html"));
            let Some(other) = link.hreflang.as_deref().and_then(|lang| lang.parse::<Language>().ok()) else {
                continue;
            };
            let Some(address) = links::absolute(&link.href, self.context.base) else { continue };
            let address = String::from(if self.context.clean_links {
                links::without_tracking(address)
            } else {
                address
            });
            let is_own = own == Some(address.as_str())
                || language.is_some_and(|language| language.primary() == other.primary());
            let is_known = found.iter().any(|known| known.link == address);
            if is_page && !is_own && !is_known && found.len() < TRANSLATIONS {
                found.push(Translation { language: other, link: address });
            }
        }
        found
    }

    /// RSS: a guid is an address unless it says otherwise. Elsewhere ids are names.
    fn is_permalink(&self, parsed: &ParsedEntry) -> bool {
        let is_rss = matches!(
            self.format,
            FeedFormat::Rss20
                | FeedFormat::Rss094
                | FeedFormat::Rss093
                | FeedFormat::Rss092
                | FeedFormat::Rss091
        );
        let is_address = parsed.id.as_deref().is_some_and(|id| links::absolute(id, None).is_some());
        is_rss && is_address && parsed.id_is_permalink != Some(false)
    }
}

/// A title that is longer than any ends at a word.
fn shortened(title: String) -> String {
    let Some((end, _)) = title.char_indices().nth(MAX_TITLE) else { return title };
    let head = title.get(..end).unwrap_or(&title);
    format!("{}…", head.rsplit_once(' ').map_or(head, |(words, _)| words).trim_end())
}

/// Dates of empty fields (year 1, 1900, 1970) are none; nor is what lies beyond any calendar in use.
fn is_plausible(date: &Timestamp) -> bool {
    (1971..2200).contains(&date.year())
}

/// When an entry counts as published: never after it was first seen, and then when nothing is said.
pub(super) fn place(entry: &Entry, first_seen: Timestamp) -> Timestamp {
    let claimed = entry.published.or(entry.updated);
    // Clocks differ by minutes; anything later is first sight too.
    claimed.filter(|date| *date <= first_seen).unwrap_or(first_seen)
}

fn tags(categories: &[Category], own: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let words = categories.iter().map(|category| match &category.label {
        // Some write an address for machines and a label for people.
        Some(label) if category.term.contains("://") => label,
        _ => &category.term,
    });
    for word in words.chain(own) {
        let tag = text::from_markup(word);
        let fits = !tag.is_empty() && tag.chars().count() <= MAX_TAG && tags.len() < MAX_TAGS;
        if fits && seen.insert(tag.to_lowercase()) {
            tags.push(tag);
        }
    }
    tags
}

fn image(parsed: &ParsedEntry, base: Option<&Url>) -> Option<String> {
    let named = parsed.image.as_deref();
    let is_image = |attachment: &&Attachment| {
        attachment.media_type.as_deref().is_some_and(|media_type| media_type.starts_with("image/"))
    };
    let attached = || parsed.attachments.iter().find(is_image).map(|attachment| attachment.url.as_str());
    named.or_else(attached).and_then(|url| links::absolute(url, base)).map(String::from)
}

fn attachments(attachments: Vec<Attachment>, base: Option<&Url>) -> Vec<Attachment> {
    let mut kept: Vec<Attachment> = Vec::new();
    for attachment in attachments {
        let Some(url) = links::absolute(&attachment.url, base).map(String::from) else { continue };
        if kept.iter().any(|known| known.url == url) || kept.len() >= MAX_TAGS {
            continue;
        }
        let media_type = attachment.media_type.map(|media_type| media_type.trim().to_ascii_lowercase());
        kept.push(Attachment {
            url,
            media_type: media_type.filter(|media_type| is_media_type(media_type)),
            title: attachment.title.map(|title| text::from_markup(&title)).filter(|title| !title.is_empty()),
            ..attachment
        });
    }
    kept
}

fn is_media_type(text: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.split_once('/')
        .is_some_and(|(kind, rest)| token(kind) && token(rest.split(';').next().unwrap_or_default().trim()))
}

fn clean_origin(origin: EntryOrigin, base: Option<&Url>) -> Option<EntryOrigin> {
    let clean = EntryOrigin {
        title: origin.title.map(|title| text::from_markup(&title)).filter(|title| !title.is_empty()),
        url: origin.url.and_then(|url| links::absolute(&url, base)).map(String::from),
        id: origin.id.map(|id| text::fold(&id)).filter(|id| !id.is_empty()),
    };
    (clean != EntryOrigin::default()).then_some(clean)
}
