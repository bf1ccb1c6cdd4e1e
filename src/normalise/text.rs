//! Plain text out of whatever came: tags gone, references resolved, white space folded, NFC.

use std::borrow::Cow;

use crate::charset::named_reference;
use unicode_normalization::UnicodeNormalization;

use super::scan::{Piece, Tag, pieces};

/// Elements that end a word.
const BLOCKS: [&str; 16] =
    ["p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "td", "blockquote", "hr"];
/// Further elements that are markup where they stand in a title. Others may be meant: `List<String>`.
const INLINE: [&str; 28] = [
    "a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q", "s",
    "script", "small", "span", "strike", "strong", "style", "sub", "sup", "svg", "time", "tt", "u",
];

/// Elements that do something where somebody puts a text into a page as it is.
const ACTIVE: [&str; 23] = [
    "script", "style", "iframe", "frame", "frameset", "object", "embed", "applet", "svg", "math", "base",
    "meta", "link", "form", "input", "button", "template", "noscript", "textarea", "select", "audio",
    "video", "body",
];

/// Text that may hold markup, escaped once too often or not.
pub(super) fn from_markup(value: &str) -> String {
    if !value.contains(['<', '&']) {
        return inert(fold(value));
    }
    let once = resolve(&strip(value));
    // `&amp;lt;b&amp;gt;`: what is left after one round still looks like markup.
    let text = if once.contains('&') || value.contains('&') && once.contains('<') {
        resolve(&strip(&once))
    } else {
        once
    };
    inert(fold(&text))
}

/// Text that has no markup; references that were escaped once too often are resolved all the same.
pub(super) fn from_plain(value: &str) -> String {
    inert(if value.contains('&') { fold(&resolve(value)) } else { fold(value) })
}

/// `List<String>` stays. A tag that would do something in a page is none of a text's business, and leaves a blank, so that no
/// other tag is made of its neighbours.
pub(super) fn inert(text: String) -> String {
    if !text.contains('<') {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    for piece in pieces(&text) {
        match piece {
            Piece::Text(text) => kept.push_str(text),
            Piece::Tag(tag) if !is_active(&tag) => kept.push_str(tag.source),
            Piece::Tag(_) | Piece::Comment => kept.push(' '),
        }
    }
    if kept == text { text } else { fold(&kept) }
}

fn is_active(tag: &Tag<'_>) -> bool {
    let acts = |(name, value): (&str, &str)| {
        name.get(..2).is_some_and(|on| on.eq_ignore_ascii_case("on"))
            || matches!(
                name.to_ascii_lowercase().as_str(),
                "style" | "srcdoc" | "href" | "src" | "action" | "formaction"
            )
            || value.to_ascii_lowercase().contains("script:")
    };
    ACTIVE.iter().any(|name| tag.is(name)) || tag.attributes().any(acts)
}

/// One line in NFC, without control characters.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Zero-width marks and soft hyphens do not show, and keep equal titles apart.
    let shows =
        |c: &char| !matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}');
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        let before = folded.len();
        if before > 0 {
            folded.push(' ');
        }
        let start = folded.len();
        folded.extend(word.chars().filter(shows));
        if folded.len() == start {
            folded.truncate(before);
        }
    }
    match nfc(&folded) {
        Cow::Borrowed(_) => folded,
        Cow::Owned(composed) => composed,
    }
}

/// NFC. Cheap where the text is composed already, which it nearly always is.
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    if is_surely_composed(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// NFC of markup: a combining mark never melts with a bracket or an equals sign (`>` and U+0338 make `≯`).
pub(super) fn nfc_of_markup(html: &str) -> Cow<'_, str> {
    if is_surely_composed(html) {
        return Cow::Borrowed(html);
    }
    let apart = html.split_inclusive(['<', '>', '=', '"', '\'', '&', ';', ' ']);
    Cow::Owned(apart.flat_map(|piece| piece.nfc()).collect())
}

/// Whether all characters are of blocks in which nothing composes or decomposes: Latin up to U+02FF, Cyrillic up to U+047F,
/// common punctuation. Looks at bytes, without early ends inside of a block, which compilers turn into vector instructions.
fn is_surely_composed(text: &str) -> bool {
    let odd = |byte: u8| byte >= 0xCC && !matches!(byte, 0xD0 | 0xD1 | 0xE2);
    let bytes = text.as_bytes();
    let any_odd = bytes.chunks(64).any(|chunk| chunk.iter().fold(false, |found, byte| found | odd(*byte)));
    // U+2002 to U+2125.
    let is_common = |at: usize| match bytes.get(at + 1..at + 3) {
        Some([0x80, last]) => *last >= 0x82,
        Some([0x81..=0x83, _]) => true,
        Some([0x84, last]) => *last < 0xA6,
        _ => false,
    };
    !any_odd && memchr::memchr_iter(0xE2, bytes).all(is_common)
}

