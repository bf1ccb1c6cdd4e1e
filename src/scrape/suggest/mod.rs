//! Proposes rules for a list page: finds what repeats with a link and a title, then what its parts are. A proposal for
//! people to look at, not a decision.

mod fields;
mod items;
mod names;

use chrono_tz::Tz;
use scraper::Html;
use url::Url;

use super::{Page, ScrapeError, dates::Dates, page, read};
use crate::{
    charset::decode_html,
    model::{EntryField, Field, PageRules, Timestamp},
};

/// Proposals that are given.
const MAX_SUGGESTIONS: usize = 3;
/// Kinds of items that are looked into.
const MAX_KINDS: usize = 12;
/// Where the link to the next page stands, the surest first.
const NEXT: [&str; 12] = [
    "a[rel~=\"next\"]",
    "link[rel~=\"next\"]",
    ".pagination .next a",
    ".pagination a.next",
    ".pagination-next a",
    "li.next a",
    ".pager-next a",
    ".pager__item--next a",
    "a.next",
    "a.next-page",
    ".nav-previous a",
    ".older a",
];

/// Rules that were proposed, and what they find.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The rules.
    pub rules: PageRules,
    /// What they find on the page.
    pub page: Page,
}

/// Proposes rules for a list page, the best first; none where nothing on it repeats.
///
/// # Errors
/// `TooComplex`.
pub fn suggest(
    body: &[u8],
    content_type: Option<&str>,
    base: &Url,
    zone: Option<Tz>,
    now: Timestamp,
) -> Result<Vec<Suggestion>, ScrapeError> {
    let (text, _) = decode_html(body, content_type);
    let html = page::parse(&text)?;
    let on = page::base(&html, base);
    let dates = Dates::new(&PageRules::default(), zone, now);
    let next = next(&html, &on, base);
    let mut found: Vec<(f64, Suggestion)> = Vec::new();
    for kind in items::kinds(&html, &on, &dates).into_iter().take(MAX_KINDS) {
        let mut rules = fields::rules(&kind, &on, &dates);
        rules.next = next.clone();
        let Ok(page) = read(body, content_type, base, &rules, zone, now) else { continue };
        let links: Vec<_> = page.feed.entries.iter().map(|entry| entry.link()).collect();
        let is_known = found.iter().any(|(_, known)| {
            known.page.feed.entries.iter().map(|entry| entry.link()).collect::<Vec<_>>() == links
        });
        let score = kind.score * coverage(&page);
        if page.feed.entries.len() > 1 && !is_known {
            found.push((score, Suggestion { rules, page }));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = found.first().map_or(0.0, |(score, _)| *score);
    // What is far behind is the menu or the footer.
    let good = found.into_iter().filter(|(score, _)| *score * 4.0 >= best);
    Ok(good.map(|(_, suggestion)| suggestion).take(MAX_SUGGESTIONS).collect())
}

/// More where more fields were found.
fn coverage(page: &Page) -> f64 {
    let entries = &page.feed.entries;
    let share = |field: EntryField| {
        let with = entries.iter().filter(|entry| field.is_in(entry)).count();
        with as f64 / entries.len().max(1) as f64
    };
    1.0 + share(EntryField::Date) + 0.5 * share(EntryField::Summary) + 0.3 * share(EntryField::Image)
}

fn next(html: &Html, on: &Url, base: &Url) -> Option<Field> {
    let leads = |selector: &str| {
        super::text::select(html.root_element(), selector)
            .next()
            .and_then(super::item::href)
            .is_some_and(|href| super::next_page(&href, on, base).is_some())
    };
    NEXT.iter().find(|selector| leads(selector)).map(|selector| field(selector))
}

/// A selector alone.
fn field(select: &str) -> Field {
    Field { select: select.to_owned(), ..Field::default() }
}
