//! Which files the public site is, and what each is made from: found without making any of them.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    App,
    newsroom::{Newsroom, first_page},
};
use crate::{
    model::{EntryId, Format, Language, Month, Slug, SortKey, Source, SourceKind},
    posts,
    publish::{self, Theme},
    store::{ListOf, Placed, StoreError},
    web::{Asked, EMBEDDED, EmbedOptions, SitePath},
};

/// Archive documents have no pages for people.
const FEEDS: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];

/// A file of the public site.
pub(super) struct File {
    /// Below the root.
    pub(super) path: String,
    /// What is in it.
    pub(super) what: What,
    /// Another number where the bytes may be others.
    pub(super) made_from: u64,
}

/// What is in a file.
pub(super) enum What {
    Feed(Slug, Format),
    Archive(Slug, u64, Format),
    Page(Asked),
    Asset(&'static [u8]),
}

/// The files that were found so far.
struct Files {
    list: Vec<File>,
    /// What every page shows of the whole: the site, its channels, the sources and their rights.
    everywhere: u64,
    /// The language of the folder, where it is not the site's.
    other: Option<Language>,
    /// What each entry is shown with in lists: others of its story, and itself in other languages.
    related: HashMap<EntryId, u64>,
}

impl App {
    /// Every file of the public site: whatever a link without a question leads to.
    pub(super) async fn site_files(&self, newsroom: &Newsroom) -> anyhow::Result<Vec<File>> {
        let site = self.settings.site();
        let sources = self.press.sources().await?;
        let shown: Vec<_> =
            sources.iter().map(|source| (&source.spec, source.title(), source.home())).collect();
        let taken_down = self.store.taken_down().await?;
        let channels = self.press.channels();
        let everywhere = number(&(format!("{site:?}{channels:?}{shown:?}"), taken_down));
        let other = [Language::bulgarian(), Language::english()]
            .into_iter()
            .find(|language| language.primary() != publish::interface_of(&site.language));
        let mut related: HashMap<EntryId, u64> = HashMap::new();
        for (entry, other, changed) in self.store.related().await? {
            let known = related.entry(entry).or_default();
            *known = number(&(*known, other, changed));
        }
        let mut files = Files { list: Vec::new(), everywhere, other, related };
        self.add_channels(&mut files).await?;
        self.add_lists(&mut files, newsroom, sources.iter().map(|source| &**source)).await?;
        self.add_posts(&mut files, sources.iter().map(|source| &**source)).await?;
        let round = self.press.generation();
        for (path, page) in [
            ("index.html", SitePath::Front),
            ("sources/index.html", SitePath::Sources),
            ("feeds/index.html", SitePath::Channels),
            ("tags/index.html", SitePath::Tags),
            ("archive/index.html", SitePath::Archive),
        ] {
            files.add_page(path, &page, round);
        }
        files.add_one("feeds.opml", SitePath::Opml);
        files.add_one("404.html", SitePath::NotFound);
        let assets = publish::ASSETS.iter().map(|asset| (format!("assets/{}", asset.name), asset.bytes));
        for (path, bytes) in assets.chain([("embed.js".to_owned(), publish::EMBED_JS.as_bytes())]) {
            files.list.push(File { path, what: What::Asset(bytes), made_from: 0 });
        }
        Ok(files.list)
    }

    /// The names of all channels, declared and built in, and the former names that lead to one.
    async fn channel_names(&self) -> anyhow::Result<BTreeSet<(String, Slug)>> {
        let sources = self.press.sources().await?;
        let mut names: BTreeSet<Slug> = ["all".parse()?, "local".parse()?].into_iter().collect();
        names.extend(self.settings.site().language.primary().parse::<Slug>().ok());
        for source in sources.iter() {
            names.insert(source.spec.slug.clone());
            names.extend(source.spec.groups.iter().cloned());
            names.extend(source.spec.language.iter().filter_map(|language| language.primary().parse().ok()));
        }
        let channels = self.press.channels();
        names.extend(channels.iter().map(|channel| channel.slug.clone()));
        let own = names.into_iter().map(|slug| (slug.to_string(), slug));
        let former = channels.iter().flat_map(|channel| {
            channel.former.iter().map(|former| (former.to_string(), channel.slug.clone()))
        });
        Ok(own.chain(former).collect())
    }

