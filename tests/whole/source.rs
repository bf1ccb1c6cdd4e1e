//! `vestnik source`, beside a daemon and without one.

use super::{House, eventually, polls};

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_shown_closely_and_collected_now_by_the_daemon_that_runs() {
    let house = House::build().await;
    house.write(
        "sources/slow.toml",
        &format!(
            "url = \"{}\"\n[polling]\ncron = \"0 4 1 1 *\"\n",
            house.partner("demo-green").spec().url.as_ref().unwrap().url()
        ),
    );
    let daemon = house.daemon().await;
    daemon.publishes("all", &house.titles()).await;
    let shown = eventually("it was collected once", async || {
        let shown = house.run(&["source", "slow", "--json"]).await.json();
        (shown["fetches"] == 1).then_some(shown)
    })
    .await;
    assert!(
        shown["next_due"].as_str().unwrap().contains("-01-01T02:00"),
        "New Year, at four in Sofia: {shown}"
    );
    let asked = house.run(&["source", "slow", "--now", "--json"]).await;
    let now = asked.json();
    assert_eq!(now["fetches"], 2, "{now}");
    let history = now["history"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert!(history[0]["at"].as_str() > history[1]["at"].as_str(), "the newest first: {now}");
    let text = house.run(&["source", "slow"]).await.well();
    for part in [
        "slow · ",
        "health",
        "polling",
        "at 0 4 1 1 *",
        "30 days",
        "2 fetches, 100.0 % went well",
        "AT (UTC)",
    ] {
        assert!(text.contains(part), "“{part}” is not in\n{text}");
    }
    let metrics = daemon.text("/metrics").await;
    assert!(metrics.contains("vestnik_source_up{source=\"slow\"} 1"), "{metrics}");
    assert!(metrics.contains("vestnik_sources{health=\"broken contract\"} 0"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_daemon_the_command_collects_by_itself_and_says_what_it_cannot_do() {
    let house = House::build().await;
    let before = polls(house.partner("demo-park")).len();
    let text = house.run(&["source", "demo-park", "--now"]).await.well();
    assert!(text.contains("1 fetch, 100.0 % went well"), "{text}");
    assert_eq!(polls(house.partner("demo-park")).len(), before + 1);
    for (arguments, said) in [
        (&["source", "demo-park", "--keep-address"][..], "has not moved"),
        (&["source", "demo-parc"], "did you mean “demo-park”?"),
        (&["source", "demo-park", "--accept-move", "--keep-address"], "cannot be used with"),
    ] {
        let ran = house.run(arguments).await;
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}
