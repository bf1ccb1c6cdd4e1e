//! Each element of the modules, and the spellings of their namespaces.

use super::{Wild, atom, atom_entry, numbered, rdf, rss, rss_item};

pub(super) fn documents() -> Vec<Wild> {
    let mut all = numbered("module-item", ITEM.map(rss_item));
    all.extend(numbered("module-entry", ITEM.map(atom_entry)));
    all.extend(numbered(
        "module-rdf",
        ITEM.map(|inner| {
            // An item of RSS 1.0 has a link.
            let link = if inner.contains("<link>") { "" } else { "<link>http://a.example/1</link>" };
            rdf("http://purl.org/rss/1.0/", &format!("{link}{inner}"))
        }),
    ));
    all.extend(numbered(
        "module-channel",
        CHANNEL.map(|inner| rss("2.0", inner, "<item><title>E</title></item>")),
    ));
    all.extend(numbered("module-feed", CHANNEL.map(|inner| atom(inner, "<entry><title>E</title></entry>"))));
    all.extend(numbered("namespaces", namespaces()));
    all.extend(numbered("roots", ROOTS.map(str::to_owned)));
    all.extend(numbered("channels", CHANNELS.map(|inner| rss("2.0", inner, ""))));
    all.extend(numbered("cdf-more", CDF.map(str::to_owned)));
    all
}

