//! What every page has around its content.

use askama::Template;

use super::super::{
    PublishError,
    edition::channel_address,
    style::{PAGE_FONTS, page_css_version},
    text::{encoded, one_line, web_address},
    words::Words,
};
use crate::model::{Channel, Format, Language, Site};

/// The channel whose page is the front page.
pub(super) const FRONT: &str = "all";

/// What every page has around its content.
pub(super) struct Frame<'a> {
    pub(super) words: &'static Words,
    pub(super) site_title: String,
    /// The language of the site's name, where it is not that of the page.
    pub(super) site_lang: Option<&'a str>,
    /// The sentence under the name, on the front page.
    pub(super) tagline: String,
    /// The day of the newest news.
    pub(super) dateline: Option<String>,
    /// Path of our root, with a slash at its end.
    pub(super) root: &'a str,
    /// Path below which the pages with this interface are: the root, or a folder of it.
    pub(super) base: String,
    /// The same page with the other interface, else its front page.
    pub(super) switch: Option<Switch>,
    /// The same page in other languages, itself included.
    pub(super) alternates: Vec<Switch>,
    pub(super) css_version: &'static str,
    pub(super) fonts: &'static [&'static str],
    pub(super) title: String,
    pub(super) description: String,
    /// The one address of this page. None where the page has none.
    pub(super) canonical: Option<String>,
    /// `website` or `article`.
    pub(super) kind: &'static str,
    /// When the article was published.
    pub(super) published: Option<String>,
    /// A picture of the article.
    pub(super) image: Option<String>,
    pub(super) feeds: Vec<FeedLink>,
    /// Where other sites learn how to embed what the page shows.
    pub(super) oembed: Option<String>,
    /// Whether the page may ask: search, or narrow a feed.
    pub(super) answers: bool,
    /// Whether there is a search box in the head; no page needs two.
    pub(super) finds: bool,
    /// What was searched for.
    pub(super) query: String,
    pub(super) navigation: Vec<NavigationLink>,
    pub(super) contact: Option<(String, Option<String>)>,
    pub(super) generator: &'a str,
}

/// A page in another language.
pub(super) struct Switch {
    pub(super) lang: String,
    pub(super) name: &'static str,
    pub(super) href: String,
}

pub(super) struct FeedLink {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) title: String,
    pub(super) href: String,
}

pub(super) struct NavigationLink {
    pub(super) title: String,
    pub(super) href: String,
    pub(super) current: bool,
}

/// A name and where it leads.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) href: String,
}

impl Frame<'_> {
    /// Says which page this is: `path` below the folder of the interface, with its query.
    pub(super) fn settle(&mut self, site: &Site, path: &str) {
        self.settle_at(site, |words| format!("{}{path}", words.folder(&site.language)));
    }

    /// The same, where the page of each interface has a path of its own below the root.
    pub(super) fn settle_at(&mut self, site: &Site, path: impl Fn(&Words) -> String) {
        let address = |words: &Words| site.address(&path(words));
        let other = self.words.other();
        let alternate =
            |words: &Words| Switch { lang: words.lang.to_owned(), name: words.name, href: address(words) };
        self.canonical = Some(address(self.words));
        self.alternates = vec![alternate(self.words), alternate(other)];
        let href = format!("{}{}", self.root, path(other));
        self.switch = Some(Switch { lang: other.lang.to_owned(), name: other.name, href });
    }

    /// The page of a tag. None where it has none: among files, of a tag that cannot be the name of a folder.
    pub(super) fn tag(&self, tag: &str) -> Option<Link> {
        let name = tag.to_lowercase();
        let href = format!("{}tags/{}", self.base, encoded(&name));
        (self.answers || is_file_name(&name)).then(|| Link { href, name: tag.to_owned() })
    }

    /// The page of every month, tag or source.
    pub(super) fn directory(&self, name: &str, path: &str) -> Link {
        Link { name: name.to_owned(), href: format!("{}{path}", self.base) }
    }

    /// The page of a source.
    pub(super) fn source(&self, slug: &str) -> String {
        format!("{}sources/{slug}", self.base)
    }
}

