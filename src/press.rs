//! The press: renders channels when their entries change, keeps the last good rendition of each, and serves them from
//! memory. Renders a document once a revision, however many ask for it. Decides nothing about entries.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DurationRound, TimeDelta};
use tokio::sync::{Mutex, Notify};

use crate::{
    clock::Clock,
    model::{
        Channel, Format, PublishedEntry, Rendition, Site, Slug, SortKey, Source, SourceId, SourceKind,
        StoredEntry,
    },
    publish::{self, Edition, Page},
    store::{Revision, RiverQuery, Store, StoreError},
    telemetry::{self, Stage},
};

/// At most so many channels that nobody declared are kept rendered; asking for another one drops the oldest.
const UNDECLARED_KEPT: usize = 64;
/// Outbox rows that one round takes.
const ROUND: u32 = 10_000;
/// A steady stream of changes delays a round at most so many times the settling time.
const PATIENCE: u32 = 10;

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
    shelf: RwLock<Shelf>,
    /// One rendering at a time: those who ask for the same document meanwhile find it made.
    rendering: Mutex<()>,
    bell: Arc<Notify>,
    /// Counts the rounds that changed something.
    generation: AtomicU64,
}

/// What is ready to be served.
#[derive(Default)]
struct Shelf {
    channels: HashMap<Slug, Rendered>,
    /// Undeclared channels in the order of their rendering.
    undeclared: Vec<Slug>,
}

/// One channel in all formats.
#[derive(Clone)]
struct Rendered {
    renditions: Arc<HashMap<Format, Arc<Rendition>>>,
    /// Sources changed since.
    stale: bool,
}

impl Press {
    /// A press for this site; `window` is the number of entries of channels that do not say theirs.
    pub fn new(store: Store, clock: Clock, site: Site, window: u32) -> Self {
        Press(Arc::new(Parts {
            store,
            clock,
            site,
            window,
            channels: RwLock::default(),
            shelf: RwLock::default(),
            rendering: Mutex::new(()),
            bell: Arc::default(),
            generation: AtomicU64::new(0),
        }))
    }

    /// Makes these the declared channels. What was rendered stays until the next round.
    pub fn set_channels(&self, channels: Vec<Channel>) {
        *self.0.channels.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(channels);
    }

    /// The declared channels.
    pub fn channels(&self) -> Arc<Vec<Channel>> {
        Arc::clone(&self.0.channels.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another number after every round in which entries, sources or channels were others than before.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// To be rung when the outbox has something.
    pub fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.0.bell)
    }

    /// Publishes whenever something changed, until `stop`. Waits `settle` after a change for more of them.
    pub async fn run(&self, settle: Duration, stop: tokio_util::sync::CancellationToken) {
        loop {
            tokio::select! {
                () = self.0.bell.notified() => {}
                () = stop.cancelled() => return,
            }
            for _ in 0..PATIENCE {
                tokio::select! {
                    () = self.0.clock.sleep(settle) => break,
                    () = self.0.bell.notified() => {}
                    () = stop.cancelled() => break,
                }
            }
            if let Err(error) = self.publish_changes().await {
                tracing::error!(%error, "publishing failed, the last good documents stay: {error}");
                // The outbox still has it; the next change or the next start tries again.
                self.0.clock.sleep(settle).await;
            }
        }
    }

    /// Renders what the outbox says has changed, and empties it. Returns how many documents have new bytes.
    ///
    /// # Errors
    /// Where the store fails. A channel that cannot be rendered is logged and keeps its last good documents.
    pub async fn publish_changes(&self) -> Result<usize, PressError> {
        let pending = self.0.store.unpublished(ROUND).await?;
        if pending.is_empty() {
            return Ok(0);
        }
        let changed: HashSet<SourceId> = pending.iter().map(|entry| entry.source).collect();
        let sources = self.sources().await?;
        let affected = |channel: &Channel| {
            sources.iter().any(|source| changed.contains(&source.id) && channel.filter.takes_source(source))
        };
        self.mark_stale(&sources, &affected);
        let channels = self.channels();
        let declared: Vec<&Channel> = channels.iter().filter(|channel| affected(channel)).collect();
        let written = self.render_all(&declared, &sources).await?;
        self.0.store.published(&pending).await?;
        self.0.generation.fetch_add(1, Ordering::AcqRel);
        Ok(written)
    }

