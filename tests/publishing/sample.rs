//! A small newspaper: the entries that the tests of publishing and serving print.

use std::{collections::BTreeMap, sync::Arc};

use vestnik::model::{
    Attachment, Channel, Entry, EntryId, EntryState, FeedInfo, Filter, Fingerprint, Health, Identity,
    Language, Order, Person, PublishedEntry, Rights, SafeHtml, Site, SortKey, Source, SourceId, SourceKind,
    SourceSpec, SourceState, StoredEntry, TextPolicy, Timestamp, Window,
};
use vestnik::{
    model::ParsedFeed,
    normalise::{self, Context},
};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What the store would hold of a feed from `https://partner.example/feed`, all of it published.
pub(crate) fn collected(feed: ParsedFeed, source: &Arc<Source>, now: Timestamp) -> Vec<PublishedEntry> {
    let base = "https://partner.example/feed".parse().unwrap();
    let context = Context {
        source: &source.spec,
        base: Some(&base),
        authority: "news.example.org",
        now,
        languages: &[],
        clean_links: false,
    };
    let identified = normalise::identify(&feed, &source.spec);
    let changes = normalise::changes(feed, identified, &[], &context);
    let stored = |(number, (entry, sort_key)): (usize, _)| PublishedEntry {
        stored: StoredEntry {
            id: EntryId(i64::try_from(number).unwrap()),
            source: source.id,
            entry,
            first_seen: now,
            changed: now,
            sort_key,
            state: EntryState::Published,
            release_at: None,
        },
        source: Arc::clone(source),
        also: Vec::new(),
        translations: Vec::new(),
    };
    changes.new.into_iter().enumerate().map(stored).collect()
}

pub(crate) fn site() -> Site {
    Site {
        title: "Вестник на клъстера".to_owned(),
        description: "Новините на Клъстер София – град на знанието и на партньорите му.".to_owned(),
        url: "https://news.example.org/".parse().unwrap(),
        language: Language::bulgarian(),
        contact: Some("news@example.org".to_owned()),
        zone: chrono_tz::Europe::Sofia,
        languages: Vec::new(),
        clean_links: false,
        generator_version: "Vestnik/0.1.0",
    }
}

