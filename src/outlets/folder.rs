//! A folder that a plain web server serves. A file is written beside, synced and renamed, so that a reader never sees half of
//! one; what has not changed is not written.

use std::{
    collections::BTreeSet,
    fs,
    io::{ErrorKind, Write},
    path::{Component, Path, PathBuf},
};

use super::{
    Document, OutletError, TWINS, Written,
    listing::{self, Listing},
};

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

    /// See [`super::Outlet::keep`].
    pub(super) fn keep(&self, documents: &[Document]) -> Result<Written, OutletError> {
        let listing = self.0.join(listing::NAME);
        let before = match fs::read(&listing) {
            Ok(bytes) => Listing::read(&bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Listing::default(),
            Err(error) => return Err(fault("reading", &listing)(error)),
        };
        let after = Listing::of(documents);
        let mut folders = BTreeSet::new();
        let mut written = Written { documents: documents.len(), ..Written::default() };
        self.make(&self.0)?;
        let both = before.with(&after);
        if both != before {
            replace(&listing, &both.write()).map_err(fault("writing", &listing))?;
        }
        for document in documents {
            let file = self.file(&document.path)?;
            let parent = file.parent().unwrap_or(&self.0).to_owned();
            self.make(&parent)?;
            for (coding, ending) in TWINS {
                let twin = with_ending(&file, ending);
                if let Some(bytes) = document.rendition.body(coding)
                    && replace(&twin, bytes).map_err(fault("writing", &twin))?
                {
                    written.written += 1;
                    folders.insert(parent.clone());
                }
            }
        }
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
            replace(&listing, &after.write()).map_err(fault("writing", &listing))?;
            folders.insert(self.0.clone());
        }
        folders.iter().try_for_each(|folder| sync(folder).map_err(fault("syncing", folder)))?;
        Ok(written)
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
