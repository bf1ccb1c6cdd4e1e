//! The named character references of HTML (Living Standard §13.5).

use std::{collections::HashMap, sync::LazyLock};

/// As text: the same that html5ever resolves them to, so that every reader here sees the same characters.
static NAMED: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    html5ever::data::NAMED_ENTITIES
        .entries()
        .filter_map(|(name, (first, second))| {
            // The table also holds the beginnings of names, and names without their semicolon.
            let name = name.strip_suffix(';')?;
            let characters = [*first, *second].into_iter().filter(|code| *code != 0);
            let text: String = characters.filter_map(char::from_u32).collect();
            (!text.is_empty()).then_some((name, text))
        })
        .collect()
});

/// What `&name;` stands for, one or two characters. `name` is without ampersand and semicolon; its case matters.
pub fn named_reference(name: &str) -> Option<&'static str> {
    NAMED.get(name).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_what_html_says() {
        for (name, expected) in [
            ("amp", "&"),
            ("lt", "<"),
            ("nbsp", "\u{A0}"),
            ("eacute", "é"),
            ("alpha", "α"),
            ("Omega", "Ω"),
            ("phi", "φ"),
            ("Scaron", "Š"),
            ("fnof", "ƒ"),
            ("circ", "ˆ"),
            ("bcy", "б"),
            ("hellip", "…"),
            ("euro", "€"),
            ("Afr", "𝔄"),
            ("NotEqualTilde", "≂̸"),
        ] {
            assert_eq!(named_reference(name), Some(expected), "{name}");
        }
        for name in ["", "am", "nothing", "ALPHA", "amp;"] {
            assert_eq!(named_reference(name), None, "{name}");
        }
    }

    #[test]
    fn few_names_stand_for_signs_of_markup() {
        let mut markup: Vec<_> = NAMED
            .iter()
            .filter(|(_, text)| text.chars().any(|c| "<>&\"'=".contains(c)))
            .map(|(name, _)| *name)
            .collect();
        markup.sort_unstable();
        let expected =
            ["AMP", "GT", "LT", "QUOT", "amp", "apos", "bne", "equals", "gt", "lt", "nvgt", "nvlt", "quot"];
        assert_eq!(markup, expected);
    }
}
