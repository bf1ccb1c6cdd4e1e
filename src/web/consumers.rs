//! Who reads the feeds: requests by channel and program, and the subscribers that programs declare. Keeps no addresses and
//! nothing else about a person; keeps so many programs apart and no more, whatever clients call themselves.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::HeaderValue;

/// Programs that are kept apart between two looks; further ones are `others`.
const PROGRAMS: usize = 100;
/// User agents whose program is remembered, so that most are read once.
const REMEMBERED: usize = 2_000;
/// Longer user agents are not remembered.
const LONGEST: usize = 300;
/// Letters of a program's name.
const NAME: usize = 40;
/// Nobody has more subscribers to one feed; who says so makes it up.
const MOST_SUBSCRIBERS: u64 = 100_000_000;

/// What was counted of one program's requests for one channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consumption {
    /// Requests that were answered.
    pub requests: u64,
    /// Those that were answered with 304.
    pub unchanged: u64,
    /// Bytes of the bodies.
    pub bytes: u64,
    /// The most subscribers that the program declared.
    pub subscribers: u64,
}

impl Consumption {
    /// Both together.
    pub fn and(self, other: Consumption) -> Self {
        Consumption {
            requests: self.requests + other.requests,
            unchanged: self.unchanged + other.unchanged,
            bytes: self.bytes + other.bytes,
            subscribers: self.subscribers.max(other.subscribers),
        }
    }
}

/// What one program consumed of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumed {
    /// The channel.
    pub channel: String,
    /// The program: `Feedly`, `browser`, `others`.
    pub program: String,
    /// How much.
    pub consumption: Consumption,
}

/// Counts. Costs a lock and two looks into tables a request.
#[derive(Debug, Default)]
pub struct Consumers(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    of: HashMap<Box<str>, HashMap<Arc<str>, Consumption>>,
    programs: HashMap<Box<[u8]>, (Arc<str>, u64)>,
    apart: usize,
}

impl Consumers {
    /// Counts a request for a channel that there is.
    pub fn count(&self, channel: &str, agent: Option<&HeaderValue>, unchanged: bool, bytes: u64) {
        let mut counted = self.lock();
        let (program, subscribers) = counted.program(agent.map_or(&[], |agent| agent.as_bytes()));
        let one = Consumption { requests: 1, unchanged: u64::from(unchanged), bytes, subscribers };
        if let Some(known) = counted.of.get_mut(channel).and_then(|of| of.get_mut(&program)) {
            *known = known.and(one);
            return;
        }
        let program = if counted.apart < PROGRAMS { program } else { "others".into() };
        counted.apart += 1;
        let of_channel = counted.of.entry(channel.into()).or_default();
        let known = of_channel.entry(program).or_default();
        *known = known.and(one);
    }

    /// What was counted since the last time.
    pub fn take(&self) -> Vec<Consumed> {
        let mut counted = self.lock();
        counted.apart = 0;
        let of = std::mem::take(&mut counted.of);
        let flat = of.into_iter().flat_map(|(channel, programs)| {
            programs.into_iter().map(move |(program, consumption)| Consumed {
                channel: channel.to_string(),
                program: program.to_string(),
                consumption,
            })
        });
        flat.collect()
    }

    /// Takes back what could not be kept elsewhere.
    pub fn give_back(&self, consumed: Vec<Consumed>) {
        let mut counted = self.lock();
        for Consumed { channel, program, consumption } in consumed {
            let known = counted.of.entry(channel.into()).or_default().entry(program.into()).or_default();
            *known = known.and(consumption);
        }
    }

    /// Numbers are good also where a thread died holding the lock.
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn program(&mut self, agent: &[u8]) -> (Arc<str>, u64) {
        if let Some(known) = self.programs.get(agent) {
            return known.clone();
        }
        let text = String::from_utf8_lossy(agent.get(..LONGEST).unwrap_or(agent));
        let read: (Arc<str>, u64) = (program(&text).into(), subscribers(&text));
        if agent.len() <= LONGEST {
            if self.programs.len() >= REMEMBERED {
                self.programs.clear();
            }
            self.programs.insert(agent.into(), read.clone());
        }
        read
    }
}

