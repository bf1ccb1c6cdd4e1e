//! `vestnik scrape`: what rules find on a page, rules that are proposed for one, and saved pages read again.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use url::Url;

use super::{Common, Ended, discover, out};
use crate::{
    app::{self, Faulty},
    clock::Clock,
    config::Settings,
    desk::{
        self,
        snapshots::{self, Replayed},
    },
    fetch::Fetcher,
    ingest,
    model::{EntryField, FeedUrl, PageRules, ParsedEntry, SourceKind, SourceSpec, Timestamp},
    scrape::{self, Difference, Page, Shown},
};

/// What relative addresses of a file stand on, where nobody says.
const NOWHERE: &str = "https://page.invalid/";

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").args(["rules", "suggest", "snapshot", "replay"]))]
pub(super) struct Arguments {
    /// A page: an address, or a saved file. With --source its own address where none is given
    #[arg(value_name = "URL|FILE")]
    target: Option<String>,
    /// Show what the rules of this file find: a source's file, or rules alone
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Show what the rules of this source find
    #[arg(long, value_name = "ID", conflicts_with_all = ["rules", "suggest", "snapshot", "replay"])]
    source: Option<String>,
    /// Propose rules for a list page
    #[arg(long)]
    suggest: bool,
    /// Save the page of this source with what its rules find, under feeds/snapshots
    #[arg(long, value_name = "SOURCE", conflicts_with = "target")]
    snapshot: Option<String>,
    /// Read the saved pages (of one source) with the present rules and show what would change
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, conflicts_with = "target")]
    replay: Option<Option<String>>,
    /// With --replay: make what the present rules find the expected result
    #[arg(long, requires = "replay")]
    accept: bool,
    /// The address that a file came from
    #[arg(long, value_name = "URL")]
    base: Option<Url>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let settings = common.settings()?;
    if let Some(source) = &arguments.replay {
        return replay(&settings, source.as_deref(), &arguments);
    }
    if let Some(source) = &arguments.snapshot {
        return snapshot(&settings, source).await;
    }
    let spec = spec(&settings, &arguments)?;
    let got = match get(&settings, &arguments, &spec).await? {
        Ok(got) => got,
        Err(reason) => {
            out::error_line(&format!("vestnik: {reason}"));
            return Ok(Ended::Partly);
        }
    };
    if arguments.suggest {
        suggest(&got, &spec, &arguments)
    } else {
        preview(&settings, &got, &spec, &arguments).await
    }
}

/// A page, from wherever it came.
struct Got {
    body: Vec<u8>,
    content_type: Option<String>,
    url: Url,
    at: Timestamp,
    fetched: bool,
}

/// The source that was named, or one made of the rules and the address.
fn spec(settings: &Settings, arguments: &Arguments) -> anyhow::Result<SourceSpec> {
    if let Some(name) = &arguments.source {
        return declared(settings, name);
    }
    let url = arguments.target.as_deref().and_then(|target| target.parse().ok());
    let rules = match (&arguments.rules, arguments.suggest) {
        (Some(file), _) => Some(desk::rules_file(file).map_err(Faulty)?),
        (None, true) => None,
        (None, false) => {
            bail!("say what is to be done: --rules FILE, --source ID, --suggest, --snapshot or --replay")
        }
    };
    let anywhere: FeedUrl = NOWHERE.parse()?;
    let spec = SourceSpec::feed("page".parse()?, url.unwrap_or(anywhere));
    let rules = rules.map(Box::new);
    Ok(SourceSpec { kind: SourceKind::Page, rules, zone: Some(settings.site.timezone), ..spec })
}

