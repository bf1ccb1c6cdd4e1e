//! Cuts a date into numbers, words and marks.

/// A piece of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Digits, at most 19 of them.
    Number {
        /// Its value.
        value: u64,
        /// How many digits it was written with.
        digits: usize,
    },
    /// Letters, in lower case.
    Word(String),
    /// Any other visible character.
    Mark(char),
    /// White space, told only where a sign follows: `2004 -0500` has an offset, `16-07-2004` has none.
    Gap,
}

/// Cuts the text. More digits than a number can have end the text there: it is no date.
pub(super) fn tokenise(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(16);
    let mut chars = text.chars().peekable();
    let mut spaced = false;
    while let Some(&c) = chars.peek() {
        if let Some(digit) = c.to_digit(10) {
            let (mut value, mut digits) = (u64::from(digit), 1);
            chars.next();
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                chars.next();
                digits += 1;
                if digits > 19 {
                    return Vec::new();
                }
                value = value.saturating_mul(10).saturating_add(u64::from(digit));
            }
            tokens.push(Token::Number { value, digits });
        } else if c.is_alphabetic() {
            let mut word = String::new();
            while let Some(&c) = chars.peek().filter(|c| c.is_alphabetic()) {
                chars.next();
                word.extend(c.to_lowercase());
            }
            tokens.push(Token::Word(word));
        } else {
            chars.next();
            if !c.is_whitespace() {
                if spaced && matches!(c, '+' | '-') {
                    tokens.push(Token::Gap);
                }
                tokens.push(Token::Mark(c));
            }
        }
        spaced = c.is_whitespace();
    }
    tokens
}
