//! The resurfacing guard: where the ids or dates of many known entries change at once, as when a site moves, the entries are
//! recognised by their addresses, then by their titles and texts, and stay what they were for readers. What cannot be
//! recognised then is held for a human.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::links::canonical_link;
use crate::model::{Alias, Changes, Entry, EntryId, Identity, PublisherId, SortKey, StoredEntry, Timestamp};

/// When the guard takes a document for a mass change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardLimits {
    /// At least so many entries changed …
    pub entries: usize,
    /// … and they are so much of the document, in percent.
    pub share: usize,
}

/// Publishers that give a day and no time, and clocks that differ.
const DATES_LAG: TimeDelta = TimeDelta::hours(36);

/// What the guard knows besides the document.
#[derive(Debug, Clone, Copy)]
pub struct Watch<'a> {
    /// The newest stored entries of the source, in any state.
    pub stored: &'a [StoredEntry],
    /// The entries of the document.
    pub document: &'a [Identity],
    /// When the source was last read; None where it was read anew or never.
    pub last_success: Option<Timestamp>,
    /// The limits.
    pub limits: GuardLimits,
}

impl GuardLimits {
    /// Whether so many entries of a document that change in one way are a mass change.
    fn is_mass(&self, changed: usize, document: usize) -> bool {
        changed >= self.entries.max(1) && changed * 100 >= document * self.share
    }

    /// Whether a document looks as if it needed the guard: then the stored entries have to be read.
    pub fn suspects(&self, changes: &Changes, document: usize) -> bool {
        self.is_mass(changes.new.len(), document) || self.is_mass(changes.updated.len(), document)
    }
}

impl Default for GuardLimits {
    fn default() -> Self {
        GuardLimits { entries: 5, share: 50 }
    }
}

/// What is to be written, with known entries recognised under their new ids, dates that moved without reason put back, and
/// those named that are to be held.
pub fn guard(mut changes: Changes, watch: &Watch<'_>) -> (Changes, Vec<Identity>) {
    let renamed = keep_ids(&mut changes, watch);
    keep_dates(&mut changes, watch);
    if !watch.limits.is_mass(changes.new.len() + renamed.count, watch.document.len()) {
        return (changes, Vec::new());
    }
    let present: HashSet<&Identity> = watch.document.iter().collect();
    let gone: Vec<&StoredEntry> =
        watch.stored.iter().filter(|stored| !present.contains(&stored.entry.identity)).collect();
    let recognised = recognise(&changes.new, &gone);
    if recognised.len() + renamed.count < watch.limits.entries.max(1) {
        let held = replaced(&changes, watch);
        return (changes, held);
    }
    let still = renamed.dates_held_still + dates_held_still(&changes.new, &recognised);
    let trusted = still * 2 > recognised.len() + renamed.count;
    let newest = watch.stored.iter().map(StoredEntry::shown_date).max();
    let mut held = Vec::new();
    for (at, (entry, key)) in std::mem::take(&mut changes.new).into_iter().enumerate() {
        let Some(stored) = recognised.get(&at) else {
            let is_news =
                trusted && entry.published.is_some_and(|date| newest.is_none_or(|newest| date > newest));
            if !is_news {
                held.push(entry.identity.clone());
            }
            changes.new.push((entry, key));
            continue;
        };
        changes.aliases.push(alias(stored));
        changes.withdrawn.retain(|withdrawn| *withdrawn != stored.id);
        changes.updated.push((stored.id, as_published(entry, stored), stored.sort_key));
    }
    (changes, held)
}

/// The entry under its new id, as readers know it: with the id, and at the date, that it was published with.
fn as_published(entry: Entry, stored: &StoredEntry) -> Entry {
    let known = &stored.entry;
    let is_same =
        entry.title == known.title && entry.content == known.content && entry.summary == known.summary;
    Entry {
        public_id: known.public_id.clone(),
        publisher_id: known.publisher_id.clone(),
        id_is_permalink: known.id_is_permalink,
        published: known.published,
        updated: if is_same { known.updated } else { entry.updated },
        ..entry
    }
}

/// Entries of the document by their place among the new ones, with the known entries that they are: by address, else by
/// title and text. What fits several is none of them.
fn recognise<'a>(new: &[(Entry, SortKey)], gone: &[&'a StoredEntry]) -> HashMap<usize, &'a StoredEntry> {
    let mut recognised: HashMap<usize, &StoredEntry> = HashMap::new();
    let mut taken: HashSet<EntryId> = HashSet::new();
    let keys: [fn(&Entry) -> Option<String>; 3] = [by_link, by_title_and_text, by_title_and_date];
    for key in keys {
        let mut there: HashMap<String, Option<&'a StoredEntry>> = HashMap::new();
        for stored in gone.iter().filter(|stored| !taken.contains(&stored.id)) {
            if let Some(key) = key(&stored.entry) {
                there.entry(key).and_modify(|other| *other = None).or_insert(Some(stored));
            }
        }
        let mut here: HashMap<String, usize> = HashMap::new();
        let open = |at: &usize| !recognised.contains_key(at);
        let keyed: Vec<(usize, String)> =
            (0..new.len()).filter(open).filter_map(|at| Some((at, key(&new.get(at)?.0)?))).collect();
        for (_, key) in &keyed {
            *here.entry(key.clone()).or_default() += 1;
        }
        for (at, key) in keyed {
            let is_one = here.get(&key) == Some(&1);
            if let Some(stored) = there.get(&key).copied().flatten().filter(|_| is_one) {
                recognised.insert(at, stored);
                taken.insert(stored.id);
            }
        }
    }
    recognised
}

