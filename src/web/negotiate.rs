//! Content negotiation (RFC 9110 §12.5): which coding, and which format where an address leaves it open. Pure.

use axum::http::{
    HeaderMap,
    header::{ACCEPT, ACCEPT_ENCODING, HeaderName},
};

use super::served::{Copy, Served};
use crate::model::{Coding, Format};

/// A weight in thousandths (§12.4.2).
type Weight = u16;

/// The copy to send: the one that the client wants most, and of several the smallest. None where it refuses all of them.
pub(super) fn choose_copy<'a>(headers: &HeaderMap, served: &'a Served) -> Option<&'a Copy> {
    let wanted = Codings::of(headers);
    let acceptable = served.copies().iter().map(|copy| (wanted.weight(copy.coding), copy));
    let best = acceptable.filter(|(weight, _)| *weight > 0);
    best.max_by_key(|(weight, copy)| (*weight, std::cmp::Reverse(copy.body.len()))).map(|(_, copy)| copy)
}

/// The format of a channel for this client: the page for people where it does not name a feed.
pub(super) fn choose_format(headers: &HeaderMap) -> Format {
    let mut best = (0, 0, Format::Html);
    for (range, weight) in weighted(headers, ACCEPT) {
        // Only readers name feeds; browsers name pages, and generic XML beside them.
        let (rank, format) = match range.to_ascii_lowercase().as_str() {
            "application/atom+xml" => (6, Format::Atom),
            "application/rss+xml" | "application/rdf+xml" => (5, Format::Rss),
            "application/feed+json" | "application/json" => (4, Format::Json),
            "text/html" | "application/xhtml+xml" => (3, Format::Html),
            "application/xml" | "text/xml" => (2, Format::Atom),
            "*/*" | "text/*" => (1, Format::Html),
            _ => continue,
        };
        if weight > 0 && (weight, rank) > (best.0, best.1) {
            best = (weight, rank, format);
        }
    }
    best.2
}

/// Whether the client is shown a page when something goes wrong: it names HTML.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    weighted(headers, ACCEPT).any(|(range, weight)| weight > 0 && range.eq_ignore_ascii_case("text/html"))
}

/// Whether the answer is shown to a person as a page of its own (Fetch Metadata, `Sec-Fetch-Dest`): a browser navigates, and
/// names HTML before any feed. Readers and scripts never do.
pub(super) fn is_opened_in_browser(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|destination| destination == "document")
        && wants_page(headers)
        && choose_format(headers) == Format::Html
}

/// What Accept-Encoding says of the codings that we have.
#[derive(Default)]
struct Codings {
    brotli: Option<Weight>,
    zstd: Option<Weight>,
    gzip: Option<Weight>,
    identity: Option<Weight>,
    any: Option<Weight>,
}

impl Codings {
    fn of(headers: &HeaderMap) -> Self {
        let mut codings = Codings::default();
        for (name, weight) in weighted(headers, ACCEPT_ENCODING) {
            let slot = if name.eq_ignore_ascii_case("br") {
                &mut codings.brotli
            } else if name.eq_ignore_ascii_case("zstd") {
                &mut codings.zstd
            } else if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                &mut codings.gzip
            } else if name.eq_ignore_ascii_case("identity") {
                &mut codings.identity
            } else if name == "*" {
                &mut codings.any
            } else {
                continue;
            };
            *slot = Some(weight);
        }
        codings
    }

    /// 0 where it must not be sent.
    fn weight(&self, coding: Coding) -> Weight {
        match coding {
            Coding::Brotli => self.brotli.or(self.any).unwrap_or(0),
            Coding::Zstd => self.zstd.or(self.any).unwrap_or(0),
            Coding::Gzip => self.gzip.or(self.any).unwrap_or(0),
            // Acceptable unless refused, but less than anything that is asked for.
            Coding::Identity => match (self.identity, self.any) {
                (Some(weight), _) => weight,
                (None, Some(0)) => 0,
                (None, _) => 1,
            },
        }
    }
}

/// The elements of a list with their weights, parameters dropped.
fn weighted(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, Weight)> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|element| {
        let mut parts = element.split(';');
        let item = parts.next()?.trim();
        let weight = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| parse_weight(value.trim()))
        });
        (!item.is_empty()).then(|| (item, weight.unwrap_or(1000)))
    })
}

/// A weight that is none counts as a refusal: sending less can always be read.
fn parse_weight(text: &str) -> Weight {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, digits) {
        ("0", true) => {
            fraction.bytes().zip([100, 10, 1]).map(|(digit, place)| Weight::from(digit - b'0') * place).sum()
        }
        ("1", true) if fraction.bytes().all(|digit| digit == b'0') => 1000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn weights_are_thousandths() {
        let cases = [
            ("1", 1000),
            ("1.000", 1000),
            ("0", 0),
            ("0.5", 500),
            ("0.001", 1),
            ("0.25", 250),
            ("1.5", 0),
            ("x", 0),
            ("", 0),
            ("0.0001", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_weight(text), expected, "{text}");
        }
    }

    #[test]
    fn a_feed_is_for_those_who_name_one() {
        let cases = [
            ("", Format::Html),
            ("*/*", Format::Html),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", Format::Html),
            (
                "application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,*/*;q=0.5",
                Format::Html,
            ),
            ("application/rss+xml", Format::Rss),
            ("application/rss+xml, application/atom+xml;q=0.9, */*;q=0.1", Format::Rss),
            ("application/rss+xml, application/atom+xml", Format::Atom),
            ("application/feed+json, application/json;q=0.9", Format::Json),
            ("Application/JSON", Format::Json),
            ("application/rss+xml, text/xml, text/html, */*", Format::Rss),
            ("text/xml, */*;q=0.1", Format::Atom),
            ("application/atom+xml;q=0, application/rss+xml;q=0.3", Format::Rss),
            ("image/png", Format::Html),
        ];
        for (accept, expected) in cases {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(choose_format(&headers), expected, "{accept}");
        }
    }
}
