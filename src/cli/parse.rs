//! `vestnik parse`: what the reader finds in a document, as JSON Feed.

use std::{io::Read, path::PathBuf};

use anyhow::Context;
use clap::Args;
use url::Url;

use super::{Ended, out};
use crate::{
    clock::Clock,
    normalise::make_harmless,
    parse::{self, Hints},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The document; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The Content-Type that it came with
    #[arg(long, value_name = "CT")]
    content_type: Option<String>,
    /// The address that it came from
    #[arg(long, value_name = "URL")]
    base: Option<Url>,
    /// The Content-Language that it came with
    #[arg(long, value_name = "L")]
    content_language: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let body = if arguments.file.as_os_str() == "-" {
        let mut body = Vec::new();
        std::io::stdin().lock().read_to_end(&mut body).context("reading standard input")?;
        body
    } else {
        std::fs::read(&arguments.file).with_context(|| format!("reading {}", arguments.file.display()))?
    };
    let hints = Hints {
        content_type: arguments.content_type.as_deref(),
        content_language: arguments.content_language.as_deref(),
        base: arguments.base.as_ref(),
        zone: None,
        now: Some(Clock::system().now()),
    };
    match parse::parse(&body, &hints) {
        Ok(mut feed) => {
            // What is printed is often pasted into a page.
            make_harmless(&mut feed, arguments.base.as_ref());
            out::json(&parse::to_json_feed(&feed))?;
            Ok(Ended::Well)
        }
        Err(error) => {
            out::error_line(&format!("vestnik: {}: {error}", arguments.file.display()));
            Ok(Ended::Partly)
        }
    }
}
