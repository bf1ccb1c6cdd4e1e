//! The gate refuses what the W3C validator refuses, names the entry, and lets the rest out.

use vestnik::{
    model::{EntryId, Format, Rights, SafeHtml, TextPolicy},
    publish::{
        Gate, Page,
        gate::{Expected, Fault},
        issue,
    },
};

use super::{
    print,
    rules::news,
    sample::{self, at},
};

const FEEDS: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];

fn faults(format: Format, document: &str) -> Vec<Fault> {
    let address = format!("https://news.example.org/feeds/all.{}", format.extension());
    let made = at("2026-01-01T00:00:00Z");
    Gate::default().check(format, document.as_bytes(), &Expected { address: &address, made })
}

#[test]
fn our_own_newspaper_passes() {
    for format in FEEDS {
        assert_eq!(faults(format, &print(&sample::newspaper(), format)), [], "{format:?}");
        assert_eq!(faults(format, &print(&[], format)), [], "{format:?}, empty");
    }
}

/// Each change of a sound document, and what the gate must say of it.
fn check_each(format: Format, cases: &[(&str, &str, &str)]) {
    let sound = print(&sample::newspaper(), format);
    for (from, to, expected) in cases {
        assert!(sound.contains(from), "{from} is not in {sound}");
        let found = faults(format, &sound.replacen(from, to, 1));
        let said = found.iter().any(|fault| fault.reason.contains(expected));
        assert!(said, "{format:?}: {from} → {to}: {found:?}");
    }
}

#[test]
fn rss_is_held_to_its_rules() {
    check_each(
        Format::Rss,
        &[
            ("</channel>", "", "not well-formed"),
            ("<title>", "<title>\u{1}", "U+0001"),
            ("<title>", "<title>&nbsp;", "no entity of XML"),
            ("<channel>", "<channel><nothing/>", "does not know"),
            ("<channel>", "<channel><title>x</title>", "twice"),
            ("<pubDate>Mon, ", "<pubDate>Tue, ", "day of the week"),
            ("2018 ", "18 ", "four-digit year"),
            ("2018 ", "2048 ", ""),
            (
                "<guid>",
                "<atom:link href=\"https://a.example/\" rel=\"alternate\"/><guid>",
                "second link of its item",
            ),
            (
                "<guid>",
                "<atom:link href=\"https://a.example/\" rel=\"related\" hreflang=\"x\"/><guid>",
                "language",
            ),
            ("<guid>", "<guid isPermaLink=\"maybe\">", "neither true nor false"),
            ("rel=\"self\"", "rel=\"other\"", "atom:link rel=self"),
            ("feeds/all.rss\"", "feeds/other.rss\"", "not where the document is served"),
            ("<link>https://", "<link>/", "not absolute"),
            ("<item><title>", "<item><title>a &lt;b&gt; ", "looks like a tag"),
            ("</item>", "<content:encoded>&lt;script&gt;</content:encoded></item>", "may not stand there"),
            ("<item>", "<item><author>somebody</author>", "e-mail"),
            ("<item>", "<item><enclosure url=\"https://a.example/b\" type=\"x/y\"/>", "no length"),
            (
                "<item>",
                "<item><enclosure url=\"https://a.example/b\" length=\"1\" type=\"x\"/>",
                "media type",
            ),
            ("<item>", "<item><dc:language>xx</dc:language>", "language"),
            ("<?xml version", " <?xml version", "not well-formed"),
            ("<item>", "<item><x:y/>", "not declared"),
        ],
    );
}

