//! The tolerant reader: one walk over the pieces of a document that builds the [`ParsedFeed`] itself. Reads what feed-rs
//! refuses or misreads: broken markup, truncation, the old formats, mixed case, unusual prefixes. Never fails and never
//! recurses; its depth, its entries and the parts of each are bounded.

mod gather;
mod lexer;
mod names;
mod open;
mod people;
mod store;

use std::rc::Rc;

use super::guard::{self, MAX_DEPTH, MAX_ENTRIES};
use super::prolog::Root;
use super::{Hints, address, markup};
use crate::model::{Attachment, FeedFormat, ParsedEntry, ParsedFeed, Person, Text};
use gather::Gathered;
use lexer::{Lexer, Token};
use names::{El, Family};

/// Declarations of namespaces that are kept.
const MAX_NAMESPACES: usize = 64;

/// Many more than elements that can be open.
const BUCKETS: usize = 4096;

/// What was read.
pub(super) struct Read {
    /// The feed, as far as it goes.
    pub feed: ParsedFeed,
    /// How deep elements stand within each other.
    pub depth: usize,
    /// What it took.
    pub work: Work,
}

/// What a walk took, counted: it must not grow faster than the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Tags and texts.
    pub pieces: usize,
    /// Bytes that the lexer looked at: what it looked at again counts again.
    pub looked: usize,
    /// Open elements that end tags were compared with.
    pub compared: usize,
}

/// Reads a document from its root on. Whatever it is, what can be read of it is read.
pub(super) fn read(text: &str, root: &Root, hints: &Hints<'_>) -> Read {
    let mut walk = Walk::new(root, hints);
    let mut lexer = Lexer::new(text);
    for token in lexer.by_ref() {
        walk.work.pieces += 1;
        match token {
            Token::Start { name, attributes, closed } => walk.start(name, attributes, closed),
            Token::End { name } => walk.end(name),
            Token::Text(text) => walk.text(text),
            Token::Verbatim(text) => walk.verbatim(text),
        }
        if walk.feed.entries.len() > MAX_ENTRIES {
            walk.feed.entries.truncate(MAX_ENTRIES);
            break;
        }
    }
    walk.close_to(0);
    let work = Work { looked: lexer.looked(), ..walk.work };
    Read { depth: walk.deepest, work, feed: walk.finish() }
}

/// Sound and films have a playing time, pictures have none.
fn is_played(attachment: &Attachment) -> bool {
    !attachment.media_type.as_deref().is_some_and(|kind| kind.starts_with("image/"))
}

/// Whether attributes may say a language or a base.
fn has_scope(attributes: &str) -> bool {
    let bytes = attributes.as_bytes();
    memchr::memmem::find(bytes, b"lang").is_some()
        || memchr::memmem::find(bytes, b"base").is_some()
        || memchr::memmem::find(bytes, b"LANG").is_some()
        || memchr::memmem::find(bytes, b"BASE").is_some()
}

/// A number of a name, the same in any case.
fn key_of(name: &str) -> u64 {
    // FNV-1a.
    let mix =
        |key: u64, byte: u8| (key ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01B3);
    name.bytes().fold(0xCBF2_9CE4_8422_2325, mix)
}

fn bucket(key: u64) -> usize {
    usize::try_from(key % BUCKETS as u64).unwrap_or_default()
}

/// An element that is open.
struct Frame<'t> {
    name: &'t str,
    /// See [`key_of`].
    key: u64,
    el: El,
    language: Option<Rc<str>>,
    /// `xml:base` in force: None where it is the address of the document.
    base: Option<Rc<str>>,
    /// Whether characters are gathered for it.
    gathers: bool,
}

struct Walk<'t, 'h> {
    hints: &'h Hints<'h>,
    namespaces: Vec<(&'t str, Family)>,
    frames: Vec<Frame<'t>>,
    /// Elements below the cap, which are not looked at.
    buried: usize,
    deepest: usize,
    work: Work,
    /// How many open elements have a name of each key, by its last bits: most end tags that end nothing are known without a search.
    named: Box<[u16; BUCKETS]>,
    gathered: Vec<Gathered>,
    people: Vec<Person>,
    /// Depths of what is open: an entry, a source in it, an image.
    entry_at: Option<usize>,
    source_at: Option<usize>,
    image_at: Option<usize>,
    feed: ParsedFeed,
    entry: ParsedEntry,
    /// The second description of an item is its content, while it has no other.
    has_content: bool,
    /// media:title and media:description: for entries that say nothing of their own.
    media: (Option<Text>, Option<Text>),
    /// itunes:duration: the playing time of the enclosure.
    duration: Option<std::time::Duration>,
    /// Whether the entry, or the feed, has a link in characters: it comes before those in attributes.
    linked: (bool, bool),
    period: (Option<u64>, Option<u64>),
}

impl<'t, 'h> Walk<'t, 'h> {
    fn new(root: &'h Root, hints: &'h Hints<'h>) -> Self {
        Walk {
            hints,
            namespaces: Vec::new(),
            frames: Vec::new(),
            buried: 0,
            deepest: 0,
            work: Work::default(),
            named: Box::new([0; BUCKETS]),
            gathered: Vec::new(),
            people: Vec::new(),
            entry_at: None,
            source_at: None,
            image_at: None,
            feed: ParsedFeed::new(root.format),
            entry: ParsedEntry::default(),
            has_content: false,
            media: (None, None),
            duration: None,
            linked: (false, false),
            period: (None, None),
        }
    }

