//! How the values in files become the types of the house.

use std::{cmp::Ordering, net::SocketAddr, path::PathBuf, time::Duration};

use bytesize::ByteSize;
use chrono_tz::Tz;
use ipnet::IpNet;

use super::{FromNode, Node, Spot, Value};
use crate::model::{
    CronLine, FeedUrl, Language, OnDeletion, Order, PublicationPolicy, Slug, SourceKind, TextPolicy,
    Timestamp,
};

impl FromNode for String {
    fn expected() -> String {
        "a text".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        let text = spot.parsed(&Self::expected(), |text| Some(text.to_owned()))?;
        // They end up in feeds, pages and headers, where most of them are illegal.
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            spot.expected("a text without control characters");
            return None;
        }
        Some(text)
    }
}

impl FromNode for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        let Value::Boolean(yes) = spot.value() else {
            spot.expected(&Self::expected());
            return None;
        };
        Some(*yes)
    }

    fn value_of(text: &str) -> Value {
        text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Boolean)
    }
}

macro_rules! whole_number {
    ($($type:ty),+) => {$(
        impl FromNode for $type {
            fn expected() -> String {
                "a whole number".to_owned()
            }

            fn from_node(spot: &Spot<'_>) -> Option<Self> {
                let Value::Integer(number) = spot.value() else {
                    spot.expected(&Self::expected());
                    return None;
                };
                let fits = <$type>::try_from(*number).ok();
                if fits.is_none() {
                    spot.expected(&format!("a whole number from 0 to {}", <$type>::MAX));
                }
                fits
            }

            fn compared(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }

            fn value_of(text: &str) -> Value {
                text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Integer)
            }
        }
    )+};
}

whole_number!(u32, usize);

/// A type that is written as a text, with what a fault says is expected.
macro_rules! written {
    ($type:ty, $expected:literal, $read:expr) => {
        impl FromNode for $type {
            fn expected() -> String {
                $expected.to_owned()
            }

            fn from_node(spot: &Spot<'_>) -> Option<Self> {
                spot.parsed($expected, $read)
            }
        }
    };
}
pub(super) use written;

impl FromNode for Duration {
    fn expected() -> String {
        "a duration such as 1s or 15min".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        spot.parsed(&Self::expected(), |text| humantime::parse_duration(text).ok())
    }

    fn compared(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

written!(Slug, "an id of 1 to 64 of a-z, 0-9 and -", |text| text.parse().ok());
written!(Language, "a language such as bg, en or de-AT", |text| text.parse().ok());
written!(
    CronLine,
    "a CRON line of five fields (minute, hour, day, month, weekday) such as 0 7-19/2 * * MON-FRI",
    |text| text.parse().ok()
);
written!(FeedUrl, "an address that begins with http:// or https://", |text| text.parse().ok());
written!(Tz, "a time zone such as Europe/Sofia", |text| text.parse().ok());
written!(SocketAddr, "an address and port such as 127.0.0.1:8080", |text| text.parse().ok());
written!(PathBuf, "a path", |text| (!text.is_empty() && !text.contains('\0')).then(|| text.into()));
written!(SourceKind, "feed, page or local", |text| match text {
    "feed" => Some(SourceKind::Feed),
    "page" => Some(SourceKind::Page),
    "local" => Some(SourceKind::Local),
    _ => None,
});
written!(TextPolicy, "link-only, excerpt or full", |text| match text {
    "link-only" => Some(TextPolicy::LinkOnly),
    "excerpt" => Some(TextPolicy::Excerpt),
    "full" => Some(TextPolicy::Full),
    _ => None,
});
written!(PublicationPolicy, "auto, review, excerpt, link-only, embargo or off", PublicationPolicy::from_name);
written!(OnDeletion, "withdraw or keep", |text| match text {
    "withdraw" => Some(OnDeletion::Withdraw),
    "keep" => Some(OnDeletion::Keep),
    _ => None,
});
written!(Order, "newest, oldest or updated", |text| match text {
    "newest" => Some(Order::Newest),
    "oldest" => Some(Order::Oldest),
    "updated" => Some(Order::Updated),
    _ => None,
});

/// A date, or a date and time with its zone; a date alone is its first moment in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl std::str::FromStr for Moment {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(day) = text.parse::<chrono::NaiveDate>() {
            return Ok(Moment(day.and_time(chrono::NaiveTime::MIN).and_utc()));
        }
        Ok(Moment(chrono::DateTime::parse_from_rfc3339(text)?.to_utc()))
    }
}

