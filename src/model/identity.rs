//! By what the entries of a source are told apart.

use serde::{Deserialize, Serialize};

/// By what the entries of a source are told apart. It is only ever degraded: what proved bad once is not believed again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityPolicy {
    /// The publisher's id, else the link, else title and content.
    #[default]
    Ids,
    /// The link, else title and content: the same id stands on many entries.
    IdsAreShared,
    /// The link, else title and content: the same entry has another id at each collection.
    IdsChange,
}

impl IdentityPolicy {
    /// Whether the publisher's ids are believed.
    pub fn trusts_ids(self) -> bool {
        self == IdentityPolicy::Ids
    }

    /// Why they are not, for staff.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            IdentityPolicy::Ids => None,
            IdentityPolicy::IdsAreShared => {
                Some("its entries go by their links: one id stands on several of them")
            }
            IdentityPolicy::IdsChange => Some("its entries go by their links: their ids change each time"),
        }
    }
}
