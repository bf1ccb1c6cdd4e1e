//! Small readings that the walk needs: names, attributes, and the words of the syndication modules.

use std::time::Duration;

use quick_xml::events::BytesStart;

use crate::model::Link;

pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

pub(super) fn attribute(e: &BytesStart<'_>, name: &str) -> Option<String> {
    let raw = e.attributes_raw();
    if !raw.contains(name) {
        return None;
    }
    let found =
        e.attributes().with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    let value = quick_xml::escape::unescape(&found.value)
        .map_or_else(|_| found.value.to_string(), |v| v.into_owned());
    Some(value.trim().to_owned())
}

pub(super) fn atom_link(e: &BytesStart<'_>) -> Option<Link> {
    Some(Link {
        href: attribute(e, "href").filter(|href| !href.is_empty())?,
        rel: attribute(e, "rel").or_else(|| Some("alternate".to_owned())),
        media_type: attribute(e, "type"),
        hreflang: attribute(e, "hreflang"),
        title: attribute(e, "title"),
        length: attribute(e, "length").and_then(|length| length.parse().ok()),
    })
}

pub(super) fn minutes(minutes: u64) -> Option<Duration> {
    minutes.checked_mul(60).map(Duration::from_secs)
}

/// 0 is Monday.
pub(super) fn weekday(name: &str) -> Option<u8> {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let day = days.iter().position(|day| name.eq_ignore_ascii_case(day))?;
    u8::try_from(day).ok()
}

/// sy:updatePeriod (RSS 1.0 syndication module).
pub(super) fn period_seconds(period: &str) -> Option<u64> {
    const HOUR: u64 = 3600;
    match period.to_ascii_lowercase().as_str() {
        "hourly" => Some(HOUR),
        "daily" => Some(24 * HOUR),
        "weekly" => Some(7 * 24 * HOUR),
        "monthly" => Some(30 * 24 * HOUR),
        "yearly" => Some(365 * 24 * HOUR),
        _ => None,
    }
}
