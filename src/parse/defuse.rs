//! A second, poorer text for feed-rs where the first was refused: without the details that we do not publish and that it
//! gives up on (podcast persons with unknown roles, text types that it does not know, authors that make it panic), and with
//! Atom 0.3 in the words of 1.0.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::guard;
use super::prolog::Root;

/// Copies the document without what feed-rs stumbles over. Stops where the markup breaks, as feed-rs would.
pub(super) fn defuse<'a>(text: &'a str, root: &Root) -> Cow<'a, str> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut out = String::with_capacity(text.len());
    // Depth inside of an element that is left out.
    let mut dropped = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(e)) if dropped > 0 || is_hazard(e.name().as_ref()) => {
                let _ = e;
                dropped += 1;
            }
            Ok(Event::End(_)) if dropped > 0 => dropped -= 1,
            Ok(Event::Empty(e)) if dropped > 0 || is_hazard(e.name().as_ref()) => {}
            Ok(Event::Eof) => break,
            Ok(_) if dropped > 0 => {}
            Ok(Event::Start(e)) => push_start(&mut out, &e, root, ">"),
            Ok(Event::Empty(e)) => push_start(&mut out, &e, root, "/>"),
            Ok(Event::End(e)) => {
                let name = e.name();
                push_all(&mut out, &["</", rename(name.as_ref(), root), ">"]);
            }
            Ok(Event::Text(text)) => out.push_str(&apart_from_addresses(&text)),
            Ok(Event::CData(text)) => push_all(&mut out, &["<![CDATA[", &apart_from_addresses(&text), "]]>"]),
            Ok(Event::GeneralRef(name)) => push_all(&mut out, &["&", &name, ";"]),
            Ok(_) => {}
            // The rest as it is: feed-rs says what is wrong with it, and where.
            Err(_) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(text.len());
                out.push_str(text.get(at..).unwrap_or_default());
                break;
            }
        }
    }
    Cow::Owned(out)
}

fn push_all(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// Elements that nothing of ours needs and feed-rs refuses, panics at, or copies without end.
fn is_hazard(name: &str) -> bool {
    let Some((prefix, local)) = name.split_once(':') else { return false };
    match prefix {
        "podcast" => true,
        "itunes" => matches!(local, "duration" | "title" | "summary" | "subtitle" | "owner"),
        "media" => matches!(local, "title" | "description" | "text" | "community" | "credit" | "rating"),
        _ => false,
    }
}

/// Atom 0.3 in the words of RFC 4287.
fn rename<'n>(name: &'n str, root: &Root) -> &'n str {
    if !root.is_old_atom() {
        return name;
    }
    match name {
        "modified" => "updated",
        "issued" => "published",
        "tagline" => "subtitle",
        "copyright" => "rights",
        "url" => "uri",
        other => other,
    }
}

fn push_start(out: &mut String, e: &BytesStart<'_>, root: &Root, end: &str) {
    let name = e.name();
    let local = name.local_name().into_inner();
    let is_text = matches!(
        local,
        "title" | "subtitle" | "tagline" | "summary" | "content" | "rights" | "copyright" | "info"
    );
    push_all(out, &["<", rename(name.as_ref(), root)]);
    for attribute in e.attributes().with_checks(false).flatten() {
        let key = attribute.key.as_ref();
        let value = match key {
            "type" if is_text => text_type(&attribute.value),
            "xml:base" if !guard::is_base(&attribute.value) => continue,
            // feed-rs refuses text beside it; the text is worth more.
            "src" if local == "content" && end == ">" && !name.as_ref().contains(':') => continue,
            _ => &attribute.value,
        };
        push_all(out, &[" ", key, "=\"", &value.replace('"', "&quot;"), "\""]);
    }
    out.push_str(end);
}

/// The three types of RFC 4287 §3.1.1, whatever was written.
fn text_type(written: &str) -> &'static str {
    let written = written.trim().to_ascii_lowercase();
    if written.contains("xhtml") {
        "xhtml"
    } else if written.contains("html") {
        "html"
    } else {
        "text"
    }
}

/// Sets a space between an e-mail address and a character of several bytes beside it: feed-rs counts bytes there and
/// panics. Only in texts as short as authors are.
fn apart_from_addresses(text: &str) -> Cow<'_, str> {
    if text.len() > 400 || text.is_ascii() || !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let is_address = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '@');
    let mut out = String::with_capacity(text.len() + 16);
    let mut before: Option<char> = None;
    for c in text.chars() {
        let meets =
            before.is_some_and(|b| (is_address(b) && !c.is_ascii()) || (!b.is_ascii() && is_address(c)));
        if meets {
            out.push(' ');
        }
        out.push(c);
        before = Some(c);
    }
    Cow::Owned(out)
}
