//! Which language an entry is in: what it says, else the feed, else the source's setting, else its script where that is
//! obvious, else what a detector makes of it that knows only the languages we collect in. Too short means unknown. A word of the feed that the script contradicts is not believed: many systems say `en` whatever they publish.

use whatlang::{Detector, Lang};

use super::scan::{Piece, pieces};
use crate::model::Language;

/// Fewer letters than this say nothing.
const ENOUGH: usize = 20;
/// Letters of a text that are looked at.
const SAMPLE: usize = 400;
/// A text of so many letters is what the detector says, however sure it is; a shorter one needs some confidence.
const LONG: usize = 120;
const LEAST: f64 = 0.03;

/// Chooses. `own` is what the entry or its text says.
pub(super) fn choose<'a>(
    own: Option<&str>,
    feed: Option<&str>,
    source: Option<&Language>,
    texts: impl IntoIterator<Item = &'a str> + Clone,
    languages: &[Language],
) -> Option<Language> {
    let script = Script::of(texts.clone());
    let read = |said: Option<&str>| said.and_then(|said| said.parse::<Language>().ok());
    let fits = |language: &Language| script.fits(language);
    read(own)
        .or_else(|| read(feed).filter(fits))
        .or_else(|| source.cloned().filter(fits))
        .or_else(|| script.language())
        .or_else(|| detect(&script, texts, languages))
}

/// The language of a text among those we collect in, and among their neighbours, which are then unknown.
fn detect<'a>(
    script: &Script,
    texts: impl IntoIterator<Item = &'a str>,
    languages: &[Language],
) -> Option<Language> {
    let is_cyrillic = script.mostly(script.cyrillic);
    if !is_cyrillic && !script.mostly(script.latin) {
        return None;
    }
    let wanted: Vec<(Lang, &Language)> =
        languages.iter().filter_map(|language| Some((by_tag(language.primary())?, language))).collect();
    let mut known: Vec<Lang> = wanted.iter().map(|(lang, _)| *lang).collect();
    if is_cyrillic {
        // One language alone would be every text's.
        known.extend([Lang::Rus, Lang::Ukr, Lang::Mkd, Lang::Srp]);
    }
    if wanted.is_empty() {
        return None;
    }
    let text = sample(texts);
    let found = Detector::with_allowlist(known).detect(&text)?;
    let least = if script.total() < LONG { LEAST } else { 0.0 };
    let chosen =
        wanted.iter().find(|(lang, _)| *lang == found.lang()).map(|(_, language)| (*language).clone());
    chosen.filter(|_| found.confidence() >= least)
}

/// The beginning of the texts, without markup.
fn sample<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut sample = String::new();
    for text in texts {
        for piece in pieces(text) {
            if sample.len() > 4 * SAMPLE {
                return sample;
            }
            if let Piece::Text(text) = piece {
                sample.extend(text.chars().take(SAMPLE));
                sample.push(' ');
            }
        }
        sample.push(' ');
    }
    sample
}

fn by_tag(primary: &str) -> Option<Lang> {
    let lang = match primary {
        "bg" => Lang::Bul,
        "en" => Lang::Eng,
        "it" => Lang::Ita,
        "de" => Lang::Deu,
        "sl" => Lang::Slv,
        "fr" => Lang::Fra,
        "es" => Lang::Spa,
        "ru" => Lang::Rus,
        "pt" => Lang::Por,
        "nl" => Lang::Nld,
        "pl" => Lang::Pol,
        "cs" => Lang::Ces,
        "sk" => Lang::Slk,
        "hr" => Lang::Hrv,
        "sr" => Lang::Srp,
        "mk" => Lang::Mkd,
        "uk" => Lang::Ukr,
        "ro" => Lang::Ron,
        "hu" => Lang::Hun,
        "tr" => Lang::Tur,
        "el" => Lang::Ell,
        "sv" => Lang::Swe,
        "da" => Lang::Dan,
        "nb" | "no" => Lang::Nob,
        "fi" => Lang::Fin,
        "et" => Lang::Est,
        "lv" => Lang::Lav,
        "lt" => Lang::Lit,
        "ca" => Lang::Cat,
        _ => return None,
    };
    Some(lang)
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
    fn titles_are_told_apart_and_short_ones_are_unknown() {
        let languages = ["bg", "en", "it", "de", "sl"].map(|tag| tag.parse::<Language>().unwrap());
        let judged = include_str!("../../tests/fixtures/language/judged.tsv");
        let rows =
            judged.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once('\t').unwrap());
        let (mut wrong, mut all) = (Vec::new(), 0);
        for (expected, text) in rows {
            let found = choose(None, None, None, [text], &languages);
            let found = found.as_ref().map_or("-", Language::as_str);
            all += 1;
            if found != expected {
                wrong.push(format!("{text:?} is {found} and not {expected}"));
            }
        }
        // Unknown is no harm; another language is.
        assert!(wrong.len() * 20 <= all, "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
        assert!(wrong.iter().all(|line| line.contains(" is - and not ")), "{}", wrong.join("\n"));
        let only_two = ["bg", "en"].map(|tag| tag.parse::<Language>().unwrap());
        assert_eq!(choose(None, None, None, ["Це був дуже гарний день і їх було багато"], &only_two), None);
        assert_eq!(choose(None, None, None, ["Nova študija o podnebnih spremembah"], &[]), None);
    }

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
            let chosen = choose(own, feed, with_source.then_some(&source), [text], &[]);
            assert_eq!(chosen.as_ref().map(Language::as_str), expected, "{own:?} {feed:?} {text}");
        }
    }
}
