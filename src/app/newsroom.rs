//! What the web server asks: channels from the press, other documents made when they are asked for and kept while they
//! are true.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    clock::{Clock, later},
    model::{Channel, Format, PublishedEntry, Rendition, Site, Slug, Source, SourceKind, Timestamp},
    posts,
    press::{Press, PressError},
    publish::{self, PublishError},
    store::{Revision, Store, StoreError},
    telemetry,
    web::{self, Found, Readiness, Served, SitePath, WebError, WebOptions},
};

/// How long the page of the sources may lag behind their states.
const SOURCES_KEPT: Duration = Duration::from_secs(2);
/// Prepared documents that are kept; more are only asked for by somebody who tries addresses.
const KEPT: usize = 2_000;

/// The application, as the web server sees it.
pub struct Newsroom {
    press: Press,
    store: Store,
    clock: Clock,
    site: Site,
    options: WebOptions,
    channels: Mutex<HashMap<(Slug, Format), Prepared>>,
    documents: Mutex<HashMap<SitePath, Kept>>,
    /// One document at a time is made: those who ask for it meanwhile find it.
    making: tokio::sync::Mutex<()>,
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
    pub fn new(press: Press, store: Store, clock: Clock, site: Site, options: WebOptions) -> Self {
        let (channels, documents, making) = Default::default();
        Newsroom { press, store, clock, site, options, channels, documents, making }
    }

    fn kept(&self, path: &SitePath) -> Option<Kept> {
        lock(&self.documents).get(path).cloned()
    }

    fn is_true(&self, kept: &Kept) -> bool {
        kept.generation == self.press.generation() && kept.until.is_none_or(|until| self.clock.now() < until)
    }

    /// Makes the document, and keeps it. None where there is none.
    async fn make(&self, path: &SitePath) -> Result<Option<Arc<Served>>, MakeError> {
        let _turn = self.making.lock().await;
        let former = self.kept(path);
        if let Some(kept) = former.as_ref().filter(|kept| self.is_true(kept)) {
            return Ok(Some(Arc::clone(&kept.served)));
        }
        let generation = self.press.generation();
        let Some(matter) = self.matter(path).await? else { return Ok(None) };
        let (site, channels, options) = (self.site.clone(), self.press.channels(), self.options.clone());
        let (path, now) = (path.clone(), self.clock.now());
        let is_opml = path == SitePath::Opml;
        let name = revision_name(&path);
        let stored = match &name {
            Some(name) => self.store.revisions().await?.remove(&(name.clone(), Format::Html)),
            None => None,
        };
        // Writing and compressing a page takes milliseconds: not on a thread that answers others.
        let work = move || {
            let bytes = print(&matter, &site, &channels)?;
            let previous = former.as_ref().map(|kept| kept.served.rendition());
            let mut rendition = publish::rendition(Format::Html, bytes, previous, now);
            if let Some(stored) = stored.filter(|stored| stored.hash == rendition.hash) {
                // The same bytes as before the restart: they did not change now.
                rendition.last_modified = stored.last_modified;
            }
            let served = if is_opml { Served::opml } else { Served::new };
            Ok::<_, PublishError>(Arc::new(served(rendition, &options)))
        };
        let served = tokio::task::spawn_blocking(work).await.map_err(|_| MakeError::Broke)??;
        if let Some(name) = name {
            let rendition = served.rendition();
            let (hash, last_modified) = (rendition.hash.clone(), rendition.last_modified);
            self.store.set_revisions(&[Revision { name, format: Format::Html, hash, last_modified }]).await?;
        }
        let until = (path == SitePath::Sources).then(|| later(now, SOURCES_KEPT));
        let mut documents = lock(&self.documents);
        if documents.len() >= KEPT {
            documents.clear();
        }
        documents.insert(path, Kept { served: Arc::clone(&served), generation, until });
        Ok(Some(served))
    }

    /// What the document is written from.
    async fn matter(&self, path: &SitePath) -> Result<Option<Matter>, MakeError> {
        Ok(match path {
            SitePath::Front => None,
            SitePath::Opml => Some(Matter::Opml),
            SitePath::NotFound => Some(Matter::NotFound),
            SitePath::Sources => Some(Matter::Sources(self.store.sources().await?)),
            SitePath::Post(slug) => self.post(slug).await?.map(|post| Matter::Post(Box::new(post))),
        })
    }

    async fn post(&self, slug: &Slug) -> Result<Option<PublishedEntry>, StoreError> {
        let address = posts::address(slug, &self.site);
        for source in self.press.sources().await?.iter().filter(|s| s.spec.kind == SourceKind::Local) {
            if let Some(stored) = self.store.entry_by_link(source.id, &address).await? {
                return Ok(Some(PublishedEntry { stored, source: Arc::clone(source), also: Vec::new() }));
            }
        }
        Ok(None)
    }
}

/// What a document that is no channel is written from, besides the site and its channels.
enum Matter {
    Opml,
    NotFound,
    Sources(Vec<Source>),
    Post(Box<PublishedEntry>),
}

fn print(matter: &Matter, site: &Site, channels: &[Channel]) -> Result<Vec<u8>, PublishError> {
    let language = &site.language;
    match matter {
        Matter::Opml => publish::feeds_opml(site, channels),
        Matter::NotFound => publish::not_found_page(site, channels, language),
        Matter::Sources(sources) => publish::sources_page(site, channels, sources, language),
        Matter::Post(post) => {
            let language = post.stored.entry.language.as_ref().unwrap_or(language);
            publish::post_page(site, channels, post, language)
        }
    }
}

impl web::Newsroom for Newsroom {
    async fn channel(&self, slug: &Slug, format: Format) -> Found {
        let rendition = match self.press.rendition(slug, format).await {
            Ok(Some(rendition)) => rendition,
            Ok(None) => return Ok(None),
            Err(error) => return Err(MakeError::from(error).into()),
        };
        let key = (slug.clone(), format);
        let mut channels = lock(&self.channels);
        if let Some((made_from, served)) = channels.get(&key)
            && Arc::ptr_eq(made_from, &rendition)
        {
            return Ok(Some(Arc::clone(served)));
        }
        // What the press has let go would only be kept from being freed.
        channels.retain(|_, (made_from, _)| Arc::strong_count(made_from) > 1);
        let served = Arc::new(Served::new((*rendition).clone(), &self.options));
        channels.insert(key, (rendition, Arc::clone(&served)));
        Ok(Some(served))
    }

    async fn document(&self, path: &SitePath) -> Found {
        if *path == SitePath::Front {
            let all = "all".parse().map_err(|_| WebError::Internal("“all” is no slug".into()))?;
            return self.channel(&all, Format::Html).await;
        }
        if let Some(kept) = self.kept(path).filter(|kept| self.is_true(kept)) {
            return Ok(Some(kept.served));
        }
        Ok(self.make(path).await?)
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
}

/// Under which name the revision of a document is kept; none for what changes with every look. A slash is in no slug, so
/// that no channel has the name.
fn revision_name(path: &SitePath) -> Option<String> {
    match path {
        SitePath::Opml => Some("/feeds.opml".to_owned()),
        SitePath::Post(slug) => Some(format!("/posts/{slug}")),
        SitePath::Front | SitePath::Sources | SitePath::NotFound => None,
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
}

impl From<MakeError> for WebError {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Store(error) | MakeError::Press(PressError::Store(error)) => {
                WebError::Unavailable(error.to_string())
            }
            error => WebError::Internal(error.to_string()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
