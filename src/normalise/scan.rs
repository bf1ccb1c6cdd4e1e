//! Cuts HTML into text, tags and comments as a browser's tokeniser does (HTML Living Standard §13.2.5), without building
//! anything. What it finds has to agree with html5ever: the cap on nesting stands on it.

use std::ops::Range;

/// A piece of HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Characters, references unresolved.
    Text(&'a str),
    /// A tag.
    Tag(Tag<'a>),
    /// A comment, a declaration, or what browsers treat as one.
    Comment,
}

/// A tag as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// All of it, brackets included.
    pub source: &'a str,
    /// Its name, in the case it was written in.
    pub name: &'a str,
    /// `</p>`.
    pub closing: bool,
    /// What stands between name and bracket.
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Its attributes.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        Attributes { text: self.rest, at: 0 }
    }

    /// The raw value of an attribute, by its name in lower case.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether this is its name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Elements that have no end tag.
    pub(super) fn is_void(&self) -> bool {
        const VOID: [&str; 14] = [
            "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
            "track", "wbr",
        ];
        VOID.iter().any(|name| self.is(name))
    }
}

/// The pieces of a text.
pub(super) struct Pieces<'a> {
    text: &'a str,
    at: usize,
}

/// Cuts.
pub(super) fn pieces(text: &str) -> Pieces<'_> {
    Pieces { text, at: 0 }
}

impl<'a> Pieces<'a> {
    fn take(&mut self, end: usize) -> &'a str {
        let taken = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        taken
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let mut from = 0;
        loop {
            let Some(found) = rest.as_bytes().get(from..).and_then(|tail| memchr::memchr(b'<', tail)) else {
                return Some(Piece::Text(self.take(self.text.len())));
            };
            let bracket = from + found;
            let after = rest.as_bytes().get(bracket + 1..).unwrap_or_default();
            let opens = match after {
                [b'!' | b'?', ..] => true,
                [b'/', next, ..] => {
                    let _ = next;
                    true
                }
                [next, ..] => next.is_ascii_alphabetic(),
                [] => false,
            };
            if !opens {
                from = bracket + 1;
                continue;
            }
            if bracket > 0 {
                return Some(Piece::Text(self.take(self.at + bracket)));
            }
            return Some(self.markup(rest, after));
        }
    }
}

