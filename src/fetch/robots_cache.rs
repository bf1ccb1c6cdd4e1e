//! Keeps what hosts' robots.txt say, for a day. Holds no more hosts than fit; fetches nothing itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use url::Url;

use super::robots::Robots;
use crate::{clock::later, model::Timestamp};

/// RFC 9309 §2.4: at most a day.
const KEEP: Duration = Duration::from_secs(24 * 3600);
/// A server in trouble is asked again sooner.
const KEEP_DENIAL: Duration = Duration::from_secs(3600);
/// Hosts.
const MAX: usize = 2_000;

/// Scheme, host and port: what one robots.txt is about (RFC 9309 §2.3).
type Origin = String;

#[derive(Debug, Default)]
pub(super) struct RobotsCache(Mutex<HashMap<Origin, (Timestamp, Arc<Robots>)>>);

impl RobotsCache {
    /// What is known and not too old.
    pub(super) fn get(&self, url: &Url, now: Timestamp) -> Option<Arc<Robots>> {
        let known = self.lock();
        let (until, robots) = known.get(&origin(url))?;
        (*until > now).then(|| Arc::clone(robots))
    }

    /// Remembers an answer. When full, what is too old goes, and if nothing is, everything: a day's work is small.
    pub(super) fn put(&self, url: &Url, robots: &Arc<Robots>, now: Timestamp) {
        let keep = if **robots == Robots::DenyAll { KEEP_DENIAL } else { KEEP };
        let mut known = self.lock();
        if known.len() >= MAX {
            known.retain(|_, (until, _)| *until > now);
        }
        if known.len() >= MAX {
            known.clear();
        }
        known.insert(origin(url), (later(now, keep), Arc::clone(robots)));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, (Timestamp, Arc<Robots>)>> {
        // Whole after a panic too: every change is one call of the map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn origin(url: &Url) -> Origin {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_millis;

    #[test]
    fn an_answer_is_kept_for_a_day_and_a_denial_for_an_hour() {
        let cache = RobotsCache::default();
        let page = Url::parse("https://a.example/x").unwrap();
        let other = Url::parse("https://a.example:8443/x").unwrap();
        for (robots, keep) in [(Robots::AllowAll, KEEP), (Robots::DenyAll, KEEP_DENIAL)] {
            let (start, robots) = (from_millis(0), Arc::new(robots));
            cache.put(&page, &robots, start);
            assert_eq!(cache.get(&page, later(start, keep - Duration::from_secs(1))), Some(robots));
            assert_eq!(cache.get(&page, later(start, keep)), None);
            assert_eq!(cache.get(&other, start), None);
        }
    }

    #[test]
    fn the_cache_does_not_grow_for_ever() {
        let cache = RobotsCache::default();
        for n in 0..MAX * 2 {
            let url = Url::parse(&format!("https://h{n}.example/")).unwrap();
            cache.put(&url, &Arc::new(Robots::AllowAll), from_millis(0));
        }
        assert!(cache.lock().len() <= MAX);
    }
}
