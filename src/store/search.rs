//! The full-text index: terms by place of the river, written in batches behind the commits, and what in the river may be
//! meant by a query. The terms come from `search`; here they are only kept and looked up.

use std::collections::BTreeSet;

use serde::Serialize;
use sqlx::Row;

use super::{
    Store, StoreError,
    backend::{ByDialect, Dialect},
    commit::execute_batch,
    rows::{self, entry_columns},
};
use crate::failpoint::{self, Step};
use crate::model::{Language, SortKey, SourceId, StoredEntry};

/// A term that the index may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTerm {
    /// As the index has it; no white space.
    pub text: String,
    /// Any term that begins so will do.
    pub prefix: bool,
}

/// What to look for in the index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexQuery {
    /// Of each list at least one.
    pub terms: Vec<Vec<IndexTerm>>,
    /// Of these sources. None asks for all.
    pub sources: Option<Vec<SourceId>>,
    /// Of these languages, by primary subtag. None asks for all.
    pub languages: Option<Vec<Language>>,
    /// With any of these tags, compared in lower case. None asks for all.
    pub tags: Option<Vec<String>>,
    /// Not below this place of the river.
    pub since: Option<SortKey>,
    /// Only below this place of the river.
    pub before: Option<SortKey>,
    /// Rows of the index to look at, at most.
    pub limit: u32,
}

/// Entries that may be meant: the index mixes what shares one of the 64 places of a second, so each is to be looked at.
#[derive(Debug, Default, PartialEq)]
pub struct Candidates {
    /// Newest first.
    pub entries: Vec<StoredEntry>,
    /// There may be more below this place; None where there are none.
    pub next: Option<SortKey>,
}

/// What has to be indexed.
#[derive(Debug, Default, PartialEq)]
pub struct DueTerms {
    ids: Vec<i64>,
    places: Vec<i64>,
    /// All published entries of those places.
    pub entries: Vec<StoredEntry>,
}

impl DueTerms {
    /// How many changes.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True where the index is complete.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Bits of a sort key below a place: its 20 bits of identity but six. Fewer bits make a smaller index; more entries a place
/// make more to look at where many have one date.
const BELOW: u32 = 14;

/// Where the oldest changes are.
const DUE: &str =
    "select distinct d.place from (select place from search_due order by id limit $1) d order by d.place";

/// All changes of these places: an entry that shares its place with many would else be indexed as often as they change.
const DUE_AT: &str =
    "select id from search_due where place in (select cast(value->>0 as bigint) from json_each($1))";

macro_rules! of_places {
    ($and:literal) => {
        ByDialect {
            sqlite: concat!(
                "select ",
                entry_columns!(),
                " from json_each($1) p cross join entries e where e.state = 'published' \
                 and e.sort_key >= (cast(p.value->>0 as bigint) << 14) \
                 and e.sort_key <= (cast(p.value->>0 as bigint) << 14) + 16383",
                $and
            ),
            // The limit, which nothing reaches, keeps its planner from comparing every entry with every place.
            postgres: concat!(
                "select ",
                entry_columns!(),
                " from json_each($1) p cross join lateral (select i.* from entries i where i.state = 'published' \
                 and i.sort_key >= (cast(p.value->>0 as bigint) << 14) \
                 and i.sort_key <= (cast(p.value->>0 as bigint) << 14) + 16383 order by i.sort_key limit 100000) e \
                 where true",
                $and
            ),
        }
    };
}

/// For the index.
const OF_PLACES: ByDialect = of_places!("");

/// For answers: what is in quarantine is indexed, and not shown.
const SHOWN_OF_PLACES: ByDialect =
    of_places!(" and not exists (select 1 from quarantine q where q.entry_id = e.id)");

const CLEAR: &str =
    "delete from search_terms where rowid in (select cast(value->>0 as bigint) from json_each($1))";

const DONE: &str = "delete from search_due where id in (select cast(value->>0 as bigint) from json_each($1))";

/// Texts that are indexed at once: with dates by the day, the places of a few changes may be those of thousands of entries.
const BATCH_BYTES: usize = 2 << 20;
/// A place may have hundreds of entries, and mostly has one: the first look tells which it is.
const PLACES_AT_FIRST: usize = 4;

#[derive(Serialize)]
struct TermsRow<'a>(i64, &'a str);

