//! `vestnik sources`: what we collect from, and how it is doing.

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::Access,
    model::{Source, Timestamp},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    kind: &'static str,
    title: &'a str,
    enabled: bool,
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<&'a str>,
    groups: Vec<&'a str>,
    failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_due: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries_per_week: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_in: Option<&'a str>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    let sources = app.store().sources().await?;
    if arguments.json {
        out::json(&sources.iter().map(listed).collect::<Vec<_>>())?;
        return Ok(Ended::Well);
    }
    let row = |source: &Source| {
        let state = &source.state;
        vec![
            source.spec.slug.to_string(),
            source.spec.kind.name().to_owned(),
            health(source).to_owned(),
            out::moment(state.last_success),
            if source.spec.enabled { out::moment(state.next_due) } else { "–".to_owned() },
            out::cut(source.title(), 40),
            reason(source).unwrap_or_default().to_owned(),
        ]
    };
    let head = ["source", "kind", "health", "last success", "next", "title", "reason"];
    out::table(&head, sources.iter().map(row).collect(), &[])?;
    Ok(Ended::Well)
}

/// Why it fails, else what is odd about it.
fn reason(source: &Source) -> Option<&str> {
    source.state.reason.as_deref().or(source.state.info.identity.reason())
}

fn health(source: &Source) -> &'static str {
    if source.spec.enabled { source.state.health.name() } else { "disabled" }
}

fn listed(source: &Source) -> Listed<'_> {
    let (spec, state) = (&source.spec, &source.state);
    Listed {
        id: spec.slug.as_str(),
        kind: spec.kind.name(),
        title: source.title(),
        enabled: spec.enabled,
        health: health(source),
        reason: state.reason.as_deref(),
        identity: state.info.identity.reason(),
        url: spec.url.as_ref().map(ToString::to_string),
        home: source.home(),
        groups: spec.groups.iter().map(crate::model::Slug::as_str).collect(),
        failures: state.failures,
        failing_since: state.failing_since,
        last_success: state.last_success,
        next_due: state.next_due.filter(|_| spec.enabled),
        entries_per_week: state.entries_per_week,
        declared_in: spec.declared_in.as_deref(),
    }
}
