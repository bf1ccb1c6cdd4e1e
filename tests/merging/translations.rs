//! The same in other languages: linked where a publisher says so and the other is an entry that we know, and never guessed.

use std::sync::Arc;

use tokio::sync::Notify;
use vestnik::{
    clock::Clock,
    model::{Changes, Entry, EntryId, SourceId, Translation},
    stories::Stories,
};

use crate::storing::{Opened, at, collected, entry, new, on_both, spec};

struct Desk<'a> {
    opened: &'a Opened,
    stories: Stories,
    sources: Vec<SourceId>,
}

impl<'a> Desk<'a> {
    async fn over(opened: &'a Opened) -> Self {
        let specs = [spec("noi"), spec("noi-en")];
        let sources = opened.store.sync_sources(&specs, at(0)).await.unwrap();
        let stories = Stories::new(opened.store.clone(), Clock::manual(at(1_000)).0, Arc::new(Notify::new()));
        Desk { opened, stories, sources: sources.iter().map(|source| source.id).collect() }
    }

    /// Stores an entry of a source in a language and groups; `names` is the address that it calls the same in English.
    async fn store(&self, source: usize, minute: i64, language: &str, names: Option<&str>) -> EntryId {
        let (mut entry, key) = entry("noi", minute, language);
        entry.translations.extend(names.map(|link| translation("en", link)));
        self.keep(source, minute, entry, key).await
    }

    async fn keep(&self, source: usize, minute: i64, entry: Entry, key: vestnik::model::SortKey) -> EntryId {
        let (source, identity) = (self.sources[source], entry.identity.clone());
        self.opened.store.commit(collected(source, minute, new(vec![(entry, key)]))).await.unwrap();
        self.stories.group_all().await.unwrap();
        self.opened.store.known(source, Some(&[identity])).await.unwrap()[0].id
    }

    /// Goes through the whole index in pieces. Returns how much was taken out.
    async fn swept(&self) -> usize {
        let (mut after, mut swept) = (None, 0);
        loop {
            let (next, gone) = self.opened.store.sweep_story_keys(after, 2).await.unwrap();
            swept += gone;
            after = next;
            if next.is_none() {
                return swept;
            }
        }
    }

    /// The addresses of an entry in other languages.
    async fn of(&self, entry: EntryId) -> Vec<String> {
        let found = self.opened.store.translations_of(&[entry]).await.unwrap().remove(&entry);
        found
            .unwrap_or_default()
            .into_iter()
            .map(|other| format!("{} {}", other.language, other.link))
            .collect()
    }
}

fn translation(language: &str, link: &str) -> Translation {
    Translation { language: language.parse().unwrap(), link: link.to_owned() }
}

const TWENTY: &str = "https://noi.example/20";

on_both! {
    async fn a_translation_that_is_named_is_linked_from_both_whichever_came_first(opened) {
        let desk = Desk::over(opened).await;
        let bulgarian = desk.store(0, 10, "bg", Some(TWENTY)).await;
        assert_eq!(desk.of(bulgarian).await, <[&str; 0]>::default(), "nobody knows it yet");
        let english = desk.store(1, 20, "en", None).await;
        assert_eq!(desk.of(bulgarian).await, [format!("en {TWENTY}")]);
        assert_eq!(desk.of(english).await, ["bg https://noi.example/10"]);
        let later = desk.store(0, 30, "bg", Some(TWENTY)).await;
        assert_eq!(desk.of(later).await, [format!("en {TWENTY}")]);
        let waiting = opened.store.unpublished(100).await.unwrap();
        let sources: Vec<_> = waiting.iter().map(|row| row.source).collect();
        assert!(desk.sources.iter().all(|source| sources.contains(source)), "channels of both are rendered");
    }

    async fn nothing_is_guessed_and_what_is_withdrawn_is_not_linked(opened) {
        let desk = Desk::over(opened).await;
        let same_language = desk.store(0, 10, "en", Some(TWENTY)).await;
        let unknown = desk.store(0, 11, "bg", Some("https://elsewhere.example/1")).await;
        let home = desk.store(0, 12, "bg", Some("https://noi.example/")).await;
        let english = desk.store(1, 20, "en", None).await;
        for entry in [same_language, unknown, home, english] {
            assert_eq!(desk.of(entry).await, <[&str; 0]>::default());
        }
        let bulgarian = desk.store(0, 13, "bg", Some(TWENTY)).await;
        assert_eq!(desk.of(bulgarian).await.len(), 1);
        let changes = Changes { withdrawn: vec![english], ..Changes::default() };
        opened.store.commit(collected(desk.sources[1], 500, changes)).await.unwrap();
        desk.stories.group_all().await.unwrap();
        assert_eq!(desk.of(bulgarian).await, <[&str; 0]>::default());
    }

    async fn places_of_entries_that_are_gone_are_swept_piece_by_piece(opened) {
        let desk = Desk::over(opened).await;
        let bulgarian = desk.store(0, 10, "bg", Some(TWENTY)).await;
        desk.store(0, 11, "bg", None).await;
        assert_eq!(desk.swept().await, 0, "what is there stays");
        let changes = Changes { withdrawn: vec![bulgarian], ..Changes::default() };
        opened.store.commit(collected(desk.sources[0], 500, changes)).await.unwrap();
        desk.stories.group_all().await.unwrap();
        assert!(desk.swept().await >= 2, "its address, and that of its translation");
        assert_eq!(desk.swept().await, 0);
    }
}
