//! Pages for people: the front page, channels and other lists, search, posts, sources, embeds, and what is shown when something
//! goes wrong. No script, nothing from other hosts.

mod directory;
mod embed;
mod frame;
mod front;
mod list;
mod post;
mod river;
mod search;
mod sources;

use askama::Template;

pub use directory::{archive_page, channels_page, tags_page};
pub use embed::{Theme, embed_fragment, embed_page, oembed};
pub use frame::is_file_name;
use frame::{Frame, fill, frame};
pub use front::{Front, front_page};
pub(super) use list::channel_page;
pub use list::{Common, Listing, channel_page_in, list_page};
pub use post::post_page;
pub use search::{Searched, opensearch, search_page};
pub use sources::sources_page;

use super::{Page, PublishError, text::one_line, words::Words};
use crate::model::{Channel, Language, PublishedEntry, Site};

/// What every page is made with: who publishes, what, and in which language the interface is.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// Who publishes.
    pub site: &'a Site,
    /// Every channel, in the order of the navigation.
    pub channels: &'a [Channel],
    /// The channel of everything.
    pub all: &'a Channel,
    /// The language of the interface.
    pub language: &'a Language,
    /// Whether whoever serves the page can answer questions: a search, a feed narrowed by its address. Files cannot, and their
    /// pages offer neither.
    pub answers: bool,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is at the address.
    NotFound,
    /// The address cannot be read; the reason names what is known.
    BadRequest(String),
    /// It was here and was taken away.
    Gone,
    /// Not now.
    Unavailable,
    /// A fault of ours.
    Broken,
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    frame: Frame<'a>,
    title: &'static str,
    line: &'static str,
    /// What is wrong with the address, in English: reasons are written for whoever makes addresses.
    reason: Option<String>,
}

/// The page that says why there is no other, and where to go from here.
///
/// # Errors
/// Where it cannot be filled in.
pub fn trouble_page(desk: &Desk<'_>, trouble: &Trouble) -> Result<Vec<u8>, PublishError> {
    let mut frame = desk.frame(None);
    let words = frame.words;
    let (title, line) = match trouble {
        Trouble::NotFound => (words.not_found, words.not_found_text),
        Trouble::BadRequest(_) => (words.bad_request, words.bad_request_text),
        Trouble::Gone => (words.gone, words.gone_text),
        Trouble::Unavailable => (words.unavailable, words.unavailable_text),
        Trouble::Broken => (words.broken, words.broken_text),
    };
    frame.title = format!("{title} · {}", frame.site_title);
    frame.finds = false;
    let reason = match trouble {
        Trouble::BadRequest(reason) => Some(one_line(reason)),
        _ => None,
    };
    fill(&TroublePage { frame, title, line, reason })
}

impl<'a> Desk<'a> {
    fn frame(&self, current: Option<&Channel>) -> Frame<'a> {
        frame(self.site, self.channels, Words::of(self.language), current, self.answers)
    }

    pub(super) fn page(&self, channel: &'a Channel, entries: &'a [PublishedEntry]) -> Page<'a> {
        let (site, channels, language) = (self.site, self.channels, self.language.clone());
        Page { language, ..Page::new(site, channels, channel, entries) }
    }

    fn local(&self, item: &super::item::Item<'_>) -> chrono::DateTime<chrono_tz::Tz> {
        item.published.with_timezone(&self.site.zone)
    }
}
