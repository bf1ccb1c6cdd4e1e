//! Faulty files, each beside all its faults: file, line, key and the nearest known key.

use std::path::Path;

use chrono_tz::Tz;
use vestnik::{config::Settings, desk, model::Language, posts};

use super::{FIXTURES, check_expected, defaults, fixtures, printed};

#[test]
fn every_fault_of_the_settings_is_named_at_once() {
    for fixture in fixtures("settings-", ".toml") {
        let faults = Settings::load(Some(&fixture), std::iter::empty()).unwrap_err();
        check_expected(&fixture, &printed(&faults));
    }
}

#[test]
fn every_fault_of_a_post_is_named_at_once() {
    for fixture in fixtures("post-", ".md") {
        let text = std::fs::read_to_string(&fixture).unwrap();
        let file = fixture.display().to_string();
        let faults = posts::read(&file, &text, &Language::bulgarian(), Tz::Europe__Sofia).unwrap_err();
        check_expected(&fixture, &printed(&faults));
    }
}

#[test]
fn every_fault_of_the_desk_is_named_at_once() {
    for fixture in fixtures("desk-", "") {
        if fixture.is_dir() {
            let (_, faults) = desk::load(&fixture, &defaults());
            check_expected(&fixture, &printed(&faults));
        }
    }
}

#[test]
fn what_is_sound_is_there_all_the_same() {
    let (desk, _) = desk::load(&Path::new(FIXTURES).join("desk-faults"), &defaults());
    let slugs: Vec<_> = desk.sources.iter().map(|source| source.slug.as_str()).collect();
    assert_eq!(slugs, ["a-sound-one", "posts"]);
    let slugs: Vec<_> = desk.channels.iter().map(|channel| channel.slug.as_str()).collect();
    // The first asks for things that do not exist. It stays, as nothing matches them.
    assert_eq!(slugs, ["asks-for-unknown", "sound"]);
    let slugs: Vec<_> = desk.posts.iter().map(|post| post.slug.as_str()).collect();
    assert_eq!(slugs, ["original", "second-translation", "translation"]);
}

#[test]
fn a_missing_file_and_a_missing_folder_are_faults() {
    let faults = Settings::load(Some(Path::new("nowhere/vestnik.toml")), std::iter::empty()).unwrap_err();
    assert!(printed(&faults).starts_with("nowhere/vestnik.toml: cannot be read: "), "{faults:?}");
    let (_, faults) = desk::load(Path::new("nowhere/feeds"), &defaults());
    assert_eq!(printed(&faults), "nowhere/feeds: is no folder; feeds.directory names it\n");
}
