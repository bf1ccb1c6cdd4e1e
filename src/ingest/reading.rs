//! From a document to what has to be written: reads it as its source says, and compares it with what is known.

use sha2::{Digest, Sha256};
use url::Url;

use super::{Ingest, found::Found, pages};
use crate::{
    model::{
        Breach, Changes, Document, FeedInfo, Identity, PageRules, ParsedFeed, Source, SourceSpec, Timestamp,
        Trouble,
    },
    normalise,
    parse::{self, ParseError},
    scrape::{self, Page, ScrapeError},
    store::StoreError,
    telemetry::Stage,
};

/// A document that was read, and what it means.
pub(super) struct Read {
    pub(super) changes: Changes,
    pub(super) info: FeedInfo,
    pub(super) per_week: Option<f64>,
    pub(super) articles: pages::Articles,
}

/// Why a document brought nothing. `Display` is for staff.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    #[error(transparent)]
    Feed(#[from] ParseError),
    #[error(transparent)]
    Page(#[from] ScrapeError),
    #[error(transparent)]
    Contract(#[from] Breach),
}

impl Unread {
    /// Whether what came is not what was agreed: rules are an agreement about the page too.
    fn is_breach(&self) -> bool {
        match self {
            Unread::Contract(_) => true,
            Unread::Page(error) => matches!(
                error,
                ScrapeError::NoItems { .. } | ScrapeError::NothingInItems { .. } | ScrapeError::NoList { .. }
            ),
            Unread::Feed(_) => false,
        }
    }
}

impl Ingest {
    /// A whole body came.
    pub(super) async fn modified(&self, source: &Source, document: Document) -> Result<Found, StoreError> {
        let (validators, freshness) = (document.validators.clone(), document.freshness);
        let base = document.url.url().clone();
        let hash = hex(&Sha256::digest(&document.body));
        if source.state.body_hash.as_ref() == Some(&hash) {
            // One of several servers may not say them: those of the same bytes are still true.
            let validators = Some(validators).filter(|validators| !validators.is_empty());
            return Ok(self.unchanged(source, validators, &freshness));
        }
        let now = self.0.clock.now();
        let spec = source.spec.clone();
        let page = match self.on_a_core(Stage::Parse, move || read_document(&spec, &document, now)).await {
            Ok(page) => page,
            Err(unread) if unread.is_breach() => return Ok(self.broken_contract(source, unread.to_string())),
            Err(unread) => return Ok(self.failure(source, Trouble::plain(unread.to_string()), None)),
        };
        let feed = self.with_older_pages(source, page, now).await?;
        let read = self.changes_of(source, feed, Some(base), now).await?;
        if let Some(breach) = read.articles.breach {
            return Ok(self.breach(source, breach));
        }
        let due = self.due(source, &read.info, &freshness, read.per_week);
        // While articles wait, the list has to come again: it is not remembered as read.
        let document = (!read.articles.waiting).then_some((validators, hash));
        Ok(Found::by_reading(source, read, now, due, document))
    }

    /// What of this feed has to be written: looks up what is known of its entries, and normalises the rest.
    pub(super) async fn changes_of(
        &self,
        source: &Source,
        feed: ParsedFeed,
        base: Option<Url>,
        now: Timestamp,
    ) -> Result<Read, StoreError> {
        let spec = source.spec.clone();
        let (mut feed, mut identified) = self
            .on_a_core(Stage::Normalise, move || {
                let identified = normalise::identify(&feed, &spec);
                (feed, identified)
            })
            .await;
        let identities: Vec<Identity> = identified.iter().map(|entry| entry.identity.clone()).collect();
        // A complete document also says what is no longer there, so everything known is needed.
        let wanted = (!feed.complete).then_some(identities.as_slice());
        let known = self.0.store.known(source.id, wanted).await?;
        let articles = self.read_articles(source, &mut feed, &mut identified, &known, now).await;
        let spec = source.spec.clone();
        let authority = self.0.site.authority().to_owned();
        Ok(self
            .on_a_core(Stage::Normalise, move || {
                let context =
                    normalise::Context { source: &spec, base: base.as_ref(), authority: &authority, now };
                let info = normalise::feed_info(&feed, now);
                let per_week = normalise::entries_per_week(&feed, now);
                let changes = normalise::changes(feed, identified, &known, &context);
                Read { changes, info, per_week, articles }
            })
            .await)
    }
}

/// Reads a document as its source says, by rules or as a feed, and holds it against the source's contract.
pub(super) fn read_document(spec: &SourceSpec, document: &Document, now: Timestamp) -> Result<Page, Unread> {
    let content_type = document.content_type.as_deref();
    let base = document.url.url();
    let page = if let Some(rules) = &spec.rules {
        scrape::read(&document.body, content_type, base, rules, spec.zone, now)?
    } else {
        let content_language = document.content_language.as_deref();
        let hints = parse::Hints { content_type, content_language, base: Some(base), zone: spec.zone };
        Page { feed: parse::parse(&document.body, &hints)?, next: None }
    };
    let later = spec.rules.as_ref().map(PageRules::later_fields).unwrap_or_default();
    spec.contract.check(&page.feed.entries, &later)?;
    Ok(page)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
