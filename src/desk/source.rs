//! Sources: one file each under `sources/`.

use std::{collections::BTreeSet, path::Path, time::Duration};

use super::{
    POSTS, Reading, Taken, contract,
    files::{files_in, relative},
    rules,
};
use crate::{
    config::{Moment, Node, Reader, Spot, UserAgent, text_of},
    model::{
        Contract, OnDeletion, Polling, Publication, PublicationPolicy, Retention, Rights, Slug, SourceKind,
        SourceSpec, TextPolicy,
    },
    posts::slug_of,
};

/// What is known about sources after all files were read.
pub(super) struct Declared {
    /// The sound ones, by slug.
    pub(super) sources: Vec<SourceSpec>,
    /// What channels may name.
    pub(super) names: Names,
}

/// Names of sources and groups, those of faulty files too: one fault must not cause others elsewhere.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) sources: BTreeSet<Slug>,
    pub(super) groups: BTreeSet<Slug>,
    /// A file could not be read at all: nobody knows what it would have named.
    pub(super) incomplete: bool,
}

pub(super) fn load(reading: &Reading<'_>) -> Declared {
    let mut declared = Declared { sources: Vec::new(), names: Names::default() };
    let mut taken = Taken::default();
    for path in files_in(&reading.dir.join("sources"), "toml") {
        load_file(&path, reading, &mut declared, &mut taken);
    }
    // Also in place of a faulty file that declares it: without the source, every post would vanish.
    if let Ok(slug) = POSTS.parse::<Slug>() {
        if !declared.sources.iter().any(|source| source.slug == slug) {
            declared.sources.push(built_in(slug.clone()));
        }
        declared.names.sources.insert(slug);
    }
    declared.sources.sort_by(|a, b| a.slug.cmp(&b.slug));
    declared
}

/// The source of our own posts.
fn built_in(slug: Slug) -> SourceSpec {
    SourceSpec {
        slug,
        kind: SourceKind::Local,
        url: None,
        title: None,
        home: None,
        language: None,
        zone: None,
        groups: Vec::new(),
        tags: Vec::new(),
        enabled: true,
        polling: Polling::default(),
        rights: own_rights(),
        precedence: SourceSpec::PRECEDENCE,
        publication: Default::default(),
        user_agent: None,
        rules: None,
        contract: Contract::default(),
        retention: Default::default(),
        declared_in: None,
    }
}

fn load_file(path: &Path, reading: &Reading<'_>, declared: &mut Declared, taken: &mut Taken) {
    let file = path.display().to_string();
    let before = reading.faults.len();
    let text = text_of(path).map_err(|fault| reading.faults.push(fault)).ok();
    let root = text.and_then(|text| Node::from_toml(&file, &text, 1, reading.faults));
    let Some(mut reader) = root.as_ref().and_then(|root| Reader::new(&file, root, reading.faults)) else {
        declared.names.incomplete = true;
        return;
    };
    let slug = slug(path, &mut reader);
    let groups = groups(&mut reader);
    declared.names.groups.extend(groups.iter().cloned());
    declared.names.sources.extend(slug.clone());
    if let Some(slug) = &slug
        && let Err(problem) = taken.take(slug, &file)
    {
        reader.fault("id", problem);
    }
    let spec = slug.or_else(stand_in).map(|slug| spec(slug, groups, &mut reader));
    reader.finish();
    if reading.faults.len() == before
        && let Some(mut spec) = spec
    {
        spec.declared_in = Some(relative(reading.dir, path));
        declared.sources.push(spec);
    }
}

/// The sound ones of the list: a faulty one must not make the others unknown to channels.
fn groups(reader: &mut Reader<'_>) -> Vec<Slug> {
    let Some(spot) = reader.spot("groups") else { return Vec::new() };
    match spot.items() {
        Some(items) => items.iter().filter_map(Spot::read).collect(),
        None => spot.read().unwrap_or_default(),
    }
}

fn name_of(path: &Path) -> Option<Slug> {
    path.file_stem()?.to_str()?.parse().ok()
}

/// A slug to read the rest of a file with whose own is faulty. What is read so is dropped, as there was a fault.
pub(super) fn stand_in() -> Option<Slug> {
    "unnamed".parse().ok()
}

/// `id`, else the file's name. Shared by sources and channels.
pub(super) fn slug(path: &Path, reader: &mut Reader<'_>) -> Option<Slug> {
    if let Some(spot) = reader.spot("id") {
        return spot.read();
    }
    let slug = name_of(path);
    if slug.is_none() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let better = slug_of(&stem).map_or(String::new(), |slug| format!(", such as “{slug}”"));
        reader.fault(
            "id",
            format!("is missing, and the file's name is none: expected 1 to 64 of a-z, 0-9 and -{better}"),
        );
    }
    slug
}

