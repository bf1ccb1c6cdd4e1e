//! The composition root: opens the parts, starts those that a command asks for, stops them in order.

mod backup;
mod consumers;
mod export;
mod lock;
mod moving;
mod newsroom;
mod outlets;
mod reload;
mod site_files;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    config::{DatabaseUrl, Fault, Settings},
    desk::{self, Desk, Stamp},
    fetch::{Fetcher, Limits},
    indexer::Indexer,
    ingest::Ingest,
    model::{Outcome, Source, SourceKind, Timestamp},
    normalise::GuardLimits,
    press::Press,
    schedule::{self, Claims, Collector, HostGate, IntervalLimits},
    store::{Look, Store, inspect},
    stories::Stories,
    telemetry,
    web::{self, Consumers},
};

pub use backup::{Backup, Restored, back_up, restore};
pub use consumers::day_of;
pub use lock::{Held, Lock};
pub use moving::migrate;
pub use newsroom::{Newsroom, Translations};

/// Ticks between two times that what was counted of readers is written, and that old counts are forgotten.
const SAVED_EVERY: u64 = 60;
const FORGOTTEN_EVERY: u64 = 3_600;
/// Ticks between two counts of the sources by health, for the metrics.
const COUNTED_EVERY: u64 = 10;
/// Ticks between two times that the history of fetches is added up, and before the first.
const ROLLED_UP_EVERY: u64 = 3600;
const ROLLED_UP_AFTER: u64 = 60;

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

