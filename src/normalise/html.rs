//! HTML through the allow-list: what leaves here is [`SafeHtml`]. No script, style, svg, math, event handlers, tracking
//! pixels; addresses http, https or mailto and absolute; NFC; one way of writing, so that a second pass changes nothing.

use std::borrow::Cow;
use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::boilerplate::without_footer;
use super::scan::{Piece, Tag, pieces};
use super::text::{has_illegal, nfc_of_markup};
use super::{allow, lane, tame};
use crate::model::SafeHtml;

/// Elements within each other that html5ever is shown: it is quadratic beyond.
const MAX_DEPTH: usize = 512;
/// Attributes of one element that html5ever is shown: it compares each with each.
const MAX_ATTRIBUTES: usize = 100;
/// Enough for everything that is not made to be unstable.
const MAX_PASSES: usize = 4;
/// What html5ever may cost: open elements that it may have to look at, over all tags. Measured at some 20 ns each; an article
/// of a megabyte costs a tenth of it.
const MAX_COST: usize = 8_000_000;
/// What a bracket or a reference costs in the same measure: html5ever takes each for a text of its own.
const MARK_COST: usize = 40;

/// The allow-list for texts that stand on one base address. Made once a document, as making it costs a little.
pub(super) struct Sanitiser {
    base: Option<Url>,
    ammonia: Builder<'static>,
}

impl Sanitiser {
    /// Without a base, relative addresses are dropped.
    pub(super) fn new(base: Option<Url>) -> Self {
        let relative = match &base {
            Some(base) => UrlRelative::RewriteWithBase(base.clone()),
            None => UrlRelative::Deny,
        };
        let mut ammonia = Builder::empty();
        ammonia
            .tags(HashSet::from(allow::TAGS))
            .clean_content_tags(HashSet::from(allow::WITH_CONTENT))
            .generic_attributes(HashSet::from(allow::GENERIC))
            .tag_attributes(
                allow::ATTRIBUTES.map(|(tag, names)| (tag, names.iter().copied().collect())).into(),
            )
            .url_schemes(HashSet::from(allow::SCHEMES))
            .url_relative(relative)
            .link_rel(Some(allow::REL));
        Sanitiser { base, ammonia }
    }

    /// What relative addresses stand on.
    pub(super) fn base(&self) -> Option<&Url> {
        self.base.as_ref()
    }

    /// Markup through the allow-list. None where nothing is left to see.
    pub(super) fn markup(&self, html: &str) -> Option<SafeHtml> {
        let html = html.trim();
        if html.is_empty() {
            return None;
        }
        if !html.contains(['<', '&']) {
            // Nothing that could be markup: the allow-list would give it back as it is.
            return finish(&unified_breaks(html));
        }
        let html = unified_breaks(html);
        let html = legal(&html);
        let composed = nfc_of_markup(&html);
        let clean = lane::rewrite(&composed, self.base.as_ref()).unwrap_or_else(|| self.thorough(&composed));
        finish(&clean)
    }

    /// Through html5ever, until another pass would change nothing: what it writes for a broken table or list is not always
    /// what it would read. What costs too much, or is never the same, is made tame.
    fn thorough(&self, html: &str) -> String {
        let Some(shallow) = shallow(html) else { return tame::rewrite(html, self.base.as_ref()) };
        let mut clean = self.pass(&shallow);
        for _ in 0..MAX_PASSES {
            let next = lane::rewrite(&clean, self.base.as_ref()).unwrap_or_else(|| self.pass(&clean));
            if next == clean {
                return clean;
            }
            clean = next;
        }
        tame::rewrite(&clean, self.base.as_ref())
    }

    fn pass(&self, html: &str) -> String {
        let clean = self.ammonia.clean(html).to_string();
        // References may have stood for what XML can't carry.
        legal(&without_pixels(&clean)).into_owned()
    }

    /// Characters without markup, as markup: paragraphs where blank lines stand.
    pub(super) fn plain(&self, text: &str) -> Option<SafeHtml> {
        let escaped =
            text.trim().replace("\r\n", "\n").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if !escaped.contains('\n') {
            return self.markup(&escaped);
        }
        let paragraphs = escaped.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        let html: String =
            paragraphs.map(|paragraph| format!("<p>{}</p>\n", paragraph.replace('\n', "<br>\n"))).collect();
        self.markup(&html)
    }
}

/// Line breaks as HTML knows them.
fn unified_breaks(html: &str) -> Cow<'_, str> {
    if html.contains('\r') {
        Cow::Owned(html.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(html)
    }
}

/// Without characters that XML can't carry.
pub(super) fn legal(html: &str) -> Cow<'_, str> {
    let illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    if has_illegal(html) { Cow::Owned(html.replace(illegal, "")) } else { Cow::Borrowed(html) }
}

/// Drops footers, and says that the rest is safe.
fn finish(html: &str) -> Option<SafeHtml> {
    let legal = legal(html);
    // References may have stood for combining marks. Footers are looked for last, in what a second pass would see.
    let composed = nfc_of_markup(&legal);
    let without = without_footer(composed.trim());
    let html = nfc_of_markup(&without);
    let html = html.trim();
    let seen = html.contains("<img")
        || pieces(html).any(|piece| matches!(piece, Piece::Text(text) if has_text(text)));
    seen.then(|| SafeHtml::sanitised(html.to_owned()))
}

