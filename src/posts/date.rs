//! Dates of posts: a day, a moment, or only a month or year.

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use crate::model::Timestamp;

/// How much of a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// The year alone: `2018`.
    Year,
    /// The month: `2018-07`.
    Month,
    /// The day: `2018-07-16`.
    Day,
    /// The moment: `2018-07-16 10:30`.
    Time,
}

/// When a post appeared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostDate {
    /// The moment. Where no time is known: noon of the (first) day in the site's time zone, so that readers in almost
    /// every zone of the world see the same day.
    pub at: Timestamp,
    /// How much of it is known.
    pub precision: Precision,
    /// The year as it was written; part of the post's id.
    pub year: i32,
}

/// What a date may look like, for faults.
pub(super) const EXPECTED: &str = "a date such as 2018-07-16, 2018-07-16 10:30, 2018-07 or 2018";

impl PostDate {
    /// Reads a date: `2018`, `2018-07`, `2018-07-16`, and with a time and an offset (RFC 3339, seconds optional, a
    /// space for the T). A time without an offset is in `zone`. Years from 1900 to 2999.
    pub fn parse(text: &str, zone: Tz) -> Option<Self> {
        let text = text.trim();
        let (date, precision) = match text.len() {
            4 => (format!("{text}-01-01"), Precision::Year),
            7 => (format!("{text}-01"), Precision::Month),
            10 => (text.to_owned(), Precision::Day),
            _ => return moment(text, zone).filter(PostDate::is_plausible),
        };
        // chrono reads "+018-07-16" and "2018- 7-16" too.
        if !date.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return None;
        }
        let date = NaiveDate::parse_from_str(&date, "%Y-%m-%d").ok()?;
        let at = in_zone(date.and_time(noon()), zone)?;
        Some(PostDate { at, precision, year: date.year() }).filter(PostDate::is_plausible)
    }

    fn is_plausible(&self) -> bool {
        (1900..3000).contains(&self.year)
    }
}

fn noon() -> NaiveTime {
    NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default()
}

fn moment(text: &str, zone: Tz) -> Option<PostDate> {
    if text.len() > 40 {
        return None;
    }
    let precision = Precision::Time;
    for form in
        ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M%#z"]
    {
        // chrono's %#z takes Z and a space before the offset as well.
        if let Ok(at) = DateTime::parse_from_str(text, form) {
            return Some(PostDate { at: at.with_timezone(&Utc), precision, year: at.year() });
        }
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, form) {
            return Some(PostDate { at: in_zone(local, zone)?, precision, year: local.year() });
        }
    }
    None
}

/// The moment of a local time. In the hour that comes twice it is the first; in the one that does not exist, the
/// moment an hour later on the clock.
fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    // Near the ends of the calendar the conversion itself has nowhere to go.
    local.date().checked_sub_days(Days::new(2))?;
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => {
            let later = local.checked_add_signed(TimeDelta::hours(1))?;
            zone.from_local_datetime(&later).earliest().map(|at| at.to_utc())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Precision)> {
        let date = PostDate::parse(text, Tz::Europe__Sofia)?;
        Some((date.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), date.precision))
    }

    #[test]
    fn every_form_is_read() {
        let cases = [
            ("2018-07-16", "2018-07-16T09:00:00Z", Precision::Day),
            ("2018-01-16", "2018-01-16T10:00:00Z", Precision::Day),
            ("2018-07", "2018-07-01T09:00:00Z", Precision::Month),
            ("2018", "2018-01-01T10:00:00Z", Precision::Year),
            ("2018-07-16 10:30", "2018-07-16T07:30:00Z", Precision::Time),
            ("2018-07-16T10:30:15", "2018-07-16T07:30:15Z", Precision::Time),
            ("2018-07-16T10:30:00+01:00", "2018-07-16T09:30:00Z", Precision::Time),
            ("2018-07-16 10:30 +0100", "2018-07-16T09:30:00Z", Precision::Time),
            ("2018-07-16T10:30:00Z", "2018-07-16T10:30:00Z", Precision::Time),
        ];
        for (text, at, precision) in cases {
            assert_eq!(read(text), Some((at.to_owned(), precision)), "{text}");
        }
    }

    #[test]
    fn the_missing_hour_moves_on_and_the_double_one_is_the_first() {
        assert_eq!(read("2018-03-25 03:30").unwrap().0, "2018-03-25T01:30:00Z");
        assert_eq!(read("2018-10-28 03:30").unwrap().0, "2018-10-28T00:30:00Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "soon", "2018-13", "2018-02-30", "16.07.2018", "0000", "9999-12-31", "20180716", "+018"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
