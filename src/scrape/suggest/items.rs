//! What repeats on a page with a link and a title: candidates for the item selector, scored.

use std::collections::{HashMap, HashSet};

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::{
    fields::{self, Headline},
    names::{names, place},
};
use crate::scrape::{
    dates::Dates,
    page::absolute,
    text::{select, text_of},
};

/// Links of the page that are looked at.
const MAX_ANCHORS: usize = 600;
/// Levels above a link where its item may begin.
const MAX_LEVELS: usize = 7;
/// Selectors that are tried.
const MAX_SELECTORS: usize = 150;
/// Items of one kind that are looked at.
const MAX_ITEMS: usize = 60;
/// Where no news stand.
const BOILERPLATE: [&str; 5] = ["nav", "footer", "header", "aside", "form"];
const BOILERPLATE_NAMES: [&str; 16] = [
    "menu",
    "nav",
    "footer",
    "sidebar",
    "breadcrumb",
    "pagination",
    "pager",
    "share",
    "social",
    "lang",
    "cookie",
    "widget",
    "partner",
    "sponsor",
    "toolbar",
    "banner",
];

/// Items that one selector finds.
pub(super) struct Kind<'a> {
    /// The selector.
    pub(super) selector: String,
    /// The first of its items, each with its headline.
    pub(super) items: Vec<(ElementRef<'a>, Headline<'a>)>,
    /// How much they look like news.
    pub(super) score: f64,
}

/// Every kind of item on the page that may be the list, the best first.
pub(super) fn kinds<'a>(html: &'a Html, base: &Url, dates: &Dates) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'a>> =
        selectors(html, base).into_iter().filter_map(|selector| kind(html, selector, base, dates)).collect();
    // Of selectors that find the same, one with a class of the item itself lasts longest.
    kinds.sort_by(|a, b| {
        let rank = |kind: &Kind<'_>| (!has_own_class(&kind.selector), kind.selector.len());
        b.score.total_cmp(&a.score).then_with(|| rank(a).cmp(&rank(b)))
    });
    let mut seen = HashSet::new();
    kinds.retain(|kind| seen.insert(kind.items.iter().map(|(item, _)| item.id()).collect::<Vec<_>>()));
    kinds
}

fn has_own_class(selector: &str) -> bool {
    selector.rsplit(' ').next().is_some_and(|own| own.contains('.'))
}

/// Selectors of elements around links, those of many links first.
fn selectors(html: &Html, base: &Url) -> Vec<String> {
    let Ok(anchors) = Selector::parse("a[href]") else { return Vec::new() };
    let mut counted: HashMap<String, (usize, usize)> = HashMap::new();
    let leads = |anchor: &ElementRef<'_>| anchor.attr("href").and_then(|href| absolute(base, href)).is_some();
    for anchor in html.select(&anchors).filter(leads).take(MAX_ANCHORS) {
        let mut mine: HashSet<String> = HashSet::new();
        let above = anchor.ancestors().filter_map(ElementRef::wrap);
        let levels = std::iter::once(anchor).chain(above).take(MAX_LEVELS);
        for element in levels.take_while(|element| !matches!(element.value().name(), "body" | "html")) {
            mine.extend(of_element(element));
        }
        for selector in mine {
            let place = counted.len();
            counted.entry(selector).or_insert((0, place)).0 += 1;
        }
    }
    let mut often: Vec<(String, (usize, usize))> =
        counted.into_iter().filter(|(_, (count, _))| *count > 1).collect();
    often.sort_by(|(a, (many, first)), (b, (more, second))| {
        more.cmp(many).then(first.cmp(second)).then(a.cmp(b))
    });
    often.into_iter().take(MAX_SELECTORS).map(|(selector, _)| selector).collect()
}

/// An element by its own name, and by its name in the nearest place that has one.
fn of_element(element: ElementRef<'_>) -> Vec<String> {
    let names = names(element);
    let tag = element.value().name();
    let around = element.ancestors().filter_map(ElementRef::wrap).take(5).find_map(place);
    let mut found: Vec<String> = names.iter().filter(|name| name.as_str() != tag).cloned().collect();
    if matches!(tag, "article") {
        found.push(tag.to_owned());
    }
    if let Some(around) = around {
        found.extend(names.iter().take(2).map(|name| format!("{around} {name}")));
        found.push(format!("{around} {tag}"));
    }
    found
}

