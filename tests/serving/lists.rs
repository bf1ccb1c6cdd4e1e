//! Lists as people walk through them: days, months, channels, the further pages of a search.

use vestnik::model::{Changes, SafeHtml};

use super::site::{House, post};
use crate::storing::{collected, new};

impl House {
    /// One more post of our own.
    async fn write(&self, post: (vestnik::model::Entry, vestnik::model::SortKey)) {
        let sources = self.opened.store.sources().await.unwrap();
        let own = sources.iter().find(|source| source.spec.slug.as_str() == "posts").unwrap().id;
        self.opened.store.commit(collected(own, 91, Changes { ..new(vec![post]) })).await.unwrap();
    }
}

/// Minutes of so many days.
fn days(count: i64) -> i64 {
    count * 24 * 60
}

#[tokio::test]
async fn the_page_of_channels_has_every_feed_of_each() {
    let house = House::open().await;
    for (path, title) in [("/feeds", "На английски"), ("/en/feeds", "In English")] {
        let page = house.page(path).await;
        assert!(page.contains(title), "{page}");
        for feed in ["all.rss", "all.atom", "all.json", "en.rss", "en.atom", "en.json"] {
            assert!(page.contains(&format!("href=\"https://news.example.org/feeds/{feed}\"")), "{feed}");
        }
        assert!(page.contains("href=\"/feeds.opml\""), "{page}");
    }
    assert!(house.page("/sources").await.contains("<a href=\"/feeds\">"), "every page leads there");
}

#[tokio::test]
async fn every_day_has_an_address_of_its_own() {
    let house = House::open().await;
    for path in ["/", "/feeds/all", "/archive/2026/09", "/tags/tag1", "/sources/noi"] {
        let page = house.page(path).await;
        let heads: Vec<&str> = page.split("<h2 id=\"d").skip(1).collect();
        assert!(!heads.is_empty(), "{path}");
        for head in heads {
            let (id, rest) = head.split_once('"').unwrap();
            assert!(
                rest.starts_with(&format!("><a href=\"#d{id}\"><time datetime=\"{id}\">")),
                "{path}: {rest}"
            );
        }
    }
}

#[tokio::test]
async fn a_month_leads_to_the_nearest_ones_that_have_something() {
    let house = House::open().await;
    house.write(post(-days(100), "earlier", "По-рано", "bg")).await;
    house.write(post(-days(200), "earliest", "Най-рано", "bg")).await;
    let beside = |page: &str| -> Vec<String> {
        let beside = page.split("<nav class=\"around\"").nth(1).unwrap_or_default();
        let links = beside.split("<a href=\"").skip(1);
        links.filter_map(|link| link.split('"').next()).take(2).map(str::to_owned).collect()
    };
    let newest = house.page("/archive/2026/09").await;
    assert!(!newest.contains("rel=\"prev\"") && newest.contains(">Юни 2026"), "{newest}");
    let middle = house.page("/en/archive/2026/06").await;
    let beside = beside(&middle);
    assert_eq!(beside[..2], ["/en/archive/2026/09", "/en/archive/2026/03"], "{middle}");
    assert!(
        middle.contains("rel=\"prev\">September 2026</a>") && middle.contains("rel=\"next\">March 2026</a>")
    );
    assert!(!house.page("/archive/2026/03").await.contains("rel=\"next\""));
}

#[tokio::test]
async fn a_narrowed_search_stays_narrow_until_somebody_widens_it() {
    let house = House::open().await;
    let page = house.page("/search?q=новина&source=noi&tag=tag1").await;
    let older = page.split("<p class=\"older\"><a href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(
        older.contains("source=noi") && older.contains("tag=tag1") && older.contains("before="),
        "{older}"
    );
    assert!(page.contains("<input type=\"hidden\" name=\"source\" value=\"noi\">"), "{page}");
    assert!(page.contains("Търсене навсякъде</a>"), "{page}");
    let english = page.split("lang=\"en\" hreflang").next().unwrap().rsplit("href=\"").next().unwrap();
    assert!(english.starts_with("/en/search?") && english.contains("source=noi"), "{english}");
    assert!(!house.page("/search?q=новина").await.contains("type=\"hidden\""));
}

#[tokio::test]
async fn a_search_says_how_many_it_found_in_the_right_form() {
    let house = House::open().await;
    for (path, says) in [
        ("/search?q=италия", "Намерена е една новина."),
        ("/search?q=italy|meetings", "Нищо не е намерено"),
        ("/en/search?q=italy", "One item was found."),
        ("/search?q=новина", "Намерени са повече от 20 новини."),
        ("/en/search?q=новина", "More than 20 items were found."),
    ] {
        let page = house.page(path).await;
        assert!(page.contains(says), "{path}: {page}");
    }
}

#[tokio::test]
async fn what_stands_further_down_in_a_text_of_our_own_is_shown_where_it_was_found() {
    let house = House::open().await;
    let (mut entry, key) = post(3, "roofs", "Покриви", "bg");
    let words = "Дума до дума без край. ".repeat(60);
    entry.content =
        Some(SafeHtml::sanitised(format!("<p>{words}</p><p>Там са и <b>фотоволтаици</b>. {words}</p>")));
    house.write((entry, key)).await;
    let page = house.page("/search?q=фотоволтаик").await;
    assert!(page.contains("Там са и <mark>фотоволтаици</mark>."), "{page}");
    let shown = page.split("<p dir=\"auto\">").nth(1).unwrap();
    assert!(shown.starts_with('…') || shown.starts_with("…"), "{shown}");
    // A word of the title is shown there, and the text from its beginning.
    assert!(house.page("/search?q=покриви").await.contains("<p dir=\"auto\">Дума до дума"));
}

#[tokio::test]
async fn tags_in_the_readers_own_alphabet_come_first() {
    let house = House::open().await;
    let place =
        |page: &str, tag: &str| page.find(&format!(">{tag}</a>")).unwrap_or_else(|| panic!("{tag}: {page}"));
    let bulgarian = house.page("/tags").await;
    assert!(place(&bulgarian, "новини") < place(&bulgarian, "tag1"));
    let english = house.page("/en/tags").await;
    assert!(place(&english, "tag1") < place(&english, "новини"));
}
