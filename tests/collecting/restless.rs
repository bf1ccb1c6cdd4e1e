//! Entries that say something else at each fetch are not written and published each time; their last state comes in the end.

use std::time::Duration;

use vestnik::{clock::Clock, model::SourceSpec, normalise::REVISIONS_A_DAY, schedule::IntervalLimits};

use super::now;
use crate::{
    storing::{at, open, spec},
    support::server::{Reply, Server},
};

fn feed(readers: u32, updated: &str) -> Vec<u8> {
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title><id>urn:f</id><updated>2026-03-01T00:00:00Z</updated>\
         <entry><id>urn:1</id><title>News</title><updated>{updated}</updated><link href=\"https://n.example/1\"/>\
         <summary>Read by {readers} people</summary></entry></feed>"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_counter_in_a_text_is_written_a_few_times_a_day_and_its_last_state_in_the_end() {
    const OLD: &str = "2026-03-01T00:00:00Z";
    let most = REVISIONS_A_DAY;
    let fetches = most + 5;
    let mut replies: Vec<Reply> = (0..=fetches)
        .map(|readers| {
            let tag = format!("\"{readers}\"");
            Reply::ok(&[("ETag", tag.as_bytes())], &feed(readers, OLD))
        })
        .collect();
    // The publisher himself says that he changed it.
    replies.push(Reply::ok(&[("ETag", b"\"said\"")], &feed(1_000, "2026-03-04T12:00:00Z")));
    replies.push(Reply::ok(&[("ETag", b"\"again\"")], &feed(1_001, "2026-03-04T12:00:00Z")));
    // And a day later it is still the same.
    replies.push(Reply::ok(&[("ETag", b"\"again\"")], &feed(1_001, "2026-03-04T12:00:00Z")));
    let server = Server::script(replies).await;
    let opened = open().await;
    let spec = SourceSpec { url: Some(server.url("/feed").parse().unwrap()), ..spec("restless") };
    opened.store.sync_sources(&[spec], at(0)).await.unwrap();
    let (clock, hand) = Clock::manual(now());
    let ingest = super::ingest(&opened.store, &clock, IntervalLimits::default());
    let collect = async || {
        let source = opened.store.sources().await.unwrap().remove(0);
        let report = ingest.collect(&source).await.unwrap();
        hand.advance(Duration::from_secs(60));
        let stored = opened.store.newest_of(source.id, 1).await.unwrap().remove(0);
        (report.updated, stored.entry.summary.unwrap().as_str().to_owned())
    };
    assert_eq!(collect().await.0, 0);
    for readers in 1..=fetches {
        let (updated, text) = collect().await;
        let written = readers.min(most);
        assert_eq!(updated, usize::from(readers <= most), "fetch {readers}");
        assert!(text.contains(&format!("Read by {written} people")), "{text}");
    }
    // What was not taken over is not known: the question names the last document that was.
    let asked = server.requests();
    let last = asked.last().unwrap().text("if-none-match").unwrap();
    assert_eq!(last, format!("\"{most}\""));
    let (updated, text) = collect().await;
    assert_eq!((updated, text.contains("1000")), (1, true), "{text}");
    let (updated, text) = collect().await;
    assert_eq!((updated, text.contains("1000")), (0, true), "{text}");
    hand.advance(Duration::from_secs(24 * 3600));
    let (updated, text) = collect().await;
    assert_eq!((updated, text.contains("1001")), (1, true), "{text}");
}
