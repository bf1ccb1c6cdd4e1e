//! Which day the parts of a date are.

use chrono::{Datelike, Duration, NaiveDate, Weekday};

use super::parts::{Clock, Number, Parts, clock};
use crate::model::Timestamp;

/// What stands between the numbers of a date.
const SEPARATORS: [char; 6] = ['-', '.', '/', '_', ',', '\\'];

impl Parts {
    /// The day and the time of day.
    pub(super) fn moment(&self, now: Option<Timestamp>) -> Option<(NaiveDate, Clock)> {
        if let [n] = self.numbers.as_slice()
            && matches!(n.digits, 12 | 14)
            && self.month.is_none()
        {
            return compact(n);
        }
        let day = match (self.week, self.month) {
            (Some((week, day)), _) => self.date_of_week(week, day),
            (None, Some(month)) => self.date_in_words(month, now),
            (None, None) => self.date_in_numbers(now),
        };
        Some((day?, self.time.unwrap_or_default()))
    }

    fn date_of_week(&self, week: u32, day: u32) -> Option<NaiveDate> {
        let year = i32::try_from(self.numbers.first()?.value).ok()?;
        let day = Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
        NaiveDate::from_isoywd_opt(year, week, day)
    }

    fn date_in_words(&self, month: u32, now: Option<Timestamp>) -> Option<NaiveDate> {
        let numbers = &self.numbers;
        // `30 September 22`, `7-Oct-18`: two digits are a year where they stand right behind the month, or can be no
        // day. `Oct 7` has none.
        let long = numbers.iter().position(|n| n.digits >= 3);
        let short = || numbers.iter().skip(1).position(|n| n.digits == 2 && n.behind_month).map(|at| at + 1);
        let no_day = || numbers.iter().position(|n| n.value > 31).filter(|_| numbers.len() > 1);
        let year = long.or_else(no_day).or_else(short);
        let day = numbers.iter().enumerate().find(|(at, _)| Some(*at) != year).map(|(_, day)| day);
        match (year.and_then(|at| numbers.get(at)), day) {
            (Some(year), Some(day)) => date(full_year(year)?, month, small(day.value)?),
            // `July 2018`: the first of it, as W3CDTF says of `2018-07`. A month alone is no date.
            (Some(year), None) => date(full_year(year)?, month, 1),
            (None, Some(day)) => without_year(month, small(day.value)?, now?),
            (None, None) => None,
        }
    }

    fn date_in_numbers(&self, now: Option<Timestamp>) -> Option<NaiveDate> {
        let alone = self.words == 0;
        match self.numbers.as_slice() {
            [n] if n.digits == 8 => eight_digits(n.value),
            [n] if n.digits == 7 => {
                NaiveDate::from_yo_opt(i32::try_from(n.value / 1000).ok()?, small(n.value % 1000)?)
            }
            // `2018` is W3CDTF, but only where nothing else stands beside it.
            [n] if n.digits == 4 && alone && (1900..2100).contains(&n.value) => date(n.value, 1, 1),
            // ISO 8601:1988 leaves the century out: `-0312`, `-03-12`.
            [n] if n.digits == 4 && n.after == Some('-') && alone && self.time.is_none() => {
                date(of_this_century(n.value / 100), small(n.value % 100)?, 1)
            }
            [year, month]
                if (year.digits, month.digits) == (2, 2)
                    && (year.after, month.after) == (Some('-'), Some('-'))
                    && alone =>
            {
                date(of_this_century(year.value), small(month.value)?, 1)
            }
            [year, month] if year.digits == 4 && month.after == Some('-') && month.digits == 3 => {
                NaiveDate::from_yo_opt(i32::try_from(year.value).ok()?, small(month.value)?)
            }
            [year, month] if year.digits == 4 && month.after == Some('-') => {
                date(year.value, small(month.value)?, 1)
            }
            [year, month] if year.digits == 4 && alone && matches!(month.after, Some('/' | '.')) => {
                date(year.value, small(month.value)?, 1)
            }
            [month, year] if year.digits == 4 && alone && matches!(year.after, Some('/' | '.')) => {
                date(year.value, small(month.value)?, 1)
            }
            [day, month] if month.after == Some('.') && month.dot && month.digits <= 2 => {
                without_year(small(month.value)?, small(day.value)?, now?)
            }
            [day, month]
                if alone
                    && (day.digits, month.digits) == (2, 2)
                    && matches!(month.after, Some('.' | '/')) =>
            {
                without_year(small(month.value)?, small(day.value)?, now?)
            }
            [_, _, _, ..] => self.three_numbers(now),
            _ => None,
        }
    }

