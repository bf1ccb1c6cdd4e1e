//! What must hold for any bytes at all.

use std::fs;

use proptest::prelude::*;
use vestnik::parse::{self, Hints};

use super::fixtures::documents;

/// A document with some of its bytes replaced, removed or doubled.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let bodies: Vec<Vec<u8>> = documents().iter().map(|path| fs::read(path).unwrap()).collect();
    let change = (any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), 1..40_usize);
    (prop::sample::select(bodies), prop::collection::vec(change, 0..12)).prop_map(|(mut body, changes)| {
        for (place, kind, byte, length) in changes {
            if body.is_empty() {
                break;
            }
            let at = place.index(body.len());
            let end = (at + length).min(body.len());
            match kind {
                0 => body[at] = byte,
                1 => drop(body.drain(at..end)),
                2 => {
                    let piece = body[at..end].to_vec();
                    body.splice(at..at, piece);
                }
                _ => drop(body.splice(at..at, *b"<&>\"")),
            }
        }
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn reading_never_panics_on_any_bytes(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse::parse(&body, &Hints::default());
    }

    #[test]
    fn reading_never_panics_on_damaged_documents(body in mutated()) {
        if let Ok(feed) = parse::parse(&body, &Hints::default()) {
            let _ = parse::to_json_feed(&feed);
        }
    }

    #[test]
    fn errors_are_one_line(body in mutated()) {
        if let Err(error) = parse::parse(&body, &Hints::default()) {
            let text = error.to_string();
            prop_assert!(!text.contains('\n') && text.len() < 4000, "{}", text);
        }
    }
}
