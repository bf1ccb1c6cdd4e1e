//! A page and rules to a ParsedFeed, for sources without a feed. Does no I/O and reads no clock.

mod item;
mod page;
mod rules;

use std::{borrow::Cow, collections::HashMap};

use chrono_tz::Tz;
use scraper::Html;
use url::Url;

use self::{item::Reader, rules::Rules};
use crate::{
    charset::decode_html,
    model::{FeedFormat, Link, PageRules, ParsedEntry, ParsedFeed, Text, Timestamp},
};

pub use rules::check;

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
) -> Result<ParsedFeed, ScrapeError> {
    let compiled = Rules::compile(rules).map_err(first_fault)?;
    let (text, encoding) = decode_html(body, content_type);
    let html = page::parse(&text)?;
    let base = page::base(&html, base);
    let reader = Reader { rules: &compiled, base: &base, zone, now };
    let (mut entries, mut items) = (Vec::new(), 0);
    for item in html.select(&compiled.item).take(MAX_ITEMS) {
        items += 1;
        entries.extend(reader.read(item));
    }
    let entries = merge(entries);
    if items == 0 {
        return Err(ScrapeError::NoItems { selector: rules.item.clone() });
    }
    if entries.is_empty() {
        return Err(ScrapeError::NothingInItems { items });
    }
    Ok(ParsedFeed { encoding, entries, ..head(&html, &base) })
}

fn first_fault(faults: Vec<(&'static str, String)>) -> ScrapeError {
    let (key, reason) = faults.into_iter().next().unwrap_or_default();
    ScrapeError::Rules { key, reason }
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
    first.published = first.published.or(other.published);
    first.summary = first.summary.take().or(other.summary);
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
