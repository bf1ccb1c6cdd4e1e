//! One entry as it may leave the house: rights enforced, texts cleaned, the id settled.

use super::{
    also::{self, Also},
    dates::printable,
    excerpt::excerpt,
    gate::is_language,
    markup::{escape, without_images},
    provenance::rights_of,
    text::{as_id, authority, clean, may_leave, one_line, web_address},
    words::Words,
};
use crate::model::{
    Attachment, Entry, EntryId, Identity, Language, PublishedEntry, Rights, SafeHtml, Site, SourceId,
    TextPolicy, Texts as ChannelTexts, Timestamp,
};

/// Characters of a summary that the publisher wrote and lets us have whole.
const SUMMARY_LENGTH: usize = 1000;

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
    /// The same in other languages: language and address, each language once.
    pub(super) translations: Vec<(String, String)>,
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
            translations: also::translations(published, site),
            published: printable(published.stored.shown_date()),
            updated: printable(published.stored.shown_updated()),
            entry,
            id,
            guid,
        }
    }

    /// A line under the text for everybody whose reader shows no related links.
    pub(super) fn name_others(&mut self, words: &Words) {
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
            // Readers count in 64 bits with a sign; nothing is that long.
            length: attachment.length.filter(|length| i64::try_from(*length).is_ok()),
            seconds: attachment.duration.map(|duration| duration.as_secs()).filter(|seconds| *seconds > 0),
            title: attachment.title.as_deref().map(one_line).filter(|title| !title.is_empty()),
        })
    }
}

/// The id that the store settled; where that is no IRI (it never should be), one made of what identifies the entry.
pub(super) fn public_id(id: &str, identity: &Identity, site: &Site) -> String {
    as_id(id).unwrap_or_else(|| format!("tag:{},2026:entry/{identity}", authority(site)))
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
