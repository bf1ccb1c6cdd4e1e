//! Who publishes: what every document and page says about us.

use url::Url;

use super::Language;

/// The publishing organisation and where its documents live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The name, as in the head of a newspaper.
    pub title: String,
    /// A sentence about it.
    pub description: String,
    /// The public address, ending in a slash: every self link begins with it.
    pub url: Url,
    /// The language of pages where nothing else is said.
    pub language: Language,
    /// A person or office to write to; also in the user agent.
    pub contact: Option<String>,
    /// The time zone that dates are shown in.
    pub zone: chrono_tz::Tz,
    /// The languages that an entry can be in which says none.
    pub languages: Vec<Language>,
    /// Whether links leave without parameters that only say where a click came from.
    pub clean_links: bool,
    /// `Vestnik/<version>`.
    pub generator_version: &'static str,
}

impl Site {
    /// The absolute address of a path of ours (`feeds/all.atom`).
    pub fn address(&self, path: &str) -> String {
        self.url.join(path).map_or_else(|_| format!("{}{path}", self.url), String::from)
    }

    /// Host of the public address, the authority of the ids that we mint.
    pub fn authority(&self) -> &str {
        self.url.host_str().unwrap_or("localhost")
    }
}
