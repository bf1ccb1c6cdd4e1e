//! Which files there are, and whether anything about them changed.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Folders in folders that are looked into.
const DEEPEST: usize = 8;

/// What files there were, with sizes and times: equal stamps mean that nothing was edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp(Vec<(PathBuf, u64, Option<SystemTime>)>);

/// Looks at the declared files without reading them. Cheap enough to be asked every second.
pub fn fingerprint(dir: &Path) -> Stamp {
    let declared = FOLDERS.iter().flat_map(|(folder, ending)| files_in(&dir.join(folder), ending));
    let stamp = |path: PathBuf| {
        let seen = fs::metadata(&path).ok();
        let size = seen.as_ref().map_or(0, fs::Metadata::len);
        (path, size, seen.and_then(|seen| seen.modified().ok()))
    };
    Stamp(declared.map(stamp).collect())
}

const FOLDERS: [(&str, &str); 3] = [("sources", "toml"), ("channels", "toml"), ("posts", "md")];

/// The files with this ending in a folder and below it, by path. Hidden ones are not looked at: editors keep their
/// own there. A folder that can't be read has none.
pub(super) fn files_in(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, ending, 0, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, ending: &str, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // is_dir follows links: the depth keeps a circle of them from being followed for ever.
        if path.is_dir() {
            if depth < DEEPEST {
                collect(&path, ending, depth + 1, found);
            }
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}

/// The file's name relative to the feeds folder, with slashes: what lists and pages show.
pub(super) fn relative(dir: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(dir).unwrap_or(path);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
