//! The public site as files for a plain web server, each with its compressed twins. A file is written beside, synced
//! and renamed, so that a reader never sees half of one; what has not changed is not written.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::App;
use crate::{
    model::{Coding, Format, Rendition, Slug, SourceKind},
    posts, publish,
    web::{Newsroom as _, SitePath},
};

/// What an export did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Documents of the site.
    pub documents: usize,
    /// Files that had to be written, compressed twins included.
    pub written: usize,
}

impl App {
    /// Writes the public site into this folder: feeds and pages of every declared channel, posts, the list of sources,
    /// `feeds.opml`, stylesheets.
    ///
    /// # Errors
    /// Where a document cannot be made or a file cannot be written.
    pub async fn export(&self, folder: &Path) -> anyhow::Result<Exported> {
        self.press.render_beside().await?;
        let mut documents = self.channel_documents().await?;
        documents.extend(self.other_documents().await?);
        let folder = folder.to_owned();
        tokio::task::spawn_blocking(move || write_all(&folder, &documents)).await?
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

fn write_all(folder: &Path, documents: &[(String, Rendition)]) -> anyhow::Result<Exported> {
    let mut exported = Exported::default();
    for (path, rendition) in documents {
        let file = folder.join(path);
        let parent = file.parent().unwrap_or(folder);
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        exported.documents += 1;
        for (coding, ending) in
            [(Coding::Identity, ""), (Coding::Gzip, ".gz"), (Coding::Brotli, ".br"), (Coding::Zstd, ".zst")]
        {
            let twin = with_ending(&file, ending);
            match rendition.body(coding) {
                Some(bytes) => {
                    let written =
                        replace(&twin, bytes).with_context(|| format!("writing {}", twin.display()))?;
                    exported.written += usize::from(written);
                }
                // A twin of an earlier export would be served in place of the new document.
                None if twin.exists() => {
                    fs::remove_file(&twin).with_context(|| format!("removing {}", twin.display()))?;
                }
                None => {}
            }
        }
    }
    Ok(exported)
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Writes beside, syncs, renames. False where the file has these bytes already.
fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<bool> {
    if fs::read(file).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    let beside = with_ending(file, ".new");
    let mut writing = fs::File::create(&beside)?;
    writing.write_all(bytes)?;
    writing.sync_all()?;
    fs::rename(&beside, file)?;
    Ok(true)
}
