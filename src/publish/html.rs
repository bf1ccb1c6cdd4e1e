//! Pages for people: a channel, a post, the sources, and the page that is not there. No script, nothing from other hosts.

use askama::Template;
use chrono::{DateTime, NaiveTime};
use chrono_tz::Tz;

use super::{
    PublishError,
    also::Also,
    dates::rfc3339,
    edition::{Edition, Item, channel_address},
    excerpt::cut,
    style::page_css_version,
    text::{one_line, web_address},
    words::{Words, clock},
};
use crate::model::{
    Channel, Format, Health, Language, PublishedEntry, Site, Source, SourceKind, Texts, Timestamp,
};

/// The channel whose page is the front page.
const FRONT: &str = "all";
/// Characters of text under a title in the river.
const TEASER: usize = 320;

/// What every page has around its content.
struct Frame<'a> {
    words: &'static Words,
    site_title: String,
    /// Path of our root, with a slash at its end.
    root: &'a str,
    css_version: &'static str,
    title: String,
    description: String,
    /// The one address of this page. None where the page has none.
    canonical: Option<String>,
    /// `website` or `article`.
    kind: &'static str,
    feeds: Vec<FeedLink>,
    navigation: Vec<NavigationLink>,
    contact: Option<(String, Option<String>)>,
    generator: &'a str,
}

struct FeedLink {
    name: &'static str,
    media_type: &'static str,
    title: String,
    href: String,
}

struct NavigationLink {
    title: String,
    href: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "channel.html")]
struct ChannelPage<'a> {
    frame: Frame<'a>,
    title: String,
    description: String,
    licence: Option<String>,
    days: Vec<Day<'a>>,
}

struct Day<'a> {
    date: String,
    iso: String,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    heading: String,
    href: Option<String>,
    lang: Option<&'a str>,
    source: String,
    moment: String,
    time: Option<String>,
    text: Option<String>,
    credit: Option<&'a str>,
    also: &'a [Also],
    tags: &'a [String],
}

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage<'a> {
    frame: Frame<'a>,
    heading: String,
    lang: &'a str,
    byline: String,
    date: String,
    moment: String,
    body: &'a str,
    tags: &'a [String],
    licence: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage<'a> {
    frame: Frame<'a>,
    rows: Vec<SourceRow<'a>>,
}

struct SourceRow<'a> {
    title: String,
    lang: Option<&'a str>,
    home: Option<String>,
    kind: &'static str,
    last_success: String,
    state: String,
    is_well: bool,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage<'a> {
    frame: Frame<'a>,
}

/// The page of a channel: its entries by day.
pub(super) fn channel_page(edition: &Edition<'_>) -> Result<Vec<u8>, PublishError> {
    let page = edition.page;
    let words = Words::of(&page.language);
    let title = edition.title();
    let description = edition.description();
    let mut frame = frame(page.site, page.channels, words, Some(page.channel));
    let is_front = page.channel.slug.as_str() == FRONT;
    frame.canonical = Some(if is_front { page.site.url.to_string() } else { edition.address(Format::Html) });
    frame.title =
        if is_front { frame.site_title.clone() } else { format!("{title} · {}", frame.site_title) };
    frame.description = description.clone();
    frame.feeds = feeds(page.site, page.channel, &title);
    let mut days: Vec<Day<'_>> = Vec::new();
    for item in &edition.items {
        let at = item.published.with_timezone(&page.site.zone);
        let iso = at.format("%Y-%m-%d").to_string();
        if days.last().is_none_or(|day| day.iso != iso) {
            days.push(Day { date: words.date(&at), iso, rows: Vec::new() });
        }
        if let Some(day) = days.last_mut() {
            day.rows.push(row(item, edition, at));
        }
    }
    let licence = page.channel.licence.as_deref().map(one_line);
    fill(&ChannelPage { frame, title, description, licence, days })
}

/// The page of one post of our own. `language` is that of the interface; the post says its own.
pub fn post_page(
    site: &Site,
    channels: &[Channel],
    entry: &PublishedEntry,
    language: &Language,
) -> Result<Vec<u8>, PublishError> {
    let words = Words::of(language);
    let item = Item::of(entry, site, &Texts::default());
    let heading = item.heading();
    let mut frame = frame(site, channels, words, None);
    frame.title = format!("{heading} · {}", frame.site_title);
    frame.description = item.text.as_deref().map(|text| cut(text, TEASER)).unwrap_or_default();
    frame.canonical = item.link.clone();
    frame.kind = "article";
    let names: Vec<&str> = item.authors.iter().map(|author| author.name.as_str()).collect();
    let byline = if names.is_empty() { one_line(entry.source.title()) } else { names.join(", ") };
    fill(&PostPage {
        heading,
        lang: item.language.map_or(words.lang, Language::as_str),
        byline,
        date: words.date(&item.published.with_timezone(&site.zone)),
        moment: rfc3339(item.published),
        body: item.content.as_deref().or(item.summary.as_deref()).unwrap_or_default(),
        tags: &item.tags,
        licence: item.licence.as_deref(),
        frame,
    })
}

