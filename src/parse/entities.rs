//! Entities that a document declares for itself (XML 1.0 §4.2), the harmless ones: characters without markup and without
//! other entities, so that nothing multiplies; what they bring in all is bounded.

use std::{cell::Cell, fmt::Write};

use super::prolog::declaration_end;

/// Entities that are kept.
const MOST: usize = 100;
/// Bytes of a value.
const LONGEST: usize = 500;
/// Bytes that all references of a document may bring, where it is not shorter itself.
const BUDGET: usize = 1 << 20;

/// The entities of a document.
pub(super) struct Entities<'t> {
    known: Vec<(&'t str, &'t str)>,
    budget: Cell<usize>,
}

impl<'t> Entities<'t> {
    /// Those that are declared before the root of a document of so many bytes.
    pub(super) fn of(prolog: &'t str, length: usize) -> Self {
        let mut known = Vec::new();
        let declared = find_doctype(prolog).and_then(|doctype| doctype.split_once('['));
        for declaration in declared.map_or("", |(_, subset)| subset).split("<!ENTITY").skip(1).take(MOST) {
            known.extend(read(declaration));
        }
        Entities { known, budget: Cell::new(BUDGET.min(length)) }
    }

    /// What a reference stands for. A quote in it must not end the attribute that it stands in, nor any other character
    /// begin or end a comment or CDATA section with what stands around it.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let (_, value) = self.known.iter().find(|(known, _)| *known == name)?;
        // Before anything is copied: millions of references may ask in vain.
        self.budget.get().checked_sub(value.len())?;
        let value = if value.starts_with('&') { (*value).to_owned() } else { as_text(value) };
        self.budget.set(self.budget.get().checked_sub(value.len())?);
        Some(value)
    }
}

fn as_text(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' | '\'' | '>' | '-' | '!' | '[' | ']' => {
                // Writing to a String cannot fail.
                let _ = write!(text, "&#{};", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text
}

fn find_doctype(prolog: &str) -> Option<&str> {
    let at = memchr::memmem::find(prolog.as_bytes(), b"<!DOCTYPE")?;
    let doctype = prolog.get(at..)?;
    doctype.get(..declaration_end(doctype).unwrap_or(doctype.len()))
}

/// ` name "value">`
fn read(declaration: &str) -> Option<(&str, &str)> {
    let (name, rest) = declaration.trim_start().split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, _) = rest.get(1..)?.split_once(quote)?;
    let is_reference = value
        .strip_prefix("&#")
        .and_then(|rest| rest.strip_suffix(';'))
        .is_some_and(|number| number.len() < 9 && number.chars().all(|c| c.is_ascii_alphanumeric()));
    let harmless = value.len() <= LONGEST && !value.contains(['<', '&']);
    (name.len() < 33 && name != "%" && (harmless || is_reference)).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_entities_are_known() {
        let entities = Entities::of(
            "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY name \"Value\"><!ENTITY copy '&#169;'><!ENTITY bomb '&name;&name;'>\
             <!ENTITY tag '<b>'><!ENTITY out SYSTEM 'file:///etc/passwd'><!ENTITY % p 'x'>]>",
            1000,
        );
        assert_eq!(entities.get("name").as_deref(), Some("Value"));
        assert_eq!(entities.get("copy").as_deref(), Some("&#169;"));
        for name in ["bomb", "tag", "out", "p", "%"] {
            assert_eq!(entities.get(name), None, "{name}");
        }
    }

    #[test]
    fn what_they_bring_is_bounded() {
        let prolog = format!("<!DOCTYPE rss [<!ENTITY a '{}'>]>", "x".repeat(500));
        let entities = Entities::of(&prolog, 1 << 30);
        let brought = (0..100_000).filter(|_| entities.get("a").is_some()).count();
        assert_eq!(brought, BUDGET / 500);
    }
}
