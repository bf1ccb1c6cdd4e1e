//! Single rules of publishing, one sentence each.

use std::sync::Arc;

use vestnik::{
    model::{
        Attachment, Deleted, EntryState, Format, Language, PublishedEntry, Rights, SortKey, SourceId,
        SourceKind, TextPolicy,
    },
    publish::{Edition, Page, render},
};

use super::{
    assert_well_formed, print, print_channel,
    sample::{self, at, entry, html, partner, person, source},
};

const FEEDS: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];

/// What a reader library finds in a document: id, title, link, published, updated.
fn read(document: &str) -> Vec<(String, String, String, String, String)> {
    let feed = feed_rs::parser::parse(document.as_bytes()).expect("our own documents can be read");
    let date =
        |date: Option<chrono::DateTime<chrono::Utc>>| date.map(|date| date.to_rfc3339()).unwrap_or_default();
    let entry = |entry: feed_rs::model::Entry| {
        let link = entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
        (
            entry.id,
            entry.title.map(|title| title.content).unwrap_or_default(),
            link.map(|link| link.href.clone()).unwrap_or_default(),
            date(entry.published),
            date(entry.updated),
        )
    };
    feed.entries.into_iter().map(entry).collect()
}

/// A news item of a partner with these rights, changed as the test needs it.
pub(super) fn news(rights: Rights, change: impl FnOnce(&mut PublishedEntry)) -> PublishedEntry {
    let source = partner(rights.text, |source| source.spec.rights = rights);
    let mut news = entry(&source, 1, "A title", "https://noi.example.it/1", "2018-07-16T08:00:00Z");
    news.stored.entry.summary = html("<p>The <b>summary</b> of it.</p>");
    news.stored.entry.content = html("<p>The content <img src=\"https://noi.example.it/a.png\"> of it.</p>");
    change(&mut news);
    news
}

fn rights(text: TextPolicy) -> Rights {
    Rights { text, ..Rights::default() }
}

#[test]
fn readers_find_the_same_ids_links_dates_and_titles_in_every_format() {
    let mut entries = sample::newspaper();
    // A tag in a title is written differently in RSS, and a bare number is no Atom id: both have tests of their own.
    entries[2].stored.entry.title = "Digital Cities Challenge: next steps".to_owned();
    entries.retain(|entry| entry.stored.entry.publisher_id.as_deref() != Some("1234"));
    let [rss, atom, json] = FEEDS.map(|format| read(&print(&entries, format)));
    assert_eq!(rss.len(), 6);
    for ((rss, atom), json) in rss.iter().zip(&atom).zip(&json) {
        assert_eq!((&rss.0, &rss.2, &rss.3), (&atom.0, &atom.2, &atom.3));
        assert_eq!((&rss.0, &rss.2, &rss.3), (&json.0, &json.2, &json.3));
        assert_eq!((&atom.4, rss.1 == atom.1 || rss.1.is_empty()), (&json.4, true));
    }
}

#[test]
fn the_publishers_id_is_the_guid_byte_for_byte() {
    let cases = [
        ("https://noi.example.it/1?a=b&c", true, "<guid>https://noi.example.it/1?a=b&amp;c</guid>"),
        ("https://noi.example.it/1", false, "<guid isPermaLink=\"false\">https://noi.example.it/1</guid>"),
        ("1234 at noi", true, "<guid isPermaLink=\"false\">1234 at noi</guid>"),
        ("urn:uuid:1", true, "<guid isPermaLink=\"false\">urn:uuid:1</guid>"),
    ];
    for (id, permalink, expected) in cases {
        let entry = news(Rights::default(), |news| {
            news.stored.entry.publisher_id = Some(id.to_owned());
            news.stored.entry.id_is_permalink = permalink;
        });
        let document = print(&[entry], Format::Rss);
        assert!(document.contains(expected), "{expected} in {document}");
    }
}

