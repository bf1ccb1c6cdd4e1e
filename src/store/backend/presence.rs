//! Who works on a PostgreSQL database: each process holds an advisory lock, on a connection that carries its name. Both end
//! with the process, however it ends, and nobody has to agree on the time. (Beside a SQLite file there is a lock file.)

use std::time::Duration;

use sqlx::{
    Connection, Executor, PgConnection, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use url::Url;

use super::{super::StoreError, POSTGRES_PATIENCE};
use crate::{config::DatabaseUrl, model::Timestamp};

/// The connection is looked at, and has so long to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// A machine that is switched off says no goodbye: the server misses it after half a minute, where its own default is two hours.
const SESSION: &str = "set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; \
     set client_min_messages = warning";

/// A schema may have a Vestnik of its own in one database.
macro_rules! key {
    () => {
        "8650, hashtext(coalesce(current_schema(), ''))"
    };
}

const JOIN: &str = concat!("select pg_try_advisory_lock_shared(", key!(), ")");
const CLOSE: &str = concat!("select pg_try_advisory_lock(", key!(), ")");
const LEAVE: &str = "select pg_advisory_unlock_all()";

/// Who holds the lock. Of other users only the numbers are shown to us.
const WHO: &str = "select coalesce(a.application_name, ''), cast(extract(epoch from a.backend_start) * 1000 as bigint) \
     from pg_locks l join pg_stat_activity a on a.pid = l.pid \
     where l.locktype = 'advisory' and l.granted and l.classid = 8650 and l.objsubid = 2 \
       and l.database = (select oid from pg_database where datname = current_database()) \
       and l.objid = cast(cast(hashtext(coalesce(current_schema(), '')) as bigint) & 4294967295 as oid) \
       and l.pid <> pg_backend_pid() order by a.backend_start";

/// How a process works on a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenure {
    /// Beside others.
    Shared,
    /// With nobody beside it.
    Alone,
}

/// This process among those that work on a PostgreSQL database.
#[derive(Debug)]
pub struct Presence {
    connection: PgConnection,
}

/// Another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// What it calls itself (`application_name`): at most 63 letters of ASCII. Empty where it belongs to another user.
    pub name: String,
    /// Since when it is connected.
    pub since: Option<Timestamp>,
}

/// Whether a process may work on the database.
#[derive(Debug)]
pub enum Entrance {
    /// It may, for as long as this is kept.
    Open(Presence),
    /// These keep it out.
    Closed(Vec<Present>),
}

impl Presence {
    /// Asks for the right to work on the database at this address, under this name.
    ///
    /// # Errors
    /// `Open` where the database cannot be reached.
    pub async fn enter(address: &Url, name: &str, tenure: Tenure) -> Result<Entrance, StoreError> {
        let entered = async {
            let mut connection = connect(address, name).await?;
            let ask = match tenure {
                Tenure::Shared => JOIN,
                Tenure::Alone => CLOSE,
            };
            if sqlx::query(ask).fetch_one(&mut connection).await?.try_get(0)? {
                return Ok(Entrance::Open(Presence { connection }));
            }
            let rows = sqlx::query(WHO).fetch_all(&mut connection).await?;
            let present = |row: sqlx::postgres::PgRow| {
                let since = row.try_get::<Option<i64>, _>(1)?.and_then(Timestamp::from_timestamp_millis);
                Ok(Present { name: row.try_get(0)?, since })
            };
            let others = rows.into_iter().map(present).collect::<Result<_, sqlx::Error>>()?;
            let _ = connection.close().await;
            Ok(Entrance::Closed(others))
        };
        entered.await.map_err(|source| StoreError::Open {
            database: DatabaseUrl::Postgres(address.clone()).to_string(),
            source,
        })
    }

    /// From now on it has this name.
    ///
    /// # Errors
    /// `Database`.
    pub async fn rename(&mut self, name: &str) -> Result<(), StoreError> {
        let set = sqlx::query("select set_config('application_name', $1, false)").bind(name);
        set.execute(&mut self.connection).await?;
        Ok(())
    }

    /// Whether the connection still stands, and with it the right.
    pub async fn stands(&mut self) -> bool {
        matches!(tokio::time::timeout(ANSWER, self.connection.ping()).await, Ok(Ok(())))
    }

    /// Gives the right back at once: without this it ends a moment later, when the server finds the connection closed.
    pub async fn leave(mut self) {
        let _ = self.connection.execute(LEAVE).await;
        let _ = self.connection.close().await;
    }
}

/// A connection of its own, outside all pools, which would hand it on. One that is only just starting is waited for.
async fn connect(address: &Url, name: &str) -> Result<PgConnection, sqlx::Error> {
    let options = address.as_str().parse::<PgConnectOptions>()?.application_name(name);
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(POSTGRES_PATIENCE);
    let mut connection = match pool.connect_with(options.clone()).await {
        Ok(pool) => pool.acquire().await?.detach(),
        // The pool has tried all the time, and does not say what was in its way.
        Err(sqlx::Error::PoolTimedOut) => PgConnection::connect_with(&options).await?,
        Err(error) => return Err(error),
    };
    connection.execute(SESSION).await?;
    Ok(connection)
}
