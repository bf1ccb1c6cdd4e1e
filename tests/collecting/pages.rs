//! Saved pages with their rules, beside what they must become.

use std::{fs, path::Path};

use serde_json::{Value, json};
use vestnik::{
    model::{PageRules, ParsedEntry, ParsedFeed},
    scrape,
};

fn shown(feed: &ParsedFeed) -> Value {
    without_nulls(json!({
        "title": feed.title.as_ref().map(|title| &title.value),
        "description": feed.description.as_ref().map(|description| &description.value),
        "home": feed.home(),
        "language": feed.language,
        "encoding": feed.encoding,
        "entries": feed.entries.iter().map(shown_entry).collect::<Vec<_>>(),
    }))
}

fn shown_entry(entry: &ParsedEntry) -> Value {
    let tags: Vec<_> = entry.categories.iter().map(|tag| &tag.term).collect();
    without_nulls(json!({
        "title": entry.title.as_ref().map(|title| &title.value),
        "link": entry.link(),
        "published": entry.published,
        "summary": entry.summary.as_ref().map(|summary| &summary.value),
        "image": entry.image,
        "author": entry.authors.first().and_then(|author| author.name.as_ref()),
        "tags": (!tags.is_empty()).then_some(tags),
    }))
}

fn without_nulls(mut value: Value) -> Value {
    value.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    value
}

/// Reads `<name>.html` by `<name>.rules.toml` as on 4 March 2026 in Sofia.
#[track_caller]
fn check(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/collecting/pages");
    let body = fs::read(folder.join(format!("{name}.html"))).unwrap();
    let rules = fs::read_to_string(folder.join(format!("{name}.rules.toml"))).unwrap();
    let rules: PageRules = toml::from_str(&rules).unwrap();
    let expected = fs::read_to_string(folder.join(format!("{name}.expected.json"))).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    assert_eq!(scrape::check(&rules), []);
    let feed = scrape::read(
        &body,
        Some("text/html"),
        &"https://city.example/bg/news".parse().unwrap(),
        &rules,
        Some(chrono_tz::Europe::Sofia),
        "2026-03-04T10:30:00Z".parse().unwrap(),
    );
    let found = shown(&feed.unwrap().feed);
    assert_eq!(found, expected, "{found:#}");
}

#[test]
fn a_city_list_with_pictures_and_dates_becomes_entries() {
    check("city-list");
}

#[test]
fn a_joomla_list_without_dates_becomes_entries() {
    check("joomla-list");
}

#[test]
fn a_windows_1251_table_with_dates_without_years_becomes_entries() {
    check("yearless-1251");
}
