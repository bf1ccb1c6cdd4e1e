//! Each form that a person, a link, an id, a category, an enclosure and a date can have.

use super::{Wild, atom, atom_03, atom_03_entry, atom_entry, numbered, rdf, rss, rss_item};

pub(super) fn documents() -> Vec<Wild> {
    let mut all = Vec::new();
    for element in ["author", "dc:creator", "dc:author", "itunes:author"] {
        let filled = PEOPLE.map(|form| rss_item(&format!("<{element}>{form}</{element}><title>E</title>")));
        all.extend(numbered(&format!("person-item-{}", element.replace(':', "-")), filled));
    }
    for element in ["author", "managingEditor", "webMaster", "dc:creator", "dc:publisher", "itunes:author"] {
        let filled =
            PEOPLE.map(|form| rss("2.0", &format!("<{element}>{form}</{element}><title>T</title>"), ""));
        all.extend(numbered(&format!("person-channel-{}", element.replace(':', "-")), filled));
    }
    for element in ["author", "contributor"] {
        let people = ATOM_PEOPLE.map(|form| format!("<{element}>{form}</{element}>"));
        all.extend(numbered(&format!("person-entry-{element}"), people.iter().map(|form| atom_entry(form))));
        all.extend(numbered(
            &format!("person-feed-{element}"),
            people.iter().map(|form| atom(form, "<entry><title>E</title></entry>")),
        ));
        all.extend(numbered(
            &format!("person-entry03-{element}"),
            people.iter().map(|form| atom_03_entry(form)),
        ));
    }
    all.extend(numbered(
        "people",
        SEVERAL
            .map(|inner| inner.to_owned())
            .map(|inner| if inner.contains("<name>") { atom_entry(&inner) } else { rss_item(&inner) }),
    ));
    all.extend(numbered("links-entry", ATOM_LINKS.map(atom_entry)));
    all.extend(numbered("links-entry03", ATOM_LINKS.map(atom_03_entry)));
    all.extend(numbered("links-feed", ATOM_LINKS.map(|inner| atom(inner, "<title>T</title>"))));
    all.extend(numbered("links-feed03", ATOM_LINKS.map(atom_03)));
    all.extend(numbered("links-item", RSS_LINKS.map(rss_item)));
    all.extend(numbered(
        "links-channel",
        RSS_LINKS.map(|inner| rss("2.0", inner, "<item><title>E</title></item>")),
    ));
    all.extend(numbered("links-rdf", RSS_LINKS.map(|inner| rdf("http://purl.org/rss/1.0/", inner))));
    all.extend(numbered("ids", IDS.map(rss_item)));
    all.extend(numbered("ids-entry", ATOM_IDS.map(atom_entry)));
    all.extend(numbered("categories-item", CATEGORIES.map(rss_item)));
    all.extend(numbered("categories-entry", CATEGORIES.map(atom_entry)));
    all.extend(numbered("categories-channel", CATEGORIES.map(|inner| rss("2.0", inner, "<title>T</title>"))));
    all.extend(numbered("enclosures", ENCLOSURES.map(rss_item)));
    all.extend(numbered("sources-item", SOURCES.map(rss_item)));
    all.extend(numbered("sources-entry", SOURCES.map(atom_entry)));
    all.extend(dates());
    all
}

fn dates() -> Vec<Wild> {
    let mut all = numbered("dates", DATES.map(|date| rss_item(&format!("<pubDate>{date}</pubDate>"))));
    let atom_dates = DATES.map(|date| atom_entry(&format!("<updated>{date}</updated><title>E</title>")));
    all.extend(numbered("dates-entry", atom_dates));
    let places = |date: &str| {
        [
            rss("2.0", &format!("<pubDate>{date}</pubDate>"), ""),
            rss("2.0", &format!("<lastBuildDate>{date}</lastBuildDate>"), ""),
            rss("2.0", &format!("<dc:date>{date}</dc:date>"), ""),
            rss(
                "2.0",
                &format!(
                    "<pubDate>{date}</pubDate><lastBuildDate>Sat, 03 Jan 2004 01:00:00 GMT</lastBuildDate>"
                ),
                "",
            ),
            rss(
                "2.0",
                &format!("<dcterms:issued>{date}</dcterms:issued><dcterms:created>{date}</dcterms:created>"),
                "",
            ),
            rss_item(&format!("<dc:date>{date}</dc:date>")),
            rss_item(&format!("<dcterms:issued>{date}</dcterms:issued>")),
            rss_item(&format!("<dcterms:created>{date}</dcterms:created>")),
            rss_item(&format!("<dcterms:modified>{date}</dcterms:modified>")),
            rss_item(&format!("<atom:updated>{date}</atom:updated>")),
            rss_item(&format!("<atom:published>{date}</atom:published>")),
            rss_item(&format!("<pubDate>{date}</pubDate><dc:date>2004-01-03T01:00:00Z</dc:date>")),
            rss_item(&format!("<dc:date>2004-01-03T01:00:00Z</dc:date><dc:date>{date}</dc:date>")),
            rss_item(&format!("<lastBuildDate>{date}</lastBuildDate>")),
            rss_item(&format!("<expirationDate>{date}</expirationDate><title>E</title>")),
            atom_entry(&format!("<published>{date}</published>")),
            atom_entry(&format!("<published>{date}</published><updated>2004-01-03T01:00:00Z</updated>")),
            atom_entry(&format!("<dc:date>{date}</dc:date>")),
            atom(&format!("<updated>{date}</updated>"), ""),
            atom_03_entry(&format!("<issued>{date}</issued>")),
            atom_03_entry(&format!("<modified>{date}</modified>")),
            atom_03_entry(&format!("<created>{date}</created>")),
            atom_03_entry(&format!("<issued>{date}</issued><created>2004-01-03T01:00:00Z</created>")),
            atom_03(&format!("<modified>{date}</modified>")),
            format!(
                "<channel lastmod='{date}'><title>T</title><item lastmod='{date}'><title>E</title></item></channel>"
            ),
        ]
    };
    all.extend(numbered("date-places", places("2004-01-01T19:48:21Z")));
    all
}

