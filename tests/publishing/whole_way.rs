//! Whatever a publisher writes, in whatever field: collected, published, and read back without a fault.

use std::{path::PathBuf, process::Command, sync::Arc};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use vestnik::{
    model::{Deleted, Format, PublishedEntry, Rights, Source, SourceKind, TextPolicy, Timestamp},
    normalise,
    parse::{self, Hints},
    publish::{Gate, Page, Place, issue},
};

use super::sample::{self, at, source};
use crate::reading::fixtures::documents;

/// Reads feeds as subscribers' programs do, and prints what it stumbles over.
const FEEDPARSER: &str = "
import feedparser, json, sys
for path in sys.argv[1:]:
    feed = feedparser.parse(path)
    if feed.bozo: print(path, feed.bozo_exception)
    if not all(e.get('id') for e in feed.entries): print(path, 'an entry without an id')
";

fn now() -> Timestamp {
    at("2026-03-01T12:00:00Z")
}

fn partner() -> Source {
    let mut partner = source(1, "partner", SourceKind::Feed, "", "https://partner.example/feed");
    partner.spec.title = None;
    partner.spec.rights = Rights { text: TextPolicy::Full, images: true, ..Rights::default() };
    partner
}

/// Everything between the bytes of a partner and our documents, but for the database. None where the document is refused.
pub(super) fn publish(document: &[u8]) -> Option<Vec<(Format, Vec<u8>)>> {
    let mut source = partner();
    let base = "https://partner.example/feed".parse().unwrap();
    let feed = parse::parse(document, &Hints { base: Some(&base), ..Hints::default() }).ok()?;
    source.state.info = normalise::feed_info(&feed, now());
    let entries = sample::collected(feed, &Arc::new(source), now());
    let (site, channels) = (sample::site(), sample::channels());
    let page = Page::new(&site, &channels, &channels[0], &entries);
    let (kept, gone) = entries.split_at(entries.len() / 2);
    let deleted: Vec<Deleted> = gone.iter().map(withdrawn).collect();
    let place = Place { archive: Some(2), previous: Some(1) };
    let archive = Page { entries: kept, deleted: &deleted, place, ..page.clone() };
    let shown = String::from_utf8_lossy(document);
    let mut documents = Vec::new();
    for page in [page, archive] {
        let issue = issue(&page, &Format::ALL, now(), &Gate::default())
            .unwrap_or_else(|error| panic!("{error}\nof {shown}"));
        assert!(issue.quarantined.is_empty(), "{:?}\nof {shown}", issue.quarantined);
        super::hostile::check_documents(&issue.documents);
        documents.extend(issue.documents);
    }
    Some(documents)
}

fn withdrawn(published: &PublishedEntry) -> Deleted {
    let entry = &published.stored.entry;
    Deleted { public_id: entry.public_id.clone(), identity: entry.identity.clone(), at: now() }
}