/// The declared source of this name, which must have rules.
fn declared(settings: &Settings, name: &str) -> anyhow::Result<SourceSpec> {
    let (desk, faults) = desk::load(&settings.feeds.directory, settings);
    let found = desk.sources.iter().find(|spec| spec.slug.as_str() == name);
    match found {
        Some(spec) if spec.rules.is_some() => Ok(spec.clone()),
        Some(_) => bail!("“{name}” is no page: it has no rules"),
        None if !faults.is_empty() => bail!(Faulty(faults)),
        None => Err(super::unknown("source", name, desk.sources.iter().map(|spec| spec.slug.as_str()))),
    }
}

/// Fetches or reads the page. The inner error is why it did not come.
async fn get(
    settings: &Settings,
    arguments: &Arguments,
    spec: &SourceSpec,
) -> anyhow::Result<Result<Got, String>> {
    let at = Clock::system().now();
    let file = arguments.target.as_deref().filter(|target| target.parse::<FeedUrl>().is_err());
    if let Some(file) = file {
        let body = std::fs::read(file).with_context(|| format!("reading {file}"))?;
        let declared = spec.url.as_ref().map(|url| url.url().clone());
        let url = arguments.base.clone().or(declared).map_or_else(|| NOWHERE.parse(), Ok)?;
        return Ok(Ok(Got { body, content_type: None, url, at, fetched: false }));
    }
    let target: Option<FeedUrl> = arguments.target.as_deref().map(str::parse).transpose()?;
    if target.is_none() && arguments.source.is_none() {
        bail!("name a page: an address or a file");
    }
    let spec = SourceSpec { url: target.or_else(|| spec.url.clone()), ..spec.clone() };
    let fetcher = Fetcher::new(app::limits(settings), Clock::system())?;
    Ok(fetch(&fetcher, &spec, at).await)
}

async fn fetch(fetcher: &Fetcher, spec: &SourceSpec, at: Timestamp) -> Result<Got, String> {
    let address = spec.url.as_ref().map(ToString::to_string).unwrap_or_default();
    let document =
        ingest::fetch_once(fetcher, spec).await.map_err(|reason| format!("{address}: {reason}"))?;
    let (content_type, url) = (document.content_type.clone(), document.url.url().clone());
    Ok(Got { body: document.body.to_vec(), content_type, url, at, fetched: true })
}

async fn preview(
    settings: &Settings,
    got: &Got,
    spec: &SourceSpec,
    arguments: &Arguments,
) -> anyhow::Result<Ended> {
    let Some(rules) = &spec.rules else { bail!("there are no rules") };
    let page = scrape::read(&got.body, got.content_type.as_deref(), &got.url, rules, spec.zone, got.at);
    let mut page = match page {
        Ok(page) => page,
        Err(error) => {
            out::error_line(&format!("vestnik: {}: {error}", got.url));
            return Ok(Ended::Partly);
        }
    };
    let breach = spec.contract.check(&page.feed.entries, &rules.later_fields()).err();
    let article = match page.feed.entries.first_mut().filter(|_| rules.reads_articles() && got.fetched) {
        Some(entry) => Some(first_article(settings, spec, rules, entry, got.at).await?),
        None => None,
    };
    if arguments.json {
        out::json(&printed(&page))?;
    } else {
        print_page(&page)?;
        if let Some(article) = article {
            out::line(&article)?;
        }
    }
    if let Some(breach) = &breach {
        out::error_line(&format!("vestnik: {breach}"));
    }
    Ok(if breach.is_some() { Ended::Partly } else { Ended::Well })
}

/// Reads the article page of an entry, to show that the rules for articles work. Gives a line about it.
async fn first_article(
    settings: &Settings,
    spec: &SourceSpec,
    rules: &PageRules,
    entry: &mut ParsedEntry,
    at: Timestamp,
) -> anyhow::Result<String> {
    let fetcher = Fetcher::new(app::limits(settings), Clock::system())?;
    let url = entry.link().unwrap_or_default().parse()?;
    let one = SourceSpec { url: Some(url), rules: None, ..spec.clone() };
    tokio::time::sleep(settings.collect.host_gap).await;
    let got = match fetch(&fetcher, &one, at).await {
        Ok(got) => got,
        Err(reason) => return Ok(format!("the first article did not come: {reason}")),
    };
    let content_type = got.content_type.as_deref();
    let read = scrape::article(&got.body, content_type, &got.url, rules, spec.zone, at, entry);
    let characters = entry.content.as_ref().map_or(0, |content| content.value.chars().count());
    Ok(match read {
        Ok(()) => format!("the first article has a text of {characters} characters (its markup included)"),
        Err(error) => format!("the first article: {error}"),
    })
}

