//! Threads for the pure stages, one a core, for as long as the process lives. Not tokio's blocking pool: that starts and
//! ends threads as it likes, and each leaves memory behind that its allocator has set aside for it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// The threads. They end when this is dropped.
pub(super) struct Cores {
    jobs: mpsc::Sender<Job>,
}

impl Cores {
    /// Starts a thread a core.
    ///
    /// # Errors
    /// Where the system gives none.
    pub(super) fn start() -> std::io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(2, usize::from);
        let (jobs, waiting) = mpsc::channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..count {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new().name(format!("stages-{number}")).spawn(move || {
                loop {
                    // Held only while taking a job, not while doing it.
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(job) = next else { return };
                    job();
                }
            })?;
        }
        Ok(Cores { jobs })
    }

    /// Does the work on one of the threads. A panic in it goes on in the caller, and harms no thread.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, result) = oneshot::channel();
        let job = move || {
            // The receiver is gone where the collection was given up.
            let _ = done.send(catch_unwind(AssertUnwindSafe(work)));
        };
        // The threads live as long as `self`, so a job is always taken and answered.
        let _ = self.jobs.send(Box::new(job));
        match result.await {
            Ok(Ok(value)) => value,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_elsewhere_and_its_value_comes_back() {
        let cores = Cores::start().unwrap();
        let here = std::thread::current().id();
        assert_ne!(cores.run(move || std::thread::current().id()).await, here);
    }

    #[tokio::test]
    async fn a_panic_goes_to_the_caller_and_the_threads_go_on() {
        let cores = Arc::new(Cores::start().unwrap());
        for _ in 0..20 {
            let panicking = Arc::clone(&cores);
            let caller = tokio::spawn(async move { panicking.run(|| panic!("a stage broke")).await });
            assert!(caller.await.unwrap_err().is_panic());
        }
        assert_eq!(cores.run(|| 7).await, 7);
    }
}
