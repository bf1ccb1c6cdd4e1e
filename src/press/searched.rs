//! The river of a channel that asks for words, in its file or in its address: what a search finds, in the other filters.

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
        let texts: Vec<&str> = [&channel.filter, &channel.narrowed]
            .into_iter()
            .filter_map(|filter| filter.text.as_deref())
            .collect();
        if texts.is_empty() {
            return store.river(query).await;
        }
        // All words have to be there. Whoever lets words into a filter has read them; what cannot be read finds nothing.
        let Ok(words) = Query::parse(&texts.join(" ")) else { return Ok(Vec::new()) };
        let within = IndexQuery {
            sources: query.sources.clone(),
            languages: query.languages.clone(),
            tags: query.tags.clone(),
            since: query.since,
            ..IndexQuery::default()
        };
        let search = Search { query: words, within, limit: query.limit as usize };
        let mut found = Indexer::new(store.clone(), clock.clone()).find(&search).await?.entries;
        found.retain(|stored| channel.takes_entry(stored));
        Ok(found)
    }
}
