//! Reads the dates that publishers write: RFC 822 and 3339, their broken kin, and dates in words. Pure: it is given
//! the zone of dates that do not say theirs, and "now" for dates without a year. What can't be read is None: never
//! "now", and never a date out of something that is none.

mod names;
mod tokens;

use chrono::{
    DateTime, Duration, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc,
};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use crate::model::Timestamp;
use tokens::{Token, tokenise};

pub use names::month as month_of_name;

/// Longer texts are not dates.
const MAX_CHARS: usize = 120;

/// Reads a date. `zone` is the zone of dates that do not say theirs (UTC where None); `now` lets a date without a year
/// be the nearest past one (None refuses such dates).
///
/// Reads RFC 822, 2822, 3339, W3CDTF, ISO 8601 (basic, ordinal), asctime, `16 юли 2018 г.`, `Oct 7, 2018`,
/// `12.12.2022`, `30 September 22` and seconds since 1970.
pub fn parse_date(text: &str, zone: Option<Tz>, now: Option<Timestamp>) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_CHARS * 4 || text.chars().count() > MAX_CHARS {
        return None;
    }
    let parts = if text.is_ascii() {
        Parts::gather(&tokenise(text))
    } else {
        let composed: String = text.nfc().collect();
        Parts::gather(&tokenise(&composed))
    };
    if let Some(moment) = parts.since_1970() {
        return Some(moment);
    }
    let time = parts.time.unwrap_or_default();
    let day = parts.date(now)?.checked_add_signed(Duration::days(time.extra_days))?;
    to_utc(day.and_time(time.clock), parts.offset, zone)
}

/// A time of day. `24:00` is the next day's midnight.
#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    clock: NaiveTime,
    extra_days: i64,
}

/// What a text said, before it is decided what it means.
#[derive(Debug, Default)]
struct Parts {
    /// Numbers that are not part of a time or an offset.
    numbers: Vec<Number>,
    month: Option<u32>,
    time: Option<Clock>,
    offset: Option<FixedOffset>,
    words: usize,
}

#[derive(Debug, Clone, Copy)]
struct Number {
    value: u64,
    digits: usize,
    /// The punctuation right before it.
    after: Option<char>,
    /// Whether a dot stands right behind it.
    dot: bool,
    /// Whether the month's name stands before it.
    behind_month: bool,
}

impl Parts {
    fn gather(tokens: &[Token]) -> Parts {
        let mut parts = Parts::default();
        let mut rest = tokens;
        let mut before = None;
        let mut number_before = false;
        while let Some((token, tail)) = rest.split_first() {
            rest = tail;
            match token {
                Token::Number { value, digits } => {
                    if let Some(left) = parts.take_time(*value, *digits, rest) {
                        rest = left;
                        number_before = false;
                    } else {
                        number_before = true;
                        parts.numbers.push(Number {
                            value: *value,
                            digits: *digits,
                            after: before,
                            dot: matches!(rest.first(), Some(Token::Mark('.'))),
                            behind_month: parts.month.is_some(),
                        });
                    }
                    before = None;
                }
                Token::Word(word) => {
                    rest = parts.take_word(word, rest);
                    before = None;
                    number_before = false;
                }
                Token::Mark(mark) => {
                    before = Some(*mark);
                    let sign = matches!(mark, '+' | '-' | '−') && !number_before;
                    if sign
                        && parts.offset.is_none()
                        && parts.time.is_some()
                        && let Some((offset, left)) = read_offset(*mark, rest)
                    {
                        parts.offset = Some(offset);
                        rest = left;
                    }
                }
                Token::Gap => number_before = false,
            }
        }
        parts
    }

