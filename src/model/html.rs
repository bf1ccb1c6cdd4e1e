//! HTML that went through the allow-list.

use std::fmt;

use serde::{Deserialize, Serialize};

/// HTML that `normalise` let through: no active markup, absolute addresses, NFC. Only that stage and the store make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Says that this text was sanitised. To be called where it was, and where it comes back from the store.
    pub fn sanitised(html: String) -> Self {
        SafeHtml(html)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