/// The program's name: `Feedly` of `Feedly/1.0 (…)`, `Miniflux` of `Mozilla/5.0 (compatible; Miniflux/2.0; …)`, `browser` of
/// what pretends to be one.
fn program(agent: &str) -> String {
    let agent = agent.trim();
    let named = match agent.strip_prefix("Mozilla/") {
        None => agent,
        Some(rest) => match rest.split_once("compatible;") {
            Some((_, named)) => named.trim(),
            None => return if agent.is_empty() { "unknown".to_owned() } else { "browser".to_owned() },
        },
    };
    let mut name = String::new();
    for word in named.split_whitespace() {
        let plain = word.split(['/', ';', '(', ')', ',']).next().unwrap_or_default();
        let is_name = plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            && plain.chars().any(|c| c.is_ascii_alphabetic());
        if !is_name || name.len() + plain.len() >= NAME {
            break;
        }
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(plain);
        if plain.len() != word.len() {
            break;
        }
    }
    if name.is_empty() { "unknown".to_owned() } else { name }
}

/// `16 subscribers`, `1 subscriber`, `3 readers`: the number before the word; 0 where there is none.
fn subscribers(agent: &str) -> u64 {
    let lower = agent.to_ascii_lowercase();
    let before = |word: &str| {
        let (before, _) = lower.split_once(word)?;
        let digits = before.trim_end().rsplit(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u64>().ok()
    };
    before("subscriber")
        .or_else(|| before(" readers"))
        .filter(|number| *number <= MOST_SUBSCRIBERS)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_their_subscribers_are_read_off_user_agents() {
        for (agent, name, declared) in [
            (
                "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)",
                "Feedly",
                16,
            ),
            (
                "NewsBlur Feed Fetcher - 12 subscribers - http://www.newsblur.com/site/1/x",
                "NewsBlur Feed Fetcher",
                12,
            ),
            ("Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 7 subscribers; )", "Inoreader", 7),
            ("Feedbin feed-id:1373711 - 5 subscribers", "Feedbin", 5),
            (
                "Mozilla/5.0 (compatible; theoldreader.com; 1 subscribers; feed-id=5a1b)",
                "theoldreader.com",
                1,
            ),
            ("BazQux/2.4 (+https://bazqux.com/fetcher; 1 subscribers)", "BazQux", 1),
            ("Mozilla/5.0 (compatible; Miniflux/2.0.47; +https://miniflux.app)", "Miniflux", 0),
            ("FreshRSS/1.20.0 (Linux; https://freshrss.org)", "FreshRSS", 0),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
                "browser",
                0,
            ),
            ("Reader/1 (99999999999999999999 subscribers)", "Reader", 0),
            ("subscribers", "subscribers", 0),
            ("", "unknown", 0),
            ("ivan@example.org", "unknown", 0),
            ("читалка", "unknown", 0),
        ] {
            assert_eq!((program(agent).as_str(), subscribers(agent)), (name, declared), "{agent}");
        }
    }

    #[test]
    fn clients_cannot_make_up_any_number_of_programs() {
        let consumers = Consumers::default();
        for number in 0..5_000 {
            let agent = HeaderValue::try_from(format!("reader{number}/1")).unwrap();
            consumers.count("all", Some(&agent), number % 2 == 0, 10);
        }
        let taken = consumers.take();
        assert!(taken.len() <= PROGRAMS + 1, "{}", taken.len());
        let sum = taken.iter().fold(Consumption::default(), |sum, one| sum.and(one.consumption));
        assert_eq!((sum.requests, sum.unchanged, sum.bytes), (5_000, 2_500, 50_000));
        assert!(taken.iter().any(|one| one.program == "others"));
        assert_eq!(consumers.take(), []);
        consumers.give_back(taken);
        assert!(!consumers.take().is_empty());
    }
}
