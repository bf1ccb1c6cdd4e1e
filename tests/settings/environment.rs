//! Where settings come from: the environment, the file, the default.

use std::time::Duration;

use vestnik::{
    config::{LogFormat, Settings},
    model::{Channel, Format},
    publish::{Page, render},
};

use super::{defaults, printed};

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::read("vestnik.toml", text, variables).map_err(|faults| printed(&faults))
}

#[test]
fn nothing_set_gives_the_documented_defaults() {
    let settings = defaults();
    assert_eq!(settings.site.title.as_str(), "Вестник");
    assert_eq!(settings.site().url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(settings.site.contact, None);
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.storage.database().to_string(), "sqlite:data/vestnik.db");
    assert_eq!(settings.collect.concurrency, 64);
    assert_eq!(settings.collect.host_gap, Duration::from_secs(1));
    assert_eq!(settings.collect.body_limit.as_u64(), 10 << 20);
    assert_eq!(settings.collect.allow_networks, []);
    assert_eq!(settings.publish.window, 50);
    assert_eq!(settings.publish.settle, Duration::from_millis(500));
    assert_eq!(settings.log.format, LogFormat::Text);
}

#[test]
fn the_environment_wins_over_the_file() {
    let text = "[site]\ntitle = 'In the file'\ncontact = 'a@example.org'\n[collect]\nconcurrency = 3\n";
    let settings = read(
        text,
        &[
            ("VESTNIK_SITE__TITLE", "12"),
            ("VESTNIK_SITE__CONTACT", ""),
            ("VESTNIK_COLLECT__CONCURRENCY", "7"),
            ("VESTNIK_COLLECT__ALLOW_NETWORKS", "127.0.0.0/8, ::1"),
            ("VESTNIK_LOG__FORMAT", "json"),
            ("VESTNIK_CONFIG", "not a setting"),
            ("HOME", "/root"),
        ],
    )
    .unwrap();
    assert_eq!(settings.site.title.as_str(), "12");
    assert_eq!(settings.site.contact, None);
    assert_eq!(settings.collect.concurrency, 7);
    assert_eq!(settings.collect.allow_networks.len(), 2);
    assert_eq!(settings.log.format, LogFormat::Json);
}

#[test]
fn faults_of_the_environment_stand_beside_those_of_the_file() {
    let faults = read(
        "[collect]\nhost_gap = 'soon'\n",
        &[
            ("VESTNIK_COLLECT__CONCURRENCY", "many"),
            ("VESTNIK_COLLECT__HOST_GAP", "2s"),
            ("VESTNIK_COLECT__HOST_GAP", "2s"),
            ("VESTNIK_COLLECT__DEFAULT_INTERVAL", "2days"),
        ],
    )
    .unwrap_err();
    assert_eq!(
        faults,
        "environment: VESTNIK_COLECT__HOST_GAP: is no known setting; did you mean VESTNIK_COLLECT__HOST_GAP?\n\
         environment: VESTNIK_COLLECT__CONCURRENCY: expected a whole number, found \"many\"\n\
         vestnik.toml:2: collect.host_gap: expected a duration such as 1s or 15min, found \"soon\"\n"
    );
}

#[test]
fn settings_that_contradict_each_other_are_a_fault_where_they_were_set() {
    let text = "[collect]\nmin_interval = '2h'\n";
    let problem = "must lie between min_interval and max_interval: 2h to 1day\n";
    // A default is at fault: the line is that of its section.
    assert_eq!(read(text, &[]).unwrap_err(), format!("vestnik.toml:1: collect.default_interval: {problem}"));
    let variables = [("VESTNIK_COLLECT__DEFAULT_INTERVAL", "1h")];
    assert_eq!(
        read(text, &variables).unwrap_err(),
        format!("environment: VESTNIK_COLLECT__DEFAULT_INTERVAL: {problem}")
    );
}

#[test]
fn the_user_agent_names_the_contact() {
    let site = "[site]\ncontact = 'news@example.org'\n";
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(defaults().user_agent(), format!("Vestnik/{version}"));
    assert_eq!(read(site, &[]).unwrap().user_agent(), format!("Vestnik/{version} (+news@example.org)"));
    let own = [("VESTNIK_COLLECT__USER_AGENT_CONTACT", "https://example.org/bot")];
    assert_eq!(
        read(site, &own).unwrap().user_agent(),
        format!("Vestnik/{version} (+https://example.org/bot)")
    );
}

#[test]
fn documents_name_the_program_and_its_version() {
    let version = env!("CARGO_PKG_VERSION");
    let site = defaults().site();
    assert_eq!(site.generator_version, format!("Vestnik/{version}"));
    let channel = Channel::plain("all".parse().unwrap(), 10);
    for (format, expected) in [
        (Format::Atom, format!("<generator version=\"{version}\">Vestnik</generator>")),
        (Format::Rss, format!("<generator>Vestnik/{version}</generator>")),
        (Format::Html, format!("<meta name=\"generator\" content=\"Vestnik/{version}\">")),
    ] {
        let document = render(&Page::new(&site, &[], &channel, &[]), format).unwrap();
        assert!(String::from_utf8(document).unwrap().contains(&expected), "{expected}");
    }
}

#[test]
fn a_password_in_an_address_is_never_shown() {
    for text in [
        "[storage]\nurl = 'postgres://user:secret@host'\n",
        "[site]\nurl = 'https://user:secret@host/'\n",
        "[collect]\nallow_networks = ['https://user:secret@host/']\n",
    ] {
        let faults = read(text, &[]).unwrap_err();
        assert!(!faults.contains("secret"), "{faults}");
    }
}
