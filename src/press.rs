//! The press: renders channels when their entries change, keeps the last good rendition of each, and serves them from
//! memory. Renders a document once a revision, however many ask for it. Decides nothing about entries.

mod query;
mod searched;
mod shelf;
mod window;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Mutex, MutexGuard, Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    model::{
        Channel, EntryId, Format, PublishedEntry, Rendition, Site, Slug, Source, SourceId, StoredEntry,
        Story, Timestamp,
    },
    publish::{self, Edition, Page},
    store::{Revision, Store, StoreError},
    telemetry::{self, Stage},
};

pub use query::built_in;
use query::{next_day, river_query};
use shelf::Shelf;

/// Outbox rows that one round takes.
const ROUND: u32 = 10_000;
/// A steady stream of changes delays a round at most so many times the settling time.
const PATIENCE: u32 = 10;
/// As many as anybody would look through.
const BACKFILL: u32 = 5;
/// A window is filled from so many times its entries at most.
const DEEPEST: u32 = 8;
/// After a round that failed; twice as long after each further one.
const RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_secs(60);

/// Why something could not be published; the last good documents stay.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document could not be made.
    #[error("{document} could not be rendered: {source}")]
    Render {
        /// Which one.
        document: String,
        /// Why.
        source: publish::PublishError,
    },
    /// Rendering ended in a fault of the program.
    #[error("rendering {document} broke off by a fault of the program")]
    Broke {
        /// Which one.
        document: String,
    },
}

/// The press. Cheap to clone; clones share what is rendered.
#[derive(Clone)]
pub struct Press(Arc<Parts>);

struct Parts {
    store: Store,
    clock: Clock,
    site: Site,
    window: u32,
    channels: RwLock<Arc<Vec<Channel>>>,
    /// As they were when something was last rendered; None before.
    sources: RwLock<Option<Arc<[Arc<Source>]>>>,
    shelf: RwLock<Shelf>,
    /// One round or rendering at a time. Whoever has it reads what is stored only then: a document that was rendered from
    /// older entries or sources must never end up on the shelf over a newer one, nor be taken for one.
    rendering: Mutex<()>,
    bell: Arc<Notify>,
    /// Counts the rounds that changed something.
    generation: watch::Sender<u64>,
    /// Entries of a new source's past that enter a channel at most.
    backfill: AtomicU32,
}

/// The right to render. See `Parts::rendering`.
type Turn<'a> = MutexGuard<'a, ()>;

impl Press {
    /// A press for this site; `window` is the number of entries of channels that do not say theirs.
    pub fn new(store: Store, clock: Clock, site: Site, window: u32) -> Self {
        Press(Arc::new(Parts {
            store,
            clock,
            site,
            window,
            channels: RwLock::default(),
            sources: RwLock::default(),
            shelf: RwLock::default(),
            rendering: Mutex::new(()),
            bell: Arc::default(),
            generation: watch::Sender::new(0),
            backfill: AtomicU32::new(BACKFILL),
        }))
    }

    /// Makes these the declared channels. What was rendered stays until the next round.
    pub fn set_channels(&self, channels: Vec<Channel>) {
        *write(&self.0.channels) = Arc::new(channels);
    }

    /// The declared channels.
    pub fn channels(&self) -> Arc<Vec<Channel>> {
        Arc::clone(&read(&self.0.channels))
    }

    /// Another number after every round in which entries, sources or channels were others than before.
    pub fn generation(&self) -> u64 {
        *self.0.generation.borrow()
    }

    /// Tells of every such round.
    pub fn rounds(&self) -> watch::Receiver<u64> {
        self.0.generation.subscribe()
    }

    /// Makes this the number of entries of a new source's past that enter a channel at most.
    pub fn limit_backfill(&self, entries: u32) {
        self.0.backfill.store(entries, Ordering::Relaxed);
    }

    fn count_round(&self) {
        self.0.generation.send_modify(|rounds| *rounds += 1);
    }

