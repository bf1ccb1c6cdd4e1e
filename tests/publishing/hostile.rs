//! Values that a lenient parser takes for good and a reader of ours would not: whatever is stored, only sound addresses, ids, types
//! and languages leave, in every format. What leaves is read here by other means than those that wrote and checked it.

use std::sync::Arc;

use proptest::prelude::*;
use quick_xml::events::Event;
use scraper::{Html, Selector};
use vestnik::{
    model::{
        AlsoReported, Attachment, Format, Language, Person, PublishedEntry, Rights, Site, Source, SourceKind,
        TextPolicy, Translation,
    },
    publish::{
        Gate, Page, Theme, embed_fragment, embed_page, feeds_opml, issue, post_page, read_opml, sources_opml,
    },
};

use super::{
    documents::with_desk,
    sample::{self, at},
};

/// Attributes and elements of feeds and lists that hold an address, and members of JSON.
const ADDRESSES: [&str; 14] = [
    "href",
    "url",
    "uri",
    "src",
    "xmlUrl",
    "htmlUrl",
    "link",
    "comments",
    "docs",
    "icon",
    "logo",
    "home_url",
    "home_page_url",
    "feed_url",
];

/// What stands before, within and behind an address and is passed over, mended or refused by one parser and not by another.
fn odd() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "\u{0}",
        "\u{1}",
        "\u{b}",
        "\u{c}",
        "\u{e}",
        "\u{1f}",
        "\u{7f}",
        "\u{85}",
        "\t",
        "\n",
        "\r\n",
        " ",
        "\u{a0}",
        "\u{ad}",
        "\u{200b}",
        "\u{200d}",
        "\u{200e}",
        "\u{202e}",
        "\u{2028}",
        "\u{2060}",
        "\u{3000}",
        "\u{feff}",
        "\u{fffd}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{1ffff}",
        "\u{e0001}",
        "\\",
        "/",
        "//",
        "\\\\",
        "@",
        "a@",
        "a:b@",
        ":",
        "#",
        "##",
        "?",
        "??",
        "%",
        "%0",
        "%zz",
        "%00",
        "%0d%0a",
        "[",
        "]",
        "{",
        "}",
        "|",
        "^",
        "`",
        "<",
        ">",
        "\"",
        "'",
        "&",
        "&amp;",
        "&#10;",
        "&colon;",
        ";",
        ",",
        "..",
        "/../",
        "ж",
        "ß",
        "İ",
        "．",
        "。",
        "K",
        "𝐚",
        "e\u{301}",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

fn some_odd() -> impl Strategy<Value = String> {
    prop_oneof![5 => Just(String::new()), 2 => odd(), 1 => (odd(), odd()).prop_map(|(a, b)| a + &b)]
}

/// An address that is nearly one.
fn address() -> impl Strategy<Value = String> {
    let scheme = proptest::sample::select(vec![
        "https",
        "https",
        "https",
        "http",
        "HTTPS",
        "hTTp",
        "ht\ntps",
        "ftp",
        "feed",
        "javascript",
        "JavaScript",
        "vbscript",
        "data",
        "blob",
        "tag",
        "urn",
        "urn:uuid",
        "mailto",
        "https+x",
        "1https",
        "",
    ]);
    let separator = proptest::sample::select(vec![
        "://", "://", "://", "://", ":", ":/", ":///", ":\\\\", ":/\\", "//", "",
    ]);
    let host = proptest::sample::select(vec![
        "a.example",
        "a.example",
        "A.Example",
        "a.example.",
        "a_b.example",
        "-a.example",
        "a..example",
        "новини.example",
        "xn--b1amarcd.example",
        "xn--a.example",
        "localhost",
        "intranet",
        "10.0.0.1",
        "0x7f.1",
        "0300.0.0.1",
        "127.1",
        "1.2.3.4.5",
        "[::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[2001:db8::1%25eth0]",
        "[v1.x]",
        "[::1",
        "a%2eexample",
        "%61.example",
        "a,2026:x",
        "",
    ]);
    let port = proptest::sample::select(vec![
        "", "", "", "", ":", ":0", ":80", ":443", ":065", ":65536", ":-1", ":x", ":８０",
    ]);
    let path = proptest::sample::select(vec![
        "",
        "/",
        "/a",
        "/a?b=c#d",
        "?a",
        "#a",
        "/a%20b",
        "/50%",
        "/a b",
        "/новини",
        "/a;b=c",
        "/[x]",
        "/a#b#c",
        "/a\\b",
        "/<b>",
        "/\"x",
    ]);
    (some_odd(), scheme, some_odd(), separator, some_odd(), host, some_odd(), port, path, some_odd())
        .prop_map(|(before, scheme, inside, separator, user, host, behind, port, path, end)| {
            format!("{before}{scheme}{inside}{separator}{user}{host}{behind}{port}{path}{end}")
        })
}

