//! Looks at a page that came in place of a feed: its title, and the feeds that it advertises. A scan for tags, not an HTML
//! parser: pages can be large and hostile, and nothing of them is kept.

use crate::charset::named_reference;
use quick_xml::events::BytesStart;
use url::Url;

use super::prolog::tag_end;

/// Feeds that are named at most.
const MAX_FEEDS: usize = 16;
/// Where they are looked for: the head of the page.
const HEAD: usize = 512 << 10;
/// Longer tags are not closed, and would be read to the end again and again.
const MAX_TAG: usize = 4096;
/// Links that are looked at.
const MAX_LINKS: usize = 500;

/// What a page says about itself.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// `<title>`.
    pub title: Option<String>,
    /// `<link rel=alternate>` of feed types, absolute where the page's address is known.
    pub feeds: Vec<String>,
}

/// Looks.
pub(super) fn look(text: &str, address: Option<&Url>) -> Page {
    let mut page = Page::default();
    let mut base = address.cloned();
    let (mut titled, mut links) = (false, 0);
    let mut rest = beginning(text, HEAD);
    while let Some((_, tail)) = rest.split_once('<') {
        rest = tail;
        if starts(tail, "title") && !titled {
            titled = true;
            let inner = tail.split_once('>').and_then(|(_, inner)| inner.split_once('<'));
            page.title = inner.map(|(title, _)| plain(title)).filter(|title| !title.is_empty());
        } else if (starts(tail, "base") || starts(tail, "link")) && links < MAX_LINKS {
            links += 1;
            let tail = beginning(tail, MAX_TAG);
            let inner = tail.get(..tag_end(tail)).unwrap_or(tail).trim_end_matches('>').trim_end_matches('/');
            take_link(&mut page, &mut base, &BytesStart::from_content(inner, 4));
        }
    }
    page
}

fn take_link(page: &mut Page, base: &mut Option<Url>, tag: &BytesStart<'_>) {
    let attribute = |wanted: &str| {
        let mut all = tag.html_attributes();
        let found = all
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(wanted))?;
        Some(plain(&found.value))
    };
    let Some(href) = attribute("href").filter(|href| !href.is_empty()) else { return };
    let absolute = base.as_ref().map_or_else(|| Url::parse(&href), |base| base.join(&href));
    if tag.name().as_ref().eq_ignore_ascii_case("base") {
        *base = absolute.ok().or(base.take());
        return;
    }
    let rel = attribute("rel").unwrap_or_default().to_ascii_lowercase();
    let media_type = attribute("type").unwrap_or_default().to_ascii_lowercase();
    let is_feed =
        ["rss+xml", "atom+xml", "feed+json", "rdf+xml"].iter().any(|kind| media_type.contains(kind));
    let address = absolute.map_or(href, String::from);
    if is_feed
        && rel.split_whitespace().any(|rel| rel == "alternate")
        && page.feeds.len() < MAX_FEEDS
        && !page.feeds.contains(&address)
    {
        page.feeds.push(address);
    }
}

/// At most so many bytes of a text.
fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

fn starts(tail: &str, name: &str) -> bool {
    let bytes = tail.as_bytes();
    bytes.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
        && bytes.get(name.len()).is_some_and(|next| next.is_ascii_whitespace() || *next == b'>')
}

/// One line of text, with its references resolved, at most 200 characters.
fn plain(text: &str) -> String {
    let resolved = quick_xml::escape::unescape_with(text, named_reference);
    let text = resolved.as_deref().unwrap_or(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_feeds() {
        let page = look(
            "<!doctype html><html><head><title>Новини\n &amp; събития</title>\
             <link rel=alternate type=application/rss+xml href=/feed>\
             <LINK HREF='atom.xml' TYPE='application/atom+xml' REL='alternate feed'/>\
             <link rel='stylesheet' href='a.css'><link rel='alternate' hreflang='en' href='/en'>",
            Some(&"https://example.org/news/".parse().unwrap()),
        );
        assert_eq!(page.title.as_deref(), Some("Новини & събития"));
        assert_eq!(page.feeds, ["https://example.org/feed", "https://example.org/news/atom.xml"]);
    }
}
