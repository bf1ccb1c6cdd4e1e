//! What documents that are no channels are written from, gathered from the store and the press.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use super::{
    MakeError, Newsroom,
    paging::{MOST, first_page},
};
use crate::{
    indexer::Search,
    model::{
        Channel, Language, Month, PublishedEntry, Site, Slug, SortKey, Source, SourceKind, StoredEntry,
        Window,
    },
    posts::{self, Post},
    publish::{self, Common, Desk, Front, Listing, PublishError, Searched, Trouble},
    search::Query,
    store::{IndexQuery, ListOf, ListQuery, RiverQuery, StoreError},
    web::{Asked, EmbedOptions, SearchAsked, SitePath},
};

/// Entries of a page of a search.
const SEARCH_PAGE: usize = 20;
/// The newest of each channel on the front page.
const HEADS: u32 = 4;
/// Entries whose tags the front page shows, and how many tags.
const TAGS_FROM: u32 = 200;
const TAGS_SHOWN: usize = 18;
/// Tags and months that are listed at all.
const ALL_TAGS: u32 = 2_000;
const ALL_MONTHS: usize = 600;

/// Which posts say the same in other languages, by slug.
#[derive(Debug, Clone, Default)]
pub struct Translations(Arc<RwLock<Others>>);

/// The other languages of each post.
type Others = HashMap<Slug, Vec<(Language, Slug)>>;

impl Translations {
    /// Takes them from the posts that are declared now.
    pub fn set(&self, posts: &[Post]) {
        let mut texts: BTreeMap<&Slug, Vec<&Post>> = BTreeMap::new();
        for post in posts.iter().filter(|post| !post.draft) {
            texts.entry(post.translation_of.as_ref().unwrap_or(&post.slug)).or_default().push(post);
        }
        let others = |post: &Post, same: &[&Post]| {
            let others = same.iter().filter(|other| other.slug != post.slug);
            others.map(|other| (other.language.clone(), other.slug.clone())).collect()
        };
        let all =
            texts.values().flat_map(|same| same.iter().map(|post| (post.slug.clone(), others(post, same))));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all.collect();
    }

    pub(in crate::app) fn of(&self, slug: &Slug, site: &Site) -> Vec<(Language, String)> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let address = |(language, slug): &(Language, Slug)| (language.clone(), posts::address(slug, site));
        all.get(slug).map(|others| others.iter().map(address).collect()).unwrap_or_default()
    }
}

/// What a document is written from, besides the site and its channels.
pub(super) enum Matter {
    Opml,
    OpenSearch,
    Trouble(Trouble),
    Sources(Vec<Source>),
    Post(Box<PublishedEntry>, Vec<(Language, String)>),
    Front(Box<Front>),
    Channel(Box<Channel>, Vec<PublishedEntry>),
    Listing(Box<Listing>, Option<SortKey>),
    Search(Box<Searched>),
    Channels,
    Tags(Vec<String>),
    Archive(Vec<Month>),
    Embed(Box<Channel>, Vec<PublishedEntry>, EmbedOptions),
    Oembed(Box<Channel>, (Option<u32>, Option<u32>)),
}

impl Matter {
    /// Why the request cannot be meant, where the page says so.
    pub(super) fn refusal(&self) -> Option<String> {
        match self {
            Matter::Search(searched) => {
                searched.query.as_ref().and_then(|query| query.as_ref().err()).map(ToString::to_string)
            }
            _ => None,
        }
    }
}

type Printer = Box<dyn FnOnce() -> Result<Vec<u8>, PublishError> + Send>;

