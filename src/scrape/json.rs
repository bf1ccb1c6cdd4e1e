//! An address that answers with JSON in place of a page: its list and fields by path or pointer.

use regex::Regex;
use serde_json::Value;
use url::Url;

use super::{
    Page, ScrapeError,
    dates::Dates,
    find::part,
    item::{distinct, named},
    page::absolute,
    rules::{self, Faults, MAX_TEXT, check_common, named_pattern},
    text::{collapse, text_of_markup},
};
use crate::{
    charset::decode_html,
    model::{FeedFormat, Field, Link, PageRules, ParsedEntry, ParsedFeed, Text},
};

/// Keys of a path.
const MAX_STEPS: usize = 32;
/// What an object's own text is called, by those who put one where a text is expected.
const TEXT_KEYS: [&str; 8] = ["rendered", "value", "name", "title", "text", "url", "src", "href"];

/// Rules of a JSON document, compiled.
#[derive(Debug)]
pub(super) struct JsonRules {
    items: Path,
    link: Option<Place>,
    title: Option<Place>,
    date: Option<Place>,
    summary: Option<Place>,
    image: Option<Place>,
    author: Option<Place>,
    tags: Option<Place>,
    next: Option<Place>,
    content: Option<Path>,
}

#[derive(Debug)]
struct Place {
    path: Path,
    pattern: Option<Regex>,
}

/// The way to a value: keys and places in lists; `*` is every item of a list.
#[derive(Debug)]
struct Path(Vec<String>);

impl JsonRules {
    /// Compiles rules, or says all that is wrong with them.
    pub(super) fn compile(rules: &PageRules) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let items = named_path(&rules.item, "items", &mut faults);
        let mut field = |field: &Option<Field>, keys| Place::compile(field.as_ref()?, keys, &mut faults);
        let link = field(&rules.link, rules::LINK);
        let title = field(&rules.title, rules::TITLE);
        let date = field(&rules.date, rules::DATE);
        let summary = field(&rules.summary, rules::SUMMARY);
        let image = field(&rules.image, rules::IMAGE);
        let author = field(&rules.author, rules::AUTHOR);
        let tags = field(&rules.tags, rules::TAGS);
        let next = field(&rules.next, rules::NEXT);
        let content = rules.content.as_deref().and_then(|path| named_path(path, "content", &mut faults));
        for (key, missing) in [("link", rules.link.is_none()), ("title", rules.title.is_none())] {
            if missing {
                faults.push((
                    key,
                    format!("is missing: the path of the {key} in an item of the JSON document"),
                ));
            }
        }
        check_common(rules, &mut faults);
        match items {
            Some(items) if faults.is_empty() => {
                Ok(JsonRules { items, link, title, date, summary, image, author, tags, next, content })
            }
            _ => Err(faults),
        }
    }
}

impl Place {
    fn compile(field: &Field, keys: [&'static str; 3], faults: &mut Faults) -> Option<Self> {
        let [select_key, attribute_key, pattern_key] = keys;
        if field.attribute.is_some() {
            faults.push((attribute_key, "JSON has no attributes: select is the whole path".to_owned()));
        }
        let path = named_path(&field.select, select_key, faults)?;
        Some(Place { path, pattern: named_pattern(field, pattern_key, faults) })
    }

    fn first(&self, item: &Value) -> Option<String> {
        self.all(item).into_iter().next()
    }

    fn all(&self, item: &Value) -> Vec<String> {
        let texts = self.path.find(item).into_iter().flat_map(texts_of);
        texts.filter_map(|text| part(self.pattern.as_ref(), text)).collect()
    }
}

fn named_path(text: &str, key: &'static str, faults: &mut Faults) -> Option<Path> {
    Path::parse(text).map_err(|reason| faults.push((key, reason))).ok()
}

impl Path {
    /// A JSON pointer (RFC 6901) where it begins with `/`, else keys between dots. Empty is the value itself.
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(format!("is longer than {MAX_TEXT} bytes"));
        }
        let steps: Vec<String> = match (text, text.strip_prefix('/')) {
            ("" | "$", _) => Vec::new(),
            (_, Some(pointer)) => {
                pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
            }
            (_, None) => {
                let path = text.strip_prefix("$.").unwrap_or(text);
                path.replace('[', ".").replace(']', "").split('.').map(str::to_owned).collect()
            }
        };
        if let Some(at) = steps.iter().position(String::is_empty).filter(|_| !text.starts_with('/')) {
            return Err(format!(
                "“{text}” is no path: its part {} is empty (an example is data.items)",
                at + 1
            ));
        }
        if steps.len() > MAX_STEPS {
            return Err(format!("has more than {MAX_STEPS} parts"));
        }
        Ok(Path(steps))
    }

    fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![value];
        for step in &self.0 {
            found = found.into_iter().flat_map(|value| below(value, step)).take(super::MAX_ITEMS).collect();
        }
        found
    }
}

