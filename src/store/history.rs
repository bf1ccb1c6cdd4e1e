//! What collecting remembers: a row a fetch for 30 days, a row a source and day for two years.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::{Store, StoreError, commit::execute_batch};
use crate::model::{Attempt, Collected, PastFetch, Record, SourceId, Timestamp, from_millis};

const DAY: i64 = 86_400_000;
/// So many days a fetch is remembered by itself, and counts in a source's record.
const FETCH_DAYS: i64 = 30;
/// And so many in what its day comes to.
const DAYS: i64 = 730;

/// Must run before the states are recorded: `last_attempt` is still that of the fetch before.
const INSERT: &str = "insert into fetches (at, source_id, previous, outcome, status, millis, bytes, saved, fresh, updated, reason) \
     select cast(value->>0 as bigint), cast(value->>1 as bigint), \
       (select t.last_attempt from source_states t where t.source_id = cast(value->>1 as bigint)), \
       value->>2, cast(value->>3 as bigint), cast(value->>4 as bigint), cast(value->>5 as bigint), \
       cast(value->>6 as bigint), cast(value->>7 as bigint), cast(value->>8 as bigint), value->>9 \
     from json_each($1) where true on conflict (at, source_id) do nothing";

/// The newest fetches of one source, along the chain.
const CHAIN: &str = "with recursive chain (at, previous, depth, outcome, status, millis, bytes, saved, fresh, updated, reason) as (\
       select f.at, f.previous, cast(1 as bigint), f.outcome, f.status, f.millis, f.bytes, f.saved, f.fresh, f.updated, f.reason \
         from source_states t join fetches f on f.at = t.last_attempt and f.source_id = t.source_id \
         where t.source_id = $1 \
       union all select f.at, f.previous, c.depth + 1, f.outcome, f.status, f.millis, f.bytes, f.saved, f.fresh, \
         f.updated, f.reason from chain c join fetches f on f.at = c.previous and f.source_id = $1 \
         where c.depth < $2) \
     select at, outcome, status, millis, bytes, saved, fresh, updated, reason from chain order by depth";

macro_rules! sums {
    () => {
        "count(*) as fetches, sum(case when outcome = 'failed' then 1 else 0 end) as failed, \
         sum(case when outcome = 'unchanged' then 1 else 0 end) as unchanged, sum(millis) as millis, \
         sum(bytes) as bytes, sum(saved) as saved, sum(fresh) as fresh, sum(updated) as updated"
    };
}

/// PostgreSQL's sums of whole numbers are of another type.
macro_rules! record_columns {
    () => {
        "cast(fetches as bigint), cast(failed as bigint), cast(unchanged as bigint), cast(millis as bigint), \
         cast(bytes as bigint), cast(saved as bigint), cast(fresh as bigint), cast(updated as bigint)"
    };
}

/// Days that are over, from this one on.
const ROLL_UP: &str = concat!(
    "insert into fetch_days (day, source_id, fetches, failed, unchanged, millis, bytes, saved, fresh, updated) \
     select at / 86400000, source_id, ",
    sums!(),
    " from fetches where at >= $1 and at < $2 group by at / 86400000, source_id \
     on conflict (day, source_id) do update set fetches = excluded.fetches, failed = excluded.failed, \
       unchanged = excluded.unchanged, millis = excluded.millis, bytes = excluded.bytes, saved = excluded.saved, \
       fresh = excluded.fresh, updated = excluded.updated"
);

const LAST_DAY: &str = "select max(day) from fetch_days";
const FORGET_FETCHES: &str = "delete from fetches where at < $1";
const FORGET_DAYS: &str = "delete from fetch_days where day < $1";

const BY_DAYS: &str = concat!(
    "select source_id, ",
    record_columns!(),
    " from (select source_id, sum(fetches) as fetches, sum(failed) as failed, sum(unchanged) as unchanged, \
     sum(millis) as millis, sum(bytes) as bytes, sum(saved) as saved, sum(fresh) as fresh, sum(updated) as updated \
     from fetch_days where day >= $1 and day < $2 group by source_id) d"
);

const BY_FETCHES: &str = concat!(
    "select source_id, ",
    record_columns!(),
    " from (select source_id, ",
    sums!(),
    " from fetches where at >= $1 group by source_id) f"
);

#[derive(Serialize)]
struct FetchRow<'a>(i64, i64, &'static str, Option<u16>, u32, u64, u64, usize, usize, Option<&'a str>);

