//! `vestnik discover`: from a site's address to its feeds, or to rules for its list page.

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out, scrape};
use crate::{
    app,
    clock::Clock,
    desk,
    fetch::Fetcher,
    ingest::{self, Discovery, FoundFeed},
    model::{FeedUrl, NameError, PageRules, Slug, SourceKind, SourceSpec, Timestamp},
    posts,
    scrape::Shown,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Any page of the site
    #[arg(value_name = "URL")]
    url: FeedUrl,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Printed<'a> {
    url: &'a str,
    title: Option<&'a str>,
    language: Option<&'a str>,
    asked: usize,
    feeds: Vec<PrintedFeed<'a>>,
    suggestions: Vec<Suggested<'a>>,
    /// The file that declares the best one.
    declaration: Option<String>,
}

#[derive(Serialize)]
struct PrintedFeed<'a> {
    url: &'a str,
    origin: &'static str,
    format: &'static str,
    title: Option<&'a str>,
    language: Option<&'a str>,
    entries: usize,
    last: Option<Timestamp>,
    full: bool,
    comments: bool,
}

#[derive(Serialize)]
struct Suggested<'a> {
    url: &'a str,
    rules: &'a PageRules,
    entries: Vec<Shown>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let settings = common.settings()?;
    let clock = Clock::system();
    let fetcher = Fetcher::new(app::limits(&settings), clock.clone())?;
    let gap = settings.collect.host_gap;
    let found = match ingest::discover(&fetcher, &clock, gap, &arguments.url).await {
        Ok(found) => found,
        Err(reason) => {
            out::error_line(&format!("vestnik: {}: {reason}", arguments.url));
            return Ok(Ended::Partly);
        }
    };
    if arguments.json {
        out::json(&printed(&found)?)?
    } else {
        print(&found)?
    }
    Ok(if found.feeds.is_empty() && found.suggestions.is_empty() { Ended::Partly } else { Ended::Well })
}

fn print(found: &Discovery) -> anyhow::Result<()> {
    let title = found.title.as_deref().unwrap_or("a site without a title");
    if !found.feeds.is_empty() {
        out::line(&format!("{title}: {} found", feeds(found.feeds.len())))?;
        table(&found.feeds)?;
    }
    if let Some(best) = best(found) {
        let file = declaration(&found.url, best)?;
        return Ok(out::line(&format!("\n{}", file.trim_end()))?);
    }
    let Some((url, best)) = found.suggestions.first() else {
        return Ok(out::line(&format!(
            "{title}: no feed was found, and nothing on the page repeats like a list of news"
        ))?);
    };
    out::line(&format!("{title}: no feed of news was found; these rules read {url}"))?;
    scrape::print_page(&best.page)?;
    let file = page_declaration(url, &best.rules, found.language.as_deref())?;
    Ok(out::line(&format!("\n{}", file.trim_end()))?)
}

/// A feed of comments alone is none to declare, where there are rules for the news.
fn best(found: &Discovery) -> Option<&FoundFeed> {
    let best = found.feeds.first()?;
    (!best.comments || found.suggestions.is_empty()).then_some(best)
}

fn feeds(count: usize) -> String {
    if count == 1 { "one feed".to_owned() } else { format!("{count} feeds") }
}

fn table(feeds: &[FoundFeed]) -> std::io::Result<()> {
    let row = |feed: &FoundFeed| {
        let what = match (feed.comments, feed.full) {
            (true, _) => "comments",
            (false, true) => "full",
            (false, false) => "excerpts",
        };
        vec![
            feed.origin.name().to_owned(),
            feed.format.name().to_owned(),
            feed.language.clone().unwrap_or_else(|| "–".to_owned()),
            feed.entries.to_string(),
            out::moment(feed.last),
            what.to_owned(),
            out::cut(feed.title.as_deref().unwrap_or("–"), 50),
            feed.url.to_string(),
        ]
    };
    let head = ["found", "format", "language", "entries", "newest", "text", "title", "address"];
    out::table(&head, feeds.iter().map(row).collect(), &[3])
}

/// The file that declares the best feed.
fn declaration(site: &url::Url, best: &FoundFeed) -> anyhow::Result<String> {
    let spec = SourceSpec {
        title: best.title.clone(),
        home: FeedUrl::try_from(site.clone()).ok().filter(|home| *home != best.url),
        language: best.language.as_deref().and_then(|language| language.parse().ok()),
        ..SourceSpec::feed(slug_of_host(site)?, best.url.clone())
    };
    file(&spec)
}

/// The file that declares a page without a feed.
pub(super) fn page_declaration(
    url: &url::Url,
    rules: &PageRules,
    language: Option<&str>,
) -> anyhow::Result<String> {
    let spec = SourceSpec {
        kind: SourceKind::Page,
        language: language.and_then(|language| language.parse().ok()),
        rules: Some(Box::new(rules.clone())),
        ..SourceSpec::feed(slug_of_host(url)?, FeedUrl::try_from(url.clone())?)
    };
    file(&spec)
}

fn file(spec: &SourceSpec) -> anyhow::Result<String> {
    Ok(format!("# feeds/sources/{}.toml\n{}", spec.slug, desk::source_file(spec)?))
}

fn slug_of_host(url: &url::Url) -> Result<Slug, NameError> {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    posts::slug_of(host).map_or_else(|| "partner".parse(), Ok)
}

fn printed(found: &Discovery) -> anyhow::Result<Printed<'_>> {
    let feeds = found.feeds.iter().map(|feed| PrintedFeed {
        url: feed.url.url().as_str(),
        origin: feed.origin.name(),
        format: feed.format.name(),
        title: feed.title.as_deref(),
        language: feed.language.as_deref(),
        entries: feed.entries,
        last: feed.last,
        full: feed.full,
        comments: feed.comments,
    });
    let suggestions = found.suggestions.iter().map(|(url, suggestion)| Suggested {
        url: url.as_str(),
        rules: &suggestion.rules,
        entries: suggestion.page.feed.entries.iter().map(Shown::from).collect(),
    });
    let declaration = match (best(found), found.suggestions.first()) {
        (Some(best), _) => Some(declaration(&found.url, best)?),
        (None, Some((url, best))) => Some(page_declaration(url, &best.rules, found.language.as_deref())?),
        (None, None) => None,
    };
    Ok(Printed {
        url: found.url.as_str(),
        title: found.title.as_deref(),
        language: found.language.as_deref(),
        asked: found.asked,
        feeds: feeds.collect(),
        suggestions: suggestions.collect(),
        declaration,
    })
}
