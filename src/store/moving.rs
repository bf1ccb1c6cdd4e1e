//! Moving all that one database holds into another, empty one, of either kind: in one consistent read and one transaction, so
//! that a move that breaks off leaves nothing behind, and compared before it counts.

use futures_util::TryStreamExt;
use sqlx::{AnyConnection, AssertSqlSafe, Executor};

use super::{
    Store, StoreError,
    backend::Dialect,
    tables::{MOVED, Sum, Table},
};

/// So many rows, or about so many bytes, are written at once.
const BATCH_ROWS: usize = 2_000;
const BATCH_BYTES: usize = 1 << 20;

/// Why a move could not be made. Neither database was changed.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One of the databases failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is there already would be mixed with what is moved.
    #[error("the database to move to is not empty: its table {0} has rows; make a new one")]
    NotEmpty(&'static str),
    /// The databases are not of one version.
    #[error("table {table} has other columns here ({from}) than there ({to})")]
    OtherColumns {
        /// The table.
        table: &'static str,
        /// Columns of the one.
        from: String,
        /// Columns of the other.
        to: String,
    },
    /// PostgreSQL cannot keep this character in a text.
    #[error(
        "table {table}: a text holds the character U+0000, which PostgreSQL cannot keep; the row is {row}"
    )]
    Zero {
        /// The table.
        table: &'static str,
        /// The row, its long texts cut.
        row: String,
    },
    /// What was written is not what was read.
    #[error(
        "table {table} was not moved as it is: {from} rows were read and {to} are there, with another content"
    )]
    Differs {
        /// The table.
        table: &'static str,
        /// Rows read.
        from: u64,
        /// Rows found.
        to: u64,
    },
}

impl From<sqlx::Error> for MoveError {
    fn from(error: sqlx::Error) -> Self {
        MoveError::Store(error.into())
    }
}

/// How far a move is.
#[derive(Debug, Clone, Copy)]
pub struct MoveProgress {
    /// The table that it is at.
    pub table: &'static str,
    /// Rows that were written, or compared, so far …
    pub rows: u64,
    /// … of so many.
    pub of: u64,
    /// False while writing; true while what was written is read again.
    pub comparing: bool,
}

/// A table that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTable {
    /// Its name.
    pub name: &'static str,
    /// Rows on either side.
    pub rows: u64,
    /// What all its rows come to, the same on either side, in hexadecimal digits.
    pub digest: String,
}

impl Store {
    /// Writes all that this database holds into `to`, which is empty, and compares: a count and a digest a table. The
    /// search index is made anew there by whoever indexes; leases of collections end. Nobody may write to this database
    /// meanwhile, or what they write stays behind.
    ///
    /// # Errors
    /// `MoveError`; then `to` is as empty as before.
    pub async fn move_into(
        &self,
        to: &Store,
        mut tell: impl FnMut(MoveProgress),
    ) -> Result<Vec<MovedTable>, MoveError> {
        let mut reading = self.backend.begin_reading().await?;
        let mut writing = to.backend.begin_moving().await?;
        let mut tables = Vec::with_capacity(MOVED.len());
        let mut of = 0;
        for name in MOVED {
            let table = Table::of(&mut reading, self.backend.dialect, name).await?;
            let there = Table::of(&mut writing, to.backend.dialect, name).await?;
            if table != there {
                return Err(MoveError::OtherColumns { table: name, from: table.shown(), to: there.shown() });
            }
            if table.count(&mut writing).await? > 0 {
                return Err(MoveError::NotEmpty(name));
            }
            of += table.count(&mut reading).await?;
            tables.push(table);
        }
        let mut progress = MoveProgress { table: "", rows: 0, of, comparing: false };
        let mut sums = Vec::with_capacity(tables.len());
        for table in &tables {
            progress.table = table.name;
            let step = |rows| {
                progress.rows += rows;
                tell(progress);
            };
            sums.push(copy(table, &mut reading, &mut writing, to.backend.dialect, step).await?);
        }
        reading.rollback().await?;
        progress = MoveProgress { rows: 0, comparing: true, ..progress };
        let mut moved = Vec::with_capacity(tables.len());
        for (table, sum) in tables.iter().zip(sums) {
            progress.table = table.name;
            let there = add_up(table, &mut writing).await?;
            if there != sum {
                return Err(MoveError::Differs { table: table.name, from: sum.rows, to: there.rows });
            }
            progress.rows += sum.rows;
            tell(progress);
            moved.push(MovedTable { name: table.name, rows: sum.rows, digest: sum.shown() });
        }
        to.backend.continue_numbers(&mut writing).await?;
        writing.execute("update source_states set lease_until = 0 where lease_until > 0").await?;
        writing.commit().await?;
        to.backend.learn().await?;
        Ok(moved)
    }
}

