//! What is ready to be served: the last good rendition of every declared channel, and of some that were asked for.

use std::{collections::HashMap, sync::Arc};

use crate::model::{Format, Rendition, Slug};

/// At most so many channels that nobody declared are kept rendered; asking for another one drops the oldest.
const UNDECLARED_KEPT: usize = 64;
/// And their bytes, all formats and codings together.
const UNDECLARED_BYTES: usize = 16 << 20;

/// One channel in all formats.
pub(super) type Renditions = Arc<HashMap<Format, Arc<Rendition>>>;

/// What is ready to be served.
#[derive(Default)]
pub(super) struct Shelf {
    channels: HashMap<Slug, Rendered>,
    /// Undeclared channels in the order of their rendering.
    undeclared: Vec<Slug>,
}

struct Rendered {
    renditions: Renditions,
    /// Entries changed since.
    stale: bool,
}

impl Shelf {
    /// A rendition that is as the entries are, or the last good one of a declared channel.
    pub(super) fn find(&self, slug: &Slug, format: Format) -> Option<Arc<Rendition>> {
        let rendered = self.channels.get(slug).filter(|rendered| !rendered.stale)?;
        rendered.renditions.get(&format).cloned()
    }

    /// What was last rendered of a channel, stale or not.
    pub(super) fn former(&self, slug: &Slug) -> Renditions {
        self.channels.get(slug).map(|rendered| Arc::clone(&rendered.renditions)).unwrap_or_default()
    }

    pub(super) fn put(&mut self, slug: &Slug, renditions: HashMap<Format, Arc<Rendition>>, declared: bool) {
        let rendered = Rendered { renditions: Arc::new(renditions), stale: false };
        self.channels.insert(slug.clone(), rendered);
        if declared {
            return;
        }
        if !self.undeclared.contains(slug) {
            self.undeclared.push(slug.clone());
        }
        while self.undeclared.len() > 1
            && (self.undeclared.len() > UNDECLARED_KEPT || self.undeclared_bytes() > UNDECLARED_BYTES)
        {
            let oldest = self.undeclared.remove(0);
            self.channels.remove(&oldest);
        }
    }

    fn undeclared_bytes(&self) -> usize {
        let kept = self.undeclared.iter().filter_map(|slug| self.channels.get(slug));
        kept.flat_map(|rendered| rendered.renditions.values()).map(|rendition| rendition.size()).sum()
    }

    /// Undeclared channels are rendered again when somebody asks; declared ones are served until the new ones are made.
    pub(super) fn mark_stale(&mut self, affected: impl Fn(&Slug) -> bool) {
        for slug in &self.undeclared {
            if let Some(rendered) = self.channels.get_mut(slug) {
                rendered.stale |= affected(slug);
            }
        }
    }

    /// Other channels are declared, or other ones exist, than before. One that is no longer declared is dropped, also where one
    /// of its name exists without a file: that is another channel.
    pub(super) fn keep(&mut self, declared: impl Fn(&Slug) -> bool, exists: impl Fn(&Slug) -> bool) {
        self.undeclared.retain(|slug| !declared(slug) && exists(slug));
        let undeclared = &self.undeclared;
        self.channels.retain(|slug, _| declared(slug) || undeclared.contains(slug));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_millis;

    fn check_kept(channels: usize, bytes: usize, expected: usize) {
        let mut shelf = Shelf::default();
        let rendition = Rendition {
            format: Format::Rss,
            hash: String::new(),
            last_modified: from_millis(0),
            identity: vec![0; bytes].into(),
            compressed: Vec::new(),
        };
        let renditions = HashMap::from([(Format::Rss, Arc::new(rendition))]);
        let slug = |number: usize| format!("source-{number}").parse::<Slug>().unwrap();
        shelf.put(&"declared".parse().unwrap(), renditions.clone(), true);
        (0..channels).for_each(|number| shelf.put(&slug(number), renditions.clone(), false));
        let found: Vec<usize> =
            (0..channels).filter(|number| shelf.find(&slug(*number), Format::Rss).is_some()).collect();
        // The newest ones, and what is declared in any case.
        assert_eq!(found, (channels - expected..channels).collect::<Vec<_>>());
        assert!(shelf.find(&"declared".parse().unwrap(), Format::Rss).is_some());
    }

    #[test]
    fn channels_that_nobody_declared_are_kept_within_bounds() {
        check_kept(70, 1_000, UNDECLARED_KEPT);
        check_kept(20, UNDECLARED_BYTES / 10, 10);
        check_kept(3, UNDECLARED_BYTES * 2, 1);
    }
}
