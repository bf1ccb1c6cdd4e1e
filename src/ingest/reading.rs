//! From a document to what has to be written: reads it as its source says, and compares it with what is known.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use url::Url;

use super::{Ingest, found::Found, pages, recognise::Recognised, turn::Turn};
use crate::{
    model::{
        Breach, Changes, Document, EntryId, FeedInfo, Identity, KeptDocument, PageRules, ParsedFeed, Site,
        Source, SourceKind, SourceSpec, Timestamp, Trouble,
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
    /// Entries whose changes wait, as they change too often.
    pub(super) put_off: usize,
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
    pub(super) async fn modified(
        &self,
        source: &Source,
        document: Document,
        turn: &mut Turn<'_>,
    ) -> Result<Found, StoreError> {
        let (validators, freshness) = (document.validators.clone(), document.freshness);
        let base = document.url.url().clone();
        let hash = hex(&Sha256::digest(&document.body));
        let (known, waited) =
            (source.state.body_hash.as_ref() == Some(&hash), source.state.info.articles_wait);
        if known && !waited {
            // One of several servers may not say them: those of the same bytes are still true.
            let validators = Some(validators).filter(|validators| !validators.is_empty());
            return Ok(self.unchanged(source, validators, &freshness));
        }
        let now = self.0.clock.now();
        let spec = source.spec.clone();
        let kept = KeptDocument::of(&document);
        let page = match self.on_a_core(Stage::Parse, move || read_document(&spec, &document, now)).await {
            Ok(page) => page,
            Err(unread) if unread.is_breach() => return Ok(self.broken_contract(source, unread.to_string())),
            Err(unread) => return Ok(self.failure(source, Trouble::plain(unread.to_string()), None)),
        };
        let feed = self.with_older_pages(source, page, now, turn).await?;
        let mut read = self.changes_of(source, feed, Some(base), now, turn).await?;
        if let Some(breach) = read.articles.breach.take() {
            return Ok(self.breach(source, breach));
        }
        let waits = read.articles.waiting;
        let due = self.due(source, &read.info, &freshness, read.per_week);
        // While changes of entries wait, the document has to come again: it is not remembered as read, and asked for with the
        // validators of the last one that was taken over as a whole.
        let document = (read.put_off == 0).then_some((validators, hash));
        let mut found = Found::by_reading(source, read, now, due, document);
        // While articles wait, the list is kept: it need not come again for them.
        found.collected.kept = match (waited, waits) {
            (false, true) => Some(Some(kept)),
            (true, true) => (!known).then_some(Some(kept)),
            (true, false) => Some(None),
            (false, false) => None,
        };
        Ok(found)
    }

    /// What of this feed has to be written: looks up what is known of its entries, and normalises the rest.
    pub(super) async fn changes_of(
        &self,
        source: &Source,
        feed: ParsedFeed,
        base: Option<Url>,
        now: Timestamp,
        turn: &mut Turn<'_>,
    ) -> Result<Read, StoreError> {
        let Recognised { mut feed, mut identified, known, policy } = self.recognise(source, feed).await?;
        let articles = self.read_articles(source, &mut feed, &mut identified, &known, now, turn).await;
        let spec = source.spec.clone();
        let site = self.0.site.clone();
        // A document without entries that say anything may be anything itself; what it calls itself must not change what is
        // published.
        let stored = &source.state.info;
        let named = (identified.is_empty() && stored.title.is_some()).then(|| stored.clone());
        let identities: Vec<Identity> = identified.iter().map(|entry| entry.identity.clone()).collect();
        let read = self
            .on_a_core(Stage::Normalise, move || {
                let context = context(&spec, base.as_ref(), &site, now);
                let articles_wait = articles.waiting;
                let said = normalise::feed_info(&feed, now);
                let said = match named {
                    Some(named) => FeedInfo { hints: said.hints, ..named },
                    None => said,
                };
                let info = FeedInfo { identity: policy, articles_wait, ..said };
                let per_week = normalise::entries_per_week(&feed, now);
                let changes = normalise::changes(feed, identified, &known, &context);
                Read { changes, info, per_week, articles, put_off: 0 }
            })
            .await;
        let changes = self.guarded(source, read.changes, identities).await?;
        let (changes, put_off) = self.put_off(source, changes, now).await?;
        Ok(Read { changes, put_off, ..read })
    }

    /// Leaves out changes of entries that change all the time; they come with a later document.
    async fn put_off(
        &self,
        source: &Source,
        changes: Changes,
        now: Timestamp,
    ) -> Result<(Changes, usize), StoreError> {
        if changes.updated.is_empty() || source.spec.kind == SourceKind::Local {
            return Ok((changes, 0));
        }
        let ids: Vec<EntryId> = changes.updated.iter().map(|(id, ..)| *id).collect();
        let lately = self.0.store.lately(&ids, now - TimeDelta::days(1)).await?;
        let (changes, put_off) = normalise::put_off(changes, &lately);
        if put_off > 0 {
            let slug = &source.spec.slug;
            tracing::debug!(source = %slug, put_off, "{slug}: {put_off} entries change all the time; their changes wait");
        }
        Ok((changes, put_off))
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
        let hints = parse::Hints {
            content_type,
            content_language,
            base: Some(base),
            zone: spec.zone,
            now: Some(now),
        };
        Page { feed: parse::parse(&document.body, &hints)?, next: None }
    };
    let later = spec.rules.as_deref().map(PageRules::later_fields).unwrap_or_default();
    spec.contract.check(&page.feed.entries, &later)?;
    Ok(page)
}

/// What normalising needs to know.
pub(super) fn context<'a>(
    source: &'a SourceSpec,
    base: Option<&'a Url>,
    site: &'a Site,
    now: Timestamp,
) -> normalise::Context<'a> {
    let (languages, clean_links) = (site.languages.as_slice(), site.clean_links);
    normalise::Context { source, base, authority: site.authority(), now, languages, clean_links }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