#[test]
fn atom_is_held_to_its_rules() {
    check_each(
        Format::Atom,
        &[
            ("</feed>", "", "not well-formed"),
            ("<entry>", "<entry><nothing/>", "does not know"),
            ("<entry>", "<entry><id>https://a.example/</id>", "twice"),
            ("<entry>", "<entry><id>relative</id>", "not absolute"),
            ("<updated>2018-", "<updated>18-", "RFC 3339"),
            ("<updated>2018-", "<updated>2048-", "future"),
            ("rel=\"self\"", "rel=\"selfish\"", "no relation"),
            ("feeds/all.atom\"", "feeds/other.atom\"", "not where the document is served"),
            (
                "<entry>",
                "<entry><link rel=\"alternate\" type=\"text/html\" href=\"https://a.example/\"/>",
                "second alternate",
            ),
            ("<entry>", "<entry><link href=\"relative\"/>", "not absolute"),
            ("<entry>", "<entry><author><uri>https://a.example/</uri></author>", "no name"),
            ("<entry>", "<entry><category/>", "no term"),
            ("type=\"html\">", "type=\"html\">&lt;b&gt;", "does not end"),
            ("type=\"html\">", "type=\"html\">&lt;a href=\"/x\"&gt;y&lt;/a&gt;", "relative"),
            ("type=\"html\">", "type=\"xhtml\">", "div"),
            ("xml:lang=\"bg\"", "xml:lang=\"bulgarian\"", "language"),
        ],
    );
}

#[test]
fn json_feed_is_held_to_its_rules() {
    check_each(
        Format::Json,
        &[
            ("{", "", "no JSON"),
            ("1.1", "1.0", "version"),
            ("\"feed_url\":\"https", "\"feed_url\":\"http", "not where the document is served"),
            ("\"date_published\":\"2018", "\"date_published\":\"2048", "future"),
            ("\"id\":\"https", "\"id\":7,\"x\":\"https", "no text"),
            ("\"url\":\"https", "\"url\":\"/", "not absolute"),
        ],
    );
}

#[test]
fn two_entries_with_one_id_are_found() {
    for format in FEEDS {
        let document = print(&sample::newspaper(), format);
        let (start, end) = match format {
            Format::Rss => ("<item>", "</item>"),
            Format::Atom => ("<entry>", "</entry>"),
            _ => ("\"items\":[", "},{\"id\""),
        };
        let from = document.find(start).unwrap();
        let length = document[from..].find(end).unwrap() + end.len();
        let (once, twice) = match format {
            Format::Json => {
                let item = &document[from + start.len()..from + length - end.len() + 1];
                (start.to_owned(), format!("{start}{item},"))
            }
            _ => (document[from..from + length].to_owned(), document[from..from + length].repeat(2)),
        };
        let found = faults(format, &document.replacen(&once, &twice, 1));
        assert!(found.iter().any(|fault| fault.reason.contains("another")), "{format:?}: {found:?}");
        assert!(found.iter().all(|fault| fault.item == Some(1)), "{format:?}: {found:?}");
    }
}

#[test]
fn the_entry_at_fault_is_named_and_the_rest_goes_out() {
    let rights = Rights { text: TextPolicy::Full, ..Rights::default() };
    let numbered = |number: i64, html: &str| {
        news(rights.clone(), |news| {
            news.stored.id = EntryId(number);
            let entry = &mut news.stored.entry;
            entry.public_id = format!("https://noi.example.it/{number}");
            entry.publisher_id = Some(entry.public_id.clone());
            entry.title = format!("Number {number}");
            // What a sanitiser would never let through.
            entry.content = Some(SafeHtml::sanitised(html.to_owned()));
        })
    };
    let entries = [
        numbered(1, "<p>fine</p>"),
        numbered(2, "<p onclick=\"x()\">evil</p>"),
        numbered(3, "<b>open"),
        numbered(4, "<p>fine too</p>"),
    ];
    let (site, channels) = (sample::site(), sample::channels());
    let page = Page::new(&site, &channels, &channels[0], &entries);
    let issue = issue(&page, &Format::ALL, at("2026-01-01T00:00:00Z"), &Gate::default()).unwrap();
    let quarantined: Vec<i64> = issue.quarantined.iter().map(|q| q.entry.0).collect();
    assert_eq!(quarantined, [2, 3]);
    assert!(issue.quarantined[0].reason.contains("may hold a script"), "{:?}", issue.quarantined);
    for (format, document) in issue.documents {
        let text = String::from_utf8(document).unwrap();
        for (number, is_there) in [(1, true), (2, false), (3, false), (4, true)] {
            assert_eq!(text.contains(&format!("Number {number}")), is_there, "{number} {format:?}");
        }
    }
}
