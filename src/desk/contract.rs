//! Contracts of sources in files.

use std::time::Duration;

use crate::{
    config::{FromNode, Reader, Spot},
    model::{Contract, EntryField},
};

/// Items that a document can be expected to have.
const ITEMS: std::ops::RangeInclusive<u32> = 1..=1000;

/// The shortest cadence that means anything: sources are asked once a day at least.
const CADENCE: Duration = Duration::from_secs(24 * 3600);

/// Reads the table `contract` of a source.
pub(super) fn read(mut reader: Reader<'_>) -> Contract {
    let contract = Contract {
        min_items: reader.between("min_items", ITEMS),
        required: reader.list("required"),
        cadence: reader.optional("cadence"),
    };
    if contract.cadence.is_some_and(|cadence| cadence < CADENCE)
        && let Some(spot) = reader.spot("cadence")
    {
        spot.expected("at least 1day");
    }
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
