//! Reads the dates that publishers write: RFC 822 and 3339, their broken kin, dates in words, and on pages also "3 hours
//! ago". Pure: it is given the zone of dates that do not say theirs, and "now" for dates without a year. What can't be read
//! is None: never "now", and never a date out of something that is none.

mod calendar;
mod names;
mod parts;
mod relative;
mod tokens;

use std::borrow::Cow;

use chrono::{Duration, FixedOffset, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use crate::model::Timestamp;
use parts::Parts;
use tokens::tokenise;

pub use names::{BULGARIAN_MONTHS, ENGLISH_MONTHS, month as month_of_name};
pub use relative::parse_relative;

/// Longer texts are not dates.
const MAX_CHARS: usize = 120;

/// Reads a date. `zone` is the zone of dates that do not say theirs (UTC where None); `now` lets a date without a year
/// be the nearest past one (None refuses such dates).
///
/// Reads RFC 822, 2822, 3339, W3CDTF, ISO 8601 (basic, ordinal, week), asctime, `16 юли 2018 г.`, `Oct 7, 2018`,
/// `12.12.2022`, `16.VII.2018`, `30 September 22`, `2004년 05월 28일` and seconds since 1970.
pub fn parse_date(text: &str, zone: Option<Tz>, now: Option<Timestamp>) -> Option<Timestamp> {
    let text = plain(text)?;
    let (text, named) = without_zone_name(&text);
    let parts = Parts::gather(&tokenise(&text));
    if let Some(moment) = parts.since_1970() {
        return Some(moment);
    }
    let (day, time) = parts.moment(now)?;
    let day = day.checked_add_signed(Duration::days(time.extra_days))?;
    to_utc(day.and_time(time.clock), parts.offset, named.or(zone))
}

/// The text with its digits, dashes and blanks as ASCII has them, and without marks that do not show. None where it is too
/// long for a date.
fn plain(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_CHARS * 4 || text.chars().count() > MAX_CHARS {
        return None;
    }
    if text.is_ascii() {
        return Some(Cow::Borrowed(text));
    }
    let shows = |c: &char| !matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
    let dash = |c| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { c };
    Some(Cow::Owned(text.nfkc().filter(shows).map(dash).collect()))
}

/// `2018-07-16 10:20 Europe/Sofia`: the text without the zone's name, and the zone.
fn without_zone_name(text: &str) -> (Cow<'_, str>, Option<Tz>) {
    if !text.contains('/') {
        return (Cow::Borrowed(text), None);
    }
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | ','));
    let is_name = |word: &&str| word.contains('/') && word.starts_with(|c: char| c.is_ascii_uppercase());
    let found = words.filter(is_name).find_map(|word| Some((word, word.parse::<Tz>().ok()?)));
    match found {
        Some((word, zone)) => (Cow::Owned(text.replacen(word, " ", 1)), Some(zone)),
        None => (Cow::Borrowed(text), None),
    }
}

/// In a zone: the earlier of two readings where clocks go back, an hour on where they go forward.
fn to_utc(local: NaiveDateTime, offset: Option<FixedOffset>, zone: Option<Tz>) -> Option<Timestamp> {
    if let Some(offset) = offset {
        return Some(offset.from_local_datetime(&local).single()?.with_timezone(&Utc));
    }
    let Some(zone) = zone else { return Some(local.and_utc()) };
    let read = match zone.from_local_datetime(&local) {
        LocalResult::Single(read) | LocalResult::Ambiguous(read, _) => read,
        LocalResult::None => {
            let later = local.checked_add_signed(Duration::hours(1))?;
            zone.from_local_datetime(&later).earliest()?
        }
    };
    Some(read.with_timezone(&Utc))
}

#[cfg(test)]
mod tests;
