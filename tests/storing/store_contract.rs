//! The contract of the store, each rule a test, on every backend that there is.

use vestnik::{
    model::{
        Changes, Collected, Entry, EntryState, Format, Health, KeptDocument, Outcome, SortKey, SourceSpec,
    },
    store::{Revision, RiverQuery},
};

use super::{at, collected, entry, new, on_both, spec};

fn titles_of(query: &[vestnik::model::StoredEntry]) -> Vec<String> {
    query.iter().map(|stored| stored.entry.public_id.clone()).collect()
}

on_both! {
    async fn an_entry_comes_back_as_it_was_written(opened) {
        let sources = opened.store.sync_sources(&[spec("noi")], at(0)).await.unwrap();
        let (written, key) = entry("noi", 1, "de-AT");
        opened.store.commit(collected(sources[0].id, 5, new(vec![(written.clone(), key)]))).await.unwrap();
        let read = opened.store.river(&RiverQuery { limit: 10, ..RiverQuery::default() }).await.unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].entry, written);
        assert_eq!(read[0].sort_key, key);
        assert_eq!(read[0].first_seen, at(5));
    }
}

on_both! {
    async fn validators_are_kept_byte_for_byte_and_stay_when_a_collection_brings_none(opened) {
        let id = opened.store.sync_sources(&[spec("noi")], at(0)).await.unwrap()[0].id;
        opened.store.commit(collected(id, 1, Changes::default())).await.unwrap();
        let bare = Collected {
            validators: None,
            body_hash: None,
            outcome: Outcome::Unchanged,
            ..collected(id, 2, Changes::default())
        };
        opened.store.commit(bare).await.unwrap();
        let state = opened.store.sources().await.unwrap().remove(0).state;
        assert_eq!(state.validators.etag.as_deref(), Some(&b"W/\"\xe9 raw\""[..]));
        assert_eq!(state.body_hash.as_deref(), Some("abc"));
        assert_eq!(state.next_due, Some(at(62)));
        assert_eq!(state.last_success, Some(at(2)));
    }
}

on_both! {
    async fn a_document_is_kept_until_it_is_not_needed(opened) {
        let id = opened.store.sync_sources(&[spec("noi")], at(0)).await.unwrap()[0].id;
        let document = |body: &'static [u8]| KeptDocument {
            url: "https://noi.example/news?page=1".parse().unwrap(),
            content_type: Some("text/html; charset=windows-1251".into()),
            content_language: None,
            body: body.into(),
        };
        for (kept, expected) in [
            (None, None),
            (Some(Some(document(b"\0\xff one"))), Some(document(b"\0\xff one"))),
            (None, Some(document(b"\0\xff one"))),
            (Some(Some(document(b"two"))), Some(document(b"two"))),
            (Some(None), None),
        ] {
            opened.store.commit(Collected { kept, ..collected(id, 1, Changes::default()) }).await.unwrap();
            assert_eq!(opened.store.kept_document(id).await.unwrap(), expected);
        }
    }
}

