//! Our own network is down: one pause for all, and no penalty for anybody. Decides by what the questions came to; asks
//! nothing itself.
//!
//! One host that cannot be reached says nothing about us. Several in a row, without an answer from anybody in between,
//! do. During a pause nobody is asked but, each time that it has run out, one source; its answer ends it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{clock::later, model::Timestamp};

/// So many hosts whose failure is most likely ours (no name server, no network) make a pause.
const OURS: usize = 2;
/// So many hosts that were well until now and cannot be reached make one too.
const UNREACHED: usize = 5;
/// A source whose failure may be ours waits so long, and so many times before it is its own.
const DOUBT: Duration = Duration::from_secs(60);
const DOUBTS: u32 = 3;
/// The first pause and the longest.
const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// What came of asking a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// An answer, whichever.
    Answered,
    /// No name server or no network: most likely ours.
    Ours,
    /// A host that was well until now is not there: perhaps ours.
    Unreached,
    /// Neither.
    Nothing,
}

/// Who may be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// All that is due.
    All,
    /// One, to see whether the network is back.
    One,
    /// Nobody.
    Nobody,
}

/// What is known about our own network. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Outage(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// When anybody last answered.
    answered: Option<Timestamp>,
    /// Hosts since then, with how often.
    ours: Vec<(Box<str>, u32)>,
    unreached: Vec<Box<str>>,
    pause: Option<Pause>,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    since: Timestamp,
    until: Timestamp,
    length: Duration,
    /// Sources that may be asked all the same.
    probes: u32,
}

impl Outage {
    /// What asking this host from `begun` to `now` came to. Where that is our own fault, the moment until which the
    /// source waits; None where it is the source's.
    pub fn heard(&self, host: &str, sign: Sign, begun: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let mut state = self.lock();
        match sign {
            Sign::Answered => {
                state.answer(now);
                None
            }
            Sign::Nothing => None,
            // While this one failed, somebody else was reached.
            _ if state.pause.is_none() && state.answered.is_some_and(|at| at > begun) => None,
            Sign::Ours => state.ours(host, now),
            Sign::Unreached => state.unreached(host, now),
        }
    }

    /// Who may be asked now. One probe is let through each time that a pause runs out.
    pub fn admit(&self, now: Timestamp) -> Admission {
        let mut state = self.lock();
        let Some(pause) = &mut state.pause else { return Admission::All };
        // Set back beyond the beginning of the pause: it counts from now.
        if now < pause.since {
            (pause.since, pause.until) = (now, later(now, pause.length));
        }
        if now < pause.until {
            return Admission::Nobody;
        }
        pause.until = later(now, pause.length);
        pause.probes = 1;
        Admission::One
    }

    /// Whether a source whose turn has come may be asked; else until when it waits.
    pub fn paused_until(&self) -> Option<Timestamp> {
        let mut state = self.lock();
        let pause = state.pause.as_mut()?;
        if pause.probes > 0 {
            pause.probes -= 1;
            return None;
        }
        Some(pause.until)
    }

