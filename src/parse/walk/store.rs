//! What an element means where it ends: its characters, stored where it stands.

use std::time::Duration;

use super::super::guard::MAX_PARTS;
use super::super::words::{minutes, period_seconds, weekday};
use super::gather::Gathered;
use super::names::El;
use super::people::person;
use super::{Frame, Walk, address};
use crate::model::{
    Category, Generator, Image, Link, ParsedEntry, ParsedFeed, Person, Text, TextKind, Timestamp,
};

impl Walk<'_, '_> {
    /// Takes the characters of an element that ends.
    pub(super) fn store(&mut self, gathered: Gathered, frame: &Frame<'_>) {
        let el = gathered.el;
        if matches!(el, El::Author | El::Contributor | El::Publisher | El::ItunesAuthor) {
            self.store_person(&gathered);
        } else if self.source_at.is_some() || el == El::Source {
            self.store_in_source(&gathered);
        } else if self.image_at.is_some() && !matches!(el, El::Name | El::Email) {
            self.store_in_image(&gathered);
        } else if el == El::Category {
            self.store_category(&gathered);
        } else if el.is_text() {
            if let Some(text) = gathered.into_text(frame, self.guesses()) {
                self.store_text(el, text);
            }
        } else if let Some(value) = gathered.characters() {
            self.store_value(el, value, &gathered);
        }
    }

    fn store_text(&mut self, el: El, text: Text) {
        if self.entry_at.is_none() {
            let feed = &mut self.feed;
            match el {
                El::Title => feed.title = feed.title.take().or(Some(text)),
                El::Description | El::Subtitle => feed.description = Some(text),
                El::Summary => feed.description = feed.description.take().or(Some(text)),
                El::Rights => feed.rights = Some(text),
                _ => {}
            }
            return;
        }
        let entry = &mut self.entry;
        match el {
            El::Title => entry.title = entry.title.take().or(Some(text)),
            El::MediaTitle => {
                let within = self.frames.iter().any(|frame| frame.el == El::MediaContent);
                if let Some(attachment) = entry.attachments.last_mut().filter(|_| within) {
                    attachment.title = attachment.title.take().or_else(|| Some(text.value.clone()));
                }
                self.media.0 = self.media.0.take().or(Some(text));
            }
            El::MediaDescription => self.media.1 = self.media.1.take().or(Some(text)),
            El::OtherTitle | El::Subtitle => {}
            // A second description is the longer one.
            El::Description | El::Summary if entry.summary.is_some() && !self.has_content => {
                self.has_content = true;
                entry.content = Some(text);
            }
            El::Description | El::Summary => entry.summary = Some(text),
            El::Rights => entry.rights = Some(text),
            _ => {
                self.has_content = true;
                entry.content = entry.content.take().or(Some(text));
            }
        }
    }

    fn store_value(&mut self, el: El, value: String, gathered: &Gathered) {
        match el {
            El::Link => self.store_link(&value),
            El::Name | El::Email | El::Url => {
                let url = self.absolute(&value);
                let Some(person) = self.people.last_mut() else { return };
                match el {
                    El::Name => person.name = Some(value),
                    El::Email => person.email = Some(value),
                    _ => person.url = Some(url),
                }
            }
            El::ItunesCategory => {
                self.add_category(Category { term: value, scheme: Some(ITUNES.to_owned()), label: None });
            }
            El::Duration => self.duration = self.duration.or_else(|| playing_time(&value)),
            El::Keywords => {
                for term in value.split(',').map(str::trim).filter(|term| !term.is_empty()) {
                    self.add_category(Category { term: term.to_owned(), ..Category::default() });
                }
            }
            _ if self.entry_at.is_some() => self.store_in_entry(el, value),
            _ => self.store_in_feed(el, value, gathered),
        }
    }

    /// A link in characters is the format's own: it comes before those of other namespaces.
    fn store_link(&mut self, value: &str) {
        let link = alternate(self.absolute(value));
        let (links, linked) = if self.entry_at.is_some() {
            (&mut self.entry.links, &mut self.linked.0)
        } else {
            (&mut self.feed.links, &mut self.linked.1)
        };
        let first =
            if std::mem::replace(linked, true) { None } else { links.iter().position(Link::is_alternate) };
        match first {
            _ if links.len() >= MAX_PARTS => {}
            Some(first) => links.insert(first, link),
            None => links.push(link),
        }
    }