    fn start(&mut self, name: &'t str, attributes: &'t str, closed: bool) {
        let in_markup = self.gathered.last().is_some_and(|top| top.in_markup(self.frames.len()));
        if !in_markup && attributes.contains("xmlns") {
            self.declare(attributes);
        }
        let el = self.element(name);
        if self.gathered.last().is_some_and(|top| top.el.is_text()) {
            if !self.breaks_text(el) {
                self.push_markup(name, attributes, closed);
                return;
            }
            self.close_text();
        } else if self.gathered.last().is_some_and(|top| top.is_leaf()) && el != El::Other {
            // A date or a guid holds no elements: its end was forgotten.
            self.close_text();
        }
        match el {
            El::Item => self.close_entry(),
            El::Head if self.entry_at.is_some() && !self.frames.is_empty() => self.close_entry(),
            _ => {}
        }
        if self.frames.len() >= MAX_DEPTH {
            self.bury(closed);
            return;
        }
        self.push(name, el, attributes);
        if closed {
            self.close_to(self.frames.len().saturating_sub(1));
        }
    }

    fn bury(&mut self, closed: bool) {
        self.buried += usize::from(!closed);
        self.deepest = self.deepest.max(self.frames.len() + self.buried);
    }

    fn push(&mut self, name: &'t str, el: El, attributes: &'t str) {
        let (language, base) = self.scope(attributes);
        self.push_frame(Frame { name, key: key_of(name), el, language, base, gathers: false });
        self.deepest = self.deepest.max(self.frames.len());
        let gathers = self.open(el, attributes);
        if let Some(frame) = self.frames.last_mut() {
            frame.gathers = gathers;
        }
    }

    /// `xml:lang` and `xml:base` in force in an element that begins.
    fn scope(&self, attributes: &str) -> (Option<Rc<str>>, Option<Rc<str>>) {
        let above = self.frames.last();
        let mut language = above.and_then(|frame| frame.language.clone());
        let mut base = above.and_then(|frame| frame.base.clone());
        if !has_scope(attributes) {
            return (language, base);
        }
        for (name, value) in lexer::attributes(attributes) {
            let name = name.to_ascii_lowercase();
            match name.strip_prefix("xml:").unwrap_or(&name) {
                "lang" if guard::is_language(value) => {
                    let value = value.trim().replace('_', "-");
                    language = (!value.is_empty()).then(|| Rc::from(value));
                }
                "base" if address::is_base(value) => {
                    let above = base.as_deref().or(self.hints.base.map(url::Url::as_str));
                    base = Some(Rc::from(address::join(above, &gather::resolved(value))));
                }
                _ => {}
            }
        }
        (language, base)
    }

    fn declare(&mut self, attributes: &'t str) {
        for (name, value) in lexer::attributes(attributes) {
            let Some(prefix) = name.strip_prefix("xmlns").map(|prefix| prefix.trim_start_matches(':')) else {
                continue;
            };
            let Some(family) = names::family(value) else { continue };
            // XHTML without a prefix holds for its own element only.
            if prefix.is_empty() && family == Family::Xhtml {
                continue;
            }
            self.namespaces.retain(|(known, _)| *known != prefix);
            if self.namespaces.len() < MAX_NAMESPACES {
                self.namespaces.push((prefix, family));
            }
        }
    }

    fn element(&self, name: &str) -> El {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let declared = self.namespaces.iter().find(|(known, _)| *known == prefix).map(|(_, family)| *family);
        let family = declared.unwrap_or_else(|| names::usual(&prefix.to_ascii_lowercase()));
        if local.len() > 32 {
            return El::Other;
        }
        let lower = local.to_ascii_lowercase();
        if lower == "a" && self.feed.format == FeedFormat::Cdf {
            return El::Link;
        }
        match names::element(family, &lower) {
            // A module as the default namespace: its other elements are the format's own.
            El::Other if prefix.is_empty() => names::element(Family::Core, &lower),
            el => el,
        }
    }

    /// Whether an element cannot be markup of the text that is open, so that the text's end was forgotten.
    fn breaks_text(&self, el: El) -> bool {
        let Some(top) = self.gathered.last() else { return false };
        let begun = top.in_markup(self.frames.len());
        match el {
            El::Item => true,
            El::Other
            | El::Body
            | El::Head
            | El::Image
            | El::Box
            | El::Day
            | El::Hour
            | El::Name
            | El::Url => false,
            _ => !begun && top.may_break(),
        }
    }

