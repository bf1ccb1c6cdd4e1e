//! Reads sanitised HTML just far enough to take text out of it or pictures off it. Never judges whether HTML is safe.

use std::borrow::Cow;

/// A run of text, or one tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Characters between tags, with their entities.
    Text(&'a str),
    /// From `<` to `>`.
    Tag {
        /// `p` of `<p class="x">` and of `</p>`, as written.
        name: &'a str,
        /// All of it.
        raw: &'a str,
    },
}

/// The pieces of some markup, in order; together they are the markup.
pub(super) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    /// Begins at the beginning.
    pub(super) fn of(markup: &'a str) -> Self {
        Pieces { rest: markup }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(length) = tag_length(self.rest) {
            let raw = self.take(length);
            let inner = raw.trim_start_matches(['<', '/']);
            let end = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
            return Some(Piece::Tag { name: inner.get(..end).unwrap_or_default(), raw });
        }
        let bytes = self.rest.as_bytes();
        let next_tag = bytes.iter().skip(1).position(|b| *b == b'<').map_or(bytes.len(), |at| at + 1);
        Some(Piece::Text(self.take(next_tag)))
    }
}

/// The markup without pictures, for sources whose images are not ours to show.
pub(super) fn without_images(markup: &str) -> Cow<'_, str> {
    const PICTURES: [&str; 3] = ["img", "picture", "source"];
    let is_picture = |piece: &Piece<'_>| match piece {
        Piece::Tag { name, .. } => PICTURES.iter().any(|picture| name.eq_ignore_ascii_case(picture)),
        Piece::Text(_) => false,
    };
    if !Pieces::of(markup).any(|piece| is_picture(&piece)) {
        return Cow::Borrowed(markup);
    }
    let kept = Pieces::of(markup).filter(|piece| !is_picture(piece));
    Cow::Owned(
        kept.map(|piece| match piece {
            Piece::Text(raw) | Piece::Tag { raw, .. } => raw,
        })
        .collect(),
    )
}

/// The text as HTML.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

/// Bytes up to and with the `>` that ends the tag at the beginning of `text`; None where no tag begins there.
fn tag_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let starts = bytes.first() == Some(&b'<')
        && bytes.get(1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'));
    if !starts {
        return None;
    }
    // A ">" within a quoted value does not end the tag.
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
    }
    Some(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_go_and_the_rest_stays() {
        let cases = [
            (r#"<p>a<img src="x" alt="b > c">d</p>"#, "<p>ad</p>"),
            ("<picture><source srcset=x><IMG src=y></picture>z", "z"),
            ("<p>no pictures, 1 < 2</p>", "<p>no pictures, 1 < 2</p>"),
            ("<imgx>", "<imgx>"),
            ("cut <img src=\"", "cut "),
        ];
        for (given, expected) in cases {
            assert_eq!(without_images(given), expected);
        }
    }
}
