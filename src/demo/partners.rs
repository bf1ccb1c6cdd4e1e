//! Six partner sites, each on its own port of 127.0.0.1, that publish, break and recover when they are told to.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, http::Uri};
use chrono::TimeDelta;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    answer::{Page, Recorded, answer},
    news::{self, Item},
    render::{HTML, Published, System, View},
    wire::Listener,
};
use crate::{
    clock::Clock,
    model::{Field, NameError, PageRules, Polling, Rights, SourceKind, SourceSpec, TextPolicy, Timestamp},
};

/// Items that are there from the start.
const AT_START: usize = 3;
/// Requests that a partner remembers.
const REMEMBERED: usize = 10_000;
/// How often the demo asks each partner.
const INTERVAL: Duration = Duration::from_secs(3);

/// The sites could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No port of 127.0.0.1 could be listened on.
    #[error("the partner sites cannot listen on 127.0.0.1: {0}")]
    Listen(#[from] io::Error),
    /// A name that this module gives is not one.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// How a partner fails, until it recovers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Every answer has this status.
    Status(u16),
    /// Requests are taken and never answered.
    Hang,
    /// Bodies end in the middle.
    Truncated,
    /// Connections end at once, without an answer.
    Refuse,
}

/// Something that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The slug of the partner.
    pub partner: String,
    /// The title of the item.
    pub title: String,
}

/// All six. They stop when this is dropped.
pub struct Partners {
    partners: Vec<Partner>,
    next: AtomicUsize,
}

/// One of them.
pub struct Partner {
    spec: SourceSpec,
    site: Arc<Site>,
    _stop: DropGuard,
}

struct Character {
    slug: &'static str,
    title: &'static str,
    language: &'static str,
    group: &'static str,
    system: System,
    news: &'static [Item],
}

#[rustfmt::skip]
const CHARACTERS: [Character; 6] = [
    Character { slug: "demo-portal", title: "Портал на града", language: "bg", group: "city", system: System::Liferay, news: &news::PORTAL },
    Character { slug: "demo-green", title: "Клъстер „Зелени технологии“", language: "bg", group: "partners", system: System::WordPress, news: &news::GREEN },
    Character { slug: "demo-incubator", title: "Бизнес инкубатор", language: "bg", group: "partners", system: System::Windows1251, news: &news::INCUBATOR },
    Character { slug: "demo-park", title: "Alpine Innovation Park", language: "en", group: "partners", system: System::Atom, news: &news::PARK },
    Character { slug: "demo-network", title: "Network of Digital Cities", language: "en", group: "partners", system: System::JsonFeed, news: &news::NETWORK },
    Character { slug: "demo-institute", title: "Институт за града", language: "bg", group: "partners", system: System::Page, news: &news::INSTITUTE },
];

impl Partners {
    /// Starts the sites with a few items each, the newest from an hour ago by this clock.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(clock: &Clock) -> Result<Self, StartError> {
        let mut partners = Vec::new();
        for (index, character) in CHARACTERS.iter().enumerate() {
            let age = TimeDelta::minutes(i64::try_from(index).unwrap_or_default() * 7);
            partners.push(Partner::start(character, clock, clock.now() - age).await?);
        }
        Ok(Partners { partners, next: AtomicUsize::new(0) })
    }

    /// All partners: portal, WordPress, windows-1251, Atom, JSON Feed, page.
    pub fn iter(&self) -> impl Iterator<Item = &Partner> {
        self.partners.iter()
    }

    /// The partner with this slug.
    pub fn get(&self, slug: &str) -> Option<&Partner> {
        self.partners.iter().find(|partner| partner.slug() == slug)
    }

    /// The partners as sources. Their network, 127.0.0.0/8, has to be opened to the fetcher.
    pub fn specs(&self) -> Vec<SourceSpec> {
        self.partners.iter().map(|partner| partner.spec.clone()).collect()
    }

    /// A new item at the next partner in turn.
    pub fn publish_next(&self) -> Option<News> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.partners.len().max(1);
        self.partners.get(turn).map(Partner::publish_next)
    }
}

