//! What lists there are: every channel, every month, every tag.

use askama::Template;

use super::{
    super::{PublishError, text::one_line, words::Words},
    Desk,
    frame::{FeedLink, Frame, Link, channel_path, feeds, fill},
};
use crate::model::{Channel, Month};

#[derive(Template)]
#[template(path = "channels.html")]
struct ChannelsPage<'a> {
    frame: Frame<'a>,
    rows: Vec<ChannelRow>,
}

struct ChannelRow {
    title: String,
    description: String,
    href: String,
    feeds: Vec<FeedLink>,
}

pub(super) struct Year {
    pub(super) year: i32,
    pub(super) months: Vec<Link>,
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

/// Every channel that somebody declared, with the addresses of its feeds.
///
/// # Errors
/// Where it cannot be filled in.
pub fn channels_page(desk: &Desk<'_>) -> Result<Vec<u8>, PublishError> {
    let mut frame = desk.frame(None);
    frame.settle(desk.site, "feeds");
    frame.title = format!("{} · {}", frame.words.channels, frame.site_title);
    frame.description = frame.words.channels_intro.to_owned();
    let channel_row = |channel: &Channel| {
        let title = one_line(channel.title(desk.language));
        ChannelRow {
            description: channel.description(desk.language).map(one_line).unwrap_or_default(),
            href: channel_path(frame.root, frame.words, desk.site, channel),
            feeds: feeds(desk.site, channel, &title),
            title,
        }
    };
    let is_declared = desk.channels.iter().any(|channel| channel.slug == desk.all.slug);
    let all = (!is_declared).then_some(desk.all);
    let rows = all.into_iter().chain(desk.channels).map(channel_row).collect();
    fill(&ChannelsPage { frame, rows })
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
    // The reader's own alphabet first.
    tags.sort_by_cached_key(|tag| (is_foreign(tag, frame.words), tag.clone()));
    let mut groups: Vec<Group> = Vec::new();
    for tag in &tags {
        let first = tag.chars().next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
        let letter = if first.chars().all(char::is_alphabetic) { first } else { "#".to_owned() };
        if groups.last().is_none_or(|group| group.letter != letter) {
            groups.push(Group { letter, tags: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.tags.extend(frame.tag(tag));
        }
    }
    groups.retain(|group| !group.tags.is_empty());
    fill(&TagsPage { frame, groups })
}

/// Whether a tag is in other letters than the interface. Digits are nobody's.
fn is_foreign(tag: &str, words: &Words) -> bool {
    let first = tag.chars().next().unwrap_or_default();
    first.is_alphabetic() && first.is_ascii() == (words.lang == "bg")
}

pub(super) fn years(frame: &Frame<'_>, months: &[Month]) -> Vec<Year> {
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

pub(super) fn month_path(frame: &Frame<'_>, month: Month) -> String {
    format!("{}archive/{:04}/{:02}", frame.base, month.year, month.month)
}