    async fn add_channels(&self, files: &mut Files) -> anyhow::Result<()> {
        for (name, slug) in self.channel_names().await? {
            // Its entries, as the hash of a document that has all of them.
            let Some(feed) = self.press.rendition(&slug, Format::Json).await? else { continue };
            let made_from = number(&feed.hash);
            for format in FEEDS {
                let path = format!("feeds/{name}.{}", format.extension());
                files.add(path, What::Feed(slug.clone(), format), made_from);
            }
            let closed = self.press.archives(&slug).await?;
            let archive =
                |number: u64, format: Format| format!("feeds/{name}/archive/{number}.{}", format.extension());
            for (number, format) in (1..=closed).flat_map(|number| FEEDS.map(|format| (number, format))) {
                files.add(archive(number, format), What::Archive(slug.clone(), number, format), 0);
            }
            // The newest archive document names the next one, which is not closed yet: until then the subscription document has
            // what will be in it. A server would say so with a redirect.
            for format in FEEDS.into_iter().filter(|_| closed > 0) {
                files.add(archive(closed + 1, format), What::Feed(slug.clone(), format), made_from);
            }
            let page = SitePath::Channel(slug.clone());
            files.add(format!("feeds/{name}/index.html"), What::Page(page.clone().into()), made_from);
            for language in [Language::bulgarian(), Language::english()] {
                let path = format!("{language}/feeds/{name}/index.html");
                let asked = Asked { path: page.clone(), language: Some(language) };
                files.add(path, What::Page(asked), made_from);
            }
            for (ending, fragment) in [("/index.html", false), (".fragment", true)] {
                let limit = EMBEDDED.1;
                let options = EmbedOptions { limit, theme: Theme::Auto, fragment, language: None };
                let embed = SitePath::Embed(slug.clone(), options);
                files.add(format!("embed/{name}{ending}"), What::Page(embed.into()), made_from);
            }
        }
        Ok(())
    }

    async fn add_lists(
        &self,
        files: &mut Files,
        newsroom: &Newsroom,
        sources: impl Iterator<Item = &Source>,
    ) -> anyhow::Result<()> {
        for source in sources {
            let slug = &source.spec.slug;
            let places = self.store.places(&ListOf::Source(source.id), None).await?;
            let page = |at| SitePath::Source(slug.clone(), at);
            files.add_list(&format!("sources/{slug}"), &places, page);
        }
        for tag in self.store.tags(u32::MAX).await?.into_iter().filter(|tag| publish::is_file_name(tag)) {
            let places = self.store.places(&ListOf::Tag(tag.clone()), None).await?;
            files.add_list(&format!("tags/{tag}"), &places, |at| SitePath::Tag(tag.clone(), at));
        }
        for month in newsroom.months().await? {
            let places = self.places_of(month, newsroom).await?;
            let path = format!("archive/{:04}/{:02}", month.year, month.month);
            files.add_list(&path, &places, |at| SitePath::Month(month, at));
        }
        Ok(())
    }

    async fn places_of(&self, month: Month, newsroom: &Newsroom) -> Result<Vec<Placed>, StoreError> {
        match newsroom.part_of(month) {
            Some(part) => self.store.places(&ListOf::All, Some(part)).await,
            None => Ok(Vec::new()),
        }
    }

    /// From the store: also those that a daemon beside us read.
    async fn add_posts(
        &self,
        files: &mut Files,
        sources: impl Iterator<Item = &Source>,
    ) -> anyhow::Result<()> {
        let site = self.settings.site();
        for source in sources.filter(|source| source.spec.kind == SourceKind::Local) {
            let all = number(&self.store.places(&ListOf::Source(source.id), None).await?);
            let links = self.store.links(source.id).await?;
            for slug in links.iter().filter_map(|link| posts::slug_of_address(link, &site)) {
                let path = format!("posts/{slug}/index.html");
                let others = format!("{:?}", self.translations.of(&slug, &site));
                files.add(path, What::Page(SitePath::Post(slug).into()), number(&(all, others)));
            }
        }
        Ok(())
    }
}

impl Files {
    fn add(&mut self, path: String, what: What, made_from: u64) {
        let made_from = number(&(self.everywhere, made_from));
        self.list.push(File { path, what, made_from });
    }

    fn add_one(&mut self, path: &str, page: SitePath) {
        self.add(path.to_owned(), What::Page(page.into()), 0);
    }

    /// A page with both interfaces.
    fn add_page(&mut self, path: &str, page: &SitePath, made_from: u64) {
        self.add(path.to_owned(), What::Page(page.clone().into()), made_from);
        if let Some(language) = &self.other {
            let asked = Asked { path: page.clone(), language: Some(language.clone()) };
            self.add(format!("{language}/{path}"), What::Page(asked), made_from);
        }
    }

    /// All pages of a list.
    fn add_list(&mut self, path: &str, places: &[Placed], page: impl Fn(Option<SortKey>) -> SitePath) {
        let (mut rest, mut at) = (places, None);
        loop {
            let count = first_page(rest.iter().map(|placed| placed.key));
            let (entries, older) = rest.split_at(count.unwrap_or(rest.len()));
            let folder = at.map_or_else(|| path.to_owned(), |SortKey(at)| format!("{path}/{at}"));
            let related: Vec<_> = entries.iter().map(|placed| self.related.get(&placed.entry)).collect();
            let made_from = number(&(entries, related, count));
            self.add_page(&format!("{folder}/index.html"), &page(at), made_from);
            at = entries.last().map(|last| last.key);
            rest = older;
            if count.is_none() {
                return;
            }
        }
    }
}

fn number(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
