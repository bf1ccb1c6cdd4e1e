//! Which entry an entry is, whether it changed, and the id that it is published with.

use std::collections::{HashMap, HashSet};

use url::Url;

use super::links::{absolute, canonical_link, without_tracking};
use crate::model::{
    Fingerprint, Identity, IdentityPolicy, Known, ParsedEntry, ParsedFeed, Person, SourceSpec, Text,
    Timestamp,
};

/// Raised where normalising changes its mind: then every entry is done anew.
const VERSION: &str = "2";

/// An entry of a document, recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Its place in `ParsedFeed::entries`.
    pub index: usize,
    /// Which entry it is.
    pub identity: Identity,
    /// What came of it.
    pub fingerprint: Fingerprint,
    /// Which entry it would be by its link, and by its id: it may have been stored as that.
    pub(super) others: [Option<Identity>; 2],
    /// Its address, as it came.
    address: Option<Url>,
    /// Its address for comparison.
    pub(super) link: Option<String>,
    /// Whether it has an id of its publisher.
    pub(super) has_id: bool,
}

impl Identified {
    /// Other identities that the entry may have been stored with.
    pub fn others(&self) -> impl Iterator<Item = &Identity> {
        self.others.iter().flatten().filter(|other| **other != self.identity)
    }

    /// The addresses that it may have been stored with.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        let clean =
            self.address.clone().map(without_tracking).filter(|clean| Some(clean) != self.address.as_ref());
        self.address.clone().into_iter().chain(clean).map(String::from)
    }
}

/// Recognises the entries of a document of a source whose ids are believed. See [`identify_by`].
pub fn identify(feed: &ParsedFeed, source: &SourceSpec) -> Vec<Identified> {
    identify_by(feed, source, IdentityPolicy::Ids)
}

/// Recognises the entries of a document. One that says nothing is passed over; a repeat is dropped, the first stays. Ids that
/// stand on different entries are not believed: those entries go by their links; links that stand on different entries, by
/// title and content.
pub fn identify_by(feed: &ParsedFeed, source: &SourceSpec, policy: IdentityPolicy) -> Vec<Identified> {
    let settings = settings(feed, source);
    let mut seen = HashSet::with_capacity(feed.entries.len());
    let mut identified = Vec::with_capacity(feed.entries.len());
    for (index, (identity, by_link)) in identities(&feed.entries, policy).into_iter().enumerate() {
        let Some(entry) = feed.entries.get(index).filter(|entry| says_something(entry)) else { continue };
        if seen.insert(identity.clone()) {
            let fingerprint = fingerprint(entry, &settings, policy);
            let others = [by_link, entry.id.as_deref().map(by_id)];
            let address = entry.link().and_then(|link| absolute(link, None));
            let link = entry.link().and_then(canonical_link);
            identified.push(Identified {
                index,
                identity,
                fingerprint,
                others,
                address,
                link,
                has_id: entry.id.is_some(),
            });
        }
    }
    identified
}

/// An entry without a title, a link, a text or an attachment is nothing that anybody could read.
fn says_something(entry: &ParsedEntry) -> bool {
    let texts = [&entry.title, &entry.summary, &entry.content];
    let has_text = texts.into_iter().flatten().any(|text| !text.value.trim().is_empty());
    has_text || !entry.links.is_empty() || !entry.attachments.is_empty()
}

/// Which entries a document names as deleted.
pub fn deleted(feed: &ParsedFeed) -> impl Iterator<Item = Identity> {
    feed.deleted.iter().map(|deleted| by_id(&deleted.id))
}

/// The identity of an entry that is known by its publisher's id.
pub(super) fn by_id(id: &str) -> Identity {
    Identity::of(["id", id])
}

