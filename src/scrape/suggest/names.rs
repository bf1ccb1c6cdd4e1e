//! Selectors for elements, out of tags and classes that are likely to stay.

use scraper::ElementRef;

/// Classes of one element that are tried.
const MAX_CLASSES: usize = 4;
/// Classes that say what an element is, in the languages of those who build sites for us.
const TELLING: [&str; 16] = [
    "news", "item", "post", "article", "entry", "card", "teaser", "title", "date", "blog", "event", "story",
    "row", "summary", "intro", "novini",
];
/// States, places and layout: what changes with the next redesign, or differs from item to item.
const FLEETING: [&str; 31] = [
    "active",
    "current",
    "first",
    "last",
    "odd",
    "even",
    "open",
    "visible",
    "hidden",
    "clearfix",
    "hentry",
    "left",
    "right",
    "container",
    "wrapper",
    "inner",
    "outer",
    "flex",
    "grid",
    "col",
    "hover",
    "selected",
    "new",
    "big",
    "small",
    "large",
    "dark",
    "light",
    "featured",
    "sticky",
    "leading",
];
const FLEETING_BEGINNINGS: [&str; 25] = [
    "js-",
    "is-",
    "has-",
    "col-",
    "row-",
    "status-",
    "type-",
    "format-",
    "category-",
    "tag-",
    "post-",
    "item-",
    "node-",
    "mb-",
    "mt-",
    "p-",
    "m-",
    "d-",
    "w-",
    "h-",
    "text-",
    "bg-",
    "align-",
    "wp-",
    "css-",
];

/// Words for an element, the best first: with a class each, and its tag alone at last.
pub(super) fn names(element: ElementRef<'_>) -> Vec<String> {
    let tag = element.value().name();
    let mut classes: Vec<&str> = element.value().classes().filter(|class| is_lasting(class)).collect();
    classes.sort_by_key(|class| (!is_telling(class), class.len()));
    let mut names: Vec<String> =
        classes.into_iter().take(MAX_CLASSES).map(|class| format!("{tag}.{class}")).collect();
    names.push(tag.to_owned());
    names
}

/// Words for an element that others can be looked for in: its id or a class, or that it is the main part.
pub(super) fn place(element: ElementRef<'_>) -> Option<String> {
    let value = element.value();
    if value.name() == "main" {
        return Some("main".to_owned());
    }
    let id = value.id().filter(|id| is_plain(id) && !has_number(id)).map(|id| format!("#{id}"));
    id.or_else(|| {
        let class =
            value.classes().filter(|class| is_lasting(class)).max_by_key(|class| is_telling(class))?;
        Some(format!(".{class}"))
    })
}

/// The place of a cell in its row, where it is one.
pub(super) fn cell(element: ElementRef<'_>) -> Option<String> {
    let tag = element.value().name();
    if !matches!(tag, "td" | "th") {
        return None;
    }
    let before = element.prev_siblings().filter_map(ElementRef::wrap).count();
    Some(format!("{tag}:nth-child({})", before + 1))
}

fn is_telling(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    TELLING.iter().any(|word| class.contains(word))
}

fn is_lasting(class: &str) -> bool {
    let lower = class.to_ascii_lowercase();
    is_plain(class)
        && class.len() <= 40
        && !has_number(class)
        && !FLEETING.contains(&lower.as_str())
        && !FLEETING_BEGINNINGS.iter().any(|beginning| {
            // `views-row` lasts, `item-page` lasts; `post-title` too: only what is numbered or a utility goes.
            lower.strip_prefix(beginning).is_some_and(|rest| !is_telling(rest) && rest.len() <= 12)
        })
}

/// Needs no escapes in a selector.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Numbers of two digits and more are ids or made by a machine.
fn has_number(name: &str) -> bool {
    name.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_digit))
        || name.ends_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_numbered_or_layout_is_no_name() {
        for lasting in
            ["news-item", "card", "views-row", "post-title", "entry", "item", "newsBox", "blog_post"]
        {
            assert!(is_lasting(lasting), "{lasting}");
        }
        for fleeting in [
            "post-123",
            "col-md-4",
            "is-active",
            "mb-4",
            "md:w-1/2",
            "row-0",
            "css-x7ab29",
            "odd",
            "column-1",
        ] {
            assert!(!is_lasting(fleeting), "{fleeting}");
        }
    }
}
