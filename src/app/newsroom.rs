//! What the web server asks: channels from the press, other documents made when they are asked for and kept while they
//! are true.

mod matter;
mod paging;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use crate::{
    cache::Cache,
    clock::{Clock, later},
    indexer::Indexer,
    model::{Format, Rendition, Site, Slug, Timestamp},
    press::{Answer, Press, PressError},
    publish::{self, PublishError},
    store::{Revision, Store, StoreError},
    telemetry,
    web::{self, Asked, Consumers, Found, Readiness, Served, SitePath, WebError, WebOptions},
};

pub use matter::Translations;
pub(super) use paging::first_page;

/// How long the page of the sources may lag behind their states.
const SOURCES_KEPT: Duration = Duration::from_secs(2);
/// Prepared documents that are kept, and their bytes, all codings together; more are only asked for by somebody who tries
/// addresses.
const KEPT: usize = 2_000;
const KEPT_BYTES: usize = 32 << 20;
/// Searches at a time. They read much, and must leave connections to the database for everybody else.
const SEARCHES: usize = 2;

/// The application, as the web server sees it.
pub struct Newsroom {
    press: Press,
    store: Store,
    indexer: Indexer,
    clock: Clock,
    site: Site,
    translations: Translations,
    options: WebOptions,
    consumers: Arc<Consumers>,
    /// By the place of the rendition in memory, which it keeps while it is kept here.
    renditions: Mutex<HashMap<usize, Prepared>>,
    ready: RwLock<ReadyFeeds>,
    documents: Mutex<Cache<Asked, Kept>>,
    /// One document at a time is made: those who ask for it meanwhile find it.
    making: tokio::sync::Mutex<()>,
    searches: tokio::sync::Semaphore,
    /// For documents that nobody answers for: they are made for whoever keeps them, and are not kept here.
    is_for_files: bool,
}

/// Feeds that were asked for since the last round of the press, by the paths of their addresses. A round makes all of them
/// doubtful: whoever asks next looks.
#[derive(Default)]
struct ReadyFeeds {
    generation: u64,
    by_path: HashMap<String, Arc<Served>>,
    /// Of feeds that nobody declared: the press may have let them go.
    bytes: usize,
}

/// A rendition of the press, and what was made of it to be sent.
type Prepared = (Arc<Rendition>, Arc<Served>);

#[derive(Clone)]
struct Kept {
    served: Arc<Served>,
    /// The state of the press that it shows.
    generation: u64,
    /// For documents that change without the press.
    until: Option<Timestamp>,
}

impl Newsroom {
    /// A newsroom over these parts.
    pub fn new(
        press: Press,
        store: Store,
        indexer: Indexer,
        clock: Clock,
        site: Site,
        translations: Translations,
        options: WebOptions,
    ) -> Self {
        let (consumers, renditions, ready, making) = Default::default();
        let documents = Mutex::new(Cache::new(KEPT, KEPT_BYTES));
        let searches = tokio::sync::Semaphore::new(SEARCHES);
        Newsroom {
            press,
            store,
            indexer,
            clock,
            site,
            translations,
            options,
            consumers,
            renditions,
            ready,
            documents,
            making,
            searches,
            is_for_files: false,
        }
    }

    /// The same, for files: pages that ask nothing, made anew each time.
    pub(super) fn for_files(self) -> Self {
        Newsroom { is_for_files: true, ..self }
    }

    /// The same, which counts who reads its feeds here.
    pub fn counting(self, consumers: Arc<Consumers>) -> Self {
        Newsroom { consumers, ..self }
    }

    /// Keeps a feed as of this generation of the press, so that the next who asks need not be looked up.
    fn keep_ready(&self, slug: &Slug, format: Format, generation: u64, served: &Arc<Served>) {
        if format == Format::Html {
            return;
        }
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        if ready.generation != generation || ready.by_path.len() >= KEPT || ready.bytes > KEPT_BYTES {
            *ready = ReadyFeeds { generation, ..ReadyFeeds::default() };
        }
        if !self.press.channels().iter().any(|channel| channel.slug == *slug) {
            ready.bytes += served.rendition().size();
        }
        ready.by_path.insert(format!("/feeds/{slug}.{}", format.extension()), Arc::clone(served));
    }

