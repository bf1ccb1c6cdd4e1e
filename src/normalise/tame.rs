//! The way past html5ever for markup that would cost it too much, or that it never writes twice the same. Linear, and the end
//! of all doubt: what leaves here is what the fast lane takes as it is. Costs some structure: tables and ruby become text.

use url::Url;

use super::allow::{self, REL};
use super::lane::{MAX_DEPTH, is_block, is_heading, push_attribute, push_escaped};
use super::scan::{Piece, Tag, pieces};
use super::text::resolve;

/// Elements whose places have rules of their own: their tags go.
const FLATTENED: [&str; 13] =
    ["table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th", "ruby", "rt", "rp"];
/// Elements that hold no other elements for a tokeniser.
const RAW: [&str; 8] = ["script", "style", "iframe", "noembed", "noframes", "noscript", "textarea", "title"];

/// Rewrites any markup.
pub(super) fn rewrite(html: &str, base: Option<&Url>) -> String {
    let out = String::with_capacity(html.len() + 64);
    let mut tame = Tame { base, open: Vec::new(), paragraphs: 0, out, after_pre: false, silent: None };
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => tame.text(text),
            Piece::Tag(tag) if tag.closing => tame.end(&tag),
            Piece::Tag(tag) => tame.start(&tag),
            Piece::Comment => {}
        }
    }
    tame.close_to(0);
    tame.out
}

struct Tame<'a, 'u> {
    base: Option<&'u Url>,
    open: Vec<&'static str>,
    /// How many of them are paragraphs: nearly every element asks for one to end.
    paragraphs: usize,
    out: String,
    after_pre: bool,
    /// An element that goes with its content, and how deep we are in more of its kind.
    silent: Option<(&'a str, usize)>,
}

impl<'a> Tame<'a, '_> {
    fn text(&mut self, raw: &str) {
        if self.silent.is_some() {
            return;
        }
        let text = legal(resolve(raw));
        // A line break that begins a pre is not seen.
        let text = if self.after_pre { text.trim_start_matches('\n') } else { &text };
        if !text.is_empty() {
            self.after_pre = false;
            push_escaped(&mut self.out, text, false);
        }
    }

    fn end(&mut self, tag: &Tag<'a>) {
        if let Some((name, depth)) = self.silent {
            if tag.is(name) {
                self.silent = depth.checked_sub(1).map(|depth| (name, depth));
            }
            return;
        }
        let Some(name) = allow::known(tag.name) else { return };
        let Some(at) = self.open.iter().rposition(|open| *open == name) else {
            return self.part(name);
        };
        let inner = self.open.get(at + 1..).unwrap_or_default();
        // `<b><div></b>`: what is bold ends with what it stands in.
        if is_block(name) || is_heading(name) || !inner.iter().any(|name| is_block(name) || is_heading(name))
        {
            self.close_to(at);
        }
    }

    fn start(&mut self, tag: &Tag<'a>) {
        let closes_itself = tag.source.ends_with("/>");
        if let Some((name, depth)) = self.silent {
            if tag.is(name) && !closes_itself && !is_one_of(name, &RAW) {
                self.silent = Some((name, depth + 1));
            }
            return;
        }
        if is_one_of(tag.name, &allow::WITH_CONTENT) {
            let is_empty = tag.is_void() || (closes_itself && (tag.is("svg") || tag.is("math")));
            self.silent = (!is_empty).then_some((tag.name, 0));
            return;
        }
        let Some(name) = allow::known(tag.name) else { return };
        if FLATTENED.contains(&name) {
            return self.part(name);
        }
        self.make_room(name);
        if tag.is_void() {
            self.write(name, tag);
        } else if self.open.len() < MAX_DEPTH {
            self.write(name, tag);
            self.open.push(name);
            self.paragraphs += usize::from(name == "p");
            self.after_pre = name == "pre";
        }
    }

    /// Cells of a table that is none any more stay apart.
    fn part(&mut self, name: &str) {
        if FLATTENED.contains(&name) && !self.out.is_empty() && !self.out.ends_with([' ', '\n', '>']) {
            self.out.push(' ');
        }
    }

