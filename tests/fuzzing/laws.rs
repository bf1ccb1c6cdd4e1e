//! What must hold for any input at all, as functions that stop at the first breach. The fuzz targets (`fuzz/`) and the
//! tests that replay what those found share this file.
#![allow(dead_code, reason = "each fuzz target uses one law")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a breach ends the run")]

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, Datelike, Utc};
use scraper::{Html, Node};
use url::Url;
use vestnik::{
    dates::parse_date,
    desk,
    model::{Entry, Person, SAFE_ELEMENTS, SafeHtml, Source, SourceId, SourceSpec, SourceState},
    normalise::{self, Context},
    parse::{self, Hints},
    posts, publish, scrape,
};

/// Longer inputs are cut: what breaks, breaks within it.
const ENOUGH: usize = 256 << 10;

/// Bytes become text, whatever they are said to be. The first line of the input is the `Content-Type`.
pub(crate) fn decode(input: &[u8]) {
    let (content_type, body) = labelled(input);
    let text = parse::steps::decode(body, content_type.as_deref());
    let plain = body.iter().all(|byte| byte.is_ascii() && !matches!(byte, 0 | 0x1B));
    if plain {
        assert_eq!(text.as_bytes(), body, "ASCII stays as it is");
    }
    let marked = text.starts_with('\u{feff}') || text.contains(['\0', '\u{1b}']);
    if !marked {
        assert_eq!(parse::steps::decode(text.as_bytes(), None), text, "what is UTF-8 stays as it is");
    }
    // Each byte is a character of at most three bytes.
    assert!(text.len() <= 3 * body.len() + 3, "{} bytes became {}", body.len(), text.len());
}

