//! What a collection found, before it is written: one way to make each, and the judgement of the source's health.

use std::time::Duration;

use super::{Ingest, reading::Read};
use crate::{
    clock::later,
    model::{
        Attempt, Breach, Collected, FeedInfo, Freshness, Health, Moves, Outcome, Source, SourceState,
        Timestamp, Trouble, Validators,
    },
    schedule::{Pace, after_failure, next_due},
};

/// A source that is gone is not asked again by itself.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What one collection found, before it is written.
pub(super) struct Found {
    pub(super) collected: Collected,
    /// Entries that are as they were.
    pub(super) unchanged: usize,
}

impl Found {
    /// A document was read; `document` is what is remembered of it, where it is.
    pub(super) fn by_reading(
        source: &Source,
        read: Read,
        now: Timestamp,
        next_due: Timestamp,
        document: Option<(Validators, String)>,
    ) -> Self {
        let Read { changes, mut info, per_week, .. } = read;
        let stored = &source.state.info;
        if changes.is_empty() {
            // A date that moves although no entry changed would change our own documents for nothing.
            info.updated = stored.updated;
        }
        let (validators, body_hash) = document.unzip();
        let unchanged = changes.unchanged;
        let outcome = if changes.is_empty() { Outcome::Unchanged } else { Outcome::Read };
        let collected = Collected {
            validators,
            body_hash,
            info: (info != *stored).then_some(info),
            entries_per_week: per_week,
            changes,
            ..Collected::plain(source.id, outcome, now, next_due)
        };
        Found { collected, unchanged }
    }

    /// The same with what the question cost.
    pub(super) fn with(mut self, attempt: Attempt) -> Self {
        self.collected.attempt = Some(attempt);
        self
    }

    /// Judges a source that answered: is its contract kept, did it move, is it silent? `moves` is what is known now.
    pub(super) fn judge(mut self, source: &Source, moves: Moves) -> Self {
        let (now, collected) = (self.collected.at, &mut self.collected);
        let stored = &source.state;
        let updated = collected.info.as_ref().map_or(stored.info.updated, |info| info.updated);
        let mut state = SourceState {
            info: FeedInfo { updated, ..FeedInfo::default() },
            last_new: stored.last_new,
            entries_per_week: stored.entries_per_week,
            ..SourceState::default()
        };
        if !collected.changes.new.is_empty() {
            state.last_new = Some(now);
        }
        state.entries_per_week = collected.entries_per_week.or(state.entries_per_week);
        let (health, reason) = if let Err(breach) = source.spec.contract.check_cadence(&state, now) {
            (Health::BrokenContract, Some(breach.to_string()))
        } else if moves.is_news() {
            let moved = |address| Trouble::moved(&source.spec.slug, address).reason;
            (Health::Moved, moves.address.as_ref().map(moved))
        } else if let Some(silence) = state.silence(now) {
            (Health::Quiet, Some(Trouble::quiet(silence.num_days()).reason))
        } else {
            (Health::Ok, None)
        };
        (collected.health, collected.reason) = (health, reason);
        collected.moves = (moves != source.state.moves).then_some(moves);
        self
    }
}

impl Ingest {
    /// The publisher says that nothing changed, or the bytes are the same.
    pub(super) fn unchanged(
        &self,
        source: &Source,
        validators: Option<Validators>,
        freshness: &Freshness,
    ) -> Found {
        let now = self.0.clock.now();
        let due = self.due(source, &source.state.info, freshness, source.state.entries_per_week);
        let collected = Collected { validators, ..Collected::plain(source.id, Outcome::Unchanged, now, due) };
        Found { collected, unchanged: 0 }
    }

    /// Nothing usable came.
    pub(super) fn failure(&self, source: &Source, trouble: Trouble, not_before: Option<Timestamp>) -> Found {
        let now = self.0.clock.now();
        let failures = source.state.failures.saturating_add(1);
        let limits = self.0.limits.for_source(&source.spec.polling);
        let due = after_failure(now, failures, not_before, &limits, fastrand::f64());
        let collected = Collected {
            health: Health::Failing,
            reason: Some(trouble.reason),
            technical: trouble.technical,
            ..Collected::plain(source.id, Outcome::Failed, now, due)
        };
        Found { collected, unchanged: 0 }
    }

    /// It answered with something else than was agreed.
    pub(super) fn broken_contract(&self, source: &Source, reason: String) -> Found {
        let mut found = self.failure(source, Trouble::plain(reason), None);
        found.collected.health = Health::BrokenContract;
        found
    }

    /// The same, from a breach.
    pub(super) fn breach(&self, source: &Source, breach: Breach) -> Found {
        self.broken_contract(source, breach.to_string())
    }

    /// It could not be asked, by no fault of its own.
    pub(super) fn deferred(&self, source: &Source, until: Timestamp) -> Found {
        let spread = Duration::from_secs_f64(10.0 * fastrand::f64());
        let due = later(until, spread);
        let state = &source.state;
        let collected = Collected {
            health: state.health,
            reason: Some(Trouble::outage().reason),
            ..Collected::plain(source.id, Outcome::Deferred, self.0.clock.now(), due)
        };
        Found { collected, unchanged: 0 }
    }

    /// The first 410 is a failure like others; the second in a row is believed.
    pub(super) fn gone(&self, source: &Source) -> Found {
        let trouble = Trouble::gone();
        let believed = source.state.technical == trouble.technical;
        let mut found = self.failure(source, trouble, None);
        if believed {
            found.collected.health = Health::Gone;
            found.collected.next_due = later(self.0.clock.now(), NEVER);
            let slug = &source.spec.slug;
            tracing::warn!(source = %slug, "{slug} was taken away by its publisher (410 twice) and is not asked any more");
        }
        found
    }

    /// When a source that answered is asked again.
    pub(super) fn due(
        &self,
        source: &Source,
        info: &FeedInfo,
        freshness: &Freshness,
        per_week: Option<f64>,
    ) -> Timestamp {
        let pace = Pace {
            polling: &source.spec.polling,
            zone: source.spec.zone.unwrap_or(self.0.site.zone),
            hints: &info.hints,
            freshness,
            per_week,
        };
        next_due(self.0.clock.now(), &pace, &self.0.limits, fastrand::f64())
    }
}
