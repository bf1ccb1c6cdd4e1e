//! Dates of pages: by a form that was given, else by the forms that are known.

use std::sync::LazyLock;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::{
    dates::{ENGLISH_MONTHS, month_of_name, parse_date, parse_relative},
    model::{Language, PageRules, Timestamp},
};

/// Characters of a date, with words around it.
const MAX_CHARS: usize = 200;

static NUMBERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(\d{1,2})([/.-])(\d{1,2})([/.-])(\d{2,4})\b").ok());

/// How the dates of one page are read.
#[derive(Debug, Clone)]
pub(super) struct Dates {
    format: Option<String>,
    month_first: bool,
    zone: Option<Tz>,
    now: Timestamp,
}

impl Dates {
    /// As the rules say; `zone` is the source's.
    pub(super) fn new(rules: &PageRules, zone: Option<Tz>, now: Timestamp) -> Self {
        let month_first = rules.date_language.as_ref().is_some_and(writes_month_first);
        Dates { format: rules.date_format.clone(), month_first, zone: rules.zone.or(zone), now }
    }

    /// A date as people see it. One that cannot be read is absent, never now.
    pub(super) fn read(&self, text: &str) -> Option<Timestamp> {
        let text: String = text.chars().take(MAX_CHARS).nfc().collect();
        match &self.format {
            Some(format) => by_format(&text, format, self.zone.unwrap_or(Tz::UTC)),
            None if self.month_first => parse_date(&day_first(&text), self.zone, Some(self.now)),
            None => self.read_known(&text),
        }
    }

    /// A date as people see it, also one that is counted back from now: `преди 3 часа`. True where it is.
    pub(super) fn read_shown(&self, text: &str) -> Option<(Timestamp, bool)> {
        // First: `2 days ago` has an Italian August in it.
        let relative = self.format.is_none().then(|| parse_relative(text, self.zone, self.now)).flatten();
        relative.map(|date| (date, true)).or_else(|| Some((self.read(text)?, false)))
    }

    /// A date in one of the known forms, as machines write it: `datetime`, JSON-LD, `<meta>`.
    pub(super) fn read_known(&self, text: &str) -> Option<Timestamp> {
        parse_date(text, self.zone, Some(self.now))
    }
}

fn writes_month_first(language: &Language) -> bool {
    ["en-US", "en-PH"].contains(&language.as_str())
}

/// `7/16/2018` as `16/7/2018`.
fn day_first(text: &str) -> String {
    match &*NUMBERS {
        Some(numbers) => numbers.replace(text, "${3}${2}${1}${4}${5}").into_owned(),
        None => text.to_owned(),
    }
}

/// A date in a form that was given. Without a time of day it is midnight; without an offset it is in the zone. Where a
/// clock change makes it happen twice it is the first time, where it never happens an hour later.
fn by_format(text: &str, format: &str, zone: Tz) -> Option<Timestamp> {
    let (format, text) = without_day_name(format, text);
    let text = if has_month_name(format) { in_english(text, format) } else { text.to_owned() };
    if let Ok(moment) = DateTime::parse_from_str(&text, format) {
        return Some(moment.with_timezone(&Utc));
    }
    let local = NaiveDateTime::parse_from_str(&text, format)
        .ok()
        .or_else(|| NaiveDate::parse_from_str(&text, format).ok().map(|day| day.and_time(NaiveTime::MIN)))?;
    let moment = match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => moment,
        LocalResult::None => {
            let later = local.checked_add_signed(chrono::TimeDelta::hours(1))?;
            zone.from_local_datetime(&later).earliest()?
        }
    };
    Some(moment.with_timezone(&Utc))
}

fn has_month_name(format: &str) -> bool {
    ["%B", "%b", "%h"].iter().any(|name| format.contains(name))
}

