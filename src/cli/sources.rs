//! `vestnik sources`: what we collect from, and how it is doing.

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::Access,
    clock::Clock,
    model::{Health, Record, Source, Timestamp},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// A source in JSON. Figures are of the last 30 days.
#[derive(Serialize)]
pub(super) struct Listed<'a> {
    id: &'a str,
    kind: &'static str,
    title: &'a str,
    enabled: bool,
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    technical: Option<&'a str>,
    /// Why its ids are not believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<&'a str>,
    groups: Vec<&'a str>,
    failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_new: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_due: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries_per_week: Option<f64>,
    fetches: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_milliseconds: Option<u64>,
    bytes: u64,
    bytes_saved: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_in: Option<&'a str>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    let sources = app.store().sources().await?;
    let records = app.store().records(Clock::system().now()).await?;
    let record = |source: &Source| records.get(&source.id).copied().unwrap_or_default();
    if arguments.json {
        out::json(&sources.iter().map(|source| Listed::of(source, &record(source))).collect::<Vec<_>>())?;
        return Ok(Ended::Well);
    }
    let row = |source: &Source| {
        let state = &source.state;
        let ratio = record(source).success_ratio();
        vec![
            source.spec.slug.to_string(),
            source.spec.kind.name().to_owned(),
            source.health().name().to_owned(),
            out::moment(state.last_success),
            out::moment(next_try(source)),
            ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{:.0} %", ratio * 100.0)),
            out::cut(source.title(), 40),
        ]
    };
    if sources.is_empty() {
        out::line(
            "There is no source yet. `vestnik discover URL` proposes one; files go under feeds/sources/.",
        )?;
        return Ok(Ended::Well);
    }
    let head = ["source", "kind", "health", "read (UTC)", "next (UTC)", "well", "title"];
    out::table(&head, sources.iter().map(row).collect(), &[5])?;
    // A sentence finds no place in a column.
    let reasons: Vec<String> = sources
        .iter()
        .filter_map(|source| {
            let reason = out::reason(Some(trouble(source)?), source.state.technical.as_deref());
            Some(format!("{}: {reason}", source.spec.slug))
        })
        .collect();
    if !reasons.is_empty() {
        out::line(&format!("\n{}", reasons.join("\n")))?;
    }
    Ok(Ended::Well)
}

/// Why it fails, else what is odd about it.
fn trouble(source: &Source) -> Option<&str> {
    let state = &source.state;
    let trouble = state.reason.as_deref().or(state.info.identity.reason());
    trouble.filter(|_| source.spec.enabled)
}

/// When it is asked next; what is switched off or gone is not.
fn next_try(source: &Source) -> Option<Timestamp> {
    let asked = source.state.asked.or(source.state.next_due);
    asked.filter(|_| !matches!(source.health(), Health::Disabled | Health::Gone))
}

impl<'a> Listed<'a> {
    pub(super) fn of(source: &'a Source, record: &Record) -> Self {
        let (spec, state) = (&source.spec, &source.state);
        Listed {
            id: spec.slug.as_str(),
            kind: spec.kind.name(),
            title: source.title(),
            enabled: spec.enabled,
            health: source.health().name(),
            since: state.since,
            reason: state.reason.as_deref(),
            technical: state.technical.as_deref(),
            identity: state.info.identity.reason(),
            url: spec.url.as_ref().map(ToString::to_string),
            moved_to: state.moves.address.as_ref().map(ToString::to_string),
            home: source.home(),
            groups: spec.groups.iter().map(crate::model::Slug::as_str).collect(),
            failures: state.failures,
            failing_since: state.failing_since,
            last_success: state.last_success,
            last_new: state.last_new,
            next_due: next_try(source),
            entries_per_week: state.entries_per_week,
            fetches: record.fetches,
            success_ratio: record.success_ratio(),
            latency_milliseconds: record.latency(),
            bytes: record.bytes,
            bytes_saved: record.saved,
            declared_in: spec.declared_in.as_deref(),
        }
    }
}
