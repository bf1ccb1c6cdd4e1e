//! Whether the articles of a source are still there: where it is wanted, a few pages are asked with each collection, and one that
//! says twice in a row to be gone (410) is believed.

use url::Url;

use super::{Ingest, found::Found, pages::Asked, turn::Turn};
use crate::{
    fetch::Accept,
    model::{OnDeletion, Outcome, SortKey, Source, TakenBy},
    store::{ArticleQuery, StoreError},
};

/// Pages that one collection asks for.
const PAGES: u32 = 5;
/// Hours until the same page is asked again, and until one that says to be gone is.
const HOURS: i64 = 24;
const HOURS_IF_GONE: i64 = 1;
/// Entries that are older are left alone.
const DAYS: i64 = 60;
/// So often in a row it has to say so: one answer may be an accident.
const BELIEVED: u32 = 2;

impl Ingest {
    /// Whether the articles of a source that answered are looked at.
    pub(super) fn looks_for_gone(&self, source: &Source, found: &Found) -> bool {
        let answered = matches!(found.collected.outcome, Outcome::Read | Outcome::Unchanged);
        source.spec.publication.on_gone != OnDeletion::Keep && answered && !self.is_stopping()
    }

    /// Adds to what a collection found the entries whose articles are gone.
    pub(super) async fn take_away_gone(
        &self,
        source: &Source,
        found: &mut Found,
        turn: &mut Turn<'_>,
    ) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        let query = ArticleQuery {
            source: source.id,
            since: SortKey::floor(now - chrono::TimeDelta::days(DAYS)),
            before: now - chrono::TimeDelta::hours(HOURS),
            gone_before: now - chrono::TimeDelta::hours(HOURS_IF_GONE),
            limit: PAGES,
        };
        let mut asked = Vec::new();
        for article in self.0.store.due_articles(&query).await? {
            let Ok(url) = Url::parse(&article.link) else {
                asked.push((article.entry, 0));
                continue;
            };
            let gone = match self.ask_for_more(source, url, Accept::Page, turn).await {
                Asked::Gone => article.gone.saturating_add(1),
                Asked::Document(_) | Asked::Never(_) => 0,
                // The host asks for peace, or is not well: the others wait too.
                Asked::Later(_) => break,
            };
            asked.push((article.entry, gone));
            if gone >= BELIEVED {
                let (slug, link) = (&source.spec.slug, &article.link);
                tracing::info!(source = %slug, "{slug}: the article {link} is gone (410) and is withdrawn");
                found.collected.changes.take_away(article.entry, TakenBy::Gone);
            }
        }
        if asked.is_empty() { Ok(()) } else { self.0.store.note_articles(&asked, now).await }
    }
}