#[test]
fn an_id_that_only_an_iri_can_be_is_encoded_where_no_iri_may_stand() {
    let entry = news(Rights::default(), |news| {
        news.stored.entry.public_id = "https://noi.example.it/новина?a=b&c".to_owned();
        news.stored.entry.publisher_id = Some(news.stored.entry.public_id.clone());
    });
    let encoded = "https://noi.example.it/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0?a=b&amp;c</id>";
    let [rss, atom, json] = FEEDS.map(|format| print(std::slice::from_ref(&entry), format));
    assert!(
        rss.contains("<guid isPermaLink=\"false\">https://noi.example.it/новина?a=b&amp;c</guid>"),
        "{rss}"
    );
    assert!(atom.contains(encoded), "{atom}");
    assert!(json.contains("\"publisher_id\":\"https://noi.example.it/новина?a=b&c\""), "{json}");
}

#[test]
fn the_tombstone_of_any_id_is_well_formed() {
    let gone = news(Rights::default(), |_| ());
    let public_id = "https://noi.example.it/новина?a=b&c=\"<x>'".to_owned();
    let ids = ["https://noi.example.it/?a=b&c=d".to_owned(), public_id];
    let deleted = ids.map(|public_id| Deleted {
        public_id,
        identity: gone.stored.entry.identity.clone(),
        at: at("2018-07-17T08:00:00Z"),
    });
    let (site, channels) = (sample::site(), sample::channels());
    let page = Page { deleted: &deleted, ..Page::new(&site, &channels, &channels[0], &[]) };
    let document = String::from_utf8(render(&page, Format::Atom).unwrap()).unwrap();
    assert_well_formed(&document);
    assert!(document.contains("ref=\"https://noi.example.it/?a=b&amp;c=d\""), "{document}");
}

#[test]
fn rss_has_the_first_enclosure_that_it_can_have_and_the_others_all() {
    let entry = news(rights(TextPolicy::Full), |news| {
        let file = |url: &str| Attachment {
            url: url.to_owned(),
            media_type: Some("audio/mpeg".to_owned()),
            ..Attachment::default()
        };
        news.stored.entry.attachments = vec![
            file("http://[2001:db8::1]/a.mp3"),
            file("https://a_b.example/b.mp3"),
            file("https://a.example/c.mp3"),
        ];
        news.stored.entry.link = Some("http://[2001:db8::1]/a".to_owned());
    });
    let [rss, atom, json] = FEEDS.map(|format| print(std::slice::from_ref(&entry), format));
    assert_eq!((rss.matches("<enclosure").count(), rss.contains("c.mp3\"")), (1, true), "{rss}");
    assert!(!rss.contains("2001:db8"), "{rss}");
    for document in [atom, json] {
        assert!(
            ["a.mp3", "b.mp3", "c.mp3", "]/a\""].iter().all(|part| document.contains(part)),
            "{document}"
        );
    }
}

#[test]
fn private_addresses_of_people_and_of_other_reports_stay_in_the_house() {
    let entry = news(Rights::default(), |news| {
        let mut author = person("Ada");
        author.url = Some("http://10.0.0.7/ada".to_owned());
        news.stored.entry.authors = vec![author];
        news.also = vec![vestnik::model::AlsoReported {
            source: "Intranet".to_owned(),
            title: "The same".to_owned(),
            link: "http://wiki.local/1".to_owned(),
            language: None,
        }];
    });
    for format in Format::ALL {
        let document = print(std::slice::from_ref(&entry), format);
        assert!(!document.contains("10.0.0.7") && !document.contains("wiki.local"), "{document}");
    }
}

#[test]
fn without_a_publishers_id_ours_is_the_guid() {
    let entry = news(Rights::default(), |news| {
        news.stored.entry.publisher_id = None;
        news.stored.entry.public_id = "tag:news.example.org,2026:entry/1".to_owned();
    });
    assert!(
        print(&[entry], Format::Rss)
            .contains("<guid isPermaLink=\"false\">tag:news.example.org,2026:entry/1</guid>")
    );
}

