//! Stories over time: they grow, are led, are cut short by a crash, and are decided by staff.

use std::sync::Arc;

use tokio::sync::Notify;
use vestnik::{
    clock::Clock,
    merge::Profile,
    model::{Changes, Entry, EntryId, Source, SourceSpec, Story},
    normalise::canonical_link,
    store::{EntryQuery, Store},
    stories::{Stories, StoryError},
};

use crate::storing::{Opened, at, collected, entry, new, open, spec};

/// A headline that stands for one piece of news.
pub(super) const HEADLINE: &str = "Клъстерът открива лаборатория за градски данни в Тех Парка";

pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) stories: Stories,
    pub(super) sources: Vec<Source>,
    pub(super) opened: Opened,
}

impl Desk {
    /// Sources by name and precedence.
    pub(super) async fn open(sources: &[(&str, u32)]) -> Self {
        let opened = open().await;
        let store = opened.store.clone();
        let specs: Vec<_> = sources
            .iter()
            .map(|(slug, precedence)| SourceSpec { precedence: *precedence, ..spec(slug) })
            .collect();
        let sources = store.sync_sources(&specs, at(0)).await.unwrap();
        let (clock, _) = Clock::manual(at(1_000));
        let stories = Stories::new(store.clone(), clock, Arc::new(Notify::new()));
        Desk { store, stories, sources, opened }
    }

    fn source(&self, slug: &str) -> &Source {
        self.sources.iter().find(|source| source.spec.slug.as_str() == slug).unwrap()
    }

    /// Stores an entry of a source, published at this minute.
    pub(super) async fn store(&self, slug: &str, minute: i64, change: impl FnOnce(&mut Entry)) -> EntryId {
        let (mut entry, key) = entry(slug, minute, "bg");
        HEADLINE.clone_into(&mut entry.title);
        change(&mut entry);
        let source = self.source(slug).id;
        let identity = entry.identity.clone();
        self.store.commit(collected(source, minute, new(vec![(entry, key)]))).await.unwrap();
        self.store.known(source, Some(&[identity])).await.unwrap()[0].id
    }

    pub(super) async fn withdraw(&self, slug: &str, entry: EntryId) {
        let changes = Changes { withdrawn: vec![entry], ..Changes::default() };
        self.store.commit(collected(self.source(slug).id, 500, changes)).await.unwrap();
    }

    pub(super) async fn group(&self) {
        self.stories.group_all().await.unwrap();
    }

    async fn story_of(&self, entry: EntryId) -> Option<Story> {
        self.store.stories_of(&[entry]).await.unwrap().pop()
    }

    /// Who leads the entry's story, and everybody in it.
    async fn shape(&self, entry: EntryId) -> Option<(EntryId, Vec<EntryId>)> {
        let story = self.story_of(entry).await?;
        Some((story.lead, story.members.iter().map(|(member, _)| member.id).collect()))
    }
}

#[tokio::test]
async fn a_story_keeps_its_leader_while_it_grows() {
    let desk = Desk::open(&[("sofia", 50), ("portal", 50), ("noi", 50)]).await;
    let first = desk.store("sofia", 10, |_| {}).await;
    desk.group().await;
    assert_eq!(desk.shape(first).await, None);
    let second = desk.store("portal", 20, |_| {}).await;
    desk.group().await;
    assert_eq!(desk.shape(first).await, Some((first, vec![first, second])));
    // An earlier date does not take the lead from an entry that readers have seen.
    let earlier = desk.store("noi", 5, |_| {}).await;
    desk.group().await;
    assert_eq!(desk.shape(first).await, Some((first, vec![earlier, first, second])));
}

#[tokio::test]
async fn the_origin_leads_before_the_portal_whoever_was_first() {
    let desk = Desk::open(&[("portal", 10), ("sofia", 50)]).await;
    let portal = desk.store("portal", 10, |_| {}).await;
    let origin = desk.store("sofia", 20, |_| {}).await;
    desk.group().await;
    assert_eq!(desk.shape(portal).await, Some((origin, vec![portal, origin])));
}

