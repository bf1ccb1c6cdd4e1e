//! What this process used: CPU by stage and memory. Linux tells more than others; what is not told is zero.

use std::{fs, time::Duration};

use cpu_time::ProcessTime;

use super::Stages;
use crate::telemetry::Stage;

/// What was used up to now.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    wall: std::time::Instant,
    cpu: ProcessTime,
    stages: Stages,
}

impl Usage {
    /// Begins to count, peak memory included.
    pub fn begin() -> Self {
        // Resets the peak (proc(5), clear_refs). Where it cannot be, the peak is that of the whole process.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Usage { wall: std::time::Instant::now(), cpu: ProcessTime::now(), stages: counted() }
    }

    /// Wall seconds, CPU seconds, and CPU seconds by stage since then.
    pub fn since(&self) -> (f64, f64, Stages) {
        let (wall, cpu) = (self.wall.elapsed().as_secs_f64(), self.cpu.elapsed().as_secs_f64());
        let now = counted();
        let mut stages = Stages {
            parse: now.parse - self.stages.parse,
            normalise: now.normalise - self.stages.normalise,
            store: now.store - self.stages.store,
            publish: now.publish - self.stages.publish,
            fetch: 0.0,
        };
        stages.fetch = cpu - stages.parse - stages.normalise - stages.store - stages.publish;
        (wall, cpu, stages)
    }
}

/// Peak resident memory since `Usage::begin`, in MiB.
pub(super) fn peak_mib() -> f64 {
    status("VmHWM:") / 1024.0
}

/// Resident memory now, in MiB.
pub(super) fn resident_mib() -> f64 {
    status("VmRSS:") / 1024.0
}

fn status(field: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok()).unwrap_or(0.0)
}

fn counted() -> Stages {
    let seconds = |stage: Stage| stage.spent().as_secs_f64();
    Stages {
        fetch: 0.0,
        parse: seconds(Stage::Parse),
        normalise: seconds(Stage::Normalise),
        publish: seconds(Stage::Publish),
        store: threads_named("sqlx-sqlite").as_secs_f64(),
    }
}

/// CPU time of the living threads whose name begins so.
fn threads_named(name: &str) -> Duration {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let spent = tasks.flatten().filter_map(|task| {
        let path = task.path();
        let comm = fs::read_to_string(path.join("comm")).ok()?;
        let schedstat = fs::read_to_string(path.join("schedstat")).ok()?;
        // The kernel cuts names at 15 bytes.
        comm.starts_with(name).then(|| schedstat.split_whitespace().next()?.parse::<u64>().ok())?
    });
    Duration::from_nanos(spent.sum())
}
