//! What a collection says of its source: how it went, when it is due again, and what to ask with.

use serde::Serialize;
use sqlx::{Any, Transaction};

use super::{StoreError, commit::execute_batch, rows};
use crate::model::{Changes, Collected, FeedUrl, Health, Outcome};

/// What a collection leaves alone comes as null and keeps its value. What staff asked for in the meantime stays due.
const RECORD: &str = "update source_states set lease_until = 0, last_attempt = n.at, \
     next_due = case when source_states.asked > n.at then n.at else n.next_due end, \
     asked = case when source_states.asked > n.at then source_states.asked else null end, \
     since = case when source_states.health = n.health then coalesce(source_states.since, n.at) else n.at end, \
     health = n.health, reason = n.reason, technical = n.technical, \
     etag = case when n.keeps_validators = 1 then source_states.etag else n.etag end, \
     last_modified = case when n.keeps_validators = 1 then source_states.last_modified else n.last_modified end, \
     body_hash = coalesce(n.body_hash, source_states.body_hash), \
     info_json = coalesce(n.info_json, source_states.info_json), \
     entries_per_week = coalesce(n.entries_per_week, source_states.entries_per_week), \
     first_success = coalesce(source_states.first_success, case when n.unread = 1 then null else n.at end), \
     body_bytes = coalesce(n.body_bytes, source_states.body_bytes), \
     moves_json = coalesce(n.moves_json, source_states.moves_json), \
     moved_host = case when n.moves_json is null then source_states.moved_host else n.moved_host end, \
     last_new = case when n.has_new = 1 then n.at else source_states.last_new end, \
     last_success = case when n.unread = 1 then source_states.last_success else n.at end, \
     failing_since = case when n.failing = 1 then coalesce(source_states.failing_since, n.at) else null end, \
     failures = case when n.failing = 1 then source_states.failures + 1 else 0 end \
     from (select cast(value->>0 as bigint) as source_id, cast(value->>1 as bigint) as at, \
       cast(value->>2 as bigint) as next_due, value->>3 as health, value->>4 as reason, value->>5 as technical, \
       cast(value->>6 as bigint) as keeps_validators, value->>7 as etag, value->>8 as last_modified, \
       value->>9 as body_hash, value->>10 as info_json, cast(value->>11 as double precision) as entries_per_week, \
       cast(value->>12 as bigint) as body_bytes, value->>13 as moves_json, cast(value->>14 as bigint) as has_new, \
       cast(value->>15 as bigint) as unread, cast(value->>16 as bigint) as failing, value->>17 as moved_host from json_each($1)) n \
     where source_states.source_id = n.source_id";

#[derive(Serialize)]
struct StateRow<'a>(
    i64,
    i64,
    i64,
    &'static str,
    Option<&'a str>,
    Option<&'a str>,
    i64,
    Option<String>,
    Option<String>,
    Option<&'a str>,
    Option<String>,
    Option<f64>,
    Option<u64>,
    Option<String>,
    i64,
    i64,
    i64,
    Option<String>,
);

pub(super) async fn record_states(
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<(), StoreError> {
    let (mut states, mut small) = (Vec::new(), Vec::new());
    for collected in group.iter().filter(|collected| collected.outcome != Outcome::Deferred) {
        if is_small(collected) {
            let (at, due) = (collected.at.timestamp_millis(), collected.next_due.timestamp_millis());
            small.push((collected.source.0, at, due));
            continue;
        }
        let validators = collected.validators.as_ref();
        let text = |bytes: Option<&Vec<u8>>| bytes.map(|bytes| rows::bytes_to_text(bytes));
        // A 304 has no body: the size of the last one stays.
        let body_bytes = collected.attempt.map(|attempt| attempt.bytes).filter(|bytes| *bytes > 0);
        states.push(StateRow(
            collected.source.0,
            collected.at.timestamp_millis(),
            collected.next_due.timestamp_millis(),
            collected.health.name(),
            collected.reason.as_deref(),
            collected.technical.as_deref(),
            i64::from(validators.is_none()),
            text(validators.and_then(|v| v.etag.as_ref())),
            text(validators.and_then(|v| v.last_modified.as_ref())),
            collected.body_hash.as_deref(),
            collected.info.as_ref().map(serde_json::to_string).transpose()?,
            collected.entries_per_week,
            body_bytes.filter(|_| collected.outcome != Outcome::Failed),
            collected.moves.as_ref().map(serde_json::to_string).transpose()?,
            i64::from(!collected.changes.new.is_empty()),
            i64::from(collected.outcome == Outcome::Failed),
            i64::from(collected.health.is_failure()),
            collected.moves.as_ref().and_then(|moves| moves.address.as_ref()).map(FeedUrl::authority),
        ));
    }
    execute_batch(transaction, RECORD, &states).await?;
    execute_batch(transaction, RECORD_UNCHANGED, &small).await
}

/// Whether nothing came that was not known, and all is well: by far the most frequent collection.
pub(super) fn is_small(collected: &Collected) -> bool {
    let Collected { validators, body_hash, reason, technical, attempt, moves, info, .. } = collected;
    collected.outcome == Outcome::Unchanged
        && collected.health == Health::Ok
        && validators.is_none()
        && body_hash.is_none()
        && reason.is_none()
        && technical.is_none()
        && moves.is_none()
        && info.is_none()
        && collected.entries_per_week.is_none()
        && collected.kept.is_none()
        && collected.changes == Changes::default()
        && attempt.is_none_or(|attempt| attempt.bytes == 0)
}

/// The same as `RECORD` for a document that is as it was.
const RECORD_UNCHANGED: &str = "update source_states set lease_until = 0, last_attempt = n.at, \
     next_due = case when source_states.asked > n.at then n.at else n.next_due end, \
     asked = case when source_states.asked > n.at then source_states.asked else null end, \
     since = case when source_states.health = 'ok' then coalesce(source_states.since, n.at) else n.at end, \
     health = 'ok', reason = null, technical = null, last_success = n.at, failing_since = null, failures = 0, \
     first_success = coalesce(source_states.first_success, n.at) \
     from (select cast(value->>0 as bigint) as source_id, cast(value->>1 as bigint) as at, \
       cast(value->>2 as bigint) as next_due from json_each($1)) n \
     where source_states.source_id = n.source_id";

/// Nothing was learned of these sources: they only wait.
const DEFER: &str = "update source_states set lease_until = 0, next_due = n.next_due \
     from (select cast(value->>0 as bigint) as source_id, cast(value->>1 as bigint) as next_due from json_each($1)) n \
     where source_states.source_id = n.source_id";

pub(super) async fn defer(
    transaction: &mut Transaction<'_, Any>,
    group: &[&Collected],
) -> Result<(), StoreError> {
    let deferred = group.iter().filter(|collected| collected.outcome == Outcome::Deferred);
    let rows: Vec<(i64, i64)> =
        deferred.map(|collected| (collected.source.0, collected.next_due.timestamp_millis())).collect();
    execute_batch(transaction, DEFER, &rows).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn states_are_written_by_their_keys() {
        for statement in [RECORD, RECORD_UNCHANGED, DEFER] {
            check_plan(statement, "INTEGER PRIMARY KEY (rowid=?)", 0).await;
        }
    }
}