impl FromNode for Moment {
    fn expected() -> String {
        "a date such as 2026-12-31, or 2026-12-31T18:00:00+02:00".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        let read = |text: &str| text.parse().ok();
        let found = match spot.value() {
            Value::Text(text) | Value::Date(text) => read(text),
            _ => None,
        };
        if found.is_none() {
            spot.expected(&Self::expected());
        }
        found
    }
}

// A single address is a network of one.
written!(IpNet, "a network such as 10.0.0.0/8 or an address", |text| {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::IpAddr| address.into()))
});

impl FromNode for ByteSize {
    fn expected() -> String {
        "a size such as 512KiB or 10MiB".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        if let Value::Integer(bytes) = spot.value()
            && let Ok(bytes) = u64::try_from(*bytes)
        {
            return Some(ByteSize(bytes));
        }
        spot.parsed(&Self::expected(), |text| text.parse().ok())
    }

    fn compared(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: FromNode> FromNode for Vec<T> {
    fn expected() -> String {
        format!("a list; each {}", T::expected())
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        let Some(items) = spot.items() else {
            spot.expected(&Self::expected());
            return None;
        };
        // All items are read before any fault ends it: every fault counts.
        let read: Vec<Option<T>> = items.iter().map(Spot::read).collect();
        read.into_iter().collect()
    }

    /// Items between commas.
    fn value_of(text: &str) -> Value {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        Value::List(items.map(|item| Node { value: T::value_of(item), line: 0, column: 0 }).collect())
    }
}

/// A key that may be missing. An empty text says so too, so that a variable can take a value away.
impl<T: FromNode> FromNode for Option<T> {
    fn expected() -> String {
        T::expected()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        match spot.value() {
            Value::Nothing => Some(None),
            Value::Text(text) if text.is_empty() => Some(None),
            _ => T::from_node(spot).map(Some),
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn value_of(text: &str) -> Value {
        if text.is_empty() { Value::Nothing } else { T::value_of(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FaultList;

    fn read<T: FromNode>(text: &str) -> Result<T, String> {
        let faults = FaultList::new();
        let node = Node::from_toml("a.toml", &format!("key = {text}"), 1, &faults).unwrap();
        let Value::Table(pairs) = &node.value else { panic!("not a table") };
        let found = Spot::new("a.toml", "key", &pairs[0].1, &faults).read();
        found.ok_or_else(|| faults.into_vec().iter().map(|fault| fault.problem.clone()).collect())
    }

    #[test]
    fn texts_become_the_types_that_they_mean() {
        assert_eq!(read::<Duration>("'1h 30min'"), Ok(Duration::from_secs(5_400)));
        assert_eq!(read::<ByteSize>("'10MiB'"), Ok(ByteSize(10 << 20)));
        assert_eq!(read::<ByteSize>("512"), Ok(ByteSize(512)));
        assert_eq!(read::<Tz>("'Europe/Sofia'"), Ok(Tz::Europe__Sofia));
        assert_eq!(read::<SocketAddr>("'[::1]:80'"), Ok(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 80))));
        assert_eq!(read::<IpNet>("'127.0.0.1'").map(|net| net.to_string()), Ok("127.0.0.1/32".into()));
        assert_eq!(
            read::<Vec<SourceKind>>("['page', 'local']"),
            Ok(vec![SourceKind::Page, SourceKind::Local])
        );
    }

    #[test]
    fn what_does_not_fit_says_what_would() {
        let cases = [
            (read::<Duration>("'soon'").err(), "expected a duration such as 1s or 15min, found \"soon\""),
            (read::<Duration>("5").err(), "expected a duration such as 1s or 15min, found 5"),
            (read::<u32>("-1").err(), "expected a whole number from 0 to 4294967295, found -1"),
            (read::<u32>("1.5").err(), "expected a whole number, found 1.5"),
            (read::<bool>("'yes'").err(), "expected true or false, found \"yes\""),
            (
                read::<Slug>("'Столична'").err(),
                "expected an id of 1 to 64 of a-z, 0-9 and -, found \"Столична\"",
            ),
            (read::<String>("2018-07-16").err(), "expected a text, found 2018-07-16"),
            (
                read::<String>(r#""bell\u0007""#).err(),
                r#"expected a text without control characters, found "bell\u{7}""#,
            ),
            (read::<Vec<u32>>("7").err(), "expected a list; each a whole number, found 7"),
        ]
        .map(|(found, expected)| (found, Some(expected.to_owned())));
        for (found, expected) in cases {
            assert_eq!(found, expected);
        }
    }
}
