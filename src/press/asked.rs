//! Documents that are made because somebody asks: a channel narrowed by its address, a document of an archive. Kept within bounds,
//! and made once for all who ask for them at the same time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::{
    Press, PressError,
    query_string::{Question, Vocabulary},
    read, write,
};
use crate::{
    cache::Cache,
    model::{Channel, Format, Rendition, Slug, Timestamp},
};

/// Documents that are kept.
const KEPT: usize = 256;
/// And their bytes, all codings together.
const KEPT_BYTES: usize = 32 << 20;
/// So many documents are being made or wait for their turn; who asks for more is told to come back.
const WAITING: usize = 16;

/// What was found.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The document.
    Found(Arc<Rendition>),
    /// There is no such channel, or no such archive document.
    Unknown,
    /// An archive document that is not closed yet: what will be in it is in the subscription document.
    NotYet,
    /// What is asked for makes no sense; a sentence for whoever asked.
    Refused(String),
    /// Too much is asked for at once.
    Busy,
}

/// Who asks for what.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asker<'a> {
    Query { slug: &'a Slug, query: &'a str, format: Format },
    Archive { slug: &'a Slug, number: u64, format: Format },
}

/// Which document: a channel, what of it, a format.
type Key = (Slug, String, Format);

#[derive(Debug)]
struct Kept {
    rendition: Arc<Rendition>,
    channel: Channel,
    /// Entries changed since.
    is_stale: bool,
}

/// What was asked for lately.
#[derive(Debug)]
pub(super) struct Asked(Cache<Key, Kept>);

impl Default for Asked {
    fn default() -> Self {
        Asked(Cache::new(KEPT, KEPT_BYTES))
    }
}

impl Asked {
    fn find(&mut self, key: &Key) -> Option<Arc<Rendition>> {
        self.0.find(key).filter(|kept| !kept.is_stale).map(|kept| Arc::clone(&kept.rendition))
    }

    fn former(&self, key: &Key) -> Option<Arc<Rendition>> {
        self.0.peek(key).map(|kept| Arc::clone(&kept.rendition))
    }

    fn put(&mut self, key: Key, rendition: Arc<Rendition>, channel: Channel) {
        let bytes = rendition.size();
        self.0.put(key, Kept { rendition, channel, is_stale: false }, bytes);
    }

    /// These channels show something else now.
    pub(super) fn mark_stale(&mut self, affected: impl Fn(&Channel) -> bool) {
        for kept in self.0.values_mut() {
            kept.is_stale |= affected(&kept.channel);
        }
    }
}

/// The documents that are being made, each for all who wait for it.
pub(super) type Making = Mutex<HashMap<Key, Arc<OnceCell<Answer>>>>;

/// One of those who wait for a document. The last one to leave, with it or because nobody listens any more, takes the place free.
struct Waiting<'p> {
    making: &'p Making,
    key: Key,
    document: Arc<OnceCell<Answer>>,
}

impl<'p> Waiting<'p> {
    /// None where too many documents are being made.
    fn join(making: &'p Making, key: &Key) -> Option<Self> {
        let mut places = making.lock().unwrap_or_else(PoisonError::into_inner);
        let document = match places.get(key) {
            Some(document) => Arc::clone(document),
            None if places.len() >= WAITING => return None,
            None => Arc::clone(places.entry(key.clone()).or_default()),
        };
        drop(places);
        Some(Waiting { making, key: key.clone(), document })
    }

    /// Whoever comes from now on begins anew.
    fn leave(&self, is_over: impl Fn(&Arc<OnceCell<Answer>>) -> bool) {
        let mut places = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if places.get(&self.key).is_some_and(|own| Arc::ptr_eq(own, &self.document) && is_over(own)) {
            places.remove(&self.key);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // One in the table, one here.
        self.leave(|own| Arc::strong_count(own) <= 2);
    }
}

impl Press {
    /// A channel in one format, narrowed by the query of its address.
    ///
    /// # Errors
    /// Where it had to be rendered and could not be.
    pub async fn asked(&self, slug: &Slug, query: &str, format: Format) -> Result<Answer, PressError> {
        self.answer(Asker::Query { slug, query, format }).await
    }