/// The page that lists what we collect from, and how each source is doing.
pub fn sources_page(
    site: &Site,
    channels: &[Channel],
    sources: &[Source],
    language: &Language,
) -> Result<Vec<u8>, PublishError> {
    let words = Words::of(language);
    let mut frame = frame(site, channels, words, None);
    frame.title = format!("{} · {}", words.sources, frame.site_title);
    frame.description = words.sources_intro.to_owned();
    frame.canonical = Some(site.address("sources"));
    let rows = sources.iter().map(|source| source_row(source, words, site.zone)).collect();
    fill(&SourcesPage { frame, rows })
}

/// The page for an address where nothing is.
pub fn not_found_page(
    site: &Site,
    channels: &[Channel],
    language: &Language,
) -> Result<Vec<u8>, PublishError> {
    let words = Words::of(language);
    let mut frame = frame(site, channels, words, None);
    frame.title = format!("{} · {}", words.not_found, frame.site_title);
    fill(&NotFoundPage { frame })
}

fn fill(page: &impl Template) -> Result<Vec<u8>, PublishError> {
    Ok(page.render()?.into_bytes())
}

fn frame<'a>(
    site: &'a Site,
    channels: &'a [Channel],
    words: &'static Words,
    current: Option<&Channel>,
) -> Frame<'a> {
    let language: Option<Language> = words.lang.parse().ok();
    let language = language.as_ref().unwrap_or(&site.language);
    let link = |channel: &Channel| NavigationLink {
        title: one_line(channel.title(language)),
        href: if channel.slug.as_str() == FRONT {
            site.url.path().to_owned()
        } else {
            format!("{}feeds/{}", site.url.path(), channel.slug)
        },
        current: current.is_some_and(|current| current.slug == channel.slug),
    };
    let front = channels.iter().find(|channel| channel.slug.as_str() == FRONT);
    Frame {
        words,
        site_title: one_line(&site.title),
        root: site.url.path(),
        css_version: page_css_version(),
        title: one_line(&site.title),
        description: one_line(&site.description),
        canonical: None,
        kind: "website",
        feeds: front.map(|front| feeds(site, front, &one_line(front.title(language)))).unwrap_or_default(),
        navigation: channels.iter().map(link).collect(),
        contact: site.contact.as_deref().map(contact),
        generator: site.generator_version,
    }
}

/// A contact is an address of either kind, or just words.
fn contact(text: &str) -> (String, Option<String>) {
    let text = one_line(text);
    let is_mail = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !text.contains([' ', '/', ':']);
    let href = if is_mail { Some(format!("mailto:{text}")) } else { web_address(&text) };
    (text, href)
}

fn feeds(site: &Site, channel: &Channel, title: &str) -> Vec<FeedLink> {
    let named = [(Format::Rss, "RSS"), (Format::Atom, "Atom"), (Format::Json, "JSON Feed")];
    let link = |(format, name): (Format, &'static str)| FeedLink {
        name,
        media_type: format.media_type(),
        title: title.to_owned(),
        href: channel_address(site, channel.slug.as_str(), format),
    };
    named.into_iter().map(link).collect()
}

fn row<'a>(item: &'a Item<'a>, edition: &Edition<'_>, at: DateTime<Tz>) -> Row<'a> {
    let source = edition.source(item).map(|source| source.title.clone()).unwrap_or_default();
    // Many sources give a day and no time: midnight somewhere is no time of day to show.
    let is_day_only = at.time() == NaiveTime::MIN || item.published.time() == NaiveTime::MIN;
    let heading = item.heading();
    // A short message without a title is its own heading; once is enough.
    let text = item.text.as_deref().filter(|text| *text != heading);
    Row {
        heading,
        href: item.link.clone(),
        lang: item.language.map(Language::as_str),
        source,
        moment: rfc3339(item.published),
        time: (!is_day_only).then(|| clock(&at)),
        text: text.map(|text| cut(text, TEASER)),
        credit: item.credit.as_deref(),
        also: &item.also,
        tags: &item.tags,
    }
}

fn source_row<'a>(source: &'a Source, words: &'static Words, zone: Tz) -> SourceRow<'a> {
    let spec = &source.spec;
    let when = |at: Timestamp| words.date_and_time(at, zone);
    SourceRow {
        title: one_line(source.title()),
        lang: spec.language.as_ref().map(Language::as_str),
        home: source.home().and_then(web_address),
        kind: match spec.kind {
            SourceKind::Feed => words.kind_feed,
            SourceKind::Page => words.kind_page,
            SourceKind::Local => words.kind_local,
        },
        last_success: source.state.last_success.map_or_else(|| words.never.to_owned(), when),
        state: state_in_words(source, words, zone),
        is_well: !spec.enabled || !source.state.health.is_failure(),
    }
}

/// How a source is doing. The reason is for staff: it may name hosts and addresses.
fn state_in_words(source: &Source, words: &'static Words, zone: Tz) -> String {
    match source.health() {
        Health::Disabled => words.state_off.to_owned(),
        // A move and a silence are for staff to look after.
        Health::Ok | Health::Quiet | Health::Moved => words.state_ok.to_owned(),
        Health::New => words.state_new.to_owned(),
        Health::Gone => words.state_gone.to_owned(),
        Health::Failing | Health::BrokenContract => {
            let mut state = words.state_failing.to_owned();
            if let Some(since) = source.state.failing_since {
                state = format!("{state} {} {}", words.since, words.date_and_time(since, zone));
            }
            if let Some(next) = source.state.next_due {
                state = format!("{state}; {} {}", words.tried_again, words.date_and_time(next, zone));
            }
            state
        }
    }
}