const PEOPLE: [&str; 16] = [
    "me@example.org",
    "me@example.org (Me Myself)",
    "Me Myself (me@example.org)",
    "Me Myself &lt;me@example.org&gt;",
    "&lt;me@example.org&gt; Me Myself",
    "Me Myself",
    "Me Myself me@example.org",
    "mailto:me@example.org (Me)",
    "me@example.org ()",
    "me@example.org (Me (Myself))",
    "me+tag@mail.example.org (M. E.)",
    "  me@example.org\n (Me)  ",
    "Иван Петров (ivan@example.org)",
    "<![CDATA[Me & You <me@example.org>]]>",
    "Me, You and Them",
    "",
];

const ATOM_PEOPLE: [&str; 12] = [
    "<name>Me</name>",
    "<name>Me</name><email>me@example.org</email>",
    "<email>me@example.org</email>",
    "<name>Me</name><uri>http://me.example/</uri>",
    "<name>Me</name><url>http://me.example/</url>",
    "<name>Me</name><homepage>http://me.example/</homepage>",
    "<uri>http://me.example/</uri>",
    "<name>  Me \n Myself </name>",
    "<name></name>",
    "<name>Q &amp; A &lt;b&gt;</name>",
    "Bare name",
    "<email>me@example.org</email><name>Me</name><uri>me</uri>",
];

const SEVERAL: [&str; 12] = [
    "<author><name>One</name></author><author><name>Two</name></author>",
    "<author><name>One</name><email>one@example.org</email></author><author><name>Two</name></author><contributor><name>Three</name></contributor>",
    "<author><name>One</name></author><author><name>One</name></author>",
    "<contributor><name>One</name></contributor><contributor><name>Two</name></contributor><title>E</title>",
    "<author>one@example.org (One)</author><author>two@example.org (Two)</author>",
    "<dc:creator>One</dc:creator><dc:creator>Two</dc:creator><author>three@example.org</author>",
    "<author>one@example.org (One)</author><dc:creator>One</dc:creator>",
    "<dc:creator>One</dc:creator><itunes:author>Two</itunes:author>",
    "<itunes:author>One</itunes:author><author>two@example.org (Two)</author>",
    "<dc:creator>One</dc:creator><dc:contributor>Two</dc:contributor><dc:publisher>Three</dc:publisher>",
    "<dc:creator></dc:creator><author>x@example.org</author>",
    "<itunes:owner><itunes:name>O</itunes:name><itunes:email>o@example.org</itunes:email></itunes:owner><title>E</title>",
];

