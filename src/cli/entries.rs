//! `vestnik entries`: what is stored, newest first.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::{Access, App},
    model::{EntryId, EntryState, SourceId, StoredEntry, Timestamp},
    store::{EntryQuery, Quarantined},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only of this source
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Only with this text in the title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 30, value_name = "N")]
    limit: u32,
    /// Only those that wait for approval
    #[arg(long)]
    waiting: bool,
    /// Only those that are kept out of documents because they would make them faulty, with the reason
    #[arg(long, conflicts_with = "waiting")]
    quarantined: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// An entry for programs.
#[derive(Serialize)]
pub(super) struct Listed<'a> {
    id: i64,
    source: &'a str,
    public_id: &'a str,
    state: &'static str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Timestamp>,
    first_seen: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantined: Option<&'a str>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    let sources = app.store().sources().await?;
    let slugs: HashMap<_, _> = sources.iter().map(|source| (source.id, source.spec.slug.as_str())).collect();
    let source = match &arguments.source {
        Some(name) => app.sources_named(std::slice::from_ref(name)).await?.first().map(|source| source.id),
        None => None,
    };
    let faults = app.store().quarantined().await?;
    let entries = chosen(&app, &arguments, source, &faults).await?;
    let faults: HashMap<EntryId, &str> =
        faults.iter().map(|fault| (fault.entry, fault.reason.as_str())).collect();
    let fault = |stored: &StoredEntry| faults.get(&stored.id).copied();
    let slug = |stored: &StoredEntry| slugs.get(&stored.source).copied().unwrap_or("?");
    if arguments.json {
        out::json(
            &entries.iter().map(|stored| listed(stored, slug(stored), fault(stored))).collect::<Vec<_>>(),
        )?;
    } else {
        table(&entries, slug, fault)?;
    }
    Ok(Ended::Well)
}

/// Entries for a terminal, a line each.
pub(super) fn table<'a>(
    entries: &[StoredEntry],
    slug: impl Fn(&StoredEntry) -> &'a str,
    fault: impl Fn(&StoredEntry) -> Option<&'a str>,
) -> anyhow::Result<()> {
    let row = |stored: &StoredEntry| {
        let language = stored.entry.language.as_ref();
        vec![
            stored.id.to_string(),
            out::moment(Some(stored.shown_date())),
            slug(stored).to_owned(),
            language.map_or_else(|| "–".to_owned(), ToString::to_string),
            out::title(&stored.entry, 70),
            match (stored.state, fault(stored)) {
                (EntryState::Published, Some(reason)) => format!("quarantined: {reason}"),
                (EntryState::Published, None) => String::new(),
                (state, _) => state.name().to_owned(),
            },
        ]
    };
    Ok(out::table(
        &["id", "date (UTC)", "source", "language", "title", ""],
        entries.iter().map(row).collect(),
        &[0],
    )?)
}

async fn chosen(
    app: &App,
    arguments: &Arguments,
    source: Option<SourceId>,
    faults: &[Quarantined],
) -> anyhow::Result<Vec<StoredEntry>> {
    let store = app.store();
    if !arguments.waiting && !arguments.quarantined {
        let query = EntryQuery { source, title: arguments.title.clone(), limit: arguments.limit };
        return Ok(store.entries(&query).await?);
    }
    let mut found = Vec::new();
    if arguments.waiting {
        found = store.waiting(arguments.limit).await?;
    } else {
        for fault in faults {
            found.extend(store.entry(fault.entry).await?);
        }
    }
    let title = arguments.title.as_ref().map(|title| title.to_lowercase());
    found.retain(|stored| {
        source.is_none_or(|source| stored.source == source)
            && title.as_ref().is_none_or(|title| stored.entry.title.to_lowercase().contains(title))
    });
    found.truncate(arguments.limit as usize);
    Ok(found)
}

pub(super) fn listed<'a>(
    stored: &'a StoredEntry,
    source: &'a str,
    quarantined: Option<&'a str>,
) -> Listed<'a> {
    let entry = &stored.entry;
    Listed {
        id: stored.id.0,
        source,
        public_id: &entry.public_id,
        state: stored.state.name(),
        title: &entry.title,
        link: entry.link.as_deref(),
        language: entry.language.as_ref().map(crate::model::Language::as_str),
        tags: &entry.tags,
        published: entry.published,
        updated: entry.updated,
        first_seen: stored.first_seen,
        quarantined,
    }
}