/// The name of the day says nothing that the date does not: it is skipped in any language.
fn without_day_name<'a>(format: &'a str, text: &'a str) -> (&'a str, &'a str) {
    let Some(rest) = format.strip_prefix("%A").or_else(|| format.strip_prefix("%a")) else {
        return (format, text);
    };
    let gap = |c: char| c == ',' || c == '.' || c.is_whitespace();
    let day = text.trim_start_matches(char::is_alphabetic);
    (rest.trim_start_matches(gap), day.trim_start_matches(gap))
}

/// Names of months in any language that we know, in English; the dot of an abbreviation goes where the form has none.
fn in_english(text: &str, format: &str) -> String {
    let keeps_dot = ["%B.", "%b.", "%h."].iter().any(|name| format.contains(name));
    let mut english = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
        if word.is_empty() {
            english.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
            continue;
        }
        rest = rest.get(word.len()..).unwrap_or_default();
        let month = month_of_name(&word.to_lowercase()).and_then(|month| month.checked_sub(1));
        match month.and_then(|at| ENGLISH_MONTHS.get(at as usize)) {
            Some(name) => {
                english.push_str(name);
                rest = if keeps_dot { rest } else { rest.strip_prefix('.').unwrap_or(rest) };
            }
            None => english.push_str(&word),
        }
    }
    if format.contains("%B") { english } else { shortened(english) }
}

/// `%b` reads the first three letters only.
fn shortened(text: String) -> String {
    ENGLISH_MONTHS.iter().fold(text, |text, month| {
        if text.contains(month) {
            text.replace(month, &month.chars().take(3).collect::<String>())
        } else {
            text
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rules: &PageRules, text: &str) -> Option<String> {
        let now = "2026-03-04T10:30:00Z".parse().unwrap();
        let read = Dates::new(rules, Some(Tz::Europe__Sofia), now).read(text);
        read.map(|moment| moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }

    fn form(format: &str) -> PageRules {
        PageRules { date_format: Some(format.to_owned()), ..PageRules::default() }
    }

    #[test]
    fn dates_by_form_stand_in_the_zone_also_at_a_clock_change() {
        let form = form("%d.%m.%Y %H:%M");
        for (text, expected) in [
            ("04.03.2026 12:00", Some("2026-03-04T10:00:00Z")),
            ("29.03.2026 03:30", Some("2026-03-29T01:30:00Z")),
            ("25.10.2026 03:30", Some("2026-10-25T00:30:00Z")),
            ("вчера", None),
            ("31.02.2026 12:00", None),
        ] {
            assert_eq!(read(&form, text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn names_of_months_and_days_are_read_in_every_language() {
        for (format, text) in [
            ("%d %B %Y", "16 юли 2018"),
            ("%d %B %Y", "16 luglio 2018"),
            ("%d. %B %Y", "16. Juli 2018"),
            ("%d. %b %Y", "16. jul. 2018"),
            ("%b. %d, %Y", "Jul. 16, 2018"),
            ("%A, %d. %B %Y", "Montag, 16. Juli 2018"),
            ("%a %d %b %Y", "пон. 16 Юли 2018"),
            ("%d %B %Y", "16 Ю\u{43b}\u{438} 2018"),
        ] {
            assert_eq!(read(&form(format), text).as_deref(), Some("2018-07-15T21:00:00Z"), "{format} {text}");
        }
    }

    #[test]
    fn american_dates_have_the_month_first() {
        let american = PageRules { date_language: "en-US".parse().ok(), ..PageRules::default() };
        assert_eq!(read(&american, "7/8/2018").as_deref(), Some("2018-07-07T21:00:00Z"));
        assert_eq!(read(&american, "July 8, 2018").as_deref(), Some("2018-07-07T21:00:00Z"));
        assert_eq!(read(&PageRules::default(), "7/8/2018").as_deref(), Some("2018-08-06T21:00:00Z"));
    }

    #[test]
    fn the_zone_of_the_rules_comes_before_the_zone_of_the_source() {
        let rules = PageRules { zone: Some(Tz::Europe__London), ..PageRules::default() };
        assert_eq!(read(&rules, "16.07.2018").as_deref(), Some("2018-07-15T23:00:00Z"));
    }
}
