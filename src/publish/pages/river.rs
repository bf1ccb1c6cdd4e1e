//! Entries in a list, by day.

use chrono::{DateTime, NaiveTime};
use chrono_tz::Tz;

use super::{
    super::{
        also::Also,
        dates::rfc3339,
        edition::Edition,
        excerpt::{cut, plain_text},
        item::Item,
        words::{Words, clock},
    },
    frame::{Frame, Link, Switch},
};
use crate::model::Language;

/// Characters of text under a title in the river.
pub(super) const TEASER: usize = 260;
/// Characters of a title that large letters still can show.
const LONG: usize = 110;
/// Characters that are shown before a word that was searched for.
const BEFORE: usize = 80;
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
    /// Whether the title is too long for large letters.
    pub(super) is_long: bool,
    pub(super) source: String,
    /// Its language, where it is not that of the entry.
    pub(super) source_lang: Option<String>,
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
    let text = item.text.as_deref().map(without_mark).filter(|text| *text != heading);
    let text = text.map(|text| cut(text, TEASER));
    let is_shown = |text: &str| !marker(text).is_empty();
    let is_shown = is_shown(&heading) || text.as_deref().is_some_and(is_shown);
    // What was searched for is shown, where it stands further down in a text that may be shown whole.
    let passage = item.content.as_deref().filter(|_| !is_shown).and_then(|whole| passage(whole, marker));
    let text = passage.or(text);
    let around = item.language.map_or(frame.words.lang, Language::as_str);
    Row {
        heading: pieces(&heading, marker),
        href: item.link.clone(),
        lang: item.language.map(Language::as_str),
        is_long: heading.chars().count() > LONG,
        source: source.map(|source| source.title.clone()).unwrap_or_default(),
        source_lang: source
            .and_then(|source| source.language.as_ref())
            .filter(|language| language.as_str() != around)
            .map(ToString::to_string),
        source_href: source.map(|source| frame.source(&source.slug)),
        moment: rfc3339(item.published),
        time: (!is_day_only).then(|| clock(&at)),
        text: text.map(|text| pieces(&text, marker)).unwrap_or_default(),
        credit: item.credit.as_deref(),
        translations: item.translations.iter().map(switch).collect(),
        also: &item.also,
        tags: item.tags.iter().filter_map(|tag| frame.tag(tag)).take(TAGS).collect(),
    }
}

/// Without the sign by which many publishers say that they cut the text themselves: the title already leads to the whole.
fn without_mark(text: &str) -> &str {
    let text = text.trim_end();
    ["[…]", "[...]", "(…)"].iter().find_map(|mark| text.strip_suffix(mark)).unwrap_or(text).trim_end()
}

/// The part of a text around the first word that is marked.
fn passage(markup: &str, marker: Marker<'_>) -> Option<String> {
    let text = plain_text(markup);
    let found = marker(&text).first()?.start;
    let before = text.get(..found)?;
    let start = before.char_indices().rev().nth(BEFORE).map_or(0, |(at, _)| at);
    // It begins with a whole word.
    let start =
        if start == 0 { 0 } else { start + before.get(start..)?.find(' ').map_or(0, |space| space + 1) };
    let passage = cut(text.get(start..)?, TEASER);
    Some(if start == 0 { passage } else { format!("…{passage}") })
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
