//! The one rule of direction, read off the `use` lines: who may know whom.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The ground: everything may stand on it, it stands on nothing but itself.
const GROUND: &[&str] = &["cache", "clock", "config", "dates", "charset", "failpoint", "model", "telemetry"];

/// Every room and what it may use besides the ground and itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("cache", &[]),
    ("clock", &[]),
    ("config", &[]),
    ("dates", &[]),
    ("charset", &[]),
    ("failpoint", &[]),
    ("telemetry", &[]),
    ("parse", &[]),
    ("scrape", &[]),
    ("posts", &[]),
    ("normalise", &[]),
    ("merge", &[]),
    ("publish", &["search"]),
    ("search", &[]),
    ("fetch", &[]),
    ("store", &[]),
    ("desk", &["posts", "scrape", "search"]),
    ("ingest", &["fetch", "normalise", "parse", "posts", "schedule", "scrape", "store"]),
    ("schedule", &["ingest", "store"]),
    ("indexer", &["publish", "search", "store"]),
    ("press", &["indexer", "publish", "search", "store"]),
    ("stories", &["merge", "normalise", "store"]),
    ("web", &["publish"]),
    ("outlets", &[]),
    (
        "app",
        &[
            "cli",
            "desk",
            "fetch",
            "indexer",
            "ingest",
            "normalise",
            "outlets",
            "posts",
            "press",
            "publish",
            "schedule",
            "search",
            "store",
            "stories",
            "web",
        ],
    ),
    ("demo", &["app", "desk"]),
    ("bench", &["app", "desk", "indexer", "search", "store", "web"]),
    (
        "cli",
        &[
            "app",
            "bench",
            "demo",
            "desk",
            "fetch",
            "indexer",
            "ingest",
            "normalise",
            "parse",
            "posts",
            "publish",
            "scrape",
            "search",
            "store",
        ],
    ),
];

/// Rooms that take values and give values.
const PURE: &[&str] = &[
    "model",
    "cache",
    "dates",
    "charset",
    "parse",
    "scrape",
    "posts",
    "normalise",
    "merge",
    "publish",
    "search",
];

#[test]
fn rooms_use_only_what_the_rule_of_direction_lets_them() {
    let mut wrong = Vec::new();
    for (room, allowed) in ROOMS {
        for (file, text) in sources_of(room) {
            for used in rooms_used(&text) {
                let is_fine =
                    used == *room || GROUND.contains(&used.as_str()) || allowed.contains(&used.as_str());
                if !is_fine {
                    wrong.push(format!("{}: {room} must not use {used}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_has_its_rule() {
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).chain(["lib", "main"]).collect();
    let rooms: BTreeSet<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let without: Vec<_> = rooms.iter().filter(|room| !known.contains(room.as_str())).collect();
    assert!(without.is_empty(), "no rule for {without:?}");
}

#[test]
fn pure_rooms_touch_no_runtime_network_database_or_clock() {
    let mut wrong = Vec::new();
    for room in PURE {
        for (file, text) in sources_of(room) {
            for outside in [
                "tokio",
                "reqwest",
                "sqlx",
                "crate::clock",
                "crate::store",
                "std::fs",
                "std::net",
                "SystemTime",
            ] {
                if code_of(&text).contains(outside) {
                    wrong.push(format!("{}: {outside} in a pure room", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_their_own_room_sees_the_types_of_a_library() {
    let owners: &[(&str, &[&str])] = &[
        ("feed_rs::", &["parse/adapter.rs", "publish/gate/second.rs"]),
        ("sqlx::", &["store/"]),
        ("object_store::", &["outlets/"]),
        ("tokio_cron_scheduler::", &["schedule/tick.rs"]),
        ("reqwest::", &["fetch/"]),
        ("scraper::", &["scrape/"]),
        ("ammonia::", &["normalise/"]),
        ("atom_syndication::", &["publish/"]),
    ];
    let mut wrong = Vec::new();
    for (room, _) in ROOMS {
        for (file, text) in sources_of(room) {
            let shown = file.strip_prefix(root()).unwrap().display().to_string();
            for (library, places) in owners {
                if code_of(&text).contains(library) && !places.iter().any(|place| shown.starts_with(place)) {
                    wrong.push(format!("{shown}: {library} belongs to {places:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sql_stands_in_the_store_alone() {
    let statements = ["select ", "insert into ", "update entries", "delete from "];
    for (room, _) in ROOMS.iter().filter(|(room, _)| *room != "store") {
        for (file, text) in sources_of(room) {
            for line in code_of(&text).lines().filter(|line| line.contains('"')) {
                let found = statements.iter().any(|sql| line.contains(&format!("\"{sql}")));
                assert!(!found, "{}: SQL outside the store: {line}", file.display());
            }
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources_of(room: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let file = root().join(format!("{room}.rs"));
    if file.is_file() {
        files.push(file);
    }
    gather(&root().join(room), &mut files);
    // Tests of a room may stand on whatever they need.
    files.retain(|file| file.file_stem().is_some_and(|stem| stem != "tests"));
    files.into_iter().map(|file| (file.clone(), fs::read_to_string(&file).unwrap())).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The text without comments and without the tests at its end.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Rooms named by `crate::room`, also in `use crate::{a, b::c}`.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let code = code_of(text);
    let mut used = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(top_level_names(group)),
            None => used.extend(name_at(rest)),
        }
    }
    used
}

fn name_at(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

fn top_level_names(group: &str) -> Vec<String> {
    let (mut depth, mut at_start, mut names) = (0, true, Vec::new());
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            c if c.is_whitespace() => {}
            _ if at_start => {
                names.extend(name_at(&group[index..]));
                at_start = false;
            }
            _ => {}
        }
    }
    names
}
