//! One walk over the clean text, with the lexer that feed-rs stands on: counts what the guard limits, and collects what
//! feed-rs drops and we publish. Knows nothing of what feed-rs reads.

use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::ParseError;
use super::extra::{EntryExtra, Extra, Place, Scope};
use super::guard::{self, Copies, MAX_PARTS, check_depth, check_entries};
use super::prolog::{Root, RootKind};
use super::words::{atom_link, attribute, local, minutes, period_seconds, weekday};
use crate::model::{Attachment, EntryOrigin};

/// Walks the text.
///
/// # Errors
/// [`ParseError::TooDeep`]. Broken markup is no error here: feed-rs says what is wrong with it.
pub(super) fn collect(text: &str, root: &Root, base: Option<&Url>) -> Result<Extra, ParseError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut walk = Walk::new(root, base);
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Start(e)) => {
                walk.depth += 1;
                check_depth(walk.depth, at)?;
                walk.open(&e, at);
                check_entries(walk.extra.entries.len(), at)?;
            }
            Ok(Event::Empty(e)) => {
                walk.depth += 1;
                check_depth(walk.depth, at)?;
                walk.open(&e, at);
                check_entries(walk.extra.entries.len(), at)?;
                walk.close(at);
            }
            Ok(Event::End(_)) => walk.close(at),
            Ok(Event::Text(text)) => walk.text(&text),
            Ok(Event::CData(text)) => walk.text(&text),
            Ok(Event::GeneralRef(reference)) => walk.reference(&reference),
            Ok(Event::Eof) => {
                walk.extra.whole = walk.depth == 0;
                break;
            }
            Ok(_) => {}
            Err(_) => {
                walk.extra.broken_at = usize::try_from(reader.error_position()).ok();
                break;
            }
        }
    }
    walk.extra.explosive |= walk.copies.explosive();
    walk.extra.feed.language = walk.language.or(walk.extra.feed.language);
    if root.kind == RootKind::Rdf {
        walk.extra.entries.retain(|entry| entry.has_link);
    }
    Ok(walk.extra)
}

/// Where the text that is being gathered belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Ttl,
    Hour,
    Day,
    Period,
    Frequency,
    Creator,
    Publisher,
    Language,
    Link,
    Comments,
    Modified,
    SourceTitle,
    SourceId,
}

struct Walk<'a> {
    root: &'a Root,
    base: Option<&'a Url>,
    depth: usize,
    /// Depth of items and entries.
    entry_depth: usize,
    /// Depth of what describes the feed.
    head_depth: usize,
    in_channel: bool,
    channels: usize,
    in_entry: bool,
    in_source: bool,
    gathering: Option<(usize, Field, String)>,
    languages: Vec<(usize, String)>,
    bases: Vec<(usize, String)>,
    period: Option<u64>,
    frequency: Option<u64>,
    language: Option<String>,
    copies: Copies,
    extra: Extra,
}

impl<'a> Walk<'a> {
    fn new(root: &'a Root, base: Option<&'a Url>) -> Self {
        let (entry_depth, head_depth) = match root.kind {
            RootKind::Rss => (3, 3),
            RootKind::Rdf => (2, 3),
            RootKind::Atom => (2, 2),
            RootKind::AtomEntry => (1, usize::MAX),
            RootKind::Channel => (2, 2),
        };
        Walk {
            root,
            base,
            depth: 0,
            entry_depth,
            head_depth,
            in_channel: root.kind == RootKind::Atom,
            channels: 0,
            in_entry: false,
            in_source: false,
            gathering: None,
            languages: Vec::new(),
            bases: Vec::new(),
            period: None,
            frequency: None,
            language: None,
            copies: Copies::default(),
            extra: Extra::default(),
        }
    }

    fn open(&mut self, e: &BytesStart<'_>, at: usize) {
        let name = e.name();
        let name = name.as_ref();
        self.scope(e);
        if self.in_entry {
            self.open_in_entry(e, name);
        } else if self.depth == self.entry_depth && self.is_entry(name) {
            self.in_entry = true;
            self.copies.entry(at);
            let language = self.languages.last().filter(|(depth, _)| *depth >= self.entry_depth);
            self.extra.entries.push(EntryExtra {
                language: language.map(|(_, language)| language.clone()),
                about: attribute(e, "rdf:about"),
                ..EntryExtra::default()
            });
        } else if self.depth == 2 && self.root.kind != RootKind::Atom && local(name) == "channel" {
            self.channels += 1;
            self.in_channel = self.channels == 1;
        } else if self.in_channel {
            self.open_in_head(e, name);
        }
    }

    fn is_atom(&self) -> bool {
        matches!(self.root.kind, RootKind::Atom | RootKind::AtomEntry)
    }

