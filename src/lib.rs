//! Vestnik: collects feeds and pages, merges them with local posts, publishes RSS, Atom and JSON Feed.
//!
//! The one rule of direction, checked by `tests/architecture.rs`:
//! `cli → app → {schedule, web} → ingest → {fetch, parse, scrape, posts, normalise, publish} → model`, with
//! `store` beside the stages, and `config`, `clock` and `telemetry` as the ground everything may stand on. Stages
//! never import each other; they meet in [`model`]. See `docs/architecture.md`.

pub mod app;
pub mod bench;
pub mod cache;
pub mod charset;
pub mod cli;
pub mod clock;
pub mod config;
pub mod dates;
pub mod demo;
pub mod desk;
pub mod failpoint;
pub mod fetch;
pub mod indexer;
pub mod ingest;
pub mod merge;
pub mod model;
pub mod normalise;
pub mod outlets;
pub mod parse;
pub mod posts;
pub mod press;
pub mod publish;
pub mod schedule;
pub mod scrape;
pub mod search;
pub mod store;
pub mod stories;
pub mod telemetry;
pub mod web;
