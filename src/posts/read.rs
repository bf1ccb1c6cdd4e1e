//! One file into a post.

use chrono_tz::Tz;
use pulldown_cmark::{Options, Parser, html};

use super::{PostDate, date, front, slug_of};
use crate::{
    config::{Fault, FaultList, FromNode, Reader, Spot, Value},
    model::{Language, Slug},
};

/// What somebody of ours wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id and the end of its address; each language of a text is a post with a slug of its own.
    pub slug: Slug,
    /// The title.
    pub title: String,
    /// When it appeared, and how much of that is known.
    pub date: PostDate,
    /// The language it is written in.
    pub language: Language,
    /// Tags, as written.
    pub tags: Vec<String>,
    /// Names.
    pub authors: Vec<String>,
    /// A sentence or two, without markup.
    pub summary: Option<String>,
    /// Not published yet.
    pub draft: bool,
    /// The post that this one says in another language.
    pub translation_of: Option<Slug>,
    /// The text as HTML, as Markdown made it: not sanitised.
    pub html: String,
    /// The file, as it was named.
    pub file: String,
    /// Where keys stand that only other files can prove wrong.
    pub lines: PostLines,
}

/// Lines of a post's front matter, counted from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PostLines {
    /// Of `slug`; of the front matter where it has none.
    pub slug: Option<usize>,
    /// Of `translation-of`.
    pub translation_of: Option<usize>,
}

/// Reads a post. `file` is its name for faults, and its last part names the post where the front matter does not.
/// Dates without an offset are in `zone`.
///
/// # Errors
/// Every fault of the front matter with file, line and key.
pub fn read(file: &str, text: &str, default_language: &Language, zone: Tz) -> Result<Post, Vec<Fault>> {
    let faults = FaultList::new();
    let post = front::split(file, text, &faults).and_then(|parts| {
        let mut reader = Reader::new(file, &parts.front, &faults)?;
        let post = from_front(file, &mut reader, default_language, zone);
        reader.finish();
        post.map(|post| Post { html: to_html(parts.body), ..post })
    });
    match post {
        Some(post) if faults.is_empty() => Ok(post),
        _ => Err(faults.into_vec()),
    }
}

fn from_front(file: &str, reader: &mut Reader<'_>, default_language: &Language, zone: Tz) -> Option<Post> {
    let title = reader.required::<String>("title");
    let slug = slug(file, reader);
    let date = date(reader, zone);
    let language = reader.or("language", default_language.clone());
    let tags = reader.optional("tags").map_or(Vec::new(), |Names(tags)| tags);
    let authors = either(reader, ["author", "authors"]).map_or(Vec::new(), |Names(names)| names);
    let summary = reader.optional("summary").map(|summary: String| summary.trim().to_owned());
    let draft = reader.or("draft", false);
    let translation_of = either(reader, TRANSLATION);
    let title = title?.trim().to_owned();
    if title.is_empty() {
        reader.fault("title", "expected a title, found nothing");
        return None;
    }
    Some(Post {
        slug: slug?,
        title,
        date: date?,
        language,
        tags,
        authors,
        summary: summary.filter(|summary| !summary.is_empty()),
        draft,
        translation_of,
        html: String::new(),
        file: file.to_owned(),
        lines: PostLines { slug: reader.line_of("slug"), translation_of: line_of_translation(reader) },
    })
}

fn line_of_translation(reader: &mut Reader<'_>) -> Option<usize> {
    let spot = reader.spot(TRANSLATION[0]).or_else(|| reader.spot(TRANSLATION[1]));
    spot.and_then(|spot| spot.line())
}

const TRANSLATION: [&str; 2] = ["translation-of", "translation_of"];

fn slug(file: &str, reader: &mut Reader<'_>) -> Option<Slug> {
    if let Some(spot) = reader.spot("slug") {
        return spot.read();
    }
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let slug = slug_of(name.strip_suffix(".md").unwrap_or(name));
    if slug.is_none() {
        reader.fault("slug", "is missing, and none can be made from the file's name");
    }
    slug
}

fn date(reader: &mut Reader<'_>, zone: Tz) -> Option<PostDate> {
    let Some(spot) = reader.spot("date") else {
        reader.fault("date", format!("is missing: expected {}", date::EXPECTED));
        return None;
    };
    let date = match spot.value() {
        Value::Text(text) | Value::Date(text) => PostDate::parse(text, zone),
        // A bare 2018 is a number, and means the year.
        Value::Integer(year) => PostDate::parse(&year.to_string(), zone),
        _ => None,
    };
    if date.is_none() {
        spot.expected(date::EXPECTED);
    }
    date
}

/// Two spellings of one key: only one may stand there.
fn either<T: FromNode>(reader: &mut Reader<'_>, [one, other]: [&'static str; 2]) -> Option<T> {
    if reader.spot(one).is_some() && reader.spot(other).is_some() {
        reader.fault(other, format!("says the same as {one}; keep one of them"));
        return None;
    }
    let found = reader.optional(one);
    found.or_else(|| reader.optional(other))
}

/// A list of names, or one name alone.
struct Names(Vec<String>);

impl FromNode for Names {
    fn expected() -> String {
        "a text or a list of texts".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        let names: Vec<String> = match spot.value() {
            Value::Text(_) => vec![spot.read()?],
            Value::List(_) => spot.read()?,
            _ => {
                spot.expected(&Self::expected());
                return None;
            }
        };
        Some(Names(names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()))
    }
}

/// CommonMark with tables, strikethrough and footnotes.
fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut page = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut page, Parser::new_ext(markdown, options));
    page
}