on_both! {
    async fn all_changes_at_one_place_of_the_river_are_indexed_at_once(opened) {
        let sources = opened.store.sync_sources(&[spec("noi")], at(0)).await.unwrap();
        let place = |place: i64, number: i64| SortKey(place * 16_384 + number);
        let entries = (0..6).map(|n| (entry("noi", n, "de").0, place(7 + n % 2, n)));
        opened.store.commit(collected(sources[0].id, 5, new(entries.collect()))).await.unwrap();
        let due = opened.store.due_terms(1).await.unwrap();
        assert_eq!((due.len(), due.entries.len()), (3, 3), "one change is asked for, with all of its place");
        opened.store.write_terms(&due, &["a ".to_owned(), "b ".to_owned(), "c ".to_owned()]).await.unwrap();
        let due = opened.store.due_terms(1).await.unwrap();
        assert_eq!((due.len(), due.entries.len()), (3, 3));
        opened.store.write_terms(&due, &["d ".to_owned(), "e ".to_owned(), "f ".to_owned()]).await.unwrap();
        assert!(opened.store.due_terms(1).await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_failure_counts_and_a_success_ends_the_count(opened) {
        let id = opened.store.sync_sources(&[spec("noi")], at(0)).await.unwrap()[0].id;
        for minute in [1, 2] {
            let failed = Collected {
                outcome: Outcome::Failed,
                health: Health::Failing,
                reason: Some("the server answered 500".into()),
                validators: None,
                ..collected(id, minute, Changes::default())
            };
            opened.store.commit(failed).await.unwrap();
        }
        let state = opened.store.sources().await.unwrap().remove(0).state;
        assert_eq!((state.failures, state.failing_since, state.health), (2, Some(at(1)), Health::Failing));
        assert_eq!(state.last_success, None);
        opened.store.commit(collected(id, 3, Changes::default())).await.unwrap();
        let state = opened.store.sources().await.unwrap().remove(0).state;
        assert_eq!((state.failures, state.failing_since, state.reason), (0, None, None));
    }
}

on_both! {
    async fn the_river_is_newest_first_and_answers_by_source_language_and_tag(opened) {
        let sources = opened.store.sync_sources(&[spec("a"), spec("b"), spec("c")], at(0)).await.unwrap();
        for (source, slug, language, numbers) in
            [(0, "a", "bg", [1, 4, 7]), (1, "b", "en", [2, 5, 8]), (2, "c", "bg-BG", [3, 6, 9])]
        {
            let entries = numbers.map(|number| entry(slug, number, language)).to_vec();
            opened.store.commit(collected(sources[source].id, 20, new(entries))).await.unwrap();
        }
        let ids = |numbers: &[(&str, i64)]| -> Vec<String> {
            numbers.iter().map(|(source, number)| format!("urn:{source}:{number}")).collect()
        };
        let all = RiverQuery { limit: 4, ..RiverQuery::default() };
        for (query, expected) in [
            (all.clone(), ids(&[("c", 9), ("b", 8), ("a", 7), ("c", 6)])),
            (
                RiverQuery { sources: Some(vec![sources[0].id, sources[1].id]), ..all.clone() },
                ids(&[("b", 8), ("a", 7), ("b", 5), ("a", 4)]),
            ),
            (RiverQuery { sources: Some(vec![]), ..all.clone() }, vec![]),
            (
                RiverQuery { languages: Some(vec!["bg".parse().unwrap()]), ..all.clone() },
                ids(&[("c", 9), ("a", 7), ("c", 6), ("a", 4)]),
            ),
            (
                RiverQuery {
                    sources: Some(vec![sources[0].id, sources[1].id]),
                    languages: Some(vec!["en".parse().unwrap()]),
                    ..all.clone()
                },
                ids(&[("b", 8), ("b", 5), ("b", 2)]),
            ),
            (
                RiverQuery { tags: Some(vec!["TAG1".into()]), ..all.clone() },
                ids(&[("c", 9), ("a", 7), ("b", 5), ("c", 3)]),
            ),
            (
                RiverQuery {
                    tags: Some(vec!["новини".into()]),
                    languages: Some(vec!["en".parse().unwrap()]),
                    ..all.clone()
                },
                ids(&[("b", 8), ("b", 5), ("b", 2)]),
            ),
            (RiverQuery { since: Some(SortKey::floor(at(8))), ..all }, ids(&[("c", 9), ("b", 8)])),
        ] {
            assert_eq!(titles_of(&opened.store.river(&query).await.unwrap()), expected, "{query:?}");
        }
    }
}

on_both! {
    async fn a_source_is_found_in_a_language_however_many_are_newer_in_another(opened) {
        let specs: Vec<SourceSpec> = (0..6).map(|number| spec(&format!("s{number}"))).collect();
        let sources = opened.store.sync_sources(&specs, at(0)).await.unwrap();
        for (number, source) in sources.iter().enumerate() {
            let slug = source.spec.slug.as_str();
            let mut entries = vec![entry(slug, 100 + number as i64, "en")];
            if number == 0 {
                entries.extend([entry(slug, 1, "bg"), entry(slug, 2, "de"), entry(slug, 3, "bg")]);
            }
            opened.store.commit(collected(source.id, 200, new(entries))).await.unwrap();
        }
        let query = |languages: &[&str], limit| RiverQuery {
            sources: Some(sources.iter().map(|source| source.id).collect()),
            languages: Some(languages.iter().map(|language| language.parse().unwrap()).collect()),
            limit,
            ..RiverQuery::default()
        };
        for (languages, limit, expected) in [
            (&["bg"][..], 3, &["urn:s0:3", "urn:s0:1"][..]),
            (&["bg", "de"], 2, &["urn:s0:3", "urn:s0:2"]),
            (&["bg", "bg-BG"], 2, &["urn:s0:3", "urn:s0:1"]),
            (&["de", "en"], 2, &["urn:s5:105", "urn:s4:104"]),
            (&["it"], 3, &[]),
        ] {
            let found = opened.store.river(&query(languages, limit)).await.unwrap();
            assert_eq!(titles_of(&found), expected, "{languages:?}");
        }
    }
}

on_both! {
    async fn an_update_replaces_the_entry_and_keeps_what_it_said_before(opened) {
        let id = opened.store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
        let (first, key) = entry("a", 1, "bg");
        opened.store.commit(collected(id, 2, new(vec![(first.clone(), key)]))).await.unwrap();
        let known = opened.store.known(id, Some(std::slice::from_ref(&first.identity))).await.unwrap().remove(0);
        let second = Entry { title: "Поправена".into(), tags: vec!["поправки".into()], ..first };
        let changes = Changes { updated: vec![(known.id, second.clone(), key)], ..Changes::default() };
        opened.store.commit(collected(id, 3, changes)).await.unwrap();
        let query = RiverQuery { limit: 10, ..RiverQuery::default() };
        let read = opened.store.river(&query).await.unwrap().remove(0);
        assert_eq!((read.entry, read.first_seen, read.changed), (second, at(2), at(3)));
        for (tag, count) in [("поправки", 1), ("новини", 0)] {
            let query = RiverQuery { tags: Some(vec![tag.into()]), ..query.clone() };
            assert_eq!(opened.store.river(&query).await.unwrap().len(), count, "{tag}");
        }
    }
}

on_both! {
    async fn a_withdrawn_entry_leaves_the_river_and_stays_known(opened) {
        let id = opened.store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
        opened.store.commit(collected(id, 2, new(vec![entry("a", 1, "bg")]))).await.unwrap();
        let known = opened.store.known(id, None).await.unwrap().remove(0);
        let changes = Changes { withdrawn: vec![known.id], ..Changes::default() };
        opened.store.commit(collected(id, 3, changes)).await.unwrap();
        assert!(opened.store.river(&RiverQuery { limit: 10, ..RiverQuery::default() }).await.unwrap().is_empty());
        assert_eq!(opened.store.known(id, None).await.unwrap()[0].state, EntryState::Withdrawn);
    }
}

on_both! {
    async fn what_changed_waits_in_the_outbox_until_it_is_published(opened) {
        let id = opened.store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
        opened.store.commit(collected(id, 1, Changes::default())).await.unwrap();
        assert!(opened.store.unpublished(10).await.unwrap().is_empty(), "nothing changed");
        opened.store.commit(collected(id, 2, new(vec![entry("a", 1, "bg")]))).await.unwrap();
        let waiting = opened.store.unpublished(10).await.unwrap();
        assert_eq!(waiting.iter().map(|entry| entry.source).collect::<Vec<_>>(), [id]);
        opened.store.published(&waiting).await.unwrap();
        assert!(opened.store.unpublished(10).await.unwrap().is_empty());
    }
}

on_both! {
    async fn entries_of_a_source_that_is_no_longer_declared_leave_the_river_and_return_with_it(opened) {
        let id = opened.store.sync_sources(&[spec("a"), spec("b")], at(0)).await.unwrap()[0].id;
        opened.store.commit(collected(id, 2, new(vec![entry("a", 1, "bg")]))).await.unwrap();
        let query = RiverQuery { limit: 10, ..RiverQuery::default() };
        for (declared, count) in [(vec![spec("b")], 0), (vec![spec("a"), spec("b")], 1)] {
            let sources = opened.store.sync_sources(&declared, at(3)).await.unwrap();
            assert_eq!(sources.len(), declared.len());
            assert_eq!(opened.store.river(&query).await.unwrap().len(), count);
        }
    }
}

on_both! {
    async fn a_source_whose_address_changes_is_asked_at_once_and_unconditionally(opened) {
        let id = opened.store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
        opened.store.commit(collected(id, 1, Changes::default())).await.unwrap();
        let same = opened.store.sync_sources(&[spec("a")], at(2)).await.unwrap().remove(0);
        assert_eq!((same.id, same.state.next_due), (id, Some(at(61))), "nothing changed: nothing is asked early");
        let moved = SourceSpec { url: Some("https://a.example/new".parse().unwrap()), ..spec("a") };
        let moved = opened.store.sync_sources(&[moved], at(2)).await.unwrap().remove(0);
        assert_eq!((moved.id, moved.state.next_due), (id, Some(at(2))));
        assert!(moved.state.validators.is_empty());
    }
}

on_both! {
    async fn what_was_acknowledged_is_there_after_a_restart(opened) {
        let store = &opened.store;
        let id = store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
        store.commit(collected(id, 2, new((0..300).map(|n| entry("a", n, "bg")).collect()))).await.unwrap();
        store.close().await;
        let store = opened.again().await;
        assert_eq!(store.count_published().await.unwrap(), 300);
        assert_eq!(store.known(id, None).await.unwrap().len(), 300);
    }
}

on_both! {
    async fn the_same_entry_committed_twice_is_stored_once(opened) {
        let id = opened.store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
        for minute in [1, 2] {
            opened.store.commit(collected(id, minute, new(vec![entry("a", 1, "bg")]))).await.unwrap();
        }
        assert_eq!(opened.store.count_published().await.unwrap(), 1);
    }
}

on_both! {
    async fn the_same_bytes_keep_the_date_of_whoever_published_them_first(opened) {
        let store = &opened.store;
        let revision = |hash: &str, minute| Revision {
            name: "all".into(),
            format: Format::Rss,
            hash: hash.into(),
            last_modified: at(minute),
        };
        let mut stamps = vec![store.revisions_stamp().await.unwrap()];
        for (hash, minute, expected) in [("a", 1, 1), ("a", 2, 1), ("b", 3, 3), ("b", 2, 3), ("a", 4, 4)] {
            store.set_revisions(&[revision(hash, minute)]).await.unwrap();
            let stored = store.revisions().await.unwrap().remove(&("all".to_owned(), Format::Rss)).unwrap();
            assert_eq!(stored.last_modified, at(expected));
            stamps.push(store.revisions_stamp().await.unwrap());
        }
        let changed: Vec<bool> = stamps.windows(2).map(|pair| pair[0] != pair[1]).collect();
        assert_eq!(changed, [true, false, true, false, true]);
    }
}
