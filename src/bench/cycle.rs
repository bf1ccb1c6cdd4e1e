//! Cycles of collecting: cold, warm (nothing changed) and with one feed in a hundred changed.

use std::{io::BufRead, path::Path, process::Stdio, sync::Arc, time::Duration};

use anyhow::Context;

use super::{
    Measured,
    measure::{Usage, peak_mib, resident_mib},
};
use crate::{
    app::{Access, App},
    clock::Clock,
    config::Settings,
    desk::Desk,
    model::{Channel, FeedUrl, Outcome, Slug, SourceSpec},
};

/// What to measure.
#[derive(Debug, Clone)]
pub struct CyclePlan {
    /// Sources.
    pub feeds: usize,
    /// Entries of each.
    pub entries: usize,
    /// Warm cycles, one after the other.
    pub warm: usize,
    /// Addresses of other feeds to collect in place of the farm's: `{x}`, `{y}` and `{i}` are filled in.
    pub farm: Option<String>,
    /// The address of an empty database in place of a SQLite file.
    pub storage: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CycleResults {
    /// The cycles, in order.
    pub cycles: Vec<Measured>,
    /// Resident memory of the idle process with all sources known, in MiB.
    pub idle_mib: f64,
}

struct Farm {
    process: Option<std::process::Child>,
    control: Option<u16>,
    addresses: Vec<String>,
}

impl Drop for Farm {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Runs the cycles on a fresh database in a temporary folder. `told` hears of each as it is done.
///
/// # Errors
/// Where the farm or the database cannot be set up.
pub async fn run_cycles(plan: &CyclePlan, mut told: impl FnMut(&Measured)) -> anyhow::Result<CycleResults> {
    let farm = start_farm(plan)?;
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let storage = plan.storage.as_deref();
    let app = Arc::new(open_on(folder.path(), storage, &farm.addresses, None, Clock::system()).await?);
    let mut cycles = Vec::new();
    let warm = std::iter::repeat_n("warm", plan.warm.max(1));
    for name in std::iter::once("cold").chain(warm).chain(["1 % changed"]) {
        if name.contains('%') {
            let Some(control) = farm.control else { continue };
            advance(control).await?;
        }
        // What the former cycle left behind (a checkpoint, idle threads) is not this one's.
        tokio::time::sleep(Duration::from_millis(300)).await;
        // Where the daemon works too: on the runtime's threads, not on the one that waits for it.
        let measured = {
            let (app, name) = (Arc::clone(&app), name.to_owned());
            tokio::spawn(async move { cycle(&app, &name).await }).await??
        };
        told(&measured);
        cycles.push(measured);
        if name == "cold" {
            let measured = index(&app).await?;
            told(&measured);
            cycles.push(measured);
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(CycleResults { cycles, idle_mib: resident_mib() })
}

async fn cycle(app: &App, name: &str) -> anyhow::Result<Measured> {
    let usage = Usage::begin();
    let sources = app.sources_named(&[]).await?;
    let count = sources.len();
    let reports = app.collector().collect(sources, |_| {}).await?;
    app.press().publish_changes().await?;
    let (wall, cpu, stages) = usage.since();
    let entries: usize = reports.iter().map(|report| report.new + report.updated).sum();
    let mut millis: Vec<u64> = reports.iter().map(|report| report.millis).collect();
    millis.sort_unstable();
    let at = |share: f64| {
        let index = ((millis.len().saturating_sub(1)) as f64 * share) as usize;
        millis.get(index).copied().unwrap_or_default()
    };
    Ok(Measured {
        name: name.to_owned(),
        wall_seconds: wall,
        cpu_seconds: cpu,
        feeds_per_second: count as f64 / wall,
        entries_per_second: entries as f64 / wall,
        entries,
        failed: reports.iter().filter(|report| report.outcome == Outcome::Failed).count(),
        peak_mib: peak_mib(),
        stages,
        percentiles: [at(0.5), at(0.95), at(0.99), at(1.0)],
    })
}

/// The search index of what was just collected, which the daemon makes behind its commits.
async fn index(app: &App) -> anyhow::Result<Measured> {
    let usage = Usage::begin();
    let entries = app.indexer().catch_up().await?;
    let (wall, cpu, stages) = usage.since();
    Ok(Measured {
        name: "its index".to_owned(),
        wall_seconds: wall,
        cpu_seconds: cpu,
        feeds_per_second: 0.0,
        entries_per_second: entries as f64 / wall,
        entries,
        failed: 0,
        peak_mib: peak_mib(),
        stages,
        percentiles: [0; 4],
    })
}

fn start_farm(plan: &CyclePlan) -> anyhow::Result<Farm> {
    if let Some(pattern) = &plan.farm {
        return Ok(Farm { process: None, control: None, addresses: addresses(pattern, plan.feeds) });
    }
    let program = std::env::current_exe().context("finding this program")?;
    let mut process = std::process::Command::new(program)
        .args(["bench", "farm", "--feeds", &plan.feeds.to_string(), "--entries", &plan.entries.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .context("starting the farm")?;
    let stdout = process.stdout.take().context("the farm has no output")?;
    let mut line = String::new();
    std::io::BufReader::new(stdout).read_line(&mut line)?;
    let (control, ports): (u16, Vec<u16>) = serde_json::from_str(&line).context("the farm did not start")?;
    let addresses = ports.iter().map(|port| format!("http://127.0.0.1:{port}/feed")).collect();
    Ok(Farm { process: Some(process), control: Some(control), addresses })
}

/// The addresses of so many feeds of another farm, each on a host of its own.
pub(super) fn addresses(pattern: &str, feeds: usize) -> Vec<String> {
    let fill = |i: usize| {
        let host = i % 64_000;
        let (x, y) = ((host / 250).to_string(), (host % 250 + 1).to_string());
        pattern.replace("{i}", &i.to_string()).replace("{x}", &x).replace("{y}", &y)
    };
    (0..feeds).map(fill).collect()
}

async fn advance(control: u16) -> anyhow::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", control)).await?;
    stream
        .write_all(b"POST /advance HTTP/1.1\r\nhost: farm\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(())
}

/// The real daemon's parts on a temporary database, with the six channels that a cluster has.
pub(super) async fn open(
    folder: &Path,
    addresses: &[String],
    interval: Option<Duration>,
    clock: Clock,
) -> anyhow::Result<App> {
    open_on(folder, None, addresses, interval, clock).await
}

async fn open_on(
    folder: &Path,
    storage: Option<&str>,
    addresses: &[String],
    interval: Option<Duration>,
    clock: Clock,
) -> anyhow::Result<App> {
    let setting = |name: &str, value: &str| (format!("VESTNIK_{name}"), value.to_owned());
    let data = folder.display().to_string();
    let mut environment =
        vec![setting("STORAGE__DATA", &data), setting("COLLECT__ALLOW_NETWORKS", "127.0.0.0/8")];
    environment.extend(storage.map(|address| setting("STORAGE__URL", address)));
    let settings = Settings::load(None, environment.into_iter()).map_err(|faults| {
        anyhow::anyhow!("{}", faults.iter().map(ToString::to_string).collect::<String>())
    })?;
    let mut sources = Vec::with_capacity(addresses.len());
    for (number, address) in addresses.iter().enumerate() {
        let url: FeedUrl = address.parse()?;
        let mut spec = SourceSpec::feed(format!("partner-{number}").parse()?, url);
        spec.polling.interval = interval;
        spec.groups.push(if number % 2 == 0 { "partners" } else { "city" }.parse()?);
        sources.push(spec);
    }
    let desk = Desk { sources, channels: channels()?, ..Desk::default() };
    App::with_desk(settings, clock, desk, None, Access::Alone).await
}

/// The channels that are shipped, as far as the farm has entries for them.
pub(super) fn channels() -> anyhow::Result<Vec<Channel>> {
    let named = |slug: &str| -> anyhow::Result<Channel> { Ok(Channel::plain(slug.parse()?, 50)) };
    let (mut bg, mut en) = (named("bg")?, named("en")?);
    bg.filter.languages.push("bg".parse()?);
    en.filter.languages.push("en".parse()?);
    let (mut partners, mut city) = (named("partners")?, named("city")?);
    partners.filter.groups.push("partners".parse::<Slug>()?);
    city.filter.groups.push("city".parse::<Slug>()?);
    Ok(vec![named("all")?, partners, city, bg, en])
}
