//! Rules as text to rules that run: selectors, patterns and date forms, each with its faults named.

use chrono::format::{Item, StrftimeItems};
use regex::{Regex, RegexBuilder};
use scraper::Selector;

use crate::model::{Field, PageRules};

/// Characters of a selector, a pattern or a date form, in bytes.
const MAX_TEXT: usize = 1024;
/// Parentheses within each other: deeply nested `:not(` overflows the stack.
const MAX_NESTING: usize = 16;
/// Memory of a compiled pattern, in bytes.
const MAX_PATTERN_MEMORY: usize = 1 << 20;

/// A list of faults: the key, as in the file, and what is wrong.
type Faults = Vec<(&'static str, String)>;

/// Rules, compiled.
pub(super) struct Rules {
    pub(super) item: Selector,
    pub(super) link: Option<Finder>,
    pub(super) title: Option<Finder>,
    pub(super) date: Option<Finder>,
    pub(super) date_format: Option<String>,
    pub(super) summary: Option<Finder>,
    pub(super) image: Option<Finder>,
    pub(super) author: Option<Finder>,
    pub(super) tags: Option<Finder>,
}

/// A field, compiled.
pub(super) struct Finder {
    /// None is the item itself.
    pub(super) select: Option<Selector>,
    pub(super) attribute: Option<String>,
    pub(super) pattern: Option<Regex>,
}

/// All faults of rules, as key and reason; none where they can be used.
pub fn check(rules: &PageRules) -> Vec<(&'static str, String)> {
    Rules::compile(rules).err().unwrap_or_default()
}

impl Rules {
    /// Compiles rules, or says all that is wrong with them.
    pub(super) fn compile(rules: &PageRules) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let item = selector(&rules.item).map_err(|reason| faults.push(("item", reason))).ok();
        let mut field = |field: &Option<Field>, keys| Finder::compile(field.as_ref()?, keys, &mut faults);
        let link = field(&rules.link, ["link.select", "link.attribute", "link.pattern"]);
        let title = field(&rules.title, ["title.select", "title.attribute", "title.pattern"]);
        let date = field(&rules.date, ["date.select", "date.attribute", "date.pattern"]);
        let summary = field(&rules.summary, ["summary.select", "summary.attribute", "summary.pattern"]);
        let image = field(&rules.image, ["image.select", "image.attribute", "image.pattern"]);
        let author = field(&rules.author, ["author.select", "author.attribute", "author.pattern"]);
        let tags = field(&rules.tags, ["tags.select", "tags.attribute", "tags.pattern"]);
        let date_format = rules.date_format.clone();
        if let Some(reason) = date_format.as_deref().and_then(date_fault) {
            faults.push(("date_format", reason));
        }
        match item {
            Some(item) if faults.is_empty() => {
                Ok(Rules { item, link, title, date, date_format, summary, image, author, tags })
            }
            _ => Err(faults),
        }
    }
}

impl Finder {
    fn compile(field: &Field, keys: [&'static str; 3], faults: &mut Faults) -> Option<Self> {
        let [select_key, attribute_key, pattern_key] = keys;
        let before = faults.len();
        let select = match field.select.trim() {
            "" | ":scope" => None,
            text => selector(text).map_err(|reason| faults.push((select_key, reason))).ok(),
        };
        let attribute = field.attribute.as_deref().map(|name| name.trim().to_ascii_lowercase());
        if attribute.as_deref().is_some_and(|name| name.is_empty() || name.len() > MAX_TEXT) {
            faults.push((attribute_key, "name an attribute, such as href or datetime".to_owned()));
        }
        let pattern = field.pattern.as_deref().map(pattern).transpose();
        let pattern = pattern.map_err(|reason| faults.push((pattern_key, reason))).ok().flatten();
        (faults.len() == before).then_some(Finder { select, attribute, pattern })
    }
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
    Selector::parse(text).map_err(|_| format!("“{text}” is not a CSS selector that we can use"))
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
    // The library draws the fault below the pattern over several lines; the last one says what it is.
    builder.build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        last.trim().trim_start_matches("error: ").to_owned()
    })
}

fn date_fault(format: &str) -> Option<String> {
    if format.trim().is_empty() || format.len() > MAX_TEXT {
        return Some("give the form of the date, such as %d.%m.%Y".to_owned());
    }
    let unknown = StrftimeItems::new(format).any(|item| matches!(item, Item::Error));
    unknown.then(|| format!("“{format}” is not a date form; an example is %d.%m.%Y"))
}