const ATOM_LINKS: [&str; 22] = [
    "<link href='http://a.example/1'/>",
    "<link rel='alternate' href='http://a.example/1'/>",
    "<link rel='alternate' type='text/html' href='http://a.example/1' title='One' hreflang='en' length='100'/>",
    "<link rel='alternate' type='application/xhtml+xml' href='http://a.example/1'/>",
    "<link rel='alternate' type='application/atom+xml' href='http://a.example/1'/>",
    "<link rel='self' href='http://a.example/self'/>",
    "<link rel='self' type='application/atom+xml' href='http://a.example/self'/><link href='http://a.example/1'/>",
    "<link href='http://a.example/1'/><link href='http://a.example/2'/>",
    "<link href='http://a.example/1' type='text/plain'/><link href='http://a.example/2' type='text/html'/>",
    "<link rel='related' href='http://b.example/'/><link rel='via' href='http://c.example/'/>",
    "<link rel='enclosure' type='audio/mpeg' length='1000' href='http://a.example/a.mp3' title='Sound'/>",
    "<link rel='enclosure' href='http://a.example/a.mp3'/><link rel='enclosure' href='http://a.example/b.mp3'/><link href='http://a.example/1'/>",
    "<link rel='http://www.iana.org/assignments/relation/alternate' href='http://a.example/1'/>",
    "<link rel='ALTERNATE' href='http://a.example/1'/>",
    "<link rel='license' href='http://l.example/'/><link rel='edit' href='http://e.example/'/>",
    "<link rel='service.post' type='application/x.atom+xml' href='http://p.example/'/>",
    "<link>http://a.example/1</link>",
    "<link rel='alternate'>http://a.example/1</link>",
    "<link href='http://a.example/?a=1&amp;b=2'/>",
    "<link href=' http://a.example/1 '/>",
    "<link rel='replies' type='application/atom+xml' href='http://a.example/r' thr:count='3'/><link rel='alternate' type='text/html' href='http://a.example/1'/>",
    "<link/>",
];

const RSS_LINKS: [&str; 18] = [
    "<link>http://a.example/1</link>",
    "<link> \n http://a.example/1 \n</link>",
    "<link>http://a.example/?a=1&amp;b=2</link>",
    "<link><![CDATA[http://a.example/?a=1&b=2]]></link>",
    "<link>http://a.example/?a=1&amp;copy=2&amp;lt=3</link>",
    "<link>http://a.example/новини</link>",
    "<link>http://a.example/a b</link>",
    "<link>http://A.EXAMPLE/Path</link>",
    "<link>http://a.example</link>",
    "<link>//a.example/1</link>",
    "<link>mailto:me@example.org</link>",
    "<link></link><title>E</title>",
    "<link/><title>E</title>",
    "<link href='http://a.example/1'/>",
    "<link rel='alternate' type='text/html' href='http://a.example/1'/><link>http://a.example/2</link>",
    "<link>http://a.example/1</link><link>http://a.example/2</link>",
    "<atom:link href='http://a.example/atom'/><link>http://a.example/1</link>",
    "<link>http://a.example/1</link><atom:link rel='self' href='http://a.example/self'/><atom:link rel='hub' href='http://h.example/'/>",
];

const IDS: [&str; 16] = [
    "<guid>http://a.example/g</guid>",
    "<guid>tag:a.example,2004:1</guid>",
    "<guid isPermaLink='true'>http://a.example/g</guid>",
    "<guid isPermaLink='false'>http://a.example/g</guid>",
    "<guid isPermaLink='FALSE'>http://a.example/g</guid>",
    "<guid isPermaLink=' false '>g</guid>",
    "<guid ispermalink='false'>http://a.example/g</guid>",
    "<guid>http://a.example/g</guid><link>http://a.example/l</link>",
    "<link>http://a.example/l</link><guid>http://a.example/g</guid>",
    "<guid isPermaLink='true'>http://a.example/g</guid><link>http://a.example/l</link>",
    "<guid>17</guid><link>http://a.example/l</link>",
    "<guid></guid><link>http://a.example/l</link>",
    "<guid>a</guid><guid>b</guid>",
    "<guid><![CDATA[http://a.example/?a=1&b=2]]></guid>",
    "<dc:identifier>http://a.example/d</dc:identifier><title>E</title>",
    "<id>http://a.example/id</id><title>E</title>",
];

const ATOM_IDS: [&str; 8] = [
    "<id>tag:a.example,2004:1</id>",
    "<id>http://a.example/1</id>",
    "<id> urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a </id>",
    "<id>HTTP://A.EXAMPLE/1</id><link href='http://a.example/l'/>",
    "<id>http://a.example/1</id><link href='http://a.example/l'/>",
    "<id></id><title>E</title>",
    "<guid>http://a.example/1</guid><title>E</title>",
    "<id>relative</id><title>E</title>",
];

const CATEGORIES: [&str; 16] = [
    "<category>One</category>",
    "<category>One</category><category>Two</category>",
    "<category domain='http://d.example/'>One</category>",
    "<category term='one'/>",
    "<category term='one' scheme='http://s.example/' label='One'/>",
    "<category label='One'/>",
    "<category scheme='http://s.example/'/>",
    "<category term='one'>Text</category>",
    "<category>a/b/c</category>",
    "<category>one, two</category>",
    "<category>  spaced </category><category></category>",
    "<category term='новини'/>",
    "<dc:subject>One</dc:subject><category>Two</category>",
    "<category>Q &amp; A</category>",
    "<keywords>one, two</keywords>",
    "<tags>one, two</tags>",
];

