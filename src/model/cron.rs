//! Moments that a source's file fixes. A CRON line is checked where it is made, so that no later code meets a faulty one.

use std::{fmt, str::FromStr};

use chrono_tz::Tz;
use croner::Cron;
use serde::{Deserialize, Serialize};

use super::{NameError, Timestamp};

/// A CRON line: minute, hour, day of the month, month, day of the week (`0 7-19/2 * * MON-FRI`). It names a moment that
/// comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronLine(String);

impl CronLine {
    /// The line, as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first moment after this one, by the clock of the zone. A moment that the change to summer time skips comes
    /// right after it; one that the change to winter time repeats comes once. None where no such moment is left.
    pub fn next(&self, after: Timestamp, zone: Tz) -> Option<Timestamp> {
        let cron = Cron::from_str(&self.0).ok()?;
        Some(cron.find_next_occurrence(&after.with_timezone(&zone), false).ok()?.to_utc())
    }
}

impl FromStr for CronLine {
    type Err = NameError;

    fn from_str(line: &str) -> Result<Self, NameError> {
        // Croner knows lines with seconds too: nothing is asked so often by the clock.
        let is_plain = line.split_whitespace().count() == 5 && line.len() <= 200;
        let cron = is_plain.then(|| CronLine(line.to_owned()));
        let comes = |cron: &CronLine| cron.next(super::from_millis(1_767_225_600_000), Tz::UTC).is_some();
        cron.filter(comes).ok_or_else(|| NameError::Cron(line.chars().take(80).collect()))
    }
}

impl TryFrom<String> for CronLine {
    type Error = NameError;

    fn try_from(line: String) -> Result<Self, NameError> {
        line.parse()
    }
}

impl From<CronLine> for String {
    fn from(line: CronLine) -> String {
        line.0
    }
}

impl fmt::Display for CronLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments that follow each other, in the zone's own time.
    fn moments(line: &str, zone: Tz, after: &str, count: usize) -> Vec<String> {
        let cron: CronLine = line.parse().unwrap();
        let next = |at: &Timestamp| cron.next(*at, zone);
        let moments = std::iter::successors(next(&after.parse().unwrap()), next).take(count);
        moments.map(|at| at.with_timezone(&zone).format("%m-%d %H:%M %Z").to_string()).collect()
    }

    #[test]
    fn a_line_counts_by_the_clock_of_its_zone() {
        let sofia = moments("30 7 * * MON-FRI", Tz::Europe__Sofia, "2026-03-06T05:00:00Z", 2);
        assert_eq!(sofia, ["03-06 07:30 EET", "03-09 07:30 EET"]);
    }

    #[test]
    fn the_changes_of_the_clock_neither_skip_a_day_nor_ask_twice() {
        // On 29 March 2026 the clock goes from 03:00 to 04:00, on 25 October from 04:00 back to 03:00.
        let spring = moments("30 3 * * *", Tz::Europe__Sofia, "2026-03-27T12:00:00Z", 3);
        assert_eq!(spring, ["03-28 03:30 EET", "03-29 04:00 EEST", "03-30 03:30 EEST"]);
        let autumn = moments("30 3 * * *", Tz::Europe__Sofia, "2026-10-23T12:00:00Z", 3);
        assert_eq!(autumn, ["10-24 03:30 EEST", "10-25 03:30 EEST", "10-26 03:30 EET"]);
    }

    #[test]
    fn what_is_no_line_or_never_comes_is_refused() {
        for line in
            ["", "daily", "* * * *", "* * * * * *", "61 * * * *", "0 0 31 2 *", "0 25 * * *", "@daily"]
        {
            assert_eq!(line.parse::<CronLine>(), Err(NameError::Cron(line.to_owned())), "{line}");
        }
    }
}
