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
