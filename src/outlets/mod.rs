//! Where the public site is kept besides the web server: a folder for a plain web server, a bucket of an object store. Writes
//! what changed, and takes away what it wrote before and is not published any more. Knows no channels and no entries.

mod bucket;
mod folder;
mod listing;

use std::{collections::BTreeSet, path::PathBuf};

use tokio::sync::mpsc;

use listing::Listing;

use crate::model::{Coding, Rendition};

pub use bucket::{Bucket, BucketOptions};
pub use folder::Folder;

/// One document of the site, with its compressed twins.
#[derive(Debug, Clone)]
pub struct Document {
    /// Where it is, below the root: `feeds/all.atom`.
    pub path: String,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Cache-Control`.
    pub cache_control: String,
    /// Its bytes.
    pub rendition: Rendition,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Documents of the site.
    pub documents: usize,
    /// Files that had to be written, compressed twins included.
    pub written: usize,
    /// Documents that were taken away with their twins.
    pub removed: usize,
}

/// Why an outlet could not be brought up to date. What is in it already stays.
#[derive(Debug, thiserror::Error)]
pub enum OutletError {
    /// A file could not be read, written or removed.
    #[error("{doing} {}: {source}", .path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The object store refused or did not answer.
    #[error("{doing} {path} in the object store: {source}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// With which object.
        path: String,
        /// What it says.
        source: Box<object_store::Error>,
    },
    /// The address or the credentials are no such thing.
    #[error("{0}")]
    Options(String),
    /// A fault of the program.
    #[error("writing the site broke off by a fault of the program")]
    Broke,
}

/// The codings that a document is kept in, with the endings of their files: what nginx (`gzip_static`, `brotli_static`) and
/// Caddy (`precompressed`) look for.
const TWINS: [(Coding, &str); 4] =
    [(Coding::Identity, ""), (Coding::Gzip, ".gz"), (Coding::Brotli, ".br"), (Coding::Zstd, ".zst")];

/// A place where the site is kept.
#[derive(Debug)]
pub enum Outlet {
    /// A folder.
    Folder(Folder),
    /// A bucket of an object store.
    Bucket(Box<Bucket>),
}

impl Outlet {
    /// What it is called in logs and metrics.
    pub fn name(&self) -> String {
        match self {
            Outlet::Folder(folder) => format!("the folder {}", folder.path().display()),
            Outlet::Bucket(bucket) => format!("the object store {}", bucket.address()),
        }
    }

    /// The kind, for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Outlet::Folder(_) => "directory",
            Outlet::Bucket(_) => "object_store",
        }
    }

    /// Makes what is there these documents and nothing else that was written before.
    ///
    /// # Errors
    /// As `keep_up`.
    pub async fn keep(&self, documents: Vec<Document>) -> Result<Written, OutletError> {
        let paths = documents.iter().map(|document| document.path.clone()).collect();
        let (send, changed) = mpsc::channel(documents.len().max(1));
        for document in documents {
            // There is room for all.
            let _ = send.try_send(document);
        }
        drop(send);
        self.keep_up(paths, changed).await
    }

    /// Makes what is there the documents of these paths and nothing else that was written before. Those that `changed` gives are
    /// written as they come; the others stay as they are.
    ///
    /// # Errors
    /// The first fault; what is in it stays whole, and the next try goes on from there.
    pub async fn keep_up(
        &self,
        paths: BTreeSet<String>,
        changed: mpsc::Receiver<Document>,
    ) -> Result<Written, OutletError> {
        match self {
            Outlet::Folder(folder) => {
                let folder = folder.clone();
                let work = tokio::task::spawn_blocking(move || folder.keep_up(&paths, changed));
                work.await.map_err(|_| OutletError::Broke)?
            }
            Outlet::Bucket(bucket) => bucket.keep_up(&paths, changed).await,
        }
    }

    /// The paths that it was given before.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn holds(&self) -> Result<BTreeSet<String>, OutletError> {
        match self {
            Outlet::Folder(folder) => {
                let folder = folder.clone();
                let work = tokio::task::spawn_blocking(move || folder.read_listing());
                work.await.map_err(|_| OutletError::Broke)?.map(Listing::paths)
            }
            Outlet::Bucket(bucket) => bucket.read_listing().await.map(Listing::paths),
        }
    }
}
