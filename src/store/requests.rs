//! What people and hosts ask of collecting: that a source is asked now, where it lives, and that a host has its peace.

use std::{collections::HashSet, time::Duration};

use sqlx::Row;

use super::{Store, StoreError, commit::execute_batch};
use crate::model::{Claim, FeedUrl, Moves, SourceId, Timestamp, from_millis};

/// Due since ever, so that it comes before all that is merely due.
const ASK_NOW: &str = "update source_states set asked = $1, next_due = 0 where source_id = $2";

const ASKED_MEANWHILE: &str =
    "select source_id from source_states where asked is not null and lease_until > $1";

const ASKED: &str = "select source_id from source_states where asked is not null";

const SET_MOVES: &str = "update source_states set moves_json = $1, moved_host = $4, \
     health = case when health = 'moved' then 'ok' else health end, \
     reason = case when health = 'moved' then null else reason end, asked = $2, next_due = 0 where source_id = $3";

const HOLD: &str = "insert into host_holds (authority, until) values ($1, $2) \
     on conflict (authority) do update set until = excluded.until";

const HELD: &str = "select authority, until from host_holds where until > $1";

const RELEASE_HOSTS: &str = "delete from host_holds where until <= $1";

/// After the wall clock was set back: every wait that began in what is now the future keeps its length.
const SET_BACK: &str = "update source_states set next_due = $1 + (next_due - last_attempt), last_attempt = $1, \
     failing_since = case when failing_since > $1 then $1 else failing_since end, lease_until = 0 \
     where last_attempt > $1";

const RENEW: &str = "update source_states set lease_until = n.until from (\
       select cast(value->>0 as bigint) as source_id, cast(value->>1 as bigint) as claim, cast(value->>2 as bigint) as until \
       from json_each($1)) n \
     where source_states.source_id = n.source_id and source_states.claim = n.claim and source_states.lease_until > 0";

impl Store {
    /// Asks that a source is collected before all others, at the next tick of whoever collects.
    ///
    /// # Errors
    /// `Database`.
    pub async fn ask_now(&self, source: SourceId, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.backend.begin().await?;
        sqlx::query(ASK_NOW).bind(now.timestamp_millis()).bind(source.0).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Sources that staff ask for and that are claimed already: they may wait for their host's turn.
    ///
    /// # Errors
    /// `Database`.
    pub async fn asked_meanwhile(&self, now: Timestamp) -> Result<Vec<SourceId>, StoreError> {
        let rows =
            sqlx::query(ASKED_MEANWHILE).bind(now.timestamp_millis()).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok(SourceId(row.try_get(0)?))).collect()
    }

    /// Sources that staff ask for and that were not collected since.
    ///
    /// # Errors
    /// `Database`.
    pub async fn asked(&self) -> Result<HashSet<SourceId>, StoreError> {
        let rows = sqlx::query(ASKED).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok(SourceId(row.try_get(0)?))).collect()
    }

    /// Writes what staff decided about a source's move, and asks for it now.
    ///
    /// # Errors
    /// `Database`, `Encode`.
    pub async fn set_moves(&self, source: SourceId, moves: &Moves, now: Timestamp) -> Result<(), StoreError> {
        let text = serde_json::to_string(moves)?;
        let mut transaction = self.backend.begin().await?;
        sqlx::query(SET_MOVES)
            .bind(text)
            .bind(now.timestamp_millis())
            .bind(source.0)
            .bind(moves.address.as_ref().map(FeedUrl::authority))
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Remembers until when a host wants no request, over a restart too.
    ///
    /// # Errors
    /// `Database`.
    pub async fn hold_host(
        &self,
        authority: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.backend.begin().await?;
        sqlx::query(RELEASE_HOSTS).bind(now.timestamp_millis()).execute(&mut *transaction).await?;
        sqlx::query(HOLD).bind(authority).bind(until.timestamp_millis()).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// The hosts that want no request, and until when.
    ///
    /// # Errors
    /// `Database`.
    pub async fn held_hosts(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows = sqlx::query(HELD).bind(now.timestamp_millis()).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, from_millis(row.try_get(1)?)))).collect()
    }

    /// The wall clock was set back to `now`: what was asked in what is now the future counts as asked now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn clock_set_back(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.backend.begin().await?;
        let done = sqlx::query(SET_BACK).bind(now.timestamp_millis()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    /// Keeps these claims, as far as nobody has claimed their sources since.
    ///
    /// # Errors
    /// `Database`.
    pub async fn renew(
        &self,
        claims: &[(SourceId, Claim)],
        now: Timestamp,
        lease: Duration,
    ) -> Result<(), StoreError> {
        let until = crate::clock::later(now, lease).timestamp_millis();
        let rows: Vec<(i64, i64, i64)> =
            claims.iter().map(|(source, claim)| (source.0, claim.0, until)).collect();
        let mut transaction = self.backend.begin().await?;
        execute_batch(&mut transaction, RENEW, &rows).await?;
        Ok(transaction.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn a_tick_asks_an_index_for_whom_staff_wait() {
        check_plan(ASKED_MEANWHILE, "source_states_asked", 0).await;
        check_plan(ASKED, "source_states_asked", 0).await;
    }
}
