//! Follows the feeds folder: what is edited there counts at once; a faulty file is reported and the old state stays.

use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use super::{App, Seen, report, warn};
use crate::{clock::later, desk};

/// After a change could not be taken over, because the database had trouble.
const RETRY: Duration = Duration::from_secs(10);

impl App {
    /// Reads the feeds folder again where a file in it changed.
    pub async fn reload_if_changed(&self) {
        if self.seen().not_before.is_some_and(|moment| self.clock.now() < moment) {
            return;
        }
        let dir = self.settings.feeds.directory.clone();
        let Ok(stamp) = tokio::task::spawn_blocking(move || desk::fingerprint(&dir)).await else { return };
        let former = {
            let mut seen = self.seen();
            if seen.stamp.as_ref().is_none_or(|seen| *seen == stamp) {
                return;
            }
            // A faulty state is reported once, not every second.
            seen.stamp.replace(stamp)
        };
        let (dir, settings) = (self.settings.feeds.directory.clone(), self.settings.clone());
        let Ok((desk, faults)) = tokio::task::spawn_blocking(move || desk::load(&dir, &settings)).await
        else {
            return;
        };
        if !faults.is_empty() {
            report(&faults);
            tracing::error!(
                "the feeds folder changed but has faults; what was declared before stays in force"
            );
            return;
        }
        warn(&desk);
        tracing::info!(
            sources = desk.sources.len(),
            channels = desk.channels.len(),
            posts = desk.posts.len(),
            "the feeds folder changed and was read again"
        );
        if let Err(error) = self.take_over(desk).await {
            tracing::error!("the changed feeds folder could not be taken over, trying again: {error:#}");
            let mut seen = self.seen();
            seen.stamp = former;
            seen.not_before = Some(later(self.clock.now(), RETRY));
        }
    }

    async fn take_over(&self, desk: desk::Desk) -> anyhow::Result<()> {
        let posts = desk.posts.clone();
        self.declare(desk).await?;
        if !self.declares {
            // Those that collect take it over for all.
            self.press.render_only(true).await?;
            return Ok(());
        }
        if self.seen().posts != posts {
            self.collect_local().await?;
            self.stories.bell().notify_one();
            self.seen().posts = posts;
        }
        self.press.publish_all().await?;
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
