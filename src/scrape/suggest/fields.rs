//! What the parts of an item are: its headline, and selectors for date, summary, picture, author and tags.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;
use scraper::{ElementRef, Selector};
use url::Url;

use super::{
    field,
    items::Kind,
    names::{cell, names},
};
use crate::{
    model::{Field, PageRules},
    scrape::{
        dates::Dates,
        item::{anchor_title, first_anchor},
        page::{absolute, image_source},
        text::{select, text_of},
    },
};

/// Elements of one item that are looked at.
const MAX_ELEMENTS: usize = 200;
/// Characters of a text that can be a date with a word or two around it.
const MAX_DATE: usize = 80;
/// Characters that a summary has at least.
const MIN_SUMMARY: usize = 40;
/// Texts of links that lead on and name nothing.
const MORE: [&str; 22] = [
    "read more",
    "more",
    "continue reading",
    "learn more",
    "view",
    "details",
    "читать",
    "прочети",
    "прочетете",
    "виж",
    "вижте",
    "още",
    "повече",
    "нататък",
    "weiterlesen",
    "mehr",
    "leggi",
    "continua",
    "scopri",
    "preberi",
    "več",
    "подробн",
];

/// Classes of tags.
const TAGS: [&str; 11] = [
    "tags",
    "tag-links",
    "cat-links",
    "categories",
    "category",
    "tag",
    "rubric",
    "badge",
    "label",
    "topic",
    "kicker",
];

static DATES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let forms = [
        r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?",
        r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}",
        r"\d{1,2}\.?(?:st|nd|rd|th)?[\s-]+\p{L}{3,12}\.?,?(?:[\s-]+\d{2,4}\b)?",
        r"\p{L}{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}",
    ];
    forms.iter().filter_map(|form| Regex::new(&format!(r"\b{form}")).ok()).collect()
});

/// The headline of an item.
pub(super) struct Headline<'a> {
    /// The link.
    pub(super) anchor: ElementRef<'a>,
    /// Where the title stands: the link, a heading in it, or one beside it.
    pub(super) element: ElementRef<'a>,
    pub(super) link: Url,
    pub(super) title: String,
    pub(super) is_heading: bool,
}

/// The link that an item is about, and its title; None where it has none.
pub(super) fn headline<'a>(item: ElementRef<'a>, base: &Url) -> Option<Headline<'a>> {
    let own = std::iter::once(item).filter(|item| item.value().name() == "a");
    let anchors = own.chain(select(item, "a[href]"));
    let leads = anchors.filter_map(|anchor| Some((anchor, absolute(base, anchor.attr("href")?)?)));
    let (anchor, link) = leads.max_by_key(|(anchor, _)| worth(*anchor, item))?;
    let heading = |within: ElementRef<'a>| {
        select(within, "h1, h2, h3, h4, h5, h6").find(|heading| !text_of(*heading).is_empty())
    };
    let in_heading =
        anchor.ancestors().take_while(|node| node.id() != item.id()).filter_map(ElementRef::wrap);
    let is_in_heading = in_heading.into_iter().any(|element| is_heading(element)) || is_heading(item);
    let text = text_of(anchor);
    let element = match heading(anchor) {
        Some(heading) => heading,
        None if is_in_heading => anchor,
        None if text.is_empty() || is_more(&text) => heading(item).unwrap_or(anchor),
        None => anchor,
    };
    let title = if element == anchor { anchor_title(anchor)? } else { text_of(element) };
    let is_heading = is_in_heading || element != anchor;
    let is_title = title.chars().count() >= 8 && !is_more(&title) && title.chars().any(char::is_alphabetic);
    is_title.then_some(Headline { anchor, element, link, title, is_heading })
}

/// How likely a link is the one that the item is about.
fn worth(anchor: ElementRef<'_>, item: ElementRef<'_>) -> i64 {
    let text = text_of(anchor);
    let around = || {
        let above = anchor.ancestors().take_while(|node| node.id() != item.id()).filter_map(ElementRef::wrap);
        std::iter::once(anchor).chain(above)
    };
    let named = |words: &[&str]| {
        around().any(|element| {
            element
                .value()
                .classes()
                .any(|class| words.iter().any(|word| class.to_lowercase().contains(word)))
        })
    };
    let mut worth = i64::try_from(text.chars().count().min(80)).unwrap_or(0);
    if around().any(is_heading) || select(anchor, "h1, h2, h3, h4, h5, h6").next().is_some() {
        worth += 100;
    }
    if named(&["title", "headline", "heading"]) {
        worth += 50;
    }
    if named(&["tag", "categor", "author", "byline", "date", "share", "comment"]) {
        worth -= 80;
    }
    if is_more(&text) {
        worth -= 60;
    }
    worth
}

