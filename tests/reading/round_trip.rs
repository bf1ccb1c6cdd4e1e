//! What we publish is read back as it was, field by field, in every format. What a format has no place for is said here, and
//! nowhere else: [`meant`] takes it away before the comparison.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta};
use proptest::prelude::*;
use serde_json::{Value, json};
use vestnik::model::{
    Entry, Format, ParsedEntry, PublishedEntry, Rights, SafeHtml, Source, SourceKind, TextPolicy, Timestamp,
};
use vestnik::parse::{self, Hints};
use vestnik::publish::{Gate, Page, issue};

use crate::publishing::sample;

/// What an entry says, in the words of no format.
#[derive(Debug, Default, PartialEq)]
struct Said {
    id: String,
    link: Option<String>,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    title: Option<String>,
    summary: Option<String>,
    content: Option<String>,
    /// Names, and pages about them.
    authors: Vec<(String, Option<String>)>,
    tags: Vec<String>,
    files: Vec<File>,
    image: Option<String>,
    /// Title, address and id of the feed that it came from.
    source: (Option<String>, Option<String>, Option<String>),
    rights: Option<String>,
    comments: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct File {
    url: String,
    media_type: Option<String>,
    length: Option<u64>,
    seconds: Option<u64>,
    title: Option<String>,
}

fn partner() -> Source {
    let mut partner = sample::source(
        1,
        "partner",
        SourceKind::Feed,
        "Партньор & Co. <press>",
        "https://partner.example/feed?a=1&b=2",
    );
    partner.spec.home = "https://partner.example/".parse().ok();
    partner.state.info.id = Some("tag:partner.example,2018:feed".to_owned());
    partner.spec.rights = Rights { text: TextPolicy::Full, images: true, ..Rights::default() };
    partner
}

fn now() -> Timestamp {
    sample::at("2026-03-01T12:00:00Z")
}

/// Collects a JSON Feed, whose fields are those of an entry: what the store would hold of it.
fn collected(items: &[Value], source: &Arc<Source>) -> Vec<PublishedEntry> {
    let document = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items });
    let feed = parse::parse(document.to_string().as_bytes(), &Hints::default()).unwrap();
    sample::collected(feed, source, now())
}

fn markup(html: Option<&SafeHtml>) -> Option<String> {
    html.map(|html| html.as_str().trim().to_owned())
}

/// What a document of this format says of an entry, as far as the format can say it.
fn meant(published: &PublishedEntry, format: Format) -> Said {
    let entry: &Entry = &published.stored.entry;
    let (summary, content) = (markup(entry.summary.as_ref()), markup(entry.content.as_ref()));
    let files = entry.attachments.iter().map(|file| File {
        url: file.url.clone(),
        // Every format but JSON Feed demands a type; the parameters of one say nothing of a file that is elsewhere.
        media_type: file
            .media_type
            .as_deref()
            .map(|kind| kind.split(';').next().unwrap().trim().to_owned())
            .or(Some("application/octet-stream".to_owned())),
        length: file.length,
        seconds: file.duration.map(|duration| duration.as_secs()).filter(|seconds| *seconds > 0),
        title: file.title.clone(),
    });
    let mut said = Said {
        id: entry.public_id.clone(),
        link: entry.link.clone(),
        published: Some(published.stored.shown_date().trunc_subsecs(0)),
        updated: Some(published.stored.shown_updated().trunc_subsecs(0)),
        title: Some(entry.title.clone()).filter(|title| !title.is_empty()),
        summary,
        content,
        authors: entry.authors.iter().map(|a| (a.name.clone().unwrap(), a.url.clone())).collect(),
        tags: entry.tags.clone(),
        files: files.collect(),
        image: entry.image.clone(),
        source: (
            Some("Партньор & Co. <press>".to_owned()),
            Some("https://partner.example/feed?a=1&b=2".to_owned()),
            Some("tag:partner.example,2018:feed".to_owned()),
        ),
        rights: entry.rights.clone(),
        comments: entry.comments_url.clone(),
    };
    match format {
        Format::Rss => limits_of_rss(&mut said, entry),
        Format::Atom => limits_of_atom(&mut said),
        _ => limits_of_json(&mut said),
    }
    said
}

/// RSS 2.0 has one enclosure, without a title or a playing time, of which the length must be said; no date of a change, no
/// pages about authors, no picture, no id of a source. It does not say what is markup: what looks like a tag in a plain text
/// is written with other brackets.
fn limits_of_rss(said: &mut Said, entry: &Entry) {
    said.id = entry.publisher_id.clone().unwrap_or_else(|| said.id.clone());
    said.updated = None;
    said.authors.iter_mut().for_each(|author| author.1 = None);
    said.files.truncate(1);
    for file in &mut said.files {
        *file = File { length: file.length.or(Some(0)), seconds: None, title: None, ..file.clone() };
    }
    said.image = None;
    said.source.2 = None;
    said.source.0 = Some("Партньор & Co. ‹press›".to_owned());
}

