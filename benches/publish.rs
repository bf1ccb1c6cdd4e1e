//! A window of 50 entries into each format, and its compression.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta};
use divan::{Bencher, black_box};
use vestnik::{
    model::{
        Channel, Entry, EntryId, EntryState, Filter, Fingerprint, Format, Identity, Language, Order, Polling,
        PublishedEntry, Rights, SafeHtml, Site, SortKey, Source, SourceId, SourceKind, SourceSpec,
        SourceState, StoredEntry, TextPolicy, Timestamp, Window,
    },
    publish::{Gate, Issue, Page, issue, render, rendition},
};

const FORMATS: [&str; 4] = ["rss", "atom", "json", "html"];

#[divan::bench(args = FORMATS)]
fn publish_excerpts(bencher: Bencher<'_, '_>, format: &str) {
    bench(bencher, format, TextPolicy::Excerpt);
}

#[divan::bench(args = FORMATS)]
fn publish_full_texts(bencher: Bencher<'_, '_>, format: &str) {
    bench(bencher, format, TextPolicy::Full);
}

#[divan::bench(args = FORMATS)]
fn publish_compress(bencher: Bencher<'_, '_>, format: &str) {
    let format = Format::from_extension(format).unwrap_or(Format::Rss);
    let document = Newspaper::new(TextPolicy::Full).print(format);
    bencher
        .with_inputs(|| document.clone())
        .bench_values(|bytes| rendition(format, bytes, None, Timestamp::UNIX_EPOCH));
}

/// Three feeds written and read by the gate, after one of the entries was changed.
#[divan::bench(args = ["excerpts", "full"])]
fn publish_and_check(bencher: Bencher<'_, '_>, text: &str) {
    let mut newspaper = Newspaper::new(policy(text));
    let gate = Gate::default();
    let mut round = 0;
    bencher.bench_local(|| {
        round += 1;
        newspaper.entries[7].stored.entry.title = format!("Changed {round} times");
        newspaper.issue(&gate).documents.len()
    });
}

/// The same where everything is new: at the start.
#[divan::bench(args = ["excerpts", "full"])]
fn publish_and_check_all(bencher: Bencher<'_, '_>, text: &str) {
    let newspaper = Newspaper::new(policy(text));
    bencher.bench_local(|| newspaper.issue(&Gate::default()).documents.len());
}

/// The same, hashed and compressed in three codings.
#[divan::bench(args = ["excerpts", "full"])]
fn publish_check_and_compress(bencher: Bencher<'_, '_>, text: &str) {
    let newspaper = Newspaper::new(policy(text));
    let gate = Gate::default();
    bencher.bench_local(|| {
        let finished = newspaper.issue(&gate).documents.into_iter();
        finished
            .map(|(format, bytes)| rendition(format, bytes, None, Timestamp::UNIX_EPOCH))
            .collect::<Vec<_>>()
            .len()
    });
}

fn policy(text: &str) -> TextPolicy {
    if text == "full" { TextPolicy::Full } else { TextPolicy::Excerpt }
}

fn bench(bencher: Bencher<'_, '_>, format: &str, text: TextPolicy) {
    let newspaper = Newspaper::new(text);
    let format = Format::from_extension(format).unwrap_or(Format::Rss);
    bencher.bench_local(|| newspaper.print(black_box(format)));
}

/// A channel of 50 entries from 10 sources, about 2.5 kB of text each.
pub(crate) struct Newspaper {
    site: Site,
    channels: Vec<Channel>,
    entries: Vec<PublishedEntry>,
}

impl Newspaper {
    pub(crate) fn new(text: TextPolicy) -> Self {
        let sources: Vec<_> = (0..10).map(|number| Arc::new(source(number, text))).collect();
        let entries =
            (0..50).zip(sources.iter().cycle()).map(|(number, source)| entry(number, source)).collect();
        Newspaper { site: site(), channels: vec![channel()], entries }
    }

