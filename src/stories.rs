//! The stories' desk: looks at new and changed entries behind their commit, in batches, and keeps in the store which of them
//! are one story. Never stands in the way of publishing; what it did not get to is in the store and done after the next start.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    merge::{Grouping, Key, Met, Profile, Standing, Why, takes_the_lead},
    model::{EntryId, EntryState, Source, SourceId, StoredEntry, Story, StoryId},
    normalise::canonical_link,
    store::{Duty, Grouped, KeyRange, Store, StoreError, StoryDecision, StoryKey},
};

/// Entries of one round.
const ROUND: u32 = 250;
/// Places of the index that are looked at after a round for what is gone, so that it does not grow for good.
const SWEEP: u32 = 1_000;
/// After a round that failed.
const RETRY: Duration = Duration::from_secs(10);
/// Nobody rings for what another node collected.
const LOOK: Duration = Duration::from_secs(2);

/// Why a decision of staff could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such entry.
    #[error("there is no entry {0}; `vestnik entries` lists them with their numbers")]
    NoEntry(EntryId),
    /// It is in no story.
    #[error("entry {0} is in no story")]
    NoStory(EntryId),
    /// They are in one story already.
    #[error("entries {0} and {1} are one story already")]
    Together(EntryId, EntryId),
}

/// The stories' desk. Cheap to clone.
#[derive(Clone)]
pub struct Stories {
    store: Store,
    clock: Clock,
    bell: Arc<Notify>,
    /// Rung where channels show something else now.
    changed: Arc<Notify>,
}

/// What one round was made of.
struct Round {
    entries: Vec<StoredEntry>,
    /// Those of the round and those that they meet, by number.
    stored: HashMap<EntryId, StoredEntry>,
    grouping: Grouping,
    profiles: Vec<Profile>,
    leads: HashMap<StoryId, EntryId>,
    reasons: HashMap<EntryId, String>,
    translations: Vec<(EntryId, EntryId)>,
}

impl Stories {
    /// A desk that rings `changed` whenever a story did.
    pub fn new(store: Store, clock: Clock, changed: Arc<Notify>) -> Self {
        Stories { store, clock, bell: Arc::default(), changed }
    }

