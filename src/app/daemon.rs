//! The daemon: starts the parts that its roles ask for, beats once a second, and stops the parts in order.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{App, chores::Chore};
use crate::{
    model::{Outcome, Source, SourceKind},
    schedule,
    store::{Duty, StoreError},
    telemetry, web,
};

/// Ticks between two times that what was counted of readers is written, and that old counts are forgotten.
const SAVED_EVERY: u64 = 60;
const FORGOTTEN_EVERY: u64 = 3_600;
/// Ticks between two counts of the sources by health, for the metrics.
const COUNTED_EVERY: u64 = 10;
/// Ticks between two times that the history of fetches is added up, and before the first.
const ROLLED_UP_EVERY: u64 = 3600;
const ROLLED_UP_AFTER: u64 = 60;
/// The database has so long to be closed.
const CLOSING: Duration = Duration::from_secs(2);

/// What works behind the ticks.
struct Hands {
    /// Ends the work.
    stop: CancellationToken,
    /// Ends the outlets, once the last changes are published.
    last: CancellationToken,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
    outlets: Vec<JoinHandle<()>>,
}

impl Hands {
    fn add(&mut self, what: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push((what, tokio::spawn(work)));
    }
}

impl App {
    /// Runs the daemon on this listener until `stop`, as far as its roles say: collects what is due, publishes what changed,
    /// serves, and follows the feeds folder. Then finishes what is in flight, for at most `server.shutdown_timeout`.
    ///
    /// # Errors
    /// Where an object store has no credentials, the first documents could not be published, or the ticker or the server
    /// could not start.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        self.first_documents().await?;
        let hands = self.start_hands(&stop)?;
        let ticker = {
            let app = Arc::clone(&self);
            schedule::ticker(move || {
                let app = Arc::clone(&app);
                async move { app.tick().await }
            })
            .await?
        };
        let address = listener.local_addr().context("reading the address that is listened on")?;
        if let Some(hold) = &self.hold {
            hold.serves(address, self.roles).await;
        }
        tracing::info!(%address, roles = %self.roles, "Vestnik serves http://{address}/");
        let mut server = tokio::spawn(web::serve(listener, self.site(), self.server_options(), stop.clone()));
        stop.cancelled().await;
        tracing::info!("stopping: finishing what is in flight");
        let finishing = async {
            if let Err(error) = ticker.stop().await {
                tracing::warn!(%error, "the ticker did not stop cleanly");
            }
            self.collector.stop().await;
            self.stop_hands(hands).await;
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
        if let Some(hold) = &self.hold {
            let _ = tokio::time::timeout(CLOSING, hold.leave()).await;
        }
        tracing::info!("stopped");
        Ok(())
    }

    /// What the first visitor is to find.
    async fn first_documents(&self) -> anyhow::Result<()> {
        // Our own posts need no network: they are there before the first visitor.
        if self.roles.collect
            && let Err(error) = self.collect_local().await
        {
            tracing::error!("what was published of them before stays: {error:#}");
        }
        let first = if self.publishes() {
            self.press.publish_all().await
        } else {
            self.press.render_only(true).await
        };
        first.context("publishing the first documents")?;
        Ok(())
    }

    /// Whether this process publishes what changed. A node that only serves leaves that to those that collect; where the
    /// database is not shared there are none.
    fn publishes(&self) -> bool {
        self.roles.collect || !self.store.is_shared()
    }

    fn site(&self) -> web::Site {
        let newsroom = Arc::new(self.newsroom());
        if self.roles.web {
            web::site(newsroom, self.web_options())
        } else {
            web::probes(newsroom, self.web_options())
        }
    }

    /// Starts what works behind the ticks.
    fn start_hands(self: &Arc<Self>, stop: &CancellationToken) -> anyhow::Result<Hands> {
        let mut hands = Hands {
            stop: CancellationToken::new(),
            last: CancellationToken::new(),
            tasks: Vec::new(),
            outlets: Vec::new(),
        };
        if self.store.is_shared() {
            let (app, stop) = (Arc::clone(self), stop.clone());
            hands.add("following other nodes", async move { app.follow(stop).await });
            let (app, stop) = (Arc::clone(self), hands.stop.clone());
            hands.add("being seen by other nodes", async move { app.stay_present(stop).await });
        }
        if !self.publishes() {
            return Ok(hands);
        }
        let outlets = self.outlets()?;
        let (indexer, stop) = (self.indexer.clone(), stop.clone());
        hands.add("the search index (the next start completes it)", async move { indexer.run(stop).await });
        let (stories, stop) = (self.stories.clone(), hands.stop.clone());
        hands.add("grouping entries into stories", async move { stories.run(stop).await });
        let (press, settle, stop) = (self.press.clone(), self.settings.publish.settle, hands.stop.clone());
        hands.add("the press", async move { press.run(settle, stop).await });
        for chore in Chore::ALL {
            let (app, stop) = (Arc::clone(self), hands.stop.clone());
            hands.add(chore.name(), async move { app.keep_doing(chore, stop).await });
        }
        for outlet in outlets {
            hands.outlets.push(tokio::spawn(Arc::clone(self).keep_up(outlet, hands.last.clone())));
        }
        Ok(hands)
    }

    async fn stop_hands(&self, hands: Hands) {
        hands.stop.cancel();
        for (what, task) in hands.tasks {
            if task.await.is_err() {
                tracing::warn!("{what} broke off");
            }
        }
        if self.publishes()
            && let Err(error) = self.press.publish_changes().await
        {
            tracing::warn!(%error, "the last changes are not published yet; the next start does it");
        }
        hands.last.cancel();
        for outlet in hands.outlets {
            if outlet.await.is_err() {
                tracing::warn!("keeping the site elsewhere broke off");
            }
        }
    }

    /// One second of the daemon's life.
    pub async fn tick(&self) {
        self.reload_if_changed().await;
        if self.roles.collect && !self.is_kept_out() {
            if self.was_set_back() {
                self.mind_the_clock().await;
            }
            self.collector.look().await;
        }
        if self.publishes() {
            self.publish_what_others_decided().await;
        }
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
        if self.roles.collect && tick % ROLLED_UP_EVERY == ROLLED_UP_AFTER {
            self.roll_up().await;
        }
    }

    async fn roll_up(&self) {
        let now = self.clock.now();
        let rolled_up = async {
            if self.store.is_on_duty(Duty::History, now).await? {
                self.store.roll_up(now).await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = rolled_up.await {
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
    pub(super) async fn mind_the_clock(&self) {
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
        let mut sources = Vec::new();
        let mut keep_local = |source: Source| {
            if source.spec.kind == SourceKind::Local && source.spec.enabled {
                sources.push(source);
            }
        };
        self.store.each_source(&mut keep_local).await?;
        let reports = self.collector.collect(sources, |_| {}).await.context("reading the local posts")?;
        match reports.into_iter().find(|report| report.outcome == Outcome::Failed) {
            Some(report) => bail!("reading the local posts: {}", report.reason.unwrap_or_default()),
            None => Ok(()),
        }
    }
}