#[test]
fn a_guid_that_two_entries_claim_belongs_to_neither() {
    let numbered = |number: i64, id: &str| {
        let source = partner(TextPolicy::Excerpt, |source| source.id = SourceId(number));
        let mut entry = entry(
            &source,
            number,
            "A title",
            &format!("https://noi.example.it/{number}"),
            "2018-07-16T08:00:00Z",
        );
        entry.stored.entry.publisher_id = Some(id.to_owned());
        entry.stored.entry.id_is_permalink = false;
        entry.stored.entry.public_id = format!("tag:news.example.org,2026:entry/{number}");
        entry
    };
    let ids = read(&print(&[numbered(3, "42"), numbered(2, "41"), numbered(1, "42")], Format::Rss));
    let ids: Vec<&str> = ids.iter().map(|entry| entry.0.as_str()).collect();
    assert_eq!(ids, ["tag:news.example.org,2026:entry/3", "41", "tag:news.example.org,2026:entry/1"]);
}

#[test]
fn an_id_that_occurs_twice_stays_once_where_it_came_first() {
    let [mut first, mut second] = [0, 1].map(|_| news(Rights::default(), |_| ()));
    first.stored.entry.title = "First".to_owned();
    second.stored.entry.title = "Second".to_owned();
    for format in FEEDS {
        let read = read(&print(&[first.clone(), second.clone()], format));
        assert_eq!(read.iter().map(|entry| entry.1.as_str()).collect::<Vec<_>>(), ["First"]);
    }
}

#[test]
fn withdrawn_entries_do_not_leave() {
    let entry = news(Rights::default(), |news| news.stored.state = EntryState::Withdrawn);
    for format in Format::ALL {
        assert!(!print(std::slice::from_ref(&entry), format).contains("A title"), "{format:?}");
    }
}

#[test]
fn rights_decide_how_much_text_leaves_in_every_format() {
    let long = format!("<p>{}</p>", "word ".repeat(100));
    let short = Rights { excerpt_length: 20, ..rights(TextPolicy::Excerpt) };
    let cases = [
        (rights(TextPolicy::LinkOnly), None, None),
        (rights(TextPolicy::Excerpt), Some("The summary of it."), Some("The content")),
        (rights(TextPolicy::Full), Some("The content"), None),
    ];
    for (rights, shown, hidden) in cases {
        for format in FEEDS {
            let document = print(&[news(rights.clone(), |_| ())], format);
            assert!(document.contains("A title"));
            assert!(shown.is_none_or(|text| document.contains(text)), "{rights:?} {format:?}: {document}");
            assert!(hidden.is_none_or(|text| !document.contains(text)), "{rights:?} {format:?}: {document}");
            assert_eq!(document.contains("of it"), shown.is_some(), "{rights:?} {format:?}: {document}");
        }
    }
    for format in Format::ALL {
        let document = print(&[news(short.clone(), |news| news.stored.entry.summary = html(&long))], format);
        assert!(document.contains("word word word word…"), "{document}");
        assert!(!document.contains("word word word word word"), "{document}");
    }
}

#[test]
fn our_own_posts_leave_whole_whatever_is_declared() {
    let source = Arc::new(source(9, "posts", SourceKind::Local, "We", ""));
    let mut post = entry(&source, 1, "Ours", "https://news.example.org/posts/ours", "2018-07-16T08:00:00Z");
    post.stored.entry.content = html("<p>All of it, <img src=\"https://news.example.org/a.png\"> too.</p>");
    for format in FEEDS {
        let document = print(std::slice::from_ref(&post), format);
        assert!(document.contains("All of it") && document.contains("a.png"), "{document}");
    }
}

#[test]
fn pictures_leave_only_where_they_may() {
    for (images, format) in
        [true, false].into_iter().flat_map(|images| Format::ALL.map(|format| (images, format)))
    {
        let rights = Rights { images, ..rights(TextPolicy::Full) };
        let picture = |news: &mut PublishedEntry| {
            news.stored.entry.image = Some("https://noi.example.it/b.png".to_owned())
        };
        let document = print(&[news(rights, picture)], format);
        assert_eq!(document.contains("a.png"), images && format != Format::Html, "{format:?}");
        assert_eq!(document.contains("b.png"), images && format == Format::Json, "{format:?}");
    }
}