/// Which entry each is; and which it would be by its link, where that is its own.
fn identities(entries: &[ParsedEntry], policy: IdentityPolicy) -> Vec<(Identity, Option<Identity>)> {
    let links: Vec<Option<String>> =
        entries.iter().map(|entry| entry.link().and_then(canonical_link)).collect();
    // Without a link, the title tells entries apart.
    let apart =
        |at: usize| links.get(at).cloned().flatten().unwrap_or_else(|| title(entries.get(at)).to_owned());
    let titled = titles_of_ids(entries);
    let mut by_ids: HashMap<&str, (String, bool)> = HashMap::new();
    let mut by_links: HashMap<&str, (&str, bool)> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if let Some(id) = entry.id.as_deref() {
            let key = apart(at);
            let (first, shared) = by_ids.entry(id).or_insert_with(|| (key.clone(), titled.contains_key(id)));
            *shared |= *first != key;
        }
        if let Some(link) = links.get(at).and_then(Option::as_deref) {
            let key = title(Some(entry));
            let (first, shared) = by_links.entry(link).or_insert((key, false));
            *shared |= *first != key;
        }
    }
    let pick = |(at, entry): (usize, &ParsedEntry)| {
        let id = entry.id.as_deref().filter(|_| policy.trusts_ids());
        let id = id.filter(|id| by_ids.get(id).is_some_and(|(_, shared)| !shared));
        let link = links.get(at).and_then(Option::as_deref);
        let link = link.filter(|link| by_links.get(link).is_some_and(|(_, shared)| !shared));
        let by_link = link.map(|link| Identity::of(["link", link]));
        let identity = match (id, &by_link) {
            (Some(id), _) => by_id(id),
            (None, Some(by_link)) => by_link.clone(),
            (None, None) => {
                let text =
                    entry.content.as_ref().or(entry.summary.as_ref()).map_or("", |text| text.value.as_str());
                Identity::of(["text", title(Some(entry)), text])
            }
        };
        (identity, by_link)
    };
    entries.iter().enumerate().map(pick).collect()
}

/// Under so many titles an id is no id, and its entries are not repeats of one that was corrected.
const TITLES: usize = 3;

/// Ids that stand on entries of many titles, and how many those are. Publishers who give the address of their front page as the
/// id and the link of everything are the most of them.
pub(super) fn titles_of_ids(entries: &[ParsedEntry]) -> HashMap<&str, usize> {
    let mut titles: HashMap<&str, HashSet<&str>> = HashMap::new();
    for entry in entries {
        if let Some(id) = entry.id.as_deref() {
            titles.entry(id).or_default().insert(title(Some(entry)));
        }
    }
    titles.into_iter().map(|(id, titles)| (id, titles.len())).filter(|(_, count)| *count >= TITLES).collect()
}

fn title(entry: Option<&ParsedEntry>) -> &str {
    entry.and_then(|entry| entry.title.as_ref()).map_or("", |title| title.value.as_str())
}

/// What the source and the feed add to every entry.
fn settings(feed: &ParsedFeed, source: &SourceSpec) -> String {
    let mut parts = Parts::default();
    parts.add(VERSION);
    parts.add(feed.format.name());
    parts.optional(feed.language.as_deref());
    feed.authors.iter().for_each(|person| parts.person(person));
    parts.optional(source.language.as_ref().map(|language| language.as_str()));
    parts.optional(source.url.as_ref().map(|url| url.url().as_str()));
    parts.optional(source.zone.map(|zone| zone.name()));
    source.tags.iter().for_each(|tag| parts.add(tag));
    // Hashed once: it goes into the hash of every entry.
    Fingerprint::of([parts.0.as_str()]).as_str().to_owned()
}

/// The entry that a document of one entry brings again: stored at its address, with everything the same but its id.
pub(super) fn same_but_for_id<'k>(
    feed: &ParsedFeed,
    source: &SourceSpec,
    policy: IdentityPolicy,
    entry: &Identified,
    known: &'k [Known],
) -> Option<&'k Known> {
    let [came] = feed.entries.as_slice() else { return None };
    let link = entry.link.as_deref().filter(|_| policy.trusts_ids() && entry.has_id)?;
    let settings = settings(feed, source);
    let is_same = |stored: &&Known| {
        let before = ParsedEntry { id: stored.publisher_id.clone(), ..came.clone() };
        stored.publisher_id.is_some() && fingerprint(&before, &settings, policy) == stored.fingerprint
    };
    let here = |known: &&Known| known.link.as_deref().and_then(canonical_link).as_deref() == Some(link);
    known.iter().filter(here).find(is_same)
}

