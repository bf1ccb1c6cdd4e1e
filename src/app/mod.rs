//! The composition root: opens the parts that a command asks for.

mod asking;
mod chores;
mod consumers;
mod daemon;
mod export;
mod newsroom;
mod nodes;
mod outlets;
mod reload;
mod retention;
mod site_files;
mod storage;

use std::sync::{Arc, Mutex, atomic::AtomicU64};

use anyhow::{Context, bail};
use storage::{Hold, check_whole};

use crate::{
    clock::Clock,
    config::{DatabaseUrl, Fault, Settings},
    desk::{self, Desk, Stamp},
    fetch::{Fetcher, Limits},
    indexer::Indexer,
    ingest::Ingest,
    model::{Source, Timestamp},
    normalise::GuardLimits,
    press::Press,
    schedule::{Claims, Collector, HostGate, IntervalLimits},
    store::Store,
    stories::Stories,
    web::{self, Consumers},
};

pub use asking::Handed;
pub use consumers::day_of;
pub use newsroom::{Newsroom, Translations};
pub use nodes::{Role, Roles};
pub use retention::{Pruned, Pruning};
pub use storage::{Backup, Held, Holder, Lock, Restored, back_up, database, migrate, restore, vacuum};

/// Whether faults in declared files keep the daemon from starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Any fault does.
    Strict,
    /// What is sound is used; faults are logged.
    Lenient,
}

/// Whether another process may have the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To collect: one process at a time.
    Alone,
    /// To collect by hand: as `Alone` where nobody has the database, else as `Beside`.
    ByHand,
    /// To look: beside a daemon too, whose sources and entries are then taken as they are.
    Beside,
}

/// Declared files or settings have faults.
#[derive(Debug, thiserror::Error)]
#[error("{} in the declared files; mend them, or start with --lenient to leave them out", count(.0.len()))]
pub struct Faulty(pub Vec<Fault>);

fn count(faults: usize) -> String {
    if faults == 1 { "one fault".to_owned() } else { format!("{faults} faults") }
}

/// All parts of one process.
pub struct App {
    settings: Settings,
    clock: Clock,
    store: Store,
    ingest: Ingest,
    collector: Collector,
    press: Press,
    indexer: Indexer,
    translations: Translations,
    stories: Stories,
    consumers: Arc<Consumers>,
    seen: Mutex<Seen>,
    ticks: AtomicU64,
    hold: Option<Hold>,
    /// Others have the database.
    held: Option<Held>,
    roles: Roles,
    /// The declared sources are made those of the database by this process.
    declares: bool,
}

/// What was last read of the feeds folder.
struct Seen {
    stamp: Option<Stamp>,
    /// The posts that were last collected.
    posts: Vec<crate::posts::Post>,
    /// Where a change could not be taken over: not tried again before.
    not_before: Option<Timestamp>,
    /// What the clock showed at the last tick.
    ticked: Option<Timestamp>,
    /// Of what was published, by this node or another, when it was last rendered here.
    published: Option<(i64, i64)>,
}

impl App {
    /// Loads the feeds folder, and opens the database for it (see `with_desk`).
    ///
    /// # Errors
    /// Faulty files (`Faulty`), and what `with_desk` says.
    pub async fn open(
        settings: Settings,
        clock: Clock,
        strictness: Strictness,
        access: Access,
    ) -> anyhow::Result<Self> {
        App::open_for(settings, clock, strictness, access, Roles::default()).await
    }

    /// The same, for a process that has only these roles.
    ///
    /// # Errors
    /// As `open`.
    pub async fn open_for(
        settings: Settings,
        clock: Clock,
        strictness: Strictness,
        access: Access,
        roles: Roles,
    ) -> anyhow::Result<Self> {
        let dir = settings.feeds.directory.clone();
        let stamp = desk::fingerprint(&dir);
        let (desk, faults) = desk::load(&dir, &settings);
        if !faults.is_empty() {
            if strictness == Strictness::Strict {
                bail!(Faulty(faults));
            }
            report(&faults);
        }
        warn(&desk);
        App::with_roles(settings, clock, desk, Some(stamp), access, roles).await
    }

