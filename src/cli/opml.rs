//! `vestnik opml`: subscription lists, out and in.

use std::{collections::BTreeSet, io::Read, path::PathBuf};

use anyhow::Context;
use clap::Subcommand;

use super::{Common, Ended, out};
use crate::{
    app::Access,
    desk,
    model::{Slug, SourceSpec},
    posts, publish,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the feeds that we collect from, for other readers
    Export,
    /// Declare the feeds of a subscription list, a file each in feeds/sources; what is declared already stays as it is
    Import {
        /// The list; - reads standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The group that the new sources belong to, besides their folders in the list
        #[arg(long, value_name = "GROUP")]
        group: Option<Slug>,
    },
}

pub(super) async fn run(common: Common, command: Command) -> anyhow::Result<Ended> {
    match command {
        Command::Export => export(common).await,
        Command::Import { file, group } => import(&common, &file, group),
    }
}

async fn export(common: Common) -> anyhow::Result<Ended> {
    let settings = common.settings()?;
    let title = settings.site().title;
    let app = common.open(settings, Access::Beside).await?;
    let list = publish::sources_opml(&title, &app.store().sources().await?)?;
    out::line(String::from_utf8_lossy(&list).trim_end())?;
    Ok(Ended::Well)
}

fn import(common: &Common, file: &PathBuf, group: Option<Slug>) -> anyhow::Result<Ended> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_string(&mut text).context("reading standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    }
    let listed = publish::read_opml(&text).with_context(|| format!("reading {}", file.display()))?;
    let settings = common.settings()?;
    let folder = settings.feeds.directory.join("sources");
    let (declared, _) = desk::load(&settings.feeds.directory, &settings);
    let mut urls: BTreeSet<String> =
        declared.sources.iter().filter_map(|spec| Some(String::from(spec.url.clone()?))).collect();
    let mut slugs: BTreeSet<Slug> = declared.sources.iter().map(|spec| spec.slug.clone()).collect();
    let (mut added, mut refused) = (0, 0);
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for outline in listed {
        let url = match outline.url {
            Ok(url) => url,
            Err(error) => {
                out::error_line(&format!("left out “{}”: {error}", outline.title));
                refused += 1;
                continue;
            }
        };
        if !urls.insert(String::from(url.clone())) {
            continue;
        }
        let slug = free_slug(&outline.title, &url, &slugs);
        slugs.insert(slug.clone());
        let mut groups: Vec<Slug> = outline.groups.iter().filter_map(|name| posts::slug_of(name)).collect();
        groups.extend(group.clone().filter(|group| !groups.contains(group)));
        let mut spec = SourceSpec::feed(slug, url);
        spec.title = Some(outline.title).filter(|title| !title.is_empty());
        spec.home = outline.home.and_then(|home| home.parse().ok());
        spec.language = outline.language;
        spec.groups = groups;
        let path = folder.join(format!("{}.toml", spec.slug));
        std::fs::write(&path, desk::source_file(&spec)?)
            .with_context(|| format!("writing {}", path.display()))?;
        out::line(&format!("declared {} in {}", spec.slug, path.display()))?;
        added += 1;
    }
    out::line(&format!("{added} added, {refused} left out"))?;
    Ok(if refused > 0 { Ended::Partly } else { Ended::Well })
}

/// A slug from the title, else from the host, with a number where it is taken.
fn free_slug(title: &str, url: &crate::model::FeedUrl, taken: &BTreeSet<Slug>) -> Slug {
    let host = url.url().host_str().unwrap_or("feed").to_owned();
    let base = posts::slug_of(title).or_else(|| posts::slug_of(&host));
    let base = base.map_or_else(|| "feed".to_owned(), |slug| slug.as_str().chars().take(58).collect());
    let mut number = 1;
    loop {
        let name = if number == 1 { base.clone() } else { format!("{base}-{number}") };
        if let Ok(slug) = name.parse::<Slug>()
            && !taken.contains(&slug)
        {
            return slug;
        }
        number += 1;
    }
}
