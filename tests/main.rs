//! Vestnik's behaviour, a folder a capability. One binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    missing_docs,
    reason = "tests stop at the first surprise"
)]

mod architecture;
mod collecting;
mod fuzzing;
mod merging;
mod publishing;
mod reading;
mod scraping;
mod searching;
mod serving;
mod settings;
mod storing;
mod support;
mod whole;
