//! Retention: old entries go where the settings or their sources say so, in batches and off the hot path; never what a
//! document still needs.

use std::{collections::HashSet, time::Duration};

use super::App;
use crate::{
    model::{EntryId, SortKey, Source, SourceKind},
    store::{Archived, Expirable, Expiry, StoreError},
};

/// Entries that go at once, and the pause after them: whoever collects or reads comes first.
const BATCH: u32 = 200;
const PAUSE: Duration = Duration::from_millis(20);

/// What went of a source, or would go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The source.
    pub source: String,
    /// Entries.
    pub entries: u64,
    /// Bytes of text that they held.
    pub bytes: u64,
    /// Entries that would have to go, were they not needed by a channel or an archive.
    pub needed: u64,
}

/// Whether to do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruning {
    /// Only look.
    Dry,
    /// Do it.
    Real,
}

impl App {
    /// Lets go of old entries of every source that does not keep all; of our own posts never. Sources of which nothing
    /// would have to go are left out.
    ///
    /// # Errors
    /// Where the store fails. What went until then stays gone; the rest goes the next time.
    pub async fn prune(&self, how: Pruning) -> Result<Vec<Pruned>, StoreError> {
        let general = self.settings.retention();
        let sources = self.store.sources().await?;
        let rule = |source: &Source| source.spec.retention.or(general);
        let of_others = |source: &&Source| source.spec.kind != SourceKind::Local;
        let bounded: Vec<&Source> =
            sources.iter().filter(of_others).filter(|source| !rule(source).keeps_all()).collect();
        if bounded.is_empty() {
            return Ok(Vec::new());
        }
        let archived = self.store.archived(!self.settings.retention.from_archives).await?;
        let shown = self.press.shown_now().await?;
        let mut pruned = Vec::new();
        for source in bounded {
            let rule = rule(source);
            let age = rule.age.and_then(|age| chrono::TimeDelta::from_std(age).ok());
            let asked = Expiry {
                source: source.id,
                window: self.settings.publish.window,
                before: age.and_then(|age| self.clock.now().checked_sub_signed(age)),
                most: rule.entries,
            };
            let mut of_source = Pruned { source: source.spec.slug.to_string(), ..Pruned::default() };
            self.prune_source(&asked, &archived, &shown, how, &mut of_source).await?;
            if of_source.entries + of_source.needed > 0 {
                pruned.push(of_source);
            }
        }
        Ok(pruned)
    }

    async fn prune_source(
        &self,
        asked: &Expiry,
        archived: &Archived,
        shown: &HashSet<EntryId>,
        how: Pruning,
        pruned: &mut Pruned,
    ) -> Result<(), StoreError> {
        let mut beyond = SortKey(i64::MIN);
        loop {
            let found = self.store.expirable(asked, beyond, BATCH).await?;
            let Some(last) = found.last() else { return Ok(()) };
            beyond = last.key;
            let is_needed =
                |entry: &Expirable| archived.entries.contains(&entry.id) || shown.contains(&entry.id);
            let (needed, going): (Vec<Expirable>, Vec<Expirable>) = found.iter().partition(|e| is_needed(e));
            pruned.needed += needed.len() as u64;
            pruned.bytes += going.iter().map(|entry| entry.bytes).sum::<u64>();
            if how == Pruning::Dry || going.is_empty() {
                pruned.entries += going.len() as u64;
                continue;
            }
            let ids: Vec<EntryId> = going.iter().map(|entry| entry.id).collect();
            pruned.entries += self.store.expire(asked.source, &ids, archived, self.clock.now()).await?;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// As the daemon does it.
    pub(super) async fn prune_and_tell(&self) {
        let pruned = self.prune(Pruning::Real).await;
        match pruned.map(|pruned| pruned.iter().map(|source| source.entries).sum::<u64>()) {
            Ok(0) => {}
            Ok(entries) => tracing::info!(entries, "{entries} old entries went, as [retention] says"),
            Err(error) => {
                tracing::warn!(%error, "letting old entries go broke off; going on in an hour: {error}");
            }
        }
    }
}
