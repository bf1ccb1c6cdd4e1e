//! A text's words in one spelling: lower case, composed, Latin and Greek letters without marks, Cyrillic without stress, letters
//! of one script in a word.

use unicode_normalization::char::decompose_canonical;

/// Longer words are cut: nobody looks for them, and an index must not grow by them.
const LONGEST: usize = 40;

/// Reads words off a text, one after the other.
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
    position: usize,
    word: String,
}

/// One word, folded, and where it stood.
pub(super) struct Word<'a> {
    /// The folded word.
    pub(super) text: &'a str,
    /// How many words stand before it.
    pub(super) position: usize,
    /// Bytes of the text.
    pub(super) bytes: std::ops::Range<usize>,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Words { text, at: 0, position: 0, word: String::new() }
    }

    /// How many words were read.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn next_word(&mut self) -> Option<Word<'_>> {
        self.word.clear();
        let (mut start, mut end) = (None, self.at);
        let (mut letters, mut scripts) = (0, Scripts::default());
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (offset, c) in rest.char_indices() {
            let place = self.at + offset;
            end = place + c.len_utf8();
            if is_word(c) {
                start.get_or_insert(place);
                if letters < LONGEST {
                    scripts.see(c);
                    fold(c, &mut self.word);
                }
                letters += 1;
            } else if start.is_some() && !is_invisible(c) {
                end = place;
                break;
            }
        }
        let start = start?;
        self.at = end;
        if scripts.cyrillic && scripts.latin {
            self.word = in_one_script(&self.word);
        }
        let position = self.position;
        self.position += 1;
        Some(Word { text: &self.word, position, bytes: start..end })
    }
}

#[derive(Default)]
struct Scripts {
    latin: bool,
    cyrillic: bool,
}

impl Scripts {
    fn see(&mut self, c: char) {
        self.latin |= c.is_ascii_alphabetic();
        self.cyrillic |= is_cyrillic(c);
    }
}

/// Bulgarian's block and what other languages add to it.
pub(super) fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52F}')
}

/// Most letters are in a few ranges, which cost less than the tables of Unicode.
fn is_word(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | 'а'..='я' | 'А'..='Я' => true,
        '\0'..='\u{7F}' => false,
        _ => c.is_alphanumeric(),
    }
}

/// Within a word, and no part of it: soft hyphens, joiners, combining marks (stress in Bulgarian; what composes with a letter
/// has composed with it).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{300}'..='\u{36F}')
}

fn fold(c: char, out: &mut String) {
    match c {
        'a'..='z' | '0'..='9' | 'а'..='я' => out.push(c),
        'A'..='Z' => out.push(c.to_ascii_lowercase()),
        'А'..='Я' => out.extend(char::from_u32(u32::from(c) + 32)),
        'ё' | 'Ё' | 'ѐ' | 'Ѐ' => out.push('е'),
        'ѝ' | 'Ѝ' => out.push('и'),
        _ => c.to_lowercase().for_each(|c| fold_rare(c, out)),
    }
}

fn fold_rare(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'ø' => out.push('o'),
        'đ' => out.push('d'),
        'ł' => out.push('l'),
        'ı' => out.push('i'),
        'ς' => out.push('σ'),
        // Latin and Greek; the breve of й is no mark to take off.
        '\u{C0}'..='\u{3FF}' | '\u{1E00}'..='\u{1FFF}' => {
            decompose_canonical(c, |part| {
                if part.is_alphanumeric() {
                    out.push(part);
                }
            });
        }
        _ if is_invisible(c) => {}
        _ => out.push(c),
    }
}

/// Letters that look alike in both scripts, Latin first.
const ALIKE: [(char, char); 12] = [
    ('a', 'а'),
    ('b', 'в'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'н'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
];

/// A word in which somebody typed one script's letters into the other's: all of the script that has the letters that
/// the other lacks. A word that mixes them on purpose stays.
fn in_one_script(word: &str) -> String {
    let to_cyrillic = |c: char| ALIKE.iter().find(|(latin, _)| *latin == c).map(|(_, cyrillic)| *cyrillic);
    let to_latin = |c: char| ALIKE.iter().find(|(_, cyrillic)| *cyrillic == c).map(|(latin, _)| *latin);
    let cyrillic: Option<String> =
        word.chars().map(|c| if c.is_ascii_alphabetic() { to_cyrillic(c) } else { Some(c) }).collect();
    let latin = || word.chars().map(|c| if is_cyrillic(c) { to_latin(c) } else { Some(c) }).collect();
    cyrillic.or_else(latin).unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut words = Words::of(text);
        let mut all = Vec::new();
        while let Some(word) = words.next_word() {
            all.push(word.text.to_owned());
        }
        all.join(" ")
    }

    #[test]
    fn words_have_one_spelling() {
        for (text, expected) in [
            ("СОФИЯ, София", "софия софия"),
            ("Città di Bologna: perché Übergänge", "citta di bologna perche ubergange"),
            ("Straße, Đaković, Łódź", "strasse dakovic lodz"),
            ("ѝ, съ\u{301}д, о\u{AD}бщи\u{200B}на", "и съд община"),
            ("Й й", "й й"),
            (
                "Cофия, където С е латинско; Сity, където е кирилско",
                "софия където с е латинско city където е кирилско",
            ),
            ("Clust-ER 5G, 21.8 %", "clust er 5g 21 8"),
            ("city's градът’", "city s градът"),
            ("", ""),
            ("—…!", ""),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_knows_its_bytes() {
        let text = "„Нов Ca\u{300}l“";
        let mut words = Words::of(text);
        let first = words.next_word().map(|word| word.bytes).unwrap();
        let second = words.next_word().map(|word| word.bytes).unwrap();
        assert_eq!((text.get(first), text.get(second)), (Some("Нов"), Some("Ca\u{300}l")));
    }

    #[test]
    fn a_word_without_end_is_cut() {
        assert_eq!(folded(&"я".repeat(100_000)).chars().count(), LONGEST);
    }
}
