//! Addresses: absolute, http or https, without credentials; and in the form that tells whether two are the same.

use url::Url;

/// Parameters that only say where a click came from.
const TRACKING: [&str; 22] = [
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_hsenc",
    "_hsmi",
    "mkt_tok",
    "oly_anon_id",
    "oly_enc_id",
    "vero_id",
    "ref_src",
    "cmpid",
    "_ga",
    "_openstat",
];

/// The address as it may leave the house: resolved, http or https, without user and password. None for all else.
pub(super) fn absolute(address: &str, base: Option<&Url>) -> Option<Url> {
    let address = address.trim();
    if address.is_empty() {
        return None;
    }
    let mut url = match base {
        Some(base) => base.join(address).ok()?,
        None => Url::parse(address).ok()?,
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    Some(url)
}

/// What two addresses of one thing have in common: without scheme, `www.`, tracking parameters and a last slash. For
/// comparison only. None where it is no web address.
pub fn canonical_link(address: &str) -> Option<String> {
    let url = absolute(address, None)?;
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let mut canonical = String::with_capacity(address.len());
    canonical.push_str(host);
    // The standard ports of both schemes are left out by Url; 80 and 443 of the other one are a different place.
    if let Some(port) = url.port() {
        canonical.push(':');
        canonical.push_str(&port.to_string());
    }
    canonical.push_str(url.path().trim_end_matches('/'));
    let mut separator = '?';
    for parameter in url.query().unwrap_or_default().split('&').filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or(parameter).to_ascii_lowercase();
        if !name.starts_with("utm_") && !TRACKING.contains(&name.as_str()) {
            canonical.push(separator);
            canonical.push_str(parameter);
            separator = '&';
        }
    }
    // A page may hold many entries, each with an anchor of its own.
    if let Some(fragment) = url.fragment().filter(|fragment| !fragment.is_empty()) {
        canonical.push('#');
        canonical.push_str(fragment);
    }
    Some(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_of_an_address_are_one() {
        let plain = canonical_link("https://example.org/a/b?id=5");
        for twin in [
            "http://example.org/a/b?id=5",
            "https://www.example.org/a/b/?utm_source=rss&id=5&utm_medium=feed",
            "https://EXAMPLE.org:443/a/b?id=5&fbclid=x&gclid=y&mc_cid=z",
            " https://example.org/a/b?id=5# ",
        ] {
            assert_eq!(canonical_link(twin), plain, "{twin}");
        }
        for other in [
            "https://example.org/a/b?id=6",
            "https://example.org/a/b?id=5#2",
            "https://example.org:8080/a/b?id=5",
        ] {
            assert_ne!(canonical_link(other), plain, "{other}");
        }
        assert_eq!(canonical_link("mailto:a@example.org"), None);
    }

    #[test]
    fn only_web_addresses_leave_the_house() {
        let base: Url = "https://example.org/news/".parse().unwrap();
        let check = |address: &str| absolute(address, Some(&base)).map(String::from);
        assert_eq!(check("a.html").as_deref(), Some("https://example.org/news/a.html"));
        assert_eq!(check("//example.net/x").as_deref(), Some("https://example.net/x"));
        assert_eq!(check("https://user:secret@example.org/").as_deref(), Some("https://example.org/"));
        for refused in ["javascript:alert(1)", "ftp://example.org/", "data:text/html,x", "", "http://["] {
            assert_eq!(check(refused), None, "{refused}");
        }
        assert_eq!(absolute("a.html", None), None);
    }
}
