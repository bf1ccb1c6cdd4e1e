//! Saved pages of sources, each with what the rules made of it that day: `snapshots/<source>/<date>.html` (or `.data`, of
//! a JSON endpoint) and `.json`. Reading them again with the present rules shows what a change would do.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    charset::decode_html,
    model::{Slug, SourceSpec, Timestamp},
    scrape::{self, Difference, Shown},
};

const FOLDER: &str = "snapshots";
/// Parts of an address that are kept from files that others may see.
const SECRETS: [&str; 8] = ["key", "token", "secret", "pass", "auth", "sig", "session", "credential"];

/// A saved page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The source.
    pub source: Slug,
    /// The address that the page came from, without what may be secret.
    pub url: Url,
    /// When; dates without a year are read as of then.
    pub taken: Timestamp,
    /// The file of the page, beside this one.
    pub page: String,
    /// What the rules made of it.
    #[serde(flatten)]
    pub result: Reading,
}

/// What rules make of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Why nothing could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Url>,
    /// The entries.
    pub entries: Vec<Shown>,
}

/// A saved page that was read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The file of the snapshot.
    pub file: PathBuf,
    /// The snapshot, with the old result.
    pub snapshot: Snapshot,
    /// What the present rules make of it.
    pub now: Reading,
}

/// A snapshot could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A file or folder.
    #[error("{}: {error}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is no snapshot.
    #[error("{} is no snapshot: {error}", file.display())]
    Form {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

/// Saves the page of a source under the feeds folder, as text in UTF-8, with what its rules make of it. One a day: a
/// second one of the same day takes the place of the first.
///
/// # Errors
/// Where it cannot be written.
pub fn save(
    feeds: &Path,
    spec: &SourceSpec,
    url: &Url,
    body: &[u8],
    content_type: Option<&str>,
    taken: Timestamp,
) -> Result<(PathBuf, Snapshot), SnapshotError> {
    let folder = feeds.join(FOLDER).join(spec.slug.as_str());
    let is_json = spec.rules.as_ref().is_some_and(|rules| rules.json);
    let day = taken.format("%Y-%m-%d");
    let page = format!("{day}.{}", if is_json { "data" } else { "html" });
    let (text, _) = decode_html(body, content_type);
    let url = without_secrets(url);
    let result = read(spec, &url, text.as_bytes(), taken);
    let snapshot = Snapshot { source: spec.slug.clone(), url, taken, page: page.clone(), result };
    let at = |file: &Path| {
        let file = file.to_owned();
        move |error| SnapshotError::File { file, error }
    };
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let page = folder.join(page);
    fs::write(&page, text.as_bytes()).map_err(at(&page))?;
    let file = folder.join(format!("{day}.json"));
    write(&file, &snapshot)?;
    Ok((file, snapshot))
}

/// Reads the snapshots of these sources again with their present rules, in the order of their names and days.
///
/// # Errors
/// The first file that cannot be read.
pub fn replay<'a>(
    feeds: &Path,
    sources: impl IntoIterator<Item = &'a SourceSpec>,
) -> Result<Vec<Replayed>, SnapshotError> {
    let mut replayed = Vec::new();
    for spec in sources.into_iter().filter(|spec| spec.rules.is_some()) {
        for file in super::files::files_in(&feeds.join(FOLDER).join(spec.slug.as_str()), "json") {
            let at = |file: &Path| {
                let file = file.to_owned();
                move |error| SnapshotError::File { file, error }
            };
            let text = fs::read_to_string(&file).map_err(at(&file))?;
            let snapshot: Snapshot = serde_json::from_str(&text)
                .map_err(|error| SnapshotError::Form { file: file.clone(), error })?;
            let name = Path::new(&snapshot.page).file_name().unwrap_or_default();
            let page = file.with_file_name(name);
            let body = fs::read(&page).map_err(at(&page))?;
            let now = read(spec, &snapshot.url, &body, snapshot.taken);
            replayed.push(Replayed { file, snapshot, now });
        }
    }
    Ok(replayed)
}

impl Replayed {
    /// What would change.
    pub fn differences(&self) -> Vec<Difference> {
        scrape::differences(&self.snapshot.result.entries, &self.now.entries)
    }

    /// Whether the present rules bring the same.
    pub fn is_as_before(&self) -> bool {
        self.snapshot.result == self.now
    }

    /// Makes what the present rules bring the expected result.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn accept(&self) -> Result<(), SnapshotError> {
        write(&self.file, &Snapshot { result: self.now.clone(), ..self.snapshot.clone() })
    }
}

fn write(file: &Path, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let form = |error| SnapshotError::Form { file: file.to_owned(), error };
    let text = serde_json::to_string_pretty(snapshot).map_err(form)?;
    fs::write(file, text + "\n").map_err(|error| SnapshotError::File { file: file.to_owned(), error })
}

/// What the rules of a source make of a page, its contract included.
fn read(spec: &SourceSpec, url: &Url, text: &[u8], taken: Timestamp) -> Reading {
    let Some(rules) = &spec.rules else { return Reading::default() };
    let page = match scrape::read(text, Some("text/html; charset=utf-8"), url, rules, spec.zone, taken) {
        Ok(page) => page,
        Err(error) => return Reading { problem: Some(error.to_string()), ..Reading::default() },
    };
    let breach = spec.contract.check(&page.feed.entries, &rules.later_fields()).err();
    Reading {
        problem: breach.map(|breach| breach.to_string()),
        next: page.next,
        entries: page.feed.entries.iter().map(Shown::from).collect(),
    }
}

fn without_secrets(url: &Url) -> Url {
    let mut clean = url.clone();
    // Refused only for addresses without a host, which have neither.
    let _ = clean.set_username("");
    let _ = clean.set_password(None);
    let is_secret = |name: &str| SECRETS.iter().any(|word| name.to_ascii_lowercase().contains(word));
    if url.query_pairs().any(|(name, _)| is_secret(&name)) {
        let kept: Vec<_> = url.query_pairs().filter(|(name, _)| !is_secret(name)).collect();
        clean.query_pairs_mut().clear().extend_pairs(kept);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_saved_without_what_may_be_secret() {
        let clean = |url: &str| without_secrets(&Url::parse(url).unwrap()).to_string();
        assert_eq!(clean("https://u:p@a.example/x?page=2&api_key=1&Token=2"), "https://a.example/x?page=2");
        assert_eq!(clean("https://a.example/x?a=%20&b"), "https://a.example/x?a=%20&b");
    }
}
