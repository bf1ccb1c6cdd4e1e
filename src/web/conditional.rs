//! Preconditions (RFC 9110 §13). Pure: headers and validators in, a decision out.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{GetAll, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE},
};

use super::served::{Copy, Served};

/// What the preconditions leave to do.
#[derive(Debug)]
pub(super) enum Decision<'a> {
    /// 200.
    Send(&'a Copy),
    /// 304: the client has this copy.
    Unchanged(&'a Copy),
    /// 412.
    Failed,
}

/// Decides in the order of RFC 9110 §13.2.2 for GET and HEAD, where `selected` is what negotiation chose.
pub(super) fn decide<'a>(headers: &HeaderMap, served: &'a Served, selected: &'a Copy) -> Decision<'a> {
    if headers.contains_key(IF_MATCH) {
        if !matches_strongly(headers.get_all(IF_MATCH), served) {
            return Decision::Failed;
        }
    } else if let Some(since) = headers.get(IF_UNMODIFIED_SINCE)
        && modified_since(since, served) == Some(true)
    {
        return Decision::Failed;
    }
    // If-None-Match wins: with it, If-Modified-Since is not even looked at.
    if headers.contains_key(IF_NONE_MATCH) {
        return match held_copy(headers.get_all(IF_NONE_MATCH), served, selected) {
            Some(copy) => Decision::Unchanged(copy),
            None => Decision::Send(selected),
        };
    }
    match headers.get(IF_MODIFIED_SINCE).and_then(|since| modified_since(since, served)) {
        Some(false) => Decision::Unchanged(selected),
        Some(true) | None => Decision::Send(selected),
    }
}

/// The copy that the client says it has. Any coding will do: a 304 names the copy that it confirms.
fn held_copy<'a>(
    values: GetAll<'_, HeaderValue>,
    served: &'a Served,
    selected: &'a Copy,
) -> Option<&'a Copy> {
    let mut held = None;
    for value in values {
        // What nearly every reader sends: exactly what it got.
        if value == selected.etag {
            return Some(selected);
        }
        for tag in Tags::of(value) {
            let found = match tag {
                Tag::Any => Some(selected),
                // Weak comparison (§8.8.3.2): proxies that recompress weaken our tags.
                Tag::Strong(opaque) | Tag::Weak(opaque) => {
                    served.copies().iter().find(|copy| copy.etag.as_bytes() == opaque)
                }
            };
            if found.is_some_and(|copy| copy.coding == selected.coding) {
                return found;
            }
            held = held.or(found);
        }
    }
    held
}

fn matches_strongly(values: GetAll<'_, HeaderValue>, served: &Served) -> bool {
    values.iter().flat_map(Tags::of).any(|tag| match tag {
        Tag::Any => true,
        Tag::Weak(_) => false,
        Tag::Strong(opaque) => served.copies().iter().any(|copy| copy.etag.as_bytes() == opaque),
    })
}

/// None where the date cannot be read, or the document has none: then the header does not count (§13.1.3).
fn modified_since(since: &HeaderValue, served: &Served) -> Option<bool> {
    let (text, seconds) = served.last_modified()?;
    if since == text {
        return Some(false);
    }
    let since = httpdate::parse_http_date(since.to_str().ok()?).ok()?;
    let since = since.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Some(seconds.unsigned_abs() > since)
}

/// One element of an entity-tag list, quotes included.
#[derive(Debug, PartialEq, Eq)]
enum Tag<'a> {
    Any,
    Strong(&'a [u8]),
    Weak(&'a [u8]),
}

/// Reads `*` or a list of entity tags (§8.8.3); ends at the first thing that is none.
struct Tags<'a> {
    rest: &'a [u8],
}

impl<'a> Tags<'a> {
    fn of(value: &'a HeaderValue) -> Self {
        Tags { rest: value.as_bytes() }
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        let start = self.rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
        let rest = self.rest.get(start..)?;
        if rest == b"*" {
            self.rest = b"";
            return Some(Tag::Any);
        }
        let (weak, rest) = rest.strip_prefix(b"W/").map_or((false, rest), |rest| (true, rest));
        if rest.first() != Some(&b'"') {
            self.rest = b"";
            return None;
        }
        // A comma may stand within the quotes.
        let end = rest.iter().skip(1).position(|byte| *byte == b'"')? + 2;
        let (opaque, rest) = rest.split_at_checked(end)?;
        self.rest = rest;
        Some(if weak { Tag::Weak(opaque) } else { Tag::Strong(opaque) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags_are_read_as_far_as_they_are_lists() {
        let read = |text: &'static str| {
            let value = HeaderValue::from_static(text);
            Tags::of(&value)
                .map(|tag| format!("{tag:?}").split('(').next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let cases = [
            ("*", "Any"),
            ("\"a\"", "Strong"),
            ("W/\"a\" , \"b,c\",,\"\"", "Weak Strong Strong"),
            ("\"a\", b, \"c\"", "Strong"),
            ("\"open", ""),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
