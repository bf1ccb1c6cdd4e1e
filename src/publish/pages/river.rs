//! Entries in a list, by day.

use chrono::{DateTime, NaiveTime};
use chrono_tz::Tz;

use super::{
    super::{
        also::Also,
        dates::rfc3339,
        edition::Edition,
        excerpt::cut,
        item::Item,
        words::{Words, clock},
    },
    frame::{Frame, Link, Switch},
};
use crate::model::Language;

/// Characters of text under a title in the river.
pub(super) const TEASER: usize = 260;
/// Tags of an entry; more would be longer than its text.
const TAGS: usize = 5;

pub(super) struct Day<'a> {
    pub(super) date: String,
    pub(super) iso: String,
    pub(super) rows: Vec<Row<'a>>,
}

pub(super) struct Row<'a> {
    pub(super) heading: Vec<Piece>,
    pub(super) href: Option<String>,
    pub(super) lang: Option<&'a str>,
    pub(super) source: String,
    pub(super) source_href: Option<String>,
    pub(super) moment: String,
    pub(super) time: Option<String>,
    /// Empty where there is none.
    pub(super) text: Vec<Piece>,
    pub(super) credit: Option<&'a str>,
    /// The same in other languages.
    pub(super) translations: Vec<Switch>,
    /// Other sources that report the same.
    pub(super) also: &'a [Also],
    pub(super) tags: Vec<Link>,
}

/// A piece of text; marked where it is what somebody searched for.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) marked: bool,
}

/// Says what of a text is marked: ranges of bytes, in order.
pub(super) type Marker<'a> = &'a dyn Fn(&str) -> Vec<std::ops::Range<usize>>;

/// Nothing is.
pub(super) const UNMARKED: Marker<'static> = &|_| Vec::new();

/// The entries by day, in their order.
pub(super) fn days<'a>(edition: &'a Edition<'a>, frame: &Frame<'_>, marker: Marker<'_>) -> Vec<Day<'a>> {
    let mut days: Vec<Day<'a>> = Vec::new();
    for item in &edition.items {
        let at = item.published.with_timezone(&edition.page.site.zone);
        let iso = at.format("%Y-%m-%d").to_string();
        if days.last().is_none_or(|day| day.iso != iso) {
            days.push(Day { date: frame.words.date(&at), iso, rows: Vec::new() });
        }
        if let Some(day) = days.last_mut() {
            day.rows.push(row(item, edition, frame, at, marker));
        }
    }
    days
}

/// An entry in a list.
pub(super) fn row<'a>(
    item: &'a Item<'a>,
    edition: &Edition<'_>,
    frame: &Frame<'_>,
    at: DateTime<Tz>,
    marker: Marker<'_>,
) -> Row<'a> {
    let source = edition.source(item);
    // Many sources give a day and no time: midnight somewhere is no time of day to show.
    let is_day_only = at.time() == NaiveTime::MIN || item.published.time() == NaiveTime::MIN;
    let heading = item.heading();
    // A short message without a title is its own heading; once is enough.
    let switch = |(lang, href): &(String, String)| Switch {
        lang: lang.clone(),
        name: lang.parse().map(|language| Words::read_in(&language)).unwrap_or_default(),
        href: href.clone(),
    };
    let text = item.text.as_deref().filter(|text| *text != heading);
    Row {
        heading: pieces(&heading, marker),
        href: item.link.clone(),
        lang: item.language.map(Language::as_str),
        source: source.map(|source| source.title.clone()).unwrap_or_default(),
        source_href: source.map(|source| frame.source(&source.slug)),
        moment: rfc3339(item.published),
        time: (!is_day_only).then(|| clock(&at)),
        text: text.map(|text| pieces(&cut(text, TEASER), marker)).unwrap_or_default(),
        credit: item.credit.as_deref(),
        translations: item.translations.iter().map(switch).collect(),
        also: &item.also,
        tags: item.tags.iter().filter_map(|tag| frame.tag(tag)).take(TAGS).collect(),
    }
}

fn pieces(text: &str, marker: Marker<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |range: std::ops::Range<usize>, marked| {
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            pieces.push(Piece { text: text.to_owned(), marked });
        }
    };
    let mut end = 0;
    for range in marker(text) {
        push(end..range.start, false);
        end = range.end;
        push(range, true);
    }
    push(end..text.len(), false);
    pieces
}