const ITEM: [&str; 64] = [
    "<dc:title>DT</dc:title><title>E</title>",
    "<title>E</title><dc:title>DT</dc:title>",
    "<dc:creator>Me</dc:creator><dc:date>2004-01-01T10:00:00Z</dc:date><dc:subject>S</dc:subject>",
    "<dc:description>D</dc:description><dc:rights>R</dc:rights><dc:publisher>P</dc:publisher>",
    "<dc:language>bg</dc:language><title>E</title>",
    "<dc:format>text/html</dc:format><dc:type>Text</dc:type><dc:relation>x</dc:relation><dc:coverage>y</dc:coverage><title>E</title>",
    "<dcterms:created>2004-01-01T10:00:00Z</dcterms:created><dcterms:modified>2004-01-02T10:00:00Z</dcterms:modified><dcterms:issued>2004-01-03T10:00:00Z</dcterms:issued>",
    "<dcterms:valid>start=2004-01-01;end=2004-02-01;scheme=W3C-DTF</dcterms:valid><title>E</title>",
    "<dcterms:abstract>A</dcterms:abstract><title>E</title>",
    "<content:encoded>&lt;p&gt;C&lt;/p&gt;</content:encoded><title>E</title>",
    "<content:encoded><![CDATA[<p>C</p>]]></content:encoded><content:encoded>Again</content:encoded>",
    "<description>D</description><content:encoded><![CDATA[<p>C</p>]]></content:encoded><summary>S</summary>",
    "<description>D</description><summary>S</summary>",
    "<summary>S</summary><description>D</description>",
    "<media:title>MT</media:title><title>E</title>",
    "<title>E</title><media:title>MT</media:title>",
    "<media:title>MT</media:title>",
    "<media:description>MD</media:description><title>E</title>",
    "<description>D</description><media:description>MD</media:description>",
    "<media:description type='html'>&lt;b&gt;MD&lt;/b&gt;</media:description>",
    "<media:category>MC</media:category><title>E</title>",
    "<media:category scheme='http://s.example/' label='L'>MC</media:category><title>E</title>",
    "<media:keywords>one, two ,three</media:keywords><title>E</title>",
    "<media:credit role='author'>Me</media:credit><title>E</title>",
    "<media:copyright url='http://c.example/'>C</media:copyright><title>E</title>",
    "<media:thumbnail url='http://a.example/t.jpg' width='75' height='50' time='12:05:01.123'/><title>E</title>",
    "<media:thumbnail>http://a.example/t.jpg</media:thumbnail><title>E</title>",
    "<media:thumbnail url='http://a.example/1.jpg'/><media:thumbnail url='http://a.example/2.jpg'/><title>E</title>",
    "<media:player url='http://a.example/p'>P</media:player><title>E</title>",
    "<media:rating scheme='urn:simple'>adult</media:rating><media:restriction relationship='allow'>at de</media:restriction><title>E</title>",
    "<media:license type='text/html' href='http://l.example/'>L</media:license><title>E</title>",
    "<media:content url='http://a.example/1.jpg'/><media:content url='http://a.example/2.jpg'/><title>E</title>",
    "<media:content url='http://a.example/1.jpg'><media:title>MT</media:title><media:description>MD</media:description><media:credit>C</media:credit></media:content><title>E</title><description>D</description>",
    "<title>E</title><description>D</description><media:content url='http://a.example/1.jpg'><media:title type='plain'>MT</media:title><media:description>MD</media:description></media:content>",
    "<media:group><media:title>MT</media:title><media:content url='http://a.example/1.mp4' type='video/mp4'/><media:content url='http://a.example/2.mp4'/><media:thumbnail url='http://a.example/t.jpg'/><media:description>MD</media:description></media:group><title>E</title>",
    "<title>E</title><media:group><media:title>MT</media:title><media:description>MD</media:description><media:community><media:starRating average='4'/></media:community></media:group>",
    "<media:content medium='image'/><title>E</title>",
    "<itunes:author>IA</itunes:author><itunes:subtitle>IS</itunes:subtitle><itunes:summary>ISU</itunes:summary><itunes:duration>1:02</itunes:duration><title>E</title>",
    "<itunes:title>IT</itunes:title><title>E</title>",
    "<title>E</title><itunes:title>IT</itunes:title>",
    "<description>D</description><itunes:summary>IS</itunes:summary><itunes:subtitle>S</itunes:subtitle>",
    "<itunes:summary>IS</itunes:summary><description>D</description>",
    "<itunes:subtitle>S</itunes:subtitle><description>D</description><itunes:summary>IS</itunes:summary>",
    "<description>D</description><content:encoded>C</content:encoded><itunes:summary>IS</itunes:summary>",
    "<itunes:image href='http://a.example/i.jpg'/><itunes:explicit>yes</itunes:explicit><itunes:block>Yes</itunes:block><title>E</title>",
    "<itunes:category text='Arts'/><itunes:category text='Technology'><itunes:category text='Podcasting'/></itunes:category><title>E</title>",
    "<itunes:keywords>one, two</itunes:keywords><category>three</category>",
    "<itunes:episode>5</itunes:episode><itunes:season>2</itunes:season><itunes:episodeType>full</itunes:episodeType><title>E</title>",
    "<slash:comments>5</slash:comments><slash:section>s</slash:section><slash:department>d</slash:department><title>E</title>",
    "<wfw:comment>http://a.example/c</wfw:comment><wfw:commentRss>http://a.example/rss</wfw:commentRss><title>E</title>",
    "<comments>http://a.example/c</comments><title>E</title>",
    "<thr:in-reply-to ref='urn:x' href='http://a.example/x'/><thr:total>3</thr:total><title>E</title>",
    "<creativeCommons:license>http://l.example/</creativeCommons:license><title>E</title>",
    "<cc:license rdf:resource='http://l.example/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/><title>E</title>",
    "<georss:point>45.256 -71.92</georss:point><title>E</title>",
    "<georss:where><gml:Point><gml:pos>45.256 -71.92</gml:pos></gml:Point></georss:where><title>E</title>",
    "<geo:lat>45.2</geo:lat><geo:long>-71.9</geo:long><title>E</title>",
    "<psc:chapters version='1.2'><psc:chapter start='0' title='Intro' href='http://a.example/i'/><psc:chapter start='00:01:00' title='More'/></psc:chapters><title>E</title>",
    "<podcast:transcript url='http://a.example/t.vtt' type='text/vtt'/><podcast:person role='host'>P</podcast:person><title>E</title>",
    "<feedburner:origLink>http://o.example/</feedburner:origLink><link>http://f.example/</link>",
    "<unknown:title xmlns:unknown='http://u.example/'>U</unknown:title><title>E</title>",
    "<unknown:link xmlns:unknown='http://u.example/'>http://u.example/</unknown:link><link>http://a.example/1</link>",
    "<x:description xmlns:x='http://u.example/'>U</x:description><description>D</description>",
    "<image><url>http://a.example/i.png</url><title>IT</title><link>http://a.example/i</link></image><title>E</title><link>http://a.example/1</link>",
];

