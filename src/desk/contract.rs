//! Contracts of sources in files.

use crate::{
    config::{FromNode, Reader, Spot},
    model::{Contract, EntryField},
};

/// Items that a document can be expected to have.
const ITEMS: std::ops::RangeInclusive<u32> = 1..=1000;

/// Reads the table `contract` of a source.
pub(super) fn read(mut reader: Reader<'_>) -> Contract {
    let contract =
        Contract { min_items: reader.between("min_items", ITEMS), required: reader.list("required") };
    reader.finish();
    contract
}

impl FromNode for EntryField {
    fn expected() -> String {
        let names: Vec<_> = EntryField::ALL.iter().map(|field| field.name()).collect();
        format!("one of {}", names.join(", "))
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        let known = |name: &str| EntryField::ALL.into_iter().find(|field| field.name() == name);
        spot.parsed(&Self::expected(), known)
    }
}
