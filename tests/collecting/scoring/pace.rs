//! 4. When to ask again.

use super::*;

/// How long after a first answer with these headers and this channel it is asked again, and after a 304 with these.
async fn waits(headers: &[(&str, &str)], channel: &str) -> (Duration, Duration) {
    let raw: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let first = Reply::ok(&[&raw[..], &[("ETag", b"\"1\"")]].concat(), &rss_with(channel, &["a", "b"]));
    let server = Server::script(vec![first, Reply::status(304, &raw)]).await;
    let bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    bureau.tick().await;
    let first = bureau.next().await;
    (first, bureau.wait().await)
}

#[track_caller]
fn about(wait: Duration, expected: Duration) {
    let most = (expected * 11 / 10).min(DAY);
    assert!(wait >= expected.min(DAY * 9 / 10) && wait <= most, "{wait:?} is not about {expected:?}");
}

#[tokio::test]
async fn the_pace_is_seven_days_by_the_entries_a_week_between_15_minutes_and_a_day() {
    // Two entries of this hour count as of a day: 14 a week.
    let (first, second) = waits(&[], "").await;
    about(first, HOUR * 12);
    about(second, HOUR * 12);
}

#[tokio::test]
async fn cache_lifetimes_raise_it_less_age_and_also_those_of_a_304() {
    for (headers, hours) in [
        (&[("Cache-Control", "max-age=64800")][..], 18),
        (&[("Cache-Control", "max-age=64800"), ("Age", "10800")], 15),
        (&[("Expires", "Thu, 05 Mar 2026 04:30:00 GMT"), ("Date", "Wed, 04 Mar 2026 10:30:00 GMT")], 18),
        (&[("Cache-Control", "max-age=60")], 12),
    ] {
        let (first, second) = waits(headers, "").await;
        about(first, HOUR * hours);
        about(second, HOUR * hours);
    }
}

#[tokio::test]
async fn hints_of_the_document_raise_it() {
    about(waits(&[], "<ttl>1080</ttl>").await.1, HOUR * 18);
    let daily = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>";
    about(waits(&[], daily).await.1, DAY);
}

#[tokio::test]
async fn hours_and_days_that_the_feed_wants_skipped_are_skipped_in_gmt() {
    let hours: String = (20..24).chain(0..3).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let channel = format!("<skipHours>{hours}</skipHours>");
    // Asked at 10:30, twelve hours and a little later is within the skipped ones.
    let (first, _) = waits(&[], &channel).await;
    assert!(first >= HOUR * 16 && first <= HOUR * 18, "{first:?}");
    let (first, _) = waits(&[], "<skipDays><day>Wednesday</day></skipDays>").await;
    assert!(first >= HOUR * 13 + MINUTE * 30, "{first:?}");
}

#[tokio::test]
async fn a_source_can_fix_its_interval_or_its_moments() {
    let server = Server::always(Reply::ok(&[("Cache-Control", b"max-age=86400")], &rss(&["a"]))).await;
    for (interval, cron, expected) in
        [(Some(MINUTE * 7), None, MINUTE * 7), (None, Some("0 15 * * *"), HOUR * 2 + MINUTE * 30)]
    {
        let mut spec = feed_at("a", server.url("/"));
        spec.polling.interval = interval;
        spec.polling.cron = cron.map(|line| line.parse().unwrap());
        let bureau = Bureau::open(vec![spec]).await;
        bureau.tick().await;
        // 15:00 in Sofia, the zone of the site.
        about(bureau.wait().await, expected);
    }
}

#[tokio::test]
async fn restarts_never_ask_early() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let mut bureau = Bureau::open(vec![feed_at("a", server.url("/"))]).await;
    bureau.tick().await;
    for _ in 0..10 {
        bureau.hand.advance(MINUTE);
        bureau.restart().await;
        bureau.tick().await;
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn sources_that_began_together_do_not_stay_together() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let specs =
        (0..20).map(|n| feed_at(&format!("s{n}"), at(&format!("h{n}.example"), &server, "/"))).collect();
    let bureau = Bureau::open(specs).await;
    bureau.tick().await;
    let mut due: Vec<_> =
        bureau.sources().await.iter().map(|source| source.state.next_due.unwrap().timestamp()).collect();
    due.sort_unstable();
    due.dedup();
    assert!(due.len() > 15, "{due:?}");
}
