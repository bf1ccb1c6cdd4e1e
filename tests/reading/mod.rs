//! Reading documents: each file under `fixtures/reading` stands beside what it must become.

mod fixtures;
mod properties;
mod publishable;