const CHANNEL: [&str; 30] = [
    "<dc:title>DT</dc:title><title>T</title>",
    "<dc:creator>Me</dc:creator><dc:publisher>P</dc:publisher><title>T</title>",
    "<dc:date>2004-01-01T10:00:00Z</dc:date><title>T</title>",
    "<dc:rights>R</dc:rights><dc:subject>S</dc:subject><title>T</title>",
    "<dc:description>D</dc:description><title>T</title>",
    "<description>D</description><dc:description>DD</dc:description><title>T</title>",
    "<dc:language>bg</dc:language><language>en</language><title>T</title>",
    "<dcterms:issued>2004-01-01T10:00:00Z</dcterms:issued><title>T</title>",
    "<dcterms:modified>2004-01-01T10:00:00Z</dcterms:modified><title>T</title>",
    "<dcterms:created>2004-01-01T10:00:00Z</dcterms:created><title>T</title>",
    "<itunes:summary>IS</itunes:summary><title>T</title>",
    "<itunes:subtitle>S</itunes:subtitle><title>T</title>",
    "<description>D</description><itunes:summary>IS</itunes:summary><itunes:subtitle>S</itunes:subtitle>",
    "<itunes:summary>IS</itunes:summary><itunes:subtitle>S</itunes:subtitle><description>D</description>",
    "<itunes:author>IA</itunes:author><itunes:owner><itunes:name>O</itunes:name><itunes:email>o@example.org</itunes:email></itunes:owner><title>T</title>",
    "<itunes:category text='Arts'><itunes:category text='Design'/></itunes:category><itunes:keywords>a, b</itunes:keywords><title>T</title>",
    "<itunes:image href='http://a.example/i.jpg'/><image><url>http://a.example/j.jpg</url><title>JT</title></image><title>T</title>",
    "<itunes:explicit>clean</itunes:explicit><itunes:block>no</itunes:block><title>T</title>",
    "<itunes:new-feed-url>http://n.example/</itunes:new-feed-url><title>T</title>",
    "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency><sy:updateBase>2000-01-01T12:00+00:00</sy:updateBase><title>T</title>",
    "<admin:generatorAgent rdf:resource='http://g.example/?v=1' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/><title>T</title>",
    "<creativeCommons:license>http://l.example/</creativeCommons:license><title>T</title>",
    "<atom:link rel='self' href='http://a.example/self'/><atom:link rel='hub' href='http://h.example/'/><title>T</title>",
    "<atom:link rel='next' href='http://a.example/2'/><fh:archive/><title>T</title>",
    "<atom:id>urn:x</atom:id><atom:updated>2004-01-01T10:00:00Z</atom:updated><title>T</title>",
    "<atom:author><atom:name>AA</atom:name></atom:author><title>T</title>",
    "<media:thumbnail url='http://a.example/t.jpg'/><media:keywords>a, b</media:keywords><media:category>c</media:category><title>T</title>",
    "<media:credit role='author'>M</media:credit><media:copyright>C</media:copyright><media:rating>nonadult</media:rating><title>T</title>",
    "<georss:point>1 2</georss:point><geo:lat>1</geo:lat><title>T</title>",
    "<feedburner:info uri='x'/><feedburner:browserFriendly>Hello</feedburner:browserFriendly><title>T</title>",
];

/// The spellings of namespaces that are met, under prefixes that are not the usual ones.
fn namespaces() -> Vec<String> {
    let spelled = [
        (
            "http://purl.org/dc/elements/1.1/",
            "<x:creator>Me</x:creator><x:date>2004-01-01T10:00:00Z</x:date>",
        ),
        ("http://purl.org/dc/elements/1.1", "<x:creator>Me</x:creator>"),
        ("http://purl.org/dc/terms/", "<x:modified>2004-01-01T10:00:00Z</x:modified>"),
        ("http://purl.org/rss/1.0/modules/content/", "<x:encoded>&lt;p&gt;C&lt;/p&gt;</x:encoded>"),
        ("http://search.yahoo.com/mrss/", "<x:content url='http://a.example/a.jpg'/>"),
        ("http://search.yahoo.com/mrss", "<x:content url='http://a.example/a.jpg'/>"),
        ("http://www.itunes.com/DTDs/Podcast-1.0.dtd", "<x:author>Me</x:author>"),
        ("http://www.itunes.com/dtds/podcast-1.0.dtd", "<x:author>Me</x:author>"),
        (
            "http://www.w3.org/2005/Atom",
            "<x:link href='http://a.example/1'/><x:author><x:name>Me</x:name></x:author>",
        ),
        ("http://www.w3.org/1999/xhtml", "<x:body><x:p>Hello</x:p></x:body>"),
        ("http://unknown.example/", "<x:creator>Me</x:creator><x:link>http://u.example/</x:link>"),
        ("http://purl.org/rss/1.0/", "<x:title>XT</x:title><x:link>http://a.example/1</x:link>"),
    ];
    let mut all: Vec<String> = spelled
        .iter()
        .map(|(namespace, inner)| {
            format!("<rss version='2.0' xmlns:x='{namespace}'><channel><title>T</title><item><title>E</title>{inner}</item></channel></rss>")
        })
        .collect();
    all.extend(spelled.iter().map(|(namespace, inner)| {
        format!("<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry xmlns:x='{namespace}'><title>E</title>{inner}</entry></feed>")
    }));
    all.extend(spelled.iter().map(|(namespace, inner)| {
        let declared = inner.replacen('>', &format!(" xmlns:x='{namespace}'>"), 1);
        format!(
            "<rss version='2.0'><channel><title>T</title><item><title>E</title>{}</item></channel></rss>",
            declared.replace("/ xmlns", " xmlns")
        )
    }));
    all
}