/// Atom has no playing time, no picture and no page of comments, and an entry without an author is by its publisher. The titles
/// of its links are plain, and readers swallow what looks like a tag there.
fn limits_of_atom(said: &mut Said) {
    said.files.iter_mut().for_each(|file| file.seconds = None);
    (said.image, said.comments) = (None, None);
    let publisher = ("Партньор & Co. <press>".to_owned(), Some("https://partner.example/".to_owned()));
    if said.authors.is_empty() {
        said.authors.push(publisher);
    }
    // RFC 4287 §4.1.2: an entry without a link must have content.
    if said.link.is_none() && said.content.is_none() {
        said.content = said.summary.take();
    }
}

/// JSON Feed's summary is plain text, and its only markup the content; it has no page of comments, and an entry without an
/// author is by its publisher.
fn limits_of_json(said: &mut Said) {
    let summary = said.summary.take();
    said.content = said.content.take().or(summary);
    said.comments = None;
    let publisher = ("Партньор & Co. <press>".to_owned(), Some("https://partner.example/".to_owned()));
    if said.authors.is_empty() {
        said.authors.push(publisher);
    }
}

/// What was read, as far as the format is meant to say it.
fn said(read: &ParsedEntry, meant: &Said, format: Format) -> Said {
    let text = |text: Option<&vestnik::model::Text>| text.map(|text| text.value.clone());
    let origin = read.origin.clone().unwrap_or_default();
    let mut said = Said {
        id: read.id.clone().unwrap_or_default(),
        link: read.link().map(str::to_owned),
        published: read.published,
        updated: read.updated,
        title: text(read.title.as_ref()),
        summary: text(read.summary.as_ref()),
        content: text(read.content.as_ref()),
        authors: read.authors.iter().map(|a| (a.name.clone().unwrap(), a.url.clone())).collect(),
        tags: read.categories.iter().map(|category| category.term.clone()).collect(),
        files: read
            .attachments
            .iter()
            .map(|file| File {
                url: file.url.clone(),
                media_type: file.media_type.clone(),
                length: file.length,
                seconds: file.duration.map(|duration| duration.as_secs()),
                title: file.title.clone(),
            })
            .collect(),
        image: read.image.clone(),
        source: (origin.title, origin.url, origin.id),
        rights: text(read.rights.as_ref()),
        comments: read.comments_url.clone(),
    };
    // Where an entry has no summary, the documents begin its content there, in plain words; where it has no title or no text at
    // all, they give it what a reader's program needs to show something.
    if meant.summary.is_none() {
        said.summary = None;
    }
    if meant.title.is_none() {
        said.title = None;
    }
    if meant.content.is_none() && format != Format::Rss {
        said.content = None;
    }
    said
}

/// Brackets that only look like a tag are the same to people.
fn with_plain_brackets(text: Option<String>) -> Option<String> {
    text.map(|text| text.replace('<', "‹").replace('>', "›"))
}

fn check(items: &[Value]) {
    let source = Arc::new(partner());
    let entries = collected(items, &source);
    assert_eq!(entries.len(), items.len());
    let (site, channels) = (sample::site(), sample::channels());
    let page = Page::new(&site, &channels, &channels[0], &entries);
    let issue = issue(&page, &[Format::Rss, Format::Atom, Format::Json], now(), &Gate::default()).unwrap();
    assert!(issue.quarantined.is_empty() && issue.doubts.is_empty(), "{issue:?}");
    for (format, document) in issue.documents {
        let feed = parse::parse(&document, &Hints::default()).unwrap();
        assert_eq!(feed.entries.len(), entries.len(), "{format:?}");
        for (published, read) in entries.iter().zip(&feed.entries) {
            let mut meant = meant(published, format);
            let mut said = said(read, &meant, format);
            for one in [&mut meant, &mut said] {
                if format == Format::Atom {
                    one.files.iter_mut().for_each(|file| file.title = with_plain_brackets(file.title.take()));
                }
                if format == Format::Rss {
                    one.title = with_plain_brackets(one.title.take());
                    one.tags = one.tags.drain(..).filter_map(|tag| with_plain_brackets(Some(tag))).collect();
                }
            }
            assert_eq!(said, meant, "{format:?}: {}", String::from_utf8_lossy(&document));
        }
    }
}

