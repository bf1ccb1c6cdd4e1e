//! Search as a reader meets it: words in any form, in both scripts, over what is published and nothing else.

mod finding;
mod judged;

use serde::Deserialize;
use vestnik::{
    clock::Clock,
    indexer::{Indexer, Search},
    model::{Changes, Entry, Fingerprint, SafeHtml, SortKey, SourceId, StoredEntry},
    search::Query,
    store::{IndexQuery, RiverQuery, Store},
};

use crate::storing::{Opened, at, collected, entry, new, spec};

/// A house with one source and its search index.
pub(crate) struct Archive<'a> {
    pub(crate) opened: &'a Opened,
    pub(crate) source: SourceId,
    pub(crate) indexer: Indexer,
}

/// An entry that says this.
#[derive(Clone, Deserialize)]
pub(crate) struct Said {
    pub(crate) id: String,
    pub(crate) language: String,
    pub(crate) title: String,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

pub(crate) fn said(id: &str, title: &str, text: &str) -> Said {
    let (id, title, text) = (id.to_owned(), title.to_owned(), text.to_owned());
    Said { id, language: "bg".to_owned(), title, text, tags: Vec::new() }
}

impl Said {
    fn entry(&self, minute: i64) -> (Entry, SortKey) {
        let (mut entry, _) = entry("noi", minute, &self.language);
        entry.public_id = self.id.clone();
        entry.publisher_id = Some(self.id.clone());
        entry.identity = vestnik::model::Identity::of([self.id.as_str()]);
        entry.fingerprint = Fingerprint::of([self.title.as_str(), self.text.as_str()]);
        entry.title = self.title.clone();
        entry.content = Some(SafeHtml::sanitised(format!("<p>{}</p>", self.text)));
        entry.tags = self.tags.clone();
        let key = SortKey::new(at(minute), &entry.identity);
        (entry, key)
    }
}

impl<'a> Archive<'a> {
    pub(crate) async fn over(opened: &'a Opened) -> Self {
        let source = opened.store.sync_sources(&[spec("noi")], at(0)).await.unwrap()[0].id;
        let (clock, _) = Clock::manual(at(100));
        let indexer = Indexer::new(opened.store.clone(), clock);
        Archive { opened, source, indexer }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.opened.store
    }

    /// Publishes these, each a minute newer than the one before.
    pub(crate) async fn publish(&self, all: &[Said]) {
        let entries = all.iter().zip(1..).map(|(said, minute)| said.entry(minute)).collect();
        self.commit(new(entries)).await;
    }

    pub(crate) async fn commit(&self, changes: Changes) {
        self.store().commit(collected(self.source, 90, changes)).await.unwrap();
    }

    pub(crate) async fn river(&self) -> Vec<StoredEntry> {
        self.store().river(&RiverQuery { limit: 1_000, ..RiverQuery::default() }).await.unwrap()
    }

    /// The ids that a query finds, newest first.
    pub(crate) async fn find(&self, words: &str) -> Vec<String> {
        self.find_within(words, IndexQuery::default()).await
    }

    pub(crate) async fn find_within(&self, words: &str, within: IndexQuery) -> Vec<String> {
        let search = Search { query: Query::parse(words).unwrap(), within, limit: 1_000 };
        let found = self.indexer.find(&search).await.unwrap();
        found.entries.into_iter().map(|stored| stored.entry.public_id).collect()
    }
}
