//! `vestnik stories`: which entries are one story, and what staff decides about it.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::{Access, App},
    model::{EntryId, Source, Story, Timestamp},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// At most so many
    #[arg(long, default_value_t = 30, value_name = "N")]
    limit: u32,
    /// Print as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take an entry out of its story; it is never put back by the program
    Split {
        /// The entry's number, as `vestnik stories` shows it
        entry: i64,
    },
    /// Make two entries one story, with the whole stories that they are in
    Merge {
        /// The entry's number
        first: i64,
        /// The number of the other one
        second: i64,
    },
    /// What staff decided, newest first
    Decisions {
        /// At most so many
        #[arg(long, default_value_t = 30, value_name = "N")]
        limit: u32,
    },
}

#[derive(Serialize)]
struct Listed<'a> {
    id: i64,
    lead: i64,
    entries: Vec<ListedEntry<'a>>,
}

#[derive(Serialize)]
struct ListedEntry<'a> {
    id: i64,
    source: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    date: Timestamp,
    state: &'static str,
    why: &'a str,
}

#[derive(Serialize)]
struct Decided {
    at: Timestamp,
    action: String,
    entry: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<i64>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    match arguments.what {
        None => list(&app, arguments.limit, arguments.json).await?,
        Some(What::Split { entry }) => {
            app.stories().split(EntryId(entry)).await?;
            out::line(&format!("entry {entry} is on its own now, and stays so"))?;
        }
        Some(What::Merge { first, second }) => {
            app.stories().merge(EntryId(first), EntryId(second)).await?;
            out::line(&format!("entries {first} and {second} are one story now, and stay so"))?;
        }
        Some(What::Decisions { limit }) => decisions(&app, limit, arguments.json).await?,
    }
    Ok(Ended::Well)
}

async fn list(app: &App, limit: u32, json: bool) -> anyhow::Result<()> {
    let stories = app.store().newest_stories(limit).await?;
    let sources = app.store().sources().await?;
    if json {
        return out::json(&stories.iter().map(|story| listed(story, &sources)).collect::<Vec<_>>());
    }
    let mut rows = Vec::new();
    for story in &stories {
        for (stored, why) in &story.members {
            rows.push(vec![
                story.id.to_string(),
                stored.id.to_string(),
                if stored.id == story.lead { "leads" } else { "" }.to_owned(),
                out::moment(Some(stored.shown_date())),
                slug(&sources, stored.source).to_owned(),
                out::title(&stored.entry, 60),
                why.clone(),
            ]);
        }
    }
    let waiting = app.store().count_ungrouped().await?;
    out::table(&["story", "entry", "", "date (UTC)", "source", "title", "why"], rows, &[0, 1])?;
    if waiting > 0 {
        out::line(&format!("\n{waiting} entries were not looked at yet; the daemon does"))?;
    }
    Ok(())
}

fn listed<'a>(story: &'a Story, sources: &'a [Source]) -> Listed<'a> {
    let entry = |(stored, why): &'a (crate::model::StoredEntry, String)| ListedEntry {
        id: stored.id.0,
        source: slug(sources, stored.source),
        title: &stored.entry.title,
        link: stored.entry.link.as_deref(),
        date: stored.shown_date(),
        state: stored.state.name(),
        why,
    };
    Listed { id: story.id.0, lead: story.lead.0, entries: story.members.iter().map(entry).collect() }
}

fn slug(sources: &[Source], id: crate::model::SourceId) -> &str {
    sources.iter().find(|source| source.id == id).map_or("?", |source| source.spec.slug.as_str())
}

async fn decisions(app: &App, limit: u32, json: bool) -> anyhow::Result<()> {
    let decided = app.store().story_decisions(limit).await?.into_iter().map(|decision| Decided {
        at: decision.at,
        action: decision.action,
        entry: decision.entry.0,
        other: decision.other.map(|other| other.0),
        story: decision.story.map(|story| story.0),
    });
    let decided: Vec<Decided> = decided.collect();
    if json {
        return out::json(&decided);
    }
    let number = |number: Option<i64>| number.map_or_else(|| "–".to_owned(), |number| number.to_string());
    let row = |d: &Decided| {
        vec![out::moment(Some(d.at)), d.action.clone(), d.entry.to_string(), number(d.other), number(d.story)]
    };
    Ok(out::table(
        &["when", "what", "entry", "other", "story"],
        decided.iter().map(row).collect(),
        &[2, 3, 4],
    )?)
}
