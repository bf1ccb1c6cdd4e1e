//! `vestnik search`: what is published about something, newest first.

use std::collections::HashMap;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::{
    Common, Ended,
    entries::{Listed, listed, table},
    out,
};
use crate::{
    app::Access,
    indexer::Search,
    model::{Language, SortKey, StoredEntry},
    search::Query,
    store::IndexQuery,
};

#[derive(Debug, Args)]
#[command(after_help = "\
All words must be there, in any form: клъстер finds клъстерите, city finds
cities, sofia finds София. Quotes make a phrase ('\"digital cities\"'), a star
ends a beginning ('иновац*'), a minus excludes, after two of them:
vestnik search -- cluster -energy")]
pub(super) struct Arguments {
    /// What to look for
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Only of these sources
    #[arg(long, value_name = "SOURCE")]
    source: Vec<String>,
    /// Only in these languages
    #[arg(long, value_name = "LANGUAGE")]
    lang: Vec<Language>,
    /// Only with one of these tags
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only older than what this number names (the last answer says it)
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    /// At most so many
    #[arg(long, default_value_t = 30, value_name = "N")]
    limit: usize,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    entries: Vec<Listed<'a>>,
    /// For --before.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let query = Query::parse(&arguments.words.join(" ")).context("reading the query")?;
    let app = common.open(common.settings()?, Access::Beside).await?;
    let sources = app.store().sources().await?;
    let slugs: HashMap<_, _> = sources.iter().map(|source| (source.id, source.spec.slug.as_str())).collect();
    let asked = match arguments.source.as_slice() {
        [] => None,
        names => Some(app.sources_named(names).await?.iter().map(|source| source.id).collect()),
    };
    let within = IndexQuery {
        sources: asked,
        languages: (!arguments.lang.is_empty()).then_some(arguments.lang),
        tags: (!arguments.tag.is_empty()).then_some(arguments.tag),
        before: arguments.before.map(SortKey),
        ..IndexQuery::default()
    };
    let found = app.indexer().find(&Search { query, within, limit: arguments.limit }).await?;
    let slug = |stored: &StoredEntry| slugs.get(&stored.source).copied().unwrap_or("?");
    let next = found.next.map(|next| next.0);
    if arguments.json {
        let entries = found.entries.iter().map(|stored| listed(stored, slug(stored), None)).collect();
        out::json(&Answer { entries, next })?;
        return Ok(Ended::Well);
    }
    if found.entries.is_empty() {
        out::line("Nothing was found.")?;
    } else {
        table(&found.entries, slug, |_| None)?;
    }
    if let Some(next) = next {
        out::line(&format!("There may be older ones: --before {next}"))?;
    }
    Ok(Ended::Well)
}
