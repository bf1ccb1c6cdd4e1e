//! Rules of pages in files.

use std::path::Path;

use crate::{
    config::{Fault, FaultList, FromNode, Node, Reader, Spot, Value, text_of},
    model::{ArticleFields, Field, PageRules},
    scrape,
};

/// Reads rules from a file: the table `rules` of a source's file (the rest of it is not looked at), or rules alone.
///
/// # Errors
/// Every fault.
pub fn rules_file(path: &Path) -> Result<PageRules, Vec<Fault>> {
    let text = text_of(path).map_err(|fault| vec![fault])?;
    rules_text(&path.display().to_string(), &text)
}

/// Reads rules from the text of a file, as [`rules_file`] does. The file's name is for faults.
///
/// # Errors
/// Every fault.
pub fn rules_text(file: &str, text: &str) -> Result<PageRules, Vec<Fault>> {
    let faults = FaultList::new();
    let root = Node::from_toml(file, text, 1, &faults);
    let rules = root.as_ref().and_then(|root| Reader::new(file, root, &faults)).and_then(|mut reader| {
        match reader.spot("rules") {
            Some(_) => reader.table("rules").and_then(read),
            None => read(reader),
        }
    });
    rules.ok_or_else(|| faults.into_vec())
}

/// Reads the table `rules` of a source.
pub(super) fn read(mut reader: Reader<'_>) -> Option<PageRules> {
    let json = reader.or("json", false);
    let item = if json { Some(reader.or("items", String::new())) } else { reader.required("item") };
    let mut field = |key| reader.optional::<Written>(key).map(|Written(field)| field);
    let fields = PageRules {
        json,
        link: field("link"),
        title: field("title"),
        date: field("date"),
        summary: field("summary"),
        image: field("image"),
        author: field("author"),
        tags: field("tags"),
        next: field("next"),
        ..PageRules::default()
    };
    let article = reader.optional::<Article>("article").and_then(|Article(fields)| fields);
    let rules = item.map(|item| PageRules {
        item,
        base: reader.optional("base"),
        date_format: reader.optional("date_format"),
        date_language: reader.optional("date_language"),
        zone: reader.optional("timezone"),
        pages: reader.optional("pages"),
        article: article.is_some(),
        on_article: article.unwrap_or_default(),
        content: reader.optional("content"),
        remove: reader.optional::<OneOrMany>("remove").map(|OneOrMany(list)| list).unwrap_or_default(),
        ..fields
    });
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

/// Whether article pages are read, or what is taken from them.
struct Article(Option<ArticleFields>);

impl FromNode for Article {
    fn expected() -> String {
        "true, or a table with title, date, summary, image, author and tags".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        if let Value::Boolean(read) = spot.value() {
            return Some(Article(read.then(ArticleFields::default)));
        }
        let Some(mut table) = spot.table() else {
            spot.expected(&Self::expected());
            return None;
        };
        let mut field = |key| table.optional::<Written>(key).map(|Written(field)| field);
        let fields = ArticleFields {
            title: field("title"),
            date: field("date"),
            summary: field("summary"),
            image: field("image"),
            author: field("author"),
            tags: field("tags"),
        };
        table.finish();
        Some(Article(Some(fields)))
    }
}

/// A selector, or a list of them.
struct OneOrMany(Vec<String>);

impl FromNode for OneOrMany {
    fn expected() -> String {
        "a selector or a list of them".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        match spot.value() {
            Value::Text(_) => Some(OneOrMany(vec![spot.read()?])),
            _ => spot.read().map(OneOrMany),
        }
    }
}