fn by_link(entry: &Entry) -> Option<String> {
    canonical_link(entry.link.as_deref()?)
}

fn by_title_and_text(entry: &Entry) -> Option<String> {
    let text = entry.content.as_ref().or(entry.summary.as_ref())?.as_str();
    Some(format!("{}\n{text}", entry.title.to_lowercase()))
}

/// Without a text, or where its markup was changed by the move: the same title at the same moment.
fn by_title_and_date(entry: &Entry) -> Option<String> {
    let date = entry.published?;
    (!entry.title.is_empty()).then(|| format!("{}\n{date}", entry.title.to_lowercase()))
}

/// How many of them the move left their dates: where it did, dates tell what is really new.
fn dates_held_still(new: &[(Entry, SortKey)], recognised: &HashMap<usize, &StoredEntry>) -> usize {
    let same = |(at, stored): &(&usize, &&StoredEntry)| {
        new.get(**at)
            .is_some_and(|(entry, _)| entry.published.is_some() && entry.published == stored.entry.published)
    };
    recognised.iter().filter(same).count()
}

/// Known entries that came under another publisher's id.
struct Renamed {
    count: usize,
    dates_held_still: usize,
}

/// Where many known entries come under other ids than they were published with, readers keep those that they know.
fn keep_ids(changes: &mut Changes, watch: &Watch<'_>) -> Renamed {
    let stored: HashMap<EntryId, &StoredEntry> =
        watch.stored.iter().map(|stored| (stored.id, stored)).collect();
    let former = |(id, entry, _): &(EntryId, Entry, SortKey)| {
        let stored = *stored.get(id)?;
        (stored.entry.publisher_id != entry.publisher_id).then_some(stored)
    };
    let mut renamed = Renamed { count: 0, dates_held_still: 0 };
    for update in &changes.updated {
        if let Some(stored) = former(update) {
            renamed.count += 1;
            renamed.dates_held_still += usize::from(stored.entry.published == update.1.published);
        }
    }
    if renamed.count < watch.limits.entries.max(1) {
        return Renamed { count: 0, dates_held_still: 0 };
    }
    for update in &mut changes.updated {
        if let Some(stored) = former(update) {
            changes.aliases.push(alias(stored));
            update.1.publisher_id.clone_from(&stored.entry.publisher_id);
            update.1.id_is_permalink = stored.entry.id_is_permalink;
        }
    }
    renamed
}

fn alias(stored: &StoredEntry) -> Alias {
    Alias {
        entry: stored.id,
        identity: stored.entry.identity.clone(),
        published_as: PublisherId {
            id: stored.entry.publisher_id.clone(),
            is_permalink: stored.entry.id_is_permalink,
        },
    }
}

/// A document of which nothing was known, from a source that was read before: what claims to be older than that reading, or
/// to be of one moment with many others, is no news.
fn replaced(changes: &Changes, watch: &Watch<'_>) -> Vec<Identity> {
    let Some(last_success) = watch.last_success else { return Vec::new() };
    if changes.new.len() < watch.document.len() || watch.stored.len() < watch.limits.entries {
        return Vec::new();
    }
    let minute = |date: Timestamp| date.timestamp() / 60;
    let mut of_minute: HashMap<i64, usize> = HashMap::new();
    for date in changes.new.iter().filter_map(|(entry, _)| entry.published) {
        *of_minute.entry(minute(date)).or_default() += 1;
    }
    let is_no_news = |date: Timestamp| {
        let beside = of_minute.get(&minute(date)).copied().unwrap_or_default();
        date < last_success - DATES_LAG || watch.limits.is_mass(beside, watch.document.len())
    };
    let old = changes.new.iter().filter(|(entry, _)| entry.published.is_some_and(is_no_news));
    old.map(|(entry, _)| entry.identity.clone()).collect()
}

/// Where nothing but the dates of many entries changed, the publisher's system touched them: readers see them where they were.
fn keep_dates(changes: &mut Changes, watch: &Watch<'_>) {
    let stored: HashMap<EntryId, &StoredEntry> =
        watch.stored.iter().map(|stored| (stored.id, stored)).collect();
    let is_touched = |(id, entry, _): &(EntryId, Entry, SortKey)| {
        stored.get(id).is_some_and(|stored| {
            dates_moved(entry, &stored.entry) && is_same_but_for_dates(entry, &stored.entry)
        })
    };
    let touched = changes.updated.iter().filter(|update| is_touched(update)).count();
    if !watch.limits.is_mass(touched, watch.document.len()) {
        return;
    }
    for update in &mut changes.updated {
        if is_touched(update)
            && let (id, entry, key) = update
            && let Some(stored) = stored.get(id)
        {
            entry.published = stored.entry.published;
            entry.updated = stored.entry.updated;
            *key = stored.sort_key;
        }
    }
}

fn dates_moved(entry: &Entry, stored: &Entry) -> bool {
    (entry.published, entry.updated) != (stored.published, stored.updated)
}

fn is_same_but_for_dates(entry: &Entry, stored: &Entry) -> bool {
    let dated = Entry {
        fingerprint: entry.fingerprint.clone(),
        identity: entry.identity.clone(),
        published: entry.published,
        updated: entry.updated,
        ..stored.clone()
    };
    *entry == dated
}