    /// RSS writes the term in characters, Atom in an attribute; some write two terms, or a label alone.
    fn store_category(&mut self, gathered: &Gathered) {
        let written = gathered.written().map(str::to_owned);
        let (scheme, label) = (gathered.scheme.clone(), gathered.label.clone());
        let both = gathered.spare.clone().zip(written.clone()).filter(|(term, written)| term != written);
        let Some(term) = gathered.spare.clone().or(written).or_else(|| label.clone()) else { return };
        self.add_category(Category { term, scheme, label });
        if let Some((_, term)) = both {
            self.add_category(Category { term, ..Category::default() });
        }
    }

    fn store_in_entry(&mut self, el: El, value: String) {
        match el {
            El::Guid | El::Id => self.entry.id = Some(value),
            El::Published => self.entry.published = self.date(&value).or(self.entry.published),
            El::Updated => self.entry.updated = self.date(&value).or(self.entry.updated),
            El::Created => self.entry.published = self.entry.published.or_else(|| self.date(&value)),
            El::Comments => self.entry.comments_url = Some(self.absolute(&value)),
            El::CommentsFeed if self.entry.links.len() < MAX_PARTS => {
                let link = Link { rel: Some("replies".to_owned()), ..alternate(self.absolute(&value)) };
                self.entry.links.push(link);
            }
            El::Language => self.entry.language = Some(value),
            _ => {}
        }
    }

    fn store_in_feed(&mut self, el: El, value: String, gathered: &Gathered) {
        let updated = self.date(&value).filter(|_| matches!(el, El::Published | El::Updated | El::Created));
        let address = self.absolute(&value);
        let feed = &mut self.feed;
        match el {
            El::Guid | El::Id => feed.id = Some(value),
            El::Published => feed.published = updated.or(feed.published),
            El::Updated => feed.updated = updated.or(feed.updated),
            El::Language => feed.language = Some(value),
            El::Logo => feed.image = Some(Image { url: address, ..Image::default() }),
            El::Icon => feed.icon = Some(address),
            El::Generator => {
                let url = gathered.spare.clone().filter(|url| *url != value);
                feed.generator = Some(Generator { name: value, url, version: gathered.scheme.clone() });
            }
            El::Ttl => feed.hints.ttl = value.parse().ok().and_then(minutes),
            El::Hour => {
                let hour = value.parse::<u8>().ok().filter(|hour| *hour <= 24).map(|hour| hour % 24);
                let known = |hour: &u8| feed.hints.skip_hours.contains(hour);
                let new = hour.filter(|hour| !known(hour));
                feed.hints.skip_hours.extend(new);
            }
            El::Day => {
                let new = weekday(&value).filter(|day| !feed.hints.skip_days.contains(day));
                feed.hints.skip_days.extend(new);
            }
            El::Period => self.period.0 = period_seconds(&value),
            El::Frequency => self.period.1 = value.parse().ok(),
            _ => {}
        }
    }

    fn store_person(&mut self, gathered: &Gathered) {
        let el = gathered.el;
        let written = if el == El::ItunesAuthor { None } else { self.people.pop() };
        let read = written.filter(|person| *person != Person::default());
        let read = read.or_else(|| gathered.characters().as_deref().and_then(person));
        let Some(person) = read.filter(|_| self.source_at.is_none()) else { return };
        let in_entry = self.entry_at.is_some();
        let (authors, contributors, publisher) = if in_entry {
            (&mut self.entry.authors, &mut self.entry.contributors, &mut self.entry.publisher)
        } else {
            (&mut self.feed.authors, &mut self.feed.contributors, &mut self.feed.publisher)
        };
        match el {
            El::Publisher => *publisher = publisher.take().or(Some(person)),
            El::Contributor if contributors.len() < MAX_PARTS => contributors.push(person),
            El::ItunesAuthor if authors.iter().any(|known| known.name == person.name) => {}
            _ if authors.len() < MAX_PARTS && !authors.contains(&person) => authors.push(person),
            _ => {}
        }
    }

    fn store_in_source(&mut self, gathered: &Gathered) {
        let (Some(origin), Some(value)) = (self.entry.origin.as_mut(), gathered.characters()) else { return };
        match gathered.el {
            El::Title => origin.title = Some(value),
            El::Source => origin.title = origin.title.take().or(Some(value)),
            El::Id | El::Guid => origin.id = Some(value),
            _ => {}
        }
    }

