//! Subscription lists, in and out.

use vestnik::publish::{OpmlSource, read_opml, sources_opml};

use super::{assert_well_formed, documents::sources};

#[test]
fn what_is_exported_can_be_imported() {
    let mut sources = sources();
    sources[0].spec.groups = vec!["city".parse().unwrap(), "bulgaria".parse().unwrap()];
    sources[0].spec.url = "https://user:secret@sofia.example.org/feed".parse().ok();
    sources[0].spec.language = "bg".parse().ok();
    let text = String::from_utf8(sources_opml("Източници", &sources).unwrap()).unwrap();
    assert_well_formed(&text);
    assert!(!text.contains("secret"));
    let read = read_opml(&text).unwrap();
    let addresses: Vec<String> = read.iter().map(|source| source.url.as_ref().unwrap().to_string()).collect();
    // Only feeds: neither pages nor our own posts.
    assert_eq!(
        addresses,
        [
            "https://noi.example.org/feed",
            "https://old-partner.example.org/feed",
            "https://sofia.example.org/feed"
        ]
    );
    let city = OpmlSource {
        title: "Столична община".to_owned(),
        url: "https://sofia.example.org/feed".parse(),
        home: Some("https://sofia.example.org/".to_owned()),
        language: "bg".parse().ok(),
        groups: vec!["city".to_owned(), "bulgaria".to_owned()],
    };
    assert_eq!(read[2], city);
}

#[test]
fn other_peoples_lists_are_read() {
    let text = "\u{feff}<?xml version=\"1.0\"?>\n<!-- by hand --><opml version=\"1.0\"><head><title>x</title></head><body>\
        <outline text=\"Clusters\"><outline title=\"Greentech &amp; more\" text=\"\" type=\"rss\" xmlUrl=\" https://a.example/feed \"/>\
        <outline text=\"twice\" xmlUrl=\"https://a.example/feed\"/><outline text=\"a note\"/></outline>\
        <outline text=\"broken\" xmlUrl=\"feed://b\"/></body></opml>";
    let read = read_opml(text).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(
        (read[0].title.as_str(), read[0].groups.as_slice()),
        ("Greentech & more", &["Clusters".to_owned()][..])
    );
    assert!(read[1].url.is_err());
}

#[test]
fn what_is_no_list_is_refused_in_plain_words() {
    let deep = format!(
        "<opml version=\"2.0\"><head/><body>{}{}</body></opml>",
        "<outline text=\"x\">".repeat(100_000),
        "</outline>".repeat(100_000)
    );
    let cases = [
        ("", "not an OPML"),
        ("<html></html>", "not an OPML"),
        ("<opml version=\"2.0\"><head/><body></body></opml>", "it lists nothing"),
        ("<opml version=\"7\"><head/><body><outline text=\"\"/></body></opml>", "version"),
        (deep.as_str(), "nested"),
    ];
    for (text, expected) in cases {
        let error = read_opml(text).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}
