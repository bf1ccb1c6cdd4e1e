//! Which entries of different sources are one story: same article, same title within days, nearly the same text. Does no
//! I/O and reads no clock. An index of keys finds those that may be alike, so that the cost of an entry does not grow with
//! the archive; each pair is then looked at closely.

mod grouping;
mod judge;
mod lead;
mod profile;
mod text;
mod words;

pub use grouping::{Grouping, Joined, Kept, Met};
pub use judge::{Why, judge};
pub use lead::{Standing, takes_the_lead};
pub use profile::{Key, Profile};
