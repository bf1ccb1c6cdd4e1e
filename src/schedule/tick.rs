//! The daemon's pulse: one job, every second, in UTC. The one user of tokio-cron-scheduler. Decides nothing: what is
//! due is in the database.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Mutex;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Every second of every minute.
const EVERY_SECOND: &str = "* * * * * *";

/// The scheduler could not be started or stopped.
#[derive(Debug, thiserror::Error)]
#[error("the ticker: {0}")]
pub struct TickError(#[from] JobSchedulerError);

/// A running pulse. Stops when it is dropped; [`Ticker::stop`] also waits for a run under way.
pub struct Ticker {
    scheduler: JobScheduler,
    pulse: Arc<Pulse>,
}

#[derive(Default)]
struct Pulse {
    running: Arc<Mutex<()>>,
    stopped: AtomicBool,
}

/// Calls back every second. Runs never overlap: a tick that finds the former one running is skipped. A run that panics
/// ends alone.
///
/// # Errors
/// Where the scheduler refuses the job.
pub async fn ticker<F, Fut>(callback: F) -> Result<Ticker, TickError>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let pulse = Arc::new(Pulse::default());
    let callback = Arc::new(callback);
    let beat = Arc::clone(&pulse);
    let job = Job::new_async_tz(EVERY_SECOND, chrono::Utc, move |_, _| {
        let (pulse, callback) = (Arc::clone(&beat), Arc::clone(&callback));
        Box::pin(async move { pulse.beat(&*callback).await })
    })?;
    let scheduler = JobScheduler::new().await?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    Ok(Ticker { scheduler, pulse })
}

impl Pulse {
    async fn beat<F, Fut>(&self, callback: &F)
    where
        F: Fn() -> Fut,
        Fut: Future<Output = ()>,
    {
        let Ok(_running) = self.running.try_lock() else { return };
        // Asked under the lock: after `stop` has had the lock once, no run begins.
        if !self.stopped.load(Ordering::Acquire) {
            callback().await;
        }
    }
}

impl Ticker {
    /// Stops ticking and waits until the run under way, if any, has ended.
    ///
    /// # Errors
    /// Where the scheduler reports a fault; no run begins afterwards all the same.
    pub async fn stop(mut self) -> Result<(), TickError> {
        self.pulse.stopped.store(true, Ordering::Release);
        let stopped = self.scheduler.shutdown().await;
        drop(self.pulse.running.lock().await);
        Ok(stopped?)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.pulse.stopped.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use tokio::sync::Notify;

    #[tokio::test]
    async fn a_tick_that_finds_the_former_running_is_skipped() {
        let (pulse, runs, go_on) = (Pulse::default(), AtomicUsize::new(0), Notify::new());
        let run = || async {
            runs.fetch_add(1, Ordering::SeqCst);
            go_on.notified().await;
        };
        let first = pulse.beat(&run);
        tokio::pin!(first);
        assert!(futures_util::poll!(first.as_mut()).is_pending());
        pulse.beat(&run).await;
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        go_on.notify_one();
        first.await;
        go_on.notify_one();
        pulse.beat(&run).await;
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn the_ticker_ticks_and_stops_after_the_run_under_way() {
        let (began, ended) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (tell, mark) = (Arc::clone(&began), Arc::clone(&ended));
        let ticker = ticker(move || {
            let (tell, mark) = (Arc::clone(&tell), Arc::clone(&mark));
            async move {
                mark.store(false, Ordering::SeqCst);
                tell.notify_one();
                tokio::task::yield_now().await;
                mark.store(true, Ordering::SeqCst);
            }
        })
        .await
        .unwrap();
        began.notified().await;
        ticker.stop().await.unwrap();
        assert!(ended.load(Ordering::SeqCst));
    }
}