#[test]
fn files_leave_only_with_the_whole_text_and_have_a_type_and_a_length() {
    for (text, leaves) in
        [(TextPolicy::LinkOnly, false), (TextPolicy::Excerpt, false), (TextPolicy::Full, true)]
    {
        let file = |news: &mut PublishedEntry| {
            let file = Attachment {
                url: "https://noi.example.it/f".to_owned(),
                media_type: Some("no type".to_owned()),
                ..Attachment::default()
            };
            news.stored.entry.attachments =
                vec![file.clone(), Attachment { url: "javascript:x".to_owned(), ..file }];
        };
        for format in FEEDS {
            let document = print(&[news(rights(text), file)], format);
            assert_eq!(document.contains("https://noi.example.it/f"), leaves, "{text:?} {format:?}");
            assert_eq!(document.contains("application/octet-stream"), leaves, "{text:?} {format:?}");
            assert!(!document.contains("javascript"));
        }
    }
    let file = |news: &mut PublishedEntry| {
        news.stored.entry.attachments =
            vec![Attachment { url: "https://noi.example.it/f".to_owned(), ..Attachment::default() }];
    };
    let document = print(&[news(rights(TextPolicy::Full), file)], Format::Rss);
    assert!(document.contains(
        "<enclosure url=\"https://noi.example.it/f\" length=\"0\" type=\"application/octet-stream\"/>"
    ));
}

#[test]
fn the_credit_line_stands_under_every_text() {
    for text in [TextPolicy::LinkOnly, TextPolicy::Excerpt, TextPolicy::Full] {
        let rights = Rights { credit: Some("Text: A & B".to_owned()), ..rights(text) };
        for format in Format::ALL {
            let document = print(&[news(rights.clone(), |_| ())], format);
            let escaped = ["Text: A &amp; B", "Text: A &amp;amp; B", "Text: A &#38; B"];
            assert!(escaped.iter().any(|line| document.contains(line)), "{text:?} {format:?}: {document}");
        }
    }
}

#[test]
fn the_licence_is_said_in_every_feed() {
    let rights = Rights { licence: Some("CC BY 4.0".to_owned()), ..Rights::default() };
    let entries = [news(rights, |_| ())];
    assert!(print(&entries, Format::Rss).contains("<dc:rights>CC BY 4.0</dc:rights>"));
    assert!(print(&entries, Format::Atom).contains("<rights>CC BY 4.0</rights>"));
    assert!(print(&entries, Format::Json).contains("\"licence\":\"CC BY 4.0\""));
}

#[test]
fn credentials_and_mail_addresses_never_leave() {
    let source = partner(TextPolicy::Full, |source| {
        source.spec.url = "https://user:hunter2@noi.example.it/feed?token=hunter3".parse().ok();
        source.spec.home = "https://user:hunter2@noi.example.it/".parse().ok();
    });
    let mut news =
        entry(&source, 1, "A title", "https://user:hunter2@noi.example.it/1", "2018-07-16T08:00:00Z");
    news.stored.entry.publisher_id = None;
    news.stored.entry.public_id = "tag:news.example.org,2026:entry/1".to_owned();
    news.stored.entry.authors = vec![person("Jane")];
    for format in Format::ALL {
        let document = print(std::slice::from_ref(&news), format);
        assert!(!document.contains("hunter") && !document.contains("never@"), "{document}");
    }
}

#[test]
fn nothing_is_dated_after_it_was_stored() {
    let entry = news(Rights::default(), |news| {
        news.stored.entry.updated = Some(at("2031-01-01T00:00:00Z"));
        let mut source = (*news.source).clone();
        source.state.info.updated = Some(at("2031-01-01T00:00:00Z"));
        news.source = Arc::new(source);
    });
    for format in FEEDS {
        assert!(!print(std::slice::from_ref(&entry), format).contains("2031"));
    }
}

