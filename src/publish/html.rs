//! Pages for people: what all of them have around their content, and those of a channel, a post and the sources. No script,
//! nothing from other hosts.

use askama::Template;
use chrono::{DateTime, NaiveTime};
use chrono_tz::Tz;

use super::{
    PublishError,
    also::Also,
    dates::rfc3339,
    edition::{Edition, Item, channel_address},
    excerpt::cut,
    style::{PAGE_FONTS, page_css_version},
    text::{encoded, one_line, web_address},
    words::{Words, clock},
};
use crate::model::{
    Channel, Format, Health, Language, PublishedEntry, Site, Source, SourceKind, Texts, Timestamp,
};

/// The channel whose page is the front page.
pub(super) const FRONT: &str = "all";
/// Characters of text under a title in the river.
const TEASER: usize = 320;

/// What every page has around its content.
pub(super) struct Frame<'a> {
    pub(super) words: &'static Words,
    pub(super) site_title: String,
    /// The language of the site's name, where it is not that of the page.
    pub(super) site_lang: Option<&'a str>,
    /// The sentence under the name, on the front page.
    pub(super) tagline: String,
    /// The day of the newest news.
    pub(super) dateline: Option<String>,
    /// Path of our root, with a slash at its end.
    pub(super) root: &'a str,
    /// Path below which the pages with this interface are: the root, or a folder of it.
    pub(super) base: String,
    /// The same page with the other interface, else its front page.
    pub(super) switch: Option<Switch>,
    /// The same page in other languages, itself included.
    pub(super) alternates: Vec<Switch>,
    pub(super) css_version: &'static str,
    pub(super) fonts: &'static [&'static str],
    pub(super) title: String,
    pub(super) description: String,
    /// The one address of this page. None where the page has none.
    pub(super) canonical: Option<String>,
    /// `website` or `article`.
    pub(super) kind: &'static str,
    pub(super) feeds: Vec<FeedLink>,
    /// Where other sites learn how to embed what the page shows.
    pub(super) oembed: Option<String>,
    /// Whether there is a search box in the head; no page needs two.
    pub(super) finds: bool,
    /// What was searched for.
    pub(super) query: String,
    pub(super) navigation: Vec<NavigationLink>,
    pub(super) contact: Option<(String, Option<String>)>,
    pub(super) generator: &'a str,
}

/// A page in another language.
pub(super) struct Switch {
    pub(super) lang: String,
    pub(super) name: &'static str,
    pub(super) href: String,
}

pub(super) struct FeedLink {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) title: String,
    pub(super) href: String,
}

pub(super) struct NavigationLink {
    pub(super) title: String,
    pub(super) href: String,
    pub(super) current: bool,
}

/// A name and where it leads.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) href: String,
}

impl Frame<'_> {
    /// Says which page this is: `path` below the folder of the interface, with its query.
    pub(super) fn settle(&mut self, site: &Site, path: &str) {
        let address = |words: &Words| site.address(&format!("{}{path}", words.folder(&site.language)));
        let other = self.words.other();
        let alternate =
            |words: &Words| Switch { lang: words.lang.to_owned(), name: words.name, href: address(words) };
        self.canonical = Some(address(self.words));
        self.alternates = vec![alternate(self.words), alternate(other)];
        let href = format!("{}{}{path}", self.root, other.folder(&site.language));
        self.switch = Some(Switch { lang: other.lang.to_owned(), name: other.name, href });
    }

    /// The page of a tag.
    pub(super) fn tag(&self, tag: &str) -> Link {
        Link { href: format!("{}tags/{}", self.base, encoded(&tag.to_lowercase())), name: tag.to_owned() }
    }

    /// The page of a source.
    pub(super) fn source(&self, slug: &str) -> String {
        format!("{}sources/{slug}", self.base)
    }
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

pub(super) struct Day<'a> {
    pub(super) date: String,
    pub(super) iso: String,
    pub(super) rows: Vec<Row<'a>>,
}

pub(super) struct Row<'a> {
    pub(super) heading: Vec<Piece>,
    pub(super) href: Option<String>,
    pub(super) lang: Option<&'a str>,
    pub(super) source: String,
    pub(super) source_href: Option<String>,
    pub(super) moment: String,
    pub(super) time: Option<String>,
    /// Empty where there is none.
    pub(super) text: Vec<Piece>,
    pub(super) credit: Option<&'a str>,
    /// Other sources that report the same.
    pub(super) also: &'a [Also],
    pub(super) tags: Vec<Link>,
}

/// A piece of text; marked where it is what somebody searched for.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) marked: bool,
}

/// Says what of a text is marked: ranges of bytes, in order.
pub(super) type Marker<'a> = &'a dyn Fn(&str) -> Vec<std::ops::Range<usize>>;

