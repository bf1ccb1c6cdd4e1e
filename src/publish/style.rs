//! The looks: style sheets, letters, an icon, the script of embeds. All from our own host.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file that comes with the program, below `/assets/`.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

/// For pages: `/assets/vestnik.css`.
pub const PAGE_CSS: &str = include_str!("assets/vestnik.css");
/// For RSS and Atom opened in a browser: `/assets/feed.css`.
pub const FEED_CSS: &str = include_str!("assets/feed.css");
/// For embeds in a frame: `/assets/embed.css`.
pub const EMBED_CSS: &str = include_str!("assets/embed.css");
/// `/assets/icon.svg`.
pub const ICON_SVG: &str = include_str!("assets/icon.svg");
/// `/embed.js`: turns `<vestnik-feed>` into a channel's news.
pub const EMBED_JS: &str = include_str!("assets/embed.js");

const CSS: &str = "text/css; charset=utf-8";
const FONT: &str = "font/woff2";

/// Source Serif 4 (SIL Open Font License 1.1, `assets/fonts/OFL.txt`), whose Cyrillic has the Bulgarian forms. A new version
/// gets a new name: fonts are kept for good.
macro_rules! font {
    ($name:literal) => {
        Asset { name: $name, media_type: FONT, bytes: include_bytes!(concat!("assets/fonts/", $name)) }
    };
}

/// All of them.
pub const ASSETS: &[Asset] = &[
    Asset { name: "vestnik.css", media_type: CSS, bytes: PAGE_CSS.as_bytes() },
    Asset { name: "feed.css", media_type: CSS, bytes: FEED_CSS.as_bytes() },
    Asset { name: "embed.css", media_type: CSS, bytes: EMBED_CSS.as_bytes() },
    Asset { name: "icon.svg", media_type: "image/svg+xml", bytes: ICON_SVG.as_bytes() },
    font!("source-serif-cyrillic-400.woff2"),
    font!("source-serif-cyrillic-600.woff2"),
    font!("source-serif-latin-400.woff2"),
    font!("source-serif-latin-600.woff2"),
];

/// What pages ask for before they have read their style: text is not set twice.
pub(super) const PAGE_FONTS: [&str; 4] = [
    "source-serif-cyrillic-400.woff2",
    "source-serif-cyrillic-600.woff2",
    "source-serif-latin-400.woff2",
    "source-serif-latin-600.woff2",
];

impl Asset {
    /// Whether its address names this version of it, so that it can be kept for good: by `?v=`, or as a font.
    pub fn is_version(&self, query: Option<&str>) -> bool {
        let named = query.and_then(|query| query.strip_prefix("v="));
        self.media_type == FONT || named.is_some_and(|version| version == short_hash(self.bytes))
    }
}

/// What stands after `?v=` in the address of the page style: a change of it is a new address, so that it can be kept for good.
pub fn page_css_version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| short_hash(PAGE_CSS.as_bytes()));
    &VERSION
}

/// The same for the style of embeds.
pub(super) fn embed_css_version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| short_hash(EMBED_CSS.as_bytes()));
    &VERSION
}

/// An XML document that browsers show with [`FEED_CSS`]: the declaration, the style sheet, the root.
pub(super) fn with_declaration(root: &[u8], site: &crate::model::Site) -> Vec<u8> {
    const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
    let root = root.strip_prefix(DECLARATION.as_bytes()).unwrap_or(root);
    // A path from the root of our own host: a public address cannot hold quotes or "?>" in its path.
    let style =
        format!("\n<?xml-stylesheet type=\"text/css\" href=\"{}assets/feed.css\"?>\n", site.url.path());
    [DECLARATION.as_bytes(), style.as_bytes(), root].concat()
}

fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// The colours of the first block after this text.
    fn colours(css: &str, after: &str) -> HashMap<String, [f64; 3]> {
        let block = css.split_once(after).unwrap().1.split_once('}').unwrap().0;
        let channel = |hex: &[char]| {
            let hex: String = hex.iter().collect();
            let value = f64::from(u8::from_str_radix(&hex, 16).unwrap()) / 255.0;
            // WCAG 2.2, relative luminance.
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let pairs = block.split(';').filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
        pairs
            .map(|(name, hex)| {
                // #fff is #ffffff.
                let short = hex.chars().flat_map(|c| [c, c]);
                let hex: Vec<char> = if hex.len() == 3 { short.collect() } else { hex.chars().collect() };
                (name.to_owned(), [channel(&hex[0..2]), channel(&hex[2..4]), channel(&hex[4..6])])
            })
            .collect()
    }

    fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
        let light = |[red, green, blue]: [f64; 3]| 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
        let (one, other) = (light(one), light(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn every_ink_can_be_read_on_every_paper_by_the_rules_of_wcag_aa() {
        for (css, after, papers) in [
            (PAGE_CSS, ":root {", &["paper", "tint", "found"][..]),
            (PAGE_CSS, "(prefers-color-scheme: dark) {\n  :root {", &["paper", "tint", "found"]),
            (EMBED_CSS, ":root {", &["paper"]),
            (EMBED_CSS, ":root[data-theme=\"dark\"] {", &["paper"]),
        ] {
            let colours = colours(css, after);
            for paper in papers {
                for ink in ["ink", "quiet", "link", "mark"] {
                    let Some(colour) = colours.get(ink).filter(|_| *paper != "found" || ink == "ink") else {
                        continue;
                    };
                    let contrast = contrast(*colour, colours[*paper]);
                    assert!(contrast >= 4.5, "{ink} on {paper} after {after}: {contrast:.2}");
                }
            }
        }
    }
}