/// What breaks documents, addresses, dates and languages.
fn hostile() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "",
        " ",
        "\u{0}",
        "\u{b}",
        "\u{1f}",
        "\u{85}",
        "\u{2028}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{fffd}",
        "\u{1F5DE}",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "<?x",
        "&nbsp;",
        "&amp;amp;",
        "&#0;",
        "&#x1F;",
        "&bogus;",
        "&",
        "<",
        ">",
        "\"",
        "'",
        "<b>",
        "</b>",
        "<b",
        "<img src=x onerror=alert(1)>",
        "<a href=\"/relative\">x</a>",
        "<a href=\"javascript:x\">y</a>",
        "<a href=\"https://a.example/50%\">x</a>",
        "<table><tr><td>x",
        "<svg><script>x</script></svg>",
        "<p style=\"x:y\">z</p>",
        "<iframe src=\"https://a.example/\"></iframe>",
        "<blink>x</blink>",
        "<custom-tag>x</custom-tag>",
        "1 < 2 > 0",
        "<img src=\"data:image/png;base64,AAAA\">",
        "<img srcset=\"/a 1x, https://a.example/b 2x\">",
        "<a href=\"#top\">x</a>",
        "https://a.example/",
        "https://a.example",
        "https://a.example?x=1",
        "https://a.example/a b",
        "https://a.example/[x]|y",
        "https://a.example/%zz",
        "https://a.example/50%",
        "https://новини.example/ж",
        "https://user:secret@a.example/",
        "//a.example/x",
        "http://[::1]/",
        "http://[::1",
        "https://a.example:99999/",
        "http:///x",
        "https:///a.example/x",
        "https://@a.example/x",
        "http:x",
        "javascript:alert(1)",
        "mailto:a@b.example",
        "tag:a.example:x",
        "tag:A.example,2026:x",
        "urn:x",
        "urn:uuid:1",
        "urn:a:b/c",
        "1234",
        "a b:c",
        "x:",
        "ftp://a.example/x",
        "https://a.example/a#b#c",
        "https://a.example/\\x",
        "https://a.example/a\u{301}",
        "http://localhost/",
        "http://10.0.0.1/x",
        "2026-02-30",
        "2026-13-01T00:00:00Z",
        "Mon, 31 Feb 2026 25:61:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "2099-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "99999-01-01",
        "1 Jan 26 10:00 XYZ",
        "bg",
        "bg_BG",
        "english",
        "xx-klingon",
        "x",
        "-1",
        "99999999999999999999",
        "10000000000000000000",
        "18446744073709551615",
        "audio/mpeg",
        "audio",
        "text/html; charset",
        "новини",
        "a\r\nb\tc",
        "Ivan <ivan@a.example>",
        "ivan@a.example (Ivan)",
        "mailto:ivan@a.example?subject=x",
        // Marks of direction, beyond the first plane, noncharacters, what only joins.
        "\u{202e}abc\u{202c}",
        "\u{2066}abc\u{2069}",
        "\u{200f}\u{200d}\u{feff}",
        "\u{1d11e}\u{1f468}\u{200d}\u{1f469}",
        "\u{1fffe}\u{10ffff}\u{e000}\u{e0001}",
        "\u{7f}\u{80}\u{96}\u{9f}",
        "e\u{301}\u{301}\u{301}\u{301}",
        // References to halves of pairs, and beyond Unicode.
        "&#xD800;",
        "&#xD83D;&#xDE00;",
        "&#55357;",
        "&#x110000;",
        "&#99999999999;",
        "&#-1;",
        "&#xFFFE;",
        "&#x96;",
        // Addresses that run, hold their document, or belong to nobody.
        "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHNjcmlwdD4=",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "vbscript:x",
        "blob:https://a.example/x",
        "https://xn--b1amarcd.example/",
        "https://XN--B1AMARCD.example/",
        "https://a_b.example/x.mp3",
        "https://a.example./x.mp3",
        "https://-a.example/x",
        "https://a..example/x",
        "https://1.2.3.4.5/x",
        "https://0x7f.1/x",
        "http://[2001:db8::1]:8080/x",
        "https://a.example:0/x",
        "https://a.example/?a=b&c=d&amp;e=%26",
        "https://a.example/;a=b?c#",
        "\u{feff}https://a.example/",
        "https://a.example/\r\nx: y",
        "TAG:a.example,2026:x",
        "tag:A@a.example,2026:x",
        "tag:a.example,2026:ж#y",
        "urn:uuid:60A76C80-D399-11D9-B93C-0003939E0AF6",
        "URN:isbn:ж",
        // Dates before, after and beside all others.
        "0000-00-00T00:00:00Z",
        "0000-01-01",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "-0001-01-01T00:00:00Z",
        "+12026-01-01T00:00:00Z",
        "2026-01-01T00:00:00-00:00",
        "2026-01-01T00:00:00+25:00",
        "2026-01-01T23:59:60Z",
        "2026-01-01T24:00:00Z",
        "Thu, 01 Jan 0000 00:00:00 -0000",
        "Fri, 31 Dec 9999 23:59:59 -1400",
        "-9223372036854775808",
        "1e400",
        "0",
        "00000",
        "3.5",
        "1,000",
        "x-private",
        "i-klingon",
        "zz",
        "xyz",
        "en-",
        "de-CH-1996-x-a-b-c",
        "a/b/c",
        "*/*",
    ]);
    let piece = prop_oneof![
        4 => known.prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => any::<char>().prop_map(String::from),
        1 => (1_usize..400).prop_map(|length| "я ".repeat(length)),
        1 => (1_usize..4000).prop_map(|length| "https://a.example/".to_owned() + &"x".repeat(length)),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A feed with these texts in every field that there is; `is_raw` writes them as they are, as careless programs do.
fn feed(kind: u8, texts: &[String], is_raw: bool) -> String {
    let text = |at: usize| {
        let text = &texts[at % texts.len()];
        if is_raw { text.clone() } else { escaped(text) }
    };
    let items = (0..3).map(|item| {
        let text = |at: usize| text(at + item * 7);
        match kind {
            0 => format!(
                "<item><title>{}</title><link>{}</link><description>{}</description><guid isPermaLink=\"{}\">{}</guid>\
                 <pubDate>{}</pubDate><author>{}</author><category domain=\"{}\">{}</category><comments>{}</comments>\
                 <enclosure url=\"{}\" length=\"{}\" type=\"{}\"/><source url=\"{}\">{}</source>\
                 <content:encoded>{}</content:encoded><dc:creator>{}</dc:creator><dc:language>{}</dc:language>\
                 <media:content url=\"{}\" type=\"{}\"/></item>",
                text(0), text(1), text(2), text(3), text(4), text(5), text(6), text(7), text(8), text(9), text(10), text(11),
                text(12), text(13), text(14), text(15), text(16), text(17), text(18), text(19)
            ),
            1 => format!(
                "<entry xml:lang=\"{}\"><title type=\"html\">{}</title><id>{}</id><link href=\"{}\" rel=\"{}\" hreflang=\"{}\"/>\
                 <updated>{}</updated><published>{}</published><author><name>{}</name><uri>{}</uri><email>{}</email></author>\
                 <summary type=\"html\">{}</summary><content type=\"html\">{}</content><category term=\"{}\" label=\"{}\"/>\
                 <rights>{}</rights><link rel=\"enclosure\" href=\"{}\" type=\"{}\" length=\"{}\" title=\"{}\"/></entry>",
                text(0), text(1), text(2), text(3), text(4), text(5), text(6), text(7), text(8), text(9), text(10), text(11),
                text(12), text(13), text(14), text(15), text(16), text(17), text(18), text(19)
            ),
            _ => serde_json::json!({
                "id": texts[item % texts.len()], "url": texts[(item + 1) % texts.len()], "title": texts[(item + 2) % texts.len()],
                "content_html": texts[(item + 3) % texts.len()], "summary": texts[(item + 4) % texts.len()],
                "image": texts[(item + 5) % texts.len()], "date_published": texts[(item + 6) % texts.len()],
                "date_modified": texts[(item + 7) % texts.len()], "language": texts[(item + 8) % texts.len()],
                "authors": [{ "name": texts[(item + 9) % texts.len()], "url": texts[(item + 10) % texts.len()] }],
                "tags": [texts[(item + 11) % texts.len()]],
                "attachments": [{ "url": texts[(item + 12) % texts.len()], "mime_type": texts[(item + 13) % texts.len()],
                                  "title": texts[(item + 14) % texts.len()], "size_in_bytes": 7 }]
            })
            .to_string(),
        }
    });
    let items: Vec<String> = items.collect();
    match kind {
        0 => format!(
            "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:media=\"http://search.yahoo.com/mrss/\"><channel><title>{}</title><link>{}</link><language>{}</language>\
             <copyright>{}</copyright>{}</channel></rss>",
            text(20),
            text(21),
            text(22),
            text(23),
            items.concat()
        ),
        1 => format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\"><title>{}</title><id>{}</id><link href=\"{}\"/>\
             <updated>{}</updated><rights>{}</rights>{}</feed>",
            text(20),
            text(21),
            text(22),
            text(23),
            text(24),
            text(25),
            items.concat()
        ),
        _ => format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":{},\"home_page_url\":{},\"items\":[{}]}}",
            serde_json::json!(texts[0]),
            serde_json::json!(texts[1 % texts.len()]),
            items.join(",")
        ),
    }
}