fn is_heading(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_more(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.chars().count() < 40
        && MORE.iter().any(|more| lower.trim_start_matches(['»', '>', ' ', '-']).starts_with(more))
        || !lower.chars().any(char::is_alphabetic)
}

/// Whether a date stands in the item.
pub(super) fn has_date(item: ElementRef<'_>, dates: &Dates) -> bool {
    select(item, "time").next().is_some() || dated(item, dates).is_some()
}

/// The innermost element whose text is a date, with a word or two around it.
fn dated<'a>(item: ElementRef<'a>, dates: &Dates) -> Option<ElementRef<'a>> {
    let own = |element: &ElementRef<'a>| {
        let text = text_of(*element);
        text.chars().count() <= MAX_DATE && find_date(&text, dates).is_some()
    };
    let found: Vec<_> = elements(item).filter(own).collect();
    let has_inner = |outer: &ElementRef<'a>| {
        found.iter().any(|inner| inner != outer && inner.ancestors().any(|node| node.id() == outer.id()))
    };
    found.iter().find(|element| !has_inner(element)).copied()
}

/// The part of a text that is a date.
fn find_date(text: &str, dates: &Dates) -> Option<String> {
    let found = DATES.iter().flat_map(|form| form.find_iter(text)).map(|found| found.as_str());
    found.into_iter().find(|part| dates.read(part).is_some()).map(str::to_owned)
}

fn elements<'a>(item: ElementRef<'a>) -> impl Iterator<Item = ElementRef<'a>> {
    item.descendants().skip(1).filter_map(ElementRef::wrap).take(MAX_ELEMENTS)
}

/// Rules that read a kind of item.
pub(super) fn rules<'a>(kind: &Kind<'a>, base: &Url, dates: &Dates) -> PageRules {
    let items = &kind.items;
    let mut rules = PageRules { item: kind.selector.clone(), ..PageRules::default() };
    let is_usual = |(item, headline): &(ElementRef<'_>, Headline<'_>)| {
        let usual = first_anchor(*item);
        let link = usual.and_then(|anchor| absolute(base, anchor.attr("href")?));
        link.as_ref() == Some(&headline.link)
            && usual.and_then(anchor_title).as_ref() == Some(&headline.title)
    };
    if items.iter().filter(|item| is_usual(item)).count() < items.len() {
        let find = |element: fn(&Headline<'a>) -> Option<ElementRef<'a>>| {
            best(
                items,
                |(_, headline)| element(headline),
                |(_, headline), found| element(headline) == Some(found),
            )
        };
        rules.title = find(|headline| Some(headline.element));
        let whole = items.iter().all(|(item, headline)| *item == headline.anchor);
        rules.link = if whole { None } else { find(|headline| Some(headline.anchor)) };
    }
    rules.date = date(items, dates);
    let pictured = |(item, _): &&Item<'_>| select(*item, "img").find_map(image_source).is_some();
    // Pictures are often there for some items only.
    rules.image = (items.iter().filter(pictured).count() * 4 >= items.len()).then(|| field("img"));
    rules.summary = summary(items, dates);
    rules.author = by_class(items, &["author", "byline", "autor"], "");
    rules.tags = by_class(items, &TAGS, "a").or_else(|| by_class(items, &TAGS, ""));
    rules
}

type Item<'a> = (ElementRef<'a>, Headline<'a>);

/// Whether at least half of the items are so.
fn share(items: &[Item<'_>], is: impl Fn(&Item<'_>) -> bool) -> bool {
    items.iter().filter(|item| is(item)).count() * 2 >= items.len().max(1)
}

/// The selector whose first find is right in most items, and in at least half of them. `wanted` gives the element to
/// name; `is_right` judges what a selector finds.
fn best<'a>(
    items: &[Item<'a>],
    wanted: impl Fn(&Item<'a>) -> Option<ElementRef<'a>>,
    is_right: impl Fn(&Item<'a>, ElementRef<'a>) -> bool,
) -> Option<Field> {
    let mut order: Vec<String> = Vec::new();
    for item in items {
        let Some(element) = wanted(item) else { continue };
        for selector in within(element, item.0) {
            if !order.contains(&selector) && order.len() < 60 {
                order.push(selector);
            }
        }
    }
    // The first find counts; of selectors that do equally well, the one that finds the least besides.
    let judged = |selector: &String| {
        let compiled = Selector::parse(selector).ok()?;
        let is_hit =
            |item: &&Item<'a>| item.0.select(&compiled).next().is_some_and(|found| is_right(item, found));
        let hits = items.iter().filter(is_hit).count();
        let all: usize = items.iter().map(|item| item.0.select(&compiled).take(MAX_ELEMENTS).count()).sum();
        Some((hits, all))
    };
    let judged = order.iter().filter_map(|selector| Some((judged(selector)?, selector)));
    let ((hits, _), selector) = judged.min_by_key(|((hits, all), _)| (std::cmp::Reverse(*hits), *all))?;
    (hits * 2 >= items.len()).then(|| field(selector))
}

/// Selectors for an element of an item, the simplest first.
fn within(element: ElementRef<'_>, item: ElementRef<'_>) -> Vec<String> {
    let own = names(element);
    let tag = element.value().name();
    let mut found: Vec<String> =
        own.iter().filter(|name| name.as_str() != tag).map(|name| without_tag(name)).collect();
    let above =
        element.ancestors().take_while(|node| node.id() != item.id()).filter_map(ElementRef::wrap).take(3);
    let above: Vec<ElementRef<'_>> = above.collect();
    found.extend(cell(element));
    if is_heading(element) || matches!(tag, "time" | "p") {
        found.push(tag.to_owned());
    }
    for parent in &above {
        let named = names(*parent);
        let parent_tag = parent.value().name();
        found.extend(cell(*parent).map(|cell| format!("{cell} {tag}")));
        if is_heading(*parent) {
            found.push(format!("{parent_tag} {tag}"));
        }
        found.extend(
            named
                .iter()
                .filter(|name| name.as_str() != parent_tag)
                .map(|name| format!("{} {tag}", without_tag(name))),
        );
    }
    found.push(tag.to_owned());
    found
}

/// `span.date` as `.date`: the class lasts longer than the tag.
fn without_tag(name: &str) -> String {
    name.find('.').and_then(|at| name.get(at..)).unwrap_or(name).to_owned()
}

fn date<'a>(items: &[Item<'a>], dates: &Dates) -> Option<Field> {
    let machine = |(item, _): &Item<'_>| {
        select(*item, "time[datetime]")
            .next()
            .and_then(|time| time.attr("datetime"))
            .is_some_and(|text| dates.read_known(text).is_some())
    };
    if share(items, machine) {
        return Some(Field { attribute: Some("datetime".to_owned()), ..field("time") });
    }
    let wanted = |(item, _): &Item<'a>| dated(*item, dates);
    let whole = best(items, wanted, |_, found| {
        dates.read(&text_of(found)).is_some() && text_of(found).chars().count() <= MAX_DATE
    });
    let found =
        whole.or_else(|| best(items, wanted, |_, found| find_date(&text_of(found), dates).is_some()))?;
    let texts: Vec<String> =
        items.iter().filter_map(|(item, _)| select(*item, &found.select).next()).map(text_of).collect();
    let unread = |text: &&String| {
        let part = find_date(text, dates).and_then(|part| dates.read(&part));
        match (dates.read(text), part) {
            // The time of day may stand behind the date.
            (Some(whole), Some(part)) => (whole - part).num_hours().abs() > 36,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    };
    let pattern = texts.iter().find(unread).and_then(|text| {
        let form =
            DATES.iter().find(|form| form.find_iter(text).any(|part| dates.read(part.as_str()).is_some()))?;
        Some(form.as_str().trim_start_matches(r"\b").to_owned())
    });
    Some(Field { pattern, ..found })
}

