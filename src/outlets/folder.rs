//! A folder that a plain web server serves. A file is written beside, synced and renamed, so that a reader never sees half of
//! one; what has not changed is not written.

use std::{
    collections::BTreeSet,
    fs,
    io::{ErrorKind, Write},
    path::{Component, Path, PathBuf},
};

use tokio::sync::mpsc;

use super::{
    Document, OutletError, TWINS, Written,
    listing::{self, Listing},
};
use crate::failpoint::{self, Step};

/// A folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path, made where it is missing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Folder(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// See [`super::Outlet::keep_up`].
    pub(super) fn keep_up(
        &self,
        paths: &BTreeSet<String>,
        mut changed: mpsc::Receiver<Document>,
    ) -> Result<Written, OutletError> {
        self.make(&self.0)?;
        let before = self.read_listing()?;
        let both = before.with(paths);
        self.write_listing(&before, &both)?;
        failpoint::reach(Step::Listed);
        let mut after = before.only(paths);
        let mut folders = BTreeSet::new();
        let mut written = Written { documents: paths.len(), ..Written::default() };
        while let Some(document) = changed.blocking_recv() {
            written.written += self.write(&document, &mut folders)?;
            after.put(&document);
        }
        failpoint::reach(Step::Delivered);
        for (path, ending) in before.surplus(&after).chain(both.surplus(&after)) {
            let twin = with_ending(&self.file(path)?, ending);
            match fs::remove_file(&twin) {
                Ok(()) => folders.extend(twin.parent().map(Path::to_owned)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(fault("removing", &twin)(error)),
            }
        }
        written.removed = before.missing_in(&after);
        if before != after {
            self.write_listing(&both, &after)?;
            folders.insert(self.0.clone());
        }
        for folder in &folders {
            sync(folder).map_err(fault("syncing", folder))?;
            self.remove_empty(folder);
        }
        Ok(written)
    }

    /// Writes a document with its twins. Returns how many files had other bytes.
    fn write(&self, document: &Document, folders: &mut BTreeSet<PathBuf>) -> Result<usize, OutletError> {
        let file = self.file(&document.path)?;
        let parent = file.parent().unwrap_or(&self.0).to_owned();
        self.make(&parent)?;
        let mut written = 0;
        for (coding, ending) in TWINS {
            let twin = with_ending(&file, ending);
            if let Some(bytes) = document.rendition.body(coding)
                && replace(&twin, bytes).map_err(fault("writing", &twin))?
            {
                written += 1;
                folders.insert(parent.clone());
            }
        }
        Ok(written)
    }

    /// Folders that nothing is in any more, up to our own.
    fn remove_empty(&self, folder: &Path) {
        let mut folder = folder;
        while folder != self.0 && fs::remove_dir(folder).is_ok() {
            let Some(parent) = folder.parent() else { return };
            folder = parent;
        }
    }

    /// What was written before.
    pub(super) fn read_listing(&self) -> Result<Listing, OutletError> {
        let listing = self.0.join(listing::NAME);
        match fs::read(&listing) {
            Ok(bytes) => Ok(Listing::read(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Listing::default()),
            Err(error) => Err(fault("reading", &listing)(error)),
        }
    }

    fn write_listing(&self, before: &Listing, after: &Listing) -> Result<(), OutletError> {
        let listing = self.0.join(listing::NAME);
        if before != after {
            replace(&listing, &after.write()).map_err(fault("writing", &listing))?;
        }
        Ok(())
    }

    /// No path leaves the folder.
    fn file(&self, path: &str) -> Result<PathBuf, OutletError> {
        let inside = Path::new(path);
        if inside.components().all(|part| matches!(part, Component::Normal(_))) && !path.is_empty() {
            return Ok(self.0.join(inside));
        }
        let refused = std::io::Error::new(ErrorKind::InvalidInput, "it would leave the folder");
        Err(fault("writing", inside)(refused))
    }

    fn make(&self, folder: &Path) -> Result<(), OutletError> {
        fs::create_dir_all(folder).map_err(fault("making the folder", folder))
    }
}

fn fault(doing: &'static str, path: &Path) -> impl Fn(std::io::Error) -> OutletError {
    move |source| OutletError::File { doing, path: path.to_owned(), source }
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
    failpoint::reach(Step::Replacing);
    fs::rename(&beside, file)?;
    Ok(true)
}

/// Renames survive a power loss only where their folder is synced.
fn sync(folder: &Path) -> std::io::Result<()> {
    match fs::File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
