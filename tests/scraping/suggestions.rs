//! Rules that are proposed for saved list pages, beside what is expected.

use std::fs;

use vestnik::{
    desk,
    scrape::{self, Shown},
};

use super::{fixture, now, source};

/// Proposes rules for `<name>.html` and compares the best with `<name>.suggested.toml`; they must find the entries that
/// the rules made by hand find.
#[track_caller]
fn check(name: &str) {
    let spec = source(&fs::read_to_string(fixture(&format!("{name}.toml"))).unwrap());
    let body = fs::read(fixture(&format!("{name}.html"))).unwrap();
    let base = spec.url.as_ref().unwrap().url();
    let suggestions = scrape::suggest(&body, None, base, spec.zone, now()).unwrap();
    let best = suggestions.first().expect("a proposal");
    let path = fixture(&format!("{name}.suggested.toml"));
    let found = format!("[rules]\n{}", desk::rules_table(&best.rules));
    if !path.exists() && std::env::var_os("VESTNIK_TEST_WRITE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(path).unwrap_or_default(), "{name}");
    let by_hand = scrape::read(&body, None, base, spec.rules.as_ref().unwrap(), spec.zone, now()).unwrap();
    let essence = |page: &scrape::Page| -> Vec<_> {
        let shown = page.feed.entries.iter().map(Shown::from);
        shown
            .map(|entry| (entry.link.split('?').next().unwrap().to_owned(), entry.title, entry.date))
            .collect()
    };
    assert_eq!(essence(&best.page), essence(&by_hand), "{name}\n{found}");
}

#[test]
fn rules_are_proposed_for_a_liferay_list() {
    check("liferay-list");
}

#[test]
fn rules_are_proposed_for_a_joomla_blog() {
    check("joomla-blog");
}

#[test]
fn rules_are_proposed_for_a_wordpress_list() {
    check("wordpress-list");
}

#[test]
fn rules_are_proposed_for_a_view_of_drupal() {
    check("drupal-views");
}

#[test]
fn rules_are_proposed_for_a_grid_of_cards() {
    check("card-grid");
}

#[test]
fn rules_are_proposed_for_a_table() {
    check("table-list");
}

#[test]
fn rules_are_proposed_for_a_plain_list() {
    check("press-list");
}

#[test]
fn nothing_is_proposed_where_nothing_repeats() {
    let base = "https://a.example/".parse().unwrap();
    for page in ["", "<p>Под ремонт</p>", "<a href=/a>Единствена връзка към новината</a>"]
    {
        assert_eq!(scrape::suggest(page.as_bytes(), None, &base, None, now()).unwrap(), []);
    }
}
