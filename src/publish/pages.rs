//! The newspaper's own pages: the front page, search, tags, sources, months, and what is shown when something goes wrong.

use std::sync::Arc;

use askama::Template;

use super::{
    Page, PublishError,
    edition::{Edition, channel_address},
    html::{
        Day, FeedLink, Frame, Link, Row, UNMARKED, channel_path, days, feeds, fill, frame, kind_in_words,
        oembed_address, row,
    },
    text::{encoded, one_line, web_address},
    words::Words,
};
use crate::{
    model::{Channel, Format, Language, Month, PublishedEntry, Site, SortKey, Source},
    search::{Query, QueryError},
};

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
}

/// What the front page shows.
#[derive(Debug, Clone)]
pub struct Front {
    /// The window of the channel of everything.
    pub entries: Vec<PublishedEntry>,
    /// The newest entries of the other channels.
    pub sections: Vec<(Channel, Vec<PublishedEntry>)>,
    /// What is written about at present.
    pub tags: Vec<String>,
    /// Where it comes from.
    pub sources: Vec<Arc<Source>>,
    /// Months in which something was published, newest first.
    pub months: Vec<Month>,
}

/// A list of entries by what they have in common.
#[derive(Debug, Clone)]
pub struct Listing {
    /// What they have in common.
    pub what: Common,
    /// Newest first.
    pub entries: Vec<PublishedEntry>,
    /// Where the next page begins.
    pub next: Option<SortKey>,
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

/// What was searched for, and what was found.
#[derive(Debug, Clone, Default)]
pub struct Searched {
    /// The query as it was written.
    pub text: String,
    /// Only in this language.
    pub language: Option<Language>,
    /// What the query means. None where nothing was asked yet.
    pub query: Option<Result<Query, QueryError>>,
    /// Newest first.
    pub entries: Vec<PublishedEntry>,
    /// Where the next page begins.
    pub next: Option<SortKey>,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is at the address.
    NotFound,
    /// The address cannot be read; the reason names what is known.
    BadRequest(String),
    /// Not now.
    Unavailable,
    /// A fault of ours.
    Broken,
}

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage<'a> {
    frame: Frame<'a>,
    title: String,
    days: Vec<Day<'a>>,
    sections: Vec<Section>,
    tags: Vec<Link>,
    sources: Vec<Link>,
    years: Vec<Year>,
    older: Option<String>,
}

struct Section {
    title: String,
    href: String,
    rows: Vec<Head>,
}

struct Head {
    heading: String,
    href: Option<String>,
    lang: Option<String>,
    source: String,
}

struct Year {
    year: i32,
    months: Vec<Link>,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    frame: Frame<'a>,
    kicker: &'static str,
    title: String,
    lang: Option<String>,
    home: Option<String>,
    facts: Vec<String>,
    days: Vec<Day<'a>>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    frame: Frame<'a>,
    asked: bool,
    problem: Option<&'static str>,
    nothing: &'static str,
    languages: Vec<Choice>,
    examples: Vec<Example>,
    days: Vec<Day<'a>>,
    older: Option<String>,
}

struct Choice {
    value: &'static str,
    name: &'static str,
    chosen: bool,
}

struct Example {
    query: &'static str,
    href: String,
    meaning: &'static str,
}

#[derive(Template)]
#[template(path = "archive.html")]
struct ArchivePage<'a> {
    frame: Frame<'a>,
    years: Vec<Year>,
}

#[derive(Template)]
#[template(path = "tags.html")]
struct TagsPage<'a> {
    frame: Frame<'a>,
    groups: Vec<Group>,
}

struct Group {
    letter: String,
    tags: Vec<Link>,
}

#[derive(Template)]
#[template(path = "opensearch.xml")]
struct OpenSearch {
    name: String,
    description: String,
    icon: String,
    search: String,
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    frame: Frame<'a>,
    title: &'static str,
    lines: Vec<String>,
}

