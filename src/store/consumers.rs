//! Who reads the feeds, a day, channel and program. Nothing about a person.

use serde::Serialize;
use sqlx::Row;

use super::{Store, StoreError, commit::execute_batch};

/// What one program consumed of one channel on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsumedOnDay {
    /// In UTC: `2026-03-04`.
    pub day: String,
    /// The channel.
    pub channel: String,
    /// The program.
    pub program: String,
    /// Requests that were answered.
    pub requests: u64,
    /// Those that were answered with 304.
    pub unchanged: u64,
    /// Bytes of the bodies.
    pub bytes: u64,
    /// The most subscribers that the program declared.
    pub subscribers: u64,
}

/// Rows in one order, so that no two nodes wait for each other.
const ADD: &str = "insert into consumers (day, channel, agent, requests, unchanged, bytes, subscribers) \
     select value->>0, value->>1, value->>2, cast(value->>3 as bigint), cast(value->>4 as bigint), \
     cast(value->>5 as bigint), cast(value->>6 as bigint) from json_each($1) where true \
     order by 1, 2, 3 on conflict (day, channel, agent) do update set requests = consumers.requests + excluded.requests, \
     unchanged = consumers.unchanged + excluded.unchanged, bytes = consumers.bytes + excluded.bytes, \
     subscribers = case when excluded.subscribers > consumers.subscribers then excluded.subscribers \
       else consumers.subscribers end";

const SINCE: &str = "select day, channel, agent, requests, unchanged, bytes, subscribers from consumers \
     where day >= $1 order by day desc, channel, requests desc, agent";

const FORGET: &str = "delete from consumers where day < $1";

impl Store {
    /// Adds to what is known of these days.
    ///
    /// # Errors
    /// `Database`: then nothing of it was added.
    pub async fn add_consumers(&self, consumed: &[ConsumedOnDay]) -> Result<(), StoreError> {
        if consumed.is_empty() {
            return Ok(());
        }
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let rows: Vec<_> = consumed
            .iter()
            .map(|c| {
                let numbers = (whole(c.requests), whole(c.unchanged), whole(c.bytes), whole(c.subscribers));
                (&c.day, &c.channel, &c.program, numbers.0, numbers.1, numbers.2, numbers.3)
            })
            .collect();
        let mut transaction = self.backend.begin().await?;
        execute_batch(&mut transaction, ADD, &rows).await?;
        Ok(transaction.commit().await?)
    }

    /// What is known of this day and later ones, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn consumers_since(&self, day: &str) -> Result<Vec<ConsumedOnDay>, StoreError> {
        let rows = sqlx::query(SINCE).bind(day).fetch_all(&self.backend.reads).await?;
        rows.iter()
            .map(|row| {
                let number = |column: usize| -> Result<u64, StoreError> {
                    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
                };
                Ok(ConsumedOnDay {
                    day: row.try_get(0)?,
                    channel: row.try_get(1)?,
                    program: row.try_get(2)?,
                    requests: number(3)?,
                    unchanged: number(4)?,
                    bytes: number(5)?,
                    subscribers: number(6)?,
                })
            })
            .collect()
    }

    /// Forgets what is older than this day.
    ///
    /// # Errors
    /// `Database`.
    pub async fn forget_consumers_before(&self, day: &str) -> Result<(), StoreError> {
        let mut transaction = self.backend.begin().await?;
        sqlx::query(FORGET).bind(day).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }
}