/// The database has so long to be closed.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(2);

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
        App::with_desk(settings, clock, desk, Some(stamp), access).await
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
            DatabaseUrl::Postgres(_) => access == Access::Alone,
        };
        let owns_file = lock.is_some();
        let app = App::compose(settings, clock, store, lock, stamp)?;
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

    /// Runs the daemon on this listener until `stop`: collects what is due, publishes what changed, serves, and follows
    /// the feeds folder. Then finishes what is in flight, for at most `server.shutdown_timeout`.
    ///
    /// # Errors
    /// Where an object store has no credentials, the first documents could not be published, or the ticker or the server
    /// could not start.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let outlets = self.outlets()?;
        // Our own posts need no network: they are there before the first visitor.
        if let Err(error) = self.collect_local().await {
            tracing::error!("what was published of them before stays: {error:#}");
        }
        self.press.publish_all().await.context("publishing the first documents")?;
        let hands = CancellationToken::new();
        let grouping = {
            let (stories, hands) = (self.stories.clone(), hands.clone());
            tokio::spawn(async move { stories.run(hands).await })
        };
        let press = {
            let (press, settle, hands) = (self.press.clone(), self.settings.publish.settle, hands.clone());
            tokio::spawn(async move { press.run(settle, hands).await })
        };
        let indexer = {
            let (indexer, stop) = (self.indexer.clone(), stop.clone());
            tokio::spawn(async move { indexer.run(stop).await })
        };
        let ticker = {
            let app = Arc::clone(&self);
            schedule::ticker(move || {
                let app = Arc::clone(&app);
                async move { app.tick().await }
            })
            .await?
        };
        let last = CancellationToken::new();
        let outlets = outlets.into_iter().map(|outlet| Arc::clone(&self).keep_up(outlet, last.clone()));
        let outlets: Vec<_> = outlets.map(tokio::spawn).collect();
        let site = web::site(Arc::new(self.newsroom()), self.web_options());
        let address = listener.local_addr().context("reading the address that is listened on")?;
        if let Some(lock) = &self.lock {
            lock.serves(address);
        }
        tracing::info!(%address, "Vestnik serves http://{address}/");
        let mut server = tokio::spawn(web::serve(listener, site, self.server_options(), stop.clone()));
        stop.cancelled().await;
        tracing::info!("stopping: finishing what is in flight");
        let finishing = async {
            if let Err(error) = ticker.stop().await {
                tracing::warn!(%error, "the ticker did not stop cleanly");
            }
            self.collector.stop().await;
            hands.cancel();
            if indexer.await.is_err() {
                tracing::warn!("the search index broke off; the next start completes it");
            }
            if grouping.await.is_err() {
                tracing::warn!("grouping entries into stories broke off");
            }
            if press.await.is_err() {
                tracing::warn!("the press broke off");
            }
            if let Err(error) = self.press.publish_changes().await {
                tracing::warn!(%error, "the last changes are not published yet; the next start does it");
            }
            last.cancel();
            for outlet in outlets {
                if outlet.await.is_err() {
                    tracing::warn!("keeping the site elsewhere broke off");
                }
            }
            self.save_consumers().await;
            if let Err(error) = (&mut server).await {
                tracing::warn!(%error, "the web server broke off");
            }
        };
        let patience = self.settings.server.shutdown_timeout;
        if tokio::time::timeout(patience, finishing).await.is_err() {
            tracing::warn!(
                "gave up what was still in flight after {} s; it is still due",
                patience.as_secs()
            );
        }
        server.abort();
        // What was acknowledged is on disk: closing only tidies up, and must not wait for a disk that hangs.
        if tokio::time::timeout(CLOSING, self.store.close()).await.is_err() {
            tracing::warn!("the database was busy to the end; the next start tidies it up");
        }
        tracing::info!("stopped");
        Ok(())
    }

    /// One second of the daemon's life.
    pub async fn tick(&self) {
        self.reload_if_changed().await;
        if self.was_set_back() {
            self.mind_the_clock().await;
        }
        self.collector.look().await;
        self.publish_what_others_decided().await;
        self.show_what_others_published().await;
        let tick = self.ticks.fetch_add(1, Ordering::Relaxed);
        if tick % SAVED_EVERY == SAVED_EVERY - 1 {
            self.save_consumers().await;
        }
        if tick.is_multiple_of(FORGOTTEN_EVERY) {
            self.forget_old_consumers().await;
        }
        if tick.is_multiple_of(COUNTED_EVERY) {
            // Where the database cannot be read, the look above has said so.
            if let Ok(counts) = self.store.health_counts().await {
                telemetry::sources(&counts);
            }
            if let Ok(figures) = self.store.figures(telemetry::MEASURED_SOURCES).await {
                telemetry::source_figures(figures);
            }
            telemetry::offline(self.ingest.outage().since().is_some());
            let _ = self.ingest.keep_holds().await;
        }
        if tick % ROLLED_UP_EVERY == ROLLED_UP_AFTER
            && let Err(error) = self.store.roll_up(self.clock.now()).await
        {
            tracing::warn!(%error, "the history of fetches could not be added up; trying again in an hour: {error}");
        }
    }

    /// Whether the wall clock shows less than at the last tick.
    fn was_set_back(&self) -> bool {
        let now = self.clock.now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = seen.ticked.replace(now);
        last.is_some_and(|last| now < last)
    }

    /// What was asked in what is now the future would not be due for as long as the clock was set back.
    async fn mind_the_clock(&self) {
        match self.store.clock_set_back(self.clock.now()).await {
            Ok(0) => {}
            Ok(sources) => {
                tracing::warn!(sources, "the clock was set back; {sources} sources count from now")
            }
            Err(error) => {
                tracing::error!(%error, "after the clock was set back, sources may be asked late: {error}")
            }
        }
    }

    /// Where several nodes share the database, each serves what any of them published.
    async fn show_what_others_published(&self) {
        if !self.store.is_shared() {
            return;
        }
        let shown = async {
            let stamp = self.store.revisions_stamp().await?;
            let seen = |seen: &Mutex<Seen>| seen.lock().unwrap_or_else(PoisonError::into_inner).published;
            if seen(&self.seen) != Some(stamp) {
                self.press.render_only(true).await?;
                // Only now: what failed is tried again.
                self.seen.lock().unwrap_or_else(PoisonError::into_inner).published = Some(stamp);
            }
            Ok::<_, crate::press::PressError>(())
        };
        if let Err(error) = shown.await {
            tracing::warn!(%error, "what other nodes published is looked at again in a second: {error}");
        }
    }

    /// Ends embargoes, and publishes what staff decided beside this process: nobody rings for that.
    async fn publish_what_others_decided(&self) {
        let found = async {
            self.store.release_embargoed(self.clock.now()).await?;
            self.store.unpublished(1).await
        };
        match found.await {
            Ok(pending) if pending.is_empty() => {}
            Ok(_) => self.press.bell().notify_one(),
            Err(error) => tracing::warn!(%error, "decisions and embargoes are looked at again in a second"),
        }
    }

    /// Collects our own posts.
    ///
    /// # Errors
    /// Where they could not be read or stored.
    pub async fn collect_local(&self) -> anyhow::Result<()> {
        let local = |source: &Source| source.spec.kind == SourceKind::Local && source.spec.enabled;
        let sources = self.store.sources().await?.into_iter().filter(local).collect();
        let reports = self.collector.collect(sources, |_| {}).await.context("reading the local posts")?;
        match reports.into_iter().find(|report| report.outcome == Outcome::Failed) {
            Some(report) => bail!("reading the local posts: {}", report.reason.unwrap_or_default()),
            None => Ok(()),
        }
    }

    async fn declare(&self, desk: Desk) -> anyhow::Result<()> {
        self.store
            .sync_sources(&desk.sources, self.clock.now())
            .await
            .context("taking over the declared sources")?;
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
