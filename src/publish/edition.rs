//! What of a page's entries may leave the house: rights enforced, texts cleaned, ids settled. Every format is written from
//! this, so that all of them say the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Page, PublishError, atom,
    dates::printable,
    gate::is_language,
    item::{Item, public_id},
    json_feed,
    pages::channel_page,
    provenance::Provenance,
    rss,
    text::{authority, one_line},
    words::Words,
};
use crate::model::{EntryId, EntryState, Format, Language, PublishedEntry, Site, SourceId, Timestamp};

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

/// The absolute address of a channel in a format; the page for people has no ending.
pub(super) fn channel_address(site: &Site, slug: &str, format: Format) -> String {
    match format {
        Format::Html => site.address(&format!("feeds/{slug}")),
        other => site.address(&format!("feeds/{slug}.{}", other.extension())),
    }
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
