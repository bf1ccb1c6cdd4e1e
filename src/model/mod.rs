//! The words of the house as types: what the stages take and give. Does no I/O and reads no clock.

mod changes;
mod channel;
mod contract;
mod document;
mod entry;
mod html;
mod names;
mod parsed;
mod publication;
mod rendition;
mod site;
mod source;
mod story;
mod time;

pub use changes::{Changes, Collected, Known, Outcome, SourceReport};
pub use channel::{Channel, Filter, Order, Texts, Window};
pub use contract::{Breach, Contract, EntryField};
pub use document::{Document, FetchError, FetchOutcome, Freshness, Validators};
pub use entry::{Entry, EntryState, PublishedEntry, StoredEntry};
pub use html::SafeHtml;
pub use names::{EntryId, FeedUrl, Fingerprint, Identity, Language, NameError, Slug, SourceId, StoryId};
pub use parsed::{
    Attachment, Category, EntryOrigin, FeedFormat, FeedHints, Generator, Image, Link, ParsedEntry,
    ParsedFeed, Person, Text, TextKind,
};
pub use publication::{Decision, Held, Hold, OnDeletion, Publication, PublicationPolicy, Verdict};
pub use rendition::{Coding, Format, Rendition};
pub use site::Site;
pub use source::{
    FeedInfo, Field, Health, IdentityPolicy, PageRules, Polling, Rights, Source, SourceKind, SourceSpec,
    SourceState, TextPolicy,
};
pub use story::{AlsoReported, Story};
pub use time::{SortKey, Timestamp, from_millis};
