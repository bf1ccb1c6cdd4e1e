//! Where the systems that run sites usually have their feeds.

use scraper::Html;
use url::Url;

use super::text::{attribute, select};

/// What any site may have.
const ANYWHERE: [&str; 7] =
    ["/feed/", "/rss.xml", "/feed.xml", "/index.xml", "/atom.xml", "/rss", "/feed.json"];

/// A page, and what is known of its site.
struct Site<'a> {
    html: &'a Html,
    text: &'a str,
    url: &'a Url,
    /// Without a slash at its end.
    path: &'a str,
}

/// A system: how it is recognised, and where its feeds are.
struct System {
    /// In `<meta name=generator>`, in lower case.
    generator: &'static str,
    /// Anywhere on the page.
    signs: &'static [&'static str],
    /// The end of the host's name.
    host: Option<&'static str>,
    places: fn(&Site<'_>) -> Vec<String>,
}

const SYSTEMS: [System; 11] = [
    System {
        generator: "medium",
        signs: &[],
        host: Some("medium.com"),
        places: |site| vec![format!("/feed{}", site.path)],
    },
    System { generator: "youtube", signs: &[], host: Some("youtube.com"), places: youtube },
    System {
        generator: "blogger",
        signs: &["www.blogger.com/static"],
        host: Some("blogspot.com"),
        places: |_| texts(["/feeds/posts/default", "/feeds/posts/default?alt=rss"]),
    },
    System {
        generator: "wordpress",
        signs: &["/wp-content/", "/wp-includes/"],
        host: None,
        places: |site| vec![format!("{}/feed/", site.path), "/feed/".to_owned(), "/?feed=rss2".to_owned()],
    },
    System {
        generator: "drupal",
        signs: &["/sites/default/files", "data-drupal-", "drupalSettings"],
        host: None,
        places: drupal,
    },
    System {
        generator: "joomla",
        signs: &["/media/jui/", "/media/system/js/", "/components/com_", "option=com_"],
        host: None,
        places: |site| {
            let page = if site.path.is_empty() { "/" } else { site.path };
            ["rss", "atom"].map(|kind| format!("{page}?format=feed&type={kind}")).to_vec()
        },
    },
    System {
        generator: "liferay",
        signs: &["Liferay.", "/o/frontend-", "asset_publisher"],
        host: None,
        places: liferay,
    },
    System {
        generator: "typo3",
        signs: &["/typo3conf/", "/typo3temp/"],
        host: None,
        places: |site| {
            let mut places = vec![format!("{}/rss.xml", site.path)];
            places.extend(texts(["/rss.xml", "/?type=9818", "/?type=100"]));
            places
        },
    },
    System { generator: "ghost", signs: &["/ghost/api/"], host: None, places: |_| texts(["/rss/"]) },
    System {
        generator: "hugo",
        signs: &[],
        host: None,
        places: |site| vec![format!("{}/index.xml", site.path), "/index.xml".to_owned()],
    },
    System { generator: "jekyll", signs: &[], host: None, places: |_| texts(["/feed.xml"]) },
];

/// Places relative to the site: those of its own system first, then what any site may have. Some stand there twice.
pub(super) fn usual_places(html: &Html, text: &str, url: &Url) -> Vec<String> {
    let generator =
        select(html.root_element(), "meta[name=\"generator\" i]").find_map(|meta| attribute(meta, "content"));
    let generator = generator.unwrap_or_default().to_ascii_lowercase();
    let host = url.host_str().unwrap_or_default();
    let site = Site { html, text, url, path: url.path().trim_end_matches('/') };
    let runs_it = |system: &&System| {
        generator.contains(system.generator)
            || system.signs.iter().any(|sign| text.contains(sign))
            || system.host.is_some_and(|ending| host.ends_with(ending))
    };
    let own = SYSTEMS.iter().filter(runs_it).flat_map(|system| (system.places)(&site));
    own.chain(texts(ANYWHERE)).collect()
}

fn texts<const N: usize>(places: [&str; N]) -> Vec<String> {
    places.map(str::to_owned).to_vec()
}

/// A prefix of a language (`/bg`) has a feed of its own.
fn drupal(site: &Site<'_>) -> Vec<String> {
    let prefix = site.path.split('/').nth(1).filter(|part| part.len() == 2);
    let mut places: Vec<String> = prefix.map(|part| format!("/{part}/rss.xml")).into_iter().collect();
    places.extend(["/rss.xml".to_owned(), format!("{}/feed", site.path)]);
    places
}

/// The publishers of assets on a page, each with a feed of its own.
fn liferay(site: &Site<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for after in site.text.split("AssetPublisherPortlet_INSTANCE_").skip(1) {
        let id: String = after.chars().take_while(char::is_ascii_alphanumeric).take(20).collect();
        let place = format!("{}/-/asset_publisher/{id}/rss", site.path);
        if id.len() >= 4 && !found.contains(&place) && found.len() < 4 {
            found.push(place);
        }
    }
    found
}

/// A channel's feed, by the id that its page or address names.
fn youtube(site: &Site<'_>) -> Vec<String> {
    let named = "link[rel=\"canonical\"][href], meta[property=\"og:url\"][content]";
    let in_page = select(site.html.root_element(), named)
        .find_map(|element| attribute(element, "href").or_else(|| attribute(element, "content")));
    let id = |address: &str| {
        let (_, id) = address.split_once("/channel/")?;
        let id: String = id.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        (!id.is_empty()).then_some(id)
    };
    let id = id(site.url.path()).or_else(|| in_page.as_deref().and_then(id));
    id.map(|id| format!("/feeds/videos.xml?channel_id={id}")).into_iter().collect()
}