    /// To be rung when entries are new or changed.
    pub fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// Groups what is new, and whatever an earlier run did not get to, until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let mut swept = None;
        loop {
            let grouped = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                grouped = self.group_and_sweep(&mut swept) => grouped,
            };
            if let Err(error) = &grouped {
                tracing::error!(%error, "grouping entries into stories failed, trying again: {error}");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = self.clock.sleep(RETRY), if grouped.is_err() => {}
                () = self.clock.sleep(LOOK), if grouped.is_ok() && self.store.is_shared() => {}
            }
        }
    }

    async fn group_and_sweep(&self, swept: &mut Option<StoryKey>) -> Result<(), StoreError> {
        self.group_all().await?;
        (*swept, _) = self.store.sweep_story_keys(*swept, SWEEP).await?;
        Ok(())
    }

    /// Groups until nothing waits, unless another node does. Returns how many entries were looked at.
    ///
    /// # Errors
    /// Where the store fails; what was done before stays done.
    pub async fn group_all(&self) -> Result<usize, StoreError> {
        let mut looked_at = 0;
        loop {
            let entries = self.store.ungrouped(ROUND).await?;
            if entries.is_empty() || !self.store.is_on_duty(Duty::Stories, self.clock.now()).await? {
                return Ok(looked_at);
            }
            looked_at += entries.len();
            let grouped = self.round(entries).await?;
            self.store.group(&grouped, self.clock.now()).await?;
            if !grouped.changed.is_empty() {
                self.changed.notify_one();
            }
        }
    }

    async fn round(&self, entries: Vec<StoredEntry>) -> Result<Grouped, StoreError> {
        let (entries, profiles) = profiled(entries).await;
        let mut ranges: BTreeSet<KeyRange> = profiles.iter().flat_map(ranges_of).collect();
        ranges.extend(profiles.iter().flat_map(translation_ranges_of));
        let met = self.store.met(&ranges.into_iter().collect::<Vec<_>>()).await?;
        let mut grouping = Grouping::default();
        grouping.know_keys(
            met.iter().map(|key| (key.hash, Met { entry: key.entry, source: key.source, at: key.at })),
        );
        let translated = translated_by(&profiles, &met);
        let own: HashSet<EntryId> = entries.iter().map(|stored| stored.id).collect();
        let met: BTreeSet<EntryId> = profiles.iter().flat_map(|profile| grouping.met_by(profile)).collect();
        let met: Vec<EntryId> =
            met.into_iter().chain(translated).filter(|entry| !own.contains(entry)).collect();
        let (met, met_profiles) = profiled(self.store.entries_by_id(&met).await?).await;
        let translations = translations_among(&profiles, &met_profiles);
        grouping.know_profiles(met_profiles);
        let mut round = Round {
            stored: entries.iter().chain(&met).map(|stored| (stored.id, stored.clone())).collect(),
            entries,
            grouping,
            profiles,
            leads: HashMap::new(),
            reasons: HashMap::new(),
            translations,
        };
        let ids: Vec<EntryId> = round.stored.keys().copied().collect();
        round.know(self.store.stories_of(&ids).await?);
        round.grouping.know_apart(self.store.apart_from(&own.into_iter().collect::<Vec<_>>()).await?);
        let sources = self.sources_of(round.stored.values()).await?;
        Ok(round.finish(&sources))
    }

    async fn sources_of(
        &self,
        entries: impl IntoIterator<Item = &StoredEntry>,
    ) -> Result<HashMap<SourceId, Source>, StoreError> {
        let ids: BTreeSet<SourceId> = entries.into_iter().map(|stored| stored.source).collect();
        let sources = self.store.declared_sources(ids).await?;
        Ok(sources.into_iter().map(|source| (source.id, source)).collect())
    }

    /// Takes an entry out of its story, for good.
    ///
    /// # Errors
    /// `NoEntry`, `NoStory`, `Store`.
    pub async fn split(&self, entry: EntryId) -> Result<(), StoryError> {
        let found = self.store.entries_by_id(&[entry]).await?.pop().ok_or(StoryError::NoEntry(entry))?;
        let story = self.store.stories_of(&[entry]).await?.pop().ok_or(StoryError::NoStory(entry))?;
        let others: Vec<_> = story.members.iter().filter(|(other, _)| other.id != entry).collect();
        let apart: Vec<_> = others.iter().map(|(other, _)| (entry, other.id)).collect();
        let mut grouped = Grouped { left: vec![entry], ..Grouped::default() };
        let stored: Vec<&StoredEntry> = others.iter().map(|(other, _)| other).collect();
        let sources = self.sources_of(stored.iter().copied()).await?;
        if let Some(lead) = choose_lead(Some(story.lead), &stored, &sources) {
            let members = others.iter().map(|(other, why)| (other.id, why.clone())).collect();
            grouped.stories.insert(story.id, (lead, members));
        }
        grouped.changed = story.members.iter().map(|(other, _)| other.source).collect();
        let at = self.clock.now();
        let decision = StoryDecision {
            at,
            action: "split".to_owned(),
            entry: found.id,
            other: None,
            story: Some(story.id),
        };
        self.store.decide_stories(&decision, &grouped, &apart, &[]).await?;
        self.changed.notify_one();
        Ok(())
    }

    /// Makes the stories of two entries one, for good.
    ///
    /// # Errors
    /// `NoEntry`, `Together`, `Store`.
    pub async fn merge(&self, first: EntryId, second: EntryId) -> Result<(), StoryError> {
        let found = self.store.entries_by_id(&[first, second]).await?;
        for entry in [first, second] {
            if !found.iter().any(|stored| stored.id == entry) {
                return Err(StoryError::NoEntry(entry));
            }
        }
        let stories = self.store.stories_of(&[first, second]).await?;
        let story_of = |entry| stories.iter().find(|story| story.members.iter().any(|(m, _)| m.id == entry));
        let (of_first, of_second) = (story_of(first), story_of(second));
        if first == second
            || of_first.is_some_and(|story| of_second.is_some_and(|other| other.id == story.id))
        {
            return Err(StoryError::Together(first, second));
        }
        let members: Vec<(StoredEntry, String)> = [(first, of_first), (second, of_second)]
            .into_iter()
            .flat_map(|(entry, story)| members_or_alone(entry, story, &found))
            .collect();
        let kept = of_first.or(of_second);
        let id = kept.map_or(StoryId(-1), |story| story.id);
        let stored: Vec<&StoredEntry> = members.iter().map(|(stored, _)| stored).collect();
        let sources = self.sources_of(stored.iter().copied()).await?;
        let lead = choose_lead(kept.map(|story| story.lead), &stored, &sources).unwrap_or(first);
        let mut grouped = Grouped::default();
        grouped
            .stories
            .insert(id, (lead, members.iter().map(|(stored, why)| (stored.id, why.clone())).collect()));
        if let Some(emptied) = of_second.filter(|story| story.id != id) {
            grouped.stories.insert(emptied.id, (emptied.lead, Vec::new()));
        }
        grouped.changed = members.iter().map(|(stored, _)| stored.source).collect();
        let together = pairs(&members, of_second, second);
        let at = self.clock.now();
        let decision = StoryDecision {
            at,
            action: "merge".to_owned(),
            entry: first,
            other: Some(second),
            story: Some(id),
        };
        self.store.decide_stories(&decision, &grouped, &[], &together).await?;
        self.changed.notify_one();
        Ok(())
    }
}

