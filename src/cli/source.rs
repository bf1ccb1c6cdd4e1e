//! `vestnik source`: one source closely: how it is doing, why, since when, what its collecting costs; and what staff decide
//! about it.

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out, sources::Listed};
use crate::{
    app::{Access, App},
    clock::Clock,
    model::{Health, Moves, PastFetch, Record, Source, SourceKind},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The source
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Collect it now, before all others: by the daemon where one runs
    #[arg(long)]
    now: bool,
    /// Agree to the address that it moved to, or is about to move to
    #[arg(long, conflicts_with = "keep_address")]
    accept_move: bool,
    /// Keep asking the declared address, and follow no redirect to that other one for good
    #[arg(long)]
    keep_address: bool,
    /// So many of the last fetches
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    history: u32,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    source: Listed<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moves: Option<&'a Moves>,
    /// Entries that the resurfacing guard holds.
    held: usize,
    history: Vec<Fetch<'a>>,
}

#[derive(Serialize)]
struct Fetch<'a> {
    at: crate::model::Timestamp,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    milliseconds: u32,
    bytes: u64,
    bytes_saved: u64,
    new: u32,
    updated: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let clock = Clock::system();
    let app = common.open(common.settings()?, Access::Beside).await?;
    let named = [arguments.source.clone()];
    let find = async || app.sources_named(&named).await?.pop().context("the source is gone");
    let mut source = find().await?;
    if arguments.accept_move || arguments.keep_address {
        decide(&app, &source, &arguments, &clock).await?;
        source = find().await?;
    }
    if arguments.now {
        source = collect_now(&app, source).await?;
    }
    let history = app.store().fetches(source.id, arguments.history).await?;
    let record = app.store().records(clock.now()).await?.get(&source.id).copied().unwrap_or_default();
    let held = app.store().held(Some(source.id)).await?.len();
    if arguments.json {
        out::json(&Shown {
            held,
            source: Listed::of(&source, &record),
            moves: Some(&source.state.moves).filter(|moves| **moves != Moves::default()),
            history: history.iter().map(fetch).collect(),
        })?;
    } else {
        print(&source, &record, held, &history)?;
    }
    Ok(if arguments.now && source.health().is_failure() { Ended::Partly } else { Ended::Well })
}

async fn decide(app: &App, source: &Source, arguments: &Arguments, clock: &Clock) -> anyhow::Result<()> {
    let (moves, now) = (&source.state.moves, clock.now());
    let Some(declared) = &source.spec.url else { bail!("a local source has no address") };
    if moves.address.is_none() && moves.candidate.is_none() {
        bail!("{} has not moved: it is asked at {declared}, as declared", source.spec.slug);
    }
    let decided = if arguments.keep_address { moves.keep_declared() } else { moves.accept(declared, now) };
    Ok(app.store().set_moves(source.id, &decided, now).await?)
}

/// Asks the daemon for it where one runs, and waits; collects it here where none does.
async fn collect_now(app: &App, source: Source) -> anyhow::Result<Source> {
    if !source.spec.enabled {
        bail!("{} is switched off: set enabled = true in its file first", source.spec.slug);
    }
    let names = [source.spec.slug.to_string()];
    if app.is_alone() {
        app.collector().collect(vec![source], |_| {}).await?;
        app.press().publish_changes().await?;
    } else {
        let handed = app.have_collected(vec![source], |_| {}).await?;
        if !handed.waiting.is_empty() {
            bail!("the daemon has not collected it yet; it is the next that it asks");
        }
    }
    app.sources_named(&names).await?.pop().context("the source is gone")
}

fn fetch(past: &PastFetch) -> Fetch<'_> {
    Fetch {
        at: past.at,
        outcome: &past.outcome,
        status: past.attempt.status,
        milliseconds: past.attempt.millis,
        bytes: past.attempt.bytes,
        bytes_saved: past.attempt.saved,
        new: past.new,
        updated: past.updated,
        reason: past.reason.as_deref(),
    }
}