    /// Renders every declared channel: at the start, and when channels or sources were declared anew. What the outbox
    /// holds is published with it.
    ///
    /// # Errors
    /// As `publish_changes`.
    pub async fn publish_all(&self) -> Result<usize, PressError> {
        let pending = self.0.store.unpublished(ROUND).await?;
        let sources = self.sources().await?;
        self.mark_stale(&sources, &|_| true);
        let channels = self.channels();
        self.forget_missing(&sources);
        let written = self.render_all(&channels.iter().collect::<Vec<_>>(), &sources).await?;
        self.0.store.published(&pending).await?;
        self.0.generation.fetch_add(1, Ordering::AcqRel);
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
        let sources = self.sources().await?;
        let channels = self.channels();
        let declared = channels.iter().find(|channel| channel.slug == *slug).cloned();
        let Some(channel) = declared.or_else(|| built_in(slug, &sources, &self.0.site, self.0.window)) else {
            return Ok(None);
        };
        let _turn = self.0.rendering.lock().await;
        if let Some(found) = self.on_shelf(slug, format) {
            return Ok(Some(found));
        }
        let revisions = self.0.store.revisions().await?;
        let (rendered, written) = self.render(&channel, &sources, &revisions).await?;
        self.0.store.set_revisions(&written).await?;
        let found = rendered.get(&format).cloned();
        self.shelve(&channel, rendered);
        Ok(found)
    }

