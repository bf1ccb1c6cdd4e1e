//! Each base and each language at each level, from HTTP down to the text.

use serde_json::json;

use super::{NAMESPACES, Wild, numbered, wild};

pub(super) fn documents() -> Vec<Wild> {
    let mut all = numbered("language", languages());
    // Without an address of the document feedparser forgets where a base ends.
    let known = json!({ "base": "http://base.example/feeds/news.xml" });
    all.extend(numbered("base", bases()).into_iter().map(|wild| Wild { hints: known.clone(), ..wild }));
    all.extend(numbered(
        "base-cyrillic",
        at_levels("xml:base='http://b.example/новини/'", "").into_iter().take(3),
    ));
    let known = [
        json!({ "base": "http://base.example/" }),
        json!({ "content_language": "bg" }),
        json!({ "content_language": "en-us", "base": "http://base.example/dir/" }),
    ];
    for (n, hints) in known.iter().enumerate() {
        let bodies = bases().into_iter().chain(languages());
        for (m, body) in bodies.enumerate().filter(|(m, _)| m % 3 == n) {
            all.push(Wild { hints: hints.clone(), ..wild(&format!("scope-known-{n}"), m, body) });
        }
    }
    all
}

/// A feed with an attribute at one of its levels.
fn at_levels(attribute: &str, inner: &str) -> Vec<String> {
    let place = |level: usize, at: usize| if level == at { format!(" {attribute}") } else { String::new() };
    let mut all = Vec::new();
    for at in 0..4 {
        all.push(format!(
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'{}><title{}>T</title><subtitle>S</subtitle><link href='{inner}home'/>\
             <entry{}><title>E</title><id>urn:x</id><link href='{inner}a'/><link rel='enclosure' href='{inner}a.mp3'/>\
             <content type='html'{}>&lt;a href=\"{inner}b\"&gt;b&lt;/a&gt;</content><author><name>N</name><uri>{inner}n</uri></author></entry></feed>",
            place(0, at), place(1, at), place(2, at), place(3, at),
        ));
        all.push(format!(
            "<?xml version='1.0'?><rss version='2.0' {NAMESPACES}{}><channel{}><title>T</title><link>{inner}home</link><description>D</description>\
             <item{}><title>E</title><link>{inner}a</link><comments>{inner}c</comments>\
             <description{}>&lt;a href=\"{inner}b\"&gt;b&lt;/a&gt;</description></item></channel></rss>",
            place(0, at), place(1, at), place(2, at), place(3, at),
        ));
        all.push(format!(
            "<?xml version='1.0'?><feed version='0.3' xmlns='http://purl.org/atom/ns#'{}><title>T</title><tagline{}>S</tagline><link rel='alternate' type='text/html' href='{inner}home'/>\
             <entry{}><title>E</title><id>urn:x</id><link rel='alternate' type='text/html' href='{inner}a'/>\
             <summary type='text/html' mode='escaped'{}>&lt;a href=\"{inner}b\"&gt;b&lt;/a&gt;</summary></entry></feed>",
            place(0, at), place(1, at), place(2, at), place(3, at),
        ));
    }
    all
}

fn languages() -> Vec<String> {
    let mut all = Vec::new();
    for attribute in ["xml:lang='bg'", "xml:lang='en-us'", "xml:lang='pt_BR'", "xml:lang=''", "lang='de'"] {
        all.extend(at_levels(attribute, "http://a.example/"));
    }
    let nested = at_levels("xml:lang='en'", "http://a.example/").into_iter();
    all.extend(nested.map(|text| {
        text.replace("<content ", "<content xml:lang='it' ")
            .replace("<description>&", "<description xml:lang='it'>&")
    }));
    for inner in [
        "<language>fr</language>",
        "<language> bg-BG </language>",
        "<language></language>",
        "<dc:language>sl</dc:language>",
        "<language>fr</language><dc:language>sl</dc:language>",
        "<title>T</title><item><dc:language>de</dc:language><title>E</title></item>",
        "<language>fr</language><item><language>de</language><title>E</title></item>",
        "<language>fr</language><item><title>E</title><description>D</description></item>",
    ] {
        all.push(format!("<rss version='2.0' {NAMESPACES}><channel>{inner}</channel></rss>"));
    }
    all.push(
        "<rss version='2.0' xml:lang='it'><channel><title>T</title><language>fr</language></channel></rss>"
            .to_owned(),
    );
    all.push("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='it'><title>T</title></feed>".to_owned());
    all.push(
        "<feed xmlns='http://www.w3.org/2005/Atom'><language>it</language><title>T</title></feed>".to_owned(),
    );
    all
}

fn bases() -> Vec<String> {
    let mut all = Vec::new();
    for attribute in
        ["xml:base='http://b.example/x/y'", "xml:base='/deep/er/'", "xml:base=''", "base='http://c.example/'"]
    {
        all.extend(at_levels(attribute, ""));
        all.extend(at_levels(attribute, "/"));
    }
    let nested = at_levels("xml:base='http://b.example/x/y/'", "").into_iter();
    all.extend(nested.map(|text| {
        text.replace("<entry", "<entry xml:base='../z/'").replace("<item", "<item xml:base='../z/'")
    }));
    all.extend(at_levels("xml:base='http://b.example/x/'", "../up/"));
    all.extend(at_levels("xml:base='http://b.example/x/'", "?q="));
    all.extend(at_levels("xml:base='http://b.example/x/'", "#"));
    all.extend(at_levels("xml:base='http://b.example/x/'", "//other.example/"));
    for inner in [
        "<CHANNEL HREF='http://a.example/' BASE='http://a.example/d/'><TITLE>T</TITLE><ITEM HREF='one'><TITLE>E</TITLE></ITEM></CHANNEL>",
        "<CHANNEL BASE='http://a.example/d/'><A HREF='x'/><TITLE>T</TITLE><ITEM><A HREF='one'/><TITLE>E</TITLE></ITEM></CHANNEL>",
        "<channel href='/h' xml:base='http://b.example/'><title>T</title><item href='one' xml:base='dir/'><title>E</title><abstract>&lt;a href='x'&gt;y&lt;/a&gt;</abstract></item></channel>",
    ] {
        all.push(inner.to_owned());
    }
    all
}
