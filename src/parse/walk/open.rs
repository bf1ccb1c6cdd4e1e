//! What an element says where it begins: its attributes, and whether its characters are wanted.

use std::time::Duration;

use super::super::guard::{MAX_ENTRIES, MAX_PARTS};
use super::gather::{Gathered, resolved};
use super::names::El;
use super::store::{ITUNES, alternate, text_kind};
use super::{Walk, lexer};
use crate::model::{
    Attachment, Category, EntryOrigin, Image, Link, ParsedDeletion, ParsedEntry, Person, TextKind,
};

/// Values of attributes by their names in any case, resolved and trimmed.
struct Attributes<'t>(&'t str);

impl Attributes<'_> {
    fn get(&self, wanted: &str) -> Option<String> {
        let (_, value) = lexer::attributes(self.0).find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(resolved(value).trim().to_owned())
    }

    fn filled(&self, wanted: &str) -> Option<String> {
        self.get(wanted).filter(|value| !value.is_empty())
    }

    /// Under any prefix.
    fn filled_locally(&self, wanted: &str) -> Option<String> {
        let local =
            |name: &str| name.rsplit(':').next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let (_, value) = lexer::attributes(self.0).find(|(name, _)| local(name))?;
        Some(resolved(value).trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// In lower case: relations and media types are the same in any.
    fn lowered(&self, wanted: &str) -> Option<String> {
        self.filled(wanted).map(|value| value.to_ascii_lowercase())
    }
}

impl Walk<'_, '_> {
    /// Looks at the attributes of an element that begins. True where its characters are gathered.
    pub(super) fn open(&mut self, el: El, attributes: &str) -> bool {
        let attributes = Attributes(attributes);
        let depth = self.frames.len();
        match el {
            El::Item => self.open_entry(&attributes),
            El::Head => self.open_head(&attributes),
            El::Source if self.entry_at.is_some() => {
                self.source_at = Some(depth.saturating_sub(1));
                let url = attributes.filled("url");
                self.entry.origin = Some(EntryOrigin { url, ..EntryOrigin::default() });
            }
            El::Image | El::Box => self.image_at = Some(depth.saturating_sub(1)),
            El::Author | El::Contributor | El::Publisher => self.people.push(Person::default()),
            El::Link => return self.open_link(&attributes),
            El::Enclosure => self.attach(&attributes, "url"),
            El::MediaContent => self.attach(&attributes, "url"),
            El::Thumbnail if self.entry_at.is_some() => {
                let url = attributes.filled("url").map(|url| self.absolute(&url));
                self.entry.image = self.entry.image.take().or(url);
            }
            El::ItunesImage => self.open_itunes_image(&attributes),
            El::Logo if attributes.filled("href").is_some() => {
                self.open_channel_logo(&attributes);
                return false;
            }
            El::Complete => self.feed.complete |= self.entry_at.is_none(),
            El::Deleted => {
                self.open_deletion(&attributes);
                // Who deleted it and why is nothing of the feed's.
                self.image_at = Some(depth.saturating_sub(1));
            }
            El::Guid if self.entry_at.is_some() => {
                let said = attributes.get("ispermalink");
                self.entry.id_is_permalink = said.map(|said| !said.eq_ignore_ascii_case("false"));
            }
            _ => {}
        }
        if el.is_field() && el != El::Enclosure {
            let gathered = self.gathering(el, &attributes);
            self.gathered.push(gathered);
            return true;
        }
        false
    }

    fn gathering(&mut self, el: El, attributes: &Attributes<'_>) -> Gathered {
        let said = attributes.filled("type").filter(|_| el.is_text());
        let usual = match el {
            El::Description | El::Encoded | El::MediaDescription => TextKind::Html,
            El::Body => TextKind::Xhtml,
            _ => TextKind::Plain,
        };
        let kind = said.as_deref().map_or(usual, text_kind);
        let mode = attributes.filled("mode").unwrap_or_default();
        let binary =
            matches!(&kind, TextKind::Other(other) if !other.starts_with("text/") && !other.ends_with("xml"));
        let mut gathered =
            Gathered::new(el, kind, self.frames.len(), mode.eq_ignore_ascii_case("base64") || binary);
        match el {
            El::Category => {
                gathered.spare = attributes.filled("term");
                gathered.scheme = attributes.filled("scheme").or_else(|| attributes.filled("domain"));
                gathered.label = attributes.filled("label");
            }
            El::ItunesCategory => {
                // They nest: the outer one comes first.
                let term = attributes.filled("text");
                if let Some(term) = term {
                    self.add_category(Category { term, scheme: Some(ITUNES.to_owned()), label: None });
                }
            }
            El::Content => {
                self.entry.content_src =
                    attributes.filled("src").map(|src| self.absolute(&src)).or(self.entry.content_src.take());
            }
            El::Generator => {
                gathered.scheme = attributes.filled("version");
                gathered.spare = attributes.filled("uri").or_else(|| attributes.filled("url"));
            }
            _ => {}
        }
        gathered
    }

    fn open_entry(&mut self, attributes: &Attributes<'_>) {
        let depth = self.frames.len().saturating_sub(1);
        self.entry_at = Some(depth);
        self.source_at = None;
        self.image_at = None;
        let inherited = depth
            .checked_sub(1)
            .and_then(|above| self.frames.get(above))
            .and_then(|frame| frame.language.clone());
        let own = self.frames.last().and_then(|frame| frame.language.clone());
        self.entry = ParsedEntry {
            id: attributes.filled("rdf:about").or_else(|| attributes.filled_locally("about")),
            language: own.filter(|own| Some(own) != inherited.as_ref()).map(|own| own.to_string()),
            ..ParsedEntry::default()
        };
        self.entry.links.extend(attributes.filled("href").map(|href| alternate(self.absolute(&href))));
        self.entry.updated = attributes.filled("lastmod").and_then(|text| self.date(&text));
    }

    fn open_head(&mut self, attributes: &Attributes<'_>) {
        if self.feed.links.is_empty() {
            self.feed.links.extend(attributes.filled("href").map(|href| alternate(self.absolute(&href))));
        }
        let changed = attributes.filled("lastmod").and_then(|text| self.date(&text));
        self.feed.updated = self.feed.updated.or(changed);
        let language = self.frames.last().and_then(|frame| frame.language.as_deref()).map(str::to_owned);
        self.feed.language = language.or(self.feed.language.take());
    }

    /// RFC 6721 §3.
    fn open_deletion(&mut self, attributes: &Attributes<'_>) {
        let Some(id) = attributes.filled("ref").filter(|_| self.feed.deleted.len() < MAX_ENTRIES) else {
            return;
        };
        let at = attributes.filled("when").and_then(|when| self.date(&when));
        self.feed.deleted.push(ParsedDeletion { id, at });
    }

    /// Atom's link speaks in attributes, RSS's in characters.
    fn open_link(&mut self, attributes: &Attributes<'_>) -> bool {
        let href = attributes.filled("href").or_else(|| attributes.filled("url"));
        let Some(href) = href else {
            let gathered = self.gathering(El::Link, attributes);
            self.gathered.push(gathered);
            return true;
        };
        let link = Link {
            href: self.absolute(&href),
            rel: attributes.lowered("rel").or_else(|| Some("alternate".to_owned())),
            media_type: attributes.lowered("type"),
            hreflang: attributes.filled("hreflang"),
            title: attributes.filled("title"),
            length: attributes.filled("length").and_then(|length| length.parse().ok()),
        };
        if self.source_at.is_some() {
            let is_self = link.rel.as_deref() == Some("self");
            if let Some(origin) = self.entry.origin.as_mut().filter(|origin| is_self || origin.url.is_none())
            {
                origin.url = Some(link.href);
            }
        } else if self.entry_at.is_some() {
            if link.rel.as_deref() == Some("enclosure") && self.entry.attachments.len() < MAX_PARTS {
                self.entry.attachments.push(Attachment {
                    url: link.href.clone(),
                    media_type: link.media_type.clone(),
                    length: link.length,
                    title: link.title.clone(),
                    duration: None,
                });
            }
            if self.entry.links.len() < MAX_PARTS {
                self.entry.links.push(link);
            }
        } else if self.image_at.is_none() && self.feed.links.len() < MAX_PARTS {
            self.feed.links.push(link);
        }
        false
    }

    fn attach(&mut self, attributes: &Attributes<'_>, key: &str) {
        let url = attributes.filled(key).or_else(|| attributes.filled("href"));
        let Some(url) = url.map(|url| self.absolute(&url)).filter(|_| self.entry_at.is_some()) else {
            return;
        };
        let known = self.entry.attachments.iter().any(|known| known.url == url);
        if known || self.entry.attachments.len() >= MAX_PARTS {
            return;
        }
        let length = attributes.filled("length").or_else(|| attributes.filled("filesize"));
        let seconds = attributes.filled("duration").and_then(|seconds| seconds.parse().ok());
        self.entry.attachments.push(Attachment {
            url,
            media_type: attributes.filled("type"),
            length: length.and_then(|length| length.parse().ok()),
            duration: seconds.map(Duration::from_secs),
            title: None,
        });
    }

    fn open_itunes_image(&mut self, attributes: &Attributes<'_>) {
        let url = attributes.filled("href").or_else(|| attributes.filled("url"));
        let url = url.map(|url| self.absolute(&url));
        if self.entry_at.is_some() {
            self.entry.image = self.entry.image.take().or(url);
        } else if self.feed.image.is_none() {
            self.feed.image = url.map(|url| Image { url, ..Image::default() });
        }
    }

    /// CDF's logo, by its style.
    fn open_channel_logo(&mut self, attributes: &Attributes<'_>) {
        let Some(url) = attributes.filled("href").map(|href| self.absolute(&href)) else { return };
        let is_icon = attributes.lowered("style").is_some_and(|style| style == "icon");
        if self.entry_at.is_some() {
            self.entry.image = self.entry.image.take().or(Some(url));
        } else if is_icon {
            self.feed.icon = self.feed.icon.take().or(Some(url));
        } else if self.feed.image.is_none() {
            self.feed.image = Some(Image { url, ..Image::default() });
        }
    }
}