const ROOTS: [&str; 24] = [
    "<rss><channel><title>T</title><item><title>E</title></item></channel></rss>",
    "<rss version=''><channel><title>T</title></channel></rss>",
    "<rss version='0.91' xmlns='http://backend.userland.com/rss091'><channel><title>T</title></channel></rss>",
    "<rss version='2.0' xmlns='http://backend.userland.com/rss2'><channel><title>T</title><item><title>E</title></item></channel></rss>",
    "<rss version='2.0' xmlns='http://blogs.law.harvard.edu/tech/rss'><channel><title>T</title><item><title>E</title></item></channel></rss>",
    "<rss version='2.0' xmlns='http://backend.userland.com/rss'><channel><title>T</title></channel></rss>",
    "<rss version='2.0' xmlns='http://purl.org/rss/1.0/modules/rss091#'><channel><title>T</title></channel></rss>",
    "<rss version='2.0' xmlns='http://unknown.example/'><channel><title>T</title><item><title>E</title></item></channel></rss>",
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel rdf:about='http://a.example/'><title>T</title><items><rdf:Seq><rdf:li rdf:resource='http://a.example/1'/></rdf:Seq></items></channel><image rdf:about='i'><title>IT</title><url>u</url><link>l</link></image><item rdf:about='http://a.example/1'><title>E</title><link>http://a.example/1</link></item><textinput><title>TI</title><link>t</link></textinput></rdf:RDF>",
    "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:rss='http://purl.org/rss/1.0/'><rss:channel r:about='http://a.example/'><rss:title>T</rss:title></rss:channel><rss:item r:about='http://a.example/1'><rss:title>E</rss:title><rss:link>http://a.example/1</rss:link></rss:item></r:RDF>",
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel><title>T</title><link>http://a.example/</link></channel><item><title>E</title><link>http://a.example/1</link></item></rdf:RDF>",
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://channel.netscape.com/rdf/simple/0.9/'><channel><title>T</title></channel><item><title>E</title></item></rdf:RDF>",
    "<feed><title>T</title><entry><title>E</title></entry></feed>",
    "<feed version='0.1' xmlns='http://purl.org/atom/ns#'><title>T</title><entry><title>E</title></entry></feed>",
    "<feed version='0.2' xmlns='http://example.com/newformat#'><title>T</title><entry><title>E</title></entry></feed>",
    "<feed version='0.3'><title>T</title><entry><title>E</title></entry></feed>",
    "<feed xmlns='http://purl.org/atom/ns#'><title>T</title><entry><title>E</title></entry></feed>",
    "<atom:feed version='0.3' xmlns:atom='http://purl.org/atom/ns#'><atom:title>T</atom:title><atom:entry><atom:title>E</atom:title></atom:entry></atom:feed>",
    "<feed xmlns='http://www.w3.org/2005/Atom'></feed>",
    "<feed xmlns='http://www.w3.org/2005/Atom'/>",
    "<rss version='2.0'><channel></channel></rss>",
    "<rss version='2.0'><channel/></rss>",
    "<rss version='2.0'><channel><item></item><item/></channel></rss>",
    "<feed xmlns='http://www.w3.org/2005/Atom'><entry/><entry></entry></feed>",
];