    /// Opens the database, brings it up to date, and makes its sources those of this desk. Collects and serves nothing
    /// yet. `stamp` says which state of the feeds folder the desk is; without one the folder is not followed.
    ///
    /// # Errors
    /// A database that another process has (`Held`, for `Access::Alone`) or that cannot be opened.
    pub async fn with_desk(
        settings: Settings,
        clock: Clock,
        desk: Desk,
        stamp: Option<Stamp>,
        access: Access,
    ) -> anyhow::Result<Self> {
        App::with_roles(settings, clock, desk, stamp, access, Roles::default()).await
    }

    async fn with_roles(
        settings: Settings,
        clock: Clock,
        desk: Desk,
        stamp: Option<Stamp>,
        access: Access,
        roles: Roles,
    ) -> anyhow::Result<Self> {
        let address = database(&settings)?;
        let (hold, held) = match Hold::take(&address, access).await? {
            Ok(hold) => (Some(hold), None),
            Err(held) => (None, Some(held)),
        };
        if let DatabaseUrl::Sqlite(file) = &address
            && access != Access::Beside
            && held.is_none()
        {
            check_whole(file).await?;
        }
        let store = Store::open(&address).await?;
        // Several processes share a PostgreSQL database, and each that collects declares the same desk.
        let declares = match &address {
            DatabaseUrl::Sqlite(_) => hold.is_some(),
            DatabaseUrl::Postgres(_) => access != Access::Beside && roles.collect,
        };
        let mut app = App::compose(settings, clock, store, hold, stamp)?;
        (app.roles, app.declares, app.held) = (roles, declares, held);
        app.translations.set(&desk.posts);
        if app.is_alone() {
            // The lock says that whoever held a claim is gone.
            app.store.release_all().await.context("ending the claims of an earlier run")?;
        }
        if declares {
            app.ingest.keep_holds().await.context("reading which hosts want no request")?;
            app.declare(desk).await?;
            // The clock may have been set back since the last run.
            app.mind_the_clock().await;
        } else {
            app.press.leave_archives();
            app.press.set_channels(desk.channels);
        }
        Ok(app)
    }

    fn compose(
        settings: Settings,
        clock: Clock,
        store: Store,
        hold: Option<Hold>,
        stamp: Option<Stamp>,
    ) -> anyhow::Result<Self> {
        let collect = &settings.collect;
        let site = settings.site();
        let fetcher = Fetcher::new(limits(&settings), clock.clone()).context("setting the client up")?;
        let gate = HostGate::new(clock.clone(), collect.host_gap);
        let intervals = IntervalLimits {
            min: collect.min_interval,
            max: collect.max_interval,
            first: collect.default_interval,
        };
        let ingest = Ingest::new(
            store.clone(),
            fetcher,
            gate,
            clock.clone(),
            intervals,
            collect.concurrency,
            site.clone(),
        )
        .context("starting the threads for reading")?;
        let press = Press::new(store.clone(), clock.clone(), site, settings.publish.window);
        press.limit_backfill(settings.publish.backfill);
        ingest.guard_by(GuardLimits {
            entries: settings.collect.guard_entries as usize,
            share: settings.collect.guard_share as usize,
        });
        let stories = Stories::new(store.clone(), clock.clone(), press.bell());
        let bells = vec![stories.bell(), press.bell()];
        // An answer has so long to come, and as long again to be read and written.
        let claims = Claims {
            lease: settings.collect.total_timeout.saturating_mul(2),
            places: settings.collect.concurrency,
            gap: settings.collect.host_gap,
        };
        let collector = Collector::new(store.clone(), ingest.clone(), clock.clone(), claims, bells);
        let seen =
            Mutex::new(Seen { stamp, posts: Vec::new(), not_before: None, ticked: None, published: None });
        let indexer = Indexer::new(store.clone(), clock.clone());
        Ok(App {
            settings,
            clock,
            store,
            ingest,
            collector,
            press,
            indexer,
            translations: Translations::default(),
            stories,
            consumers: Arc::default(),
            seen,
            ticks: AtomicU64::new(0),
            hold,
            held: None,
            roles: Roles::default(),
            declares: false,
        })
    }

