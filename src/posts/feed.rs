//! Posts as a feed: what the source of kind `local` delivers.

use std::collections::BTreeMap;

use crate::{
    model::{Category, FeedFormat, Link, ParsedEntry, ParsedFeed, Person, Site, Slug, Text},
    posts::Post,
};

/// The address of a post's page.
pub fn address(slug: &Slug, site: &Site) -> String {
    site.address(&format!("posts/{slug}"))
}

/// The slug in the address of a post's page; None for other addresses.
pub fn slug_of_address(link: &str, site: &Site) -> Option<Slug> {
    link.strip_prefix(site.address("posts/").as_str())?.parse().ok()
}

/// All posts but drafts as one complete document, newest first: a post that is no longer in it was withdrawn.
///
/// Ids are tag URIs (RFC 4151): `tag:<host>,<year>:posts/<slug>`. The languages of one text link to each other.
pub fn to_feed(posts: &[Post], site: &Site) -> ParsedFeed {
    let mut published: Vec<&Post> = posts.iter().filter(|post| !post.draft).collect();
    published.sort_by(|a, b| b.date.at.cmp(&a.date.at).then_with(|| a.slug.cmp(&b.slug)));
    let families = families(&published);
    let mut feed = ParsedFeed::new(FeedFormat::Posts);
    feed.id = Some(site.address("posts/"));
    feed.title = Some(Text::plain(site.title.clone()));
    feed.description = Some(Text::plain(site.description.clone())).filter(|text| !text.value.is_empty());
    feed.links = vec![Link { href: site.url.to_string(), ..Link::default() }];
    feed.language = Some(site.language.to_string());
    feed.updated = published.first().map(|post| post.date.at);
    feed.complete = true;
    feed.entries = published.iter().map(|post| entry(post, &families, site)).collect();
    feed
}

fn entry(post: &Post, families: &Families<'_>, site: &Site) -> ParsedEntry {
    let address = |post: &Post| address(&post.slug, site);
    let own = address(post);
    let mut links = vec![link(post, own.clone())];
    links.extend(translations(post, families).map(|other| link(other, address(other))));
    let language = Some(post.language.to_string());
    // Relative addresses in the text are relative to the post's own page.
    let text = |text: Text| Text { language: language.clone(), base: Some(own.clone()), ..text };
    ParsedEntry {
        id: Some(format!("tag:{},{}:posts/{}", site.authority(), post.date.year, post.slug)),
        id_is_permalink: Some(false),
        title: Some(text(Text::plain(post.title.clone()))),
        links,
        summary: post.summary.clone().map(|summary| text(Text::plain(summary))),
        content: Some(text(Text::html(post.html.clone()))),
        authors: post
            .authors
            .iter()
            .map(|name| Person { name: Some(name.clone()), ..Person::default() })
            .collect(),
        published: Some(post.date.at),
        categories: post
            .tags
            .iter()
            .map(|tag| Category { term: tag.clone(), ..Category::default() })
            .collect(),
        language,
        ..ParsedEntry::default()
    }
}

fn link(post: &Post, href: String) -> Link {
    Link {
        href,
        rel: Some("alternate".to_owned()),
        media_type: Some("text/html".to_owned()),
        hreflang: Some(post.language.to_string()),
        ..Link::default()
    }
}

/// The posts of one text in its languages, by the original's slug.
type Families<'a> = BTreeMap<&'a Slug, Vec<&'a Post>>;

fn original(post: &Post) -> &Slug {
    post.translation_of.as_ref().unwrap_or(&post.slug)
}

fn families<'a>(posts: &[&'a Post]) -> Families<'a> {
    let mut families = Families::new();
    for post in posts {
        families.entry(original(post)).or_default().push(post);
    }
    families
}

fn translations<'a>(post: &Post, families: &Families<'a>) -> impl Iterator<Item = &'a Post> {
    let family = families.get(original(post)).cloned().unwrap_or_default();
    let slug = post.slug.clone();
    family.into_iter().filter(move |other| other.slug != slug)
}
