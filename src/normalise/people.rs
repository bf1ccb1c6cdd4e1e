//! Authors as they may be named: without e-mail addresses, without repeats.

use url::Url;

use super::{links, text};
use crate::model::Person;

/// More names than this are a list of something else.
const MAX_PEOPLE: usize = 20;

/// The people of an entry.
pub(super) fn people(people: &[Person], base: Option<&Url>) -> Vec<Person> {
    let mut named: Vec<Person> = Vec::new();
    for person in people.iter().take(MAX_PEOPLE) {
        let name = person.name.as_deref().and_then(name);
        let url = person.url.as_deref().and_then(|url| links::absolute(url, base)).map(String::from);
        let known = |other: &Person| other.name.is_some() && other.name == name;
        if name.is_some() && !named.iter().any(known) {
            named.push(Person { name, url, email: None });
        }
    }
    named
}

/// `mail@host (Name)` and `Name <mail@host>` keep the name; an address alone keeps nothing.
fn name(written: &str) -> Option<String> {
    let written = text::from_markup(written);
    let words = written.split(' ').filter(|word| !is_address(word));
    let name = words.collect::<Vec<_>>().join(" ");
    let mut name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',' | ';'));
    if let Some(inner) = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')) {
        name = inner.trim();
    }
    // What a parser before us left of a pair.
    if name.matches('(').count() != name.matches(')').count() {
        name = name.trim_matches(['(', ')', ' ']);
    }
    let is_name = name.chars().any(char::is_alphanumeric);
    // What was cut off may have made a tag of the rest.
    is_name.then(|| text::inert(name.chars().take(200).collect())).filter(|name| !name.is_empty())
}

fn is_address(word: &str) -> bool {
    let word = word.trim_start_matches("mailto:");
    word.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_addresses_go() {
        for (written, expected) in [
            ("Иван Петров", Some("Иван Петров")),
            ("ivan@example.org (Иван Петров)", Some("Иван Петров")),
            ("Ivan Petrov <ivan@example.org>", Some("Ivan Petrov")),
            ("ivan@example.org", None),
            ("mailto:ivan@example.org", None),
            ("(Иван Петров)", Some("Иван Петров")),
            ("Иван Петров)", Some("Иван Петров")),
            ("Eurac (Bolzano)", Some("Eurac (Bolzano)")),
            ("@sofia", Some("@sofia")),
            ("Смит &amp; Ко", Some("Смит & Ко")),
            (" - ", None),
        ] {
            assert_eq!(name(written).as_deref(), expected, "{written}");
        }
    }
}
