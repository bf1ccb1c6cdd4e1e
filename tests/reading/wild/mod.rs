//! Documents as they are met in the wild, made from the formats' specifications and from what is known to break: each
//! element of each format on its own, each form of a text, of a person and of a date in each place, each base and each
//! language at each level, each breakage and each charset in a document of its own.

mod active;
mod broken;
mod charsets;
mod known;
mod modules;
mod scopes;
mod texts;
mod values;

use serde_json::{Value, json};

/// One of them.
pub(super) struct Wild {
    pub name: String,
    pub body: Vec<u8>,
    /// What is known besides: `content_type`, `content_language`, `base`.
    pub hints: Value,
}

/// All of them.
pub(super) fn documents() -> Vec<Wild> {
    let mut all = Vec::new();
    for family in [
        known::documents(),
        texts::documents(),
        scopes::documents(),
        values::documents(),
        modules::documents(),
        broken::documents(),
        charsets::documents(),
        active::documents(),
    ] {
        all.extend(family);
    }
    all
}

fn wild(family: &str, number: usize, body: impl Into<Vec<u8>>) -> Wild {
    Wild { name: format!("{family}-{number:02}"), body: body.into(), hints: json!({}) }
}

fn numbered(family: &str, bodies: impl IntoIterator<Item = String>) -> Vec<Wild> {
    bodies.into_iter().enumerate().map(|(n, body)| wild(family, n, body)).collect()
}

/// Every module under its usual prefix.
const NAMESPACES: &str = "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/' \
    xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:media='http://search.yahoo.com/mrss/' \
    xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:atom='http://www.w3.org/2005/Atom' \
    xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:slash='http://purl.org/rss/1.0/modules/slash/' \
    xmlns:wfw='http://wellformedweb.org/CommentAPI/' xmlns:thr='http://purl.org/syndication/thread/1.0' \
    xmlns:cc='http://creativecommons.org/ns#' xmlns:creativeCommons='http://backend.userland.com/creativeCommonsRssModule' \
    xmlns:georss='http://www.georss.org/georss' xmlns:gml='http://www.opengis.net/gml' \
    xmlns:geo='http://www.w3.org/2003/01/geo/wgs84_pos#' xmlns:psc='http://podlove.org/simple-chapters' \
    xmlns:podcast='https://podcastindex.org/namespace/1.0' xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0' \
    xmlns:admin='http://webns.net/mvcb/' xmlns:fh='http://purl.org/syndication/history/1.0'";

fn rss(version: &str, head: &str, items: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='utf-8'?>\n<rss version='{version}' {NAMESPACES}><channel>{head}{items}</channel></rss>"
    )
}

/// RSS 2.0 of one item.
fn rss_item(inner: &str) -> String {
    rss("2.0", "<title>T</title>", &format!("<item>{inner}</item>"))
}

fn rdf(namespace: &str, item: &str) -> String {
    format!(
        "<?xml version='1.0'?><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='{namespace}' {NAMESPACES}>\
         <channel rdf:about='http://a.example/'><title>T</title><link>http://a.example/</link><description>D</description>\
         <dc:language>en</dc:language><dc:date>2004-01-02T03:04:05Z</dc:date></channel><item rdf:about='http://a.example/1'>{item}</item></rdf:RDF>"
    )
}

fn atom(head: &str, entries: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' {NAMESPACES}>{head}{entries}</feed>"
    )
}

/// Atom 1.0 of one entry.
fn atom_entry(inner: &str) -> String {
    atom("<title>T</title>", &format!("<entry>{inner}</entry>"))
}

fn atom_03(inner: &str) -> String {
    format!(
        "<?xml version='1.0'?><feed version='0.3' xmlns='http://purl.org/atom/ns#' {NAMESPACES}>{inner}</feed>"
    )
}

fn atom_03_entry(inner: &str) -> String {
    atom_03(&format!("<title>T</title><entry>{inner}</entry>"))
}
