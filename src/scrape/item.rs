//! One item of a list page to one entry.

use scraper::ElementRef;
use url::Url;

use super::{
    dates::Dates,
    find::Finder,
    page::{absolute, image_source},
    rules::Rules,
    text::{attribute, select, text, text_of},
};
use crate::model::{Category, Link, ParsedEntry, Person, Text, Timestamp};

/// Tags of one item.
pub(super) const MAX_TAGS: usize = 50;

/// Reads the items of one page.
pub(super) struct Reader<'a> {
    pub(super) rules: &'a Rules,
    pub(super) base: &'a Url,
    pub(super) dates: &'a Dates,
}

impl Reader<'_> {
    /// The entry of an item; None where it has no link that can be followed. The title may be missing: another item with
    /// the same link may have it.
    pub(super) fn read(&self, item: ElementRef<'_>) -> Option<ParsedEntry> {
        let anchor = first_anchor(item);
        let href = match &self.rules.link {
            Some(link) => link.first(item, href),
            None => anchor.and_then(|anchor| attribute(anchor, "href")),
        };
        let link = absolute(self.base, &href?)?;
        let title = match &self.rules.title {
            Some(title) => title.first(item, text),
            None => anchor.and_then(anchor_title),
        };
        let rules = self.rules;
        let value = |finder: &Option<Finder>| finder.as_ref().and_then(|finder| finder.first(item, text));
        let image = rules.image.as_ref().and_then(|finder| finder.first(item, image_source));
        let tags = rules.tags.iter().flat_map(|finder| finder.all(item, text));
        let (published, published_is_relative) = self.date(item).unzip();
        Some(ParsedEntry {
            title: title.map(Text::plain),
            links: vec![Link { href: link.into(), ..Link::default() }],
            summary: value(&rules.summary).map(Text::plain),
            image: image.and_then(|src| absolute(self.base, &src)).map(String::from),
            authors: value(&rules.author).map(named).into_iter().collect(),
            categories: distinct(tags),
            published,
            published_is_relative: published_is_relative.unwrap_or(false),
            ..ParsedEntry::default()
        })
    }

    /// The date by its rule, else of a `<time datetime>` in the item.
    fn date(&self, item: ElementRef<'_>) -> Option<(Timestamp, bool)> {
        let Some(finder) = &self.rules.date else {
            let time = select(item, "time[datetime]").next()?;
            return Some((self.dates.read_known(time.attr("datetime")?)?, false));
        };
        finder.all(item, text).take(10).find_map(|text| self.dates.read_shown(&text))
    }
}

/// A person of this name.
pub(super) fn named(name: String) -> Person {
    Person { name: Some(name), ..Person::default() }
}

/// Tags, each once.
pub(super) fn distinct(terms: impl Iterator<Item = String>) -> Vec<Category> {
    let mut tags: Vec<Category> = Vec::new();
    for term in terms.take(MAX_TAGS) {
        if !tags.iter().any(|tag| tag.term == term) {
            tags.push(Category { term, ..Category::default() });
        }
    }
    tags
}

/// Where an element leads: its own href, else that of the first link in it.
pub(super) fn href(element: ElementRef<'_>) -> Option<String> {
    attribute(element, "href").or_else(|| nested_href(element))
}

fn is_anchor(element: ElementRef<'_>) -> bool {
    element.value().name() == "a" && element.attr("href").is_some_and(|href| !href.trim().is_empty())
}

/// The link of an item, where no rule says which.
pub(super) fn first_anchor(item: ElementRef<'_>) -> Option<ElementRef<'_>> {
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
pub(super) fn anchor_title(anchor: ElementRef<'_>) -> Option<String> {
    text(anchor)
        .or_else(|| attribute(anchor, "title"))
        .or_else(|| select(anchor, "img[alt]").find_map(|image| attribute(image, "alt")))
}
