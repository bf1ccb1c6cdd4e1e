//! What a page says about its articles outside of their text: JSON-LD, then OpenGraph and other `<meta>`, then `<time>`.

use std::collections::HashMap;

use scraper::Html;
use url::Url;

use super::{
    dates::Dates,
    item::named,
    linked_data::{self, Described},
    page::{self, absolute},
    text::{attribute, select},
};
use crate::model::{ParsedEntry, Text, Timestamp};

const PUBLISHED: [&str; 10] = [
    "article:published_time",
    "og:article:published_time",
    "datePublished",
    "date",
    "pubdate",
    "publishdate",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "parsely-pub-date",
];
const MODIFIED: [&str; 4] = ["article:modified_time", "og:updated_time", "dateModified", "dcterms.modified"];
const SUMMARY: [&str; 4] = ["og:description", "description", "twitter:description", "dc.description"];
const IMAGE: [&str; 4] = ["og:image:secure_url", "og:image", "og:image:url", "twitter:image"];
const TITLE: [&str; 3] = ["og:title", "twitter:title", "dc.title"];
const AUTHOR: [&str; 4] = ["author", "article:author", "dc.creator", "parsely-author"];
/// Where the time of the article itself stands, best first.
const TIMES: [&str; 5] = [
    "time[pubdate][datetime]",
    "[itemprop=\"datePublished\"][datetime]",
    "article time[datetime]",
    "main time[datetime]",
    "time[datetime]",
];
/// Translations that are named.
const MAX_TRANSLATIONS: usize = 20;

/// What a page says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct About {
    pub(super) title: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) image: Option<Url>,
    pub(super) authors: Vec<String>,
    pub(super) published: Option<Timestamp>,
    pub(super) modified: Option<Timestamp>,
    pub(super) language: Option<String>,
    /// The same in other languages: language and address.
    pub(super) translations: Vec<(String, Url)>,
}

/// Looks. `base` is what relative addresses stand on.
pub(super) fn about(html: &Html, base: &Url, dates: &Dates) -> About {
    let said = article(linked_data::described(html));
    let meta = Meta(html);
    let date = |written: &Option<String>, names: &[&str]| {
        let written = written.as_deref().and_then(|text| dates.read_known(text));
        written.or_else(|| meta.all(names).find_map(|text| dates.read_known(&text)))
    };
    let image = said.image.clone().or_else(|| meta.first(&IMAGE));
    // An author's page is no name.
    let author = || meta.all(&AUTHOR).find(|name| !name.contains("://"));
    About {
        title: said.title.clone().or_else(|| meta.first(&TITLE)),
        summary: said.summary.clone().or_else(|| meta.first(&SUMMARY)),
        image: image.and_then(|src| absolute(base, &src)),
        published: date(&said.published, &PUBLISHED).or_else(|| time(html, dates)),
        modified: date(&said.modified, &MODIFIED),
        authors: if said.authors.is_empty() { author().into_iter().collect() } else { said.authors },
        language: page::language(html),
        translations: translations(html, base),
    }
}

/// Adds to the entries of a list what the page's JSON-LD says of the same addresses.
pub(super) fn complete_list(html: &Html, base: &Url, dates: &Dates, entries: &mut [ParsedEntry]) {
    let whole =
        |entry: &ParsedEntry| entry.published.is_some() && entry.image.is_some() && entry.summary.is_some();
    if entries.iter().all(whole) {
        return;
    }
    let mut said: HashMap<String, Described> = HashMap::new();
    for found in linked_data::described(html) {
        if let Some(url) = found.url.as_deref().and_then(|url| absolute(base, url)) {
            let known = said.entry(url.into()).or_default();
            *known = Described {
                image: known.image.take().or(found.image),
                summary: known.summary.take().or(found.summary),
                published: known.published.take().or(found.published),
                authors: if known.authors.is_empty() {
                    found.authors
                } else {
                    std::mem::take(&mut known.authors)
                },
                ..Described::default()
            };
        }
    }
    for entry in entries {
        let Some(said) = entry.link().and_then(|link| said.get(link)).cloned() else { continue };
        entry.complete_date(said.published.as_deref().and_then(|written| dates.read_known(written)));
        entry.summary = entry.summary.take().or(said.summary.map(Text::plain));
        entry.image = entry.image.take().or_else(|| absolute(base, &said.image?).map(String::from));
        if entry.authors.is_empty() {
            entry.authors = said.authors.into_iter().map(named).collect();
        }
    }
}

/// The article of the page, with what its page adds.
fn article(described: Vec<Described>) -> Described {
    let page = described.iter().find(|found| !found.is_article && found.published.is_some()).cloned();
    let article = described.into_iter().find(|found| found.is_article);
    match (article, page) {
        (Some(article), Some(page)) => Described {
            published: article.published.or(page.published),
            modified: article.modified.or(page.modified),
            image: article.image.or(page.image),
            ..article
        },
        (Some(found), None) | (None, Some(found)) => found,
        (None, None) => Described::default(),
    }
}

fn time(html: &Html, dates: &Dates) -> Option<Timestamp> {
    let root = html.root_element();
    TIMES
        .iter()
        .find_map(|selector| select(root, selector).find_map(|time| dates.read_known(time.attr("datetime")?)))
}

fn translations(html: &Html, base: &Url) -> Vec<(String, Url)> {
    let links = select(html.root_element(), "link[rel~=\"alternate\" i][hreflang][href]");
    let found = links.filter_map(|link| {
        let language = attribute(link, "hreflang").filter(|language| language != "x-default")?;
        Some((language, absolute(base, link.attr("href")?)?))
    });
    found.take(MAX_TRANSLATIONS).collect()
}

/// `<meta>` by name, property or itemprop, without regard to case.
struct Meta<'a>(&'a Html);

impl Meta<'_> {
    fn first(&self, names: &[&str]) -> Option<String> {
        self.all(names).next()
    }

    /// In the order of the names.
    fn all(&self, names: &[&str]) -> impl Iterator<Item = String> {
        let metas: Vec<_> = select(self.0.root_element(), "meta[content]").collect();
        let mut found = Vec::new();
        for name in names {
            let named = metas.iter().filter(|meta| {
                let keys = ["property", "name", "itemprop"].into_iter().filter_map(|key| meta.attr(key));
                keys.into_iter().any(|key| key.trim().eq_ignore_ascii_case(name))
            });
            found.extend(named.filter_map(|meta| attribute(*meta, "content")));
        }
        found.into_iter()
    }
}