/// Repairing what is repaired changes nothing.
pub(crate) fn repair(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Some(once) = parse::steps::repair(&text) else { return };
    let twice = parse::steps::repair(&once).expect("what is repaired is still a feed");
    assert_eq!(once, twice);
    assert!(once.len() <= 8 * text.len() + 2048, "{} bytes became {}", text.len(), once.len());
    assert!(!once.contains(|c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r')), "a control character");
}

/// Any bytes are read or refused in one line, and nothing active is in any field of what is stored of them. The first line
/// of the input is the `Content-Type`.
pub(crate) fn reader(input: &[u8]) {
    let (content_type, body) = labelled(input);
    let base = address("https://example.org/news/");
    let hints = Hints {
        content_type: content_type.as_deref(),
        base: Some(&base),
        zone: Some(chrono_tz::Europe::Sofia),
        ..Hints::default()
    };
    let feed = match parse::parse(body, &hints) {
        Ok(feed) => feed,
        Err(error) => {
            let line = error.to_string();
            assert!(!line.contains('\n') && !line.is_empty() && line.len() < 8000, "{line:?}");
            return;
        }
    };
    assert!(feed.entries.len() <= body.len());
    let printed = parse::to_json_feed(&feed);
    assert!(printed["items"].as_array().is_some_and(|items| items.len() == feed.entries.len()));
    let source = SourceSpec::feed("partner".parse().unwrap(), "https://example.org/feed".parse().unwrap());
    let context = Context {
        source: &source,
        base: Some(&base),
        authority: "news.example.net",
        now: now(),
        languages: &[],
        clean_links: false,
    };
    let info = normalise::feed_info(&feed, now());
    [&info.home, &info.icon].into_iter().flatten().for_each(|address| check_address(address));
    let identified = normalise::identify(&feed, &source);
    let changes = normalise::changes(feed, identified, &[], &context);
    changes.new.iter().for_each(|(entry, _)| check_entry(entry));
}

/// What passed the allow-list holds nothing active, and passes it again as it is.
pub(crate) fn sanitise(input: &[u8]) {
    let html = String::from_utf8_lossy(input);
    let base = address("https://example.org/news/");
    let Some(once) = normalise::sanitise(&html, Some(&base)) else { return };
    check_html(&once);
    let twice = normalise::sanitise(once.as_str(), Some(&base));
    assert_eq!(twice.as_ref().map(SafeHtml::as_str), Some(once.as_str()), "a second pass changes something");
}

/// Any text is a date or none; a date that was read is read again as it was.
pub(crate) fn dates(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for zone in [None, Some(chrono_tz::Europe::Sofia), Some(chrono_tz::America::New_York)] {
        for today in [None, Some(now()), Some(DateTime::<Utc>::MIN_UTC), Some(DateTime::<Utc>::MAX_UTC)] {
            let Some(date) = parse_date(&text, zone, today) else { continue };
            assert_eq!(parse_date(text.trim(), zone, today), Some(date));
            if (1000..10_000).contains(&date.year()) {
                let written = date.to_rfc3339();
                assert_eq!(parse_date(&written, zone, today), Some(date), "{text:?} became {written}");
            }
        }
    }
}

/// What was imported and exported is imported as it was.
pub(crate) fn opml(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let first = match publish::read_opml(&text) {
        Ok(list) => list,
        Err(error) => return assert!(!error.to_string().contains('\n')),
    };
    let once = sources_of(&first);
    // The first export leaves out credentials, and gives names to what has none.
    let Some(twice) = exported_and_imported(&once) else { return assert!(once.is_empty()) };
    assert_eq!(places(&once), places(&twice), "a source is lost or added");
    let thrice = exported_and_imported(&twice).expect("what was exported is imported again");
    assert_eq!(twice, thrice);
}

/// Rules are compiled or refused with a place and a reason; those that are sound read any page, and are written as they
/// were read. What stands behind a line of `=` is the page.
pub(crate) fn rules(input: &[u8]) {
    const PAGE: &str = "<html lang=bg><ul><li class=news><time datetime=2026-03-01>1 март</time><h2><a href=/1>Новина за \
        града</a></h2><p>Текст</p><img src=/1.png></li><li class=news><h2><a href=/2>Втора новина за града</a></h2></li></ul>\
        <a rel=next href='?page=2'>още</a></html>";
    let text = String::from_utf8_lossy(input);
    let (text, page) = text.split_once("\n=\n").unwrap_or((&text, PAGE));
    let rules = match desk::rules_text("rules.toml", text) {
        Ok(rules) => rules,
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            return assert!(faults.iter().all(|fault| {
                let line = fault.to_string();
                line.starts_with("rules.toml") && !line.contains('\n')
            }));
        }
    };
    let written = desk::rules_table(&rules);
    assert_eq!(desk::rules_text("rules.toml", &written).as_ref(), Ok(&rules), "{written}");
    let base = address("https://example.org/news/");
    let read = scrape::read(page.as_bytes(), None, &base, &rules, None, now());
    assert!(!matches!(read, Err(scrape::ScrapeError::Rules { .. })), "sound rules are refused: {read:?}");
}

/// What stands in the first line, and what below it.
fn labelled(input: &[u8]) -> (Option<String>, &[u8]) {
    let input = input.get(..ENOUGH).unwrap_or(input);
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let label = String::from_utf8_lossy(&input[..end]).trim().to_owned();
    let body = input.get(end + 1..).unwrap_or_default();
    ((!label.is_empty()).then_some(label), body)
}

fn address(text: &str) -> Url {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap()
}

/// Nothing that a reader's program would run, in any field.
pub(crate) fn check_entry(entry: &Entry) {
    [&entry.content, &entry.summary].into_iter().flatten().for_each(check_html);
    let origin = entry.origin.as_ref();
    let names = entry.authors.iter().filter_map(|person: &Person| person.name.as_deref());
    let texts = [Some(&entry.title), entry.rights.as_ref(), origin.and_then(|origin| origin.title.as_ref())];
    let texts = texts.into_iter().flatten().map(String::as_str).chain(names);
    let texts = texts.chain(entry.tags.iter().map(String::as_str));
    let texts = texts.chain(entry.attachments.iter().filter_map(|attachment| attachment.title.as_deref()));
    texts.for_each(check_text);
    let addresses = [&entry.link, &entry.image, &entry.comments_url].into_iter().flatten();
    let addresses = addresses.chain(entry.authors.iter().filter_map(|person| person.url.as_ref()));
    let addresses = addresses.chain(entry.attachments.iter().map(|attachment| &attachment.url));
    let addresses = addresses.chain(origin.and_then(|origin| origin.url.as_ref()));
    addresses.for_each(|address| check_address(address));
    let scheme = entry.public_id.split(':').next().unwrap_or_default().to_ascii_lowercase();
    assert!(!matches!(scheme.as_str(), "javascript" | "vbscript" | "data"), "{}", entry.public_id);
    assert!(entry.attachments.iter().all(|a| a.duration.is_none_or(|long| long < Duration::MAX)));
}

/// Sanitised markup, looked at by another parser than the one that made it.
pub(crate) fn check_html(html: &SafeHtml) {
    let html = html.as_str();
    check_tree(html);
    assert!(!html.contains(|c: char| c < ' ' && !matches!(c, '\t' | '\n')), "control characters: {html:?}");
}

/// A plain text that somebody puts into a page without a thought must do no harm.
fn check_text(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
    // The parser that looks is quadratic on what is made to be slow.
    if text.len() > 4096 {
        return;
    }
    let page = Html::parse_fragment(text);
    for element in page.tree.values().filter_map(Node::as_element) {
        let active = ["script", "style", "iframe", "object", "embed", "svg", "math", "base", "form", "meta"];
        assert!(!active.contains(&element.name()), "<{}> in {text:?}", element.name());
        check_attributes(element, text);
    }
}

fn check_tree(html: &str) {
    const ATTRIBUTES: [&str; 18] = [
        "lang", "dir", "title", "href", "hreflang", "rel", "src", "alt", "width", "height", "datetime",
        "start", "reversed", "colspan", "rowspan", "scope", "span", "open",
    ];
    const GONE: [&str; 24] = [
        "script", "style", "svg", "math", "iframe", "object", "embed", "applet", "noscript", "noembed",
        "noframes", "template", "title", "textarea", "select", "canvas", "audio", "video", "form", "input",
        "button", "base", "meta", "link",
    ];
    let page = Html::parse_fragment(html);
    for element in page.tree.values().filter_map(Node::as_element) {
        assert!(!GONE.contains(&element.name()), "<{}> in {html:?}", element.name());
        let name = element.name();
        assert!(
            SAFE_ELEMENTS.contains(&name) || matches!(name, "html" | "body"),
            "<{name}> is on no list: {html:?}"
        );
        assert_eq!(&*element.name.ns, "http://www.w3.org/1999/xhtml", "foreign content in {html:?}");
        let stays = |(name, _): (&str, &str)| ATTRIBUTES.contains(&name);
        assert!(element.attrs().all(stays), "an attribute that is on no list: {html:?}");
        check_attributes(element, html);
    }
}

fn check_attributes(element: &scraper::node::Element, html: &str) {
    for (name, value) in element.attrs() {
        assert!(!name.to_ascii_lowercase().starts_with("on"), "{name} in {html:?}");
        assert!(
            !matches!(name, "style" | "srcdoc" | "action" | "formaction" | "xlink:href"),
            "{name} in {html:?}"
        );
        if matches!(name, "href" | "src" | "cite" | "data" | "poster" | "background") {
            let scheme = Url::parse(value).map(|url| url.scheme().to_owned()).unwrap_or_default();
            assert!(matches!(scheme.as_str(), "" | "http" | "https" | "mailto"), "{value} in {html:?}");
        }
    }
}

fn check_address(address: &str) {
    let url = Url::parse(address).unwrap_or_else(|error| panic!("{address:?}: {error}"));
    assert!(matches!(url.scheme(), "http" | "https"), "{address}");
    assert!(url.username().is_empty() && url.password().is_none(), "credentials in {address}");
}

/// Sources of a list, as an import declares them.
fn sources_of(list: &[publish::OpmlSource]) -> Vec<Source> {
    let sound = list.iter().filter_map(|outline| Some((outline, outline.url.clone().ok()?)));
    let specs = sound.enumerate().map(|(number, (outline, url))| {
        let mut spec = SourceSpec::feed(format!("s{number}").parse().unwrap(), url);
        spec.title = Some(outline.title.clone()).filter(|title| !title.is_empty());
        spec.home = outline.home.as_deref().and_then(|home| home.parse().ok());
        spec.language = outline.language.clone();
        spec.groups = outline.groups.iter().filter_map(|name| posts::slug_of(name)).collect();
        spec
    });
    specs.map(|spec| Source { id: SourceId(1), spec, state: SourceState::default() }).collect()
}

/// Where sources are, but for what may be a credential.
fn places(sources: &[Source]) -> BTreeSet<String> {
    let urls = sources.iter().filter_map(|source| source.spec.url.as_ref());
    urls.map(|url| format!("{}{}", url.authority(), url.url().path())).collect()
}

fn exported_and_imported(sources: &[Source]) -> Option<Vec<Source>> {
    let list = publish::sources_opml("Sources", sources).expect("a list can be written");
    Some(sources_of(&publish::read_opml(&String::from_utf8(list).unwrap()).ok()?))
}