#[tokio::test]
async fn of_equals_the_one_on_its_own_site_leads() {
    let desk = Desk::open(&[("portal", 50), ("sofia", 50)]).await;
    let link = "https://sofia.example/20";
    let portal =
        desk.store("portal", 10, |entry| entry.link = Some(format!("{link}?utm_source=portal"))).await;
    let origin = desk.store("sofia", 20, |_| {}).await;
    desk.group().await;
    assert_eq!(desk.shape(portal).await, Some((origin, vec![portal, origin])));
}

#[tokio::test]
async fn a_leader_that_is_withdrawn_gives_way() {
    let desk = Desk::open(&[("sofia", 50), ("portal", 50)]).await;
    let first = desk.store("sofia", 10, |_| {}).await;
    let second = desk.store("portal", 20, |_| {}).await;
    desk.group().await;
    desk.withdraw("sofia", first).await;
    desk.group().await;
    assert_eq!(desk.shape(second).await, Some((second, vec![first, second])));
}

#[tokio::test]
async fn it_makes_no_difference_in_how_many_rounds_entries_come() {
    for group_between in [false, true] {
        let desk = Desk::open(&[("a", 50), ("b", 50), ("c", 50)]).await;
        let mut ids = Vec::new();
        for (slug, minute) in [("a", 10), ("b", 20), ("c", 30)] {
            ids.push(desk.store(slug, minute, |_| {}).await);
            if group_between {
                desk.group().await;
            }
        }
        desk.group().await;
        assert_eq!(desk.shape(ids[2]).await, Some((ids[0], ids)), "grouped between: {group_between}");
    }
}

#[tokio::test]
async fn what_was_not_grouped_before_a_crash_is_grouped_after_the_next_start() {
    let desk = Desk::open(&[("sofia", 50), ("portal", 50)]).await;
    let first = desk.store("sofia", 10, |_| {}).await;
    let second = desk.store("portal", 20, |_| {}).await;
    assert_eq!(desk.store.count_ungrouped().await.unwrap(), 2);
    let reopened = desk.opened.again().await;
    let (clock, _) = Clock::manual(at(1_000));
    let looked_at = Stories::new(reopened.clone(), clock, Arc::default()).group_all().await.unwrap();
    assert_eq!(looked_at, 2);
    assert_eq!(reopened.count_ungrouped().await.unwrap(), 0);
    assert_eq!(desk.shape(first).await, Some((first, vec![first, second])));
}

#[tokio::test]
async fn what_staff_took_apart_stays_apart() {
    let desk = Desk::open(&[("sofia", 50), ("portal", 50), ("noi", 50)]).await;
    let first = desk.store("sofia", 10, |_| {}).await;
    let second = desk.store("portal", 20, |_| {}).await;
    let third = desk.store("noi", 30, |_| {}).await;
    desk.group().await;
    desk.stories.split(second).await.unwrap();
    assert_eq!(desk.shape(second).await, None);
    assert_eq!(desk.shape(first).await, Some((first, vec![first, third])));
    // It changes, and is looked at again.
    desk.withdraw("portal", second).await;
    desk.group().await;
    assert_eq!(desk.shape(second).await, None);
    let decisions = desk.store.story_decisions(10).await.unwrap();
    assert_eq!((decisions[0].action.as_str(), decisions[0].entry), ("split", second));
    assert!(matches!(desk.stories.split(second).await, Err(StoryError::NoStory(_))));
}

#[tokio::test]
async fn a_story_of_two_that_is_taken_apart_is_none() {
    let desk = Desk::open(&[("sofia", 50), ("portal", 50)]).await;
    let first = desk.store("sofia", 10, |_| {}).await;
    let second = desk.store("portal", 20, |_| {}).await;
    desk.group().await;
    desk.stories.split(first).await.unwrap();
    assert_eq!((desk.shape(first).await, desk.shape(second).await), (None, None));
}

