//! What a move between databases needs of either of them.

use sqlx::{Any, Executor, Row, Transaction};

use super::{super::StoreError, Backend, Dialect};

/// One side of a move waits for the other in the middle of a transaction.
const WAIT_FOR_THE_OTHER_SIDE: &str = "set local idle_in_transaction_session_timeout = 0";

/// Tables whose rows the database numbers, with the column.
const NUMBERED_IN_POSTGRES: &str = "select cast(table_name as text), cast(column_name as text) \
     from information_schema.columns where table_schema = current_schema() and is_identity = 'YES'";

/// Columns of a table, with their types.
const COLUMNS_IN_SQLITE: &str = "select name, lower(type) from pragma_table_info($1)";
const COLUMNS_IN_POSTGRES: &str = "select cast(column_name as text), cast(data_type as text) \
     from information_schema.columns where table_schema = current_schema() and table_name = $1";

impl Backend {
    /// A transaction that reads all that it reads as it is at one moment.
    pub(in crate::store) async fn begin_reading(&self) -> Result<Transaction<'static, Any>, StoreError> {
        match self.dialect {
            Dialect::Sqlite => Ok(self.reads.begin_with("begin").await?),
            Dialect::Postgres => {
                let begin = "begin isolation level repeatable read read only";
                let mut transaction = self.reads.begin_with(begin).await?;
                transaction.execute(WAIT_FOR_THE_OTHER_SIDE).await?;
                Ok(transaction)
            }
        }
    }

    /// A transaction that writes all that there is.
    pub(in crate::store) async fn begin_moving(&self) -> Result<Transaction<'static, Any>, StoreError> {
        let mut transaction = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            transaction.execute(WAIT_FOR_THE_OTHER_SIDE).await?;
        }
        Ok(transaction)
    }

    /// New rows get numbers after those that were written with theirs. SQLite counts from the rows.
    pub(in crate::store) async fn continue_numbers(
        &self,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<(), StoreError> {
        if self.dialect == Dialect::Sqlite {
            return Ok(());
        }
        let numbered = sqlx::query(NUMBERED_IN_POSTGRES).fetch_all(&mut **transaction).await?;
        for row in numbered {
            let (table, column): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let set = format!(
                "select setval(pg_get_serial_sequence('{table}', '{column}'), \
                 (select coalesce(max({column}), 0) + 1 from {table}), false)"
            );
            transaction.execute(sqlx::AssertSqlSafe(set)).await?;
        }
        Ok(())
    }

    /// After much was written at once, PostgreSQL plans by what is there now.
    pub(in crate::store) async fn learn(&self) -> Result<(), StoreError> {
        if self.dialect == Dialect::Postgres {
            self.writes.execute("analyze").await?;
        }
        Ok(())
    }
}

impl Dialect {
    /// The bytes that hexadecimal digits stand for: what a JSON parameter has in place of bytes.
    pub(in crate::store) fn unhex(self, digits: &str) -> String {
        match self {
            Dialect::Sqlite => format!("unhex({digits})"),
            Dialect::Postgres => format!("decode({digits}, 'hex')"),
        }
    }

    /// Lists the columns of a table, each with its type.
    pub(in crate::store) fn columns(self) -> &'static str {
        match self {
            Dialect::Sqlite => COLUMNS_IN_SQLITE,
            Dialect::Postgres => COLUMNS_IN_POSTGRES,
        }
    }
}
