//! What to make of a source whose ids prove bad, and of entries that were stored under another identity than they have now.
//! `docs/decisions/0012-bad-ids.md` has the reasons.

use std::collections::{HashMap, HashSet};

use super::ids::{Identified, same_but_for_id, titles_of_ids};
use super::links::canonical_link;
use crate::model::{EntryId, Identity, IdentityPolicy, Known, ParsedEntry, ParsedFeed, SourceSpec};

/// So many entries have to show it: one alone may be an accident.
const ENOUGH: usize = 2;

/// The policy of a source, as a document shows it. `stored` is what earlier ones showed. Half of the entries with an id have to
/// share theirs with others.
pub fn identity_policy(feed: &ParsedFeed, stored: IdentityPolicy) -> IdentityPolicy {
    if !stored.trusts_ids() {
        return stored;
    }
    // A repeat of the same entry is no other entry.
    let mut distinct: HashMap<&str, HashSet<String>> = HashMap::new();
    for entry in &feed.entries {
        let title = || entry.title.as_ref().map(|title| title.value.clone());
        let apart = entry.link().and_then(canonical_link).or_else(title).unwrap_or_default();
        if let Some(id) = entry.id.as_deref() {
            distinct.entry(id).or_default().insert(apart);
        }
    }
    let titled = titles_of_ids(&feed.entries);
    let counts = || distinct.iter().map(|(id, apart)| apart.len().max(titled.get(id).copied().unwrap_or(1)));
    let all: usize = counts().sum();
    let sharing: usize = counts().filter(|count| *count > 1).sum();
    if sharing >= ENOUGH && sharing * 2 >= all { IdentityPolicy::IdsAreShared } else { stored }
}

/// Lets entries that are stored under another identity keep it, so that they are not taken for new. `known` is what the store
/// has of their identities, of the other ones, and of their links. Gives the policy that this shows: where the ids of at least
/// half of the entries changed since the last time, ids are not believed any more.
pub fn adopt(identified: &mut [Identified], known: &[Known], policy: IdentityPolicy) -> IdentityPolicy {
    let by_identity: HashMap<&Identity, &Known> =
        known.iter().map(|known| (&known.identity, known)).collect();
    let mut by_link: HashMap<String, Vec<&Known>> = HashMap::new();
    for known in known {
        if let Some(link) = canonical(known) {
            let same = by_link.entry(link).or_default();
            if !same.iter().any(|other| other.id == known.id) {
                same.push(known);
            }
        }
    }
    let mut taken: HashSet<EntryId> = identified
        .iter()
        .filter_map(|entry| by_identity.get(&entry.identity).map(|known| known.id))
        .collect();
    let changed = changed_ids(identified, &by_identity, &by_link, &taken);
    let with_ids = identified.iter().filter(|entry| entry.has_id).count();
    let policy = match policy {
        IdentityPolicy::Ids if changed >= ENOUGH && changed * 2 >= with_ids => IdentityPolicy::IdsChange,
        policy => policy,
    };
    for entry in identified {
        if by_identity.contains_key(&entry.identity) {
            continue;
        }
        let same_place =
            |known: &&&Known| known.link.is_none() || entry.link.is_none() || canonical(known) == entry.link;
        let other = entry.others().find_map(|other| by_identity.get(other).filter(same_place).copied());
        let linked = || only(&by_link, entry.link.as_deref()).filter(|_| !policy.trusts_ids());
        if let Some(known) = other.or_else(linked).filter(|known| taken.insert(known.id)) {
            entry.identity = known.identity.clone();
        }
    }
    policy
}

/// A document of one entry has nothing to compare it with but what is stored: where all of it is the same but the id, it is the
/// same entry, and unchanged. Gives the policy that this shows: with a date, by which another entry at this address would differ,
/// ids are not believed any more.
pub fn adopt_single(
    feed: &ParsedFeed,
    source: &SourceSpec,
    identified: &mut [Identified],
    known: &[Known],
    policy: IdentityPolicy,
) -> IdentityPolicy {
    let [entry] = identified else { return policy };
    if known.iter().any(|known| known.identity == entry.identity) {
        return policy;
    }
    let Some(same) = same_but_for_id(feed, source, policy, entry, known) else { return policy };
    entry.identity = same.identity.clone();
    entry.fingerprint = same.fingerprint.clone();
    let is_dated = |entry: &ParsedEntry| {
        entry.updated.is_some() || (entry.published.is_some() && !entry.published_is_relative)
    };
    if feed.entries.iter().all(is_dated) { IdentityPolicy::IdsChange } else { policy }
}

/// Entries that are known at their address, and under another id.
fn changed_ids(
    identified: &[Identified],
    by_identity: &HashMap<&Identity, &Known>,
    by_link: &HashMap<String, Vec<&Known>>,
    taken: &HashSet<EntryId>,
) -> usize {
    let mut links: HashMap<&str, usize> = HashMap::new();
    for link in identified.iter().filter_map(|entry| entry.link.as_deref()) {
        *links.entry(link).or_default() += 1;
    }
    let is_alone = |link: &str| links.get(link) == Some(&1);
    let is_unknown = |entry: &&Identified| {
        let mut identities = entry.others().chain([&entry.identity]);
        entry.has_id && !identities.any(|identity| by_identity.contains_key(identity))
    };
    let changed = identified.iter().filter(is_unknown);
    let known = changed.filter_map(|entry| {
        only(by_link, entry.link.as_deref().filter(|link| is_alone(link)))
            .filter(|known| !taken.contains(&known.id))
    });
    known.count()
}

fn canonical(known: &Known) -> Option<String> {
    known.link.as_deref().and_then(canonical_link)
}

/// The one entry that is stored with this address.
fn only<'k>(by_link: &HashMap<String, Vec<&'k Known>>, link: Option<&str>) -> Option<&'k Known> {
    match by_link.get(link?).map(Vec::as_slice) {
        Some([known]) => Some(known),
        _ => None,
    }
}
