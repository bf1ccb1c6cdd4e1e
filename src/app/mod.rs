//! The composition root: opens the parts that a command asks for.

mod backup;
mod backups;
mod chores;
mod consumers;
mod daemon;
mod export;
mod lock;
mod moving;
mod newsroom;
mod nodes;
mod outlets;
mod reload;
mod retention;
mod site_files;
mod vacuum;

use std::{
    path::Path,
    sync::{Arc, Mutex, atomic::AtomicU64},
};

use anyhow::{Context, bail};

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
    store::{Look, Store, inspect},
    stories::Stories,
    web::{self, Consumers},
};

pub use backup::{Backup, Restored, back_up, restore};
pub use consumers::day_of;
pub use lock::{Held, Lock};
pub use moving::migrate;
pub use newsroom::{Newsroom, Translations};
pub use nodes::{Role, Roles};
pub use retention::{Pruned, Pruning};
pub use vacuum::vacuum;

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

/// A look at the database that takes longer is worth a line in the log.
const LONG: std::time::Duration = std::time::Duration::from_secs(1);

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
    lock: Option<Lock>,
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
        let lock = match &address {
            DatabaseUrl::Sqlite(file) => lock(file, access)?,
            DatabaseUrl::Postgres(_) => None,
        };
        if let DatabaseUrl::Sqlite(file) = &address
            && access == Access::Alone
        {
            check_whole(file).await?;
        }
        let store = Store::open(&address).await?;
        // Several processes share a PostgreSQL database, and each that collects declares the same desk.
        let declares = match &address {
            DatabaseUrl::Sqlite(_) => lock.is_some(),
            DatabaseUrl::Postgres(_) => access == Access::Alone && roles.collect,
        };
        let owns_file = lock.is_some();
        let mut app = App::compose(settings, clock, store, lock, stamp)?;
        (app.roles, app.declares) = (roles, declares);
        app.translations.set(&desk.posts);
        if owns_file {
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
        lock: Option<Lock>,
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
            lock,
            roles: Roles::default(),
            declares: false,
        })
    }

    /// Whether this process has the database to itself.
    pub fn is_alone(&self) -> bool {
        self.lock.is_some()
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
        user_agent: settings.user_agent(),
    }
}

/// Where the database is, with its password.
///
/// # Errors
/// Where the password's file cannot be read.
pub fn database(settings: &Settings) -> anyhow::Result<DatabaseUrl> {
    let address = settings.storage.database();
    let Some(file) = &settings.storage.password_file else { return Ok(address) };
    let password = std::fs::read_to_string(file)
        .with_context(|| format!("reading storage.password_file {}", file.display()))?;
    Ok(address.with_password(password.trim_end_matches(['\r', '\n'])))
}

/// Takes the lock of a SQLite file, in a folder that is made where it is missing. None where another process has it and that
/// is no hindrance.
fn lock(file: &Path, access: Access) -> anyhow::Result<Option<Lock>> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("making the data folder {}", folder.display()))?;
    }
    match Lock::take(file) {
        Ok(lock) => Ok(Some(lock)),
        Err(error) if access == Access::Beside && error.is::<Held>() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks at every page of the database before anything is written to it: what is damaged would be made worse.
async fn check_whole(file: &Path) -> anyhow::Result<()> {
    let begun = std::time::Instant::now();
    inspect(file, Look::Whole).await?;
    if begun.elapsed() > LONG {
        let seconds = begun.elapsed().as_secs_f64();
        tracing::info!("{} is sound; looking at all of it took {seconds:.1} s", file.display());
    }
    Ok(())
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