    /// The rendition with the headers that it is sent with, made once.
    fn prepared(&self, rendition: Arc<Rendition>, make: impl FnOnce(Rendition) -> Served) -> Arc<Served> {
        let place = Arc::as_ptr(&rendition).addr();
        let mut renditions = lock(&self.renditions);
        if let Some((_, served)) = renditions.get(&place) {
            return Arc::clone(served);
        }
        // What the press has let go would only be kept from being freed.
        renditions.retain(|_, (made_from, _)| Arc::strong_count(made_from) > 1);
        let served = Arc::new(make((*rendition).clone()));
        renditions.insert(place, (rendition, Arc::clone(&served)));
        served
    }

    /// What the press found, as the web server takes it. `location` is where to look for what is not there yet.
    fn found(
        &self,
        answer: Result<Answer, PressError>,
        location: impl FnOnce() -> String,
        make: impl FnOnce(Rendition) -> Served,
    ) -> Found {
        match answer.map_err(MakeError::from)? {
            Answer::Found(rendition) => Ok(Some(self.prepared(rendition, make))),
            Answer::Unknown => Ok(None),
            Answer::NotYet => Err(WebError::NotYet { location: location() }),
            Answer::Refused(reason) => Err(WebError::Refused { reason, page: None }),
            Answer::Busy => Err(WebError::Busy),
        }
    }

    fn kept(&self, asked: &Asked) -> Option<Kept> {
        lock(&self.documents).find(asked).cloned()
    }

    fn is_true(&self, kept: &Kept) -> bool {
        kept.generation == self.press.generation() && kept.until.is_none_or(|until| self.clock.now() < until)
    }

    /// Makes the document, and keeps it. None where there is none.
    async fn make(&self, asked: &Asked) -> Result<Option<Arc<Served>>, MakeError> {
        let _turn = match asked.path {
            SitePath::Search(_) => None,
            _ => Some(self.making.lock().await),
        };
        let former = self.kept(asked);
        if let Some(kept) = former.as_ref().filter(|kept| self.is_true(kept)) {
            return Ok(Some(Arc::clone(&kept.served)));
        }
        let generation = self.press.generation();
        let Some(matter) = self.matter(asked).await? else { return Ok(None) };
        let refused = matter.refusal();
        let print = self.printer(asked, matter).await?;
        let options = self.options.clone();
        let (path, now) = (asked.path.clone(), self.clock.now());
        let name = revision_name(asked).filter(|_| !self.is_for_files);
        let stored = match &name {
            Some(name) => self.store.revisions().await?.remove(&(name.clone(), Format::Html)),
            None => None,
        };
        // Writing and compressing a page takes milliseconds: not on a thread that answers others.
        let work = move || {
            let bytes = print()?;
            let previous = former.as_ref().map(|kept| kept.served.rendition());
            let mut rendition = publish::rendition(Format::Html, bytes, previous, now);
            if let Some(stored) = stored.filter(|stored| stored.hash == rendition.hash) {
                // The same bytes as before the restart: they did not change now.
                rendition.last_modified = stored.last_modified;
            }
            Ok::<_, PublishError>(Arc::new(served(&path, rendition, &options)))
        };
        let served = tokio::task::spawn_blocking(work).await.map_err(|_| MakeError::Broke)??;
        if let Some(reason) = refused {
            return Err(MakeError::Refused { reason, page: served });
        }
        if let Some(name) = name {
            let rendition = served.rendition();
            let (hash, last_modified) = (rendition.hash.clone(), rendition.last_modified);
            self.store.set_revisions(&[Revision { name, format: Format::Html, hash, last_modified }]).await?;
        }
        if self.is_for_files {
            return Ok(Some(served));
        }
        let changes_alone = matches!(asked.path, SitePath::Sources | SitePath::Source(..));
        let until = changes_alone.then(|| later(now, SOURCES_KEPT));
        let bytes = served.rendition().size();
        let kept = Kept { served: Arc::clone(&served), generation, until };
        lock(&self.documents).put(asked.clone(), kept, bytes);
        Ok(Some(served))
    }
}

