//! The words of the house as types: what the stages take and give. Does no I/O and reads no clock.

mod changes;
mod channel;
mod contract;
mod cron;
mod document;
mod entry;
mod health;
mod history;
mod html;
mod identity;
mod moves;
mod names;
mod parsed;
mod publication;
mod reason;
mod rendition;
mod retention;
mod site;
mod source;
mod story;
mod time;
mod trouble;

pub use changes::{Alias, Changes, Collected, Known, Lately, Outcome, PublisherId, SourceReport, TakenBy};
pub use channel::{Channel, Filter, Order, Texts, Window};
pub use contract::{Breach, Contract, EntryField};
pub use cron::CronLine;
pub use document::{Document, FetchError, FetchOutcome, Freshness, KeptDocument, TlsFault, Validators};
pub use entry::{Entry, EntryState, PublishedEntry, StoredEntry, Translation};
pub use health::Health;
pub use history::{Attempt, PastFetch, Record, SourceFigures};
pub use html::{SAFE_ELEMENTS, SafeHtml};
pub use identity::IdentityPolicy;
pub use moves::Moves;
pub use names::{EntryId, FeedUrl, Fingerprint, Identity, Language, NameError, Slug, SourceId, StoryId};
pub use parsed::{
    Attachment, Category, EntryOrigin, FeedFormat, FeedHints, Generator, Image, Link, ParsedDeletion,
    ParsedEntry, ParsedFeed, Person, Text, TextKind,
};
pub use publication::{Decision, Deleted, Held, Hold, OnDeletion, Publication, PublicationPolicy, Verdict};
pub use reason::Reason;
pub use rendition::{Coding, Format, Rendition};
pub use retention::Retention;
pub use site::Site;
pub use source::{
    ArticleFields, Claim, FeedInfo, Field, PageRules, Polling, Rights, Source, SourceKind, SourceSpec,
    SourceState, TextPolicy,
};
pub use story::{AlsoReported, Story};
pub use time::{Month, SortKey, Timestamp, from_millis};
pub use trouble::Trouble;
