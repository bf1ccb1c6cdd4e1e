//! Which entries of a document are known, also those that are stored under another identity.

use std::collections::HashSet;

use super::Ingest;
use crate::{
    model::{Identity, IdentityPolicy, Known, ParsedFeed, Source},
    normalise::{self, Identified},
    store::StoreError,
    telemetry::Stage,
};

/// A document, recognised.
pub(super) struct Recognised {
    pub(super) feed: ParsedFeed,
    pub(super) identified: Vec<Identified>,
    pub(super) known: Vec<Known>,
    pub(super) policy: IdentityPolicy,
}

impl Ingest {
    /// Recognises the entries of a document, and looks up what is known of them.
    pub(super) async fn recognise(
        &self,
        source: &Source,
        feed: ParsedFeed,
    ) -> Result<Recognised, StoreError> {
        let policy = normalise::identity_policy(&feed, source.state.info.identity);
        let (feed, mut identified) = self.identify(source, feed, policy).await;
        let mut identities: Vec<Identity> = identified.iter().map(|entry| entry.identity.clone()).collect();
        if policy.trusts_ids() {
            identities.extend(normalise::deleted(&feed));
        }
        // A complete document also says what is no longer there, so everything known is needed.
        let wanted = (!feed.complete).then_some(identities.as_slice());
        let mut known = self.0.store.known(source.id, wanted).await?;
        if !feed.complete && source.state.last_success.is_some() {
            self.look_further(source, &identified, &mut known, policy).await?;
        }
        let single = normalise::adopt_single(&feed, &source.spec, &mut identified, &known, policy);
        let judged =
            if single == policy { normalise::adopt(&mut identified, &known, policy) } else { single };
        if judged == policy {
            self.note(source, policy);
            return Ok(Recognised { feed, identified, known, policy });
        }
        let (feed, mut identified) = self.identify(source, feed, judged).await;
        normalise::adopt(&mut identified, &known, judged);
        self.note(source, judged);
        Ok(Recognised { feed, identified, known, policy: judged })
    }

    async fn identify(
        &self,
        source: &Source,
        feed: ParsedFeed,
        policy: IdentityPolicy,
    ) -> (ParsedFeed, Vec<Identified>) {
        let spec = source.spec.clone();
        self.on_a_core(Stage::Normalise, move || {
            let identified = normalise::identify_by(&feed, &spec, policy);
            (feed, identified)
        })
        .await
    }

    /// Entries that are unknown may be stored under another identity. Their addresses are looked for where most of a document
    /// is unknown, which is what ids that change look like, or where ids are not believed.
    async fn look_further(
        &self,
        source: &Source,
        identified: &[Identified],
        known: &mut Vec<Known>,
        policy: IdentityPolicy,
    ) -> Result<(), StoreError> {
        let found: HashSet<&Identity> = known.iter().map(|known| &known.identity).collect();
        let unknown: Vec<&Identified> =
            identified.iter().filter(|entry| !found.contains(&entry.identity)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let others: Vec<Identity> = unknown.iter().flat_map(|entry| entry.others().cloned()).collect();
        let mut more = self.0.store.known(source.id, Some(&others)).await?;
        if !policy.trusts_ids() || unknown.len() * 2 >= identified.len() {
            let links: Vec<String> = unknown.iter().flat_map(|entry| entry.addresses()).collect();
            more.extend(self.0.store.known_by_link(source.id, &links).await?);
        }
        for entry in more {
            if !known.iter().any(|known| known.id == entry.id) {
                known.push(entry);
            }
        }
        Ok(())
    }

    fn note(&self, source: &Source, policy: IdentityPolicy) {
        if let Some(reason) = policy.reason().filter(|_| policy != source.state.info.identity) {
            let slug = &source.spec.slug;
            tracing::warn!(source = %slug, "the ids of {slug} are not believed any more: {reason}");
        }
    }
}
