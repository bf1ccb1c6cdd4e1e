//! To how many hosts connections are kept after an answer. Looks at no connection and reads no clock.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// An idle connection costs 30 KiB, with TLS twice that. An ordinary day never has so many; after a restart thousands of hosts
/// are asked within seconds.
const MOST: usize = 1_000;

/// The hosts that were asked lately over connections that are kept.
#[derive(Debug)]
pub(super) struct Idle {
    /// Connections end so long after their last answer.
    kept_for: Duration,
    asked: HashMap<Box<str>, Instant>,
}

impl Idle {
    pub(super) fn new(kept_for: Duration) -> Self {
        Idle { kept_for, asked: HashMap::new() }
    }

    /// Whether the connection over which this host is asked now may be kept.
    pub(super) fn may_keep(&mut self, host: &str, now: Instant) -> bool {
        if let Some(asked) = self.asked.get_mut(host) {
            *asked = now;
            return true;
        }
        if self.asked.len() >= MOST {
            let kept_for = self.kept_for;
            self.asked.retain(|_, asked| now.saturating_duration_since(*asked) < kept_for);
        }
        let has_room = self.asked.len() < MOST;
        if has_room {
            self.asked.insert(host.into(), now);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_to_so_many_hosts_are_kept_and_for_so_long() {
        let (start, kept_for) = (Instant::now(), Duration::from_secs(10));
        let mut idle = Idle::new(kept_for);
        for number in 0..MOST {
            assert!(idle.may_keep(&format!("{number}.example"), start), "{number}");
        }
        let later = start + Duration::from_secs(5);
        assert!(!idle.may_keep("new.example", later), "there is no room");
        assert!(idle.may_keep("7.example", later), "it has its connection");
        let at_last = start + kept_for;
        assert!(idle.may_keep("new.example", at_last), "others have ended");
        for number in 2..MOST {
            assert!(idle.may_keep(&format!("later-{number}.example"), at_last), "{number}");
        }
        assert!(!idle.may_keep("one-more.example", at_last), "7.example is kept for five seconds more");
    }
}
