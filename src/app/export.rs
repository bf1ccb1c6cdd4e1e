//! The documents of the public site by their paths, for whoever keeps them: an export, a folder, an object store.

use std::{collections::BTreeSet, path::Path};

use super::{App, Newsroom};
use crate::{
    model::{Format, Language, Rendition, Slug, SourceKind},
    outlets::{Document, Folder, Outlet, Written},
    posts, publish,
    web::{Asked, Newsroom as _, SitePath},
};

/// Sources, and months, that have a list of their own in a static site: each is written anew with every change.
const LISTS: usize = 200;

impl App {
    /// Writes the public site into this folder: feeds and pages of every declared channel, posts, the list of sources,
    /// `feeds.opml`, stylesheets; each with its compressed twins. Takes away what an earlier export wrote there and is not
    /// published any more.
    ///
    /// # Errors
    /// Where a document cannot be made or a file cannot be written.
    pub async fn export(&self, folder: &Path) -> anyhow::Result<Written> {
        self.press.render_beside().await?;
        let documents = self.site_documents().await?;
        Ok(Outlet::Folder(Folder::new(folder)).keep(documents).await?)
    }

    /// Every document of the public site, as it is published now.
    ///
    /// # Errors
    /// Where one cannot be made.
    pub(super) async fn site_documents(&self) -> anyhow::Result<Vec<Document>> {
        let mut documents = self.channel_documents().await?;
        documents.extend(self.other_documents().await?);
        let cache_control = crate::web::cache_control(self.settings.publish.max_age);
        let document = |(path, rendition): (String, Rendition)| Document {
            content_type: content_type(&path),
            cache_control: cache_control.clone(),
            path,
            rendition,
        };
        Ok(documents.into_iter().map(document).collect())
    }

    async fn channel_documents(&self) -> anyhow::Result<Vec<(String, Rendition)>> {
        let channels = self.press.channels();
        let mut slugs: BTreeSet<Slug> = channels.iter().map(|channel| channel.slug.clone()).collect();
        // The front page is about it, declared or not.
        slugs.insert("all".parse()?);
        let mut documents = Vec::new();
        for slug in &slugs {
            for format in Format::ALL {
                let Some(rendition) = self.press.rendition(slug, format).await? else { continue };
                let path = match format {
                    Format::Html => format!("feeds/{slug}/index.html"),
                    _ => format!("feeds/{slug}.{}", format.extension()),
                };
                documents.push((path, (*rendition).clone()));
            }
        }
        Ok(documents)
    }

    async fn other_documents(&self) -> anyhow::Result<Vec<(String, Rendition)>> {
        let newsroom = self.newsroom();
        let mut documents = Vec::new();
        for (path, asked) in self.pages(&newsroom).await? {
            if let Some(served) = newsroom.document(&asked).await? {
                documents.push((path, served.rendition().clone()));
            }
        }
        let now = self.clock.now();
        for asset in publish::ASSETS {
            let rendition = publish::rendition(Format::Html, asset.bytes.to_vec(), None, now);
            documents.push((format!("assets/{}", asset.name), rendition));
        }
        let script = publish::rendition(Format::Html, publish::EMBED_JS.as_bytes().to_vec(), None, now);
        documents.push(("embed.js".to_owned(), script));
        Ok(documents)
    }

    /// Every page that a link without a query leads to, by its file. What is only found by asking (a search, further pages of
    /// a list) is no file.
    async fn pages(&self, newsroom: &Newsroom) -> anyhow::Result<Vec<(String, Asked)>> {
        let mut paths = vec![
            ("index.html".to_owned(), SitePath::Front),
            ("feeds.opml".to_owned(), SitePath::Opml),
            ("opensearch.xml".to_owned(), SitePath::OpenSearch),
            ("404.html".to_owned(), SitePath::NotFound),
            ("sources/index.html".to_owned(), SitePath::Sources),
            ("tags/index.html".to_owned(), SitePath::Tags),
            ("archive/index.html".to_owned(), SitePath::Archive),
        ];
        for slug in self.post_slugs().await? {
            paths.push((format!("posts/{slug}/index.html"), SitePath::Post(slug)));
        }
        for source in self.store.sources().await?.into_iter().take(LISTS) {
            let slug = source.spec.slug;
            paths.push((format!("sources/{slug}/index.html"), SitePath::Source(slug, None)));
        }
        for month in newsroom.months().await?.into_iter().take(LISTS) {
            let file = format!("archive/{:04}/{:02}/index.html", month.year, month.month);
            paths.push((file, SitePath::Month(month, None)));
        }
        let mut pages: Vec<(String, Asked)> =
            paths.into_iter().map(|(file, path)| (file, path.into())).collect();
        for language in [Language::bulgarian(), Language::english()] {
            let asked = |path| Asked { path, language: Some(language.clone()) };
            pages.push((format!("{language}/index.html"), asked(SitePath::Front)));
            for channel in self.press.channels().iter() {
                let file = format!("{language}/feeds/{}/index.html", channel.slug);
                pages.push((file, asked(SitePath::Channel(channel.slug.clone()))));
            }
        }
        Ok(pages)
    }

    /// Slugs of the posts that have a page, from the store: also those that a daemon beside us read.
    async fn post_slugs(&self) -> anyhow::Result<Vec<Slug>> {
        let site = self.settings.site();
        let mut slugs = Vec::new();
        for source in self.store.sources().await? {
            if source.spec.kind != SourceKind::Local {
                continue;
            }
            let links = self.store.links(source.id).await?;
            slugs.extend(links.iter().filter_map(|link| posts::slug_of_address(link, &site)));
        }
        Ok(slugs)
    }
}

/// What a server says of a file with this ending.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "opml" => "text/x-opml; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "xml" => "application/xml; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        ending => Format::from_extension(ending).map_or("application/octet-stream", Format::content_type),
    }
}
