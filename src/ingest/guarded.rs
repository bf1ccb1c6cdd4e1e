//! What a document changes goes past the resurfacing guard where it looks like a mass change.

use super::Ingest;
use crate::{
    model::{Changes, Health, Hold, Identity, Source, SourceKind},
    normalise::{self, GuardLimits, Watch},
    store::StoreError,
    telemetry::Stage,
};

/// Stored entries that are looked at beside those that fill the document some times over.
const RECENT: usize = 200;
const TIMES: usize = 4;

impl Ingest {
    /// Makes these the limits of the resurfacing guard. Only the first call counts.
    pub fn guard_by(&self, limits: GuardLimits) {
        let _ = self.0.guard.set(limits);
    }

    /// What is to be written of a document with these entries, past the guard. A source that was never read has nothing to
    /// bring up again.
    pub(super) async fn guarded(
        &self,
        source: &Source,
        changes: Changes,
        document: Vec<Identity>,
    ) -> Result<Changes, StoreError> {
        let limits = self.0.guard.get().copied().unwrap_or_default();
        let is_fresh = source.state.last_success.is_none() || source.spec.kind == SourceKind::Local;
        if is_fresh || !limits.suspects(&changes, document.len()) {
            return Ok(changes);
        }
        let wanted = u32::try_from(RECENT + TIMES * document.len()).unwrap_or(u32::MAX);
        let stored = self.0.store.newest_of(source.id, wanted).await?;
        // One that staff declared anew may have another address: what is old there is theirs to know.
        let last_success = source.state.last_success.filter(|_| source.state.health != Health::New);
        let guarding = move || {
            let watch = Watch { stored: &stored, document: &document, last_success, limits };
            normalise::guard(changes, &watch)
        };
        let (mut changes, held) = self.on_a_core(Stage::Normalise, guarding).await;
        let slug = &source.spec.slug;
        if !changes.aliases.is_empty() {
            let known = changes.aliases.len();
            tracing::info!(source = %slug, known, "{slug} changed the ids of {known} entries; they stay what they were");
        }
        if !held.is_empty() {
            let held = held.len();
            tracing::warn!(
                source = %slug,
                held,
                "{held} entries of {slug} came with a mass change and are held; `vestnik held list {slug}` shows them"
            );
        }
        let held =
            held.into_iter().filter(|identity| changes.held.iter().all(|(other, _)| other != identity));
        let held: Vec<_> = held.map(|identity| (identity, Hold::Guard)).collect();
        changes.held.extend(held);
        Ok(changes)
    }
}
