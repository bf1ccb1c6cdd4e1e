//! Partner sites of our own on loopback, for `vestnik demo` and for tests: everything can be seen working without the
//! internet. Collects and publishes nothing; the daemon knows them by their addresses alone.

mod answer;
mod desk;
mod news;
mod partners;
mod render;
mod wire;

pub use answer::Recorded;
pub use desk::{DeskError, write_desk};
pub use partners::{Failure, News, Partner, Partners, StartError};
