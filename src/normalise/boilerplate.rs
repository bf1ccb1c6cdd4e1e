//! Removes the line that WordPress puts under every text: "The post … appeared first on …".

use std::{borrow::Cow, sync::LazyLock};

use memchr::memmem;

use super::text::from_markup;

/// How the line begins, and what stands in its middle, in the languages of the partners.
const FOOTERS: [(&str, &[&str]); 17] = [
    ("The post ", &[" appeared first on ", " first appeared on "]),
    ("The article ", &[" appeared first on ", " first appeared on "]),
    ("Материалът ", &[" е публикуван за пръв път ", " е публикуван за първи път ", " се появи първо "]),
    ("Публикацията ", &[" се появи първо ", " е публикувана за първи път ", " е публикувана за пръв път "]),
    ("Статията ", &[" е публикувана за първи път ", " е публикувана за пръв път ", " се появи първо "]),
    ("Der Beitrag ", &[" erschien zuerst auf ", " erschien als Erstes auf "]),
    ("Der Artikel ", &[" erschien zuerst auf "]),
    ("L'articolo ", &[" proviene da ", " sembra essere il primo su "]),
    ("L’articolo ", &[" proviene da ", " sembra essere il primo su "]),
    ("Prispevek ", &[" je bil najprej objavljen na ", " se je najprej pojavil na ", " se je pojavil na "]),
    ("Objava ", &[" je bila najprej objavljena na ", " se je najprej pojavila na "]),
    ("L'article ", &[" est apparu en premier sur "]),
    ("L’article ", &[" est apparu en premier sur "]),
    ("La entrada ", &[" se publicó primero en ", " aparece primero en ", " apareció primero en "]),
    ("El artículo ", &[" se publicó primero en ", " aparece primero en "]),
    ("Сообщение ", &[" появились сначала на ", " появилось сначала на ", " впервые появилось на "]),
    ("Запись ", &[" впервые появилась на ", " появилась сначала на "]),
];

/// The line is short, and stands at the end.
const MAX_FOOTER: usize = 2000;
const MAX_TEXT: usize = 400;

/// Where several stand below each other, these many go. More are no footers.
const MAX_FOOTERS: usize = 8;

/// Sanitised HTML without the line.
pub(super) fn without_footer(html: &str) -> Cow<'_, str> {
    let mut clean = Cow::Borrowed(html);
    for _ in 0..MAX_FOOTERS {
        let Some(shorter) = without_last_footer(&clean) else { return clean };
        clean = Cow::Owned(shorter);
    }
    if without_last_footer(&clean).is_some() { Cow::Borrowed(html) } else { clean }
}

/// What stands in the middle of some footer. Searching forwards is many times as fast as backwards, and most texts have none.
static MIDDLES: LazyLock<Vec<memmem::Finder<'static>>> = LazyLock::new(|| {
    let middles = FOOTERS.iter().flat_map(|(_, middles)| middles.iter());
    middles.map(|middle| memmem::Finder::new(middle.trim())).collect()
});

fn without_last_footer(html: &str) -> Option<String> {
    let tail_at = html.len().saturating_sub(MAX_FOOTER);
    let tail_at = (tail_at..=html.len()).find(|at| html.is_char_boundary(*at)).unwrap_or(html.len());
    let tail = html.get(tail_at..).unwrap_or_default();
    if !MIDDLES.iter().any(|middle| middle.find(tail.as_bytes()).is_some()) {
        return None;
    }
    for (beginning, middles) in FOOTERS {
        // Markup may stand in place of the blank behind the beginning.
        let Some(found) = memmem::rfind(tail.as_bytes(), beginning.trim_end().as_bytes()) else { continue };
        let Some(line) = tail.get(found..) else { continue };
        let text = from_markup(line);
        let is_footer = text.starts_with(beginning) && middles.iter().any(|middle| text.contains(middle));
        if is_footer && text.chars().count() <= MAX_TEXT && stands_in_text(html, tail_at + found) {
            return Some(cut(html, tail_at + found));
        }
    }
    None
}

