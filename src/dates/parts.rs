//! What a text says, piece by piece, before it is decided what it means.

use chrono::{DateTime, FixedOffset, NaiveTime, Timelike};

use super::names;
use super::tokens::Token;
use crate::model::Timestamp;

/// A time of day. `24:00` is the next day's midnight.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    pub(super) clock: NaiveTime,
    pub(super) extra_days: i64,
}

/// What a text said.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Numbers that are not part of a time or an offset.
    pub(super) numbers: Vec<Number>,
    pub(super) month: Option<u32>,
    /// Week and day of it (ISO 8601).
    pub(super) week: Option<(u32, u32)>,
    pub(super) time: Option<Clock>,
    pub(super) offset: Option<FixedOffset>,
    pub(super) words: usize,
    /// That the day is known from elsewhere.
    dated: bool,
    /// Said before the time: `오후 01:31`.
    afternoon: Option<bool>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) value: u64,
    pub(super) digits: usize,
    /// The punctuation right before it.
    pub(super) after: Option<char>,
    /// Whether a dot stands right behind it.
    pub(super) dot: bool,
    /// Whether the month's name stands before it.
    pub(super) behind_month: bool,
}

impl Parts {
    pub(super) fn gather(tokens: &[Token]) -> Parts {
        Parts::default().with(tokens)
    }

    /// Where only the time of day is asked for: `10.20` is one then.
    pub(super) fn gather_time(tokens: &[Token]) -> Parts {
        Parts { dated: true, ..Parts::default() }.with(tokens)
    }

