//! Turns what a document says into entries that may be shown, and decides what of them is new. Does no I/O and reads no
//! clock; nothing that it gives out holds active markup, relative addresses or e-mail addresses.
//!
//! The cheap part runs for every entry of a changed document ([`identify`]), the dear part ([`changes()`]) only for those that
//! are new or changed: a fingerprint of what came tells.

mod allow;
mod boilerplate;
mod changes;
mod entry;
mod feed;
mod guard;
mod harmless;
mod html;
mod identity;
mod ids;
mod lane;
mod language;
mod links;
mod people;
mod restless;
mod scan;
mod tame;
mod text;

use url::Url;

pub use changes::changes;
pub use feed::{entries_per_week, feed_info};
pub use guard::{GuardLimits, Watch, guard};
pub use harmless::make_harmless;
pub use identity::{adopt, adopt_single, identity_policy};
pub use ids::{Identified, deleted, identify, identify_by};
pub use links::canonical_link;
pub use restless::{REVISIONS_A_DAY, put_off};

use crate::model::{Language, SafeHtml, SourceSpec, Timestamp};

/// What normalising needs to know besides the document.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Where the document was collected.
    pub source: &'a SourceSpec,
    /// The address it came from: what relative addresses stand on where the document says nothing.
    pub base: Option<&'a Url>,
    /// The host of our public address: the authority of the ids that we mint (RFC 4151).
    pub authority: &'a str,
    /// The moment of the collection: first sight of what is new.
    pub now: Timestamp,
    /// The languages that an entry can be in which says none.
    pub languages: &'a [Language],
    /// Whether links lose parameters that only say where a click came from.
    pub clean_links: bool,
}

/// Markup through the allow-list. Relative addresses stand on `base`, and are dropped without one. None where nothing is left
/// to see.
pub fn sanitise(html: &str, base: Option<&Url>) -> Option<SafeHtml> {
    html::Sanitiser::new(base.cloned()).markup(html)
}

#[cfg(test)]
mod tests;
