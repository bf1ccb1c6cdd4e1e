//! A channel on other sites: a page for a frame, a fragment for server-side includes, and the answer of oEmbed.

use askama::Template;
use serde::Serialize;

use super::{
    super::{
        PublishError,
        edition::Edition,
        markup::escape,
        style::embed_css_version,
        text::{encoded, one_line},
        words::Words,
    },
    Desk,
    frame::{channel_page_path, fill},
    river::{Row, UNMARKED, row},
};
use crate::model::{Channel, PublishedEntry, Site};

/// Whether an embed is light, dark, or what the reader prefers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// What the reader prefers.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The word in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

#[derive(Template)]
#[template(path = "embed.html")]
struct EmbedPage<'a> {
    words: &'static Words,
    theme: &'static str,
    title: String,
    site_title: String,
    href: String,
    root: &'a str,
    css_version: &'static str,
    rows: Vec<EmbedRow>,
}

#[derive(Template)]
#[template(path = "fragment.html")]
struct Fragment {
    words: &'static Words,
    title: String,
    site_title: String,
    href: String,
    rows: Vec<EmbedRow>,
}

struct EmbedRow {
    heading: String,
    href: Option<String>,
    lang: Option<String>,
    source: String,
    moment: String,
    date: String,
}

/// The page for a frame.
///
/// # Errors
/// Where it cannot be filled in.
pub fn embed_page(
    desk: &Desk<'_>,
    channel: &Channel,
    entries: &[PublishedEntry],
    theme: Theme,
) -> Result<Vec<u8>, PublishError> {
    let Fragment { words, title, site_title, href, rows } = fragment(desk, channel, entries);
    fill(&EmbedPage {
        words,
        theme: theme.name(),
        title,
        site_title,
        href,
        root: desk.site.url.path(),
        css_version: embed_css_version(),
        rows,
    })
}

/// The fragment: markup without a style of its own, with absolute addresses.
///
/// # Errors
/// Where it cannot be filled in.
pub fn embed_fragment(
    desk: &Desk<'_>,
    channel: &Channel,
    entries: &[PublishedEntry],
) -> Result<Vec<u8>, PublishError> {
    fill(&fragment(desk, channel, entries))
}

fn fragment(desk: &Desk<'_>, channel: &Channel, entries: &[PublishedEntry]) -> Fragment {
    let page = desk.page(channel, entries);
    let edition = Edition::of(&page);
    let words = Words::of(desk.language);
    let frame = desk.frame(None);
    let rows = edition.items.iter().map(|item| {
        let at = item.published.with_timezone(&desk.site.zone);
        let Row { heading, href, lang, source, moment, .. } = row(item, &edition, &frame, at, UNMARKED);
        let heading = heading.into_iter().map(|piece| piece.text).collect();
        EmbedRow { heading, href, lang: lang.map(str::to_owned), source, moment, date: words.date(&at) }
    });
    Fragment {
        words,
        title: one_line(channel.title(desk.language)),
        site_title: one_line(&desk.site.title),
        href: desk.site.address(&channel_page_path(words, desk.site, channel)),
        rows: rows.collect(),
    }
}

/// What oEmbed 1.0 (oembed.com, 2.3) says of a rich resource.
#[derive(Serialize)]
struct Oembed<'a> {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    provider_name: String,
    provider_url: &'a str,
    cache_age: u32,
    html: String,
    width: u32,
    height: u32,
}

/// Pixels of a frame where nobody says how large it may be.
const FRAME: (u32, u32) = (480, 560);

/// The answer of oEmbed for a channel, in a frame of at most this width and height.
///
/// # Errors
/// Where the JSON cannot be written.
pub fn oembed(
    desk: &Desk<'_>,
    channel: &Channel,
    max: (Option<u32>, Option<u32>),
) -> Result<Vec<u8>, PublishError> {
    let site: &Site = desk.site;
    let (width, height) = (FRAME.0.min(max.0.unwrap_or(FRAME.0)), FRAME.1.min(max.1.unwrap_or(FRAME.1)));
    let title = one_line(channel.title(desk.language));
    let language = Words::of(desk.language).lang;
    let frame = site.address(&format!("embed/{}?lang={}", channel.slug, encoded(language)));
    let html = format!(
        "<iframe src=\"{frame}\" title=\"{}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" \
         style=\"border:0\"></iframe>",
        escape(&title)
    );
    Ok(serde_json::to_vec_pretty(&Oembed {
        version: "1.0",
        kind: "rich",
        title,
        provider_name: one_line(&site.title),
        provider_url: site.url.as_str(),
        cache_age: 3_600,
        html,
        width,
        height,
    })?)
}
