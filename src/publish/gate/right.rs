//! What was found right before. Most of a document is as it was the last time, and in three formats the same; what depends on
//! nothing but some bytes need not be looked at again for the same bytes.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Hashes of what was right. Their keys are this process's own, so that nobody can prepare what hides behind another's.
#[derive(Debug, Default)]
pub(super) struct Right {
    keys: RandomState,
    known: Mutex<HashSet<u64>>,
}

/// What is remembered: many times what all channels show.
const MOST: usize = 50_000;

impl Right {
    pub(super) fn key(&self, of: impl Hash) -> u64 {
        self.keys.hash_one(of)
    }

    pub(super) fn has(&self, key: u64) -> bool {
        self.known().contains(&key)
    }

    /// Forgets all where it becomes too much.
    pub(super) fn add(&self, keys: impl IntoIterator<Item = u64>) {
        let mut known = self.known();
        if known.len() > MOST {
            known.clear();
        }
        known.extend(keys);
    }

    fn known(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let right = Right::default();
        for number in 0..=2 * MOST as u64 {
            right.add([number]);
        }
        assert!(right.known().len() <= MOST + 1 && right.has(2 * MOST as u64));
    }
}