fn kind<'a>(html: &'a Html, selector: String, base: &Url, dates: &Dates) -> Option<Kind<'a>> {
    let compiled = Selector::parse(&selector).ok()?;
    let all: Vec<ElementRef<'a>> = html.select(&compiled).take(MAX_ITEMS).collect();
    let ids: HashSet<_> = all.iter().map(|item| item.id()).collect();
    let is_nested = |item: &ElementRef<'_>| item.ancestors().any(|node| ids.contains(&node.id()));
    if all.len() < 2 || all.iter().any(is_nested) {
        return None;
    }
    let items: Vec<(ElementRef<'a>, Headline<'a>)> =
        all.iter().filter_map(|item| Some((*item, fields::headline(*item, base)?))).collect();
    let score = score(&items, all.len(), dates);
    (score > 0.0).then_some(Kind { selector, items, score })
}

fn score(items: &[(ElementRef<'_>, Headline<'_>)], all: usize, dates: &Dates) -> f64 {
    let distinct: HashSet<&Url> = items.iter().map(|(_, headline)| &headline.link).collect();
    let titles: HashSet<&str> = items.iter().map(|(_, headline)| headline.title.as_str()).collect();
    if distinct.len() < 2 || titles.len() < 2 {
        return 0.0;
    }
    let count = items.len() as f64;
    let share = |is: &dyn Fn(&(ElementRef<'_>, Headline<'_>)) -> bool| {
        items.iter().filter(|item| is(item)).count() as f64 / count
    };
    let dated = share(&|(item, _)| fields::has_date(*item, dates));
    let pictured = share(&|(item, _)| select(*item, "img").next().is_some());
    let headed = share(&|(_, headline)| headline.is_heading);
    let worded =
        share(&|(item, headline)| text_of(*item).chars().count() > headline.title.chars().count() + 40);
    let idle = share(&|(item, _)| is_boilerplate(*item));
    let crowded = share(&|(item, headline)| holds_others(*item, headline));
    let length = items.iter().map(|(_, headline)| headline.title.chars().count().min(90)).sum::<usize>()
        as f64
        / count;
    let filled = count / all as f64;
    let unlike = distinct.len() as f64 / count;
    (1.0 + count).ln()
        * (length / 40.0).min(1.0)
        * (1.0 + 2.0 * dated + 0.7 * worded + 0.4 * pictured + 0.7 * headed)
        * filled
        * filled
        * unlike
        * (1.0 - 0.85 * idle)
        * (1.0 - 0.8 * crowded)
}

/// A row of cards is not a card: it has several headlines that lead to different places.
fn holds_others(item: ElementRef<'_>, headline: &Headline<'_>) -> bool {
    let headings =
        select(item, "h1, h2, h3, h4, h5, h6").filter(|heading| !text_of(*heading).is_empty()).count();
    if headline.is_heading {
        return headings > 1 && select(item, "h1 a, h2 a, h3 a, h4 a, a h2, a h3, a h4").count() > 1;
    }
    let long = select(item, "a[href]").filter(|anchor| text_of(*anchor).chars().count() >= 25);
    let targets: HashSet<_> = long.filter_map(|anchor| anchor.attr("href")).collect();
    targets.len() > 2
}

fn is_boilerplate(item: ElementRef<'_>) -> bool {
    let around = std::iter::once(item).chain(item.ancestors().filter_map(ElementRef::wrap));
    around.take_while(|element| !matches!(element.value().name(), "body" | "html" | "main")).any(|element| {
        let value = element.value();
        // An article has a header of its own.
        let tag = value.name();
        let words = value.classes().chain(value.id()).flat_map(|name| name.split(['-', '_']));
        BOILERPLATE.contains(&tag)
            || value.attr("role").is_some_and(|role| matches!(role, "navigation" | "banner" | "contentinfo"))
            || words.into_iter().any(|word| BOILERPLATE_NAMES.contains(&word.to_ascii_lowercase().as_str()))
    })
}
