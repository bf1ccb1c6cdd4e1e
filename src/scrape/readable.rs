//! The text of an article by its looks, where no selector says which it is. The only file that sees dom_smoothie.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dom_smoothie::{Config, Readability};
use url::Url;

/// Larger pages are not looked through: the search is dear.
const MAX_BYTES: usize = 2 << 20;
const MAX_ELEMENTS: usize = 20_000;
/// Characters that a text has at least: less is a cookie notice more often than an article.
const MIN_CHARS: usize = 140;

/// The markup of the text; None where nothing looks like one. The markup was parsed before, so that its depth is bounded.
pub(super) fn text(markup: &str, base: &Url) -> Option<String> {
    if markup.len() > MAX_BYTES {
        return None;
    }
    let config = Config {
        max_elements_to_parse: MAX_ELEMENTS,
        // We read that ourselves.
        disable_json_ld: true,
        ..Config::default()
    };
    // Heuristics over any markup that there is: a panic in there must not take the collection with it.
    let found = catch_unwind(AssertUnwindSafe(|| {
        Readability::new(markup, Some(base.as_str()), Some(config)).ok()?.parse().ok()
    }));
    let article = found.ok().flatten()?;
    let characters = article.text_content.split_whitespace().map(|word| word.chars().count()).sum::<usize>();
    (characters >= MIN_CHARS).then(|| article.content.to_string())
}
