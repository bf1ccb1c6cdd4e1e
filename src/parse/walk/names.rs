//! What elements mean: by their namespace, else by the prefix that is usual for it, whatever case they are written in.

/// What an element means in any of the formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum El {
    /// rss, rdf:RDF, feed, channel
    Head,
    /// item, entry
    Item,
    /// image of a channel
    Image,
    /// textInput, cloud, and other boxes that are not read
    Box,
    /// source
    Source,
    /// Of a person: the author of something, a contributor, a publisher
    Author,
    ItunesAuthor,
    Contributor,
    Publisher,
    Name,
    Email,
    Url,
    Title,
    /// itunes:title
    OtherTitle,
    MediaTitle,
    MediaDescription,
    Link,
    /// RSS description, dc:description
    Description,
    /// Atom summary, itunes:summary, CDF abstract
    Summary,
    Subtitle,
    Content,
    /// content:encoded, fullitem
    Encoded,
    /// xhtml:body
    Body,
    Rights,
    /// RSS guid
    Guid,
    /// Atom id
    Id,
    Published,
    Updated,
    Created,
    Language,
    Category,
    ItunesCategory,
    Keywords,
    Enclosure,
    Comments,
    /// wfw:commentRss
    CommentsFeed,
    Generator,
    Logo,
    Icon,
    Ttl,
    Hour,
    Day,
    Period,
    Frequency,
    Complete,
    /// at:deleted-entry
    Deleted,
    MediaContent,
    Thumbnail,
    ItunesImage,
    Duration,
    /// Anything else
    Other,
}

impl El {
    /// Texts that may hold markup.
    pub(super) fn is_text(self) -> bool {
        matches!(
            self,
            El::Title
                | El::OtherTitle
                | El::MediaTitle
                | El::MediaDescription
                | El::Description
                | El::Summary
                | El::Subtitle
                | El::Content
                | El::Encoded
                | El::Body
                | El::Rights
        )
    }

    /// Elements whose characters are gathered.
    pub(super) fn is_field(self) -> bool {
        !matches!(
            self,
            El::Head
                | El::Item
                | El::Image
                | El::Box
                | El::Complete
                | El::Deleted
                | El::Other
                | El::MediaContent
        )
    }
}

/// The families of elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// RSS, Atom, CDF, and no namespace at all
    Core,
    Rdf,
    Dc,
    Terms,
    Content,
    Media,
    Itunes,
    Syndication,
    History,
    /// RFC 6721
    Tombstones,
    Comment,
    Xhtml,
    Other,
}

const NAMESPACES: [(&str, Family); 19] = [
    ("wellformedweb.org/commentapi", Family::Comment),
    ("www.w3.org/2005/atom", Family::Core),
    ("purl.org/atom/ns", Family::Core),
    ("purl.org/rss/1.0", Family::Core),
    ("my.netscape.com/rdf/simple/0.9", Family::Core),
    ("channel.netscape.com/rdf/simple/0.9", Family::Core),
    ("blogs.law.harvard.edu/tech/rss", Family::Core),
    ("purl.org/rss/1.0/modules/rss091", Family::Core),
    ("www.w3.org/1999/02/22-rdf-syntax-ns", Family::Rdf),
    ("purl.org/dc/elements/1.1", Family::Dc),
    ("purl.org/dc/terms", Family::Terms),
    ("purl.org/rss/1.0/modules/content", Family::Content),
    ("search.yahoo.com/mrss", Family::Media),
    ("www.itunes.com/dtds/podcast-1.0.dtd", Family::Itunes),
    ("purl.org/rss/1.0/modules/syndication", Family::Syndication),
    ("purl.org/syndication/history/1.0", Family::History),
    ("purl.org/atompub/tombstones/1.0", Family::Tombstones),
    ("www.w3.org/1999/xhtml", Family::Xhtml),
    ("purl.org/pie", Family::Core),
];

/// The family of a namespace.
pub(super) fn family(namespace: &str) -> Option<Family> {
    let lower = namespace.trim().to_ascii_lowercase();
    let bare =
        lower.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches(['/', '#']);
    if bare.contains("backend.userland.com/rss") {
        return Some(Family::Core);
    }
    NAMESPACES.iter().find(|(known, _)| *known == bare).map(|(_, family)| *family)
}

