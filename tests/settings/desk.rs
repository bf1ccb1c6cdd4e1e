//! What a desk of files becomes.

use std::{fs, path::Path, time::Duration};

use vestnik::{
    desk::{self, Desk},
    model::{EntryField, Field, SourceKind, TextPolicy},
};

use super::{defaults, printed};

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn desk_of(files: &[(&str, &str)]) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in files {
        write(dir.path(), file, text);
    }
    let (desk, faults) = desk::load(dir.path(), &defaults());
    assert_eq!(printed(&faults), "");
    desk
}

#[test]
fn a_source_has_the_defaults_that_the_law_allows() {
    let desk = desk_of(&[("sources/partner.toml", "url = 'https://example.org/feed'\n")]);
    let source = &desk.sources[0];
    assert_eq!((source.slug.as_str(), source.kind, source.enabled), ("partner", SourceKind::Feed, true));
    assert_eq!(source.rights.text, TextPolicy::Excerpt);
    assert_eq!((source.rights.excerpt_length, source.rights.images), (200, false));
    assert_eq!(source.declared_in.as_deref(), Some("sources/partner.toml"));
}

#[test]
fn our_own_posts_are_a_source_without_a_file() {
    let desk = desk_of(&[("channels/all.toml", "title = 'Всичко'\n[filter]\nsources = ['posts']\n")]);
    let source = &desk.sources[0];
    assert_eq!((source.slug.as_str(), source.kind), ("posts", SourceKind::Local));
    assert_eq!((source.rights.text, source.rights.images), (TextPolicy::Full, true));
    assert_eq!(source.declared_in, None);
}

#[test]
fn a_file_can_declare_the_source_of_posts() {
    let desk = desk_of(&[("sources/posts.toml", "kind = 'local'\ntitle = 'Ours'\n")]);
    assert_eq!(desk.sources.len(), 1);
    assert_eq!(desk.sources[0].title.as_deref(), Some("Ours"));
    assert_eq!(desk.sources[0].rights.text, TextPolicy::Full);
}

#[test]
fn every_field_of_a_source_is_read() {
    let text = "id = 'other'\nkind = 'page'\nurl = 'https://example.org/news'\ntitle = 'T'\nhome = 'https://example.org/'\n\
        language = 'it'\ntimezone = 'Europe/Rome'\ngroups = ['partners']\ntags = ['x']\nenabled = false\n\
        user_agent = 'Mozilla/5.0 (compatible)'\n[polling]\ninterval = '2h'\n[rights]\ntext = 'full'\n\
        excerpt_length = 300\nimages = true\nlicence = 'CC BY 4.0'\ncredit = 'C'\n[rules]\nitem = 'article'\n\
        link = 'a'\ndate = { select = 'time', attribute = 'datetime', pattern = '^(.{10})' }\ndate_format = '%Y-%m-%d'\n";
    let desk = desk_of(&[("sources/partner.toml", text)]);
    let source = &desk.sources[0];
    assert_eq!((source.slug.as_str(), source.kind, source.enabled), ("other", SourceKind::Page, false));
    assert_eq!(source.zone, Some(chrono_tz::Tz::Europe__Rome));
    assert_eq!(source.polling.interval, Some(Duration::from_secs(7_200)));
    assert_eq!(source.user_agent.as_deref(), Some("Mozilla/5.0 (compatible)"));
    let rights = &source.rights;
    assert_eq!((rights.text, rights.excerpt_length, rights.images), (TextPolicy::Full, 300, true));
    assert_eq!((rights.licence.as_deref(), rights.credit.as_deref()), (Some("CC BY 4.0"), Some("C")));
    let rules = source.rules.as_ref().unwrap();
    let plain = Field { select: "a".into(), attribute: None, pattern: None };
    assert_eq!(rules.link, Some(plain));
    assert_eq!(rules.date.as_ref().unwrap().pattern.as_deref(), Some("^(.{10})"));
    assert_eq!(rules.date_format.as_deref(), Some("%Y-%m-%d"));
}

#[test]
fn every_rule_and_contract_is_read_and_written_back() {
    let page = "kind = 'page'\nurl = 'https://example.org/news'\n[rules]\nitem = 'ul > li'\nbase = 'https://example.org/'\n\
        link = 'a'\ntitle = 'h2'\ndate = { attribute = 'data-date' }\ndate_format = '%d.%m.%Y'\ndate_language = 'en-US'\n\
        timezone = 'Europe/London'\nsummary = { select = 'p', pattern = '^(.*?)\\s*\"Read more\"' }\nimage = 'img'\nauthor = '.by'\n\
        tags = '.tag'\nnext = 'a[rel=next]'\npages = 3\narticle = true\ncontent = '.text'\nremove = '.share'\n\
        [contract]\nmin_items = 5\nrequired = ['date', 'summary']\n";
    let endpoint = "kind = 'page'\nurl = 'https://example.org/api'\n[rules]\njson = true\nitems = '/data'\nlink = 'url'\n\
        title = 'title.rendered'\nremove = ['nav', 'aside']\narticle = true\n";
    let files = [("sources/a.toml", page), ("sources/b.toml", endpoint)];
    let desk = desk_of(&files);
    let rules = desk.sources[0].rules.as_ref().unwrap();
    assert_eq!(
        (rules.page_limit(), rules.article, rules.remove.as_slice()),
        (3, true, &[".share".to_owned()][..])
    );
    assert_eq!(rules.zone, Some(chrono_tz::Tz::Europe__London));
    assert_eq!(desk.sources[0].contract.required, [EntryField::Date, EntryField::Summary]);
    let written: Vec<_> = desk.sources.iter().map(|spec| desk::source_file(spec).unwrap()).collect();
    let again = desk_of(&[("sources/a.toml", &written[0]), ("sources/b.toml", &written[1])]);
    assert_eq!(again.sources, desk.sources);
}

