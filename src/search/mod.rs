//! Words as a search compares them, and queries made of them: case, marks, script and the commonest endings of Bulgarian and
//! English do not keep words apart. Takes text and gives text; reads no store and no clock.

mod fold;
mod query;
mod stem;
mod stop;

pub use query::{MAX_CHARACTERS, MAX_WORDS, MIN_PREFIX, Query, QueryError, Term};

use std::ops::Range;

use fold::Words;

/// The distinct terms of these texts, separated by spaces: what the index keeps of a document. Markup must be gone.
pub fn terms<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let words = Document::of(texts);
    let mut terms: Vec<&str> = words.terms().map(|(_, term)| term).collect();
    terms.sort_unstable();
    terms.dedup();
    terms.join(" ")
}

/// Between texts of one document, so that no phrase runs from a title into what follows it.
const APART: usize = 1_000;

/// The words of a document with their places.
#[derive(Debug, Default)]
struct Document {
    /// All terms and, where a term is not the whole word, the words too.
    letters: String,
    words: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    position: usize,
    word: Range<usize>,
    term: Range<usize>,
}

impl Document {
    fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut document = Document::default();
        let mut start = 0;
        for text in texts {
            let mut words = Words::of(text);
            while let Some(word) = words.next_word() {
                if !stop::is_common(word.text) {
                    document.push(start + word.position, word.text);
                }
            }
            start += words.position() + APART;
        }
        document
    }

    fn push(&mut self, position: usize, word: &str) {
        let at = self.letters.len();
        self.letters.push_str(word);
        let whole = at..self.letters.len();
        let term = match stem::stem(word) {
            stem::Stem::Same(length) => at..at + length,
            stem::Stem::Other(term) => {
                let at = self.letters.len();
                self.letters.push_str(&term);
                at..self.letters.len()
            }
        };
        self.words.push(Place { position, word: whole, term });
    }

    /// Positions and terms, in the order of the text.
    fn terms(&self) -> impl Iterator<Item = (usize, &str)> {
        self.words.iter().map(|place| (place.position, self.text(&place.term)))
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.letters.get(range.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_its_distinct_terms_without_common_words() {
        let text = ["Клъстерът и градовете", "The cluster of the cities, clusters"];
        assert_eq!(terms(text), "citi cluster град клъстер");
    }
}
