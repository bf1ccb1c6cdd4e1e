//! Asking a source: waits for its host's turn and a place, asks, and turns what came into what is to be written.

use std::time::Duration;

use super::{
    Ingest, IngestError, Urgency,
    found::Found,
    turn::{NoTurn, Turn},
};
use crate::{
    clock::later,
    failpoint::{self, Step},
    fetch::{Accept, FetchRequest, Fetched},
    model::{
        Attempt, FeedUrl, FetchError, FetchOutcome, KeptDocument, Moves, Source, SourceKind, SourceSpec,
        Timestamp, Trouble, Validators,
    },
    schedule::Sign,
    store::StoreError,
};

/// A host that asks for fewer requests without saying how long gets so much peace for all of its sources.
const PEACE: Duration = Duration::from_secs(15 * 60);

impl Ingest {
    /// Collects a source of the web. With what was found comes its turn, which has its place.
    pub(super) async fn remote(
        &self,
        source: &Source,
        urgency: &Urgency,
    ) -> Result<(Found, Turn<'_>), IngestError> {
        let Some(url) = source.address() else {
            return Ok((self.failure(source, Trouble::no_address(), None), Turn::none(self)));
        };
        let mut turn = match Turn::begin(self, source, url.authority(), urgency).await {
            Ok(turn) => turn,
            Err(no) => return Ok((self.held(source, no)?, Turn::none(self))),
        };
        if let Some(until) = self.0.outage.paused_until() {
            return Ok((self.deferred(source, until), turn));
        }
        let found = Box::pin(self.ask(source, url, &mut turn)).await?;
        Ok((found, turn))
    }

    /// The moment is kept over a restart, and nothing waits meanwhile.
    fn held(&self, source: &Source, no: NoTurn) -> Result<Found, IngestError> {
        Ok(self.failure(source, Trouble::rate_limited(), Some(no.until()?)))
    }

    async fn ask(&self, source: &Source, url: &FeedUrl, turn: &mut Turn<'_>) -> Result<Found, IngestError> {
        let waits = source.state.info.articles_wait;
        let kept = if waits { self.0.store.kept_document(source.id).await? } else { None };
        let none = Validators::default();
        let request = FetchRequest {
            url,
            // What is not there any more has to come again.
            validators: if waits && kept.is_none() { &none } else { &source.state.validators },
            accept: accept(&source.spec),
            user_agent: source.spec.user_agent.as_deref(),
        };
        let begun = self.0.clock.now();
        let fetched = match self.0.fetcher.fetch_in_turn(&request, turn).await {
            Ok(fetched) => fetched,
            Err(no) => return self.held(source, no),
        };
        failpoint::reach(Step::Fetched);
        let now = self.0.clock.now();
        let not_before = fetched.outcome.not_before(now);
        let authority = fetched.led_to.as_ref().unwrap_or(url).authority();
        if matches!(fetched.outcome, FetchOutcome::RateLimited { .. }) {
            self.hold(&authority, not_before, now).await?;
        }
        // Only now may the next one ask, or learn that it must not.
        turn.leave();
        let sign = sign(&fetched, source);
        if let Some(until) = self.0.outage.heard(&url.authority(), sign, begun, now) {
            return Ok(self.deferred(source, until));
        }
        Ok(self.judge(source, url, fetched, kept, not_before, turn).await?)
    }

    async fn judge(
        &self,
        source: &Source,
        url: &FeedUrl,
        fetched: Fetched,
        kept: Option<KeptDocument>,
        not_before: Option<Timestamp>,
        turn: &mut Turn<'_>,
    ) -> Result<Found, StoreError> {
        let millis = u32::try_from(fetched.took.as_millis()).unwrap_or(u32::MAX);
        let attempt = Attempt { status: fetched.status, millis, ..Attempt::default() };
        let Fetched { outcome, led_to, moved_to, .. } = fetched;
        let died = led_to.is_none() && is_dead(&outcome);
        let found = match outcome {
            FetchOutcome::Modified(document) => {
                let attempt = Attempt { bytes: document.wire_bytes, ..attempt };
                let found = Box::pin(self.modified(source, *document, turn)).await?.with(attempt);
                return Ok(self.settled(source, url, moved_to.as_ref(), found));
            }
            FetchOutcome::NotModified { validators, freshness } => {
                let attempt = Attempt { saved: source.state.body_bytes, ..attempt };
                let replaced = replace(&source.state.validators, validators);
                let found = match kept {
                    Some(kept) => {
                        let validators = replaced.unwrap_or_else(|| source.state.validators.clone());
                        let document = kept.document(validators, freshness);
                        Box::pin(self.modified(source, document, turn)).await?
                    }
                    None => self.unchanged(source, replaced, &freshness),
                };
                return Ok(self.settled(source, url, moved_to.as_ref(), found.with(attempt)));
            }
            FetchOutcome::Gone => self.gone(source),
            FetchOutcome::RateLimited { .. } => self.failure(source, Trouble::rate_limited(), not_before),
            FetchOutcome::Unavailable { .. } => self.failure(source, Trouble::unavailable(), not_before),
            FetchOutcome::Failed(error) => self.failure(source, Trouble::from(&error), None),
        };
        let mut found = found.with(attempt);
        if died && let Some(moves) = self.follow_the_dead(source, found.collected.at) {
            // It has a new address already; the old one is not worth waiting for.
            found.collected.next_due =
                later(found.collected.at, self.0.limits.min.min(Duration::from_secs(60)));
            found.collected.health = crate::model::Health::Failing;
            found.collected.moves = Some(moves);
        }
        Ok(found)
    }

