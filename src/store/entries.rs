//! Reading entries: what a collection has to know, what a channel asks for, what lists show.

use std::collections::{BTreeSet, HashMap};

use sqlx::{Row, any::AnyRow};

use super::{
    Store, StoreError,
    rows::{self, entry_columns},
};
use crate::model::{
    EntryId, EntryState, Fingerprint, Identity, Known, Language, Lately, SortKey, SourceId, StoredEntry,
    Timestamp, from_millis,
};

/// Which part of the river a channel asks for. None asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RiverQuery {
    /// Of these sources.
    pub sources: Option<Vec<SourceId>>,
    /// Of these languages, by primary subtag.
    pub languages: Option<Vec<Language>>,
    /// With any of these tags, compared in lower case.
    pub tags: Option<Vec<String>>,
    /// And with any of these.
    pub and_tags: Option<Vec<String>>,
    /// Not below this place.
    pub since: Option<SortKey>,
    /// At most so many.
    pub limit: u32,
}

/// What `vestnik entries` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryQuery {
    /// Of this source.
    pub source: Option<SourceId>,
    /// With this text in the title.
    pub title: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// The publisher's id that an entry was published with stands beside its aliases, where it has any.
macro_rules! known_columns {
    ($identity:literal, $alias_of:literal) => {
        concat!(
            "e.id, ",
            $identity,
            ", e.fingerprint, e.public_id, e.first_seen, e.state, ",
            $alias_of,
            ", (select p.published_as_json from entry_aliases p where p.entry_id = e.id limit 1), e.link"
        )
    };
}

const KNOWN: &str = concat!(
    "select ",
    known_columns!("e.identity", "null"),
    " from entries e where e.source_id = $1 and e.identity in (select value->>0 from json_each($2)) union all select ",
    known_columns!("a.identity", "e.identity"),
    " from entry_aliases a join entries e on e.id = a.entry_id where a.source_id = $1 \
     and a.identity <> e.identity and a.identity in (select value->>0 from json_each($2))"
);

const KNOWN_ALL: &str = concat!(
    "select ",
    known_columns!("e.identity", "null"),
    " from entries e where e.source_id = $1 union all select ",
    known_columns!("a.identity", "e.identity"),
    " from entry_aliases a join entries e on e.id = a.entry_id where a.source_id = $1 \
     and a.identity <> e.identity"
);

/// Asked where a document looks like a mass change.
const NEWEST_OF_SOURCE: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.source_id = $1 and e.state not in ('removed') order by e.sort_key desc limit $2"
);

/// Asked of entries that changed.
const LATELY: &str = "select e.id, e.updated, \
     (select count(*) from entry_revisions r where r.entry_id = e.id and r.replaced_at > $2) \
     from json_each($1) j join entries e on e.id = cast(j.value->>0 as bigint)";

/// Asked only where many entries of a source are unknown, or its ids are not believed.
const KNOWN_BY_LINK: &str = concat!(
    "select ",
    known_columns!("e.identity", "null"),
    ", e.details_json from entries e where e.source_id = $1 and e.link in (select value->>0 from json_each($2))"
);

/// Every river statement takes the same five parameters: the lane's own value, the lowest place, the limit, and the
/// sources and languages as JSON (`[]` asks for all). Filters that the lane's index does not serve go by these.
macro_rules! in_sources {
    () => {
        " and ($4 = '[]' or e.source_id in (select cast(value->>0 as bigint) from json_each($4)))"
    };
}

macro_rules! in_languages {
    ($alias:literal) => {
        concat!(" and ($5 = '[]' or ", $alias, ".lang in (select value->>0 from json_each($5)))")
    };
}

const RIVER: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.state = 'published' and e.sort_key >= $2 and $1 = ''",
    in_sources!(),
    in_languages!("e"),
    " order by e.sort_key desc limit $3"
);

/// A window of N entries comes from at most N sources, and those are among the N with the newest heads: so however
/// many sources and however long their archives, this reads one index entry a source and then N of at most N sources.
/// Only the chosen N entries are looked up.
const RIVER_OF_SOURCES: &str = concat!(
    "with heads as materialized (select cast(value->>0 as bigint) as source_id, (select max(h.sort_key) from entries h \
     where h.source_id = cast(value->>0 as bigint) and h.state = 'published') as head from json_each($4)), \
     chosen as materialized (select source_id from heads where head >= $2 order by head desc limit $3), \
     bounds as materialized (select c.source_id, (\
         select k.sort_key from entries k where k.source_id = c.source_id and k.state = 'published' \
         order by k.sort_key desc limit 1 offset $3 - 1) as low from chosen c), \
     top as materialized (select i.id, i.sort_key from bounds b cross join entries i \
       where i.source_id = b.source_id and i.state = 'published' \
       and i.sort_key >= case when b.low > $2 then b.low else $2 end order by i.sort_key desc limit $3) \
     select ",
    entry_columns!(),
    " from top t cross join entries e where $1 = '' and $5 <> '' and e.id = t.id order by t.sort_key desc"
);