fn below<'a>(value: &'a Value, step: &str) -> Vec<&'a Value> {
    match value {
        Value::Array(items) if step == "*" => items.iter().collect(),
        Value::Array(items) => step.parse().ok().and_then(|at: usize| items.get(at)).into_iter().collect(),
        Value::Object(fields) => fields.get(step).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A value as texts: a list is many, an object is what it calls its text.
fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect()
        }
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items.iter().filter(|item| !item.is_array()).flat_map(texts_of).collect(),
        Value::Object(fields) => {
            let named = TEXT_KEYS.iter().find_map(|key| fields.get(*key).filter(|value| value.is_string()));
            named.map(texts_of).unwrap_or_default()
        }
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// Reads a JSON document by its rules.
pub(super) fn read(
    body: &[u8],
    content_type: Option<&str>,
    base: &Url,
    rules: &PageRules,
    dates: &Dates,
) -> Result<Page, ScrapeError> {
    let compiled = JsonRules::compile(rules).map_err(super::first_fault)?;
    let (text, encoding) = decode_html(body, content_type);
    let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| ScrapeError::NotJson { reason: error.to_string() })?;
    let found = compiled.items.find(&document);
    let items: Vec<&Value> = match found.as_slice() {
        [Value::Array(items)] => items.iter().collect(),
        // Some number their items or name them by id.
        [Value::Object(fields)] if fields.values().all(Value::is_object) => fields.values().collect(),
        many if many.len() > 1 => many.to_vec(),
        _ => return Err(ScrapeError::NoList { path: rules.item.clone() }),
    };
    let on = rules.base.as_ref().map_or(base, |base| base.url());
    let mut feed = ParsedFeed::new(FeedFormat::Page);
    feed.encoding = encoding;
    let all = items.iter().take(super::MAX_ITEMS).filter_map(|item| compiled.entry(item, on, dates));
    feed.entries = super::merge(all.collect());
    if feed.entries.is_empty() {
        return Err(match items.len() {
            0 => ScrapeError::NoItems { selector: rules.item.clone() },
            items => ScrapeError::NothingInItems { items },
        });
    }
    let next = compiled.next.as_ref().and_then(|next| next.first(&document));
    let next = next.and_then(|next| super::next_page(&next, base, base));
    Ok(Page { feed, next })
}

impl JsonRules {
    fn entry(&self, item: &Value, base: &Url, dates: &Dates) -> Option<ParsedEntry> {
        let value = |place: &Option<Place>| place.as_ref().and_then(|place| place.first(item));
        let link = absolute(base, &value(&self.link)?)?;
        let title = value(&self.title).map(|title| text_of_markup(&title)).filter(|title| !title.is_empty());
        let tags = self.tags.iter().flat_map(|place| place.all(item)).map(|tag| text_of_markup(&tag));
        let content =
            self.content.as_ref().and_then(|path| path.find(item).into_iter().flat_map(texts_of).next());
        let mut written = self.date.iter().flat_map(|place| place.all(item));
        let (published, published_is_relative) = written.find_map(|text| dates.read_shown(&text)).unzip();
        Some(ParsedEntry {
            title: title.map(Text::plain),
            links: vec![Link { href: link.into(), ..Link::default() }],
            summary: value(&self.summary).map(marked_up),
            content: content.map(marked_up),
            image: value(&self.image).and_then(|src| absolute(base, &src)).map(String::from),
            authors: value(&self.author).map(|name| named(text_of_markup(&name))).into_iter().collect(),
            categories: distinct(tags.filter(|tag| !tag.is_empty())),
            published,
            published_is_relative: published_is_relative.unwrap_or(false),
            ..ParsedEntry::default()
        })
    }
}

/// A text that is markup where it looks like it.
fn marked_up(text: String) -> Text {
    let is_markup = text.contains("</") || text.contains("/>") || text.contains("<p>") || text.contains("&");
    if is_markup { Text::html(text) } else { Text::plain(collapse(&text)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_path(path: &str, expected: &[&str]) {
        let document = json!({"data": {"items": [{"a/b": "1", "n": 7}, {"a/b": "2"}], "x": {"rendered": "r"}, "t": ["u", "v"]}});
        let found = Path::parse(path).unwrap();
        let texts: Vec<String> = found.find(&document).into_iter().flat_map(texts_of).collect();
        assert_eq!(texts, expected, "{path}");
    }

    #[test]
    fn values_are_found_by_path_and_by_pointer() {
        check_path("/data/items/0/a~1b", &["1"]);
        check_path("data.items[1].a/b", &["2"]);
        check_path("data.items.*.a/b", &["1", "2"]);
        check_path("$.data.items.0.n", &["7"]);
        check_path("data.x", &["r"]);
        check_path("data.t", &["u", "v"]);
        check_path("data.items.9.n", &[]);
        check_path("data.t.0.n", &[]);
    }

    #[test]
    fn paths_that_are_none_are_refused() {
        assert!(Path::parse("data..items").unwrap_err().contains("part 2"));
        assert!(Path::parse(&"a.".repeat(600)).is_err());
        assert!(Path::parse(&vec!["a"; 33].join(".")).unwrap_err().contains("32"));
    }
}
