//! Which language an entry is in: what it says, else the feed, else the source's setting, else its script where that is
//! obvious. A word of the feed that the script contradicts is not believed: many systems say `en` whatever they publish.

use super::scan::{Piece, pieces};
use crate::model::Language;

/// Fewer letters than this say nothing.
const ENOUGH: usize = 20;
/// Letters of a text that are looked at.
const SAMPLE: usize = 400;

/// Chooses. `own` is what the entry or its text says.
pub(super) fn choose<'a>(
    own: Option<&str>,
    feed: Option<&str>,
    source: Option<&Language>,
    texts: impl IntoIterator<Item = &'a str>,
) -> Option<Language> {
    let script = Script::of(texts);
    let read = |said: Option<&str>| said.and_then(|said| said.parse::<Language>().ok());
    let fits = |language: &Language| script.fits(language);
    read(own)
        .or_else(|| read(feed).filter(fits))
        .or_else(|| source.cloned().filter(fits))
        .or_else(|| script.language())
}

#[derive(Debug, Default)]
struct Script {
    latin: usize,
    cyrillic: usize,
    greek: usize,
    /// ъ, which only Bulgarian uses in every other sentence.
    hard: usize,
    /// ы, э, ё.
    russian: usize,
    /// Letters that Bulgarian and Russian lack.
    other: usize,
}

impl Script {
    /// Counts the letters at the beginning of each text, markup passed over.
    fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Script {
        let mut script = Script::default();
        for text in texts {
            let enough = script.total() + SAMPLE;
            for piece in pieces(text) {
                if let Piece::Text(text) = piece {
                    text.chars().take(SAMPLE).for_each(|c| script.count(c));
                }
                if script.total() >= enough {
                    break;
                }
            }
        }
        script
    }

    fn count(&mut self, c: char) {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' => self.latin += 1,
            '\u{400}'..='\u{45F}' => {
                self.cyrillic += 1;
                match c {
                    'ъ' | 'Ъ' => self.hard += 1,
                    'ы' | 'Ы' | 'э' | 'Э' | 'ё' | 'Ё' => self.russian += 1,
                    'ѝ' | 'Ѝ' => {}
                    '\u{400}'..='\u{40F}' | '\u{450}'..='\u{45F}' => self.other += 1,
                    _ => {}
                }
            }
            '\u{370}'..='\u{3FF}' => self.greek += 1,
            _ => {}
        }
    }

    fn total(&self) -> usize {
        self.latin + self.cyrillic + self.greek
    }

    fn mostly(&self, letters: usize) -> bool {
        letters >= ENOUGH && letters * 10 >= self.total() * 7
    }

    fn fits(&self, language: &Language) -> bool {
        let is_cyrillic = matches!(
            language.primary(),
            "bg" | "ru" | "uk" | "be" | "mk" | "sr" | "kk" | "ky" | "mn" | "tg" | "tt" | "bs" | "uz" | "az"
        );
        let both = matches!(language.primary(), "sr" | "bs" | "uz" | "az" | "kk");
        let is_greek = language.primary() == "el";
        if self.mostly(self.cyrillic) {
            is_cyrillic
        } else if self.mostly(self.greek) {
            is_greek
        } else if self.mostly(self.latin) {
            both || !(is_cyrillic || is_greek)
        } else {
            true
        }
    }

    fn language(&self) -> Option<Language> {
        if self.mostly(self.greek) {
            return "el".parse().ok();
        }
        if !self.mostly(self.cyrillic) || self.other > 0 {
            return None;
        }
        match (self.russian, self.hard) {
            (0, 1..) => Some(Language::bulgarian()),
            (3.., _) => "ru".parse().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BULGARIAN: &str = "Столичната община откри нов център за иновации в града";
    const ENGLISH: &str = "The city opened a new centre for innovation today";

    #[test]
    fn the_nearest_word_counts_unless_the_script_contradicts() {
        let source: Language = "de".parse().unwrap();
        for (own, feed, with_source, text, expected) in [
            (Some("en"), Some("bg"), true, BULGARIAN, Some("en")),
            (None, Some("en-US"), false, ENGLISH, Some("en-US")),
            (None, Some("en-US"), false, BULGARIAN, Some("bg")),
            (None, Some("bg"), true, ENGLISH, Some("de")),
            (None, Some("bg_BG"), false, "Кратко", Some("bg-BG")),
            (None, Some("nonsense!"), true, ENGLISH, Some("de")),
            (None, None, false, ENGLISH, None),
            (None, None, false, "Кратко", None),
            (None, None, false, "Это был очень хороший день, мы вышли", Some("ru")),
            (None, None, false, "Це був дуже гарний день і їх було багато", None),
        ] {
            let chosen = choose(own, feed, with_source.then_some(&source), [text]);
            assert_eq!(chosen.as_ref().map(Language::as_str), expected, "{own:?} {feed:?} {text}");
        }
    }
}
