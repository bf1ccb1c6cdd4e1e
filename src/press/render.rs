//! Making the documents of one channel: what is in them, the gate, the quarantine, and since when their bytes are these.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
};

use super::{DEEPEST, Press, PressError, Turn, query::river_query, read, window, write};
use crate::{
    failpoint::{self, Step},
    model::{
        Channel, Deleted, EntryId, EntryState, Format, Order, PublishedEntry, Rendition, Slug, Source,
        SourceId, StoredEntry, Timestamp,
    },
    publish::{self, Page, Place, Quarantine},
    store::{Quarantined, Revision, RiverQuery, StoreError},
    telemetry::{self, Stage},
};

/// What a document is made of.
#[derive(Debug, Default)]
pub(super) struct Matter {
    pub(super) entries: Vec<PublishedEntry>,
    pub(super) deleted: Vec<Deleted>,
    pub(super) place: Place,
}

/// Documents by their formats.
pub(super) type Rendered = HashMap<Format, Rendition>;

impl Press {
    /// Renders these channels and puts them on the shelf. Returns how many documents have new bytes.
    pub(super) async fn render_all(
        &self,
        turn: &Turn<'_>,
        channels: &[&Channel],
        sources: &[Arc<Source>],
    ) -> Result<usize, PressError> {
        let revisions = self.0.store.revisions().await?;
        let mut written = Vec::new();
        for channel in channels {
            match self.render(turn, channel, sources, &revisions).await {
                Ok((rendered, revisions)) => {
                    self.shelve(&channel.slug, rendered);
                    written.extend(revisions);
                }
                Err(PressError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    tracing::error!(channel = %channel.slug, %error, "{error}; the last good one stays");
                }
            }
        }
        if !written.is_empty() {
            failpoint::reach(Step::Rendered);
            self.0.store.set_revisions(&written).await?;
        }
        Ok(written.len())
    }

    /// One channel in all formats, with the revisions that are new.
    pub(super) async fn render(
        &self,
        turn: &Turn<'_>,
        channel: &Channel,
        sources: &[Arc<Source>],
        revisions: &HashMap<(String, Format), Revision>,
    ) -> Result<(HashMap<Format, Arc<Rendition>>, Vec<Revision>), PressError> {
        let matter = self.window(turn, channel, sources).await?;
        let former = read(&self.0.shelf).former(&channel.slug);
        let now = self.0.clock.now();
        let rendered = self.documents(channel, matter, &Format::ALL, former, now).await?;
        let name = channel.slug.as_str();
        let mut written = Vec::new();
        let mut finished = HashMap::with_capacity(rendered.len());
        for (format, mut rendition) in rendered {
            let stored =
                revisions.get(&(name.to_owned(), format)).filter(|stored| stored.hash == rendition.hash);
            telemetry::rendered(stored.is_none());
            match stored {
                // The same bytes as before the restart: they did not change now.
                Some(stored) => rendition.last_modified = stored.last_modified,
                None => written.push(Revision {
                    name: name.to_owned(),
                    format,
                    hash: rendition.hash.clone(),
                    last_modified: rendition.last_modified,
                }),
            }
            finished.insert(format, Arc::new(rendition));
        }
        Ok((finished, written))
    }

    /// Writes, checks and compresses; bytes that are those of the former rendition keep its date, others get `changed`.
    pub(super) async fn documents(
        &self,
        channel: &Channel,
        matter: Matter,
        formats: &[Format],
        former: Arc<HashMap<Format, Arc<Rendition>>>,
        changed: Timestamp,
    ) -> Result<Rendered, PressError> {
        let (channel, channels, site) = (channel.clone(), self.channels(), self.0.site.clone());
        let (formats, name) = (formats.to_vec(), channel.slug.to_string());
        // Another process, whose clock is not quite this one's, may have stored what is in here.
        let stored = matter.entries.iter().map(|entry| entry.stored.changed);
        let stored = stored.chain(matter.deleted.iter().map(|deleted| deleted.at)).max();
        let made = stored.map_or(self.0.clock.now(), |at| at.max(self.0.clock.now()));
        let press = self.clone();
        let work = move || {
            let Matter { entries, deleted, place } = &matter;
            let page = Page { deleted, place: *place, ..Page::new(&site, &channels, &channel, entries) };
            let issue = publish::issue(&page, &formats, made, &press.0.gate)?;
            let finish = |(format, bytes)| {
                let previous = former.get(&format).map(|rendition| &**rendition);
                (format, publish::rendition(format, bytes, previous, changed))
            };
            let shown: BTreeSet<EntryId> = matter.entries.iter().map(|entry| entry.stored.id).collect();
            let rendered: Rendered = issue.documents.into_iter().map(finish).collect();
            Ok::<_, publish::PublishError>((rendered, issue.quarantined, issue.doubts, shown))
        };
        let done = tokio::task::spawn_blocking(move || Stage::Publish.timed(work)).await;
        // One channel that breaks the program must not keep the others from being published.
        let done = done.map_err(|_| PressError::Broke { document: name.clone() })?;
        let (rendered, quarantined, doubts, shown) =
            done.map_err(|source| PressError::Render { document: name.clone(), source })?;
        for publish::Doubt { format, reason } in doubts {
            let format = format.extension();
            tracing::warn!(channel = %name, format, "another parser cannot read {name}.{format}: {reason}");
        }
        self.note_quarantine(quarantined, shown).await?;
        Ok(rendered)
    }

