//! robots.txt (RFC 9309), for pages that we scrape: reading it, and what it says about a path. Pure.

use std::borrow::Cow;

/// So much of a file is read; RFC 9309 §2.5 asks for at least 500 KiB.
pub(super) const LIMIT: u64 = 500 * 1024;
/// Our product token (RFC 9309 §2.2.1), whatever user agent a source is asked with.
const PRODUCT: &str = "vestnik";
/// Rules beyond this are ignored: matching costs rules × path.
const MAX_RULES: usize = 10_000;
/// So much of a path is compared. Bounds, with `LIMIT`, what a hostile file can make matching cost.
const MAX_PATH: usize = 1024;

/// What one host's robots.txt says to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Robots {
    /// There is none, or it is of no use (4xx).
    AllowAll,
    /// The server is in trouble (5xx): complete disallow (RFC 9309 §2.3.1.4).
    DenyAll,
    /// The rules of our group, else of `*`.
    Rules(Vec<Rule>),
}

/// One Allow or Disallow line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    allow: bool,
    pattern: Vec<u8>,
}

impl Robots {
    /// Reads a file. Lines that make no sense are skipped, as §2.2 asks.
    pub(super) fn read(file: &[u8]) -> Self {
        let text = String::from_utf8_lossy(file);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (mut ours, mut anyone) = (None, Vec::new());
        // Of the group that the line stands in: is it ours, is it for anyone, and did its rules begin?
        let (mut is_ours, mut is_anyone, mut in_rules) = (false, false, true);
        for line in text.split(['\r', '\n']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if in_rules {
                        (is_ours, is_anyone, in_rules) = (false, false, false);
                    }
                    is_ours |= product(value).eq_ignore_ascii_case(PRODUCT);
                    is_anyone |= value == "*";
                    if is_ours {
                        ours.get_or_insert_with(Vec::new);
                    }
                }
                "allow" | "disallow" => {
                    in_rules = true;
                    let rule =
                        || Rule { allow: key == "allow", pattern: escaped(value.as_bytes()).into_owned() };
                    // An empty pattern matches nothing (§2.2.2 with the empty-pattern of the grammar).
                    if value.is_empty() {
                        continue;
                    }
                    if let Some(rules) = ours.as_mut().filter(|rules| is_ours && rules.len() < MAX_RULES) {
                        rules.push(rule());
                    }
                    if is_anyone && anyone.len() < MAX_RULES {
                        anyone.push(rule());
                    }
                }
                // Sitemap, Crawl-delay and the like belong to no group and end none.
                _ => {}
            }
        }
        Robots::Rules(ours.unwrap_or(anyone))
    }

    /// Whether a path with its query may be fetched: the longest pattern decides, Allow on a tie (§2.2.2).
    pub(super) fn allows(&self, path_and_query: &str) -> bool {
        let rules = match self {
            Robots::AllowAll => return true,
            Robots::DenyAll => return false,
            Robots::Rules(rules) => rules,
        };
        let path = escaped(path_and_query.as_bytes());
        let path = path.get(..MAX_PATH).unwrap_or(&path);
        let matching = rules.iter().filter(|rule| matches(&rule.pattern, path));
        matching.max_by_key(|rule| (rule.pattern.len(), rule.allow)).is_none_or(|rule| rule.allow)
    }
}

/// The product token of a user-agent line: letters, `_` and `-`; what follows (a version, say) is ignored.
fn product(value: &str) -> &str {
    value.split(|c: char| !(c.is_ascii_alphabetic() || c == '_' || c == '-')).next().unwrap_or_default()
}

/// Brings a pattern or path to one form (§2.2.2): octets that must be escaped are, escapes in capitals, and escaped
/// unreserved characters bare. `*` and `$` stay as they are.
fn escaped(text: &[u8]) -> Cow<'_, [u8]> {
    if text.iter().all(|b| b.is_ascii_graphic() && *b != b'%') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        let escape = (byte == b'%').then(|| hex_pair(rest.as_slice())).flatten();
        if let Some(value) = escape {
            rest.nth(1);
            push(&mut out, value, !(value.is_ascii_alphanumeric() || b"-._~".contains(&value)));
        } else {
            push(&mut out, byte, !byte.is_ascii_graphic());
        }
    }
    Cow::Owned(out)
}