fn text() -> impl Strategy<Value = String> {
    let markup = proptest::sample::select(vec![
        "новина",
        "<b>",
        "</p>",
        "<script>alert(1)</script>",
        "]]>",
        "<!--",
        "&lt;",
        "&#0;",
        "a < b",
        "\" onclick=\"x",
        "' x='",
        "<a href=\"",
    ]);
    let piece =
        prop_oneof![2 => markup.prop_map(str::to_owned), 2 => odd(), 1 => address(), 1 => "\\PC{0,8}"];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn media_type() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "audio/mpeg",
        "Audio/MPEG",
        "audio",
        "audio/",
        "/mpeg",
        "a/b/c",
        "*/*",
        "audio/mpeg; x",
        "text/html;charset=\"a",
        "аудио/mpeg",
        "audio/x mpeg",
        "image/svg+xml",
        "",
    ]);
    (some_odd(), known, some_odd()).prop_map(|(before, known, end)| format!("{before}{known}{end}"))
}

fn language() -> impl Strategy<Value = Option<Language>> {
    let known = proptest::sample::select(vec![
        "bg",
        "en-GB",
        "de-CH-1996",
        "zz",
        "xyz",
        "x-private",
        "i-klingon",
        "en-",
        "BG",
        "b",
        "en_US",
        "english",
        "en-a-bbb",
    ]);
    (known, some_odd()).prop_map(|(known, end)| format!("{known}{end}").parse().ok())
}

prop_compose! {
    fn any_entry()(
        addresses in proptest::collection::vec(address(), 16),
        texts in proptest::collection::vec(text(), 10),
        types in proptest::collection::vec(media_type(), 2),
        languages in proptest::collection::vec(language(), 4),
        has in any::<u16>(),
        length in proptest::option::of(any::<u64>()),
        (published, updated) in (any::<i64>(), any::<i64>()),
    ) -> PublishedEntry {
        let has = |bit: u16| has & (1 << bit) != 0;
        let mut taken = addresses.into_iter();
        let mut next = || taken.next().unwrap();
        let mut source = sample::source(1, "partner", SourceKind::Feed, "", "https://partner.example/feed");
        let text = if has(0) { TextPolicy::Full } else { TextPolicy::Excerpt };
        source.spec.rights =
            Rights { text, images: true, licence: Some(next()), credit: Some(texts[0].clone()), ..Rights::default() };
        source.spec.title = has(1).then(|| texts[1].clone());
        source.state.info.title = Some(texts[2].clone());
        source.state.info.id = Some(next());
        source.state.info.home = Some(next());
        source.state.info.rights = Some(texts[3].clone());
        let mut entry = sample::entry(&Arc::new(source), 1, &texts[4], "https://partner.example/1", "2018-07-16T08:00:00Z");
        entry.stored.id = vestnik::model::EntryId(published);
        let own = &mut entry.stored.entry;
        own.link = has(2).then(&mut next);
        own.publisher_id = has(3).then(&mut next);
        own.id_is_permalink = has(4);
        own.public_id = next();
        own.comments_url = Some(next());
        own.image = Some(next());
        own.rights = has(5).then(|| texts[5].clone());
        own.content = vestnik::normalise::sanitise(&texts[6], None).filter(|_| has(6));
        own.tags = vec![texts[7].clone()];
        own.language.clone_from(&languages[0]);
        own.authors = vec![Person { name: Some(texts[8].clone()), url: Some(next()), email: None }];
        own.attachments = types
            .into_iter()
            .map(|media_type| Attachment {
                url: next(),
                media_type: Some(media_type),
                length,
                title: Some(texts[9].clone()),
                ..Attachment::default()
            })
            .collect();
        let day = |seconds: i64| chrono::DateTime::from_timestamp(seconds % 1_700_000_000, 0);
        (own.published, own.updated) = (day(published), day(updated));
        let languages: Vec<Language> = languages.into_iter().flatten().collect();
        entry.translations = languages.iter().map(|language| Translation { language: language.clone(), link: texts[9].clone() }).collect();
        entry.translations.extend(languages.first().map(|language| Translation { language: language.clone(), link: next() }));
        entry.also = vec![AlsoReported {
            source: texts[1].clone(),
            title: texts[4].clone(),
            link: next(),
            language: languages.last().cloned(),
        }];
        entry
    }
}