fn has_text(text: &str) -> bool {
    let mut parts = text.split("&nbsp;");
    parts.any(|part| part.chars().any(|c| !c.is_whitespace()))
}

/// Cuts what would make html5ever slow: deep nesting, elements with hundreds of attributes, CDATA marks (which mean nothing
/// in HTML). The depth that is counted is never less than what html5ever will see: an end tag counts only where it closes
/// the innermost element. None where it would be slow all the same.
fn shallow(html: &str) -> Option<Cow<'_, str>> {
    let tags = memchr::memchr_iter(b'<', html.as_bytes()).count();
    let html = if html.contains("<![CDATA[") {
        Cow::Owned(html.replace("<![CDATA[", "").replace("]]>", ""))
    } else {
        Cow::Borrowed(html)
    };
    let marks = tags + memchr::memchr_iter(b'&', html.as_bytes()).count();
    // None of it can be reached by so few.
    if marks < MAX_DEPTH && html.len() < 4 * MAX_ATTRIBUTES {
        return Some(html);
    }
    let mut watch = Watch::default();
    let mut kept: Option<String> = None;
    let mut copied = 0;
    for piece in pieces(&html) {
        let Piece::Tag(tag) = piece else { continue };
        if watch.keeps(&tag) {
            continue;
        }
        // Both are parts of one text: their distance is the tag's place.
        let at = (tag.source.as_ptr() as usize).saturating_sub(html.as_ptr() as usize);
        let kept = kept.get_or_insert_with(|| String::with_capacity(html.len()));
        kept.push_str(html.get(copied..at).unwrap_or_default());
        copied = at + tag.source.len();
    }
    // Every bracket and every reference is a piece of its own; what is closed in the wrong order is moved, with all that stands
    // in it.
    let misnested = watch.misnested.saturating_mul(tags);
    let cost = marks.saturating_mul(MARK_COST).saturating_add(watch.cost).saturating_add(misnested);
    if cost > MAX_COST {
        return None;
    }
    Some(match kept {
        None => html,
        Some(mut kept) => {
            kept.push_str(html.get(copied..).unwrap_or_default());
            Cow::Owned(kept)
        }
    })
}

/// What html5ever will have open.
#[derive(Default)]
struct Watch<'a> {
    open: Vec<&'a str>,
    cost: usize,
    misnested: usize,
}

impl<'a> Watch<'a> {
    fn keeps(&mut self, tag: &Tag<'a>) -> bool {
        self.cost += self.open.len();
        if tag.closing {
            if self.open.last().is_some_and(|name| tag.is(name)) {
                self.open.pop();
            } else {
                self.misnested += 1;
            }
            return true;
        }
        if tag.attributes().nth(MAX_ATTRIBUTES).is_some() {
            return false;
        }
        // An item closes the item before it.
        let follows = ["p", "li", "td", "th", "tr", "dt", "dd", "option"].iter().any(|name| tag.is(name));
        if tag.is_void() || (follows && self.open.last().is_some_and(|name| tag.is(name))) {
            return true;
        }
        if self.open.len() >= MAX_DEPTH {
            return false;
        }
        self.open.push(tag.name);
        true
    }
}

