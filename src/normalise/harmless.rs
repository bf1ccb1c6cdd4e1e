//! A document as it was read, without what must not be shown: for whoever looks at it before it is an entry.

use url::Url;

use super::html::Sanitiser;
use crate::model::{ParsedEntry, ParsedFeed, Person, Text};

/// Schemes that run something when they are followed (WHATWG HTML §7.4.2.2), or bring a document of their own (RFC 2397).
const ACTIVE: [&str; 3] = ["javascript", "vbscript", "data"];

/// Passes every text with markup through the allow-list, and drops addresses that are active. Relative addresses in texts
/// stand on the text's own base, else on `base`.
pub fn make_harmless(feed: &mut ParsedFeed, base: Option<&Url>) {
    for text in [&mut feed.title, &mut feed.description, &mut feed.rights] {
        make_text_harmless(text, base);
    }
    feed.links.retain(|link| !is_active(&link.href));
    feed.icon.take_if(|icon| is_active(icon));
    feed.image.take_if(|image| is_active(&image.url));
    for person in feed.authors.iter_mut().chain(&mut feed.contributors).chain(&mut feed.publisher) {
        make_person_harmless(person);
    }
    for entry in &mut feed.entries {
        make_entry_harmless(entry, base);
    }
}

fn make_entry_harmless(entry: &mut ParsedEntry, base: Option<&Url>) {
    for text in [&mut entry.title, &mut entry.summary, &mut entry.content, &mut entry.rights] {
        make_text_harmless(text, base);
    }
    entry.links.retain(|link| !is_active(&link.href));
    entry.attachments.retain(|attachment| !is_active(&attachment.url));
    for address in [&mut entry.image, &mut entry.comments_url, &mut entry.content_src] {
        address.take_if(|address| is_active(address));
    }
    if let Some(origin) = &mut entry.origin {
        origin.url.take_if(|url| is_active(url));
    }
    for person in entry.authors.iter_mut().chain(&mut entry.contributors).chain(&mut entry.publisher) {
        make_person_harmless(person);
    }
}

fn make_person_harmless(person: &mut Person) {
    person.url.take_if(|url| is_active(url));
}

fn make_text_harmless(text: &mut Option<Text>, base: Option<&Url>) {
    let Some(markup) = text.as_mut().filter(|text| text.is_markup()) else { return };
    let own = markup.base.as_deref().and_then(|own| own.parse().ok());
    match Sanitiser::new(own.or_else(|| base.cloned())).markup(&markup.value) {
        Some(safe) => markup.value = safe.as_str().to_owned(),
        None => *text = None,
    }
}

/// As browsers read it: they pass over white space and control characters in a scheme.
fn is_active(address: &str) -> bool {
    let scheme: String = address
        .chars()
        .take_while(|c| *c != ':')
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .flat_map(char::to_lowercase)
        .collect();
    address.contains(':') && ACTIVE.contains(&scheme.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FeedFormat, Link};

    #[test]
    fn markup_loses_its_scripts_and_plain_text_stays_as_it_is() {
        let mut feed = ParsedFeed::new(FeedFormat::Rss20);
        feed.title = Some(Text::html("News<script>alert(1)</script>"));
        feed.description = Some(Text::plain("how <script> works"));
        let mut entry =
            ParsedEntry { summary: Some(Text::html("<svg><script>x</script></svg>")), ..Default::default() };
        entry.content = Some(Text {
            base: Some("https://a.example/b/".into()),
            ..Text::html("<a href=\"c\" onclick=\"x()\">c</a>")
        });
        feed.entries.push(entry);
        make_harmless(&mut feed, None);
        assert_eq!(feed.title.unwrap().value, "News");
        assert_eq!(feed.description.unwrap().value, "how <script> works");
        let content = feed.entries[0].content.as_ref().unwrap().value.clone();
        assert!(
            content.contains("href=\"https://a.example/b/c\"") && !content.contains("onclick"),
            "{content}"
        );
        assert_eq!(feed.entries[0].summary, None);
    }

    #[test]
    fn active_addresses_go_and_others_stay() {
        let link = |href: &str| Link { href: href.into(), ..Link::default() };
        let mut feed = ParsedFeed::new(FeedFormat::Rss20);
        feed.links =
            ["javascript:x()", " java\tscript:x()", "DATA:text/html,x", "https://a.example/", "/a:b"]
                .map(link)
                .into();
        make_harmless(&mut feed, None);
        let left: Vec<&str> = feed.links.iter().map(|link| link.href.as_str()).collect();
        assert_eq!(left, ["https://a.example/", "/a:b"]);
    }
}
