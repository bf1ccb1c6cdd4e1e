//! `vestnik consumers`: who reads the feeds.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use clap::Args;

use super::{Common, Ended, out};
use crate::{
    app::{Access, day_of},
    clock::Clock,
    store::ConsumedOnDay,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Today and the days before it, so many in all
    #[arg(long, default_value_t = 7, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// A line for each program
    #[arg(long)]
    programs: bool,
    /// Print as JSON: a line a day, channel and program
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let app = common.open(common.settings()?, Access::Beside).await?;
    let first = day_of(Clock::system().now() - TimeDelta::days(i64::from(arguments.days) - 1));
    let consumed = app.store().consumers_since(&first).await?;
    if arguments.json {
        out::json(&consumed)?;
        return Ok(Ended::Well);
    }
    if consumed.is_empty() {
        out::line("Nobody has asked for a feed in these days. What is counted is kept once a minute.")?;
        return Ok(Ended::Well);
    }
    if arguments.programs {
        let row = |c: &ConsumedOnDay| {
            let mut row = vec![c.day.clone(), c.channel.clone(), c.program.clone()];
            row.extend(numbers(c.requests, c.unchanged, c.bytes, c.subscribers));
            row
        };
        let head = ["day", "channel", "program", "requests", "304", "kB", "subscribers"];
        out::table(&head, consumed.iter().map(row).collect(), &[3, 4, 5, 6])?;
        return Ok(Ended::Well);
    }
    let mut channels: BTreeMap<(std::cmp::Reverse<&str>, &str), [u64; 4]> = BTreeMap::new();
    for c in &consumed {
        let sum = channels.entry((std::cmp::Reverse(c.day.as_str()), c.channel.as_str())).or_default();
        // Programs have different readers: theirs add up.
        for (sum, more) in sum.iter_mut().zip([c.requests, c.unchanged, c.bytes, c.subscribers]) {
            *sum = sum.saturating_add(more);
        }
    }
    let row = |((day, channel), [requests, unchanged, bytes, subscribers]): (
        &(std::cmp::Reverse<&str>, &str),
        &[u64; 4],
    )| {
        let mut row = vec![day.0.to_owned(), (*channel).to_owned()];
        row.extend(numbers(*requests, *unchanged, *bytes, *subscribers));
        row
    };
    let head = ["day", "channel", "requests", "304", "kB", "subscribers"];
    out::table(&head, channels.iter().map(row).collect(), &[2, 3, 4, 5])?;
    Ok(Ended::Well)
}

fn numbers(requests: u64, unchanged: u64, bytes: u64, subscribers: u64) -> [String; 4] {
    let share = unchanged.saturating_mul(100).checked_div(requests).unwrap_or_default();
    let declared = if subscribers == 0 { "–".to_owned() } else { subscribers.to_string() };
    [requests.to_string(), format!("{share} %"), (bytes / 1000).to_string(), declared]
}
