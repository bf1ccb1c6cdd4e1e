//! Channels: the feeds that we publish, each a named query over entries plus its presentation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Language, PublicationPolicy, Rights, Slug, Source, SourceKind, StoredEntry, TextPolicy, Timestamp,
};

/// Which entries a channel asks for. Empty lists ask for all; several lists must all agree, and of one list any value will do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Sources by slug.
    pub sources: Vec<Slug>,
    /// Groups of sources.
    pub groups: Vec<Slug>,
    /// Kinds of sources.
    pub kinds: Vec<SourceKind>,
    /// Tags, compared without case.
    pub tags: Vec<String>,
    /// Languages, by primary subtag.
    pub languages: Vec<Language>,
    /// Sources with any of these publication policies.
    pub policies: Vec<PublicationPolicy>,
    /// Tags of which one must be there too: what an address adds to a channel that asks for tags itself.
    pub and_tags: Vec<String>,
    /// Shown dates from this moment on.
    pub since: Option<Timestamp>,
    /// Words to search for, as `search::Query` reads them. `takes_entry` does not look at them: what has them is found by the index.
    pub text: Option<String>,
}

impl Filter {
    /// Whether entries of this source can be in the channel.
    pub fn takes_source(&self, source: &Source) -> bool {
        let spec = &source.spec;
        (self.sources.is_empty() || self.sources.contains(&spec.slug))
            && (self.kinds.is_empty() || self.kinds.contains(&spec.kind))
            && (self.groups.is_empty() || spec.groups.iter().any(|group| self.groups.contains(group)))
            && (self.policies.is_empty() || self.policies.contains(&spec.publication.policy))
    }

    /// True where every source is taken.
    pub fn takes_all_sources(&self) -> bool {
        self.sources.is_empty() && self.groups.is_empty() && self.kinds.is_empty() && self.policies.is_empty()
    }

    /// Whether this entry, of a source that is taken, is in the channel.
    pub fn takes_entry(&self, stored: &StoredEntry) -> bool {
        let entry = &stored.entry;
        let language = |wanted: &Language| {
            entry.language.as_ref().is_some_and(|language| language.primary() == wanted.primary())
        };
        let tag = |wanted: &String| entry.tags.iter().any(|tag| tag.to_lowercase() == wanted.to_lowercase());
        (self.languages.is_empty() || self.languages.iter().any(language))
            && (self.tags.is_empty() || self.tags.iter().any(tag))
            && (self.and_tags.is_empty() || self.and_tags.iter().any(tag))
            && self.since.is_none_or(|since| stored.shown_date() >= since)
    }
}

/// How much of the river a subscription document carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// At most so many entries.
    pub entries: u32,
    /// And none older than so many days.
    pub days: Option<u32>,
}

impl Default for Window {
    fn default() -> Self {
        Window { entries: 50, days: None }
    }
}

/// The order of a channel's entries in its documents. Which entries are in the window does not depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first: for a reader who follows a story from its beginning.
    Oldest,
    /// What was changed last comes first.
    Updated,
}

/// What a channel says of texts: it can only be stricter than the rights of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The most that it shows.
    pub text: TextPolicy,
    /// Characters of an excerpt, where that is fewer than the source's rights allow.
    pub excerpt_length: u32,
    /// Whether it shows images where it may.
    pub images: bool,
}

impl Default for Texts {
    fn default() -> Self {
        Texts { text: TextPolicy::Full, excerpt_length: u32::MAX, images: true }
    }
}

impl Texts {
    /// The rights of a source, as far as this channel uses them.
    pub fn within(&self, rights: Rights) -> Rights {
        Rights {
            text: rights.text.min(self.text),
            excerpt_length: rights.excerpt_length.min(self.excerpt_length),
            images: rights.images && self.images,
            ..rights
        }
    }
}

/// A feed that we publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its address never changes once given: `/feeds/<slug>.atom`.
    pub slug: Slug,
    /// The title, a language each. Never empty.
    pub titles: BTreeMap<Language, String>,
    /// A sentence about it, a language each.
    pub descriptions: BTreeMap<Language, String>,
    /// The language that the feed declares; None where it mixes.
    pub language: Option<Language>,
    /// Which entries.
    pub filter: Filter,
    /// How many.
    pub window: Window,
    /// In which order.
    pub order: Order,
    /// Whether entries of different sources that report the same thing are one.
    #[serde(default)]
    pub stories: bool,
    /// How much text of its entries it shows.
    pub texts: Texts,
    /// The licence of the compilation, as an address or a name.
    pub licence: Option<String>,
    /// Earlier slugs: their addresses lead here for good.
    pub former: Vec<Slug>,
    /// Filters that an address adds, in their canonical form (`lang=bg&tag=ai`). Empty for a channel with a name of its own.
    pub query: String,
    /// The file that declares it, relative to the feeds folder. None where it is built in.
    pub declared_in: Option<String>,
}

impl Channel {
    /// A channel of everything, without a title, with a window of so many entries.
    pub fn plain(slug: Slug, window: u32) -> Self {
        Channel {
            slug,
            titles: BTreeMap::new(),
            descriptions: BTreeMap::new(),
            language: None,
            filter: Filter::default(),
            window: Window { entries: window, days: None },
            order: Order::Newest,
            stories: false,
            texts: Texts::default(),
            licence: None,
            former: Vec::new(),
            query: String::new(),
            declared_in: None,
        }
    }

    /// The title in this language, else in the channel's own, else the first.
    pub fn title(&self, language: &Language) -> &str {
        pick(&self.titles, language, self.language.as_ref()).unwrap_or(self.slug.as_str())
    }

    /// The description in this language, else in the channel's own, else the first.
    pub fn description(&self, language: &Language) -> Option<&str> {
        pick(&self.descriptions, language, self.language.as_ref())
    }
}

fn pick<'a>(
    texts: &'a BTreeMap<Language, String>,
    wanted: &Language,
    own: Option<&Language>,
) -> Option<&'a str> {
    let found = texts.get(wanted).or_else(|| own.and_then(|own| texts.get(own)));
    found.or_else(|| texts.values().next()).map(String::as_str)
}
