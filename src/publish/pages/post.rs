//! The page of a post of our own.

use askama::Template;

use super::{
    super::{PublishError, dates::rfc3339, excerpt::cut, item::Item, text::one_line, words::Words},
    Desk,
    frame::{Frame, Link, Switch, fill},
    river::TEASER,
};
use crate::model::{Language, PublishedEntry, Texts};

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage<'a> {
    frame: Frame<'a>,
    heading: String,
    lang: &'a str,
    byline: String,
    /// Its language, where it is known not to be that of the post.
    byline_lang: Option<&'a str>,
    date: String,
    moment: String,
    translations: Vec<Switch>,
    body: &'a str,
    tags: Vec<Link>,
    licence: Option<&'a str>,
}

/// The page of one post of our own, with the same post in other languages. The interface is the desk's; the post
/// says its own language.
///
/// # Errors
/// Where it cannot be filled in.
pub fn post_page(
    desk: &Desk<'_>,
    entry: &PublishedEntry,
    translations: &[(Language, String)],
) -> Result<Vec<u8>, PublishError> {
    let site = desk.site;
    let words = Words::of(desk.language);
    let item = Item::of(entry, site, &Texts::default());
    let heading = item.heading();
    let mut frame = desk.frame(None);
    frame.title = format!("{heading} · {}", frame.site_title);
    frame.description = item.text.as_deref().map(|text| cut(text, TEASER)).unwrap_or_default();
    frame.canonical = item.link.clone();
    frame.kind = "article";
    frame.image = item.image.clone();
    frame.published = Some(rfc3339(item.published));
    let names: Vec<&str> = item.authors.iter().map(|author| author.name.as_str()).collect();
    let byline = if names.is_empty() { one_line(entry.source.title()) } else { names.join(", ") };
    let other = |(language, href): &(Language, String)| Switch {
        lang: language.as_str().to_owned(),
        name: Words::read_in(language),
        href: href.clone(),
    };
    frame.alternates = translations.iter().map(other).collect();
    if let Some((lang, href)) = item.language.zip(item.link.clone()).filter(|_| !translations.is_empty()) {
        frame.alternates.push(Switch { lang: lang.as_str().to_owned(), name: Words::read_in(lang), href });
    }
    let other_interface = translations.iter().find(|(language, _)| Words::of(language).lang != words.lang);
    if let (Some(switch), Some((_, href))) = (&mut frame.switch, other_interface) {
        switch.href.clone_from(href);
    }
    let lang = item.language.map_or(words.lang, Language::as_str);
    fill(&PostPage {
        heading,
        lang,
        byline_lang: names.is_empty().then_some(site.language.as_str()).filter(|own| *own != lang),
        byline,
        date: words.date(&item.published.with_timezone(&site.zone)),
        moment: rfc3339(item.published),
        translations: translations.iter().map(other).collect(),
        body: item.content.as_deref().or(item.summary.as_deref()).unwrap_or_default(),
        tags: item.tags.iter().filter_map(|tag| frame.tag(tag)).collect(),
        licence: item.licence.as_deref(),
        frame,
    })
}