/// Without images that have no address left, or are there to count readers.
fn without_pixels(html: &str) -> Cow<'_, str> {
    if !html.contains("<img") {
        return Cow::Borrowed(html);
    }
    let mut kept = String::with_capacity(html.len());
    for piece in pieces(html) {
        match piece {
            Piece::Tag(tag) if tag.is("img") && allow::is_pixel(|name| tag.attribute(name)) => {}
            Piece::Tag(tag) => kept.push_str(tag.source),
            Piece::Text(text) => kept.push_str(text),
            Piece::Comment => {}
        }
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(html: &str) -> String {
        let base = "https://example.org/news/".parse().ok();
        Sanitiser::new(base).markup(html).map_or_else(String::new, |safe| safe.as_str().to_owned())
    }

    #[test]
    fn nothing_active_passes() {
        for hostile in [
            "<script>alert(1)</script>",
            "<style>*{}</style>",
            "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
            "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
            "<iframe src='https://example.org/'>x</iframe>",
            "<object data=x></object><embed src=x>",
            "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        ] {
            let safe = clean(hostile);
            assert!(!safe.contains("alert"), "{hostile} became {safe}");
            assert!(pieces(&safe).all(|piece| !matches!(piece, Piece::Tag(tag) if !tag.is("img"))), "{safe}");
        }
        assert_eq!(clean("<p style='x' onclick='y' class='z' id='i'>a</p>"), "<p>a</p>");
        assert_eq!(
            clean("<a href='javascript:alert(1)'>a</a>"),
            "<a rel=\"noopener noreferrer nofollow\">a</a>"
        );
        assert_eq!(clean("<form action='x'><input value=1>text</form>"), "text");
        assert_eq!(clean("<img src='data:image/gif;base64,R0lGOD'>b"), "b");
    }

    #[test]
    fn addresses_become_absolute() {
        assert_eq!(
            clean("<a href='../a?b=1&c=2'>x</a><img src=b.png alt=y>"),
            "<a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noopener noreferrer nofollow\">x</a>\
             <img src=\"https://example.org/news/b.png\" alt=\"y\">"
        );
    }

    #[test]
    fn pixels_go_and_pictures_stay() {
        assert_eq!(clean("a<img src=/p.gif width=1 height=1>"), "a");
        assert_eq!(clean("a<img src=/p.gif width='1px' height='0'>"), "a");
        assert_eq!(clean("a<img src='https://pixel.wp.com/b.gif?x=1'>"), "a");
        assert_eq!(
            clean("<img src=/p.gif width=1 height=20>"),
            "<img src=\"https://example.org/p.gif\" width=\"1\" height=\"20\">"
        );
    }

    /// What html5ever would be shown of a text, in the measure of [`MAX_COST`]. Nothing where it never sees it.
    fn shown(html: &str) -> usize {
        let Some(shallow) = shallow(html) else { return 0 };
        let mut watch = Watch::default();
        let mut tags = 0;
        for piece in pieces(&shallow) {
            if let Piece::Tag(tag) = piece {
                tags += 1;
                assert!(watch.keeps(&tag), "{} stays", tag.source);
            }
        }
        watch.cost + watch.misnested * tags
    }

    #[test]
    fn deep_and_wide_markup_is_cut_before_it_costs_anything() {
        assert_eq!(clean(&"<div><b>".repeat(50_000)), "");
        let hidden = clean(&format!("{}x", "<i></u><i \">".repeat(50_000)));
        assert!(hidden.len() < 20_000, "{}", hidden.len());
        let wide = (0..50_000).map(|n| format!(" a{n}=1")).collect::<String>();
        assert_eq!(clean(&format!("<p{wide}>x</p>")), "<p>x</p>");
        // Uncut each of them takes html5ever many minutes.
        let formatting = (0..100_000).map(|n| format!("<a b={n}><p>")).collect();
        for html in
            ["<div><b>".repeat(50_000), "<i></u><i \">".repeat(50_000), format!("<p{wide}>"), formatting]
        {
            assert!(shown(&html) <= MAX_COST, "{}", shown(&html));
        }
    }

    #[test]
    fn text_without_markup_is_left_alone() {
        assert_eq!(clean("Чист текст > всичко"), "Чист текст > всичко");
        assert_eq!(clean(" \n "), "");
        assert_eq!(clean("<p>&nbsp;</p>"), "");
        let plain = Sanitiser::new(None).plain("a < b & c\n\nsecond\nline").unwrap();
        assert_eq!(plain.as_str(), "<p>a &lt; b &amp; c</p>\n<p>second<br>\nline</p>");
    }

    /// Markup as publishers write it, and as attackers do.
    fn fragments() -> impl proptest::strategy::Strategy<Value = String> {
        let tags = "p|div|b|em|a|ul|ol|li|dl|dt|dd|h2|h3|table|tbody|tr|td|th|caption|colgroup|pre|span|blockquote|section|details\
            |summary|ruby|rt|font|svg|script|code|s|center";
        let pattern = format!(
            "(<({tags})>|</({tags})>|<a href=\"(/x|http://e.org/\\?a=1&b=2|javascript:x|a b|#y|&amp;|&copy|&lt;)\">|<img src=\"/i.png\"( alt=\"[a\"&;]?\")?( width=1 height=1)?/?>\
             |<br/?>|<hr>|<p class=x title='q\"' lang=bg>|<!--x-->|&amp;|&nbsp;|&copy|&copy;|&#169;|&#1;|&notit;|&|<|>|\u{a0}|\n| |и|\u{306}|\u{338}|x|</br>|<p/>)"
        );
        let piece = proptest::string::string_regex(&pattern).unwrap();
        // Half of it well nested, so that the fast lane is met.
        let nested = proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
        let leaf =
            proptest::string::string_regex("(x|и|&amp;|&lt;b&gt;|&nbsp;| |\n|<br>|<!--c-->){0,3}").unwrap();
        let tame = leaf.prop_recursive(5, 40, 4, move |inner| {
            let element = proptest::string::string_regex(tags).unwrap();
            (element, proptest::collection::vec(inner, 0..4))
                .prop_map(|(name, inner)| format!("<{name}>{}</{name}>", inner.concat()))
        });
        proptest::prop_oneof![nested, tame]
    }

    use proptest::strategy::Strategy;

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(1000))]

        #[test]
        fn a_second_pass_changes_nothing(html in fragments()) {
            let once = clean(&html);
            proptest::prop_assert_eq!(clean(&once), once);
        }

        #[test]
        fn the_fast_lane_says_what_ammonia_says(html in fragments()) {
            let sanitiser = Sanitiser::new("https://example.org/news/".parse().ok());
            if let Some(fast) = lane::rewrite(&html, sanitiser.base()) {
                proptest::prop_assert_eq!(fast, sanitiser.pass(&html));
            }
        }
    }
}
