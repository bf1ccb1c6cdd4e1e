//! The documents of the public site by their paths, for whoever keeps them: an export, a folder, an object store.

use std::{collections::BTreeSet, path::Path};

use super::App;
use crate::{
    model::{Format, Rendition, Slug, SourceKind},
    outlets::{Document, Folder, Outlet, Written},
    posts, publish,
    web::{Newsroom as _, SitePath},
};

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
        let mut paths = vec![
            ("index.html".to_owned(), SitePath::Front),
            ("feeds.opml".to_owned(), SitePath::Opml),
            ("sources/index.html".to_owned(), SitePath::Sources),
            ("404.html".to_owned(), SitePath::NotFound),
        ];
        for slug in self.post_slugs().await? {
            paths.push((format!("posts/{slug}/index.html"), SitePath::Post(slug)));
        }
        let newsroom = self.newsroom();
        let mut documents = Vec::new();
        for (path, site_path) in paths {
            if let Some(served) = newsroom.document(&site_path.into()).await? {
                documents.push((path, served.rendition().clone()));
            }
        }
        let now = self.clock.now();
        for asset in publish::ASSETS {
            let rendition = publish::rendition(Format::Html, asset.bytes.to_vec(), None, now);
            documents.push((format!("assets/{}", asset.name), rendition));
        }
        Ok(documents)
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
