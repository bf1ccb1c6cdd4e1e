//! Follows the feeds folder: what is edited there counts at once; a faulty file is reported and the old state stays.

use std::sync::PoisonError;

use super::{App, report};
use crate::desk;

impl App {
    /// Reads the feeds folder again where a file in it changed.
    pub async fn reload_if_changed(&self) {
        let dir = self.settings.feeds.directory.clone();
        let Ok(stamp) = tokio::task::spawn_blocking(move || desk::fingerprint(&dir)).await else { return };
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.stamp.as_ref().is_none_or(|seen| *seen == stamp) {
                return;
            }
            // A faulty state is reported once, not every second.
            seen.stamp = Some(stamp);
        }
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
        let posts_changed = self.seen.lock().unwrap_or_else(PoisonError::into_inner).posts != desk.posts;
        tracing::info!(
            sources = desk.sources.len(),
            channels = desk.channels.len(),
            posts = desk.posts.len(),
            "the feeds folder changed and was read again"
        );
        if let Err(error) = self.take_over(desk, posts_changed).await {
            tracing::error!("the changed feeds folder could not be taken over: {error:#}");
        }
    }

    async fn take_over(&self, desk: desk::Desk, posts_changed: bool) -> anyhow::Result<()> {
        self.declare(desk).await?;
        if posts_changed {
            self.collect_local().await?;
        }
        self.press.publish_all().await?;
        Ok(())
    }
}
