//! Lists that pages read: the same on every database.

use vestnik::{
    model::{Changes, SortKey},
    store::{ListOf, ListQuery},
};

use super::{at, collected, entry, new, on_both, spec};

on_both! {
    async fn lists_go_by_source_tag_and_time_a_page_at_a_time(opened) {
        let store = &opened.store;
        let sources = store.sync_sources(&[spec("a"), spec("b")], at(0)).await.unwrap();
        for (source, slug, numbers) in [(0, "a", [1, 3, 5]), (1, "b", [2, 4, 6])] {
            let entries = numbers.map(|number| entry(slug, number, "bg")).to_vec();
            store.commit(collected(sources[source].id, 20, new(entries))).await.unwrap();
        }
        let list = |of: ListOf, since: Option<i64>, before: Option<SortKey>, limit: u32| async move {
            let since = since.map(|minute| SortKey::floor(at(minute)));
            let listed = store.list(&ListQuery { of, since, before, limit }).await.unwrap();
            let minutes = listed.iter().map(|stored| (stored.shown_date() - at(0)).num_minutes());
            (minutes.collect::<Vec<_>>(), listed.last().map(|last| last.sort_key))
        };
        let (first, last) = list(ListOf::All, None, None, 4).await;
        assert_eq!(first, [6, 5, 4, 3]);
        assert_eq!(list(ListOf::All, None, last, 4).await.0, [2, 1]);
        assert_eq!(list(ListOf::All, Some(3), None, 9).await.0, [6, 5, 4, 3]);
        assert_eq!(list(ListOf::Source(sources[1].id), None, None, 9).await.0, [6, 4, 2]);
        assert_eq!(list(ListOf::Tag("tag1".to_owned()), None, None, 9).await.0, [5, 3, 1]);
        assert_eq!(store.tags(9).await.unwrap(), ["tag0", "tag1", "новини"]);
        assert_eq!(store.newest_below(SortKey::floor(at(4))).await.unwrap().map(SortKey::at), Some(at(3)));
        assert_eq!(store.newest_below(SortKey::floor(at(1))).await.unwrap(), None);

        let known = store.known(sources[1].id, None).await.unwrap();
        let withdrawn = known.iter().map(|known| known.id).collect();
        let changes = Changes { withdrawn, ..Changes::default() };
        store.commit(collected(sources[1].id, 21, changes)).await.unwrap();
        assert_eq!(list(ListOf::All, None, None, 9).await.0, [5, 3, 1]);
        assert_eq!(store.tags(9).await.unwrap(), ["tag1", "новини"], "nothing published has tag0 any more");
    }
}
