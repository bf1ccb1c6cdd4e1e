//! HTML to a tree, with bounds, and what a page says about itself.

use html5ever::{
    driver::{ParseOpts, Parser, parse_document},
    tendril::{StrTendril, TendrilSink},
    tree_builder::TreeBuilderOpts,
};
use scraper::{ElementRef, Html, HtmlTreeSink, Selector};
use url::Url;

use super::{
    ScrapeError,
    text::{attribute, select, text_of},
};

/// Elements within each other. Building and searching a tree costs nodes × depth.
const MAX_DEPTH: usize = 512;
/// The parser compares each attribute of a tag with all before it; this many in one tag is no page. A slash separates
/// attributes too, but counts for a quarter: pictures written out as base64 are full of them.
const MAX_ATTRIBUTES: usize = 20_000;
const SPACE_WEIGHT: usize = 4;
/// The tree is looked at after every so many bytes.
const CHUNK: usize = 4 * 1024;

/// Parses a page.
///
/// # Errors
/// `TooComplex` where the tree is too deep, or one tag goes on and on.
pub(super) fn parse(text: &str) -> Result<Html, ScrapeError> {
    // Without scripting, what stands in <noscript> is markup as a reader without scripts sees it.
    let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let options = ParseOpts { tree_builder, ..ParseOpts::default() };
    let mut parser = parse_document(HtmlTreeSink::new(Html::new_document()), options);
    let mut watch = Watch::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(boundary(rest, CHUNK));
        parser.process(StrTendril::from_slice(chunk));
        if !watch.is_sound(&parser, chunk) {
            return Err(ScrapeError::TooComplex);
        }
        rest = after;
    }
    Ok(parser.finish())
}

/// The last place at or before `at` where a character ends.
fn boundary(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    (0..=at).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(text.len())
}

/// Watches a tree grow.
#[derive(Default)]
struct Watch {
    nodes: usize,
    last_text: usize,
    separators: usize,
}

impl Watch {
    fn is_sound(&mut self, parser: &Parser<HtmlTreeSink>, chunk: &str) -> bool {
        let html = parser.tokenizer.sink.sink.0.borrow();
        let nodes = html.tree.nodes();
        let (known, count) = (self.nodes, nodes.len());
        let last_text = html.tree.nodes().next_back().and_then(|node| node.value().as_text());
        let last_text = last_text.map_or(0, |text| text.len());
        if count == known && last_text == self.last_text {
            // Nothing came of this chunk, so it is in the middle of a tag or a comment: what may separate attributes
            // is counted.
            self.separators += chunk.bytes().map(separator_weight).sum::<usize>();
        } else {
            self.separators = 0;
        }
        (self.nodes, self.last_text) = (count, last_text);
        let shallow = |node: ego_tree::NodeRef<'_, scraper::Node>| node.ancestors().nth(MAX_DEPTH).is_none();
        self.separators <= MAX_ATTRIBUTES * SPACE_WEIGHT && nodes.rev().take(count - known).all(shallow)
    }
}

fn separator_weight(byte: u8) -> usize {
    match byte {
        b'/' => 1,
        b'"' | b'\'' => SPACE_WEIGHT,
        _ if byte.is_ascii_whitespace() => SPACE_WEIGHT,
        _ => 0,
    }
}

/// The address that links on the page are relative to: `<base href>`, else where the page came from.
pub(super) fn base(html: &Html, from: &Url) -> Url {
    let declared = first(html, "base[href]").and_then(|base| base.attr("href"));
    declared.and_then(|href| from.join(href.trim()).ok()).filter(is_web).unwrap_or_else(|| from.clone())
}

/// `<title>`.
pub(super) fn title(html: &Html) -> Option<String> {
    first(html, "head title, title").map(text_of).filter(|title| !title.is_empty())
}

/// `<meta name=description>`.
pub(super) fn description(html: &Html) -> Option<String> {
    let content = first(html, "meta[name=\"description\" i]")?.attr("content")?.trim();
    (!content.is_empty()).then(|| content.to_owned())
}

/// `<html lang>`.
pub(super) fn language(html: &Html) -> Option<String> {
    let language = first(html, "html[lang]")?.attr("lang")?.trim();
    (!language.is_empty()).then(|| language.to_owned())
}

/// An address of the page, without its fragment; None where it leads nowhere that a reader can follow.
pub(super) fn absolute(base: &Url, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let mut url = base.join(href).ok().filter(is_web)?;
    url.set_fragment(None);
    Some(url)
}

/// The address of the picture that an element is or holds.
pub(super) fn image_source(element: ElementRef<'_>) -> Option<String> {
    let of = |element: ElementRef<'_>| {
        // Pictures that load late keep a placeholder in src.
        let named = ["data-src", "data-original", "data-lazy-src", "src"]
            .into_iter()
            .find_map(|name| attribute(element, name));
        named.filter(|src| !src.starts_with("data:"))
    };
    of(element).or_else(|| select(element, "img").find_map(of)).or_else(|| attribute(element, "content"))
}

/// Whether an address can be followed by a reader.
pub(super) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn first<'a>(html: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    html.select(&Selector::parse(selector).ok()?).next()
}
