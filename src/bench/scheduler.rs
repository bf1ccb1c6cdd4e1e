//! What scheduling many sources costs by itself, and how late a due one is looked at while all are collected.

use std::{sync::Arc, time::Duration};

use cpu_time::ProcessTime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    cycle::{addresses, open},
    measure::{Usage, peak_mib, resident_mib},
};
use crate::{
    clock::Clock,
    model::Health,
    store::ClaimQuery,
    telemetry::{self, Lags},
};

/// A source at the shortest adaptive interval is due so often.
const INTERVAL: Duration = Duration::from_secs(15 * 60);
const TICKS: u32 = 200;
const TICK: Duration = Duration::from_secs(1);
/// In the run each source is asked so often: many times faster than a daemon ever asks.
const ROUND: Duration = Duration::from_secs(20);
/// Seconds after which not all have been collected once, and no more is waited for.
const PATIENCE: f64 = 600.0;
/// Longer than connections are kept.
const SETTLED: Duration = Duration::from_secs(15);

/// What came of it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SchedulerResults {
    /// Sources.
    pub sources: usize,
    /// Milliseconds of CPU of a tick that finds nothing due.
    pub idle_tick_millis: f64,
    /// Milliseconds of CPU to claim what is due in a second where each source is asked every 15 minutes.
    pub claim_millis: f64,
    /// Both as a share of a core, a tick a second.
    pub core_percent: f64,
    /// Resident memory with all sources known and none collected, in MiB.
    pub resident_mib: f64,
    /// The daemon against a farm, where there was one.
    pub run: Option<SchedulerRun>,
}

/// The whole daemon with all sources.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SchedulerRun {
    /// All sources are due at once: until each was collected for the first time.
    pub at_once: Stretch,
    /// Then, with each due every 20 seconds.
    pub by_interval: Stretch,
    /// Resident memory some seconds after the last collection, in MiB.
    pub idle_mib: f64,
}

/// A part of the run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Stretch {
    /// How long it took.
    pub wall_seconds: f64,
    /// CPU seconds of the daemon: collecting, publishing, the search index, stories.
    pub cpu_seconds: f64,
    /// Sources that were claimed.
    pub claimed: u64,
    /// Those within a tick, a second, of being due.
    pub within_a_tick: u64,
    /// How many seconds after they were due sources were claimed: median, 99th percentile, longest (a minute at most).
    pub lag_seconds: [f64; 3],
    /// Peak resident memory, in MiB.
    pub peak_mib: f64,
}

/// Measures so many sources; where a farm is named (an address with `{i}`, `{x}`, `{y}`), the whole daemon with them too, until all
/// were collected and then for so many seconds.
///
/// # Errors
/// Where the database cannot be set up.
pub async fn run_scheduler(
    sources: usize,
    farm: Option<String>,
    seconds: u64,
) -> anyhow::Result<SchedulerResults> {
    let folder = tempfile::tempdir()?;
    let system = Clock::system();
    let (clock, hand) = Clock::manual(system.now());
    let pattern = farm.clone().unwrap_or_else(|| "http://127.1.{x}.{y}:7901/feed/{i}.xml".to_owned());
    let app = open(folder.path(), &addresses(&pattern, sources), None, clock.clone()).await?;
    // Before they were declared, none of them was due.
    hand.set(clock.now() - chrono::TimeDelta::hours(1));
    app.tick().await;
    let begun = ProcessTime::now();
    for _ in 0..TICKS {
        app.tick().await;
    }
    let idle_tick_millis = begun.elapsed().as_secs_f64() * 1000.0 / f64::from(TICKS);
    hand.advance(Duration::from_secs(3601));
    let due = u32::try_from(sources as u64 / INTERVAL.as_secs() + 1)?;
    let begun = ProcessTime::now();
    for _ in 0..TICKS {
        app.store().claim_due(&ClaimQuery::new(clock.now(), INTERVAL, due)).await?;
    }
    let claim_millis = begun.elapsed().as_secs_f64() * 1000.0 / f64::from(TICKS);
    app.store().release_all().await?;
    let resident_mib = resident_mib();
    app.store().close().await;
    drop(app);
    let run = match farm {
        Some(pattern) => Some(run(&addresses(&pattern, sources), seconds).await?),
        None => None,
    };
    let core_percent = (idle_tick_millis + claim_millis) / 10.0;
    Ok(SchedulerResults { sources, idle_tick_millis, claim_millis, core_percent, resident_mib, run })
}

async fn run(addresses: &[String], seconds: u64) -> anyhow::Result<SchedulerRun> {
    telemetry::metrics()?;
    let folder = tempfile::tempdir()?;
    let app = Arc::new(open(folder.path(), addresses, Some(ROUND), Clock::system()).await?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let stop = CancellationToken::new();
    let begun = Beginning::now();
    let daemon = tokio::spawn(Arc::clone(&app).serve(listener, stop.clone()));
    let mut waiting = true;
    while waiting {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let counts = app.store().health_counts().await?;
        let new = counts.iter().filter(|(health, _)| *health == Health::New);
        waiting = new.map(|(_, count)| count).sum::<i64>() > 0 && begun.usage.since().0 < PATIENCE;
    }
    let at_once = begun.stretch();
    // What was late then is not late because of the interval.
    tokio::time::sleep(ROUND).await;
    let begun = Beginning::now();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let by_interval = begun.stretch();
    // Nothing is due any more; what is kept for a while is let go.
    app.collector().stop().await;
    tokio::time::sleep(SETTLED).await;
    let idle_mib = resident_mib();
    stop.cancel();
    daemon.await??;
    Ok(SchedulerRun { at_once, by_interval, idle_mib })
}

struct Beginning {
    usage: Usage,
    lags: Lags,
}

impl Beginning {
    fn now() -> Self {
        Beginning { usage: Usage::begin(), lags: Lags::until_now() }
    }

    fn stretch(&self) -> Stretch {
        let (wall_seconds, cpu_seconds, _) = self.usage.since();
        let lags = Lags::until_now().since(&self.lags);
        Stretch {
            wall_seconds,
            cpu_seconds,
            claimed: lags.count(),
            within_a_tick: lags.within(TICK),
            lag_seconds: [0.5, 0.99, 1.0].map(|share| lags.at(share).as_secs_f64()),
            peak_mib: peak_mib(),
        }
    }
}