    /// Whether this process has the database to itself.
    pub fn is_alone(&self) -> bool {
        matches!(self.hold, Some(Hold::File(_)))
    }

    /// Who has the file of the database, where that is another process.
    pub fn holder(&self) -> Option<&Holder> {
        match &self.held {
            Some(Held::File { holder, .. }) => Some(holder),
            _ => None,
        }
    }

    /// The settings that the app was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The press.
    pub fn press(&self) -> &Press {
        &self.press
    }

    /// The full-text index.
    pub fn indexer(&self) -> &Indexer {
        &self.indexer
    }

    /// The stories' desk.
    pub fn stories(&self) -> &Stories {
        &self.stories
    }

    /// The pool of collections.
    pub fn collector(&self) -> &Collector {
        &self.collector
    }

    /// What the web server asks.
    pub fn newsroom(&self) -> Newsroom {
        let site = self.settings.site();
        Newsroom::new(
            self.press.clone(),
            self.store.clone(),
            self.indexer.clone(),
            self.clock.clone(),
            site,
            self.translations.clone(),
            self.web_options(),
        )
        .counting(Arc::clone(&self.consumers))
    }

    fn server_options(&self) -> web::ServerOptions {
        let server = &self.settings.server;
        web::ServerOptions {
            max_connections: server.max_connections,
            header_timeout: server.header_timeout,
            idle_timeout: server.idle_timeout,
            client_rate: server.client_rate,
            header_limit: u32::try_from(server.header_limit.as_u64()).unwrap_or(u32::MAX),
        }
    }

    fn web_options(&self) -> web::WebOptions {
        web::WebOptions {
            max_age: self.settings.publish.max_age,
            timeout: self.settings.server.request_timeout,
            ..web::WebOptions::default()
        }
    }

    /// Every enabled source, or the named ones, enabled or not.
    ///
    /// # Errors
    /// A name that no source has, with the nearest that there is.
    pub async fn sources_named(&self, names: &[String]) -> anyhow::Result<Vec<Source>> {
        let sources = self.store.sources().await?;
        if names.is_empty() {
            return Ok(sources.into_iter().filter(|source| source.spec.enabled).collect());
        }
        let find = |name: &String| {
            sources.iter().find(|source| source.spec.slug.as_str() == name).cloned().ok_or_else(|| {
                let known = sources.iter().map(|source| source.spec.slug.as_str());
                crate::cli::unknown("source", name, known)
            })
        };
        names.iter().map(find).collect()
    }

    async fn declare(&self, desk: Desk) -> anyhow::Result<()> {
        if self.declares {
            self.store
                .declare_sources(&desk.sources, self.clock.now())
                .await
                .context("taking over the declared sources")?;
        }
        self.translations.set(&desk.posts);
        self.ingest.set_posts(desk.posts, desk.posts_complete);
        self.press.set_channels(desk.channels);
        Ok(())
    }
}

/// The limits of every fetch, from the settings.
pub fn limits(settings: &Settings) -> Limits {
    let collect = &settings.collect;
    Limits {
        connect_timeout: collect.connect_timeout,
        idle_timeout: collect.idle_timeout,
        total_timeout: collect.total_timeout,
        body_limit: collect.body_limit.as_u64(),
        max_redirects: collect.max_redirects as usize,
        allow_networks: collect.allow_networks.clone(),
        ca_file: collect.ca_file.clone(),
        user_agent: settings.user_agent(),
    }
}

fn warn(desk: &Desk) {
    for warning in &desk.warnings {
        tracing::warn!("{warning}");
    }
}

fn report(faults: &[Fault]) {
    for fault in faults {
        tracing::error!("{fault}");
    }
}
