//! The looks: one style sheet for pages, one for feeds that are opened in a browser, and an icon. No fonts, no script.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// For pages: `/assets/vestnik.css`.
pub const PAGE_CSS: &str = include_str!("assets/vestnik.css");
/// For RSS and Atom opened in a browser: `/assets/feed.css`.
pub const FEED_CSS: &str = include_str!("assets/feed.css");
/// `/assets/icon.svg`.
pub const ICON_SVG: &str = include_str!("assets/icon.svg");

/// What stands after `?v=` in the address of the page style: a change of it is a new address, so that it can be kept for good.
pub fn page_css_version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| short_hash(PAGE_CSS.as_bytes()));
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
