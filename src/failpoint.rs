//! Places where the process can be made to die, as a power cut would end it: for tests, which set `VESTNIK_FAILPOINT` to the
//! name of one (`committed`, or `committed:3` for the third time that it is reached). A release has none of them.

/// Steps of a collection and of a publication, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Due sources are claimed, and nobody is asked yet.
    Claimed,
    /// An answer came.
    Fetched,
    /// It was read.
    Read,
    /// New entries are written in a transaction, and nothing else.
    Inserted,
    /// All that a collection brought is written in a transaction that is not committed.
    Committing,
    /// It is committed, and nobody knows.
    Committed,
    /// Entries are in their stories, in a transaction that is not committed.
    Grouping,
    /// Entries are in the search index, in a transaction that is not committed.
    Indexing,
    /// An archive went on, in a transaction that is not committed.
    Archiving,
    /// Documents are made, and their revisions are not stored.
    Rendered,
    /// The revisions are stored, and the outbox still has what was published.
    Revised,
    /// The outbox is empty.
    Published,
    /// A folder or bucket knows what it is to have, and has nothing of it yet.
    Listed,
    /// A file of the site is written beside the one that it is to replace.
    Replacing,
    /// A folder or bucket has all that is new, and still what is to leave.
    Delivered,
}

impl Step {
    /// All of them.
    pub const ALL: [Step; 15] = [
        Step::Claimed,
        Step::Fetched,
        Step::Read,
        Step::Inserted,
        Step::Committing,
        Step::Committed,
        Step::Grouping,
        Step::Indexing,
        Step::Archiving,
        Step::Rendered,
        Step::Revised,
        Step::Published,
        Step::Listed,
        Step::Replacing,
        Step::Delivered,
    ];

    /// The name that a test calls it by.
    pub fn name(self) -> &'static str {
        match self {
            Step::Claimed => "claimed",
            Step::Fetched => "fetched",
            Step::Read => "read",
            Step::Inserted => "inserted",
            Step::Committing => "committing",
            Step::Committed => "committed",
            Step::Grouping => "grouping",
            Step::Indexing => "indexing",
            Step::Archiving => "archiving",
            Step::Rendered => "rendered",
            Step::Revised => "revised",
            Step::Published => "published",
            Step::Listed => "listed",
            Step::Replacing => "replacing",
            Step::Delivered => "delivered",
        }
    }
}

/// Dies here where a test wants it.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reach(_: Step) {}

/// Dies here where a test wants it: without unwinding, flushing or closing anything.
#[cfg(debug_assertions)]
pub fn reach(step: Step) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    };

    static WANTED: OnceLock<Option<(String, AtomicUsize)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("VESTNIK_FAILPOINT").ok()?;
        let (name, times) = text.split_once(':').unwrap_or((text.as_str(), "1"));
        Some((name.to_owned(), AtomicUsize::new(times.parse().unwrap_or(1))))
    });
    if let Some((name, times)) = wanted
        && name == step.name()
        && times.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
}
