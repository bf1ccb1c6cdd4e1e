//! How alike two texts are: shingles, their resemblance, and the keys under which alike texts meet.

use super::words::{hash, stir};

/// Words of a shingle: shorter ones are shared by chance, longer ones suffer more from every change.
const SHINGLE: usize = 4;
/// Texts of fewer words are not compared: two of them are alike too easily.
pub(super) const SHORTEST: usize = 40;
/// Of longer texts only so many words count.
const LONGEST: usize = 4_000;
/// Two texts meet where all rows of any band agree: at a resemblance of 0.8 with 98 % probability, at 0.7 with 88 %, at
/// 0.3 with 6 %.
const BANDS: u64 = 8;
const ROWS: u64 = 4;

/// The shingles of a text, as sorted hashes, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shingles(Vec<u64>);

impl Shingles {
    pub(super) fn of(words: &[String]) -> Self {
        let words: Vec<u64> = words.iter().take(LONGEST).map(|word| hash(word.as_bytes())).collect();
        let mut shingles: Vec<u64> = words
            .windows(SHINGLE)
            .map(|shingle| shingle.iter().fold(0, |sum: u64, word| stir(sum.rotate_left(17) ^ word)))
            .collect();
        shingles.sort_unstable();
        shingles.dedup();
        Shingles(shingles)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Jaccard's measure: what both have in common, as a part of all that either has. Linear in their lengths.
    pub(super) fn resemblance(&self, other: &Shingles) -> f64 {
        let shared = self.shared(other);
        ratio(shared, self.len() + other.len() - shared)
    }

    /// What both have in common, as a part of the shorter one.
    pub(super) fn containment(&self, other: &Shingles) -> f64 {
        ratio(self.shared(other), self.len().min(other.len()))
    }

    fn shared(&self, other: &Shingles) -> usize {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut shared = 0;
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => _ = left.next(),
                std::cmp::Ordering::Greater => _ = right.next(),
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    left.next();
                    right.next();
                }
            }
        }
        shared
    }

    /// MinHash in bands (Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets §3.4).
    pub(super) fn keys(&self) -> Vec<u64> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let least = |row: u64| {
            self.0.iter().map(|shingle| shingle.wrapping_mul(multiplier(row)) >> 11).min().unwrap_or(0)
        };
        let band = |band: u64| {
            (band * ROWS..(band + 1) * ROWS).fold(band + 1, |sum, row| stir(sum.rotate_left(13) ^ least(row)))
        };
        (0..BANDS).map(band).collect()
    }
}

/// An odd number for each row: multiplying by it is another order of all hashes.
fn multiplier(row: u64) -> u64 {
    stir(row.wrapping_add(0x9E37_79B9_7F4A_7C15)) | 1
}

fn ratio(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most a few thousand")]
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(range: std::ops::Range<u32>) -> Shingles {
        Shingles::of(&range.map(|number| format!("word{number}")).collect::<Vec<_>>())
    }

    #[test]
    fn resemblance_is_the_shared_part() {
        assert!((text(0..100).resemblance(&text(0..100)) - 1.0).abs() < 1e-9);
        assert!(text(0..100).resemblance(&text(200..300)) < 1e-9);
        let half = text(0..100).resemblance(&text(50..150));
        assert!((0.3..0.36).contains(&half), "{half}");
        assert!(text(0..100).containment(&text(0..400)) > 0.99);
        assert!(text(0..2).resemblance(&text(0..2)) < 1e-9);
    }

    #[test]
    fn alike_texts_meet_and_others_do_not() {
        let meets = |a: &Shingles, b: &Shingles| a.keys().iter().any(|key| b.keys().contains(key));
        let alike =
            (0..200).filter(|n| meets(&text(n * 500..n * 500 + 100), &text(n * 500 + 8..n * 500 + 108)));
        assert!(alike.count() > 180);
        let apart =
            (0..200).filter(|n| meets(&text(n * 500..n * 500 + 100), &text(n * 500 + 70..n * 500 + 170)));
        assert!(apart.count() < 20);
    }
}
