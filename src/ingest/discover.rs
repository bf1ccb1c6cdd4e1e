//! From the address of a site to its feeds: every candidate is asked for, politely, and read before it is named. Stores
//! nothing.

use std::{cmp::Reverse, collections::HashSet, time::Duration};

use url::Url;

use super::fetch_once;
use crate::{
    clock::Clock,
    fetch::Fetcher,
    model::{
        Changes, Document, FeedFormat, FeedUrl, Language, ParsedFeed, SourceKind, SourceSpec, Timestamp,
    },
    normalise,
    parse::{self, ParseError},
    schedule::HostGate,
    scrape::{self, Candidate, Lead, Origin, Suggestion},
};

/// Addresses that one discovery asks for, besides the pages.
const MAX_ASKED: usize = 14;
/// What a feed is in that does not say it: the languages of the partners and their neighbours.
const LANGUAGES: [&str; 9] = ["bg", "en", "de", "it", "sl", "fr", "es", "ru", "ro"];
/// Characters of a text that is more than an excerpt.
const FULL_TEXT: usize = 600;

/// What a site has for readers of feeds.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// Where the search began, after redirects.
    pub url: Url,
    /// The site's title.
    pub title: Option<String>,
    /// The site's language.
    pub language: Option<String>,
    /// Feeds that were read, the best first.
    pub feeds: Vec<FoundFeed>,
    /// Where there is no feed: the list page, and rules that read it, the best first.
    pub suggestions: Vec<(Url, Suggestion)>,
    /// How many requests were made.
    pub asked: usize,
}

/// A feed that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundFeed {
    /// The address to declare.
    pub url: FeedUrl,
    /// How it was found.
    pub origin: Origin,
    /// Its format.
    pub format: FeedFormat,
    /// Its title.
    pub title: Option<String>,
    /// The language of most of its entries.
    pub language: Option<String>,
    /// How many entries it has.
    pub entries: usize,
    /// The newest date.
    pub last: Option<Timestamp>,
    /// Whether its entries have their whole text.
    pub full: bool,
    /// Whether it brings what readers comment.
    pub comments: bool,
}

/// Looks for the feeds of a site, beginning with any page of it (or with a feed, which is then the one). `gap` is kept
/// between two requests to a host; robots.txt is obeyed for pages.
///
/// # Errors
/// Why the page itself could not be had, in words for staff.
pub async fn discover(
    fetcher: &Fetcher,
    clock: &Clock,
    gap: Duration,
    url: &FeedUrl,
) -> Result<Discovery, String> {
    let gate = HostGate::new(clock.clone(), gap);
    let (now, seen) = (clock.now(), HashSet::new());
    let mut search = Search { fetcher, gate, now, asked: 0, seen, feeds: Vec::new() };
    let page = search.ask(url, SourceKind::Page).await?;
    let is_feed = search.read(url, Origin::Declared, &page).is_ok();
    let (lead, suggestions) = if is_feed { (Lead::default(), Vec::new()) } else { search.site(&page).await };
    rank(&mut search.feeds, lead.language.as_deref());
    let named = || search.feeds.first().and_then(|feed| feed.title.clone());
    let spoken = || search.feeds.first().and_then(|feed| feed.language.clone());
    Ok(Discovery {
        url: page.url.url().clone(),
        title: lead.title.or_else(named),
        language: lead.language.or_else(spoken),
        feeds: search.feeds,
        suggestions,
        asked: search.asked,
    })
}

fn lead_of(page: &Document) -> Lead {
    scrape::discover(&page.body, page.content_type.as_deref(), page.url.url(), page.link.as_deref())
}

struct Search<'a> {
    fetcher: &'a Fetcher,
    gate: HostGate,
    now: Timestamp,
    asked: usize,
    seen: HashSet<String>,
    feeds: Vec<FoundFeed>,
}

