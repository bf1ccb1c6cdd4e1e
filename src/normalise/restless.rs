//! Entries whose text is another at each fetch (a counter, an advertisement in it), without their publisher saying that he
//! changed them: after a few changes a day the rest waits. Pure.

use std::collections::{HashMap, HashSet};

use crate::model::{Changes, EntryId, Lately, Timestamp};

/// So often an entry may change in a day. Who corrects a text all day long is not held up.
pub const REVISIONS_A_DAY: u32 = 6;

/// Takes out what has to wait, and says how many those are. An entry that comes with another date of change is believed.
pub fn put_off(mut changes: Changes, lately: &HashMap<EntryId, Lately>) -> (Changes, usize) {
    let waits = |id: &EntryId, updated: Option<Timestamp>| {
        lately.get(id).is_some_and(|lately| {
            lately.revisions >= REVISIONS_A_DAY && (updated.is_none() || updated == lately.updated)
        })
    };
    let put_off: HashSet<EntryId> = changes
        .updated
        .iter()
        .filter(|(id, entry, _)| waits(id, entry.updated))
        .map(|(id, ..)| *id)
        .collect();
    changes.updated.retain(|(id, ..)| !put_off.contains(id));
    changes.aliases.retain(|alias| !put_off.contains(&alias.entry));
    changes.unchanged += put_off.len();
    (changes, put_off.len())
}
