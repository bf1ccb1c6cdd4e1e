//! Addresses: absolute, http or https, without credentials; and in the form that tells whether two are the same.

use std::borrow::Cow;

use url::Url;

/// Parameters that only say where a click came from.
const TRACKING: [&str; 71] = [
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "srsltid",
    "msclkid",
    "yclid",
    "ysclid",
    "ymclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "epik",
    "rdt_cid",
    "sccid",
    "scclid",
    "irclickid",
    "irgwc",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mc_tc",
    "_hsenc",
    "_hsmi",
    "__hssc",
    "__hstc",
    "__hsfp",
    "hsctatracking",
    "hsa_acc",
    "hsa_cam",
    "hsa_grp",
    "hsa_ad",
    "hsa_src",
    "hsa_net",
    "hsa_ver",
    "mkt_tok",
    "oly_anon_id",
    "oly_enc_id",
    "vero_id",
    "vero_conv",
    "ref_src",
    "ref_url",
    "cmpid",
    "_ga",
    "_gl",
    "_ke",
    "_openstat",
    "openstat",
    "wickedid",
    "wt_mc",
    "wt.mc_id",
    "s_cid",
    "s_kwcid",
    "elqtrackid",
    "elqtrack",
    "trk_contact",
    "trk_msg",
    "trk_module",
    "trk_sid",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "at_medium",
    "at_campaign",
    "echobox",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
];
/// Beginnings of such parameters.
const TRACKING_FAMILIES: [&str; 6] = ["utm_", "mtm_", "matomo_", "piwik_", "pk_", "xtor"];

/// Whether a parameter of an address only says where a click came from.
fn is_tracking(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or(parameter).to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_FAMILIES.iter().any(|family| name.starts_with(family))
}

/// An address without tracking parameters. As it was where it has none: no byte of it is written anew.
pub(super) fn without_tracking(mut url: Url) -> Url {
    let is_tracked = |url: &Url| url.query().is_some_and(|query| query.split('&').any(is_tracking));
    if is_tracked(&url) {
        let query = url.query().unwrap_or_default();
        let kept: Vec<&str> = query.split('&').filter(|parameter| !is_tracking(parameter)).collect();
        let kept = kept.join("&");
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
    // `#utm_source=rss`: some write them behind the page's own address.
    let is_marked = url.fragment().is_some_and(|fragment| fragment.split('&').all(is_tracking));
    if is_marked {
        url.set_fragment(None);
    }
    url
}

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

/// What two addresses of one thing have in common: without scheme, `www.`, tracking parameters and a last slash;
/// percent-encoded where it has to be and nowhere else. For comparison only. None where it is no web address.
pub fn canonical_link(address: &str) -> Option<String> {
    let url = without_tracking(absolute(address, None)?);
    let host = url.host_str()?.trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let mut canonical = String::with_capacity(address.len());
    canonical.push_str(host);
    // Those of both schemes are one place: the scheme is left out.
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443)) {
        canonical.push(':');
        canonical.push_str(&port.to_string());
    }
    let path = same_encoding(url.path());
    canonical.push_str(liferay(&path).unwrap_or(&path).trim_end_matches('/'));
    let mut separator = '?';
    for parameter in url.query().unwrap_or_default().split('&').filter(|parameter| !parameter.is_empty()) {
        canonical.push(separator);
        canonical.push_str(&same_encoding(parameter));
        separator = '&';
    }
    // A page may hold many entries, each with an anchor of its own.
    if let Some(fragment) = url.fragment().filter(|fragment| !fragment.is_empty()) {
        canonical.push('#');
        canonical.push_str(&same_encoding(fragment));
    }
    Some(canonical)
}

/// Percent-encoding in one spelling: none where the character needs none (RFC 3986 §6.2.2.2), else in capitals. `Url` has
/// encoded what has to be.
fn same_encoding(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut same = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        same.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                    same.push(char::from(byte));
                } else {
                    same.push_str(&format!("%{byte:02X}"));
                }
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                same.push('%');
                rest = after;
            }
        }
    }
    same.push_str(rest);
    Cow::Owned(same)
}

/// Liferay shows one article under `…/asset_publisher/<instance>/content/id/123`, `…/id/123` and, of the same article, under
/// `/content/id/123`: the number is what they have in common. `/w/123` is one of them only where it is a number: words there
/// are another page's name.
fn liferay(path: &str) -> Option<&str> {
    let is_number = |text: &str| text.len() >= 3 && text.bytes().all(|b| b.is_ascii_digit());
    let (before, id) = path.trim_end_matches('/').rsplit_once('/')?;
    let is_article = (before.contains("/asset_publisher/") && before.ends_with("/id"))
        || before.ends_with("/content/id")
        || before == "/w"
        || before.ends_with("/-/w");
    // With its slash: a path of its own.
    (is_article && is_number(id)).then(|| path.get(before.len()..)).flatten()
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
            "http://example.org:80/%61/b?id=5",
            "https://example.org./a/b?id=5#utm_source=rss&utm_medium=feed",
            "http://example.org:443/a/b?id=5&pk_campaign=x",
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
        assert_eq!(canonical_link("https://a.example/%d0%b0%2f"), canonical_link("https://a.example/а%2F"));
        assert_ne!(canonical_link("https://a.example/a%2Fb"), canonical_link("https://a.example/a/b"));
        for liferay in
            ["/w/12345", "/content/id/12345", "/news/-/asset_publisher/1ZlMReQfODHE/content/id/12345/"]
        {
            let address = format!("https://www.sofia.example{liferay}");
            assert_eq!(canonical_link(&address).as_deref(), Some("sofia.example/12345"), "{liferay}");
        }
        for other in ["/w/novini", "/id/12345", "/w/12"] {
            assert!(
                canonical_link(&format!("https://a.example{other}")).unwrap().ends_with(other),
                "{other}"
            );
        }
        assert_eq!(canonical_link("mailto:a@example.org"), None);
    }

    #[test]
    fn tracking_leaves_an_address_and_the_rest_stays_as_it_was() {
        let clean = |address: &str| String::from(without_tracking(address.parse().unwrap()));
        for (came, expected) in [
            ("https://a.example/?utm_source=x", "https://a.example/"),
            ("https://a.example/x?a=%20&UTM_Medium=y&b=+&fbclid=1", "https://a.example/x?a=%20&b=+"),
            ("https://a.example/x?a=1&&b=2#utm_source=rss", "https://a.example/x?a=1&&b=2"),
            ("https://a.example/x?source=1#s2", "https://a.example/x?source=1#s2"),
        ] {
            assert_eq!(clean(came), expected, "{came}");
        }
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