impl<'a> Pieces<'a> {
    /// A tag or comment; `after` is what stands behind its opening bracket.
    fn markup(&mut self, rest: &'a str, after: &[u8]) -> Piece<'a> {
        let start = self.at;
        let closing = after.first() == Some(&b'/');
        let name_at = if closing { 2 } else { 1 };
        if !rest.as_bytes().get(name_at).is_some_and(u8::is_ascii_alphabetic) {
            self.take(start + comment_end(rest));
            return Piece::Comment;
        }
        let named = rest.get(name_at..).unwrap_or_default();
        let length = named.bytes().position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
        let length = length.unwrap_or(named.len());
        let name = named.get(..length).unwrap_or_default();
        let behind = named.get(length..).unwrap_or_default();
        let mut attributes = Attributes { text: behind, at: 0 };
        while attributes.next().is_some() {}
        let inner = behind.get(..attributes.at).unwrap_or_default();
        // The bracket itself, where there is one.
        let end = (start + name_at + length + attributes.at + 1).min(self.text.len());
        Piece::Tag(Tag { source: self.take(end), name, closing, rest: inner })
    }
}

/// Bytes of a comment: proper ones end at `-->` or `--!>`, bogus ones at the first bracket.
fn comment_end(text: &str) -> usize {
    let Some(inner) = text.strip_prefix("<!--") else {
        return memchr::memchr(b'>', text.as_bytes()).map_or(text.len(), |at| at + 1);
    };
    for (abrupt, length) in [(">", 1), ("->", 2)] {
        if inner.starts_with(abrupt) {
            return 4 + length;
        }
    }
    // One search for both ends: a search for each would read the whole text for every comment.
    let dashes = memchr::memmem::find_iter(inner.as_bytes(), b"--").map(|at| at + 2);
    let mut ends = dashes.flat_map(|at| [at, at + 1]).filter_map(|at| {
        let rest = inner.as_bytes().get(at..)?;
        let before = inner.as_bytes().get(..at)?;
        if !before.ends_with(b"--") {
            return None;
        }
        match rest {
            [b'>', ..] => Some(4 + at + 1),
            [b'!', b'>', ..] => Some(4 + at + 2),
            _ => None,
        }
    });
    ends.next().unwrap_or(text.len())
}

/// Names and raw values; the name as written, the value without its quotes.
pub(super) struct Attributes<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Attributes<'a> {
    fn skip(&mut self, passes: impl Fn(u8) -> bool) -> Range<usize> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        self.at = start + rest.iter().position(|byte| !passes(*byte)).unwrap_or(rest.len());
        start..self.at
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    /// Stops at the closing bracket (or the end), and stays there.
    fn next(&mut self) -> Option<Self::Item> {
        let space = |byte: u8| byte.is_ascii_whitespace();
        self.skip(|byte| space(byte) || byte == b'/');
        if matches!(self.byte(), None | Some(b'>')) {
            return None;
        }
        let start = self.at;
        // An equals sign that begins a name belongs to it.
        self.at += usize::from(self.byte() == Some(b'='));
        self.skip(|byte| !space(byte) && !matches!(byte, b'/' | b'>' | b'='));
        let name = self.text.get(start..self.at).unwrap_or_default();
        self.skip(space);
        if self.byte() != Some(b'=') {
            return Some((name, ""));
        }
        self.at += 1;
        self.skip(space);
        let value = match self.byte() {
            Some(quote @ (b'"' | b'\'')) => {
                self.at += 1;
                let value = self.skip(|byte| byte != quote);
                self.at = (self.at + 1).min(self.text.len());
                value
            }
            Some(b'>') | None => return Some((name, "")),
            Some(_) => self.skip(|byte| !space(byte) && byte != b'>'),
        };
        Some((name, self.text.get(value).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> Vec<String> {
        pieces(html)
            .map(|piece| match piece {
                Piece::Text(text) => format!("text {text}"),
                Piece::Comment => "comment".to_owned(),
                Piece::Tag(tag) => {
                    let attributes: Vec<String> =
                        tag.attributes().map(|(n, v)| format!(" {n}={v}")).collect();
                    format!("{}{}{}", if tag.closing { "/" } else { "" }, tag.name, attributes.concat())
                }
            })
            .collect()
    }

    #[test]
    fn tags_are_cut_as_browsers_cut_them() {
        for (html, expected) in [
            ("a<b>c</b>", vec!["text a", "b", "text c", "/b"]),
            ("1 < 2 <3", vec!["text 1 < 2 <3"]),
            ("<a href='>' b=\"<i>\" c=d/e f>x", vec!["a href=> b=<i> c=d/e f=", "text x"]),
            // A quote counts only behind an equals sign that ends a name.
            ("<b \"><i>", vec!["b \"=", "i"]),
            ("<b =\"><i>", vec!["b =\"=", "i"]),
            ("<img/src=x>", vec!["img src=x"]),
            ("<!--><b>--><!-- x --!>y", vec!["comment", "b", "text -->", "comment", "text y"]),
            ("</ b><?php x?></>z", vec!["comment", "comment", "comment", "text z"]),
            ("<a href=\"never", vec!["a href=never"]),
            ("x<", vec!["text x<"]),
            ("<ж>", vec!["text <ж>"]),
        ] {
            assert_eq!(shown(html), expected, "{html}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_or_repeated(html in "[<>/=!a\"' ж-]{0,40}") {
            let mut all = pieces(&html);
            let mut end = 0;
            while all.next().is_some() {
                proptest::prop_assert!(all.at > end);
                end = all.at;
            }
            proptest::prop_assert_eq!(end, html.len());
        }
    }
}
