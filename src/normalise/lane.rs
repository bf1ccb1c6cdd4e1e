//! The fast lane past html5ever. Most texts are plain to see: known elements, closed in the order they were opened, where
//! they belong. What a browser makes of those needs no tree, so they are rewritten piece by piece, with the same allow-list
//! and the same spelling as ammonia's. Anything else, and anything in doubt, is None: ammonia decides.
//!
//! A property test holds both to one answer.

use std::borrow::Cow;

use crate::charset::named_reference;
use url::Url;

use super::allow::{self, REL};
use super::scan::{Piece, Tag, pieces};

/// Elements within each other.
pub(super) const MAX_DEPTH: usize = 100;

/// Rewrites HTML that is plain to see.
pub(super) fn rewrite(html: &str, base: Option<&Url>) -> Option<String> {
    let mut lane =
        Lane { base, open: Vec::new(), out: String::with_capacity(html.len() + 64), after_pre: false };
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => lane.text(text)?,
            Piece::Tag(tag) if tag.closing => lane.close(&tag)?,
            Piece::Tag(tag) => lane.start(&tag)?,
            Piece::Comment => {}
        }
    }
    lane.open.is_empty().then_some(lane.out)
}

struct Lane<'a, 'u> {
    base: Option<&'u Url>,
    open: Vec<&'a str>,
    out: String,
    after_pre: bool,
}

impl<'a> Lane<'a, '_> {
    fn text(&mut self, raw: &'a str) -> Option<()> {
        let text = decode(raw, false)?;
        let in_table = matches!(self.top(), "table" | "thead" | "tbody" | "tfoot" | "tr" | "colgroup");
        // Browsers carry such text out of the table, and drop a line break that begins a pre.
        if (in_table && !text.chars().all(|c| c.is_ascii_whitespace()))
            || (self.after_pre && text.starts_with('\n'))
        {
            return None;
        }
        self.after_pre = false;
        // A bracket that is none, or a character that tokenisers replace.
        if raw.contains(['<', '\0', '\r']) {
            return None;
        }
        push_escaped(&mut self.out, &text, false);
        Some(())
    }

    fn close(&mut self, tag: &Tag<'a>) -> Option<()> {
        let name = self.open.pop()?;
        let bare = tag.source.len() == name.len() + 3;
        if name != tag.name || !bare || !tag.source.ends_with('>') {
            return None;
        }
        self.after_pre = false;
        self.out.push_str(tag.source);
        Some(())
    }

    fn start(&mut self, tag: &Tag<'a>) -> Option<()> {
        let name = tag.name;
        let closes_itself = tag.source.ends_with("/>");
        let is_void = tag.is_void();
        if !allow::tag(name)
            || !tag.source.ends_with('>')
            || (closes_itself && !is_void)
            || !self.belongs(name)
        {
            return None;
        }
        self.after_pre = name == "pre";
        self.write(tag)?;
        if !is_void {
            self.open.push(name);
        }
        (self.open.len() <= MAX_DEPTH).then_some(())
    }

    fn top(&self) -> &'a str {
        self.open.last().copied().unwrap_or_default()
    }

    /// Whether a browser leaves the element where it is, and closes nothing for it.
    fn belongs(&self, name: &str) -> bool {
        let parent_fits = match self.top() {
            "table" => matches!(name, "caption" | "colgroup" | "thead" | "tbody" | "tfoot"),
            "thead" | "tbody" | "tfoot" => name == "tr",
            "tr" => matches!(name, "td" | "th"),
            "colgroup" => name == "col",
            _ => !matches!(
                name,
                "caption" | "colgroup" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" | "col"
            ),
        };
        // The nearest list decides whether an item is inside of another item.
        let nearest =
            |wanted: &[&'static str]| self.open.iter().rev().find(|open| wanted.contains(open)).copied();
        parent_fits
            && !((is_block(name) || is_heading(name)) && self.open.contains(&"p"))
            && !(is_heading(name) && is_heading(self.top()))
            && match name {
                "a" => !self.open.contains(&"a"),
                "li" => nearest(&["li", "ul", "ol"]) != Some("li"),
                "dd" | "dt" => !matches!(nearest(&["dd", "dt", "dl"]), Some("dd" | "dt")),
                "ruby" | "rt" | "rp" => false,
                _ => true,
            }
    }

    fn write(&mut self, tag: &Tag<'a>) -> Option<()> {
        let name = tag.name;
        let mut kept: Vec<(&str, Cow<'_, str>)> = Vec::new();
        for (attribute, raw) in tag.attributes() {
            if attribute.bytes().any(|b| b.is_ascii_uppercase() || b == 0) {
                return None;
            }
            if !allow::attribute(name, attribute) || kept.iter().any(|(known, _)| *known == attribute) {
                continue;
            }
            if raw.contains(['\0', '\r']) {
                return None;
            }
            let value = decode(raw, true)?;
            if !matches!(attribute, "href" | "src") {
                kept.push((attribute, value));
            } else if let Some(value) = self.address(value)? {
                kept.push((attribute, value));
            }
        }
        if name == "img"
            && allow::is_pixel(|side| kept.iter().find(|(known, _)| *known == side).map(|(_, v)| v.as_ref()))
        {
            return Some(());
        }
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in &kept {
            push_attribute(&mut self.out, attribute, value);
        }
        if name == "a" {
            push_attribute(&mut self.out, "rel", REL);
        }
        self.out.push('>');
        Some(())
    }

    /// The address as ammonia leaves it: `Some(None)` drops it, None is in doubt.
    fn address<'v>(&self, value: Cow<'v, str>) -> Option<Option<Cow<'v, str>>> {
        if value.bytes().any(|b| b <= b' ' || b == 0x7F) {
            return None;
        }
        match Url::parse(&value) {
            Ok(url) => Some(allow::scheme(url.scheme()).then_some(value)),
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                // Where the order of attributes would change, ammonia says how.
                let joined = self.base?.join(&value).ok()?;
                Some(Some(Cow::Owned(String::from(joined))))
            }
            Err(_) => Some(None),
        }
    }
}

