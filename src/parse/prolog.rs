//! Finds where the feed begins in a text, behind junk, notices, comments and declarations, and what it is.

use std::ops::Range;

use memchr::memmem;
use quick_xml::events::BytesStart;

use crate::model::FeedFormat;

/// What a text begins with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// White space only.
    Empty,
    /// A feed in XML.
    Xml(Root),
    /// A JSON object.
    Json {
        /// Its first byte.
        at: usize,
    },
    /// A web page.
    Html {
        /// Its first byte.
        at: usize,
    },
    /// Nothing that we read.
    Other {
        /// What it looks like.
        what: String,
        /// Where.
        at: usize,
    },
}

/// The first tag of a feed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// The whole tag, brackets included, in the text.
    pub tag: Range<usize>,
    /// Its name as written: `rss`, `rdf:RDF`, `feed`, `atom:feed`.
    pub name: String,
    /// What it begins.
    pub kind: RootKind,
    /// Which version of it.
    pub format: FeedFormat,
    /// Its attributes, as written, without repeats.
    pub attributes: Vec<(String, String)>,
    /// `<rss/>`.
    pub closed: bool,
}

/// The shapes that documents have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RootKind {
    /// `rss`, with a channel and its items below it.
    Rss,
    /// `rdf:RDF`, with items beside the channel.
    Rdf,
    /// `feed`.
    Atom,
    /// `entry`: a document of one.
    AtomEntry,
    /// `channel` without anything around it: CDF, or an RSS that lost its root.
    Channel,
}

impl Root {
    /// `feed` and `entry`.
    pub(super) fn is_atom(&self) -> bool {
        matches!(self.kind, RootKind::Atom | RootKind::AtomEntry)
    }
}

/// Attributes of the root that are looked at.
const MAX_ATTRIBUTES: usize = 200;
/// Namespace of Atom 0.3.
pub(super) const ATOM_03: &str = "http://purl.org/atom/ns#";
/// Namespaces of RSS 0.90, as they were used.
pub(super) const RSS_090: [&str; 2] =
    ["http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/"];

/// Looks at the beginning of a text.
pub(super) fn find_start(text: &str) -> Start {
    let trimmed = text.trim_start_matches(is_nothing);
    let trimmed = behind_comments(trimmed).filter(|rest| rest.starts_with('{')).unwrap_or(trimmed);
    let at = text.len() - trimmed.len();
    match trimmed.chars().next() {
        None => return Start::Empty,
        Some('{') => return Start::Json { at },
        // `callback({…});`
        Some(first) if first.is_ascii_alphabetic() && called(trimmed).is_some() => {
            return Start::Json { at: at + called(trimmed).unwrap_or(0) };
        }
        Some('[') if !trimmed.contains('<') => {
            return Start::Other { what: "a JSON list".to_owned(), at };
        }
        Some(_) => {}
    }
    let mut first = None;
    let mut page = false;
    let mut declared = None;
    for tag in (Tags { text, at, may_end: [true; 4] }) {
        let name = tag.name.to_ascii_lowercase();
        if let Some(kind) = root_kind(tag.name) {
            return Start::Xml(read_root(text, &tag, kind));
        }
        // A template's beginning stands before some feeds too: what follows it at once tells.
        if name == "!doctype html" {
            declared = declared.or(Some(tag.range.start));
            continue;
        }
        if name == "html" || declared.is_some() {
            return Start::Html { at: declared.unwrap_or(tag.range.start) };
        }
        page |= is_html(&name);
        if first.is_none() && !is_html(&name) && !name.starts_with('!') {
            first = Some((tag.name.to_owned(), tag.range.start));
            break;
        }
    }
    match first {
        Some((name, at)) => {
            let what = super::instead::document(&name).map(str::to_owned);
            Start::Other {
                what: what.unwrap_or_else(|| format!("an XML document that begins with <{}>", shown(&name))),
                at,
            }
        }
        None if page || declared.is_some() => Start::Html { at },
        None => Start::Other { what: what_text(trimmed).to_owned(), at },
    }
}

fn is_nothing(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}' || c == '\0'
}

/// Comments stand before some JSON.
fn behind_comments(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = match rest.get(..2) {
            Some("//") => rest.split_once('\n')?.1,
            Some("/*") => rest.split_once("*/")?.1,
            _ => return Some(rest),
        }
        .trim_start_matches(is_nothing);
    }
}

/// Where the object begins that a JSONP call brings.
fn called(text: &str) -> Option<usize> {
    let name = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '$'))?;
    let rest = text.get(name..)?.trim_start().strip_prefix('(')?.trim_start();
    rest.starts_with('{').then(|| text.len() - rest.len())
}

