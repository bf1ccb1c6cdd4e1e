//! Logs and metrics: set up once, recorded by name everywhere. Never holds credentials or bodies.

use std::{
    fmt::Write as _,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cpu_time::ThreadTime;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::model::{Health, Outcome, SourceFigures, SourceReport};

/// The pure stages, whose CPU time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Bytes, pages and posts to a feed.
    Parse,
    /// Identity, links, sanitising, changes.
    Normalise,
    /// Rendering and compressing.
    Publish,
    /// Terms of entries for the search index.
    Index,
}

static CPU: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

impl Stage {
    fn cell(self) -> &'static AtomicU64 {
        &CPU[self as usize]
    }

    /// Runs the work and adds the CPU time that this thread spent in it.
    pub fn timed<T>(self, work: impl FnOnce() -> T) -> T {
        let begun = ThreadTime::now();
        let result = work();
        let spent = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.cell().fetch_add(spent, Ordering::Relaxed);
        result
    }

    /// CPU time spent in this stage since the process began.
    pub fn spent(self) -> Duration {
        Duration::from_nanos(self.cell().load(Ordering::Relaxed))
    }

    fn name(self) -> &'static str {
        match self {
            Stage::Parse => "parse",
            Stage::Normalise => "normalise",
            Stage::Publish => "publish",
            Stage::Index => "index",
        }
    }
}

/// Starts logging to standard error. A second call changes nothing.
pub fn start_logging(filter: &str, json: bool) {
    let filter = EnvFilter::try_new(quieter(filter)).unwrap_or_else(|_| EnvFilter::new("info"));
    let colour =
        std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    // Fails only where logging is started already.
    let _ = if json { builder.json().try_init() } else { builder.with_target(false).try_init() };
}

/// What a library says of itself at `info` tells an operator nothing; who names the library hears it.
fn quieter(filter: &str) -> String {
    const TICKER: &str = "tokio_cron_scheduler";
    if filter.contains(TICKER) { filter.to_owned() } else { format!("{TICKER}=warn,{filter}") }
}

/// The metrics of this process, as Prometheus reads them.
///
/// # Errors
/// Where another recorder is installed already.
pub fn metrics() -> Result<&'static PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle);
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])?
        .build_recorder();
    let handle = HANDLE.get_or_init(|| recorder.handle());
    if metrics::set_global_recorder(recorder).is_ok() {
        describe();
    }
    Ok(handle)
}

fn describe() {
    describe_counter!("vestnik_collections_total", "Collections of sources, by outcome");
    describe_histogram!(
        "vestnik_collection_seconds",
        "How long a collection took, waiting for its host included"
    );
    describe_counter!("vestnik_fetched_bytes_total", "Bytes that sources sent, on the wire");
    describe_counter!("vestnik_entries_total", "Entries written, by what happened to them");
    describe_gauge!("vestnik_sources", "Declared sources, by health");
    describe_gauge!("vestnik_outlet_up", "1 while the folder or object store is up to date, else 0");
    describe_gauge!("vestnik_offline", "1 while our own network seems to be down and collecting pauses");
    describe_histogram!("vestnik_due_lag_seconds", "How late a due source was claimed");
    describe_counter!("vestnik_renditions_total", "Documents rendered, by whether their bytes changed");
    describe_gauge!(
        "vestnik_quarantined_entries",
        "Entries kept out of documents that they would make faulty"
    );
    describe_counter!(
        "vestnik_http_requests_total",
        "Requests that were answered, by kind of address and status"
    );
    describe_counter!("vestnik_http_response_bytes_total", "Bytes of answers, headers not included");
    describe_gauge!("vestnik_http_connections", "Open connections of clients");
    describe_gauge!("vestnik_stage_cpu_seconds", "CPU time spent in the pure stages since the start");
}

/// How many entries are kept out of documents because they would make them faulty.
pub fn quarantined(entries: usize) {
    gauge!("vestnik_quarantined_entries").set(u32::try_from(entries).unwrap_or(u32::MAX));
}