/// A line of text as people and careless programs write it.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z]{1,8}",
        "[а-яА-Я]{1,8}",
        "[0-9]{1,4}",
        prop::sample::select(vec![
            "„Умен град“",
            "A & B",
            "AT&T",
            "1 < 2 > 0",
            "<b>",
            "</b>",
            "&amp;",
            "&lt;",
            "&nbsp;",
            "]]>",
            "<![CDATA[",
            "\"",
            "'",
            "—",
            "🗞",
            "е\u{301}",
            "\u{200d}",
            "http://a.example/?a=1&b=2",
            "(x)",
            "<x@y.example>",
            "100%",
            "&#8212;",
            "<!--",
            "\\",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.join(" "))
}

fn markup_of(text: &str, kind: u8) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    match kind % 7 {
        0 => format!("<p>{escaped}</p><p>{escaped}</p>"),
        1 => format!("<ul><li>{escaped}</li><li><a href=\"/p?a=1&amp;b=2\">x</a></li></ul>"),
        2 => format!("<pre>a ]]&gt; b\n  {escaped}</pre>"),
        3 => format!("<p><img src=\"/i.png\" alt=\"{}\"> {escaped}</p>", escaped.replace('"', "&quot;")),
        4 => format!("<table><tr><td>{escaped}</td></tr></table>"),
        5 => escaped,
        _ => format!("{text}<br>{escaped}"),
    }
}

fn any_item() -> impl Strategy<Value = Value> {
    let texts = prop::collection::vec(line(), 9);
    let numbers = (any::<u32>(), any::<u16>(), 0_u32..1_000_000_000, 0_i64..200_000, any::<u8>());
    (texts, prop::collection::vec(line(), 0..4), prop::collection::vec(line(), 0..3), numbers).prop_map(
        |(texts, tags, authors, (has, seconds, length, minutes, kind))| {
            let has = |bit: u32| has & (1 << bit) != 0;
            let at = DateTime::UNIX_EPOCH + TimeDelta::days(17_000) + TimeDelta::minutes(minutes);
            let when = |at: DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let authors = authors.iter().enumerate().map(|(n, name)| {
                let page = has(10).then(|| format!("https://partner.example/people/{n}?x=1&y=2"));
                json!({ "name": name.replace('@', " "), "url": page })
            });
            let files = (0..usize::from(has(11)) + usize::from(has(12))).map(|n| {
                json!({
                    "url": format!("https://partner.example/files/{n}.mp3?a=1&b={kind}"),
                    "mime_type": has(13).then_some("audio/mpeg; charset=x"),
                    "size_in_bytes": has(14).then_some(length),
                    "duration_in_seconds": has(15).then_some(u32::from(seconds)),
                    "title": has(16).then(|| texts[5].clone()),
                })
            });
            let item = json!({
                "id": texts[0],
                "url": has(0).then(|| format!("https://partner.example/w/{minutes}?p_p_id=x&a=b#c")),
                // What says nothing at all is no entry.
                "title": (has(1) || !(has(0) || has(2) || has(3))).then(|| texts[1].clone()),
                "content_html": has(2).then(|| markup_of(&texts[2], kind)),
                "summary": has(3).then(|| texts[3].clone()),
                "date_published": has(4).then(|| when(at)),
                "date_modified": has(5).then(|| when(at + TimeDelta::hours(5))),
                "authors": authors.collect::<Vec<_>>(),
                "tags": tags,
                "attachments": files.collect::<Vec<_>>(),
                "image": has(6).then_some("https://partner.example/i.png?a=1&b=2"),
                "language": has(7).then_some("bg"),
            });
            // What is absent is left out.
            let is_said = |(_, value): &(&String, &Value)| !value.is_null();
            let said = item.as_object().unwrap().iter().filter(is_said);
            Value::Object(said.map(|(key, value)| (key.clone(), value.clone())).collect())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_published_is_read_back_in_every_format(items in prop::collection::vec(any_item(), 1..4)) {
        let numbered = items.into_iter().enumerate().map(|(number, mut item)| {
            item["id"] = json!(format!("{} {number}", item["id"].as_str().unwrap()));
            item
        });
        check(&numbered.collect::<Vec<_>>());
    }
}

#[test]
fn a_full_entry_is_read_back_in_every_format() {
    check(&[json!({
        "id": "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
        "url": "https://partner.example/w/1?a=1&b=2",
        "title": "Q & A: 1 < 2 <b>x</b>",
        "content_html": "<p>Whole <em>text</em> ]]&gt; &amp; more</p>",
        "summary": "Short & plain",
        "date_published": "2018-07-16T08:00:00Z",
        "date_modified": "2018-07-17T08:00:00Z",
        "authors": [{ "name": "Ива Петрова", "url": "https://partner.example/iva" }, { "name": "Jane" }],
        "tags": ["Град", "R & D", "<x>"],
        "image": "https://partner.example/i.png",
        "attachments": [
            { "url": "https://partner.example/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5, "duration_in_seconds": 7, "title": "One" },
            { "url": "https://partner.example/2.pdf" },
        ],
    })]);
}
