//! Which entries a channel asks the store for, and which channels there are without a file. Pure.

use std::sync::Arc;

use chrono::{DurationRound, TimeDelta};

use crate::{
    model::{Channel, Site, Slug, SortKey, Source, SourceKind, Timestamp},
    store::RiverQuery,
};

/// The channels that exist without a file: `all`, `local`, one a language, one a group, one a source.
pub fn built_in(slug: &Slug, sources: &[Arc<Source>], site: &Site, window: u32) -> Option<Channel> {
    let mut channel = Channel::plain(slug.clone(), window);
    let name = slug.as_str();
    let of_language = sources.iter().filter_map(|source| source.spec.language.as_ref());
    let language = of_language.chain([&site.language]).find(|language| language.primary() == name);
    if name == "all" {
        channel.stories = true;
        channel.titles.insert(site.language.clone(), site.title.clone());
    } else if name == "local" {
        channel.filter.kinds.push(SourceKind::Local);
        channel.titles.insert(site.language.clone(), site.title.clone());
    } else if let Some(language) = language {
        channel.filter.languages.push(language.clone());
        channel.titles.insert(language.clone(), format!("{} ({name})", site.title));
        channel.language = Some(language.clone());
    } else if sources.iter().any(|source| source.spec.groups.contains(slug)) {
        channel.filter.groups.push(slug.clone());
        channel.titles.insert(site.language.clone(), format!("{}: {name}", site.title));
    } else {
        let source = sources.iter().find(|source| source.spec.slug == *slug)?;
        channel.filter.sources.push(slug.clone());
        channel.titles.insert(site.language.clone(), source.title().to_owned());
        channel.language.clone_from(&source.spec.language);
    }
    Some(channel)
}

/// The part of the river that a channel shows today.
pub(super) fn river_query(channel: &Channel, sources: &[Arc<Source>], now: Timestamp) -> RiverQuery {
    let filter = &channel.filter;
    let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
    let taken =
        || sources.iter().filter(|source| filter.takes_source(source)).map(|source| source.id).collect();
    RiverQuery {
        sources: (!filter.takes_all_sources()).then(taken),
        languages: (!filter.languages.is_empty()).then(|| filter.languages.clone()),
        // Where only the address asks for tags, they are the channel's tags.
        tags: some(&filter.tags).or_else(|| some(&filter.and_tags)),
        and_tags: some(&filter.and_tags).filter(|_| !filter.tags.is_empty()),
        since: since(channel, now).map(SortKey::floor),
        limit: channel.window.entries,
    }
}

/// The earliest date that the channel shows today.
pub(super) fn since(channel: &Channel, now: Timestamp) -> Option<Timestamp> {
    let days = channel.window.days.map(|days| start_of_day(now) - TimeDelta::days(i64::from(days)));
    days.max(channel.filter.since)
}

/// The first moment of the next day in UTC: windows of days move then, and only then, so that a document stays the same while
/// nothing changes.
pub(super) fn next_day(now: Timestamp) -> Timestamp {
    start_of_day(now) + TimeDelta::days(1)
}

fn start_of_day(now: Timestamp) -> Timestamp {
    now.duration_trunc(TimeDelta::days(1)).unwrap_or(now)
}
