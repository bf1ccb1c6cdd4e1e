//! The front page.

use std::sync::Arc;

use askama::Template;

use super::{
    super::{PublishError, edition::Edition, text::one_line},
    Desk,
    directory::{Year, month_path, years},
    frame::{Frame, Link, channel_path, feeds, fill, oembed_address},
    river::{Day, Row, UNMARKED, days, row},
};
use crate::model::{Channel, Month, PublishedEntry, Source};

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
    frame.oembed = desk.answers.then(|| oembed_address(desk.site, desk.site.url.as_str()));
    let newest = edition.items.first().map(|item| item.published.with_timezone(&desk.site.zone));
    frame.dateline = newest.map(|at| frame.words.dateline(&at));
    let sections = front.sections.iter().filter(|(_, entries)| !entries.is_empty());
    let oldest = front.entries.last().map(|last| Month::of(last.stored.shown_date(), desk.site.zone));
    let mut sources: Vec<Link> = front.sources.iter().map(|source| source_link(&frame, source)).collect();
    sources.sort_by_cached_key(|source| source.name.to_lowercase());
    let fill_in = FrontPage {
        days: days(&edition, &frame, UNMARKED),
        sections: sections.map(|(channel, entries)| section(desk, &frame, channel, entries)).collect(),
        tags: front.tags.iter().filter_map(|tag| frame.tag(&one_line(tag))).collect(),
        sources,
        years: years(&frame, &front.months),
        older: oldest.map(|month| month_path(&frame, month)),
        title,
        frame,
    };
    fill(&fill_in)
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
        href: channel_path(frame.root, frame.words, desk.site, channel),
        rows: edition.items.iter().map(head).collect(),
    }
}

fn source_link(frame: &Frame<'_>, source: &Source) -> Link {
    Link { name: one_line(source.title()), href: frame.source(source.spec.slug.as_str()) }
}
