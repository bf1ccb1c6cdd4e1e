//! The press: renders channels when their entries change, keeps the last good rendition of each, and serves them from
//! memory. Renders a document once a revision, however many ask for it. Decides nothing about entries.

mod archive;
mod asked;
mod query;
mod query_string;
mod render;
mod rounds;
mod searched;
mod shelf;
mod window;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Mutex, MutexGuard, Notify, watch};

use crate::{
    clock::Clock,
    model::{Channel, EntryId, Format, Rendition, Site, Slug, Source, SourceId, Timestamp},
    publish,
    store::{Store, StoreError},
};

pub use asked::Answer;
use asked::Asked;
pub use query::built_in;
use query::next_day;
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
    /// What was made because somebody asked.
    asked: RwLock<Asked>,
    /// Such documents that are not ready yet.
    making: asked::Making,
    /// Channels whose archive has not come up with their past yet.
    behind: RwLock<HashSet<Slug>>,
    /// Entries that would make documents faulty, and why; None before the first document.
    quarantine: RwLock<Option<HashMap<EntryId, String>>>,
    /// What every document passes, and remembers what it found right.
    gate: publish::Gate,
    /// When the rights of a source end next.
    rights_end: RwLock<Option<Timestamp>>,
    /// Another process has the database: nothing about archives is kept.
    beside: AtomicBool,
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
            asked: RwLock::default(),
            making: asked::Making::default(),
            behind: RwLock::default(),
            quarantine: RwLock::default(),
            gate: publish::Gate::default(),
            rights_end: RwLock::default(),
            beside: AtomicBool::new(false),
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
        let sources = self.present_sources(&turn).await?;
        let Some(channel) = self.find(slug, &sources) else { return Ok(None) };
        let revisions = self.0.store.revisions().await?;
        let (rendered, written) = self.render(&turn, &channel, &sources, &revisions).await?;
        self.0.store.set_revisions(&written).await?;
        let found = rendered.get(&format).cloned();
        self.shelve(&channel.slug, rendered);
        Ok(found)
    }

    /// Every declared source, as it was when something was last rendered, with the rights that were in force then: what the
    /// documents show.
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
        let now = self.0.clock.now();
        let mut stored = self.0.store.sources().await?;
        let ends = stored.iter().filter_map(|source| source.spec.rights.until).filter(|end| *end > now);
        *write(&self.0.rights_end) = ends.min();
        for source in &mut stored {
            source.spec.rights = source.spec.rights.in_force(now);
        }
        let sources: Arc<[Arc<Source>]> = stored.into_iter().map(Arc::new).collect();
        *write(&self.0.sources) = Some(Arc::clone(&sources));
        Ok(sources)
    }

    /// Every source as it is now: of what documents show, nothing changes without the outbox knowing.
    async fn present_sources(&self, turn: &Turn<'_>) -> Result<Arc<[Arc<Source>]>, StoreError> {
        let pending = self.0.store.unpublished(ROUND).await?;
        if pending.len() == ROUND as usize {
            return self.load_sources(turn).await;
        }
        self.renew_sources(turn, &pending.iter().map(|entry| entry.source).collect()).await
    }

    /// As `load_sources`, where only these changed since: of ten thousand, reading all after every change would cost more
    /// than rendering.
    async fn renew_sources(
        &self,
        turn: &Turn<'_>,
        changed: &HashSet<SourceId>,
    ) -> Result<Arc<[Arc<Source>]>, StoreError> {
        let now = self.0.clock.now();
        let loaded = read(&self.0.sources).as_ref().map(Arc::clone);
        let have_rights_ended = read(&self.0.rights_end).is_some_and(|end| end <= now);
        let Some(loaded) = loaded.filter(|_| !have_rights_ended) else {
            return self.load_sources(turn).await;
        };
        let mut renewed: HashMap<SourceId, Source> = HashMap::with_capacity(changed.len());
        for mut source in self.0.store.declared_sources(changed.iter().copied()).await? {
            source.spec.rights = source.spec.rights.in_force(now);
            renewed.insert(source.id, source);
        }
        if renewed.is_empty() {
            return Ok(loaded);
        }
        let sources: Arc<[Arc<Source>]> = loaded
            .iter()
            .map(|source| renewed.remove(&source.id).map_or_else(|| Arc::clone(source), Arc::new))
            .collect();
        if !renewed.is_empty() {
            // Declared beside this process.
            return self.load_sources(turn).await;
        }
        *write(&self.0.sources) = Some(Arc::clone(&sources));
        Ok(sources)
    }

    /// The channel of this name, declared or built in.
    pub fn find(&self, slug: &Slug, sources: &[Arc<Source>]) -> Option<Channel> {
        let declared = self.channels().iter().find(|channel| channel.slug == *slug).cloned();
        declared.or_else(|| built_in(slug, sources, &self.0.site, self.0.window))
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
        write(&self.0.asked).mark_stale(affected);
    }
}

/// Values are replaced as wholes, so that they are good also where a thread died holding the lock.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