fn what_text(text: &str) -> &'static str {
    if text.chars().take(256).any(|c| c == '\u{fffd}' || (c < ' ' && !c.is_whitespace())) {
        "a binary file"
    } else {
        "plain text"
    }
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn root_kind(name: &str) -> Option<RootKind> {
    let local = name.rsplit(':').next().unwrap_or(name);
    let kinds = [
        ("rss", RootKind::Rss),
        ("rdf", RootKind::Rdf),
        ("feed", RootKind::Atom),
        ("entry", RootKind::AtomEntry),
        ("channel", RootKind::Channel),
    ];
    kinds.into_iter().find(|(known, _)| local.eq_ignore_ascii_case(known)).map(|(_, kind)| kind)
}

/// Tags that pages begin with, and that stand in the notices of broken servers.
fn is_html(name: &str) -> bool {
    matches!(
        name,
        "a" | "article"
            | "b"
            | "base"
            | "big"
            | "body"
            | "br"
            | "center"
            | "code"
            | "div"
            | "em"
            | "font"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "head"
            | "header"
            | "hr"
            | "i"
            | "iframe"
            | "img"
            | "input"
            | "li"
            | "link"
            | "main"
            | "meta"
            | "nav"
            | "noscript"
            | "p"
            | "pre"
            | "script"
            | "section"
            | "small"
            | "span"
            | "strong"
            | "style"
            | "table"
            | "tbody"
            | "td"
            | "th"
            | "title"
            | "tr"
            | "tt"
            | "u"
            | "ul"
    )
}

fn read_root(text: &str, tag: &Tag<'_>, kind: RootKind) -> Root {
    let inner = text.get(tag.range.start + 1..tag.range.end).unwrap_or_default().trim_end_matches('>');
    let closed = inner.ends_with('/');
    let inner = inner.trim_end_matches('/');
    let start = BytesStart::from_content(inner, tag.name.len());
    let mut attributes: Vec<(String, String)> = Vec::new();
    for attribute in start.html_attributes().with_checks(false).flatten().take(MAX_ATTRIBUTES) {
        let name = attribute.key.as_ref();
        if !attributes.iter().any(|(known, _)| known == name) {
            attributes.push((name.to_owned(), attribute.value.into_owned()));
        }
    }
    let format = format_of(kind, &attributes);
    Root { tag: tag.range.clone(), name: tag.name.to_owned(), kind, format, attributes, closed }
}

fn format_of(kind: RootKind, attributes: &[(String, String)]) -> FeedFormat {
    let version = attributes.iter().find(|(name, _)| name == "version").map_or("", |(_, value)| value.trim());
    let names = |wanted: &str| {
        attributes.iter().any(|(name, value)| name.starts_with("xmlns") && value.trim() == wanted)
    };
    match kind {
        RootKind::Rss => match version {
            "0.90" => FeedFormat::Rss090,
            "0.91" => FeedFormat::Rss091,
            "0.92" => FeedFormat::Rss092,
            "0.93" => FeedFormat::Rss093,
            "0.94" => FeedFormat::Rss094,
            _ => FeedFormat::Rss20,
        },
        RootKind::Channel => {
            let cdf = ["href", "base", "lastmod", "self", "level"];
            let is_cdf =
                |(name, _): &(String, String)| cdf.iter().any(|known| name.eq_ignore_ascii_case(known));
            if attributes.iter().any(is_cdf) { FeedFormat::Cdf } else { FeedFormat::Rss20 }
        }
        RootKind::Rdf if RSS_090.into_iter().any(names) => FeedFormat::Rss090,
        RootKind::Rdf => FeedFormat::Rss10,
        RootKind::Atom | RootKind::AtomEntry if names(ATOM_03) || version == "0.3" => FeedFormat::Atom03,
        RootKind::Atom | RootKind::AtomEntry => FeedFormat::Atom10,
    }
}

struct Tag<'a> {
    name: &'a str,
    range: Range<usize>,
}

/// The opening tags of a text, comments and declarations skipped. Not a parser: good enough for what stands before a root.
struct Tags<'a> {
    text: &'a str,
    at: usize,
    /// Whether ends of comments, sections, instructions and declarations may still come: what was looked for in vain is
    /// not looked for again.
    may_end: [bool; 4],
}

