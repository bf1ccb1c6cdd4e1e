//! The page of one entry: its text, and what the list did not say.

use chrono_tz::Tz;
use ego_tree::NodeId;
use html5ever::{LocalName, QualName, ns};
use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

use super::{
    ScrapeError,
    about::{self, About},
    dates::Dates,
    find::Finder,
    item::{distinct, named},
    page, readable,
    rules::ArticleRules,
    text::{select, text, text_of},
};
use crate::{
    charset::decode_html,
    model::{Link, PageRules, ParsedEntry, Text, Timestamp},
};

/// What is no text for readers, wherever it stands.
const NEVER: &str = "script, style, template, noscript, form, button, input, select, textarea";
/// Elements that a content selector may find: more is no article.
const MAX_PARTS: usize = 100;

/// Reads the page of an entry and adds to the entry what the list did not say: the text, and date, author, picture and
/// summary where they are missing. A title that the list cut short is completed.
///
/// `base` is the address that the page came from. The text is found by `rules.content`, or by its looks where no
/// selector is given; `rules.remove` is cut out of it.
///
/// # Errors
/// See [`ScrapeError`]. What the page says about itself is added all the same where only the text is missing.
pub fn article(
    body: &[u8],
    content_type: Option<&str>,
    base: &Url,
    rules: &PageRules,
    zone: Option<Tz>,
    now: Timestamp,
    entry: &mut ParsedEntry,
) -> Result<(), ScrapeError> {
    if let Some(kind) = content_type.filter(|kind| !is_page(kind)) {
        let kind = kind.chars().take(60).collect();
        return Err(ScrapeError::NotAPage { kind });
    }
    let compiled = ArticleRules::compile(rules).map_err(super::first_fault)?;
    let dates = Dates::new(rules, zone, now);
    let (decoded, _) = decode_html(body, content_type);
    let mut html = page::parse(&decoded)?;
    let on = page::base(&html, base);
    let said = about::about(&html, &on, &dates);
    let title = entry.title.as_ref().map(|title| title.value.clone()).unwrap_or_default();
    complete(entry, said);
    take_fields(&html, &on, &compiled, &dates, entry);
    cut(&mut html, &compiled.remove);
    let content = match &compiled.content {
        Some(selector) => {
            cut(&mut html, &Vec::from_iter(Selector::parse(NEVER)));
            show_late_pictures(&mut html);
            Some(parts(&html, selector, &title)).filter(|parts| !parts.trim().is_empty())
        }
        None => readable::text(&html.html(), &on),
    };
    let selector = rules.content.clone().filter(|_| !rules.json);
    let content = content.ok_or(ScrapeError::NoContent { selector })?;
    entry.content = Some(Text { base: Some(on.into()), ..Text::html(content) });
    Ok(())
}

/// What the rules take from the page comes before all else: whoever wrote them looked.
fn take_fields(html: &Html, base: &Url, rules: &ArticleRules, dates: &Dates, entry: &mut ParsedEntry) {
    let root = html.root_element();
    let value = |finder: &Option<Finder>| finder.as_ref().and_then(|finder| finder.first(root, text));
    if let Some(title) = value(&rules.title) {
        entry.title = Some(Text::plain(title));
    }
    let written = rules.date.iter().flat_map(|finder| finder.all(root, text).take(10));
    if let Some((date, is_relative)) = written.into_iter().find_map(|text| dates.read_shown(&text)) {
        entry.published = Some(date);
        entry.published_is_relative = is_relative;
    }
    if let Some(summary) = value(&rules.summary) {
        entry.summary = Some(Text::plain(summary));
    }
    let image = rules.image.as_ref().and_then(|finder| finder.first(root, page::image_source));
    if let Some(image) = image.and_then(|src| page::absolute(base, &src)) {
        entry.image = Some(image.into());
    }
    if let Some(author) = value(&rules.author) {
        entry.authors = vec![named(author)];
    }
    let tags = distinct(rules.tags.iter().flat_map(|finder| finder.all(root, text)));
    if !tags.is_empty() {
        entry.categories = tags;
    }
}