    /// Remembers which entries had to stay out, and which no longer have to.
    async fn note_quarantine(
        &self,
        quarantined: Vec<Quarantine>,
        shown: BTreeSet<EntryId>,
    ) -> Result<(), StoreError> {
        let cached = read(&self.0.quarantine).clone();
        let known: HashMap<EntryId, String> = match cached {
            Some(known) => known,
            None => self.0.store.quarantined().await?.into_iter().map(|q| (q.entry, q.reason)).collect(),
        };
        let is_news = |q: &&Quarantine| known.get(&q.entry) != Some(&q.reason);
        let since = self.0.clock.now();
        let mut news = Vec::new();
        for q in quarantined.iter().filter(is_news) {
            tracing::warn!(entry = %q.entry, "entry {} is kept out of documents: {}", q.entry, q.reason);
            let (entry, format, reason) = (q.entry, q.format, q.reason.clone());
            news.push(Quarantined { entry, since, format, reason });
        }
        let faulty: BTreeSet<EntryId> = quarantined.iter().map(|q| q.entry).collect();
        let sound: BTreeSet<EntryId> =
            shown.into_iter().filter(|entry| known.contains_key(entry) && !faulty.contains(entry)).collect();
        if !news.is_empty() || !sound.is_empty() {
            self.0.store.quarantine(&news, &sound).await?;
        }
        let mut known = known;
        known.retain(|entry, _| !sound.contains(entry));
        known.extend(quarantined.into_iter().map(|q| (q.entry, q.reason)));
        telemetry::quarantined(known.len());
        *write(&self.0.quarantine) = Some(known);
        Ok(())
    }

    /// What the subscription document of a channel carries: everything that no archive document has yet, and the newest entries
    /// up to the window.
    async fn window(
        &self,
        turn: &Turn<'_>,
        channel: &Channel,
        sources: &[Arc<Source>],
    ) -> Result<Matter, StoreError> {
        let mut entries = self.entries(channel, sources).await?;
        let history = self.history(turn, channel, sources, &entries).await?;
        let extra = self.as_shown(channel, sources, history.extra).await?;
        entries.truncate((channel.window.entries as usize).saturating_sub(extra.len()));
        entries.extend(extra);
        let deleted = self.deleted(channel, sources, &entries).await?;
        in_order(&mut entries, channel.order);
        let place = Place { archive: None, previous: Some(history.pages).filter(|pages| *pages > 0) };
        Ok(Matter { entries, deleted, place })
    }

    /// What a channel narrowed by an address carries. It has no archive; entries in quarantine stay out unseen.
    pub(super) async fn narrowed(
        &self,
        channel: &Channel,
        sources: &[Arc<Source>],
    ) -> Result<Matter, StoreError> {
        let mut entries = self.entries(channel, sources).await?;
        let deleted = self.deleted(channel, sources, &entries).await?;
        entries.retain(|entry| !self.is_quarantined(entry.stored.id));
        in_order(&mut entries, channel.order);
        Ok(Matter { entries, deleted, place: Place::default() })
    }

    /// What was in a channel's window and is no more.
    async fn deleted(
        &self,
        channel: &Channel,
        sources: &[Arc<Source>],
        entries: &[PublishedEntry],
    ) -> Result<Vec<Deleted>, StoreError> {
        let query = river_query(channel, sources, self.0.clock.now());
        let is_full = entries.len() >= channel.window.entries as usize;
        let lowest = entries.iter().map(|entry| entry.stored.sort_key).min().filter(|_| is_full);
        let since = lowest.max(query.since);
        self.0.store.deleted(&RiverQuery { since, ..query }).await
    }

