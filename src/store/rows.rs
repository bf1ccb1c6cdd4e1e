//! Between rows and the model: what goes into JSON batches and what comes out of the columns.

use futures_util::{TryStreamExt, stream::BoxStream};
use serde::{Deserialize, Serialize};
use sqlx::{Row, any::AnyRow};

use super::StoreError;
use crate::model::{
    Attachment, Entry, EntryId, EntryOrigin, EntryState, Fingerprint, Hold, Identity, Language, Person,
    PublisherId, SafeHtml, SortKey, SourceId, StoredEntry, Timestamp, Translation, Validators, from_millis,
};

/// Reads rows as they come: all of them at once would take many times the memory of what is read.
pub(super) async fn gather<T>(
    mut rows: BoxStream<'_, Result<AnyRow, sqlx::Error>>,
    read: impl Fn(&AnyRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut all = Vec::new();
    while let Some(row) = rows.try_next().await? {
        all.push(read(&row)?);
    }
    Ok(all)
}

/// What of an entry is never asked for by a query, in one column.
#[derive(Serialize, Deserialize)]
pub(super) struct Details {
    /// True where the public id is not the publisher's: it was minted by us.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    minted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    publisher_id: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    id_is_permalink: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Person>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<EntryOrigin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rights: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comments_url: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    translations: Vec<Translation>,
}

/// An entry as one row of a JSON batch; the order is that of the statements in `commit`.
#[derive(Serialize)]
pub(super) struct EntryRow<'a>(
    i64,             // 0: source, or the entry's own number in an update
    &'a str,         // 1: identity
    &'a str,         // 2: fingerprint
    &'a str,         // 3: state; in an update that of an entry that comes back
    i64,             // 4: sort key
    Option<&'a str>, // 5: lang
    &'a str,         // 6: public id
    i64,             // 7: first seen; not used in an update
    i64,             // 8: changed
    Option<i64>,     // 9: published
    Option<i64>,     // 10: updated
    Option<&'a str>, // 11: link
    &'a str,         // 12: title
    String,          // 13: details
    Option<&'a str>, // 14: summary
    Option<&'a str>, // 15: content
    Option<i64>,     // 16: when an embargo ends
);

impl<'a> EntryRow<'a> {
    /// `key` is the source of a new entry, or the number of a known one.
    pub(super) fn new(
        key: i64,
        entry: &'a Entry,
        sort_key: SortKey,
        at: Timestamp,
        hold: Option<Hold>,
    ) -> Result<Self, StoreError> {
        let minted = entry.publisher_id.as_ref() != Some(&entry.public_id);
        let details = Details {
            minted,
            publisher_id: entry.publisher_id.clone().filter(|_| minted),
            id_is_permalink: entry.id_is_permalink,
            authors: entry.authors.clone(),
            tags: entry.tags.clone(),
            attachments: entry.attachments.clone(),
            image: entry.image.clone(),
            language: entry.language.clone(),
            origin: entry.origin.clone(),
            rights: entry.rights.clone(),
            comments_url: entry.comments_url.clone(),
            translations: entry.translations.clone(),
        };
        Ok(EntryRow(
            key,
            entry.identity.as_str(),
            entry.fingerprint.as_str(),
            state_of(hold).name(),
            sort_key.0,
            entry.language.as_ref().map(Language::primary),
            &entry.public_id,
            at.timestamp_millis(),
            at.timestamp_millis(),
            entry.published.map(|at| at.timestamp_millis()),
            entry.updated.map(|at| at.timestamp_millis()),
            entry.link.as_deref(),
            &entry.title,
            serde_json::to_string(&details)?,
            entry.summary.as_ref().map(SafeHtml::as_str),
            entry.content.as_ref().map(SafeHtml::as_str),
            match hold {
                Some(Hold::Until(until)) => Some(until.timestamp_millis()),
                _ => None,
            },
        ))
    }
}

fn state_of(hold: Option<Hold>) -> EntryState {
    match hold {
        None => EntryState::Published,
        Some(Hold::Review) => EntryState::Waiting,
        Some(Hold::Until(_)) => EntryState::Embargoed,
        Some(Hold::Off) => EntryState::Shelved,
        Some(Hold::Guard) => EntryState::Held,
    }
}

