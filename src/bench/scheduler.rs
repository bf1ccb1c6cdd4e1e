//! What scheduling many sources costs by itself, and how late a due one is looked at while all are collected.

use std::{sync::Arc, time::Duration};

use cpu_time::ProcessTime;

use super::{
    cycle::{addresses, open},
    measure::{Usage, peak_mib, resident_mib},
};
use crate::{
    clock::{Clock, later},
    store::ClaimQuery,
    telemetry,
};

/// A source at the shortest adaptive interval is due so often.
const INTERVAL: Duration = Duration::from_secs(15 * 60);
const TICKS: u32 = 200;

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
    /// The run against a farm, where there was one.
    pub run: Option<SchedulerRun>,
}

/// All sources collected, first at once and then by their interval.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SchedulerRun {
    /// Ticks of a second.
    pub seconds: u64,
    /// Collections.
    pub collections: u64,
    /// Those that were claimed within a second of being due.
    pub claimed_within_a_second: u64,
    /// Peak memory, in MiB.
    pub peak_mib: f64,
    /// CPU seconds.
    pub cpu_seconds: f64,
}

/// Measures so many sources; against a farm (an address with `{i}`, `{x}`, `{y}`), for so many seconds, where one is named.
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
    let app = open(folder.path(), &addresses(&pattern, sources), clock.clone()).await?;
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
    let clock = Clock::system();
    let app = Arc::new(open(folder.path(), addresses, clock.clone()).await?);
    let usage = Usage::begin();
    let mut next = clock.now();
    for _ in 0..seconds {
        next = later(next, Duration::from_secs(1));
        let app = Arc::clone(&app);
        tokio::spawn(async move { app.tick().await }).await?;
        clock.sleep_until(next).await;
    }
    app.collector().stop().await;
    let text = telemetry::exposition();
    let (_, cpu_seconds, _) = usage.since();
    Ok(SchedulerRun {
        seconds,
        collections: figure(&text, "vestnik_due_lag_seconds_count "),
        claimed_within_a_second: figure(&text, "vestnik_due_lag_seconds_bucket{le=\"1\"} "),
        peak_mib: peak_mib(),
        cpu_seconds,
    })
}

/// The number behind a name in the metrics; zero where it is not there.
fn figure(text: &str, name: &str) -> u64 {
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