fn is_page(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.is_empty()
        || media_type.contains("html")
        || media_type == "text/plain"
        || media_type.ends_with("xml")
}

fn complete(entry: &mut ParsedEntry, said: About) {
    if let Some(title) = said.title.filter(|full| is_cut_of(entry, full)) {
        entry.title = Some(Text::plain(title));
    }
    entry.complete_date(said.published);
    entry.updated = entry.updated.or(said.modified);
    entry.image = entry.image.take().or(said.image.map(String::from));
    entry.summary = entry.summary.take().or(said.summary.map(Text::plain));
    if entry.authors.is_empty() {
        entry.authors = said.authors.into_iter().map(named).collect();
    }
    entry.language = entry.language.take().or(said.language);
    for (language, url) in said.translations {
        let href = String::from(url);
        if entry.links.iter().all(|link| link.href != href) {
            let rel = Some("alternate".to_owned());
            entry.links.push(Link { href, rel, hreflang: Some(language), ..Link::default() });
        }
    }
}

/// Whether the entry's title is the beginning of this one: lists cut long titles.
fn is_cut_of(entry: &ParsedEntry, full: &str) -> bool {
    let Some(title) = entry.title.as_ref().map(|title| title.value.as_str()) else { return true };
    let cut = title.strip_suffix('…').or_else(|| title.strip_suffix("..."));
    cut.map(str::trim_end).is_some_and(|cut| !cut.is_empty() && full.starts_with(cut))
}

/// Takes these elements out.
fn cut(html: &mut Html, selectors: &[Selector]) {
    let found: Vec<NodeId> =
        selectors.iter().flat_map(|selector| html.select(selector)).map(|element| element.id()).collect();
    for id in found {
        if let Some(mut node) = html.tree.get_mut(id) {
            node.detach();
        }
    }
}

/// The markup of every element that the selector finds, none twice, without a headline that repeats the title.
fn parts(html: &Html, selector: &Selector, title: &str) -> String {
    let mut taken: Vec<NodeId> = Vec::new();
    let mut markup = String::new();
    for element in html.select(selector).take(MAX_PARTS) {
        if element.ancestors().any(|node| taken.contains(&node.id())) {
            continue;
        }
        taken.push(element.id());
        let headline = repeated_headline(element, title);
        for child in element.children() {
            match ElementRef::wrap(child) {
                Some(child) if Some(child.id()) == headline => {}
                Some(child) => markup.push_str(&child.html()),
                None => {
                    if let Some(text) = child.value().as_text() {
                        escape(text, &mut markup);
                    }
                }
            }
        }
    }
    if has_something(html, &taken) { markup } else { String::new() }
}

/// Text, or a picture: an empty shell is no text.
fn has_something(html: &Html, taken: &[NodeId]) -> bool {
    taken.iter().filter_map(|id| html.tree.get(*id)).filter_map(ElementRef::wrap).any(|element| {
        !text_of(element).is_empty() || select(element, "img[src], video, audio, iframe").next().is_some()
    })
}

fn repeated_headline(element: ElementRef<'_>, title: &str) -> Option<NodeId> {
    let headline =
        element.child_elements().find(|child| matches!(child.value().name(), "h1" | "h2" | "header"))?;
    (text_of(headline) == title).then(|| headline.id())
}

fn escape(text: &str, markup: &mut String) {
    for c in text.chars() {
        match c {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            c => markup.push(c),
        }
    }
}

/// Pictures that a script would load are given their address.
fn show_late_pictures(html: &mut Html) {
    let Ok(late) = Selector::parse("img[data-src], img[data-original], img[data-lazy-src]") else { return };
    let found: Vec<(NodeId, String)> =
        html.select(&late).filter_map(|image| Some((image.id(), page::image_source(image)?))).collect();
    let src = || QualName::new(None, ns!(), LocalName::from("src"));
    for (id, source) in found {
        let Some(mut node) = html.tree.get_mut(id) else { continue };
        if let Node::Element(element) = node.value() {
            element.attrs.retain(|(name, _)| *name != src());
            element.attrs.push((src(), source.as_str().into()));
            // The library finds attributes by their order.
            element.attrs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        }
    }
}
