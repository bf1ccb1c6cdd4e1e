//! Puts entries into stories, one after the other.

use std::collections::{HashMap, HashSet};

use super::{
    judge::{Why, judge},
    profile::{Key, Profile},
};
use crate::model::{EntryId, SourceId, StoryId};

/// Under one key so many entries are kept; what is met there by more tells nothing.
const CROWD: usize = 64;
/// And of one source so many: what a source repeats tells nothing.
const REPEATS: usize = 3;
/// So many are looked at closely for one entry.
const CLOSE_LOOKS: usize = 12;

/// What an entry is met with under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Met {
    /// The entry.
    pub entry: EntryId,
    /// Its source.
    pub source: SourceId,
    /// Its date, in seconds since 1970.
    pub at: i64,
}

/// An entry that joins another one's story, which is begun where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// The entry.
    pub entry: EntryId,
    /// The one that it is like.
    pub with: EntryId,
    /// Why.
    pub why: Why,
}

/// A key under which an entry is to be found from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The key.
    pub hash: i64,
    /// Who is found there.
    pub met: Met,
}

/// What the database knows about the entries that the new ones meet, and what becomes of them. Entries are placed one
/// after the other, so that it makes no difference how they are cut into batches.
#[derive(Debug, Default)]
pub struct Grouping {
    index: HashMap<i64, Vec<Met>>,
    profiles: HashMap<EntryId, Profile>,
    story_of: HashMap<EntryId, StoryId>,
    members: HashMap<StoryId, Vec<(EntryId, SourceId)>>,
    apart: HashSet<(EntryId, EntryId)>,
    /// Stories that are begun here have numbers below zero until the database gives them theirs.
    begun: i64,
}

impl Grouping {
    /// Entries that are stored under a key.
    pub fn know_keys(&mut self, keys: impl IntoIterator<Item = (i64, Met)>) {
        for (hash, met) in keys {
            let there = self.index.entry(hash).or_default();
            if !there.contains(&met) {
                there.push(met);
            }
        }
    }

    /// What entries look like that may be met.
    pub fn know_profiles(&mut self, profiles: impl IntoIterator<Item = Profile>) {
        self.profiles.extend(profiles.into_iter().map(|profile| (profile.entry, profile)));
    }

    /// Who is in a story.
    pub fn know_story(&mut self, story: StoryId, members: impl IntoIterator<Item = (EntryId, SourceId)>) {
        for (entry, source) in members {
            self.story_of.insert(entry, story);
            self.members.entry(story).or_default().push((entry, source));
        }
    }

    /// What staff took apart.
    pub fn know_apart(&mut self, pairs: impl IntoIterator<Item = (EntryId, EntryId)>) {
        self.apart.extend(pairs.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]));
    }

    /// Those that an entry meets, most promising first: whose looks have to be known before it is placed.
    pub fn met_by(&self, profile: &Profile) -> Vec<EntryId> {
        let at = profile.at.timestamp();
        let mut met: HashMap<EntryId, (usize, i64)> = HashMap::new();
        for Key { hash, reach } in profile.keys() {
            for other in self.index.get(&hash).into_iter().flatten() {
                let distance = (other.at - at).abs();
                if other.source != profile.source && distance <= reach {
                    met.entry(other.entry).or_insert((0, distance)).0 += 1;
                }
            }
        }
        let mut met: Vec<_> = met.into_iter().collect();
        met.sort_by_key(|(entry, (shared, distance))| (std::cmp::Reverse(*shared), *distance, *entry));
        met.into_iter().take(CLOSE_LOOKS).map(|(entry, _)| entry).collect()
    }

    /// Puts an entry where it belongs. Says what it joins, if anything, and under which keys it is found from now on.
    pub fn place(&mut self, profile: Profile) -> (Option<Joined>, Vec<Kept>) {
        let joined = if self.story_of.contains_key(&profile.entry) { None } else { self.find(&profile) };
        if let Some(joined) = &joined {
            self.join(joined, profile.source);
        }
        let met = Met { entry: profile.entry, source: profile.source, at: profile.at.timestamp() };
        let mut kept = Vec::new();
        for Key { hash, .. } in profile.keys() {
            let there = self.index.entry(hash).or_default();
            let own = there.iter().filter(|other| other.source == met.source).count();
            if own < REPEATS && there.len() < CROWD && !there.contains(&met) {
                there.push(met);
                kept.push(Kept { hash, met });
            }
        }
        self.profiles.insert(profile.entry, profile);
        (joined, kept)
    }

    /// The story that an entry is in, with all of its entries.
    pub fn story(&self, entry: EntryId) -> Option<(StoryId, &[(EntryId, SourceId)])> {
        let story = *self.story_of.get(&entry)?;
        Some((story, self.members.get(&story)?))
    }

    /// Without what its own source, or another one, repeats: a headline of every week, the address of a form.
    fn without_repeats(&self, profile: &Profile) -> Profile {
        let mut profile = profile.clone();
        let (link, title) = (profile.link_key(), profile.title_key());
        if title.is_some_and(|key| self.is_repeated(&profile, key)) {
            profile.is_telling = false;
        }
        if link.is_some_and(|key| self.is_repeated(&profile, key)) {
            profile.link = None;
        }
        profile
    }

    fn is_repeated(&self, profile: &Profile, key: Key) -> bool {
        let at = profile.at.timestamp();
        let near =
            self.index.get(&key.hash).into_iter().flatten().filter(|met| (met.at - at).abs() <= key.reach);
        let mut of_source: HashMap<SourceId, EntryId> = HashMap::from([(profile.source, profile.entry)]);
        near.into_iter().any(|met| *of_source.entry(met.source).or_insert(met.entry) != met.entry)
    }

    fn find(&self, profile: &Profile) -> Option<Joined> {
        let profile = &self.without_repeats(profile);
        let alike = |entry: EntryId| {
            let other = self.profiles.get(&entry)?;
            let why = judge(profile, other).filter(|_| self.may_join(profile, other))?;
            Some((why, profile.distance(other), entry))
        };
        let (why, _, with) = self.met_by(profile).into_iter().filter_map(alike).min()?;
        Some(Joined { entry: profile.entry, with, why })
    }

    /// A story has one entry of a source, and none that staff took apart from another of it.
    fn may_join(&self, profile: &Profile, other: &Profile) -> bool {
        let alone = [(other.entry, other.source)];
        let story = self.story_of.get(&other.entry).and_then(|story| self.members.get(story));
        let members = story.map_or(alone.as_slice(), Vec::as_slice);
        members.iter().all(|(entry, source)| {
            *source != profile.source && !self.apart.contains(&(profile.entry, *entry))
        })
    }

    fn join(&mut self, joined: &Joined, source: SourceId) {
        let story = match self.story_of.get(&joined.with) {
            Some(story) => *story,
            None => {
                self.begun -= 1;
                let story = StoryId(self.begun);
                let founder = self.profiles.get(&joined.with).map(|other| (other.entry, other.source));
                self.know_story(story, founder);
                story
            }
        };
        self.know_story(story, [(joined.entry, source)]);
    }
}