#[test]
fn a_title_without_a_language_is_in_the_channels_own() {
    let desk = desk_of(&[
        ("channels/one.toml", "title = 'News'\nlanguage = 'en'\n"),
        ("channels/two.toml", "title = 'Новини'\n[window]\ndays = 30\n"),
    ]);
    let titles: Vec<_> = desk.channels.iter().map(|c| c.titles.keys().next().unwrap().as_str()).collect();
    assert_eq!(titles, ["en", "bg"]);
    assert_eq!((desk.channels[1].window.entries, desk.channels[1].window.days), (50, Some(30)));
}

#[test]
fn the_stamp_changes_with_the_files_and_only_with_them() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "sources/a.toml", "url = 'https://example.org/'\n");
    let first = desk::fingerprint(dir.path());
    write(dir.path(), "sources/.a.toml.swp", "an editor's own");
    write(dir.path(), "sources/notes.txt", "not declared");
    assert_eq!(desk::fingerprint(dir.path()), first);
    write(dir.path(), "posts/2018/b.md", "");
    let second = desk::fingerprint(dir.path());
    assert_ne!(second, first);
    write(dir.path(), "posts/2018/b.md", "longer");
    let third = desk::fingerprint(dir.path());
    assert_ne!(third, second);
    fs::remove_file(dir.path().join("sources/a.toml")).unwrap();
    assert_ne!(desk::fingerprint(dir.path()), third);
}

#[test]
fn a_faulty_file_of_the_source_of_posts_does_not_take_the_posts_away() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "sources/posts.toml", "kind = 'local'\ntitel = 'Ours'\n");
    let (desk, faults) = desk::load(dir.path(), &defaults());
    assert_eq!(faults.len(), 1);
    assert_eq!(desk.sources.iter().map(|source| source.slug.as_str()).collect::<Vec<_>>(), ["posts"]);
    assert!(desk.posts_complete);
}

#[test]
fn a_missing_faulty_post_is_not_taken_for_a_withdrawn_one() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "posts/a.md", "---\ntitle: A\ndate: 2018\n---\n");
    write(dir.path(), "posts/b.md", "---\ntitel: B\ndate: 2018\n---\n");
    let (desk, faults) = desk::load(dir.path(), &defaults());
    assert_eq!((desk.posts.len(), desk.posts_complete, faults.len()), (1, false, 2));
}

#[test]
fn a_translation_whose_original_was_deleted_stays_a_sound_post() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "posts/work.md", "---\ntitle: A\ndate: 2018\nlanguage: en\n---\n");
    write(dir.path(), "posts/b.md", "---\ntitle: B\ndate: 2018\nlanguage: bg\ntranslation-of: work\n---\n");
    assert_eq!(desk::load(dir.path(), &defaults()).0.warnings, []);
    fs::remove_file(dir.path().join("posts/work.md")).unwrap();
    write(dir.path(), "posts/word.md", "---\ntitle: C\ndate: 2018\nlanguage: en\n---\n");
    let (desk, faults) = desk::load(dir.path(), &defaults());
    assert_eq!((desk.posts.len(), desk.posts_complete, faults), (2, true, Vec::new()));
    let warnings: Vec<_> = desk
        .warnings
        .iter()
        .map(|fault| format!("{:?} {}: {}", fault.line, fault.key, fault.problem))
        .collect();
    let said = "Some(5) translation-of: there is no post “work”; did you mean “word”?; it is published without a pair";
    assert_eq!(warnings, [said]);
}

#[test]
fn a_file_with_an_id_is_not_known_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "sources/file.toml", "id = 'other'\nurl = 'https://example.org/'\n");
    write(dir.path(), "channels/a.toml", "title = 'A'\n[filter]\nsources = ['other', 'file']\n");
    let (_, faults) = desk::load(dir.path(), &defaults());
    let faults: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.key, fault.problem)).collect();
    assert_eq!(faults, ["filter.sources[1]: there is no source “file”"]);
}

#[test]
fn a_channel_can_ask_for_words_that_can_be_searched_for() {
    let channel = |text: &str| format!("title = 'T'\n[filter]\ntext = '{text}'\n");
    let desk = desk_of(&[("channels/words.toml", &channel("иновации -енергия"))]);
    assert_eq!(desk.channels[0].filter.text.as_deref(), Some("иновации -енергия"));
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "channels/words.toml", &channel("-енергия"));
    let (_, faults) = desk::load(dir.path(), &defaults());
    let faults: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.key, fault.problem)).collect();
    assert_eq!(faults, ["filter.text: the query only excludes; add a word that must be there"]);
}