impl Newsroom {
    /// What the document is written from. None where there is none.
    pub(super) async fn matter(&self, asked: &Asked) -> Result<Option<Matter>, MakeError> {
        Ok(Some(match &asked.path {
            SitePath::Opml => Matter::Opml,
            SitePath::Channels => Matter::Channels,
            SitePath::OpenSearch => Matter::OpenSearch,
            SitePath::NotFound => Matter::Trouble(Trouble::NotFound),
            SitePath::BadRequest(reason) => Matter::Trouble(Trouble::BadRequest(reason.clone())),
            SitePath::Gone => Matter::Trouble(Trouble::Gone),
            SitePath::Unavailable => Matter::Trouble(Trouble::Unavailable),
            SitePath::Broken => Matter::Trouble(Trouble::Broken),
            SitePath::Sources => Matter::Sources(self.store.sources().await?),
            SitePath::Tags => Matter::Tags(self.store.tags(ALL_TAGS).await?),
            SitePath::Archive => Matter::Archive(self.months().await?),
            SitePath::Front => Matter::Front(Box::new(self.front().await?)),
            SitePath::Search(search) => Matter::Search(Box::new(self.search(search).await?)),
            SitePath::Post(slug) => match self.post(slug).await? {
                Some(post) => Matter::Post(Box::new(post), self.translations.of(slug, &self.site)),
                None => return Ok(None),
            },
            SitePath::Channel(slug) => match self.channel_of(slug).await? {
                Some(channel) => {
                    let entries = self.newest(&channel, None).await?;
                    Matter::Channel(Box::new(channel), entries)
                }
                None => return Ok(None),
            },
            SitePath::Embed(slug, options) => match self.channel_of(slug).await? {
                Some(channel) => {
                    let entries = self.newest(&channel, Some(options.limit)).await?;
                    Matter::Embed(Box::new(channel), entries, options.clone())
                }
                None => return Ok(None),
            },
            SitePath::Oembed { url, max_width, max_height } => match self.channel_at(url).await? {
                Some(channel) => Matter::Oembed(Box::new(channel), (*max_width, *max_height)),
                None => return Ok(None),
            },
            SitePath::Source(..) | SitePath::Tag(..) | SitePath::Month(..) => {
                return self.listing(&asked.path).await;
            }
        }))
    }

    async fn listing(&self, path: &SitePath) -> Result<Option<Matter>, MakeError> {
        let (what, of, since, before) = match path {
            SitePath::Tag(tag, before) => (Common::Tag(tag.clone()), ListOf::Tag(tag.clone()), None, *before),
            SitePath::Source(slug, before) => {
                let sources = self.press.sources().await?;
                let known = sources.iter().find(|source| source.spec.slug == *slug).map(|source| source.id);
                // As it is now, and not as it was when something was last rendered: its page tells how it is doing.
                let Some(source) = self.store.declared_sources(known).await?.pop() else {
                    return Ok(None);
                };
                let id = source.id;
                (Common::Source(Arc::new(source)), ListOf::Source(id), None, *before)
            }
            SitePath::Month(month, before) => {
                let Some((start, end)) = self.part_of(*month) else { return Ok(None) };
                let before = Some(before.map_or(end, |before| before.min(end)));
                (Common::Month(*month), ListOf::All, Some(start), before)
            }
            _ => return Ok(None),
        };
        let at = match path {
            SitePath::Tag(_, at) | SitePath::Source(_, at) | SitePath::Month(_, at) => *at,
            _ => None,
        };
        let limit = u32::try_from(MOST + 1).unwrap_or(u32::MAX);
        let query = ListQuery { of, since, before, limit };
        let mut stored = self.store.list(&query).await?;
        // A tag and a month are there where something has them; a source is there without.
        if stored.is_empty() && (at.is_some() || !matches!(what, Common::Source(_))) {
            return Ok(None);
        }
        let count = first_page(stored.iter().map(|stored| stored.sort_key));
        stored.truncate(count.unwrap_or(stored.len()));
        let next = count.and(stored.last()).map(|last| last.sort_key);
        let entries = self.press.accompanied(stored).await?;
        let around = match &what {
            Common::Month(month) => self.around(*month).await?,
            _ => (None, None),
        };
        Ok(Some(Matter::Listing(Box::new(Listing { what, entries, next, around }), at)))
    }

    /// The nearest later and earlier months in which something was published.
    async fn around(&self, month: Month) -> Result<(Option<Month>, Option<Month>), StoreError> {
        let zone = self.site.zone;
        let month_of = |place: SortKey| Month::of(place.at(), zone);
        let Some((start, end)) = self.part_of(month) else { return Ok((None, None)) };
        let earlier = self.store.newest_below(start).await?.map(month_of);
        let newest = self.store.newest_below(SortKey(i64::MAX)).await?.filter(|newest| *newest >= end);
        let (mut later, mut next) = (None, month.next());
        // Month by month: an archive seldom has a gap.
        for _ in 0..ALL_MONTHS {
            let Some((_, end_of_next)) = self.part_of(next).filter(|_| newest.is_some() && later.is_none())
            else {
                break;
            };
            later = self.store.newest_below(end_of_next).await?.filter(|place| *place >= end).map(month_of);
            next = next.next();
        }
        Ok((later, earlier))
    }

