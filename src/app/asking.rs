//! Asks the daemon that has the database to collect sources now: the wish stands in the database, and the daemon looks there
//! once a second.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::bail;

use super::App;
use crate::{
    model::{Outcome, Source, SourceReport, Timestamp},
    schedule::host_by_host,
};

/// Where no source is done for so long, it is not waited for any more: a daemon answers within its tick, and a source within
/// the deadline of a fetch.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What came of asking.
#[derive(Debug, Default)]
pub struct Handed {
    /// Those that were collected, as they were done. What is not kept (entries taken away or unchanged) is 0.
    pub reports: Vec<SourceReport>,
    /// Those that were not within the time that they were waited for. The daemon has been asked for the first of them.
    pub waiting: Vec<Source>,
}

impl App {
    /// Has these sources collected by whoever has the database, before all others, and tells of each as it is done. No more are
    /// asked for at a time than `collect.concurrency`: what is asked for needs no free place.
    ///
    /// # Errors
    /// `Held` where the one who has the database does not collect; a source that is switched off; the store's.
    pub async fn have_collected(
        &self,
        sources: Vec<Source>,
        mut each: impl FnMut(&SourceReport),
    ) -> anyhow::Result<Handed> {
        if let (Some(held), Some(holder)) = (&self.held, self.holder())
            && !holder.collects()
        {
            bail!(held.clone());
        }
        if let Some(source) = sources.iter().find(|source| !source.spec.enabled) {
            bail!("{} is switched off: set enabled = true in its file first", source.spec.slug);
        }
        let mut next = VecDeque::from(host_by_host(sources));
        let mut asked: Vec<(Source, Timestamp)> = Vec::new();
        let (mut handed, mut progress) = (Handed::default(), Instant::now());
        loop {
            while asked.len() < self.settings.collect.concurrency
                && let Some(source) = next.pop_front()
            {
                let now = self.clock.now();
                self.store.ask_now(source.id, now).await?;
                asked.push((source, now));
            }
            if asked.is_empty() {
                return Ok(handed);
            }
            tokio::time::sleep(LOOK_EVERY).await;
            let open = self.store.asked().await?;
            let (waiting, done): (Vec<_>, Vec<_>) =
                asked.into_iter().partition(|(source, _)| open.contains(&source.id));
            asked = waiting;
            for (source, since) in &done {
                let report = self.report_of(source, *since).await?;
                each(&report);
                handed.reports.push(report);
                progress = Instant::now();
            }
            if progress.elapsed() > PATIENCE {
                handed.waiting = asked.into_iter().map(|(source, _)| source).chain(next).collect();
                return Ok(handed);
            }
        }
    }

    /// What the collection of a source since then came to, as far as it is kept.
    async fn report_of(&self, source: &Source, since: Timestamp) -> anyhow::Result<SourceReport> {
        let state = self.store.source(source.id).await?.map_or_else(|| source.state.clone(), |now| now.state);
        let past = self.store.fetches(source.id, 1).await?.into_iter().find(|fetch| fetch.at >= since);
        let outcome = match past.as_ref().and_then(|fetch| Outcome::from_name(&fetch.outcome)) {
            Some(outcome) => outcome,
            // Our own posts are not fetched.
            None if state.health.is_failure() => Outcome::Failed,
            None if state.last_new >= Some(since) => Outcome::Read,
            None => Outcome::Unchanged,
        };
        Ok(SourceReport {
            slug: source.spec.slug.to_string(),
            outcome,
            new: past.as_ref().map_or(0, |fetch| fetch.new as usize),
            updated: past.as_ref().map_or(0, |fetch| fetch.updated as usize),
            withdrawn: 0,
            unchanged: 0,
            bytes: past.as_ref().map_or(0, |fetch| fetch.attempt.bytes),
            health: state.health,
            reason: state.reason,
            technical: state.technical,
            millis: past.as_ref().map_or(0, |fetch| u64::from(fetch.attempt.millis)),
        })
    }
}
