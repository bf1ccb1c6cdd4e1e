//! What the pure stages cost.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a bench stops at the first surprise")]

#[path = "../tests/reading/attacks.rs"]
mod attacks;
mod publish;
mod serve;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use vestnik::model::{ParsedFeed, SourceKind, SourceSpec};
use vestnik::normalise::{self, Context};
use vestnik::parse::{self, Hints};

/// What the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Documents of the three shapes that partners publish: WordPress, Liferay, Atom with XHTML.
const DOCUMENTS: [&str; 3] = ["wordpress", "liferay", "atom"];

fn document(name: &str) -> String {
    let paragraph = "<p>Столичната община и <a href=\"/p/1?utm_source=rss\">партньорите</a> откриха <strong>нов център</strong> \
        за иновации &amp; наука; the programme runs until <em>June 2019</em>.</p>\n";
    let items = (0..40).map(|n| match name {
        "wordpress" => format!(
            "<item>\n<title>Новина {n} &#8211; Столична община</title>\n<link>https://partner.example/novini/{n}/</link>\n\
             <dc:creator><![CDATA[Редакция]]></dc:creator>\n<pubDate>Mon, 16 Jul 2018 10:{n:02}:00 +0000</pubDate>\n\
             <category><![CDATA[Новини]]></category><category><![CDATA[Иновации]]></category>\n\
             <guid isPermaLink=\"false\">https://partner.example/?p={n}</guid>\n\
             <description><![CDATA[{paragraph}<p>The post <a href=\"https://partner.example/\">Новина</a> appeared first on \
             <a href=\"https://partner.example/\">Партньор</a>.</p>]]></description>\n\
             <content:encoded><![CDATA[{}<figure><img src=\"/i/{n}.jpg\" alt=\"\" width=\"600\" class=\"x\" srcset=\"a 1x\"/></figure>\
             <p>The post <a href=\"https://partner.example/\">Новина</a> appeared first on <a href=\"https://partner.example/\">Партньор</a>.</p>]]>\
             </content:encoded>\n</item>\n",
            paragraph.repeat(8)
        ),
        "liferay" => format!(
            "<item><title>Новина {n}</title><link>https://www.portal.example/w/{n}?p_p_id=x&amp;a=b</link><description />\
             <pubDate></pubDate><guid isPermaLink=\"true\">https://www.portal.example/w/{n}</guid>\
             <dc:creator>Портал</dc:creator><dc:date>2018-07-16T10:20:30Z</dc:date></item>"
        ),
        _ => format!(
            "<entry><id>tag:partner.example,2018:{n}</id><title>Entry {n}</title><updated>2018-07-16T10:20:30Z</updated>\
             <link href=\"/e/{n}\"/><author><name>Office</name></author><content type=\"xhtml\">\
             <div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div></content></entry>",
            paragraph.repeat(8)
        ),
    });
    let items: String = items.collect();
    match name {
        "atom" => format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"bg\">\
            <title>Partner</title><id>tag:partner.example,2018:feed</id><updated>2018-07-16T10:20:30Z</updated>{items}</feed>"
        ),
        _ => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
            xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>Партньор</title>\
            <link>https://partner.example</link><language>bg</language>{items}</channel></rss>"
        ),
    }
}

fn source() -> SourceSpec {
    SourceSpec {
        slug: "partner".parse().expect("a slug"),
        kind: SourceKind::Feed,
        url: "https://partner.example/feed".parse().ok(),
        title: None,
        home: None,
        language: None,
        zone: None,
        groups: Vec::new(),
        tags: Vec::new(),
        enabled: true,
        polling: Default::default(),
        rights: Default::default(),
        precedence: SourceSpec::PRECEDENCE,
        publication: Default::default(),
        user_agent: None,
        rules: None,
        contract: Default::default(),
        retention: Default::default(),
        declared_in: None,
    }
}

fn read(text: &str) -> ParsedFeed {
    let base = "https://partner.example/feed".parse().expect("an address");
    let hints = Hints { base: Some(&base), ..Hints::default() };
    parse::parse(text.as_bytes(), &hints).expect("a feed")
}

/// The floor: feed-rs and nothing else.
#[divan::bench(args = DOCUMENTS)]
fn feed_rs_alone(bencher: Bencher<'_, '_>, name: &str) {
    let text = document(name);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let parser = feed_rs::parser::Builder::new()
            .base_uri(Some("https://partner.example/feed"))
            .sanitize_content(false)
            .build();
        parser.parse(black_box(text.as_bytes())).expect("a feed")
    });
}