    /// What came was read, or is known: the source's health follows.
    fn settled(&self, source: &Source, asked: &FeedUrl, moved_to: Option<&FeedUrl>, found: Found) -> Found {
        if found.collected.health.is_failure() {
            return found;
        }
        let declared = source.spec.url.as_ref().unwrap_or(asked);
        let moves = source.state.moves.saw(declared, asked, moved_to, found.collected.at);
        if moves.address != source.state.moves.address {
            let slug = &source.spec.slug;
            match &moves.address {
                Some(address) => tracing::warn!(source = %slug, "{slug} moved to {address} for good"),
                None => tracing::info!(source = %slug, "{slug} is back at its declared address"),
            }
        }
        found.judge(source, moves)
    }

    fn follow_the_dead(&self, source: &Source, now: Timestamp) -> Option<Moves> {
        let moves = source.state.moves.died(source.spec.url.as_ref()?, now)?;
        let slug = &source.spec.slug;
        if let Some(address) = &moves.address {
            tracing::warn!(source = %slug, "the address of {slug} is dead; it had moved to {address}, which is asked now");
        }
        Some(moves)
    }

    /// Gives a host the peace that it asked for, over a restart too.
    pub(super) async fn hold(
        &self,
        authority: &str,
        not_before: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let peace = PEACE.min(self.0.limits.max);
        let until = not_before.unwrap_or_else(|| later(now, peace)).min(later(now, self.0.limits.max));
        if until <= now {
            return Ok(());
        }
        self.0.gate.hold(authority, until);
        self.0.store.hold_host(authority, until, now).await
    }
}

/// What is asked for.
pub(super) fn accept(spec: &SourceSpec) -> Accept {
    match (&spec.rules, spec.kind) {
        (Some(rules), _) if rules.json => Accept::Data,
        (_, SourceKind::Page) => Accept::Page,
        (_, SourceKind::Feed | SourceKind::Local) => Accept::Feed,
    }
}

/// What a fetch says about our own network. A source that was failing already says nothing by failing again.
fn sign(fetched: &Fetched, source: &Source) -> Sign {
    let FetchOutcome::Failed(error) = &fetched.outcome else { return Sign::Answered };
    match error {
        _ if fetched.status.is_some() || fetched.led_to.is_some() => Sign::Answered,
        FetchError::Offline { .. } => Sign::Ours,
        FetchError::UnknownHost { .. } | FetchError::Connect { .. } | FetchError::Timeout { .. }
            if source.state.failures == 0 =>
        {
            Sign::Unreached
        }
        // Nothing came, but nothing is shown by it either: it must not count as an answer.
        FetchError::UnknownHost { .. } | FetchError::Connect { .. } | FetchError::Timeout { .. } => {
            Sign::Nothing
        }
        // Refused by us: nobody was asked.
        FetchError::Refused { .. } => Sign::Nothing,
        _ => Sign::Answered,
    }
}

/// Whether an address is no more, as far as one answer can tell.
fn is_dead(outcome: &FetchOutcome) -> bool {
    match outcome {
        FetchOutcome::Gone => true,
        FetchOutcome::Failed(error) => matches!(
            error,
            FetchError::Status { status: 404 }
                | FetchError::UnknownHost { .. }
                | FetchError::Connect { .. }
                | FetchError::Tls { .. }
        ),
        _ => false,
    }
}

/// Validators that a 304 carries replace the stored ones; those it does not carry stay (RFC 9111 §4.3.4).
fn replace(stored: &Validators, carried: Validators) -> Option<Validators> {
    let merged = Validators {
        etag: carried.etag.or_else(|| stored.etag.clone()),
        last_modified: carried.last_modified.or_else(|| stored.last_modified.clone()),
    };
    (merged != *stored).then_some(merged)
}
