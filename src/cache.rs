//! Things that are kept as long as there is room: so many of them, and so many bytes. What was not used for longest goes first.
//! Does not know what it keeps.

use std::{collections::HashMap, hash::Hash};

/// What is kept. Every use counts, so that what many ask for outlives what somebody makes up.
#[derive(Debug)]
pub struct Cache<K, V> {
    things: HashMap<K, Thing<V>>,
    most: usize,
    most_bytes: usize,
    bytes: usize,
    uses: u64,
}

#[derive(Debug)]
struct Thing<V> {
    value: V,
    bytes: usize,
    last_used: u64,
}

impl<K: Hash + Eq + Clone, V> Cache<K, V> {
    /// Room for `most` things that have `most_bytes` bytes together; the latest one is kept whatever its size.
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Cache { things: HashMap::new(), most, most_bytes, bytes: 0, uses: 0 }
    }

    /// A thing, for use.
    pub fn find(&mut self, key: &K) -> Option<&V> {
        self.uses += 1;
        let thing = self.things.get_mut(key)?;
        thing.last_used = self.uses;
        Some(&thing.value)
    }

    /// A thing, to look at it.
    pub fn peek(&self, key: &K) -> Option<&V> {
        self.things.get(key).map(|thing| &thing.value)
    }

    /// Keeps a thing of so many bytes in the place of a former one, and lets go what there is no room for.
    pub fn put(&mut self, key: K, value: V, bytes: usize) {
        self.uses += 1;
        self.bytes += bytes;
        let thing = Thing { value, bytes, last_used: self.uses };
        if let Some(former) = self.things.insert(key, thing) {
            self.bytes = self.bytes.saturating_sub(former.bytes);
        }
        while self.things.len() > 1 && (self.things.len() > self.most || self.bytes > self.most_bytes) {
            let oldest = self.things.iter().min_by_key(|(_, thing)| thing.last_used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            if let Some(dropped) = self.things.remove(&key) {
                self.bytes = self.bytes.saturating_sub(dropped.bytes);
            }
        }
    }

    /// All things, to change something about them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.things.values_mut().map(|thing| &mut thing.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cache: &Cache<u32, &'static str>) -> Vec<u32> {
        let mut kept: Vec<u32> = cache.things.keys().copied().collect();
        kept.sort_unstable();
        kept
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut cache = Cache::new(3, 1_000);
        (1..=3).for_each(|key| cache.put(key, "x", 10));
        assert_eq!(cache.find(&9), None);
        assert_eq!(cache.find(&1), Some(&"x"));
        assert_eq!(cache.peek(&2), Some(&"x"));
        cache.put(4, "x", 10);
        assert_eq!(kept(&cache), [1, 3, 4], "looking at something is no use of it");
        cache.put(3, "y", 10);
        cache.put(5, "x", 10);
        assert_eq!((kept(&cache), cache.peek(&3)), (vec![3, 4, 5], Some(&"y")));
    }

    #[test]
    fn bytes_are_bounded_too_whatever_replaces_what() {
        let mut cache = Cache::new(100, 100);
        (0..50).for_each(|key| cache.put(key, "x", 30));
        assert_eq!((kept(&cache), cache.bytes), (vec![47, 48, 49], 90));
        (0..50).for_each(|_| cache.put(49, "x", 40));
        assert_eq!((kept(&cache), cache.bytes), (vec![47, 48, 49], 100));
        cache.put(1, "large", 5_000);
        assert_eq!((kept(&cache), cache.bytes), (vec![1], 5_000), "the latest one alone");
        cache.put(2, "x", 1);
        assert_eq!((kept(&cache), cache.bytes), (vec![2], 1));
    }

    #[test]
    fn all_can_be_changed() {
        let mut cache = Cache::new(2, 2);
        cache.put(1, "x", 1);
        cache.values_mut().for_each(|value| *value = "y");
        assert_eq!(cache.peek(&1), Some(&"y"));
    }
}
