//! Whole documents, reviewed by eye and kept beside the tests.

use vestnik::{
    model::{Format, Health, SourceKind},
    publish::{Desk, Trouble, feeds_opml, page_css_version, post_page, sources_page, trouble_page},
};

use super::{
    print, print_channel,
    sample::{self, at},
};

/// Compares with `tests/fixtures/publishing/<name>.snap`, a tag a line.
fn check(name: &str, document: &str) {
    // A new style is no new document.
    let lines =
        document.replace(page_css_version(), "VERSION").replace("><", ">\n<").replace(",{\"", ",\n{\"");
    insta::with_settings!({
        snapshot_path => "../fixtures/publishing",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, lines);
    });
}

/// Works at the desk of the sample newspaper.
pub(crate) fn with_desk<T>(language: &str, work: impl FnOnce(&Desk<'_>) -> T) -> T {
    let (site, channels, language) = (sample::site(), sample::channels(), language.parse().unwrap());
    work(&Desk { site: &site, channels: &channels, all: &channels[0], language: &language, answers: true })
}

#[test]
fn a_channel_in_every_format() {
    for format in Format::ALL {
        check(&format!("all-{}", format.extension()), &print(&sample::newspaper(), format));
    }
}

#[test]
fn an_empty_channel_of_one_language_in_every_format() {
    let mut english = sample::channels().remove(5);
    english.titles.clear();
    english.titles.insert("en".parse().unwrap(), "In English".to_owned());
    for format in Format::ALL {
        check(
            &format!("empty-{}", format.extension()),
            &print_channel(&sample::site(), &english, &[], format),
        );
    }
}

#[test]
fn the_page_of_a_post() {
    let post = &sample::newspaper()[1];
    let page = with_desk("bg", |desk| post_page(desk, post, &[])).unwrap();
    check("post-html", &String::from_utf8(page).unwrap());
}

#[test]
fn the_page_of_sources_in_both_languages() {
    for language in ["bg", "en"] {
        let sources = sources();
        let page = with_desk(language, |desk| sources_page(desk, &sources)).unwrap();
        check(&format!("sources-{language}-html"), &String::from_utf8(page).unwrap());
    }
}

#[test]
fn the_page_that_is_not_there() {
    let page = with_desk("en", |desk| trouble_page(desk, &Trouble::NotFound)).unwrap();
    check("not-found-html", &String::from_utf8(page).unwrap());
}

#[test]
fn the_list_of_channels() {
    let list = feeds_opml(&sample::site(), &sample::channels()).unwrap();
    let list = String::from_utf8(list).unwrap();
    super::assert_well_formed(&list);
    check("feeds-opml", &list);
}

/// One source in every state.
pub(crate) fn sources() -> Vec<vestnik::model::Source> {
    let source = |id, slug, kind, title, health| {
        let mut source = sample::source(id, slug, kind, title, &format!("https://{slug}.example.org/feed"));
        source.spec.home = format!("https://{slug}.example.org/").parse().ok();
        source.state.health = health;
        source.state.last_success = Some(at("2018-07-20T08:30:00Z"));
        source
    };
    let mut failing = source(2, "noi", SourceKind::Feed, "NOI Techpark", Health::Failing);
    failing.state.failing_since = Some(at("2018-07-19T22:10:00Z"));
    failing.state.next_due = Some(at("2018-07-20T09:00:00Z"));
    failing.state.reason = Some("the host noi.example.org was not found".to_owned());
    let mut fresh = source(3, "eurac", SourceKind::Page, "Eurac Research", Health::New);
    fresh.state.last_success = None;
    let mut off = source(4, "ictcluster", SourceKind::Page, "ИКТ клъстер", Health::Ok);
    off.spec.enabled = false;
    vec![
        source(1, "sofia", SourceKind::Feed, "Столична община", Health::Ok),
        failing,
        fresh,
        off,
        source(5, "old-partner", SourceKind::Feed, "Old partner", Health::Gone),
        source(6, "posts", SourceKind::Local, "Клъстер София – град на знанието", Health::Ok),
    ]
}