pub(super) async fn note_fetches(
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<(), StoreError> {
    let rows: Vec<FetchRow<'_>> = group
        .iter()
        .filter_map(|collected| {
            let attempt = collected.attempt?;
            let reason = collected.technical.as_deref().or(collected.reason.as_deref());
            Some(FetchRow(
                collected.at.timestamp_millis(),
                collected.source.0,
                collected.outcome.name(),
                attempt.status,
                attempt.millis,
                attempt.bytes,
                attempt.saved,
                collected.changes.new.len(),
                collected.changes.updated.len(),
                reason.filter(|_| collected.health.is_failure()),
            ))
        })
        .collect();
    execute_batch(transaction, INSERT, &rows).await
}

impl Store {
    /// The newest fetches of a source, the last one first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn fetches(&self, source: SourceId, limit: u32) -> Result<Vec<PastFetch>, StoreError> {
        let rows =
            sqlx::query(CHAIN).bind(source.0).bind(i64::from(limit)).fetch_all(&self.backend.reads).await?;
        rows.iter().map(past_fetch).collect()
    }

    /// What the fetches of the last 30 days come to, for every source that had any.
    ///
    /// # Errors
    /// `Database`.
    pub async fn records(&self, now: Timestamp) -> Result<HashMap<SourceId, Record>, StoreError> {
        let today = now.timestamp_millis() / DAY;
        // Days from here on may not be rolled up yet.
        let open = self.last_day().await?.map_or(today - FETCH_DAYS, |day| day + 1);
        let days = sqlx::query(BY_DAYS).bind(today - FETCH_DAYS).bind(open);
        let mut rows = days.fetch_all(&self.backend.reads).await?;
        rows.extend(sqlx::query(BY_FETCHES).bind(open * DAY).fetch_all(&self.backend.reads).await?);
        let mut records: HashMap<SourceId, Record> = HashMap::new();
        for row in &rows {
            let sum = records.entry(SourceId(row.try_get(0)?)).or_default();
            *sum = sum.plus(record(row)?);
        }
        Ok(records)
    }

    /// Adds up the days that are over, forgets the fetches of those beyond 30 days, and days beyond two years.
    ///
    /// # Errors
    /// `Database`.
    pub async fn roll_up(&self, now: Timestamp) -> Result<(), StoreError> {
        let today = now.timestamp_millis() / DAY;
        // The last one again: a collection of its last second may have been written later.
        let from = self.last_day().await?.unwrap_or(today - FETCH_DAYS);
        let mut transaction = self.backend.begin().await?;
        sqlx::query(ROLL_UP).bind(from * DAY).bind(today * DAY).execute(&mut *transaction).await?;
        sqlx::query(FORGET_FETCHES).bind((today - FETCH_DAYS) * DAY).execute(&mut *transaction).await?;
        sqlx::query(FORGET_DAYS).bind(today - DAYS).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn last_day(&self) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query(LAST_DAY).fetch_one(&self.backend.reads).await?.try_get(0)?)
    }
}

fn past_fetch(row: &AnyRow) -> Result<PastFetch, StoreError> {
    Ok(PastFetch {
        at: from_millis(row.try_get(0)?),
        outcome: row.try_get(1)?,
        attempt: Attempt {
            status: row.try_get::<Option<i64>, _>(2)?.and_then(|status| u16::try_from(status).ok()),
            millis: u32::try_from(row.try_get::<i64, _>(3)?).unwrap_or(u32::MAX),
            bytes: number(row, 4)?,
            saved: number(row, 5)?,
        },
        new: u32::try_from(row.try_get::<i64, _>(6)?).unwrap_or(u32::MAX),
        updated: u32::try_from(row.try_get::<i64, _>(7)?).unwrap_or(u32::MAX),
        reason: row.try_get(8)?,
    })
}

fn record(row: &AnyRow) -> Result<Record, StoreError> {
    Ok(Record {
        fetches: number(row, 1)?,
        failed: number(row, 2)?,
        unchanged: number(row, 3)?,
        millis: number(row, 4)?,
        bytes: number(row, 5)?,
        saved: number(row, 6)?,
        new: number(row, 7)?,
        updated: number(row, 8)?,
    })
}

fn number(row: &AnyRow, column: usize) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn the_history_is_read_and_written_by_its_keys() {
        for (statement, index, sorts) in [
            (INSERT, "INTEGER PRIMARY KEY (rowid=?)", 0),
            (CHAIN, "PRIMARY KEY (at=? AND source_id=?)", 1),
            (FORGET_FETCHES, "PRIMARY KEY (at<?)", 0),
            (FORGET_DAYS, "PRIMARY KEY (day<?)", 0),
        ] {
            check_plan(statement, index, sorts).await;
        }
    }
}
