//! The daemon's settings: read from the environment, else from the file, else as their defaults are.

use std::path::Path;

use super::{
    BackupSettings, CollectSettings, Contact, Fault, FaultList, FeedsSettings, LogSettings, Node,
    ObjectStoreSettings, PublishSettings, Reader, RetentionSettings, ServerSettings, SiteSettings,
    StorageSettings, nearest,
    section::{ENVIRONMENT, Environment, Section, variable},
    sections::all_docs,
    text_of,
};
use crate::model::{Retention, Site};

/// All settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Who publishes.
    pub site: SiteSettings,
    /// The web server.
    pub server: ServerSettings,
    /// Where things are kept.
    pub storage: StorageSettings,
    /// Backups that the daemon makes.
    pub backup: BackupSettings,
    /// How long entries are kept.
    pub retention: RetentionSettings,
    /// The editorial desk.
    pub feeds: FeedsSettings,
    /// How sources are collected.
    pub collect: CollectSettings,
    /// How channels are published.
    pub publish: PublishSettings,
    /// A bucket that is kept the public site.
    pub object_store: ObjectStoreSettings,
    /// What is logged.
    pub log: LogSettings,
}

impl Settings {
    /// Reads the file (defaults where there is none) and lets the environment override it, by variables named
    /// `VESTNIK_<SECTION>__<KEY>`. Other variables are not looked at.
    ///
    /// # Errors
    /// Every fault of the file and of the environment, by file and line.
    pub fn load(
        path: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Settings, Vec<Fault>> {
        match path {
            None => Settings::read(ENVIRONMENT, "", environment),
            Some(path) => {
                let text = text_of(path).map_err(|fault| vec![fault])?;
                Settings::read(&path.display().to_string(), &text, environment)
            }
        }
    }

    /// Reads settings from the text of a file. Does no I/O.
    ///
    /// # Errors
    /// Every fault, by file and line.
    pub fn read(
        file: &str,
        text: &str,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Settings, Vec<Fault>> {
        let faults = FaultList::new();
        let environment: Environment =
            environment.filter(|(name, _)| name.starts_with("VESTNIK_") && name.contains("__")).collect();
        report_unknown(&environment, &faults);
        let root = Node::from_toml(file, text, 1, &faults);
        let origin = Origin { file, root: root.as_ref(), environment: &environment, faults: &faults };
        match Settings::from_sections(&origin) {
            Some(settings) if faults.is_empty() => Ok(settings),
            _ => Err(faults.into_vec()),
        }
    }

    /// What every document and page says about us.
    pub fn site(&self) -> Site {
        let site = &self.site;
        Site {
            title: site.title.as_str().to_owned(),
            description: site.description.clone(),
            url: site.url.url().clone(),
            language: site.language.clone(),
            contact: site.contact.as_ref().map(ToString::to_string),
            zone: site.timezone,
            languages: site.languages.clone(),
            clean_links: site.clean_links,
            generator_version: super::GENERATOR,
        }
    }

    /// What is kept of sources that do not say something else.
    pub fn retention(&self) -> Retention {
        Retention { age: self.retention.age, entries: self.retention.entries }
    }

    /// Who publishers can write to about our requests.
    pub fn user_agent_contact(&self) -> Option<&Contact> {
        self.collect.user_agent_contact.as_ref().or(self.site.contact.as_ref())
    }

    /// `Vestnik/<version> (+<contact>)`.
    pub fn user_agent(&self) -> String {
        let name = super::GENERATOR;
        self.user_agent_contact().map_or(name.to_owned(), |contact| format!("{name} (+{contact})"))
    }

    fn from_sections(origin: &Origin<'_>) -> Option<Self> {
        let mut file = origin.root.and_then(|root| Reader::new(origin.file, root, origin.faults));
        macro_rules! read {
            ($type:ident, $table:expr) => {
                $type::read(Section::new($type::SECTION, $table, origin.environment, origin.faults))
            };
            ($type:ident) => {
                read!($type, file.as_mut().and_then(|file| file.table($type::SECTION)))
            };
        }
        // All are read before the first faulty one ends it: every fault counts.
        let site = read!(SiteSettings);
        let server = read!(ServerSettings);
        let storage = read!(StorageSettings);
        let backup = read!(BackupSettings);
        let retention = read!(RetentionSettings);
        let feeds = read!(FeedsSettings);
        let collect = read!(CollectSettings);
        let mut publish = file.as_mut().and_then(|file| file.table(PublishSettings::SECTION));
        let object_store =
            read!(ObjectStoreSettings, publish.as_mut().and_then(|table| table.table("object_store")));
        let publish = read!(PublishSettings, publish);
        let log = read!(LogSettings);
        if let Some(collect) = &collect {
            check_intervals(collect, origin);
        }
        if let Some(file) = file {
            file.finish();
        }
        let (site, server, storage) = (site?, server?, storage?);
        Some(Settings {
            site,
            server,
            storage,
            backup: backup?,
            retention: retention?,
            feeds: feeds?,
            collect: collect?,
            publish: publish?,
            object_store: object_store?,
            log: log?,
        })
    }
}

/// Where settings come from.
struct Origin<'a> {
    file: &'a str,
    root: Option<&'a Node>,
    environment: &'a Environment,
    faults: &'a FaultList,
}

impl Origin<'_> {
    /// Reports a fault of a setting where it was set: in the environment, else in the file.
    fn fault(&self, section: &str, key: &str, problem: String) {
        let name = variable(section, key);
        let fault = if self.environment.contains_key(&name) {
            Fault { file: ENVIRONMENT.to_owned(), line: None, key: name, problem }
        } else {
            let key = format!("{section}.{key}");
            let quiet = FaultList::new();
            let reader = self.root.and_then(|root| Reader::new(self.file, root, &quiet));
            let line = reader.and_then(|reader| reader.line_of(&key));
            Fault { file: self.file.to_owned(), line, key, problem }
        };
        self.faults.push(fault);
    }
}

fn check_intervals(collect: &CollectSettings, origin: &Origin<'_>) {
    let shown = humantime::format_duration;
    let (least, most) = (collect.min_interval, collect.max_interval);
    if least > most {
        let problem = format!("must not be longer than collect.max_interval, which is {}", shown(most));
        origin.fault("collect", "min_interval", problem);
    } else if !(least..=most).contains(&collect.default_interval) {
        let problem =
            format!("must lie between min_interval and max_interval: {} to {}", shown(least), shown(most));
        origin.fault("collect", "default_interval", problem);
    }
}

fn report_unknown(environment: &Environment, faults: &FaultList) {
    let known: Vec<_> =
        all_docs().into_iter().flat_map(|section| section.settings).map(|setting| setting.variable).collect();
    for name in environment.keys().filter(|name| !known.contains(name)) {
        let hint = nearest(name, known.iter().map(String::as_str))
            .map_or(String::new(), |near| format!("; did you mean {near}?"));
        faults.push(Fault {
            file: ENVIRONMENT.to_owned(),
            line: None,
            key: name.chars().take(80).flat_map(char::escape_debug).collect(),
            problem: format!("is no known setting{hint}"),
        });
    }
}
