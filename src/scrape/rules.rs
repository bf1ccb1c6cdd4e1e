//! Rules as text to rules that run: selectors, patterns and date forms, each with its faults named.

use chrono::format::{Item, StrftimeItems};
use regex::{Regex, RegexBuilder};
use scraper::Selector;

use super::{find::Finder, json::JsonRules};
use crate::model::{Field, PageRules};

/// Characters of a selector, a pattern or a date form, in bytes.
pub(super) const MAX_TEXT: usize = 1024;
/// Parentheses within each other: deeply nested `:not(` overflows the stack.
const MAX_NESTING: usize = 16;
/// Pages that one collection reads of one list.
const MAX_PAGES: u32 = 50;
/// Memory of a compiled pattern, in bytes.
const MAX_PATTERN_MEMORY: usize = 1 << 20;

/// A list of faults: the key, as in the file, and what is wrong.
pub(super) type Faults = Vec<(&'static str, String)>;

/// Rules of a page, compiled.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) item: Selector,
    pub(super) link: Option<Finder>,
    pub(super) title: Option<Finder>,
    pub(super) date: Option<Finder>,
    pub(super) summary: Option<Finder>,
    pub(super) image: Option<Finder>,
    pub(super) author: Option<Finder>,
    pub(super) tags: Option<Finder>,
    pub(super) next: Option<Finder>,
}

/// What is read of an article page, compiled.
#[derive(Debug)]
pub(super) struct ArticleRules {
    pub(super) content: Option<Selector>,
    pub(super) remove: Vec<Selector>,
    pub(super) title: Option<Finder>,
    pub(super) date: Option<Finder>,
    pub(super) summary: Option<Finder>,
    pub(super) image: Option<Finder>,
    pub(super) author: Option<Finder>,
    pub(super) tags: Option<Finder>,
}

/// All faults of rules, as key and reason; none where they can be used.
pub fn check(rules: &PageRules) -> Vec<(&'static str, String)> {
    let mut faults = match rules.json {
        true => JsonRules::compile(rules).err().unwrap_or_default(),
        false => Rules::compile(rules).err().unwrap_or_default(),
    };
    faults.extend(ArticleRules::compile(rules).err().unwrap_or_default());
    faults
}

impl Rules {
    /// Compiles rules, or says all that is wrong with them.
    pub(super) fn compile(rules: &PageRules) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let item = selector(&rules.item).map_err(|reason| faults.push(("item", reason))).ok();
        let mut field = |field: &Option<Field>, keys| Finder::compile(field.as_ref()?, keys, &mut faults);
        let link = field(&rules.link, LINK);
        let title = field(&rules.title, TITLE);
        let date = field(&rules.date, DATE);
        let summary = field(&rules.summary, SUMMARY);
        let image = field(&rules.image, IMAGE);
        let author = field(&rules.author, AUTHOR);
        let tags = field(&rules.tags, TAGS);
        let next = field(&rules.next, NEXT);
        check_common(rules, &mut faults);
        match item {
            Some(item) if faults.is_empty() => {
                Ok(Rules { item, link, title, date, summary, image, author, tags, next })
            }
            _ => Err(faults),
        }
    }
}

impl ArticleRules {
    /// Compiles what is said of article pages. In JSON rules `content` is no selector.
    pub(super) fn compile(rules: &PageRules) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let content = rules.content.as_deref().filter(|_| !rules.json);
        let content = content.and_then(|text| named_selector(text, "content", &mut faults));
        let remove: Vec<_> =
            rules.remove.iter().filter_map(|text| named_selector(text, "remove", &mut faults)).collect();
        if !rules.remove.is_empty() && !rules.reads_articles() {
            faults
                .push(("remove", "cuts out of article pages: say content or article = true too".to_owned()));
        }
        let fields = &rules.on_article;
        let mut field = |field: &Option<Field>, keys| Finder::compile(field.as_ref()?, keys, &mut faults);
        let title = field(
            &fields.title,
            ["article.title.select", "article.title.attribute", "article.title.pattern"],
        );
        let date =
            field(&fields.date, ["article.date.select", "article.date.attribute", "article.date.pattern"]);
        let summary = field(
            &fields.summary,
            ["article.summary.select", "article.summary.attribute", "article.summary.pattern"],
        );
        let image = field(
            &fields.image,
            ["article.image.select", "article.image.attribute", "article.image.pattern"],
        );
        let author = field(
            &fields.author,
            ["article.author.select", "article.author.attribute", "article.author.pattern"],
        );
        let tags =
            field(&fields.tags, ["article.tags.select", "article.tags.attribute", "article.tags.pattern"]);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(ArticleRules { content, remove, title, date, summary, image, author, tags })
    }
}

