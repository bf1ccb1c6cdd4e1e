//! What happens to a source's entries before they are published, and when they leave again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Identity, TextPolicy, Timestamp};

/// Whether entries of a source are published by themselves, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublicationPolicy {
    /// As the rights say, at once.
    #[default]
    Auto,
    /// Only what staff approved; until then an entry is in no document.
    Review,
    /// At most an excerpt, whatever the rights allow.
    Excerpt,
    /// Title and link, whatever the rights allow.
    LinkOnly,
    /// After a delay (`Publication::embargo`).
    Embargo,
    /// Collected, and not published.
    Off,
}

impl PublicationPolicy {
    /// All of them, in the order of the manual.
    pub const ALL: [PublicationPolicy; 6] = [
        PublicationPolicy::Auto,
        PublicationPolicy::Review,
        PublicationPolicy::Excerpt,
        PublicationPolicy::LinkOnly,
        PublicationPolicy::Embargo,
        PublicationPolicy::Off,
    ];

    /// The word in files, lists and addresses.
    pub fn name(self) -> &'static str {
        match self {
            PublicationPolicy::Auto => "auto",
            PublicationPolicy::Review => "review",
            PublicationPolicy::Excerpt => "excerpt",
            PublicationPolicy::LinkOnly => "link-only",
            PublicationPolicy::Embargo => "embargo",
            PublicationPolicy::Off => "off",
        }
    }

    /// The policy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        PublicationPolicy::ALL.into_iter().find(|policy| policy.name() == name)
    }

    /// The most text that it lets out.
    pub fn text_limit(self) -> TextPolicy {
        match self {
            PublicationPolicy::LinkOnly => TextPolicy::LinkOnly,
            PublicationPolicy::Excerpt => TextPolicy::Excerpt,
            _ => TextPolicy::Full,
        }
    }
}

/// What becomes of an entry that its publisher took away: one that is missing from a document that says to be complete, or
/// that the publisher names as deleted (RFC 6721).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDeletion {
    /// It is withdrawn from every channel.
    #[default]
    Withdraw,
    /// It stays.
    Keep,
}

/// How a source's entries come to be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// By themselves, or not.
    pub policy: PublicationPolicy,
    /// With `Embargo`: so long after the publisher's date, or after first sight where the publisher gives none.
    pub embargo: Duration,
    /// When the publisher takes one away.
    pub on_deletion: OnDeletion,
    /// When the page of an article says that it is gone (410): with `Withdraw`, pages are asked for it.
    #[serde(default = "keep")]
    pub on_gone: OnDeletion,
}

impl Default for Publication {
    fn default() -> Self {
        Publication {
            policy: PublicationPolicy::Auto,
            embargo: Duration::ZERO,
            on_deletion: OnDeletion::Withdraw,
            on_gone: OnDeletion::Keep,
        }
    }
}

fn keep() -> OnDeletion {
    OnDeletion::Keep
}

impl Publication {
    /// What keeps a new entry, which shows this date, from being published now. None where nothing does.
    pub fn hold(&self, shown: Timestamp, now: Timestamp) -> Option<Hold> {
        match self.policy {
            PublicationPolicy::Review => Some(Hold::Review),
            PublicationPolicy::Off => Some(Hold::Off),
            PublicationPolicy::Embargo => {
                let delay = chrono::TimeDelta::from_std(self.embargo).unwrap_or(chrono::TimeDelta::MAX);
                let until = shown.checked_add_signed(delay).unwrap_or(Timestamp::MAX_UTC);
                (until > now).then_some(Hold::Until(until))
            }
            PublicationPolicy::Auto | PublicationPolicy::Excerpt | PublicationPolicy::LinkOnly => None,
        }
    }
}

/// Why a new entry is stored and not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Staff decide.
    Review,
    /// It comes out by itself at this moment.
    Until(Timestamp),
    /// Its source is not published.
    Off,
    /// The resurfacing guard did not recognise it; staff decide.
    Guard,
}

/// An entry that is held back, of one collection.
pub type Held = (Identity, Hold);

/// What staff can decide about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Publish what waits, is embargoed or was hidden.
    Approve,
    /// Take it out of every document and keep its text.
    Hide,
    /// Take it out for good: its text and everything that it said before are removed.
    Withdraw,
    /// Bring back what was hidden or withdrawn.
    Restore,
}

impl Verdict {
    /// The word in commands and in the audit trail.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Approve => "approve",
            Verdict::Hide => "hide",
            Verdict::Withdraw => "withdraw",
            Verdict::Restore => "restore",
        }
    }
}

/// An entry that was published and is no more (RFC 6721).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The id that it was published with.
    pub public_id: String,
    /// Which entry of its source it was.
    pub identity: Identity,
    /// Since when it is gone.
    pub at: Timestamp,
}

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Who: a name of a person, or `vestnik`.
    pub who: String,
    /// What: the name of a verdict, or `release` and `withdraw` by the house itself.
    pub what: String,
    /// The state before.
    pub before: String,
    /// The state after.
    pub after: String,
    /// Why, in the words of whoever decided.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_millis;

    #[test]
    fn an_embargo_counts_from_the_date_that_is_shown() {
        let hour = Duration::from_secs(3600);
        let publication = |policy| Publication { policy, embargo: hour, ..Publication::default() };
        let (shown, later) = (from_millis(0), from_millis(3_600_000));
        let cases = [
            (PublicationPolicy::Auto, shown, None),
            (PublicationPolicy::Review, shown, Some(Hold::Review)),
            (PublicationPolicy::Off, shown, Some(Hold::Off)),
            (PublicationPolicy::LinkOnly, shown, None),
            (PublicationPolicy::Embargo, shown, Some(Hold::Until(later))),
            (PublicationPolicy::Embargo, later, None),
        ];
        for (policy, now, expected) in cases {
            assert_eq!(publication(policy).hold(shown, now), expected, "{policy:?} {now}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for policy in PublicationPolicy::ALL {
            assert_eq!(PublicationPolicy::from_name(policy.name()), Some(policy));
        }
    }
}
