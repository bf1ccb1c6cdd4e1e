//! OPML 2.0 subscription lists: our channels for readers, our sources for whoever takes over, and other people's for us.

use std::collections::BTreeMap;

use opml::{Body, Head, OPML, Outline};
use quick_xml::events::Event;

use super::{
    PublishError,
    edition::channel_address,
    text::{one_line, public_feed_address, web_address},
};
use crate::model::{Channel, FeedUrl, Format, Language, NameError, Site, Source, SourceKind};

/// Folders in folders: readers write two or three levels; more is an attack on the reader's stack.
const DEPTH: usize = 32;

/// A feed of somebody's subscription list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpmlSource {
    /// Its name. Empty where it has none.
    pub title: String,
    /// Its address, or why what stands there is none.
    pub url: Result<FeedUrl, NameError>,
    /// Its page for people.
    pub home: Option<String>,
    /// Its language.
    pub language: Option<Language>,
    /// The names of the folders that it stands in, from the outside in, then its categories.
    pub groups: Vec<String>,
}

/// `/feeds.opml`: all our channels, so that a reader can take them in one step.
pub fn feeds_opml(site: &Site, channels: &[Channel]) -> Result<Vec<u8>, PublishError> {
    let outline = |channel: &Channel| {
        let language = channel.language.as_ref().unwrap_or(&site.language);
        let title = one_line(channel.title(language));
        Outline {
            text: title.clone(),
            title: Some(title),
            r#type: Some("rss".to_owned()),
            version: Some("RSS2".to_owned()),
            description: channel.description(language).map(one_line),
            language: channel.language.as_ref().map(|language| language.to_string()),
            xml_url: Some(channel_address(site, channel.slug.as_str(), Format::Rss)),
            html_url: Some(channel_address(site, channel.slug.as_str(), Format::Html)),
            ..Outline::default()
        }
    };
    write(&site.title, channels.iter().map(outline).collect())
}

/// Feeds that we collect from, in a folder for the first group of each. Pages and our own posts are no subscriptions and stay out;
/// so do credentials in addresses.
pub fn sources_opml(title: &str, sources: &[Source]) -> Result<Vec<u8>, PublishError> {
    let mut folders: BTreeMap<&str, Vec<Outline>> = BTreeMap::new();
    let mut outlines = Vec::new();
    for source in sources.iter().filter(|source| source.spec.kind == SourceKind::Feed) {
        let Some(outline) = source_outline(source) else { continue };
        match source.spec.groups.first() {
            Some(group) => folders.entry(group.as_str()).or_default().push(outline),
            None => outlines.push(outline),
        }
    }
    let folder =
        |(name, outlines): (&str, _)| Outline { text: name.to_owned(), outlines, ..Outline::default() };
    outlines.extend(folders.into_iter().map(folder));
    write(title, outlines)
}

/// Reads a subscription list: every outline with an address of a feed, in any depth of folders, each address once.
/// Fails where the text is no OPML.
pub fn read_opml(text: &str) -> Result<Vec<OpmlSource>, PublishError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    check_depth(text)?;
    let document = OPML::from_str(text).map_err(|error| PublishError::Opml(reason(&error)))?;
    let mut found = Vec::new();
    collect(&document.body.outlines, &mut Vec::new(), &mut found);
    Ok(found)
}

fn source_outline(source: &Source) -> Option<Outline> {
    let spec = &source.spec;
    let title = Some(one_line(source.title())).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| spec.slug.to_string());
    // The folder already says the first group.
    let others: Vec<&str> = spec.groups.iter().skip(1).map(|group| group.as_str()).collect();
    Some(Outline {
        text: title.clone(),
        title: Some(title),
        r#type: Some("rss".to_owned()),
        xml_url: Some(public_feed_address(spec.url.as_ref()?.url())),
        html_url: source.home().and_then(web_address),
        language: spec.language.as_ref().map(|language| language.to_string()),
        category: Some(others.join(",")).filter(|others| !others.is_empty()),
        ..Outline::default()
    })
}

/// No date stands in it: the same channels are the same bytes.
fn write(title: &str, outlines: Vec<Outline>) -> Result<Vec<u8>, PublishError> {
    let head = Head {
        title: Some(one_line(title)),
        docs: Some("https://opml.org/spec2.opml".to_owned()),
        ..Head::default()
    };
    let document = OPML { version: "2.0".to_owned(), head: Some(head), body: Body { outlines } };
    let text = document.to_string();
    let text = text.map_err(|error| PublishError::Write { format: "OPML", reason: error.to_string() })?;
    Ok(format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}\n").into_bytes())
}

fn collect(outlines: &[Outline], folders: &mut Vec<String>, found: &mut Vec<OpmlSource>) {
    for outline in outlines {
        let title = Some(one_line(&outline.text)).filter(|title| !title.is_empty());
        let title = title.or_else(|| outline.title.as_deref().map(one_line)).unwrap_or_default();
        if let Some(address) = outline.xml_url.as_deref().map(str::trim).filter(|address| !address.is_empty())
        {
            let categories = outline.category.as_deref().unwrap_or_default().split(',');
            let categories = categories.map(|name| one_line(name.trim().trim_start_matches('/')));
            let source = OpmlSource {
                title: title.clone(),
                url: address.parse(),
                home: outline.html_url.as_deref().and_then(web_address),
                language: outline.language.as_deref().and_then(|language| language.parse().ok()),
                groups: folders.iter().cloned().chain(categories.filter(|name| !name.is_empty())).collect(),
            };
            if !found.iter().any(|known| known.url == source.url) {
                found.push(source);
            }
        }
        folders.push(title);
        collect(&outline.outlines, folders, found);
        folders.pop();
    }
}

/// The reader of the crate recurses; a document of nothing but folders must not end the process.
fn check_depth(text: &str) -> Result<(), PublishError> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(PublishError::Opml(one_line(&error.to_string()))),
        }
        if depth > DEPTH {
            return Err(PublishError::Opml(format!("its folders are nested more than {DEPTH} deep")));
        }
    }
}

/// On one line: messages of libraries quote the document.
fn reason(error: &opml::Error) -> String {
    let text = match error {
        opml::Error::BodyHasNoOutlines => "it lists nothing".to_owned(),
        opml::Error::XmlError(error) => error.to_string(),
        other => other.to_string(),
    };
    one_line(&text)
}
