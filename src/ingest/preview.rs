//! What a source would bring: asks it once, reads what comes, and stores nothing. For `vestnik check` and for rules.

use super::{reading::read_document, remote::accept};
use crate::{
    fetch::{FetchRequest, Fetcher},
    model::{
        Document, Entry, FeedFormat, FeedInfo, FeedUrl, FetchOutcome, Site, SourceSpec, Timestamp, Trouble,
        Validators,
    },
    normalise,
};

/// What a source would bring, without storing anything.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The format that was found.
    pub format: FeedFormat,
    /// The feed as a whole.
    pub info: FeedInfo,
    /// What would be stored, in document order.
    pub entries: Vec<Entry>,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Where every redirect on the way was permanent: the address to declare instead.
    pub moved_to: Option<FeedUrl>,
}

/// Asks a source, unconditionally and without waiting for a turn.
///
/// # Errors
/// Why nothing came, in words for staff.
pub async fn fetch_once(fetcher: &Fetcher, spec: &SourceSpec) -> Result<Document, String> {
    let url =
        spec.url.as_ref().ok_or("it has no address: local posts are checked with the declared files")?;
    let (accept, validators) = (accept(spec), Validators::default());
    let request =
        FetchRequest { url, validators: &validators, accept, user_agent: spec.user_agent.as_deref() };
    match fetcher.fetch(&request).await {
        FetchOutcome::Modified(document) => Ok(*document),
        FetchOutcome::NotModified { .. } => {
            Err("the server says “not modified” although nothing was asked".into())
        }
        FetchOutcome::Gone => Err(Trouble::gone().reason),
        FetchOutcome::RateLimited { .. } => Err(Trouble::rate_limited().reason),
        FetchOutcome::Unavailable { .. } => Err(Trouble::unavailable().reason),
        FetchOutcome::Failed(error) => Err(Trouble::from(&error).to_string()),
    }
}

/// Asks a source, unconditionally, and reads what comes.
///
/// # Errors
/// What is wrong with the source, in words for staff.
pub async fn preview(
    fetcher: &Fetcher,
    spec: &SourceSpec,
    site: &Site,
    now: Timestamp,
) -> Result<Preview, String> {
    let document = fetch_once(fetcher, spec).await?;
    let feed = read_document(spec, &document, now).map_err(|unread| unread.to_string())?.feed;
    let identified = normalise::identify(&feed, spec);
    let base = Some(document.url.url());
    let context = super::reading::context(spec, base, site, now);
    let format = feed.format;
    let info = normalise::feed_info(&feed, now);
    let changes = normalise::changes(feed, identified, &[], &context);
    let entries = changes.new.into_iter().map(|(entry, _)| entry).collect();
    Ok(Preview { format, info, entries, bytes: document.wire_bytes, moved_to: document.moved_to })
}
