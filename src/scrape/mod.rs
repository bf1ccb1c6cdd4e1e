//! A page and rules to a ParsedFeed, for sources without a feed. Does no I/O and reads no clock: what has to be fetched
//! next (an older page, an article) is said, and fetched by others.

mod about;
mod article;
mod dates;
mod discover;
mod find;
mod item;
mod json;
mod linked_data;
mod page;
mod readable;
mod rules;
mod shown;
mod suggest;
mod systems;
mod text;

use std::{borrow::Cow, collections::HashMap};

use chrono_tz::Tz;
use scraper::Html;
use url::Url;

use self::{dates::Dates, item::Reader, rules::Rules};
use crate::{
    charset::decode_html,
    model::{FeedFormat, Link, PageRules, ParsedEntry, ParsedFeed, Text, Timestamp},
};

pub use article::article;
pub use discover::{Candidate, Lead, Origin, discover};
pub use rules::check;
pub use shown::{Difference, Shown, differences};
pub use suggest::{Suggestion, suggest};

/// Items beyond this are left out: no list page that people read is longer.
const MAX_ITEMS: usize = 1_000;

/// Why a page gave no entries: one variant a reaction. `Display` is for staff.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScrapeError {
    /// The rules are at fault; `check` says all of it.
    #[error("rules.{key}: {reason}")]
    Rules {
        /// Which rule.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The page changed, or is another one.
    #[error("the page has no items: “{selector}” finds nothing; it may have changed")]
    NoItems {
        /// The item selector.
        selector: String,
    },
    /// The items are there, but none could be read.
    #[error("{items} items were found on the page, but none of them has a link and a title")]
    NothingInItems {
        /// How many.
        items: usize,
    },
    /// Nesting or attributes that only a hostile page has.
    #[error("the page's markup is too deep or too large to be read")]
    TooComplex,
    /// JSON was expected.
    #[error("the answer is not JSON ({reason}); it may have changed")]
    NotJson {
        /// What the parser said, with line and column.
        reason: String,
    },
    /// JSON, but another one.
    #[error("the JSON document has no list at “{path}”; it may have changed")]
    NoList {
        /// The path of the list.
        path: String,
    },
    /// An article page without the text that the rules promise.
    #[error("the article page has no text{}", selector.as_ref().map_or_else(String::new, |s| format!(": “{s}” finds none")))]
    NoContent {
        /// The content selector, where there is one.
        selector: Option<String>,
    },
    /// The link of an entry leads to a file.
    #[error("the link leads to no page but to {kind}")]
    NotAPage {
        /// The media type.
        kind: String,
    },
}

/// A page, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its entries, and what it says about itself.
    pub feed: ParsedFeed,
    /// The next, older page of the same host, where the rules say where that stands.
    pub next: Option<Url>,
}

/// Reads a page by its rules.
///
/// `base` is the address that the page came from; `zone` is the zone of dates that do not say theirs; `now` lets a date
/// without a year be the nearest past one. Entries stand in the order of the page, each with an absolute link; a link that
/// several items share (a picture and a headline, say) is one entry, and the longer title wins.
///
/// # Errors
/// See [`ScrapeError`]. A page without entries is an error, so that the last good ones stay.
pub fn read(
    body: &[u8],
    content_type: Option<&str>,
    base: &Url,
    rules: &PageRules,
    zone: Option<Tz>,
    now: Timestamp,
) -> Result<Page, ScrapeError> {
    let dates = Dates::new(rules, zone, now);
    if rules.json {
        return json::read(body, content_type, base, rules, &dates);
    }
    let compiled = Rules::compile(rules).map_err(first_fault)?;
    let (text, encoding) = decode_html(body, content_type);
    let html = page::parse(&text)?;
    let on = rules.base.as_ref().map_or_else(|| page::base(&html, base), |base| base.url().clone());
    let reader = Reader { rules: &compiled, base: &on, dates: &dates };
    let (mut entries, mut items) = (Vec::new(), 0);
    for item in html.select(&compiled.item).take(MAX_ITEMS) {
        items += 1;
        entries.extend(reader.read(item));
    }
    let mut entries = merge(entries);
    about::complete_list(&html, &on, &dates, &mut entries);
    if items == 0 {
        return Err(ScrapeError::NoItems { selector: rules.item.clone() });
    }
    if entries.is_empty() {
        return Err(ScrapeError::NothingInItems { items });
    }
    let next = compiled.next.as_ref().and_then(|next| next.first(html.root_element(), item::href));
    let next = next.and_then(|href| next_page(&href, &on, base));
    Ok(Page { feed: ParsedFeed { encoding, entries, ..head(&html, &on) }, next })
}

fn first_fault(faults: Vec<(&'static str, String)>) -> ScrapeError {
    let (key, reason) = faults.into_iter().next().unwrap_or_default();
    ScrapeError::Rules { key, reason }
}

/// Where an address for the next page leads. One on another host is no page of this list.
fn next_page(href: &str, base: &Url, from: &Url) -> Option<Url> {
    page::absolute(base, href).filter(|next| next.host_str() == from.host_str() && next != from)
}

/// What the page says about itself.
fn head(html: &Html, base: &Url) -> ParsedFeed {
    let mut feed = ParsedFeed::new(FeedFormat::Page);
    feed.title = page::title(html).map(Text::plain);
    feed.description = page::description(html).map(Text::plain);
    feed.language = page::language(html);
    feed.links.push(Link { href: base.to_string(), ..Link::default() });
    feed
}

/// One entry a link, where its first item stood.
fn merge(entries: Vec<ParsedEntry>) -> Vec<ParsedEntry> {
    let mut places: HashMap<Cow<'static, str>, usize> = HashMap::new();
    let mut merged: Vec<ParsedEntry> = Vec::new();
    for entry in entries {
        let link = entry.link().unwrap_or_default().to_owned();
        match places.get(link.as_str()).and_then(|place| merged.get_mut(*place)) {
            Some(first) => join(first, entry),
            None => {
                places.insert(Cow::Owned(link), merged.len());
                merged.push(entry);
            }
        }
    }
    merged.retain(|entry| entry.title.is_some());
    merged
}

fn join(first: &mut ParsedEntry, other: ParsedEntry) {
    let length = |title: &Option<Text>| title.as_ref().map_or(0, |title| title.value.chars().count());
    if length(&other.title) > length(&first.title) {
        first.title = other.title;
    }
    if first.published.is_none() || (first.published_is_relative && other.published.is_some()) {
        first.published = other.published;
        first.published_is_relative = other.published_is_relative;
    }
    first.summary = first.summary.take().or(other.summary);
    first.content = first.content.take().or(other.content);
    first.image = first.image.take().or(other.image);
    if first.authors.is_empty() {
        first.authors = other.authors;
    }
    for tag in other.categories {
        if !first.categories.contains(&tag) {
            first.categories.push(tag);
        }
    }
}

#[cfg(test)]
mod tests;
