//! `vestnik check`: every fault of settings and declared files at once; with sources, what they would bring.

use clap::Args;
use serde::Serialize;

use super::{BadSettings, Common, Ended, out};
use crate::{
    app::{self, Faulty},
    clock::Clock,
    config::{Fault, Settings},
    desk::{self, Desk},
    fetch::Fetcher,
    ingest::{self, Preview},
    model::{Entry, SourceSpec},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Fetch these sources and show what would be stored
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Print what sources would bring as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Checked<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_to: Option<String>,
    entries: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    link: Option<&'a str>,
    published: Option<crate::model::Timestamp>,
    language: Option<&'a str>,
    characters: usize,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let (settings, desk) = everything(&common)?;
    if arguments.sources.is_empty() {
        let Desk { sources, channels, posts, warnings, .. } = &desk;
        for warning in warnings {
            out::line(&format!("warning: {warning}"))?;
        }
        let sources = out::count(sources.len(), "source", "sources");
        let channels = out::count(channels.len(), "channel", "channels");
        let posts = out::count(posts.len(), "post", "posts");
        out::line(&format!("no faults: {sources}, {channels}, {posts}"))?;
        return Ok(Ended::Well);
    }
    let clock = Clock::system();
    let fetcher = Fetcher::new(app::limits(&settings), clock.clone())?;
    let mut ended = Ended::Well;
    for name in &arguments.sources {
        let spec = find(&desk, name)?;
        let preview = ingest::preview(&fetcher, spec, &settings.site(), clock.now()).await;
        if preview.is_err() {
            ended = Ended::Partly;
        }
        if arguments.json {
            out::json(&checked(name, &preview))?;
        } else {
            print(name, &preview)?;
        }
    }
    Ok(ended)
}

/// Settings and desk, or all their faults together.
fn everything(common: &Common) -> anyhow::Result<(Settings, Desk)> {
    match common.settings() {
        Ok(settings) => {
            let (desk, mut faults) = desk::load(&settings.feeds.directory, &settings);
            if let Err(error) = Fetcher::new(app::limits(&settings), Clock::system()) {
                faults.push(Fault::of_file("settings", error.to_string()));
            }
            if faults.is_empty() { Ok((settings, desk)) } else { Err(Faulty(faults).into()) }
        }
        Err(error) => match error.downcast::<BadSettings>() {
            Ok(BadSettings(mut faults)) => {
                // The folder can be looked at as the defaults say, so that all faults are seen at once.
                if let Ok(settings) = Settings::load(None, std::iter::empty()) {
                    faults.extend(desk::load(&settings.feeds.directory, &settings).1);
                }
                Err(BadSettings(faults).into())
            }
            Err(other) => Err(other),
        },
    }
}

fn find<'a>(desk: &'a Desk, name: &str) -> anyhow::Result<&'a SourceSpec> {
    let found = desk.sources.iter().find(|spec| spec.slug.as_str() == name);
    found.ok_or_else(|| super::unknown("source", name, desk.sources.iter().map(|spec| spec.slug.as_str())))
}

fn print(name: &str, preview: &Result<Preview, String>) -> anyhow::Result<()> {
    let preview = match preview {
        Ok(preview) => preview,
        Err(problem) => return Ok(out::line(&format!("{name}: {problem}"))?),
    };
    let title = preview.info.title.as_deref().unwrap_or("without a title");
    let (format, count, bytes) = (preview.format.name(), preview.entries.len(), preview.bytes);
    out::line(&format!("{name}: {title} ({format}, {bytes} bytes), {count} entries would be stored"))?;
    if let Some(moved) = &preview.moved_to {
        out::line(&format!("it moved for good: declare url = \"{moved}\""))?;
    }
    let row = |entry: &Entry| {
        vec![
            out::moment(entry.published),
            entry.language.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
            characters(entry).to_string(),
            out::title(entry, 60),
            out::cut(entry.link.as_deref().unwrap_or("–"), 70),
        ]
    };
    let head = ["date (UTC)", "language", "characters", "title", "link"];
    Ok(out::table(&head, preview.entries.iter().map(row).collect(), &[2])?)
}

fn characters(entry: &Entry) -> usize {
    entry.content.as_ref().or(entry.summary.as_ref()).map_or(0, |html| html.as_str().chars().count())
}

fn checked<'a>(name: &'a str, preview: &'a Result<Preview, String>) -> Checked<'a> {
    let shown = |entry: &'a Entry| Shown {
        id: &entry.public_id,
        title: &entry.title,
        link: entry.link.as_deref(),
        published: entry.published,
        language: entry.language.as_ref().map(crate::model::Language::as_str),
        characters: characters(entry),
    };
    let found = preview.as_ref().ok();
    Checked {
        source: name,
        problem: preview.as_ref().err().map(String::as_str),
        format: found.map(|preview| preview.format.name()),
        title: found.and_then(|preview| preview.info.title.as_deref()),
        moved_to: found.and_then(|preview| preview.moved_to.as_ref()).map(ToString::to_string),
        entries: found.map(|preview| preview.entries.iter().map(shown).collect()).unwrap_or_default(),
    }
}