/// Keys of a field: its selector, attribute and pattern.
type Keys = [&'static str; 3];

pub(super) const LINK: Keys = ["link.select", "link.attribute", "link.pattern"];
pub(super) const TITLE: Keys = ["title.select", "title.attribute", "title.pattern"];
pub(super) const DATE: Keys = ["date.select", "date.attribute", "date.pattern"];
pub(super) const SUMMARY: Keys = ["summary.select", "summary.attribute", "summary.pattern"];
pub(super) const IMAGE: Keys = ["image.select", "image.attribute", "image.pattern"];
pub(super) const AUTHOR: Keys = ["author.select", "author.attribute", "author.pattern"];
pub(super) const TAGS: Keys = ["tags.select", "tags.attribute", "tags.pattern"];
pub(super) const NEXT: Keys = ["next.select", "next.attribute", "next.pattern"];

/// What pages and JSON have in common.
pub(super) fn check_common(rules: &PageRules, faults: &mut Faults) {
    if let Some(reason) = rules.date_format.as_deref().and_then(date_fault) {
        faults.push(("date_format", reason));
    }
    if rules.pages.is_some_and(|pages| !(1..=MAX_PAGES).contains(&pages)) {
        faults.push(("pages", format!("is how many pages are read at most: expected 1 to {MAX_PAGES}")));
    }
    if rules.pages.is_some_and(|pages| pages > 1) && rules.next.is_none() {
        faults.push(("pages", "is more than one, but next does not say where the next page is".to_owned()));
    }
}

fn named_selector(text: &str, key: &'static str, faults: &mut Faults) -> Option<Selector> {
    selector(text).map_err(|reason| faults.push((key, reason))).ok()
}

impl Finder {
    fn compile(field: &Field, keys: Keys, faults: &mut Faults) -> Option<Self> {
        let [select_key, attribute_key, pattern_key] = keys;
        let before = faults.len();
        let select = match field.select.trim() {
            "" | ":scope" => None,
            text => named_selector(text, select_key, faults),
        };
        let attribute = field.attribute.as_deref().map(|name| name.trim().to_ascii_lowercase());
        if attribute.as_deref().is_some_and(|name| name.is_empty() || name.len() > MAX_TEXT) {
            faults.push((attribute_key, "name an attribute, such as href or datetime".to_owned()));
        }
        let pattern = named_pattern(field, pattern_key, faults);
        (faults.len() == before).then_some(Finder { select, attribute, pattern })
    }
}

/// The pattern of a field, compiled.
pub(super) fn named_pattern(field: &Field, key: &'static str, faults: &mut Faults) -> Option<Regex> {
    let pattern = field.pattern.as_deref().map(pattern).transpose();
    pattern.map_err(|reason| faults.push((key, reason))).ok().flatten()
}

fn selector(text: &str) -> Result<Selector, String> {
    if text.trim().is_empty() {
        return Err("is empty: give a CSS selector, such as “ul.news > li”".to_owned());
    }
    if text.len() > MAX_TEXT {
        return Err(format!("is longer than {MAX_TEXT} bytes"));
    }
    if nesting(text) > MAX_NESTING {
        return Err(format!("has more than {MAX_NESTING} parentheses within each other"));
    }
    Selector::parse(text).map_err(|_| {
        let (column, rest) = stumble(text);
        format!("“{text}” is not a CSS selector that we can use: column {column}, at “{rest}”")
    })
}

/// The column (in characters, from 1) behind the longest beginning that is a selector, and what stands there. The
/// parser itself keeps no place.
fn stumble(text: &str) -> (usize, String) {
    let good = text
        .char_indices()
        .map(|(at, _)| at)
        .rfind(|at| text.get(..*at).is_some_and(|beginning| Selector::parse(beginning).is_ok()))
        .unwrap_or(0);
    let beginning = text.get(..good).unwrap_or_default();
    let rest = text.get(good..).unwrap_or_default();
    let blank = rest.chars().take_while(|c| c.is_whitespace()).count();
    let rest: String = rest.trim_start().chars().take(20).collect();
    (beginning.chars().count() + blank + 1, rest)
}

/// Brackets of every kind, in strings too: better one too many.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn pattern(text: &str) -> Result<Regex, String> {
    if text.len() > MAX_TEXT {
        return Err(format!("is longer than {MAX_TEXT} bytes"));
    }
    let mut builder = RegexBuilder::new(text);
    let builder = builder.size_limit(MAX_PATTERN_MEMORY).dfa_size_limit(MAX_PATTERN_MEMORY).nest_limit(50);
    builder.build().map_err(|error| pattern_fault(&error.to_string()))
}

/// The library draws the fault below the pattern over several lines: a mark where it is, and a last line that says what.
fn pattern_fault(drawn: &str) -> String {
    let last = drawn.lines().last().unwrap_or_default().trim().trim_start_matches("error: ");
    let mark =
        drawn.lines().filter(|line| line.trim_start().starts_with('^')).find_map(|line| line.find('^'));
    match mark.and_then(|at| at.checked_sub(3)) {
        Some(column) => format!("{last} (column {column})"),
        None => last.to_owned(),
    }
}

fn date_fault(format: &str) -> Option<String> {
    if format.trim().is_empty() || format.len() > MAX_TEXT {
        return Some("give the form of the date, such as %d.%m.%Y".to_owned());
    }
    let unknown = StrftimeItems::new(format).any(|item| matches!(item, Item::Error));
    unknown.then(|| format!("“{format}” is not a date form; an example is %d.%m.%Y"))
}