async fn copy(
    table: &Table,
    reading: &mut AnyConnection,
    writing: &mut AnyConnection,
    dialect: Dialect,
    mut step: impl FnMut(u64),
) -> Result<Sum, MoveError> {
    // Rows of other tables may have filled it.
    writing.execute(AssertSqlSafe(format!("delete from {}", table.name))).await?;
    let mut sum = Sum::default();
    let mut rows = sqlx::query(table.select()).fetch(reading);
    let mut batch = Batch::default();
    let mut json = Vec::new();
    while let Some(row) = rows.try_next().await? {
        json.clear();
        table.write_row(&row, &mut json)?;
        if dialect == Dialect::Postgres && holds_zero(&json) {
            return Err(MoveError::Zero { table: table.name, row: table.row_shown(&json) });
        }
        sum.add(&json);
        batch.add(&json);
        if batch.is_full() {
            step(batch.write(table, dialect, writing).await?);
        }
    }
    step(batch.write(table, dialect, writing).await?);
    Ok(sum)
}

/// Whether a text of the row has the character U+0000. The escape alone may stand in a text that is JSON itself.
fn holds_zero(json: &[u8]) -> bool {
    memchr::memmem::find_iter(json, br"\u0000").any(|at| {
        let before = json.get(..at).unwrap_or_default();
        before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
    })
}

async fn add_up(table: &Table, connection: &mut AnyConnection) -> Result<Sum, MoveError> {
    let mut sum = Sum::default();
    let mut rows = sqlx::query(table.select()).fetch(connection);
    let mut json = Vec::new();
    while let Some(row) = rows.try_next().await? {
        json.clear();
        table.write_row(&row, &mut json)?;
        sum.add(&json);
    }
    Ok(sum)
}

/// Rows that are written together.
#[derive(Default)]
struct Batch {
    rows: usize,
    json: Vec<u8>,
}

impl Batch {
    fn add(&mut self, row: &[u8]) {
        self.json.push(if self.rows == 0 { b'[' } else { b',' });
        self.json.extend_from_slice(row);
        self.rows += 1;
    }

    fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.json.len() >= BATCH_BYTES
    }

    /// How many there were.
    async fn write(
        &mut self,
        table: &Table,
        dialect: Dialect,
        connection: &mut AnyConnection,
    ) -> Result<u64, MoveError> {
        let Batch { rows, mut json } = std::mem::take(self);
        if rows == 0 {
            return Ok(0);
        }
        json.push(b']');
        let json = String::from_utf8(json).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        sqlx::query(table.insert(dialect)).bind(json).execute(connection).await?;
        Ok(rows as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_in_a_text_is_not_the_character() {
        let row = |text: &str| serde_json::to_vec(&[text]).unwrap();
        for (text, expected) in
            [("a\0b", true), (r"a\u0000", false), (r"a\\u0000", false), ("\\\0", true), ("plain", false)]
        {
            assert_eq!(holds_zero(&row(text)), expected, "{text:?}");
        }
    }
}
