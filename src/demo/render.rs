//! The partners' documents, each written as the system that it imitates writes it. Pure.

use std::fmt::Write;

use chrono::SecondsFormat;
use serde_json::json;

use super::news::Item;
use crate::model::Timestamp;

/// Entries of a feed or list.
const WINDOW: usize = 20;

/// The systems that partners run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// Liferay: RSS whose date stands only in dc:date, descriptions empty, query strings in links.
    Liferay,
    /// WordPress in Bulgarian.
    WordPress,
    /// RSS in windows-1251, declared only in HTTP.
    Windows1251,
    /// Atom with xml:base, relative links and full text.
    Atom,
    /// JSON Feed 1.1.
    JsonFeed,
    /// A list page without a feed.
    Page,
}

/// An item that was published.
#[derive(Debug, Clone)]
pub(super) struct Published {
    /// Counts from 1.
    pub(super) number: usize,
    pub(super) item: &'static Item,
    /// How often the items were through before this one: they start again when they are used up.
    pub(super) round: usize,
    pub(super) at: Timestamp,
}

/// What a site shows.
pub(super) struct View<'a> {
    pub(super) system: System,
    /// `http://127.0.0.1:1234`.
    pub(super) origin: &'a str,
    pub(super) title: &'a str,
    pub(super) language: &'a str,
    /// Oldest first.
    pub(super) items: &'a [Published],
}

impl System {
    /// Where the feed, or the list page, is.
    pub(super) fn path(self) -> &'static str {
        match self {
            System::Liferay => "/news/-/asset_publisher/Xk3Vt/rss",
            System::WordPress => "/feed/",
            System::Windows1251 => "/rss.php",
            System::Atom => "/en/news.atom",
            System::JsonFeed => "/feed.json",
            System::Page => "/news",
        }
    }

    /// What it is served as.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            System::Liferay => "text/xml;charset=UTF-8",
            System::WordPress => "application/rss+xml; charset=UTF-8",
            System::Windows1251 => "text/xml; charset=windows-1251",
            System::Atom => "application/atom+xml",
            System::JsonFeed => "application/feed+json",
            System::Page => HTML,
        }
    }
}

/// The type of article pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";

impl Published {
    pub(super) fn title(&self) -> String {
        match self.round {
            0 => self.item.title.to_owned(),
            round => format!("{} ({})", self.item.title, round + 1),
        }
    }

    /// The path of the article, escaped, with its query.
    pub(super) fn path(&self, system: System) -> String {
        let number = self.number;
        match system {
            System::Liferay => {
                format!(
                    "/news/-/asset_publisher/Xk3Vt/content/id/{number}?redirect=%2Fnews&inheritRedirect=true"
                )
            }
            System::WordPress => format!("/{}/{}-{number}/", self.at.format("%Y/%m"), slug(self.item.title)),
            System::Windows1251 => format!("/show.php?id={number}&lang=bg"),
            System::Atom => format!("/en/news/{number}.html"),
            System::JsonFeed => format!("/news/{number}"),
            System::Page => format!("/news/{number}"),
        }
    }
}