    async fn front(&self) -> Result<Front, MakeError> {
        let sources = self.press.sources().await?;
        let all = self.everything().await?;
        let entries = self.press.entries(&all, &sources).await?;
        let mut sections = Vec::new();
        for channel in self.press.channels().iter().filter(|channel| channel.slug != all.slug) {
            sections.push((channel.clone(), self.newest(channel, Some(HEADS)).await?));
        }
        let recent = RiverQuery { limit: TAGS_FROM, ..RiverQuery::default() };
        let tags = most_common_tags(&self.store.river(&recent).await?);
        let sources = sources.iter().filter(|source| source.spec.enabled).cloned().collect();
        Ok(Front { entries, sections, tags, sources, months: self.months().await? })
    }

    /// Months in which something was published, newest first. Jumps from month to month.
    pub(in crate::app) async fn months(&self) -> Result<Vec<Month>, StoreError> {
        let mut months = Vec::new();
        let mut below = SortKey(i64::MAX);
        while let Some(newest) = self.store.newest_below(below).await? {
            let month = Month::of(newest.at(), self.site.zone);
            months.push(month);
            let Some(start) = month.start(self.site.zone).filter(|_| months.len() < ALL_MONTHS) else {
                break;
            };
            below = SortKey::floor(start);
        }
        Ok(months)
    }

    /// The part of the river that is a month: its first place, and the first after it.
    pub(in crate::app) fn part_of(&self, month: Month) -> Option<(SortKey, SortKey)> {
        let zone = self.site.zone;
        let (start, end) = month.start(zone).zip(month.next().start(zone))?;
        Some((SortKey::floor(start), SortKey::floor(end)))
    }

    async fn search(&self, asked: &SearchAsked) -> Result<Searched, MakeError> {
        let text = asked.text.clone().unwrap_or_default();
        let mut searched = Searched {
            text,
            language: asked.language.clone(),
            source: asked.source.clone(),
            tag: asked.tag.clone(),
            is_further: asked.before.is_some(),
            ..Searched::default()
        };
        if asked.text.is_none() {
            return Ok(searched);
        }
        let query = Query::parse(&searched.text);
        if let Ok(query) = &query {
            let sources = match &asked.source {
                Some(slug) => {
                    let sources = self.press.sources().await?;
                    Some(sources.iter().filter(|s| s.spec.slug == *slug).map(|s| s.id).collect())
                }
                None => None,
            };
            let within = IndexQuery {
                sources,
                languages: asked.language.clone().map(|language| vec![language]),
                tags: asked.tag.clone().map(|tag| vec![tag]),
                before: asked.before,
                ..IndexQuery::default()
            };
            let search = Search { query: query.clone(), within, limit: SEARCH_PAGE };
            let turn = self.searches.acquire().await;
            let found = self.indexer.find(&search).await?;
            drop(turn);
            searched.entries = self.press.accompanied(found.entries).await?;
            searched.next = found.next;
        }
        searched.query = Some(query);
        Ok(searched)
    }

    async fn post(&self, slug: &Slug) -> Result<Option<PublishedEntry>, MakeError> {
        let address = posts::address(slug, &self.site);
        let mut is_gone = false;
        for source in self.press.sources().await?.iter().filter(|s| s.spec.kind == SourceKind::Local) {
            if let Some(stored) = self.store.entry_by_link(source.id, &address).await? {
                return Ok(Some(PublishedEntry {
                    stored,
                    source: Arc::clone(source),
                    also: Vec::new(),
                    translations: Vec::new(),
                }));
            }
            is_gone |= self.store.is_gone(source.id, &address).await?;
        }
        if is_gone { Err(MakeError::Gone) } else { Ok(None) }
    }

    async fn channel_of(&self, slug: &Slug) -> Result<Option<Channel>, StoreError> {
        Ok(self.press.find(slug, &self.press.sources().await?))
    }

    async fn everything(&self) -> Result<Channel, MakeError> {
        let all: Slug = "all".parse().map_err(|_| MakeError::Broke)?;
        self.channel_of(&all).await?.ok_or(MakeError::Broke)
    }