    /// `2018-07-16`, `16.07.2018`, `16/7/18`, `16 07 2018`. Numbers of other things may stand beside them.
    fn three_numbers(&self, now: Option<Timestamp>) -> Option<NaiveDate> {
        let has_year = |[a, _, c]: &[Number; 3]| a.digits == 4 || c.digits == 4;
        let alike = |[_, b, c]: &[Number; 3]| {
            b.after == c.after && b.after.is_some_and(|mark| SEPARATORS.contains(&mark))
        };
        let mixed = |[_, b, c]: &[Number; 3]| {
            [b.after, c.after].iter().all(|mark| mark.is_some_and(|mark| SEPARATORS.contains(&mark)))
        };
        let apart = |[_, b, c]: &[Number; 3]| b.after.is_none() && c.after.is_none();
        let threes = || self.numbers.windows(3).filter_map(|three| <&[Number; 3]>::try_from(three).ok());
        let only = || threes().next().filter(|_| self.numbers.len() == 3);
        let chosen = threes()
            .find(|three| has_year(three) && alike(three))
            .or_else(|| threes().find(|three| alike(three)))
            .or_else(|| only().filter(|three| has_year(three) && mixed(three)))
            .or_else(|| only().filter(|three| has_year(three) && apart(three) && self.words <= 2));
        let [a, b, c] = chosen?;
        if a.digits == 4 {
            return date(a.value, small(b.value)?, small(c.value)?);
        }
        let day_first = full_year(c).and_then(|year| {
            let (day, month) = match (a.value, b.value) {
                (1..=12, 13..=31) => (b.value, a.value),
                _ => (a.value, b.value),
            };
            date(year, small(month)?, small(day)?)
        });
        let year_first = || date(full_year(a)?, small(b.value)?, small(c.value)?);
        // `98-07-16` can be nothing else; `18-12-31` has the year first, where the other reading lies in the future.
        let latest = now.and_then(|now| now.date_naive().checked_add_signed(Duration::days(2)));
        let too_late = |day: &NaiveDate| latest.is_some_and(|latest| *day > latest);
        match day_first {
            Some(day) if c.digits <= 2 && b.after == Some('-') && too_late(&day) => {
                year_first().filter(|other| !too_late(other)).or(Some(day))
            }
            Some(day) => Some(day),
            None if c.digits <= 2 => year_first(),
            None => None,
        }
    }
}

/// `20180716`, and `16072018` where that is none.
fn eight_digits(value: u64) -> Option<NaiveDate> {
    let year_first = date(value / 10_000, small(value / 100 % 100)?, small(value % 100)?);
    let is_usual = |day: &NaiveDate| (1900..2100).contains(&day.year());
    let day_first =
        || date(value % 10_000, small(value / 10_000 % 100)?, small(value / 1_000_000)?).filter(is_usual);
    year_first.filter(is_usual).or_else(day_first).or(year_first)
}

/// `201807161020`, `20180716102030`.
fn compact(n: &Number) -> Option<(NaiveDate, Clock)> {
    let (day, time) = match n.digits {
        12 => (n.value / 10_000, n.value % 10_000 * 100),
        _ => (n.value / 1_000_000, n.value % 1_000_000),
    };
    let day = date(day / 10_000, small(day / 100 % 100)?, small(day % 100)?)?;
    Some((day, clock(time / 10_000, time / 100 % 100, time % 100, 0)?))
}

fn small(value: u64) -> Option<u32> {
    u32::try_from(value).ok()
}

/// RFC 2822 §4.3: two digits below 50 are of this century, three digits count from 1900.
fn full_year(number: &Number) -> Option<u64> {
    match number.digits {
        4 => Some(number.value),
        3 => Some(1900 + number.value),
        1 => Some(2000 + number.value),
        2 => Some(of_this_century(number.value)),
        _ => None,
    }
}

fn of_this_century(year: u64) -> u64 {
    if year < 50 { 2000 + year } else { 1900 + year }
}

/// Years that no publisher means are faults of a program: `-0001-11-30`.
fn date(year: u64, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|year| (1000..10_000).contains(year))?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// The nearest past day of this name; tomorrow still counts, as `now` is UTC and the publisher may be ahead.
fn without_year(month: u32, day: u32, now: Timestamp) -> Option<NaiveDate> {
    let latest = now.date_naive().succ_opt()?;
    (0..=8)
        .filter_map(|back| NaiveDate::from_ymd_opt(latest.year().checked_sub(back)?, month, day))
        .find(|date| *date <= latest)
}
