//! Mends JSON that is almost JSON: comments, commas behind the last value, line breaks within strings, a call around the
//! document, a document that was cut. Linear; changes nothing that is JSON already.

/// The text as JSON, as far as that can be had.
pub(super) fn mend(text: &str) -> String {
    let mut mended = Mended { out: String::with_capacity(text.len()), open: Vec::new(), whole: None };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => mended.string(rest),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => {
                rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |end| end + 4)
            }
            _ => {
                if mended.sign(first) {
                    break;
                }
                first.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    mended.close()
}

struct Mended {
    out: String,
    /// The brackets that would close what is open.
    open: Vec<char>,
    /// Behind the last whole value in brackets, and how many brackets were open there.
    whole: Option<(usize, usize)>,
}

impl Mended {
    /// Takes a string; gives its bytes.
    fn string(&mut self, rest: &str) -> usize {
        let mut escaped = false;
        self.out.push('"');
        for (at, c) in rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.out.push('"');
                    return at + 1;
                }
                '\n' => {
                    self.out.push_str("\\n");
                    continue;
                }
                c if c < ' ' => {
                    self.out.push(' ');
                    continue;
                }
                _ => {}
            }
            self.out.push(c);
        }
        rest.len()
    }

    /// Takes a sign outside of strings. True where the document ends with it.
    fn sign(&mut self, sign: char) -> bool {
        match sign {
            '{' | '[' => self.open.push(if sign == '{' { '}' } else { ']' }),
            '}' | ']' => {
                self.drop_comma();
                if self.open.pop() != Some(sign) {
                    return true;
                }
            }
            _ => {}
        }
        self.out.push(sign);
        if matches!(sign, '}' | ']') && !self.open.is_empty() {
            self.whole = Some((self.out.len(), self.open.len()));
        }
        self.open.is_empty() && matches!(sign, '}' | ']')
    }

    fn drop_comma(&mut self) {
        let kept = self.out.trim_end().trim_end_matches(',').len();
        if self.out.get(kept..).is_some_and(|tail| tail.contains(',')) {
            self.out.truncate(kept);
        }
    }

    /// What was cut is closed behind its last whole object.
    fn close(mut self) -> String {
        if !self.open.is_empty()
            && let Some((length, open)) = self.whole
        {
            // The brackets that were open there: those opened later are cut with what they hold.
            if self.open.len() >= open {
                self.out.truncate(length);
                self.open.truncate(open);
            }
        }
        self.out.extend(self.open.iter().rev());
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_almost_json_becomes_json() {
        for (came, expected) in [
            (r#"{"a":[1,2]}"#, r#"{"a":[1,2]}"#),
            (r#"{"a":[1,2,],}"#, r#"{"a":[1,2]}"#),
            ("{\"a\":\"x\ny\"}", r#"{"a":"x\ny"}"#),
            ("{ // c\n\"a\":/* , */1}", "{ \n\"a\":1}"),
            (r#"{"a":"// \" ,]"}"#, r#"{"a":"// \" ,]"}"#),
            (r#"{"a":1});"#, r#"{"a":1}"#),
            (r#"{"items":[{"id":1},{"id":2},{"id":"#, r#"{"items":[{"id":1},{"id":2}]}"#),
            (
                r#"{"items":[{"id":1},{"id":2},{"t":[{"x":1}],"#,
                r#"{"items":[{"id":1},{"id":2},{"t":[{"x":1}]}]}"#,
            ),
        ] {
            assert_eq!(mend(came), expected, "{came}");
            assert_eq!(mend(expected), expected, "{came}");
        }
    }
}
