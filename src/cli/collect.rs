//! `vestnik collect`: one cycle now, by the daemon where one has the database.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::{Access, App, Handed, Holder},
    model::{Outcome, Source, SourceReport},
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
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unchanged: Option<usize>,
    bytes: u64,
    milliseconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    technical: Option<&'a str>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::ByHand).await?;
    let sources = app.sources_named(&arguments.sources).await?;
    let progress = progress_bar(sources.len());
    let each = |report: &SourceReport| {
        progress.set_message(report.slug.clone());
        progress.inc(1);
    };
    let by_daemon = app.holder().is_some();
    let mut handed = if by_daemon {
        app.have_collected(sources, each).await?
    } else {
        Handed { reports: collect_here(&app, sources, each).await?, waiting: Vec::new() }
    };
    progress.finish_and_clear();
    app.store().close().await;
    handed.reports.sort_by(|a, b| a.slug.cmp(&b.slug));
    if arguments.json {
        let reported = |report| reported(report, by_daemon);
        out::json(&handed.reports.iter().map(reported).collect::<Vec<_>>())?;
    } else {
        print(&handed.reports, app.holder())?;
    }
    if let Some(first) = handed.waiting.first() {
        let (count, slug) = (handed.waiting.len(), &first.spec.slug);
        out::error_line(&format!(
            "{count} sources still wait ({slug} …): the daemon asks them when their hosts or its network let it; `vestnik sources` \
             shows them"
        ));
    }
    let failed = !handed.waiting.is_empty() || handed.reports.iter().any(is_trouble);
    Ok(if failed { Ended::Partly } else { Ended::Well })
}

async fn collect_here(
    app: &App,
    sources: Vec<Source>,
    each: impl FnMut(&SourceReport),
) -> anyhow::Result<Vec<SourceReport>> {
    let reports = app.collector().collect(sources, each).await?;
    app.stories().group_all().await?;
    app.press().publish_changes().await?;
    app.indexer().catch_up().await?;
    Ok(reports)
}

fn progress_bar(length: usize) -> ProgressBar {
    if !out::is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30.cyan/dim} {pos}/{len} {wide_msg:.dim}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style)
}

fn print(reports: &[SourceReport], daemon: Option<&Holder>) -> anyhow::Result<()> {
    let row = |report: &SourceReport| {
        vec![
            report.slug.clone(),
            report.outcome.name().to_owned(),
            report.new.to_string(),
            report.updated.to_string(),
            daemon.map_or_else(|| report.withdrawn.to_string(), |_| "–".to_owned()),
            report.bytes.to_string(),
            report.millis.to_string(),
            out::reason(report.reason.as_deref(), report.technical.as_deref()),
        ]
    };
    let head = ["source", "outcome", "new", "updated", "withdrawn", "bytes", "ms", "reason"];
    out::table(&head, reports.iter().map(row).collect(), &[2, 3, 4, 5, 6])?;
    let new: usize = reports.iter().map(|report| report.new).sum();
    let failed = reports.iter().filter(|report| is_trouble(report)).count();
    let by =
        daemon.map_or_else(String::new, |daemon| format!(", by the daemon that has the database ({daemon})"));
    Ok(out::line(&format!("\n{} collected, {failed} failed, {new} new entries{by}", reports.len() - failed))?)
}

fn is_trouble(report: &SourceReport) -> bool {
    report.health.is_failure() || report.outcome == Outcome::Deferred
}

/// What a daemon did is told as far as it is kept.
fn reported(report: &SourceReport, by_daemon: bool) -> Reported<'_> {
    Reported {
        source: &report.slug,
        outcome: report.outcome.name(),
        new: report.new,
        updated: report.updated,
        withdrawn: (!by_daemon).then_some(report.withdrawn),
        unchanged: (!by_daemon).then_some(report.unchanged),
        bytes: report.bytes,
        milliseconds: report.millis,
        reason: report.reason.as_deref(),
        technical: report.technical.as_deref(),
    }
}
