//! Settings that are more than a text: made here, and refused where they make no sense.

use std::{fmt, path::PathBuf, str::FromStr};

use tracing_subscriber::EnvFilter;
use url::Url;

use super::{FromNode, Spot, values::written};

/// The public address of the site: http or https, ending in a slash, without query, fragment or credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    fn read(text: &str) -> Option<Self> {
        let mut url = Url::parse(text.trim()).ok()?;
        let sound = matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !sound {
            return None;
        }
        // Every address of ours is joined to this one: without the slash its last part would be replaced.
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Some(BaseUrl(url))
    }
}

written!(
    BaseUrl,
    "the site's address, such as https://news.example.org/, without a query, fragment or password",
    BaseUrl::read
);

/// A name that readers see: not empty, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && !text.contains(char::is_control)).then(|| Title(text.to_owned()))
    }
}

written!(Title, "a name on one line", Title::read);

/// A person or office to write to: an e-mail address or a web page. Fits into a header (RFC 9110 §10.1.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(String);

impl Contact {
    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(text: &str) -> Option<Self> {
        let fits = text.len() <= 200
            && text
                .bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'\\' | b'"' | b'<' | b'>'));
        let web = text.starts_with("https://") || text.starts_with("http://");
        let mail = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        (fits && (web || mail)).then(|| Contact(text.to_owned()))
    }
}

written!(Contact, "an e-mail address or a web address", Contact::read);

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user agent: visible ASCII and spaces, at most 300 characters (RFC 9110 §10.1.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    fn read(text: &str) -> Option<Self> {
        let fits = (1..=300).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        (fits && text.trim() == text).then(|| UserAgent(text.to_owned()))
    }
}

written!(UserAgent, "a user agent of at most 300 visible ASCII characters", UserAgent::read);

impl From<UserAgent> for String {
    fn from(agent: UserAgent) -> String {
        agent.0
    }
}

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file: `sqlite:/var/lib/vestnik/vestnik.db`.
    Sqlite(PathBuf),
    /// A PostgreSQL database, of its own or in a schema of its own: `postgres://vestnik@db.example.org/vestnik`. May carry a
    /// password, which is never shown.
    Postgres(Url),
}

impl DatabaseUrl {
    fn read(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return (!path.is_empty() && !path.contains('\0')).then(|| DatabaseUrl::Sqlite(path.into()));
        }
        let url = Url::parse(text).ok()?;
        let names_a_database = url.path().len() > 1 || url.query_pairs().any(|(key, _)| key == "dbname");
        (matches!(url.scheme(), "postgres" | "postgresql") && names_a_database)
            .then_some(DatabaseUrl::Postgres(url))
    }

    /// The same with this password, where it is one that takes a password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        if let DatabaseUrl::Postgres(url) = &mut self {
            // Fails for addresses without a host alone, which have a socket and need none.
            let _ = url.set_password(Some(password));
        }
        self
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    /// The error does not show the address, which may carry a password.
    fn from_str(text: &str) -> Result<Self, String> {
        DatabaseUrl::read(text).ok_or_else(|| format!("expected {}", DatabaseUrl::expected()))
    }
}

/// Without its password, so that it can stand in logs and messages.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => {
                let mut shown = url.clone();
                if shown.password().is_some() {
                    // Cannot fail where there is one.
                    let _ = shown.set_password(Some("***"));
                }
                // A password may stand among the parameters too, and nothing there tells where the database is.
                shown.set_query(None);
                f.write_str(shown.as_str())
            }
        }
    }
}

/// As it is shown: settings as a whole are sometimes printed.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromNode for DatabaseUrl {
    fn expected() -> String {
        "an address such as sqlite:/var/lib/vestnik/vestnik.db or postgres://user@host/database".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        let text: String = spot.read()?;
        let read = DatabaseUrl::read(&text);
        if read.is_none() {
            // The value is not shown: it may carry a password.
            spot.fault(format!("expected {}", Self::expected()));
        }
        read
    }
}

/// A bucket of an object store: `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketUrl {
    /// The bucket.
    pub bucket: String,
    /// What the names of objects begin with; empty for none.
    pub prefix: String,
}

impl BucketUrl {
    fn read(text: &str) -> Option<Self> {
        let (bucket, prefix) =
            text.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        let is_path =
            prefix.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c)) && !prefix.contains("..");
        ((3..=63).contains(&bucket.len()) && bucket.chars().all(fits) && is_path)
            .then(|| BucketUrl { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

written!(BucketUrl, "a bucket such as s3://news/site", BucketUrl::read);

/// Which log lines are written, in the form of tracing's `EnvFilter`: `info`, `vestnik=debug,sqlx=warn`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The filter as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // EnvFilter cuts texts at byte positions and panics on some that are not ASCII (tracing-subscriber 0.3.23).
        if !text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err("only ASCII is allowed".to_owned());
        }
        EnvFilter::try_new(text).map(|_| LogFilter(text.to_owned())).map_err(|error| error.to_string())
    }
}

written!(LogFilter, "a filter such as info or vestnik=debug,sqlx=warn", |text| text.parse().ok());

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

written!(LogFormat, "text or json", |text| match text {
    "text" => Some(LogFormat::Text),
    "json" => Some(LogFormat::Json),
    _ => None,
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_address_ends_in_a_slash() {
        let cases = [
            ("https://example.org", Some("https://example.org/")),
            ("https://example.org/news", Some("https://example.org/news/")),
            ("https://example.org/news/", Some("https://example.org/news/")),
            ("https://example.org/?a=b", None),
            ("https://user:secret@example.org/", None),
            ("ftp://example.org/", None),
            ("example.org", None),
        ];
        for (text, expected) in cases {
            let found = BaseUrl::read(text);
            assert_eq!(found.as_ref().map(|base| base.url().as_str()), expected, "{text}");
        }
    }

    #[test]
    fn a_log_filter_that_the_library_panics_on_is_refused() {
        for broken in [" \u{ac7}=", "info\n", "vestnik=chatty"] {
            assert!(broken.parse::<LogFilter>().is_err(), "{broken:?}");
        }
        assert!("info,vestnik::fetch=debug".parse::<LogFilter>().is_ok());
    }

    #[test]
    fn the_address_of_a_database_is_shown_without_its_password() {
        for (text, shown) in [
            ("sqlite:data/vestnik.db", "sqlite:data/vestnik.db"),
            ("sqlite:///var/lib/vestnik.db", "sqlite:/var/lib/vestnik.db"),
            ("postgres://vestnik:s3cret@db/news?sslmode=require", "postgres://vestnik:***@db/news"),
            ("postgresql://db/news?password=s3cret", "postgresql://db/news"),
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()));
        }
        for broken in ["postgres://user:s3cret@host", "mysql://root:s3cret@host/db", "sqlite:", "vestnik.db"]
        {
            let said = broken.parse::<DatabaseUrl>().unwrap_err();
            assert!(!said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn a_contact_fits_into_a_header() {
        for sound in ["news@example.org", "https://example.org/contact"] {
            assert!(Contact::read(sound).is_some(), "{sound}");
        }
        for broken in ["somebody", "a@b\r\nX: y", "(news@example.org)", "@example.org", "новини@example.org"]
        {
            assert!(Contact::read(broken).is_none(), "{broken}");
        }
    }
}
