//! What feed-rs may not be shown, because it would overflow the stack or fill the memory: decided while the text is
//! walked, by counting. Changes nothing.

use url::Url;

use super::ParseError;

/// Elements (or JSON values) within each other. Feeds with XHTML in them reach about 40.
pub(super) const MAX_DEPTH: usize = 256;

/// Bytes that feed-rs may copy: every nested media group gets a copy of the texts around it.
const MAX_COPIES: u64 = 64 << 20;

/// Entries of one document. Each takes about a kilobyte, even where it is empty.
pub(super) const MAX_ENTRIES: usize = 20_000;

/// Attachments and addresses of one entry: they are compared with each other.
pub(super) const MAX_PARTS: usize = 200;

/// Bytes of a base address or a language: they are copied to every text that they hold for.
const MAX_BASE: usize = 2048;
const MAX_LANGUAGE: usize = 64;

/// Refuses documents with more entries than that.
pub(super) fn check_entries(count: usize, at: usize) -> Result<(), ParseError> {
    if count > MAX_ENTRIES {
        let reason = format!("it has more than {MAX_ENTRIES} entries");
        return Err(ParseError::broken(&reason, Some(at)));
    }
    Ok(())
}

/// Whether a text can be a base address. feed-rs gives up on others, and copies long ones for every element.
pub(super) fn is_base(text: &str) -> bool {
    let parses = match Url::parse(text) {
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => true,
        Err(_) => false,
    };
    text.len() <= MAX_BASE && parses
}

/// Whether a text can be a language tag.
pub(super) fn is_language(text: &str) -> bool {
    text.len() <= MAX_LANGUAGE
}

/// Refuses a depth beyond the cap.
pub(super) fn check_depth(depth: usize, at: usize) -> Result<(), ParseError> {
    if depth > MAX_DEPTH { Err(ParseError::TooDeep { limit: MAX_DEPTH, at }) } else { Ok(()) }
}

/// Counts what the media elements of the entries would be copied to.
#[derive(Debug, Default)]
pub(super) struct Copies {
    groups: u64,
    entry_start: u64,
    total: u64,
}

impl Copies {
    /// An entry begins at this byte.
    pub(super) fn entry(&mut self, at: usize) {
        self.groups = 0;
        self.entry_start = at as u64;
    }

    /// A media element with contents of its own.
    pub(super) fn group(&mut self) {
        self.groups += 1;
    }

    /// The entry ends at this byte.
    pub(super) fn entry_ends(&mut self, at: usize) {
        let length = (at as u64).saturating_sub(self.entry_start);
        self.total = self.total.saturating_add(self.groups.saturating_sub(1).saturating_mul(length));
    }

    /// True where the copies would not fit: the media texts have to go first.
    pub(super) fn explosive(&self) -> bool {
        self.total > MAX_COPIES
    }
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
