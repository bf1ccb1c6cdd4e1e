//! Texts and addresses made fit for a document: what XML cannot hold and what must not leave is taken out.

use std::borrow::Cow;

use url::{Host, Url};

use super::gate::is_id;
use crate::model::Site;

/// The text without characters that XML 1.0 cannot hold (§2.2), so that no entry can break a document, and without the control
/// characters that it advises against. JSON and HTML get the same text. Must run before markup is written: taking a character out of `]]\u{1}>` afterwards would end a CDATA section.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    // 0xEF begins the characters around U+FFFF, 0xC2 those around U+0080; few texts have any of these bytes.
    let suspicious =
        |b: u8| (b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || matches!(b, 0x7f | 0xc2 | 0xef);
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

/// The id as Atom may have it; None where it is no IRI. Byte for byte where it is a URI; what only an IRI may hold is encoded (RFC
/// 3987 §3.1), as validators and many readers know no IRIs.
pub(super) fn as_id(text: &str) -> Option<String> {
    let text = clean(text);
    let mut id = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => id.push(c),
            c => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|b| id.push_str(&format!("%{b:02X}")));
            }
        }
    }
    is_id(&id).then_some(id)
}

/// An address that may stand in a link: absolute, http or https, without userinfo. Kept byte for byte where it is a valid URI
/// (RFC 3986), percent-encoded where it is not.
pub(super) fn web_address(text: &str) -> Option<String> {
    let text = text.trim();
    let mut url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    let has_userinfo = !url.username().is_empty() || url.password().is_some();
    if !has_userinfo && is_sound(text) {
        return Some(text.to_owned());
    }
    // Browsers take hosts that RFC 3986 does not.
    if !url
        .host_str()
        .is_some_and(|host| host.bytes().all(|b| is_path_byte(b) || matches!(b, b'[' | b']' | b':')))
    {
        return None;
    }
    // Both fail only for addresses without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(mended(url.as_str()))
}

/// A URI whose characters all stand where they may, with a path: readers and validators stumble over `https://host?query`.
fn is_sound(text: &str) -> bool {
    // A parser of the WHATWG passes over controls before the scheme, and over line ends within it.
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let (before, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let ends = before.find(['/', '?']).unwrap_or(before.len());
    let (authority, path) = before.split_at_checked(ends).unwrap_or((before, ""));
    scheme.bytes().all(|b| b.is_ascii_alphabetic())
        // `https:///host` is an address to that parser, too.
        && !authority.is_empty()
        && !authority.starts_with(':')
        // Also nobody's name is one: `https://@host`.
        && !authority.contains('@')
        && authority.bytes().all(|b| is_path_byte(b) || matches!(b, b'[' | b']'))
        && !path.starts_with('?')
        && (fragment.is_empty() || !path.is_empty())
        && [path, fragment]
            .iter()
            .all(|part| part.bytes().all(|b| is_path_byte(b) || matches!(b, b'/' | b'?')))
        && encodes_well(text)
}

/// The serialisation of a URL (WHATWG) as RFC 3986 has it: brackets and bars beyond the host are encoded, and so are percent
/// signs that encode nothing.
fn mended(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let path = text.get(start..).and_then(|rest| rest.find('/')).map_or(text.len(), |at| start + at);
    let (before, after) = text.split_at_checked(path).unwrap_or((text, ""));
    let mut mended = before.to_owned();
    let mut in_fragment = false;
    for (at, c) in after.char_indices() {
        let is_whole =
            || after.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let fits = match c {
            '%' => is_whole(),
            '#' => !std::mem::replace(&mut in_fragment, true),
            '/' | '?' => true,
            c => u8::try_from(c).is_ok_and(is_path_byte),
        };
        if fits {
            mended.push(c);
        } else {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().for_each(|b| mended.push_str(&format!("%{b:02X}")));
        }
    }
    mended
}

fn encodes_well(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|rest| rest.get(..2).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())))
}

// RFC 3986 §3.3 (pchar), and the percent sign.
fn is_path_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&b)
}

/// Whether an address may leave: one within a private network says nothing to readers and something to attackers. A site that
/// is within one itself (a trial in an office) may name its neighbours. Loopback addresses betray nothing.
pub(super) fn may_leave(address: &str, site: &Site) -> bool {
    let is_private = |url: &Url| match url.host() {
        None => true,
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name != "localhost" && (!name.contains('.') || PRIVATE.iter().any(|end| name.ends_with(end)))
        }
        Some(Host::Ipv4(ip)) => ip.is_private() || ip.is_link_local(),
        Some(Host::Ipv6(ip)) => {
            let inner = ip.to_ipv4_mapped().is_some_and(|ip| ip.is_private() || ip.is_link_local());
            inner || ip.is_unique_local() || ip.is_unicast_link_local()
        }
    };
    Url::parse(address).is_ok_and(|url| !is_private(&url)) || is_private(&site.url)
}

