//! When each host may be asked, as whoever fetches says it; and the time that a fetch has, without that waiting.

use std::{convert::Infallible, future::Future, time::Duration};

use tokio::time::{Instant, timeout};

use crate::model::{FeedUrl, FetchError};

/// Says before each request of a fetch when it may go.
pub trait Turns: Send {
    /// Why a host may not be asked now.
    type Refusal: Send;

    /// Waits until this address may be asked. The request before, if there was one, has ended.
    ///
    /// # Errors
    /// Where it may not be asked now.
    fn take(&mut self, url: &FeedUrl) -> impl Future<Output = Result<(), Self::Refusal>> + Send;
}

/// Asks at once: for what a person looks at.
#[derive(Debug, Clone, Copy)]
pub struct Freely;

impl Turns for Freely {
    type Refusal = Infallible;

    async fn take(&mut self, _: &FeedUrl) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Why a fetch goes no further.
#[derive(Debug)]
pub(super) enum Halt<R> {
    Failed(FetchError),
    Refused(R),
}

impl<R> From<FetchError> for Halt<R> {
    fn from(error: FetchError) -> Self {
        Halt::Failed(error)
    }
}

/// What is left of the time that a fetch may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    total: Duration,
    left: Duration,
}

impl Budget {
    pub(super) fn new(total: Duration) -> Self {
        Budget { total, left: total }
    }

    /// What was spent.
    pub(super) fn spent(&self) -> Duration {
        self.total - self.left
    }

    /// Does one step of the fetch.
    ///
    /// # Errors
    /// `Timeout` where no time is left before it is done; its own.
    pub(super) async fn spend<T>(
        &mut self,
        step: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let begun = Instant::now();
        let done = timeout(self.left, step).await;
        self.left = self.left.saturating_sub(begun.elapsed());
        done.unwrap_or(Err(FetchError::Timeout { after: self.total }))
    }
}
