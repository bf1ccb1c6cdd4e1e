//! Rules of pages in files.

use scraper::Selector;

use crate::{
    config::{FromNode, Reader, Spot, Value},
    model::{Field, PageRules},
};

/// Reads the table `rules` of a source.
pub(super) fn read(mut reader: Reader<'_>) -> Option<PageRules> {
    let item = reader.required("item");
    let mut field = |key| reader.optional::<Written>(key).map(|Written(field)| field);
    let link = field("link");
    let title = field("title");
    let date = field("date");
    let summary = field("summary");
    let image = field("image");
    let author = field("author");
    let tags = field("tags");
    let date_format = reader.optional("date_format");
    let rules =
        item.map(|item| PageRules { item, link, title, date, date_format, summary, image, author, tags });
    let problems = rules.as_ref().map(check_rules).unwrap_or_default();
    let sound = problems.is_empty();
    for (key, problem) in problems {
        reader.fault(key, problem);
    }
    reader.finish();
    rules.filter(|_| sound)
}

/// A field: a selector alone, or a table with an attribute or a pattern.
struct Written(Field);

impl FromNode for Written {
    fn expected() -> String {
        "a selector, or a table with select, attribute and pattern".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        if let Value::Text(_) = spot.value() {
            return Some(Written(Field { select: spot.read()?, attribute: None, pattern: None }));
        }
        let Some(mut table) = spot.table() else {
            spot.expected(&Self::expected());
            return None;
        };
        // Without a selector it is the item itself.
        let select = table.or("select", String::new());
        let attribute = table.optional("attribute");
        let pattern = table.optional("pattern");
        table.finish();
        Some(Written(Field { select, attribute, pattern }))
    }
}

/// Longest selector, in bytes.
const LONGEST: usize = 1024;
/// Deepest nesting of brackets: a selector of many `:not(` overflows the stack of its parser.
const DEEPEST: usize = 16;

/// All that is wrong with rules, by key. The selectors alone; patterns and date forms are compiled where they are used.
fn check_rules(rules: &PageRules) -> Vec<(&'static str, String)> {
    let fields = [
        ("link.select", &rules.link),
        ("title.select", &rules.title),
        ("date.select", &rules.date),
        ("summary.select", &rules.summary),
        ("image.select", &rules.image),
        ("author.select", &rules.author),
        ("tags.select", &rules.tags),
    ];
    let item = std::iter::once(("item", rules.item.as_str()));
    // A field without a selector is the item itself.
    let fields = fields.into_iter().filter_map(|(key, field)| Some((key, field.as_ref()?.select.trim())));
    let selectors = item.chain(fields.filter(|(_, select)| !select.is_empty()));
    selectors.filter_map(|(key, select)| Some((key, check_selector(select)?))).collect()
}

fn check_selector(selector: &str) -> Option<String> {
    if selector.len() > LONGEST {
        return Some(format!("is longer than {LONGEST} bytes"));
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in selector.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > DEEPEST {
        return Some(format!("has more than {DEEPEST} parentheses within each other"));
    }
    Selector::parse(selector).is_err().then(|| format!("“{selector}” is not a CSS selector that we can use"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn selectors_that_overflow_their_parser_never_reach_it() {
        let nested = |depth: usize| format!("{}p{}", ":not(".repeat(depth), ")".repeat(depth));
        assert_eq!(check_selector(&nested(16)), None);
        assert!(check_selector(&nested(17)).is_some_and(|problem| problem.contains("more than 16")));
        assert!(check_selector(&nested(50_000)).is_some_and(|problem| problem.contains("longer than")));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_a_selector_or_a_fault(text in "[a-z:.#>+~*\\[\\]()\"'=|, \\\\-]{0,60}|\\PC{0,60}") {
            check_selector(&text);
        }
    }
}
