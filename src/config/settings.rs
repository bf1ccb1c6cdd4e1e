//! The daemon's settings: one struct a section. `docs/configuration.md` is made from what stands here.

use std::{net::SocketAddr, path::Path, path::PathBuf, time::Duration};

use bytesize::ByteSize;
use chrono_tz::Tz;
use ipnet::IpNet;

use super::{
    BaseUrl, Contact, DatabaseUrl, Fault, FaultList, LogFilter, LogFormat, Node, Reader, SectionDocs,
    nearest,
    section::{ENVIRONMENT, Environment, Section, section, variable},
    text_of,
};
use crate::model::{Language, Site};

section! {
    /// Who publishes: what every feed and page says about you.
    "site" SiteSettings {
        /// The name, as in the head of a newspaper.
        title: String = "Вестник";
        /// A sentence about it.
        description: String = "";
        /// The public address. Every self link begins with it, and the ids of local posts name its host, so set it
        /// before you publish and keep it.
        url: BaseUrl = "http://127.0.0.1:8080/";
        /// The language of pages, and of posts and channels that do not say theirs.
        language: Language = "bg";
        /// A person or office to write to. Stands in feeds, and in the user agent where `collect.user_agent_contact`
        /// is not set.
        contact: Option<Contact>;
        /// The time zone that dates are shown in, and that dates of posts are in where they name none.
        timezone: Tz = "Europe/Sofia";
    }
}

section! {
    /// The web server.
    "server" ServerSettings {
        /// Address and port to listen on. A proxy with TLS belongs in front of anything but the loopback address.
        listen: SocketAddr = "127.0.0.1:8080";
        /// After so long a request is given up.
        request_timeout: Duration = "30s" within "1s" to "10min";
        /// After SIGTERM or SIGINT, what is in flight has so long to finish.
        shutdown_timeout: Duration = "10s" within "1s" to "10min";
    }
}

section! {
    /// Where things are kept.
    "storage" StorageSettings {
        /// The folder of the database, made where it is missing. A relative path begins at the working directory.
        data: PathBuf = "data";
        /// The database's address in place of `data`: `sqlite:/var/lib/vestnik/vestnik.db`.
        url: Option<DatabaseUrl>;
    }
}

section! {
    /// The editorial desk: declared sources, channels and posts.
    "feeds" FeedsSettings {
        /// The folder with `sources/`, `channels/` and `posts/`. It is read at the start and whenever it changes.
        directory: PathBuf = "feeds";
    }
}

section! {
    /// How sources are collected.
    "collect" CollectSettings {
        /// Sources that are asked at the same time, each on another host.
        concurrency: usize = "64" within "1" to "1024";
        /// The least time between two requests to one host.
        host_gap: Duration = "1s" within "0s" to "1h";
        /// A connection must stand within so long.
        connect_timeout: Duration = "10s" within "100ms" to "5min";
        /// The longest silence while a document arrives.
        idle_timeout: Duration = "15s" within "100ms" to "5min";
        /// A document must have arrived within so long, redirects included.
        total_timeout: Duration = "60s" within "100ms" to "30min";
        /// The largest document, on the wire and after decompression.
        body_limit: ByteSize = "10MiB" within "1KiB" to "1GiB";
        /// Redirects that are followed.
        max_redirects: u32 = "5" within "0" to "20";
        /// A source is never asked more often than this, unless its own file fixes an interval.
        min_interval: Duration = "15min" within "1s" to "30days";
        /// A source is never asked more rarely than this.
        max_interval: Duration = "24h" within "1s" to "30days";
        /// How often a source is asked while nothing is known about its pace.
        default_interval: Duration = "1h" within "1s" to "30days";
        /// Private networks that sources may be in, such as your own intranet. Everything that is not a public
        /// address is refused otherwise.
        allow_networks: Vec<IpNet> = "";
        /// The contact in the user agent, for publishers who want to reach you. `site.contact` where it is not set.
        user_agent_contact: Option<Contact>;
    }
}

section! {
    /// How channels are published.
    "publish" PublishSettings {
        /// Entries in a feed, for channels that do not say how many.
        window: u32 = "50" within "1" to "1000";
        /// How long readers and caches may keep a feed before they ask again.
        max_age: Duration = "5min" within "0s" to "1day";
        /// After a change, how long the publisher waits for more of them before it renders.
        settle: Duration = "500ms" within "0s" to "1min";
    }
}

section! {
    /// What is logged, to standard error.
    "log" LogSettings {
        /// Which lines: `error`, `warn`, `info`, `debug` or `trace`, also by part: `info,vestnik::fetch=debug`.
        filter: LogFilter = "info";
        /// `text` for people, `json` for programs.
        format: LogFormat = "text";
    }
}

