//! Persons as RSS writes them: `mail@host (Name)`, `Name <mail@host>`, or a name alone.

use crate::model::Person;

/// Takes a text apart. None where nothing is left.
pub(super) fn person(text: &str) -> Option<Person> {
    let text = text.trim();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '@');
    let email = text.split(|c: char| !is_part(c)).find(|word| is_email(word));
    let name = match email {
        Some(email) => text.replacen(email, "", 1).replace("mailto:", "").replace("<>", "").replace("()", ""),
        None => text.to_owned(),
    };
    let name = name.trim();
    let inner = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).filter(|_| email.is_some());
    let name = inner.unwrap_or(name).trim();
    let person = Person {
        name: (!name.is_empty()).then(|| name.to_owned()),
        url: None,
        email: email.map(str::to_owned),
    };
    (person != Person::default()).then_some(person)
}

fn is_email(word: &str) -> bool {
    let host = |host: &str| {
        host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains('@')
    };
    word.split_once('@').is_some_and(|(user, at)| !user.is_empty() && host(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_read_in_every_usual_form() {
        for (text, name, email) in [
            ("me@example.org (Иван Петров)", Some("Иван Петров"), Some("me@example.org")),
            ("Иван Петров <me@example.org>", Some("Иван Петров"), Some("me@example.org")),
            ("Иван Петровme@example.org", Some("Иван Петров"), Some("me@example.org")),
            ("me@example.org", None, Some("me@example.org")),
            ("Office (Sofia)", Some("Office (Sofia)"), None),
            ("@handle", Some("@handle"), None),
        ] {
            let read = person(text).unwrap();
            assert_eq!((read.name.as_deref(), read.email.as_deref()), (name, email), "{text}");
        }
        assert_eq!(person(" "), None);
    }
}