impl Store {
    /// What has to be indexed: the oldest changes, at most so many, and what else is due at their places. Fewer where the
    /// texts of those places are large.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn due_terms(&self, limit: u32) -> Result<DueTerms, StoreError> {
        let rows = sqlx::query(DUE).bind(i64::from(limit)).fetch(&self.backend.reads);
        let places = rows::gather(rows, |row| Ok(row.try_get::<i64, _>(0)?)).await?;
        let (mut due, mut bytes, mut step) = (DueTerms::default(), 0, PLACES_AT_FIRST);
        let mut rest = places.as_slice();
        while bytes < BATCH_BYTES && !rest.is_empty() {
            let (next, later) = rest.split_at(step.min(rest.len()));
            let at: Vec<[i64; 1]> = next.iter().map(|place| [*place]).collect();
            let rows = sqlx::query(DUE_AT).bind(serde_json::to_string(&at)?).fetch(&self.backend.reads);
            due.ids.extend(rows::gather(rows, |row| Ok(row.try_get::<i64, _>(0)?)).await?);
            // After the changes were read: one that comes now is due again.
            let entries = self.entries_of_places(OF_PLACES, next).await?;
            bytes += entries.iter().map(|stored| stored.entry.weight()).sum::<usize>();
            due.entries.extend(entries);
            due.places.extend(next);
            if bytes < BATCH_BYTES / 4 {
                step = step.saturating_mul(2);
            }
            rest = later;
        }
        Ok(due)
    }

    /// Writes the index for what was due. `terms` has those of `due.entries`, one text an entry, separated by spaces.
    ///
    /// # Errors
    /// `Database`.
    pub async fn write_terms(&self, due: &DueTerms, terms: &[String]) -> Result<(), StoreError> {
        let mut of_places: Vec<(i64, String)> = Vec::with_capacity(due.places.len());
        let mut of_entries: Vec<(i64, &StoredEntry, &str)> = due
            .entries
            .iter()
            .zip(terms)
            .map(|(stored, terms)| (place_of(stored.sort_key), stored, terms.as_str()))
            .collect();
        // In the order of places: FTS5 begins a new segment where a row comes before the last one.
        of_entries.sort_by_key(|(place, stored, _)| (*place, stored.id));
        for (place, stored, terms) in of_entries {
            if of_places.last().is_none_or(|(last, _)| *last != place) {
                of_places.push((place, String::new()));
            }
            let Some((_, all)) = of_places.last_mut() else { continue };
            all.push_str(terms);
            for mark in marks_of(stored) {
                all.push(' ');
                all.push_str(&mark);
            }
            all.push(' ');
        }
        let rows: Vec<TermsRow<'_>> =
            of_places.iter().map(|(place, terms)| TermsRow(*place, terms)).collect();
        let places: Vec<[i64; 1]> = due.places.iter().map(|place| [*place]).collect();
        let ids: Vec<[i64; 1]> = due.ids.iter().map(|id| [*id]).collect();
        let mut transaction = self.backend.begin().await?;
        execute_batch(&mut transaction, CLEAR, &places).await?;
        execute_batch(&mut transaction, self.backend.dialect.write_terms(), &rows).await?;
        execute_batch(&mut transaction, DONE, &ids).await?;
        failpoint::reach(Step::Indexing);
        Ok(transaction.commit().await?)
    }

    /// Published entries that a query may mean, newest first: those of the newest places that have its terms.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn candidates(&self, query: &IndexQuery) -> Result<Candidates, StoreError> {
        if query.limit == 0 || query.sources.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Candidates::default());
        }
        let top = query.before.map_or(i64::MAX, |before| place_of(SortKey(before.0.saturating_sub(1))));
        let rows = sqlx::query(self.backend.dialect.find_terms())
            .bind(expression(query, self.backend.dialect))
            .bind(top)
            .bind(query.since.map_or(i64::MIN, place_of))
            .bind(i64::from(query.limit))
            .fetch_all(&self.backend.reads)
            .await?;
        let places = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        let is_full = places.len() >= query.limit as usize;
        let next = places.last().filter(|_| is_full).map(|place| SortKey(place << BELOW));
        let mut entries = self.entries_of_places(SHOWN_OF_PLACES, &places).await?;
        entries.retain(|stored| query.takes(stored));
        Ok(Candidates { entries, next })
    }

    /// Newest first.
    async fn entries_of_places(
        &self,
        statement: ByDialect,
        places: &[i64],
    ) -> Result<Vec<StoredEntry>, StoreError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let batch: Vec<[i64; 1]> = places.iter().map(|place| [*place]).collect();
        let rows = sqlx::query(statement.of(self.backend.dialect))
            .bind(serde_json::to_string(&batch)?)
            .fetch(&self.backend.reads);
        let mut entries = rows::gather(rows, rows::stored_entry).await?;
        entries.sort_by_key(|stored| std::cmp::Reverse((stored.sort_key, stored.id)));
        Ok(entries)
    }
}

