//! One item of a list page to one entry.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use ego_tree::iter::Edge;
use scraper::{ElementRef, Node, Selector};
use url::Url;

use super::{
    page::is_web,
    rules::{Finder, Rules},
};
use crate::{
    dates::parse_date,
    model::{Category, Link, ParsedEntry, Person, Text, Timestamp},
};

/// Characters of any one value.
const MAX_VALUE: usize = 20_000;
/// Tags of one item.
const MAX_TAGS: usize = 50;
/// Elements before and after which a word ends.
const BLOCKS: [&str; 18] = [
    "br", "p", "div", "li", "ul", "ol", "td", "th", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section",
    "figure", "time",
];

/// Reads the items of one page.
pub(super) struct Reader<'a> {
    pub(super) rules: &'a Rules,
    pub(super) base: &'a Url,
    pub(super) zone: Option<Tz>,
    pub(super) now: Timestamp,
}

impl Reader<'_> {
    /// The entry of an item; None where it has no link that can be followed. The title may be missing: another item with
    /// the same link may have it.
    pub(super) fn read(&self, item: ElementRef<'_>) -> Option<ParsedEntry> {
        let anchor = first_anchor(item);
        let href = match &self.rules.link {
            Some(link) => {
                link.first(item, |element| attribute(element, "href").or_else(|| nested_href(element)))
            }
            None => anchor.and_then(|anchor| attribute(anchor, "href")),
        };
        let link = self.absolute(&href?)?;
        let title = match &self.rules.title {
            Some(title) => title.first(item, text),
            None => anchor.and_then(anchor_title),
        };
        let rules = self.rules;
        let value = |finder: &Option<Finder>| finder.as_ref().and_then(|finder| finder.first(item, text));
        let image = rules.image.as_ref().and_then(|finder| finder.first(item, image_source));
        let author = value(&rules.author).map(|name| Person { name: Some(name), ..Person::default() });
        Some(ParsedEntry {
            title: title.map(Text::plain),
            links: vec![Link { href: link.into(), ..Link::default() }],
            summary: value(&rules.summary).map(Text::plain),
            image: image.and_then(|src| self.absolute(&src)).map(String::from),
            authors: author.into_iter().collect(),
            categories: self.tags(item),
            published: self.date(item),
            ..ParsedEntry::default()
        })
    }

    fn tags(&self, item: ElementRef<'_>) -> Vec<Category> {
        let mut tags: Vec<Category> = Vec::new();
        let values = self.rules.tags.iter().flat_map(|finder| finder.all(item, text));
        for term in values.take(MAX_TAGS) {
            if !tags.iter().any(|tag| tag.term == term) {
                tags.push(Category { term, ..Category::default() });
            }
        }
        tags
    }

    /// The date by its rule, else of a `<time datetime>` in the item. One that cannot be read is absent, never now.
    fn date(&self, item: ElementRef<'_>) -> Option<Timestamp> {
        let Some(finder) = &self.rules.date else {
            let time = select(item, "time[datetime]").next()?;
            return parse_date(time.attr("datetime")?, self.zone, Some(self.now));
        };
        let text = finder.first(item, text)?;
        match &self.rules.date_format {
            Some(format) => by_format(&text, format, self.zone.unwrap_or(Tz::UTC)),
            None => parse_date(&text, self.zone, Some(self.now)),
        }
    }

    fn absolute(&self, href: &str) -> Option<Url> {
        let href = href.trim();
        if href.is_empty() || href.starts_with('#') {
            return None;
        }
        let mut url = self.base.join(href).ok().filter(is_web)?;
        url.set_fragment(None);
        Some(url)
    }
}

impl Finder {
    /// The first value that is not blank. `usual` is what to take where the rule names no attribute.
    fn first(
        &self,
        item: ElementRef<'_>,
        usual: impl Fn(ElementRef<'_>) -> Option<String>,
    ) -> Option<String> {
        self.all(item, usual).next()
    }

    fn all<'a>(
        &'a self,
        item: ElementRef<'a>,
        usual: impl Fn(ElementRef<'_>) -> Option<String> + 'a,
    ) -> impl Iterator<Item = String> + 'a {
        let own = self.select.is_none().then_some(item);
        let found = self.select.iter().flat_map(move |selector| item.select(selector));
        own.into_iter().chain(found).filter_map(move |element| {
            let value = match &self.attribute {
                Some(name) => attribute(element, name),
                None => usual(element),
            }?;
            self.part(value)
        })
    }