/// The same where languages are asked for too: a source in a language is then what a source is above, as one that is
/// newest in other languages says nothing about these.
const RIVER_OF_SOURCES_IN_LANGUAGES: &str = concat!(
    "with heads as materialized (select cast(s.value->>0 as bigint) as source_id, l.value->>0 as lang, (\
       select max(h.sort_key) from entries h where h.source_id = cast(s.value->>0 as bigint) \
       and h.lang = l.value->>0 and h.state = 'published') as head from json_each($4) s cross join json_each($5) l), \
     chosen as materialized (select source_id, lang from heads where head >= $2 order by head desc limit $3), \
     bounds as materialized (select c.source_id, c.lang, (\
         select k.sort_key from entries k where k.source_id = c.source_id and k.lang = c.lang \
         and k.state = 'published' order by k.sort_key desc limit 1 offset $3 - 1) as low from chosen c), \
     top as materialized (select i.id, i.sort_key from bounds b cross join entries i \
       where i.source_id = b.source_id and i.lang = b.lang and i.state = 'published' \
       and i.sort_key >= case when b.low > $2 then b.low else $2 end order by i.sort_key desc limit $3) \
     select ",
    entry_columns!(),
    " from top t cross join entries e where $1 = '' and e.id = t.id order by t.sort_key desc"
);

const RIVER_OF_LANGUAGE: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.state = 'published' and e.lang = $1 and e.sort_key >= $2",
    in_sources!(),
    in_languages!("e"),
    " order by e.sort_key desc limit $3"
);

const RIVER_OF_TAG: &str = concat!(
    "select ",
    entry_columns!(),
    " from entry_tags t join entries e on e.id = t.entry_id \
     where t.tag = $1 and t.sort_key >= $2 and e.state = 'published'",
    in_sources!(),
    in_languages!("e"),
    " order by t.sort_key desc limit $3"
);

const RIVER_OF_TAG_AND_OTHERS: &str = concat!(
    "select ",
    entry_columns!(),
    " from entry_tags t join entries e on e.id = t.entry_id \
     where t.tag = $1 and t.sort_key >= $2 and e.state = 'published'",
    in_sources!(),
    in_languages!("e"),
    " and exists (select 1 from entry_tags o where o.entry_id = e.id \
     and o.tag in (select value->>0 from json_each($6))) order by t.sort_key desc limit $3"
);

const LIST: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where ($1 = 0 or e.source_id = $1) and lower(e.title) like lower($2) \
     order by e.sort_key desc limit $3"
);

/// Asked for our own posts, of which a source has few.
const BY_LINK: &str = concat!(
    "select ",
    entry_columns!(),
    " from entries e where e.source_id = $1 and e.state = 'published' and e.link = $2 limit 1"
);

/// Asked for our own posts, of which a source has few.
const GONE: &str = "select 1 from entries e where e.source_id = $1 and e.link = $2 and e.state in ('withdrawn', 'removed') \
     limit 1";

/// Which languages there are, by jumping from one to the next in the index.
const LANGUAGES: &str = "with recursive found(lang) as (\
     select min(e.lang) from entries e where e.state = 'published' and e.lang is not null union all \
     select (select min(n.lang) from entries n where n.state = 'published' and n.lang > f.lang) from found f \
     where f.lang is not null) select lang from found where lang is not null";

const LINKS: &str = "select e.link from entries e where e.source_id = $1 and e.state = 'published' \
     and e.link is not null order by e.sort_key desc";

const COUNT: &str = "select count(*) from entries where state = 'published'";

impl Store {
    /// What is known of these identities of a source; of all of them where None are named.
    ///
    /// # Errors
    /// `Database`.
    pub async fn known(
        &self,
        source: SourceId,
        identities: Option<&[Identity]>,
    ) -> Result<Vec<Known>, StoreError> {
        let rows = match identities {
            Some(identities) => {
                let batch: Vec<[&str; 1]> = identities.iter().map(|identity| [identity.as_str()]).collect();
                let batch = serde_json::to_string(&batch)?;
                sqlx::query(KNOWN).bind(source.0).bind(batch).fetch_all(&self.backend.reads).await?
            }
            None => sqlx::query(KNOWN_ALL).bind(source.0).fetch_all(&self.backend.reads).await?,
        };
        // Last what is known by its own identity: it wins over an earlier one of another entry.
        let mut known = rows.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        known.sort_by_key(|known| known.alias_of.is_none());
        Ok(known)
    }