fn summary(items: &[Item<'_>], dates: &Dates) -> Option<Field> {
    let is_summary = |(_, headline): &Item<'_>, found: ElementRef<'_>| {
        let text = text_of(found);
        let blocks = "p, div, ul, ol, table, h1, h2, h3, h4, h5, h6, article, section";
        let holds_title =
            headline.element.ancestors().any(|node| node.id() == found.id()) || found == headline.element;
        text.chars().count() >= MIN_SUMMARY
            && text != headline.title
            && !holds_title
            && !headline.element.descendants().any(|node| node.id() == found.id())
            && select(found, blocks).next().is_none()
            && (text.chars().count() > MAX_DATE || find_date(&text, dates).is_none())
    };
    let wanted = |item: &Item<'_>| {
        let found = elements(item.0).filter(|element| {
            !matches!(element.value().name(), "a" | "img" | "script" | "style") && is_summary(item, *element)
        });
        found.max_by_key(|element| text_of(*element).chars().count()).map(|element| element.id())
    };
    let chosen: HashMap<_, _> = items.iter().map(|item| (item.0.id(), wanted(item))).collect();
    best(
        items,
        |item| {
            let id = chosen.get(&item.0.id()).copied().flatten()?;
            elements(item.0).find(|element| element.id() == id)
        },
        is_summary,
    )
}

/// Elements with a class of one of these names (or that ends in it, behind a dash), and in them; the first name wins.
fn by_class(items: &[Item<'_>], words: &[&str], within: &str) -> Option<Field> {
    let classes: Vec<&str> = items
        .iter()
        .flat_map(|(item, _)| elements(*item))
        .flat_map(|element| element.value().classes())
        .filter(|class| class.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)))
        .collect();
    let has = |(item, headline): &Item<'_>, selector: &str| {
        let found = select(*item, selector).next().map(text_of);
        found.is_some_and(|text| {
            !text.is_empty() && text != headline.title && text.chars().count() <= MAX_DATE
        })
    };
    words.iter().find_map(|word| {
        let fits = |class: &&&str| class.split(['-', '_']).next_back() == Some(word) || *class == word;
        let class = classes.iter().find(fits)?;
        let selector = if within.is_empty() { format!(".{class}") } else { format!(".{class} {within}") };
        share(items, |item| has(item, &selector)).then(|| field(&selector))
    })
}
