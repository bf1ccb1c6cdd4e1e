//! JSON-LD on a page (schema.org): articles, and lists of them. Broken blocks are left out.

use std::collections::HashMap;

use scraper::Html;
use serde_json::{Map, Value};

use super::text::{select, text_of_markup};

/// Objects that are looked at on one page.
const MAX_OBJECTS: usize = 2_000;
/// Objects within each other.
const MAX_DEPTH: usize = 16;
/// Types that are the news itself.
const ARTICLES: [&str; 13] = [
    "article",
    "newsarticle",
    "blogposting",
    "reportagenewsarticle",
    "analysisnewsarticle",
    "opinionnewsarticle",
    "techarticle",
    "scholarlyarticle",
    "liveblogposting",
    "socialmediaposting",
    "report",
    "pressrelease",
    "event",
];
/// Types that may say when a page was published.
const PAGES: [&str; 3] = ["webpage", "itempage", "listitem"];

/// What one object says of an article. Values are as they were written: addresses may be relative, dates of any form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Described {
    /// True for an article, false for a page or a place in a list.
    pub(super) is_article: bool,
    pub(super) url: Option<String>,
    pub(super) title: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) image: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) published: Option<String>,
    pub(super) modified: Option<String>,
}

/// Every article, page and place in a list that the page describes, in its order.
pub(super) fn described(html: &Html) -> Vec<Described> {
    let blocks: Vec<Value> = select(html.root_element(), "script[type=\"application/ld+json\" i]")
        .filter_map(|script| parse(&script.text().collect::<String>()))
        .collect();
    let mut objects = Vec::new();
    blocks.iter().for_each(|block| gather(block, 0, &mut objects));
    let by_id: HashMap<&str, &Map<String, Value>> = objects
        .iter()
        .filter(|object| object.len() > 1)
        .filter_map(|object| Some((object.get("@id")?.as_str()?, *object)))
        .collect();
    let graph = Graph { by_id };
    objects.iter().filter_map(|object| graph.describe(object)).collect()
}

/// JSON, also inside of a comment or CDATA, and with line breaks inside of texts.
fn parse(text: &str) -> Option<Value> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let start = text.find(['{', '['])?;
    let end = text.rfind(['}', ']'])?;
    serde_json::from_str(text.get(start..=end)?).ok()
}

fn gather<'a>(value: &'a Value, depth: usize, objects: &mut Vec<&'a Map<String, Value>>) {
    if depth > MAX_DEPTH || objects.len() >= MAX_OBJECTS {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, depth + 1, objects)),
        Value::Object(object) => {
            objects.push(object);
            object.values().filter(|value| value.is_object() || value.is_array()).for_each(|value| {
                gather(value, depth + 1, objects);
            });
        }
        _ => {}
    }
}

/// The objects of a page by their ids: one may refer to another.
struct Graph<'a> {
    by_id: HashMap<&'a str, &'a Map<String, Value>>,
}

