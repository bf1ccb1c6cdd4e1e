//! What of a page's entries may leave the house: rights enforced, texts cleaned, ids settled. Every format is written from
//! this, so that all of them say the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Page, PublishError,
    also::{self, Also},
    atom,
    dates::printable,
    excerpt::excerpt,
    gate::is_language,
    json_feed,
    markup::{escape, without_images},
    pages::channel_page,
    provenance::{Provenance, rights_of},
    rss,
    text::{as_id, authority, clean, may_leave, one_line, web_address},
    words::Words,
};
use crate::model::{
    Attachment, Entry, EntryId, EntryState, Format, Identity, Language, PublishedEntry, Rights, SafeHtml,
    Site, SourceId, TextPolicy, Texts as ChannelTexts, Timestamp,
};

/// Characters of a summary that the publisher wrote and lets us have whole.
const SUMMARY_LENGTH: usize = 1000;

/// A page's entries, ready to be written in any format.
#[derive(Debug)]
pub struct Edition<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) items: Vec<Item<'a>>,
    pub(super) sources: BTreeMap<SourceId, Provenance>,
    /// The newest change of an entry; None where there is no entry.
    pub(super) updated: Option<Timestamp>,
    /// Ids that were in the window and are no more, and since when.
    pub(super) deleted: Vec<(String, Timestamp)>,
}

/// One entry as it may be published.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) entry: &'a Entry,
    pub(super) number: EntryId,
    pub(super) source: SourceId,
    /// Atom id, JSON Feed id. An IRI.
    pub(super) id: String,
    /// RSS guid: the publisher's id byte for byte, where it is alone in having it.
    pub(super) guid: String,
    /// RSS isPermaLink.
    pub(super) guid_is_permalink: bool,
    /// One line of text. Empty where there is none.
    pub(super) title: String,
    /// Where to read on.
    pub(super) link: Option<String>,
    /// The beginning as plain text.
    pub(super) text: Option<String>,
    /// The beginning as HTML, with the credit line.
    pub(super) summary: Option<String>,
    /// The whole as HTML, with the credit line. Only with full rights.
    pub(super) content: Option<String>,
    pub(super) authors: Vec<Author>,
    pub(super) tags: Vec<String>,
    /// Only with full rights.
    pub(super) attachments: Vec<Enclosure>,
    /// Only where images may be shown.
    pub(super) image: Option<String>,
    pub(super) language: Option<&'a Language>,
    /// What the entry itself says, else the agreed licence.
    pub(super) rights: Option<String>,
    pub(super) licence: Option<String>,
    pub(super) credit: Option<String>,
    pub(super) comments: Option<String>,
    /// Who else reports the same.
    pub(super) also: Vec<Also>,
    pub(super) published: Timestamp,
    pub(super) updated: Timestamp,
}

/// A person, without an e-mail address.
#[derive(Debug, Clone)]
pub(super) struct Author {
    pub(super) name: String,
    pub(super) url: Option<String>,
}

/// A file that goes with an entry. Type and length are always there, as RSS demands.
#[derive(Debug, Clone)]
pub(super) struct Enclosure {
    pub(super) url: String,
    pub(super) media_type: String,
    pub(super) length: Option<u64>,
    pub(super) seconds: Option<u64>,
    pub(super) title: Option<String>,
}

impl<'a> Edition<'a> {
    /// Settles what may leave. An id that occurs twice stays once, where it came first.
    pub fn of(page: &'a Page<'a>) -> Self {
        let mut seen = BTreeSet::new();
        let published = page.entries.iter().filter(|entry| entry.stored.state == EntryState::Published);
        let chosen: Vec<&PublishedEntry> = published
            .filter(|published| {
                let entry = &published.stored.entry;
                seen.insert(public_id(&entry.public_id, &entry.identity, page.site))
            })
            .collect();
        let mut items: Vec<Item<'a>> =
            chosen.iter().map(|entry| Item::of(entry, page.site, &page.channel.texts)).collect();
        settle_guids(&mut items);
        let words = Words::of(&page.language);
        items.iter_mut().for_each(|item| item.name_others(words));
        let sources = provenance(page.site, &chosen);
        let mut edition = Edition { sources, updated: None, items, page, deleted: Vec::new() };
        edition.settle();
        edition
    }

