//! Sources and what is known of them.

use std::{collections::HashMap, time::Duration};

use futures_util::TryStreamExt;
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use super::{Store, StoreError, commit::execute_batch, rows};
use crate::model::{
    Claim, FeedUrl, Health, PublicationPolicy, Slug, Source, SourceFigures, SourceId, SourceSpec,
    SourceState, Timestamp, from_millis,
};

/// What to claim.
#[derive(Debug, Clone)]
pub struct ClaimQuery {
    /// What is due now.
    pub now: Timestamp,
    /// A claim that is neither renewed nor ended by a commit runs out after this.
    pub lease: Duration,
    /// At most so many sources.
    pub limit: u32,
    /// Only what staff ask for.
    pub only_asked: bool,
    /// Where several nodes share the database: a host that another node asked is left alone for so long.
    pub gap: Duration,
    /// And there: about so many sources of one host are claimed at the same time, by one node.
    pub of_a_host: u32,
}

impl ClaimQuery {
    /// So many sources, whoever wants them and wherever they are.
    pub fn new(now: Timestamp, lease: Duration, limit: u32) -> Self {
        ClaimQuery { now, lease, limit, only_asked: false, gap: Duration::ZERO, of_a_host: limit }
    }
}

/// A source that was claimed because it is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The source.
    pub source: Source,
    /// When it became due.
    pub since: Timestamp,
}

/// Declared sources that one statement writes: as its parameter they take many times their size.
const DECLARED_AT_ONCE: usize = 500;

#[derive(Serialize)]
struct SpecRow<'a>(&'a str, String, i64, i64, Option<String>);

const UPSERT: &str = "insert into sources (slug, spec_json, declared, enabled, published, host) \
     select value->>0, value->>1, 1, cast(value->>2 as bigint), cast(value->>3 as bigint), value->>4 \
     from json_each($1) where true \
     on conflict (slug) do update set spec_json = excluded.spec_json, declared = 1, \
     enabled = excluded.enabled, published = excluded.published, host = excluded.host";

const UNDECLARE: &str = "update sources set declared = 0, enabled = 0 where declared = 1 \
     and slug not in (select value->>0 from json_each($1))";

/// A source that was never asked is due at once.
const ADD_STATES: &str = "insert into source_states (source_id, next_due) select s.id, cast($1 as bigint) from sources s \
     where not exists (select 1 from source_states t where t.source_id = s.id)";

const SHELVE: &str = "update entries set state = 'shelved' where state = 'published' \
     and source_id in (select id from sources where declared = 0 or published = 0)";

const UNSHELVE: &str = "update entries set state = 'published', released = coalesce(released, $1) where state = 'shelved' \
     and source_id in (select id from sources where declared = 1 and published = 1)";

/// Those that were never published before are news to whoever reads archives.
const LOG_RETURNING: &str = "insert into publication_log (entry_id) select e.id from entries e \
     where e.state = 'shelved' and e.released is null \
     and e.source_id in (select s.id from sources s where s.declared = 1 and s.published = 1) order by e.sort_key";

/// Asked at once, and unconditionally.
const ASK_ANEW: &str = "update source_states set etag = null, last_modified = null, body_hash = null, failures = 0, \
     failing_since = null, reason = null, technical = null, since = null, moves_json = null, moved_host = null, health = 'new', \
     next_due = $1, lease_until = 0 where source_id = $2";

/// What was declared is what it had moved to: it is asked there already.
const ARRIVED: &str = "update source_states set moves_json = null, moved_host = null, \
     reason = case when health = 'moved' then null else reason end, \
     health = case when health = 'moved' then 'ok' else health end where source_id = $1";

const WAKE: &str = "update source_states set next_due = $1 where source_id = $2 and next_due > $1";

macro_rules! source_columns {
    () => {
        "s.id, s.slug, s.spec_json, t.etag, t.last_modified, t.body_hash, t.next_due, t.last_attempt, t.last_success, \
         t.failing_since, t.failures, t.health, t.reason, t.info_json, t.entries_per_week, \
         t.since, t.technical, t.last_new, t.body_bytes, t.moves_json, t.asked, t.first_success, t.claim"
    };
}

const ALL: &str = concat!(
    "select ",
    source_columns!(),
    " from sources s join source_states t on t.source_id = s.id where s.declared = 1 order by s.slug"
);

const THESE: &str = concat!(
    "select ",
    source_columns!(),
    " from sources s join source_states t on t.source_id = s.id \
     where s.id in (select cast(value->>0 as bigint) from json_each($1))"
);

