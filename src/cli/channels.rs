//! `vestnik channels`: what we publish, and where.

use clap::Args;
use serde::Serialize;

use super::{Common, Ended, out};
use crate::{
    app::Access,
    model::{Channel, Format, Site},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    entries: u32,
    page: String,
    rss: String,
    atom: String,
    json: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_in: Option<&'a str>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let settings = common.settings()?;
    let site = settings.site();
    let app = common.open(settings, Access::Beside).await?;
    let channels = app.press().channels();
    if arguments.json {
        out::json(&channels.iter().map(|channel| listed(channel, &site)).collect::<Vec<_>>())?;
        return Ok(Ended::Well);
    }
    let row = |channel: &Channel| {
        vec![
            channel.slug.to_string(),
            channel.language.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
            channel.window.entries.to_string(),
            channel.title(&site.language).to_owned(),
            site.address(&format!("feeds/{}", channel.slug)),
        ]
    };
    let head = ["channel", "language", "entries", "title", "address"];
    out::table(&head, channels.iter().map(row).collect(), &[2])?;
    out::line(
        "\nEach has .rss, .atom and .json; one a language, a group and a source is there without a file.",
    )?;
    Ok(Ended::Well)
}

fn listed<'a>(channel: &'a Channel, site: &Site) -> Listed<'a> {
    let feed = |format: Format| site.address(&format!("feeds/{}.{}", channel.slug, format.extension()));
    Listed {
        id: channel.slug.as_str(),
        title: channel.title(&site.language),
        language: channel.language.as_ref().map(crate::model::Language::as_str),
        entries: channel.window.entries,
        page: site.address(&format!("feeds/{}", channel.slug)),
        rss: feed(Format::Rss),
        atom: feed(Format::Atom),
        json: feed(Format::Json),
        declared_in: channel.declared_in.as_deref(),
    }
}
