//! Why a document could not be read.

/// One variant a reaction. `Display` is one line for staff, and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but white space.
    #[error(
        "the document is empty; look at its address in a browser, the publisher may be at fault for the moment"
    )]
    Empty,
    /// A page in place of a feed.
    #[error("this is a web page{} (byte {at}), not a feed; {}", named(title.as_deref()), advertised(feeds))]
    HtmlPage {
        /// The page's title.
        title: Option<String>,
        /// The feeds that it advertises, absolute where the address of the page was known.
        feeds: Vec<String>,
        /// Where it begins, in the decoded text.
        at: usize,
    },
    /// A check for robots in place of a feed.
    #[error(
        "a bot wall ({by}) stands before the feed{} (byte {at}); ask the publisher to let our user agent through",
        named(title.as_deref())
    )]
    BotWall {
        /// Who makes it: Cloudflare, Anubis …
        by: &'static str,
        /// The page's title.
        title: Option<String>,
        /// Where it begins, in the decoded text.
        at: usize,
    },
    /// A form that asks for a password in place of a feed.
    #[error(
        "a login page stands before the feed{} (byte {at}); ask the publisher for an address that needs no account",
        named(title.as_deref())
    )]
    LoginWall {
        /// The page's title.
        title: Option<String>,
        /// Where it begins, in the decoded text.
        at: usize,
    },
    /// Something else altogether.
    #[error("this is no feed but {what} (byte {at}); check the address")]
    NotAFeed {
        /// What it looks like.
        what: String,
        /// Where that was seen, in the decoded text.
        at: usize,
    },
    /// Deeper than any feed: refused, as parsers overflow on it.
    #[error("the document nests more than {limit} elements (byte {at}); no feed does, so it is not read")]
    TooDeep {
        /// The cap.
        limit: usize,
        /// Where it was passed, in the decoded text.
        at: usize,
    },
    /// A feed, but beyond repair.
    #[error("the feed is broken{}: {reason}; tell the publisher, the last good entries stay", placed(*at))]
    Broken {
        /// What the parser said.
        reason: String,
        /// Where, in the decoded and cleaned text.
        at: Option<usize>,
    },
}

impl ParseError {
    /// A feed beyond repair; parsers quote the document in their reasons, so they are cut to one short line.
    pub(super) fn broken(reason: &str, at: Option<usize>) -> Self {
        let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        ParseError::Broken { reason: line.chars().filter(|c| !c.is_control()).take(200).collect(), at }
    }
}

fn named(title: Option<&str>) -> String {
    title.map_or_else(String::new, |title| format!(" (“{title}”)"))
}

fn advertised(feeds: &[String]) -> String {
    match feeds {
        [] => "it advertises none, so it needs rules to be read as a page".to_owned(),
        feeds => format!("use the feed that it advertises: {}", feeds.join(" or ")),
    }
}

fn placed(at: Option<usize>) -> String {
    at.map_or_else(String::new, |at| format!(" (byte {at})"))
}