    /// What follows from the items.
    fn settle(&mut self) {
        let present: BTreeSet<&str> = self.items.iter().map(|item| item.id.as_str()).collect();
        let gone = self.page.deleted.iter().map(|deleted| {
            (public_id(&deleted.public_id, &deleted.identity, self.page.site), printable(deleted.at))
        });
        // An id that another source still publishes is not gone.
        let gone: BTreeMap<String, Timestamp> =
            gone.filter(|(id, _)| !present.contains(id.as_str())).collect();
        let newest = self.items.iter().map(|item| item.updated).max();
        self.updated = newest.max(gone.values().copied().max());
        self.deleted = gone.into_iter().collect();
    }

    /// The number of an item.
    pub(super) fn number(&self, index: usize) -> Option<EntryId> {
        self.items.get(index).map(|item| item.number)
    }

    /// Takes items out by their place.
    pub(super) fn leave_out(&mut self, is_out: impl Fn(usize) -> bool) {
        let mut index = 0;
        self.items.retain(|_| {
            index += 1;
            !is_out(index - 1)
        });
        self.settle();
    }

    /// Writes one format.
    pub fn render(&self, format: Format) -> Result<Vec<u8>, PublishError> {
        match format {
            Format::Rss => rss::write(self),
            Format::Atom => atom::write(self),
            Format::Json => json_feed::write(self),
            Format::Html => channel_page(self, true),
        }
    }

    /// Where an item came from.
    pub(super) fn source(&self, item: &Item<'_>) -> Option<&Provenance> {
        self.sources.get(&item.source)
    }

    /// The absolute address of this document in a format.
    pub(super) fn address(&self, format: Format) -> String {
        match self.page.place.archive {
            Some(number) => self.archive_address(number, format),
            None => self.subscription_address(format),
        }
    }

    /// The absolute address of the channel in a format, with the filters that it was asked for with.
    pub(super) fn subscription_address(&self, format: Format) -> String {
        let channel = self.page.channel;
        let address = channel_address(self.page.site, channel.slug.as_str(), format);
        if channel.query.is_empty() { address } else { format!("{address}?{}", channel.query) }
    }

    /// The absolute address of an archive document; archives have no pages for people, who get the channel's.
    pub(super) fn archive_address(&self, number: u64, format: Format) -> String {
        let slug = &self.page.channel.slug;
        match format {
            Format::Html => self.subscription_address(format),
            _ => self.page.site.address(&format!("feeds/{slug}/archive/{number}.{}", format.extension())),
        }
    }

    /// The id of the feed, the same in all documents of its history.
    pub(super) fn feed_id(&self) -> String {
        let channel = self.page.channel;
        let id = format!("tag:{},2026:channel/{}", authority(self.page.site), channel.slug);
        if channel.query.is_empty() { id } else { format!("{id}?{}", channel.query) }
    }

    /// The language that the document declares.
    pub(super) fn language(&self) -> Option<&str> {
        self.page.channel.language.as_ref().map(Language::as_str).filter(|tag| is_language(tag))
    }

    /// The relations of RFC 5005 with the addresses of this document's neighbours.
    pub(super) fn history(&self, format: Format) -> Vec<(&'static str, String)> {
        let place = self.page.place;
        let mut links = Vec::new();
        if let Some(number) = place.archive {
            links.push(("current", self.subscription_address(format)));
            // Stands there from the beginning, as an archive document never changes; until the next one is closed, its address
            // leads to the subscription document.
            links.push(("next-archive", self.archive_address(number.saturating_add(1), format)));
        }
        links.extend(place.previous.map(|number| ("prev-archive", self.archive_address(number, format))));
        links
    }

    /// The channel's title, on one line.
    pub(super) fn title(&self) -> String {
        one_line(self.page.channel.title(&self.page.language))
    }

    /// The channel's description, else the site's.
    pub(super) fn description(&self) -> String {
        one_line(self.page.channel.description(&self.page.language).unwrap_or(&self.page.site.description))
    }
}