/// Counts and logs one collection.
pub fn collected(report: &SourceReport, took: Duration) {
    counter!("vestnik_collections_total", "outcome" => report.outcome.name()).increment(1);
    histogram!("vestnik_collection_seconds").record(took.as_secs_f64());
    counter!("vestnik_fetched_bytes_total").increment(report.bytes);
    for (what, count) in [("new", report.new), ("updated", report.updated), ("withdrawn", report.withdrawn)] {
        if count > 0 {
            counter!("vestnik_entries_total", "change" => what).increment(count as u64);
        }
    }
    let slug = &report.slug;
    match (report.outcome, &report.reason) {
        (Outcome::Failed, reason) => {
            let reason = reason.as_deref().unwrap_or("no reason was given");
            let technical = report.technical.as_deref().unwrap_or_default();
            tracing::warn!(source = %slug, %reason, technical, "{slug} could not be collected: {reason}");
        }
        (Outcome::Read, _) => {
            let SourceReport { new, updated, withdrawn, .. } = report;
            tracing::info!(source = %slug, new, updated, withdrawn, "collected {slug}: {new} new, {updated} changed");
        }
        (Outcome::Deferred, _) => tracing::debug!(source = %slug, "{slug} waits for our own network"),
        (Outcome::Unchanged, _) => tracing::debug!(source = %slug, "{slug} is unchanged"),
    }
}

/// Records how many declared sources there are of each health; those not named are none.
pub fn sources(counts: &[(Health, i64)]) {
    for health in Health::ALL {
        let count: i64 = counts.iter().filter(|(of, _)| *of == health).map(|(_, count)| count).sum();
        gauge!("vestnik_sources", "health" => health.name()).set(count as f64);
    }
}

/// Whether a folder or an object store that is kept the site is up to date.
pub fn outlet(kind: &'static str, is_well: bool) {
    gauge!("vestnik_outlet_up", "outlet" => kind).set(if is_well { 1.0 } else { 0.0 });
}

/// When a backup was made by itself; None where it could not be made, and the last moment stays.
pub fn backed_up(at: Option<crate::model::Timestamp>) {
    gauge!("vestnik_backup_up").set(if at.is_some() { 1.0 } else { 0.0 });
    if let Some(at) = at {
        gauge!("vestnik_backup_last_success_timestamp_seconds").set(at.timestamp() as f64);
    }
}

/// Records whether our own network is down.
pub fn offline(is_offline: bool) {
    gauge!("vestnik_offline").set(if is_offline { 1.0 } else { 0.0 });
}

/// Records how late a due source was claimed.
pub fn due_lag(lag: Duration) {
    histogram!("vestnik_due_lag_seconds").record(lag.as_secs_f64());
    let cell = usize::try_from(lag.as_millis() / LAG_MILLIS).unwrap_or(usize::MAX);
    if let Some(cell) = LAGS.get(cell).or(LAGS.last()) {
        cell.fetch_add(1, Ordering::Relaxed);
    }
}

/// What one cell of the lags covers. The last has all that is longer.
const LAG_MILLIS: u128 = 10;
static LAGS: [AtomicU64; 6_001] = [const { AtomicU64::new(0) }; 6_001];

/// How late due sources were claimed since the process began, closer than the metrics tell it.
#[derive(Debug, Clone)]
pub struct Lags(Vec<u64>);

impl Lags {
    /// All until now.
    pub fn until_now() -> Self {
        Lags(LAGS.iter().map(|cell| cell.load(Ordering::Relaxed)).collect())
    }

    /// Those that came after `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Lags) -> Self {
        Lags(self.0.iter().zip(&earlier.0).map(|(now, then)| now.saturating_sub(*then)).collect())
    }

    /// How many sources were claimed.
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// How many of them at most so late.
    pub fn within(&self, limit: Duration) -> u64 {
        let cells = usize::try_from(limit.as_millis() / LAG_MILLIS).unwrap_or(usize::MAX);
        self.0.iter().take(cells).sum()
    }

    /// So late at most was this share of them (0.5: the median), up to ten milliseconds more, and a minute at most; zero where
    /// there are none.
    pub fn at(&self, share: f64) -> Duration {
        let wanted = (self.count() as f64 * share).ceil() as u64;
        let mut passed = 0;
        let cell = self.0.iter().position(|count| {
            passed += count;
            passed >= wanted
        });
        let millis = cell.unwrap_or_default() as u64 * LAG_MILLIS as u64;
        Duration::from_millis(millis)
    }
}