/// An address of the web that every parser reads alike: nothing but the characters of RFC 3986, a host, nobody's name.
fn is_sound(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = &rest[..end];
    let characters =
        rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b));
    let encoded = rest.split('%').skip(1).all(|part| {
        part.len() >= 2 && part.is_char_boundary(2) && part[..2].bytes().all(|b| b.is_ascii_hexdigit())
    });
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && characters
        && encoded
        && !host.is_empty()
        && !host.contains('@')
        && !host.starts_with(':')
}

/// What anybody may be shown.
fn may_leave(address: &str) -> bool {
    is_sound(address) && !is_private(address)
}

/// An address within a text, as the WHATWG writes it: browsers may read it, and nothing hides in it.
fn is_link(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else { return false };
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && rest.starts_with(|c: char| !matches!(c, '/' | '?' | '#' | ':'))
        && !rest.split(['/', '?', '#']).next().unwrap_or_default().contains('@')
        && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\".contains(&b))
}

/// Within somebody's own network, whichever way it is written.
fn is_private(address: &str) -> bool {
    match address.parse::<url::Url>().unwrap().host().unwrap() {
        url::Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') && name != "localhost"
        }
        url::Host::Ipv4(ip) => ip.is_private(),
        url::Host::Ipv6(ip) => ip.is_unique_local() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_private()),
    }
}

fn check_xml(document: &str, is_fine: impl Fn(&str) -> bool) {
    let mut reader = quick_xml::NsReader::from_str(document);
    let mut open = Vec::new();
    let mut said = String::new();
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error} in {document}"));
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            for attribute in tag.attributes() {
                let attribute = attribute.unwrap();
                let name = attribute.key.local_name().as_ref().to_owned();
                let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap();
                // The style sheet's is a path; namespaces are no attributes.
                if ADDRESSES.contains(&name.as_str()) {
                    assert!(is_fine(&value), "{name}={value:?} in {document}");
                }
            }
        }
        match event {
            Event::Start(tag) => {
                open.push(tag.local_name().as_ref().to_owned());
                said.clear();
            }
            Event::Text(text) => said.push_str(&text.xml10_content()),
            Event::CData(text) => said.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().unwrap() {
                Some(c) => said.push(c),
                None => said.push_str(match reference.xml10_content().as_ref() {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    _ => "'",
                }),
            },
            Event::End(_) => {
                let name = open.pop().unwrap();
                if ADDRESSES.contains(&name.as_str()) && !said.is_empty() {
                    assert!(is_fine(&said), "<{name}>{said:?} in {document}");
                }
                if ["description", "encoded", "summary", "content"].contains(&name.as_str()) && open.len() > 2
                {
                    check_html(&said, false);
                }
                said.clear();
            }
            Event::Eof => return,
            _ => {}
        }
    }
}

