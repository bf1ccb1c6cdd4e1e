//! A newsroom that keeps the sample newspaper on a shelf.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use vestnik::{
    model::{Format, Rendition, Slug},
    publish::{Desk, Trouble, feeds_opml, post_page, rendition, sources_page, trouble_page},
    web::{Asked, Found, Newsroom, Readiness, Served, SitePath, WebError, WebOptions},
};

use crate::publishing::{print_channel, sample};

/// Documents in memory, and what happens where there is none.
#[derive(Default)]
pub(crate) struct Shelf {
    channels: HashMap<(String, Format), Arc<Served>>,
    front: Option<Arc<Served>>,
    sources: Option<Arc<Served>>,
    opml: Option<Arc<Served>>,
    post: Option<Arc<Served>>,
    not_found: Option<Arc<Served>>,
    pub(crate) readiness: Readiness,
    /// Feeds are ready, and sent past the routes.
    pub(crate) is_quick: bool,
    /// Where readers are counted.
    pub(crate) consumers: Option<Arc<vestnik::web::Consumers>>,
    /// How often a channel was asked for.
    pub(crate) asked: AtomicUsize,
}

impl Shelf {
    pub(crate) fn options() -> WebOptions {
        WebOptions { timeout: Duration::from_millis(50), ..WebOptions::default() }
    }

    pub(crate) fn stocked() -> Self {
        Shelf::stocked_with(&Shelf::options())
    }

    pub(crate) fn stocked_with(options: &WebOptions) -> Self {
        let (site, channels, entries) = (sample::site(), sample::channels(), sample::newspaper());
        let desk = Desk {
            site: &site,
            channels: &channels,
            all: &channels[0],
            language: &site.language,
            answers: true,
        };
        let page = |bytes| Some(Arc::new(Served::new(made(Format::Html, bytes), options)));
        let mut shelf = Shelf {
            sources: page(sources_page(&desk, &[]).unwrap()),
            post: page(post_page(&desk, &entries[1], &[]).unwrap()),
            not_found: page(trouble_page(&desk, &Trouble::NotFound).unwrap()),
            opml: Some(Arc::new(Served::opml(
                made(Format::Html, feeds_opml(&site, &channels).unwrap()),
                options,
            ))),
            ..Shelf::default()
        };
        for format in Format::ALL {
            let text = print_channel(&site, &channels[0], &entries, format);
            let served = Arc::new(Served::new(made(format, text.into_bytes()), options));
            shelf.channels.insert(("all".to_owned(), format), served);
        }
        shelf.front = shelf.channels.get(&("all".to_owned(), Format::Html)).cloned();
        shelf
    }

    pub(crate) fn rendition(&self, format: Format) -> &Rendition {
        self.channels[&("all".to_owned(), format)].rendition()
    }
}

/// 2018-07-20T09:00:00.5Z: half a second must not make a copy look older than it is.
fn made(format: Format, bytes: Vec<u8>) -> Rendition {
    rendition(format, bytes, None, sample::at("2018-07-20T09:00:00.5Z"))
}

impl Newsroom for Shelf {
    async fn channel(&self, slug: &Slug, format: Format) -> Found {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match slug.as_str() {
            "locked" => Err(WebError::Unavailable("the database is at postgres://secret".to_owned())),
            "broken" => Err(WebError::Internal("line 7 of secret.rs".to_owned())),
            "never" => std::future::pending().await,
            "panic" => panic!("a fault in a handler"),
            slug => Ok(self.channels.get(&(slug.to_owned(), format)).cloned()),
        }
    }

    async fn asked(&self, slug: &Slug, query: &str, format: Format) -> Found {
        match query {
            "lang=bg" => self.channel(slug, format).await,
            "busy" => Err(WebError::Busy),
            other => Err(WebError::Refused { reason: format!("“{other}” is no filter."), page: None }),
        }
    }

    async fn archived(&self, slug: &Slug, number: u64, format: Format) -> Found {
        match number {
            1 => Ok(self
                .channels
                .get(&(slug.to_string(), format))
                .map(|served| Arc::new(Served::archive(served.rendition().clone())))),
            2 => Err(WebError::NotYet { location: format!("../../{slug}.{}", format.extension()) }),
            _ => Ok(None),
        }
    }

    fn moved(&self, slug: &Slug) -> Option<Slug> {
        (slug.as_str() == "everything").then(|| "all".parse().unwrap())
    }

    fn ready(&self, path: &str) -> Option<Arc<Served>> {
        let (slug, extension) = path.strip_prefix("/feeds/")?.split_once('.')?;
        let format = Format::from_extension(extension).filter(|format| *format != Format::Html)?;
        self.is_quick.then(|| self.channels.get(&(slug.to_owned(), format)).cloned())?
    }

    async fn document(&self, asked: &Asked) -> Found {
        Ok(match &asked.path {
            SitePath::Front => self.front.clone(),
            SitePath::Sources => self.sources.clone(),
            SitePath::Opml => self.opml.clone(),
            SitePath::Post(slug) if slug.as_str() == "sreshti-v-italia" => self.post.clone(),
            SitePath::Post(slug) if slug.as_str() == "oteglena" => return Err(WebError::Gone),
            SitePath::Post(_) => None,
            SitePath::NotFound => self.not_found.clone(),
            _ => None,
        })
    }

    async fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    fn metrics(&self) -> String {
        "# TYPE vestnik_entries gauge\nvestnik_entries 7\n".to_owned()
    }

    fn consumers(&self) -> Option<&vestnik::web::Consumers> {
        self.consumers.as_deref()
    }
}
