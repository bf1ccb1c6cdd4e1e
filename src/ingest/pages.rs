//! What a page makes necessary besides itself: older pages of the same list, and the pages of its articles. Each request
//! waits for its host's turn, and obeys robots.txt.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use url::Url;

use super::{
    Ingest,
    reading::read_document,
    remote::accept,
    turn::{NoTurn, Turn},
};
use crate::{
    fetch::{Accept, FetchRequest},
    model::{
        Breach, Document, FeedUrl, FetchError, FetchOutcome, Fingerprint, Identity, Known, PageRules,
        ParsedEntry, ParsedFeed, Source, Timestamp, Trouble, Validators,
    },
    normalise::{self, Identified},
    scrape::{self, Page, ScrapeError},
    store::StoreError,
    telemetry::Stage,
};

/// Article pages that one collection of a source asks for; the others wait for the next.
const MAX_ARTICLES: usize = 20;
/// And for so long at most: a slow host must not keep the list waiting.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// So long after an entry was first seen, its article page is asked for again where it did not answer.
const TRY_FOR: Duration = Duration::from_secs(24 * 3600);

/// What came of the article pages.
#[derive(Debug, Default)]
pub(super) struct Articles {
    /// Some are still to be read: the list must be looked at again.
    pub(super) waiting: bool,
    /// What they bring breaks the source's contract.
    pub(super) breach: Option<Breach>,
}

/// What came of asking for one more page.
pub(super) enum Asked {
    Document(Box<Document>),
    /// 410: it is gone for good.
    Gone,
    /// Asking again would bring the same.
    Never(String),
    Later(String),
}

impl Ingest {
    /// The entries of a page and, as long as what they bring is new, of the older pages behind it.
    pub(super) async fn with_older_pages(
        &self,
        source: &Source,
        page: Page,
        now: Timestamp,
        turn: &mut Turn<'_>,
    ) -> Result<ParsedFeed, StoreError> {
        let Page { mut feed, mut next } = page;
        let limit = source.spec.rules.as_deref().map_or(1, PageRules::page_limit);
        let mut asked: HashSet<Url> = source.address().iter().map(|url| url.url().clone()).collect();
        let mut newest = 0;
        for number in 2..=limit {
            let Some(url) = next.take().filter(|url| asked.insert(url.clone())) else { break };
            if self.knows_last(source, &feed, newest).await? {
                break;
            }
            match self.older_page(source, url, now, turn).await {
                Ok(page) => {
                    newest = feed.entries.len();
                    let known: HashSet<String> =
                        feed.entries.iter().filter_map(|entry| entry.link().map(str::to_owned)).collect();
                    let is_new = |entry: &ParsedEntry| entry.link().is_none_or(|link| !known.contains(link));
                    feed.entries.extend(page.feed.entries.into_iter().filter(is_new));
                    next = page.next.filter(|_| feed.entries.len() > newest);
                }
                Err(reason) => {
                    // What was read so far is good; older entries are a bonus.
                    let slug = &source.spec.slug;
                    tracing::warn!(source = %slug, number, "page {number} of {slug} was not read: {reason}");
                    break;
                }
            }
        }
        Ok(feed)
    }

    /// Lists begin with the newest: where the last entry of a page is known, older pages bring nothing.
    async fn knows_last(&self, source: &Source, feed: &ParsedFeed, from: usize) -> Result<bool, StoreError> {
        let identified = normalise::identify_by(feed, &source.spec, source.state.info.identity);
        let last = identified.iter().rev().find(|entry| entry.index >= from);
        let Some(last) = last else { return Ok(true) };
        let known = self.0.store.known(source.id, Some(std::slice::from_ref(&last.identity))).await?;
        // One whose article still waits is not done with.
        let waits = source.spec.rules.as_ref().filter(|rules| rules.reads_articles());
        let waits = waits.map(|rules| waiting(&with_article(&last.fingerprint, rules)));
        Ok(known.iter().any(|known| Some(&known.fingerprint) != waits.as_ref()))
    }