    /// Closes what a browser would close for this element.
    fn make_room(&mut self, name: &str) {
        let nearest =
            |open: &[&'static str], wanted: &[&str]| open.iter().rposition(|name| wanted.contains(name));
        if self.paragraphs > 0
            && (is_block(name) || is_heading(name))
            && let Some(at) = nearest(&self.open, &["p"])
        {
            self.close_to(at);
        }
        if is_heading(name) && self.open.last().is_some_and(|top| is_heading(top)) {
            self.close_to(self.open.len() - 1);
        }
        let closed = match name {
            "a" => nearest(&self.open, &["a"]),
            "li" => nearest(&self.open, &["li", "ul", "ol"]).filter(|at| self.open.get(*at) == Some(&"li")),
            "dd" | "dt" => {
                let at = nearest(&self.open, &["dd", "dt", "dl"]);
                at.filter(|at| self.open.get(*at) != Some(&"dl"))
            }
            _ => None,
        };
        if let Some(at) = closed {
            self.close_to(at);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(name) = self.open.pop() else { return };
            self.paragraphs -= usize::from(name == "p");
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
            self.after_pre = false;
        }
    }

    fn write(&mut self, name: &'static str, tag: &Tag<'a>) {
        let mut kept: Vec<(&'static str, String)> = Vec::new();
        for (attribute, raw) in tag.attributes() {
            let Some(attribute) = allow::known_attribute(name, attribute) else { continue };
            if kept.iter().any(|(known, _)| *known == attribute) {
                continue;
            }
            let value = legal(resolve(raw));
            if !matches!(attribute, "href" | "src") {
                kept.push((attribute, value));
            } else if let Some(value) = self.address(value) {
                kept.push((attribute, value));
            }
        }
        let value = |side| kept.iter().find(|(known, _)| *known == side).map(|(_, value)| value.as_str());
        if name == "img" && allow::is_pixel(value) {
            return;
        }
        self.out.push('<');
        self.out.push_str(name);
        kept.iter().for_each(|(attribute, value)| push_attribute(&mut self.out, attribute, value));
        if name == "a" {
            push_attribute(&mut self.out, "rel", REL);
        }
        self.out.push('>');
        self.after_pre = false;
    }

    fn address(&self, value: String) -> Option<String> {
        let url = match Url::parse(&value) {
            Err(url::ParseError::RelativeUrlWithoutBase) => self.base?.join(&value).ok()?,
            read => read.ok()?,
        };
        let plain = !value.bytes().any(|b| b <= b' ' || b == 0x7F) && Url::parse(&value).is_ok();
        allow::scheme(url.scheme()).then(|| if plain { value } else { url.into() })
    }
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Without what tokenisers replace, or XML can't carry.
fn legal(text: String) -> String {
    let text = super::html::legal(&text).into_owned();
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::lane;
    use super::*;

    fn base() -> Option<Url> {
        "https://example.org/news/".parse().ok()
    }

    #[test]
    fn what_is_broken_becomes_plain_to_see() {
        for (html, expected) in [
            ("<p>a<p>b<h2>c<h3>d", "<p>a</p><p>b</p><h2>c</h2><h3>d</h3>"),
            ("<ul><li>a<li>b<ul><li>c</ul>d", "<ul><li>a</li><li>b<ul><li>c</li></ul>d</li></ul>"),
            ("<b><i>a</b>b</i>", "<b><i>a</i></b>b"),
            ("<b><div>a</b>b</div>c", "<b><div>ab</div>c</b>"),
            ("<table><tr><td>a<td>b</table>c", "a b c"),
            ("<script>'<b>'</script>x<svg><svg></svg><a>y</a></svg>z<svg/>!", "xz!"),
            (
                "<A HREF=x onclick=y>a<a href='javascript:1'>b",
                "<a href=\"https://example.org/news/x\" rel=\"noopener noreferrer nofollow\">a</a>\
              <a rel=\"noopener noreferrer nofollow\">b</a>",
            ),
            ("</p>1 < 2 &lt; &copy &copy;<pre>\n\nx", "1 &lt; 2 &lt; &amp;copy ©<pre>x</pre>"),
            (
                "a<img src=/p.gif width=1 height=1><img src=\" /i.png \">",
                "a<img src=\"https://example.org/i.png\">",
            ),
        ] {
            let tame = rewrite(html, base().as_ref());
            assert_eq!(tame, expected, "{html}");
            assert_eq!(lane::rewrite(&tame, base().as_ref()).as_deref(), Some(tame.as_str()), "{html}");
        }
    }
}
