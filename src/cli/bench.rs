//! `vestnik bench`: measures on this machine.

use clap::{Args, Subcommand};

use super::{Ended, out};
use crate::bench::{self, CyclePlan, Measured};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    cycle: Cycle,
}

#[derive(Debug, Args)]
struct Cycle {
    /// Sources to collect from
    #[arg(long, default_value_t = 1_000)]
    feeds: usize,
    /// Entries of each
    #[arg(long, default_value_t = 20)]
    entries: usize,
    /// Warm cycles
    #[arg(long, default_value_t = 1)]
    warm: usize,
    /// Collect from another farm: an address with {i}, {x} and {y} for the number of the feed and of its host
    #[arg(long, value_name = "ADDRESS")]
    against: Option<String>,
    /// Collect into this database in place of a SQLite file: an empty one, `postgres://…`
    #[arg(long, value_name = "ADDRESS")]
    storage: Option<String>,
    /// Print as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// 304s and gzipped 200s from memory, beside a bare handler
    Serving {
        /// Requests of each kind
        #[arg(long, default_value_t = 100_000)]
        requests: usize,
    },
    /// Publishing and starting with so many entries stored
    Archive {
        /// Stored entries, one measurement each
        #[arg(default_values_t = [1_000, 100_000])]
        entries: Vec<u64>,
    },
    /// What scheduling many sources costs
    Scheduler {
        /// Sources
        #[arg(long, default_value_t = 10_000)]
        sources: usize,
        /// Run the daemon with them too, against a farm: an address with {i}, {x} and {y}
        #[arg(long, value_name = "ADDRESS")]
        from: Option<String>,
        /// Once all were collected, for so many seconds with each due every 20 seconds
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Grouping so many stored entries into stories, and one new entry at a time
    Stories {
        /// Stored entries
        #[arg(default_value_t = 100_000)]
        entries: u64,
    },
    /// Backup, restore, moving and retention with so many entries stored
    Storage {
        /// Stored entries
        #[arg(default_value_t = 100_000)]
        entries: u64,
        /// An empty PostgreSQL database to move to and back
        #[arg(long, value_name = "ADDRESS")]
        postgres: Option<String>,
    },
    /// The synthetic partners, in a process of their own
    #[command(hide = true)]
    Farm {
        #[arg(long)]
        feeds: usize,
        #[arg(long)]
        entries: usize,
        /// Milliseconds before an answer
        #[arg(long, default_value_t = 0)]
        delay: u64,
    },
    /// The clients, in a process of their own
    #[command(hide = true)]
    Load {
        #[arg(long)]
        address: std::net::SocketAddr,
        #[arg(long)]
        requests: usize,
        #[arg(long)]
        etag: Option<String>,
    },
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<Ended> {
    let json = arguments.cycle.json;
    super::wait(async move {
        match arguments.what {
            None => cycles(arguments.cycle).await?,
            Some(What::Serving { requests }) => serving(requests, json).await?,
            Some(What::Archive { entries }) => archive(&entries, json).await?,
            Some(What::Scheduler { sources, from, seconds }) => {
                out::json(&bench::run_scheduler(sources, from, seconds).await?)?;
            }
            Some(What::Stories { entries }) => stories(entries, json).await?,
            Some(What::Storage { entries, postgres }) => {
                let postgres = postgres.map(|address| address.parse()).transpose();
                out::json(&bench::run_storage(entries, postgres.map_err(anyhow::Error::msg)?).await?)?;
            }
            Some(What::Farm { feeds, entries, delay }) => {
                bench::serve_farm(feeds, entries, std::time::Duration::from_millis(delay)).await?
            }
            Some(What::Load { address, requests, etag }) => {
                bench::serve_load(address, requests, etag).await?
            }
        }
        Ok(Ended::Well)
    })
}

async fn cycles(cycle: Cycle) -> anyhow::Result<()> {
    let plan = CyclePlan {
        feeds: cycle.feeds,
        entries: cycle.entries,
        warm: cycle.warm,
        farm: cycle.against,
        storage: cycle.storage,
    };
    let told = |measured: &Measured| {
        if !cycle.json && out::is_terminal() {
            out::error_line(&format!("{}: done in {:.2} s", measured.name, measured.wall_seconds));
        }
    };
    let results = bench::run_cycles(&plan, told).await?;
    if cycle.json {
        return out::json(&results);
    }
    let row = |m: &Measured| {
        let share = |part: f64| format!("{part:.2} ({:.0} %)", part / m.cpu_seconds * 100.0);
        let [median, p95, p99, longest] = m.percentiles;
        vec![
            m.name.clone(),
            format!("{:.2}", m.wall_seconds),
            format!("{:.3}", m.cpu_seconds),
            format!("{:.0}", m.feeds_per_second),
            format!("{:.0}", m.entries_per_second),
            format!("{:.0}", m.peak_mib),
            share(m.stages.fetch),
            share(m.stages.parse),
            share(m.stages.normalise),
            share(m.stages.store),
            share(m.stages.publish),
            format!("{median}/{p95}/{p99}/{longest}"),
            m.failed.to_string(),
        ]
    };
    let head = [
        "cycle",
        "wall s",
        "cpu s",
        "feeds/s",
        "entries/s",
        "peak MiB",
        "fetch",
        "parse",
        "normalise",
        "store",
        "publish",
        "ms 50/95/99/max",
        "failed",
    ];
    out::table(&head, results.cycles.iter().map(row).collect(), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])?;
    out::line(&format!("\nidle with {} sources: {:.0} MiB", plan.feeds, results.idle_mib))?;
    Ok(())
}

async fn serving(requests: usize, json: bool) -> anyhow::Result<()> {
    let results = bench::run_serving(requests).await?;
    if json {
        return out::json(&results);
    }
    let rows = results.iter().map(|result| {
        vec![
            result.name.clone(),
            format!("{:.1}", result.cpu_micros),
            format!("{:.1}", result.bare_cpu_micros),
            format!("{:.2}", result.cpu_micros / result.bare_cpu_micros),
            format!("{:.0}", result.requests_per_second),
            format!("{:.0}", result.bare_requests_per_second),
        ]
    });
    let head = ["answer", "µs cpu", "bare µs", "ratio", "requests/s", "bare requests/s"];
    Ok(out::table(&head, rows.collect(), &[1, 2, 3, 4, 5])?)
}

async fn archive(sizes: &[u64], json: bool) -> anyhow::Result<()> {
    let mut results = Vec::new();
    for entries in sizes {
        results.push(bench::run_archive(*entries).await?);
    }
    if json {
        return out::json(&results);
    }
    let rows = results.iter().map(|result| {
        vec![
            result.entries.to_string(),
            format!("{:.3}", result.publish_cpu_seconds),
            format!("{:.3}", result.publish_wall_seconds),
            format!("{:.3}", result.start_seconds),
            format!("{:.0}", result.search.index_micros),
            format!("{:.2}", result.search.median_millis),
        ]
    });
    let head = ["entries", "publish cpu s", "publish wall s", "start s", "index µs/entry", "search ms"];
    out::table(&head, rows.collect(), &[0, 1, 2, 3, 4, 5])?;
    for result in &results {
        out::line(&format!("\nSearching {} entries: median ms, found on the first page", result.entries))?;
        let row = |(words, millis, found): &(String, f64, usize)| {
            vec![words.clone(), format!("{millis:.2}"), found.to_string()]
        };
        out::table(&["query", "ms", "found"], result.search.queries.iter().map(row).collect(), &[1, 2])?;
    }
    Ok(())
}

async fn stories(entries: u64, json: bool) -> anyhow::Result<()> {
    let result = bench::run_stories(entries).await?;
    if json {
        return out::json(&result);
    }
    let spread = |[median, p99, longest]: [f64; 3]| format!("{median:.2}/{p99:.2}/{longest:.2}");
    let row = vec![
        result.entries.to_string(),
        result.stories.to_string(),
        format!("{:.2}", result.wall_seconds),
        format!("{:.2}", result.cpu_seconds),
        spread(result.new_entry_millis),
        spread(result.new_entry_cpu_millis),
    ];
    let head = ["entries", "stories", "wall s", "cpu s", "ms a new entry 50/99/max", "cpu ms of it"];
    Ok(out::table(&head, vec![row], &[0, 1, 2, 3, 4, 5])?)
}
