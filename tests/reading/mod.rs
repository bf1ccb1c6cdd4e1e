//! Reading documents: each file under `fixtures/reading` stands beside what it must become.

mod attacks;
mod differential;
pub(crate) mod fixtures;
mod hostile;
mod properties;
mod publishable;
mod round_trip;
mod wild;