    pub(super) async fn answer(&self, asker: Asker<'_>) -> Result<Answer, PressError> {
        let (slug, format, question) = match asker {
            Asker::Archive { slug, format, .. } => (slug, format, None),
            Asker::Query { slug, query, format } => match self.question(query).await? {
                Ok(question) if question.is_empty() => {
                    let found = self.rendition(slug, format).await?;
                    return Ok(found.map_or(Answer::Unknown, Answer::Found));
                }
                Ok(question) => (slug, format, Some(question)),
                Err(refusal) => return Ok(Answer::Refused(refusal)),
            },
        };
        let what = match (&question, asker) {
            (Some(question), _) => question.canonical(),
            (None, Asker::Archive { number, .. }) => format!("/archive/{number}"),
            (None, Asker::Query { .. }) => String::new(),
        };
        let key = (slug.clone(), what, format);
        if let Some(found) = write(&self.0.asked).find(&key) {
            return Ok(Answer::Found(found));
        }
        let sources = self.sources().await?;
        if self.find(slug, &sources).is_none() {
            return Ok(Answer::Unknown);
        }
        let Some(waiting) = Waiting::join(&self.0.making, &key) else { return Ok(Answer::Busy) };
        let make = async || {
            let answer = self.make(asker, question.clone(), key.clone()).await;
            // Before anybody has it: what is published from now on is in no document that was begun before.
            waiting.leave(|_| true);
            answer
        };
        waiting.document.get_or_try_init(make).await.cloned()
    }

    /// Renders the document, unless somebody did while this one waited for the turn.
    async fn make(
        &self,
        asker: Asker<'_>,
        question: Option<Question>,
        key: Key,
    ) -> Result<Answer, PressError> {
        let turn = self.0.rendering.lock().await;
        if let Some(found) = write(&self.0.asked).find(&key) {
            return Ok(Answer::Found(found));
        }
        let sources = self.present_sources(&turn).await?;
        let (slug, format) = (&key.0, key.2);
        let Some(channel) = self.find(slug, &sources) else { return Ok(Answer::Unknown) };
        let (channel, matter, changed) = match (asker, question) {
            (Asker::Archive { number, .. }, _) => {
                match self.page_of_archive(&channel, &sources, number).await? {
                    Some((matter, changed)) => (channel, matter, changed),
                    None => {
                        let next = self.0.store.archive(slug.as_str()).await?.pages.saturating_add(1);
                        return Ok(if number == next { Answer::NotYet } else { Answer::Unknown });
                    }
                }
            }
            (Asker::Query { .. }, question) => {
                let channel = question.unwrap_or_default().narrow(channel);
                let matter = self.narrowed(&channel, &sources).await?;
                let newest = matter.entries.iter().map(|entry| entry.stored.changed).max();
                let gone = matter.deleted.iter().map(|deleted| deleted.at).max();
                (channel, matter, newest.max(gone).unwrap_or(Timestamp::UNIX_EPOCH))
            }
        };
        let former = read(&self.0.asked).former(&key);
        let now = self.0.clock.now();
        // Who asks with a date must not keep what a source's rights no longer allow, nor another title of the channel.
        let ended = sources.iter().filter_map(|source| source.spec.rights.until).filter(|end| *end <= now);
        let later = ended.max().max(former.is_some().then_some(now));
        let changed = later.map_or(changed, |at| at.max(changed));
        let former = former.map(|rendition| HashMap::from([(format, rendition)])).unwrap_or_default();
        let mut rendered = self.documents(&channel, matter, &[format], Arc::new(former), changed).await?;
        let Some(rendition) = rendered.remove(&format).map(Arc::new) else { return Ok(Answer::Unknown) };
        write(&self.0.asked).put(key, Arc::clone(&rendition), channel);
        Ok(Answer::Found(rendition))
    }

    /// What a query asks for, or why it cannot be asked.
    async fn question(&self, query: &str) -> Result<Result<Question, String>, PressError> {
        let sources = self.sources().await?;
        let known = Vocabulary::of(
            sources.iter().map(|source| &**source),
            [self.0.site.language.primary().to_owned()],
        );
        let question = Question::read(query, &known);
        if question.is_ok() {
            return Ok(question);
        }
        // Entries may be in languages that no source declares: worth a look into the database before a refusal.
        let languages = self.0.store.languages().await?;
        let known = Vocabulary::of(sources.iter().map(|source| &**source), languages);
        Ok(Question::read(query, &known))
    }
}