    /// `10:20`, `10:20:30.5`; and `102030` behind the T of ISO 8601 basic.
    fn take_time<'t>(&mut self, hour: u64, digits: usize, rest: &'t [Token]) -> Option<&'t [Token]> {
        if self.time.is_some() || hour > 24 || digits > 2 {
            return None;
        }
        let [Token::Mark(':'), Token::Number { value: minute, digits: 1..=2 }, rest @ ..] = rest else {
            return None;
        };
        let (second, mut rest) = match rest {
            [Token::Mark(':'), Token::Number { value, digits: 1..=2 }, rest @ ..] => (*value, rest),
            _ => (0, rest),
        };
        let mut nanos = 0;
        if let [Token::Mark('.' | ','), Token::Number { value, digits }, left @ ..] = rest {
            let scale = 9_u32.checked_sub(u32::try_from(*digits).unwrap_or(u32::MAX));
            nanos = scale.and_then(|scale| value.checked_mul(10_u64.pow(scale))).unwrap_or(0);
            rest = left;
        }
        self.time = clock(hour, *minute, second, nanos);
        self.time.is_some().then_some(rest)
    }

    fn take_word<'t>(&mut self, word: &str, rest: &'t [Token]) -> &'t [Token] {
        if let Some(month) = names::month(word) {
            // The last one wins: `mar, 16 lug` begins with an Italian Tuesday.
            self.month = Some(month);
            return rest;
        }
        match (word, rest) {
            ("am" | "pm", _) => self.twelve_hours(word == "pm"),
            ("a" | "p", [Token::Mark('.'), Token::Word(m), left @ ..]) if m == "m" => {
                self.twelve_hours(word == "p");
                return left;
            }
            ("t", [Token::Number { value, digits }, left @ ..]) if matches!(digits, 4 | 6) => {
                let (hour, minute, second) = match digits {
                    4 => (value / 100, value % 100, 0),
                    _ => (value / 10_000, value / 100 % 100, value % 100),
                };
                self.time = clock(hour, minute, second, 0);
                return left;
            }
            _ => match names::offset_minutes(word) {
                Some(minutes) if self.time.is_some() => {
                    // `GMT+0200` says it twice; the number is read next and wins.
                    let named = FixedOffset::east_opt(minutes * 60);
                    let numbered = match rest {
                        [Token::Mark(sign @ ('+' | '-')), left @ ..] => read_offset(*sign, left),
                        _ => None,
                    };
                    if let Some((offset, left)) = numbered {
                        self.offset = Some(offset);
                        return left;
                    }
                    self.offset = self.offset.or(named);
                }
                Some(_) | None => self.words += 1,
            },
        }
        rest
    }

    fn twelve_hours(&mut self, afternoon: bool) {
        use chrono::Timelike;
        let Some(time) = &mut self.time else { return };
        let hour = time.clock.hour();
        let shifted = match (afternoon, hour) {
            (true, 1..=11) => hour + 12,
            (false, 12) => 0,
            _ => hour,
        };
        time.clock = time.clock.with_hour(shifted).unwrap_or(time.clock);
    }

    /// A lone number of ten digits (seconds) or thirteen (milliseconds).
    fn since_1970(&self) -> Option<Timestamp> {
        match self.numbers.as_slice() {
            [number] if self.month.is_none() && self.time.is_none() && self.words == 0 => {
                let value = i64::try_from(number.value).ok()?;
                match number.digits {
                    10 => DateTime::from_timestamp(value, 0),
                    13 => DateTime::from_timestamp_millis(value),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn date(&self, now: Option<Timestamp>) -> Option<NaiveDate> {
        match self.month {
            Some(month) => self.date_in_words(month, now),
            None => self.date_in_numbers(now),
        }
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
        match self.numbers.as_slice() {
            [n] if n.digits == 8 => {
                date(n.value / 10_000, small(n.value / 100 % 100)?, small(n.value % 100)?)
            }
            [n] if n.digits == 7 => {
                NaiveDate::from_yo_opt(i32::try_from(n.value / 1000).ok()?, small(n.value % 1000)?)
            }
            // `2018` is W3CDTF, but only where nothing else stands beside it.
            [n] if n.digits == 4 && self.words == 0 && (1900..2100).contains(&n.value) => date(n.value, 1, 1),
            [year, month] if year.digits == 4 && month.after == Some('-') && month.digits == 3 => {
                NaiveDate::from_yo_opt(i32::try_from(year.value).ok()?, small(month.value)?)
            }
            [year, month] if year.digits == 4 && month.after == Some('-') => {
                date(year.value, small(month.value)?, 1)
            }
            [day, month] if month.after == Some('.') && month.dot && month.digits <= 2 => {
                without_year(small(month.value)?, small(day.value)?, now?)
            }
            [a, b, c, ..] if b.after.is_some() && b.after == c.after => three_numbers(a, b, c),
            _ => None,
        }
    }
}

/// `2018-07-16`, `16.07.2018`, `16/7/18`, and `7/16/2018` where nothing else is possible.
fn three_numbers(a: &Number, b: &Number, c: &Number) -> Option<NaiveDate> {
    if !matches!(b.after, Some('-' | '.' | '/')) {
        return None;
    }
    if a.digits == 4 {
        return date(a.value, small(b.value)?, small(c.value)?);
    }
    let year = full_year(c)?;
    let (day, month) = match (a.value, b.value) {
        (1..=12, 13..=31) => (b.value, a.value),
        _ => (a.value, b.value),
    };
    date(year, small(month)?, small(day)?)
}

/// What stands behind the sign: `0200`, `02:00`, `2`.
fn read_offset(sign: char, rest: &[Token]) -> Option<(FixedOffset, &[Token])> {
    let (hours, minutes, rest) = match rest {
        [
            Token::Number { value: hours, digits: 1..=2 },
            Token::Mark(':'),
            Token::Number { value: minutes, digits: 2 },
            rest @ ..,
        ] => (*hours, *minutes, rest),
        [Token::Number { value, digits: 4 }, rest @ ..] => (value / 100, value % 100, rest),
        [Token::Number { value, digits: 1..=2 }, rest @ ..] => (*value, 0, rest),
        _ => return None,
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    let seconds = if sign == '+' { seconds } else { -seconds };
    FixedOffset::east_opt(seconds).map(|offset| (offset, rest))
}

fn clock(hour: u64, minute: u64, second: u64, nanos: u64) -> Option<Clock> {
    // Leap seconds are shown as the second before.
    let second = if second == 60 { 59 } else { second };
    let (hour, extra_days) = if hour == 24 { (0, 1) } else { (hour, 0) };
    let clock = NaiveTime::from_hms_nano_opt(
        small(hour)?,
        small(minute)?,
        small(second)?,
        u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?,
    )?;
    Some(Clock { clock, extra_days })
}

fn small(value: u64) -> Option<u32> {
    u32::try_from(value).ok()
}

/// RFC 2822 §4.3: two digits below 50 are of this century, three digits count from 1900.
fn full_year(number: &Number) -> Option<u64> {
    match number.digits {
        4 => Some(number.value),
        3 => Some(1900 + number.value),
        1 | 2 if number.value < 50 => Some(2000 + number.value),
        2 => Some(1900 + number.value),
        _ => None,
    }
}

fn date(year: u64, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// The nearest past day of this name; tomorrow still counts, as `now` is UTC and the publisher may be ahead.
fn without_year(month: u32, day: u32, now: Timestamp) -> Option<NaiveDate> {
    use chrono::Datelike;
    let latest = now.date_naive().succ_opt()?;
    (0..=8)
        .filter_map(|back| NaiveDate::from_ymd_opt(latest.year() - back, month, day))
        .find(|date| *date <= latest)
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
