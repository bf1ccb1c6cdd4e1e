//! Addresses of pages: paths and queries into what they ask for. Pure. Whatever is not known is refused by name, and whatever is
//! too long is refused before it is looked at.

use std::borrow::Cow;

use super::{Asked, EmbedOptions, SearchAsked, SitePath};
use crate::{
    model::{Language, Month, Slug, SortKey},
    publish::Theme,
};

/// Longest query of an address.
const MAX_QUERY: usize = 2_000;
/// Longest part of a path: a tag in Cyrillic takes six bytes a letter.
const MAX_PART: usize = 600;
/// Entries that an embed shows, at most, and where nobody says how many.
pub const EMBEDDED: (u32, u32) = (20, 5);

/// Why an address asks for nothing that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Nothing is there.
    Unknown,
    /// The query is wrong; the text names what is known.
    Query(String),
}

type Read = Result<Asked, Unreadable>;

/// What this path and query ask for.
pub(super) fn read(path: &str, query: Option<&str>) -> Read {
    let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    if parts.iter().any(|part| part.len() > MAX_PART) {
        return Err(Unreadable::Unknown);
    }
    let (language, parts) = match parts.as_slice() {
        [language @ ("bg" | "en"), rest @ ..] => (language.parse().ok(), rest),
        all => (None, all),
    };
    let path = site_path(parts, &Query::of(query)?)?;
    Ok(Asked { path, language })
}

fn site_path(parts: &[&str], query: &Query<'_>) -> Result<SitePath, Unreadable> {
    match parts {
        // Also `/en` without a slash: people type it.
        [] | [""] => Ok(SitePath::Front),
        ["search"] => Ok(SitePath::Search(search(query)?)),
        ["sources"] => Ok(SitePath::Sources),
        ["sources", source] => Ok(SitePath::Source(slug(source)?, None)),
        ["sources", source, at] => Ok(SitePath::Source(slug(source)?, Some(place(at)?))),
        ["tags"] => Ok(SitePath::Tags),
        ["tags", tag] => Ok(SitePath::Tag(self::tag(tag)?, None)),
        ["tags", tag, at] => Ok(SitePath::Tag(self::tag(tag)?, Some(place(at)?))),
        ["archive"] => Ok(SitePath::Archive),
        ["archive", year, month] => Ok(SitePath::Month(self::month(year, month)?, None)),
        ["archive", year, month, at] => Ok(SitePath::Month(self::month(year, month)?, Some(place(at)?))),
        ["feeds"] => Ok(SitePath::Channels),
        ["feeds", channel] => Ok(SitePath::Channel(slug(channel)?)),
        ["embed", name] => embed(name, query),
        ["oembed"] => oembed(query),
        _ => Err(Unreadable::Unknown),
    }
}

fn slug(text: &str) -> Result<Slug, Unreadable> {
    text.parse().map_err(|_| Unreadable::Unknown)
}

/// Where a further page of a list begins: a number without zeros before it, so that each page has one address.
fn place(text: &str) -> Result<SortKey, Unreadable> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain).map(SortKey).ok_or(Unreadable::Unknown)
}

fn tag(text: &str) -> Result<String, Unreadable> {
    let tag = decoded(text).filter(|tag| !tag.trim().is_empty()).ok_or(Unreadable::Unknown)?;
    Ok(tag.to_lowercase())
}

/// Four digits and two: each month has one address.
fn month(year: &str, month: &str) -> Result<Month, Unreadable> {
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse().ok();
    let read = year.parse().ok().zip(number(month)).filter(|_| digits(year, 4) && digits(month, 2));
    let month = read.map(|(year, month)| Month { year, month });
    month.filter(|month| (1..=12).contains(&month.month)).ok_or(Unreadable::Unknown)
}

fn search(query: &Query<'_>) -> Result<SearchAsked, Unreadable> {
    let query = query.only(&["q", "lang", "source", "tag", "before"])?;
    Ok(SearchAsked {
        text: query.get("q").map(str::to_owned),
        language: query.language("lang")?,
        source: query.slug("source")?,
        tag: query.get("tag").map(str::to_lowercase).filter(|tag| !tag.is_empty()),
        before: query.before()?,
    })
}

fn embed(name: &str, query: &Query<'_>) -> Result<SitePath, Unreadable> {
    let query = query.only(&["limit", "theme", "lang"])?;
    let (name, fragment) = match name.strip_suffix(".fragment") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (most, usual) = EMBEDDED;
    let limit = match query.get("limit") {
        None | Some("") => usual,
        Some(text) => text.parse().ok().filter(|limit| (1..=most).contains(limit)).ok_or_else(|| {
            Unreadable::Query(format!("limit is a number from 1 to {most}, found “{text}”"))
        })?,
    };
    let theme = match query.get("theme") {
        None | Some("" | "auto") => Theme::Auto,
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        Some(other) => {
            return Err(Unreadable::Query(format!("theme is auto, light or dark, found “{other}”")));
        }
    };
    let options = EmbedOptions { limit, theme, fragment, language: query.interface("lang")? };
    Ok(SitePath::Embed(slug(name)?, options))
}