/// Whether the element ends an open paragraph.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "article"
            | "aside"
            | "blockquote"
            | "details"
            | "div"
            | "dl"
            | "figcaption"
            | "figure"
            | "footer"
            | "header"
            | "hr"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "ul"
            | "li"
            | "dd"
            | "dt"
    )
}

pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

pub(super) fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    push_escaped(out, value, true);
    out.push('"');
}

/// Resolves references as a browser does. None where that depends on names that end without a semicolon.
fn decode(raw: &str, in_attribute: bool) -> Option<Cow<'_, str>> {
    if !raw.contains('&') {
        return Some(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        rest = after;
        if let Some(number) = after.strip_prefix('#') {
            let (digits, tail) = number.split_once(';')?;
            out.push(character(digits)?);
            rest = tail;
            continue;
        }
        let length = after.bytes().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(after.len());
        let (name, tail) = (after.get(..length)?, after.get(length..)?);
        if name.is_empty() {
            out.push('&');
        } else if let Some(tail) = tail.strip_prefix(';') {
            out.push_str(named_reference(name)?);
            rest = tail;
        } else if in_attribute && tail.starts_with('=') {
            out.push('&');
        } else {
            return None;
        }
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

fn character(digits: &str) -> Option<char> {
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    let plain =
        matches!(code, 0x20..=0x7E | 0xA0..=0xD7FF | 0xE000..=0xFDCF | 0xFDF0..=0xFFFD | 0x10000..=0x1_FFFD);
    plain.then(|| char::from_u32(code)).flatten()
}

/// The spelling of the HTML serialisation (Living Standard §13.3), as html5ever writes it.
pub(super) fn push_escaped(out: &mut String, text: &str, in_attribute: bool) {
    let special = |c: char| matches!(c, '&' | '<' | '>' | '\u{A0}') || (in_attribute && c == '"');
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        out.push_str(rest.get(..at).unwrap_or_default());
        let mut tail = rest.get(at..).unwrap_or_default().chars();
        out.push_str(match tail.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            _ => "&nbsp;",
        });
        rest = tail.as_str();
    }
    out.push_str(rest);
}
