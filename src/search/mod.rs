//! Words as a search compares them, and queries made of them: case, marks, script and the commonest endings of Bulgarian and
//! English do not keep words apart. Takes text and gives text; reads no store and no clock.

mod fold;
mod query;
mod script;
mod stem;
mod stop;

pub use query::{MAX_CHARACTERS, MAX_WORDS, MIN_PREFIX, Query, QueryError, Term};

use std::{collections::HashMap, ops::Range};

use fold::Words;

/// The terms of many documents: a word that was seen before costs one look. For one batch; it only grows.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// The number of each word's term; None where the word is in nearly every text.
    numbers: HashMap<String, Option<usize>>,
    terms: Vec<String>,
    known: HashMap<String, usize>,
}

impl Vocabulary {
    /// The distinct terms of these texts, separated by spaces: what the index keeps of a document. Markup must be gone.
    pub fn terms<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> String {
        let mut numbers = Vec::new();
        for text in texts {
            let mut words = Words::of(text);
            while let Some(word) = words.next_word() {
                let number = match self.numbers.get(word.text) {
                    Some(number) => *number,
                    None => self.learn(word.text),
                };
                numbers.extend(number);
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut joined = String::with_capacity(numbers.len() * 12);
        for term in numbers.into_iter().filter_map(|number| self.terms.get(number)) {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(term);
        }
        joined
    }

    fn learn(&mut self, word: &str) -> Option<usize> {
        let number = (!stop::is_common(word)).then(|| {
            let term = stem::stem_of(word);
            match self.known.get(&term) {
                Some(number) => *number,
                None => {
                    self.terms.push(term.clone());
                    self.known.insert(term, self.terms.len() - 1);
                    self.terms.len() - 1
                }
            }
        });
        self.numbers.insert(word.to_owned(), number);
        number
    }
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
        let mut vocabulary = Vocabulary::default();
        assert_eq!(vocabulary.terms(text), "клъстер град cluster citi");
        assert_eq!(vocabulary.terms(["Град на клъстери"]), "клъстер град");
    }
}
