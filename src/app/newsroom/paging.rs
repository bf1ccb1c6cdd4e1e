//! Where the pages of a list begin. A page ends at an entry that is chosen by itself and not by counting from the top, so that what
//! is new at the top moves only the pages near it: links to older pages stay true, and so do files of them.

use crate::model::SortKey;

/// Entries of a page, at least, where there are as many.
const LEAST: usize = 30;
/// Entries of a page, at most.
pub(in crate::app) const MOST: usize = 100;
/// One entry in so many ends a page.
const ENDS: i64 = 32;

/// How many of these, newest first, are on the first page. None where all are.
pub(in crate::app) fn first_page(keys: impl IntoIterator<Item = SortKey>) -> Option<usize> {
    let mut end = None;
    for (index, key) in keys.into_iter().enumerate() {
        if end.is_some() {
            return end;
        }
        let count = index + 1;
        // The lowest bits are those of the entry's identity, and as good as random.
        let is_end = count >= LEAST && key.0 % ENDS == 0;
        end = (is_end || count == MOST).then_some(count);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(keys: &[SortKey]) -> Vec<SortKey> {
        let mut ends = Vec::new();
        let mut rest = keys;
        while let Some(count) = first_page(rest.iter().copied()) {
            let (page, older) = rest.split_at(count);
            ends.extend(page.last());
            rest = older;
        }
        ends
    }

    #[test]
    fn what_is_new_moves_only_the_pages_near_it() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut keys: Vec<SortKey> =
            (0..5_000_i64).rev().map(|at| SortKey((at << 20) | random.i64(0..1 << 20))).collect();
        let before = pages(&keys);
        assert!(before.len() > 5_000 / MOST && before.len() <= 5_000 / LEAST, "{}", before.len());
        for new in 5_000..5_200_i64 {
            keys.insert(0, SortKey((new << 20) | random.i64(0..1 << 20)));
            let after = pages(&keys);
            let moved = before.iter().filter(|end| !after.contains(end)).count();
            assert!(moved <= 12, "{moved} of {} pages moved", before.len());
        }
    }

    #[test]
    fn a_page_is_full_before_another_is_begun() {
        let key = |at: i64| SortKey(at * ENDS);
        assert_eq!(first_page((0..LEAST as i64).rev().map(key)), None, "nothing is older");
        assert_eq!(first_page((0..=LEAST as i64).rev().map(key)), Some(LEAST));
        let odd = |at: i64| SortKey(at * ENDS + 1);
        assert_eq!(first_page((0..500).rev().map(odd)), Some(MOST));
        assert_eq!(first_page((0..MOST as i64).rev().map(odd)), None);
        assert_eq!(first_page([]), None);
    }
}