impl<'a> Item<'a> {
    /// What may leave of one entry.
    pub(super) fn of(published: &'a PublishedEntry, site: &Site, limits: &ChannelTexts) -> Self {
        let entry = &published.stored.entry;
        let rights = rights_of(&published.source, limits);
        let credit = rights.credit.as_deref().map(one_line).filter(|credit| !credit.is_empty());
        let full = rights.text == TextPolicy::Full;
        let texts = Texts::of(entry, &rights, credit.as_deref());
        let id = public_id(&entry.public_id, &entry.identity, site);
        let address = |text: &str| web_address(text).filter(|address| may_leave(address, site));
        let guid = entry.publisher_id.as_deref().map(clean).filter(|guid| !guid.trim().is_empty());
        let guid = guid.map_or_else(|| id.clone(), |guid| guid.into_owned());
        let permalink = if entry.id_is_permalink { address(&guid) } else { None };
        let licence = rights.licence.as_deref().map(one_line).filter(|licence| !licence.is_empty());
        Item {
            source: published.stored.source,
            number: published.stored.id,
            // An address that had to be mended is not the one that the guid names.
            guid_is_permalink: permalink.as_deref() == Some(guid.as_str()),
            title: one_line(&entry.title),
            link: entry.link.as_deref().and_then(address).or(permalink),
            text: texts.text,
            summary: texts.summary,
            content: texts.content,
            authors: authors(entry, site),
            tags: entry.tags.iter().map(|tag| one_line(tag)).filter(|tag| !tag.is_empty()).collect(),
            attachments: if full {
                entry
                    .attachments
                    .iter()
                    .filter_map(Enclosure::of)
                    .filter(|file| may_leave(&file.url, site))
                    .collect()
            } else {
                Vec::new()
            },
            image: entry.image.as_deref().filter(|_| rights.images).and_then(address),
            language: entry.language.as_ref().filter(|language| is_language(language.as_str())),
            rights: entry
                .rights
                .as_deref()
                .map(one_line)
                .filter(|text| !text.is_empty())
                .or_else(|| licence.clone()),
            licence,
            credit,
            comments: entry.comments_url.as_deref().and_then(address),
            also: also::others(published, site),
            published: printable(published.stored.shown_date()),
            updated: printable(published.stored.shown_updated()),
            entry,
            id,
            guid,
        }
    }

    /// A line under the text for everybody whose reader shows no related links.
    fn name_others(&mut self, words: &Words) {
        let Some(line) = also::line(&self.also, words) else { return };
        if let Some(content) = &mut self.content {
            content.push_str(&line);
        }
        self.summary.get_or_insert_default().push_str(&line);
    }

    /// Something to call it by where a title is demanded: the title, else the beginning of the text, else the address.
    pub(super) fn heading(&self) -> String {
        let begun = || self.text.as_deref().map(|text| super::excerpt::cut(text, 80));
        let named = Some(self.title.clone()).filter(|title| !title.is_empty()).or_else(begun);
        named.or_else(|| self.link.clone()).unwrap_or_else(|| self.id.clone())
    }
}

/// What rights leave of an entry's texts.
struct Texts {
    text: Option<String>,
    summary: Option<String>,
    content: Option<String>,
}

impl Texts {
    fn of(entry: &Entry, rights: &Rights, credit: Option<&str>) -> Self {
        let mut texts = match rights.text {
            TextPolicy::LinkOnly => Texts { text: None, summary: None, content: None },
            TextPolicy::Excerpt => Texts::excerpt(entry, rights.excerpt_length as usize),
            TextPolicy::Full => Texts::full(entry, rights),
        };
        if let Some(credit) = credit {
            let line = format!("<p>{}</p>", escape(credit));
            let signed = |html: String| format!("{html}{line}");
            texts.content = texts.content.map(signed);
            texts.summary = Some(texts.summary.map_or_else(|| line.clone(), signed));
        }
        texts
    }

    /// Plain text, and never more of it than was agreed.
    fn excerpt(entry: &Entry, length: usize) -> Self {
        let begin = |html: &SafeHtml| some(excerpt(html.as_str(), length));
        let text = entry.summary.as_ref().and_then(begin).or_else(|| entry.content.as_ref().and_then(begin));
        Texts { summary: text.as_deref().map(|text| format!("<p>{}</p>", escape(text))), text, content: None }
    }

