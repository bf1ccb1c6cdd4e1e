//! What the header fields of an answer mean to us: validators, freshness, when to come back. Pure.

use std::time::{Duration, SystemTime};

use reqwest::header::{self, HeaderMap, HeaderName};

use crate::model::{Freshness, Timestamp, Validators};

/// Times beyond this mean "long": a year, as RFC 9111 once advised. Keeps arithmetic on moments safe.
const LONG: Duration = Duration::from_secs(366 * 24 * 3600);

/// ETag and Last-Modified as the raw bytes received (RFC 9110 §8.8). Empty ones are none.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    Validators { etag: raw(headers, &header::ETAG), last_modified: raw(headers, &header::LAST_MODIFIED) }
}

/// Cache lifetime (RFC 9111 §4.2) and Retry-After.
pub(super) fn freshness(headers: &HeaderMap, now: Timestamp) -> Freshness {
    Freshness { fresh_for: fresh_for(headers, now), retry_after: retry_after(headers, now) }
}

/// Retry-After in both forms, seconds or a date (RFC 9110 §10.2.3). A date that has passed means now.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, &header::RETRY_AFTER)?;
    seconds(value).or_else(|| {
        Some(date(value)?.duration_since(server_time(headers, now)).unwrap_or_default().min(LONG))
    })
}

/// A field as text; None where it is missing or no text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn raw(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    headers.get(name).map(|value| value.as_bytes().to_vec()).filter(|value| !value.is_empty())
}

/// max-age wins over Expires (RFC 9111 §5.3); no-store and no-cache leave no lifetime. s-maxage is for shared caches.
fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let mut max_age = None;
    for directive in directives(headers) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return None;
        }
        if name.eq_ignore_ascii_case("max-age") && max_age.is_none() {
            max_age = Some(seconds(value.trim().trim_matches('"')).unwrap_or_default());
        }
    }
    let lifetime = match max_age {
        Some(age) => age,
        None => {
            let expires = date(text(headers, &header::EXPIRES)?)?;
            expires.duration_since(server_time(headers, now)).ok()?.min(LONG)
        }
    };
    let age = text(headers, &header::AGE).and_then(seconds).unwrap_or_default();
    lifetime.checked_sub(age).filter(|left| !left.is_zero())
}

fn directives(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let fields = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    fields.flat_map(|field| field.split(',')).map(str::trim)
}

/// delta-seconds (RFC 9111 §1.2.2): digits; too many of them mean "long".
fn seconds(value: &str) -> Option<Duration> {
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(value.parse().map_or(LONG, Duration::from_secs).min(LONG))
}

fn date(value: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(value).ok()
}

/// The moment by the server's own clock, so that a wrong one does no harm; by ours where it does not say.
fn server_time(headers: &HeaderMap, now: Timestamp) -> SystemTime {
    text(headers, &header::DATE).and_then(date).unwrap_or_else(|| now.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    const DATE: &str = "Wed, 04 Mar 2026 10:30:00 GMT";

    fn now() -> Timestamp {
        "2026-03-04T10:30:00Z".parse().unwrap()
    }

    fn headers(fields: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        map
    }

    #[track_caller]
    fn check_fresh(fields: &[(&'static str, &str)], expected: Option<u64>) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let fresh = freshness(&headers(&fields), now()).fresh_for;
        assert_eq!(fresh, expected.map(Duration::from_secs), "{fields:?}");
    }

    #[test]
    fn the_lifetime_is_max_age_else_expires_less_age() {
        check_fresh(&[], None);
        check_fresh(&[("cache-control", "public, max-age=600")], Some(600));
        check_fresh(&[("cache-control", "public"), ("cache-control", "Max-Age=\"600\"")], Some(600));
        check_fresh(&[("cache-control", "max-age=600"), ("age", "100")], Some(500));
        check_fresh(&[("cache-control", "max-age=600"), ("age", "600")], None);
        check_fresh(&[("cache-control", "max-age=600"), ("age", "9999")], None);
        check_fresh(&[("cache-control", "max-age=0"), ("expires", "Thu, 05 Mar 2026 10:30:00 GMT")], None);
        check_fresh(&[("cache-control", "max-age=-5")], None);
        check_fresh(&[("cache-control", "max-age=99999999999999999999")], Some(LONG.as_secs()));
        check_fresh(&[("cache-control", "s-maxage=600")], None);
        check_fresh(&[("cache-control", "no-cache, max-age=600")], None);
        check_fresh(&[("cache-control", "max-age=600, no-store")], None);
        check_fresh(&[("expires", "Wed, 04 Mar 2026 10:40:00 GMT")], Some(600));
        check_fresh(&[("expires", "Wed, 04 Mar 2026 10:40:00 GMT"), ("age", "60")], Some(540));
        check_fresh(&[("expires", "0")], None);
        check_fresh(&[("expires", "Wed, 04 Mar 2020 10:40:00 GMT")], None);
    }

    #[test]
    fn expires_counts_by_the_servers_own_clock() {
        let date = ("date", "Tue, 04 Mar 2025 10:30:00 GMT");
        check_fresh(&[date, ("expires", "Tue, 04 Mar 2025 10:40:00 GMT")], Some(600));
    }

    #[track_caller]
    fn check_retry(value: &str, expected: Option<u64>) {
        let map = headers(&[("retry-after", value.as_bytes()), ("date", DATE.as_bytes())]);
        assert_eq!(retry_after(&map, now()), expected.map(Duration::from_secs), "{value}");
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        check_retry("120", Some(120));
        check_retry(" 120 ", Some(120));
        check_retry("0", Some(0));
        check_retry("Wed, 04 Mar 2026 11:30:00 GMT", Some(3600));
        check_retry("Wednesday, 04-Mar-26 11:30:00 GMT", Some(3600));
        check_retry("Wed, 04 Mar 2020 11:30:00 GMT", Some(0));
        check_retry("99999999999999999999999", Some(LONG.as_secs()));
        check_retry("Fri, 31 Dec 9999 23:59:59 GMT", Some(LONG.as_secs()));
        check_retry("soon", None);
        check_retry("-5", None);
        check_retry("", None);
    }

    #[test]
    fn validators_are_the_bytes_that_came() {
        let map = headers(&[("etag", b"W/\"a\xe9\""), ("last-modified", b"yesterday")]);
        let expected =
            Validators { etag: Some(b"W/\"a\xe9\"".to_vec()), last_modified: Some(b"yesterday".to_vec()) };
        assert_eq!(validators(&map), expected);
        assert!(validators(&headers(&[("etag", b""), ("last-modified", b"")])).is_empty());
    }
}
