//! `vestnik collect`: one cycle now.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::Access,
    model::{Outcome, SourceReport},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The sources to collect [all enabled ones]
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Print the reports as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Reported<'a> {
    source: &'a str,
    outcome: &'static str,
    new: usize,
    updated: usize,
    withdrawn: usize,
    unchanged: usize,
    bytes: u64,
    milliseconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    technical: Option<&'a str>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Alone).await?;
    let sources = app.sources_named(&arguments.sources).await?;
    let progress = progress_bar(sources.len());
    let mut reports = app
        .collector()
        .collect(sources, |report| {
            progress.set_message(report.slug.clone());
            progress.inc(1);
        })
        .await?;
    progress.finish_and_clear();
    app.stories().group_all().await?;
    app.press().publish_changes().await?;
    app.indexer().catch_up().await?;
    app.store().close().await;
    reports.sort_by(|a, b| a.slug.cmp(&b.slug));
    if arguments.json {
        out::json(&reports.iter().map(reported).collect::<Vec<_>>())?;
    } else {
        print(&reports)?;
    }
    let failed = reports.iter().any(is_trouble);
    Ok(if failed { Ended::Partly } else { Ended::Well })
}

fn progress_bar(length: usize) -> ProgressBar {
    if !out::is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30.cyan/dim} {pos}/{len} {wide_msg:.dim}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style)
}

fn print(reports: &[SourceReport]) -> anyhow::Result<()> {
    let row = |report: &SourceReport| {
        vec![
            report.slug.clone(),
            report.outcome.name().to_owned(),
            report.new.to_string(),
            report.updated.to_string(),
            report.withdrawn.to_string(),
            report.bytes.to_string(),
            report.millis.to_string(),
            out::reason(report.reason.as_deref(), report.technical.as_deref()),
        ]
    };
    let head = ["source", "outcome", "new", "updated", "withdrawn", "bytes", "ms", "reason"];
    out::table(&head, reports.iter().map(row).collect(), &[2, 3, 4, 5, 6])?;
    let new: usize = reports.iter().map(|report| report.new).sum();
    let failed = reports.iter().filter(|report| is_trouble(report)).count();
    out::line(&format!("\n{} collected, {failed} failed, {new} new entries", reports.len() - failed))?;
    Ok(())
}

fn is_trouble(report: &SourceReport) -> bool {
    report.health.is_failure() || report.outcome == Outcome::Deferred
}

fn reported(report: &SourceReport) -> Reported<'_> {
    Reported {
        source: &report.slug,
        outcome: report.outcome.name(),
        new: report.new,
        updated: report.updated,
        withdrawn: report.withdrawn,
        unchanged: report.unchanged,
        bytes: report.bytes,
        milliseconds: report.millis,
        reason: report.reason.as_deref(),
        technical: report.technical.as_deref(),
    }
}
