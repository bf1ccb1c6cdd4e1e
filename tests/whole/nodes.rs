//! Several nodes on one PostgreSQL.

use vestnik::{
    app::{Access, App, Strictness},
    clock::Clock,
    config::Settings,
    model::{Format, Rendition},
};

use super::House;
use crate::support::postgres;

async fn node(house: &House, address: &url::Url) -> App {
    let variables = [("VESTNIK_STORAGE__URL".to_owned(), address.to_string())];
    let settings = Settings::load(Some(&house.path("vestnik.toml")), variables.into_iter()).unwrap();
    App::open(settings, Clock::system(), Strictness::Strict, Access::Alone).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_publishes_another_serves_with_the_same_bytes_and_date() {
    let Some(address) = postgres::database("several nodes").await else { return };
    let house = House::build().await;
    let (one, other) = (node(&house, &address).await, node(&house, &address).await);
    for node in [&one, &other] {
        node.press().publish_all().await.unwrap();
    }
    one.collector().look().await;
    one.collector().idle().await;
    assert!(one.press().publish_changes().await.unwrap() > 0);
    other.tick().await;
    other.collector().idle().await;
    let all = async |node: &App| {
        node.press().rendition(&"all".parse().unwrap(), Format::Json).await.unwrap().unwrap()
    };
    let (first, second) = (all(&one).await, all(&other).await);
    let text = String::from_utf8(second.identity.to_vec()).unwrap();
    let partner = house.partners.iter().next().unwrap();
    assert!(partner.titles().iter().all(|title| text.contains(title.as_str())), "{text}");
    // Kept to the millisecond, served to the second.
    let date = |rendition: &Rendition| rendition.last_modified.timestamp_millis();
    assert_eq!((&first.hash, date(&first)), (&second.hash, date(&second)));
}
