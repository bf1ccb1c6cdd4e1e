//! Texts and addresses made fit for a document: what XML cannot hold and what must not leave is taken out.

use std::borrow::Cow;

use url::Url;

/// The text without characters that XML 1.0 cannot hold (§2.2), so that no entry can break a document. JSON and HTML get the
/// same text. Must run before markup is written: taking a character out of `]]\u{1}>` afterwards would end a CDATA section.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    // 0xEF begins the characters around U+FFFF; nearly no text has any of these bytes.
    let suspicious = |b: u8| (b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0xef;
    if !text.bytes().any(suspicious) || text.chars().all(is_legal) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| is_legal(*c)).collect())
}

/// The text on one line, without leading, trailing or doubled white space.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in clean(text).split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// An address that may stand in a link: absolute, http or https, without userinfo. Kept byte for byte where it is a valid URI,
/// percent-encoded where it is not.
pub(super) fn web_address(text: &str) -> Option<String> {
    let text = text.trim();
    let mut url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    let has_userinfo = !url.username().is_empty() || url.password().is_some();
    if !has_userinfo && text.bytes().all(is_uri_byte) {
        return Some(text.to_owned());
    }
    // Both fail only for addresses without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url.into())
}

/// A text as one part of a path or one value of a query (RFC 3986 §2.3).
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The address of a feed as others may see it: also without query parameters that are credentials.
pub(super) fn public_feed_address(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.query_pairs().any(|(name, _)| is_credential(&name)) {
        let kept: Vec<_> = url
            .query_pairs()
            .filter(|(name, _)| !is_credential(name))
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    url.into()
}

/// Whether a text can be an Atom id: an absolute IRI (RFC 4287 §4.2.6) without white space.
pub(super) fn is_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let starts_well = scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    starts_well
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && rest.chars().all(|c| {
            !c.is_whitespace()
                && !c.is_control()
                && !matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
        })
}

fn is_legal(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => c >= ' ',
    }
}

// RFC 3986 §2: unreserved, reserved and the percent sign.
fn is_uri_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b)
}

fn is_credential(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "token",
        "access_token",
        "auth",
        "auth_token",
        "api_key",
        "apikey",
        "api-key",
        "key",
        "secret",
        "password",
        "passwd",
        "pwd",
        "sig",
        "signature",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_taken_out() {
        assert_eq!(clean("a\u{0}b\u{b}c\u{1f}d\u{fffe}e\u{ffff}f"), "abcdef");
        assert_eq!(clean("tab\t line\n and Ж, 𝄞 stay"), "tab\t line\n and Ж, 𝄞 stay");
    }

    #[test]
    fn addresses_are_kept_encoded_or_refused() {
        let cases = [
            ("https://example.org/a?b=c#d", Some("https://example.org/a?b=c#d")),
            ("HTTPS://Example.org", Some("HTTPS://Example.org")),
            ("https://example.org/новини", Some("https://example.org/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8")),
            ("https://example.org/a b", Some("https://example.org/a%20b")),
            ("https://user:secret@example.org/a", Some("https://example.org/a")),
            ("javascript:alert(1)", None),
            ("/relative", None),
            ("mailto:someone@example.org", None),
            ("", None),
        ];
        for (given, expected) in cases {
            assert_eq!(web_address(given).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn credentials_leave_the_address_of_a_feed() {
        let cases = [
            ("https://u:p@example.org/feed", "https://example.org/feed"),
            ("https://example.org/feed?format=rss&token=abc", "https://example.org/feed?format=rss"),
            ("https://example.org/feed?API_KEY=abc", "https://example.org/feed"),
            ("https://example.org/feed?keyword=a%20b", "https://example.org/feed?keyword=a%20b"),
        ];
        for (given, expected) in cases {
            assert_eq!(public_feed_address(&given.parse().unwrap()), expected);
        }
    }

    #[test]
    fn an_iri_has_a_scheme_and_no_spaces() {
        for good in ["https://example.org/ж", "tag:example.org,2026:1", "urn:uuid:1"] {
            assert!(is_iri(good), "{good}");
        }
        for bad in ["", "1234", "a b:c", "tag:", "tag:a b", ":x", "1a:b"] {
            assert!(!is_iri(bad), "{bad}");
        }
    }
}