const THESE_DECLARED: &str = concat!(
    "select ",
    source_columns!(),
    " from sources s join source_states t on t.source_id = s.id \
     where s.declared = 1 and s.id in (select cast(value->>0 as bigint) from json_each($1))"
);

const ANY_DUE: &str = "select t.source_id from source_states t join sources s on s.id = t.source_id \
     where t.next_due <= $1 and t.lease_until <= $1 and s.enabled = 1 limit 1";

const HEALTH_COUNTS: &str = "select h.health, count(*) from (\
     select case when s.enabled = 1 then t.health else 'disabled' end as health \
     from source_states t join sources s on s.id = t.source_id where s.declared = 1) h group by h.health";

/// Those that need somebody's attention first.
const FIGURES: &str = "select s.slug, t.health, t.last_success, t.failures, t.entries_per_week \
     from sources s join source_states t on t.source_id = s.id where s.declared = 1 and s.enabled = 1 \
     order by case when t.health in ('ok', 'new') then 1 else 0 end, s.slug limit $1";

const CLAIM_THESE: &str = "update source_states set lease_until = $1, claim = claim + 1, node = $2 \
     where lease_until <= $3 and source_id in (select cast(value->>0 as bigint) from json_each($4)) \
     returning source_id, claim";

const RELEASE_ALL: &str = "update source_states set lease_until = 0 where lease_until > 0";

const RELEASE: &str = "update source_states set lease_until = 0 where exists (\
     select 1 from json_each($1) where cast(value->>0 as bigint) = source_id and cast(value->>1 as bigint) = claim)";

impl Store {
    /// Makes the stored sources the declared ones: new ones are due at `now`, ones that are gone are no longer asked
    /// and their entries leave every channel until they are declared again.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn declare_sources(&self, specs: &[SourceSpec], now: Timestamp) -> Result<(), StoreError> {
        let changed = self.changed_sources(specs).await?;
        let mut transaction = self.backend.begin().await?;
        for part in specs.chunks(DECLARED_AT_ONCE) {
            execute_batch(&mut transaction, UPSERT, &spec_rows(part)?).await?;
        }
        let slugs: Vec<[&str; 1]> = specs.iter().map(|spec| [spec.slug.as_str()]).collect();
        sqlx::query(UNDECLARE).bind(serde_json::to_string(&slugs)?).execute(&mut *transaction).await?;
        sqlx::query(ADD_STATES).bind(now.timestamp_millis()).execute(&mut *transaction).await?;
        sqlx::query(SHELVE).execute(&mut *transaction).await?;
        sqlx::query(LOG_RETURNING).execute(&mut *transaction).await?;
        sqlx::query(UNSHELVE).bind(now.timestamp_millis()).execute(&mut *transaction).await?;
        for (source, change) in changed {
            if change.arrived {
                sqlx::query(ARRIVED).bind(source.0).execute(&mut *transaction).await?;
            }
            let Some(statement) = change.asks else { continue };
            sqlx::query(statement)
                .bind(now.timestamp_millis())
                .bind(source.0)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The same. Returns them all, with their states.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn sync_sources(
        &self,
        specs: &[SourceSpec],
        now: Timestamp,
    ) -> Result<Vec<Source>, StoreError> {
        self.declare_sources(specs, now).await?;
        self.sources().await
    }

    /// Stored sources that are declared otherwise now, and what follows from that.
    async fn changed_sources(&self, specs: &[SourceSpec]) -> Result<Vec<(SourceId, Change)>, StoreError> {
        let by_slug: HashMap<&Slug, &SourceSpec> = specs.iter().map(|spec| (&spec.slug, spec)).collect();
        let mut changed = Vec::new();
        self.each_source(|stored| {
            if let Some(spec) = by_slug.get(&stored.spec.slug) {
                let change = Change::between(&stored, spec);
                changed.extend(change.map(|change| (stored.id, change)));
            }
        })
        .await?;
        Ok(changed)
    }

    /// Every declared source with its state, by slug.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        rows::gather(sqlx::query(ALL).fetch(&self.backend.reads), source).await
    }