#[divan::bench(args = DOCUMENTS)]
fn parse(bencher: Bencher<'_, '_>, name: &str) {
    let text = document(name);
    bencher.counter(BytesCount::of_str(&text)).bench(|| read(black_box(&text)));
}

/// Well-formed feeds of 1 MB and 10 MB: what the shapes above are made of, repeated.
fn whole(name: &str, megabytes: usize) -> String {
    let one = document(name);
    let (item, end) = if name == "atom" { ("<entry", "</feed>") } else { ("<item", "</channel></rss>") };
    let (head, items) = one.split_at(one.find(item).expect("an item"));
    let items = items.strip_suffix(end).expect("an end");
    format!("{head}{}{end}", items.repeat((megabytes << 20) / items.len() + 1))
}

const WHOLE: [(&str, usize); 4] = [("wordpress", 1), ("atom", 1), ("wordpress", 10), ("atom", 10)];

/// The whole reader: decoding, repair, the walk.
#[divan::bench(args = WHOLE, sample_count = 10)]
fn whole_reader(bencher: Bencher<'_, '_>, (name, megabytes): (&str, usize)) {
    let text = whole(name, megabytes);
    bencher.counter(BytesCount::of_str(&text)).bench(|| read(black_box(&text)));
}

/// The measure: feed-rs alone on the same text.
#[divan::bench(args = WHOLE, sample_count = 10)]
fn whole_feed_rs(bencher: Bencher<'_, '_>, (name, megabytes): (&str, usize)) {
    let text = whole(name, megabytes);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let parser = feed_rs::parser::Builder::new().sanitize_content(false).build();
        parser.parse(black_box(text.as_bytes())).expect("a feed")
    });
}

/// Bytes of what attackers send.
const HOSTILE: usize = 10 << 20;

/// Each below a second.
#[divan::bench(args = attacks::documents(0).into_iter().map(|(name, _)| name), sample_count = 2)]
fn hostile(bencher: Bencher<'_, '_>, name: &str) {
    let text = found(attacks::documents(HOSTILE), name);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| parse::parse(black_box(text.as_bytes()), &Hints::default()));
}

fn found(attacks: Vec<(&'static str, String)>, name: &str) -> String {
    attacks.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text).unwrap_or_default()
}

/// What every changed document costs: recognising its entries.
#[divan::bench(args = DOCUMENTS)]
fn identify(bencher: Bencher<'_, '_>, name: &str) {
    let text = document(name);
    let (feed, source) = (read(&text), source());
    bencher.counter(BytesCount::of_str(&text)).bench(|| normalise::identify(black_box(&feed), &source));
}

/// What new entries cost: all of the document is new.
#[divan::bench(args = DOCUMENTS)]
fn normalise_new(bencher: Bencher<'_, '_>, name: &str) {
    let text = document(name);
    let (feed, source) = (read(&text), source());
    let base = "https://partner.example/feed".parse().expect("an address");
    let now = "2026-03-01T12:00:00Z".parse().expect("a moment");
    let context = Context {
        source: &source,
        base: Some(&base),
        authority: "news.example",
        now,
        languages: &[],
        clean_links: false,
    };
    let identified = normalise::identify(&feed, &source);
    bencher
        .counter(BytesCount::of_str(&text))
        .with_inputs(|| (feed.clone(), identified.clone()))
        .bench_values(|(feed, identified)| normalise::changes(feed, identified, &[], &context));
}

/// What an attacker can make a text cost: ten megabytes of what html5ever or our own pass would be slow on.
#[divan::bench(args = attacks::markup(0).into_iter().map(|(name, _)| name), sample_count = 2)]
fn sanitise_hostile(bencher: Bencher<'_, '_>, name: &str) {
    let text = found(attacks::markup(HOSTILE), name);
    let base = "https://partner.example/feed".parse().expect("an address");
    bencher.counter(BytesCount::of_str(&text)).bench(|| normalise::sanitise(black_box(&text), Some(&base)));
}

#[divan::bench(args = ["2018-07-16T10:20:30Z", "Mon, 16 Jul 2018 10:20:30 +0300", "16 юли 2018 г."])]
fn date(text: &str) -> Option<vestnik::model::Timestamp> {
    vestnik::dates::parse_date(black_box(text), None, None)
}
