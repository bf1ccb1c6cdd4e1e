//! The beginning of a text: what the law lets anyone show. Takes sanitised HTML, gives plain text.

use super::markup::{Piece, Pieces};

/// At most `length` characters of the text, cut at a word, with "…" where something was cut.
pub(super) fn excerpt(markup: &str, length: usize) -> String {
    // Two more than asked for: enough to know whether there is more.
    let text = beginning(markup, length.saturating_add(2));
    cut(&text, length)
}

/// The whole text of some sanitised markup on one line, without tags and with its entities decoded.
pub fn plain_text(markup: &str) -> String {
    beginning(markup, usize::MAX)
}

/// The same as far as it is asked for. Stops soon after `limit` characters.
pub(super) fn beginning(markup: &str, limit: usize) -> String {
    let mut line = Line { text: String::new(), characters: 0, space: false };
    for piece in Pieces::of(markup) {
        match piece {
            Piece::Text(text) => line.push_text(text),
            Piece::Tag { name, .. } => line.space |= breaks_words(name),
        }
        if line.characters > limit {
            break;
        }
    }
    line.text
}

/// Cuts plain text at the last word that fits.
pub(super) fn cut(text: &str, length: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(length) else { return text.to_owned() };
    let head = text.get(..end).unwrap_or(text);
    // The word is whole where a space follows it; else it goes, unless it is most of the text.
    let next_is_space = text.get(end..).is_some_and(|rest| rest.starts_with(' '));
    let kept = match head.rfind(' ') {
        Some(space) if !next_is_space && space > end / 2 => head.get(..space).unwrap_or(head),
        _ => head,
    };
    let kept = kept.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—' | '(' | '„' | '«' | '…' | '.')
    });
    format!("{kept}…")
}

/// A line that is being written: white space is held back until a word follows.
struct Line {
    text: String,
    characters: usize,
    space: bool,
}

impl Line {
    fn push(&mut self, c: char) {
        if c.is_whitespace() || c == '\u{a0}' {
            self.space = true;
            return;
        }
        if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') {
            return;
        }
        if self.space && !self.text.is_empty() {
            self.text.push(' ');
            self.characters += 1;
        }
        self.space = false;
        self.text.push(c);
        self.characters += 1;
    }

    fn push_text(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            before.chars().for_each(|c| self.push(c));
            match entity(after) {
                Some((c, remaining)) => {
                    self.push(c);
                    rest = remaining;
                }
                None => {
                    self.push('&');
                    rest = after;
                }
            }
        }
        rest.chars().for_each(|c| self.push(c));
    }
}

/// The character of the entity whose name begins here, and what follows it. A sanitiser leaves only these.
fn entity(text: &str) -> Option<(char, &str)> {
    let (name, rest) = text.split_once(';').filter(|(name, _)| name.len() <= 8)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, rest))
}

/// Whether words on both sides of this tag are two words.
fn breaks_words(name: &str) -> bool {
    const INLINE: [&str; 20] = [
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s",
        "small", "span", "strong", "sub", "sup",
    ];
    !INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_one_line_of_text() {
        let cases = [
            ("<p>One</p><p>two</p>", "One two"),
            ("a<b>b</b>c<br>d", "abc d"),
            ("1 &lt; 2 &amp;amp; &quot;x&quot;&nbsp;y &#1046; &#x416;", "1 < 2 &amp; \"x\" y Ж Ж"),
            ("AT&T &unknown; &#0; &", "AT&T &unknown; &"),
            ("  \n\t ", ""),
        ];
        for (given, expected) in cases {
            assert_eq!(plain_text(given), expected, "{given}");
        }
    }

    #[test]
    fn an_excerpt_ends_at_a_word() {
        let cases = [
            ("short", 10, "short"),
            ("exactly ten", 11, "exactly ten"),
            ("one two three", 7, "one two…"),
            ("one two three", 9, "one two…"),
            ("one, two three", 6, "one…"),
            ("Новините на града днес", 14, "Новините на…"),
            ("Donaudampfschifffahrtsgesellschaft", 10, "Donaudampf…"),
            ("end. More", 5, "end…"),
            ("", 5, ""),
        ];
        for (given, length, expected) in cases {
            assert_eq!(excerpt(given, length), expected, "{given}");
        }
    }
}
