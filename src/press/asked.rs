//! Documents that are made because somebody asks: a channel narrowed by its address, a document of an archive. Kept within bounds,
//! and made once for all who ask for them at the same time.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use super::{
    Press, PressError,
    query_string::{Question, Vocabulary},
    read, write,
};
use crate::model::{Channel, Format, Rendition, Slug, Timestamp};

/// Documents that are kept.
const KEPT: usize = 256;
/// And their bytes, all codings together.
const KEPT_BYTES: usize = 32 << 20;
/// So many wait for a document to be made; more are told to come back.
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

struct Kept {
    rendition: Arc<Rendition>,
    channel: Channel,
    /// Entries changed since.
    is_stale: bool,
    last_used: u64,
}

/// What was asked for lately.
#[derive(Default)]
pub(super) struct Asked {
    documents: HashMap<Key, Kept>,
    bytes: usize,
    uses: u64,
}

impl Asked {
    fn find(&mut self, key: &Key) -> Option<Arc<Rendition>> {
        self.uses += 1;
        let uses = self.uses;
        let kept = self.documents.get_mut(key).filter(|kept| !kept.is_stale)?;
        kept.last_used = uses;
        Some(Arc::clone(&kept.rendition))
    }

    fn former(&self, key: &Key) -> Option<Arc<Rendition>> {
        self.documents.get(key).map(|kept| Arc::clone(&kept.rendition))
    }

    fn put(&mut self, key: Key, rendition: Arc<Rendition>, channel: Channel) {
        self.uses += 1;
        self.bytes += rendition.size();
        let kept = Kept { rendition, channel, is_stale: false, last_used: self.uses };
        if let Some(former) = self.documents.insert(key, kept) {
            self.bytes = self.bytes.saturating_sub(former.rendition.size());
        }
        while self.documents.len() > 1 && (self.documents.len() > KEPT || self.bytes > KEPT_BYTES) {
            let oldest = self.documents.iter().min_by_key(|(_, kept)| kept.last_used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            if let Some(dropped) = self.documents.remove(&key) {
                self.bytes = self.bytes.saturating_sub(dropped.rendition.size());
            }
        }
    }

    /// These channels show something else now.
    pub(super) fn mark_stale(&mut self, affected: impl Fn(&Channel) -> bool) {
        for kept in self.documents.values_mut() {
            kept.is_stale |= affected(&kept.channel);
        }
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
        if self.0.waiting.fetch_add(1, Ordering::AcqRel) >= WAITING {
            self.0.waiting.fetch_sub(1, Ordering::AcqRel);
            return Ok(Answer::Busy);
        }
        let answer = self.make(asker, question, key).await;
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
        answer
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
