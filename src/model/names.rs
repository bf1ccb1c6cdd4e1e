//! Names that are made in one place and refuse nonsense there: ids, slugs, addresses, languages, hashes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

/// Why a name was refused; the message says what is expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not `[a-z0-9-]{1,64}`.
    #[error("“{0}” is not a slug: 1 to 64 of a-z, 0-9 and - are allowed")]
    Slug(String),
    /// Not an absolute http or https address with a host.
    #[error("“{0}” is not a web address: it must begin with http:// or https:// and name a host")]
    Url(String),
    /// Not a language tag.
    #[error("“{0}” is not a language tag such as bg, en or de-AT")]
    Language(String),
    /// No CRON line of five fields, or one that names a moment that never comes.
    #[error("“{0}” is not a CRON line of five fields such as 0 7-19/2 * * MON-FRI")]
    Cron(String),
}

/// The database's number of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId(pub i64);

/// The database's number of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryId(pub i64);

/// The database's number of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StoryId(pub i64);

impl fmt::Display for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! text_name {
    ($name:ident) => {
        impl $name {
            /// The name as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

/// The id of a source, channel or post in files and addresses: `[a-z0-9-]{1,64}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

text_name!(Slug);

impl FromStr for Slug {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Slug(text.to_owned())) } else { Err(NameError::Slug(text.chars().take(80).collect())) }
    }
}

/// A language tag in its usual form, primary subtag in lower case (RFC 5646 §2.1): `bg`, `en`, `de-AT`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

text_name!(Language);

impl Language {
    /// The primary subtag: `de` of `de-AT`. Channels select by it.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// Bulgarian, the language of the interface where nothing else is said.
    pub fn bulgarian() -> Self {
        Language("bg".to_owned())
    }

    /// English.
    pub fn english() -> Self {
        Language("en".to_owned())
    }
}

impl FromStr for Language {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim().replace('_', "-");
        let refused = || NameError::Language(text.chars().take(40).collect());
        let mut subtags = text.split('-');
        let primary = subtags.next().unwrap_or_default();
        if !(2..=8).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(refused());
        }
        let mut tag = primary.to_ascii_lowercase();
        for subtag in subtags {
            if !(1..=8).contains(&subtag.len()) || !subtag.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(refused());
            }
            tag.push('-');
            match subtag.len() {
                2 => tag.push_str(&subtag.to_ascii_uppercase()),
                _ => tag.push_str(&subtag.to_ascii_lowercase()),
            }
        }
        if tag.len() > 35 { Err(refused()) } else { Ok(Language(tag)) }
    }
}

/// An absolute http or https address that something can be fetched from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FeedUrl(Url);

impl FeedUrl {
    /// The address itself.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Host and port, the unit of politeness: one request in flight for each.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        format!("{host}:{}", self.0.port_or_known_default().unwrap_or_default())
    }
}

/// Shows the address without its password, so that it can stand in logs and pages.
impl fmt::Display for FeedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.password().is_none() && self.0.username().is_empty() {
            return f.write_str(self.0.as_str());
        }
        let mut shown = self.0.clone();
        // Both setters fail only for addresses without a host, which FromStr refuses.
        let _ = shown.set_password(None);
        let _ = shown.set_username("…");
        f.write_str(shown.as_str())
    }
}

impl FromStr for FeedUrl {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refused = || NameError::Url(text.chars().take(200).collect());
        let url = Url::parse(text.trim()).map_err(|_| refused())?;
        FeedUrl::try_from(url).map_err(|_| refused())
    }
}

impl TryFrom<Url> for FeedUrl {
    type Error = NameError;

    fn try_from(url: Url) -> Result<Self, NameError> {
        if matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|h| !h.is_empty()) {
            Ok(FeedUrl(url))
        } else {
            Err(NameError::Url(url.to_string()))
        }
    }
}

impl TryFrom<String> for FeedUrl {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

/// Serialised whole, credentials included: it goes to the database, not to people.
impl From<FeedUrl> for String {
    fn from(url: FeedUrl) -> String {
        url.0.into()
    }
}

macro_rules! hash_name {
    ($name:ident) => {
        impl $name {
            /// Hashes the parts, each with its length, so that no two splits of a text collide.
            pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
                let mut hash = Sha256::new();
                for part in parts {
                    hash.update((part.len() as u64).to_le_bytes());
                    hash.update(part.as_bytes());
                }
                let digest = hash.finalize();
                $name(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
            }

            /// Takes back what `as_str` gave, from the database.
            pub fn from_stored(text: String) -> Self {
                $name(text)
            }

            /// 32 hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Which entry this is, within its source: a hash of the publisher's id, else of the link, else of title and content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity(String);

hash_name!(Identity);

/// What came, before any work on it: equal fingerprints mean that nothing has to be done again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fingerprint(String);

hash_name!(Fingerprint);