impl Tags<'_> {
    /// Behind the mark; behind the beginning where it never comes, so that what follows is still seen.
    fn behind(&mut self, from: usize, mark: &[u8], memory: usize) -> usize {
        let Some(may_end) = self.may_end.get_mut(memory).filter(|may_end| **may_end) else { return from };
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let found = memmem::find(rest, mark);
        *may_end = found.is_some();
        found.map_or(from, |at| from + at + mark.len())
    }

    /// Behind a `<!DOCTYPE …>`, its internal subset included; behind its first `>` where the subset never ends.
    fn behind_declaration(&mut self, start: usize, rest: &str) -> usize {
        let whole = self.may_end.get(3).copied().unwrap_or(false).then(|| declaration_end(rest)).flatten();
        self.may_end[3] &= whole.is_some();
        let short = || memchr::memchr(b'>', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        start + whole.unwrap_or_else(short)
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at + memchr::memchr(b'<', rest.as_bytes())?;
            let rest = self.text.get(start..)?;
            if rest.starts_with("<!--") {
                self.at = self.behind(start + 4, b"-->", 0);
            } else if rest.starts_with("<![CDATA[") {
                self.at = self.behind(start + 9, b"]]>", 1);
            } else if rest.starts_with("<?") {
                self.at = self.behind(start + 2, b"?>", 2);
            } else if rest.starts_with("<!") {
                self.at = self.behind_declaration(start, rest);
                let declaration = rest.get(..self.at - start).unwrap_or(rest);
                let mut words = declaration.split(|c: char| c.is_whitespace() || c == '>');
                let is_doctype = words.next().is_some_and(|word| word.eq_ignore_ascii_case("<!doctype"));
                if is_doctype
                    && words.find(|word| !word.is_empty()).is_some_and(|w| w.eq_ignore_ascii_case("html"))
                {
                    return Some(Tag { name: "!doctype html", range: start..self.at });
                }
            } else if rest.chars().nth(1).is_some_and(|c| c.is_alphabetic() || c == '_') {
                let end = start + tag_end(rest);
                self.at = end;
                let inner = rest.get(1..).unwrap_or_default();
                let length = inner.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<'));
                let name = length.and_then(|length| inner.get(..length)).unwrap_or(inner);
                return Some(Tag { name, range: start..end });
            } else {
                self.at = start + 1;
            }
        }
    }
}

/// Bytes of a `<!DOCTYPE …>`, its internal subset included. None where it never ends.
pub(super) fn declaration_end(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) => {
                if byte == open {
                    quote = None;
                }
            }
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[') => depth += 1,
            (None, b']') => depth = depth.saturating_sub(1),
            (None, b'>') if depth == 0 => return Some(at + 1),
            (None, _) => {}
        }
    }
    None
}

/// Bytes of a tag, brackets included. A quote that never ends does not swallow the document.
pub(super) fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return at + 1,
            _ => {}
        }
    }
    memchr::memchr(b'>', text.as_bytes()).map_or(text.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> (String, FeedFormat) {
        match find_start(text) {
            Start::Xml(root) => (text.get(root.tag.clone()).unwrap().to_owned(), root.format),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn junk_before_the_root_is_passed_over() {
        for junk in [
            "",
            "\n\n \t",
            "\u{feff}",
            "<!-- debug: <rss> 5 -->\n",
            "<br />\n<b>Notice</b>:  Undefined index: x in <b>/srv/a.php</b> on line <b>5</b><br />\n",
            "Warning: something > else\n",
            "<!DOCTYPE rss [<!ENTITY a \"<feed>\">]>",
            "<?xml-stylesheet href=\"a>b\"?>",
        ] {
            let text = format!("{junk}<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel/></rss>");
            assert_eq!(root(&text), ("<rss version=\"2.0\">".to_owned(), FeedFormat::Rss20), "{junk}");
        }
    }

    #[test]
    fn the_format_is_told_by_root_version_and_namespace() {
        for (text, format) in [
            ("<rss>", FeedFormat::Rss20),
            ("<rss version='2.0.1'>", FeedFormat::Rss20),
            ("<rss version='0.92'>", FeedFormat::Rss092),
            ("<rdf:RDF xmlns='http://purl.org/rss/1.0/'>", FeedFormat::Rss10),
            ("<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'>", FeedFormat::Rss090),
            ("<feed xmlns='http://www.w3.org/2005/Atom'>", FeedFormat::Atom10),
            ("<a:feed xmlns:a='http://www.w3.org/2005/Atom'>", FeedFormat::Atom10),
            ("<feed version='0.3' xmlns='http://purl.org/atom/ns#'>", FeedFormat::Atom03),
        ] {
            assert_eq!(root(text).1, format, "{text}");
        }
    }

    #[test]
    fn what_is_no_feed_is_told_apart() {
        assert_eq!(find_start(" \n"), Start::Empty);
        assert_eq!(find_start(" {}"), Start::Json { at: 1 });
        assert_eq!(find_start("<!doctype html><html>"), Start::Html { at: 0 });
        assert_eq!(find_start("<title>Just a moment</title><p>"), Start::Html { at: 0 });
        let other = |text| match find_start(text) {
            Start::Other { what, .. } => what,
            other => panic!("{other:?}"),
        };
        assert_eq!(other("<opml version='2.0'><feed/></opml>"), "an OPML list of feeds");
        assert_eq!(other("hello"), "plain text");
        assert_eq!(other("<menu2><rss/></menu2>"), "an XML document that begins with <menu2>");
        assert_eq!(other("[1]"), "a JSON list");
    }
}