    async fn older_page(
        &self,
        source: &Source,
        url: Url,
        now: Timestamp,
        turn: &mut Turn<'_>,
    ) -> Result<Page, String> {
        let document = match self.ask_for_more(source, url, accept(&source.spec), turn).await {
            Asked::Document(document) => document,
            Asked::Gone => return Err(Trouble::gone().reason),
            Asked::Never(reason) | Asked::Later(reason) => return Err(reason),
        };
        let mut spec = source.spec.clone();
        // The contract is about the first page.
        spec.contract = Default::default();
        let read = self.on_a_core(Stage::Parse, move || read_document(&spec, &document, now)).await;
        read.map_err(|unread| unread.to_string())
    }

    /// Reads the article pages of entries that are new or changed, as far as patience and politeness go, where the
    /// source asks for it. An entry whose page could not be read yet is stored as the list shows it; its fingerprint
    /// says that it waits.
    pub(super) async fn read_articles(
        &self,
        source: &Source,
        feed: &mut ParsedFeed,
        identified: &mut [Identified],
        known: &[Known],
        now: Timestamp,
        turn: &mut Turn<'_>,
    ) -> Articles {
        let Some(rules) = source.spec.rules.as_ref().filter(|rules| rules.reads_articles()) else {
            return Articles::default();
        };
        let known: HashMap<&Identity, &Known> = known.iter().map(|known| (&known.identity, known)).collect();
        let mut reading = Reading { begun: Instant::now(), asked: 0, waiting: false, read: Vec::new() };
        // Over several pages the oldest come first: what waits then stands on the first pages, and is found again.
        let mut in_turn: Vec<&mut Identified> = identified.iter_mut().collect();
        if rules.page_limit() > 1 {
            in_turn.reverse();
        }
        for entry in in_turn {
            entry.fingerprint = with_article(&entry.fingerprint, rules);
            let known = known.get(&entry.identity).copied();
            if known.is_some_and(|known| known.is_gone() || known.fingerprint == entry.fingerprint) {
                continue;
            }
            let Some(parsed) = feed.entries.get_mut(entry.index) else { continue };
            let came = match reading.has_patience() && !self.is_stopping() {
                true => {
                    reading.asked += 1;
                    self.article(source, rules, parsed, now, turn).await
                }
                false => Came::Later { tried: false },
            };
            match came {
                Came::Read => reading.read.push(parsed.clone()),
                Came::Never => {}
                Came::Later { tried } => reading.postpone(entry, known, tried, now),
            }
        }
        let breach = source.spec.contract.check_articles(&reading.read, &rules.later_fields()).err();
        Articles { waiting: reading.waiting, breach }
    }

    async fn article(
        &self,
        source: &Source,
        rules: &PageRules,
        entry: &mut ParsedEntry,
        now: Timestamp,
        turn: &mut Turn<'_>,
    ) -> Came {
        let slug = &source.spec.slug;
        let Some(url) = entry.link().and_then(|link| Url::parse(link).ok()) else { return Came::Never };
        let link = url.to_string();
        let document = match self.ask_for_more(source, url, Accept::Page, turn).await {
            Asked::Document(document) => document,
            refused @ (Asked::Gone | Asked::Never(_)) => {
                let reason = if let Asked::Never(reason) = refused { reason } else { Trouble::gone().reason };
                tracing::warn!(source = %slug, "{slug}: the article {link} is not there: {reason}");
                return Came::Never;
            }
            Asked::Later(reason) => {
                tracing::warn!(source = %slug, "{slug}: the article {link} comes later: {reason}");
                return Came::Later { tried: true };
            }
        };
        let (rules, zone, mut whole) = (rules.clone(), source.spec.zone, entry.clone());
        let (whole, read) = self
            .on_a_core(Stage::Parse, move || {
                let content_type = document.content_type.as_deref();
                let base = document.url.url();
                let read = scrape::article(&document.body, content_type, base, &rules, zone, now, &mut whole);
                (whole, read)
            })
            .await;
        *entry = whole;
        match read {
            Ok(()) => Came::Read,
            Err(error) => {
                tracing::warn!(source = %slug, "{slug}: {link}: {error}");
                if matches!(error, ScrapeError::NoContent { .. }) { Came::Read } else { Came::Never }
            }
        }
    }

