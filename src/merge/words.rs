//! Words of titles and texts, and the hashes that stand for them. The hashes are stored: what they are made of must not
//! change from one version to the next without making them all anew.

use crate::dates::{BULGARIAN_MONTHS, ENGLISH_MONTHS};

/// Words that stand in so many headlines that they say nothing about which one this is.
const COMMON: [&str; 87] = [
    // English
    "the",
    "and",
    "for",
    "with",
    "from",
    "our",
    "your",
    "new",
    "news",
    "newsletter",
    "bulletin",
    "update",
    "updates",
    "weekly",
    "monthly",
    "daily",
    "annual",
    "week",
    "month",
    "year",
    "issue",
    "number",
    "edition",
    "press",
    "release",
    "announcement",
    "announcements",
    "notice",
    "event",
    "events",
    "calendar",
    "agenda",
    "programme",
    "program",
    "call",
    "open",
    "papers",
    "vacancy",
    "vacancies",
    "job",
    "jobs",
    "offer",
    "offers",
    "welcome",
    "happy",
    "merry",
    "christmas",
    "holidays",
    "easter",
    // Bulgarian
    "на",
    "от",
    "за",
    "със",
    "при",
    "през",
    "към",
    "как",
    "нов",
    "нова",
    "ново",
    "нови",
    "новини",
    "новина",
    "бюлетин",
    "седмичен",
    "месечен",
    "ежедневен",
    "годишен",
    "седмица",
    "месец",
    "година",
    "брой",
    "съобщение",
    "прессъобщение",
    "съобщения",
    "обява",
    "обяви",
    "събитие",
    "събития",
    "календар",
    "програма",
    "покана",
    "честит",
    "честита",
    "честито",
    "весела",
    "коледа",
];
/// Titles that begin so are of something that goes on: every source has its own.
const LIVE: [&[&str]; 7] = [
    &["live"],
    &["liveblog"],
    &["live", "blog"],
    &["ticker"],
    &["на", "живо"],
    &["live", "ticker"],
    &["хроника"],
];

/// The words of a text that may be HTML (sanitised: every `<` begins a tag), in lower case. Tags, references and marks end
/// a word.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut rest = text.chars();
    let end = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    while let Some(c) = rest.next() {
        match c {
            '<' => {
                end(&mut word, &mut words);
                let mut quote = None;
                for c in rest.by_ref() {
                    match (quote, c) {
                        (None, '>') => break,
                        (None, '"' | '\'') => quote = Some(c),
                        (Some(open), c) if c == open => quote = None,
                        _ => {}
                    }
                }
            }
            '&' => {
                end(&mut word, &mut words);
                let reference = rest.as_str();
                let length = reference.bytes().take(10).position(|byte| byte == b';');
                let is_name =
                    |at: usize| reference.bytes().take(at).all(|b| b.is_ascii_alphanumeric() || b == b'#');
                if let Some(at) = length.filter(|at| is_name(*at)) {
                    rest = reference.get(at + 1..).unwrap_or_default().chars();
                }
            }
            c if c.is_alphanumeric() => word.extend(c.to_lowercase()),
            _ => end(&mut word, &mut words),
        }
    }
    end(&mut word, &mut words);
    words
}

/// Whether a word says something about which headline this is.
pub(super) fn is_telling(word: &str) -> bool {
    word.chars().count() >= 3
        && !word.chars().all(char::is_numeric)
        && !COMMON.contains(&word)
        && !is_month(word)
}

fn is_month(word: &str) -> bool {
    BULGARIAN_MONTHS.contains(&word) || ENGLISH_MONTHS.iter().any(|month| month.eq_ignore_ascii_case(word))
}

/// Whether a title is that of a live report.
pub(super) fn is_live(title: &[String]) -> bool {
    LIVE.iter().any(|begin| title.len() >= begin.len() && begin.iter().zip(title).all(|(a, b)| a == b))
}

/// FNV-1a, stirred so that every bit counts in all of it.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let folded = bytes.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    stir(folded)
}

/// The last step of MurmurHash3: a bijection without visible pattern.
pub(super) fn stir(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_is_read_and_nothing_of_the_markup() {
        for (text, expected) in [
            (
                "<p>Нова <a href=\"https://x.example/a>b\">лаборатория</a>,&nbsp;в София!</p>",
                "нова лаборатория в софия",
            ),
            ("AT&amp;T &#8211; 5G", "at t 5g"),
            ("a&b <br>", "a b"),
            ("<open", ""),
            ("&", ""),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn hashes_are_those_that_are_stored() {
        assert_eq!(hash(b""), 0xEFD0_1F60_BA99_2926);
        assert_eq!(hash("новини".as_bytes()), hash("новини".as_bytes()));
        assert_ne!(hash(b"a"), hash(b"b"));
    }
}