/// The columns that `stored_entry` reads, in its order.
macro_rules! entry_columns {
    () => {
        "e.id, e.source_id, e.identity, e.fingerprint, e.state, e.sort_key, e.public_id, e.first_seen, e.changed, \
         e.published, e.updated, e.link, e.title, e.details_json, e.summary, e.content, e.release_at"
    };
}
pub(super) use entry_columns;

/// Reads one row of `entry_columns`.
pub(super) fn stored_entry(row: &AnyRow) -> Result<StoredEntry, StoreError> {
    let details: Details = serde_json::from_str(row.try_get(13)?)
        .map_err(|error| StoreError::Foreign { what: "entry", problem: error.to_string() })?;
    let public_id: String = row.try_get(6)?;
    let moment = |column: usize| -> Result<Timestamp, sqlx::Error> { Ok(from_millis(row.try_get(column)?)) };
    let maybe = |column: usize| -> Result<Option<Timestamp>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(from_millis))
    };
    let html = |column: usize| -> Result<Option<SafeHtml>, sqlx::Error> {
        Ok(row.try_get::<Option<String>, _>(column)?.map(SafeHtml::sanitised))
    };
    Ok(StoredEntry {
        id: EntryId(row.try_get(0)?),
        source: SourceId(row.try_get(1)?),
        first_seen: moment(7)?,
        changed: moment(8)?,
        sort_key: SortKey(row.try_get(5)?),
        state: EntryState::from_name(row.try_get(4)?),
        release_at: maybe(16)?,
        entry: Entry {
            identity: Identity::from_stored(row.try_get(2)?),
            fingerprint: Fingerprint::from_stored(row.try_get(3)?),
            publisher_id: if details.minted { details.publisher_id } else { Some(public_id.clone()) },
            id_is_permalink: details.id_is_permalink,
            public_id,
            link: row.try_get(11)?,
            title: row.try_get(12)?,
            summary: html(14)?,
            content: html(15)?,
            authors: details.authors,
            tags: details.tags,
            attachments: details.attachments,
            image: details.image,
            language: details.language,
            published: maybe(9)?,
            updated: maybe(10)?,
            origin: details.origin,
            rights: details.rights,
            comments_url: details.comments_url,
            translations: details.translations,
        },
    })
}

#[derive(Serialize, Deserialize)]
struct PublishedAs {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_permalink: bool,
}

/// The publisher's id that an entry was published with, for its column.
pub(super) fn publisher_id_json(published_as: &PublisherId) -> Result<String, StoreError> {
    let PublisherId { id, is_permalink } = published_as.clone();
    Ok(serde_json::to_string(&PublishedAs { id, is_permalink })?)
}

/// Reads what `publisher_id_json` wrote.
pub(super) fn publisher_id(json: &str) -> Result<PublisherId, StoreError> {
    let PublishedAs { id, is_permalink } = serde_json::from_str(json)
        .map_err(|error| StoreError::Foreign { what: "publisher's id", problem: error.to_string() })?;
    Ok(PublisherId { id, is_permalink })
}

/// The publisher's id of an entry, from its details in this column.
pub(super) fn stored_publisher_id(row: &AnyRow, column: usize) -> Result<Option<String>, StoreError> {
    let details: Details = serde_json::from_str(row.try_get(column)?)
        .map_err(|error| StoreError::Foreign { what: "details of an entry", problem: error.to_string() })?;
    Ok(if details.minted { details.publisher_id } else { Some(row.try_get(3)?) })
}

/// Header bytes as text that any database and JSON can hold: one character a byte (ISO-8859-1).
pub(super) fn bytes_to_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The bytes back. Characters beyond U+00FF, which `bytes_to_text` never writes, are left out.
pub(super) fn text_to_bytes(text: &str) -> Vec<u8> {
    text.chars().filter_map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

/// Validators from their two columns.
pub(super) fn validators(etag: Option<&str>, last_modified: Option<&str>) -> Validators {
    Validators { etag: etag.map(text_to_bytes), last_modified: last_modified.map(text_to_bytes) }
}