pub(crate) fn channel(slug: &str, bulgarian: &str, english: &str) -> Channel {
    Channel {
        slug: slug.parse().unwrap(),
        titles: BTreeMap::from([
            (Language::bulgarian(), bulgarian.to_owned()),
            (Language::english(), english.to_owned()),
        ]),
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

/// The channels of the navigation.
pub(crate) fn channels() -> Vec<Channel> {
    let mut all = channel("all", "Всички новини", "All news");
    all.descriptions.insert(Language::bulgarian(), "Всичко от града, партньорите и клъстера.".to_owned());
    all.descriptions
        .insert(Language::english(), "Everything from the city, the partners and the cluster.".to_owned());
    let mut bulgarian = channel("bg", "На български", "In Bulgarian");
    bulgarian.language = Some(Language::bulgarian());
    let mut english = channel("en", "На английски", "In English");
    english.language = Some(Language::english());
    english.licence = Some("CC BY 4.0".to_owned());
    let local = channel("local", "От клъстера", "From the cluster");
    vec![
        all,
        local,
        channel("partners", "Партньори", "Partners"),
        channel("city", "Градът", "The city"),
        bulgarian,
        english,
    ]
}

pub(crate) fn source(id: i64, slug: &str, kind: SourceKind, title: &str, url: &str) -> Source {
    Source {
        id: SourceId(id),
        spec: SourceSpec {
            slug: slug.parse().unwrap(),
            kind,
            url: url.parse().ok(),
            title: Some(title.to_owned()),
            home: None,
            language: None,
            zone: None,
            groups: Vec::new(),
            tags: Vec::new(),
            enabled: true,
            polling: vestnik::model::Polling::default(),
            rights: Rights::default(),
            precedence: SourceSpec::PRECEDENCE,
            publication: Default::default(),
            user_agent: None,
            rules: None,
            contract: Default::default(),
            retention: Default::default(),
            declared_in: None,
        },
        state: SourceState { health: Health::Ok, ..SourceState::default() },
    }
}

/// An entry whose publisher's id is its link, seen ten minutes after it was published.
pub(crate) fn entry(
    source: &Arc<Source>,
    number: i64,
    title: &str,
    link: &str,
    published: &str,
) -> PublishedEntry {
    let published = at(published);
    let seen = published + chrono::TimeDelta::minutes(10);
    let identity = Identity::of([link]);
    PublishedEntry {
        stored: StoredEntry {
            id: EntryId(number),
            source: source.id,
            first_seen: seen,
            changed: seen,
            sort_key: SortKey::new(published, &identity),
            state: EntryState::Published,
            release_at: None,
            entry: Entry {
                identity,
                fingerprint: Fingerprint::of([title]),
                publisher_id: Some(link.to_owned()),
                id_is_permalink: true,
                public_id: link.to_owned(),
                link: Some(link.to_owned()),
                title: title.to_owned(),
                summary: None,
                content: None,
                authors: Vec::new(),
                tags: Vec::new(),
                attachments: Vec::new(),
                image: None,
                language: None,
                published: Some(published),
                updated: None,
                origin: None,
                rights: None,
                comments_url: None,
                translations: Vec::new(),
            },
        },
        source: Arc::clone(source),
        also: Vec::new(),
        translations: Vec::new(),
    }
}

pub(crate) fn html(text: &str) -> Option<SafeHtml> {
    Some(SafeHtml::sanitised(text.to_owned()))
}

pub(crate) fn person(name: &str) -> Person {
    Person { name: Some(name.to_owned()), url: None, email: Some("never@example.org".to_owned()) }
}

/// A partner with these rights.
pub(crate) fn partner(text: TextPolicy, change: impl FnOnce(&mut Source)) -> Arc<Source> {
    let mut source = source(2, "noi", SourceKind::Feed, "NOI Techpark", "https://noi.example.it/en/feed");
    source.spec.rights.text = text;
    source.spec.home = "https://noi.example.it/en/".parse().ok();
    change(&mut source);
    Arc::new(source)
}

/// One of everything: newest first, as a channel gives it.
pub(crate) fn newspaper() -> Vec<PublishedEntry> {
    vec![city_news(), own_post(), commission(), titleless(), link_only(), scraped(), numbered()]
}

/// A portal in Bulgarian, excerpts only; the id is no address.
fn city_news() -> PublishedEntry {
    let mut portal = source(
        1,
        "sofia",
        SourceKind::Feed,
        "Столична община",
        "https://user:secret@sofia.example.bg/news/rss?token=abc",
    );
    portal.spec.home = "https://sofia.example.bg/".parse().ok();
    let link = "https://sofia.example.bg/w/123?redirect=%2Fnews";
    let mut entry =
        entry(&Arc::new(portal), 1, "Нова стратегия за „умен град“ & иновации", link, "2018-07-20T08:30:00Z");
    entry.stored.entry.publisher_id = Some("urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a".to_owned());
    entry.stored.entry.public_id = "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a".to_owned();
    entry.stored.entry.id_is_permalink = false;
    entry.stored.entry.language = Some(Language::bulgarian());
    entry.stored.entry.tags = vec!["Град".to_owned(), "Иновации".to_owned()];
    entry.stored.entry.content = html(
        "<p>Столичният общински съвет прие концепция, която определя как общината, университетите и бизнесът ще \
         работят заедно. <a href=\"https://sofia.example.bg/x\">Документът</a> е публикуван за обсъждане, а мнения се \
         приемат до края на септември.</p><p>Този абзац вече не се вижда.</p>",
    );
    entry
}

/// Our own: whole, with its picture.
fn own_post() -> PublishedEntry {
    let posts = Arc::new(source(3, "posts", SourceKind::Local, "Клъстер София – град на знанието", ""));
    let link = "https://news.example.org/posts/sreshti-v-italia";
    let mut entry = entry(&posts, 2, "Работни срещи в Италия", link, "2018-07-20T06:00:00Z");
    entry.stored.entry.language = Some(Language::bulgarian());
    entry.stored.entry.authors = vec![person("Ива Петрова")];
    entry.stored.entry.tags = vec!["Новини".to_owned()];
    entry.stored.entry.summary = html("Болоня, Болцано и Верона за пет дни.");
    entry.stored.entry.content = html(
        "<p>Експертът на клъстера се срещна с мениджърите на асоциациите <em>Clust-ER</em> в Болоня.</p>\
         <h2>Програмата</h2><ul><li>Болоня</li><li>Болцано</li><li>Верона</li></ul>\
         <blockquote><p>Градовете, които споделят знание, растат по-бързо.</p></blockquote>\
         <p><img src=\"https://news.example.org/assets/icon.svg\" alt=\"Срещата\" width=\"120\" height=\"120\"></p>",
    );
    entry
}

/// A licence that lets us print everything but the pictures, with a credit line, an update and files.
fn commission() -> PublishedEntry {
    let source = partner(TextPolicy::Full, |source| {
        source.id = SourceId(4);
        source.spec.slug = "ec-digital".parse().unwrap();
        source.spec.title = Some("European Commission, digital strategy".to_owned());
        source.spec.url = "https://digital-strategy.example.eu/en/rss.xml".parse().ok();
        source.spec.home = "https://digital-strategy.example.eu/en".parse().ok();
        source.spec.rights.licence = Some("https://creativecommons.org/licenses/by/4.0/".to_owned());
        source.spec.rights.credit = Some("© European Union, CC BY 4.0".to_owned());
        source.state.info = FeedInfo { updated: Some(at("2018-07-19T12:00:00Z")), ..FeedInfo::default() };
    });
    let link = "https://digital-strategy.example.eu/en/news/challenge";
    let mut entry =
        entry(&source, 3, "Digital Cities Challenge: <b>next</b> steps", link, "2018-07-19T09:15:00Z");
    entry.stored.changed = at("2018-07-19T12:30:00Z");
    entry.stored.entry.updated = Some(at("2018-07-19T12:00:00.750Z"));
    entry.stored.entry.language = Some(Language::english());
    entry.stored.entry.authors = vec![person("Jane Doe"), person("John Smith")];
    entry.stored.entry.summary = html("<p>Fifteen cities, one <b>challenge</b>.</p>");
    entry.stored.entry.content = html(
        "<p>Fifteen cities <img src=\"https://digital-strategy.example.eu/a.jpg\" alt=\"a > b\">take part.</p><pre>a ]]&gt; b ]]> c</pre>",
    );
    entry.stored.entry.image = Some("https://digital-strategy.example.eu/a.jpg".to_owned());
    entry.stored.entry.comments_url =
        Some("https://digital-strategy.example.eu/en/news/challenge#comments".to_owned());
    let file = |url: &str, media_type: Option<&str>, length| Attachment {
        url: url.to_owned(),
        media_type: media_type.map(str::to_owned),
        length,
        duration: None,
        title: None,
    };
    entry.stored.entry.attachments = vec![
        file("https://digital-strategy.example.eu/talk.mp3", Some("audio/mpeg"), Some(1_234_567)),
        file("https://digital-strategy.example.eu/paper", None, None),
    ];
    entry
}

/// A short message without a title, and without a date of its own.
fn titleless() -> PublishedEntry {
    let source = partner(TextPolicy::Excerpt, |_| ());
    let mut entry = entry(&source, 4, "", "https://noi.example.it/en/notes/77", "2018-07-18T21:00:00Z");
    entry.stored.entry.published = None;
    entry.stored.entry.summary =
        html("Doors open at <strong>ten</strong> tomorrow. Come by &amp; say hello!");
    entry.stored.entry.language = Some(Language::english());
    entry
}

/// A partner that lets us say no more than that there is something.
fn link_only() -> PublishedEntry {
    let source = partner(TextPolicy::LinkOnly, |source| {
        source.id = SourceId(5);
        source.spec.slug = "eurac".parse().unwrap();
        source.spec.title = Some("Eurac Research".to_owned());
        source.spec.url = "https://eurac.example.it/feed".parse().ok();
        source.spec.home = None;
        source.state.info.id = Some("tag:eurac.example.it,2018:feed".to_owned());
        source.state.info.home = Some("https://eurac.example.it/de".to_owned());
        source.state.info.rights = Some("© Eurac Research".to_owned());
    });
    let mut entry = entry(
        &source,
        5,
        "Neue Studie über Alpenstädte",
        "https://eurac.example.it/de/städte",
        "2018-07-18T07:00:00Z",
    );
    entry.stored.entry.publisher_id = Some("tag:eurac.example.it,2018:42".to_owned());
    entry.stored.entry.public_id = "tag:eurac.example.it,2018:42".to_owned();
    entry.stored.entry.id_is_permalink = false;
    entry.stored.entry.content = html("<p>Das sagt niemand weiter.</p>");
    entry.stored.entry.language = "de".parse().ok();
    entry
}

/// From a page: no feed to point at, the id is ours, the day has no time.
fn scraped() -> PublishedEntry {
    let mut page = source(
        6,
        "innovative-sofia",
        SourceKind::Page,
        "Innovative Sofia",
        "https://innovative.example.bg/en/news/",
    );
    page.spec.rights.credit = Some("Text: Innovative Sofia".to_owned());
    let mut entry = entry(
        &Arc::new(page),
        6,
        "A map of the city’s laboratories",
        "https://innovative.example.bg/en/news/map",
        "2018-07-16T21:00:00Z",
    );
    entry.stored.entry.publisher_id = None;
    entry.stored.entry.id_is_permalink = false;
    entry.stored.entry.public_id = "tag:news.example.org,2026:entry/6".to_owned();
    entry.stored.entry.summary = html("Forty laboratories are open to visitors.");
    entry.stored.entry.language = Some(Language::english());
    entry
}

/// A publisher whose ids are bare numbers.
fn numbered() -> PublishedEntry {
    let source = partner(TextPolicy::Excerpt, |_| ());
    let mut entry = entry(
        &source,
        7,
        "Summer school begins",
        "https://noi.example.it/en/news/school",
        "2018-07-16T07:00:00Z",
    );
    entry.stored.entry.publisher_id = Some("1234".to_owned());
    entry.stored.entry.public_id = "tag:news.example.org,2026:entry/7".to_owned();
    entry.stored.entry.id_is_permalink = false;
    entry.stored.entry.summary = html("Forty students from five countries.");
    entry.stored.entry.language = Some(Language::english());
    entry
}