/// All settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Who publishes.
    pub site: SiteSettings,
    /// The web server.
    pub server: ServerSettings,
    /// Where things are kept.
    pub storage: StorageSettings,
    /// The editorial desk.
    pub feeds: FeedsSettings,
    /// How sources are collected.
    pub collect: CollectSettings,
    /// How channels are published.
    pub publish: PublishSettings,
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
        let reader = root.as_ref().and_then(|root| Reader::new(file, root, &faults));
        let settings = Settings::from_sections(reader, &environment, &faults);
        if let Some(settings) = &settings {
            check_together(settings, &|section, key, problem| {
                report_at((section, key), problem, (file, root.as_ref()), &environment, &faults);
            });
        }
        match settings {
            Some(settings) if faults.is_empty() => Ok(settings),
            _ => Err(faults.into_vec()),
        }
    }

    /// What every document and page says about us.
    pub fn site(&self) -> Site {
        let site = &self.site;
        Site {
            title: site.title.clone(),
            description: site.description.clone(),
            url: site.url.url().clone(),
            language: site.language.clone(),
            contact: site.contact.as_ref().map(ToString::to_string),
            zone: site.timezone,
            generator_version: super::VERSION,
        }
    }

    /// Who publishers can write to about our requests.
    pub fn user_agent_contact(&self) -> Option<&Contact> {
        self.collect.user_agent_contact.as_ref().or(self.site.contact.as_ref())
    }

    /// `Vestnik/<version> (+<contact>)`.
    pub fn user_agent(&self) -> String {
        let name = format!("Vestnik/{}", super::VERSION);
        self.user_agent_contact().map_or(name.clone(), |contact| format!("{name} (+{contact})"))
    }

    fn from_sections(
        mut file: Option<Reader<'_>>,
        environment: &Environment,
        faults: &FaultList,
    ) -> Option<Self> {
        macro_rules! read {
            ($type:ident) => {{
                let name = $type::SECTION;
                let table = file.as_mut().and_then(|file| file.table(name));
                $type::read(Section::new(name, table, environment, faults))
            }};
        }
        let site = read!(SiteSettings);
        let server = read!(ServerSettings);
        let storage = read!(StorageSettings);
        let feeds = read!(FeedsSettings);
        let collect = read!(CollectSettings);
        let publish = read!(PublishSettings);
        let log = read!(LogSettings);
        if let Some(file) = file {
            file.finish();
        }
        let (site, server, storage) = (site?, server?, storage?);
        Some(Settings {
            site,
            server,
            storage,
            feeds: feeds?,
            collect: collect?,
            publish: publish?,
            log: log?,
        })
    }
}

impl StorageSettings {
    /// The address of the database: `url`, else `vestnik.db` in the data folder.
    pub fn database(&self) -> String {
        let in_folder = || format!("sqlite:{}", self.data.join("vestnik.db").display());
        self.url.as_ref().map_or_else(in_folder, |url| url.as_str().to_owned())
    }
}

/// Every section, for the manual and for names of variables.
pub(super) fn all_docs() -> [SectionDocs; 7] {
    [
        SiteSettings::docs(),
        ServerSettings::docs(),
        StorageSettings::docs(),
        FeedsSettings::docs(),
        CollectSettings::docs(),
        PublishSettings::docs(),
        LogSettings::docs(),
    ]
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

/// What only holds between settings, or of a text.
fn check_together(settings: &Settings, at: &dyn Fn(&'static str, &'static str, String)) {
    if settings.site.title.trim().is_empty() {
        at("site", "title", "expected a name, found nothing".to_owned());
    }
    let collect = &settings.collect;
    let shown = |duration| humantime::format_duration(duration);
    let (least, most) = (collect.min_interval, collect.max_interval);
    if least > most {
        let problem = format!("must not be longer than collect.max_interval, which is {}", shown(most));
        at("collect", "min_interval", problem);
    } else if !(least..=most).contains(&collect.default_interval) {
        let problem =
            format!("must lie between min_interval and max_interval: {} to {}", shown(least), shown(most));
        at("collect", "default_interval", problem);
    }
}

/// Reports a fault of a setting where it was set: in the environment, else in the file.
fn report_at(
    (section, key): (&str, &str),
    problem: String,
    (file, root): (&str, Option<&Node>),
    environment: &Environment,
    faults: &FaultList,
) {
    let name = variable(section, key);
    let fault = if environment.contains_key(&name) {
        Fault { file: ENVIRONMENT.to_owned(), line: None, key: name, problem }
    } else {
        Fault {
            file: file.to_owned(),
            line: root.and_then(|root| root.line_of(section, key)),
            key: format!("{section}.{key}"),
            problem,
        }
    };
    faults.push(fault);
}
