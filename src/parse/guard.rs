//! What feed-rs may not be shown, because it would overflow the stack or fill the memory: decided while the text is
//! walked, by counting. Changes nothing.

use super::ParseError;

/// Elements (or JSON values) within each other. Feeds with XHTML in them reach about 40.
pub(super) const MAX_DEPTH: usize = 256;

/// Entries of one document. Each takes about a kilobyte, even where it is empty.
pub(super) const MAX_ENTRIES: usize = 20_000;

/// Attachments and addresses of one entry: they are compared with each other.
pub(super) const MAX_PARTS: usize = 200;

/// Bytes of a language: it is copied to every text that it holds for.
const MAX_LANGUAGE: usize = 64;

/// Whether a text can be a language tag.
pub(super) fn is_language(text: &str) -> bool {
    text.len() <= MAX_LANGUAGE
}

/// Refuses a depth beyond the cap.
pub(super) fn check_depth(depth: usize, at: usize) -> Result<(), ParseError> {
    if depth > MAX_DEPTH { Err(ParseError::TooDeep { limit: MAX_DEPTH, at }) } else { Ok(()) }
}

/// The depth of a JSON text, without reading it: brackets outside strings.
pub(super) fn check_json_depth(text: &str) -> Result<(), ParseError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                check_depth(depth, at)?;
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}
