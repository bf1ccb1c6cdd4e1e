//! What documents say about where an entry came from.

use super::text::{as_id, authority, may_leave, one_line, public_feed_address, web_address};
use crate::model::{Language, Rights, Site, Source, SourceKind, TextPolicy, Texts, Timestamp};

/// A source as others may see it.
#[derive(Debug, Clone)]
pub(super) struct Provenance {
    /// Our own name for it.
    pub(super) slug: String,
    /// The name that readers see.
    pub(super) title: String,
    /// The language of that name, as far as it is known.
    pub(super) language: Option<Language>,
    /// Its feed, without credentials. None for pages and for our own posts.
    pub(super) feed_url: Option<String>,
    /// Its page for people.
    pub(super) home: Option<String>,
    /// The Atom id of the feed: the publisher's own, else the feed's address, else one of ours.
    pub(super) id: String,
    /// When it last changed, as far as this document knows.
    pub(super) updated: Timestamp,
    /// Its rights, as text: what the publisher says, else the agreed licence.
    pub(super) rights: Option<String>,
    /// Whether it is our own.
    pub(super) is_local: bool,
}

impl Provenance {
    /// What is known of a source, where the newest entries of it here are of `newest` and nothing here was stored after `horizon`.
    pub(super) fn of(source: &Source, site: &Site, newest: Timestamp, horizon: Timestamp) -> Self {
        let spec = &source.spec;
        let info = &source.state.info;
        let address = spec.url.as_ref().map(|url| public_feed_address(url.url()));
        let address = address.as_deref().and_then(web_address).filter(|address| may_leave(address, site));
        let is_local = spec.kind == SourceKind::Local;
        let home = source.home().and_then(web_address).filter(|address| may_leave(address, site));
        let (feed_url, home) = match spec.kind {
            SourceKind::Feed => (address, home),
            SourceKind::Page => (None, home.or(address)),
            SourceKind::Local => (None, home.or_else(|| Some(site.url.to_string()))),
        };
        let own_id = info.id.as_deref().and_then(|id| as_id(id.trim())).filter(|_| !is_local);
        let id = own_id.or_else(|| feed_url.as_deref().and_then(as_id));
        Provenance {
            id: id.unwrap_or_else(|| format!("tag:{},2026:source/{}", authority(site), spec.slug)),
            slug: spec.slug.to_string(),
            // A name of nothing that can be shown is none, and an author without a name is no author.
            title: Some(one_line(source.title()))
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| spec.slug.to_string()),
            language: spec.language.clone().or_else(|| is_local.then(|| site.language.clone())),
            feed_url,
            home,
            // A date that the publisher put into the future must not leave; there is no "now" here, but what was stored is past.
            updated: info
                .updated
                .filter(|updated| *updated <= horizon)
                .map_or(newest, |updated| updated.max(newest)),
            rights: info.rights.as_deref().or(spec.rights.licence.as_deref()).map(one_line),
            is_local,
        }
    }

    /// Feed, else page: what an RSS source element points at.
    pub(super) fn address(&self) -> Option<&str> {
        self.feed_url.as_deref().or(self.home.as_deref())
    }
}

/// What may leave of a source's texts, in a channel that shows at most `texts`. Our own posts are ours to publish whole. The
/// rights are those in force: whoever has a clock has seen to their end.
pub(super) fn rights_of(source: &Source, texts: &Texts) -> Rights {
    let declared = &source.spec.rights;
    let rights = match source.spec.kind {
        SourceKind::Local => Rights { text: TextPolicy::Full, images: true, ..declared.clone() },
        SourceKind::Feed | SourceKind::Page => declared.clone(),
    };
    let limit = source.spec.publication.policy.text_limit();
    texts.within(Rights { text: rights.text.min(limit), ..rights })
}
