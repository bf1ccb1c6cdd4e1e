//! The characters of an element while it is open, and what they become when it ends.

use std::borrow::Cow;

use quick_xml::escape::unescape_with;

use crate::charset::{decode_base64, named_reference};

use super::names::El;
use super::{Frame, markup};
use crate::model::{Text, TextKind};

/// Characters on their way.
pub(super) struct Gathered {
    pub el: El,
    pub kind: TextKind,
    /// Depth of the element.
    depth: usize,
    value: String,
    /// Whether elements stood in it: the value is markup from there on.
    has_markup: bool,
    base64: bool,
    /// What an attribute said, where the characters say nothing: term, href, url …
    pub spare: Option<String>,
    pub scheme: Option<String>,
    pub label: Option<String>,
}

impl Gathered {
    pub(super) fn new(el: El, kind: TextKind, depth: usize, base64: bool) -> Self {
        let has_markup = kind == TextKind::Xhtml;
        Gathered {
            el,
            kind,
            depth,
            value: String::new(),
            has_markup,
            base64,
            spare: None,
            scheme: None,
            label: None,
        }
    }

    /// True where an element of markup is open, or may be: XHTML.
    pub(super) fn in_markup(&self, depth: usize) -> bool {
        self.el.is_text() && (depth > self.depth || self.kind == TextKind::Xhtml)
    }

    /// Elements that hold characters only.
    pub(super) fn is_leaf(&self) -> bool {
        matches!(
            self.el,
            El::Guid
                | El::Id
                | El::Link
                | El::Published
                | El::Updated
                | El::Created
                | El::Language
                | El::Comments
        )
    }

    /// True where an element of the format in it means that its end was forgotten.
    pub(super) fn may_break(&self) -> bool {
        self.kind != TextKind::Xhtml
            && (!self.has_markup || matches!(self.el, El::Title | El::OtherTitle | El::MediaTitle))
    }

    pub(super) fn open_tag(&mut self, name: &str, attributes: &str, closed: bool) {
        self.turn_to_markup();
        self.value.push('<');
        self.value.push_str(name);
        if !attributes.trim().is_empty() {
            self.value.push(' ');
            self.value.push_str(attributes.trim());
        }
        self.value.push_str(if closed { "/>" } else { ">" });
    }

    pub(super) fn close_tag(&mut self, name: &str) {
        self.value.push_str("</");
        self.value.push_str(name);
        self.value.push('>');
    }

    fn turn_to_markup(&mut self) {
        if !self.has_markup {
            self.has_markup = true;
            if self.kind == TextKind::Plain {
                self.value = escaped(&self.value).into_owned();
                self.kind = TextKind::Xhtml;
            }
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.has_markup {
            self.value.push_str(&meant(text));
        } else {
            self.value.push_str(&resolved(text));
        }
    }

    pub(super) fn verbatim(&mut self, text: &str) {
        if self.has_markup && self.kind == TextKind::Xhtml {
            self.value.push_str(&escaped(&meant(text)));
        } else {
            self.value.push_str(&meant(text));
        }
    }

    /// The value as characters, trimmed; what an attribute said where there are none.
    pub(super) fn characters(&self) -> Option<String> {
        let value = self.value.trim();
        if value.is_empty() { self.spare.clone() } else { Some(value.to_owned()) }
    }

    /// The characters alone, trimmed.
    pub(super) fn written(&self) -> Option<&str> {
        Some(self.value.trim()).filter(|value| !value.is_empty())
    }

    /// The value as a text, None where it is empty. What RSS and its kin call plain is often markup: `guesses` looks.
    pub(super) fn into_text(self, frame: &Frame<'_>, guesses: bool) -> Option<Text> {
        let mut value = self.value.trim();
        let decoded = self.base64.then(|| base64(value)).flatten();
        value = decoded.as_deref().map_or(value, str::trim);
        if self.kind == TextKind::Xhtml {
            value = without_wrapper(value);
        }
        let is_markup = guesses && self.kind == TextKind::Plain && markup::is_likely(value);
        (!value.is_empty()).then(|| Text {
            value: value.to_owned(),
            // Elements in what was said to be escaped markup: it is XML.
            kind: match self.kind {
                TextKind::Plain if is_markup => TextKind::Html,
                TextKind::Html if self.has_markup => TextKind::Xhtml,
                kind => kind,
            },
            language: frame.language.as_deref().map(str::to_owned),
            base: frame.base.as_deref().map(str::to_owned),
        })
    }
}

/// References resolved, where they can be.
pub(super) fn resolved(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return meant(text);
    }
    match unescape_with(text, named_reference) {
        Ok(Cow::Owned(resolved)) => Cow::Owned(meant(&resolved).into_owned()),
        _ => meant(text),
    }
}

/// C1 controls (U+0080 to U+009F) are nobody's text: bytes of windows-1252 that were taken for Latin-1, as `don\u{92}t`, or of
/// UTF-8, as `&#226;&#128;&#166;`, where the whole text is that.
fn meant(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_control = |at: usize| matches!(bytes.get(at + 1), Some(0x80..=0x9F));
    if !memchr::memchr_iter(0xC2, bytes).any(is_control) {
        return Cow::Borrowed(text);
    }
    let narrow: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    if let Some(twice) = narrow.and_then(|bytes| String::from_utf8(bytes).ok()) {
        return Cow::Owned(twice);
    }
    let mut told = String::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c)) {
            Ok(byte @ 0x80..=0x9F) => {
                told.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0);
            }
            _ => told.push(c),
        }
    }
    Cow::Owned(told)
}

fn escaped(text: &str) -> Cow<'_, str> {
    quick_xml::escape::partial_escape(text)
}

/// The `div` that RFC 4287 §3.1.1.3 wants around XHTML is not part of it.
fn without_wrapper(value: &str) -> &str {
    let inner = value.strip_prefix("<div").filter(|rest| rest.starts_with(['>', ' ', '\n', '\t', '\r']));
    let inner = inner.and_then(|rest| rest.strip_suffix("</div>")).and_then(|rest| rest.split_once('>'));
    let Some((_, inner)) = inner else { return value };
    // `<div>a</div><div>b</div>` has no wrapper.
    let mut depth = 0_i64;
    for (at, _) in inner.match_indices("div") {
        let before = inner.get(..at).unwrap_or_default();
        let tail = inner.get(at..).unwrap_or_default();
        let closed = tail.split('>').next().is_some_and(|tag| tag.ends_with('/'));
        depth += i64::from(before.ends_with('<') && !closed) - i64::from(before.ends_with("</"));
        if depth < 0 {
            return value;
        }
    }
    inner.trim()
}

/// RFC 4648 §4 and §5, white space passed over. None where it is something else.
fn base64(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
    String::from_utf8(decode_base64(&bare.replace('-', "+").replace('_', "/"))?).ok()
}