impl Search<'_> {
    fn has_feed(&self) -> bool {
        self.feeds.iter().any(|feed| !feed.comments)
    }

    /// What a page names, then what the site's page of news names, then what sites of its kind usually have; where all
    /// that is nothing, rules.
    async fn site(&mut self, page: &Document) -> (Lead, Vec<(Url, Suggestion)>) {
        let lead = lead_of(page);
        let is_guess = |found: &&Candidate| found.origin == Origin::Guessed;
        self.follow(lead.candidates.iter().filter(|found| !is_guess(found))).await;
        let news = match lead.news.clone().filter(|_| !self.has_feed()) {
            Some(news) => self.page(news).await,
            None => None,
        };
        let second = news.as_ref().map(lead_of).unwrap_or_default();
        if !self.has_feed() {
            self.follow(second.candidates.iter().filter(|found| !is_guess(found))).await;
        }
        for guess in second.candidates.iter().chain(&lead.candidates).filter(is_guess) {
            if self.has_feed() {
                break;
            }
            self.follow(std::iter::once(guess)).await;
        }
        let pages = [news.as_ref(), Some(page)].into_iter().flatten().filter(|_| !self.has_feed());
        let suggestions = pages.flat_map(|page| self.suggest(page)).collect();
        (lead, suggestions)
    }

    async fn ask(&mut self, url: &FeedUrl, kind: SourceKind) -> Result<Document, String> {
        self.asked += 1;
        let slug = "discovered".parse().map_err(|error: crate::model::NameError| error.to_string())?;
        let spec = SourceSpec { kind, ..SourceSpec::feed(slug, url.clone()) };
        let _pass = self.gate.enter(&url.authority()).await;
        fetch_once(self.fetcher, &spec).await
    }

    async fn page(&mut self, url: Url) -> Option<Document> {
        self.ask(&FeedUrl::try_from(url).ok()?, SourceKind::Page).await.ok()
    }

    /// Asks for candidates and keeps those that are feeds. A page in place of one may name feeds itself.
    async fn follow(&mut self, candidates: impl Iterator<Item = &Candidate>) {
        let mut queue: Vec<(Url, Origin, bool)> =
            candidates.map(|candidate| (candidate.url.clone(), candidate.origin, true)).collect();
        queue.reverse();
        while let Some((url, origin, may_lead)) = queue.pop() {
            if self.asked >= MAX_ASKED || !self.seen.insert(url.as_str().trim_end_matches('/').to_owned()) {
                continue;
            }
            let Ok(url) = FeedUrl::try_from(url) else { continue };
            let Ok(document) = self.ask(&url, SourceKind::Feed).await else { continue };
            match self.read(&url, origin, &document) {
                Err(ParseError::HtmlPage { feeds, .. }) if may_lead && origin != Origin::Guessed => {
                    let named = feeds.iter().filter_map(|feed| Url::parse(feed).ok());
                    queue.extend(named.map(|url| (url, Origin::Linked, false)));
                }
                _ => {}
            }
        }
    }

    /// Reads a document, and keeps it where it is a feed that is not known by another address.
    fn read(&mut self, asked: &FeedUrl, origin: Origin, document: &Document) -> Result<(), ParseError> {
        let url = document.moved_to.as_ref().unwrap_or(asked);
        let content_type = document.content_type.as_deref();
        let content_language = document.content_language.as_deref();
        let base = Some(document.url.url());
        let hints = parse::Hints { content_type, content_language, base, zone: None, now: Some(self.now) };
        let feed = parse::parse(&document.body, &hints)?;
        let found = describe(feed, url, origin, document, self.now);
        let is_twin = |known: &FoundFeed| {
            known.url == found.url
                || (known.format == found.format
                    && known.title == found.title
                    && known.last == found.last
                    && known.entries == found.entries
                    && found.last.is_some())
        };
        if !self.feeds.iter().any(is_twin) {
            self.feeds.push(found);
        }
        Ok(())
    }

    fn suggest(&self, page: &Document) -> Vec<(Url, Suggestion)> {
        let (url, content_type) = (page.url.url(), page.content_type.as_deref());
        let found = scrape::suggest(&page.body, content_type, url, None, self.now).unwrap_or_default();
        found.into_iter().map(|suggestion| (url.clone(), suggestion)).collect()
    }
}

