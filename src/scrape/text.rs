//! The text of elements and attributes, as a reader sees it.

use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Node, Selector};
use unicode_normalization::UnicodeNormalization;

/// Characters of any one value.
pub(super) const MAX_VALUE: usize = 20_000;
/// Elements before and after which a word ends.
const BLOCKS: [&str; 26] = [
    "br",
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "td",
    "th",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "header",
    "footer",
    "figure",
    "figcaption",
    "blockquote",
    "time",
];
/// Elements without text for readers.
const HIDDEN: [&str; 4] = ["script", "style", "template", "noscript"];

/// The text of an element as a reader sees it: white space collapsed, words of different blocks apart, no scripts, NFC.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    let mut gathered = String::new();
    let mut hidden = 0_usize;
    for edge in element.traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        match node.value() {
            Node::Text(text) if opens && hidden == 0 && gathered.len() < MAX_VALUE * 4 => {
                gathered.push_str(text);
            }
            Node::Element(element) if HIDDEN.contains(&element.name()) => {
                hidden = if opens { hidden + 1 } else { hidden.saturating_sub(1) };
            }
            Node::Element(element) if BLOCKS.contains(&element.name()) => gathered.push(' '),
            _ => {}
        }
    }
    collapse(&gathered)
}

/// The text of an element; None where it is blank.
pub(super) fn text(element: ElementRef<'_>) -> Option<String> {
    Some(text_of(element)).filter(|text| !text.is_empty())
}

/// An attribute, collapsed; None where it is blank.
pub(super) fn attribute(element: ElementRef<'_>, name: &str) -> Option<String> {
    element.attr(name).map(collapse).filter(|value| !value.is_empty())
}

/// What stands between tags in a text that may be markup, with its references resolved.
pub(super) fn text_of_markup(markup: &str) -> String {
    if markup.contains(['<', '&']) {
        // Depth is no danger here: it is short, and nothing is searched for in it.
        let short: String = markup.chars().take(MAX_VALUE).collect();
        if depth_bound(&short) <= 256 {
            return text_of(Html::parse_fragment(&short).root_element());
        }
    }
    collapse(markup)
}

/// More elements than so cannot stand within each other.
fn depth_bound(markup: &str) -> usize {
    markup.bytes().filter(|byte| *byte == b'<').count()
}

/// One line in NFC: white space collapsed, at most `MAX_VALUE` characters.
pub(super) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(256));
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    if out.len() > MAX_VALUE {
        out = out.chars().take(MAX_VALUE).collect();
    }
    if out.is_ascii() { out } else { out.nfc().collect() }
}

/// The elements that a selector of ours finds below an element.
pub(super) fn select<'a>(item: ElementRef<'a>, selector: &str) -> impl Iterator<Item = ElementRef<'a>> {
    let found: Vec<_> = Selector::parse(selector)
        .map(|selector| item.select(&selector).take(100).collect())
        .unwrap_or_default();
    found.into_iter()
}