fn suggest(got: &Got, spec: &SourceSpec, arguments: &Arguments) -> anyhow::Result<Ended> {
    let found = scrape::suggest(&got.body, got.content_type.as_deref(), &got.url, spec.zone, got.at)?;
    if arguments.json {
        let all: Vec<_> = found.iter().map(|one| (&one.rules, printed(&one.page))).collect();
        out::json(&all.into_iter().map(|(rules, page)| Proposed { rules, page }).collect::<Vec<_>>())?;
    } else if let Some(best) = found.first() {
        print_page(&best.page)?;
        let language = best.page.feed.language.as_deref();
        out::line(&format!("\n{}", discover::page_declaration(&got.url, &best.rules, language)?.trim_end()))?;
        for other in found.iter().skip(1) {
            let (count, item) = (other.page.feed.entries.len(), &other.rules.item);
            out::line(&format!("# another list of {count} entries: item = \"{item}\""))?;
        }
    }
    if found.is_empty() {
        out::error_line(&format!("vestnik: {}: nothing on the page repeats like a list of news", got.url));
        return Ok(Ended::Partly);
    }
    Ok(Ended::Well)
}

async fn snapshot(settings: &Settings, name: &str) -> anyhow::Result<Ended> {
    let spec = declared(settings, name)?;
    let clock = Clock::system();
    let fetcher = Fetcher::new(app::limits(settings), clock.clone())?;
    let got = match fetch(&fetcher, &spec, clock.now()).await {
        Ok(got) => got,
        Err(reason) => {
            out::error_line(&format!("vestnik: {reason}"));
            return Ok(Ended::Partly);
        }
    };
    let folder = &settings.feeds.directory;
    let (file, saved) =
        snapshots::save(folder, &spec, &got.url, &got.body, got.content_type.as_deref(), got.at)?;
    let count = saved.result.entries.len();
    out::line(&format!("{}: {count} entries", file.display()))?;
    if let Some(problem) = &saved.result.problem {
        out::error_line(&format!("vestnik: {name}: {problem}"));
        return Ok(Ended::Partly);
    }
    Ok(Ended::Well)
}

fn replay(settings: &Settings, name: Option<&str>, arguments: &Arguments) -> anyhow::Result<Ended> {
    let folder = &settings.feeds.directory;
    let replayed = match name {
        Some(name) => snapshots::replay(folder, [&declared(settings, name)?])?,
        None => {
            let (desk, faults) = desk::load(folder, settings);
            if !faults.is_empty() {
                bail!(Faulty(faults));
            }
            snapshots::replay(folder, &desk.sources)?
        }
    };
    let mut changed = 0;
    for one in &replayed {
        if !one.is_as_before() {
            changed += 1;
            if arguments.accept {
                one.accept()?;
            }
        }
    }
    if arguments.json {
        out::json(&replayed.iter().map(|one| told(one, folder)).collect::<Vec<_>>())?;
    } else {
        replayed.iter().try_for_each(|one| print_replayed(one, folder))?;
        let count = replayed.len();
        let accepted = if arguments.accept && changed > 0 { "; accepted" } else { "" };
        let noun = if count == 1 { "snapshot" } else { "snapshots" };
        out::line(&format!("{count} {noun}, {changed} would change{accepted}"))?;
    }
    Ok(if changed > 0 && !arguments.accept { Ended::Partly } else { Ended::Well })
}