    fn with(self, tokens: &[Token]) -> Parts {
        let mut parts = self;
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
                        rest = parts.take_number(*value, *digits, before, rest);
                    }
                    before = None;
                }
                // `2 days ago` is no August, which `2 ago 2018` and `2 de ago. de 2018` are.
                Token::Word(word) if word == "ago" && !number_before && !has_number(rest) => {
                    parts.words += 1;
                    before = None;
                }
                Token::Word(word) => {
                    rest = parts.take_word(word, rest);
                    before = None;
                    number_before = false;
                }
                Token::Mark(mark) => {
                    before = Some(*mark);
                    let sign = matches!(mark, '+' | '-') && !number_before;
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

    /// A number of the date. Cameras write `2018:07:16`.
    fn take_number<'t>(
        &mut self,
        value: u64,
        digits: usize,
        after: Option<char>,
        rest: &'t [Token],
    ) -> &'t [Token] {
        let behind_month = self.month.is_some();
        let dot = matches!(rest.first(), Some(Token::Mark('.')));
        self.numbers.push(Number { value, digits, after, dot, behind_month });
        if let (
            4,
            [
                Token::Mark(':'),
                Token::Number { value: month, digits: 2 },
                Token::Mark(':'),
                Token::Number { value: day, digits: 2 },
                rest @ ..,
            ],
        ) = (digits, rest)
        {
            let number = |value| Number { value, digits: 2, after: Some('-'), dot: false, behind_month };
            self.numbers.extend([number(*month), number(*day)]);
            return rest;
        }
        rest
    }

    /// `10:20`, `10:20:30.5`; `10.20` and `10h20` behind a date; `10 pm`, `14 Uhr`.
    fn take_time<'t>(&mut self, hour: u64, digits: usize, rest: &'t [Token]) -> Option<&'t [Token]> {
        if self.time.is_some() || digits > 2 {
            return None;
        }
        let (separator, minute, rest) = match rest {
            [Token::Mark(':'), Token::Number { value, digits: 1..=2 }, rest @ ..] => (':', *value, rest),
            _ if hour > 24 => return None,
            [Token::Mark('.'), Token::Number { value, digits: 2 }, rest @ ..] if self.has_date() => {
                ('.', *value, rest)
            }
            [Token::Word(word), rest @ ..] if names::is_hour(word) => match rest {
                [Token::Number { value, digits: 1..=2 }, rest @ ..] if *value < 60 => (':', *value, rest),
                _ => (' ', 0, rest),
            },
            [Token::Word(word), ..] if matches!(word.as_str(), "am" | "pm") => (' ', 0, rest),
            [Token::Word(a), Token::Mark('.'), Token::Word(m), ..]
                if matches!(a.as_str(), "a" | "p") && m == "m" =>
            {
                (' ', 0, rest)
            }
            _ => return None,
        };
        let (second, mut rest) = match rest {
            [Token::Mark(mark), Token::Number { value, digits: 1..=2 }, rest @ ..] if *mark == separator => {
                (Some(*value), rest)
            }
            _ => (None, rest),
        };
        let mut nanos = 0;
        if let [Token::Mark('.' | ','), Token::Number { value, digits }, left @ ..] = rest
            && separator == ':'
            && second.is_some()
            // `10:20:30, 16.07.2018`, `10:20:30, 16 юли`.
            && !matches!(left, [Token::Mark('.' | '/'), Token::Number { .. }, ..])
            && !matches!(left, [Token::Word(word), ..] if names::month(word).is_some())
        {
            let scale = 9_u32.checked_sub(u32::try_from(*digits).unwrap_or(u32::MAX));
            nanos = scale.and_then(|scale| value.checked_mul(10_u64.pow(scale))).unwrap_or(0);
            rest = left;
        }
        self.time = clock(hour, minute, second.unwrap_or(0), nanos);
        if let Some(afternoon) = self.afternoon {
            self.twelve_hours(afternoon);
        }
        // `49:14:55` is no time of day, and no part of it is one.
        (self.time.is_some() || separator == ':').then_some(rest)
    }

    /// Whether what was said so far is a whole date.
    fn has_date(&self) -> bool {
        self.dated || self.numbers.len() >= 3 || (self.month.is_some() && self.numbers.len() == 2)
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
            ("π" | "μ", [Token::Mark('.'), Token::Word(m), left @ ..]) if m == "μ" => {
                self.twelve_hours(word == "μ");
                return left;
            }
            ("오전" | "上午" | "午前" | "오후" | "下午" | "午後" | "следобед", _) => {
                let afternoon = !matches!(word, "오전" | "上午" | "午前");
                match self.time {
                    Some(_) => self.twelve_hours(afternoon),
                    None => self.afternoon = Some(afternoon),
                }
            }
            ("월" | "月", _) => self.number_is_month(),
            ("년" | "年" | "일" | "日", _) => {}
            ("t", [Token::Number { value, digits }, left @ ..]) if matches!(digits, 2 | 4 | 6) => {
                let is_clock = *digits == 2 && matches!(left.first(), Some(Token::Mark(':')));
                if is_clock {
                    return rest;
                }
                let (hour, minute, second) = match digits {
                    2 => (*value, 0, 0),
                    4 => (value / 100, value % 100, 0),
                    _ => (value / 10_000, value / 100 % 100, value % 100),
                };
                self.time = clock(hour, minute, second, 0);
                return left;
            }
            ("w", _) if self.week.is_none() => return self.take_week(rest),
            _ => return self.take_other_word(word, rest),
        }
        rest
    }

    /// A zone, a month in Roman numerals, or a word that says nothing.
    fn take_other_word<'t>(&mut self, word: &str, rest: &'t [Token]) -> &'t [Token] {
        let year_follows = match rest {
            [Token::Mark('.' | '/' | '-'), Token::Number { digits, .. }, ..]
            | [Token::Number { digits, .. }, ..] => *digits == 4,
            _ => false,
        };
        if let Some(month) = names::roman_month(word)
            && self.month.is_none()
            && self.numbers.len() == 1
            && year_follows
        {
            self.month = Some(month);
            return rest;
        }
        match names::offset_minutes(word) {
            // Atlantic time ends a date; `10:00 at the town hall` is none.
            Some(_) if word == "at" && !rest.is_empty() => self.words += 1,
            Some(minutes) if self.time.is_some() => {
                // `GMT+0200` says it twice; the number is read next and wins.
                let named = FixedOffset::east_opt(minutes * 60);
                let numbered = match rest {
                    [Token::Mark(sign @ ('+' | '-')), left @ ..]
                    | [Token::Gap, Token::Mark(sign @ ('+' | '-')), left @ ..] => read_offset(*sign, left),
                    _ => None,
                };
                if let Some((offset, left)) = numbered {
                    self.offset = Some(offset);
                    return left;
                }
                self.offset = self.offset.or(named);
            }
            Some(_) | None => self.words += 1,
        }
        rest
    }

    /// `2018-W29-1`, `2018W291`.
    fn take_week<'t>(&mut self, rest: &'t [Token]) -> &'t [Token] {
        let follows_year = matches!(self.numbers.as_slice(), [year] if year.digits == 4);
        let (week, day, left) = match rest {
            [
                Token::Number { value: week, digits: 2 },
                Token::Mark('-'),
                Token::Number { value: day, digits: 1 },
                left @ ..,
            ] => (*week, *day, left),
            [Token::Number { value: week, digits: 2 }, left @ ..] => (*week, 1, left),
            [Token::Number { value, digits: 3 }, left @ ..] => (value / 10, value % 10, left),
            _ => (0, 0, rest),
        };
        match (follows_year, u32::try_from(week), u32::try_from(day)) {
            (true, Ok(week @ 1..), Ok(day)) => {
                self.week = Some((week, day));
                left
            }
            _ => {
                self.words += 1;
                rest
            }
        }
    }

    fn number_is_month(&mut self) {
        let last = self.numbers.last().filter(|number| (1..=12).contains(&number.value));
        if let Some(month) = last.and_then(|number| u32::try_from(number.value).ok()) {
            self.numbers.pop();
            self.month = Some(month);
        }
    }

    fn twelve_hours(&mut self, afternoon: bool) {
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
    pub(super) fn since_1970(&self) -> Option<Timestamp> {
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
}

fn has_number(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| matches!(token, Token::Number { .. }))
}

/// What stands behind the sign: `0200`, `02:00`, `2`, `200`.
fn read_offset(sign: char, rest: &[Token]) -> Option<(FixedOffset, &[Token])> {
    let (hours, minutes, rest) = match rest {
        [
            Token::Number { value: hours, digits: 1..=2 },
            Token::Mark(':'),
            Token::Number { value: minutes, digits: 2 },
            rest @ ..,
        ] => (*hours, *minutes, rest),
        [Token::Number { value, digits: 3..=4 }, rest @ ..] => (value / 100, value % 100, rest),
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

pub(super) fn clock(hour: u64, minute: u64, second: u64, nanos: u64) -> Option<Clock> {
    // Leap seconds are shown as the second before.
    let second = if second == 60 { 59 } else { second };
    // `26:14`, `10:61`: a program that counted on.
    let (hour, minute) = (hour + minute / 60, minute % 60);
    let (hour, extra_days) = if (24..48).contains(&hour) { (hour - 24, 1) } else { (hour, 0) };
    let small = |value| u32::try_from(value).ok();
    let clock = NaiveTime::from_hms_nano_opt(
        small(hour)?,
        small(minute)?,
        small(second)?,
        u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?,
    )?;
    Some(Clock { clock, extra_days })
}