/// The front page.
///
/// # Errors
/// Where it cannot be filled in.
pub fn front_page(desk: &Desk<'_>, front: &Front) -> Result<Vec<u8>, PublishError> {
    let page = desk.page(desk.all, &front.entries);
    let edition = Edition::of(&page);
    let mut frame = desk.frame(Some(desk.all));
    frame.settle(desk.site, "");
    frame.tagline = one_line(&desk.site.description);
    let title = one_line(desk.all.title(desk.language));
    frame.feeds = feeds(desk.site, desk.all, &title);
    frame.oembed = Some(oembed_address(desk.site, desk.site.url.as_str()));
    let newest = edition.items.first().map(|item| item.published.with_timezone(&desk.site.zone));
    frame.dateline = newest.map(|at| frame.words.dateline(&at));
    let sections = front.sections.iter().filter(|(_, entries)| !entries.is_empty());
    let oldest = front.entries.last().map(|last| Month::of(last.stored.shown_date(), desk.site.zone));
    let fill_in = FrontPage {
        days: days(&edition, &frame, UNMARKED),
        sections: sections.map(|(channel, entries)| section(desk, &frame, channel, entries)).collect(),
        tags: front.tags.iter().map(|tag| frame.tag(&one_line(tag))).collect(),
        sources: front.sources.iter().map(|source| source_link(&frame, source)).collect(),
        years: years(&frame, &front.months),
        older: oldest.map(|month| month_path(&frame, month)),
        title,
        frame,
    };
    fill(&fill_in)
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
            list.title = one_line(tag);
            let feed = |format| format!("{}?tag={}", channel_address(desk.site, "all", format), encoded(tag));
            frame.feeds = filtered_feeds(&list.title, feed);
            (words.tag, format!("tags/{}", encoded(tag)))
        }
        Common::Source(source) => {
            list.describe(source, words);
            let slug = source.spec.slug.as_str();
            frame.feeds = filtered_feeds(&list.title, |format| channel_address(desk.site, slug, format));
            (words.source, format!("sources/{slug}"))
        }
        Common::Month(month) => {
            list.title = words.month_of(month.year, month.month);
            frame.feeds = Vec::new();
            (words.month, format!("archive/{:04}/{:02}", month.year, month.month))
        }
    };
    frame.settle(desk.site, &format!("{path}{}", beginning(at)));
    frame.title = format!("{} · {}", list.title, frame.site_title);
    frame.description.clone_from(&list.title);
    let older = listing.next.map(|next| format!("{}{path}{}", frame.base, beginning(Some(next))));
    let days = days(&edition, &frame, UNMARKED);
    let Listed { title, lang, home, facts } = list;
    fill(&ListPage { frame, kicker, title, lang, home, facts, days, older })
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
    super::html::channel_page(&Edition::of(&desk.page(channel, entries)))
}

/// How browsers search here (OpenSearch 1.1, draft 6).
///
/// # Errors
/// Where it cannot be filled in.
pub fn opensearch(desk: &Desk<'_>) -> Result<Vec<u8>, PublishError> {
    let words = Words::of(desk.language);
    fill(&OpenSearch {
        // At most 16 characters, as the format says.
        name: one_line(&desk.site.title).chars().take(16).collect(),
        description: one_line(&format!("{}: {}", desk.site.title, words.search)),
        icon: desk.site.address("assets/icon.svg"),
        search: desk.site.address("search"),
    })
}

/// The search page.
///
/// # Errors
/// Where it cannot be filled in.
pub fn search_page(desk: &Desk<'_>, searched: &Searched) -> Result<Vec<u8>, PublishError> {
    let page = desk.page(desk.all, &searched.entries);
    let edition = Edition::of(&page);
    let mut frame = desk.frame(None);
    let words = frame.words;
    frame.query.clone_from(&searched.text);
    frame.finds = false;
    frame.settle(desk.site, "search");
    if searched.query.is_some() {
        // Any number of addresses, none of which is worth keeping by a search engine.
        frame.canonical = None;
        let asked = format!("search?{}", question(searched));
        let other = words.other().folder(&desk.site.language);
        if let Some(switch) = &mut frame.switch {
            switch.href = format!("{}{other}{asked}", frame.root);
        }
    }
    frame.title = match searched.text.trim() {
        "" => format!("{} · {}", words.search, frame.site_title),
        text => format!("{} · {} · {}", one_line(text), words.search, frame.site_title),
    };
    frame.feeds = Vec::new();
    let older =
        searched.next.map(|next| format!("{}search?{}&before={}", frame.base, question(searched), next.0));
    let query = searched.query.as_ref().and_then(|query| query.as_ref().ok());
    let marker = |text: &str| query.map(|query| query.marks(text)).unwrap_or_default();
    let examples = words.search_examples.iter().map(|(query, meaning)| Example {
        query,
        href: format!("{}search?q={}", frame.base, encoded(query)),
        meaning,
    });
    fill(&SearchPage {
        asked: searched.query.is_some(),
        problem: searched
            .query
            .as_ref()
            .and_then(|query| query.as_ref().err())
            .map(|error| said(*error, words)),
        nothing: words.nothing_found,
        languages: languages(searched.language.as_ref(), words),
        examples: examples.collect(),
        days: days(&edition, &frame, &marker),
        older,
        frame,
    })
}

/// Every month in which something was published.
///
/// # Errors
/// Where it cannot be filled in.
pub fn archive_page(desk: &Desk<'_>, months: &[Month]) -> Result<Vec<u8>, PublishError> {
    let mut frame = desk.frame(None);
    frame.settle(desk.site, "archive");
    frame.title = format!("{} · {}", frame.words.archive, frame.site_title);
    frame.description = frame.words.archive_intro.to_owned();
    let years = years(&frame, months);
    fill(&ArchivePage { frame, years })
}

