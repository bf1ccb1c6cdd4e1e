//! The dialect seam: the only place that knows which database it talks to. Everything else in `store` is one SQL
//! text for both of them; where SQLite has a function that PostgreSQL lacks, its migrations define it.

mod moving;
pub(super) mod presence;

use std::{collections::HashSet, path::Path, time::Duration};

use sqlx::{
    Any, AnyConnection, AnyPool, Connection, Executor, Row, SqlSafeStr, Transaction,
    any::{AnyPoolOptions, AnyRow},
    migrate::{Migration, MigrationType, Migrator},
    postgres::PgListener,
};
use url::Url;

use super::{
    ClaimQuery, StoreError,
    file::{FileFault, Look, inspect},
};
use crate::config::DatabaseUrl;

/// Pools of connections to one database.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    pub(super) dialect: Dialect,
    /// Many readers.
    pub(super) reads: AnyPool,
    /// SQLite lets one connection write at a time; waiting for it here is cheaper than its busy handler.
    writes: AnyPool,
    /// Where several processes may have it: its address, to listen there.
    shared: Option<Url>,
}

/// What cannot be one text for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A statement that cannot be one text for both.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByDialect {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl ByDialect {
    pub(super) fn of(self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

/// WAL, so that readers never wait for the writer; FULL, so that what was acknowledged survives a power loss; a larger
/// page than usual, as entries are a few kilobytes each; what is deleted is overwritten, as it may have been taken down.
const SQLITE_SESSION: &str = "pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full; \
     pragma foreign_keys = on; pragma secure_delete = on; pragma busy_timeout = 5000; pragma temp_store = memory; \
     pragma journal_size_limit = 67108864;";

/// Memory for pages. The writer's are good for as long as it is the only one; a reader's are thrown away whenever something was
/// written since its last statement, so that more of them would only lie there: the system has them too.
const SQLITE_WRITER: &str = "pragma cache_size = -8192";
const SQLITE_READER: &str = "pragma cache_size = -1024";

/// What was acknowledged survives a power loss, whatever the server's default. Compiling our short statements (jit) costs
/// more than running them; their plans depend on the rows in the parameter. They are made for their indexes: the planner, which
/// knows nothing of those rows, nor of tables that were filled a minute ago, must not read tables from end to end instead. Nobody
/// waits for a lock for ever.
const POSTGRES_SESSION: &str = "set synchronous_commit = on; set default_transaction_isolation = 'read committed'; \
     set jit = off; set enable_seqscan = off; set plan_cache_mode = force_custom_plan; set lock_timeout = '30s'; \
     set idle_in_transaction_session_timeout = '60s'; set client_min_messages = warning;";

/// Version, name, and the text for each database.
type Step = (i64, &'static str, &'static str, &'static str);

macro_rules! step {
    ($version:literal, $name:literal, $file:literal) => {
        (
            $version,
            $name,
            include_str!(concat!("migrations/sqlite/", $file, ".sql")),
            include_str!(concat!("migrations/postgres/", $file, ".sql")),
        )
    };
}

const STEPS: &[Step] = &[
    step!(1, "newswire", "0001_newswire"),
    step!(2, "rivers", "0002_rivers"),
    step!(3, "history", "0003_history"),
    step!(4, "publication", "0004_publication"),
    step!(5, "search", "0005_search"),
    step!(6, "stories", "0006_stories"),
    step!(7, "guard", "0007_guard"),
    step!(8, "retention", "0008_retention"),
    step!(9, "nodes", "0009_nodes"),
    step!(11, "kept_documents", "0011_kept_documents"),
    step!(12, "articles", "0012_articles"),
    step!(13, "translations", "0013_translations"),
    step!(14, "places_due", "0014_places_due"),
];

/// The last version of the tables that this program knows.
pub(super) const KNOWN: i64 = STEPS[STEPS.len() - 1].0;

const VERSION: &str = "select max(version) from _sqlx_migrations";

/// None where no table was made yet.
pub(super) async fn version(
    connection: impl Executor<'_, Database = Any>,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query(VERSION).fetch_one(connection).await?.try_get(0)
}

const READERS: u32 = 4;
/// On PostgreSQL commits, claims and revisions do not wait for each other.
const POSTGRES_WRITERS: u32 = 3;
/// A server that is away for longer is a failure of what was asked, which is tried again by whoever asked.
const POSTGRES_PATIENCE: Duration = Duration::from_secs(5);
const SQLITE_PATIENCE: Duration = Duration::from_secs(30);

/// The first release with all that we use.
const POSTGRES_SINCE: i64 = 150_000;
const IS_NEW_IN_POSTGRES: &str =
    "select cast(case when to_regclass('_sqlx_migrations') is null then 1 else 0 end as bigint)";
const POSTGRES_VERSION: &str = "select cast(current_setting('server_version_num') as bigint)";

impl Backend {
    /// Opens the SQLite file, making it where it is missing, and brings its tables up to date.
    pub(super) async fn sqlite(file: &Path) -> Result<Self, StoreError> {
        let shown = file.display().to_string();
        // Before anything is written: it may not be ours.
        inspect(file, Look::Quick).await?;
        Backend::open(Dialect::Sqlite, &sqlite_address(file, "rwc")?, 1, shown, None).await
    }

    /// Opens the PostgreSQL database, and brings its tables up to date.
    pub(super) async fn postgres(address: &Url) -> Result<Self, StoreError> {
        let shown = DatabaseUrl::Postgres(address.clone()).to_string();
        let shared = Some(address.clone());
        Backend::open(Dialect::Postgres, address.as_str(), POSTGRES_WRITERS, shown, shared).await
    }

    async fn open(
        dialect: Dialect,
        address: &str,
        writers: u32,
        shown: String,
        shared: Option<Url>,
    ) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let opened = async {
            let writes = dialect.pool(address, writers, SQLITE_WRITER).await?;
            dialect.check_version(&writes).await?;
            if let Some(found) = dialect.newer(&writes).await? {
                let fault = FileFault::Newer { found, known: KNOWN };
                return Ok(Err(fault));
            }
            migrate(&writes, dialect).await?;
            let reads = dialect.pool(address, READERS, SQLITE_READER).await?;
            Ok(Ok(Backend { dialect, reads, writes, shared }))
        };
        match opened.await {
            Ok(Ok(backend)) => Ok(backend),
            Ok(Err(fault)) => Err(StoreError::Unfit { file: shown, fault }),
            Err(source) => Err(StoreError::Open { database: shown, source }),
        }
    }

    /// A transaction that will write.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        let begin = match self.dialect {
            Dialect::Sqlite => "begin immediate",
            Dialect::Postgres => "begin",
        };
        self.writes.begin_with(begin).await
    }

    /// Until this transaction ends, no other one numbers stories. SQLite has one writer anyway.
    pub(super) async fn number_stories_alone(
        &self,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<(), StoreError> {
        if self.dialect == Dialect::Postgres {
            transaction.execute("lock table stories in share row exclusive mode").await?;
        }
        Ok(())
    }

    /// Claims due sources: see `Store::claim_due`. Gives the rows of the statements above.
    pub(super) async fn claim(&self, asked: &ClaimQuery, node: i64) -> Result<Vec<AnyRow>, sqlx::Error> {
        let now = asked.now.timestamp_millis();
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let statement = match self.dialect {
            Dialect::Sqlite => CLAIM_IN_SQLITE,
            Dialect::Postgres => CLAIM_IN_POSTGRES,
        };
        let mut query = sqlx::query(statement)
            .bind(now)
            .bind(now.saturating_add(millis(asked.lease)))
            .bind(i64::from(asked.limit))
            .bind(node)
            .bind(i64::from(asked.only_asked));
        let mut transaction = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            transaction.execute(CLAIM_ALONE).await?;
            query = query.bind(now.saturating_sub(millis(asked.gap)));
        }
        query = query.bind(i64::from(asked.of_a_host));
        let rows = query.fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Of these sources with the numbers of their claims, those that nobody has claimed since. In SQLite there is nobody else.
    pub(super) async fn still_claimed(
        &self,
        transaction: &mut Transaction<'_, Any>,
        claims: &[(i64, i64)],
    ) -> Result<HashSet<i64>, StoreError> {
        if self.dialect == Dialect::Sqlite || claims.is_empty() {
            return Ok(claims.iter().map(|(source, _)| *source).collect());
        }
        let batch = serde_json::to_string(claims)?;
        let rows = sqlx::query(STILL_CLAIMED).bind(batch).fetch_all(&mut **transaction).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Tells the other nodes that something was published, once this transaction is committed.
    pub(super) async fn tell_published(
        &self,
        transaction: &mut Transaction<'_, Any>,
        node: i64,
    ) -> Result<(), StoreError> {
        if self.dialect == Dialect::Postgres {
            sqlx::query(TELL).bind(node.to_string()).execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// A connection on which other nodes tell; None where there are none.
    pub(super) async fn listen(&self) -> Result<Option<PgListener>, sqlx::Error> {
        let Some(address) = &self.shared else { return Ok(None) };
        let mut listener = PgListener::connect(address.as_str()).await?;
        listener.listen(PUBLISHED).await?;
        Ok(Some(listener))
    }

    /// See `Store::vacuum`.
    pub(super) async fn vacuum(&self) -> Result<(), StoreError> {
        if self.dialect == Dialect::Sqlite {
            self.writes.execute("vacuum").await?;
        }
        Ok(())
    }

    /// Waits for who is writing to the log of publications, so that no number below the last one is still to come.
    pub(super) async fn see_whole_log(
        &self,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<(), sqlx::Error> {
        if self.dialect == Dialect::Postgres {
            transaction.execute(WHOLE_LOG).await?;
        }
        Ok(())
    }

    /// Closes all connections; SQLite folds its log into the file.
    pub(super) async fn close(&self) {
        self.reads.close().await;
        self.writes.close().await;
    }
}

/// Of one host only so many sources are claimed at the same time: what such hosts have is looked past, so that they keep
/// nobody waiting. What staff ask for goes before all of its host anyway.
pub(super) const CLAIM_IN_SQLITE: &str = "with taken as (\
       select coalesce(t.moved_host, s.host) as host from source_states t join sources s on s.id = t.source_id \
       where t.lease_until > $1 and t.lease_until > 0 group by 1 having count(*) >= $6), \
     due as (\
       select t.source_id, coalesce(t.moved_host, s.host) as host, t.next_due, t.asked \
       from source_states t join sources s on s.id = t.source_id \
       where t.next_due <= $1 and t.lease_until <= $1 and s.enabled = 1 and ($5 = 0 or t.asked is not null) \
         and (t.asked is not null \
           or not exists (select 1 from taken k where k.host = coalesce(t.moved_host, s.host))) \
       order by t.next_due limit $3 * 2), \
     placed as (\
       select d.source_id, d.next_due, d.asked, row_number() over (partition by d.host order by d.next_due, d.source_id) as place \
       from due d) \
     update source_states set lease_until = $2, claim = claim + 1, node = $4 where source_id in (\
       select p.source_id from placed p where p.place <= $6 or p.asked is not null order by p.next_due limit $3) \
     returning source_id, next_due";

/// Of several nodes one claims at a time, so that each sees which hosts the others have: one that another node is asking, or
/// left less than the gap ago, is left to it, and of one host a node takes only so many sources. What such hosts have is
/// looked past. Rows that a commit holds are skipped.
const CLAIM_IN_POSTGRES: &str = "with claimed as (\
       select coalesce(t.moved_host, s.host) as host, t.node from source_states t join sources s on s.id = t.source_id \
       where t.lease_until > $1), \
     taken as (\
       select c.host from claimed c group by c.host having bool_or(c.node <> $4) or count(*) >= $7 \
       union \
       select coalesce(t.moved_host, s.host) from source_states t join sources s on s.id = t.source_id \
       where t.last_attempt > $6 and t.node <> $4), \
     due as (\
       select t.source_id, coalesce(t.moved_host, s.host) as host, t.next_due \
       from source_states t join sources s on s.id = t.source_id \
       where t.next_due <= $1 and t.lease_until <= $1 and s.enabled = 1 and ($5 = 0 or t.asked is not null) \
         and not exists (select 1 from taken k where k.host = coalesce(t.moved_host, s.host)) \
       order by t.next_due limit $3 * 8), \
     placed as (\
       select d.source_id, row_number() over (partition by d.host order by d.next_due, d.source_id) as place \
       from due d) \
     update source_states set lease_until = $2, claim = claim + 1, node = $4 where source_id in (\
       select t.source_id from source_states t join placed p on p.source_id = t.source_id \
       where p.place <= $7 and t.next_due <= $1 and t.lease_until <= $1 \
       order by t.next_due, t.source_id limit $3 for update of t skip locked) \
     returning source_id, next_due";

/// What nodes listen to: one of them published something. The message is the number of the node.
const PUBLISHED: &str = "vestnik_published";
const TELL: &str = "select pg_notify('vestnik_published', $1)";

/// Until the end of the transaction no other node claims.
const CLAIM_ALONE: &str = "select pg_advisory_xact_lock(8649, 1)";

/// Until the end of the transaction nobody logs a publication; who has begun to is waited for.
const WHOLE_LOG: &str = "select pg_advisory_xact_lock(8649, 2)";

/// The claims that are still the last ones, kept until the transaction ends. In one order, so that no two nodes wait for each
/// other.
const STILL_CLAIMED: &str = "select t.source_id from source_states t join json_each($1) \
     on t.source_id = cast(value->>0 as bigint) and t.claim = cast(value->>1 as bigint) order by t.source_id for update of t";

/// Terms of the full-text index, separated by spaces.
const WRITE_TERMS_IN_SQLITE: &str = "insert into search_terms (rowid, terms) \
     select cast(value->>0 as bigint), value->>1 from json_each($1)";

/// Another node may have been faster.
const WRITE_TERMS_IN_POSTGRES: &str = "insert into search_terms (rowid, terms) select cast(value->>0 as bigint), \
     array_to_tsvector(array_remove(string_to_array(value->>1, ' '), '')) from json_each($1) \
     on conflict (rowid) do update set terms = excluded.terms";

macro_rules! find_terms {
    ($matches:literal) => {
        concat!(
            "select rowid from search_terms where ",
            $matches,
            " and rowid <= $2 and rowid >= $3 order by rowid desc limit $4"
        )
    };
}

const FIND_TERMS_IN_SQLITE: &str = find_terms!("search_terms match $1");
const FIND_TERMS_IN_POSTGRES: &str = find_terms!("terms @@ cast(cast($1 as text) as tsquery)");

/// Letters of the beginnings of words that the index of SQLite has lists of (`prefix` in its migration).
const BEGINNINGS: [usize; 2] = [5, 3];

/// The longest beginning of a prefix that the index has a list of; what it says too much is found out when the entries are read.
fn beginning(text: &str) -> &str {
    let cut = |letters: usize| text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(letters);
    BEGINNINGS.into_iter().find_map(cut).and_then(|end| text.get(..end)).unwrap_or(text)
}

impl Dialect {
    /// Writes rows of the full-text index.
    pub(super) fn write_terms(self) -> &'static str {
        match self {
            Dialect::Sqlite => WRITE_TERMS_IN_SQLITE,
            Dialect::Postgres => WRITE_TERMS_IN_POSTGRES,
        }
    }

    /// Looks up what `term` and `operators` are made into.
    pub(super) fn find_terms(self) -> &'static str {
        match self {
            Dialect::Sqlite => FIND_TERMS_IN_SQLITE,
            Dialect::Postgres => FIND_TERMS_IN_POSTGRES,
        }
    }

    /// A term of a query for the full-text index, in quotes, so that nothing in it is an operator.
    pub(super) fn term(self, text: &str, prefix: bool) -> String {
        match self {
            Dialect::Sqlite => {
                let text = if prefix { beginning(text) } else { text };
                format!("\"{}\"{}", text.replace('"', ""), if prefix { "*" } else { "" })
            }
            Dialect::Postgres => {
                let text = text.replace('\\', "\\\\").replace('\'', "''");
                format!("'{text}'{}", if prefix { ":*" } else { "" })
            }
        }
    }

    /// What stands between alternatives, and between what must all be there.
    pub(super) fn operators(self) -> (&'static str, &'static str) {
        match self {
            Dialect::Sqlite => (" OR ", " AND "),
            Dialect::Postgres => (" | ", " & "),
        }
    }

    async fn pool(
        self,
        address: &str,
        connections: u32,
        pages: &'static str,
    ) -> Result<AnyPool, sqlx::Error> {
        let (session, patience) = match self {
            Dialect::Sqlite => ([SQLITE_SESSION, pages], SQLITE_PATIENCE),
            Dialect::Postgres => ([POSTGRES_SESSION, ""], POSTGRES_PATIENCE),
        };
        AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(patience)
            .idle_timeout(None)
            .max_lifetime(None)
            // A connection to a file does not break by itself; one to a server that was started anew is replaced.
            .test_before_acquire(self == Dialect::Postgres)
            .before_acquire(|connection, _| Box::pin(is_usable(connection)))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for statements in session.into_iter().filter(|statements| !statements.is_empty()) {
                        connection.execute(statements).await?;
                    }
                    Ok(())
                })
            })
            .connect(address)
            .await
    }

    /// The version of tables that are newer than this program. A SQLite file was looked at before.
    async fn newer(self, pool: &AnyPool) -> Result<Option<i64>, sqlx::Error> {
        if self == Dialect::Sqlite {
            return Ok(None);
        }
        let is_new: i64 = sqlx::query(IS_NEW_IN_POSTGRES).fetch_one(pool).await?.try_get(0)?;
        let version = if is_new == 1 { None } else { version(pool).await? };
        Ok(version.filter(|version| *version > KNOWN))
    }

    async fn check_version(self, pool: &AnyPool) -> Result<(), sqlx::Error> {
        if self == Dialect::Sqlite {
            return Ok(());
        }
        let version: i64 = sqlx::query(POSTGRES_VERSION).fetch_one(pool).await?.try_get(0)?;
        if version < POSTGRES_SINCE {
            let found = version / 10_000;
            return Err(sqlx::Error::Configuration(
                format!("it runs on PostgreSQL {found}; version 15 or later is needed").into(),
            ));
        }
        Ok(())
    }
}

/// A full disk makes SQLite end a transaction by itself, which sqlx does not learn of: it would refuse every further one on
/// this connection.
async fn is_usable(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A transaction that was given up may only just be about to end.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// The address of a file, to be opened in this mode (https://sqlite.org/uri.html).
pub(super) fn sqlite_address(file: &Path, mode: &str) -> Result<String, StoreError> {
    let mut address = url::Url::parse("sqlite://").map_err(|_| StoreError::address(file))?;
    let path = std::path::absolute(file).map_err(|_| StoreError::address(file))?;
    address.set_path(path.to_str().ok_or_else(|| StoreError::address(file))?);
    address.set_query(Some(&format!("mode={mode}")));
    Ok(address.into())
}

async fn migrate(pool: &AnyPool, dialect: Dialect) -> Result<(), sqlx::Error> {
    let migrations = STEPS
        .iter()
        .map(|(version, name, sqlite, postgres)| {
            let sql = match dialect {
                Dialect::Sqlite => *sqlite,
                Dialect::Postgres => *postgres,
            };
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations)
        .run(pool)
        .await
        .map_err(|error| sqlx::Error::Migrate(Box::new(error)))
}
