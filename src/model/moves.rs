//! Where a source moved to. A permanent redirect is believed after a probation, as sites put one up by mistake, for a
//! campaign, or lose their name to somebody else. Pure. RFC 9110 §15.4.2 and §15.4.9.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{FeedUrl, Timestamp};

/// So long a permanent redirect must have held.
const PROBATION: TimeDelta = TimeDelta::days(7);

/// What is known of a source's moves. The declared address stays as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moves {
    /// Where it is asked in place of the declared address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<FeedUrl>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Staff agreed to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// Where permanent redirects have been leading, all the time since `candidate_since`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<FeedUrl>,
    /// The beginning of the probation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_since: Option<Timestamp>,
    /// Where staff do not want to be led.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<FeedUrl>,
}

impl Moves {
    /// What is known after a document, or the news that it is unchanged, came from `asked`: by redirects that were all
    /// permanent from `moved_to`, or without such. Only for what could be read.
    #[must_use]
    pub fn saw(
        &self,
        declared: &FeedUrl,
        asked: &FeedUrl,
        moved_to: Option<&FeedUrl>,
        now: Timestamp,
    ) -> Moves {
        let target = moved_to.filter(|target| Some(*target) != self.refused.as_ref());
        let Some(target) = target else {
            // What holds must hold all the time.
            return Moves { candidate: None, candidate_since: None, ..self.clone() };
        };
        let since = self.candidate_since.filter(|_| self.candidate.as_ref() == Some(target));
        let held = since.is_some_and(|since| now - since >= PROBATION);
        if held || is_the_secure_twin(asked, target) {
            return self.adopt(declared, target, now);
        }
        Moves { candidate: Some(target.clone()), candidate_since: since.or(Some(now)), ..self.clone() }
    }

    /// What is known after the address that was asked died: a move under probation is believed at once. None where there
    /// is none.
    pub fn died(&self, declared: &FeedUrl, now: Timestamp) -> Option<Moves> {
        self.candidate.as_ref().map(|candidate| self.adopt(declared, candidate, now))
    }

    /// When the probation ends.
    pub fn decided_at(&self) -> Option<Timestamp> {
        self.candidate_since.map(|since| since + PROBATION)
    }

    /// Whether it is asked elsewhere than declared, and staff have not agreed.
    pub fn is_news(&self) -> bool {
        self.address.is_some() && !self.accepted
    }

    /// Staff agree: to the address it moved to, or to the one it is about to move to.
    #[must_use]
    pub fn accept(&self, declared: &FeedUrl, now: Timestamp) -> Moves {
        Moves { accepted: true, ..self.died(declared, now).unwrap_or_else(|| self.clone()) }
    }

    /// Staff keep the declared address, and are not led to this one again.
    #[must_use]
    pub fn keep_declared(&self) -> Moves {
        let refused = self.candidate.clone().or_else(|| self.address.clone());
        Moves { refused: refused.or_else(|| self.refused.clone()), ..Moves::default() }
    }

    fn adopt(&self, declared: &FeedUrl, target: &FeedUrl, now: Timestamp) -> Moves {
        // Back home is no move.
        let away = target != declared;
        Moves {
            address: away.then(|| target.clone()),
            since: away.then_some(now),
            refused: self.refused.clone(),
            ..Moves::default()
        }
    }
}

/// From http to https of the same host.
fn is_the_secure_twin(from: &FeedUrl, to: &FeedUrl) -> bool {
    let (from, to) = (from.url(), to.url());
    from.scheme() == "http" && to.scheme() == "https" && from.host() == to.host()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_millis;

    const OLD: &str = "http://old.example/feed";
    const NEW: &str = "https://new.example/feed";

    fn url(text: &str) -> FeedUrl {
        text.parse().unwrap()
    }

    fn day(number: i64) -> Timestamp {
        from_millis(1_790_000_000_000) + TimeDelta::days(number)
    }

    /// What is known after redirects to these, one a day; `-` is none.
    fn after(days: &[&str]) -> Moves {
        days.iter().enumerate().fold(Moves::default(), |moves, (number, target)| {
            let target = (*target != "-").then(|| url(target));
            let asked = moves.address.clone().unwrap_or_else(|| url(OLD));
            moves.saw(&url(OLD), &asked, target.as_ref(), day(number as i64))
        })
    }

    #[test]
    fn a_move_is_believed_once_it_has_held_for_seven_days() {
        let almost = after(&[NEW; 7]);
        assert_eq!((almost.address.as_ref(), almost.decided_at()), (None, Some(day(7))));
        let moved = after(&[NEW; 8]);
        assert_eq!((moved.address.clone(), moved.since), (Some(url(NEW)), Some(day(7))));
        assert!(moved.is_news() && moved.candidate.is_none());
    }

    #[test]
    fn a_probation_that_is_interrupted_begins_anew() {
        let direct = after(&[NEW, NEW, NEW, NEW, "-", NEW, NEW, NEW, NEW]);
        assert_eq!((direct.address.as_ref(), direct.candidate_since), (None, Some(day(5))));
        let elsewhere = after(&[NEW, NEW, NEW, NEW, "https://third.example/", NEW, NEW, NEW, NEW]);
        assert_eq!((elsewhere.address.as_ref(), elsewhere.candidate_since), (None, Some(day(5))));
    }

    #[test]
    fn https_of_the_same_host_is_believed_at_once_and_another_host_or_a_step_down_is_not() {
        assert_eq!(after(&["https://old.example/feed/"]).address, Some(url("https://old.example/feed/")));
        assert_eq!(after(&["https://www.old.example/feed"]).address, None);
        assert_eq!(after(&["http://old.example/other"]).address, None);
    }

    #[test]
    fn a_move_under_probation_is_believed_when_the_old_address_dies() {
        assert_eq!(after(&[NEW]).died(&url(OLD), day(1)).unwrap().address, Some(url(NEW)));
        assert_eq!(after(&["-"]).died(&url(OLD), day(1)), None);
    }

    #[test]
    fn a_move_back_to_the_declared_address_is_none() {
        let moved = after(&[NEW; 8]);
        let back = (8..16)
            .fold(moved, |moves, number| moves.saw(&url(OLD), &url(NEW), Some(&url(OLD)), day(number)));
        assert_eq!(back, Moves::default());
    }

    #[test]
    fn staff_agree_at_once_or_keep_the_declared_address_for_good() {
        let accepted = after(&[NEW]).accept(&url(OLD), day(1));
        assert_eq!((accepted.address.clone(), accepted.is_news()), (Some(url(NEW)), false));
        assert!(!after(&[NEW; 8]).accept(&url(OLD), day(9)).is_news());
        let kept = after(&[NEW; 8]).keep_declared();
        assert_eq!((kept.address.as_ref(), kept.refused.clone()), (None, Some(url(NEW))));
        let led =
            (0..20).fold(kept, |moves, number| moves.saw(&url(OLD), &url(OLD), Some(&url(NEW)), day(number)));
        assert_eq!((led.address.as_ref(), led.candidate.as_ref()), (None, None));
    }
}