const PRIVATE: [&str; 4] = [".local", ".internal", ".lan", ".home.arpa"];

/// The authority of the ids that we mint (RFC 4151): the host of the public address.
pub(super) fn authority(site: &Site) -> &str {
    let host = site.authority();
    let fits = host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    if fits { host } else { "localhost" }
}

/// Where it is not said whether a text is HTML, readers swallow what looks like a tag.
pub(super) fn without_tags(title: &str) -> String {
    let mut text = String::with_capacity(title.len());
    let mut characters = title.chars().peekable();
    let mut inside = false;
    while let Some(c) = characters.next() {
        let opens = c == '<'
            && characters
                .peek()
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'));
        match c {
            '<' if opens => {
                inside = true;
                text.push('‹');
            }
            '>' if inside => {
                inside = false;
                text.push('›');
            }
            c => text.push(c),
        }
    }
    text
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

fn is_legal(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => false,
        c => c >= ' ',
    }
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
        assert_eq!(clean("a\u{0}b\u{b}c\u{1f}d\u{fffe}e\u{ffff}f\u{7f}g\u{96}h\u{a0}i"), "abcdefgh\u{a0}i");
        assert_eq!(clean("tab\t line\n and Ж, 𝄞 stay"), "tab\t line\n and Ж, 𝄞 stay");
    }

    #[test]
    fn ids_are_kept_encoded_or_refused() {
        let cases = [
            ("https://example.org/a?b=c", Some("https://example.org/a?b=c")),
            ("https://example.org/ж", Some("https://example.org/%D0%B6")),
            ("tag:example.org,2026:ж", Some("tag:example.org,2026:%D0%B6")),
            ("urn:isbn:12", Some("urn:isbn:12")),
            ("javascript:alert(1)", None),
            ("https://example.org/a b", None),
            ("1234", None),
        ];
        for (given, expected) in cases {
            assert_eq!(as_id(given).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn addresses_are_kept_encoded_or_refused() {
        let cases = [
            ("https://example.org/a?b=c#d", Some("https://example.org/a?b=c#d")),
            ("HTTPS://Example.org", Some("HTTPS://Example.org")),
            ("https://example.org/новини", Some("https://example.org/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8")),
            ("https://example.org/a b", Some("https://example.org/a%20b")),
            ("https://example.org/[a]|b", Some("https://example.org/%5Ba%5D%7Cb")),
            ("https://example.org/50%", Some("https://example.org/50%25")),
            ("https://example.org/a#b#c", Some("https://example.org/a#b%23c")),
            ("https://example.org?a=b", Some("https://example.org/?a=b")),
            ("http://[2001:db8::1]/a", Some("http://[2001:db8::1]/a")),
            ("https://user:secret@example.org/a", Some("https://example.org/a")),
            ("https://@example.org/a", Some("https://example.org/a")),
            ("https:///example.org/a", Some("https://example.org/a")),
            ("\u{0}https://example.org/", Some("https://example.org/")),
            ("ht\ntps://example.org/\u{1}", Some("https://example.org/")),
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
    fn titles_hold_nothing_that_looks_like_a_tag() {
        let cases = [
            ("The <b> tag", "The ‹b› tag"),
            ("1 < 2 > 0", "1 < 2 > 0"),
            ("</p>x", "‹/p›x"),
            ("AT&T", "AT&T"),
        ];
        for (given, expected) in cases {
            assert_eq!(without_tags(given), expected);
        }
    }

    #[test]
    fn addresses_in_private_networks_stay_in_them() {
        let site = |url: &str| Site {
            title: String::new(),
            description: String::new(),
            url: url.parse().unwrap(),
            language: crate::model::Language::bulgarian(),
            contact: None,
            zone: chrono_tz::UTC,
            languages: Vec::new(),
            clean_links: false,
            generator_version: "Vestnik/1",
        };
        let public = site("https://news.example.org/");
        for (address, leaves) in [
            ("https://noi.example/1", true),
            ("https://8.8.8.8/", true),
            ("http://10.0.0.7/feed", false),
            ("http://intranet/feed", false),
            ("http://wiki.local/", false),
            ("http://[fd00::1]/", false),
            ("http://[::ffff:10.0.0.7]/", false),
            ("http://127.0.0.1:8080/", true),
        ] {
            assert_eq!(may_leave(address, &public), leaves, "{address}");
            assert!(may_leave(address, &site("http://10.0.0.2/")), "{address}");
        }
    }
}