/// The entries of a story, or the entry that has none; the one that staff named is there because they said so.
fn members_or_alone(
    entry: EntryId,
    story: Option<&Story>,
    found: &[StoredEntry],
) -> Vec<(StoredEntry, String)> {
    let staff = || Why::Staff.name().to_owned();
    let mut members = match story {
        Some(story) => story.members.clone(),
        None => found
            .iter()
            .find(|stored| stored.id == entry)
            .map(|stored| (stored.clone(), staff()))
            .into_iter()
            .collect(),
    };
    if let Some((_, why)) = members.iter_mut().find(|(stored, _)| stored.id == entry) {
        *why = staff();
    }
    members
}

/// Every entry of the one side with every one of the other.
fn pairs(
    members: &[(StoredEntry, String)],
    other: Option<&Story>,
    alone: EntryId,
) -> Vec<(EntryId, EntryId)> {
    let on_other_side = |id: EntryId| match other {
        Some(story) => story.members.iter().any(|(stored, _)| stored.id == id),
        None => id == alone,
    };
    let (there, here): (Vec<EntryId>, Vec<EntryId>) =
        members.iter().map(|(stored, _)| stored.id).partition(|id| on_other_side(*id));
    here.iter().flat_map(|a| there.iter().map(|b| (*a, *b))).collect()
}

