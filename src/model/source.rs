//! Sources: what we collect from, how often, and what we may do with it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Contract, CronLine, EntryField, FeedHints, FeedUrl, Health, IdentityPolicy, Language, Moves, Publication,
    Retention, Slug, SourceId, Timestamp, Validators,
};

/// How a source is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A remote feed.
    Feed,
    /// A page without a feed, read by rules.
    Page,
    /// Our own posts.
    Local,
}

impl SourceKind {
    /// The word in files and lists.
    pub fn name(self) -> &'static str {
        match self {
            SourceKind::Feed => "feed",
            SourceKind::Page => "page",
            SourceKind::Local => "local",
        }
    }
}

/// When a source is asked. Where nothing is declared, its pace decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polling {
    /// A fixed interval in place of the adaptive one.
    pub interval: Option<Duration>,
    /// Fixed moments in place of an interval, by the clock of the source's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<CronLine>,
}

/// How much of an entry's text may leave the house, in order: a lesser one is the stricter one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextPolicy {
    /// Title and link only.
    LinkOnly,
    /// Title, link and the beginning of the text. What the law lets anyone do.
    #[default]
    Excerpt,
    /// The whole text: the partner allows it.
    Full,
}

/// What a partner allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// How much text.
    pub text: TextPolicy,
    /// Characters of an excerpt.
    pub excerpt_length: u32,
    /// Whether the partner's images are shown from where they are.
    pub images: bool,
    /// A licence, as an address or a name (`CC BY 4.0`).
    pub licence: Option<String>,
    /// A line that stands under every text of this source.
    pub credit: Option<String>,
    /// Full text and images are allowed before this moment. None: without an end.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// What is allowed from then on, without images.
    #[serde(default)]
    pub afterwards: TextPolicy,
}

impl Rights {
    /// What is allowed at this moment.
    pub fn in_force(&self, now: Timestamp) -> Rights {
        if self.until.is_none_or(|until| now < until) {
            return self.clone();
        }
        Rights { text: self.text.min(self.afterwards), images: false, ..self.clone() }
    }
}

impl Default for Rights {
    fn default() -> Self {
        Rights {
            text: TextPolicy::Excerpt,
            excerpt_length: 200,
            images: false,
            licence: None,
            credit: None,
            until: None,
            afterwards: TextPolicy::Excerpt,
        }
    }
}

/// Where a value stands on a page: a selector, and what to take from the element it finds. In JSON, a path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// A CSS selector, relative to the item; of a JSON document a path (`data.title`) or pointer (`/data/title`).
    pub select: String,
    /// An attribute; the text where none is named.
    pub attribute: Option<String>,
    /// A regular expression; its first group (or the whole match) is the value.
    pub pattern: Option<String>,
}

/// Fields of an article page. Selectors are relative to the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArticleFields {
    /// The title.
    pub title: Option<Field>,
    /// The date.
    pub date: Option<Field>,
    /// The summary.
    pub summary: Option<Field>,
    /// The picture.
    pub image: Option<Field>,
    /// The author.
    pub author: Option<Field>,
    /// The tags: every element found is one.
    pub tags: Option<Field>,
}