/// Characters that XML can't carry (XML 1.0 §2.2).
pub(super) fn has_illegal(text: &str) -> bool {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, 0x9 | 0xA | 0xD);
    let bytes = text.as_bytes();
    bytes.chunks(64).any(|chunk| chunk.iter().fold(false, |found, byte| found | control(*byte)))
        || memchr::memmem::find(bytes, b"\xEF\xBF")
            .is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(['\u{FFFE}', '\u{FFFF}'])))
}

/// Without tags and comments, and without what stands in scripts.
fn strip(text: &str) -> Cow<'_, str> {
    if !text.contains('<') {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut silent: Option<&str> = None;
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) if silent.is_none() => kept.push_str(text),
            Piece::Tag(tag) => {
                if let Some(name) = silent {
                    silent = if tag.closing && tag.is(name) { None } else { Some(name) };
                    continue;
                }
                let is_block = BLOCKS.iter().any(|name| tag.is(name));
                if is_block {
                    kept.push(' ');
                } else if !INLINE.iter().any(|name| tag.is(name)) {
                    kept.push_str(tag.source);
                } else if !tag.closing && (tag.is("script") || tag.is("style")) {
                    silent = Some(tag.name);
                }
            }
            Piece::Text(_) | Piece::Comment => {}
        }
    }
    Cow::Owned(kept)
}

/// Resolves named and numeric references; what is none stays.
pub(super) fn resolve(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match reference(after) {
            Some((resolved, tail)) => {
                out.push_str(&resolved);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(after: &str) -> Option<(Cow<'static, str>, &str)> {
    let end = after.bytes().take(33).position(|byte| byte == b';')?;
    let (name, tail) = (after.get(..end)?, after.get(end + 1..)?);
    let Some(number) = name.strip_prefix('#') else {
        return Some((Cow::Borrowed(named_reference(name)?), tail));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let character = match code {
        0x80..=0x9F => {
            let byte = [u8::try_from(code).ok()?];
            return Some((
                Cow::Owned(encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0.into_owned()),
                tail,
            ));
        }
        _ => char::from_u32(code)?,
    };
    Some((Cow::Owned(character.to_string()), tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_one_plain_line() {
        for (came, expected) in [
            ("  Столична\n община ", "Столична община"),
            ("AT&amp;T &#8211; &laquo;x&raquo;", "AT&T – «x»"),
            ("AT&amp;amp;T", "AT&T"),
            ("&lt;b&gt;Bold&lt;/b&gt; title", "Bold title"),
            ("<b>Bold</b>&nbsp;title<br/>two", "Bold title two"),
            ("List<String> explained", "List<String> explained"),
            ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
            ("<script>alert(1)</script>x", "x"),
            ("и\u{306}од zero\u{200b}width", "йод zerowidth"),
            ("it&#146;s", "it’s"),
            ("a <!-- no --> b", "a b"),
            ("", ""),
        ] {
            assert_eq!(from_markup(came), expected, "{came}");
        }
        for (came, expected) in [
            ("<iframe src=javascript:1>a</iframe>", "a"),
            ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;", "alert(1)"),
            ("a <x onclick=1>b</x>", "a b</x>"),
            ("<<iframe>script>", "< script>"),
            ("<\u{200b}script>x", "x"),
            ("Map<String, Integer>", "Map<String, Integer>"),
        ] {
            assert_eq!(from_markup(came), expected, "{came}");
            assert_eq!(from_plain(&came.replace("&amp;", "&")), expected, "{came}");
        }
        assert_eq!(from_plain("The <b> tag &amp; more"), "The <b> tag & more");
    }

    proptest::proptest! {
        #[test]
        fn what_is_surely_composed_is(text in "[\u{20}-\u{500}\u{1f00}-\u{2300}]{0,4}") {
            if is_surely_composed(&text) {
                proptest::prop_assert!(unicode_normalization::is_nfc(&text));
            }
        }
    }

    #[test]
    fn composing_never_eats_markup() {
        assert_eq!(nfc_of_markup("<b>\u{338}x</b>"), "<b>\u{338}x</b>");
        assert_eq!(nfc_of_markup("<b>и\u{306}</b>"), "<b>й</b>");
    }
}
