//! Light repair of markup: what stands before the root, its namespaces and version, illegal characters and references, bare
//! ampersands. Linear in the length of the text; never fails.

use std::borrow::Cow;
use std::fmt::Write;

use crate::charset::named_reference;
use memchr::memmem;

use super::address;
use super::entities::Entities;
use super::prolog::{ATOM_03, RSS_090, Root, RootKind};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const RSS_10: &str = "http://purl.org/rss/1.0/";

/// Prefixes that are used without being declared, and what feed-rs knows them as.
const WELL_KNOWN: [(&str, &str); 7] = [
    ("atom", ATOM),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("podcast", "https://podcastindex.org/namespace/1.0"),
    ("wfw", "http://wellformedweb.org/CommentAPI/"),
];

/// The document from its root on, as XML that a strict lexer reads.
pub(super) fn repair(text: &str, root: &Root) -> String {
    let body = text.get(root.tag.end..).unwrap_or_default();
    let mut clean = String::with_capacity(body.len() + 1024);
    let entities = Entities::of(text.get(..root.tag.start).unwrap_or_default(), text.len());
    copy_repaired(&mut clean, body, &entities);
    // Last, as it declares the prefixes that are used: one may only show when the body is mended.
    let mut tag = String::with_capacity(512);
    write_root(&mut tag, root, &clean, &entities);
    clean.insert_str(0, &tag);
    clean
}

/// The root's tag as feed-rs expects it: a version that it knows, namespaces as it spells them.
fn write_root(clean: &mut String, root: &Root, body: &str, entities: &Entities<'_>) {
    clean.push('<');
    // A prefix that is no name is nobody's.
    let local = root.name.rsplit(':').next().unwrap_or_default();
    clean.push_str(if is_name(&root.name) { &root.name } else { local });
    if root.kind == RootKind::Rss {
        clean.push_str(" version=\"2.0\"");
    }
    for (name, value) in &root.attributes {
        // What it says is what it says when it is mended.
        let mended = mended_value(value, entities);
        let value = mended.as_str();
        // feed-rs gives up on a base that is no address; an RSS of its own namespace it would not recognise.
        let refused = match name.as_str() {
            "version" => root.kind == RootKind::Rss,
            "xmlns" => root.kind == RootKind::Rss,
            "xml:base" => !address::is_base(value),
            _ => false,
        };
        if !refused && is_name(name) {
            let value = if name.starts_with("xmlns") { canonical(value) } else { value };
            push_attribute(clean, name, value, entities);
        }
    }
    for (prefix, namespace) in WELL_KNOWN {
        let declaration = format!("xmlns:{prefix}");
        let declared = root.attributes.iter().any(|(name, _)| *name == declaration);
        if !declared && memmem::find(body.as_bytes(), format!("<{prefix}:").as_bytes()).is_some() {
            push_attribute(clean, &declaration, namespace, entities);
        }
    }
    clean.push_str(if root.closed { "/>" } else { ">" });
}

/// Whether XML takes it for a name (XML 1.0 §2.3): what broken quotes leave is none.
fn is_name(name: &str) -> bool {
    let starts = |c: char| c.is_alphabetic() || c == '_';
    name.starts_with(starts)
        && name.chars().all(|c| starts(c) || c.is_numeric() || matches!(c, ':' | '-' | '.'))
}

fn push_attribute(clean: &mut String, name: &str, value: &str, entities: &Entities<'_>) {
    clean.push(' ');
    clean.push_str(name);
    clean.push_str("=\"");
    clean.push_str(&mended_value(value, entities));
    clean.push('"');
}

/// A value as it may stand between quotes. Its brackets go first: in an attribute no comment begins.
fn mended_value(value: &str, entities: &Entities<'_>) -> String {
    let mut mended = String::with_capacity(value.len());
    copy_repaired(&mut mended, &value.replace('<', "&lt;").replace('"', "&quot;"), entities);
    mended
}

/// The spelling that feed-rs knows: publishers write https, capitals, or forget the slash.
fn canonical(namespace: &str) -> &str {
    let bare = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        let text = text.trim_start_matches("https://").trim_start_matches("http://");
        text.trim_end_matches(['/', '#']).to_owned()
    };
    let name = bare(namespace);
    if name == bare(ATOM_03) {
        return ATOM;
    }
    if name == bare(RSS_10) || RSS_090.iter().any(|old| name == bare(old)) {
        return RSS_10;
    }
    WELL_KNOWN.iter().find(|(_, known)| name == bare(known)).map_or(namespace, |(_, known)| known)
}

/// Copies text, dropping illegal characters and mending references.
fn copy_repaired(clean: &mut String, text: &str, entities: &Entities<'_>) {
    if has_controls(text) {
        let legal: String = text.chars().filter(|c| !is_control(*c)).collect();
        copy_references(clean, &legal, entities);
    } else {
        copy_references(clean, text, entities);
    }
}

/// CDATA sections and comments keep their ampersands.
fn copy_references(clean: &mut String, text: &str, entities: &Entities<'_>) {
    let bytes = text.as_bytes();
    let mut verbatim = Verbatim { bytes, open: [true; 2] };
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'<', b'&', rest)) {
        let found = at + found;
        if bytes.get(found) == Some(&b'<') {
            at = verbatim.end(found);
            continue;
        }
        let (length, mended) = reference(text.get(found..).unwrap_or_default(), entities);
        at = found + length;
        if let Some(mended) = mended {
            clean.push_str(text.get(copied..found).unwrap_or_default());
            if joins(clean, &mended) {
                clean.push(' ');
            }
            clean.push_str(&mended);
            copied = at;
        }
    }
    clean.push_str(text.get(copied..).unwrap_or_default());
}