    /// An item of ours: not one of a foreign namespace.
    fn is_entry(&self, name: &str) -> bool {
        let wanted = match self.root.kind {
            RootKind::Rss | RootKind::Rdf | RootKind::Channel => "item",
            RootKind::Atom | RootKind::AtomEntry => "entry",
        };
        let (prefix, local) =
            name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local));
        let of_root = match prefix {
            None => true,
            Some(prefix) => self.root.prefix() == Some(prefix) || matches!(prefix, "rss" | "atom"),
        };
        let in_place = self.root.kind != RootKind::Rss || self.in_channel;
        local == wanted && of_root && in_place
    }

    fn open_in_head(&mut self, e: &BytesStart<'_>, name: &str) {
        let nested = self.depth == self.head_depth + 1;
        let field = match name {
            "hour" if nested => Field::Hour,
            "day" if nested => Field::Day,
            _ if self.depth != self.head_depth => return,
            "ttl" => Field::Ttl,
            "sy:updatePeriod" => Field::Period,
            "sy:updateFrequency" => Field::Frequency,
            "dc:creator" => Field::Creator,
            "dc:publisher" => Field::Publisher,
            "language" | "dc:language" => Field::Language,
            "link" if self.is_atom() => {
                let href = attribute(e, "href").filter(|_| self.extra.feed.addresses.len() < MAX_PARTS);
                self.extra.feed.addresses.extend(href);
                return;
            }
            "link" => Field::Link,
            "fh:complete" => {
                self.extra.feed.complete = true;
                return;
            }
            _ => {
                let scope = self.current_scope();
                if let Some(place) =
                    Place::of(name).and_then(|place| self.extra.feed.scopes.get_mut(place as usize))
                {
                    *place = scope;
                }
                return;
            }
        };
        self.gather(field);
    }

    fn open_in_entry(&mut self, e: &BytesStart<'_>, name: &str) {
        let below = self.depth.saturating_sub(self.entry_depth);
        let is_atom = self.is_atom();
        if self.in_source {
            if below == 2 {
                self.open_in_source(e, local(name));
            }
            return;
        }
        if let Some((_, media)) = name.split_once(':').filter(|(prefix, _)| *prefix == "media") {
            self.open_media(e, media);
            return;
        }
        if below != 1 {
            return;
        }
        if let Some(place) = Place::of(name) {
            let scope = self.current_scope();
            if let Some(entry) = self.extra.entries.last_mut() {
                entry.scopes[place as usize] = scope;
            }
            return;
        }
        match name {
            "dc:creator" | "itunes:author" => self.gather(Field::Creator),
            "dc:publisher" => self.gather(Field::Publisher),
            "dcterms:modified" => self.gather(Field::Modified),
            "source" | "atom:source" => self.open_source(e, is_atom || name == "atom:source"),
            "comments" if !is_atom => self.gather(Field::Comments),
            "link" if is_atom => {
                let href = attribute(e, "href");
                if let Some(entry) = self.extra.entries.last_mut().filter(|e| e.addresses.len() < MAX_PARTS) {
                    entry.addresses.extend(href);
                }
            }
            _ if is_atom => {}
            _ => self.open_in_item(e, name),
        }
    }

    fn open_in_item(&mut self, e: &BytesStart<'_>, name: &str) {
        let Some(entry) = self.extra.entries.last_mut() else { return };
        let parts = entry.enclosures.len() + entry.links.len() + entry.addresses.len();
        match name {
            "guid" => {
                let said = attribute(e, "isPermaLink");
                entry.id_is_permalink = said.map(|said| !said.trim().eq_ignore_ascii_case("false"));
            }
            "link" => {
                entry.has_link = true;
                self.gather(Field::Link);
            }
            _ if parts >= MAX_PARTS => {}
            "itunes:image" => entry.image = entry.image.take().or_else(|| attribute(e, "href")),
            "enclosure" => entry.enclosures.extend(attribute(e, "url").map(|url| Attachment {
                url,
                media_type: attribute(e, "type"),
                length: attribute(e, "length").and_then(|length| length.trim().parse().ok()),
                ..Attachment::default()
            })),
            "atom:link" | "a10:link" | "atom10:link" => entry.links.extend(atom_link(e)),
            _ => {}
        }
    }

    fn open_media(&mut self, e: &BytesStart<'_>, name: &str) {
        match name {
            "group" | "content" => self.copies.group(),
            "thumbnail" => {
                if let Some(entry) = self.extra.entries.last_mut() {
                    entry.image = entry.image.take().or_else(|| attribute(e, "url"));
                }
            }
            _ => {}
        }
    }

    fn open_source(&mut self, e: &BytesStart<'_>, is_atom: bool) {
        let Some(entry) = self.extra.entries.last_mut() else { return };
        if is_atom {
            self.in_source = true;
            entry.origin = Some(EntryOrigin::default());
        } else {
            entry.origin = Some(EntryOrigin { url: attribute(e, "url"), ..EntryOrigin::default() });
            self.gather(Field::SourceTitle);
        }
    }

    fn open_in_source(&mut self, e: &BytesStart<'_>, local: &str) {
        match local {
            "id" => self.gather(Field::SourceId),
            "title" => self.gather(Field::SourceTitle),
            "link" => {
                let origin = self.extra.entries.last_mut().and_then(|entry| entry.origin.as_mut());
                let (Some(origin), Some(link)) = (origin, atom_link(e)) else { return };
                // The feed's own address is what an origin is; its page only where that is missing.
                if link.rel.as_deref() == Some("self") || (origin.url.is_none() && link.is_alternate()) {
                    origin.url = Some(link.href);
                }
            }
            _ => {}
        }
    }

    fn gather(&mut self, field: Field) {
        self.gathering = Some((self.depth, field, String::new()));
    }

    fn text(&mut self, text: &str) {
        if let Some((_, _, gathered)) = &mut self.gathering {
            gathered.push_str(text);
        }
    }

    fn reference(&mut self, reference: &quick_xml::events::BytesRef<'_>) {
        let Some((_, _, gathered)) = &mut self.gathering else { return };
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            gathered.push(character);
        } else if let Some(text) = quick_xml::escape::resolve_html5_entity(reference) {
            gathered.push_str(text);
        }
    }

    fn close(&mut self, at: usize) {
        let depth = self.depth;
        if let Some((_, field, text)) = self.gathering.take_if(|(opened, _, _)| *opened == depth) {
            let text = text.trim();
            if !text.is_empty() {
                self.store(field, text);
            }
        }
        while self.languages.last().is_some_and(|(depth, _)| *depth >= self.depth) {
            self.languages.pop();
        }
        while self.bases.last().is_some_and(|(depth, _)| *depth >= self.depth) {
            self.bases.pop();
        }
        if self.in_source && self.depth == self.entry_depth + 1 {
            self.in_source = false;
        } else if self.in_entry && self.depth == self.entry_depth {
            self.in_entry = false;
            self.copies.entry_ends(at);
        } else if self.depth == 2 && self.root.kind != RootKind::Atom {
            self.in_channel = false;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn store(&mut self, field: Field, text: &str) {
        let entry = self.in_entry.then(|| self.extra.entries.last_mut()).flatten();
        let head = &mut self.extra.feed;
        match (field, entry) {
            (Field::Creator, Some(entry)) => entry.creators.push(text.to_owned()),
            (Field::Publisher, Some(entry)) => entry.publisher = Some(text.to_owned()),
            (Field::Link, entry) => {
                let addresses = entry.map_or(&mut head.addresses, |entry| &mut entry.addresses);
                if addresses.len() < MAX_PARTS {
                    addresses.push(text.to_owned());
                }
            }
            (Field::Comments, Some(entry)) => entry.comments = Some(text.to_owned()),
            (Field::Modified, Some(entry)) => entry.modified = Some(text.to_owned()),
            (Field::SourceTitle, Some(EntryExtra { origin: Some(origin), .. })) => {
                origin.title = Some(text.to_owned())
            }
            (Field::SourceId, Some(EntryExtra { origin: Some(origin), .. })) => {
                origin.id = Some(text.to_owned())
            }
            (Field::Creator, None) => head.creators.push(text.to_owned()),
            (Field::Language, None) => self.language = Some(text.to_owned()),
            (Field::Publisher, None) => head.publisher = Some(text.to_owned()),
            (Field::Ttl, None) => head.hints.ttl = text.parse().ok().and_then(minutes),
            (Field::Hour, None) => {
                // 24 is written for midnight.
                let hour = text.parse::<u8>().ok().filter(|hour| *hour <= 24).map(|hour| hour % 24);
                let known = |hour: &u8| head.hints.skip_hours.contains(hour);
                let new: Option<u8> = hour.filter(|hour| !known(hour));
                head.hints.skip_hours.extend(new);
            }
            (Field::Day, None) => head.hints.skip_days.extend(weekday(text)),
            (Field::Period, None) => self.period = period_seconds(text),
            (Field::Frequency, None) => self.frequency = text.parse().ok().filter(|times| *times > 0),
            _ => {}
        }
        if matches!(field, Field::Period | Field::Frequency) {
            let seconds = self.period.map(|period| period / self.frequency.unwrap_or(1));
            self.extra.feed.hints.update_period = seconds.map(Duration::from_secs);
        }
    }

    /// Remembers `xml:lang` and `xml:base`.
    fn scope(&mut self, e: &BytesStart<'_>) {
        let raw = e.attributes_raw();
        if raw.is_empty() || !raw.contains("xml:") {
            return;
        }
        if let Some(language) = attribute(e, "xml:lang").filter(|language| guard::is_language(language)) {
            if self.depth < self.entry_depth && !language.is_empty() {
                self.extra.feed.language = Some(language.clone());
            }
            self.languages.push((self.depth, language));
        }
        if let Some(base) = attribute(e, "xml:base") {
            if !guard::is_base(&base) {
                self.extra.explosive = true;
                return;
            }
            let above = self.bases.last().and_then(|(_, base)| Url::parse(base).ok());
            let joined =
                above.as_ref().or(self.base).map_or_else(|| Url::parse(&base), |above| above.join(&base));
            self.bases.push((self.depth, joined.map_or(base, String::from)));
        }
    }

    fn current_scope(&self) -> Scope {
        Scope {
            language: self.languages.last().map(|(_, language)| language.clone()).filter(|l| !l.is_empty()),
            base: self.bases.last().map(|(_, base)| base.clone()),
        }
    }
}
