//! Dates as documents write them. Whole seconds, years of four digits.

use chrono::{DateTime, SubsecRound};

use crate::model::Timestamp;

/// The moment to the second, within the years that every format can write.
pub(super) fn printable(at: Timestamp) -> Timestamp {
    // 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
    let seconds = at.trunc_subsecs(0).timestamp().clamp(-62_135_596_800, 253_402_300_799);
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

/// RFC 822 with a four-digit year: `Mon, 16 Jul 2018 08:00:00 GMT`.
pub(super) fn rfc822(at: Timestamp) -> String {
    printable(at).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// RFC 3339 in UTC: `2018-07-16T08:00:00Z`.
pub(super) fn rfc3339(at: Timestamp) -> String {
    printable(at).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_millis;

    #[test]
    fn dates_are_written_to_the_second_and_with_four_digits() {
        let at = from_millis(1_531_728_000_999);
        assert_eq!(rfc822(at), "Mon, 16 Jul 2018 08:00:00 GMT");
        assert_eq!(rfc3339(at), "2018-07-16T08:00:00Z");
        assert_eq!(rfc3339(DateTime::<chrono::Utc>::MAX_UTC), "9999-12-31T23:59:59Z");
        assert_eq!(rfc3339(DateTime::<chrono::Utc>::MIN_UTC), "0001-01-01T00:00:00Z");
    }
}