    /// Asks for one more page, when it is its host's turn.
    pub(super) async fn ask_for_more(
        &self,
        source: &Source,
        url: Url,
        accept: Accept,
        turn: &mut Turn<'_>,
    ) -> Asked {
        let url = match FeedUrl::try_from(url) {
            Ok(url) => url,
            Err(error) => return Asked::Never(error.to_string()),
        };
        let validators = Validators::default();
        let user_agent = source.spec.user_agent.as_deref();
        let request = FetchRequest { url: &url, validators: &validators, accept, user_agent };
        let fetched = match self.0.fetcher.fetch_in_turn(&request, turn).await {
            Ok(fetched) => fetched,
            Err(NoTurn::Held(_)) => return Asked::Later(Trouble::rate_limited().reason),
            Err(NoTurn::Stopping) => return Asked::Later("stopping".into()),
        };
        if matches!(fetched.outcome, FetchOutcome::RateLimited { .. }) {
            let (now, authority) = (self.0.clock.now(), fetched.led_to.as_ref().unwrap_or(&url).authority());
            if let Err(error) = self.hold(&authority, fetched.outcome.not_before(now), now).await {
                tracing::warn!(%error, "the peace that {authority} asks for is forgotten at a restart: {error}");
            }
        }
        turn.leave();
        judge(fetched.outcome)
    }
}

fn judge(outcome: FetchOutcome) -> Asked {
    match outcome {
        FetchOutcome::Modified(document) => Asked::Document(document),
        FetchOutcome::RateLimited { .. } => Asked::Later(Trouble::rate_limited().reason),
        FetchOutcome::Unavailable { .. } => Asked::Later(Trouble::unavailable().reason),
        FetchOutcome::Gone => Asked::Gone,
        FetchOutcome::NotModified { .. } => Asked::Never("“not modified”, although nothing was asked".into()),
        FetchOutcome::Failed(error) => {
            let reason = error.to_string();
            let is_final = match error {
                FetchError::Status { status } => {
                    (400..500).contains(&status) && status != 408 && status != 425
                }
                FetchError::Robots { .. } | FetchError::Refused { .. } | FetchError::TooLarge { .. } => true,
                _ => false,
            };
            if is_final { Asked::Never(reason) } else { Asked::Later(reason) }
        }
    }
}

/// What came of one article page.
enum Came {
    Read,
    Never,
    Later { tried: bool },
}

/// How far the article pages of one list are read.
struct Reading {
    begun: Instant,
    asked: usize,
    waiting: bool,
    read: Vec<ParsedEntry>,
}

impl Reading {
    fn has_patience(&self) -> bool {
        self.asked < MAX_ARTICLES && self.begun.elapsed() < PATIENCE
    }

    /// A new entry is stored as it is and waits. A known one stays as it was, its text too; only what never had one is
    /// given up after a day, so that its list is not read anew for ever.
    fn postpone(&mut self, entry: &mut Identified, known: Option<&Known>, tried: bool, now: Timestamp) {
        let waits = waiting(&entry.fingerprint);
        match known {
            None => entry.fingerprint = waits,
            Some(known) if known.fingerprint == waits && tried && is_old(known, now) => return,
            Some(known) => entry.fingerprint = known.fingerprint.clone(),
        }
        self.waiting = true;
    }
}

fn is_old(known: &Known, now: Timestamp) -> bool {
    (now - known.first_seen).to_std().is_ok_and(|age| age > TRY_FOR)
}

/// Other rules for articles bring another text, though the list is as it was.
fn with_article(fingerprint: &Fingerprint, rules: &PageRules) -> Fingerprint {
    let content = rules.content.as_deref().unwrap_or_default();
    let remove = rules.remove.iter().map(String::as_str);
    let fields = rules.on_article.named().into_iter().filter_map(|(name, field)| Some((name, field?)));
    let fields = fields.flat_map(|(name, field)| {
        let parts = [field.attribute.as_deref(), field.pattern.as_deref()].map(Option::unwrap_or_default);
        [name, field.select.as_str()].into_iter().chain(parts)
    });
    Fingerprint::of(["article", fingerprint.as_str(), content].into_iter().chain(remove).chain(fields))
}

/// The fingerprint of an entry whose article page was not read yet.
fn waiting(fingerprint: &Fingerprint) -> Fingerprint {
    Fingerprint::of(["waiting", fingerprint.as_str()])
}
