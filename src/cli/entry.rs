//! `vestnik entry`: decides about one entry, and shows what was decided before.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::{Access, App},
    clock::Clock,
    model::{Decision, EntryId, EntryState, Source, StoredEntry, Verdict},
    store::{By, Decided},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show an entry: where it came from, its state, and everything that was decided about it
    Show(Show),
    /// Publish an entry that waits, is embargoed, or was hidden
    Approve(Decide),
    /// Take an entry out of every document; `approve` or `restore` brings it back
    Hide(Decide),
    /// Take an entry down for good: its text and everything that it said before are removed, and it does not come back
    Withdraw(Decide),
    /// Bring back an entry that was hidden or withdrawn. The text of one that was taken down comes with its source
    Restore(Decide),
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// Its number, as `vestnik entries` shows it
    id: i64,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    /// Its number, as `vestnik entries` shows it
    id: i64,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who decided, for the audit trail, in place of the user who is logged in
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: i64,
    state: &'static str,
    source: &'a str,
    policy: &'static str,
    public_id: &'a str,
    title: &'a str,
    link: Option<&'a str>,
    date: crate::model::Timestamp,
    release_at: Option<crate::model::Timestamp>,
    quarantined: Option<&'a str>,
    decisions: &'a [Decision],
}

pub(super) async fn run(common: Common, command: Command) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    match command {
        Command::Show(arguments) => show(&app, &arguments).await,
        Command::Approve(arguments) => decide(&app, Verdict::Approve, arguments).await,
        Command::Hide(arguments) => decide(&app, Verdict::Hide, arguments).await,
        Command::Withdraw(arguments) => decide(&app, Verdict::Withdraw, arguments).await,
        Command::Restore(arguments) => decide(&app, Verdict::Restore, arguments).await,
    }
}

async fn decide(app: &App, verdict: Verdict, arguments: Decide) -> anyhow::Result<Ended> {
    let id = EntryId(arguments.id);
    let who = arguments.by.unwrap_or_else(user);
    let reason = arguments.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let by = By { who: &who, at: Clock::system().now(), reason };
    match app.store().decide(id, verdict, by).await? {
        Decided::Done(state) => {
            out::line(&said(id, verdict, state))?;
            Ok(Ended::Well)
        }
        Decided::Unchanged(state) => {
            out::line(&format!("Entry {id} is {}: nothing to {}.", state.name(), verdict.name()))?;
            Ok(Ended::Well)
        }
        Decided::Unknown => Err(unknown(id)),
    }
}

fn said(id: EntryId, verdict: Verdict, state: EntryState) -> String {
    match (verdict, state) {
        (_, EntryState::Published) => format!("Entry {id} is published."),
        (_, EntryState::Hidden) => {
            format!("Entry {id} is in no document any more; `vestnik entry restore {id}` brings it back.")
        }
        (_, EntryState::Removed) => {
            format!("Entry {id} is taken down: its text is removed, and it does not come back by itself.")
        }
        (Verdict::Restore, _) => {
            format!("Entry {id} is published again when its source delivers it; its source is asked now.")
        }
        (_, state) => format!("Entry {id} is {} now.", state.name()),
    }
}

async fn show(app: &App, arguments: &Show) -> anyhow::Result<Ended> {
    let id = EntryId(arguments.id);
    let Some(stored) = app.store().entry(id).await? else { return Err(unknown(id)) };
    let decisions = app.store().decisions(id).await?;
    let sources = app.store().sources().await?;
    let source = sources.iter().find(|source| source.id == stored.source);
    let quarantined = app.store().quarantined().await?.into_iter().find(|fault| fault.entry == id);
    let quarantined = quarantined.as_ref().map(|fault| fault.reason.as_str());
    if arguments.json {
        out::json(&shown(&stored, source, quarantined, &decisions))?;
        return Ok(Ended::Well);
    }
    let slug = source.map_or("(not declared any more)", |source| source.spec.slug.as_str());
    let policy = source.map_or("–", |source| source.spec.publication.policy.name());
    let state = match stored.release_at.filter(|_| stored.state == EntryState::Embargoed) {
        Some(at) => format!("embargoed until {}", out::moment(Some(at))),
        None => stored.state.name().to_owned(),
    };
    let mut lines = vec![
        vec!["title".to_owned(), stored.entry.title.clone()],
        vec!["state".to_owned(), state],
        vec!["source".to_owned(), format!("{slug} (policy: {policy})")],
        vec!["date".to_owned(), out::moment(Some(stored.shown_date()))],
        vec!["id".to_owned(), stored.entry.public_id.clone()],
        vec!["link".to_owned(), stored.entry.link.clone().unwrap_or_else(|| "–".to_owned())],
    ];
    if let Some(reason) = quarantined {
        lines.push(vec!["quarantined".to_owned(), reason.to_owned()]);
    }
    out::table(&["", ""], lines, &[])?;
    if !decisions.is_empty() {
        let row = |decision: &Decision| {
            vec![
                out::moment(Some(decision.at)),
                decision.who.clone(),
                decision.what.clone(),
                format!("{} → {}", decision.before, decision.after),
                decision.reason.clone().unwrap_or_default(),
            ]
        };
        out::line("")?;
        out::table(&["when", "who", "what", "state", "why"], decisions.iter().map(row).collect(), &[])?;
    }
    Ok(Ended::Well)
}

fn shown<'a>(
    stored: &'a StoredEntry,
    source: Option<&'a Source>,
    quarantined: Option<&'a str>,
    decisions: &'a [Decision],
) -> Shown<'a> {
    Shown {
        id: stored.id.0,
        state: stored.state.name(),
        source: source.map_or("", |source| source.spec.slug.as_str()),
        policy: source.map_or("", |source| source.spec.publication.policy.name()),
        public_id: &stored.entry.public_id,
        title: &stored.entry.title,
        link: stored.entry.link.as_deref(),
        date: stored.shown_date(),
        release_at: stored.release_at,
        quarantined,
        decisions,
    }
}

/// Whoever is logged in.
pub(super) fn user() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "somebody".to_owned())
}

fn unknown(id: EntryId) -> anyhow::Error {
    anyhow::anyhow!("there is no entry {id}; `vestnik entries` lists them")
}