pub(super) fn any_feed() -> impl Strategy<Value = String> {
    (0_u8..3, proptest::collection::vec(hostile(), 1..26), any::<bool>())
        .prop_map(|(kind, texts, is_raw)| feed(kind, &texts, is_raw && kind < 2))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(300), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_collected_passes_the_gate(document in any_feed()) {
        publish(document.as_bytes());
    }
}

/// Texts of a length that nobody means, in every field by turns.
#[test]
fn what_is_much_too_long_passes_the_gate() {
    let long = |piece: &str, bytes: usize| piece.repeat(bytes / piece.len());
    let texts = |bytes: usize| {
        [long("я", bytes), long("a&amp;<b> ", bytes), format!("https://a.example/{}", long("x", bytes))]
    };
    // Of a feed's 26 texts, items take every seventh as their first: seven turns bring the long one into every field.
    let turned = |text: &String, turn: usize| {
        let mut all = vec!["a".to_owned(); 26];
        all[turn].clone_from(text);
        all
    };
    for (turn, text) in (0..7).flat_map(|turn| texts(64 << 10).map(move |text| (turn, text))) {
        for kind in 0..3 {
            publish(feed(kind, &turned(&text, turn), false).as_bytes());
        }
    }
    for text in texts(1 << 20) {
        publish(feed(0, &turned(&text, 0), false).as_bytes());
    }
}