const ENCLOSURES: [&str; 14] = [
    "<enclosure url='http://a.example/a.mp3' length='100' type='audio/mpeg'/>",
    "<enclosure url='http://a.example/a.mp3' length='100' type='audio/mpeg'></enclosure>",
    "<enclosure href='http://a.example/a.mp3' length='100' type='audio/mpeg'/>",
    "<enclosure url='http://a.example/a.mp3'/><enclosure url='http://a.example/b.mp3'/>",
    "<enclosure url='http://a.example/a.mp3'/><enclosure url='http://a.example/a.mp3'/>",
    "<enclosure url='http://a.example/?a=1&amp;b=2' length='x' type=''/>",
    "<enclosure length='100' type='audio/mpeg'/><title>E</title>",
    "<enclosure url=' http://a.example/a.mp3 ' length=' 100 '/>",
    "<enclosure url='a.mp3'/>",
    "<enclosure URL='http://a.example/a.mp3'/>",
    "<media:content url='http://a.example/a.mp4' fileSize='12' type='video/mp4' medium='video' isDefault='true' expression='full' duration='185' height='200' width='300' lang='en'/>",
    "<media:content url='http://a.example/a.mp4'/><enclosure url='http://a.example/a.mp4' length='1'/>",
    "<enclosure url='http://a.example/a.mp3'/><itunes:duration>1:02:03</itunes:duration>",
    "<guid>g</guid><enclosure url='http://a.example/a.mp3'/><link>http://a.example/1</link>",
];

const SOURCES: [&str; 10] = [
    "<source url='http://b.example/rss'>Other</source><title>E</title>",
    "<source url='http://b.example/rss'/><title>E</title>",
    "<source>Other</source><title>E</title>",
    "<title>E</title><source><title>S</title><id>urn:s</id><link href='http://b.example/'/></source><link href='http://a.example/1'/>",
    "<source><title type='html'>A &lt;b&gt;S&lt;/b&gt;</title><subtitle>Sub</subtitle><rights>R</rights></source><title>E</title><rights>Ours</rights>",
    "<source><author><name>S</name></author><contributor><name>C</name></contributor></source><author><name>Me</name></author>",
    "<source><updated>2001-01-01T00:00:00Z</updated></source><updated>2004-01-01T10:00:00Z</updated>",
    "<source><category term='s'/></source><category term='e'/>",
    "<source><generator>G</generator><icon>http://b.example/i</icon><logo>http://b.example/l</logo></source><title>E</title>",
    "<dc:source>http://b.example/</dc:source><title>E</title>",
];

const DATES: [&str; 42] = [
    "Thu, 01 Jan 2004 19:48:21 GMT",
    "Thu, 1 Jan 2004 19:48 +0200",
    "01 Jan 2004 19:48:21 EST",
    "Thu, 01 Jan 04 19:48:21 PDT",
    "Thursday, 01 January 2004 19:48:21 GMT",
    "2004-01-01T19:48:21Z",
    "2004-01-01T19:48:21+02:00",
    "2004-01-01 19:48:21",
    "2004-01-01",
    "20040101",
    "2004-01",
    "Thu Jan  1 19:48:21 2004",
    "no date",
    "Thu, 31 Jun 2004 19:48:21 GMT",
    "Wed, 01 Sept 2004 10:00:00 GMT",
    "Thu, 01 Jan 2004 19:48:21 -0500",
    "Thu, 01 Jan 2004 19:48:21 UT",
    "Thu, 01 Jan 2004 19:48:21 UTC",
    "Thu, 01 Jan 2004 19:48:21 Z",
    "Thu, 01 Jan 2004 19:48:21 CST",
    "Thu, 01 Jan 2004 19:48:21 EDT",
    "Thu, 01 Jan 2004",
    "1 Jan 2004",
    "Thu 01 Jan 2004 19:48:21 GMT",
    "thu, 01 jan 2004 19:48:21 gmt",
    "Fri, 01 Jan 2004 19:48:21 GMT",
    "Thu, 01 Jan 2004 00:00:00 GMT",
    "Sun, 29 Feb 2004 10:00:00 GMT",
    "Sat, 01 Jan 2000 10:00:00 +0530",
    "Thu, 01 Jan 2004 19:48:21 +02:00",
    "2004-01-01T19:48:21.123456Z",
    "2004-01-01T19:48Z",
    "2004-01-01T19:48:21",
    "2004-01-01T19:48:21+0200",
    "2004-01-01T19:48:21 +02:00",
    "2004-1-1",
    "2004",
    "2004-001",
    "2004-01-01t19:48:21z",
    "Thu Jan 01 19:48:21 GMT 2004",
    "Thu Jan 01 2004 19:48:21 GMT+0100 (CET)",
    "  Thu, 01 Jan 2004 19:48:21 GMT  ",
];
