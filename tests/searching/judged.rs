//! A small judged set: what each query should find, by a reader's judgement and not by the program's.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Archive, Said};
use crate::storing::{Opened, on_both};

#[derive(Deserialize)]
struct Judged {
    query: String,
    finds: BTreeSet<String>,
}

on_both! {
    async fn queries_find_what_a_reader_expects(opened) {
        let (precision, recall, differences) = judge(
            opened,
            include_str!("../fixtures/searching/entries.json"),
            include_str!("../fixtures/searching/queries.json"),
        )
        .await;
        assert!(
            precision >= 0.98 && recall >= 0.96,
            "precision {precision:.3}, recall {recall:.3}\n{differences}"
        );
    }

    // Written after the words were settled, and never used to settle them: what a reader may expect of it elsewhere.
    async fn queries_that_nothing_was_tuned_on_find_what_a_reader_expects(opened) {
        let (precision, recall, differences) = judge(
            opened,
            include_str!("../fixtures/searching/second-entries.json"),
            include_str!("../fixtures/searching/second-queries.json"),
        )
        .await;
        assert!(
            precision >= 0.97 && recall >= 0.87,
            "precision {precision:.3}, recall {recall:.3}\n{differences}"
        );
    }
}

/// Precision, recall, and every query that was answered otherwise.
async fn judge(opened: &Opened, entries: &str, queries: &str) -> (f64, f64, String) {
    let archive = Archive::over(opened).await;
    let entries: Vec<Said> = serde_json::from_str(entries).unwrap();
    archive.publish(&entries).await;
    archive.indexer.catch_up().await.unwrap();
    let queries: Vec<Judged> = serde_json::from_str(queries).unwrap();
    let (mut right, mut found, mut expected) = (0, 0, 0);
    let mut differences = String::new();
    for Judged { query, finds } in &queries {
        assert!(finds.iter().all(|id| entries.iter().any(|said| said.id == *id)), "{query}: {finds:?}");
        let answer: BTreeSet<String> = archive.find(query).await.into_iter().collect();
        right += answer.intersection(finds).count();
        found += answer.len();
        expected += finds.len();
        if answer != *finds {
            let (wrong, missed) = (answer.difference(finds), finds.difference(&answer));
            let (wrong, missed) = (wrong.collect::<Vec<_>>(), missed.collect::<Vec<_>>());
            differences.push_str(&format!("{query}: wrong {wrong:?}, missed {missed:?}\n"));
        }
    }
    (f64::from(right as u32) / found as f64, f64::from(right as u32) / expected as f64, differences)
}
