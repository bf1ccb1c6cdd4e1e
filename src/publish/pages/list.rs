//! Lists of entries: a channel's, and those of a source, a tag or a month.

use std::sync::Arc;

use askama::Template;

use super::{
    super::{
        PublishError,
        edition::{Edition, channel_address},
        text::{encoded, one_line, web_address},
        words::Words,
    },
    Desk,
    directory::month_path,
    frame::{FRONT, Frame, Link, channel_page_path, feeds, feeds_at, fill, frame, oembed_address},
    river::{Day, UNMARKED, days},
    sources::kind_in_words,
};
use crate::model::{Channel, Format, Month, PublishedEntry, SortKey, Source};

/// A list of entries by what they have in common.
#[derive(Debug, Clone)]
pub struct Listing {
    /// What they have in common.
    pub what: Common,
    /// Newest first.
    pub entries: Vec<PublishedEntry>,
    /// Where the next page begins.
    pub next: Option<SortKey>,
    /// Of a month: the nearest later and earlier months in which something was published.
    pub around: (Option<Month>, Option<Month>),
}

/// What the entries of a list have in common.
#[derive(Debug, Clone)]
pub enum Common {
    /// A tag.
    Tag(String),
    /// A source.
    Source(Arc<Source>),
    /// The month of publication.
    Month(Month),
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    frame: Frame<'a>,
    /// What this is one of, and where all of them are.
    kicker: Option<Link>,
    title: String,
    lang: Option<String>,
    home: Option<String>,
    facts: Vec<String>,
    days: Vec<Day<'a>>,
    older: Option<String>,
    /// The months beside this one, with what each is to it.
    around: Vec<(&'static str, Link)>,
    licence: Option<String>,
}

/// The page of a channel: its entries by day.
pub(in super::super) fn channel_page(edition: &Edition<'_>, answers: bool) -> Result<Vec<u8>, PublishError> {
    let page = edition.page;
    let words = Words::of(&page.language);
    let title = edition.title();
    let description = edition.description();
    let mut frame = frame(page.site, page.channels, words, Some(page.channel), answers);
    frame.settle_at(page.site, |words| channel_page_path(words, page.site, page.channel));
    if !page.channel.query.is_empty() {
        // Narrowed: what it shows is here and nowhere else.
        frame.canonical = Some(edition.address(Format::Html));
        frame.alternates.clear();
    }
    if page.channel.slug.as_str() == FRONT && page.channel.query.is_empty() {
        frame.title = frame.site_title.clone();
    } else {
        frame.title = format!("{title} · {}", frame.site_title);
    }
    frame.description = description.clone();
    frame.feeds = feeds(page.site, page.channel, &title);
    frame.oembed = answers.then(|| oembed_address(page.site, &edition.address(Format::Html)));
    let days = days(edition, &frame, UNMARKED);
    let licence = page.channel.licence.as_deref().map(one_line);
    let facts = Some(description).filter(|text| !text.is_empty()).into_iter().collect();
    fill(&ListPage {
        frame,
        kicker: None,
        title,
        lang: None,
        home: None,
        facts,
        days,
        older: None,
        around: Vec::new(),
        licence,
    })
}

/// A channel's page with an interface that is not the channel's own.
///
/// # Errors
/// Where it cannot be filled in.
pub fn channel_page_in(
    desk: &Desk<'_>,
    channel: &Channel,
    entries: &[PublishedEntry],
) -> Result<Vec<u8>, PublishError> {
    channel_page(&Edition::of(&desk.page(channel, entries)), desk.answers)
}

/// The page of a tag, a source or a month; `at` is the place where it begins, where that is not the newest.
///
/// # Errors
/// Where it cannot be filled in.
pub fn list_page(desk: &Desk<'_>, listing: &Listing, at: Option<SortKey>) -> Result<Vec<u8>, PublishError> {
    let page = desk.page(desk.all, &listing.entries);
    let edition = Edition::of(&page);
    let mut frame = desk.frame(None);
    let words = frame.words;
    let mut list = Listed::default();
    let (kicker, path) = match &listing.what {
        Common::Tag(tag) => {
            // As it is written, where the address has it in lower case.
            let written = edition.items.iter().flat_map(|item| &item.tags);
            let written = written.into_iter().find(|written| written.to_lowercase() == *tag);
            list.title = written.cloned().unwrap_or_else(|| one_line(tag));
            let feed = |format| format!("{}?tag={}", channel_address(desk.site, "all", format), encoded(tag));
            frame.feeds = if desk.answers { feeds_at(&list.title, feed) } else { Vec::new() };
            (frame.directory(words.tag, "tags"), format!("tags/{}", encoded(tag)))
        }
        Common::Source(source) => {
            list.describe(source, words);
            let slug = source.spec.slug.as_str();
            frame.feeds = feeds_at(&list.title, |format| channel_address(desk.site, slug, format));
            (frame.directory(words.source, "sources"), format!("sources/{slug}"))
        }
        Common::Month(month) => {
            list.title = words.month_of(month.year, month.month);
            frame.feeds = Vec::new();
            let path = format!("archive/{:04}/{:02}", month.year, month.month);
            (frame.directory(words.month, "archive"), path)
        }
    };
    frame.settle(desk.site, &format!("{path}{}", beginning(at)));
    frame.title = format!("{} · {}", list.title, frame.site_title);
    frame.description.clone_from(&list.title);
    let older = listing.next.map(|next| format!("{}{path}{}", frame.base, beginning(Some(next))));
    let days = days(&edition, &frame, UNMARKED);
    let month = |month: Month| {
        let name = words.month_of(month.year, month.month);
        Link { name, href: month_path(&frame, month) }
    };
    // To the reader who goes back in time, the earlier month comes next.
    let (later, earlier) = listing.around;
    let around = [("prev", later), ("next", earlier)];
    let around = around.into_iter().filter_map(|(rel, at)| Some((rel, month(at?)))).collect();
    let Listed { title, lang, home, facts } = list;
    let (kicker, licence) = (Some(kicker), None);
    fill(&ListPage { frame, kicker, title, lang, home, facts, days, older, around, licence })
}

#[derive(Default)]
struct Listed {
    title: String,
    lang: Option<String>,
    home: Option<String>,
    facts: Vec<String>,
}

impl Listed {
    fn describe(&mut self, source: &Source, words: &'static Words) {
        self.title = one_line(source.title());
        self.lang = source.spec.language.as_ref().map(|language| language.as_str().to_owned());
        self.home = source.home().and_then(web_address);
        self.facts.push(kind_in_words(source.spec.kind, words).to_owned());
        if let Some(licence) = source.spec.rights.licence.as_deref() {
            self.facts.push(format!("{}: {}", words.licence, one_line(licence)));
        }
    }
}

fn beginning(at: Option<SortKey>) -> String {
    at.map(|at| format!("/{}", at.0)).unwrap_or_default()
}