    pub(crate) fn print(&self, format: Format) -> Vec<u8> {
        let page = Page::new(&self.site, &self.channels, &self.channels[0], &self.entries);
        render(&page, format).unwrap_or_default()
    }

    fn issue(&self, gate: &Gate) -> Issue {
        let page = Page::new(&self.site, &self.channels, &self.channels[0], &self.entries);
        let made = DateTime::UNIX_EPOCH + TimeDelta::days(18_000);
        let issue =
            issue(&page, &[Format::Rss, Format::Atom, Format::Json], made, gate).expect("sound documents");
        assert!(issue.quarantined.is_empty(), "{:?}", issue.quarantined);
        issue
    }
}

fn site() -> Site {
    Site {
        title: "Вестник".to_owned(),
        description: "Новини".to_owned(),
        url: url::Url::parse("https://news.example.org/").expect("an address"),
        language: Language::bulgarian(),
        contact: None,
        zone: chrono_tz::Europe::Sofia,
        languages: Vec::new(),
        clean_links: false,
        generator_version: "Vestnik/0.1.0",
    }
}

fn channel() -> Channel {
    Channel {
        slug: "all".parse().expect("a slug"),
        titles: BTreeMap::from([(Language::bulgarian(), "Всички новини".to_owned())]),
        descriptions: BTreeMap::new(),
        language: None,
        filter: Filter::default(),
        window: Window::default(),
        order: Order::Newest,
        stories: false,
        texts: Default::default(),
        licence: None,
        former: Vec::new(),
        narrowed: Default::default(),
        query: String::new(),
        declared_in: None,
    }
}

fn source(number: i64, text: TextPolicy) -> Source {
    let spec = SourceSpec {
        slug: format!("source-{number}").parse().expect("a slug"),
        kind: SourceKind::Feed,
        url: format!("https://source-{number}.example.org/feed").parse().ok(),
        title: Some(format!("Източник {number}")),
        home: None,
        language: None,
        zone: None,
        groups: Vec::new(),
        tags: Vec::new(),
        enabled: true,
        polling: Polling::default(),
        rights: Rights { text, ..Rights::default() },
        precedence: SourceSpec::PRECEDENCE,
        publication: Default::default(),
        user_agent: None,
        rules: None,
        contract: Default::default(),
        retention: Default::default(),
        declared_in: None,
    };
    Source { id: SourceId(number), spec, state: SourceState::default() }
}

fn entry(number: i64, source: &Arc<Source>) -> PublishedEntry {
    let at = DateTime::UNIX_EPOCH + TimeDelta::days(17_000) - TimeDelta::hours(number);
    let link = format!("https://source.example.org/news/{number}");
    let identity = Identity::of([link.as_str()]);
    let paragraph = "<p>Общинският съвет прие концепция за <b>умен град</b>, която определя как университетите, бизнесът и \
                     <a href=\"https://source.example.org/x\">общината</a> ще работят заедно.</p>";
    let entry = Entry {
        identity: identity.clone(),
        fingerprint: Fingerprint::of([link.as_str()]),
        publisher_id: Some(link.clone()),
        id_is_permalink: true,
        public_id: link.clone(),
        link: Some(link),
        title: format!("Новина номер {number} за града и за партньорите му"),
        summary: None,
        content: Some(SafeHtml::sanitised(paragraph.repeat(8))),
        authors: Vec::new(),
        tags: vec!["Град".to_owned(), "Иновации".to_owned()],
        attachments: Vec::new(),
        image: None,
        language: Some(Language::bulgarian()),
        published: Some(at),
        updated: None,
        origin: None,
        rights: None,
        comments_url: None,
        translations: Vec::new(),
    };
    let stored = StoredEntry {
        id: EntryId(number),
        source: source.id,
        sort_key: SortKey::new(at, &identity),
        entry,
        first_seen: at,
        changed: at,
        state: EntryState::Published,
        release_at: None,
    };
    PublishedEntry { stored, source: Arc::clone(source), also: Vec::new(), translations: Vec::new() }
}
