//! Light stemming: definite articles and plurals of Bulgarian, plurals, participles and possessives of English. By script, not
//! by language: a headline mixes both, and a query does not say.
//!
//! Bulgarian follows the rules of J. Savoy, "Searching strategies for the Bulgarian language", Information Retrieval 10
//! (2007), with what its vowel rules do to borrowed words mended (see `settle`). English is step 1 of M. F. Porter, "An
//! algorithm for suffix stripping", Program 14 (1980). Both are light on purpose: "иновации" is "иновация", and
//! "иновативен" is another word.

use super::fold::is_cyrillic;

/// What is left of a word.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stem {
    /// Its first so many bytes.
    Same(usize),
    /// Other letters.
    Other(String),
}

/// The stem of a folded word.
pub(super) fn stem(word: &str) -> Stem {
    if word.bytes().all(|b| b.is_ascii_lowercase()) {
        return english(word);
    }
    if word.chars().all(is_cyrillic) {
        let mut letters: Vec<char> = word.chars().collect();
        bulgarian(&mut letters);
        return settled(word, letters.into_iter().collect());
    }
    Stem::Same(word.len())
}

/// The stem as text.
pub(super) fn stem_of(word: &str) -> String {
    match stem(word) {
        Stem::Same(length) => word.get(..length).unwrap_or(word).to_owned(),
        Stem::Other(term) => term,
    }
}

fn settled(word: &str, stem: String) -> Stem {
    if word.starts_with(&stem) { Stem::Same(stem.len()) } else { Stem::Other(stem) }
}

/// An ending, the length that a word must have to lose it, and what comes in its place.
type Rule = (&'static str, usize, &'static str);

/// The first that applies is taken. -то, -те and -та count after the vowel of the noun alone: "проекта" is "проект" with the
/// short article.
const ARTICLES: [Rule; 12] = [
    ("ият", 7, ""),
    ("ът", 5, ""),
    ("ото", 6, "о"),
    ("ето", 6, "е"),
    ("ите", 6, "и"),
    ("ете", 6, "е"),
    ("ата", 6, "а"),
    ("ята", 6, "я"),
    ("стта", 6, "ст"),
    ("щта", 6, "щ"),
    ("ия", 6, ""),
    ("ят", 5, ""),
];

const PLURALS: [Rule; 4] = [("овци", 7, "о"), ("ове", 7, ""), ("еве", 7, "й"), ("и", 4, "")];

fn bulgarian(word: &mut Vec<char>) {
    if word.len() < 4 {
        return;
    }
    if apply(word, &[("ища", 6, "")]) {
        return;
    }
    apply(word, &ARTICLES);
    apply(word, &PLURALS);
    apply(word, &[("я", 4, "")]);
    apply(word, &[("а", 4, ""), ("о", 4, ""), ("е", 4, "")]);
    settle(word);
}

/// What the last sounds of a stem do before endings. Savoy turns them into those of the singular (ученици: ученик; бели: бял),
/// which is wrong for borrowed words (университети, страници, анализи) and leaves their singular alone; here both become one.
fn settle(word: &mut Vec<char>) {
    // "иновация" lost -ия as if it were an adjective, "иновации" only -и.
    apply(word, &[("и", 5, "")]);
    apply(word, &[("ен", 5, "н")]);
    let length = word.len();
    if length > 5 && word.get(length - 2) == Some(&'ъ') {
        word.remove(length - 2);
    }
    apply(word, &[("ец", 5, "ц")]);
    apply(word, &[("ц", 4, "к"), ("з", 5, "г")]);
    let last_vowel = word.iter().rposition(|c| "аъоуеияю".contains(*c));
    if let Some(vowel) = last_vowel.filter(|at| at + 1 < word.len()).and_then(|at| word.get_mut(at))
        && *vowel == 'я'
    {
        *vowel = 'е';
    }
}

fn apply(word: &mut Vec<char>, rules: &[Rule]) -> bool {
    for (ending, least, replacement) in rules {
        let length = ending.chars().count();
        if word.len() >= *least && word.iter().rev().zip(ending.chars().rev()).all(|(a, b)| *a == b) {
            word.truncate(word.len() - length);
            word.extend(replacement.chars());
            return true;
        }
    }
    false
}

fn english(word: &str) -> Stem {
    if word.len() < 3 {
        return Stem::Same(word.len());
    }
    let mut stem = plural(word).to_owned();
    participle(&mut stem);
    if stem.ends_with('y') && has_vowel(stem.get(..stem.len() - 1).unwrap_or_default()) {
        stem.pop();
        stem.push('i');
    }
    settled(word, stem)
}