    /// Since when our network has been down; None where it is up.
    pub fn since(&self) -> Option<Timestamp> {
        self.lock().pause.map(|pause| pause.since)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whole after a panic too: it only counts.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answer(&mut self, now: Timestamp) {
        self.answered = Some(now);
        self.ours.clear();
        self.unreached.clear();
        if let Some(pause) = self.pause.take() {
            let seconds = (now - pause.since).num_seconds();
            tracing::info!(seconds, "our network is back after {seconds} s; collecting goes on");
        }
    }

    fn ours(&mut self, host: &str, now: Timestamp) -> Option<Timestamp> {
        let times = match self.ours.iter_mut().find(|(known, _)| **known == *host) {
            Some((_, times)) => {
                *times += 1;
                *times
            }
            None => {
                self.ours.push((host.into(), 1));
                1
            }
        };
        if self.pause.is_some() || self.ours.len() >= OURS {
            return Some(self.pause(now));
        }
        (times <= DOUBTS).then(|| later(now, DOUBT))
    }

    fn unreached(&mut self, host: &str, now: Timestamp) -> Option<Timestamp> {
        if !self.unreached.iter().any(|known| **known == *host) {
            self.unreached.push(host.into());
        }
        (self.pause.is_some() || self.unreached.len() >= UNREACHED).then(|| self.pause(now))
    }

    /// Begins a pause, or makes it longer where its probe failed too. Its end.
    fn pause(&mut self, now: Timestamp) -> Timestamp {
        match &mut self.pause {
            None => {
                tracing::error!(
                    "our own network seems to be down: no host can be reached; collecting pauses, and no source is blamed"
                );
                let until = later(now, FIRST);
                self.pause = Some(Pause { since: now, until, length: FIRST, probes: 0 });
                until
            }
            // The others that were asked at the same time fail within the first pause: it stays as it is.
            Some(pause) if now < later(pause.since, FIRST) => pause.until,
            Some(pause) => {
                pause.length = (pause.length * 2).min(LONGEST);
                pause.until = later(now, pause.length);
                pause.until
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_millis;

    fn at(second: i64) -> Timestamp {
        from_millis(1_790_000_000_000 + second * 1000)
    }

    /// Hosts that fail or answer in turn, a second each; which of them are told that it is our fault.
    fn told(events: &[(&str, Sign)]) -> (Outage, Vec<bool>) {
        let outage = Outage::default();
        let told = events.iter().enumerate().map(|(second, (host, sign))| {
            let now = at(second as i64);
            outage.heard(host, *sign, now, now).is_some()
        });
        let told = told.collect();
        (outage, told)
    }

    #[test]
    fn two_hosts_without_a_name_server_in_a_row_are_our_own_outage() {
        let (outage, all) =
            told(&[("a", Sign::Answered), ("b", Sign::Ours), ("c", Sign::Ours), ("d", Sign::Ours)]);
        assert_eq!(all, [false, true, true, true], "nobody is blamed");
        assert_eq!(outage.since(), Some(at(2)));
        assert_eq!(outage.admit(at(3)), Admission::Nobody);
    }

    #[test]
    fn one_host_whose_name_server_is_silent_is_doubted_thrice_and_then_blamed() {
        let (outage, all) = told(&[("a", Sign::Ours); 4]);
        assert_eq!(all, [true, true, true, false]);
        assert_eq!((outage.since(), outage.admit(at(9))), (None, Admission::All));
    }

    #[test]
    fn an_answer_while_a_host_fails_shows_that_it_is_not_us() {
        let outage = Outage::default();
        outage.heard("a", Sign::Answered, at(4), at(5));
        assert_eq!(outage.heard("b", Sign::Ours, at(3), at(6)), None);
        assert_eq!(outage.heard("c", Sign::Ours, at(3), at(6)), None);
        assert_eq!(outage.since(), None);
    }

    #[test]
    fn five_hosts_that_were_well_and_are_not_there_are_an_outage_and_four_are_not() {
        let gone = ["a", "b", "c", "d", "e"].map(|host| (host, Sign::Unreached));
        assert_eq!(told(&gone[..4]).0.since(), None);
        assert_eq!(told(&gone).0.since(), Some(at(4)));
        assert_eq!(told(&[("a", Sign::Unreached); 9]).0.since(), None, "one host, however often");
        let answered = [&gone[..3], &[("x", Sign::Answered)], &gone[3..]].concat();
        assert_eq!(told(&answered).0.since(), None);
    }

    #[test]
    fn a_pause_lets_one_through_each_time_it_runs_out_and_grows_to_five_minutes() {
        let (outage, _) = told(&[("a", Sign::Ours), ("b", Sign::Ours)]);
        let (mut second, mut waits) = (1, Vec::new());
        for _ in 0..6 {
            let begun = second;
            while outage.admit(at(second)) == Admission::Nobody {
                second += 1;
            }
            waits.push(second - begun);
            assert_eq!(outage.admit(at(second)), Admission::Nobody, "one, not two");
            assert_eq!(outage.paused_until(), None, "the probe asks");
            assert!(outage.paused_until().is_some(), "and nobody else");
            outage.heard("a", Sign::Ours, at(second), at(second));
        }
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        outage.heard("a", Sign::Answered, at(second), at(second));
        assert_eq!((outage.since(), outage.admit(at(second))), (None, Admission::All));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_make_a_pause_longer() {
        let (outage, _) = told(&[("a", Sign::Ours), ("b", Sign::Ours)]);
        let yesterday = at(-86_400);
        assert_eq!(outage.admit(yesterday), Admission::Nobody);
        assert_eq!(outage.admit(later(yesterday, FIRST)), Admission::One);
    }
}
