//! All that a database holds, table by table, in the one form that either database can give and take.

use sha2::{Digest, Sha256};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row, ValueRef, any::AnyRow, any::AnyTypeInfoKind};

use super::{StoreError, backend::Dialect};

/// Tables whose rows are moved; those that others refer to come first, and `ungrouped`, which the rows of others fill, last.
pub(super) const MOVED: [&str; 26] = [
    "sources",
    "source_states",
    "entries",
    "kept_documents",
    "entry_tags",
    "entry_revisions",
    "entry_aliases",
    "outbox",
    "renditions",
    "fetches",
    "fetch_days",
    "host_holds",
    "decisions",
    "publication_log",
    "archives",
    "archive_pages",
    "quarantine",
    "article_checks",
    "stories",
    "story_entries",
    "story_keys",
    "story_apart",
    "story_decisions",
    "translations",
    "consumers",
    "ungrouped",
];

/// What a new database makes for itself: the index is filled behind the commits, from what the triggers on entries note.
#[cfg(test)]
const MADE_ANEW: [&str; 4] = ["search_terms", "search_due", "duties", "_sqlx_migrations"];

/// A table as both databases know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    columns: Vec<(String, Kind)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Fraction,
    Text,
    Bytes,
}

/// Rows and what they come to, in whatever order they come: two tables with the same sum hold the same rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) rows: u64,
    digest: u128,
}

impl Sum {
    pub(super) fn add(&mut self, row: &[u8]) {
        let hash: [u8; 32] = Sha256::digest(row).into();
        let (head, _) = hash.split_at(16);
        let head = head.iter().fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        self.rows += 1;
        self.digest = self.digest.wrapping_add(head);
    }

    /// 32 digits, for people to compare.
    pub(super) fn shown(&self) -> String {
        format!("{:032x}", self.digest)
    }
}

impl Table {
    /// The table as this database has it.
    pub(super) async fn of(
        connection: &mut AnyConnection,
        dialect: Dialect,
        name: &'static str,
    ) -> Result<Self, StoreError> {
        let rows = sqlx::query(dialect.columns()).bind(name).fetch_all(connection).await?;
        let column = |row: &AnyRow| -> Result<(String, Kind), sqlx::Error> {
            let kind = match row.try_get::<String, _>(1)?.as_str() {
                "integer" | "bigint" => Kind::Whole,
                "double precision" => Kind::Fraction,
                "blob" | "bytea" => Kind::Bytes,
                _ => Kind::Text,
            };
            Ok((row.try_get(0)?, kind))
        };
        let mut columns = rows.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        // Columns that were added in another order are the same.
        columns.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Table { name, columns })
    }

    pub(super) fn select(&self) -> AssertSqlSafe<String> {
        AssertSqlSafe(format!("select {} from {}", self.names(), self.name))
    }

    /// Takes rows as one JSON parameter.
    pub(super) fn insert(&self, dialect: Dialect) -> AssertSqlSafe<String> {
        let values: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (_, kind))| match kind {
                Kind::Whole => format!("cast(value->>{index} as bigint)"),
                Kind::Fraction => format!("cast(value->>{index} as double precision)"),
                Kind::Text => format!("value->>{index}"),
                Kind::Bytes => dialect.unhex(&format!("value->>{index}")),
            })
            .collect();
        AssertSqlSafe(format!(
            "insert into {} ({}) select {} from json_each($1)",
            self.name,
            self.names(),
            values.join(", ")
        ))
    }

    /// Its columns with their types, for people.
    pub(super) fn shown(&self) -> String {
        self.columns.iter().map(|(name, kind)| format!("{name} {kind:?}")).collect::<Vec<_>>().join(", ")
    }

    /// A row that `write_row` wrote, for people: what is long is cut.
    pub(super) fn row_shown(&self, json: &[u8]) -> String {
        let values: Vec<serde_json::Value> = serde_json::from_slice(json).unwrap_or_default();
        let shown = self.columns.iter().zip(values).map(|((name, _), value)| {
            let value: String = value.to_string().chars().take(60).collect();
            format!("{name} {value}")
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Writes a row as a JSON array at the end of `json`: the same bytes for the same row, whichever database it is of.
    pub(super) fn write_row(&self, row: &AnyRow, json: &mut Vec<u8>) -> Result<(), StoreError> {
        json.push(b'[');
        for (index, (_, kind)) in self.columns.iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            let value = row.try_get_raw(index)?;
            if value.is_null() {
                json.extend_from_slice(b"null");
                continue;
            }
            match (kind, value.type_info().kind()) {
                (Kind::Fraction, AnyTypeInfoKind::Double | AnyTypeInfoKind::Real) => {
                    serde_json::to_writer(&mut *json, &row.try_get::<f64, _>(index)?)?;
                }
                (
                    Kind::Whole,
                    AnyTypeInfoKind::BigInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::SmallInt,
                ) => {
                    serde_json::to_writer(&mut *json, &row.try_get::<i64, _>(index)?)?;
                }
                (Kind::Text, AnyTypeInfoKind::Text) => {
                    serde_json::to_writer(&mut *json, row.try_get::<&str, _>(index)?)?;
                }
                (Kind::Bytes, AnyTypeInfoKind::Blob) => {
                    let bytes: &[u8] = row.try_get(index)?;
                    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                    json.push(b'"');
                    json.extend(
                        digits.map(|digit| if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }),
                    );
                    json.push(b'"');
                }
                (_, found) => return Err(self.strange(index, &format!("{found:?}"))),
            }
        }
        json.push(b']');
        Ok(())
    }

    fn strange(&self, column: usize, found: &str) -> StoreError {
        let column = self.columns.get(column).map_or("", |(name, _)| name.as_str());
        let problem = format!("its column {column} holds a value of the kind {found}");
        StoreError::Foreign { what: self.name, problem }
    }

    /// How many rows there are.
    pub(super) async fn count(&self, connection: &mut AnyConnection) -> Result<u64, StoreError> {
        let count = AssertSqlSafe(format!("select count(*) from {}", self.name));
        let row = sqlx::query::<Any>(count).fetch_one(connection).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    /// A new table has to be named here, or a move would lose it.
    #[tokio::test]
    async fn every_table_is_moved_or_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("vestnik.db")).await.unwrap();
        let rows = sqlx::query("select name from sqlite_schema where type = 'table' order by name")
            .fetch_all(&store.backend.reads)
            .await
            .unwrap();
        let mut found: Vec<String> = rows.iter().map(|row| row.try_get(0).unwrap()).collect();
        // The index keeps itself in tables of its own.
        found.retain(|name| !name.starts_with("search_terms_"));
        let mut named: Vec<String> = MOVED.iter().chain(&MADE_ANEW).map(|name| (*name).to_owned()).collect();
        named.sort();
        assert_eq!(found, named);
    }
}
