//! 6, 9 and 10. The network: names that lie, families that lead nowhere, and an outage of our own.

use vestnik::model::Health;

use super::*;
use crate::support::server::BlackHole;

#[tokio::test]
async fn a_silent_name_server_is_one_pause_and_no_penalty_for_anybody() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let specs: Vec<_> =
        (0..30).map(|n| feed_at(&format!("s{n:02}"), at(&format!("h{n}.example"), &server, "/"))).collect();
    let mut bureau = Bureau::open(specs).await;
    bureau.tick().await;
    assert_eq!(server.requests().len(), 30);
    bureau.names.set_silent(true);
    bureau.restart().await;
    bureau.hand.advance(DAY);
    bureau.tick().await;
    assert!(bureau.parts.ingest.outage().since().is_some());
    // An hour without a name server: a question now and then, and nobody is blamed.
    for _ in 0..60 {
        bureau.hand.advance(MINUTE);
        bureau.tick().await;
    }
    for source in bureau.sources().await {
        assert_eq!((source.health(), source.state.failures), (Health::Ok, 0), "{}", source.spec.slug);
        assert!(source.state.next_due.unwrap() <= bureau.later(MINUTE * 6), "it waits for the network alone");
    }
    bureau.names.set_silent(false);
    for _ in 0..8 {
        bureau.hand.advance(MINUTE);
        bureau.tick().await;
    }
    assert_eq!(bureau.parts.ingest.outage().since(), None);
    assert_eq!(server.requests().len(), 60, "each is asked once more");
}

#[tokio::test]
async fn one_name_that_is_no_more_is_the_fault_of_its_source() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let specs = vec![feed_at("a", at("gone.example", &server, "/")), feed_at("b", server.url("/"))];
    let bureau = Bureau::open(specs).await;
    bureau.names.set("gone.example", &[]);
    bureau.tick().await;
    let sources = bureau.sources().await;
    assert_eq!((sources[0].health(), sources[1].health()), (Health::Failing, Health::Ok));
    assert!(sources[0].state.reason.as_ref().unwrap().contains("no site named gone.example"));
    assert_eq!(bureau.parts.ingest.outage().since(), None);
}

#[tokio::test]
async fn a_name_that_turns_to_an_inner_address_is_refused_and_the_rest_stays() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let inner = Server::always(Reply::ok(&[], b"secret")).await;
    let url = at("rebinding.example", &server, "/");
    let mut bureau = Bureau::open(vec![feed_at("a", &url)]).await;
    bureau.tick().await;
    // A connection from before would be used again: it leads where it led.
    bureau.restart().await;
    for address in ["127.0.0.2", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.2", "64:ff9b::a00:1"] {
        bureau.names.set("rebinding.example", &[address]);
        bureau.hand.advance(DAY * 2);
        bureau.tick().await;
        let source = bureau.source().await;
        assert_eq!(source.health(), Health::Failing, "{address}");
        assert!(source.state.technical.unwrap().contains("is not a public address"), "{address}");
        assert_eq!(source.spec.url, Some(url.parse().unwrap()));
    }
    assert_eq!((server.requests().len(), inner.connections()), (1, 0));
    assert_eq!(bureau.parts.store.count_published().await.unwrap(), 1);
}

/// The client itself gives a connection one second here: who is reached is reached within that.
#[tokio::test]
async fn ipv4_is_reached_within_a_second_where_ipv6_leads_nowhere() {
    let server = Server::always(good("\"1\"", &["a"])).await;
    let Some(_hole) = BlackHole::at(format!("[::1]:{}", server.port()).parse().unwrap()).await else {
        return crate::whole::house::left_out("IPv6 that leads nowhere", "IPv6 on loopback");
    };
    let second = Limits {
        allow_networks: vec!["127.0.0.1/32".parse().unwrap(), "::1/128".parse().unwrap()],
        connect_timeout: SECOND,
        ..limits()
    };
    let specs = vec![
        feed_at("dual", at("dual.example", &server, "/")),
        feed_at("six", at("six.example", &server, "/")),
    ];
    let bureau = Bureau::open_with(specs, Duration::ZERO, second).await;
    bureau.names.set("dual.example", &["::1", "127.0.0.1"]);
    bureau.names.set("six.example", &["::1"]);
    // A machine that stands still for most of a second spoils an attempt, but not five of them.
    for _ in 0..5 {
        bureau.tick().await;
        let sources = bureau.sources().await;
        let six = sources.iter().find(|source| source.spec.slug.as_str() == "six").unwrap();
        assert_eq!(six.state.technical.as_deref(), Some("no answer within 1 s"), "IPv6 does lead nowhere");
        if !server.requests().is_empty() {
            return;
        }
        bureau.hand.advance(DAY);
    }
    panic!("IPv4 is not tried within a second");
}