/// The family of a prefix that nothing was declared for.
pub(super) fn usual(prefix: &str) -> Family {
    match prefix {
        "" | "atom" | "a10" | "atom10" | "atom03" | "rss" | "rss1" => Family::Core,
        "rdf" => Family::Rdf,
        "dc" => Family::Dc,
        "dcterms" => Family::Terms,
        "content" => Family::Content,
        "media" => Family::Media,
        "itunes" => Family::Itunes,
        "sy" => Family::Syndication,
        "fh" => Family::History,
        "at" => Family::Tombstones,
        "wfw" => Family::Comment,
        "xhtml" => Family::Xhtml,
        _ => Family::Other,
    }
}

/// What an element of a family means; its local name in lower case.
pub(super) fn element(family: Family, local: &str) -> El {
    match family {
        Family::Core => core(local),
        Family::Rdf if local == "rdf" => El::Head,
        Family::Dc => dublin(local),
        Family::Terms => match local {
            "created" => El::Created,
            "issued" => El::Published,
            "modified" => El::Updated,
            _ => El::Other,
        },
        Family::Content if local == "encoded" => El::Encoded,
        Family::Xhtml if local == "body" => El::Body,
        Family::Media => match local {
            "content" => El::MediaContent,
            "thumbnail" => El::Thumbnail,
            "title" => El::MediaTitle,
            "description" => El::MediaDescription,
            "category" => El::Category,
            "keywords" => El::Keywords,
            _ => El::Other,
        },
        Family::Itunes => match local {
            "author" => El::ItunesAuthor,
            "summary" => El::Summary,
            "subtitle" => El::Subtitle,
            "image" => El::ItunesImage,
            "category" => El::ItunesCategory,
            "keywords" => El::Keywords,
            "owner" => El::Publisher,
            "name" => El::Name,
            "email" => El::Email,
            "title" => El::OtherTitle,
            "duration" => El::Duration,
            _ => El::Other,
        },
        Family::Syndication => match local {
            "updateperiod" => El::Period,
            "updatefrequency" => El::Frequency,
            _ => El::Other,
        },
        Family::History if local == "complete" => El::Complete,
        Family::Tombstones if local == "deleted-entry" => El::Deleted,
        Family::Comment if local == "commentrss" => El::CommentsFeed,
        _ => El::Other,
    }
}

fn dublin(local: &str) -> El {
    match local {
        "title" => El::Title,
        "creator" | "author" => El::Author,
        "contributor" => El::Contributor,
        "publisher" => El::Publisher,
        "date" => El::Updated,
        "description" => El::Description,
        "language" => El::Language,
        "rights" => El::Rights,
        "subject" => El::Category,
        _ => El::Other,
    }
}

fn core(local: &str) -> El {
    match local {
        "rss" | "rdf" | "feed" | "channel" => El::Head,
        "item" | "entry" => El::Item,
        "image" => El::Image,
        "textinput" | "cloud" => El::Box,
        "source" => El::Source,
        "author" | "managingeditor" => El::Author,
        "contributor" => El::Contributor,
        "webmaster" => El::Publisher,
        "name" => El::Name,
        "email" => El::Email,
        "url" | "uri" | "homepage" => El::Url,
        "title" => El::Title,
        "link" => El::Link,
        "description" => El::Description,
        "abstract" | "summary" => El::Summary,
        "subtitle" | "tagline" => El::Subtitle,
        "content" => El::Content,
        "fullitem" => El::Encoded,
        "body" => El::Body,
        "rights" | "copyright" => El::Rights,
        "guid" => El::Guid,
        "id" => El::Id,
        "published" | "issued" | "pubdate" => El::Published,
        "updated" | "modified" | "lastbuilddate" => El::Updated,
        "created" => El::Created,
        "language" => El::Language,
        "category" | "keywords" => El::Category,
        "tags" => El::Keywords,
        "enclosure" => El::Enclosure,
        "comments" => El::Comments,
        "generator" => El::Generator,
        "logo" => El::Logo,
        "icon" => El::Icon,
        "ttl" => El::Ttl,
        "hour" => El::Hour,
        "day" => El::Day,
        _ => El::Other,
    }
}
