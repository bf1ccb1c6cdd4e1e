//! `vestnik entries`: what is stored, newest first.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::Access,
    model::{EntryState, StoredEntry, Timestamp},
    store::EntryQuery,
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
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    let sources = app.store().sources().await?;
    let slugs: HashMap<_, _> = sources.iter().map(|source| (source.id, source.spec.slug.as_str())).collect();
    let source = match &arguments.source {
        Some(name) => app.sources_named(std::slice::from_ref(name)).await?.first().map(|source| source.id),
        None => None,
    };
    let query = EntryQuery { source, title: arguments.title, limit: arguments.limit };
    let entries = app.store().entries(&query).await?;
    let slug = |stored: &StoredEntry| slugs.get(&stored.source).copied().unwrap_or("?");
    if arguments.json {
        out::json(&entries.iter().map(|stored| listed(stored, slug(stored))).collect::<Vec<_>>())?;
    } else {
        table(&entries, slug)?;
    }
    Ok(Ended::Well)
}

/// Entries for a terminal, a line each.
pub(super) fn table<'a>(
    entries: &[StoredEntry],
    slug: impl Fn(&StoredEntry) -> &'a str,
) -> anyhow::Result<()> {
    let row = |stored: &StoredEntry| {
        let language = stored.entry.language.as_ref();
        vec![
            stored.id.to_string(),
            out::moment(Some(stored.shown_date())),
            slug(stored).to_owned(),
            language.map_or_else(|| "–".to_owned(), ToString::to_string),
            out::cut(&stored.entry.title, 70),
            if stored.state == EntryState::Withdrawn { "withdrawn" } else { "" }.to_owned(),
        ]
    };
    Ok(out::table(
        &["id", "date", "source", "language", "title", ""],
        entries.iter().map(row).collect(),
        &[0],
    )?)
}

pub(super) fn listed<'a>(stored: &'a StoredEntry, source: &'a str) -> Listed<'a> {
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
    }
}
