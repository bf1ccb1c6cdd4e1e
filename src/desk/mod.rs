//! The editorial desk: reads the feeds folder, `sources/*.toml`, `channels/*.toml` and `posts/**/*.md`. Gives what is
//! sound and every fault of the rest; decides nothing about what happens then. Never fetches, and writes nothing but
//! snapshots of pages (`snapshots/`).

mod channel;
mod contract;
mod files;
mod post;
mod rules;
pub mod snapshots;
mod source;
mod write;

use std::{collections::BTreeMap, path::Path};

pub use files::{Stamp, fingerprint};
pub use rules::{rules_file, rules_text};
pub use write::{rules_table, source_file};

use crate::{
    config::{Fault, FaultList, Settings},
    model::{Channel, Slug, SourceSpec},
    posts::Post,
};

/// The slug of the source that delivers our own posts. It is there without a file.
pub const POSTS: &str = "posts";

/// What is declared in files, by slug.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Desk {
    /// What we collect.
    pub sources: Vec<SourceSpec>,
    /// What we publish.
    pub channels: Vec<Channel>,
    /// What we write. Drafts are in it.
    pub posts: Vec<Post>,
    /// False where a post was faulty and is missing from `posts`. Who publishes the rest must then not take the posts
    /// for complete ([`ParsedFeed::complete`](crate::model::ParsedFeed::complete)), or the missing ones are withdrawn.
    pub posts_complete: bool,
    /// What is sound and yet not as somebody meant it.
    pub warnings: Vec<Fault>,
}

/// Reads the folder. What is faulty is left out and named; a channel that asks for unknown sources or groups stays,
/// as those match nothing. A folder that is missing is a fault; missing folders in it are empty.
pub fn load(dir: &Path, settings: &Settings) -> (Desk, Vec<Fault>) {
    let faults = FaultList::new();
    if !dir.is_dir() {
        faults.push(Fault::of_file(dir.display().to_string(), "is no folder; feeds.directory names it"));
    }
    let reading = Reading { dir, settings, faults: &faults };
    let declared = source::load(&reading);
    let channels = channel::load(&reading, &declared.names);
    let post::Read { posts, complete: posts_complete, warnings } = post::load(&reading);
    (Desk { sources: declared.sources, channels, posts, posts_complete, warnings }, faults.into_vec())
}

/// What every part of the desk reads with.
struct Reading<'a> {
    dir: &'a Path,
    settings: &'a Settings,
    faults: &'a FaultList,
}

/// Slugs that are taken, and the file that took each.
#[derive(Debug, Default)]
struct Taken(BTreeMap<Slug, String>);

impl Taken {
    /// Takes the slug for this file, or says which file has it.
    fn take(&mut self, slug: &Slug, file: &str) -> Result<(), String> {
        if let Some(first) = self.0.get(slug) {
            return Err(format!("“{slug}” is already taken by {first}"));
        }
        self.0.insert(slug.clone(), file.to_owned());
        Ok(())
    }
}
