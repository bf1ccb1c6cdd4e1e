//! For tests: how the database means to run a statement.

use sqlx::Row;

use super::Store;

/// What may be read from end to end: the rows of a parameter, and what a statement has made of them.
const SMALL: [&str; 11] = ["chain", "heads", "b", "c", "d", "p", "t", "s", "l", "v", "sources"];

/// An index of the few entries that were taken down may be read whole.
const FEW: &str = "USING INDEX entries_deleted";

/// The statement uses this index, reads no table of entries from end to end, and sorts so many times.
pub(super) async fn check_plan(statement: &str, index: &str, sorts: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&folder.path().join("vestnik.db")).await.unwrap();
    let explain = sqlx::AssertSqlSafe(format!("explain query plan {statement}"));
    let rows = sqlx::query(explain).fetch_all(&store.backend.reads).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.try_get(3).unwrap()).collect();
    let shown = format!("{statement}\n{steps:#?}");
    assert!(steps.iter().any(|step| step.contains(index)), "{index} is not used by {shown}");
    // The rows of a parameter are a virtual table.
    let real = steps.iter().filter(|step| !step.contains("VIRTUAL TABLE") && !step.ends_with(FEW));
    for scanned in real.filter_map(|step| step.strip_prefix("SCAN ")?.split(' ').next()) {
        // One without a name is what a statement has made, too.
        let is_small = scanned.starts_with('(') || SMALL.contains(&scanned);
        assert!(is_small, "{scanned} is read from end to end by {shown}");
    }
    assert_eq!(steps.iter().filter(|step| step.contains("TEMP B-TREE")).count(), sorts, "{shown}");
}
