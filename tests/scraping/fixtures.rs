//! Saved pages with the rules of their source, beside what they must become.

use std::fs;

use serde_json::json;
use vestnik::{
    model::{Link, ParsedEntry, Text},
    scrape::{self, Shown},
};

use super::{check_json, fixture, now, shown, source};

/// Reads `<name>.html` (or `.json`) by `<name>.toml` as on 4 March 2026.
#[track_caller]
fn check(name: &str) {
    let spec = source(&fs::read_to_string(fixture(&format!("{name}.toml"))).unwrap());
    let rules = spec.rules.as_ref().unwrap();
    let ending = if rules.json { "json" } else { "html" };
    let body = fs::read(fixture(&format!("{name}.{ending}"))).unwrap();
    let base = spec.url.as_ref().unwrap().url();
    let page = scrape::read(&body, None, base, rules, spec.zone, now()).unwrap();
    assert_eq!(spec.contract.check(&page.feed.entries, &rules.later_fields()), Ok(()));
    check_json(&format!("{name}.expected.json"), &shown(&page));
}

#[test]
fn a_city_list_with_pictures_and_dates_becomes_entries() {
    check("city-list");
}

#[test]
fn a_liferay_list_with_two_links_an_item_becomes_entries() {
    check("liferay-list");
}

#[test]
fn joomla_lists_without_dates_become_entries() {
    check("joomla-list");
    check("joomla-blog");
}

#[test]
fn a_wordpress_list_becomes_entries() {
    check("wordpress-list");
}

#[test]
fn a_view_of_drupal_becomes_entries() {
    check("drupal-views");
}

#[test]
fn cards_that_are_links_themselves_become_entries() {
    check("card-grid");
}

#[test]
fn tables_with_dates_without_years_become_entries() {
    check("yearless-1251");
    check("table-list");
}

#[test]
fn dates_with_short_years_are_read() {
    check("press-list");
}

#[test]
fn names_of_months_are_read_in_five_languages() {
    check("months");
}

#[test]
fn dates_that_are_counted_back_are_read_in_five_languages() {
    check("relative-dates");
}

#[test]
fn titles_are_composed_and_keep_their_scripts() {
    check("titles");
}

#[test]
fn json_ld_fills_what_the_list_does_not_show() {
    check("listed");
}

#[test]
fn a_json_endpoint_becomes_entries() {
    check("endpoint");
}

/// Reads the article page `<name>.html` for an entry of this title.
#[track_caller]
fn check_article(name: &str, link: &str, title: &str) {
    let spec = source(&fs::read_to_string(fixture(&format!("{name}.toml"))).unwrap());
    let body = fs::read(fixture(&format!("{name}.html"))).unwrap();
    let mut entry = ParsedEntry {
        title: Some(Text::plain(title)),
        links: vec![Link { href: link.to_owned(), ..Link::default() }],
        ..ParsedEntry::default()
    };
    let (base, rules) = (link.parse().unwrap(), spec.rules.as_ref().unwrap());
    scrape::article(&body, Some("text/html"), &base, rules, spec.zone, now(), &mut entry).unwrap();
    let translations: Vec<_> = entry
        .links
        .iter()
        .filter_map(|link| Some(format!("{} {}", link.hreflang.as_ref()?, link.href)))
        .collect();
    let found = json!({
        "entry": Shown::from(&entry),
        "updated": entry.updated,
        "language": entry.language,
        "translations": translations,
        "base": entry.content.as_ref().unwrap().base,
    });
    check_json(&format!("{name}.expected.json"), &found);
}

#[test]
fn an_article_and_its_translation_are_read_and_know_each_other() {
    check_article("article-bg", "https://cluster.example/bg/news/vodorod", "Водородът тръгва по улиците…");
    check_article("article-en", "https://cluster.example/en/news/hydrogen", "Hydrogen takes to the streets");
}

#[test]
fn an_article_without_a_selector_is_found_by_its_looks() {
    check_article("article-by-looks", "https://cluster.example/en/news/41", "Work meetings in Italy");
}

#[test]
fn what_the_rules_take_from_an_article_page_comes_before_what_it_says_of_itself() {
    check_article("article-fields", "https://cluster.example/news/7", "Новини");
}
