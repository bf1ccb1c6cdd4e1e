//! Renditions: one channel in one format, ready to be sent.

use bytes::Bytes;

use super::Timestamp;

/// The formats that a channel is published in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
    /// The page for people.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 4] = [Format::Rss, Format::Atom, Format::Json, Format::Html];

    /// The ending of the address, and the name in the database.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Rss => "rss",
            Format::Atom => "atom",
            Format::Json => "json",
            Format::Html => "html",
        }
    }

    /// The format that an address ends in.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Format::ALL.into_iter().find(|format| format.extension() == extension)
    }

    /// The media type, without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Rss => "application/rss+xml",
            Format::Atom => "application/atom+xml",
            Format::Json => "application/feed+json",
            Format::Html => "text/html",
        }
    }

    /// `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Json => "application/feed+json; charset=utf-8",
            Format::Html => "text/html; charset=utf-8",
        }
    }
}

/// Content codings that a rendition is stored in (RFC 9110 §8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Coding {
    /// As it is.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Coding {
    /// The token in Accept-Encoding and Content-Encoding.
    pub fn token(self) -> &'static str {
        match self {
            Coding::Identity => "identity",
            Coding::Gzip => "gzip",
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
        }
    }
}

/// One channel in one format, rendered and compressed once.
#[derive(Debug, Clone)]
pub struct Rendition {
    /// The format.
    pub format: Format,
    /// Hash of the bytes: 32 hexadecimal digits. The ETag of a coding is this and the coding's token.
    pub hash: String,
    /// When the bytes last changed.
    pub last_modified: Timestamp,
    /// As it is.
    pub identity: Bytes,
    /// Compressed. Codings that did not make it smaller are missing.
    pub compressed: Vec<(Coding, Bytes)>,
}

impl Rendition {
    /// The strong ETag of a coding (RFC 9110 §8.8.3): another one for each, as the bytes differ.
    pub fn etag(&self, coding: Coding) -> String {
        match coding {
            Coding::Identity => format!("\"{}\"", self.hash),
            other => format!("\"{}-{}\"", self.hash, other.token()),
        }
    }

    /// Bytes of all codings together.
    pub fn size(&self) -> usize {
        self.identity.len() + self.compressed.iter().map(|(_, bytes)| bytes.len()).sum::<usize>()
    }

    /// The bytes in this coding.
    pub fn body(&self, coding: Coding) -> Option<&Bytes> {
        match coding {
            Coding::Identity => Some(&self.identity),
            other => self.compressed.iter().find(|(coding, _)| *coding == other).map(|(_, bytes)| bytes),
        }
    }
}
