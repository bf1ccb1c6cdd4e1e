//! Which entry of a story leads it.

use crate::model::{Source, SourceKind, StoredEntry, Timestamp};

/// How much an entry has a right to lead its story: origin before portal, then the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What the source's file says.
    pub precedence: u32,
    /// The article is on the source's own site, and the source does not say that it has it from another.
    pub is_origin: bool,
    /// The date that readers see.
    pub at: Timestamp,
}

impl Standing {
    /// Of an entry of this source.
    pub fn of(stored: &StoredEntry, source: &Source) -> Self {
        let entry = &stored.entry;
        let own = source.home().into_iter().chain(source.spec.url.as_ref().map(|url| url.url().as_str()));
        let article = entry.link.as_deref().and_then(host);
        let at_home = article.is_some_and(|article| own.filter_map(host).any(|own| own == article));
        // Our own posts have no site but ours.
        let at_home = at_home || source.spec.kind == SourceKind::Local;
        let is_origin = at_home && entry.origin.is_none();
        Standing { precedence: source.spec.precedence, is_origin, at: stored.shown_date() }
    }

    /// The rank alone, the higher the better.
    fn rank(&self) -> (u32, bool) {
        (self.precedence, self.is_origin)
    }

    /// For choosing among entries none of which leads yet: the first in this order does.
    pub fn order(&self) -> impl Ord + use<> {
        (std::cmp::Reverse(self.rank()), self.at)
    }
}

/// Whether a newcomer takes the lead from the entry that has it: only where its rank is higher. An earlier date does not do,
/// so that what readers have seen stays what it is.
pub fn takes_the_lead(newcomer: &Standing, leader: &Standing) -> bool {
    newcomer.rank() > leader.rank()
}

/// The host of an address, without `www.`.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Some(host.strip_prefix("www.").unwrap_or(host)).filter(|host| !host.is_empty())
}