/// Every tag, by its first letter.
///
/// # Errors
/// Where it cannot be filled in.
pub fn tags_page(desk: &Desk<'_>, tags: &[String]) -> Result<Vec<u8>, PublishError> {
    let mut frame = desk.frame(None);
    frame.settle(desk.site, "tags");
    frame.title = format!("{} · {}", frame.words.tags, frame.site_title);
    frame.description = frame.words.tags_intro.to_owned();
    let mut tags: Vec<String> = tags.iter().map(|tag| one_line(tag)).filter(|tag| !tag.is_empty()).collect();
    tags.sort();
    let mut groups: Vec<Group> = Vec::new();
    for tag in &tags {
        let first = tag.chars().next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
        let letter = if first.chars().all(char::is_alphabetic) { first } else { "#".to_owned() };
        if groups.last().is_none_or(|group| group.letter != letter) {
            groups.push(Group { letter, tags: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.tags.push(frame.tag(tag));
        }
    }
    fill(&TagsPage { frame, groups })
}

/// The page that says why there is no other, and where to go from here.
///
/// # Errors
/// Where it cannot be filled in.
pub fn trouble_page(desk: &Desk<'_>, trouble: &Trouble) -> Result<Vec<u8>, PublishError> {
    let mut frame = desk.frame(None);
    let words = frame.words;
    let (title, text) = match trouble {
        Trouble::NotFound => (words.not_found, words.not_found_text.to_owned()),
        Trouble::BadRequest(reason) => (words.bad_request, one_line(reason)),
        Trouble::Unavailable => (words.unavailable, words.unavailable_text.to_owned()),
        Trouble::Broken => (words.broken, words.broken_text.to_owned()),
    };
    frame.title = format!("{title} · {}", frame.site_title);
    frame.finds = false;
    fill(&TroublePage { frame, title, lines: vec![text] })
}

impl<'a> Desk<'a> {
    fn frame(&self, current: Option<&Channel>) -> Frame<'a> {
        frame(self.site, self.channels, Words::of(self.language), current)
    }

    pub(super) fn page(&self, channel: &'a Channel, entries: &'a [PublishedEntry]) -> Page<'a> {
        let (site, channels, language) = (self.site, self.channels, self.language.clone());
        Page { site, channel, channels, entries, language }
    }

    fn local(&self, item: &super::edition::Item<'_>) -> chrono::DateTime<chrono_tz::Tz> {
        item.published.with_timezone(&self.site.zone)
    }
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

fn section(desk: &Desk<'_>, frame: &Frame<'_>, channel: &Channel, entries: &[PublishedEntry]) -> Section {
    let page = desk.page(channel, entries);
    let edition = Edition::of(&page);
    let head = |item| {
        let Row { heading, href, lang, source, .. } = row(item, &edition, frame, desk.local(item), UNMARKED);
        let heading = heading.into_iter().map(|piece| piece.text).collect();
        Head { heading, href, lang: lang.map(str::to_owned), source }
    };
    Section {
        title: one_line(channel.title(desk.language)),
        href: channel_path(&frame.base, channel),
        rows: edition.items.iter().map(head).collect(),
    }
}

fn source_link(frame: &Frame<'_>, source: &Source) -> Link {
    Link { name: one_line(source.title()), href: frame.source(source.spec.slug.as_str()) }
}

fn years(frame: &Frame<'_>, months: &[Month]) -> Vec<Year> {
    let mut years: Vec<Year> = Vec::new();
    for month in months {
        if years.last().is_none_or(|year| year.year != month.year) {
            years.push(Year { year: month.year, months: Vec::new() });
        }
        if let Some(year) = years.last_mut() {
            let name = frame.words.month_name(month.month).to_owned();
            year.months.push(Link { name, href: month_path(frame, *month) });
        }
    }
    years
}

fn month_path(frame: &Frame<'_>, month: Month) -> String {
    format!("{}archive/{:04}/{:02}", frame.base, month.year, month.month)
}

fn beginning(at: Option<SortKey>) -> String {
    at.map(|at| format!("?before={}", at.0)).unwrap_or_default()
}

fn question(searched: &Searched) -> String {
    let mut question = format!("q={}", encoded(searched.text.trim()));
    if let Some(language) = &searched.language {
        question.push_str(&format!("&lang={}", encoded(language.as_str())));
    }
    question
}

fn filtered_feeds(title: &str, address: impl Fn(Format) -> String) -> Vec<FeedLink> {
    let named = [(Format::Rss, "RSS"), (Format::Atom, "Atom"), (Format::Json, "JSON Feed")];
    let link = |(format, name): (Format, &'static str)| FeedLink {
        name,
        media_type: format.media_type(),
        title: title.to_owned(),
        href: address(format),
    };
    named.into_iter().map(link).collect()
}

fn languages(chosen: Option<&Language>, words: &'static Words) -> Vec<Choice> {
    let is = |value: &str| chosen.is_some_and(|language| language.primary() == value);
    let (bg, en) = if words.lang == "bg" { (words, words.other()) } else { (words.other(), words) };
    vec![
        Choice { value: "", name: words.all_languages, chosen: chosen.is_none() },
        Choice { value: "bg", name: bg.name, chosen: is("bg") },
        Choice { value: "en", name: en.name, chosen: is("en") },
    ]
}

fn said(error: QueryError, words: &'static Words) -> &'static str {
    match error {
        QueryError::Empty => words.query_empty,
        QueryError::OnlyCommon => words.query_common,
        QueryError::OnlyExcluded => words.query_excluded,
        QueryError::TooLong => words.query_long,
        QueryError::TooManyWords => words.query_words,
        QueryError::ShortPrefix => words.query_prefix,
    }
}
