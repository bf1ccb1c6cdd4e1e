//! What the fuzz targets (`fuzz/`) found once, replayed: `tests/fixtures/fuzzing/<target>/` holds the inputs, each of which
//! broke a law that now holds.

mod laws;
mod payloads;

use std::{fs, path::Path};

use proptest::prelude::*;

fn replay(target: &str, law: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzzing").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let input = fs::read(&file).unwrap();
        let kept = std::panic::catch_unwind(|| law(&input));
        assert!(kept.is_ok(), "{} breaks a law", file.display());
    }
}

#[test]
fn decoding_keeps_its_laws() {
    replay("decode", laws::decode);
}

#[test]
fn repairing_keeps_its_laws() {
    replay("repair", laws::repair);
}

#[test]
fn the_reader_keeps_its_laws() {
    replay("reader", laws::reader);
}

#[test]
fn sanitising_keeps_its_laws() {
    replay("sanitise", laws::sanitise);
}

#[test]
fn dates_keep_their_laws() {
    replay("dates", laws::dates);
}

#[test]
fn subscription_lists_keep_their_laws() {
    replay("opml", laws::opml);
}

#[test]
fn rules_keep_their_laws() {
    replay("rules", laws::rules);
}

/// What an attacker writes into a field.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<script>alert(1)</script>",
        "<script",
        "</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<svg><style><img src=x onerror=alert(1)>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' &#x6A;avascript:alert(1)'>x</a>",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://a.example/\"onmouseover=alert(1)",
        "https://u:p@a.example/",
        "<details open ontoggle=alert(1)>",
        "<form action=javascript:alert(1)><button>",
        "<base href='https://evil.example/'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<template><script>",
        "<plaintext>",
        "<xmp><p>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&amp;lt;img src=x onerror=alert(1)&amp;gt;",
        "&#60;script&#62;",
        "<\u{200b}script>",
        "<scr<b>ipt>",
        "x",
        "\"",
        "'",
        ">",
        " ",
        "\u{0}",
        "\u{202e}",
    ]);
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

/// The same in every field of a format, escaped once or not at all.
fn documents(payload: &str, escaped: bool) -> [String; 4] {
    let escape = |text: &str| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let p = if escaped { escape(payload) } else { payload.to_owned() };
    let q = escape(payload).replace('\'', "&apos;");
    let rss = format!(
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/' \
         xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>\
         <channel><title>{p}</title><link>{p}</link><copyright>{p}</copyright><image><url>{p}</url></image><item>\
         <title>{p}</title><link>{p}</link><guid>{p}</guid><author>{p}</author><dc:creator>{p}</dc:creator>\
         <category domain='{q}'>{p}</category><comments>{p}</comments><source url='{q}'>{p}</source><dc:rights>{p}</dc:rights>\
         <description>{p}</description><content:encoded><![CDATA[{payload}]]></content:encoded><enclosure url='{q}' type='{q}'/>\
         <media:content url='{q}'><media:title>{p}</media:title></media:content><media:thumbnail url='{q}'/>\
         <itunes:image href='{q}'/></item></channel></rss>"
    );
    let atom = format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{q}'><title type='html'>{p}</title><icon>{p}</icon><entry>\
         <id>{p}</id><title>{p}</title><link href='{q}'/><link rel='enclosure' href='{q}' title='{q}'/><author><name>{p}</name>\
         <uri>{p}</uri></author><category term='{q}' label='{q}'/><rights type='html'>{p}</rights><summary type='html'>{p}</summary>\
         <content type='xhtml' xml:base='{q}'><div xmlns='http://www.w3.org/1999/xhtml'>{payload}</div></content>\
         <source><id>{p}</id><title>{p}</title><link rel='self' href='{q}'/></source></entry></feed>"
    );
    let json = serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "title": payload, "icon": payload, "items": [{
        "id": payload, "url": payload, "title": payload, "content_html": payload, "summary": payload, "image": payload,
        "authors": [{"name": payload, "url": payload}], "tags": [payload],
        "attachments": [{"url": payload, "mime_type": payload, "title": payload}],
    }]});
    let text = serde_json::json!({"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "content_text": payload}]});
    [rss, atom, json.to_string(), text.to_string()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_active_comes_from_a_feed_into_any_field_of_an_entry(payload in hostile(), escaped in any::<bool>()) {
        for document in documents(&payload, escaped) {
            laws::reader(format!("\n{document}").as_bytes());
        }
    }

    #[test]
    fn hostile_markup_is_sanitised_once_and_for_all(payload in hostile()) {
        laws::sanitise(payload.as_bytes());
    }
}