    /// The entries of a channel, newest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn entries(
        &self,
        channel: &Channel,
        sources: &[Arc<Source>],
    ) -> Result<Vec<PublishedEntry>, StoreError> {
        let mut query = river_query(channel, sources, self.0.clock.now());
        let wanted = query.limit;
        loop {
            let river = self.river(channel, &query).await?;
            let is_all = river.len() < query.limit as usize || query.limit >= wanted.saturating_mul(DEEPEST);
            let mut shown = self.as_shown(channel, sources, river).await?;
            if is_all || shown.len() >= wanted as usize {
                shown.truncate(wanted as usize);
                return Ok(shown);
            }
            // What is not shown took places: the window is filled from below.
            query.limit = query.limit.saturating_mul(2);
        }
    }

    /// These entries as a channel shows them: a story once, and of a new source's past only a little.
    async fn as_shown(
        &self,
        channel: &Channel,
        sources: &[Arc<Source>],
        stored: Vec<StoredEntry>,
    ) -> Result<Vec<PublishedEntry>, StoreError> {
        let by_id = by_number(sources);
        let stories =
            if channel.stories { self.0.store.stories_of(&ids(&stored)).await? } else { Vec::new() };
        let shown = self.translated(window::shown(stored, &stories, channel, &by_id)).await?;
        let backfill = self.0.backfill.load(Ordering::Relaxed) as usize;
        Ok(window::without_backfill(shown, channel, &by_id, backfill))
    }

    /// These entries as lists show them, every one of a story too: with their sources, with who else reports the same, and
    /// where it is in other languages.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn accompanied(&self, stored: Vec<StoredEntry>) -> Result<Vec<PublishedEntry>, StoreError> {
        let sources = by_number(&self.sources().await?);
        let stories = self.0.store.stories_of(&ids(&stored)).await?;
        self.translated(window::with_others(stored, &stories, &sources)).await
    }

    async fn translated(&self, mut entries: Vec<PublishedEntry>) -> Result<Vec<PublishedEntry>, StoreError> {
        let ids: Vec<EntryId> = entries.iter().map(|entry| entry.stored.id).collect();
        let mut translations = self.0.store.translations_of(&ids).await?;
        for entry in &mut entries {
            entry.translations = translations.remove(&entry.stored.id).unwrap_or_default();
        }
        Ok(entries)
    }

    /// Every entry that a declared channel shows now, or one of those that there are without a file: of all, of a language,
    /// of a group. What a source's own channel shows are its newest.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn shown_now(&self) -> Result<HashSet<EntryId>, StoreError> {
        let turn = self.0.rendering.lock().await;
        let sources = self.load_sources(&turn).await?;
        drop(turn);
        let languages = self.0.store.languages().await?;
        let groups = sources.iter().flat_map(|source| source.spec.groups.iter().map(Slug::to_string));
        let names: BTreeSet<String> = languages.into_iter().chain(groups).chain(["all".to_owned()]).collect();
        let made = names.iter().filter_map(|name| self.find(&name.parse().ok()?, &sources));
        let declared = self.channels();
        let mut shown = HashSet::new();
        for channel in declared.iter().cloned().chain(made) {
            let entries = self.entries(&channel, &sources).await?;
            shown.extend(entries.iter().map(|entry| entry.stored.id));
        }
        Ok(shown)
    }

    fn is_quarantined(&self, entry: EntryId) -> bool {
        read(&self.0.quarantine).as_ref().is_some_and(|known| known.contains_key(&entry))
    }
}

fn by_number(sources: &[Arc<Source>]) -> window::Sources {
    sources.iter().map(|source| (source.id, Arc::clone(source))).collect()
}

fn ids(entries: &[StoredEntry]) -> Vec<EntryId> {
    entries.iter().map(|stored| stored.id).collect()
}

/// Entries with their sources; those that are not published, or of no source that there is, are left out.
pub(super) fn with_sources(stored: Vec<StoredEntry>, sources: &[Arc<Source>]) -> Vec<PublishedEntry> {
    let by_id: HashMap<SourceId, &Arc<Source>> = sources.iter().map(|source| (source.id, source)).collect();
    let with_source = |stored: StoredEntry| {
        let source = Arc::clone(by_id.get(&stored.source)?);
        (stored.state == EntryState::Published).then_some(PublishedEntry {
            stored,
            source,
            also: Vec::new(),
            translations: Vec::new(),
        })
    };
    stored.into_iter().filter_map(with_source).collect()
}

fn in_order(entries: &mut [PublishedEntry], order: Order) {
    let place = |entry: &PublishedEntry| (entry.stored.sort_key, entry.stored.id);
    match order {
        Order::Newest => entries.sort_by_key(|entry| std::cmp::Reverse(place(entry))),
        Order::Oldest => entries.sort_by_key(place),
        Order::Updated => {
            entries.sort_by_key(|entry| std::cmp::Reverse((entry.stored.shown_updated(), place(entry))));
        }
    }
}