impl IndexQuery {
    /// Whether an entry is of the sources, languages, tags and part of the river that are asked for.
    pub fn takes(&self, stored: &StoredEntry) -> bool {
        let entry = &stored.entry;
        let language = |wanted: &Vec<Language>| {
            let own = entry.language.as_ref().map(Language::primary);
            wanted.iter().any(|wanted| own == Some(wanted.primary()))
        };
        let tag = |wanted: &Vec<String>| {
            let is = |tag: &String| wanted.iter().any(|wanted| wanted.to_lowercase() == tag.to_lowercase());
            entry.tags.iter().any(is)
        };
        self.sources.as_ref().is_none_or(|sources| sources.contains(&stored.source))
            && self.languages.as_ref().is_none_or(language)
            && self.tags.as_ref().is_none_or(tag)
            && self.since.is_none_or(|since| stored.sort_key >= since)
            && self.before.is_none_or(|before| stored.sort_key < before)
    }
}

/// Terms for what is no word: a query for one source must not look through everybody's entries. No word begins so.
fn source_mark(source: SourceId) -> String {
    format!("§s{}", source.0)
}

fn language_mark(language: &Language) -> String {
    format!("§l{}", language.primary())
}

fn tag_mark(tag: &str) -> String {
    // To the tokenizer, whatever is not ASCII is a letter.
    let letter = |c: char| if c.is_ascii() && !c.is_ascii_alphanumeric() { '·' } else { c };
    format!("§t{}", tag.to_lowercase().chars().map(letter).collect::<String>())
}

fn marks_of(stored: &StoredEntry) -> impl Iterator<Item = String> {
    let language = stored.entry.language.as_ref().map(language_mark);
    let tags = stored.entry.tags.iter().map(|tag| tag_mark(tag));
    [source_mark(stored.source)].into_iter().chain(language).chain(tags)
}

/// More sources than these are filtered after they were found: that many lists would cost more than they save.
const SOURCES_ASKED_FOR: usize = 64;

fn place_of(key: SortKey) -> i64 {
    key.0 >> BELOW
}

/// The query in the language of the index.
fn expression(query: &IndexQuery, dialect: Dialect) -> String {
    let (or, and) = dialect.operators();
    let exact = |text: String| IndexTerm { text, prefix: false };
    let few = query.sources.as_ref().filter(|sources| sources.len() <= SOURCES_ASKED_FOR);
    let marks = [
        few.map(|sources| sources.iter().copied().map(source_mark).map(exact).collect::<Vec<_>>()),
        query.languages.as_ref().map(|languages| languages.iter().map(language_mark).map(exact).collect()),
        query.tags.as_ref().map(|tags| tags.iter().map(|tag| exact(tag_mark(tag))).collect()),
    ];
    let list = |terms: &Vec<IndexTerm>| {
        let term = |term: &IndexTerm| dialect.term(&term.text, term.prefix);
        let alternatives: BTreeSet<String> = terms.iter().map(term).collect();
        format!("({})", alternatives.into_iter().collect::<Vec<_>>().join(or))
    };
    query.terms.iter().chain(marks.iter().flatten()).map(list).collect::<Vec<_>>().join(and)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn a_search_reads_the_index_from_its_top_and_the_places_it_found() {
        check_plan(SHOWN_OF_PLACES.of(Dialect::Sqlite), "entries_river (sort_key>? AND sort_key<?)", 0).await;
        check_plan(DUE_AT, "search_due_place (place=?)", 0).await;
        check_plan(DONE, "INTEGER PRIMARY KEY (rowid=?)", 0).await;
    }

    #[test]
    fn nothing_in_a_term_is_an_operator() {
        let term = |text: &str, prefix| IndexTerm { text: text.to_owned(), prefix };
        let terms = vec![vec![term("a\" OR \"b", false), term("near", true)], vec![term("not", false)]];
        let tags = Some(vec!["Умен град".to_owned()]);
        let query = IndexQuery { terms, tags, ..IndexQuery::default() };
        assert_eq!(
            expression(&query, Dialect::Postgres),
            "('a\" OR \"b' | 'near':*) & ('not') & ('§tумен·град')".to_owned()
        );
        assert_eq!(
            expression(&query, Dialect::Sqlite),
            "(\"a OR b\" OR \"nea\"*) AND (\"not\") AND (\"§tумен·град\")"
        );
    }
}
