//! What the fuzz targets (`fuzz/`) found once, replayed: `tests/fixtures/fuzzing/<target>/` holds the inputs, each of which
//! broke a law that now holds.

mod laws;

use std::{fs, path::Path};

fn replay(target: &str, law: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzzing").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let input = fs::read(&file).unwrap();
        let kept = std::panic::catch_unwind(|| law(&input));
        assert!(kept.is_ok(), "{} breaks a law", file.display());
    }
}

#[test]
fn decoding_keeps_its_laws() {
    replay("decode", laws::decode);
}

#[test]
fn repairing_keeps_its_laws() {
    replay("repair", laws::repair);
}

#[test]
fn the_reader_keeps_its_laws() {
    replay("reader", laws::reader);
}

#[test]
fn sanitising_keeps_its_laws() {
    replay("sanitise", laws::sanitise);
}

#[test]
fn dates_keep_their_laws() {
    replay("dates", laws::dates);
}

#[test]
fn subscription_lists_keep_their_laws() {
    replay("opml", laws::opml);
}

#[test]
fn rules_keep_their_laws() {
    replay("rules", laws::rules);
}
