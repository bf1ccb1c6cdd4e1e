//! The public site as files, for whoever keeps them: an export, a folder, an object store.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use tokio::sync::mpsc;

use super::{
    App,
    newsroom::Newsroom,
    site_files::{File, What},
};
use crate::{
    model::Format,
    outlets::{Document, Folder, Outlet, Written},
    press::Answer,
    publish,
    web::Newsroom as _,
};

/// Documents that wait to be written while more are made.
const AHEAD: usize = 16;

/// What each file was made from when it was last written.
pub(super) type MadeFrom = HashMap<String, u64>;

impl App {
    /// Writes the public site into this folder: feeds with their archives and pages of every channel, posts, lists, the list of
    /// sources, `feeds.opml`, embeds, stylesheets; each with its compressed twins. Takes away what an earlier export wrote there
    /// and is not published any more.
    ///
    /// # Errors
    /// Where a document cannot be made or a file cannot be written.
    pub async fn export(&self, folder: &Path) -> anyhow::Result<Written> {
        self.press.render_only(!self.is_alone()).await?;
        self.keep_site(&Outlet::Folder(Folder::new(folder)), &mut MadeFrom::new()).await
    }

    /// Makes what the outlet holds the public site as it is published now. Only what was made from something else before is made.
    ///
    /// # Errors
    /// Where a document cannot be made or written; what is in the outlet stays whole.
    pub(super) async fn keep_site(
        &self,
        outlet: &Outlet,
        made_from: &mut MadeFrom,
    ) -> anyhow::Result<Written> {
        let newsroom = self.newsroom().for_files();
        let files = self.site_files(&newsroom).await?;
        let held = outlet.holds().await?;
        let former = std::mem::take(made_from);
        let is_new =
            |file: &&File| !held.contains(&file.path) || former.get(&file.path) != Some(&file.made_from);
        let changed: Vec<&File> = files.iter().filter(is_new).collect();
        let paths: BTreeSet<String> = files.iter().map(|file| file.path.clone()).collect();
        let (send, receive) = mpsc::channel(AHEAD);
        let making = async move {
            for file in changed {
                // Where nobody takes it any more, the writing failed and says why.
                if let Some(document) = self.document_of(file, &newsroom).await?
                    && send.send(document).await.is_err()
                {
                    break;
                }
            }
            anyhow::Ok(())
        };
        let (made, written) = tokio::join!(making, outlet.keep_up(paths, receive));
        let written = written?;
        made?;
        *made_from = files.into_iter().map(|file| (file.path, file.made_from)).collect();
        Ok(written)
    }

    /// None where there is nothing any more.
    async fn document_of(&self, file: &File, newsroom: &Newsroom) -> anyhow::Result<Option<Document>> {
        let rendition = match &file.what {
            What::Feed(slug, format) => {
                self.press.rendition(slug, *format).await?.map(|rendition| (*rendition).clone())
            }
            What::Archive(slug, number, format) => match self.press.archived(slug, *number, *format).await? {
                Answer::Found(rendition) => Some((*rendition).clone()),
                _ => None,
            },
            What::Page(asked) => match newsroom.document(asked).await {
                Ok(found) => found.map(|served| served.rendition().clone()),
                // Taken away since the files were listed.
                Err(crate::web::WebError::Gone) => None,
                Err(error) => return Err(error.into()),
            },
            What::Asset(bytes) => {
                Some(publish::rendition(Format::Html, bytes.to_vec(), None, self.clock.now()))
            }
        };
        let cache_control = match file.what {
            What::Archive(..) => crate::web::ARCHIVED.to_owned(),
            _ => crate::web::cache_control(self.settings.publish.max_age),
        };
        let document = |rendition| Document {
            content_type: content_type(&file.path),
            cache_control,
            path: file.path.clone(),
            rendition,
        };
        Ok(rendition.map(document))
    }
}

/// What a server says of a file with this ending.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "opml" => "text/x-opml; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "js" => "text/javascript; charset=utf-8",
        "fragment" => "text/html; charset=utf-8",
        ending => Format::from_extension(ending).map_or("application/octet-stream", Format::content_type),
    }
}
