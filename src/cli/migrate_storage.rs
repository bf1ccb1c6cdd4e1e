//! `vestnik migrate-storage`: everything from one database to another.

use std::{path::PathBuf, time::Instant};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::{Ended, out};
use crate::{app, config::DatabaseUrl};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The database to move: a file, sqlite:FILE, or postgres://user@host/database. Passwords come from PGPASSWORD, ~/.pgpass
    /// or --password-file
    #[arg(value_name = "FROM")]
    from: String,
    /// Where to: the same, empty or not there yet
    #[arg(value_name = "TO")]
    to: String,
    /// A file that holds the password of the PostgreSQL user, and nothing else
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Print what was moved as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Moved<'a> {
    table: &'a str,
    rows: u64,
    digest: &'a str,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Ended> {
    let Arguments { from, to, password_file, json } = arguments;
    let password = password_file
        .map(|file| {
            std::fs::read_to_string(&file).with_context(|| format!("reading the password {}", file.display()))
        })
        .transpose()?;
    let read = |which: &str, text: &str| {
        let address = address(text).map_err(|problem| anyhow::anyhow!("{which}: {problem}"))?;
        anyhow::Ok(match &password {
            Some(password) => address.with_password(password.trim_end_matches(['\r', '\n'])),
            None => address,
        })
    };
    let (from, to) = (read("FROM", &from)?, read("TO", &to)?);
    let begun = Instant::now();
    let bar = out::MoveBar::new();
    let moved = app::migrate(&from, &to, |progress| bar.show(progress)).await;
    bar.finish();
    let moved = moved?;
    if json {
        let tables: Vec<Moved<'_>> = moved
            .iter()
            .map(|table| Moved { table: table.name, rows: table.rows, digest: &table.digest })
            .collect();
        out::json(&tables)?;
        return Ok(Ended::Well);
    }
    let row = |table: &crate::store::MovedTable| {
        vec![table.name.to_owned(), table.rows.to_string(), table.digest.clone()]
    };
    out::table(&["table", "rows", "digest on both sides"], moved.iter().map(row).collect(), &[1])?;
    let rows: u64 = moved.iter().map(|table| table.rows).sum();
    out::line(&format!(
        "{rows} rows moved to {to} and compared, in {:.1} s. Set storage.url to it and start; {from} stays as it is. The \
         search index is made anew by the daemon, in the background.",
        begun.elapsed().as_secs_f64()
    ))?;
    Ok(Ended::Well)
}

/// An address, or a path. Not read by clap, which shows what is wrong, and an address may carry a password.
fn address(text: &str) -> Result<DatabaseUrl, String> {
    if text.starts_with("sqlite:") || text.contains("://") {
        return text.parse();
    }
    format!("sqlite:{text}").parse()
}
