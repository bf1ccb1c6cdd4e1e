//! What a collection writes: the difference between what is stored and what came.

use super::{
    Attempt, Claim, Entry, EntryId, EntryState, FeedInfo, Fingerprint, Health, Held, Identity, KeptDocument,
    Moves, SortKey, SourceId, Timestamp, Validators,
};

/// What the store knows of an entry, as far as `changes` needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The database's number.
    pub id: EntryId,
    /// Which entry it is.
    pub identity: Identity,
    /// What came last time.
    pub fingerprint: Fingerprint,
    /// The id that it was published with: stays for good.
    pub public_id: String,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Whether it is published.
    pub state: EntryState,
    /// The publisher's id that it was published with, where the publisher has changed it since.
    pub published_as: Option<PublisherId>,
    /// The identity that the store knows it by now, where `identity` is an earlier one.
    pub alias_of: Option<Identity>,
    /// The address that it is stored with.
    pub link: Option<String>,
    /// The publisher's id that it is stored with; only where it was looked for by its address.
    pub publisher_id: Option<String>,
}

/// A publisher's id as readers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherId {
    /// The id, verbatim; None where there was none.
    pub id: Option<String>,
    /// Whether it was an address to follow.
    pub is_permalink: bool,
}

/// An entry that was known by another identity: should that one come back, it is the same entry, and whatever id it comes
/// with, readers keep the one that they know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The entry.
    pub entry: EntryId,
    /// The identity that it was known by.
    pub identity: Identity,
    /// The publisher's id that it was published with.
    pub published_as: PublisherId,
}

/// What an entry did in the last day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lately {
    /// How often it changed.
    pub revisions: u32,
    /// The date of change that its publisher gave it, as stored.
    pub updated: Option<Timestamp>,
}

impl Known {
    /// Taken away earlier, by its own publisher or by staff, or too old to be kept.
    pub fn is_gone(&self) -> bool {
        matches!(self.state, EntryState::Withdrawn | EntryState::Removed | EntryState::Expired)
    }
}

/// What has to be written for one document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Entries that were not known, with their place in the river.
    pub new: Vec<(Entry, SortKey)>,
    /// Those of the new and returning ones that are not published now, and why.
    pub held: Vec<Held>,
    /// Known entries that changed (or came back).
    pub updated: Vec<(EntryId, Entry, SortKey)>,
    /// Known entries that their publisher took away.
    pub withdrawn: Vec<EntryId>,
    /// How it said so, of those that are not merely missing from a complete document.
    pub named: Vec<(EntryId, TakenBy)>,
    /// Known entries that came under another identity.
    pub aliases: Vec<Alias>,
    /// Known entries that are as they were.
    pub unchanged: usize,
}

/// How a publisher says that an entry is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBy {
    /// Its feed has a tombstone (RFC 6721), or what JSON Feed has instead.
    Tombstone,
    /// The page of the article answers 410.
    Gone,
}

impl TakenBy {
    /// For the audit trail.
    pub fn reason(self) -> &'static str {
        match self {
            TakenBy::Tombstone => "its publisher's feed says that it is deleted",
            TakenBy::Gone => "its page says that it is gone (410)",
        }
    }
}

impl Changes {
    /// Takes away a known entry for this reason.
    pub fn take_away(&mut self, entry: EntryId, by: TakenBy) {
        if !self.withdrawn.contains(&entry) {
            self.withdrawn.push(entry);
            self.named.push((entry, by));
        }
    }

    /// True where nothing has to be written or published.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.updated.is_empty() && self.withdrawn.is_empty()
    }
}

/// How a collection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A document was read.
    Read,
    /// The publisher said that nothing changed (304), or the bytes were the same.
    Unchanged,
    /// Nothing usable came.
    Failed,
    /// It could not be asked, by no fault of its own: it keeps its health and is asked again.
    Deferred,
}

impl Outcome {
    /// The word in lists, metrics and the database.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Read => "read",
            Outcome::Unchanged => "unchanged",
            Outcome::Failed => "failed",
            Outcome::Deferred => "deferred",
        }
    }

    /// Reads what `name` wrote.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Outcome::Read, Outcome::Unchanged, Outcome::Failed, Outcome::Deferred];
        all.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// All that one collection of a source writes, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The source.
    pub source: SourceId,
    /// The last claim on it when it was read: where somebody has claimed it since, nothing is written. None writes anyway.
    pub claim: Option<Claim>,
    /// When it was asked.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// What replaces the stored validators. None leaves them.
    pub validators: Option<Validators>,
    /// Hash of the body that was read. None leaves the stored one.
    pub body_hash: Option<String>,
    /// When to ask next.
    pub next_due: Timestamp,
    /// How the source is doing now.
    pub health: Health,
    /// Why, in plain words; None where all is well.
    pub reason: Option<String>,
    /// Why, in the words of the protocol.
    pub technical: Option<String>,
    /// What the question cost, for the history. None where nobody was asked.
    pub attempt: Option<Attempt>,
    /// Where the publisher says that the source moved to. None leaves what is stored.
    pub moves: Option<Moves>,
    /// What the publisher says about the feed. None leaves what is stored.
    pub info: Option<FeedInfo>,
    /// Entries a week, as observed in the document. None leaves what is stored.
    pub entries_per_week: Option<f64>,
    /// What happened to entries.
    pub changes: Changes,
    /// The document to keep for articles that wait, or that none is any more. None leaves what is stored.
    pub kept: Option<Option<KeptDocument>>,
}

impl Collected {
    /// A collection that went well and changes nothing but the next due time.
    pub fn plain(source: SourceId, outcome: Outcome, at: Timestamp, next_due: Timestamp) -> Self {
        Collected {
            source,
            claim: None,
            at,
            outcome,
            validators: None,
            body_hash: None,
            next_due,
            health: Health::Ok,
            reason: None,
            technical: None,
            attempt: None,
            moves: None,
            info: None,
            entries_per_week: None,
            changes: Changes::default(),
            kept: None,
        }
    }
}

/// What a collection did, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReport {
    /// The source's slug.
    pub slug: String,
    /// How it ended.
    pub outcome: Outcome,
    /// New entries.
    pub new: usize,
    /// Changed entries.
    pub updated: usize,
    /// Entries taken away.
    pub withdrawn: usize,
    /// Entries that were as before.
    pub unchanged: usize,
    /// Bytes on the wire.
    pub bytes: u64,
    /// How the source is doing now.
    pub health: Health,
    /// Why it failed, in plain words.
    pub reason: Option<String>,
    /// Why, in the words of the protocol.
    pub technical: Option<String>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}
