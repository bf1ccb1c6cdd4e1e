//! The river of a channel that asks for words: what a search finds, in the channel's other filters.

use super::{Parts, Press};
use crate::{
    indexer::{Indexer, Search},
    model::{Channel, StoredEntry},
    search::Query,
    store::{IndexQuery, RiverQuery, StoreError},
};

impl Press {
    /// The part of the river that a channel asks for.
    pub(super) async fn river(
        &self,
        channel: &Channel,
        query: &RiverQuery,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let Parts { store, clock, .. } = &*self.0;
        let Some(text) = channel.filter.text.as_deref() else { return store.river(query).await };
        // Whoever lets words into a filter has read them; what cannot be read finds nothing.
        let Ok(words) = Query::parse(text) else { return Ok(Vec::new()) };
        let within = IndexQuery {
            sources: query.sources.clone(),
            languages: query.languages.clone(),
            tags: query.tags.clone(),
            since: query.since,
            ..IndexQuery::default()
        };
        let search = Search { query: words, within, limit: query.limit as usize };
        let mut found = Indexer::new(store.clone(), clock.clone()).find(&search).await?.entries;
        found.retain(|stored| channel.filter.takes_entry(stored));
        Ok(found)
    }
}