    /// Hands over every declared source, by slug. A row at a time: as rows they take many times the memory.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn each_source(&self, mut each: impl FnMut(Source)) -> Result<(), StoreError> {
        let mut rows = sqlx::query(ALL).fetch(&self.backend.reads);
        while let Some(row) = rows.try_next().await? {
            each(source(&row)?);
        }
        Ok(())
    }

    /// Those of these sources that are declared.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn declared_sources(
        &self,
        ids: impl IntoIterator<Item = SourceId>,
    ) -> Result<Vec<Source>, StoreError> {
        self.these(THESE_DECLARED, ids).await
    }

    async fn these(
        &self,
        statement: &'static str,
        ids: impl IntoIterator<Item = SourceId>,
    ) -> Result<Vec<Source>, StoreError> {
        let ids: Vec<[i64; 1]> = ids.into_iter().map(|id| [id.0]).collect();
        let rows = sqlx::query(statement).bind(serde_json::to_string(&ids)?).fetch(&self.backend.reads);
        rows::gather(rows, source).await
    }

    /// One source with its state; None where there is none of this number.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn source(&self, id: SourceId) -> Result<Option<Source>, StoreError> {
        Ok(self.these(THESE, [id]).await?.pop())
    }

    /// Claims enabled sources that are due, the longest overdue first. A collection that commits ends its claim; that of one
    /// that dies runs out.
    ///
    /// # Errors
    /// `Database`.
    pub async fn claim_due(&self, asked: &ClaimQuery) -> Result<Vec<Due>, StoreError> {
        let now = asked.now;
        // A look first: most ticks find nothing, and a look takes no write lock.
        let look = sqlx::query(ANY_DUE).bind(now.timestamp_millis());
        if asked.limit == 0 || look.fetch_optional(&self.backend.reads).await?.is_none() {
            self.writer.claims(None);
            return Ok(Vec::new());
        }
        let claimed = self.backend.claim(asked, self.node).await;
        self.writer.claims(claimed.as_ref().err());
        let rows = claimed?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut since = HashMap::with_capacity(rows.len());
        for row in &rows {
            since.insert(SourceId(row.try_get(0)?), from_millis(row.try_get(1)?));
        }
        let claimed = self.these(THESE, since.keys().copied()).await?;
        let mut due: Vec<Due> = claimed
            .into_iter()
            .map(|source| {
                let since = since.get(&source.id).copied().unwrap_or(now);
                // What staff ask for is due since ever, to come first.
                Due { since: source.state.asked.unwrap_or(since), source }
            })
            .collect();
        due.sort_by_key(|due| (due.source.state.asked.is_none(), due.since, due.source.id));
        Ok(due)
    }

    /// Claims these sources, due or not, as far as nobody has claimed them. Returns those that are ours now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn claim_these(
        &self,
        sources: Vec<Source>,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Vec<Source>, StoreError> {
        let ids: Vec<[i64; 1]> = sources.iter().map(|source| [source.id.0]).collect();
        let mut transaction = self.backend.begin().await?;
        let rows = sqlx::query(CLAIM_THESE)
            .bind(crate::clock::later(now, lease).timestamp_millis())
            .bind(self.node)
            .bind(now.timestamp_millis())
            .bind(serde_json::to_string(&ids)?)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let mut claims = HashMap::with_capacity(rows.len());
        for row in &rows {
            claims.insert(SourceId(row.try_get(0)?), Claim(row.try_get(1)?));
        }
        let ours = sources.into_iter().filter_map(|mut source| {
            source.state.claim = *claims.get(&source.id)?;
            Some(source)
        });
        Ok(ours.collect())
    }

    /// How many declared sources there are of each health.
    ///
    /// # Errors
    /// `Database`.
    pub async fn health_counts(&self) -> Result<Vec<(Health, i64)>, StoreError> {
        let rows = sqlx::query(HEALTH_COUNTS).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok((Health::from_name(row.try_get(0)?), row.try_get(1)?))).collect()
    }

    /// What is measured of enabled sources, at most so many of them: those that are not well come first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn figures(&self, limit: u32) -> Result<Vec<SourceFigures>, StoreError> {
        let rows = sqlx::query(FIGURES).bind(i64::from(limit)).fetch(&self.backend.reads);
        rows::gather(rows, |row| {
            Ok(SourceFigures {
                slug: row.try_get(0)?,
                health: Health::from_name(row.try_get(1)?),
                last_success: row.try_get::<Option<i64>, _>(2)?.map(from_millis),
                failures: u32::try_from(row.try_get::<i64, _>(3)?).unwrap_or(u32::MAX),
                entries_per_week: row.try_get(4)?,
            })
        })
        .await
    }

    /// Gives claims back without a collection: their sources are still due.
    ///
    /// # Errors
    /// `Database`.
    pub async fn release(&self, claims: &[(SourceId, Claim)]) -> Result<(), StoreError> {
        let rows: Vec<(i64, i64)> = claims.iter().map(|(source, claim)| (source.0, claim.0)).collect();
        let mut transaction = self.backend.begin().await?;
        execute_batch(&mut transaction, RELEASE, &rows).await?;
        Ok(transaction.commit().await?)
    }

    /// Ends the leases of a process that is no more. Only for a database that one process owns.
    ///
    /// # Errors
    /// `Database`.
    pub async fn release_all(&self) -> Result<(), StoreError> {
        let mut transaction = self.backend.begin().await?;
        sqlx::query(RELEASE_ALL).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }
}

