//! What attackers send is read with no more work than its length: counted, not timed.

use serde_json::Value;
use vestnik::model::SafeHtml;
use vestnik::normalise;
use vestnik::parse::{self, Hints, steps};

use super::attacks;

/// Bytes of a document. What is not linear shows long before.
const LENGTH: usize = 100_000;

#[test]
fn hostile_documents_take_no_more_work_than_their_length() {
    for (name, document) in attacks::documents(LENGTH) {
        let Some(work) = steps::work(&document) else { continue };
        assert!(work.pieces <= document.len() + 16, "{name}: {work:?}");
        // Once for what it is, and once for each kind of end that is missing.
        assert!(work.looked <= 8 * document.len() + 4096, "{name}: {work:?}");
        // No deeper than the cap on depth, and never for an end tag of nothing.
        assert!(work.compared <= 40 * document.len() + 4096, "{name}: {work:?}");
    }
}

#[test]
fn hostile_documents_become_no_more_than_they_are() {
    for (name, document) in attacks::documents(LENGTH) {
        if let Some(clean) = steps::repair(&document) {
            assert!(clean.len() <= 8 * document.len() + 4096, "{name}: {} bytes", clean.len());
        }
        match parse::parse(document.as_bytes(), &Hints::default()) {
            Ok(feed) => {
                assert!(feed.entries.len() <= document.len() / 6, "{name}: {} entries", feed.entries.len());
                let printed = bytes_of(&parse::to_json_feed(&feed));
                assert!(printed <= 8 * document.len() + 4096, "{name}: {printed} bytes are printed");
            }
            Err(error) => {
                let line = error.to_string();
                assert!(line.len() < 4000 && !line.contains('\n'), "{name}: {line}");
            }
        }
    }
}

#[test]
fn hostile_markup_becomes_no_more_than_it_is() {
    for (name, html) in attacks::markup(LENGTH / 4) {
        let base = "https://partner.example/".parse().unwrap();
        let safe = normalise::sanitise(&html, Some(&base));
        let length = safe.as_ref().map_or(0, |safe| safe.as_str().len());
        assert!(length <= 8 * html.len() + 4096, "{name}: {length} bytes");
        let again = safe.as_ref().and_then(|safe| normalise::sanitise(safe.as_str(), Some(&base)));
        assert_eq!(again.as_ref().map(SafeHtml::as_str), safe.as_ref().map(SafeHtml::as_str), "{name}");
    }
}

/// Characters in all texts of a document.
fn bytes_of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(bytes_of).sum(),
        Value::Object(object) => object.values().map(bytes_of).sum(),
        _ => 0,
    }
}
