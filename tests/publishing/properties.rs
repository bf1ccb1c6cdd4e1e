//! What holds for any entry at all.

use proptest::prelude::*;
use vestnik::model::{Attachment, Format, PublishedEntry, Rights, SafeHtml, TextPolicy};

use super::{
    assert_well_formed, print,
    sample::{self, partner, person},
};

/// Text with what breaks documents: markup, ends of sections, control characters, both scripts, the edges of Unicode.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}".boxed(),
        any::<char>().prop_map(String::from).boxed(),
        proptest::sample::select(vec![
            "]]>",
            "<![CDATA[",
            "<b>",
            "</p>",
            "<img src='a>b'>",
            "&amp;",
            "&#0;",
            "&nbsp;",
            "<!--",
            "-->",
            "<?xml",
            "\u{0}",
            "\u{b}",
            "\u{ffff}",
            "\u{fffe}",
            "\r\n",
            "\t",
            "\u{2028}",
            "новини",
            "\"",
            "'",
            "<",
            ">",
            "&",
            "https://x.example/",
            "javascript:",
        ])
        .prop_map(str::to_owned)
        .boxed(),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// An address with the same before, within and behind it.
fn address() -> impl Strategy<Value = String> {
    (nasty(), proptest::option::of(nasty())).prop_map(|(text, before)| match before {
        Some(before) => format!("{before}https://x.example/{text}"),
        None => text,
    })
}

prop_compose! {
    fn any_entry()(
        (link, person_url, file, licence) in (address(), address(), address(), address()),
        texts in proptest::collection::vec(nasty(), 9),
        policy in proptest::sample::select(vec![TextPolicy::LinkOnly, TextPolicy::Excerpt, TextPolicy::Full]),
        images in any::<bool>(),
        has in any::<u8>(),
        length in 0_u32..300,
        at in any::<i64>(),
    ) -> PublishedEntry {
        let [title, summary, content, id, public_id, author, tag, credit, name] = <[String; 9]>::try_from(texts).unwrap();
        let source = partner(policy, |source| {
            source.spec.rights = Rights {
                text: policy,
                excerpt_length: length,
                images,
                licence: (has & 1 != 0).then_some(licence),
                credit: (has & 2 != 0).then_some(credit),
                ..Rights::default()
            };
            source.spec.title = Some(name.clone());
            source.state.info.id = Some(name.clone());
            source.state.info.rights = Some(name);
        });
        let mut published = sample::entry(&source, 1, &title, "https://noi.example.it/1", "2018-07-16T08:00:00Z");
        published.stored.sort_key = vestnik::model::SortKey(at);
        let entry = &mut published.stored.entry;
        entry.summary = (has & 4 != 0).then(|| SafeHtml::sanitised(summary));
        entry.content = (has & 8 != 0).then(|| SafeHtml::sanitised(content));
        entry.publisher_id = (has & 16 != 0).then_some(id);
        entry.public_id = public_id;
        entry.link = (has & 32 != 0).then_some(link);
        entry.authors = vec![vestnik::model::Person { url: Some(person_url), ..person(&author) }];
        entry.tags = vec![tag];
        entry.image = Some(file.clone());
        entry.attachments = vec![Attachment { url: file.clone(), media_type: Some(file), ..Attachment::default() }];
        published
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_entry_gives_well_formed_documents_that_hold_it(entries in proptest::collection::vec(any_entry(), 0..4)) {
        for format in [Format::Rss, Format::Atom] {
            let document = print(&entries, format);
            assert_well_formed(&document);
            let feed = feed_rs::parser::parse(document.as_bytes()).expect("our own documents can be read");
            prop_assert_eq!(feed.entries.is_empty(), entries.is_empty());
        }
        let json: serde_json::Value = serde_json::from_str(&print(&entries, Format::Json)).unwrap();
        prop_assert_eq!(json["items"].as_array().unwrap().is_empty(), entries.is_empty());
        for item in json["items"].as_array().unwrap() {
            prop_assert!(item["id"].is_string() && (item["content_html"].is_string() || item["content_text"].is_string()));
        }
        print(&entries, Format::Html);
    }

    #[test]
    fn the_same_entries_are_the_same_bytes(entries in proptest::collection::vec(any_entry(), 0..4)) {
        for format in Format::ALL {
            prop_assert_eq!(print(&entries, format), print(&entries, format));
        }
    }

    #[test]
    fn an_excerpt_is_never_longer_than_agreed(text in nasty(), length in 0_u32..40) {
        let source = partner(TextPolicy::Excerpt, |source| source.spec.rights.excerpt_length = length);
        let mut entry = sample::entry(&source, 1, "A title", "https://noi.example.it/1", "2018-07-16T08:00:00Z");
        entry.stored.entry.content = Some(SafeHtml::sanitised(text));
        let json: serde_json::Value = serde_json::from_str(&print(&[entry], Format::Json)).unwrap();
        let shown = json["items"][0]["summary"].as_str().unwrap_or_default();
        prop_assert!(shown.trim_end_matches('…').chars().count() <= length as usize, "{}", shown);
    }
}