fn spec_rows(specs: &[SourceSpec]) -> Result<Vec<SpecRow<'_>>, StoreError> {
    specs
        .iter()
        .map(|spec| {
            let published = spec.publication.policy != PublicationPolicy::Off;
            let text = serde_json::to_string(spec)?;
            let host = spec.url.as_ref().map(FeedUrl::authority);
            Ok(SpecRow(spec.slug.as_str(), text, i64::from(spec.enabled), i64::from(published), host))
        })
        .collect()
}

/// What follows for a source from being declared otherwise.
struct Change {
    /// What was declared is what it had moved to.
    arrived: bool,
    /// The statement by which it is asked sooner.
    asks: Option<&'static str>,
}

impl Change {
    fn between(stored: &Source, spec: &SourceSpec) -> Option<Self> {
        let arrived = stored.spec.url != spec.url && spec.url.as_ref() == stored.state.moves.address.as_ref();
        let asks = if asks_anew(stored, spec) {
            Some(ASK_ANEW)
        } else {
            asks_sooner(&stored.spec, spec).then_some(WAKE)
        };
        (arrived || asks.is_some()).then_some(Change { arrived, asks })
    }
}

/// Whatever changes what comes, or what is made of it: the stored validators would keep the document from being sent.
fn asks_anew(source: &Source, new: &SourceSpec) -> bool {
    let old = &source.spec;
    let is_elsewhere = old.url != new.url && new.url.as_ref() != source.address();
    is_elsewhere
        || old.kind != new.kind
        || old.rules != new.rules
        || old.language != new.language
        || old.tags != new.tags
        || old.zone != new.zone
}

/// It may be due sooner than was thought.
fn asks_sooner(old: &SourceSpec, new: &SourceSpec) -> bool {
    old.enabled != new.enabled
        || old.polling != new.polling
        || old.contract != new.contract
        || old.user_agent != new.user_agent
}

fn source(row: &AnyRow) -> Result<Source, StoreError> {
    let foreign =
        |error: serde_json::Error| StoreError::Foreign { what: "source", problem: error.to_string() };
    let text = |column: usize| row.try_get::<Option<String>, _>(column);
    let moment = |column: usize| -> Result<Option<Timestamp>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(from_millis))
    };
    Ok(Source {
        id: SourceId(row.try_get(0)?),
        spec: serde_json::from_str(row.try_get(2)?).map_err(foreign)?,
        state: SourceState {
            validators: rows::validators(text(3)?.as_deref(), text(4)?.as_deref()),
            body_hash: text(5)?,
            next_due: moment(6)?,
            last_attempt: moment(7)?,
            last_success: moment(8)?,
            failing_since: moment(9)?,
            failures: u32::try_from(row.try_get::<i64, _>(10)?).unwrap_or(u32::MAX),
            health: Health::from_name(row.try_get(11)?),
            reason: text(12)?,
            info: match text(13)? {
                Some(info) => serde_json::from_str(&info).map_err(foreign)?,
                None => Default::default(),
            },
            entries_per_week: row.try_get(14)?,
            since: moment(15)?,
            technical: text(16)?,
            last_new: moment(17)?,
            body_bytes: row
                .try_get::<Option<i64>, _>(18)?
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(0),
            moves: match text(19)? {
                Some(moves) => serde_json::from_str(&moves).map_err(foreign)?,
                None => Default::default(),
            },
            asked: moment(20)?,
            first_success: moment(21)?,
            claim: Claim(row.try_get(22)?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{backend::CLAIM_IN_SQLITE, plans::check_plan};

    #[tokio::test]
    async fn neither_a_tick_nor_a_start_reads_all_entries() {
        for (statement, index) in [
            (ANY_DUE, "source_states_due (next_due<?)"),
            (SHELVE, "entries_source_river (source_id=?)"),
            (UNSHELVE, "entries_shelved (source_id=?)"),
        ] {
            check_plan(statement, index, 0).await;
        }
        for index in ["source_states_due (next_due<?)", "source_states_claimed (lease_until>?)"] {
            // It orders what a host has, and the hosts.
            check_plan(CLAIM_IN_SQLITE, index, 3).await;
        }
    }
}
