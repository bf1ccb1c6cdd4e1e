//! `vestnik held`: what the resurfacing guard did not recognise, for staff to release or discard.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::{Access, App},
    clock::Clock,
    model::{Source, StoredEntry, Timestamp, Verdict},
    store::By,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List what is held, of one source or of all
    List(List),
    /// Publish what is held of a source
    Release(Of),
    /// Keep what is held of a source from ever being published; `vestnik entry restore` brings one back
    Discard(Of),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only of this source
    source: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Of {
    /// The source
    source: String,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who decided, for the audit trail, in place of the user who is logged in
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: i64,
    source: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    date: Timestamp,
    first_seen: Timestamp,
}

pub(super) async fn run(common: Common, command: Command) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    match command {
        Command::List(list) => show(&app, list).await?,
        Command::Release(of) => decide(&app, of, Verdict::Approve, "released").await?,
        Command::Discard(of) => decide(&app, of, Verdict::Hide, "discarded").await?,
    }
    Ok(Ended::Well)
}

async fn source_named(app: &App, name: &str) -> anyhow::Result<Source> {
    let mut found = app.sources_named(std::slice::from_ref(&name.to_owned())).await?;
    found.pop().ok_or_else(|| super::unknown("source", name, []))
}

async fn show(app: &App, list: List) -> anyhow::Result<()> {
    let source = match &list.source {
        Some(name) => Some(source_named(app, name).await?.id),
        None => None,
    };
    let held = app.store().held(source).await?;
    let sources = app.store().sources().await?;
    let slug = |stored: &StoredEntry| {
        let source = sources.iter().find(|source| source.id == stored.source);
        source.map_or("?", |source| source.spec.slug.as_str())
    };
    if list.json {
        return out::json(&held.iter().map(|stored| listed(stored, slug(stored))).collect::<Vec<_>>());
    }
    let row = |stored: &StoredEntry| {
        vec![
            slug(stored).to_owned(),
            stored.id.to_string(),
            out::moment(Some(stored.shown_date())),
            out::title(&stored.entry, 70),
        ]
    };
    if held.is_empty() {
        return Ok(out::line("Nothing is held.")?);
    }
    Ok(out::table(&["source", "id", "date (UTC)", "title"], held.iter().map(row).collect(), &[1])?)
}

fn listed<'a>(stored: &'a StoredEntry, source: &'a str) -> Listed<'a> {
    Listed {
        id: stored.id.0,
        source,
        title: &stored.entry.title,
        link: stored.entry.link.as_deref(),
        date: stored.shown_date(),
        first_seen: stored.first_seen,
    }
}

async fn decide(app: &App, of: Of, verdict: Verdict, done: &str) -> anyhow::Result<()> {
    let source = source_named(app, &of.source).await?;
    let held = app.store().held(Some(source.id)).await?;
    let who = of.by.unwrap_or_else(super::entry::user);
    let by = By { who: &who, at: Clock::system().now(), reason: of.reason.as_deref() };
    for stored in &held {
        app.store().decide(stored.id, verdict, by).await?;
    }
    Ok(out::line(&format!("{} of {} {done}", out::count(held.len(), "entry", "entries"), source.spec.slug))?)
}
