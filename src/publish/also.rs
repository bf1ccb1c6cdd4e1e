//! Who else reports a story: links in every format, and a line that readers see.

use super::{
    gate::is_language,
    markup::escape,
    text::{may_leave, one_line, web_address},
    words::Words,
};
use crate::model::{AlsoReported, PublishedEntry, Site};

/// Another report of the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Also {
    /// The name of the source. Never empty.
    pub(super) source: String,
    /// The title there; the source's name where it has none.
    pub(super) title: String,
    pub(super) link: String,
    pub(super) language: Option<String>,
}

impl Also {
    fn of(also: &AlsoReported, site: &Site) -> Option<Self> {
        let link = web_address(&also.link).filter(|link| may_leave(link, site))?;
        let source = Some(one_line(&also.source)).filter(|source| !source.is_empty())?;
        let title = Some(one_line(&also.title)).filter(|title| !title.is_empty());
        Some(Also {
            title: title.unwrap_or_else(|| source.clone()),
            language: also.language.as_ref().map(ToString::to_string).filter(|tag| is_language(tag)),
            source,
            link,
        })
    }
}

/// The others of an entry's story that can be linked, each address once.
pub(super) fn others(published: &PublishedEntry, site: &Site) -> Vec<Also> {
    let mut others: Vec<Also> = Vec::new();
    for also in published.also.iter().filter_map(|also| Also::of(also, site)) {
        if others.iter().all(|other| other.link != also.link) {
            others.push(also);
        }
    }
    others
}

/// Where the same is in other languages, each language and address once, and none that is the entry's own.
pub(super) fn translations(published: &PublishedEntry, site: &Site) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for translation in &published.translations {
        let language = translation.language.to_string();
        let link =
            web_address(&translation.link).filter(|link| may_leave(link, site) && is_language(&language));
        let Some(link) = link.filter(|link| published.stored.entry.link.as_ref() != Some(link)) else {
            continue;
        };
        if found.iter().all(|(known, address)| *known != language && *address != link) {
            found.push((language, link));
        }
    }
    found
}

/// `<p>Also reported by: <a>Sofia Municipality</a>, <a>NOI Techpark</a></p>`; None where nobody else does.
pub(super) fn line(others: &[Also], words: &Words) -> Option<String> {
    if others.is_empty() {
        return None;
    }
    let links: Vec<String> = others
        .iter()
        .map(|also| {
            let title = if also.title == also.source {
                String::new()
            } else {
                format!(" title=\"{}\"", escape(&also.title))
            };
            format!("<a href=\"{}\"{title}>{}</a>", escape(&also.link), escape(&also.source))
        })
        .collect();
    Some(format!("<p>{}: {}</p>", words.also_reported_by(links.len()), links.join(", ")))
}
