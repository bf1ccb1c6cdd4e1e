//! What of the river a channel shows: a story once, led by its representative; of what a new source brings along only the
//! newest. Pure.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::TimeDelta;

use crate::model::{
    AlsoReported, Channel, EntryId, EntryState, PublishedEntry, Source, SourceId, StoredEntry, Story,
    Timestamp,
};

/// Sources that are first read within so long of each other are as new as each other: none of them floods the others.
const TOGETHER: TimeDelta = TimeDelta::days(1);

/// Sources by number.
pub(super) type Sources = HashMap<SourceId, Arc<Source>>;

/// The entries with their sources. Of a story only the one that leads it in this channel stays, at its own place, so that
/// a story that others take up later does not come up again.
pub(super) fn shown(
    river: Vec<StoredEntry>,
    stories: &[Story],
    channel: &Channel,
    sources: &Sources,
) -> Vec<PublishedEntry> {
    let story_of = by_member(stories);
    let leads = |stored: &StoredEntry| {
        story_of.get(&stored.id).is_none_or(|story| leader(story, channel, sources) == Some(stored.id))
    };
    let river = river.into_iter().filter(leads).collect();
    with_others(river, stories, sources)
}

/// Every one of the entries with its source and with who else reports the same.
pub(super) fn with_others(
    entries: Vec<StoredEntry>,
    stories: &[Story],
    sources: &Sources,
) -> Vec<PublishedEntry> {
    let story_of = by_member(stories);
    let accompanied = |stored: StoredEntry| {
        let source = Arc::clone(sources.get(&stored.source)?);
        let also = story_of.get(&stored.id).map(|story| others(story, &stored, sources)).unwrap_or_default();
        Some(PublishedEntry { stored, source, also, translations: Vec::new() })
    };
    entries.into_iter().filter_map(accompanied).collect()
}

fn by_member(stories: &[Story]) -> HashMap<EntryId, &Story> {
    stories.iter().flat_map(|story| story.members.iter().map(move |(member, _)| (member.id, story))).collect()
}

/// Without what a new source had published before it was first read, but for the newest `most` of it: readers of the channel
/// are not shown its past as news. In the archive it is.
pub(super) fn without_backfill(
    shown: Vec<PublishedEntry>,
    channel: &Channel,
    sources: &Sources,
    most: usize,
) -> Vec<PublishedEntry> {
    let newcomers = newcomers(channel, sources);
    let mut of_source: HashMap<SourceId, usize> = HashMap::new();
    let stays = |published: &PublishedEntry| {
        let source = published.stored.source;
        let is_past = newcomers.get(&source).is_some_and(|first| published.stored.shown_date() <= *first);
        if !is_past {
            return true;
        }
        let count = of_source.entry(source).or_default();
        *count += 1;
        *count <= most
    };
    shown.into_iter().filter(stays).collect()
}

/// Sources of the channel that came after others, with the moment when they were first read.
pub(super) fn newcomers(channel: &Channel, sources: &Sources) -> HashMap<SourceId, Timestamp> {
    let read = |source: &Arc<Source>| Some((source.id, source.state.first_success?));
    let taken = sources.values().filter(|source| channel.takes_source(source));
    let mut read: HashMap<SourceId, Timestamp> = taken.filter_map(read).collect();
    let oldest = read.values().min().copied();
    read.retain(|_, first| oldest.is_some_and(|oldest| *first > oldest + TOGETHER));
    read
}

/// The entry that leads the story where the channel takes it, else the one with the highest precedence, then the earliest.
fn leader(story: &Story, channel: &Channel, sources: &Sources) -> Option<EntryId> {
    let taken = story.members.iter().filter_map(|(member, _)| {
        let source = sources.get(&member.source)?;
        let is_taken = member.state == EntryState::Published
            && channel.takes_source(source)
            && channel.takes_entry(member);
        is_taken.then_some((
            member.id != story.lead,
            std::cmp::Reverse(source.spec.precedence),
            member.sort_key,
            member.id,
        ))
    });
    taken.min().map(|(.., id)| id)
}

/// The others, earliest first, each source once. One that leads to the leader's own article is linked by its home page.
fn others(story: &Story, leading: &StoredEntry, sources: &Sources) -> Vec<AlsoReported> {
    let mut seen = BTreeSet::from([leading.source]);
    let others = story.members.iter().filter(|(member, _)| member.state == EntryState::Published);
    others
        .filter_map(|(member, _)| {
            let source = sources.get(&member.source)?;
            let own = member.entry.link.as_deref().filter(|link| leading.entry.link.as_deref() != Some(link));
            let link = own.or_else(|| source.home())?;
            seen.insert(member.source).then(|| AlsoReported {
                source: source.title().to_owned(),
                title: member.entry.title.clone(),
                link: link.to_owned(),
                language: member.entry.language.clone(),
            })
        })
        .collect()
}