/// Whether what comes in a reference's place could make a comment or a CDATA section of what stands around it: `<!&#0;--`
/// is none, and stays none.
fn joins(clean: &str, mended: &str) -> bool {
    let is_cut =
        |mark: &str| (1..mark.len()).any(|n| mark.get(..n).is_some_and(|begun| clean.ends_with(begun)));
    let [comment, section] = VERBATIM;
    !mended.starts_with('&') && (is_cut(comment.0) || is_cut(section.0))
        || mended.is_empty() && (is_cut(comment.1) || is_cut(section.1))
}

/// What keeps its ampersands: how it begins, and how it ends.
const VERBATIM: [(&str, &str); 2] = [("<!--", "-->"), ("<![CDATA[", "]]>")];

/// Finds where comments and CDATA sections end. Remembers that an end is missing, so that a text full of beginnings is not
/// searched again and again.
struct Verbatim<'a> {
    bytes: &'a [u8],
    open: [bool; 2],
}

impl Verbatim<'_> {
    /// Behind the comment or CDATA section that begins here; else behind the bracket.
    fn end(&mut self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        for ((begins, ends), open) in VERBATIM.into_iter().zip(&mut self.open) {
            if *open && rest.starts_with(begins.as_bytes()) {
                let inner = rest.get(begins.len()..).unwrap_or_default();
                match memmem::find(inner, ends.as_bytes()) {
                    Some(found) => return at + begins.len() + found + ends.len(),
                    None => *open = false,
                }
            }
        }
        at + 1
    }
}

fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// A fold without an early end, which compilers turn into vector instructions.
fn has_controls(text: &str) -> bool {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, 0x9 | 0xA | 0xD);
    let low = text.bytes().fold(false, |found, byte| found | control(byte));
    low || memmem::find(text.as_bytes(), "\u{FFFE}".as_bytes()).is_some()
        || memmem::find(text.as_bytes(), "\u{FFFF}".as_bytes()).is_some()
}

/// The bytes that stand for a reference at the beginning of the text, and what replaces them. None keeps them.
fn reference(text: &str, entities: &Entities<'_>) -> (usize, Option<Cow<'static, str>>) {
    let bare = (1, Some(Cow::Borrowed("&amp;")));
    let Some(name) = text.get(1..).and_then(|rest| {
        let named = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80 || b"#_.-+".contains(&byte);
        let end = rest.bytes().take(33).position(|byte| !named(byte))?;
        rest.get(..end).filter(|_| rest.as_bytes().get(end) == Some(&b';'))
    }) else {
        return bare;
    };
    let length = name.len() + 2;
    let Some(number) = name.strip_prefix('#') else {
        let known = !name.is_empty() && named_reference(name).is_some();
        if known {
            return (length, None);
        }
        return entities.get(name).map_or(bare, |value| (length, Some(Cow::Owned(value))));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    let Ok(code) = code else { return bare };
    match code {
        // Those of U+0080 to U+009F are told by what stands around them (walk/gather.rs).
        0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x10000..=0x10FFFF => {
            // `&#X41;` is not XML.
            let odd = number.starts_with('X') || number.starts_with('+');
            (length, odd.then(|| hexadecimal(code)))
        }
        _ => (length, Some(Cow::Borrowed(""))),
    }
}

fn hexadecimal(code: u32) -> Cow<'static, str> {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(text, "&#x{code:X};");
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::super::prolog::{Start, find_start};
    use super::*;

    fn check(text: &str, expected: &str) {
        let Start::Xml(root) = find_start(text) else { panic!("no root in {text}") };
        assert_eq!(repair(text, &root), expected);
    }

    #[test]
    fn references_are_mended_outside_cdata() {
        let body = |inside: &str| format!("<rss version=\"2.0\"><t>{inside}</t></rss>");
        for (came, expected) in [
            ("a & b &amp; c", "a &amp; b &amp; c"),
            ("?a=1&b=2&copy=3", "?a=1&amp;b=2&amp;copy=3"),
            ("&nbsp;&euro;&foo;", "&nbsp;&euro;&amp;foo;"),
            ("&#0;&#x1F;&#65;&#x41;&#X41;", "&#65;&#x41;&#x41;"),
            ("it&#146;s &#xD800;", "it&#146;s "),
            ("&#x110000;&#99999999999;", "&amp;#99999999999;"),
            ("<![CDATA[a & b\u{b}]]> & <!-- & -->", "<![CDATA[a & b]]> &amp; <!-- & -->"),
            ("a\0b\u{1b}[0m\tc", "ab[0m\tc"),
            ("&", "&amp;"),
            ("<![CDATA[ never closed &", "<![CDATA[ never closed &amp;"),
        ] {
            check(&body(came), &body(expected));
        }
    }

    #[test]
    fn the_root_is_spelled_as_feed_rs_knows_it() {
        check("<rss>", "<rss version=\"2.0\">");
        check("<?xml version='1.0' encoding='x'?><rss version='0.93'>", "<rss version=\"2.0\">");
        check("<rss xmlns='http://backend.userland.com/rss2' version='2'>", "<rss version=\"2.0\">");
        check(
            "<rss xmlns:itunes=\"http://www.itunes.com/DTDs/Podcast-1.0.dtd\"><dc:date>",
            "<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:date>",
        );
        check(
            "<feed xmlns=https://www.w3.org/2005/Atom xml:base='http://[' a='b\"&c'>",
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" a=\"b&quot;&amp;c\">",
        );
    }
}
