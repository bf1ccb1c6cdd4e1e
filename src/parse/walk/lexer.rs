//! A lexer for markup that cannot fail: whatever comes is a tag, or else text. Linear: an end that was looked for and not
//! found is never looked for again.

use memchr::{memchr, memchr3, memmem};

/// A piece of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `<name attributes>`
    Start {
        /// As written.
        name: &'a str,
        /// What stands between the name and the end.
        attributes: &'a str,
        /// `<name/>`
        closed: bool,
    },
    /// `</name>`
    End {
        /// As written.
        name: &'a str,
    },
    /// Characters, with references in them.
    Text(&'a str),
    /// The inside of a CDATA section.
    Verbatim(&'a str),
}

/// The pieces of a text. Comments, instructions and declarations are passed over.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Bytes that were looked at: what is looked at again counts again.
    looked: usize,
    /// Whether ends of comments, CDATA sections, instructions and quotes may still come.
    may_end: [bool; 5],
}

const COMMENT: usize = 0;
const SECTION: usize = 1;
const INSTRUCTION: usize = 2;
const QUOTES: [usize; 2] = [3, 4];

impl<'a> Lexer<'a> {
    /// Begins at the first byte.
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0, looked: 0, may_end: [true; 5] }
    }

    /// Bytes looked at so far.
    pub(super) fn looked(&self) -> usize {
        self.looked
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Where a mark stands, behind a place.
    fn find(&mut self, from: usize, mark: &[u8], memory: usize) -> Option<usize> {
        let may_end = self.may_end.get_mut(memory).filter(|may_end| **may_end)?;
        let rest = self.text.as_bytes().get(from..)?;
        let found = memmem::find(rest, mark);
        self.looked += found.map_or(rest.len(), |found| found + mark.len());
        *may_end = found.is_some();
        found.map(|found| from + found)
    }

    /// What begins with a bracket. None where it is passed over.
    fn bracket(&mut self, rest: &'a str) -> Option<Token<'a>> {
        let start = self.at;
        let bytes = rest.as_bytes();
        if rest.starts_with("<!--") {
            self.at = self.find(start + 4, b"-->", COMMENT).map_or(start + 4, |end| end + 3);
            return None;
        }
        if rest.starts_with("<![CDATA[") {
            // One that never ends was cut off with the document: the rest is its text.
            let end = self.find(start + 9, b"]]>", SECTION);
            self.at = end.map_or(self.text.len(), |end| end + 3);
            return Some(Token::Verbatim(self.slice(start + 9, end.unwrap_or(self.text.len()))));
        }
        match bytes.get(1) {
            Some(b'?') => {
                self.at = self.find(start + 2, b"?>", INSTRUCTION).map_or(start + 2, |end| end + 2);
                None
            }
            Some(b'!') => {
                let end = bytes.get(2..).and_then(|rest| memchr3(b'>', b'<', b'[', rest));
                let closed = end.is_some_and(|end| bytes.get(end + 2) != Some(&b'<'));
                self.looked += end.unwrap_or(bytes.len());
                self.at = start + end.map_or(2, |end| end + 2) + usize::from(closed);
                None
            }
            Some(b'/') if bytes.get(2).is_some_and(|byte| begins_name(*byte)) => Some(self.end(rest)),
            Some(byte) if begins_name(*byte) => Some(self.start(rest)),
            _ => {
                self.at = start + 1;
                Some(Token::Text(self.slice(start, start + 1)))
            }
        }
    }

    fn end(&mut self, rest: &'a str) -> Token<'a> {
        let inner = rest.get(2..).unwrap_or_default();
        let name = inner.get(..name_end(inner)).unwrap_or_default();
        let tail = inner.as_bytes().get(name.len()..).unwrap_or_default();
        let stop = memchr::memchr2(b'>', b'<', tail);
        let closed = stop.is_some_and(|stop| tail.get(stop) == Some(&b'>'));
        let length = 2 + name.len() + stop.unwrap_or(tail.len()) + usize::from(closed);
        self.at += length;
        self.looked += length;
        Token::End { name }
    }

    fn start(&mut self, rest: &'a str) -> Token<'a> {
        let inner = rest.get(1..).unwrap_or_default();
        let name = inner.get(..name_end(inner)).unwrap_or_default();
        let from = self.at + 1 + name.len();
        let (end, behind) = self.tag_end(from);
        self.looked += behind - self.at;
        self.at = behind;
        let attributes = self.slice(from, end);
        let bare = attributes.trim_end();
        // `href=http://example.org/` ends with a slash of its own.
        let closed = bare.strip_suffix('/').filter(|bare| {
            bare.is_empty()
                || bare.ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
                || !bare.rsplit(char::is_whitespace).next().is_some_and(|word| word.contains('='))
        });
        Token::Start { name, attributes: closed.unwrap_or(attributes), closed: closed.is_some() }
    }

    /// The end of the attributes, and what stands behind the tag.
    fn tag_end(&mut self, from: usize) -> (usize, usize) {
        let bytes = self.text.as_bytes();
        let mut at = from;
        loop {
            let Some(found) =
                bytes.get(at..).and_then(|rest| rest.iter().position(|b| matches!(b, b'>' | b'<' | b'=')))
            else {
                return (bytes.len(), bytes.len());
            };
            at += found + 1;
            match bytes.get(at - 1) {
                Some(b'>') => return (at - 1, at),
                Some(b'<') => return (at - 1, at - 1),
                _ => {}
            }
            let spaces =
                bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|b| b.is_ascii_whitespace()).count());
            at += spaces;
            let Some(quote) = bytes.get(at).copied().filter(|byte| matches!(byte, b'"' | b'\'')) else {
                continue;
            };
            let memory = QUOTES.get(usize::from(quote == b'\'')).copied().unwrap_or(0);
            let Some(close) = self.find(at + 1, &[quote], memory) else {
                at += 1;
                continue;
            };
            // A quote that was forgotten would swallow the document up to the next attribute.
            let value = bytes.get(at + 1..close).unwrap_or_default();
            let follows = bytes
                .get(close + 1)
                .is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>' | b'?' | b'<'));
            let forgotten = value.last() == Some(&b'=') || !follows;
            self.looked += if forgotten { value.len() } else { 0 };
            match memchr(b'>', value).filter(|_| forgotten) {
                Some(stop) => return (at + 1 + stop, at + 2 + stop),
                None => at = close + 1,
            }
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            match memchr(b'<', rest.as_bytes()) {
                Some(0) => {
                    if let Some(token) = self.bracket(rest) {
                        return Some(token);
                    }
                }
                found => {
                    let length = found.unwrap_or(rest.len());
                    self.at += length;
                    self.looked += length;
                    return rest.get(..length).map(Token::Text);
                }
            }
        }
    }
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn name_end(text: &str) -> usize {
    text.bytes()
        .position(|byte| {
            byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<' | b'=' | b'"' | b'\'')
        })
        .unwrap_or(text.len())
}

/// The attributes of a tag, names in lower case, values as written: unquoted, valueless and repeated ones too (the first of
/// a name counts). At most as many as any feed has.
pub(super) fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    const MOST: usize = 64;
    let mut rest = text;
    let next = move || {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | ','));
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let (name, tail) =
            rest.split_at_checked(end).filter(|(name, tail)| !(name.is_empty() && tail.is_empty()))?;
        let Some(tail) = tail.trim_start().strip_prefix('=') else {
            rest = tail;
            return Some((name, ""));
        };
        let tail = tail.trim_start();
        let quoted = tail.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, behind) = match quoted {
            Some(quote) => {
                let inner = tail.get(1..).unwrap_or_default();
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            None => tail.split_at_checked(tail.find(char::is_whitespace).unwrap_or(tail.len()))?,
        };
        rest = behind;
        Some((name, value))
    };
    std::iter::from_fn(next).take(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let shown: Vec<String> = Lexer::new(text)
            .map(|token| match token {
                Token::Start { name, attributes, closed } => {
                    format!("<{name}|{}{}", attributes.trim(), if closed { "/" } else { "" })
                }
                Token::End { name } => format!("/{name}"),
                Token::Text(text) => text.to_owned(),
                Token::Verbatim(text) => format!("[{text}]"),
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn whatever_comes_is_a_tag_or_text() {
        check("<a b='1'>x</a>", &["<a|b='1'", "x", "/a"]);
        check("1 < 2<b/>", &["1 ", "<", " 2", "<b|/"]);
        check("<a href=http://x/>t", &["<a|href=http://x/", "t"]);
        check("<a t=\"x > y\">t</a >", &["<a|t=\"x > y\"", "t", "/a"]);
        check("<a t=\"x>t</a><b c=\"d\">", &["<a|t=\"x", "t", "/a", "<b|c=\"d\""]);
        check("<a <b>", &["<a|", "<b|"]);
        check("<![CDATA[a<b]]>c<!-- d --><![CDATA[e", &["[a<b]", "c", "[e]"]);
        check("<!-- never <a>", &[" never ", "<a|"]);
        check("a</>b<", &["a", "<", "/>b", "<"]);
        check("<?php x ?><!DOCTYPE a [<!ENTITY b \"c\">]>t", &["]>t"]);
    }

    #[test]
    fn attributes_are_read_in_every_sloppy_form() {
        let read: Vec<_> = attributes(" a='1' b = \"2\" c=3 d e='4'f=\"5\"").collect();
        assert_eq!(read, [("a", "1"), ("b", "2"), ("c", "3"), ("d", ""), ("e", "4"), ("f", "5")]);
    }
}