/// Nothing is.
pub(super) const UNMARKED: Marker<'static> = &|_| Vec::new();

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage<'a> {
    frame: Frame<'a>,
    heading: String,
    lang: &'a str,
    byline: String,
    date: String,
    moment: String,
    translations: Vec<Switch>,
    body: &'a str,
    tags: Vec<Link>,
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
    href: String,
    lang: Option<&'a str>,
    home: Option<String>,
    kind: &'static str,
    last_success: String,
    state: String,
    is_well: bool,
}

/// The page of a channel: its entries by day.
pub(super) fn channel_page(edition: &Edition<'_>) -> Result<Vec<u8>, PublishError> {
    let page = edition.page;
    let words = Words::of(&page.language);
    let title = edition.title();
    let description = edition.description();
    let mut frame = frame(page.site, page.channels, words, Some(page.channel));
    let slug = page.channel.slug.as_str();
    if slug == FRONT {
        frame.settle(page.site, "");
        frame.title = frame.site_title.clone();
    } else {
        if page.channel.language.is_none() {
            frame.settle(page.site, &format!("feeds/{slug}"));
        }
        frame.canonical = Some(edition.address(Format::Html));
        frame.title = format!("{title} · {}", frame.site_title);
    }
    frame.description = description.clone();
    frame.feeds = feeds(page.site, page.channel, &title);
    frame.oembed = Some(oembed_address(page.site, &edition.address(Format::Html)));
    let days = days(edition, &frame, UNMARKED);
    let licence = page.channel.licence.as_deref().map(one_line);
    fill(&ChannelPage { frame, title, description, licence, days })
}

/// The entries by day, in their order.
pub(super) fn days<'a>(edition: &'a Edition<'a>, frame: &Frame<'_>, marker: Marker<'_>) -> Vec<Day<'a>> {
    let mut days: Vec<Day<'a>> = Vec::new();
    for item in &edition.items {
        let at = item.published.with_timezone(&edition.page.site.zone);
        let iso = at.format("%Y-%m-%d").to_string();
        if days.last().is_none_or(|day| day.iso != iso) {
            days.push(Day { date: frame.words.date(&at), iso, rows: Vec::new() });
        }
        if let Some(day) = days.last_mut() {
            day.rows.push(row(item, edition, frame, at, marker));
        }
    }
    days
}

/// The page of one post of our own, with the same post in other languages. `language` is that of the interface; the post says
/// its own.
pub fn post_page(
    site: &Site,
    channels: &[Channel],
    entry: &PublishedEntry,
    translations: &[(Language, String)],
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
    let other = |(language, href): &(Language, String)| Switch {
        lang: language.as_str().to_owned(),
        name: Words::of(language).read_in,
        href: href.clone(),
    };
    frame.alternates = translations.iter().map(other).collect();
    if let Some((lang, href)) = item.language.zip(item.link.clone()).filter(|_| !translations.is_empty()) {
        frame.alternates.push(Switch { lang: lang.as_str().to_owned(), name: words.read_in, href });
    }
    let other_interface = translations.iter().find(|(language, _)| Words::of(language).lang != words.lang);
    if let (Some(switch), Some((_, href))) = (&mut frame.switch, other_interface) {
        switch.href.clone_from(href);
    }
    fill(&PostPage {
        heading,
        lang: item.language.map_or(words.lang, Language::as_str),
        byline,
        date: words.date(&item.published.with_timezone(&site.zone)),
        moment: rfc3339(item.published),
        translations: translations.iter().map(other).collect(),
        body: item.content.as_deref().or(item.summary.as_deref()).unwrap_or_default(),
        tags: item.tags.iter().map(|tag| frame.tag(tag)).collect(),
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
    frame.settle(site, "sources");
    let rows = sources.iter().map(|source| source_row(source, &frame, site.zone)).collect();
    fill(&SourcesPage { frame, rows })
}

/// Writes a page.
pub(super) fn fill(page: &impl Template) -> Result<Vec<u8>, PublishError> {
    Ok(page.render()?.into_bytes())
}

/// What is around every page with this interface. Which page it is, is still to be said.
pub(super) fn frame<'a>(
    site: &'a Site,
    channels: &'a [Channel],
    words: &'static Words,
    current: Option<&Channel>,
) -> Frame<'a> {
    let language: Option<Language> = words.lang.parse().ok();
    let language = language.as_ref().unwrap_or(&site.language);
    let root = site.url.path();
    let base = format!("{root}{}", words.folder(&site.language));
    let link = |channel: &Channel| NavigationLink {
        title: one_line(channel.title(language)),
        href: channel_path(&base, channel),
        current: current.is_some_and(|current| current.slug == channel.slug),
    };
    let front = channels.iter().find(|channel| channel.slug.as_str() == FRONT);
    let other = words.other();
    let switch = Switch {
        lang: other.lang.to_owned(),
        name: other.name,
        href: format!("{root}{}", other.folder(&site.language)),
    };
    Frame {
        words,
        site_title: one_line(&site.title),
        site_lang: (site.language.primary() != words.lang).then_some(site.language.as_str()),
        finds: true,
        tagline: String::new(),
        dateline: None,
        root,
        switch: Some(switch),
        alternates: Vec::new(),
        css_version: page_css_version(),
        fonts: &PAGE_FONTS,
        title: one_line(&site.title),
        description: one_line(&site.description),
        canonical: None,
        kind: "website",
        feeds: front.map(|front| feeds(site, front, &one_line(front.title(language)))).unwrap_or_default(),
        oembed: None,
        query: String::new(),
        navigation: channels.iter().map(link).collect(),
        base,
        contact: site.contact.as_deref().map(contact),
        generator: site.generator_version,
    }
}