impl Partner {
    async fn start(
        character: &'static Character,
        clock: &Clock,
        newest: Timestamp,
    ) -> Result<Self, StartError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let spec = spec(character, &origin)?;
        let site = Arc::new(Site {
            character,
            origin,
            clock: clock.clone(),
            items: Mutex::default(),
            failure: Mutex::default(),
            refusing: Arc::default(),
            requests: Mutex::default(),
        });
        for age in (1..=AT_START).rev() {
            site.publish(newest - TimeDelta::hours(i64::try_from(age * age).unwrap_or_default()));
        }
        let listener = Listener { inner: listener, refusing: Arc::clone(&site.refusing) };
        let router = Router::new().fallback(answer).with_state(Arc::clone(&site));
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Ok(Partner { spec, site, _stop: stop.drop_guard() })
    }

    /// Its slug as a source.
    pub fn slug(&self) -> &str {
        self.spec.slug.as_str()
    }

    /// The partner as a source.
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// The address of its front page, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.site.origin
    }

    /// A new item, as of now.
    pub fn publish_next(&self) -> News {
        let title = self.site.publish(self.site.clock.now());
        News { partner: self.slug().to_owned(), title }
    }

    /// The titles that are published, oldest first.
    pub fn titles(&self) -> Vec<String> {
        lock(&self.site.items).iter().map(Published::title).collect()
    }

    /// Fails from now on.
    pub fn break_down(&self, failure: Failure) {
        *lock(&self.site.failure) = Some(failure);
        self.site.refusing.store(failure == Failure::Refuse, Ordering::Release);
    }

    /// Works again. Requests that hang go on hanging.
    pub fn recover(&self) {
        *lock(&self.site.failure) = None;
        self.site.refusing.store(false, Ordering::Release);
    }

    /// What it was asked, oldest first; the last 10,000.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.site.requests).iter().cloned().collect()
    }
}

/// What a partner's server knows.
pub(super) struct Site {
    character: &'static Character,
    origin: String,
    clock: Clock,
    items: Mutex<Vec<Published>>,
    failure: Mutex<Option<Failure>>,
    refusing: Arc<AtomicBool>,
    requests: Mutex<VecDeque<Recorded>>,
}

impl Site {
    pub(super) fn failure(&self) -> Option<Failure> {
        *lock(&self.failure)
    }

    pub(super) fn record(&self, request: Recorded) {
        let mut requests = lock(&self.requests);
        if requests.len() >= REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    /// What stands at an address.
    pub(super) fn page(&self, uri: &Uri) -> Option<Page> {
        let items = lock(&self.items);
        let Character { system, title, language, .. } = *self.character;
        let view = View { system, origin: &self.origin, title, language, items: &items };
        let modified = items.last().map(|published| published.at).unwrap_or_default();
        let html =
            |body: String| Some(Page { content_type: HTML, body: body.into_bytes(), etag: None, modified });
        match uri.path() {
            path if path == system.path() => {
                let etag = Some(format!("\"{}-{}\"", self.character.slug, items.len()));
                Some(Page { content_type: system.content_type(), body: view.document(), etag, modified })
            }
            "/" | "/en/" => html(view.home()),
            path => {
                let target = uri.path_and_query().map_or(path, |target| target.as_str());
                let found = items.iter().find(|published| published.path(system) == target);
                found.and_then(|published| html(view.article(published)))
            }
        }
    }

    /// Publishes the next item and gives its title.
    fn publish(&self, at: Timestamp) -> String {
        let mut items = lock(&self.items);
        let (count, news) = (items.len(), self.character.news);
        let Some(item) = news.get(count % news.len().max(1)) else { return String::new() };
        let published = Published { number: count + 1, item, round: count / news.len(), at };
        let title = published.title();
        items.push(published);
        title
    }
}

fn spec(character: &Character, origin: &str) -> Result<SourceSpec, NameError> {
    let page = character.system == System::Page;
    let full = matches!(character.system, System::WordPress | System::Atom);
    let licence = (character.system == System::Atom).then(|| "CC BY 4.0".to_owned());
    Ok(SourceSpec {
        slug: character.slug.parse()?,
        kind: if page { SourceKind::Page } else { SourceKind::Feed },
        url: Some(format!("{origin}{}", character.system.path()).parse()?),
        title: Some(character.title.to_owned()),
        home: Some(format!("{origin}/").parse()?),
        language: Some(character.language.parse()?),
        zone: Some(chrono_tz::Europe::Sofia),
        groups: vec![character.group.parse()?],
        tags: Vec::new(),
        enabled: true,
        polling: Polling { interval: Some(INTERVAL), cron: None },
        rights: Rights {
            text: if full { TextPolicy::Full } else { TextPolicy::Excerpt },
            licence,
            ..Rights::default()
        },
        precedence: SourceSpec::PRECEDENCE,
        publication: Default::default(),
        user_agent: None,
        rules: page.then(|| Box::new(rules())),
        contract: Default::default(),
        retention: Default::default(),
        declared_in: None,
    })
}

/// How the page without a feed is read.
fn rules() -> PageRules {
    let field = |select: &str| Some(Field { select: select.to_owned(), attribute: None, pattern: None });
    PageRules {
        item: ".news-list .news-item".to_owned(),
        date: field(".date"),
        date_format: Some("%d.%m.%Y".to_owned()),
        summary: field("p.lead"),
        image: field("img"),
        tags: field(".tag"),
        ..PageRules::default()
    }
}

/// Whole after a panic too: every change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