    /// How often these entries have changed since, and the dates of change that their publisher gave them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn lately(
        &self,
        entries: &[EntryId],
        since: Timestamp,
    ) -> Result<HashMap<EntryId, Lately>, StoreError> {
        let ids: Vec<[i64; 1]> = entries.iter().map(|entry| [entry.0]).collect();
        let rows = sqlx::query(LATELY)
            .bind(serde_json::to_string(&ids)?)
            .bind(since.timestamp_millis())
            .fetch_all(&self.backend.reads)
            .await?;
        rows.iter()
            .map(|row| {
                let revisions = u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(u32::MAX);
                let updated = row.try_get::<Option<i64>, _>(1)?.map(from_millis);
                Ok((EntryId(row.try_get(0)?), Lately { revisions, updated }))
            })
            .collect()
    }

    /// The newest entries of a source, in any state but removed.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn newest_of(&self, source: SourceId, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let rows =
            sqlx::query(NEWEST_OF_SOURCE).bind(source.0).bind(i64::from(limit)).fetch(&self.backend.reads);
        rows::gather(rows, rows::stored_entry).await
    }

    /// What is known of the entries of a source with these addresses.
    ///
    /// # Errors
    /// `Database`.
    pub async fn known_by_link(&self, source: SourceId, links: &[String]) -> Result<Vec<Known>, StoreError> {
        let batch: Vec<[&str; 1]> = links.iter().map(|link| [link.as_str()]).collect();
        let batch = serde_json::to_string(&batch)?;
        let rows = sqlx::query(KNOWN_BY_LINK).bind(source.0).bind(batch).fetch(&self.backend.reads);
        let with_id =
            |row: &AnyRow| Ok(Known { publisher_id: rows::stored_publisher_id(row, 9)?, ..known(row)? });
        rows::gather(rows, with_id).await
    }

    /// The top of the river, newest first. Reads as many index entries as it returns rows, for each language or tag
    /// asked for; however much is stored.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn river(&self, query: &RiverQuery) -> Result<Vec<StoredEntry>, StoreError> {
        if query.limit == 0 || query.sources.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let sources: Vec<[i64; 1]> = query.sources.iter().flatten().map(|source| [source.0]).collect();
        let sources = serde_json::to_string(&sources)?;
        // A set: `bg` and `bg-BG` are one language here, and a lane read twice would fill the window twice.
        let languages: BTreeSet<[&str; 1]> =
            query.languages.iter().flatten().map(|language| [language.primary()]).collect();
        let languages = serde_json::to_string(&languages)?;
        let others: Option<Vec<[String; 1]>> =
            query.and_tags.as_ref().map(|tags| tags.iter().map(|tag| [tag.to_lowercase()]).collect());
        let others = others.as_ref().map(serde_json::to_string).transpose()?;
        let mut found = Vec::new();
        for (statement, lane) in lanes(query) {
            let mut asked = sqlx::query(statement)
                .bind(lane)
                .bind(query.since.map_or(i64::MIN, |since| since.0))
                .bind(i64::from(query.limit))
                .bind(&sources)
                .bind(&languages);
            if let Some(others) = others.as_ref().filter(|_| query.tags.is_some()) {
                asked = asked.bind(others);
            }
            found.extend(rows::gather(asked.fetch(&self.backend.reads), rows::stored_entry).await?);
        }
        found.sort_by_key(|stored| std::cmp::Reverse((stored.sort_key, stored.id)));
        found.dedup_by_key(|stored| stored.id);
        found.truncate(query.limit as usize);
        Ok(found)
    }

    /// Entries for a list, newest first, in any state.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn entries(&self, query: &EntryQuery) -> Result<Vec<StoredEntry>, StoreError> {
        let title = query.title.as_ref().map_or_else(|| "%".to_owned(), |title| format!("%{title}%"));
        let rows = sqlx::query(LIST)
            .bind(query.source.map_or(0, |source| source.0))
            .bind(title)
            .bind(i64::from(query.limit))
            .fetch(&self.backend.reads);
        rows::gather(rows, rows::stored_entry).await
    }

    /// The published entry of a source that has this link.
    ///
    /// # Errors
    /// `Database`, `Foreign`.
    pub async fn entry_by_link(
        &self,
        source: SourceId,
        link: &str,
    ) -> Result<Option<StoredEntry>, StoreError> {
        let row = sqlx::query(BY_LINK).bind(source.0).bind(link).fetch_optional(&self.backend.reads).await?;
        row.as_ref().map(rows::stored_entry).transpose()
    }

    /// Whether a source had an entry with this link that is withdrawn now.
    ///
    /// # Errors
    /// `Database`.
    pub async fn is_gone(&self, source: SourceId, link: &str) -> Result<bool, StoreError> {
        let row = sqlx::query(GONE).bind(source.0).bind(link).fetch_optional(&self.backend.reads).await?;
        Ok(row.is_some())
    }

    /// The links of a source's published entries.
    ///
    /// # Errors
    /// `Database`.
    pub async fn links(&self, source: SourceId) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(LINKS).bind(source.0).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The languages of published entries, by primary subtag, in alphabetical order.
    ///
    /// # Errors
    /// `Database`.
    pub async fn languages(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(LANGUAGES).fetch_all(&self.backend.reads).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// How many entries are published.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_published(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(COUNT).fetch_one(&self.backend.reads).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
    }
}

