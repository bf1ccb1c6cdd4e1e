//! Archived feeds (RFC 5005 §4). Every publication and change of an entry of a channel ends up in one archive document; until
//! then the subscription document carries it, wherever its date would put it. A document is closed when enough has come
//! together, with its members and their revisions, and never changes, but for what is taken down.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
};

use super::{
    Press, PressError, Turn,
    asked::{Answer, Asker},
    query::{river_query, since},
    read,
    render::{Matter, with_sources},
    write,
};
use crate::{
    model::{
        Channel, Deleted, EntryId, EntryState, Format, PublishedEntry, Slug, SortKey, Source, StoredEntry,
    },
    publish::Place,
    store::{Archive, Member, RiverQuery, StoreError},
};

/// Entries of one archive document at most.
const PAGE: usize = 100;
/// Publications that are read at once, and how often in one round: a channel with a long past comes up with it in several.
const BATCH: u32 = 5_000;
const BATCHES: usize = 4;
/// So many entries wait at most before they are closed in documents.
const PENDING: usize = 2_000;

/// The past of a channel, as its subscription document needs it.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Entries that no archive document has yet, and that are not in the window by their date.
    pub(super) extra: Vec<StoredEntry>,
    /// Closed documents.
    pub(super) pages: u64,
}

impl Press {
    /// Reads what was published since the last time, closes documents where enough came together, and says what the
    /// subscription document has to carry besides its `window`.
    pub(super) async fn history(
        &self,
        _: &Turn<'_>,
        channel: &Channel,
        sources: &[Arc<Source>],
        window: &[PublishedEntry],
    ) -> Result<History, StoreError> {
        // What a search finds has no order of publication to be cut by.
        if channel.filter.text.is_some() {
            return Ok(History::default());
        }
        loop {
            if let Some(history) = self.history_once(channel, sources, window).await? {
                return Ok(history);
            }
            // Another node kept the same archive just now: on from there.
        }
    }

    /// None where another node came first.
    async fn history_once(
        &self,
        channel: &Channel,
        sources: &[Arc<Source>],
        window: &[PublishedEntry],
    ) -> Result<Option<History>, StoreError> {
        let name = channel.slug.as_str();
        let before = self.0.store.archive(name).await?;
        let mut archive = before.clone();
        let mut closed = Vec::new();
        // A fixed date bounds the channel; a number of days bounds its window, and the archive has the rest.
        let since = channel.filter.since.map(SortKey::floor);
        let query = RiverQuery { since, ..river_query(channel, sources, self.0.clock.now()) };
        let mut is_behind = true;
        for _ in 0..BATCHES {
            let Some((cursor, entries)) = self.0.store.publications(archive.cursor, &query, BATCH).await?
            else {
                is_behind = false;
                break;
            };
            archive.cursor = cursor;
            let known: HashSet<EntryId> = archive.pending.iter().copied().collect();
            let mut seen = known;
            archive.pending.extend(entries.into_iter().filter(|entry| seen.insert(*entry)));
            if archive.pending.len() >= PENDING && !self.0.beside.load(Ordering::Relaxed) {
                self.close(&mut archive, &mut closed).await?;
            }
        }
        let mut extra = self.beyond(channel, sources, &archive, window).await?;
        let is_reader = self.0.beside.load(Ordering::Relaxed);
        if !is_reader && (is_full(channel, &archive) || !self.fits(channel, &extra)) {
            self.close(&mut archive, &mut closed).await?;
            extra.clear();
        }
        if archive != before && !is_reader {
            let steps = (&before, &archive);
            if !self.0.store.keep_archive(name, steps, &closed, self.0.clock.now()).await? {
                return Ok(None);
            }
        }
        if is_behind {
            write(&self.0.behind).insert(channel.slug.clone());
        }
        Ok(Some(History { extra, pages: archive.pages }))
    }

    /// Closes all that is pending in as many documents as it takes.
    async fn close(
        &self,
        archive: &mut Archive,
        closed: &mut Vec<(u64, Vec<Member>)>,
    ) -> Result<(), StoreError> {
        let versions = self.0.store.versions(&archive.pending).await?;
        let pending = std::mem::take(&mut archive.pending);
        let members: Vec<Member> =
            pending.iter().filter_map(|entry| Some(Member(*entry, *versions.get(entry)?))).collect();
        // Documents of one size, instead of a full one and a rest.
        let pages = members.len().div_ceil(PAGE).max(1);
        for members in members.chunks(members.len().div_ceil(pages).max(1)) {
            archive.pages += 1;
            closed.push((archive.pages, members.to_vec()));
        }
        Ok(())
    }