#[tokio::test]
async fn what_staff_put_together_stays_together() {
    let desk = Desk::open(&[("sofia", 50), ("portal", 10)]).await;
    let first = desk.store("sofia", 10, |_| {}).await;
    let second = desk.store("portal", 20, |entry| "Съвсем друго заглавие".clone_into(&mut entry.title)).await;
    desk.group().await;
    assert_eq!(desk.shape(first).await, None);
    desk.stories.merge(second, first).await.unwrap();
    assert_eq!(desk.shape(first).await, Some((first, vec![first, second])));
    desk.withdraw("portal", second).await;
    desk.group().await;
    assert_eq!(desk.shape(first).await, Some((first, vec![first, second])));
    assert!(matches!(desk.stories.merge(first, second).await, Err(StoryError::Together(..))));
    assert!(matches!(desk.stories.merge(first, EntryId(99)).await, Err(StoryError::NoEntry(_))));
}

#[tokio::test]
async fn the_last_word_of_staff_counts() {
    let desk = Desk::open(&[("sofia", 50), ("portal", 50)]).await;
    let first = desk.store("sofia", 10, |_| {}).await;
    let second = desk.store("portal", 20, |_| {}).await;
    desk.group().await;
    desk.stories.split(second).await.unwrap();
    desk.stories.merge(first, second).await.unwrap();
    assert_eq!(desk.shape(second).await, Some((first, vec![first, second])));
    assert_eq!(desk.store.apart_from(&[first, second]).await.unwrap(), []);
}

#[tokio::test]
async fn stories_of_staff_are_joined_whole() {
    let desk = Desk::open(&[("a", 50), ("b", 50), ("c", 50), ("d", 50)]).await;
    let other = "Градът пуска нови електробуси по линиите към центъра";
    let a = desk.store("a", 10, |_| {}).await;
    let b = desk.store("b", 20, |_| {}).await;
    let c = desk.store("c", 30, |entry| other.clone_into(&mut entry.title)).await;
    let d = desk.store("d", 40, |entry| other.clone_into(&mut entry.title)).await;
    desk.group().await;
    assert_eq!(desk.store.newest_stories(10).await.unwrap().len(), 2);
    desk.stories.merge(b, d).await.unwrap();
    assert_eq!(desk.shape(c).await, Some((a, vec![a, b, c, d])));
    assert_eq!(desk.store.newest_stories(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn entries_that_are_met_by_many_are_not_kept_for_ever() {
    let desk = Desk::open(&[("sofia", 50)]).await;
    for minute in 0..20 {
        desk.store("sofia", minute, |_| {}).await;
    }
    desk.group().await;
    let stored = desk.store.entries(&EntryQuery { limit: 1, ..EntryQuery::default() }).await.unwrap();
    let key = Profile::of(&stored[0], canonical_link).keys().into_iter().nth(1).unwrap();
    let met = desk.store.met(&[vestnik::store::KeyRange(key.hash, i64::MIN, i64::MAX)]).await.unwrap();
    assert_eq!(met.len(), 3, "what a source repeats tells nothing");
}

crate::storing::on_postgres_too! {
    a_story_keeps_its_leader_while_it_grows,
    the_origin_leads_before_the_portal_whoever_was_first,
    of_equals_the_one_on_its_own_site_leads,
    a_leader_that_is_withdrawn_gives_way,
    it_makes_no_difference_in_how_many_rounds_entries_come,
    what_was_not_grouped_before_a_crash_is_grouped_after_the_next_start,
    what_staff_took_apart_stays_apart,
    a_story_of_two_that_is_taken_apart_is_none,
    what_staff_put_together_stays_together,
    the_last_word_of_staff_counts,
    stories_of_staff_are_joined_whole,
    entries_that_are_met_by_many_are_not_kept_for_ever,
}