/// A document as its kind is sent.
fn served(path: &SitePath, rendition: Rendition, options: &WebOptions) -> Served {
    match path {
        SitePath::Opml => Served::opml(rendition, options),
        SitePath::Embed(..) => Served::embed(rendition, options),
        SitePath::Oembed { .. } => Served::shared(rendition, "application/json; charset=utf-8", options),
        SitePath::OpenSearch => {
            Served::shared(rendition, "application/opensearchdescription+xml; charset=utf-8", options)
        }
        _ => Served::new(rendition, options),
    }
}

impl web::Newsroom for Newsroom {
    fn ready(&self, path: &str) -> Option<Arc<Served>> {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
        ready.by_path.get(path).filter(|_| ready.generation == self.press.generation()).cloned()
    }

    async fn channel(&self, slug: &Slug, format: Format) -> Found {
        // Before the feed is looked up: what is published meanwhile makes it doubtful.
        let generation = self.press.generation();
        let rendition = match self.press.rendition(slug, format).await {
            Ok(Some(rendition)) => rendition,
            Ok(None) => return Ok(None),
            Err(error) => return Err(MakeError::from(error).into()),
        };
        let served = self.prepared(rendition, |rendition| Served::new(rendition, &self.options));
        self.keep_ready(slug, format, generation, &served);
        Ok(Some(served))
    }

    async fn asked(&self, slug: &Slug, query: &str, format: Format) -> Found {
        let answer = self.press.asked(slug, query, format).await;
        self.found(answer, String::new, |rendition| Served::new(rendition, &self.options))
    }

    async fn archived(&self, slug: &Slug, number: u64, format: Format) -> Found {
        let answer = self.press.archived(slug, number, format).await;
        self.found(answer, || format!("../../{slug}.{}", format.extension()), Served::archive)
    }

    fn moved(&self, slug: &Slug) -> Option<Slug> {
        self.press.moved(slug)
    }

    async fn document(&self, asked: &Asked) -> Found {
        if let Some(kept) = self.kept(asked).filter(|kept| self.is_true(kept)) {
            return Ok(Some(kept.served));
        }
        Ok(self.make(asked).await?)
    }

    async fn readiness(&self) -> Readiness {
        let problems = match self.store.check_writable().await {
            Ok(()) => Vec::new(),
            Err(error) => vec![format!("the database cannot be written: {error}")],
        };
        Readiness { problems }
    }

    fn metrics(&self) -> String {
        telemetry::exposition()
    }

    fn consumers(&self) -> Option<&Consumers> {
        Some(&self.consumers)
    }
}

/// Under which name the revision of a document is kept; none for what changes with every look. A slash is in no slug, so
/// that no channel has the name.
fn revision_name(asked: &Asked) -> Option<String> {
    match &asked.path {
        SitePath::Opml => Some("/feeds.opml".to_owned()),
        SitePath::Post(slug) => Some(format!("/posts/{slug}")),
        SitePath::Front => {
            Some(asked.language.as_ref().map_or_else(|| "/".to_owned(), |language| format!("/{language}/")))
        }
        _ => None,
    }
}

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
enum MakeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Press(#[from] PressError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("writing a page broke off by a fault of the program")]
    Broke,
    #[error("it was taken away")]
    Gone,
    #[error("{reason}")]
    Refused { reason: String, page: Arc<Served> },
}

impl From<MakeError> for WebError {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Store(error) | MakeError::Press(PressError::Store(error)) => {
                WebError::Unavailable(error.to_string())
            }
            MakeError::Gone => WebError::Gone,
            MakeError::Refused { reason, page } => WebError::Refused { reason, page: Some(page) },
            error => WebError::Internal(error.to_string()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