/// Covers every field that ends up stored. The large texts are hashed where they are.
fn fingerprint(entry: &ParsedEntry, settings: &str, policy: IdentityPolicy) -> Fingerprint {
    let mut parts = Parts::default();
    // Ids that are not believed may change without anything having changed.
    parts.optional(entry.id.as_deref().filter(|_| policy.trusts_ids()));
    parts.add(match entry.id_is_permalink {
        None => "",
        Some(true) => "1",
        Some(false) => "0",
    });
    let texts = [&entry.title, &entry.summary, &entry.content, &entry.rights];
    texts.iter().for_each(|text| parts.about(text.as_ref()));
    parts.group();
    for link in &entry.links {
        parts.add(&link.href);
        parts.optional(link.rel.as_deref());
        parts.optional(link.media_type.as_deref());
    }
    parts.group();
    entry.authors.iter().for_each(|person| parts.person(person));
    parts.group();
    parts.moment(entry.published.filter(|_| !entry.published_is_relative));
    parts.moment(entry.updated);
    for category in &entry.categories {
        parts.add(&category.term);
        parts.optional(category.label.as_deref());
    }
    parts.group();
    for attachment in &entry.attachments {
        parts.add(&attachment.url);
        parts.optional(attachment.media_type.as_deref());
        parts.optional(attachment.title.as_deref());
        parts.number(attachment.length);
        parts.number(attachment.duration.map(|duration| duration.as_secs()));
    }
    parts.group();
    parts.optional(entry.image.as_deref());
    parts.optional(entry.comments_url.as_deref());
    parts.optional(entry.language.as_deref());
    if let Some(origin) = &entry.origin {
        parts.optional(origin.title.as_deref());
        parts.optional(origin.url.as_deref());
        parts.optional(origin.id.as_deref());
    }
    let values = texts.map(|text| text.as_ref().map_or("", |text| text.value.as_str()));
    Fingerprint::of([settings, parts.0.as_str()].into_iter().chain(values))
}

/// Small values in one text, each behind its length, so that no two lists look alike.
#[derive(Default)]
struct Parts(String);

impl Parts {
    fn add(&mut self, part: &str) {
        self.0.push_str(&part.len().to_string());
        self.0.push(':');
        self.0.push_str(part);
    }

    fn optional(&mut self, part: Option<&str>) {
        match part {
            Some(part) => self.add(part),
            None => self.0.push('-'),
        }
    }

    /// Where one list ends and the next begins.
    fn group(&mut self) {
        self.0.push('|');
    }

    fn number(&mut self, number: Option<u64>) {
        self.optional(number.map(|number| number.to_string()).as_deref());
    }

    fn moment(&mut self, moment: Option<Timestamp>) {
        self.optional(moment.map(|moment| moment.timestamp_millis().to_string()).as_deref());
    }

    fn person(&mut self, person: &Person) {
        self.optional(person.name.as_deref());
        self.optional(person.url.as_deref());
    }

    fn about(&mut self, text: Option<&Text>) {
        let Some(text) = text else { return self.0.push('-') };
        self.0.push(if text.is_markup() { 'm' } else { 'p' });
        self.optional(text.language.as_deref());
        self.optional(text.base.as_deref());
    }
}

/// The id that an entry is published with: the publisher's where it is a valid IRI, else one of ours.
pub(super) fn public_id(
    id: Option<&str>,
    identity: &Identity,
    source: &SourceSpec,
    authority: &str,
) -> String {
    match id.filter(|id| is_iri(id) && by_id(id) == *identity) {
        Some(id) => id.to_owned(),
        None => format!("tag:{authority},2026:{}/{identity}", source.slug),
    }
}

/// An absolute IRI (RFC 3987 §2.2): a scheme, then something, without characters that IRIs must not have.
fn is_iri(id: &str) -> bool {
    let Some((scheme, rest)) = id.split_once(':') else { return false };
    let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let legal = |c: char| match c {
        '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`' => false,
        c if c.is_ascii() => c > ' ' && c != '\u{7F}',
        // Neither unassigned for good nor private, and nothing that only steers.
        '\u{A0}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFEF}' => {
            !c.is_whitespace()
                && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
        }
        c => ('\u{10000}'..'\u{E0000}').contains(&c) && (u32::from(c) & 0xFFFE) != 0xFFFE,
    };
    let percent_fits = || {
        rest.split('%').skip(1).all(|part| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
    };
    let is_active =
        ["javascript", "vbscript", "data"].iter().any(|active| scheme.eq_ignore_ascii_case(active));
    // Web addresses have more rules, and a parser that knows them.
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    scheme_fits
        && !is_active
        && !rest.is_empty()
        && id.len() <= 2000
        && rest.chars().all(legal)
        && percent_fits()
        && (!is_web || (rest.starts_with("//") && url::Url::parse(id).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_iris_are_published_as_ids() {
        for id in [
            "https://example.org/?p=5",
            "http://example.org/новини/1",
            "tag:example.org,2018:1",
            "urn:uuid:60a76c80-d399-11d9-b93C-0003939e0af6",
            "post:5",
        ] {
            assert!(is_iri(id), "{id}");
        }
        for id in [
            "5",
            "",
            "a b:c",
            "https://example.org/a b",
            "https:example.org",
            "http://[",
            "5:6",
            "urn:",
            "x:a\u{7}",
            "javascript:alert(1)",
            "x:%zz",
            "x:%4",
            "x:<y>",
            "C:\\file",
            "x:\u{a0}y",
            "/relative",
        ] {
            assert!(!is_iri(id), "{id}");
        }
    }
}
