//! What may pass: elements ([`TAGS`]), attributes, schemes. Both ways through the sanitiser ask here.

pub(super) use crate::model::SAFE_ELEMENTS as TAGS;

/// What every link says of itself.
pub(super) const REL: &str = "noopener noreferrer nofollow";

/// Elements that go, with all that is in them. Other elements go, and leave what is in them.
pub(super) const WITH_CONTENT: [&str; 18] = [
    "script", "style", "svg", "math", "iframe", "object", "embed", "applet", "noscript", "noembed",
    "noframes", "template", "title", "textarea", "select", "canvas", "audio", "video",
];

/// Attributes that stay on any element.
pub(super) const GENERIC: [&str; 3] = ["lang", "dir", "title"];

/// Attributes that stay on some. No `cite`: ammonia does not know it for an address.
pub(super) const ATTRIBUTES: [(&str, &[&str]); 11] = [
    ("a", &["href", "hreflang"]),
    ("img", &["src", "alt", "width", "height"]),
    ("del", &["datetime"]),
    ("ins", &["datetime"]),
    ("time", &["datetime"]),
    ("ol", &["start", "reversed"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("details", &["open"]),
];

/// Schemes of addresses.
pub(super) const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// Addresses of pictures that count readers.
const COUNTERS: [&str; 5] =
    ["://pixel.wp.com/", "://stats.wordpress.com/", "://feeds.feedburner.com/~", "/piwik.php", "/matomo.php"];

/// Whether an element stays, by its name in lower case.
pub(super) fn tag(name: &str) -> bool {
    // Sorted, as a test checks.
    TAGS.binary_search(&name).is_ok()
}

/// An element that stays, however its name is written.
pub(super) fn known(name: &str) -> Option<&'static str> {
    // Longer ones are not in the list.
    let mut lower = [0; 10];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let at = TAGS.binary_search_by(|tag| tag.as_bytes().cmp(lower)).ok()?;
    TAGS.get(at).copied()
}

/// An attribute that stays on an element, however its name is written.
pub(super) fn known_attribute(tag: &str, name: &str) -> Option<&'static str> {
    let of_tag = ATTRIBUTES.iter().filter(|(known, _)| *known == tag).flat_map(|(_, names)| names.iter());
    GENERIC.iter().chain(of_tag).find(|known| name.eq_ignore_ascii_case(known)).copied()
}

/// Whether an attribute stays.
pub(super) fn attribute(tag: &str, name: &str) -> bool {
    let of_tag = || ATTRIBUTES.iter().any(|(known, names)| *known == tag && names.contains(&name));
    GENERIC.contains(&name) || of_tag()
}

/// Whether an address may have this scheme.
pub(super) fn scheme(scheme: &str) -> bool {
    SCHEMES.contains(&scheme)
}

/// Whether a picture has no address left, or is there to count readers.
pub(super) fn is_pixel<'a>(attribute: impl Fn(&'static str) -> Option<&'a str>) -> bool {
    let tiny =
        |side| attribute(side).is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1"));
    let src = attribute("src").unwrap_or_default();
    src.is_empty()
        || COUNTERS.iter().any(|counter| src.contains(counter))
        || (tiny("width") && tiny("height"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_so_that_it_can_be_searched() {
        assert!(TAGS.is_sorted());
        assert!(TAGS.iter().all(|name| tag(name)));
        assert!(!TAGS.iter().any(|name| WITH_CONTENT.contains(name)));
    }
}
