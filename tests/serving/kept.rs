//! What the application's own newsroom keeps in memory, and for how long.

use std::sync::Arc;

use vestnik::{
    app,
    clock::Clock,
    model::{Format, Slug, SourceKind, SourceSpec},
    press::Press,
    web::{Newsroom, SitePath, WebOptions},
};

use crate::{
    publishing::sample,
    storing::{Opened, at, collected, entry, new, open, spec},
};

/// More than the press keeps rendered without being told to.
const MANY: usize = 70;

async fn newsroom_over(opened: &Opened) -> (Press, app::Newsroom) {
    let (store, clock, site) = (opened.store.clone(), Clock::manual(at(0)).0, sample::site());
    let press = Press::new(store.clone(), clock.clone(), site.clone(), 10);
    press.publish_all().await.unwrap();
    let indexer = vestnik::indexer::Indexer::new(store.clone(), clock.clone());
    let translations = app::Translations::default();
    let options = WebOptions::default();
    let newsroom = app::Newsroom::new(press.clone(), store, indexer, clock, site, translations, options);
    (press, newsroom)
}

#[tokio::test]
async fn what_the_press_lets_go_is_not_kept() {
    let opened = open().await;
    let specs: Vec<SourceSpec> = (0..MANY).map(|number| spec(&format!("s{number}"))).collect();
    opened.store.sync_sources(&specs, at(0)).await.unwrap();
    let (press, newsroom) = newsroom_over(&opened).await;
    let first: Slug = "s0".parse().unwrap();
    let rendition = press.rendition(&first, Format::Rss).await.unwrap().unwrap();
    assert!(newsroom.channel(&first, Format::Rss).await.unwrap().is_some());
    let rendition = {
        let weak = Arc::downgrade(&rendition);
        drop(rendition);
        weak
    };
    for spec in &specs[1..] {
        assert!(newsroom.channel(&spec.slug, Format::Rss).await.unwrap().is_some());
    }
    assert!(rendition.upgrade().is_none(), "a rendition that nobody can get any more is kept");
    assert!(newsroom.channel(&first, Format::Rss).await.unwrap().is_some(), "and is made again");
}

#[tokio::test]
async fn a_post_has_a_page_as_long_as_it_is_published() {
    let opened = open().await;
    let local = SourceSpec { kind: SourceKind::Local, url: None, ..spec("posts") };
    let id = opened.store.sync_sources(&[local], at(0)).await.unwrap()[0].id;
    let (press, newsroom) = newsroom_over(&opened).await;
    let path = SitePath::Post("sreshti".parse().unwrap()).into();
    assert!(newsroom.document(&path).await.unwrap().is_none());
    let (mut post, key) = entry("posts", 1, "bg");
    post.link = Some("https://news.example.org/posts/sreshti".to_owned());
    opened.store.commit(collected(id, 1, new(vec![(post, key)]))).await.unwrap();
    press.publish_changes().await.unwrap();
    assert!(newsroom.document(&path).await.unwrap().is_some());
    let known = opened.store.known(id, None).await.unwrap().remove(0);
    let mut changes = new(vec![]);
    changes.withdrawn.push(known.id);
    opened.store.commit(collected(id, 2, changes)).await.unwrap();
    press.publish_changes().await.unwrap();
    assert!(newsroom.document(&path).await.unwrap().is_none());
}