    /// Every declared source, with its state.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sources(&self) -> Result<Vec<Arc<Source>>, StoreError> {
        let sources: Vec<Arc<Source>> = self.0.store.sources().await?.into_iter().map(Arc::new).collect();
        telemetry::sources(&sources);
        Ok(sources)
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
        let query = river_query(channel, sources, &self.0.clock);
        let by_id: HashMap<SourceId, &Arc<Source>> =
            sources.iter().map(|source| (source.id, source)).collect();
        let with_source = |stored: StoredEntry| {
            let source = Arc::clone(by_id.get(&stored.source)?);
            Some(PublishedEntry { stored, source })
        };
        Ok(self.0.store.river(&query).await?.into_iter().filter_map(with_source).collect())
    }

    async fn render_all(&self, channels: &[&Channel], sources: &[Arc<Source>]) -> Result<usize, PressError> {
        let _turn = self.0.rendering.lock().await;
        let revisions = self.0.store.revisions().await?;
        let mut written = Vec::new();
        for channel in channels {
            match self.render(channel, sources, &revisions).await {
                Ok((rendered, revisions)) => {
                    self.shelve(channel, rendered);
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
        channel: &Channel,
        sources: &[Arc<Source>],
        revisions: &HashMap<(String, Format), Revision>,
    ) -> Result<(HashMap<Format, Arc<Rendition>>, Vec<Revision>), PressError> {
        let entries = self.entries(channel, sources).await?;
        let former = self.former(&channel.slug);
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
        let rendered = match tokio::task::spawn_blocking(move || Stage::Publish.timed(work)).await {
            Ok(rendered) => rendered,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
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
        let shelf = self.0.shelf.read().unwrap_or_else(PoisonError::into_inner);
        let rendered = shelf.channels.get(slug).filter(|rendered| !rendered.stale)?;
        rendered.renditions.get(&format).cloned()
    }

    fn former(&self, slug: &Slug) -> Arc<HashMap<Format, Arc<Rendition>>> {
        let shelf = self.0.shelf.read().unwrap_or_else(PoisonError::into_inner);
        shelf.channels.get(slug).map(|rendered| Arc::clone(&rendered.renditions)).unwrap_or_default()
    }

    fn shelve(&self, channel: &Channel, renditions: HashMap<Format, Arc<Rendition>>) {
        let declared = self.channels().iter().any(|declared| declared.slug == channel.slug);
        let mut shelf = self.0.shelf.write().unwrap_or_else(PoisonError::into_inner);
        if !declared && !shelf.undeclared.contains(&channel.slug) {
            if shelf.undeclared.len() >= UNDECLARED_KEPT {
                let oldest = shelf.undeclared.remove(0);
                shelf.channels.remove(&oldest);
            }
            shelf.undeclared.push(channel.slug.clone());
        }
        let rendered = Rendered { renditions: Arc::new(renditions), stale: false };
        shelf.channels.insert(channel.slug.clone(), rendered);
    }

    /// Undeclared channels are rendered again when somebody asks; declared ones are served until the new ones are made.
    fn mark_stale(&self, sources: &[Arc<Source>], affected: &impl Fn(&Channel) -> bool) {
        let mut shelf = self.0.shelf.write().unwrap_or_else(PoisonError::into_inner);
        for slug in shelf.undeclared.clone() {
            let channel = built_in(&slug, sources, &self.0.site, self.0.window);
            if let (Some(channel), Some(rendered)) = (channel, shelf.channels.get_mut(&slug)) {
                rendered.stale |= affected(&channel);
            }
        }
    }

    /// Channels that are no longer declared are no longer served, unless they are built in.
    fn forget_missing(&self, sources: &[Arc<Source>]) {
        let channels = self.channels();
        let mut shelf = self.0.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let there = |slug: &Slug| {
            channels.iter().any(|channel| channel.slug == *slug)
                || built_in(slug, sources, &self.0.site, self.0.window).is_some()
        };
        shelf.channels.retain(|slug, _| there(slug));
        shelf.undeclared.retain(there);
    }
}

/// The channels that exist without a file: `all`, `local`, one a language, one a group, one a source.
pub fn built_in(slug: &Slug, sources: &[Arc<Source>], site: &Site, window: u32) -> Option<Channel> {
    let mut channel = Channel::plain(slug.clone(), window);
    let name = slug.as_str();
    let of_language = sources.iter().filter_map(|source| source.spec.language.as_ref());
    let language = of_language.chain([&site.language]).find(|language| language.primary() == name);
    if name == "all" {
        channel.titles.insert(site.language.clone(), site.title.clone());
    } else if name == "local" {
        channel.filter.kinds.push(SourceKind::Local);
        channel.titles.insert(site.language.clone(), site.title.clone());
    } else if let Some(language) = language {
        channel.filter.languages.push(language.clone());
        channel.titles.insert(language.clone(), format!("{} ({name})", site.title));
        channel.language = Some(language.clone());
    } else if sources.iter().any(|source| source.spec.groups.contains(slug)) {
        channel.filter.groups.push(slug.clone());
        channel.titles.insert(site.language.clone(), format!("{}: {name}", site.title));
    } else {
        let source = sources.iter().find(|source| source.spec.slug == *slug)?;
        channel.filter.sources.push(slug.clone());
        channel.titles.insert(site.language.clone(), source.title().to_owned());
        channel.language.clone_from(&source.spec.language);
    }
    Some(channel)
}

fn river_query(channel: &Channel, sources: &[Arc<Source>], clock: &Clock) -> RiverQuery {
    let filter = &channel.filter;
    let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
    let taken =
        || sources.iter().filter(|source| filter.takes_source(source)).map(|source| source.id).collect();
    RiverQuery {
        sources: (!filter.takes_all_sources()).then(taken),
        languages: (!filter.languages.is_empty()).then(|| filter.languages.clone()),
        tags: some(&filter.tags),
        since: channel.window.days.map(|days| {
            // From midnight, so that the window does not move while nothing changes.
            let today = clock.now().duration_trunc(TimeDelta::days(1)).unwrap_or_else(|_| clock.now());
            SortKey::floor(today - TimeDelta::days(i64::from(days)))
        }),
        limit: channel.window.entries,
    }
}
