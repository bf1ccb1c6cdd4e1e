//! What the project ships and says about its own files is true.

use std::{collections::BTreeSet, fs, path::Path};

use vestnik::{
    config::{Settings, configuration_page},
    desk,
    model::SourceKind,
};

use super::{defaults, printed};

const SHIPPED: &str = "config/vestnik.toml";

#[test]
fn the_shipped_settings_load() {
    let settings = Settings::load(Some(Path::new(SHIPPED)), std::iter::empty());
    let settings = settings.map_err(|faults| printed(&faults)).unwrap();
    assert_eq!(settings.site.title.as_str(), "Вестник");
    assert!(settings.user_agent_contact().is_some());
}

#[test]
fn the_shipped_settings_show_every_key_and_the_true_defaults() {
    let shipped = fs::read_to_string(SHIPPED).unwrap();
    // A comment that is a setting is `# key = value`; the active ones of the cluster are taken out.
    let is_setting = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let mut text = String::new();
    let mut keys = BTreeSet::new();
    let mut section = String::new();
    for line in shipped.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
            text.push_str(&format!("{line}\n"));
        }
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if is_setting(bare) {
            keys.insert(format!("{section}.{}", bare.split(" = ").next().unwrap()));
            if bare != line {
                text.push_str(&format!("{bare}\n"));
            }
        }
    }
    let commented = Settings::read(SHIPPED, &text, std::iter::empty());
    assert_eq!(commented.map_err(|faults| printed(&faults)), Ok(defaults()));
    let page = configuration_page();
    let mut documented = BTreeSet::new();
    for part in page.split("\n## [").skip(1) {
        let (name, rest) = part.split_once(']').unwrap();
        let rows = rest.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        documented.extend(rows.map(|key| format!("{name}.{key}")));
    }
    assert_eq!(keys, documented);
}

#[test]
fn the_configuration_page_is_what_the_types_say() {
    let path = Path::new("docs/configuration.md");
    if std::env::var_os("VESTNIK_WRITE_DOCS").is_some() {
        fs::write(path, configuration_page()).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), configuration_page());
}

#[test]
fn the_shipped_desk_is_sound() {
    let (desk, faults) = desk::load(Path::new("feeds"), &defaults());
    assert_eq!(printed(&faults), "");
    let channels: Vec<_> = desk.channels.iter().map(|channel| channel.slug.as_str()).collect();
    assert_eq!(channels, ["all", "bg", "city", "en", "local", "partners"]);
    for channel in &desk.channels {
        for texts in [&channel.titles, &channel.descriptions] {
            let languages: Vec<_> = texts.keys().map(|language| language.as_str()).collect();
            assert_eq!(languages, ["bg", "en"], "{}", channel.slug);
        }
    }
    // Only what is known to be a feed is asked before somebody has checked it.
    let enabled: Vec<_> = desk
        .sources
        .iter()
        .filter(|source| source.enabled && source.kind != SourceKind::Local)
        .map(|source| source.slug.as_str())
        .collect();
    assert_eq!(enabled, ["ec-digital-strategy", "sofia-bg"]);
    assert_eq!(desk.sources.len(), 14);
    assert_eq!(desk.posts.len(), 5);
}

#[test]
fn the_examples_of_the_manual_are_sound() {
    let manual = fs::read_to_string("docs/sources-and-channels.md").unwrap();
    let blocks: Vec<_> =
        manual.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap().1).collect();
    let files = [
        "sources/noi-techpark.toml",
        "sources/posts.toml",
        "sources/partner.toml",
        "sources/partner-api.toml",
        "sources/partner-feed.toml",
        "channels/partners-de.toml",
        "posts/2018/work-meetings.md",
        "posts/2018/work-meetings.bg.md",
    ];
    assert_eq!(blocks.len(), files.len());
    let dir = tempfile::tempdir().unwrap();
    for (file, block) in files.iter().zip(blocks) {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, block).unwrap();
    }
    let (desk, faults) = desk::load(dir.path(), &defaults());
    assert_eq!(printed(&faults), "");
    assert_eq!((desk.sources.len(), desk.channels.len(), desk.posts.len()), (5, 1, 2));
    let named = |name: &str| desk.sources.iter().find(|source| source.slug.as_str() == name).unwrap();
    assert!(named("partner").rules.as_ref().unwrap().reads_articles());
    assert!(named("partner-api").rules.as_ref().unwrap().json);
    assert_eq!(named("partner-feed").contract.min_items, Some(5));
}
