//! `vestnik bench`: measures collecting, publishing and serving on this machine, against synthetic partners in a process
//! of their own. Never touches the configured database.

mod cycle;
mod farm;
mod measure;
mod scheduler;
mod searching;
mod serving;
mod storage;
mod stories;

pub use cycle::{CyclePlan, run_cycles};
pub use farm::serve_farm;
pub use measure::Usage;
pub use scheduler::run_scheduler;
pub use searching::SearchResult;
pub use serving::{run_archive, run_serving, serve_load};
pub use storage::run_storage;
pub use stories::run_stories;

use serde::Serialize;

/// One measured stretch of work.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// What was done.
    pub name: String,
    /// How long it took, in seconds.
    pub wall_seconds: f64,
    /// CPU time of this process, in seconds.
    pub cpu_seconds: f64,
    /// Sources collected in a second.
    pub feeds_per_second: f64,
    /// Entries written in a second.
    pub entries_per_second: f64,
    /// New and changed entries.
    pub entries: usize,
    /// Sources that could not be collected.
    pub failed: usize,
    /// Peak resident memory during it, in MiB.
    pub peak_mib: f64,
    /// CPU seconds by stage: fetch (with everything that is in no other), parse, normalise, store, publish.
    pub stages: Stages,
    /// Milliseconds a source, waiting for its turn included: median, 95th and 99th percentile, longest.
    pub percentiles: [u64; 4],
}

/// CPU seconds by stage.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Stages {
    /// What is in none of the others: fetching, scheduling, the runtime.
    pub fetch: f64,
    /// Bytes to a feed.
    pub parse: f64,
    /// Identity, links, sanitising, changes.
    pub normalise: f64,
    /// The threads of the database.
    pub store: f64,
    /// Rendering and compressing.
    pub publish: f64,
}
