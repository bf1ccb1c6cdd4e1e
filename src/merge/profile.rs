//! What tells whether two entries report the same thing.

use std::collections::BTreeSet;

use super::{
    text::{SHORTEST, Shingles},
    words::{hash, is_live, is_telling, words},
};
use crate::model::{EntryId, Language, SourceId, StoredEntry, Timestamp};

/// A title must have so many telling words, and so many letters in them, to stand for one piece of news.
const TELLING_WORDS: usize = 3;
const TELLING_LETTERS: usize = 20;

/// An entry as `judge` and `Grouping` see it.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The entry.
    pub entry: EntryId,
    /// Where it was collected: entries of one source are never one story.
    pub source: SourceId,
    /// The date that readers see.
    pub at: Timestamp,
    pub(super) language: Option<String>,
    /// The address of the article, in the form that twins share. None where it leads to no article.
    pub(super) link: Option<String>,
    /// The addresses where its publisher says that the same is in other languages, in the same form.
    pub(super) translations: Vec<String>,
    /// The title's words, as one text.
    pub(super) title: String,
    /// The words of the title that are not in every other title.
    pub(super) telling: BTreeSet<String>,
    /// The numbers in the title: “Newsletter 5” is not “Newsletter 6”.
    pub(super) numbers: BTreeSet<String>,
    /// The title alone can stand for the news.
    pub(super) is_telling: bool,
    pub(super) text: Shingles,
}

/// A place in the index where entries meet that may be one story, and the moments between which they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// A hash of what they share.
    pub hash: i64,
    /// How far apart in time they may be, in seconds.
    pub reach: i64,
}

impl Key {
    fn of(kind: &str, text: &str, reach: i64) -> Self {
        Key { hash: signed(hash(format!("{kind} {text}").as_bytes())), reach }
    }
}

/// Titles repeat every year; news of one thing comes within days.
const TITLE_REACH: i64 = 4 * 86_400;
/// Press releases are taken over late.
pub(super) const TEXT_REACH: i64 = 21 * 86_400;
/// An address is the same thing for good.
const LINK_REACH: i64 = 100 * 366 * 86_400;

impl Profile {
    /// Of a stored entry. `canonical_link` gives the form of an address that its twins share.
    pub fn of(stored: &StoredEntry, canonical_link: impl Fn(&str) -> Option<String>) -> Self {
        let entry = &stored.entry;
        let title = words(&entry.title);
        let telling: BTreeSet<String> = title.iter().filter(|word| is_telling(word)).cloned().collect();
        let letters: usize = telling.iter().map(|word| word.chars().count()).sum();
        let is_live = is_live(&title);
        let article = |link: &str| canonical_link(link).filter(|link| leads_to_an_article(link));
        let texts = [&entry.content, &entry.summary].into_iter().flatten();
        let text = texts.map(|html| words(html.as_str())).max_by_key(Vec::len).unwrap_or_default();
        Profile {
            entry: stored.id,
            source: stored.source,
            at: stored.shown_date(),
            language: entry.language.as_ref().map(Language::primary).map(str::to_owned),
            link: entry.link.as_deref().and_then(article),
            translations: entry.translations.iter().filter_map(|other| article(&other.link)).collect(),
            numbers: title.iter().filter(|word| word.chars().any(char::is_numeric)).cloned().collect(),
            is_telling: telling.len() >= TELLING_WORDS && letters >= TELLING_LETTERS && !is_live,
            title: title.join(" "),
            telling,
            text: if text.len() < SHORTEST || is_live { Shingles::default() } else { Shingles::of(&text) },
        }
    }

    /// Where it may meet others.
    pub fn keys(&self) -> Vec<Key> {
        let text = self.text.keys().into_iter().map(|hash| Key { hash: signed(hash), reach: TEXT_REACH });
        self.link_key().into_iter().chain(self.title_key()).chain(text).collect()
    }

    /// Where it is found by its address.
    pub fn article_key(&self) -> Option<Key> {
        self.link_key()
    }

    /// Where those are found that say that they are this one in another language.
    pub fn translated_keys(&self) -> Vec<Key> {
        self.translations.iter().map(|link| Key::of("translation", link, LINK_REACH)).collect()
    }

    /// Where its translations are found, and those that say that it is theirs.
    pub fn translation_keys(&self) -> Vec<Key> {
        let named = self.translations.iter().map(|link| Key::of("link", link, LINK_REACH));
        let naming = self.link.iter().map(|link| Key::of("translation", link, LINK_REACH));
        named.chain(naming).collect()
    }

    /// Whether one of the two says that the other is the same in another language, and nothing contradicts.
    pub fn is_translation_of(&self, other: &Profile) -> bool {
        let names =
            |a: &Profile, b: &Profile| b.link.as_ref().is_some_and(|link| a.translations.contains(link));
        let differ = self.language.as_ref().zip(other.language.as_ref()).is_some_and(|(a, b)| a != b);
        self.entry != other.entry && differ && (names(self, other) || names(other, self))
    }

    pub(super) fn link_key(&self) -> Option<Key> {
        self.link.as_deref().map(|link| Key::of("link", link, LINK_REACH))
    }

    pub(super) fn title_key(&self) -> Option<Key> {
        self.is_telling.then(|| Key::of("title", &self.title, TITLE_REACH))
    }

    /// How far apart in time two entries are, in seconds.
    pub(super) fn distance(&self, other: &Profile) -> i64 {
        (self.at - other.at).num_seconds().abs()
    }

    pub(super) fn is_near(&self, other: &Profile, reach: i64) -> bool {
        self.distance(other) <= reach
    }

    pub(super) fn is_near_enough_for_a_title(&self, other: &Profile) -> bool {
        self.is_near(other, TITLE_REACH)
    }
}

/// Home pages and lists are linked from entries that have nothing else in common.
fn leads_to_an_article(canonical: &str) -> bool {
    let (place, query) = canonical.split_once(['?', '#']).unwrap_or((canonical, ""));
    let path = place.split_once('/').map_or("", |(_, path)| path);
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_list = ["", "index.html", "index.php", "news", "blog", "novini", "en", "bg", "events", "home"]
        .contains(&last);
    !is_list || query.contains('=')
}

/// The bits as the database keeps them.
fn signed(hash: u64) -> i64 {
    i64::from_ne_bytes(hash.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_home_pages_are_no_articles() {
        for link in ["sofia.bg", "sofia.bg/en", "sofia.bg/news", "a.example/index.html"] {
            assert!(!leads_to_an_article(link), "{link}");
        }
        for link in ["sofia.bg/news/1", "a.example/?p=5", "a.example/index.php?id=5", "a.example/lab-opens"] {
            assert!(leads_to_an_article(link), "{link}");
        }
    }
}