/// One statement a lane: a lane is what can be read from the top of one index.
fn lanes(query: &RiverQuery) -> Vec<(&'static str, String)> {
    match (&query.tags, &query.sources, &query.languages) {
        (Some(tags), _, _) => {
            let others = query.and_tags.is_some();
            let statement = if others { RIVER_OF_TAG_AND_OTHERS } else { RIVER_OF_TAG };
            tags.iter().map(|tag| (statement, tag.to_lowercase())).collect()
        }
        (None, Some(_), None) => vec![(RIVER_OF_SOURCES, String::new())],
        (None, Some(_), Some(_)) => vec![(RIVER_OF_SOURCES_IN_LANGUAGES, String::new())],
        (None, None, Some(languages)) => {
            languages.iter().map(|language| (RIVER_OF_LANGUAGE, language.primary().to_owned())).collect()
        }
        (None, None, None) => vec![(RIVER, String::new())],
    }
}

fn known(row: &AnyRow) -> Result<Known, StoreError> {
    Ok(Known {
        id: EntryId(row.try_get(0)?),
        identity: Identity::from_stored(row.try_get(1)?),
        fingerprint: Fingerprint::from_stored(row.try_get(2)?),
        public_id: row.try_get(3)?,
        first_seen: from_millis(row.try_get(4)?),
        state: EntryState::from_name(row.try_get(5)?),
        alias_of: row.try_get::<Option<String>, _>(6)?.map(Identity::from_stored),
        published_as: row
            .try_get::<Option<String>, _>(7)?
            .map(|json| rows::publisher_id(&json))
            .transpose()?,
        link: row.try_get(8)?,
        publisher_id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plans::check_plan;

    #[tokio::test]
    async fn no_river_reads_or_sorts_the_archive() {
        let by_source = "COVERING INDEX entries_source_river (source_id=? AND sort_key>?)";
        let by_source_and_language =
            "COVERING INDEX entries_source_lang_river (source_id=? AND lang=? AND sort_key>?)";
        // Sorting: the heads of sources, and at most N entries of at most N of them.
        for (statement, index, sorts) in [
            (RIVER, "entries_river (sort_key>?)", 0),
            (RIVER_OF_SOURCES, by_source, 2),
            (RIVER_OF_SOURCES_IN_LANGUAGES, by_source_and_language, 2),
            (RIVER_OF_LANGUAGE, "entries_lang_river (lang=? AND sort_key>?)", 0),
            (RIVER_OF_TAG, "PRIMARY KEY (tag=? AND sort_key>?)", 0),
        ] {
            check_plan(statement, index, sorts).await;
        }
    }

    #[tokio::test]
    async fn what_is_known_is_looked_up() {
        for (statement, index) in [
            (KNOWN, "entries_identity (source_id=? AND identity=?)"),
            (KNOWN_ALL, "entries_identity (source_id=?)"),
            (KNOWN_BY_LINK, "entries_identity (source_id=?)"),
            (BY_LINK, "entries_source_river (source_id=?)"),
            (LINKS, "entries_source_river (source_id=?)"),
            (LATELY, "entry_revisions_entry (entry_id=?)"),
        ] {
            check_plan(statement, index, 0).await;
        }
    }
}