    /// Pending entries that are published, in the channel, and not in its window by their date.
    async fn beyond(
        &self,
        channel: &Channel,
        sources: &[Arc<Source>],
        archive: &Archive,
        window: &[PublishedEntry],
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let shown: HashSet<EntryId> = window.iter().map(|entry| entry.stored.id).collect();
        let beyond: Vec<EntryId> =
            archive.pending.iter().copied().filter(|entry| !shown.contains(entry)).collect();
        if beyond.len() >= full(channel) {
            return Ok(Vec::new());
        }
        let mut entries = self.0.store.entries_of(&beyond).await?;
        // What was taken when it was published may be of a source, or have a tag, that the channel no longer asks for.
        let takes_source = |entry: &StoredEntry| {
            sources.iter().any(|source| source.id == entry.source && channel.takes_source(source))
        };
        entries.retain(|entry| {
            entry.state == EntryState::Published && takes_source(entry) && channel.takes_entry(entry)
        });
        Ok(entries)
    }

    /// Whether the subscription document may carry these: a window of days has nothing older.
    fn fits(&self, channel: &Channel, extra: &[StoredEntry]) -> bool {
        let since = since(channel, self.0.clock.now()).map(SortKey::floor);
        since.is_none_or(|since| extra.iter().all(|entry| entry.sort_key >= since))
    }

    /// An archive document of a channel, from memory or rendered now.
    ///
    /// # Errors
    /// Where it had to be rendered and could not be.
    pub async fn archived(&self, slug: &Slug, number: u64, format: Format) -> Result<Answer, PressError> {
        self.answer(Asker::Archive { slug, number, format }).await
    }

    /// How many archive documents a channel has.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn archives(&self, slug: &Slug) -> Result<u64, StoreError> {
        Ok(self.0.store.archive(slug.as_str()).await?.pages)
    }

    /// What an archive document is made of: its members as they were when it was closed, without those that are gone.
    pub(super) async fn page_of_archive(
        &self,
        channel: &Channel,
        sources: &[Arc<Source>],
        number: u64,
    ) -> Result<Option<(Matter, crate::model::Timestamp)>, StoreError> {
        let Some(page) = self.0.store.archive_page(channel.slug.as_str(), number).await? else {
            return Ok(None);
        };
        let stored = self.0.store.members(&page.members).await?;
        let is_gone = |entry: &&StoredEntry| {
            matches!(entry.state, EntryState::Withdrawn | EntryState::Hidden | EntryState::Removed)
        };
        let deleted: Vec<Deleted> = stored
            .iter()
            .filter(is_gone)
            .map(|entry| Deleted {
                public_id: entry.entry.public_id.clone(),
                identity: entry.entry.identity.clone(),
                at: entry.changed.max(page.closed_at),
            })
            .collect();
        let changed = deleted.iter().map(|deleted| deleted.at).max().unwrap_or(page.closed_at);
        let mut entries = with_sources(stored, sources);
        entries.reverse();
        let previous = number.checked_sub(1).filter(|previous| *previous > 0);
        let place = Place { archive: Some(number), previous };
        Ok(Some((Matter { entries, deleted, place }, changed)))
    }
}

/// So many entries make an archive document: few enough that the window can carry all of them until then.
fn full(channel: &Channel) -> usize {
    (channel.window.entries as usize / 2).clamp(1, PAGE)
}

fn is_full(channel: &Channel, archive: &Archive) -> bool {
    archive.pending.len() >= full(channel)
}

impl Press {
    /// The slug that a former name of a channel leads to now.
    pub fn moved(&self, slug: &Slug) -> Option<Slug> {
        let channels = read(&self.0.channels);
        if channels.iter().any(|channel| channel.slug == *slug) {
            return None;
        }
        channels.iter().find(|channel| channel.former.contains(slug)).map(|channel| channel.slug.clone())
    }
}
