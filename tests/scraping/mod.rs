//! Pages without a feed: rules, article pages, proposals, snapshots, discovery.

mod arbitrary;
mod collecting;
mod discovery;
mod fixtures;
mod replaying;
mod suggestions;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use vestnik::{
    config::Settings,
    desk,
    model::{ParsedFeed, SourceSpec, Timestamp},
    scrape::{Page, Shown},
};

/// Wednesday, 4 March 2026, 10:30 GMT.
fn now() -> Timestamp {
    "2026-03-04T10:30:00Z".parse().unwrap()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/scraping").join(name)
}

/// The source that a text declares.
#[track_caller]
fn source(text: &str) -> SourceSpec {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sources")).unwrap();
    fs::write(dir.path().join("sources/partner.toml"), text).unwrap();
    let settings = Settings::read("vestnik.toml", "", std::iter::empty()).unwrap();
    let (mut desk, faults) = desk::load(dir.path(), &settings);
    assert_eq!(faults, []);
    desk.sources.remove(0)
}

/// What a page became, for comparison: what is not there is left out.
fn shown(page: &Page) -> Value {
    let ParsedFeed { title, description, language, encoding, entries, .. } = &page.feed;
    let mut shown = json!({
        "title": title.as_ref().map(|title| &title.value),
        "description": description.as_ref().map(|description| &description.value),
        "home": page.feed.home(),
        "language": language,
        "encoding": encoding,
        "next": page.next,
        "entries": entries.iter().map(Shown::from).collect::<Vec<_>>(),
    });
    shown.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    shown
}

/// Compares with a file; `VESTNIK_TEST_WRITE=1` writes what is missing, for people to look at.
#[track_caller]
fn check_json(file: &str, found: &Value) {
    let path = fixture(file);
    if !path.exists() && std::env::var_os("VESTNIK_TEST_WRITE").is_some() {
        fs::write(&path, format!("{found:#}\n")).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}\n{found:#}"));
    let expected: Value = serde_json::from_str(&expected).unwrap();
    assert_eq!(*found, expected, "{file}: {found:#}");
}
