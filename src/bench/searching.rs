//! Searching an archive: how long the index takes, how large it is, how long queries of each kind take.

use std::{fmt::Write as _, time::Instant};

use serde::Serialize;

use super::{
    farm::{BULGARIAN, ENGLISH, sentence},
    measure::Usage,
};
use crate::{app::App, indexer::Search, search::Query, store::IndexQuery};

/// Distinct rare words that the texts are strewn with.
const RARE: u64 = 50_000;
/// Repetitions of each query; the first reads from the disk.
const TIMES: usize = 5;

/// What searching took.
#[derive(Debug, Clone, Serialize)]
pub struct SearchResult {
    /// CPU microseconds to index an entry, the database's included.
    pub index_micros: f64,
    /// Wall seconds to index all of them.
    pub index_seconds: f64,
    /// Median milliseconds of all queries.
    pub median_millis: f64,
    /// Median milliseconds of each query, and how many entries of its first page were found.
    pub queries: Vec<(String, f64, usize)>,
}

/// An entry's text: sentences of common words and a few that are rare, in a language.
pub(super) fn text(number: u64) -> String {
    let words = if number.is_multiple_of(3) { ENGLISH } else { BULGARIAN };
    let mut random = fastrand::Rng::with_seed(number);
    let mut html = String::with_capacity(900);
    for _ in 0..5 {
        // The square makes some rare words a hundred times rarer than others.
        let rare = random.u64(..RARE) * random.u64(..RARE) / RARE;
        let (first, second) = (sentence(&mut random, words, 9), sentence(&mut random, words, 7));
        // Writing to a String does not fail.
        let _ = write!(html, "<p>{first} word{rare} <em>{second}</em>.</p>");
    }
    html
}

/// Indexes what is stored, and asks.
pub(super) async fn measure(app: &App, entries: u64) -> anyhow::Result<SearchResult> {
    let usage = Usage::begin();
    app.indexer().catch_up().await?;
    let (index_seconds, cpu, _) = usage.since();
    let mut queries = Vec::new();
    let mut all = Vec::new();
    for words in [
        "клъстер",
        "cluster",
        "клъстер иновации",
        "софия",
        "word7",
        "word49000",
        "word7 cluster",
        "\"дигитален град\"",
        "\"word7 cluster\"",
        "клъстер -град",
        "word12*",
        "иновац*",
        "никъде няма такова",
    ] {
        let search = Search { query: Query::parse(words)?, within: IndexQuery::default(), limit: 20 };
        let (mut millis, mut found) = (Vec::new(), 0);
        for _ in 0..TIMES {
            let begun = Instant::now();
            found = app.indexer().find(&search).await?.entries.len();
            millis.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        all.extend_from_slice(&millis);
        queries.push((words.to_owned(), median(&mut millis), found));
    }
    let index_micros = cpu * 1e6 / entries.max(1) as f64;
    Ok(SearchResult { index_micros, index_seconds, median_millis: median(&mut all), queries })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