impl ArticleFields {
    /// The fields by their names in files, in the order they are written in.
    pub fn named(&self) -> [(&'static str, Option<&Field>); 6] {
        [
            ("title", self.title.as_ref()),
            ("date", self.date.as_ref()),
            ("summary", self.summary.as_ref()),
            ("image", self.image.as_ref()),
            ("author", self.author.as_ref()),
            ("tags", self.tags.as_ref()),
        ]
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.named().iter().all(|(_, field)| field.is_none())
    }
}

/// How to read a page without a feed. Selectors are CSS, as text: `scrape` compiles them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageRules {
    /// What repeats: one element an entry. Of a JSON document the path of the list; empty where it is the document.
    #[serde(alias = "items")]
    pub item: String,
    /// True where the address answers with JSON in place of a page: every selector is then a path or pointer.
    pub json: bool,
    /// What relative addresses stand on, where that is neither the page's own address nor its `<base>`.
    pub base: Option<FeedUrl>,
    /// The link (the first `a[href]` of the item where nothing is said).
    pub link: Option<Field>,
    /// The title (the link's text where nothing is said).
    pub title: Option<Field>,
    /// The date (`<time datetime>` where nothing is said).
    pub date: Option<Field>,
    /// The date's form, as chrono writes it: `%d.%m.%Y`. Known forms are tried where nothing is said.
    pub date_format: Option<String>,
    /// The language of dates: `en-US` writes the month first.
    pub date_language: Option<Language>,
    /// The zone of dates that do not say theirs, where it is not the source's.
    #[serde(rename = "timezone")]
    pub zone: Option<chrono_tz::Tz>,
    /// The summary.
    pub summary: Option<Field>,
    /// The picture.
    pub image: Option<Field>,
    /// The author.
    pub author: Option<Field>,
    /// The tags: every element found is one.
    pub tags: Option<Field>,
    /// The link to the next, older page, relative to the document.
    pub next: Option<Field>,
    /// How many pages are read at most, the first one included. One where nothing is said.
    pub pages: Option<u32>,
    /// Whether the pages of new entries are read too, for their text and for what the list does not say.
    pub article: bool,
    /// What else is taken from the article page, each before anything that the list or the page's own data say.
    pub on_article: ArticleFields,
    /// The text on the article page; where `article` is set without it, the text is found by its looks. In JSON it is
    /// the path of the text in the item.
    pub content: Option<String>,
    /// What is cut out of the text of the article page.
    pub remove: Vec<String>,
}

impl PageRules {
    /// How many pages are read at most.
    pub fn page_limit(&self) -> u32 {
        self.pages.unwrap_or(1).max(1)
    }

    /// Whether article pages are read.
    pub fn reads_articles(&self) -> bool {
        self.article || (self.content.is_some() && !self.json)
    }

    /// The fields that only article pages can bring.
    pub fn later_fields(&self) -> Vec<EntryField> {
        if !self.reads_articles() {
            return Vec::new();
        }
        let list = [
            (EntryField::Date, &self.date),
            (EntryField::Summary, &self.summary),
            (EntryField::Image, &self.image),
            (EntryField::Author, &self.author),
        ];
        let missing = list.into_iter().filter(|(_, rule)| rule.is_none()).map(|(field, _)| field);
        missing.chain([EntryField::Content]).collect()
    }
}

/// A source as it was declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSpec {
    /// Its id in files and addresses.
    pub slug: Slug,
    /// How it is read.
    pub kind: SourceKind,
    /// Where it is fetched from. None for local sources.
    pub url: Option<FeedUrl>,
    /// The name that readers see; the feed's own title where none is given.
    pub title: Option<String>,
    /// The page for people.
    pub home: Option<FeedUrl>,
    /// The language of entries that do not say theirs.
    pub language: Option<Language>,
    /// IANA time zone of dates that do not say theirs.
    pub zone: Option<chrono_tz::Tz>,
    /// What it belongs to: `partners`, `city` …
    pub groups: Vec<Slug>,
    /// Tags that every entry of it gets.
    pub tags: Vec<String>,
    /// Whether it is collected.
    pub enabled: bool,
    /// When it is asked.
    pub polling: Polling,
    /// What we may do with it.
    pub rights: Rights,
    /// Of several sources that report the same, the one with the highest number leads the story: 0 to 100.
    #[serde(default = "usual_precedence")]
    pub precedence: u32,
    /// How its entries come to be published.
    #[serde(default)]
    pub publication: Publication,
    /// A user agent in place of ours, for publishers that refuse unfamiliar ones.
    pub user_agent: Option<String>,
    /// How to read it, for pages. Elsewhere, as most sources are none.
    pub rules: Option<Box<PageRules>>,
    /// What it has to deliver.
    #[serde(default)]
    pub contract: Contract,
    /// What of it is kept, where that is not what the settings say.
    #[serde(default, skip_serializing_if = "Retention::keeps_all")]
    pub retention: Retention,
    /// The file that declares it, relative to the feeds folder.
    pub declared_in: Option<String>,
}

fn usual_precedence() -> u32 {
    SourceSpec::PRECEDENCE
}