/// What editors want to know of a feed before they choose it.
fn describe(
    feed: ParsedFeed,
    url: &FeedUrl,
    origin: Origin,
    document: &Document,
    now: Timestamp,
) -> FoundFeed {
    let info = normalise::feed_info(&feed, now);
    let (format, entries) = (feed.format, feed.entries.len());
    // Nobody has configured this source: any language that partners write in may be its own.
    let languages: Vec<Language> = LANGUAGES.iter().filter_map(|tag| tag.parse().ok()).collect();
    let entries_of = |feed: ParsedFeed| -> Option<Changes> {
        let spec = SourceSpec::feed("discovered".parse().ok()?, url.clone());
        let identified = normalise::identify(&feed, &spec);
        let base = Some(document.url.url());
        let context = normalise::Context {
            source: &spec,
            base,
            authority: "localhost",
            now,
            languages: &languages,
            clean_links: false,
        };
        Some(normalise::changes(feed, identified, &[], &context))
    };
    let changes = entries_of(feed).unwrap_or_default();
    let read: Vec<_> = changes.new.iter().map(|(entry, _)| entry).collect();
    let is_full = |entry: &&&crate::model::Entry| {
        entry.content.as_ref().is_some_and(|content| content.as_str().chars().count() >= FULL_TEXT)
    };
    let full = !read.is_empty() && read.iter().filter(is_full).count() * 2 >= read.len();
    let language = most(read.iter().filter_map(|entry| entry.language.as_ref().map(Language::as_str)));
    let comments = is_about_comments(url.url(), info.title.as_deref());
    FoundFeed {
        url: url.clone(),
        origin,
        format,
        language: language.or(info.language),
        title: info.title,
        entries,
        last: info.updated,
        full,
        comments,
    }
}

/// The most frequent one.
fn most<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    let values: Vec<&str> = values.collect();
    let count = |value: &str| values.iter().filter(|other| **other == value).count();
    values.iter().max_by_key(|value| count(value)).map(|value| (*value).to_owned())
}

fn is_about_comments(url: &Url, title: Option<&str>) -> bool {
    let title = title.unwrap_or_default().to_lowercase();
    let words = ["comments", "коментари", "kommentare", "commenti", "komentarji"];
    url.path().split('/').any(|part| part == "comments") || words.iter().any(|word| title.contains(word))
}

/// The best first: news before comments, declared before linked before guessed, in the page's language, whole texts before
/// excerpts, the newest, the longest.
fn rank(feeds: &mut [FoundFeed], page_language: Option<&str>) {
    let primary = |language: &str| language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let page = page_language.map(primary);
    feeds.sort_by_key(|feed| {
        let foreign = match (&page, feed.language.as_deref().map(primary)) {
            (Some(page), Some(language)) => *page != language,
            _ => false,
        };
        (feed.comments, feed.origin, foreign, !feed.full, Reverse(feed.last), Reverse(feed.entries))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(name: &str) -> FoundFeed {
        FoundFeed {
            url: format!("https://a.example/{name}").parse().unwrap(),
            origin: Origin::Declared,
            format: FeedFormat::Rss20,
            title: None,
            language: Some("bg".to_owned()),
            entries: 10,
            last: "2026-03-01T00:00:00Z".parse().ok(),
            full: false,
            comments: false,
        }
    }

    #[test]
    fn the_best_feed_comes_first() {
        let newer = "2026-03-02T00:00:00Z".parse().ok();
        let mut feeds = [
            FoundFeed { comments: true, full: true, ..feed("comments") },
            FoundFeed { origin: Origin::Guessed, full: true, last: newer, ..feed("guessed") },
            FoundFeed { language: Some("en".to_owned()), full: true, last: newer, ..feed("foreign") },
            feed("older"),
            FoundFeed { last: newer, ..feed("newer") },
            FoundFeed { full: true, ..feed("full") },
            FoundFeed { origin: Origin::Linked, ..feed("linked") },
        ];
        rank(&mut feeds, Some("bg-BG"));
        let order: Vec<_> = feeds.iter().map(|feed| feed.url.url().path()).collect();
        assert_eq!(order, ["/full", "/newer", "/older", "/foreign", "/linked", "/guessed", "/comments"]);
    }

    #[test]
    fn comments_are_known_by_address_or_title() {
        let url = |path: &str| Url::parse(&format!("https://a.example{path}")).unwrap();
        assert!(is_about_comments(&url("/comments/feed/"), None));
        assert!(is_about_comments(&url("/feed2"), Some("Коментари за Новини")));
        assert!(!is_about_comments(&url("/feed"), Some("Commentary")));
    }
}
