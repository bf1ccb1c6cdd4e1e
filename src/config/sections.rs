//! The sections of the settings, each setting with its meaning, type and default. `docs/configuration.md` is made from
//! what stands here.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use bytesize::ByteSize;
use chrono_tz::Tz;
use ipnet::IpNet;

use super::{
    BaseUrl, BucketUrl, Contact, DatabaseUrl, LogFilter, LogFormat, SectionDocs, Title, section::section,
};
use crate::model::Language;

section! {
    /// Who publishes: what every feed and page says about you.
    "site" SiteSettings {
        /// The name, as in the head of a newspaper.
        title: Title = "Вестник";
        /// A sentence about it.
        description: String = "";
        /// The public address. Every self link begins with it, and the ids of local posts name its host, so set it
        /// before you publish and keep it.
        url: BaseUrl = "http://127.0.0.1:8080/";
        /// The language of pages, and of posts and channels that do not say theirs.
        language: Language = "bg";
        /// The languages that you collect in. An entry that says no language, of a source that says none, is in one of these
        /// or in none that we know.
        languages: Vec<Language> = "bg, en, it, de, sl";
        /// Whether links leave without parameters that only say where a click came from (`utm_source` and its like).
        clean_links: bool = "false";
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
        /// Connections at the same time. When there are as many, idle ones are closed and further clients wait.
        max_connections: usize = "1024" within "1" to "100000";
        /// A request's headers must have arrived within so long, and the first request of a connection.
        header_timeout: Duration = "10s" within "10ms" to "5min";
        /// A connection on which nothing moves is closed after so long: between two requests, or in the middle of an
        /// answer that the client does not take.
        idle_timeout: Duration = "1min" within "10ms" to "1h";
        /// Requests a minute of one client, of which it may save up those of half a minute; more are answered with 429. 0 for
        /// no limit. Behind a proxy on this machine, clients are told apart by the last address in `X-Forwarded-For`; what
        /// comes from this machine without it is not limited.
        client_rate: u32 = "1200" within "0" to "1000000";
        /// The largest request line and headers.
        header_limit: ByteSize = "16KiB" within "8KiB" to "1MiB";
        /// After SIGTERM or SIGINT, what is in flight has so long to finish.
        shutdown_timeout: Duration = "10s" within "1s" to "10min";
    }
}

section! {
    /// Where things are kept.
    "storage" StorageSettings {
        /// The folder of the database, made where it is missing. A relative path begins at the working directory.
        data: PathBuf = "data";
        /// The database's address in place of `data`: `sqlite:/var/lib/vestnik/vestnik.db`, or, for several nodes,
        /// `postgres://vestnik@db.example.org/vestnik` (PostgreSQL 15 or later). An address with a password belongs in the
        /// environment.
        url: Option<DatabaseUrl>;
        /// A file that holds the password of the PostgreSQL user, and nothing else.
        password_file: Option<PathBuf>;
    }
}

section! {
    /// How long entries of sources are kept. Without any of these, for ever. A source's file can say something else in its own
    /// `[retention]`. What a channel shows, an archive document has, leads a story or waits for staff stays in any case, and so
    /// do your own posts. Of what goes, the ids stay, so that it is not taken for new.
    "retention" RetentionSettings {
        /// Entries that came, and are dated, longer ago go: `2years`.
        age: Option<Duration>;
        /// Of a source, only so many are kept: the newest.
        entries: Option<u32>;
        /// Whether entries may go that an archive document has: it is shorter then. Otherwise archives keep what they have,
        /// which is all that was ever published in a channel.
        from_archives: bool = "false";
    }
}

section! {
    /// Backups that the daemon makes by itself, as `vestnik backup` does.
    "backup" BackupSettings {
        /// The folder, best on another disk, made where it is missing. Without it no backups are made.
        directory: Option<PathBuf>;
        /// How often.
        every: Duration = "1day" within "1h" to "90days";
        /// So many are kept; the oldest go.
        keep: u32 = "7" within "1" to "1000";
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
        /// A file with root certificates (PEM) that are trusted for collecting, beside those of the system: that of your own
        /// organisation's CA. Read at the start.
        ca_file: Option<PathBuf>;
        /// The resurfacing guard looks closely where the ids or dates of at least so many entries of a document change at
        /// once …
        guard_entries: u32 = "5" within "1" to "1000";
        /// … and they are so much of the document, in percent. Entries that it recognises stay what they were; what it does
        /// not recognise is held: see `vestnik held`.
        guard_share: u32 = "50" within "1" to "100";
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
        /// Of the entries that a new source has published before it was first read, so many enter a feed at most; the others
        /// are in its archive.
        backfill: u32 = "5" within "0" to "1000";
        /// A folder that is kept the public site as files, for a plain web server. Made where it is missing.
        directory: Option<PathBuf>;
        /// After a change, how long the publisher waits for more of them before it renders.
        settle: Duration = "500ms" within "0s" to "1min";
    }
}

section! {
    /// A bucket of an object store that speaks S3, which is kept the public site. Credentials come from the files named here,
    /// else from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the environment.
    "publish.object_store" ObjectStoreSettings {
        /// The bucket, and what the names of its objects begin with.
        url: Option<BucketUrl>;
        /// The server, where it is not Amazon's.
        endpoint: Option<BaseUrl>;
        /// The region.
        region: String = "us-east-1";
        /// A file with the id of the access key.
        access_key_id_file: Option<PathBuf>;
        /// A file with the secret access key.
        secret_access_key_file: Option<PathBuf>;
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

impl StorageSettings {
    /// Where the database is: `url`, else `vestnik.db` in the data folder; without the password of `password_file`.
    pub fn database(&self) -> DatabaseUrl {
        self.url.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.data.join("vestnik.db")))
    }
}

/// Every section, for the manual and for names of variables.
pub(super) fn all_docs() -> [SectionDocs; 10] {
    [
        SiteSettings::docs(),
        ServerSettings::docs(),
        StorageSettings::docs(),
        BackupSettings::docs(),
        RetentionSettings::docs(),
        FeedsSettings::docs(),
        CollectSettings::docs(),
        PublishSettings::docs(),
        ObjectStoreSettings::docs(),
        LogSettings::docs(),
    ]
}