const CHANNELS: [&str; 26] = [
    "<image><title>IT</title><url>http://a.example/i.png</url><link>http://a.example/i</link><width>80</width><height>15</height><description>ID</description></image>",
    "<title>T</title><image><title>IT</title><url>http://a.example/i.png</url><link>http://a.example/i</link></image>",
    "<image><title>IT</title><url>http://a.example/i.png</url><link>http://a.example/i</link></image><title>T</title><link>http://a.example/</link><description>D</description>",
    "<title>T</title><textInput><title>TI</title><description>TD</description><name>q</name><link>http://a.example/s</link></textInput>",
    "<textInput><title>TI</title><description>TD</description><name>q</name><link>http://a.example/s</link></textInput><title>T</title><description>D</description><link>http://a.example/</link>",
    "<textinput><title>TI</title></textinput><title>T</title>",
    "<cloud domain='c.example' port='80' path='/RPC2' registerProcedure='ping' protocol='soap'/><title>T</title>",
    "<ttl>60</ttl><rating>R</rating><docs>http://d.example/</docs><generator>G</generator><title>T</title>",
    "<category>One</category><category>Two</category><title>T</title>",
    "<copyright>C &amp; D</copyright><title>T</title>",
    "<managingEditor>me@example.org (Me)</managingEditor><webMaster>web@example.org (Web)</webMaster><title>T</title>",
    "<author>me@example.org (Me)</author><title>T</title>",
    "<author>me@example.org (Me)</author><managingEditor>ed@example.org (Ed)</managingEditor><title>T</title>",
    "<title>One</title><title>Two</title>",
    "<description>One</description><description>Two</description>",
    "<link>http://a.example/1</link><link>http://a.example/2</link>",
    "<title>T</title><item><title>E</title></item><title>After</title>",
    "<item><title>E</title></item><title>T</title><link>http://a.example/</link>",
    "<title>T</title><item><title>E</title></item><item><title>F</title></item><item><link>http://a.example/3</link></item>",
    "<title>T</title><item><title>E</title><title>F</title></item>",
    "<title>T</title><item><guid>a</guid><pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate><author>me@example.org</author></item><item><guid>b</guid></item>",
    "<newLocation>http://n.example/</newLocation><title>T</title>",
    "<id>urn:x</id><guid>g</guid><title>T</title>",
    "<tagline>TL</tagline><title>T</title>",
    "<subtitle>SU</subtitle><title>T</title>",
    "<info>I</info><title>T</title><summary>S</summary>",
];

const CDF: [&str; 16] = [
    "<CHANNEL HREF='http://a.example/'><TITLE>T</TITLE></CHANNEL>",
    "<CHANNEL HREF='http://a.example/' LASTMOD='2004-01-01T10:00Z'><TITLE>T</TITLE><ABSTRACT>A</ABSTRACT></CHANNEL>",
    "<CHANNEL><TITLE>T</TITLE><ITEM HREF='http://a.example/1'><TITLE>E</TITLE></ITEM></CHANNEL>",
    "<channel lastmod='2004-01-01T10:00:00Z'><title>T</title><item lastmod='2004-01-02T10:00:00Z' href='http://a.example/1'><title>E</title><abstract>A</abstract></item></channel>",
    "<channel href='http://a.example/'><title>T</title><item href='http://a.example/1'><title>E</title><abstract>A</abstract></item></channel>",
    "<channel><title>T</title><abstract>A &amp; B</abstract></channel>",
    "<channel href='http://a.example/'><abstract>&lt;b&gt;A&lt;/b&gt;</abstract><title>&lt;b&gt;T&lt;/b&gt;</title></channel>",
    "<channel><item><title>E</title></item><title>T</title></channel>",
    "<?xml version='1.0'?><!DOCTYPE CHANNEL SYSTEM 'cdf.dtd'><CHANNEL HREF='http://a.example/' BASE='http://a.example/'><TITLE>T</TITLE><LOGO HREF='l.gif' STYLE='IMAGE'/><SCHEDULE><INTERVALTIME DAY='1'/></SCHEDULE><ITEM HREF='one.html' LASTMOD='2004-01-01T10:00Z'><TITLE>E</TITLE><ABSTRACT>A</ABSTRACT><LOGO HREF='i.gif' STYLE='ICON'/></ITEM></CHANNEL>",
    "<CHANNEL HREF='http://a.example/'><A HREF='http://b.example/'/><TITLE>T</TITLE></CHANNEL>",
    "<CHANNEL HREF='http://a.example/'><TITLE>T</TITLE><CHANNEL HREF='http://a.example/sub'><TITLE>Sub</TITLE><ITEM HREF='http://a.example/2'><TITLE>F</TITLE></ITEM></CHANNEL><ITEM HREF='http://a.example/1'><TITLE>E</TITLE></ITEM></CHANNEL>",
    "<Channel HREF='http://a.example/'><Title>T</Title><Item HREF='http://a.example/1'><Title>E</Title></Item></Channel>",
    "<channel href='http://a.example/'><title xml:lang='bg'>Т</title></channel>",
    "<channel href='http://a.example/'><title>T</title><item href='http://a.example/1'><title>E</title><usage value='Email'/><log value='document:view'/></item></channel>",
    "<channel href='http://a.example/' self='http://a.example/c.cdf'><title>T</title><category>C</category></channel>",
    "<channel href='http://a.example/'><title>T</title><item href='http://a.example/1'/></channel>",
];
