//! What is asked: words, "phrases", -exclusions, prefixes*. All of them must be in a document.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::{Document, fold::Words, script::in_other_script, stem, stop};

/// Longest query, in characters.
pub const MAX_CHARACTERS: usize = 200;
/// Most words of a query, those of phrases included.
pub const MAX_WORDS: usize = 16;
/// Least letters before a `*`.
pub const MIN_PREFIX: usize = 3;

/// Why a query cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No word in it.
    #[error("the query has no words")]
    Empty,
    /// Nothing but words that stand in every text.
    #[error("the query has only words that stand in nearly every text; add one that says more")]
    OnlyCommon,
    /// Nothing but what must not be there.
    #[error("the query only excludes; add a word that must be there")]
    OnlyExcluded,
    /// Too many characters.
    #[error("the query has more than {MAX_CHARACTERS} characters")]
    TooLong,
    /// Too many words.
    #[error("the query has more than {MAX_WORDS} words")]
    TooManyWords,
    /// A prefix that half of all words begin with.
    #[error("a word that ends in * needs at least {MIN_PREFIX} letters before it")]
    ShortPrefix,
}

/// One term that the index may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// Letters and digits only.
    pub text: String,
    /// Any term that begins so will do.
    pub prefix: bool,
}

/// A query that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    wanted: Vec<Clause>,
    unwanted: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Clause {
    /// Words one after the other, with their distances from the first; mostly one word.
    Words(Vec<(usize, Alternatives)>),
    /// Words that begin so, in this script or the other.
    Prefix(Vec<String>),
}

/// The stems that a word may have, the word's own first.
type Alternatives = Vec<String>;

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// `QueryError`: a hostile or an empty query.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.chars().nth(MAX_CHARACTERS).is_some() {
            return Err(QueryError::TooLong);
        }
        let text: String = text.nfc().collect();
        let mut query = Query { wanted: Vec::new(), unwanted: Vec::new() };
        let (mut words, mut common) = (0, false);
        for chunk in chunks(&text) {
            let Some(clause) = clause(&chunk, &mut words, &mut common)? else { continue };
            let list = if chunk.excluded { &mut query.unwanted } else { &mut query.wanted };
            if !list.contains(&clause) {
                list.push(clause);
            }
        }
        match (query.wanted.is_empty(), query.unwanted.is_empty(), common) {
            (false, _, _) => Ok(query),
            (true, false, _) => Err(QueryError::OnlyExcluded),
            (true, true, true) => Err(QueryError::OnlyCommon),
            (true, true, false) => Err(QueryError::Empty),
        }
    }

    /// What the index must have of a document for it to be worth looking at: of each list, one term.
    pub fn candidates(&self) -> Vec<Vec<Term>> {
        let exact = |text: &String| Term { text: text.clone(), prefix: false };
        let mut all = Vec::new();
        for clause in &self.wanted {
            match clause {
                Clause::Words(words) => {
                    all.extend(words.iter().map(|(_, words)| words.iter().map(exact).collect()))
                }
                Clause::Prefix(prefixes) => all.push(
                    prefixes
                        .iter()
                        .flat_map(|text| {
                            let stem = stem::stem_of(text);
                            let short = (stem != *text).then_some(Term { text: stem, prefix: false });
                            [Term { text: text.clone(), prefix: true }].into_iter().chain(short)
                        })
                        .collect(),
                ),
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// Whether a document with these texts is meant. The texts are without markup.
    pub fn matches<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        let document = Document::of(texts);
        self.wanted.iter().all(|clause| !document.places_of(clause).is_empty())
            && self.unwanted.iter().all(|clause| document.places_of(clause).is_empty())
    }

    /// Where a text has what is wanted: ranges of bytes, in order, apart from each other.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let mut bytes = Vec::new();
        let mut words = Words::of(text);
        while let Some(word) = words.next_word() {
            bytes.push(word.bytes);
        }
        let document = Document::of([text]);
        let mut places: Vec<usize> =
            self.wanted.iter().flat_map(|clause| document.places_of(clause)).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| bytes.get(place).cloned()).collect()
    }
}

impl Document {
    /// Positions of all words that a clause takes.
    fn places_of(&self, clause: &Clause) -> Vec<usize> {
        match clause {
            Clause::Prefix(prefixes) => {
                let begins = |word: &str| prefixes.iter().any(|prefix| word.starts_with(prefix.as_str()));
                let found = self.words.iter().filter(|place| begins(self.text(&place.word)));
                found.map(|place| place.position).collect()
            }
            Clause::Words(words) => {
                let Some(((_, first), rest)) = words.split_first() else { return Vec::new() };
                let is = |place: &super::Place, wanted: &Alternatives| {
                    wanted.iter().any(|term| term == self.text(&place.term))
                };
                let mut found = Vec::new();
                for (index, place) in self.words.iter().enumerate().filter(|(_, place)| is(place, first)) {
                    let after = self.words.get(index + 1..).unwrap_or_default();
                    let all = rest.iter().all(|(distance, wanted)| {
                        let position = place.position + distance;
                        let mut near = after.iter().take_while(|later| later.position <= position);
                        near.any(|later| later.position == position && is(later, wanted))
                    });
                    if all {
                        found.extend(words.iter().map(|(distance, _)| place.position + distance));
                    }
                }
                found
            }
        }
    }
}

/// A piece of the query between spaces or quotes.
struct Chunk<'a> {
    text: &'a str,
    excluded: bool,
    prefix: bool,
}

const QUOTES: [char; 7] = ['"', '„', '“', '”', '«', '»', '‟'];

fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let excluded = rest.starts_with('-') && !rest.starts_with("--");
        let body = if excluded { rest.strip_prefix('-').unwrap_or(rest) } else { rest };
        let (text, after, prefix) = match body.strip_prefix(QUOTES) {
            Some(quoted) => {
                let (text, after) = quoted.split_once(QUOTES).unwrap_or((quoted, ""));
                (text, after, false)
            }
            None => {
                let (text, after) = body
                    .find(|c: char| c.is_whitespace() || QUOTES.contains(&c))
                    .and_then(|end| body.split_at_checked(end))
                    .unwrap_or((body, ""));
                (text, after, text.ends_with('*'))
            }
        };
        chunks.push(Chunk { text, excluded, prefix });
        rest = after.trim_start();
    }
    chunks
}

/// None where the piece has no word that says something.
fn clause(chunk: &Chunk<'_>, count: &mut usize, common: &mut bool) -> Result<Option<Clause>, QueryError> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut words = Words::of(chunk.text);
    while let Some(word) = words.next_word() {
        *count += 1;
        if *count > MAX_WORDS {
            return Err(QueryError::TooManyWords);
        }
        found.push((word.position, word.text.to_owned()));
    }
    if chunk.prefix
        && let [(_, word)] = found.as_slice()
    {
        if word.chars().count() < MIN_PREFIX {
            return Err(QueryError::ShortPrefix);
        }
        let mut prefixes = vec![word.clone()];
        prefixes.extend(in_other_script(word));
        return Ok(Some(Clause::Prefix(prefixes)));
    }
    let before = found.len();
    found.retain(|(_, word)| !stop::is_common(word));
    *common |= found.len() < before;
    let Some(first) = found.first().map(|(position, _)| *position) else { return Ok(None) };
    let words = found.into_iter().map(|(position, word)| (position - first, alternatives(&word))).collect();
    Ok(Some(Clause::Words(words)))
}

fn alternatives(word: &str) -> Alternatives {
    let mut stems = vec![stem::stem_of(word)];
    for other in in_other_script(word) {
        let stem = stem::stem_of(&other);
        if !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, text: &str) -> bool {
        Query::parse(query).unwrap().matches([text])
    }

    #[test]
    fn a_query_means_what_people_expect() {
        for (query, text, expected) in [
            ("клъстер", "Новини от Клъстера", true),
            ("КЛЪСТЕРИТЕ", "клъстер", true),
            ("cluster city", "The cities of the cluster", true),
            ("cluster city", "The cluster", false),
            ("cluster -city", "The cluster of cities", false),
            ("cluster -city", "The cluster", true),
            ("\"digital city\"", "digital cities challenge", true),
            ("\"digital city\"", "a city that is digital", false),
            ("„дигитални градове“", "за дигитални градове", true),
            ("«дигитални градове»", "за градове дигитални", false),
            ("\"work meetings in Italy\"", "Work meetings in Italy", true),
            ("\"work meetings in Italy\"", "Work meetings Italy", false),
            ("innov*", "Innovative Sofia", true),
            ("innov*", "novel", false),
            ("градов*", "градовете", true),
            ("clust-er", "Clust-ER Greentech", true),
            ("clust-er", "er clust", false),
            ("sofia", "Новини от София", true),
            ("софия", "News from Sofia", true),
            ("balgaria", "Из България", true),
            ("bulgaria", "Из България", true),
            ("българия", "From Bulgaria", true),
            ("varna", "Във Варна", true),
            ("мост", "most of it", false),
            ("на cluster", "Cluster", true),
            ("-\"open call\" call", "A call that is open", true),
            ("-\"open call\" call", "An open call", false),
            ("citta", "Città", true),
            ("digital -- strategy", "strategy digital", true),
        ] {
            assert_eq!(finds(query, text), expected, "{query:?} in {text:?}");
        }
    }

    #[test]
    fn a_query_that_cannot_be_answered_says_why() {
        let many = "a1 ".repeat(MAX_WORDS + 1);
        let long = "я".repeat(MAX_CHARACTERS + 1);
        for (query, error) in [
            ("", QueryError::Empty),
            (" \"…\" * - ", QueryError::Empty),
            ("на the", QueryError::OnlyCommon),
            ("-клъстер", QueryError::OnlyExcluded),
            ("in*", QueryError::ShortPrefix),
            (many.as_str(), QueryError::TooManyWords),
            (long.as_str(), QueryError::TooLong),
        ] {
            assert_eq!(Query::parse(query), Err(error), "{query:?}");
        }
    }

    #[test]
    fn the_index_is_asked_for_every_word_in_each_of_its_spellings() {
        let query = Query::parse("софия \"digital cities\" innov* -вода").unwrap();
        let lists: Vec<String> = query
            .candidates()
            .iter()
            .map(|list| {
                let shown = list.iter().map(|t| format!("{}{}", t.text, if t.prefix { "*" } else { "" }));
                shown.collect::<Vec<_>>().join("|")
            })
            .collect();
        assert_eq!(lists, ["citi", "digital|дигитал|дигитл", "innov*|иннов*", "софи|sofia"]);
    }

    #[test]
    fn what_was_found_can_be_marked() {
        let text = "Градовете: умният град на „Sofia“";
        let query = Query::parse("град софия").unwrap();
        let marked: Vec<&str> = query.marks(text).into_iter().filter_map(|range| text.get(range)).collect();
        assert_eq!(marked, ["Градовете", "град", "Sofia"]);
    }
}
