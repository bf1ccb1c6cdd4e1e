//! The files that come with the program: style sheets, letters, an icon and a script, compressed once.

use axum::http::HeaderValue;

use super::{Served, WebOptions};
use crate::{
    model::{Format, Timestamp},
    publish::{ASSETS, Asset, EMBED_JS, rendition},
};

/// For addresses that name a version: it never changes under them.
pub(super) const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// All of them.
#[derive(Debug)]
pub(super) struct Assets {
    files: Vec<(Asset, Served)>,
    embed_script: Served,
}

impl Assets {
    /// Compresses them.
    pub(super) fn new(options: &WebOptions) -> Self {
        // They say no date, so that any will do.
        let file = |bytes: &[u8], media_type: &'static str| {
            let rendition = rendition(Format::Html, bytes.to_vec(), None, Timestamp::UNIX_EPOCH);
            Served::asset(rendition, media_type, options)
        };
        Assets {
            files: ASSETS.iter().map(|asset| (*asset, file(asset.bytes, asset.media_type))).collect(),
            embed_script: file(EMBED_JS.as_bytes(), "text/javascript; charset=utf-8"),
        }
    }

    /// The script of embeds.
    pub(super) fn embed_script(&self) -> &Served {
        &self.embed_script
    }

    /// The file of this name, and whether the query names its present version.
    pub(super) fn find(&self, name: &str, query: Option<&str>) -> Option<(&Served, bool)> {
        let (asset, served) = self.files.iter().find(|(asset, _)| asset.name == name)?;
        Some((served, asset.is_version(query)))
    }
}