/// Whether a place is in the text, and not in a tag: a title or an address may say the same, and half a tag is worse than a footer.
fn stands_in_text(html: &str, at: usize) -> bool {
    let mut begins = 0;
    for piece in super::scan::pieces(html) {
        let (length, is_text) = match piece {
            super::scan::Piece::Text(text) => (text.len(), true),
            super::scan::Piece::Tag(tag) => (tag.source.len(), false),
            // Sanitised markup has none.
            super::scan::Piece::Comment => return false,
        };
        begins += length;
        if begins > at {
            return is_text;
        }
    }
    false
}

/// Cuts from a place on, with the paragraph that begins there. Elements that are open there stay closed by their end tags.
fn cut(html: &str, at: usize) -> String {
    let before = html.get(..at).unwrap_or(html).trim_end();
    let after = html.get(at..).unwrap_or_default();
    if let Some(before) = before.strip_suffix("<p>") {
        let rest = after.find("</p>").and_then(|end| after.get(end + 4..)).unwrap_or_default();
        return format!("{}{rest}", before.trim_end()).trim_end().to_owned();
    }
    // No paragraph of its own: the line goes, the end tags of what was open before it stay.
    let mut open = Vec::new();
    for piece in super::scan::pieces(before) {
        if let super::scan::Piece::Tag(tag) = piece {
            if tag.closing {
                open.pop();
            } else if !tag.is_void() {
                open.push(tag.name);
            }
        }
    }
    let closing: String = open.iter().rev().map(|name| format!("</{name}>")).collect();
    format!("{before}{closing}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_in_every_language() {
        let link = |text| format!("<a href=\"https://example.org/\" rel=\"nofollow\">{text}</a>");
        for (line, middle) in [
            ("The post", "appeared first on"),
            ("Материалът", "е публикуван за пръв път на"),
            ("Публикацията", "се появи първо в"),
            ("Der Beitrag", "erschien zuerst auf"),
            ("L'articolo", "proviene da"),
            ("L’article", "est apparu en premier sur"),
            ("Prispevek", "je bil najprej objavljen na"),
            ("La entrada", "se publicó primero en"),
            ("Сообщение", "появились сначала на"),
        ] {
            let footer = format!("{line} {} {middle} {}.", link("Title"), link("Site"));
            assert_eq!(without_footer(&format!("<p>Text.</p>\n<p>{footer}</p>")), "<p>Text.</p>", "{line}");
            assert_eq!(
                without_footer(&format!("<div>Text.<br>{footer}</div>")),
                "<div>Text.<br></div>",
                "{line}"
            );
            assert_eq!(without_footer(&format!("Text. {footer}")), "Text.", "{line}");
        }
    }

    #[test]
    fn an_attribute_that_says_the_same_is_left_whole() {
        let html = "<p>a <a href=\"https://a.example/The post x appeared first on y\">b</a></p>";
        assert_eq!(without_footer(html), html);
    }

    #[test]
    fn footers_below_each_other_all_go() {
        let footer = "<p>The post x appeared first on y.</p>\n";
        assert_eq!(without_footer(&format!("<p>Text.</p>{}", footer.repeat(3))), "<p>Text.</p>");
        let spam = footer.repeat(40);
        assert_eq!(without_footer(&spam), spam, "nobody's footer");
    }

    #[test]
    fn text_that_only_sounds_like_it_stays() {
        for text in
            ["<p>The post office closed. It appeared on the list.</p>", "<p>The post of the mayor</p>", ""]
        {
            assert_eq!(without_footer(text), text);
        }
        let long = format!("<p>The post {} appeared first on x</p>", "word ".repeat(200));
        assert_eq!(without_footer(&long), long.as_str());
    }
}