    fn part(&self, value: String) -> Option<String> {
        let Some(pattern) = &self.pattern else { return Some(value) };
        let groups = pattern.captures(&value)?;
        let part = groups.get(1).or_else(|| groups.get(0))?.as_str().trim();
        (!part.is_empty()).then(|| part.to_owned())
    }
}

/// The text of an element as a reader sees it: white space collapsed, words of different blocks apart, no scripts.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    let mut gathered = String::new();
    let mut hidden = 0_usize;
    for edge in element.traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        match node.value() {
            Node::Text(text) if opens && hidden == 0 && gathered.len() < MAX_VALUE * 4 => {
                gathered.push_str(text)
            }
            Node::Element(element)
                if matches!(element.name(), "script" | "style" | "template" | "noscript") =>
            {
                hidden = if opens { hidden + 1 } else { hidden.saturating_sub(1) };
            }
            Node::Element(element) if BLOCKS.contains(&element.name()) => gathered.push(' '),
            _ => {}
        }
    }
    collapse(&gathered)
}

fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(256));
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    if out.len() > MAX_VALUE { out.chars().take(MAX_VALUE).collect() } else { out }
}

fn text(element: ElementRef<'_>) -> Option<String> {
    Some(text_of(element)).filter(|text| !text.is_empty())
}

fn attribute(element: ElementRef<'_>, name: &str) -> Option<String> {
    element.attr(name).map(collapse).filter(|value| !value.is_empty())
}

fn select<'a>(item: ElementRef<'a>, selector: &str) -> impl Iterator<Item = ElementRef<'a>> {
    let found: Vec<_> = Selector::parse(selector)
        .map(|selector| item.select(&selector).take(100).collect())
        .unwrap_or_default();
    found.into_iter()
}

fn is_anchor(element: ElementRef<'_>) -> bool {
    element.value().name() == "a" && element.attr("href").is_some_and(|href| !href.trim().is_empty())
}

fn first_anchor(item: ElementRef<'_>) -> Option<ElementRef<'_>> {
    if is_anchor(item) {
        return Some(item);
    }
    // Of a picture and a headline that link to the same place, the one with text has the title.
    let anchors: Vec<_> = select(item, "a[href]").filter(|anchor| is_anchor(*anchor)).collect();
    let first = anchors.first()?;
    let same = anchors.iter().filter(|anchor| target(anchor) == target(first));
    same.max_by_key(|anchor| text_of(**anchor).chars().count()).copied()
}

fn target<'a>(anchor: &ElementRef<'a>) -> Option<&'a str> {
    anchor.attr("href").and_then(|href| href.split('#').next())
}

fn nested_href(element: ElementRef<'_>) -> Option<String> {
    select(element, "a[href]").find_map(|anchor| attribute(anchor, "href"))
}

/// The text of a link, else its title, else what its picture shows.
fn anchor_title(anchor: ElementRef<'_>) -> Option<String> {
    text(anchor)
        .or_else(|| attribute(anchor, "title"))
        .or_else(|| select(anchor, "img[alt]").find_map(|image| attribute(image, "alt")))
}

fn image_source(element: ElementRef<'_>) -> Option<String> {
    let of = |element: ElementRef<'_>| {
        // Pictures that load late keep a placeholder in src.
        let named =
            ["data-src", "data-original", "src"].into_iter().find_map(|name| attribute(element, name));
        named.filter(|src| !src.starts_with("data:"))
    };
    of(element).or_else(|| select(element, "img").find_map(of)).or_else(|| attribute(element, "content"))
}

/// A date in a form that was given. Without a time of day it is midnight; without an offset it is in the zone. Where a
/// clock change makes it happen twice it is the first time, where it never happens an hour later.
fn by_format(text: &str, format: &str, zone: Tz) -> Option<Timestamp> {
    if let Ok(moment) = DateTime::parse_from_str(text, format) {
        return Some(moment.with_timezone(&Utc));
    }
    let local = NaiveDateTime::parse_from_str(text, format)
        .ok()
        .or_else(|| NaiveDate::parse_from_str(text, format).ok().map(|day| day.and_time(NaiveTime::MIN)))?;
    let moment = match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => moment,
        LocalResult::None => zone.from_local_datetime(&(local + chrono::TimeDelta::hours(1))).earliest()?,
    };
    Some(moment.with_timezone(&Utc))
}
