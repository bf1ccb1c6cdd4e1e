//! Where a redirect leads and what it means for the stored address. Pure; our own loop in place of the client's, as
//! each hop is checked by the guard and only we know which hops were permanent.

use reqwest::StatusCode;
use url::Url;

use crate::model::{FeedUrl, FetchError};

/// The hops of one fetch.
#[derive(Debug)]
pub(super) struct Trail {
    seen: Vec<Url>,
    max: usize,
    permanent: bool,
}

/// Whether a status sends us elsewhere (RFC 9110 §15.4). 300 and 304 to 306 do not.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

impl Trail {
    pub(super) fn new(max: usize) -> Self {
        Trail { seen: Vec::new(), max, permanent: true }
    }

    /// The next address.
    ///
    /// # Errors
    /// Where there is no Location, it is no web address, it was visited before, or there were too many hops.
    pub(super) fn follow(
        &mut self,
        from: &FeedUrl,
        status: StatusCode,
        location: Option<&[u8]>,
    ) -> Result<FeedUrl, FetchError> {
        let target = resolve(from.url(), location)?;
        self.seen.push(without_fragment(from.url()));
        if self.seen.contains(&without_fragment(target.url())) {
            return Err(refused(format!("they lead back to {target}")));
        }
        if self.seen.len() > self.max {
            return Err(refused(format!("more than {}", self.max)));
        }
        // A step from https to http is followed but not remembered: it would give the protection up for good.
        let downgrade = from.url().scheme() == "https" && target.url().scheme() == "http";
        self.permanent &= matches!(status.as_u16(), 301 | 308) && !downgrade;
        Ok(target)
    }

    /// The address to remember for an answer that came from `last`: only where there was a hop and every one was
    /// permanent.
    pub(super) fn moved_to(&self, last: &FeedUrl) -> Option<FeedUrl> {
        (self.permanent && !self.seen.is_empty()).then(|| last.clone())
    }
}

/// Resolves a Location (RFC 9110 §10.2.2) against the address that sent it. The fragment is inherited, as §10.2.2 asks.
fn resolve(base: &Url, location: Option<&[u8]>) -> Result<FeedUrl, FetchError> {
    let location = location.ok_or_else(|| refused("one of them has no Location".to_owned()))?;
    // Some servers send raw UTF-8; `Url` escapes it. Anything else is replaced and then simply not found.
    let text = String::from_utf8_lossy(location);
    let shown = || text.chars().take(200).collect::<String>();
    let mut target = base.join(text.trim()).map_err(|_| refused(format!("“{}” is no address", shown())))?;
    if target.fragment().is_none() {
        target.set_fragment(base.fragment());
    }
    FeedUrl::try_from(target).map_err(|_| refused(format!("“{}” is no web address", shown())))
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

fn refused(reason: String) -> FetchError {
    FetchError::Redirect { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "https://partner.example/news/feed?x=1";

    /// Follows hops of a status and a Location; the last address and the one to remember, or the fault.
    fn walk(start: &str, hops: &[(u16, &str)]) -> Result<(String, Option<String>), String> {
        let (mut trail, mut at) = (Trail::new(5), start.parse::<FeedUrl>().unwrap());
        for (status, location) in hops {
            let status = StatusCode::from_u16(*status).unwrap();
            at = trail.follow(&at, status, Some(location.as_bytes())).map_err(|error| error.to_string())?;
        }
        let moved = trail.moved_to(&at).map(|url| url.to_string());
        Ok((at.to_string(), moved))
    }

    #[track_caller]
    fn check(hops: &[(u16, &str)], last: &str, moved: bool) {
        let expected = Ok((last.to_owned(), moved.then(|| last.to_owned())));
        assert_eq!(walk(START, hops), expected, "{hops:?}");
    }

    #[test]
    fn the_address_is_remembered_only_where_every_hop_was_permanent() {
        let (a, b) = ("https://a.example/", "https://b.example/");
        check(&[], START, false);
        check(&[(301, a)], a, true);
        check(&[(308, a)], a, true);
        check(&[(302, a)], a, false);
        check(&[(303, a)], a, false);
        check(&[(307, a)], a, false);
        check(&[(301, a), (308, b)], b, true);
        check(&[(301, a), (302, b)], b, false);
        check(&[(302, a), (301, b)], b, false);
    }

    #[test]
    fn a_step_down_to_http_is_never_remembered() {
        check(&[(301, "http://partner.example/feed")], "http://partner.example/feed", false);
        let up = walk("http://partner.example/feed", &[(301, "https://partner.example/feed")]).unwrap();
        assert_eq!(up.1.as_deref(), Some("https://partner.example/feed"));
    }

    #[test]
    fn locations_resolve_against_the_address_that_sent_them() {
        check(&[(302, "other")], "https://partner.example/news/other", false);
        check(&[(302, "/rss?y=2")], "https://partner.example/rss?y=2", false);
        check(&[(302, "//cdn.example/f")], "https://cdn.example/f", false);
        check(&[(302, "/новини")], "https://partner.example/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8", false);
        check(&[(302, " /padded ")], "https://partner.example/padded", false);
    }

    #[test]
    fn redirects_that_end_nowhere_are_faults() {
        for (hops, reason) in [
            (vec![(302, START)], "lead back"),
            (vec![(302, "#top")], "lead back"),
            (vec![(301, "/a"), (301, "/b"), (301, "/a")], "lead back"),
            (vec![(301, "file:///etc/passwd")], "no web address"),
            (vec![(301, "javascript:alert(1)")], "no web address"),
            (vec![(301, "http://[broken/")], "no address"),
            (
                vec![(302, "/1"), (302, "/2"), (302, "/3"), (302, "/4"), (302, "/5"), (302, "/6")],
                "more than 5",
            ),
        ] {
            let error = walk(START, &hops).unwrap_err();
            assert!(error.contains(reason), "{hops:?}: {error}");
        }
        let mut trail = Trail::new(5);
        assert!(trail.follow(&START.parse().unwrap(), StatusCode::FOUND, None).is_err());
    }

    #[test]
    fn five_hops_are_followed() {
        let hops = [(302, "/1"), (302, "/2"), (302, "/3"), (302, "/4"), (302, "/5")];
        check(&hops, "https://partner.example/5", false);
    }
}
