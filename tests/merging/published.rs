//! How a story is shown: once, led by its representative, with who else reports it in every format.

use vestnik::{
    clock::Clock,
    model::{Channel, EntryId, Format},
    press::Press,
};

use super::keeping::{Desk, HEADLINE};
use crate::{publishing::sample, storing::at};

struct House {
    desk: Desk,
    press: Press,
}

impl House {
    async fn open(sources: &[(&str, u32)], change: impl FnOnce(&mut Vec<Channel>)) -> Self {
        let desk = Desk::open(sources).await;
        let (clock, _) = Clock::manual(at(1_000));
        let press = Press::new(desk.store.clone(), clock, sample::site(), 5);
        let mut merged = sample::channel("merged", "Новини", "News");
        merged.stories = true;
        merged.window.entries = 5;
        let mut channels = vec![merged, sample::channel("plain", "Новини", "News")];
        change(&mut channels);
        press.set_channels(channels);
        press.publish_all().await.unwrap();
        House { desk, press }
    }

    async fn publish(&self) {
        self.desk.group().await;
        self.press.publish_changes().await.unwrap();
    }

    async fn document(&self, channel: &str, format: Format) -> String {
        let rendition = self.press.rendition(&channel.parse().unwrap(), format).await.unwrap().unwrap();
        String::from_utf8(rendition.identity.to_vec()).unwrap()
    }

    /// Ids of the channel's entries, in its order.
    async fn ids(&self, channel: &str) -> Vec<String> {
        let document: serde_json::Value =
            serde_json::from_str(&self.document(channel, Format::Json).await).unwrap();
        let items = document["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }
}

async fn two_reports(house: &House) -> (EntryId, EntryId) {
    let first = house.desk.store("sofia", 10, |_| {}).await;
    let second = house.desk.store("portal", 20, |_| {}).await;
    house.publish().await;
    (first, second)
}

const SOURCES: &[(&str, u32)] = &[("sofia", 50), ("portal", 10), ("noi", 50)];

#[tokio::test]
async fn a_channel_that_asks_for_stories_shows_each_once() {
    let house = House::open(SOURCES, |_| {}).await;
    two_reports(&house).await;
    assert_eq!(house.ids("merged").await, ["urn:sofia:10"]);
    assert_eq!(house.ids("plain").await, ["urn:portal:20", "urn:sofia:10"]);
    assert_eq!(house.ids("all").await, ["urn:sofia:10"], "the front page shows stories");
    assert_eq!(house.ids("portal").await, ["urn:portal:20"], "a channel leads with what it takes");
}

#[tokio::test]
async fn who_else_reports_it_stands_in_every_format() {
    let house = House::open(SOURCES, |_| {}).await;
    two_reports(&house).await;
    let atom = house.document("merged", Format::Atom).await;
    let link_to_portal = "href=\"https://portal.example/20\"";
    assert!(
        atom.contains("rel=\"related\"")
            && atom.contains(link_to_portal)
            && atom.contains(&format!("title=\"{HEADLINE}\"")),
        "{atom}"
    );
    assert!(atom.contains("Съобщава и: &lt;a href="), "{atom}");
    let rss = house.document("merged", Format::Rss).await;
    let links: Vec<&str> = rss.split('<').filter(|tag| tag.contains("\"related\"")).collect();
    let [link] = links.as_slice() else { panic!("{links:?}") };
    assert!(link.contains(link_to_portal) && link.contains(&format!("title=\"{HEADLINE}\"")), "{link}");
    assert!(rss.contains("Съобщава и:"), "{rss}");
    let json: serde_json::Value =
        serde_json::from_str(&house.document("merged", Format::Json).await).unwrap();
    let item = &json["items"][0];
    let also = serde_json::json!([{
        "source": "portal", "title": HEADLINE, "url": "https://portal.example/20", "language": "bg"
    }]);
    assert_eq!(item["_vestnik"]["also_reported_by"], also);
    assert!(item["content_html"].as_str().unwrap().contains("Съобщава и:"), "{item}");
    let html = house.document("merged", Format::Html).await;
    assert!(html.contains("Съобщава и:") && html.contains("href=\"https://portal.example/20\""), "{html}");
    assert!(!house.document("plain", Format::Rss).await.contains("Съобщава и"));
}

#[tokio::test]
async fn a_list_shows_every_entry_of_a_story_with_who_else_reports_it() {
    let house = House::open(SOURCES, |_| {}).await;
    let (first, second) = two_reports(&house).await;
    let stored = house.desk.opened.store.entries_by_id(&[second, first]).await.unwrap();
    let listed = house.press.accompanied(stored).await.unwrap();
    let also = |id| {
        let entry = listed.iter().find(|entry| entry.stored.id == id).unwrap();
        entry.also.iter().map(|also| also.source.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((also(first), also(second)), (vec!["portal"], vec!["sofia"]));
    let related = house.desk.opened.store.related().await.unwrap();
    let pairs: Vec<_> = related.iter().map(|(entry, other, _)| (*entry, *other)).collect();
    assert_eq!(pairs, [(first, second), (second, first)], "lists that show one are made anew with the other");
}

#[tokio::test]
async fn a_story_that_grows_neither_changes_its_id_nor_comes_up_again() {
    let house = House::open(SOURCES, |_| {}).await;
    two_reports(&house).await;
    house
        .desk
        .store("noi", 400, |entry| {
            "Друга новина, която няма нищо общо с първата".clone_into(&mut entry.title)
        })
        .await;
    house.publish().await;
    let before = house.ids("merged").await;
    assert_eq!(before, ["urn:noi:400", "urn:sofia:10"]);
    house.desk.store("noi", 500, |_| {}).await;
    house.publish().await;
    assert_eq!(house.ids("merged").await, before);
    assert!(house.document("merged", Format::Json).await.contains("https://noi.example/500"));
}

#[tokio::test]
async fn a_window_is_filled_from_below_where_stories_take_places() {
    let house = House::open(&[("aa", 50), ("bb", 50), ("cc", 50)], |_| {}).await;
    for number in 0..6 {
        for (source, minute) in [("aa", 0), ("bb", 1), ("cc", 2)] {
            house
                .desk
                .store(source, number * 10 + minute, |entry| {
                    entry.title = format!("Голяма новина {number} за клъстера и неговите партньори");
                })
                .await;
        }
    }
    house.publish().await;
    let leaders = [50, 40, 30, 20, 10].map(|number| format!("urn:aa:{number}"));
    assert_eq!(house.ids("merged").await, leaders);
}

#[tokio::test]
async fn the_others_step_forward_when_the_leader_is_withdrawn() {
    let house = House::open(SOURCES, |_| {}).await;
    let (first, _) = two_reports(&house).await;
    house.desk.withdraw("sofia", first).await;
    // Before the stories' desk has looked at it, too.
    house.press.publish_changes().await.unwrap();
    assert_eq!(house.ids("merged").await, ["urn:portal:20"]);
    house.publish().await;
    assert_eq!(house.ids("merged").await, ["urn:portal:20"]);
    assert!(!house.document("merged", Format::Rss).await.contains("sofia.example/10"));
}

crate::storing::on_postgres_too! {
    a_channel_that_asks_for_stories_shows_each_once,
    who_else_reports_it_stands_in_every_format,
    a_list_shows_every_entry_of_a_story_with_who_else_reports_it,
    a_story_that_grows_neither_changes_its_id_nor_comes_up_again,
    a_window_is_filled_from_below_where_stories_take_places,
    the_others_step_forward_when_the_leader_is_withdrawn,
}
