//! Addresses on their base (RFC 3986 §5.2), kept in the publisher's spelling: nothing is escaped, lowered or completed that
//! the document wrote in its own way. A base may be relative itself, where the address of the document is not known.

/// Longer ones are no bases: they would be copied to every address below them.
const MAX_BASE: usize = 2048;

/// The parts of a reference (RFC 3986 §3), as written.
#[derive(Debug, Clone, Copy)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

fn parts(reference: &str) -> Parts<'_> {
    let (rest, fragment) = cut(reference, '#');
    let (rest, query) = cut(rest, '?');
    let (scheme, rest) = match rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, rest),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Parts { scheme, authority, path, query, fragment }
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, behind)| (before, Some(behind)))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// The target of a reference (RFC 3986 §5.2.2).
pub(super) fn join(base: Option<&str>, reference: &str) -> String {
    let reference = reference.trim();
    let target = parts(reference);
    let Some(base) = base.filter(|_| target.scheme.is_none()) else { return reference.to_owned() };
    let base = parts(base);
    let (authority, path, query) = if target.authority.is_some() {
        (target.authority, target.path.to_owned(), target.query)
    } else if target.path.is_empty() {
        (base.authority, base.path.to_owned(), target.query.or(base.query))
    } else if target.path.starts_with('/') {
        (base.authority, without_dots(target.path), target.query)
    } else {
        (base.authority, without_dots(&merged(base, target.path)), target.query)
    };
    let mut joined = String::with_capacity(reference.len() + path.len() + 32);
    for piece in [base.scheme.map(|scheme| [scheme, ":"]), authority.map(|authority| ["//", authority])] {
        joined.extend(piece.into_iter().flatten());
    }
    joined.push_str(&path);
    for piece in [query.map(|query| ["?", query]), target.fragment.map(|fragment| ["#", fragment])] {
        joined.extend(piece.into_iter().flatten());
    }
    joined
}

/// RFC 3986 §5.2.3.
fn merged(base: Parts<'_>, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    let folder = base.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    if base.path.contains('/') { format!("{folder}/{path}") } else { path.to_owned() }
}

/// RFC 3986 §5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "." => {}
            ".." if kept.len() > 1 || kept.first().is_some_and(|first| !first.is_empty()) => drop(kept.pop()),
            ".." => {}
            other => kept.push(other),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") || matches!(path, "." | "..") {
        kept.push("");
    }
    kept.join("/")
}

/// Whether a text can be a base address: no other schemes than those that feeds are served by.
pub(super) fn is_base(text: &str) -> bool {
    let text = text.trim();
    let parts = parts(text);
    let served = parts.scheme.is_none_or(|scheme| {
        ["http", "https", "file", "ftp"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    });
    !text.is_empty()
        && text.len() <= MAX_BASE
        && served
        && !parts.authority.is_some_and(|a| a.contains(['[', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_the_standard_says() {
        let base = "http://a.example/b/c/d;p?q";
        for (reference, expected) in [
            ("g", "http://a.example/b/c/g"),
            ("./g", "http://a.example/b/c/g"),
            ("g/", "http://a.example/b/c/g/"),
            ("/g", "http://a.example/g"),
            ("//g.example", "http://g.example"),
            ("?y", "http://a.example/b/c/d;p?y"),
            ("g?y#s", "http://a.example/b/c/g?y#s"),
            ("#s", "http://a.example/b/c/d;p?q#s"),
            (".", "http://a.example/b/c/"),
            ("..", "http://a.example/b/"),
            ("../g", "http://a.example/b/g"),
            ("../../../../g", "http://a.example/g"),
            ("g:h", "g:h"),
            ("a:b/c", "a:b/c"),
            (" g ", "http://a.example/b/c/g"),
            ("новини?в=1", "http://a.example/b/c/новини?в=1"),
        ] {
            assert_eq!(join(Some(base), reference), expected, "{reference}");
        }
        assert_eq!(join(Some("http://a.example"), "?x"), "http://a.example?x");
        assert_eq!(join(Some("http://a.example"), "x"), "http://a.example/x");
        assert_eq!(join(Some("/deep/er/"), "home"), "/deep/er/home");
        assert_eq!(join(Some("z/"), "a"), "z/a");
        assert_eq!(join(Some("z"), "a"), "a");
        assert_eq!(join(None, "a"), "a");
    }

    #[test]
    fn what_is_no_base_is_not_taken_for_one() {
        assert!(is_base("http://a.example/") && is_base("/x/") && is_base("x"));
        for text in ["", "javascript:x", "http://[", &"x".repeat(4000)] {
            assert!(!is_base(text), "{text}");
        }
    }
}
