//! `docs/configuration.md`, made from the types.

use std::fmt::Write;

use super::{SectionDocs, SettingDocs, sections::all_docs};

const HEAD: &str = "\
# Configuration

<!-- Made from the types in src/config/sections.rs; a test keeps it true. To make it anew:
     VESTNIK_WRITE_DOCS=1 cargo test configuration_page -->

Vestnik reads `config/vestnik.toml` (another file with `--config FILE`). Every setting has a default, so that an empty
file is a valid one. A variable of the environment overrides the file: `VESTNIK_<SECTION>__<KEY>`, lists with commas.
An empty variable takes an optional value away.

Faults are reported all at once, each with file, line and key; `vestnik check` does only that. An unknown key is a fault.

Durations are written `500ms`, `1s`, `15min`, `24h`, `1h 30min`; sizes `512KiB`, `10MiB`.
";

/// The text of `docs/configuration.md`.
pub fn configuration_page() -> String {
    let mut page = HEAD.to_owned();
    for section in all_docs() {
        write_section(&mut page, &section);
    }
    page
}

// Writing to a String does not fail.
fn write_section(page: &mut String, section: &SectionDocs) {
    let _ = write!(page, "\n## [{}]\n\n{}\n\n", section.name, section.about);
    page.push_str("| key | meaning | expected | default |\n| --- | --- | --- | --- |\n");
    for setting in &section.settings {
        write_setting(page, setting);
    }
}

fn write_setting(page: &mut String, setting: &SettingDocs) {
    let SettingDocs { key, about, expected, .. } = setting;
    let within = setting.within.map_or(String::new(), |(low, high)| format!("; {low} to {high}"));
    let default = setting.default.as_ref().map_or("none".to_owned(), |default| format!("`{default}`"));
    let _ = writeln!(page, "| `{key}` | {about} | {expected}{within} | {default} |");
}
