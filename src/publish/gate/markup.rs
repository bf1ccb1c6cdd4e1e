//! HTML within feeds: known elements that may stand there and end, quoted attributes without scripts, absolute addresses.

use std::borrow::Cow;

use super::{Faults, values::Checked};

/// What the W3C validator takes for harmless, in the order of the alphabet.
const ELEMENTS: [&str; 107] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "big",
    "blockquote",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "command",
    "data",
    "datagrid",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "m",
    "main",
    "map",
    "mark",
    "menu",
    "meter",
    "nav",
    "noscript",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "picture",
    "pre",
    "progress",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "select",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];
/// Elements without an end.
const VOID: [&str; 9] = ["area", "br", "col", "hr", "img", "input", "source", "track", "wbr"];
/// Elements whose end may be left out.
const OPEN: [&str; 15] = [
    "colgroup", "dd", "dt", "li", "optgroup", "option", "p", "rp", "rt", "tbody", "td", "tfoot", "th",
    "thead", "tr",
];
/// Attributes that hold an address.
const ADDRESSES: [&str; 8] = ["action", "background", "cite", "data", "href", "longdesc", "poster", "src"];
/// Schemes that a link of a text may have.
const SCHEMES: [&str; 10] = ["http", "https", "mailto", "tel", "xmpp", "geo", "sms", "magnet", "ftp", "data"];

pub(super) fn check(place: &str, html: &str, faults: &mut Faults<'_>) {
    // The same markup stands in every format, and in the document before this one.
    let key = faults.markup.map(|right| (right, right.key(html)));
    if key.is_some_and(|(right, key)| right.has(key)) {
        return;
    }
    match (run(html), key) {
        (Err(problem), _) => faults.add(place, problem),
        (Ok(()), Some((right, key))) => right.add([key]),
        (Ok(()), None) => {}
    }
}

/// Whether one of a list that is in the order of the alphabet.
fn contains(list: &[&str], name: &str) -> bool {
    list.binary_search(&name).is_ok()
}

/// The text before and after the first of these bytes, which is one of ASCII.
fn split_at(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(byte, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

fn run(html: &str) -> Checked {
    let mut open: Vec<Cow<'_, str>> = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = split_at(rest, b'<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").ok_or("has a comment without an end")?.1;
            continue;
        }
        if after.starts_with(['!', '?']) {
            return Err("has a declaration");
        }
        if !after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            return Err("has a “<” that is not escaped");
        }
        let (closes, after) = after.strip_prefix('/').map_or((false, after), |after| (true, after));
        let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(end).unwrap_or((after, ""));
        let name = lower(name);
        if !contains(&ELEMENTS, &name) {
            return Err("has an element that may not stand there");
        }
        if closes {
            rest = after.trim_start().strip_prefix('>').ok_or("has an end tag that does not end")?;
            close(&mut open, &name)?;
            continue;
        }
        let (remaining, is_closed) = attributes(after)?;
        rest = remaining;
        if !is_closed && !contains(&VOID, &name) {
            open.push(name);
        }
    }
    match open.iter().all(|name| contains(&OPEN, name)) {
        true => Ok(()),
        false => Err("has an element that does not end"),
    }
}

/// Ends the innermost element of this name, and those in it that end by themselves.
fn close(open: &mut Vec<Cow<'_, str>>, name: &str) -> Checked {
    while let Some(inner) = open.pop() {
        if inner == name {
            return Ok(());
        }
        if !contains(&OPEN, &inner) {
            return Err("has elements that overlap");
        }
    }
    Err("has an end tag without a beginning")
}

/// What follows the tag, and whether it ended itself.
fn attributes(text: &str) -> Result<(&str, bool), &'static str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
        if let Some(after) = rest.strip_prefix("/>") {
            return Ok((after, true));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((after, false));
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '"' | '\'' | '<'));
        let (name, after) =
            end.and_then(|end| rest.split_at_checked(end)).ok_or("has a tag that does not end")?;
        if name.is_empty() {
            return Err("has a tag with something in it that is no attribute");
        }
        let name = lower(name);
        if name.starts_with("on") || name == "style" || name == "srcdoc" {
            return Err("has an attribute that may hold a script");
        }
        let trimmed = after.trim_start();
        let Some(value) = trimmed.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let quote = value
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))
            .ok_or("has an attribute without quotes")?;
        let inner = value.strip_prefix(quote).unwrap_or(value);
        let byte = if quote == '"' { b'"' } else { b'\'' };
        let (inner, after) = split_at(inner, byte).ok_or("has an attribute that does not end")?;
        if contains(&ADDRESSES, &name) {
            address(inner)?;
        }
        if name == "srcset" {
            inner
                .split(", ")
                .try_for_each(|one| address(one.trim().split(' ').next().unwrap_or_default()))?;
        }
        rest = after;
    }
}

/// Absolute, and of a kind that a text may link to. Whatever else is odd about an address within a text harms nobody.
fn address(text: &str) -> Checked {
    let Some((scheme, rest)) = text.trim().split_once(':') else {
        return Err("has an address that is relative");
    };
    let scheme = scheme.to_ascii_lowercase();
    if !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        || rest.is_empty()
    {
        return Err("has an address that is relative");
    }
    if SCHEMES.contains(&scheme.as_str()) { Ok(()) } else { Err("has a link of a kind that may do harm") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_the_order_that_looking_up_needs() {
        assert!(ELEMENTS.is_sorted() && VOID.is_sorted() && OPEN.is_sorted() && ADDRESSES.is_sorted());
    }

    #[test]
    fn what_may_stand_in_a_feed() {
        for good in [
            "",
            "text &amp; more",
            "<p>a <b>b</b><br>c</p>",
            "<p>one<p>two",
            "<ul><li>a<li>b</ul>",
            "<img src=\"https://example.org/a.png\" alt=\"a > b\">",
            "<a href='https://example.org/?a=b&amp;c=d' rel=\"nofollow\">x</a>",
            "<hr/><!-- a comment -->",
            "<a href=\"https://example.org/новини\">x</a>",
            "<video controls src=\"https://example.org/v\"></video>",
        ] {
            assert_eq!(run(good), Ok(()), "{good}");
        }
        for bad in [
            "<b>",
            "<b><i></b></i>",
            "</p>",
            "<script>x</script>",
            "<p onclick=\"x\">y</p>",
            "<p style=\"x\">y</p>",
            "<a href=\"/relative\">x</a>",
            "<a href=\"#here\">x</a>",
            "<a href=\"javascript:x\">y</a>",
            "<a href=https://example.org>x</a>",
            "<p",
            "1 < 2",
            "<blink>x</blink>",
            "<!doctype html>",
            "<!-- no end",
            "<p class=\"x>y</p>",
        ] {
            assert!(run(bad).is_err(), "{bad}");
        }
    }
}