fn print(source: &Source, record: &Record, held: usize, history: &[PastFetch]) -> anyhow::Result<()> {
    let (spec, state) = (&source.spec, &source.state);
    out::line(&format!("{} · {}", spec.slug, source.title()))?;
    let mut facts: Vec<(&str, String)> = Vec::new();
    let mut fact = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    let since = state.since.map(|since| format!(", since {}", out::moment(Some(since))));
    let health = source.health();
    fact("health", Some(format!("{}{}", health.name(), since.filter(|_| spec.enabled).unwrap_or_default())));
    fact("reason", state.reason.as_deref().filter(|_| spec.enabled).map(out::in_our_language));
    fact("technical", state.technical.clone().filter(|_| spec.enabled));
    fact("identity", Some(state.info.identity.reason().unwrap_or("its entries go by their ids").to_owned()));
    let shown = || format!("{held} entries; `vestnik held list {}` shows them", spec.slug);
    fact("held", (held > 0).then(shown));
    fact("kind", Some(spec.kind.name().to_owned()));
    fact("declared", spec.url.as_ref().map(ToString::to_string));
    fact("moved to", state.moves.address.as_ref().map(|address| moved(address, &state.moves)));
    fact(
        "moving to",
        state.moves.candidate.as_ref().map(|address| {
            format!("{address}; taken over on {} if that holds", out::moment(state.moves.decided_at()))
        }),
    );
    fact("not followed", state.moves.refused.as_ref().map(ToString::to_string));
    fact("file", spec.declared_in.clone());
    fact("polling", Some(polling(source)));
    fact("last success", Some(out::moment(state.last_success)));
    fact("last new entry", Some(out::moment(state.last_new)));
    fact("next try", Some(next_try(source, health)));
    if spec.kind != SourceKind::Local {
        fact("30 days", Some(in_30_days(record)));
    }
    fact("entries a week", state.entries_per_week.map(|rate| format!("{rate:.1}")));
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in facts {
        out::line(&format!("  {name:width$}  {value}"))?;
    }
    if history.is_empty() {
        return Ok(());
    }
    out::line("")?;
    let row = |past: &PastFetch| {
        vec![
            past.at.format("%Y-%m-%d %H:%M:%S").to_string(),
            past.outcome.clone(),
            past.attempt.status.map_or_else(|| "–".to_owned(), |status| status.to_string()),
            past.attempt.millis.to_string(),
            past.attempt.bytes.to_string(),
            past.new.to_string(),
            past.updated.to_string(),
            past.reason.clone().unwrap_or_default(),
        ]
    };
    let head = ["at (UTC)", "outcome", "status", "ms", "bytes", "new", "updated", "reason"];
    Ok(out::table(&head, history.iter().map(row).collect(), &[2, 3, 4, 5, 6])?)
}

fn moved(address: &crate::model::FeedUrl, moves: &Moves) -> String {
    let agreed = if moves.accepted { "agreed" } else { "not agreed to yet: --accept-move or --keep-address" };
    format!("{address}, since {} ({agreed})", out::moment(moves.since))
}

fn polling(source: &Source) -> String {
    let polling = &source.spec.polling;
    match (&polling.interval, &polling.cron) {
        (Some(interval), _) => format!("every {}", humantime::format_duration(*interval)),
        (None, Some(cron)) => format!("at {cron}"),
        (None, None) => "at its own pace".to_owned(),
    }
}

fn next_try(source: &Source, health: Health) -> String {
    match health {
        Health::Disabled => "never: it is switched off".to_owned(),
        Health::Gone => "never by itself: --now asks once more".to_owned(),
        _ if source.state.asked.is_some() => "now, as asked for".to_owned(),
        _ => out::moment(source.state.next_due),
    }
}

fn in_30_days(record: &Record) -> String {
    let Some(ratio) = record.success_ratio() else { return "not asked".to_owned() };
    let size = |bytes: u64| bytesize::ByteSize(bytes).display().iec().to_string();
    format!(
        "{}, {:.1} % went well, {} ms on average, {} fetched, {} saved by asking for changes only",
        out::count(usize::try_from(record.fetches).unwrap_or(usize::MAX), "fetch", "fetches"),
        ratio * 100.0,
        record.latency().unwrap_or_default(),
        size(record.bytes),
        size(record.saved),
    )
}
