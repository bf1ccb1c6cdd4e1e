//! Puts what the walk collected to what feed-rs read. Entries are matched by their place; where the counts differ nothing
//! is matched, and those fields stay empty.

use super::extra::{EntryExtra, Extra, Place, Scope};
use crate::model::{FeedFormat, Link, ParsedEntry, ParsedFeed, Person, Text};

/// Merges.
pub(super) fn merge(feed: &mut ParsedFeed, extra: Extra) {
    let ttl = feed.hints.ttl.take();
    feed.hints = extra.feed.hints;
    feed.hints.ttl = feed.hints.ttl.or(ttl);
    feed.complete = extra.feed.complete && extra.whole;
    as_written(&mut feed.links, &extra.feed.addresses);
    // feed-rs writes it in lower case.
    feed.language = extra.feed.language.or(feed.language.take());
    scope(feed.title.as_mut(), &extra.feed.scopes, Place::Title);
    scope(feed.description.as_mut(), &extra.feed.scopes, Place::Summary);
    scope(feed.rights.as_mut(), &extra.feed.scopes, Place::Rights);
    if feed.authors.is_empty() {
        feed.authors.extend(extra.feed.creators.into_iter().map(named));
    }
    feed.publisher = feed.publisher.take().or(extra.feed.publisher.map(named));
    if !extra.whole || extra.entries.len() != feed.entries.len() {
        return;
    }
    let is_rss = !matches!(feed.format, FeedFormat::Atom10 | FeedFormat::Atom03);
    for (entry, extra) in feed.entries.iter_mut().zip(extra.entries) {
        merge_entry(entry, extra, is_rss);
    }
}

fn named(name: String) -> Person {
    Person { name: Some(name), ..Person::default() }
}

fn merge_entry(entry: &mut ParsedEntry, extra: EntryExtra, is_rss: bool) {
    scope(entry.title.as_mut(), &extra.scopes, Place::Title);
    scope(entry.summary.as_mut(), &extra.scopes, Place::Summary);
    scope(entry.content.as_mut(), &extra.scopes, Place::Content);
    scope(entry.rights.as_mut(), &extra.scopes, Place::Rights);
    as_written(&mut entry.links, &extra.addresses);
    if entry.authors.is_empty() {
        entry.authors.extend(extra.creators.into_iter().map(named));
    }
    entry.id = entry.id.take().or(extra.about);
    entry.id_is_permalink = extra.id_is_permalink;
    entry.origin = extra.origin;
    entry.publisher = entry.publisher.take().or(extra.publisher.map(named));
    entry.language = extra.language;
    entry.image = entry.image.take().or(extra.image);
    entry.comments_url = entry.comments_url.take().or(extra.comments);
    entry.links.extend(extra.links);
    entry.updated =
        entry.updated.or_else(|| crate::dates::parse_date(extra.modified.as_deref()?, None, None));
    let mut missing: Vec<_> = extra
        .enclosures
        .into_iter()
        .filter(|enclosure| !entry.attachments.iter().any(|known| known.url == enclosure.url))
        .collect();
    if !missing.is_empty() {
        missing.append(&mut entry.attachments);
        entry.attachments = missing;
    }
    if is_rss {
        link_from_id(entry);
    }
}

/// feed-rs spells absolute addresses anew (a slash behind the host, percent signs); the publisher's spelling is put back.
fn as_written(links: &mut [Link], written: &[String]) {
    for address in
        written.iter().filter(|address| !links.iter().any(|link| link.href == **address)).collect::<Vec<_>>()
    {
        let Some(spelled) = url::Url::parse(address).ok().map(String::from) else { continue };
        if let Some(link) = links.iter_mut().find(|link| link.href == spelled) {
            link.href.clone_from(address);
        }
    }
}

/// A guid is an address unless it says that it is none (RSS 2.0).
pub(super) fn link_from_id(entry: &mut ParsedEntry) {
    if entry.link().is_some() || entry.id_is_permalink == Some(false) {
        return;
    }
    let is_address = |id: &&String| id.starts_with("http://") || id.starts_with("https://");
    if let Some(id) = entry.id.as_ref().filter(is_address) {
        entry.links.insert(0, Link { href: id.clone(), ..Link::default() });
    }
}

fn scope(text: Option<&mut Text>, scopes: &[Scope; 4], place: Place) {
    let Some(text) = text else { return };
    let Some(scope) = scopes.get(place as usize) else { return };
    text.language = text.language.take().or_else(|| scope.language.clone());
    text.base = text.base.take().or_else(|| scope.base.clone());
}