/// Profiles of the published ones, made away from the threads that serve.
async fn profiled(entries: Vec<StoredEntry>) -> (Vec<StoredEntry>, Vec<Profile>) {
    let work = move || {
        let published = entries.iter().filter(|stored| stored.state == EntryState::Published);
        let profiles = published.map(|stored| Profile::of(stored, canonical_link)).collect();
        (entries, profiles)
    };
    // Breaks off only by a fault of the program, and then nothing is grouped.
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

fn ranges_of(profile: &Profile) -> Vec<KeyRange> {
    let at = profile.at.timestamp();
    profile.keys().into_iter().map(|Key { hash, reach }| KeyRange(hash, at - reach, at + reach)).collect()
}

fn translation_ranges_of(profile: &Profile) -> Vec<KeyRange> {
    profile.translation_keys().into_iter().map(|key| KeyRange(key.hash, i64::MIN, i64::MAX)).collect()
}

/// Entries that may be these in other languages.
fn translated_by(profiles: &[Profile], met: &[StoryKey]) -> BTreeSet<EntryId> {
    let hashes: HashSet<i64> =
        profiles.iter().flat_map(Profile::translation_keys).map(|key| key.hash).collect();
    met.iter().filter(|key| hashes.contains(&key.hash)).map(|key| key.entry).collect()
}

/// Pairs of entries of the round with each other and with those they meet.
fn translations_among(profiles: &[Profile], met: &[Profile]) -> Vec<(EntryId, EntryId)> {
    let mut by_key: HashMap<i64, Vec<&Profile>> = HashMap::new();
    for profile in profiles.iter().chain(met) {
        for key in profile.translated_keys().into_iter().chain(profile.article_key()) {
            by_key.entry(key.hash).or_default().push(profile);
        }
    }
    let mut pairs = Vec::new();
    for profile in profiles {
        let others = profile.translation_keys();
        let others = others.iter().filter_map(|key| by_key.get(&key.hash)).flatten();
        pairs.extend(
            others.filter(|other| profile.is_translation_of(other)).map(|other| (profile.entry, other.entry)),
        );
    }
    pairs
}

impl Round {
    fn know(&mut self, stories: Vec<Story>) {
        for story in stories {
            self.leads.insert(story.id, story.lead);
            self.grouping
                .know_story(story.id, story.members.iter().map(|(stored, _)| (stored.id, stored.source)));
            for (stored, why) in story.members {
                self.reasons.insert(stored.id, why);
                self.stored.entry(stored.id).or_insert(stored);
            }
        }
    }

    fn finish(mut self, sources: &HashMap<SourceId, Source>) -> Grouped {
        let mut grouped = Grouped {
            done: self.entries.iter().map(|stored| (stored.id, stored.changed)).collect(),
            ..Grouped::default()
        };
        for profile in &self.profiles {
            let at = profile.at.timestamp();
            let key =
                |key: Key| StoryKey { hash: key.hash, at, entry: profile.entry, source: profile.source };
            grouped.keys.extend(profile.translated_keys().into_iter().map(key));
        }
        for profile in std::mem::take(&mut self.profiles) {
            let (joined, kept) = self.grouping.place(profile);
            grouped.keys.extend(kept.into_iter().map(|kept| StoryKey {
                hash: kept.hash,
                at: kept.met.at,
                entry: kept.met.entry,
                source: kept.met.source,
            }));
            if let Some(joined) = joined {
                self.reasons.insert(joined.entry, joined.why.name().to_owned());
                self.reasons.entry(joined.with).or_insert_with(|| joined.why.name().to_owned());
            }
        }
        let mut changed: BTreeSet<SourceId> = BTreeSet::new();
        let mut stories: BTreeMap<StoryId, Vec<EntryId>> = BTreeMap::new();
        grouped.translations = std::mem::take(&mut self.translations);
        let translated = grouped.translations.iter().flat_map(|(a, b)| [*a, *b]);
        changed.extend(translated.filter_map(|entry| self.stored.get(&entry)).map(|stored| stored.source));
        // A member that changed is shown differently in its story, and may lead it no more.
        for stored in &self.entries {
            let Some((story, members)) = self.grouping.story(stored.id) else { continue };
            changed.extend(members.iter().map(|(_, source)| *source));
            stories.entry(story).or_insert_with(|| members.iter().map(|(entry, _)| *entry).collect());
        }
        for (story, members) in stories {
            let stored: Vec<&StoredEntry> =
                members.iter().filter_map(|entry| self.stored.get(entry)).collect();
            let Some(lead) = choose_lead(self.leads.get(&story).copied(), &stored, sources) else { continue };
            let why = |entry: &EntryId| {
                self.reasons.get(entry).cloned().unwrap_or_else(|| Why::Staff.name().to_owned())
            };
            grouped.stories.insert(story, (lead, members.iter().map(|entry| (*entry, why(entry))).collect()));
        }
        grouped.changed = changed.into_iter().collect();
        grouped
    }
}

/// Who leads: the one that does, unless another's rank is higher; where none does, the first by rank, then by date. Only
/// what is published leads. None where nothing is.
fn choose_lead(
    leader: Option<EntryId>,
    members: &[&StoredEntry],
    sources: &HashMap<SourceId, Source>,
) -> Option<EntryId> {
    let published = members.iter().filter(|stored| stored.state == EntryState::Published);
    let mut standing: Vec<(Standing, EntryId)> = published
        .filter_map(|stored| Some((Standing::of(stored, sources.get(&stored.source)?), stored.id)))
        .collect();
    standing.sort_by_key(|(standing, id)| (standing.order(), *id));
    let (best, first) = *standing.first()?;
    let leading = standing.iter().find(|(_, id)| Some(*id) == leader);
    match leading {
        Some((leading, id)) if !takes_the_lead(&best, leading) => Some(*id),
        _ => Some(first),
    }
}
