//! What is declared in files: settings, sources, channels, posts.

use std::path::{Path, PathBuf};

use vestnik::config::{Fault, Settings};

mod arbitrary;
mod desk;
mod environment;
mod faults;
mod manual;
mod posts;

/// The settings that hold where nobody set any.
fn defaults() -> Settings {
    Settings::load(None, std::iter::empty()).unwrap()
}

const FIXTURES: &str = "tests/fixtures/settings";

/// Faults as they are printed, without the folder of the fixtures.
fn printed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| fault.to_string().replace(&format!("{FIXTURES}/"), "") + "\n").collect()
}

/// Compares with the file beside the fixture. With `VESTNIK_WRITE_EXPECTED` the file is written anew instead.
fn check_expected(fixture: &Path, found: &str) {
    let path = fixture.with_extension("expected.txt");
    if std::env::var_os("VESTNIK_WRITE_EXPECTED").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(found, expected, "faults of {}", fixture.display());
}

/// Fixtures with this beginning and ending, by name. There must be some.
fn fixtures(prefix: &str, ending: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(FIXTURES).unwrap().map(|entry| entry.unwrap());
    let fits = |name: &str| name.starts_with(prefix) && name.ends_with(ending);
    let mut found: Vec<_> =
        files.filter(|file| fits(&file.file_name().to_string_lossy())).map(|file| file.path()).collect();
    found.sort();
    assert!(!found.is_empty(), "no fixtures {prefix}*{ending}");
    found
}
