//! The only place that knows what time it is. Everything else is given a moment, or a [`Clock`] that tests move by
//! hand. Decides nothing.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio::sync::watch;

use crate::model::Timestamp;

/// The longest nap of the system clock. A wall clock that is set forward in the meantime is noticed after it.
const NAP: Duration = Duration::from_secs(30);

/// Tells the time and waits for it. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual(watch::Receiver<Timestamp>),
}

/// The hand that moves a manual [`Clock`].
#[derive(Debug)]
pub struct ManualClock(watch::Sender<Timestamp>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Clock(Source::System)
    }

    /// A clock that stands still at `start` until its hand moves it.
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let (sender, receiver) = watch::channel(start);
        (Clock(Source::Manual(receiver)), ManualClock(sender))
    }

    /// The moment.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system_now(),
            Source::Manual(now) => *now.borrow(),
        }
    }

    /// Waits. A manual clock wakes the sleeper once it was moved so far.
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Source::System => tokio::time::sleep(duration).await,
            Source::Manual(_) => self.sleep_until(later(self.now(), duration)).await,
        }
    }

    /// Waits for a moment; returns at once where it has passed.
    pub async fn sleep_until(&self, moment: Timestamp) {
        match &self.0 {
            Source::System => {
                while let Some(rest) = rest_until(moment) {
                    tokio::time::sleep(rest.min(NAP)).await;
                }
            }
            Source::Manual(now) => {
                // A dropped hand never moves again: the sleeper then waits for ever, as for a clock that stands.
                if now.clone().wait_for(|now| *now >= moment).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}

impl ManualClock {
    /// Moves the clock on and wakes who waited for it.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = later(*now, by));
    }

    /// Sets the clock, back too.
    pub fn set(&self, now: Timestamp) {
        self.0.send_replace(now);
    }

    /// How many wait on the clock or hold a clone of it: a test knows by it that a task has gone to sleep.
    pub fn holders(&self) -> usize {
        self.0.receiver_count()
    }
}

/// The moment a duration after another, at most what a calendar can show.
pub fn later(moment: Timestamp, by: Duration) -> Timestamp {
    TimeDelta::from_std(by).ok().and_then(|by| moment.checked_add_signed(by)).unwrap_or(Timestamp::MAX_UTC)
}

fn rest_until(moment: Timestamp) -> Option<Duration> {
    (moment - system_now()).to_std().ok().filter(|rest| !rest.is_zero())
}

#[expect(clippy::disallowed_methods, reason = "this is the Clock")]
fn system_now() -> Timestamp {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_millis;

    #[tokio::test]
    async fn a_manual_clock_stands_until_it_is_moved() {
        let (clock, hand) = Clock::manual(from_millis(0));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep(Duration::from_secs(60)).await;
                clock.now()
            }
        });
        while hand.holders() < 3 {
            tokio::task::yield_now().await;
        }
        hand.advance(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        hand.advance(Duration::from_secs(2));
        assert_eq!(sleeper.await.unwrap(), from_millis(61_000));
    }

    #[tokio::test]
    async fn a_moment_that_has_passed_is_not_waited_for() {
        let (clock, _hand) = Clock::manual(from_millis(5_000));
        clock.sleep_until(from_millis(5_000)).await;
        clock.sleep_until(from_millis(1)).await;
        Clock::system().sleep_until(from_millis(1)).await;
    }

    #[test]
    fn the_end_of_the_calendar_is_not_passed() {
        assert_eq!(later(from_millis(0), Duration::MAX), Timestamp::MAX_UTC);
    }
}
