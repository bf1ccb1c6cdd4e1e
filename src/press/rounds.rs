//! When documents are made: after changes, when a day begins, when rights end, and when channels are declared anew.

use std::{collections::HashSet, sync::atomic::Ordering, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{MAX_RETRY, PATIENCE, Press, PressError, RETRY, ROUND, Turn, built_in, next_day, read, write};
use crate::failpoint::{self, Step};
use crate::model::{Channel, Slug, SourceId, Timestamp};

impl Press {
    /// Publishes whenever something changed, when the day does, and when rights end, until `stop`. Waits `settle` after a change for more of
    /// them. What failed is tried again, ever more patiently, whether something new comes or not.
    pub async fn run(&self, settle: Duration, stop: CancellationToken) {
        let mut retry = RETRY;
        let mut day = next_day(self.0.clock.now());
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.0.bell.notified() => self.settle(settle, &stop).await,
                () = self.0.clock.sleep_until(self.next_moment(day)) => {}
            }
            match self.publish_due(&mut day).await {
                Ok(()) => retry = RETRY,
                Err(error) => {
                    tracing::error!(%error, "publishing failed, the last good documents stay: {error}");
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = self.0.clock.sleep(retry) => {}
                    }
                    retry = MAX_RETRY.min(retry * 2);
                    self.0.bell.notify_one();
                }
            }
        }
    }

    async fn settle(&self, settle: Duration, stop: &CancellationToken) {
        for _ in 0..PATIENCE {
            tokio::select! {
                () = self.0.clock.sleep(settle) => return,
                () = self.0.bell.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// When documents change although no entry does.
    fn next_moment(&self, day: Timestamp) -> Timestamp {
        read(&self.0.rights_end).map_or(day, |end| end.min(day))
    }

    async fn publish_due(&self, day: &mut Timestamp) -> Result<(), PressError> {
        let now = self.0.clock.now();
        if read(&self.0.rights_end).is_some_and(|end| end <= now) {
            self.publish_all().await?;
        }
        if *day <= now {
            self.publish_windows().await?;
            *day = next_day(now);
        }
        self.publish_changes().await.map(drop)
    }

    /// Renders what the outbox says has changed, and empties it. Returns how many documents have new bytes.
    ///
    /// # Errors
    /// Where the store fails. A channel that cannot be rendered is logged and keeps its last good documents.
    pub async fn publish_changes(&self) -> Result<usize, PressError> {
        let mut written = 0;
        loop {
            let turn = self.0.rendering.lock().await;
            let pending = self.0.store.unpublished(ROUND).await?;
            let behind = std::mem::take(&mut *write(&self.0.behind));
            if pending.is_empty() && behind.is_empty() {
                return Ok(written);
            }
            let changed: HashSet<SourceId> = pending.iter().map(|entry| entry.source).collect();
            let sources = self.renew_sources(&turn, &changed).await?;
            let affected = |channel: &Channel| {
                let is_changed = |source: &SourceId| changed.contains(source);
                behind.contains(&channel.slug)
                    || sources.iter().any(|source| is_changed(&source.id) && channel.takes_source(source))
            };
            self.mark_stale(&sources, affected);
            let channels = self.channels();
            let declared: Vec<&Channel> = channels.iter().filter(|channel| affected(channel)).collect();
            written += self.render_all(&turn, &declared, &sources).await?;
            failpoint::reach(Step::Revised);
            self.0.store.published(&pending).await?;
            failpoint::reach(Step::Published);
            self.count_round();
            let is_done = pending.len() < ROUND as usize && read(&self.0.behind).is_empty();
            if is_done {
                return Ok(written);
            }
        }
    }

    /// Renders every declared channel: at the start, and when channels or sources were declared anew. What the outbox
    /// holds is published with it.
    ///
    /// # Errors
    /// As `publish_changes`.
    pub async fn publish_all(&self) -> Result<usize, PressError> {
        let turn = self.0.rendering.lock().await;
        let pending = self.0.store.unpublished(ROUND).await?;
        let written = self.render_declared(&turn).await?;
        self.0.store.published(&pending).await?;
        drop(turn);
        if pending.len() == ROUND as usize {
            return Ok(written + self.publish_changes().await?);
        }
        Ok(written)
    }

    /// Renders every declared channel and leaves the outbox alone: for who only looks, and a daemon has to publish what is in
    /// there. `beside`: the daemon runs now, and archives are its to cut.
    ///
    /// # Errors
    /// As `publish_changes`.
    pub async fn render_only(&self, beside: bool) -> Result<usize, PressError> {
        let turn = self.0.rendering.lock().await;
        self.0.beside.store(beside, Ordering::Relaxed);
        self.render_declared(&turn).await
    }

    /// Renders what another node has published since: the declared channels whose documents are others now. What was made
    /// because somebody asked is made anew when somebody asks again.
    ///
    /// # Errors
    /// As `publish_changes`.
    pub async fn follow(&self) -> Result<usize, PressError> {
        let turn = self.0.rendering.lock().await;
        let sources = self.load_sources(&turn).await?;
        let revisions = self.0.store.revisions().await?;
        let channels = self.channels();
        let is_other = |channel: &&Channel| {
            let shown = read(&self.0.shelf).former(&channel.slug);
            shown.is_empty()
                || shown.iter().any(|(format, rendition)| {
                    let stored = revisions.get(&(channel.slug.to_string(), *format));
                    stored.is_none_or(|stored| stored.hash != rendition.hash)
                })
        };
        let others: Vec<&Channel> = channels.iter().filter(is_other).collect();
        // Other channels are declared: of what was asked for, nothing is known to exist any more.
        self.mark_stale(&sources, |_| true);
        let written = self.render_all(&turn, &others, &sources).await?;
        self.count_round();
        Ok(written)
    }

    /// From now on another process keeps the archives.
    pub fn leave_archives(&self) {
        self.0.beside.store(true, Ordering::Relaxed);
    }

    /// Renders the channels whose window is a number of days: a new day has begun.
    async fn publish_windows(&self) -> Result<usize, PressError> {
        let turn = self.0.rendering.lock().await;
        let sources = self.load_sources(&turn).await?;
        let channels = self.channels();
        let moved: Vec<&Channel> = channels.iter().filter(|channel| channel.window.days.is_some()).collect();
        self.mark_stale(&sources, |channel| channel.window.days.is_some());
        let written = self.render_all(&turn, &moved, &sources).await?;
        if written > 0 {
            self.count_round();
        }
        Ok(written)
    }

    async fn render_declared(&self, turn: &Turn<'_>) -> Result<usize, PressError> {
        let sources = self.load_sources(turn).await?;
        let channels = self.channels();
        let declared = |slug: &Slug| channels.iter().any(|channel| channel.slug == *slug);
        let exists = |slug: &Slug| built_in(slug, &sources, &self.0.site, self.0.window).is_some();
        write(&self.0.shelf).keep(declared, exists);
        // Of what was asked for, nothing is known to exist any more: it is looked for again when somebody asks.
        self.mark_stale(&sources, |_| true);
        let written = self.render_all(turn, &channels.iter().collect::<Vec<_>>(), &sources).await?;
        self.count_round();
        Ok(written)
    }
}