    fn push_markup(&mut self, name: &'t str, attributes: &'t str, closed: bool) {
        let local = name.rsplit(':').next().unwrap_or(name);
        let depth = self.frames.len();
        if depth >= MAX_DEPTH {
            self.bury(closed);
            return;
        }
        if let Some(top) = self.gathered.last_mut() {
            top.open_tag(local, attributes, closed);
        }
        if !closed {
            let (language, base) =
                self.frames.last().map_or((None, None), |frame| (frame.language.clone(), frame.base.clone()));
            self.push_frame(Frame { name, key: key_of(name), el: El::Other, language, base, gathers: false });
        }
    }

    fn push_frame(&mut self, frame: Frame<'t>) {
        if let Some(count) = self.named.get_mut(bucket(frame.key)) {
            *count += 1;
        }
        self.frames.push(frame);
    }

    fn pop_frame(&mut self) -> Option<Frame<'t>> {
        let frame = self.frames.pop()?;
        if let Some(count) = self.named.get_mut(bucket(frame.key)) {
            *count -= 1;
        }
        Some(frame)
    }

    /// The innermost open element of a name.
    fn innermost(&mut self, name: &str) -> Option<usize> {
        let key = key_of(name);
        if self.named.get(bucket(key)) == Some(&0) {
            return None;
        }
        let found =
            self.frames.iter().rposition(|frame| frame.key == key && frame.name.eq_ignore_ascii_case(name));
        self.work.compared += self.frames.len() - found.unwrap_or(0);
        found
    }

    fn end(&mut self, name: &str) {
        let Some(at) = self.innermost(name).or_else(|| self.mistyped(name)) else { return };
        let is_structure = self.frames.get(at).is_some_and(|frame| matches!(frame.el, El::Head | El::Item));
        if self.buried > 0 && !is_structure {
            self.buried -= 1;
            return;
        }
        self.buried = 0;
        self.close_to(at);
    }

    /// `</titel>` ends the title; an end tag of markup that was never opened ends nothing.
    fn mistyped(&mut self, name: &str) -> Option<usize> {
        let meant = self.element(name);
        if meant == El::Other {
            return None;
        }
        let found = self.frames.iter().rposition(|frame| frame.el == meant);
        self.work.compared += self.frames.len() - found.unwrap_or(0);
        found
    }

    fn text(&mut self, text: &str) {
        if self.buried == 0
            && let Some(top) = self.gathered.last_mut()
        {
            top.text(text);
        }
    }

    fn verbatim(&mut self, text: &str) {
        if self.buried == 0
            && let Some(top) = self.gathered.last_mut()
        {
            top.verbatim(text);
        }
    }

    /// Ends the elements down to a depth, as if their end tags stood here.
    fn close_to(&mut self, depth: usize) {
        while self.frames.len() > depth {
            let Some(frame) = self.pop_frame() else { return };
            if frame.gathers {
                if let Some(gathered) = self.gathered.pop() {
                    self.store(gathered, &frame);
                }
            } else if let Some(top) = self.gathered.last_mut().filter(|top| top.el.is_text()) {
                top.close_tag(frame.name.rsplit(':').next().unwrap_or(frame.name));
            }
            let depth = self.frames.len();
            self.source_at.take_if(|at| *at == depth);
            self.image_at.take_if(|at| *at == depth);
            if self.entry_at.take_if(|at| *at == depth).is_some() {
                self.has_content = false;
                self.linked.0 = false;
                let mut entry = std::mem::take(&mut self.entry);
                let duration = self.duration.take();
                if let Some(played) = entry.attachments.iter_mut().find(|a| is_played(a)) {
                    played.duration = played.duration.or(duration);
                }
                let (title, description) = std::mem::take(&mut self.media);
                entry.title = entry.title.take().or(title);
                entry.summary = entry.summary.take().or(description.filter(|_| entry.content.is_none()));
                let permalink = entry.id.as_deref().filter(|_| entry.id_is_permalink == Some(true));
                let permalink = permalink.map(|id| self.absolute(id)).filter(|link| store::is_page(link));
                store::link_from_id(&mut entry, permalink);
                let spoken = frame.language.as_deref().or(self.feed.language.as_deref());
                store::prefer_language(&mut entry.links, spoken);
                self.feed.entries.push(entry);
            }
        }
    }

    /// Whether the format leaves open what is markup: all but Atom.
    fn guesses(&self) -> bool {
        !matches!(self.feed.format, FeedFormat::Atom03 | FeedFormat::Atom10)
    }

    /// Ends the text that is open.
    fn close_text(&mut self) {
        let gathering = self.frames.iter().rposition(|frame| frame.gathers);
        if let Some(at) = gathering {
            self.close_to(at);
        }
    }

    /// Ends the entry that is open.
    fn close_entry(&mut self) {
        if let Some(at) = self.entry_at {
            self.close_to(at);
        }
        self.buried = 0;
    }

    fn finish(mut self) -> ParsedFeed {
        let seconds = self.period.0.map(|period| period / self.period.1.unwrap_or(1).max(1));
        self.feed.hints.update_period = seconds.map(std::time::Duration::from_secs);
        store::tidy(&mut self.feed);
        store::home_from_id(&mut self.feed);
        let spoken = self.feed.language.clone();
        store::prefer_language(&mut self.feed.links, spoken.as_deref());
        self.feed
    }
}
