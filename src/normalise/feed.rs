//! What a document says about the feed as a whole.

use chrono::Duration;

use super::{links, text};
use crate::model::{FeedInfo, IdentityPolicy, ParsedFeed, Text, Timestamp};

/// What readers may see of the feed: plain texts, absolute addresses. `updated` is the newest date among the entries that is
/// not in the future.
pub fn feed_info(feed: &ParsedFeed, now: Timestamp) -> FeedInfo {
    let plain = |value: &Text| Some(text::from_markup(&value.value)).filter(|text| !text.is_empty());
    let address = |address: &str| links::absolute(address, None).map(String::from);
    FeedInfo {
        hints: feed.hints.clone(),
        identity: IdentityPolicy::Ids,
        articles_wait: false,
        id: feed.id.as_deref().map(text::fold).filter(|id| !id.is_empty()),
        title: feed.title.as_ref().and_then(plain),
        home: feed.home().and_then(address),
        rights: feed.rights.as_ref().and_then(plain),
        language: feed.language.as_deref().map(text::fold).filter(|language| !language.is_empty()),
        updated: dates(feed).filter(|date| *date <= now).max(),
        icon: feed.icon.as_deref().or(feed.image.as_ref().map(|image| image.url.as_str())).and_then(address),
    }
}

/// Entries a week, as the dates of the document show: so many entries in the time from the oldest of them to now. None where
/// fewer than two have dates.
pub fn entries_per_week(feed: &ParsedFeed, now: Timestamp) -> Option<f64> {
    let past: Vec<Timestamp> = dates(feed).filter(|date| *date <= now).collect();
    let oldest = past.iter().min()?;
    if past.len() < 2 {
        return None;
    }
    // A document of one busy hour says nothing about the week: a day is the least that counts.
    let span = now.signed_duration_since(oldest).max(Duration::days(1));
    let count = u32::try_from(past.len()).ok()?;
    let days = span.num_seconds() as f64 / 86_400.0;
    Some(f64::from(count) * 7.0 / days)
}

fn dates(feed: &ParsedFeed) -> impl Iterator<Item = Timestamp> {
    feed.entries.iter().filter_map(|entry| entry.published.or(entry.updated))
}
