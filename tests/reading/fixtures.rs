//! `name.xml` (or `.json`, `.html`), what was known besides (`name.hints.json`), and what `vestnik parse` prints of it
//! (`name.expected.json`; `{"error": …}` where nothing can be read). `VESTNIK_WRITE_FIXTURES=1` writes the latter anew: look
//! at the difference before you keep it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vestnik::model::ParsedFeed;
use vestnik::parse::{self, Hints, ParseError};

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reading")
}

/// All documents, in the order of their names.
pub(super) fn documents() -> Vec<PathBuf> {
    let mut documents: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            !name.ends_with(".expected.json") && !name.ends_with(".hints.json") && !name.ends_with(".txt")
        })
        .collect();
    documents.sort();
    documents
}

/// Reads a document with what is known besides.
pub(super) fn read(path: &Path) -> Result<ParsedFeed, ParseError> {
    let hints: Value = fs::read(path.with_extension("hints.json"))
        .map_or_else(|_| json!({}), |text| serde_json::from_slice(&text).unwrap());
    let base = hints["base"].as_str().map(|base| base.parse().unwrap());
    let hints = Hints {
        content_type: hints["content_type"].as_str(),
        content_language: hints["content_language"].as_str(),
        base: base.as_ref(),
        zone: hints["zone"].as_str().map(|zone| zone.parse().unwrap()),
        now: hints["now"].as_str().map(|now| now.parse().unwrap()),
    };
    parse::parse(&fs::read(path).unwrap(), &hints)
}

#[test]
fn every_document_becomes_what_stands_beside_it() {
    let rewrite = std::env::var_os("VESTNIK_WRITE_FIXTURES").is_some();
    let mut wrong = Vec::new();
    let documents = documents();
    assert!(documents.len() >= 30, "the fixtures are gone: {}", documents.len());
    for path in documents {
        let got = match read(&path) {
            Ok(feed) => parse::to_json_feed(&feed),
            Err(error) => json!({ "error": error.to_string() }),
        };
        let beside = path.with_extension("expected.json");
        if rewrite {
            fs::write(&beside, format!("{}\n", serde_json::to_string_pretty(&got).unwrap())).unwrap();
            continue;
        }
        let expected: Value =
            serde_json::from_slice(&fs::read(&beside).unwrap_or_default()).unwrap_or_default();
        if got != expected {
            let got = serde_json::to_string_pretty(&got).unwrap();
            wrong.push(format!("{} became\n{got}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