/// Writes a page.
pub(super) fn fill(page: &impl Template) -> Result<Vec<u8>, PublishError> {
    Ok(page.render()?.into_bytes())
}

/// What is around every page with this interface. Which page it is, is still to be said.
pub(super) fn frame<'a>(
    site: &'a Site,
    channels: &'a [Channel],
    words: &'static Words,
    current: Option<&Channel>,
    answers: bool,
) -> Frame<'a> {
    let language: Option<Language> = words.lang.parse().ok();
    let language = language.as_ref().unwrap_or(&site.language);
    let root = site.url.path();
    let base = format!("{root}{}", words.folder(&site.language));
    let link = |channel: &Channel| NavigationLink {
        title: one_line(channel.title(language)),
        href: channel_path(root, words, site, channel),
        current: current.is_some_and(|current| current.slug == channel.slug),
    };
    let front = channels.iter().find(|channel| channel.slug.as_str() == FRONT);
    let other = words.other();
    let switch = Switch {
        lang: other.lang.to_owned(),
        name: other.name,
        href: format!("{root}{}", other.folder(&site.language)),
    };
    Frame {
        words,
        site_title: one_line(&site.title),
        site_lang: (site.language.primary() != words.lang).then_some(site.language.as_str()),
        answers,
        finds: answers,
        tagline: String::new(),
        dateline: None,
        root,
        switch: Some(switch),
        alternates: Vec::new(),
        css_version: page_css_version(),
        fonts: &PAGE_FONTS,
        title: one_line(&site.title),
        description: one_line(&site.description),
        canonical: None,
        kind: "website",
        published: None,
        image: None,
        feeds: front.map(|front| feeds(site, front, &one_line(front.title(language)))).unwrap_or_default(),
        oembed: None,
        query: String::new(),
        navigation: channels.iter().map(link).collect(),
        base,
        contact: site.contact.as_deref().map(contact),
        generator: site.generator_version,
    }
}

/// Where a channel's page is with this interface, below the root. A channel has its own interface, that of its language, at its
/// own address, and the other one in the other's folder.
pub(super) fn channel_page_path(words: &Words, site: &Site, channel: &Channel) -> String {
    if channel.slug.as_str() == FRONT {
        return words.folder(&site.language);
    }
    let own = channel.language.as_ref().unwrap_or(&site.language);
    format!("{}feeds/{}", words.folder(own), channel.slug)
}

/// The same, as a path.
pub(super) fn channel_path(root: &str, words: &Words, site: &Site, channel: &Channel) -> String {
    format!("{root}{}", channel_page_path(words, site, channel))
}

/// Where another site learns how to embed the page of this address.
pub(super) fn oembed_address(site: &Site, page: &str) -> String {
    format!("{}?url={}", site.address("oembed"), encoded(page))
}

/// A channel's feeds.
pub(super) fn feeds(site: &Site, channel: &Channel, title: &str) -> Vec<FeedLink> {
    feeds_at(title, |format| channel_address(site, channel.slug.as_str(), format))
}

/// Feeds that are at these addresses.
pub(super) fn feeds_at(title: &str, address: impl Fn(Format) -> String) -> Vec<FeedLink> {
    let named = [(Format::Rss, "RSS"), (Format::Atom, "Atom"), (Format::Json, "JSON Feed")];
    let link = |(format, name): (Format, &'static str)| FeedLink {
        name,
        media_type: format.media_type(),
        title: title.to_owned(),
        href: address(format),
    };
    named.into_iter().map(link).collect()
}

/// A contact is an address of either kind, or just words.
fn contact(text: &str) -> (String, Option<String>) {
    let text = one_line(text);
    let is_mail = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !text.contains([' ', '/', ':']);
    let href = if is_mail { Some(format!("mailto:{text}")) } else { web_address(&text) };
    (text, href)
}

/// Whether a text can be the name of a folder everywhere, and of its address.
pub fn is_file_name(text: &str) -> bool {
    let is_odd =
        |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '"' | '<' | '>' | '|' | '?' | '*');
    !text.is_empty()
        && text.len() <= 200
        && !text.starts_with('.')
        && !text.ends_with(['.', ' '])
        && !text.contains(is_odd)
}
