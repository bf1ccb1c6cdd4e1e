//! What the public side says of itself in numbers.

use std::sync::atomic::Ordering;

use metrics_exporter_prometheus::PrometheusBuilder;
use reqwest::Method;
use vestnik::model::{Coding, Format};

use super::Desk;

#[tokio::test]
async fn answers_are_counted_by_kind_and_status() {
    let recorder = PrometheusBuilder::new().build_recorder();
    // The test and the server share this thread.
    let _local = metrics::set_default_local_recorder(&recorder);
    let desk = Desk::open().await;
    let atom = desk.shelf.rendition(Format::Atom);
    let (own, length) = (atom.etag(Coding::Identity), atom.identity.len());
    desk.get("/feeds/all.atom", &[]).await.bytes().await.unwrap();
    desk.get("/feeds/all.atom", &[("if-none-match", &own)]).await;
    desk.ask(Method::HEAD, "/feeds/all.atom", &[]).await;
    desk.get("/feeds/none.atom", &[]).await;
    desk.get("/wp-login.php", &[]).await;
    desk.get("/another-made-up-address", &[]).await;
    desk.get("/healthz", &[]).await;
    desk.ask(Method::POST, "/sources", &[]).await;
    assert_eq!(desk.shelf.asked.load(Ordering::Relaxed), 4);
    let text = recorder.handle().render();
    let count = |labels: &str| {
        let name = format!("vestnik_http_requests_total{{{labels}}} ");
        text.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or("none").to_owned()
    };
    for (labels, expected) in [
        (r#"route="feed",status="200""#, "2"),
        (r#"route="feed",status="304""#, "1"),
        (r#"route="feed",status="404""#, "1"),
        (r#"route="other",status="404""#, "2"),
        (r#"route="probe",status="200""#, "1"),
        (r#"route="sources",status="405""#, "1"),
        (r#"route="sources",status="200""#, "none"),
    ] {
        assert_eq!(count(labels), expected, "{labels} in\n{text}");
    }
    let bytes =
        text.lines().find(|line| line.starts_with("vestnik_http_response_bytes_total{route=\"feed\"}"));
    let bytes: usize = bytes.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    // The body once, and the line of the 404.
    assert!((length..length + 200).contains(&bytes), "{bytes} for {length}");
    assert!(text.contains("vestnik_http_connections 1"), "{text}");
    assert!(!text.contains("wp-login"));
}