    fn store_in_image(&mut self, gathered: &Gathered) {
        let Some(value) = gathered.characters().filter(|_| self.entry_at.is_none()) else { return };
        let address = self.absolute(&value);
        let image = self.feed.image.get_or_insert_with(Image::default);
        match gathered.el {
            El::Url => image.url = address,
            El::Title => image.title = Some(value),
            El::Link => image.link = Some(address),
            _ => {}
        }
    }

    pub(super) fn add_category(&mut self, category: Category) {
        let categories =
            if self.entry_at.is_some() { &mut self.entry.categories } else { &mut self.feed.categories };
        if categories.len() < MAX_PARTS && !categories.contains(&category) {
            categories.push(category);
        }
    }

    pub(super) fn date(&self, text: &str) -> Option<Timestamp> {
        crate::dates::parse_date(text, self.hints.zone, self.hints.now)
    }

    /// An address on the base that is in force; as written where it is absolute already.
    pub(super) fn absolute(&self, address: &str) -> String {
        let base = self.frames.last().and_then(|frame| frame.base.as_deref());
        address::join(base.or(self.hints.base.map(url::Url::as_str)), address)
    }
}

/// Where the categories of podcasts are listed.
pub(super) const ITUNES: &str = "http://www.itunes.com/";

/// `h:m:s`, `m:s` or seconds.
fn playing_time(text: &str) -> Option<Duration> {
    let parts = text.split(':').map(|part| part.trim().parse::<u64>().ok());
    let seconds = parts.take(4).try_fold(0_u64, |sum, part| sum.checked_mul(60)?.checked_add(part?))?;
    // Longer than a year is no time but a mistake.
    (0 < seconds && seconds < 31_622_400).then(|| Duration::from_secs(seconds))
}

pub(super) fn alternate(href: String) -> Link {
    Link { href, rel: Some("alternate".to_owned()), ..Link::default() }
}

pub(super) fn text_kind(said: &str) -> TextKind {
    match said.to_ascii_lowercase().as_str() {
        "text" | "plain" | "text/plain" => TextKind::Plain,
        "html" | "text/html" => TextKind::Html,
        "xhtml" | "application/xhtml+xml" => TextKind::Xhtml,
        other => TextKind::Other(other.to_owned()),
    }
}

/// An image without an address is none.
pub(super) fn tidy(feed: &mut ParsedFeed) {
    feed.image = feed.image.take().filter(|image| !image.url.is_empty());
}

/// Where there is a page in each of several languages (RFC 4287 §4.2.7.4), the one in the language of the text comes first.
pub(super) fn prefer_language(links: &mut [Link], spoken: Option<&str>) {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let Some(spoken) = spoken.map(primary) else { return };
    let is_spoken = |link: &Link| link.hreflang.as_deref().is_some_and(|tag| primary(tag) == spoken);
    let Some(first) = links.iter().position(Link::is_alternate) else { return };
    // One that names no language may be in any.
    if links.get(first).is_none_or(|link| link.hreflang.is_none() || is_spoken(link)) {
        return;
    }
    if let Some(better) = links.iter().position(|link| link.is_alternate() && is_spoken(link)) {
        links.swap(first, better);
    }
}

/// A guid is an address unless it says that it is none (RSS 2.0). Atom's id often is one too, where an entry has no link.
/// `permalink` is the id that says it is an address, on its base.
pub(super) fn link_from_id(entry: &mut ParsedEntry, permalink: Option<String>) {
    if entry.link().is_some() || entry.id_is_permalink == Some(false) {
        return;
    }
    let known = || entry.id.clone().filter(|id| is_page(id));
    if let Some(href) = permalink.or_else(known) {
        entry.links.insert(0, Link { href, ..Link::default() });
    }
}

/// A feed whose id is an address, and that names no other page, is at home there.
pub(super) fn home_from_id(feed: &mut ParsedFeed) {
    if feed.home().is_none()
        && let Some(id) = feed.id.as_deref().filter(|id| is_page(id))
    {
        feed.links.insert(0, Link { href: id.to_owned(), ..Link::default() });
    }
}

pub(super) fn is_page(id: &str) -> bool {
    let starts =
        |scheme: &str| id.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    starts("http://") || starts("https://")
}