    /// To be rung when the outbox has something.
    pub fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.0.bell)
    }

    /// Publishes whenever something changed, and when the day does, until `stop`. Waits `settle` after a change for more of
    /// them. What failed is tried again, ever more patiently, whether something new comes or not.
    pub async fn run(&self, settle: Duration, stop: CancellationToken) {
        let mut retry = RETRY;
        let mut day = next_day(self.0.clock.now());
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.0.bell.notified() => self.settle(settle, &stop).await,
                () = self.0.clock.sleep_until(day) => {}
            }
            match self.publish_due(&mut day).await {
                Ok(()) => retry = RETRY,
                Err(error) => {
                    tracing::error!(%error, "publishing failed, the last good documents stay: {error}");
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = self.0.clock.sleep(retry) => {}
                    }
                    retry = MAX_RETRY.min(retry * 2);
                    self.0.bell.notify_one();
                }
            }
        }
    }

    async fn settle(&self, settle: Duration, stop: &CancellationToken) {
        for _ in 0..PATIENCE {
            tokio::select! {
                () = self.0.clock.sleep(settle) => return,
                () = self.0.bell.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn publish_due(&self, day: &mut Timestamp) -> Result<(), PressError> {
        let now = self.0.clock.now();
        if *day <= now {
            self.publish_windows().await?;
            *day = next_day(now);
        }
        self.publish_changes().await.map(drop)
    }

    /// Renders what the outbox says has changed, and empties it. Returns how many documents have new bytes.
    ///
    /// # Errors
    /// Where the store fails. A channel that cannot be rendered is logged and keeps its last good documents.
    pub async fn publish_changes(&self) -> Result<usize, PressError> {
        let mut written = 0;
        loop {
            let turn = self.0.rendering.lock().await;
            let pending = self.0.store.unpublished(ROUND).await?;
            if pending.is_empty() {
                return Ok(written);
            }
            let changed: HashSet<SourceId> = pending.iter().map(|entry| entry.source).collect();
            let sources = self.load_sources(&turn).await?;
            let affected = |channel: &Channel| {
                sources
                    .iter()
                    .any(|source| changed.contains(&source.id) && channel.filter.takes_source(source))
            };
            self.mark_stale(&sources, affected);
            let channels = self.channels();
            let declared: Vec<&Channel> = channels.iter().filter(|channel| affected(channel)).collect();
            written += self.render_all(&turn, &declared, &sources).await?;
            self.0.store.published(&pending).await?;
            self.count_round();
            if pending.len() < ROUND as usize {
                return Ok(written);
            }
        }
    }

    /// Renders every declared channel: at the start, and when channels or sources were declared anew. What the outbox
    /// holds is published with it.
    ///
    /// # Errors
    /// As `publish_changes`.
    pub async fn publish_all(&self) -> Result<usize, PressError> {
        let turn = self.0.rendering.lock().await;
        let pending = self.0.store.unpublished(ROUND).await?;
        let written = self.render_declared(&turn).await?;
        self.0.store.published(&pending).await?;
        drop(turn);
        if pending.len() == ROUND as usize {
            return Ok(written + self.publish_changes().await?);
        }
        Ok(written)
    }

    /// Renders every declared channel and leaves the outbox alone: for who looks at the database beside a daemon, which has
    /// to publish what is in there.
    ///
    /// # Errors
    /// As `publish_changes`.
    pub async fn render_beside(&self) -> Result<usize, PressError> {
        let turn = self.0.rendering.lock().await;
        self.render_declared(&turn).await
    }

    /// Renders the channels whose window is a number of days: a new day has begun.
    async fn publish_windows(&self) -> Result<usize, PressError> {
        let turn = self.0.rendering.lock().await;
        let sources = self.load_sources(&turn).await?;
        let channels = self.channels();
        let moved: Vec<&Channel> = channels.iter().filter(|channel| channel.window.days.is_some()).collect();
        let written = self.render_all(&turn, &moved, &sources).await?;
        if written > 0 {
            self.count_round();
        }
        Ok(written)
    }

    async fn render_declared(&self, turn: &Turn<'_>) -> Result<usize, PressError> {
        let sources = self.load_sources(turn).await?;
        let channels = self.channels();
        let declared = |slug: &Slug| channels.iter().any(|channel| channel.slug == *slug);
        let exists = |slug: &Slug| built_in(slug, &sources, &self.0.site, self.0.window).is_some();
        write(&self.0.shelf).keep(declared, exists);
        self.mark_stale(&sources, |_| true);
        let written = self.render_all(turn, &channels.iter().collect::<Vec<_>>(), &sources).await?;
        self.count_round();
        Ok(written)
    }

    /// One channel in one format, from memory; rendered now where nobody asked before. None where there is no such
    /// channel.
    ///
    /// # Errors
    /// Where it had to be rendered and could not be.
    pub async fn rendition(&self, slug: &Slug, format: Format) -> Result<Option<Arc<Rendition>>, PressError> {
        if let Some(found) = self.on_shelf(slug, format) {
            return Ok(Some(found));
        }
        // Addresses that somebody makes up cost no look into the database.
        if read(&self.0.sources).as_ref().is_some_and(|sources| self.find(slug, sources).is_none()) {
            return Ok(None);
        }
        let turn = self.0.rendering.lock().await;
        if let Some(found) = self.on_shelf(slug, format) {
            return Ok(Some(found));
        }
        let sources = self.load_sources(&turn).await?;
        let Some(channel) = self.find(slug, &sources) else { return Ok(None) };
        let revisions = self.0.store.revisions().await?;
        let (rendered, written) = self.render(&turn, &channel, &sources, &revisions).await?;
        self.0.store.set_revisions(&written).await?;
        let found = rendered.get(&format).cloned();
        self.shelve(&channel.slug, rendered);
        Ok(found)
    }

    /// Every declared source, as it was when something was last rendered: what the documents show.
    ///
    /// # Errors
    /// Where nothing was rendered yet and the store fails.
    pub async fn sources(&self) -> Result<Arc<[Arc<Source>]>, StoreError> {
        if let Some(sources) = read(&self.0.sources).as_ref() {
            return Ok(Arc::clone(sources));
        }
        let turn = self.0.rendering.lock().await;
        self.load_sources(&turn).await
    }

    async fn load_sources(&self, _: &Turn<'_>) -> Result<Arc<[Arc<Source>]>, StoreError> {
        let sources: Arc<[Arc<Source>]> = self.0.store.sources().await?.into_iter().map(Arc::new).collect();
        *write(&self.0.sources) = Some(Arc::clone(&sources));
        Ok(sources)
    }

    /// The channel of this name, declared or built in.
    pub fn find(&self, slug: &Slug, sources: &[Arc<Source>]) -> Option<Channel> {
        let declared = self.channels().iter().find(|channel| channel.slug == *slug).cloned();
        declared.or_else(|| built_in(slug, sources, &self.0.site, self.0.window))
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
        let by_id: window::Sources = sources.iter().map(|source| (source.id, Arc::clone(source))).collect();
        let wanted = query.limit;
        loop {
            let river = self.river(channel, &query).await?;
            let is_all = river.len() < query.limit as usize || query.limit >= wanted.saturating_mul(DEEPEST);
            let stories = self.stories(channel, &river).await?;
            let shown = window::shown(river, &stories, channel, &by_id);
            let backfill = self.0.backfill.load(Ordering::Relaxed) as usize;
            let mut shown = window::without_backfill(shown, channel, &by_id, backfill);
            if is_all || shown.len() >= wanted as usize {
                shown.truncate(wanted as usize);
                return Ok(shown);
            }
            // What is not shown took places: the window is filled from below.
            query.limit = query.limit.saturating_mul(2);
        }
    }

    async fn stories(&self, channel: &Channel, river: &[StoredEntry]) -> Result<Vec<Story>, StoreError> {
        if !channel.stories {
            return Ok(Vec::new());
        }
        let ids: Vec<EntryId> = river.iter().map(|stored| stored.id).collect();
        self.0.store.stories_of(&ids).await
    }

    async fn render_all(
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
                    tracing::error!(channel = %channel.slug, %error, "{error}; the last good one stays")
                }
            }
        }
        if !written.is_empty() {
            self.0.store.set_revisions(&written).await?;
        }
        Ok(written.len())
    }

    async fn render(
        &self,
        _: &Turn<'_>,
        channel: &Channel,
        sources: &[Arc<Source>],
        revisions: &HashMap<(String, Format), Revision>,
    ) -> Result<(HashMap<Format, Arc<Rendition>>, Vec<Revision>), PressError> {
        let entries = self.entries(channel, sources).await?;
        let former = read(&self.0.shelf).former(&channel.slug);
        let (channel, channels, site) = (channel.clone(), self.channels(), self.0.site.clone());
        let (now, slug) = (self.0.clock.now(), channel.slug.to_string());
        let work = move || {
            let page = Page::new(&site, &channels, &channel, &entries);
            let edition = Edition::of(&page);
            let mut rendered = HashMap::new();
            for format in Format::ALL {
                let bytes = edition.render(format)?;
                let previous = former.get(&format).map(|rendition| &**rendition);
                rendered.insert(format, publish::rendition(format, bytes, previous, now));
            }
            Ok::<_, publish::PublishError>(rendered)
        };
        let rendered = tokio::task::spawn_blocking(move || Stage::Publish.timed(work)).await;
        // One channel that breaks the program must not keep the others from being published.
        let rendered = rendered.map_err(|_| PressError::Broke { document: slug.clone() })?;
        let rendered = rendered.map_err(|source| PressError::Render { document: slug.clone(), source })?;
        let mut written = Vec::new();
        let mut finished = HashMap::with_capacity(rendered.len());
        for (format, mut rendition) in rendered {
            let stored =
                revisions.get(&(slug.clone(), format)).filter(|stored| stored.hash == rendition.hash);
            telemetry::rendered(stored.is_none());
            match stored {
                // The same bytes as before the restart: they did not change now.
                Some(stored) => rendition.last_modified = stored.last_modified,
                None => written.push(Revision {
                    name: slug.clone(),
                    format,
                    hash: rendition.hash.clone(),
                    last_modified: rendition.last_modified,
                }),
            }
            finished.insert(format, Arc::new(rendition));
        }
        Ok((finished, written))
    }

    fn on_shelf(&self, slug: &Slug, format: Format) -> Option<Arc<Rendition>> {
        read(&self.0.shelf).find(slug, format)
    }

    fn shelve(&self, slug: &Slug, renditions: HashMap<Format, Arc<Rendition>>) {
        let declared = self.channels().iter().any(|declared| declared.slug == *slug);
        write(&self.0.shelf).put(slug, renditions, declared);
    }

    fn mark_stale(&self, sources: &[Arc<Source>], affected: impl Fn(&Channel) -> bool) {
        let built_in = |slug: &Slug| built_in(slug, sources, &self.0.site, self.0.window);
        write(&self.0.shelf).mark_stale(|slug| built_in(slug).is_some_and(|channel| affected(&channel)));
    }
}

/// Values are replaced as wholes, so that they are good also where a thread died holding the lock.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