/// Every id of a document is there once, whatever its entries were called.
#[test]
fn equal_ids_of_many_entries_are_different_in_what_is_published() {
    for id in ["1", "tag:a.example,2026:x", "", "\u{202e}", "urn:uuid:1", "https://a.example/"] {
        let items: String = (0..20)
            .map(|n| format!("<item><guid>{id}</guid><title>Entry {n}</title><description>Text {n}</description></item>"))
            .collect();
        let document = format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>");
        for (format, bytes) in publish(document.as_bytes()).unwrap().into_iter().take(3) {
            let text = String::from_utf8(bytes).unwrap();
            let shown = (0..20).filter(|n| text.contains(&format!("Entry {n}"))).count();
            assert_eq!(shown, 20, "{id:?} {format:?}: {text}");
        }
    }
}

#[test]
fn every_fixture_passes_the_gate() {
    let mut published = 0;
    for path in documents() {
        published += usize::from(publish(&std::fs::read(&path).unwrap()).is_some());
    }
    assert!(published > 20, "{published}");
}

#[test]
fn readers_find_nothing_to_complain_about() {
    let Some(python) = python_with_feedparser() else {
        return crate::whole::house::left_out(
            "reading hostile feeds with feedparser",
            "a python3 with feedparser",
        );
    };
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let generated = (0..120).map(|_| any_feed().new_tree(&mut runner).unwrap().current().into_bytes());
    let fixtures = documents().into_iter().map(|path| std::fs::read(path).unwrap());
    for (number, document) in generated.chain(fixtures).enumerate() {
        for (part, (format, bytes)) in publish(&document).unwrap_or_default().into_iter().enumerate() {
            if matches!(format, Format::Rss | Format::Atom) {
                let path: PathBuf = folder.path().join(format!("{number}-{part}.{}", format.extension()));
                std::fs::write(&path, bytes).unwrap();
                paths.push(path);
            }
        }
    }
    assert!(paths.len() > 100, "{}", paths.len());
    let read = Command::new(python).arg("-c").arg(FEEDPARSER).args(&paths).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(String::from_utf8_lossy(&read.stdout), "");
}

/// A Python that has feedparser, if there is one.
fn python_with_feedparser() -> Option<PathBuf> {
    let python = std::env::var_os("VESTNIK_TEST_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    let has = Command::new(&python).args(["-c", "import feedparser"]).output();
    has.is_ok_and(|output| output.status.success()).then_some(python)
}