fn check_json(value: &serde_json::Value, name: &str, document: &str) {
    match value {
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(name, value)| check_json(value, name, document));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| check_json(item, name, document)),
        serde_json::Value::String(text) if name == "content_html" || name == "html" => {
            check_html(text, false)
        }
        serde_json::Value::String(text)
            if ADDRESSES.contains(&name) || name == "image" || name == "external_url" =>
        {
            assert!(may_leave(text), "{name}: {text:?} in {document}");
        }
        _ => {}
    }
}

/// Nothing in it runs, and nothing in it leads where nobody meant. Our own pages also have paths and a style.
fn check_html(html: &str, is_page: bool) {
    let document = if is_page { Html::parse_document(html) } else { Html::parse_fragment(html) };
    let all = Selector::parse("*").unwrap();
    for element in document.select(&all) {
        let name = element.value().name();
        let forbidden = ["script", "iframe", "object", "embed", "base", "applet", "frame", "math"];
        assert!(!forbidden.contains(&name), "<{name}> in {html}");
        assert!(is_page || !["style", "meta", "link", "svg"].contains(&name), "<{name}> in {html}");
        for (attribute, value) in element.value().attrs() {
            assert!(
                !attribute.starts_with("on") && !["style", "srcdoc", "formaction"].contains(&attribute),
                "{attribute} in {html}"
            );
            let own = is_page
                && (value.starts_with('/') && !value.starts_with("//")
                    || value.starts_with('?')
                    || value.starts_with('#'));
            let is_mail = value.starts_with("mailto:") || value.starts_with("tel:");
            if ["href", "src", "action", "cite", "poster"].contains(&attribute) {
                assert!(own || is_mail || is_link(value), "{attribute}={value:?} in {html}");
            }
            if attribute == "srcset" {
                assert!(
                    value.split(", ").all(|one| is_link(one.split(' ').next().unwrap())),
                    "{value:?} in {html}"
                );
            }
            if ["lang", "hreflang"].contains(&attribute) {
                assert!(
                    value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
                    "{attribute}={value:?} in {html}"
                );
            }
        }
    }
}

/// What leaves of these entries, whatever it is written as.
pub(super) fn check_documents(documents: &[(Format, Vec<u8>)]) {
    for (format, bytes) in documents {
        let document = std::str::from_utf8(bytes).unwrap();
        match format {
            Format::Rss | Format::Atom => check_xml(document, may_leave),
            Format::Json => check_json(&serde_json::from_str(document).unwrap(), "", document),
            Format::Html => check_html(document, true),
        }
    }
}

fn check_everything(entries: &[PublishedEntry], site: &Site) {
    let channels = sample::channels();
    let page = Page::new(site, &channels, &channels[0], entries);
    let issue = issue(&page, &Format::ALL, at("2026-03-01T12:00:00Z"), &Gate::default())
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(issue.quarantined, []);
    check_documents(&issue.documents);
    with_desk("bg", |desk| {
        let pages = [
            embed_page(desk, &channels[0], entries, Theme::default()).unwrap(),
            embed_fragment(desk, &channels[0], entries).unwrap(),
            post_page(desk, &entries[0], &[]).unwrap(),
        ];
        pages.iter().for_each(|page| check_html(std::str::from_utf8(page).unwrap(), true));
    });
    let sources: Vec<Source> = entries.iter().map(|entry| (*entry.source).clone()).collect();
    let list = sources_opml(&site.title, &sources).unwrap();
    let list = std::str::from_utf8(&list).unwrap();
    // For whoever runs this site, who knows its neighbours.
    check_xml(list, is_sound);
    assert!(!list.contains("text=\"\""), "{list}");
    assert_eq!(read_opml(list).unwrap().len(), 1, "all have one address");
    check_xml(std::str::from_utf8(&feeds_opml(site, &channels).unwrap()).unwrap(), may_leave);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(300), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "a search for odd values, run by hand with PROPTEST_CASES; what it finds becomes a case beside what mended it"]
    fn only_what_is_sound_leaves(entries in proptest::collection::vec(any_entry(), 1..3)) {
        check_everything(&entries, &sample::site());
    }
}