    fn full(entry: &Entry, rights: &Rights) -> Self {
        let html = |html: &SafeHtml| {
            let html = clean(html.as_str());
            let html = if rights.images { html } else { without_images(&html).into_owned().into() };
            some(html.trim().to_owned())
        };
        let summary = entry.summary.as_ref().and_then(html);
        let content = entry.content.as_ref().and_then(html);
        let own = summary.as_deref().and_then(|html| some(excerpt(html, SUMMARY_LENGTH)));
        let begun =
            || content.as_deref().and_then(|html| some(excerpt(html, rights.excerpt_length as usize)));
        let text = own.or_else(begun);
        let summary = summary.or_else(|| text.as_deref().map(|text| format!("<p>{}</p>", escape(text))));
        Texts { text, summary, content }
    }
}

impl Enclosure {
    fn of(attachment: &Attachment) -> Option<Self> {
        let media_type = attachment.media_type.as_deref().and_then(essence);
        Some(Enclosure {
            url: web_address(&attachment.url)?,
            media_type: media_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            length: attachment.length,
            seconds: attachment.duration.map(|duration| duration.as_secs()).filter(|seconds| *seconds > 0),
            title: attachment.title.as_deref().map(one_line).filter(|title| !title.is_empty()),
        })
    }
}

/// The absolute address of a channel in a format; the page for people has no ending.
pub(super) fn channel_address(site: &Site, slug: &str, format: Format) -> String {
    match format {
        Format::Html => site.address(&format!("feeds/{slug}")),
        other => site.address(&format!("feeds/{slug}.{}", other.extension())),
    }
}

/// The id that the store settled; where that is no IRI (it never should be), one made of what identifies the entry.
fn public_id(id: &str, identity: &Identity, site: &Site) -> String {
    as_id(id).unwrap_or_else(|| format!("tag:{},2026:entry/{identity}", authority(site)))
}

/// Readers take two entries with one guid for the same entry. Where a guid is not unique, nobody has it: giving it to one of
/// them would hide a new entry behind one already read.
fn settle_guids(items: &mut [Item<'_>]) {
    let mut claims: BTreeMap<String, usize> = BTreeMap::new();
    for item in items.iter() {
        *claims.entry(item.guid.clone()).or_default() += 1;
        if item.id != item.guid {
            *claims.entry(item.id.clone()).or_default() += 1;
        }
    }
    for item in items {
        if item.guid != item.id && claims.get(&item.guid).is_some_and(|count| *count > 1) {
            item.guid = item.id.clone();
            item.guid_is_permalink = false;
        }
    }
}

fn provenance(site: &Site, entries: &[&PublishedEntry]) -> BTreeMap<SourceId, Provenance> {
    let Some(horizon) = entries.iter().map(|entry| entry.stored.changed).max() else {
        return BTreeMap::new();
    };
    let mut newest: BTreeMap<SourceId, Timestamp> = BTreeMap::new();
    for entry in entries {
        let updated = entry.stored.shown_updated();
        newest.entry(entry.stored.source).and_modify(|at| *at = updated.max(*at)).or_insert(updated);
    }
    let mut known = BTreeMap::new();
    for entry in entries {
        let id = entry.stored.source;
        let newest = newest.get(&id).copied().unwrap_or(horizon);
        known.entry(id).or_insert_with(|| Provenance::of(&entry.source, site, newest, horizon));
    }
    known
}

fn authors(entry: &Entry, site: &Site) -> Vec<Author> {
    let named = entry.authors.iter().filter_map(|person| {
        let name = person.name.as_deref().map(one_line).filter(|name| !name.is_empty())?;
        let url = person.url.as_deref().and_then(web_address);
        Some(Author { name, url: url.filter(|url| may_leave(url, site)) })
    });
    named.collect()
}

/// `type/subtype` without parameters, which say nothing about a file that is somewhere else.
fn essence(text: &str) -> Option<String> {
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    let fits = essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    fits.then(|| essence.to_ascii_lowercase())
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