impl SourceSpec {
    /// The precedence of sources that do not say theirs.
    pub const PRECEDENCE: u32 = 50;

    /// A feed with this address, and everything else as it is where nothing is declared.
    pub fn feed(slug: Slug, url: FeedUrl) -> Self {
        SourceSpec {
            slug,
            kind: SourceKind::Feed,
            url: Some(url),
            title: None,
            home: None,
            language: None,
            zone: None,
            groups: Vec::new(),
            tags: Vec::new(),
            enabled: true,
            polling: Polling::default(),
            rights: Rights::default(),
            precedence: SourceSpec::PRECEDENCE,
            publication: Publication::default(),
            user_agent: None,
            rules: None,
            contract: Contract::default(),
            retention: Retention::default(),
            declared_in: None,
        }
    }
}

/// What the publisher says about the feed as a whole, as of the last change of its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedInfo {
    /// Atom id of the feed.
    pub id: Option<String>,
    /// The feed's own title.
    pub title: Option<String>,
    /// The page it belongs to.
    pub home: Option<String>,
    /// Rights, as text.
    pub rights: Option<String>,
    /// The feed's language.
    pub language: Option<String>,
    /// Newest date among its entries. Not the feed's own `updated`: many publishers write the time of the request there.
    pub updated: Option<Timestamp>,
    /// An icon.
    pub icon: Option<String>,
    /// What the document asks of those who poll it.
    #[serde(default)]
    pub hints: FeedHints,
    /// By what its entries are told apart.
    #[serde(default)]
    pub identity: IdentityPolicy,
    /// Article pages of the last document are still to be read: it is kept for them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub articles_wait: bool,
}

/// What collecting knows about a source from one time to the next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceState {
    /// For the next conditional request.
    pub validators: Validators,
    /// Hash of the last body that was read, for servers without validators.
    pub body_hash: Option<String>,
    /// When it is asked next.
    pub next_due: Option<Timestamp>,
    /// The last time it was asked.
    pub last_attempt: Option<Timestamp>,
    /// The first time that went well.
    pub first_success: Option<Timestamp>,
    /// The last time that went well.
    pub last_success: Option<Timestamp>,
    /// Since when it has been failing.
    pub failing_since: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// How it is doing.
    pub health: Health,
    /// Since when it has been doing so.
    pub since: Option<Timestamp>,
    /// Why, in plain words.
    pub reason: Option<String>,
    /// Why, in the words of the protocol.
    pub technical: Option<String>,
    /// What the publisher says about the feed.
    pub info: FeedInfo,
    /// Entries a week, as last observed.
    pub entries_per_week: Option<f64>,
    /// The last time that it brought a new entry.
    pub last_new: Option<Timestamp>,
    /// Bytes on the wire of the last whole document: what a 304 saves.
    pub body_bytes: u64,
    /// Where the publisher says that it moved to.
    pub moves: Moves,
    /// Since when staff have been asking for it; None where nobody is.
    pub asked: Option<Timestamp>,
    /// The last claim on it when this was read.
    pub claim: Claim,
}

/// The number of a claim on a source: who has an older one has lost it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claim(pub i64);

/// A source with its number and state.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The database's number.
    pub id: SourceId,
    /// What was declared.
    pub spec: SourceSpec,
    /// What is known.
    pub state: SourceState,
}

impl Source {
    /// The name that readers see.
    pub fn title(&self) -> &str {
        self.spec.title.as_deref().or(self.state.info.title.as_deref()).unwrap_or(self.spec.slug.as_str())
    }

    /// Where it is asked: where it moved to, else where it was declared.
    pub fn address(&self) -> Option<&FeedUrl> {
        self.state.moves.address.as_ref().or(self.spec.url.as_ref())
    }

    /// How it is doing; what is switched off is doing nothing.
    pub fn health(&self) -> Health {
        if self.spec.enabled { self.state.health } else { Health::Disabled }
    }

    /// The page for people, where one is known.
    pub fn home(&self) -> Option<&str> {
        self.spec.home.as_ref().map(|home| home.url().as_str()).or(self.state.info.home.as_deref())
    }
}