fn oembed(query: &Query<'_>) -> Result<SitePath, Unreadable> {
    let query = query.only(&["url", "format", "maxwidth", "maxheight"])?;
    let url = query.get("url").filter(|url| !url.is_empty());
    let url =
        url.ok_or_else(|| Unreadable::Query("url is missing: the address of a page of ours".to_owned()))?;
    if let Some(other) = query.get("format").filter(|format| *format != "json") {
        return Err(Unreadable::Query(format!("format is json, found “{other}”")));
    }
    let pixels = |name: &str| match query.get(name) {
        None | Some("") => Ok(None),
        Some(text) => {
            text.parse::<u32>().ok().filter(|pixels| (50..=10_000).contains(pixels)).map(Some).ok_or_else(
                || Unreadable::Query(format!("{name} is a number from 50 to 10000, found “{text}”")),
            )
        }
    };
    Ok(SitePath::Oembed {
        url: url.to_owned(),
        max_width: pixels("maxwidth")?,
        max_height: pixels("maxheight")?,
    })
}

/// The parameters of an address.
struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Query<'a> {
    fn of(query: Option<&'a str>) -> Result<Self, Unreadable> {
        let query = query.unwrap_or_default();
        if query.len() > MAX_QUERY {
            return Err(Unreadable::Query(format!("the query is longer than {MAX_QUERY} bytes")));
        }
        Ok(Query { pairs: url::form_urlencoded::parse(query.as_bytes()).collect() })
    }

    /// Itself where it has no other parameters, each once.
    fn only(&self, known: &[&str]) -> Result<&Self, Unreadable> {
        for (index, (name, _)) in self.pairs.iter().enumerate() {
            if !known.contains(&name.as_ref()) {
                let known = known.join(", ");
                return Err(Unreadable::Query(format!(
                    "“{}” is not known here; known: {known}",
                    shown(name)
                )));
            }
            if self.pairs.iter().take(index).any(|(earlier, _)| earlier == name) {
                return Err(Unreadable::Query(format!("{name} stands there twice")));
            }
        }
        Ok(self)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    fn before(&self) -> Result<Option<SortKey>, Unreadable> {
        match self.get("before") {
            None | Some("") => Ok(None),
            Some(text) => text.parse().map(|key| Some(SortKey(key))).map_err(|_| {
                Unreadable::Query(format!("before is a number from a link of ours, found “{}”", shown(text)))
            }),
        }
    }

    fn language(&self, name: &str) -> Result<Option<Language>, Unreadable> {
        match self.get(name) {
            None | Some("") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                Unreadable::Query(format!("{name} is a language, as in bg or en, found “{}”", shown(text)))
            }),
        }
    }

    fn interface(&self, name: &str) -> Result<Option<Language>, Unreadable> {
        match self.language(name)? {
            Some(language) if !matches!(language.primary(), "bg" | "en") => {
                Err(Unreadable::Query(format!("{name} is bg or en, found “{language}”")))
            }
            language => Ok(language),
        }
    }

    fn slug(&self, name: &str) -> Result<Option<Slug>, Unreadable> {
        match self.get(name) {
            None | Some("") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                Unreadable::Query(format!("{name} is the name of a source, found “{}”", shown(text)))
            }),
        }
    }
}

/// What somebody sent, short enough to be said again.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

/// None where it is no UTF-8.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(address: &str) -> Result<String, Unreadable> {
        let (path, query) =
            address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
        read(path, query).map(|Asked { path, language }| {
            language.map_or_else(|| format!("{path:?}"), |language| format!("{language} {path:?}"))
        })
    }

    #[test]
    fn every_page_has_one_address() {
        for (address, expected) in [
            ("/", "Front"),
            ("/en", "en Front"),
            ("/en/", "en Front"),
            ("/en/feeds", "en Channels"),
            ("/archive/2018/07", "Month(Month { year: 2018, month: 7 }, None)"),
            ("/tags/%D0%93%D1%80%D0%B0%D0%B4", "Tag(\"град\", None)"),
            ("/bg/sources/noi/5?utm_source=x", "bg Source(Slug(\"noi\"), Some(SortKey(5)))"),
            ("/tags/24%2F7/12", "Tag(\"24/7\", Some(SortKey(12)))"),
            ("/archive/2018/07/99", "Month(Month { year: 2018, month: 7 }, Some(SortKey(99)))"),
        ] {
            assert_eq!(asked(address).as_deref(), Ok(expected), "{address}");
        }
        for address in [
            "/archive/2018/7",
            "/sources/noi/05",
            "/sources/noi/-5",
            "/tags/x/1/2",
            "/archive/18/07",
            "/archive/2018/13",
            "/tags/%ff",
            "/tags/%0a",
            "/tags/",
            "/de/",
            "/sources/../x",
            "/en/en/",
            "/search/x",
        ] {
            assert_eq!(asked(address), Err(Unreadable::Unknown), "{address}");
        }
    }

    #[test]
    fn a_query_that_cannot_be_read_names_what_can_be() {
        let long = format!("/search?q={}", "a".repeat(3_000));
        for (address, says) in [
            ("/search?quary=x", "“quary” is not known here; known: q, lang, source, tag, before"),
            ("/search?q=a&q=b", "q stands there twice"),
            ("/search?before=x", "before is a number"),
            ("/search?lang=%3C", "lang is a language"),
            ("/embed/all?limit=21", "limit is a number from 1 to 20, found “21”"),
            ("/embed/all?theme=pink", "theme is auto, light or dark"),
            ("/embed/all?lang=de", "lang is bg or en"),
            ("/oembed", "url is missing"),
            ("/oembed?url=x&format=xml", "format is json"),
            (long.as_str(), "longer than 2000 bytes"),
        ] {
            match asked(address) {
                Err(Unreadable::Query(text)) => assert!(text.contains(says), "{address}: {text}"),
                other => panic!("{address}: {other:?}"),
            }
        }
    }
}