impl View<'_> {
    /// The feed or list.
    pub(super) fn document(&self) -> Vec<u8> {
        match self.system {
            System::Liferay => self.liferay().into_bytes(),
            System::WordPress => self.wordpress().into_bytes(),
            System::Windows1251 => encoding_rs::WINDOWS_1251.encode(&self.plain_rss()).0.into_owned(),
            System::Atom => self.atom().into_bytes(),
            System::JsonFeed => self.json_feed().into_bytes(),
            System::Page => self.list_page().into_bytes(),
        }
    }

    /// The page of one article.
    pub(super) fn article(&self, published: &Published) -> String {
        let (title, item) = (escape(&published.title()), published.item);
        let body = format!(
            "<article><h1>{title}</h1><p class=\"date\">{}</p><p><strong>{}</strong></p><p>{}</p></article>\
             <p><a href=\"/\">{}</a></p>",
            published.at.format("%d.%m.%Y"),
            escape(item.lead),
            escape(item.text),
            escape(self.title)
        );
        self.page(&title, &body)
    }

    /// The front page: says where the feed is.
    pub(super) fn home(&self) -> String {
        let list: String = self.newest().fold(String::new(), |mut list, published| {
            let link = escape(&published.path(self.system));
            let _ = write!(list, "<li><a href=\"{link}\">{}</a></li>", escape(&published.title()));
            list
        });
        self.page(self.title, &format!("<h1>{}</h1><ul>{list}</ul>", escape(self.title)))
    }

    fn newest(&self) -> impl Iterator<Item = &Published> {
        self.items.iter().rev().take(WINDOW)
    }

    fn link(&self, published: &Published) -> String {
        format!("{}{}", self.origin, published.path(self.system))
    }

    fn liferay(&self) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\" version=\"2.0\">\n\
             <channel>\n<title>{}</title>\n<link>{}/news</link>\n<description>{}</description>\n",
            escape(self.title),
            self.origin,
            escape(self.title)
        );
        for published in self.newest() {
            let link = escape(&self.link(published));
            let _ = write!(
                out,
                "<item>\n<title>{}</title>\n<link>{link}</link>\n<description />\n<guid>{link}</guid>\n\
                 <dc:creator>{}</dc:creator>\n<dc:date>{}</dc:date>\n</item>\n",
                escape(&published.title()),
                escape(published.item.author),
                published.at.to_rfc3339_opts(SecondsFormat::Secs, true)
            );
        }
        out + "</channel>\n</rss>\n"
    }

    fn wordpress(&self) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"\n\
             \txmlns:content=\"http://purl.org/rss/1.0/modules/content/\"\n\
             \txmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n\
             \txmlns:atom=\"http://www.w3.org/2005/Atom\"\n\
             \txmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"\n\t>\n\n<channel>\n\
             \t<title>{title}</title>\n\t<atom:link href=\"{origin}/feed/\" rel=\"self\" type=\"application/rss+xml\" />\n\
             \t<link>{origin}</link>\n\t<description>Новини и събития</description>\n\t<language>bg-BG</language>\n\
             \t<sy:updatePeriod>\n\thourly\t</sy:updatePeriod>\n\t<sy:updateFrequency>\n\t1\t</sy:updateFrequency>\n\
             \t<generator>https://wordpress.org/?v=6.4.3</generator>\n",
            title = escape(self.title),
            origin = self.origin,
        );
        for published in self.newest() {
            let (link, item) = (escape(&self.link(published)), published.item);
            let title = escape(&published.title());
            let footer = format!(
                "<p>Материалът <a href=\"{link}\">{title}</a> е публикуван за пръв път на <a href=\"{}\">{}</a>.</p>",
                self.origin,
                escape(self.title)
            );
            let _ = write!(
                out,
                "\t<item>\n\t\t<title>{title}</title>\n\t\t<link>{link}</link>\n\
                 \t\t<dc:creator><![CDATA[{author}]]></dc:creator>\n\t\t<pubDate>{date}</pubDate>\n\
                 \t\t<category><![CDATA[{tag}]]></category>\n\
                 \t\t<guid isPermaLink=\"false\">{origin}/?p={number}</guid>\n\
                 \t\t<description><![CDATA[<p>{lead} [&#8230;]</p>\n{footer}]]></description>\n\
                 \t\t<content:encoded><![CDATA[<p><strong>{lead}</strong></p>\n<p>{text}</p>\n{footer}]]></content:encoded>\n\
                 \t</item>\n",
                author = item.author,
                date = published.at.to_rfc2822(),
                tag = item.tag,
                origin = self.origin,
                number = published.number,
                lead = escape(item.lead),
                text = escape(item.text),
            );
        }
        out + "</channel>\n</rss>\n"
    }

    fn plain_rss(&self) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>{}</title><link>{}/</link>\
             <description>Бюлетин</description><language>bg</language>\n",
            escape(self.title),
            self.origin
        );
        for published in self.newest() {
            let link = escape(&self.link(published));
            let _ = writeln!(
                out,
                "<item><title>{}</title><link>{link}</link><description>{} {}</description>\
                 <category>{}</category><pubDate>{}</pubDate></item>",
                escape(&published.title()),
                escape(published.item.lead),
                escape(published.item.text),
                escape(published.item.tag),
                published.at.with_timezone(&chrono_tz::Europe::Sofia).to_rfc2822()
            );
        }
        out + "</channel></rss>\n"
    }

    fn atom(&self) -> String {
        let updated = self.items.last().map(|published| published.at).unwrap_or_default();
        let stamp = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\" \
             xml:base=\"{origin}/en/\">\n<title>{title}</title>\n<id>{origin}/en/</id>\n<updated>{updated}</updated>\n\
             <link rel=\"self\" href=\"news.atom\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\".\"/>\n\
             <rights>CC BY 4.0</rights>\n",
            origin = self.origin,
            title = escape(self.title),
            updated = stamp(updated),
        );
        for published in self.newest() {
            let (number, item) = (published.number, published.item);
            let _ = write!(
                out,
                "<entry>\n<title>{title}</title>\n<id>{origin}/en/news/{number}.html</id>\n\
                 <link rel=\"alternate\" hreflang=\"en\" href=\"news/{number}.html\"/>\n\
                 <published>{at}</published>\n<updated>{at}</updated>\n<author><name>{author}</name></author>\n\
                 <category term=\"{tag}\"/>\n<summary>{lead}</summary>\n\
                 <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p><em>{lead}</em></p><p>{text} \
                 <a href=\"news/{number}.html\">More</a></p></div></content>\n</entry>\n",
                title = escape(&published.title()),
                origin = self.origin,
                at = stamp(published.at),
                author = escape(item.author),
                tag = escape(item.tag),
                lead = escape(item.lead),
                text = escape(item.text),
            );
        }
        out + "</feed>\n"
    }

    fn json_feed(&self) -> String {
        let items: Vec<_> = self.newest().map(|published| self.json_item(published)).collect();
        let feed = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.title,
            "home_page_url": format!("{}/", self.origin),
            "feed_url": format!("{}{}", self.origin, self.system.path()),
            "language": self.language,
            "authors": [{ "name": self.title }],
            "items": items,
        });
        format!("{feed:#}\n")
    }

    fn json_item(&self, published: &Published) -> serde_json::Value {
        let item = published.item;
        json!({
            "id": self.link(published),
            "url": self.link(published),
            "title": published.title(),
            "summary": item.lead,
            "content_html": format!("<p>{}</p><p>{}</p>", escape(item.lead), escape(item.text)),
            "date_published": published.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            "tags": [item.tag],
        })
    }

    fn list_page(&self) -> String {
        let mut list = format!("<h1>{}</h1><div class=\"news-list\">", escape(self.title));
        for published in self.newest() {
            let link = escape(&published.path(self.system));
            let _ = write!(
                list,
                "<div class=\"news-item\"><a class=\"picture\" href=\"{link}\"><img src=\"/images/{}.jpg\" alt=\"\"></a>\
                 <span class=\"date\">{}</span><h2><a href=\"{link}\">{}</a></h2><p class=\"lead\">{}</p>\
                 <span class=\"tag\">{}</span></div>",
                published.number,
                published.at.with_timezone(&chrono_tz::Europe::Sofia).format("%d.%m.%Y"),
                escape(&published.title()),
                escape(published.item.lead),
                escape(published.item.tag)
            );
        }
        self.page(self.title, &(list + "</div>"))
    }

    fn page(&self, title: &str, body: &str) -> String {
        let feed = match self.system {
            System::Page => String::new(),
            system => {
                let kind = system.content_type().split(';').next().unwrap_or_default();
                format!("<link rel=\"alternate\" type=\"{kind}\" href=\"{}\">", system.path())
            }
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title>{feed}</head>\
             <body>{body}</body></html>\n",
            self.language,
            escape(title)
        )
    }
}

/// WordPress escapes Cyrillic in lower case hexadecimal.
fn slug(title: &str) -> String {
    let words = title.to_lowercase();
    let words: Vec<&str> =
        words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut slug = String::new();
    for byte in words.join("-").bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => slug.push(char::from(byte)),
            other => {
                let _ = write!(slug, "%{other:02x}");
            }
        }
    }
    slug
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