fn push(out: &mut Vec<u8>, byte: u8, escape: bool) {
    if escape {
        out.extend_from_slice(format!("%{byte:02X}").as_bytes());
    } else {
        out.push(byte);
    }
}

fn hex_pair(text: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(text.get(..2)?).ok()?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

/// Whether a pattern matches from the beginning of a path: `*` is any octets, `$` at the end is the end. Linear in
/// pattern × path at worst: only the last star is ever tried again.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, anchored) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let (mut p, mut s, mut star) = (0, 0, None);
    loop {
        match (pattern.get(p), path.get(s)) {
            (None, None) => return true,
            (None, Some(_)) if !anchored => return true,
            (Some(b'*'), _) => {
                star = Some((p, s));
                p += 1;
                continue;
            }
            (Some(wanted), Some(found)) if wanted == found => {
                (p, s) = (p + 1, s + 1);
                continue;
            }
            _ => {}
        }
        match star {
            Some((at, from)) if from < path.len() => {
                star = Some((at, from + 1));
                (p, s) = (at + 1, from + 1);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, path: &str, expected: bool) {
        assert_eq!(Robots::read(file.as_bytes()).allows(path), expected, "{path} by\n{file}");
    }

    #[test]
    fn our_group_is_followed_else_the_one_for_anyone() {
        let file = "User-agent: *\nDisallow: /\n\nUser-agent: Vestnik\nDisallow: /private\n";
        check(file, "/news", true);
        check(file, "/private/x", false);
        check("User-agent: *\nDisallow: /\n", "/news", false);
        check("User-agent: other\nDisallow: /\n", "/news", true);
        check("User-agent: VESTNIK/2.0\nDisallow: /\n", "/news", false);
        check("User-agent: vestniksomething\nDisallow: /\n", "/news", true);
        check("User-agent: vestnik\n\nUser-agent: *\nDisallow: /\n", "/news", false);
    }

    #[test]
    fn a_group_may_name_several_agents_and_come_in_parts() {
        check("User-agent: a\nUser-agent: vestnik\nDisallow: /x\n", "/x", false);
        let parts = "User-agent: vestnik\nDisallow: /a\nUser-agent: b\nDisallow: /b\nUser-agent: vestnik\nDisallow: /c";
        check(parts, "/a", false);
        check(parts, "/b", true);
        check(parts, "/c", false);
    }

    #[test]
    fn the_longest_pattern_decides_and_allow_wins_a_tie() {
        let file = "User-agent: *\nDisallow: /news\nAllow: /news/public\nDisallow: /same\nAllow: /same\n";
        check(file, "/news/x", false);
        check(file, "/news/public/x", true);
        check(file, "/same", true);
        check(file, "/", true);
    }

    #[test]
    fn stars_and_the_end_mark_match() {
        let file = "User-agent: *\nDisallow: /*.php$\nDisallow: /a*b*c\nDisallow: /exact$\n";
        check(file, "/index.php", false);
        check(file, "/index.php?x", true);
        check(file, "/x/y.php.php", false);
        check(file, "/a123b456cde", false);
        check(file, "/acb", true);
        check(file, "/exact", false);
        check(file, "/exactly", true);
    }

    #[test]
    fn escaped_and_bare_forms_are_the_same() {
        let file = "User-agent: *\nDisallow: /новини\nDisallow: /%7efoo\nDisallow: /a%2fb\n";
        check(file, "/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8/1", false);
        check(file, "/%d0%bd%d0%be%d0%b2%d0%b8%d0%bd%d0%b8/1", false);
        check(file, "/~foo", false);
        check(file, "/a/b", true);
        check(file, "/a%2Fb", false);
        check(file, "/100%", true);
    }

    #[test]
    fn oddities_are_read_past() {
        check(
            "\u{feff}USER-AGENT : * # all\r\nDISALLOW : /x # no\rCrawl-delay: 5\r\nnonsense\nDisallow:\n",
            "/x",
            false,
        );
        check("Disallow: /\nUser-agent: *\nAllow: /y\n", "/x", true);
        check("User-agent: *\nSitemap: /s\nDisallow: /x", "/x", false);
        check("<html><body>404</body></html>", "/x", true);
        check("", "/x", true);
    }

    #[test]
    fn a_hostile_pattern_is_matched_in_no_time() {
        let file = format!("User-agent: *\nDisallow: /{}b\n", "*a".repeat(2_000));
        check(&file, &format!("/{}", "a".repeat(8_000)), true);
    }
}
