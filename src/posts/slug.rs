//! Slugs from titles: Cyrillic by the Streamlined System of Bulgaria's Transliteration Act (2009), other letters
//! without their marks.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::model::Slug;

/// Longest slug that is derived; longer ones end at a word.
const LONGEST: usize = 64;

/// A slug of a title or file name. None where nothing of it can be written in a-z and 0-9.
pub fn slug_of(text: &str) -> Option<Slug> {
    let latin = transliterate(text).to_lowercase();
    let words = latin.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        if slug.is_empty() {
            slug.extend(word.chars().take(LONGEST));
        } else if slug.len() + 1 + word.len() <= LONGEST {
            slug.push('-');
            slug.push_str(word);
        } else {
            break;
        }
    }
    slug.parse().ok()
}

/// The text in Latin letters: Bulgarian by the Streamlined System (Transliteration Act, articles 3 to 6), Russian and
/// Ukrainian letters by their nearest kin, Latin ones without marks. Anything else stays.
pub fn transliterate(text: &str) -> String {
    // NFC first: the breve of й belongs to the letter and is not a mark to take off.
    let composed: Vec<char> = text.nfc().collect();
    let mut latin = String::with_capacity(text.len());
    for word in composed.split_inclusive(|c| !c.is_alphabetic()) {
        write_word(word, &mut latin);
    }
    latin
}

fn write_word(word: &[char], out: &mut String) {
    let (letters, rest) = match word.split_last() {
        Some((last, letters)) if !last.is_alphabetic() => (letters, Some(*last)),
        _ => (word, None),
    };
    let lower: String = letters.iter().flat_map(|c| c.to_lowercase()).collect();
    // The one name that the act excepts (article 6).
    let mut letters = letters;
    if lower == "българия" {
        let upper = letters.iter().all(|c| c.is_uppercase());
        let capital = letters.first().is_some_and(|c| c.is_uppercase());
        out.push_str(if upper {
            "BULGARIA"
        } else if capital {
            "Bulgaria"
        } else {
            "bulgaria"
        });
        letters = &[];
    }
    // At the end of a word -ия is -ia, not -iya (article 5).
    let ending = lower.ends_with("ия").then(|| letters.len().saturating_sub(1));
    for (index, letter) in letters.iter().enumerate() {
        if Some(index) == ending {
            out.push(if letter.is_uppercase() { 'A' } else { 'a' });
        } else {
            write_letter(*letter, out);
        }
    }
    if let Some(rest) = rest {
        write_letter(rest, out);
    }
}

fn write_letter(letter: char, out: &mut String) {
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    let Some(latin) = latin_of(lower) else {
        out.extend(std::iter::once(letter).nfd().filter(|c| !is_combining_mark(*c)));
        return;
    };
    if lower == letter {
        out.push_str(latin);
        return;
    }
    let mut chars = latin.chars();
    out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
    out.extend(chars);
}

fn latin_of(lower: char) -> Option<&'static str> {
    Some(match lower {
        'а' | 'ъ' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'э' | 'є' => "e",
        'ё' => "yo",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' => "i",
        'ї' => "yi",
        'й' | 'ь' | 'ы' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "sht",
        'ю' => "yu",
        'я' => "ya",
        // Latin letters that no decomposition takes apart.
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulgarian_is_written_by_the_streamlined_system() {
        let cases = [
            ("България", "Bulgaria"),
            ("Република България, София", "Republika Bulgaria, Sofia"),
            ("БЪЛГАРИЯ", "BULGARIA"),
            ("български", "balgarski"),
            ("Стара Загора", "Stara Zagora"),
            ("Щъркелово", "Shtarkelovo"),
            ("шофьор", "shofyor"),
            ("Цар Асен", "Tsar Asen"),
            ("Юлия и Илиян", "Yulia i Iliyan"),
            ("приятели", "priyateli"),
            ("Чай", "Chay"),
            ("Чаи\u{306}", "Chay"),
            ("Жълтуша", "Zhaltusha"),
        ];
        for (text, expected) in cases {
            assert_eq!(transliterate(text), expected, "{text}");
        }
    }

    /// The tables of the Transliteration Act: letters, groups of letters, -ия at the end of a word, and България.
    #[test]
    fn the_tables_of_the_act_are_kept() {
        let letters = "а б в г д е ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ь ю я";
        let latin = "a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y yu ya";
        for (letter, expected) in letters.split(' ').zip(latin.split(' ')) {
            assert_eq!(transliterate(letter), expected, "{letter}");
        }
        for (word, expected) in [
            ("джоб", "dzhob"),
            ("дзън", "dzan"),
            ("синьо", "sinyo"),
            ("район", "rayon"),
            ("Мария", "Maria"),
            ("Марияна", "Mariyana"),
            ("ияр", "iyar"),
            ("в България и Турция", "v Bulgaria i Turtsia"),
        ] {
            assert_eq!(transliterate(word), expected, "{word}");
        }
    }

    #[test]
    fn slugs_are_what_addresses_can_hold() {
        let cases = [
            ("Work meetings in Italy, 16–20 July", Some("work-meetings-in-italy-16-20-july")),
            ("Работни срещи в Италия", Some("rabotni-sreshti-v-italia")),
            ("digital-cities.bg", Some("digital-cities-bg")),
            ("Jänner & Čas: Łódź", Some("janner-cas-lodz")),
            ("  --  ", None),
            ("日本", None),
        ];
        for (text, expected) in cases {
            assert_eq!(slug_of(text).as_ref().map(Slug::as_str), expected, "{text}");
        }
    }

    #[test]
    fn a_long_slug_ends_at_a_word() {
        let slug = slug_of(&"новини ".repeat(30)).unwrap();
        assert_eq!(slug.as_str(), "novini-novini-novini-novini-novini-novini-novini-novini-novini");
        assert_eq!(slug_of(&"я".repeat(200)).unwrap().as_str().len(), 64);
    }
}
