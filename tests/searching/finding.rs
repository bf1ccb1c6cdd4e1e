//! What the index has to do whatever happens to entries.

use vestnik::{
    model::{Changes, Language},
    search::Query,
    store::IndexQuery,
};

use super::{Archive, Said, said};
use crate::storing::{at, on_both};

fn three() -> Vec<Said> {
    vec![
        said("old", "Клъстерът в Болоня", "Срещи с партньори."),
        said("middle", "Градът и реката", "Клъстер от градове."),
        said("new", "Cluster news", "Партньорите идват."),
    ]
}

on_both! {
    async fn entries_are_found_before_they_are_indexed_and_after_it(opened) {
        let archive = Archive::over(opened).await;
        archive.publish(&three()).await;
        let before = archive.find("клъстер").await;
        assert_eq!(before, ["middle", "old"]);
        assert_eq!(archive.indexer.catch_up().await.unwrap(), 3);
        assert_eq!(archive.indexer.catch_up().await.unwrap(), 0, "once is enough");
        assert_eq!(archive.find("клъстер").await, before);
        assert_eq!(archive.find("партньорите").await, ["new", "old"]);
    }

    async fn what_was_not_indexed_when_the_process_died_is_indexed_by_the_next_one(opened) {
        let archive = Archive::over(opened).await;
        archive.publish(&three()).await;
        archive.store().close().await;
        let store = archive.opened.again().await;
        let (clock, _) = vestnik::clock::Clock::manual(at(100));
        let indexer = vestnik::indexer::Indexer::new(store, clock);
        assert_eq!(indexer.catch_up().await.unwrap(), 3);
    }

    async fn a_changed_entry_is_found_by_its_new_words_alone(opened) {
        let archive = Archive::over(opened).await;
        archive.publish(&three()).await;
        archive.indexer.catch_up().await.unwrap();
        let known = archive.river().await.into_iter().find(|stored| stored.entry.public_id == "old").unwrap();
        let (mut entry, _) = said("old", "Вода за училищата", "Други думи.").entry(1);
        entry.identity = known.entry.identity.clone();
        // Its date was mended too: it moves to the top of the river.
        let key = vestnik::model::SortKey::new(at(50), &entry.identity);
        let updated = vec![(known.id, entry, key)];
        archive.commit(Changes { updated, ..Changes::default() }).await;
        for _ in ["before it is indexed", "after it"] {
            assert_eq!(archive.find("клъстер").await, ["middle"]);
            assert_eq!(archive.find("вода").await, ["old"]);
            archive.indexer.catch_up().await.unwrap();
        }
    }

    async fn a_withdrawn_entry_is_never_found_and_leaves_the_index(opened) {
        let archive = Archive::over(opened).await;
        archive.publish(&three()).await;
        archive.indexer.catch_up().await.unwrap();
        let known = archive.river().await.into_iter().find(|stored| stored.entry.public_id == "old").unwrap();
        archive.commit(Changes { withdrawn: vec![known.id], ..Changes::default() }).await;
        assert_eq!(archive.find("клъстер").await, ["middle"], "before the index knows");
        assert_eq!(archive.indexer.catch_up().await.unwrap(), 1);
        assert_eq!(archive.find("клъстер").await, ["middle"]);
        let query = IndexQuery {
            terms: vec![vec![vestnik::store::IndexTerm { text: "болон".to_owned(), prefix: true }]],
            limit: 10,
            ..IndexQuery::default()
        };
        assert_eq!(archive.store().candidates(&query).await.unwrap().entries, []);
    }

    async fn entries_of_a_source_that_is_no_longer_declared_are_not_found_until_it_is_again(opened) {
        let archive = Archive::over(opened).await;
        archive.publish(&three()).await;
        archive.indexer.catch_up().await.unwrap();
        archive.store().sync_sources(&[], at(95)).await.unwrap();
        assert_eq!(archive.find("клъстер").await, <[&str; 0]>::default());
        archive.indexer.catch_up().await.unwrap();
        archive.store().sync_sources(&[crate::storing::spec("noi")], at(96)).await.unwrap();
        assert_eq!(archive.find("клъстер").await, ["middle", "old"]);
        archive.indexer.catch_up().await.unwrap();
        assert_eq!(archive.find("клъстер").await, ["middle", "old"]);
    }

    async fn a_search_can_be_kept_to_sources_languages_tags_and_a_part_of_the_river(opened) {
        let archive = Archive::over(opened).await;
        let mut all = three();
        all[1].language = "en".to_owned();
        all[0].tags = vec!["Умен \"град\"".to_owned()];
        archive.publish(&all).await;
        let within = |query: IndexQuery| archive.find_within("клъстер", query);
        for _ in ["before it is indexed", "after it"] {
            let languages = Some(vec![Language::english()]);
            assert_eq!(within(IndexQuery { languages, ..IndexQuery::default() }).await, ["middle"]);
            let tags = Some(vec!["умен \"ГРАД\"".to_owned()]);
            assert_eq!(within(IndexQuery { tags, ..IndexQuery::default() }).await, ["old"]);
            let sources = Some(vec![archive.source]);
            assert_eq!(within(IndexQuery { sources, ..IndexQuery::default() }).await, ["middle", "old"]);
            let sources = Some(vec![]);
            assert_eq!(within(IndexQuery { sources, ..IndexQuery::default() }).await, <[&str; 0]>::default());
            let before = Some(vestnik::model::SortKey::floor(at(2)));
            assert_eq!(within(IndexQuery { before, ..IndexQuery::default() }).await, ["old"]);
            let since = before;
            assert_eq!(within(IndexQuery { since, ..IndexQuery::default() }).await, ["middle"]);
            archive.indexer.catch_up().await.unwrap();
        }
    }

    async fn pages_of_a_search_follow_each_other_without_gaps_or_repeats(opened) {
        let archive = Archive::over(opened).await;
        let all: Vec<Said> = (0..300)
            .map(|n| said(&format!("{n:03}"), "Клъстер", if n % 3 == 0 { "вода" } else { "град" }))
            .collect();
        archive.publish(&all).await;
        archive.indexer.catch_up().await.unwrap();
        let query = Query::parse("клъстер -град").unwrap();
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let within = IndexQuery { before, ..IndexQuery::default() };
            let page = vestnik::indexer::Search { query: query.clone(), within, limit: 7 };
            let page = archive.indexer.find(&page).await.unwrap();
            assert!(page.entries.len() <= 7);
            found.extend(page.entries.into_iter().map(|stored| stored.entry.public_id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let expected: Vec<String> = (0..300).rev().filter(|n| n % 3 == 0).map(|n| format!("{n:03}")).collect();
        assert_eq!(found, expected);
    }

    async fn entries_of_the_same_moment_are_told_apart(opened) {
        let archive = Archive::over(opened).await;
        // Some of a thousand share a place of the index.
        let entries = (0..1_000).map(|n| said(&format!("{n}"), "Общо", &format!("дума{n}")).entry(1)).collect();
        archive.commit(crate::storing::new(entries)).await;
        archive.indexer.catch_up().await.unwrap();
        assert_eq!(archive.find("общо дума777").await, ["777"]);
        assert_eq!(archive.find("общо").await.len(), 1_000);
    }

    async fn a_channel_of_words_has_what_a_search_finds_as_soon_as_it_is_published(opened) {
        let archive = Archive::over(opened).await;
        let site = crate::publishing::sample::site();
        let press = vestnik::press::Press::new(
            archive.store().clone(),
            vestnik::clock::Clock::manual(at(100)).0,
            site,
            10,
        );
        let mut channel = crate::publishing::sample::channel("words", "Клъстери", "Clusters");
        channel.filter.text = Some("клъстер -река".to_owned());
        press.set_channels(vec![channel]);
        press.publish_all().await.unwrap();
        archive.publish(&three()).await;
        for _ in ["before it is indexed", "after it"] {
            press.publish_all().await.unwrap();
            let slug = "words".parse().unwrap();
            let feed = press.rendition(&slug, vestnik::model::Format::Json).await.unwrap().unwrap();
            let feed: serde_json::Value = serde_json::from_slice(&feed.identity).unwrap();
            let titles: Vec<&str> =
                feed["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
            assert_eq!(titles, ["Клъстерът в Болоня"]);
            archive.indexer.catch_up().await.unwrap();
        }
    }
}

/// Words of every kind: any form, either script and what looks alike in both, phrases, exclusions, beginnings, digits.
const QUERIES: [&str; 18] = [
    "клъстер",
    "КЛЪСТЕРИТЕ",
    "klaster",
    "sofia",
    "София",
    "\"умен град\"",
    "„умен град“",
    "град -вода",
    "иновац*",
    "уни*",
    "research",
    "cities city",
    "2018",
    "общо рядкост",
    "общ* рядкост",
    "-вода общо",
    // A Latin o and a Latin c among Cyrillic letters.
    "гоpод",
    "нищоподобно",
];

/// Every page of an answer, so many entries a page, and how many pages it took.
async fn all_pages(archive: &Archive<'_>, words: &str, limit: usize) -> (Vec<String>, usize) {
    let query = Query::parse(words).unwrap();
    let (mut found, mut pages, mut before) = (Vec::new(), 0, None);
    loop {
        let within = IndexQuery { before, ..IndexQuery::default() };
        let search = vestnik::indexer::Search { query: query.clone(), within, limit };
        let page = archive.indexer.find(&search).await.unwrap();
        assert!(page.entries.len() <= limit, "{words}");
        found.extend(page.entries.into_iter().map(|stored| stored.entry.public_id));
        pages += 1;
        before = page.next;
        if before.is_none() {
            return (found, pages);
        }
    }
}

#[tokio::test]
async fn both_databases_give_the_same_answers_in_the_same_order() {
    let Some(postgres) = crate::storing::open_postgres("the same search on both databases").await else {
        return;
    };
    let sqlite = crate::storing::open().await;
    let mut entries: Vec<Said> = ["entries.json", "second-entries.json"]
        .into_iter()
        .zip([
            include_str!("../fixtures/searching/entries.json"),
            include_str!("../fixtures/searching/second-entries.json"),
        ])
        .flat_map(|(name, text)| {
            let said: Vec<Said> = serde_json::from_str(text).unwrap();
            said.into_iter().map(move |said| Said { id: format!("{name}/{}", said.id), ..said })
        })
        .collect();
    // A common beginning with a rare word, over many pages of the index.
    entries.extend((0..1_500).map(|number| {
        let rare = if number % 100 == 7 { "рядкост" } else { "вода" };
        said(&format!("many/{number}"), &format!("Общо {number}"), &format!("Общност и град. {rare}"))
    }));
    let (of_sqlite, of_postgres) = (Archive::over(&sqlite).await, Archive::over(&postgres).await);
    for archive in [&of_sqlite, &of_postgres] {
        archive.publish(&entries).await;
        archive.indexer.catch_up().await.unwrap();
    }
    let mut queries: Vec<String> = QUERIES.iter().map(|query| (*query).to_owned()).collect();
    for fixture in [
        include_str!("../fixtures/searching/queries.json"),
        include_str!("../fixtures/searching/second-queries.json"),
    ] {
        let judged: Vec<serde_json::Value> = serde_json::from_str(fixture).unwrap();
        queries.extend(judged.iter().map(|judged| judged["query"].as_str().unwrap().to_owned()));
    }
    let mut found = 0;
    for query in &queries {
        let (expected, pages) = all_pages(&of_sqlite, query, 4).await;
        assert_eq!(all_pages(&of_postgres, query, 4).await, (expected.clone(), pages), "{query}");
        assert_eq!(
            all_pages(&of_postgres, query, 1_000).await.0,
            expected,
            "{query}: a page is a part of the whole"
        );
        found += expected.len();
    }
    assert!(found > 3_000, "{found}");
    assert_eq!(
        all_pages(&of_sqlite, "общ* рядкост", 4).await,
        (
            (0..1_500)
                .rev()
                .filter(|number| number % 100 == 7)
                .map(|number| format!("many/{number}"))
                .collect(),
            4,
        )
    );
}