fn spec(slug: Slug, groups: Vec<Slug>, reader: &mut Reader<'_>) -> SourceSpec {
    let kind = reader.or("kind", SourceKind::Feed);
    let spec = SourceSpec {
        slug,
        kind,
        url: reader.optional("url"),
        title: reader.optional("title"),
        home: reader.optional("home"),
        language: reader.optional("language"),
        zone: reader.optional("timezone"),
        groups,
        tags: reader.list("tags"),
        enabled: reader.or("enabled", true),
        polling: polling(reader),
        rights: rights(kind, reader),
        precedence: reader.between("precedence", 0..=100).unwrap_or(SourceSpec::PRECEDENCE),
        publication: publication(reader),
        user_agent: reader.optional::<UserAgent>("user_agent").map(String::from),
        rules: reader.table("rules").and_then(rules::read).map(Box::new),
        contract: reader.table("contract").map(contract::read).unwrap_or_default(),
        retention: reader.table("retention").map(retention).unwrap_or_default(),
        declared_in: None,
    };
    check_kind(&spec, reader);
    spec
}

fn retention(mut reader: Reader<'_>) -> Retention {
    let retention =
        Retention { age: reader.optional("age"), entries: reader.between("entries", 1..=10_000_000) };
    if retention.age.is_some_and(|age| age < Retention::SHORTEST)
        && let Some(spot) = reader.spot("age")
    {
        spot.expected("at least 1day");
    }
    reader.finish();
    retention
}

fn check_kind(spec: &SourceSpec, reader: &mut Reader<'_>) {
    let has_url = reader.spot("url").is_some();
    let has_rules = reader.spot("rules").is_some();
    match spec.kind {
        SourceKind::Local if has_url => reader.fault("url", "a local source has no address"),
        SourceKind::Feed | SourceKind::Page if !has_url => {
            reader.fault("url", "is missing: expected an address that begins with http:// or https://");
        }
        _ => {}
    }
    if spec.kind == SourceKind::Local && reader.spot("retention").is_some() {
        reader.fault("retention", "our own posts are kept: remove a post's file to take it away");
    }
    if spec.kind == SourceKind::Local && reader.spot("contract").is_some() {
        reader.fault("contract", "our own posts have no contract: they are what the files are");
    }
    match spec.kind {
        SourceKind::Page if !has_rules => {
            reader.fault("rules", "is missing: a page is read by [rules] with an item selector");
        }
        SourceKind::Feed | SourceKind::Local if has_rules => {
            reader.fault("rules", "only a source of kind page has rules");
        }
        _ => {}
    }
}

fn polling(reader: &mut Reader<'_>) -> Polling {
    let Some(mut table) = reader.table("polling") else { return Polling::default() };
    let interval: Option<Duration> = table.optional("interval");
    // The scheduler ticks once a second. What is polite is for the editor and collect.host_gap to say.
    if interval.is_some_and(|interval| interval < Duration::from_secs(1))
        && let Some(spot) = table.spot("interval")
    {
        spot.expected("at least 1s");
    }
    let cron = table.optional("cron");
    if interval.is_some() && cron.is_some() {
        table.fault("cron", "an interval or a CRON line, not both");
    }
    table.finish();
    Polling { interval, cron }
}

fn rights(kind: SourceKind, reader: &mut Reader<'_>) -> Rights {
    let default = match kind {
        SourceKind::Local => own_rights(),
        SourceKind::Feed | SourceKind::Page => Rights::default(),
    };
    let Some(mut table) = reader.table("rights") else { return default };
    let rights = Rights {
        text: table.or("text", default.text),
        excerpt_length: table.between("excerpt_length", 20..=2000).unwrap_or(default.excerpt_length),
        images: table.or("images", default.images),
        licence: table.optional("licence"),
        credit: table.optional("credit"),
        until: table.optional::<Moment>("until").map(|until| until.0),
        afterwards: table.or("afterwards", default.afterwards),
    };
    if rights.afterwards == TextPolicy::Full {
        table.fault("afterwards", "what is allowed after the end can be excerpt or link-only");
    }
    table.finish();
    rights
}

fn publication(reader: &mut Reader<'_>) -> Publication {
    let Some(mut table) = reader.table("publication") else { return Publication::default() };
    let policy = table.or("policy", PublicationPolicy::Auto);
    let embargo: Option<Duration> = table.optional("embargo");
    match (policy, embargo) {
        (PublicationPolicy::Embargo, None) => {
            table.fault("embargo", "is missing: how long an entry is kept back, such as 2h or 3days");
        }
        (PublicationPolicy::Embargo, Some(_)) | (_, None) => {}
        (_, Some(_)) => table.fault("embargo", "is only for policy = \"embargo\""),
    }
    let publication = Publication {
        policy,
        embargo: embargo.unwrap_or_default(),
        on_deletion: table.or("on_deletion", OnDeletion::Withdraw),
        on_gone: table.or("on_gone", OnDeletion::Keep),
    };
    table.finish();
    publication
}

/// What we may do with our own texts.
fn own_rights() -> Rights {
    Rights { text: TextPolicy::Full, images: true, ..Rights::default() }
}
