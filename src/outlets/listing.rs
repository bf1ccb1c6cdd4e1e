//! What an outlet was given: kept in it, so that what is no longer published can be taken away after a restart too, and
//! nothing that others put beside it is touched.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Document, TWINS};

/// Its name in the outlet.
pub(super) const NAME: &str = ".vestnik.json";

/// Documents by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listing {
    pub(super) documents: BTreeMap<String, Listed>,
}

/// One document as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) hash: String,
    pub(super) content_type: String,
    pub(super) cache_control: String,
    /// Endings of the twins that are there, the document's own (empty) among them.
    pub(super) twins: Vec<String>,
}

impl Listed {
    pub(super) fn of(document: &Document) -> Self {
        let rendition = &document.rendition;
        let twins = TWINS.iter().filter(|(coding, _)| rendition.body(*coding).is_some());
        Listed {
            hash: rendition.hash.clone(),
            content_type: document.content_type.to_owned(),
            cache_control: document.cache_control.clone(),
            twins: twins.map(|(_, ending)| (*ending).to_owned()).collect(),
        }
    }
}

impl Listing {
    /// The paths.
    pub(super) fn paths(self) -> BTreeSet<String> {
        self.documents.into_keys().collect()
    }

    /// What is at these paths.
    pub(super) fn only(&self, paths: &BTreeSet<String>) -> Listing {
        let kept = self.documents.iter().filter(|(path, _)| paths.contains(*path));
        Listing { documents: kept.map(|(path, listed)| (path.clone(), listed.clone())).collect() }
    }

    /// A document was written.
    pub(super) fn put(&mut self, document: &Document) {
        self.documents.insert(document.path.clone(), Listed::of(document));
    }

    /// Reads what `write` wrote. What cannot be read lists nothing: then nothing is taken away.
    pub(super) fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    pub(super) fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// With these paths too: to be kept before anything is written, so that whatever happens then is known to be ours.
    pub(super) fn with(&self, paths: &BTreeSet<String>) -> Listing {
        let mut both = self.clone();
        for path in paths.iter().filter(|path| !self.documents.contains_key(*path)) {
            // Not the hash: it is not written yet.
            let twins = TWINS.iter().map(|(_, ending)| (*ending).to_owned()).collect();
            both.documents.insert(path.clone(), Listed { twins, ..Listed::default() });
        }
        both
    }

    /// Documents, and twins of documents, that the other does not have.
    pub(super) fn surplus<'a>(&'a self, other: &'a Listing) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.documents.iter().flat_map(move |(path, listed)| {
            let kept = other.documents.get(path);
            let gone = move |twin: &&String| kept.is_none_or(|kept| !kept.twins.contains(twin));
            listed.twins.iter().filter(gone).map(move |twin| (path.as_str(), twin.as_str()))
        })
    }

    /// How many documents the other does not have.
    pub(super) fn missing_in(&self, other: &Listing) -> usize {
        self.documents.keys().filter(|path| !other.documents.contains_key(*path)).count()
    }
}