    /// The channel whose page has this address.
    async fn channel_at(&self, url: &str) -> Result<Option<Channel>, MakeError> {
        let Some(path) = url.strip_prefix(self.site.url.as_str()) else { return Ok(None) };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = path.strip_prefix("en/").or_else(|| path.strip_prefix("bg/")).unwrap_or(path);
        let slug = path.strip_prefix("feeds/").unwrap_or(path);
        let slug = slug.split_once('.').map_or(slug, |(slug, _)| slug);
        match slug {
            "" => self.everything().await.map(Some),
            slug if path.starts_with("feeds/") => match slug.parse() {
                Ok(slug) => Ok(self.channel_of(&slug).await?),
                Err(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// A channel's entries, or its newest alone.
    async fn newest(&self, channel: &Channel, limit: Option<u32>) -> Result<Vec<PublishedEntry>, StoreError> {
        let sources = self.press.sources().await?;
        let entries = limit.unwrap_or(channel.window.entries).min(channel.window.entries);
        let channel = Channel { window: Window { entries, ..channel.window }, ..channel.clone() };
        self.press.entries(&channel, &sources).await
    }

    /// Work that writes the document, for a thread that may be kept busy.
    pub(super) async fn printer(&self, asked: &Asked, matter: Matter) -> Result<Printer, MakeError> {
        let (site, channels, all) = (self.site.clone(), self.press.channels(), self.everything().await?);
        let folder = asked.language.clone();
        let answers = !self.is_for_files;
        Ok(Box::new(move || {
            let language = language_of(&matter, folder.as_ref(), &site);
            print(
                &matter,
                &Desk { site: &site, channels: &channels, all: &all, language: &language, answers },
            )
        }))
    }
}

/// The language of the interface: what the address names, else that of what is shown, else the site's.
fn language_of(matter: &Matter, folder: Option<&Language>, site: &Site) -> Language {
    let own = match matter {
        Matter::Post(post, _) => post.stored.entry.language.clone(),
        Matter::Embed(channel, _, options) => options.language.clone().or_else(|| channel.language.clone()),
        Matter::Oembed(channel, _) => channel.language.clone(),
        _ => None,
    };
    folder.cloned().or(own).unwrap_or_else(|| site.language.clone())
}

fn print(matter: &Matter, desk: &Desk<'_>) -> Result<Vec<u8>, PublishError> {
    match matter {
        Matter::Opml => publish::feeds_opml(desk.site, desk.channels),
        Matter::OpenSearch => publish::opensearch(desk),
        Matter::Trouble(trouble) => publish::trouble_page(desk, trouble),
        Matter::Sources(sources) => publish::sources_page(desk, sources),
        Matter::Post(post, translations) => publish::post_page(desk, post, translations),
        Matter::Front(front) => publish::front_page(desk, front),
        Matter::Channel(channel, entries) => publish::channel_page_in(desk, channel, entries),
        Matter::Listing(listing, at) => publish::list_page(desk, listing, *at),
        Matter::Search(searched) => publish::search_page(desk, searched),
        Matter::Channels => publish::channels_page(desk),
        Matter::Tags(tags) => publish::tags_page(desk, tags),
        Matter::Archive(months) => publish::archive_page(desk, months),
        Matter::Embed(channel, entries, options) if options.fragment => {
            publish::embed_fragment(desk, channel, entries)
        }
        Matter::Embed(channel, entries, options) => {
            publish::embed_page(desk, channel, entries, options.theme)
        }
        Matter::Oembed(channel, max) => publish::oembed(desk, channel, *max),
    }
}

/// The tags that most of these entries have, by how many.
fn most_common_tags(entries: &[StoredEntry]) -> Vec<String> {
    let mut counts: BTreeMap<String, (usize, &String)> = BTreeMap::new();
    for tag in entries.iter().flat_map(|stored| &stored.entry.tags) {
        counts.entry(tag.to_lowercase()).or_insert((0, tag)).0 += 1;
    }
    let mut tags: Vec<(usize, &String)> = counts.into_values().collect();
    tags.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let mut shown: Vec<String> = tags.into_iter().take(TAGS_SHOWN).map(|(_, tag)| tag.clone()).collect();
    shown.sort_by_key(|tag| tag.to_lowercase());
    shown
}
