//! Tells markup from plain text, where a format does not say which it is.

use crate::charset::named_reference;

use crate::model::SAFE_ELEMENTS;

/// Elements that texts of feeds are written with, besides those that may be published.
const OTHERS: [&str; 22] = [
    "acronym", "address", "audio", "big", "button", "canvas", "center", "dir", "fieldset", "font", "form",
    "input", "label", "legend", "map", "menu", "nav", "option", "select", "strike", "textarea", "tt",
];

/// True where a text has an end tag or a reference, and no tag and no reference but HTML's.
pub(super) fn is_likely(text: &str) -> bool {
    let (mut marked, mut rest) = (false, text);
    while let Some(at) = memchr::memchr2(b'<', b'&', rest.as_bytes()) {
        let is_tag = rest.as_bytes().get(at) == Some(&b'<');
        rest = rest.get(at + 1..).unwrap_or_default();
        if is_tag {
            let closes = rest.starts_with('/');
            let name = word(rest.trim_start_matches('/'));
            let is_known = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
            if !name.is_empty() && !is_known(&SAFE_ELEMENTS) && !is_known(&OTHERS) {
                return false;
            }
            let behind = rest.as_bytes().get(1 + name.len());
            marked |= closes && !name.is_empty() && behind == Some(&b'>');
            continue;
        }
        let name = word(rest.trim_start_matches('#'));
        let signs = usize::from(rest.starts_with('#'));
        if name.is_empty() || rest.as_bytes().get(signs + name.len()) != Some(&b';') {
            continue;
        }
        if signs == 0 && named_reference(name).is_none() {
            return false;
        }
        marked = true;
    }
    marked
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end.min(64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_told_from_plain_text() {
        for text in ["a <b>c</b>", "Q &amp; A", "<p>x</p> y", "caf&eacute;", "&#8212;"] {
            assert!(is_likely(text), "{text}");
        }
        for text in
            ["", "a < b", "a <b> c", "x </foo>", "<foo>x</foo>", "Q & A", "R&D; x", "<T>x</b>", "a<b && c>d"]
        {
            assert!(!is_likely(text), "{text}");
        }
    }
}
