//! A word in the other script: Bulgarian in Latin letters, and back.

use super::fold::is_cyrillic;

/// Shorter words are not looked for in the other script: "мост" is no "most".
const MIN_TRANSLITERATED: usize = 5;

/// How the word may be written in the other script: Bulgarian by the Streamlined System (Transliteration Act, 2009), and back.
pub(super) fn in_other_script(word: &str) -> Vec<String> {
    if word.chars().count() < MIN_TRANSLITERATED {
        return Vec::new();
    }
    // The one name that the act excepts (article 6).
    match word {
        "българия" => return vec!["bulgaria".to_owned()],
        "bulgaria" => return vec!["българия".to_owned()],
        _ => {}
    }
    if word.chars().all(is_cyrillic) {
        return latin(word).into_iter().collect();
    }
    if word.bytes().all(|b| b.is_ascii_lowercase()) { cyrillic(word) } else { Vec::new() }
}

/// Longer Latin spellings first.
const LETTERS: [(&str, char); 30] = [
    ("sht", 'щ'),
    ("zh", 'ж'),
    ("ts", 'ц'),
    ("ch", 'ч'),
    ("sh", 'ш'),
    ("yu", 'ю'),
    ("ya", 'я'),
    ("a", 'а'),
    ("b", 'б'),
    ("v", 'в'),
    ("g", 'г'),
    ("d", 'д'),
    ("e", 'е'),
    ("z", 'з'),
    ("i", 'и'),
    ("y", 'й'),
    ("k", 'к'),
    ("l", 'л'),
    ("m", 'м'),
    ("n", 'н'),
    ("o", 'о'),
    ("p", 'п'),
    ("r", 'р'),
    ("s", 'с'),
    ("t", 'т'),
    ("u", 'у'),
    ("f", 'ф'),
    ("h", 'х'),
    ("a", 'ъ'),
    ("y", 'ь'),
];

/// None where a letter is not Bulgarian.
fn latin(word: &str) -> Option<String> {
    // Final -ия is -ia (article 5), also before an article would stand.
    let (body, ending) = match word.strip_suffix("ия") {
        Some(body) => (body, "ia"),
        None => (word, ""),
    };
    let of = |c: char| LETTERS.iter().find(|(_, letter)| *letter == c).map(|(latin, _)| *latin);
    let mut out = body.chars().map(of).collect::<Option<String>>()?;
    out.push_str(ending);
    Some(out)
}

/// At most two readings: with а, and with ъ where the first vowel is an a.
fn cyrillic(word: &str) -> Vec<String> {
    let (body, ending) = match word.strip_suffix("ia") {
        Some(body) => (body, "ия"),
        None => (word, ""),
    };
    let mut out = String::new();
    let mut rest = body;
    while !rest.is_empty() {
        let found = LETTERS.iter().find_map(|(latin, letter)| Some((rest.strip_prefix(latin)?, *letter)));
        let Some((after, letter)) = found else { return Vec::new() };
        out.push(letter);
        rest = after;
    }
    out.push_str(ending);
    let other = out.replacen('а', "ъ", 1);
    if other == out { vec![out] } else { vec![out, other] }
}
