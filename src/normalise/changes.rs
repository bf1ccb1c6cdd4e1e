//! What is stored and what came, compared: what has to be written.

use std::collections::{HashMap, HashSet};

use super::entry::{Normaliser, place};
use super::ids::by_id;
use super::{Context, Identified};
use crate::model::{
    Alias, Changes, EntryId, EntryState, Identity, Known, OnDeletion, ParsedEntry, ParsedFeed, SortKey,
    SourceKind, TakenBy, Timestamp,
};

/// Compares, and normalises what is new or changed. `known` is what the store has of this source: all of it where the
/// document is complete, else at least what the document has.
pub fn changes(
    mut feed: ParsedFeed,
    mut identified: Vec<Identified>,
    known: &[Known],
    context: &Context<'_>,
) -> Changes {
    let stored: HashMap<&Identity, &Known> = known.iter().map(|known| (&known.identity, known)).collect();
    let mut changes = Changes::default();
    if context.source.publication.on_deletion == OnDeletion::Withdraw {
        let deleted = deletions(&feed);
        identified.retain(|entry| !outlived(entry, &feed, &deleted));
        if feed.complete {
            changes.withdrawn = withdrawn(&feed, &identified, known, context);
        }
        take_away(&mut changes, &deleted, &identified, known);
    }
    let mut entries: Vec<Option<ParsedEntry>> =
        std::mem::take(&mut feed.entries).into_iter().map(Some).collect();
    let mut normaliser = None;
    for identified in identified {
        let known = stored.get(&identified.identity).copied();
        if known.is_some_and(|known| is_settled(known, &identified, feed.complete)) {
            changes.unchanged += 1;
            continue;
        }
        let Some(parsed) = entries.get_mut(identified.index).and_then(Option::take) else { continue };
        let normaliser = normaliser.get_or_insert_with(|| Normaliser::new(&feed, context));
        let identity = identified.identity.clone();
        let mut entry = normaliser.normalise(parsed, identified, known.map(|known| known.public_id.clone()));
        if let Some(published_as) = known.and_then(|known| known.published_as.clone()) {
            (entry.publisher_id, entry.id_is_permalink) = (published_as.id, published_as.is_permalink);
        }
        let first_seen = known.map_or(context.now, |known| known.first_seen);
        let shown = place(&entry, first_seen);
        let key = SortKey::new(shown, &identity);
        if let Some(hold) = context.source.publication.hold(shown, context.now) {
            changes.held.push((identity, hold));
        }
        match known {
            None => changes.new.push((entry, key)),
            Some(known) => {
                changes.aliases.extend(alias(known));
                changes.updated.push((known.id, entry, key));
            }
        }
    }
    changes
}

/// It came back under an identity that it had before: the one that it has now is an earlier one then.
fn alias(known: &Known) -> Option<Alias> {
    let (identity, published_as) = known.alias_of.clone().zip(known.published_as.clone())?;
    Some(Alias { entry: known.id, identity, published_as })
}

/// Nothing to do: it is as it was; or its publisher took it away, and only a complete document brings it back; or staff took it
/// down, and then nothing but staff does: they leave it without a fingerprint; or it was too old to be kept.
fn is_settled(known: &Known, identified: &Identified, complete: bool) -> bool {
    match known.state {
        EntryState::Removed | EntryState::Expired => true,
        EntryState::Withdrawn => !complete && !known.fingerprint.as_str().is_empty(),
        _ => known.fingerprint == identified.fingerprint,
    }
}

/// What the document names as deleted: whose ids it is, and since when.
fn deletions(feed: &ParsedFeed) -> HashMap<Identity, Option<Timestamp>> {
    feed.deleted.iter().map(|deleted| (by_id(&deleted.id), deleted.at)).collect()
}

/// An entry that stands beside its own tombstone was deleted where that is the newer of the two (RFC 6721 §3), else it came back.
fn outlived(entry: &Identified, feed: &ParsedFeed, deleted: &HashMap<Identity, Option<Timestamp>>) -> bool {
    let Some(Some(at)) = deleted.get(&entry.identity) else { return false };
    let parsed = feed.entries.get(entry.index);
    parsed.and_then(|parsed| parsed.updated.or(parsed.published)).is_some_and(|changed| changed < *at)
}

/// Known entries of this source that the document names as deleted. One that is still in it, under whatever id, is not.
fn take_away(
    changes: &mut Changes,
    deleted: &HashMap<Identity, Option<Timestamp>>,
    identified: &[Identified],
    known: &[Known],
) {
    if deleted.is_empty() {
        return;
    }
    let present: HashSet<&Identity> = identified.iter().map(|identified| &identified.identity).collect();
    let is_present = |known: &&Known| present.contains(&known.identity);
    let present: HashSet<EntryId> = known.iter().filter(is_present).map(|known| known.id).collect();
    let is_named = |known: &&Known| deleted.contains_key(&known.identity);
    for known in known.iter().filter(is_named) {
        if !known.is_gone() && !present.contains(&known.id) {
            changes.take_away(known.id, TakenBy::Tombstone);
        }
    }
}

fn withdrawn(
    feed: &ParsedFeed,
    identified: &[Identified],
    known: &[Known],
    context: &Context<'_>,
) -> Vec<EntryId> {
    // A remote document without any entry is a fault more often than a farewell; our own folder can be empty.
    if feed.entries.is_empty() && context.source.kind != SourceKind::Local {
        return Vec::new();
    }
    let present: HashSet<&Identity> = identified.iter().map(|identified| &identified.identity).collect();
    // By any of its identities.
    let is_present = |known: &&Known| present.contains(&known.identity);
    let present: HashSet<EntryId> = known.iter().filter(is_present).map(|known| known.id).collect();
    let gone = known
        .iter()
        .filter(|known| !known.is_gone() && known.alias_of.is_none() && !present.contains(&known.id));
    gone.map(|known| known.id).collect()
}
