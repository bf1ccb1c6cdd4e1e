//! Rules of pages in files.

use crate::{
    config::{FromNode, Reader, Spot, Value},
    model::{Field, PageRules},
    scrape,
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
    let problems = rules.as_ref().map(scrape::check).unwrap_or_default();
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