/// Counts a rendered document.
pub fn rendered(changed: bool) {
    counter!("vestnik_renditions_total", "changed" => if changed { "yes" } else { "no" }).increment(1);
}

/// The metrics as text, in the Prometheus exposition format 0.0.4.
pub fn exposition() -> String {
    let Ok(handle) = metrics() else { return String::new() };
    for stage in [Stage::Parse, Stage::Normalise, Stage::Publish, Stage::Index] {
        let name = stage.name();
        gauge!("vestnik_stage_cpu_seconds", "stage" => name).set(stage.spent().as_secs_f64());
    }
    handle.run_upkeep();
    let mut text = handle.render();
    let figures = FIGURES.lock().unwrap_or_else(PoisonError::into_inner);
    write_figures(&mut text, &figures);
    text
}

/// What is known of single sources; replaced as a whole, so that a source that is gone leaves nothing behind.
static FIGURES: Mutex<Vec<SourceFigures>> = Mutex::new(Vec::new());

/// Single sources that are measured at most: each is a handful of time series to whoever stores them.
pub const MEASURED_SOURCES: u32 = 1_000;

/// Makes these the figures of single sources.
pub fn source_figures(figures: Vec<SourceFigures>) {
    *FIGURES.lock().unwrap_or_else(PoisonError::into_inner) = figures;
}

/// What is told of a source: name, help, and the figure where there is one.
type Told = (&'static str, &'static str, fn(&SourceFigures) -> Option<f64>);

const TOLD: [Told; 4] = [
    ("up", "1 where the source is well, 0 where it fails, breaks its contract or is gone", |of| {
        Some(if of.health.is_failure() { 0.0 } else { 1.0 })
    }),
    ("last_success_timestamp_seconds", "When the source was last collected well", |of| {
        of.last_success.map(|at| at.timestamp() as f64)
    }),
    ("failures", "Failures of the source in a row", |of| Some(f64::from(of.failures))),
    ("entries_per_week", "Entries a week, as last observed", |of| of.entries_per_week),
];

fn write_figures(text: &mut String, figures: &[SourceFigures]) {
    for (name, help, figure) in TOLD {
        let mut told = figures.iter().filter_map(|of| Some((&of.slug, figure(of)?))).peekable();
        if told.peek().is_none() {
            continue;
        }
        // Writing to a String does not fail. Slugs need no escaping.
        let _ = writeln!(text, "# HELP vestnik_source_{name} {help}\n# TYPE vestnik_source_{name} gauge");
        for (slug, value) in told {
            let _ = writeln!(text, "vestnik_source_{name}{{source=\"{slug}\"}} {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_sources_are_told_apart_and_what_is_not_known_is_left_out() {
        let figures = |slug: &str, health, at: Option<i64>| SourceFigures {
            slug: slug.to_owned(),
            health,
            last_success: at.map(crate::model::from_millis),
            failures: 3,
            entries_per_week: None,
        };
        let mut text = String::new();
        let both =
            [figures("noi", Health::Failing, Some(1_790_000_000_000)), figures("sofia", Health::Quiet, None)];
        write_figures(&mut text, &both);
        for line in [
            "# TYPE vestnik_source_up gauge",
            "vestnik_source_up{source=\"noi\"} 0",
            "vestnik_source_up{source=\"sofia\"} 1",
            "vestnik_source_last_success_timestamp_seconds{source=\"noi\"} 1790000000",
            "vestnik_source_failures{source=\"noi\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
        }
        assert!(!text.contains("entries_per_week") && !text.contains("seconds{source=\"sofia\"}"));
    }

    #[test]
    fn the_ticker_is_heard_only_by_who_asks_for_it() {
        let cases = [
            ("info", "tokio_cron_scheduler=warn,info"),
            ("debug,vestnik::fetch=trace", "tokio_cron_scheduler=warn,debug,vestnik::fetch=trace"),
            ("warn,tokio_cron_scheduler=trace", "warn,tokio_cron_scheduler=trace"),
        ];
        for (given, expected) in cases {
            assert_eq!(quieter(given), expected);
            assert!(EnvFilter::try_new(expected).is_ok());
        }
    }
}