fn print_replayed(one: &Replayed, folder: &Path) -> anyhow::Result<()> {
    let file = one.file.strip_prefix(folder).unwrap_or(&one.file).display();
    if one.is_as_before() {
        return Ok(out::line(&format!("{file}: as before ({} entries)", one.now.entries.len()))?);
    }
    let (before, after) = (one.snapshot.result.entries.len(), one.now.entries.len());
    out::line(&format!("{file}: {before} entries before, {after} now"))?;
    let lines = [("problem", &one.snapshot.result.problem, &one.now.problem)];
    for (what, before, after) in lines.iter().filter(|(_, before, after)| before != after) {
        out::line(&format!("  ~ {what}: {} → {}", shown(before.as_deref()), shown(after.as_deref())))?;
    }
    if one.snapshot.result.next != one.now.next {
        let [before, after] =
            [&one.snapshot.result.next, &one.now.next].map(|next| next.as_ref().map(Url::as_str));
        out::line(&format!("  ~ next: {} → {}", shown(before), shown(after)))?;
    }
    one.differences().iter().try_for_each(|difference| Ok(out::line(&line_of(difference))?))
}

fn line_of(difference: &Difference) -> String {
    match difference {
        Difference::Added { link, title } => format!("  + {title}  {link}"),
        Difference::Lost { link, title } => format!("  - {title}  {link}"),
        Difference::Changed { link, field, before, after } => {
            format!("  ~ {field}: {} → {}  {link}", shown(before.as_deref()), shown(after.as_deref()))
        }
        Difference::Moved => "  ~ the order of the entries".to_owned(),
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("“{}”", out::cut(value, 80)))
}

/// Prints the entries of a page, and how many of them have each field.
pub(super) fn print_page(page: &Page) -> anyhow::Result<()> {
    let entries: Vec<Shown> = page.feed.entries.iter().map(Shown::from).collect();
    let row = |entry: &Shown| {
        vec![
            out::moment(entry.date),
            out::cut(&entry.title, 60),
            out::cut(entry.summary.as_deref().unwrap_or("–"), 40),
            out::cut(&entry.link, 70),
        ]
    };
    out::table(&["date", "title", "summary", "link"], entries.iter().map(row).collect(), &[])?;
    let count = |field: EntryField| page.feed.entries.iter().filter(|entry| field.is_in(entry)).count();
    let counts: Vec<_> =
        EntryField::ALL.iter().map(|field| format!("{} {}", field.name(), count(*field))).collect();
    out::line(&format!("{} entries: {}", entries.len(), counts.join(", ")))?;
    if let Some(next) = &page.next {
        out::line(&format!("next page: {next}"))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Printed<'a> {
    title: Option<&'a str>,
    next: Option<&'a str>,
    /// How many entries have each field.
    fields: std::collections::BTreeMap<&'static str, usize>,
    entries: Vec<Shown>,
}

#[derive(Serialize)]
struct Proposed<'a> {
    rules: &'a PageRules,
    #[serde(flatten)]
    page: Printed<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    snapshot: String,
    source: &'a str,
    as_before: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    differences: Vec<Difference>,
}

fn printed(page: &Page) -> Printed<'_> {
    let entries = &page.feed.entries;
    let count = |field: EntryField| entries.iter().filter(|entry| field.is_in(entry)).count();
    Printed {
        title: page.feed.title.as_ref().map(|title| title.value.as_str()),
        next: page.next.as_ref().map(Url::as_str),
        fields: EntryField::ALL.iter().map(|field| (field.name(), count(*field))).collect(),
        entries: entries.iter().map(Shown::from).collect(),
    }
}

fn told<'a>(one: &'a Replayed, folder: &Path) -> Told<'a> {
    Told {
        snapshot: one.file.strip_prefix(folder).unwrap_or(&one.file).display().to_string(),
        source: one.snapshot.source.as_str(),
        as_before: one.is_as_before(),
        problem: one.now.problem.as_deref(),
        differences: one.differences(),
    }
}