/// Step 1a.
fn plural(word: &str) -> &str {
    let without = |letters: usize| word.get(..word.len() - letters).unwrap_or(word);
    if word.ends_with("sses") || word.ends_with("ies") {
        without(2)
    } else if word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is") {
        without(1)
    } else {
        word
    }
}

/// Step 1b.
fn participle(word: &mut String) {
    if word.ends_with("eed") {
        if measure(word.get(..word.len() - 3).unwrap_or_default()) > 0 {
            word.pop();
        }
        return;
    }
    let base = word.strip_suffix("ed").or_else(|| word.strip_suffix("ing"));
    let Some(base) = base.filter(|base| base.len() > 1 && has_vowel(base)).map(str::len) else { return };
    word.truncate(base);
    if ["at", "bl", "iz"].iter().any(|ending| word.ends_with(ending)) || is_short(word) {
        word.push('e');
    } else if doubles(word) && !word.ends_with(['l', 's', 'z']) {
        word.pop();
    }
}

fn is_vowel(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b'a' | b'e' | b'i' | b'o' | b'u') => true,
        // Porter: y after a consonant is a vowel.
        Some(b'y') => at > 0 && !is_vowel_but_y(bytes.get(at - 1)),
        _ => false,
    }
}

fn is_vowel_but_y(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'a' | b'e' | b'i' | b'o' | b'u'))
}

fn has_vowel(word: &str) -> bool {
    (0..word.len()).any(|at| is_vowel(word.as_bytes(), at))
}

/// How often consonants follow vowels: m of Porter's [C](VC)^m[V].
fn measure(word: &str) -> usize {
    (1..word.len()).filter(|at| is_vowel(word.as_bytes(), at - 1) && !is_vowel(word.as_bytes(), *at)).count()
}

/// Porter's m = 1 and *o: hop, fil.
fn is_short(word: &str) -> bool {
    let (bytes, length) = (word.as_bytes(), word.len());
    length >= 3
        && measure(word) == 1
        && !is_vowel(bytes, length - 3)
        && is_vowel(bytes, length - 2)
        && !is_vowel(bytes, length - 1)
        && !word.ends_with(['w', 'x', 'y'])
}

fn doubles(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() > 1 && bytes.last() == bytes.get(bytes.len() - 2) && !is_vowel(bytes, bytes.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All forms of a word have one stem, and no word of another line has it.
    #[test]
    fn forms_of_a_word_meet_and_other_words_do_not() {
        let words: &[&[&str]] = &[
            &["град", "града", "градът", "градове", "градовете"],
            &["клъстер", "клъстера", "клъстерът", "клъстери", "клъстерите"],
            &["иновация", "иновацията", "иновации", "иновациите"],
            &["университет", "университета", "университетът", "университети", "университетите"],
            &["център", "центъра", "центърът", "центрове", "центровете"],
            &["проект", "проекта", "проектът", "проекти", "проектите"],
            &["партньор", "партньори", "партньорите", "партньора"],
            &["програма", "програмата", "програми", "програмите"],
            &["среща", "срещата", "срещи", "срещите"],
            &["предложение", "предложението", "предложения", "предложенията"],
            &["място", "мястото", "места", "местата"],
            &["общински", "общинския", "общинският", "общинска", "общинската", "общинските"],
            &["нов", "нова", "новата", "новият", "нови", "новите"],
            &["изследване", "изследването", "изследвания", "изследванията"],
            &["учен", "учени", "учените"],
            &["доброволец", "доброволеца", "доброволци", "доброволците"],
            &["месец", "месеци", "месеците", "месецът"],
            &["лед", "ледът"],
            &["технологичен", "технологичния", "технологична", "технологични"],
            &["софия"],
            &["софийски", "софийска", "софийските"],
            &["страница", "страници", "страницата", "страниците"],
            &["развитие", "развитието"],
            &["cluster", "clusters"],
            &["city", "cities"],
            &["meeting", "meet", "meetings"],
            &["programme", "programmes"],
            &["strategy", "strategies"],
            &["present", "presented", "presents", "presenting"],
            &["plan", "planned", "planning", "plans"],
            &["business"],
            &["bus"],
            &["innovation", "innovations"],
            &["analysis"],
        ];
        let mut faults = Vec::new();
        let mut known: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
        for (line, forms) in words.iter().enumerate() {
            let stems: Vec<String> = forms.iter().map(|form| stem_of(form)).collect();
            if stems.iter().any(|stem| *stem != stems[0]) {
                faults.push(format!("{forms:?} become {stems:?}"));
            }
            for stem in stems {
                if known.insert(stem.clone(), line).is_some_and(|other| other != line) {
                    faults.push(format!("{forms:?} meet another word in {stem}"));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn short_words_and_numbers_stay() {
        for word in ["за", "noi", "2018", "5g", "ес", "ai", "eu"] {
            assert_eq!(stem_of(word), word);
        }
    }
}