/// Where a channel's page is, below the folder of an interface.
pub(super) fn channel_path(base: &str, channel: &Channel) -> String {
    if channel.slug.as_str() == FRONT { base.to_owned() } else { format!("{base}feeds/{}", channel.slug) }
}

/// Where another site learns how to embed the page of this address.
pub(super) fn oembed_address(site: &Site, page: &str) -> String {
    format!("{}?url={}", site.address("oembed"), encoded(page))
}

/// A contact is an address of either kind, or just words.
fn contact(text: &str) -> (String, Option<String>) {
    let text = one_line(text);
    let is_mail = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !text.contains([' ', '/', ':']);
    let href = if is_mail { Some(format!("mailto:{text}")) } else { web_address(&text) };
    (text, href)
}

/// A channel's feeds.
pub(super) fn feeds(site: &Site, channel: &Channel, title: &str) -> Vec<FeedLink> {
    let named = [(Format::Rss, "RSS"), (Format::Atom, "Atom"), (Format::Json, "JSON Feed")];
    let link = |(format, name): (Format, &'static str)| FeedLink {
        name,
        media_type: format.media_type(),
        title: title.to_owned(),
        href: channel_address(site, channel.slug.as_str(), format),
    };
    named.into_iter().map(link).collect()
}

/// An entry in a list.
pub(super) fn row<'a>(
    item: &'a Item<'a>,
    edition: &Edition<'_>,
    frame: &Frame<'_>,
    at: DateTime<Tz>,
    marker: Marker<'_>,
) -> Row<'a> {
    let source = edition.source(item);
    // Many sources give a day and no time: midnight somewhere is no time of day to show.
    let is_day_only = at.time() == NaiveTime::MIN || item.published.time() == NaiveTime::MIN;
    let heading = item.heading();
    // A short message without a title is its own heading; once is enough.
    let text = item.text.as_deref().filter(|text| *text != heading);
    Row {
        heading: pieces(&heading, marker),
        href: item.link.clone(),
        lang: item.language.map(Language::as_str),
        source: source.map(|source| source.title.clone()).unwrap_or_default(),
        source_href: source.map(|source| frame.source(&source.slug)),
        moment: rfc3339(item.published),
        time: (!is_day_only).then(|| clock(&at)),
        text: text.map(|text| pieces(&cut(text, TEASER), marker)).unwrap_or_default(),
        credit: item.credit.as_deref(),
        also: &item.also,
        tags: item.tags.iter().map(|tag| frame.tag(tag)).collect(),
    }
}

fn pieces(text: &str, marker: Marker<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |range: std::ops::Range<usize>, marked| {
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            pieces.push(Piece { text: text.to_owned(), marked });
        }
    };
    let mut end = 0;
    for range in marker(text) {
        push(end..range.start, false);
        end = range.end;
        push(range, true);
    }
    push(end..text.len(), false);
    pieces
}

fn source_row<'a>(source: &'a Source, frame: &Frame<'_>, zone: Tz) -> SourceRow<'a> {
    let (spec, words) = (&source.spec, frame.words);
    let when = |at: Timestamp| words.date_and_time(at, zone);
    SourceRow {
        title: one_line(source.title()),
        href: frame.source(spec.slug.as_str()),
        lang: spec.language.as_ref().map(Language::as_str),
        home: source.home().and_then(web_address),
        kind: kind_in_words(spec.kind, words),
        last_success: source.state.last_success.map_or_else(|| words.never.to_owned(), when),
        state: state_in_words(source, words, zone),
        is_well: !spec.enabled || !source.state.health.is_failure(),
    }
}

/// What a source is.
pub(super) fn kind_in_words(kind: SourceKind, words: &'static Words) -> &'static str {
    match kind {
        SourceKind::Feed => words.kind_feed,
        SourceKind::Page => words.kind_page,
        SourceKind::Local => words.kind_local,
    }
}

/// How a source is doing. The reason is for staff: it may name hosts and addresses.
pub(super) fn state_in_words(source: &Source, words: &'static Words, zone: Tz) -> String {
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
