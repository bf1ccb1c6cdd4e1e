//! What the store says when it cannot write.

use std::time::Duration;

use vestnik::{
    config::DatabaseUrl,
    model::Changes,
    store::{ClaimQuery, Store},
};

use super::{at, collected, entry, fill_the_disk, free_the_disk, new, on_both, spec};
use crate::support::postgres;

on_both! {
    async fn a_store_that_could_not_write_is_not_ready_until_it_can(opened) {
        let store = &opened.store;
        let id = store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
        store.check_writable().await.unwrap();
        let mut beside = opened.beside().await;
        fill_the_disk(&mut beside, "update on source_states").await;
        // Nobody has tried yet.
        store.check_writable().await.unwrap();
        store.commit(collected(id, 1, new(vec![entry("a", 1, "bg")]))).await.unwrap_err();
        store.check_writable().await.unwrap_err();
        assert_eq!(store.count_published().await.unwrap(), 0, "a document is written whole or not at all");
        free_the_disk(&mut beside).await;
        store.check_writable().await.unwrap();
        store.commit(collected(id, 2, new(vec![entry("a", 1, "bg")]))).await.unwrap();
        store.check_writable().await.unwrap();
    }
}

on_both! {
    async fn a_document_that_cannot_be_written_harms_only_itself(opened) {
        let store = &opened.store;
        let specs: Vec<_> = (0..20).map(|number| spec(&format!("s{number}"))).collect();
        let sources = store.sync_sources(&specs, at(0)).await.unwrap();
        let mut beside = opened.beside().await;
        fill_the_disk(&mut beside, "insert on entries when new.public_id = 'urn:s7:1'").await;
        let commits = sources.iter().map(|source| {
            let entries = vec![entry(source.spec.slug.as_str(), 1, "bg")];
            store.commit(collected(source.id, 1, new(entries)))
        });
        let written = futures_util::future::join_all(commits).await;
        for (source, written) in sources.iter().zip(written) {
            assert_eq!(written.is_err(), source.spec.slug.as_str() == "s7", "{}: {written:?}", source.spec.slug);
        }
        assert_eq!(store.count_published().await.unwrap(), 19);
        store.commit(collected(sources[7].id, 2, Changes::default())).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_goes_away_and_comes_back_is_used_again() {
    let Some(server) = postgres::Server::start() else {
        return postgres::left_out("a server that goes away and comes back");
    };
    let address = DatabaseUrl::Postgres(server.database().await);
    let store = Store::open(&address).await.unwrap();
    let id = store.sync_sources(&[spec("a")], at(0)).await.unwrap()[0].id;
    store.commit(collected(id, 1, new(vec![entry("a", 1, "bg")]))).await.unwrap();
    server.down();
    store.commit(collected(id, 2, new(vec![entry("a", 2, "bg")]))).await.unwrap_err();
    store.check_writable().await.unwrap_err();
    store.claim_due(&ClaimQuery::new(at(100), Duration::from_secs(60), 10)).await.unwrap_err();
    server.up();
    store.check_writable().await.unwrap();
    assert_eq!(store.count_published().await.unwrap(), 1, "what was acknowledged is there, and nothing else");
    store.commit(collected(id, 3, new(vec![entry("a", 2, "bg")]))).await.unwrap();
    assert_eq!(store.count_published().await.unwrap(), 2);
}
