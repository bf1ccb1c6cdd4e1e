//! The demo's partners: right while they work, and wrong in the way they are told to be.

use vestnik::{
    clock::Clock,
    demo::{Failure, Partner, Partners},
    fetch::Fetcher,
    model::{Document, FetchError, FetchOutcome, SourceKind, Validators},
    scrape,
};

use super::{document, failure, fetch_with, fetcher, limits, now};

async fn start() -> (Partners, Fetcher) {
    let (clock, _hand) = Clock::manual(now());
    (Partners::start(&clock).await.unwrap(), fetcher(limits()))
}

async fn ask(fetcher: &Fetcher, partner: &Partner, validators: &Validators) -> FetchOutcome {
    fetch_with(fetcher, partner.spec().url.as_ref().unwrap().url().as_str(), validators).await
}

/// Title and link of each entry.
fn entries(partner: &Partner, document: &Document) -> Vec<(String, String)> {
    let body = match partner.slug() {
        "demo-incubator" => encoding_rs::WINDOWS_1251.decode(&document.body).0.into_owned().into_bytes(),
        _ => document.body.to_vec(),
    };
    let base = document.url.url();
    if let Some(rules) = &partner.spec().rules {
        let content_type = document.content_type.as_deref();
        let feed = scrape::read(&body, content_type, base, rules, partner.spec().zone, now()).unwrap().feed;
        assert!(feed.entries.iter().all(|entry| entry.published.is_some() && entry.image.is_some()));
        let entry = |entry: &vestnik::model::ParsedEntry| {
            (entry.title.clone().unwrap().value, entry.link().unwrap().to_owned())
        };
        return feed.entries.iter().map(entry).collect();
    }
    let feed = feed_rs::parser::Builder::new().base_uri(Some(base)).build().parse(&body[..]).unwrap();
    let entry = |entry: feed_rs::model::Entry| {
        (entry.title.unwrap().content, entry.links.first().unwrap().href.clone())
    };
    feed.entries.into_iter().map(entry).collect()
}

#[tokio::test]
async fn six_partners_of_six_kinds_serve_their_newest_items() {
    let (partners, fetcher) = start().await;
    assert_eq!(partners.specs().len(), 6);
    for partner in partners.iter() {
        let found = entries(partner, &document(ask(&fetcher, partner, &Validators::default()).await));
        let titles: Vec<_> = found.iter().map(|(title, _)| title.clone()).rev().collect();
        assert_eq!(titles, partner.titles(), "{}", partner.slug());
        for (title, link) in found {
            assert!(link.starts_with(partner.origin()), "{link}");
            let article = document(fetch_with(&fetcher, &link, &Validators::default()).await);
            assert!(String::from_utf8_lossy(&article.body).contains(&title), "{link}");
        }
    }
    assert_eq!(partners.specs().iter().filter(|spec| spec.kind == SourceKind::Page).count(), 1);
}

#[tokio::test]
async fn the_charset_of_the_incubator_stands_only_in_http() {
    let (partners, fetcher) = start().await;
    let incubator = partners.get("demo-incubator").unwrap();
    let document = document(ask(&fetcher, incubator, &Validators::default()).await);
    assert_eq!(document.content_type.as_deref(), Some("text/xml; charset=windows-1251"));
    assert!(document.body.starts_with(b"<?xml version=\"1.0\"?>"));
    assert!(std::str::from_utf8(&document.body).is_err());
}

#[tokio::test]
async fn a_second_request_is_answered_304_until_something_is_published() {
    let (partners, fetcher) = start().await;
    for partner in partners.iter() {
        let first = document(ask(&fetcher, partner, &Validators::default()).await);
        let Validators { etag, last_modified } = first.validators.clone();
        assert!(etag.is_some() && last_modified.is_some());
        let by_tag = Validators { etag, last_modified: None };
        let by_date = Validators { etag: None, last_modified };
        for validators in [&first.validators, &by_tag, &by_date] {
            let outcome = ask(&fetcher, partner, validators).await;
            assert!(matches!(outcome, FetchOutcome::NotModified { .. }), "{outcome:?}");
        }
        let news = partner.publish_next();
        for validators in [&first.validators, &by_tag, &by_date] {
            let second = document(ask(&fetcher, partner, validators).await);
            assert_eq!(entries(partner, &second)[0].0, news.title);
        }
        let statuses: Vec<_> = partner.requests().iter().map(|request| request.status).collect();
        assert_eq!(statuses, [200, 304, 304, 304, 200, 200, 200]);
    }
}

#[tokio::test]
async fn partners_publish_in_turn_and_never_run_dry() {
    let (partners, _) = start().await;
    let news: Vec<_> = (0..60).map(|_| partners.publish_next().unwrap()).collect();
    let slugs: Vec<_> = news[..6].iter().map(|news| news.partner.as_str()).collect();
    let expected: Vec<_> = partners.iter().map(Partner::slug).collect();
    assert_eq!(slugs, expected);
    for partner in partners.iter() {
        let mut titles = partner.titles();
        titles.sort();
        titles.dedup();
        assert_eq!(titles.len(), 13, "no title twice");
    }
}

#[tokio::test]
async fn a_partner_breaks_as_it_is_told_and_recovers() {
    let (partners, _) = start().await;
    let hasty = vestnik::fetch::Limits { total_timeout: std::time::Duration::from_millis(100), ..limits() };
    let fetcher = fetcher(hasty);
    let portal = partners.get("demo-portal").unwrap();
    let none = Validators::default();
    document(ask(&fetcher, portal, &none).await);
    portal.break_down(Failure::Status(503));
    assert!(matches!(ask(&fetcher, portal, &none).await, FetchOutcome::Unavailable { .. }));
    portal.break_down(Failure::Hang);
    assert!(matches!(failure(ask(&fetcher, portal, &none).await), FetchError::Timeout { .. }));
    portal.break_down(Failure::Truncated);
    assert!(matches!(failure(ask(&fetcher, portal, &none).await), FetchError::Broken { .. }));
    portal.break_down(Failure::Refuse);
    let refused = failure(ask(&fetcher, portal, &none).await);
    assert!(matches!(refused, FetchError::Broken { .. } | FetchError::Connect { .. }), "{refused:?}");
    portal.recover();
    document(ask(&fetcher, portal, &none).await);
}

#[tokio::test]
async fn partners_stop_when_they_are_dropped() {
    let (partners, _) = start().await;
    let url = format!("{}/", partners.get("demo-portal").unwrap().origin());
    drop(partners);
    // Their servers end at the runtime's next turns.
    for _ in 0..1000 {
        if matches!(super::fetch(&url).await, FetchOutcome::Failed(FetchError::Connect { .. })) {
            return;
        }
    }
    panic!("still there");
}