impl Graph<'_> {
    fn describe(&self, object: &Map<String, Value>) -> Option<Described> {
        let types: Vec<String> = texts(object.get("@type")?).into_iter().map(|name| bare(&name)).collect();
        let is = |known: &[&str]| types.iter().any(|name| known.contains(&name.as_str()));
        let is_article = is(&ARTICLES);
        if !is_article && !is(&PAGES) {
            return None;
        }
        let text = |key: &str| object.get(key).and_then(|value| texts(value).into_iter().next());
        let plain = |key: &str| text(key).map(|text| text_of_markup(&text)).filter(|text| !text.is_empty());
        Some(Described {
            is_article,
            url: text("url")
                .or_else(|| self.value(object, "mainEntityOfPage", &["@id", "url"]))
                .or_else(|| self.value(object, "item", &["url", "@id"])),
            title: plain("headline").or_else(|| plain("name")),
            summary: plain("description"),
            image: self
                .value(object, "image", &["contentUrl", "url", "@id"])
                .or_else(|| self.value(object, "primaryImageOfPage", &["contentUrl", "url"]))
                .or_else(|| text("thumbnailUrl")),
            authors: self.values(object, "author", &["name"]),
            published: text("datePublished").or_else(|| text("startDate")),
            modified: text("dateModified"),
        })
    }

    fn value(&self, object: &Map<String, Value>, key: &str, names: &[&str]) -> Option<String> {
        self.values(object, key, names).into_iter().next()
    }

    /// The texts below a key: written there, or under the first of these names in an object that stands there or is
    /// referred to.
    fn values(&self, object: &Map<String, Value>, key: &str, names: &[&str]) -> Vec<String> {
        let one = |value: &Value| -> Option<String> {
            let Value::Object(inner) = value else { return texts(value).into_iter().next() };
            let referred =
                inner.get("@id").and_then(Value::as_str).and_then(|id| self.by_id.get(id).copied());
            [Some(inner), referred]
                .into_iter()
                .flatten()
                .find_map(|object| {
                    names.iter().filter(|name| **name != "@id").find_map(|name| first_text(object, name))
                })
                .or_else(|| names.contains(&"@id").then(|| first_text(inner, "@id")).flatten())
        };
        match object.get(key) {
            Some(Value::Array(items)) => items.iter().take(20).filter_map(one).collect(),
            Some(value) => one(value).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

fn first_text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key).and_then(|value| texts(value).into_iter().next())
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect()
        }
        Value::Array(items) => items.iter().filter(|item| item.is_string()).flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// `https://schema.org/NewsArticle` and `schema:NewsArticle` as `newsarticle`.
fn bare(name: &str) -> String {
    name.rsplit(['/', ':', '#']).next().unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(block: &str) -> Vec<Described> {
        let page = format!("<script type='application/ld+json'>{block}</script>");
        described(&Html::parse_document(&page))
    }

    #[test]
    fn an_article_is_read_also_out_of_a_graph_of_references() {
        let block = r##"{"@context":"https://schema.org","@graph":[
            {"@type":"NewsArticle","@id":"#a","headline":"Ново &amp; добро","datePublished":"2026-03-02T08:00:00+02:00",
             "author":{"@id":"#p"},"image":{"@id":"#i"},"mainEntityOfPage":{"@id":"https://a.example/1"}},
            {"@type":"Person","@id":"#p","name":"Мария"},
            {"@type":"ImageObject","@id":"#i","url":"/i.jpg"}]}"##;
        let found = read(block);
        assert_eq!(found.len(), 1);
        assert!(found[0].is_article);
        assert_eq!(found[0].title.as_deref(), Some("Ново & добро"));
        assert_eq!(found[0].authors, ["Мария"]);
        assert_eq!(found[0].image.as_deref(), Some("/i.jpg"));
        assert_eq!(found[0].url.as_deref(), Some("https://a.example/1"));
    }

    #[test]
    fn a_list_gives_its_places() {
        let block = r#"<!-- {"@type":"ItemList","itemListElement":[
            {"@type":"ListItem","position":1,"url":"/1","name":"Едно"},
            {"@type":"ListItem","position":2,"item":{"@type":"BlogPosting","url":"/2","headline":"Две"}}]} -->"#;
        let found: Vec<_> = read(block).into_iter().map(|found| (found.url.unwrap(), found.title)).collect();
        let title = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [("/1".to_owned(), title("Едно")), ("/2".to_owned(), None), ("/2".to_owned(), title("Две"))]
        );
    }

    #[test]
    fn broken_blocks_are_left_out() {
        assert_eq!(read("{\"@type\":"), []);
        assert_eq!(read("[[[[{}]]]]"), []);
        assert_eq!(read("{\"@type\":7,\"author\":{\"@id\":\"#x\"},\"@id\":\"#x\"}"), []);
        assert_eq!(read("{\"@type\":\"Article\",\n\"headline\":\"a\nb\"}")[0].title.as_deref(), Some("a b"));
    }
}