#[test]
fn years_have_four_digits() {
    let far = news(Rights::default(), |news| {
        news.stored.sort_key = SortKey::floor(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        news.stored.changed = chrono::DateTime::<chrono::Utc>::MAX_UTC;
    });
    for format in FEEDS {
        assert!(print(std::slice::from_ref(&far), format).contains("9999"), "{format:?}");
    }
}

#[test]
fn an_entry_without_an_author_is_its_publishers() {
    let atom = print(&[news(Rights::default(), |_| ())], Format::Atom);
    assert!(
        atom.contains("<author><name>NOI Techpark</name><uri>https://noi.example.it/en/</uri></author>"),
        "{atom}"
    );
    let json = print(&[news(Rights::default(), |_| ())], Format::Json);
    assert!(json.contains("\"authors\":[{\"name\":\"NOI Techpark\""), "{json}");
}

#[test]
fn an_atom_entry_without_a_link_has_content() {
    for text in [TextPolicy::LinkOnly, TextPolicy::Excerpt, TextPolicy::Full] {
        let entry = news(rights(text), |news| {
            news.stored.entry.link = None;
            news.stored.entry.id_is_permalink = false;
        });
        let document = print(&[entry], Format::Atom);
        assert!(document.contains("<content"), "{text:?}: {document}");
    }
}

#[test]
fn an_entry_with_nothing_but_an_id_is_still_valid() {
    let entry = news(Rights::default(), |news| {
        let entry = &mut news.stored.entry;
        (entry.title, entry.summary, entry.content, entry.link) = (String::new(), None, None, None);
        (entry.publisher_id, entry.id_is_permalink) = (None, false);
    });
    let rss = print(std::slice::from_ref(&entry), Format::Rss);
    assert!(rss.contains("<item><title>https://noi.example.it/1</title>"), "{rss}");
    assert!(
        print(std::slice::from_ref(&entry), Format::Atom).contains("<title>https://noi.example.it/1</title>")
    );
    assert!(print(&[entry], Format::Json).contains("\"content_text\":\"https://noi.example.it/1\""));
}

#[test]
fn an_id_that_is_no_iri_is_replaced() {
    for id in ["", "42", "a b"] {
        let entry = news(Rights::default(), |news| news.stored.entry.public_id = id.to_owned());
        let document = print(&[entry], Format::Atom);
        assert!(document.contains("<id>tag:news.example.org,2026:entry/"), "{id}: {document}");
    }
}

#[test]
fn the_language_of_a_channel_is_said_and_that_of_a_mixture_is_not() {
    let channels = sample::channels();
    let cases = [
        (Format::Rss, "<language>bg</language>"),
        (Format::Atom, "xml:lang=\"bg\""),
        (Format::Json, "\"language\":\"bg\""),
    ];
    for (format, expected) in cases {
        assert!(print_channel(&sample::site(), &channels[4], &[], format).contains(expected));
        assert!(!print_channel(&sample::site(), &channels[0], &[], format).contains(expected));
    }
}

#[test]
fn illegal_characters_never_reach_a_document_nor_end_a_section() {
    let evil = "a\u{0}b\u{b}]]\u{1}>c\u{ffff}";
    let entry = news(
        Rights { credit: Some(evil.to_owned()), licence: Some(evil.to_owned()), ..rights(TextPolicy::Full) },
        |news| {
            let entry = &mut news.stored.entry;
            entry.title = evil.to_owned();
            entry.summary = html(evil);
            entry.content = html(evil);
            entry.publisher_id = Some(evil.to_owned());
            entry.public_id = evil.to_owned();
            entry.tags = vec![evil.to_owned()];
            entry.authors = vec![person(evil)];
            entry.rights = Some(evil.to_owned());
        },
    );
    for format in [Format::Rss, Format::Atom] {
        let document = print(std::slice::from_ref(&entry), format);
        assert_well_formed(&document);
        assert_eq!(read(&document).len(), 1);
    }
}

#[test]
fn one_edition_gives_every_format() {
    let (site, channels, entries) = (sample::site(), sample::channels(), sample::newspaper());
    let page = Page::new(&site, &channels, &channels[0], &entries);
    assert_eq!(page.language, Language::bulgarian());
    let edition = Edition::of(&page);
    for format in Format::ALL {
        assert_eq!(edition.render(format).unwrap(), render(&page, format).unwrap());
    }
}
