//! Documents as they are met in the wild, made from the formats' specifications and from what is known to break: each
//! element of each format on its own, and each breakage in a document of its own.

/// Names and bodies.
pub(super) fn documents() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |family: &str, documents: Vec<String>| {
        let named = documents.into_iter().enumerate();
        all.extend(named.map(|(n, text)| (format!("{family}-{n:02}"), text.into_bytes())));
    };
    add("rss-channel", RSS_CHANNEL.map(|inner| rss("2.0", inner, "")).to_vec());
    add(
        "rss-item",
        RSS_ITEM.map(|inner| rss("2.0", "<title>T</title>", &format!("<item>{inner}</item>"))).to_vec(),
    );
    for version in ["0.91", "0.92", "0.93", "0.94", "2.0", "2.0.1", "3.14"] {
        add(
            &format!("rss-{version}"),
            RSS_OLD.map(|inner| rss(version, "<title>T</title>", &format!("<item>{inner}</item>"))).to_vec(),
        );
    }
    for (name, namespace) in
        [("rss10", "http://purl.org/rss/1.0/"), ("rss090", "http://my.netscape.com/rdf/simple/0.9/")]
    {
        add(name, RDF_ITEM.map(|inner| rdf(namespace, inner)).to_vec());
    }
    add("atom-feed", ATOM_FEED.map(|inner| atom(inner, "")).to_vec());
    add(
        "atom-entry",
        ATOM_ENTRY.map(|inner| atom("<title>T</title>", &format!("<entry>{inner}</entry>"))).to_vec(),
    );
    add("atom-prefixed", ATOM_PREFIXED.map(str::to_owned).to_vec());
    add("atom03", ATOM_03.map(atom_03).to_vec());
    add("cdf", CDF.map(str::to_owned).to_vec());
    add(
        "dates",
        DATES
            .map(|date| rss("2.0", "<title>T</title>", &format!("<item><pubDate>{date}</pubDate></item>")))
            .to_vec(),
    );
    add("broken", BROKEN.map(str::to_owned).to_vec());
    all.extend(charsets());
    all
}

const NAMESPACES: &str = "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/' \
    xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:media='http://search.yahoo.com/mrss/' \
    xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:atom='http://www.w3.org/2005/Atom' \
    xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:slash='http://purl.org/rss/1.0/modules/slash/'";

fn rss(version: &str, head: &str, items: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='utf-8'?>\n<rss version='{version}' {NAMESPACES}><channel>{head}{items}</channel></rss>"
    )
}

fn rdf(namespace: &str, item: &str) -> String {
    format!(
        "<?xml version='1.0'?><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='{namespace}' {NAMESPACES}>\
         <channel rdf:about='http://a.example/'><title>T</title><link>http://a.example/</link><description>D</description>\
         <dc:language>en</dc:language><dc:date>2004-01-02T03:04:05Z</dc:date></channel><item rdf:about='http://a.example/1'>{item}</item></rdf:RDF>"
    )
}

fn atom(head: &str, entries: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' {NAMESPACES}>{head}{entries}</feed>"
    )
}

fn atom_03(inner: &str) -> String {
    format!(
        "<?xml version='1.0'?><feed version='0.3' xmlns='http://purl.org/atom/ns#' {NAMESPACES}>{inner}</feed>"
    )
}

const RSS_CHANNEL: [&str; 30] = [
    "<title>Example feed</title><link>http://a.example/</link><description>About it</description>",
    "<title>Caf&#233; &amp; more</title>",
    "<title><![CDATA[Q & A]]></title>",
    "<title>  spaces \n around </title>",
    "<link>http://a.example/?a=1&amp;b=2</link>",
    "<description>&lt;p&gt;Markup &lt;b&gt;here&lt;/b&gt;&lt;/p&gt;</description>",
    "<description><![CDATA[<p>Markup</p>]]></description>",
    "<language>en-us</language>",
    "<dc:language>bg</dc:language>",
    "<copyright>C</copyright><managingEditor>me@example.org (Me)</managingEditor><webMaster>web@example.org</webMaster>",
    "<pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate>",
    "<lastBuildDate>Thu, 01 Jan 2004 19:48:21 GMT</lastBuildDate>",
    "<pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate><lastBuildDate>Fri, 02 Jan 2004 19:48:21 GMT</lastBuildDate>",
    "<dc:date>2004-01-01T10:00:00Z</dc:date>",
    "<dcterms:modified>2004-01-01T10:00:00Z</dcterms:modified>",
    "<dc:title>From DC</dc:title>",
    "<dc:description>From DC</dc:description>",
    "<title>First</title><dc:title>Second</dc:title>",
    "<category>News</category><category domain='http://d.example/'>More</category>",
    "<generator>Made by hand</generator><docs>http://d.example/</docs><ttl>60</ttl>",
    "<image><url>http://a.example/i.png</url><title>Image</title><link>http://a.example/i</link></image><title>T</title>",
    "<title>T</title><image><url>http://a.example/i.png</url><title>Image</title><link>http://a.example/i</link></image><link>http://a.example/</link>",
    "<textInput><title>Search</title><description>D</description><name>q</name><link>http://a.example/s</link></textInput><title>T</title>",
    "<skipHours><hour>1</hour><hour>24</hour></skipHours><skipDays><day>Monday</day></skipDays><title>T</title>",
    "<atom:link rel='self' type='application/rss+xml' href='http://a.example/rss'/><link>http://a.example/</link>",
    "<link>http://a.example/</link><atom:link rel='self' type='application/rss+xml' href='http://a.example/rss'/>",
    "<itunes:author>Me</itunes:author><itunes:subtitle>Sub</itunes:subtitle><title>Pod</title>",
    "<itunes:category text='Arts'><itunes:category text='Design'/></itunes:category><title>Pod</title>",
    "<itunes:owner><itunes:name>Me</itunes:name><itunes:email>me@example.org</itunes:email></itunes:owner><title>P</title>",
    "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency><title>T</title>",
];

const RSS_ITEM: [&str; 66] = [
    "<title>One</title><link>http://a.example/1</link><description>Text</description>",
    "<title>A &lt;b&gt;bold&lt;/b&gt; title</title>",
    "<title>1 &lt; 2</title>",
    "<title><![CDATA[A <i>title</i>]]></title>",
    "<title>AT&amp;amp;T</title>",
    "<title>Part <![CDATA[& part]]> part</title>",
    "<title>First</title><dc:title>Second</dc:title>",
    "<title>First</title><media:content url='http://a.example/a.jpg'><media:title>M</media:title></media:content>",
    "<dc:title>Only DC</dc:title>",
    "<link>http://a.example/1</link><guid>http://a.example/g</guid>",
    "<guid>http://a.example/g</guid>",
    "<guid isPermaLink='true'>http://a.example/g</guid>",
    "<guid isPermaLink='false'>http://a.example/g</guid>",
    "<guid isPermaLink='false'>tag-17</guid><link>http://a.example/1</link>",
    "<guid>  padded  </guid><link> http://a.example/1\n</link>",
    "<description>&lt;p&gt;Hello &lt;em&gt;you&lt;/em&gt;&lt;/p&gt;</description>",
    "<description><![CDATA[<p>Hello</p>]]></description>",
    "<description>One<![CDATA[ <b>two</b> ]]>three</description>",
    "<description><b>Raw</b> markup &amp; text</description>",
    "<description>Text <br/> after</description>",
    "<description><p>One</p><p>Two <a href='http://b.example/'>link</a></p></description>",
    "<dc:description>From DC</dc:description>",
    "<description>Short</description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>",
    "<content:encoded><![CDATA[<p>Long</p>]]></content:encoded><description>Short</description>",
    "<content:encoded>&lt;p&gt;Only long&lt;/p&gt;</content:encoded>",
    "<description>First</description><description>Second</description>",
    "<description>Short</description><dc:description>DC</dc:description>",
    "<fullitem>&lt;p&gt;Full&lt;/p&gt;</fullitem>",
    "<body xmlns='http://www.w3.org/1999/xhtml'><p>Body</p></body>",
    "<xhtml:body xmlns:xhtml='http://www.w3.org/1999/xhtml'><p>Body</p></xhtml:body>",
    "<description>D</description><itunes:summary>Summary</itunes:summary>",
    "<itunes:summary>Summary</itunes:summary>",
    "<itunes:subtitle>Sub</itunes:subtitle><title>T</title>",
    "<author>me@example.org (Me Myself)</author>",
    "<author>Me Myself &lt;me@example.org&gt;</author>",
    "<author>me@example.org</author>",
    "<author>Me Myself</author>",
    "<author>me@example.org (Иван Петров)</author>",
    "<author><name>Me</name><email>me@example.org</email><url>http://me.example/</url></author>",
    "<dc:creator>Me Myself</dc:creator>",
    "<dc:creator>One</dc:creator><dc:creator>Two</dc:creator>",
    "<dc:author>Me Myself</dc:author>",
    "<author>a@example.org (A)</author><dc:creator>B</dc:creator>",
    "<itunes:author>Me</itunes:author>",
    "<dc:contributor>Helper</dc:contributor><title>T</title>",
    "<pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate>",
    "<dc:date>2004-01-01T10:00:00Z</dc:date>",
    "<pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate><dc:date>2004-01-02T10:00:00Z</dc:date>",
    "<dcterms:created>2004-01-01T10:00:00Z</dcterms:created>",
    "<dcterms:issued>2004-01-01T10:00:00Z</dcterms:issued><dcterms:modified>2004-01-02T10:00:00Z</dcterms:modified>",
    "<category>One</category><category domain='http://d.example/'>Two</category>",
    "<category>Same</category><category>Same</category>",
    "<dc:subject>Subject</dc:subject>",
    "<category><![CDATA[A & B]]></category>",
    "<category/><category>x</category>",
    "<itunes:keywords>one, two,three</itunes:keywords>",
    "<enclosure url='http://a.example/a.mp3' length='100' type='audio/mpeg'/>",
    "<enclosure url='http://a.example/a.mp3' length='' type=''/><enclosure url='http://a.example/b.mp3'/>",
    "<media:content url='http://a.example/a.jpg' type='image/jpeg' fileSize='10'/>",
    "<media:group><media:content url='http://a.example/a.mp4'/><media:content url='http://a.example/b.mp4'/></media:group>",
    "<media:content url='http://a.example/a.jpg'><media:thumbnail url='http://a.example/t.jpg'/><media:credit>C</media:credit></media:content>",
    "<media:thumbnail url='http://a.example/t.jpg'/><title>T</title>",
    "<comments>http://a.example/c</comments><slash:comments>3</slash:comments><title>T</title>",
    "<source url='http://b.example/rss'>Other</source><title>T</title><link>http://a.example/1</link>",
    "<title>T</title><atom:link rel='self' href='http://a.example/self'/><atom:link href='http://a.example/alt'/>",
    "<title>T</title><atom:author><atom:name>Atom Me</atom:name></atom:author><atom:updated>2004-01-01T10:00:00Z</atom:updated>",
];

const RSS_OLD: [&str; 6] = [
    "<title>One</title><link>http://a.example/1</link><description>Text</description>",
    "<title>A</title><category>C</category><pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate>",
    "<link>http://a.example/1</link><enclosure url='http://a.example/a.mp3' length='1' type='audio/mpeg'/>",
    "<title>A</title><source url='http://b.example/'>B</source><author>me@example.org (Me)</author>",
    "<title>A</title><guid>http://a.example/g</guid>",
    "<description>&lt;p&gt;Hello&lt;/p&gt;</description><content:encoded>Long</content:encoded>",
];

const RDF_ITEM: [&str; 10] = [
    "<title>One</title><link>http://a.example/1</link><description>Text</description>",
    "<title>One</title><link>http://a.example/1</link><dc:creator>Me</dc:creator><dc:date>2004-01-01T10:00:00+01:00</dc:date>",
    "<title>One</title><link>http://a.example/1</link><dc:subject>S</dc:subject>",
    "<title>One</title><link>http://a.example/1</link><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>",
    "<title>No link</title>",
    "<title>One</title><link>http://a.example/1?a=1&amp;b=2</link><dc:publisher>P</dc:publisher>",
    "<dc:title>DC</dc:title><link>http://a.example/1</link>",
    "<title>One</title><link>http://a.example/1</link><dc:description>D</dc:description>",
    "<title>One</title><link>http://a.example/1</link><dcterms:issued>2004-01-01</dcterms:issued>",
    "<title>One</title><link>http://a.example/1</link><description>&lt;b&gt;x&lt;/b&gt; y</description>",
];

const ATOM_FEED: [&str; 20] = [
    "<title>T</title><id>tag:a.example,2004:1</id><updated>2004-01-01T10:00:00Z</updated><link href='http://a.example/'/>",
    "<title type='html'>A &lt;b&gt;bold&lt;/b&gt; T</title>",
    "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>bold</b> T</div></title>",
    "<subtitle>S</subtitle>",
    "<subtitle type='html'>&lt;p&gt;S&lt;/p&gt;</subtitle>",
    "<link rel='self' href='http://a.example/atom'/><link rel='alternate' type='text/html' href='http://a.example/'/>",
    "<link rel='alternate' type='text/html' href='/page'/><title>T</title>",
    "<link href='http://a.example/'/><link rel='hub' href='http://hub.example/'/>",
    "<author><name>Me</name><email>me@example.org</email><uri>http://me.example/</uri></author><title>T</title>",
    "<contributor><name>Helper</name></contributor><title>T</title>",
    "<category term='a'/><category term='b' scheme='http://s.example/' label='B'/><title>T</title>",
    "<rights>R</rights><generator uri='http://g.example/' version='1'>G</generator><title>T</title>",
    "<icon>http://a.example/i.ico</icon><logo>http://a.example/l.png</logo><title>T</title>",
    "<title>T</title><updated>2004-01-01T10:00:00+02:00</updated>",
    "<title>T</title><updated> 2004-01-01T10:00:00.25Z </updated>",
    "<title></title><subtitle/>",
    "<title>a &amp;amp; b &amp;lt;i&amp;gt;</title>",
    "<dc:title>DC title</dc:title><dc:language>en</dc:language>",
    "<title xml:lang='de'>Titel</title>",
    "<title>T</title><published>2004-01-01T10:00:00Z</published>",
];

const ATOM_ENTRY: [&str; 44] = [
    "<title>One</title><id>tag:a.example,2004:2</id><updated>2004-01-01T10:00:00Z</updated><link href='http://a.example/1'/><summary>S</summary>",
    "<title type='text'>1 &lt; 2</title>",
    "<title type='html'>A &amp;amp; B</title>",
    "<title type='html'><![CDATA[A <b>B</b>]]></title>",
    "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <i>t</i></div></title>",
    "<title type='xhtml'><x:div xmlns:x='http://www.w3.org/1999/xhtml'>A <x:i>t</x:i></x:div></title>",
    "<title type='text/html'>A &lt;b&gt;B&lt;/b&gt;</title>",
    "<title type='text/plain'>Plain</title>",
    "<title type='application/xhtml+xml'><div xmlns='http://www.w3.org/1999/xhtml'>X</div></title>",
    "<summary type='html'>&lt;p&gt;S&lt;/p&gt;</summary>",
    "<summary type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>S</p></div></summary>",
    "<content>Plain text</content>",
    "<content type='text'>Plain &amp; text</content>",
    "<content type='html'>&lt;p&gt;C&lt;/p&gt;</content>",
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>C <br/>d</p></div></content>",
    "<content type='xhtml'><p xmlns='http://www.w3.org/1999/xhtml'>No div</p></content>",
    "<content type='text/html'>&lt;p&gt;C&lt;/p&gt;</content>",
    "<content type='text/plain'>C</content>",
    "<content type='application/xhtml+xml'><div xmlns='http://www.w3.org/1999/xhtml'>C</div></content>",
    "<content type='application/octet-stream'>SGVsbG8gd29ybGQ=</content>",
    "<content src='http://a.example/c.html' type='text/html'/><summary>S</summary>",
    "<content type='image/png' src='http://a.example/c.png'/><title>T</title>",
    "<summary>S</summary><content type='html'>&lt;p&gt;C&lt;/p&gt;</content>",
    "<content type='html'>&lt;p&gt;C&lt;/p&gt;</content><summary>S</summary>",
    "<link href='http://a.example/1'/><link rel='enclosure' type='audio/mpeg' length='9' href='http://a.example/a.mp3'/>",
    "<link rel='related' href='http://b.example/'/><link rel='alternate' href='http://a.example/1'/><link rel='via' href='http://v.example/'/>",
    "<link rel='alternate' type='application/json' href='http://a.example/1.json'/><link rel='alternate' type='text/html' href='http://a.example/1'/>",
    "<author><name>Me</name></author>",
    "<author><name>Me</name><email>me@example.org</email></author>",
    "<author><email>me@example.org</email></author>",
    "<author><name>One</name></author><author><name>Two</name></author>",
    "<contributor><name>Helper</name><uri>http://h.example/</uri></contributor><title>T</title>",
    "<published>2004-01-01T10:00:00Z</published><updated>2004-02-01T10:00:00Z</updated>",
    "<published>2004-01-01T10:00:00Z</published>",
    "<category term='a'/><category term='b' label='B'/>",
    "<category term='a' scheme='http://s.example/'/>",
    "<source><id>tag:b.example:1</id><title>Source</title><link rel='self' href='http://b.example/atom'/><updated>2001-01-01T00:00:00Z</updated></source><title>T</title>",
    "<title>T</title><source><author><name>Source author</name></author><title>S</title></source>",
    "<title>T</title><rights>R</rights><dc:creator>DC</dc:creator>",
    "<title>T</title><dc:subject>S</dc:subject><dc:date>2004-01-01T10:00:00Z</dc:date>",
    "<media:group><media:title>M</media:title><media:content url='http://a.example/v.mp4' type='video/mp4'/><media:thumbnail url='http://a.example/t.jpg'/></media:group><title>T</title>",
    "<title>T</title><content:encoded>&lt;p&gt;C&lt;/p&gt;</content:encoded>",
    "<link rel='alternate' type='text/html' href='http://a.example/1' hreflang='en' title='One' length='3'/>",
    "<title>T</title><content type='html' xml:lang='de' xml:base='http://b.example/'>&lt;a href=&quot;x&quot;&gt;y&lt;/a&gt;</content>",
];

const ATOM_PREFIXED: [&str; 4] = [
    "<atom:feed xmlns:atom='http://www.w3.org/2005/Atom'><atom:title>T</atom:title><atom:entry><atom:title>E</atom:title><atom:link href='http://a.example/'/></atom:entry></atom:feed>",
    "<x:feed xmlns:x='http://www.w3.org/2005/Atom'><x:title>T</x:title><x:entry><x:id>i</x:id><x:summary>s</x:summary></x:entry></x:feed>",
    "<rss version='2.0' xmlns:d='http://purl.org/dc/elements/1.1/' xmlns:c='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title><item><d:creator>Me</d:creator><c:encoded>Long</c:encoded><d:date>2004-01-01T10:00:00Z</d:date></item></channel></rss>",
    "<r:rss version='2.0' xmlns:r='http://backend.userland.com/rss2'><r:channel><r:title>T</r:title><r:item><r:title>E</r:title></r:item></r:channel></r:rss>",
];

const ATOM_03: [&str; 18] = [
    "<title>T</title><tagline>Tag</tagline><modified>2004-01-01T10:00:00Z</modified><link rel='alternate' type='text/html' href='http://a.example/'/>",
    "<title mode='escaped' type='text/html'>A &lt;b&gt;T&lt;/b&gt;</title>",
    "<title type='text/plain'>Plain</title>",
    "<title mode='xml' type='application/xhtml+xml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>T</b></div></title>",
    "<title mode='base64' type='text/html'>RXhhbXBsZSA8Yj50ZXN0PC9iPg==</title>",
    "<copyright>C</copyright><generator url='http://g.example/'>G</generator><title>T</title>",
    "<author><name>Me</name><url>http://me.example/</url><email>me@example.org</email></author><title>T</title>",
    "<info>I</info><title>T</title>",
    "<entry><title>E</title><id>i</id><issued>2004-01-01T10:00:00Z</issued><modified>2004-01-02T10:00:00Z</modified></entry>",
    "<entry><title>E</title><created>2004-01-01T10:00:00Z</created></entry>",
    "<entry><content type='text/html' mode='escaped'>&lt;p&gt;C&lt;/p&gt;</content></entry>",
    "<entry><content type='application/xhtml+xml' mode='xml'><div xmlns='http://www.w3.org/1999/xhtml'><p>C</p></div></content></entry>",
    "<entry><content mode='base64' type='text/html'>PHA+SGVsbG88L3A+</content></entry>",
    "<entry><content type='text/plain'>C</content></entry>",
    "<entry><summary>S</summary><link rel='alternate' type='text/html' href='http://a.example/1'/></entry>",
    "<entry><author><name>Me</name></author><contributor><name>H</name></contributor><title>E</title></entry>",
    "<entry><title>E</title><dc:subject>S</dc:subject></entry>",
    "<entry><content type='multipart/alternative'><content type='text/plain'>One</content></content><title>E</title></entry>",
];

const CDF: [&str; 3] = [
    "<?xml version='1.0'?><CHANNEL HREF='http://a.example/' LASTMOD='2004-01-01T10:00'><TITLE>T</TITLE><ABSTRACT>A</ABSTRACT><ITEM HREF='http://a.example/1' LASTMOD='2004-01-02T10:00'><TITLE>One</TITLE><ABSTRACT>S</ABSTRACT></ITEM></CHANNEL>",
    "<channel href='http://a.example/'><title>T</title><item href='http://a.example/1'><title>One</title></item><item href='http://a.example/2'><title>Two</title></item></channel>",
    "<CHANNEL HREF='http://a.example/'><LOGO HREF='http://a.example/l.gif' STYLE='ICON'/><TITLE>T</TITLE><ITEM HREF='http://a.example/1'><TITLE>One</TITLE></ITEM></CHANNEL>",
];

const DATES: [&str; 16] = [
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
    "Jan 1 2004 7:48 PM",
    "no date",
    "Thu, 31 Jun 2004 19:48:21 GMT",
    "Wed, 01 Sept 2004 10:00:00 GMT",
];

const BROKEN: [&str; 34] = [
    "<rss version='2.0'><channel><title>T</title><item><title>A & B</title><link>http://a.example/?a=1&b=2</link></item></channel></rss>",
    "<rss version='2.0'><channel><title>Caf&eacute; &ndash; &nbsp;x</title><item><title>A&hellip;</title></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>A</title></item><item><title>B</ti",
    "<rss version='2.0'><channel><title>T</title><item><title>A</title><description>x</item><item><title>B</title></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>A</titel><link>http://a.example/1</link></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss><script>x</script>",
    "<rss version='2.0'><channel><title>T</title></channel><item><title>A</title><link>http://a.example/1</link></item></rss>",
    "<rss version=2.0><channel><title>T</title><item><title>A</title><enclosure url=http://a.example/a.mp3 length=1 type=audio/mpeg></item></channel></rss>",
    "<RSS VERSION='2.0'><CHANNEL><TITLE>T</TITLE><ITEM><TITLE>A</TITLE><LINK>http://a.example/1</LINK></ITEM></CHANNEL></RSS>",
    "<rss version='2.0'><channel><title>T</title><item><dc:creator>Me</dc:creator><content:encoded>Long</content:encoded></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>1 < 2 is true</title><link>http://a.example/1</link></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title a='1' a='2'>A</title></item></channel></rss>",
    "\n\n<?xml version='1.0'?><rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss>",
    "junk <?xml version='1.0'?><rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss>",
    "<!-- comment --><rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss>",
    "<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://my.netscape.com/publish/formats/rss-0.91.dtd'><rss version='0.91'><channel><title>T</title><item><title>A</title></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>A\u{8}B\u{1}</title></item></channel></rss>",
    "<rss version='2.0'><channel><title>T&#0;&#x1;</title><item><title>it&#146;s</title></item></channel></rss>",
    "<rss><channel><title>T</title><item><title>A</title></item></channel></rss>",
    "<rss version='2.0'><title>T</title><item><title>A</title></item></rss>",
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title>A</title><entry><title>B</title></entry></feed>",
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title>A</title></entry><entry><title>B</title><content type='xhtml'><div><p>cut",
    "<feed><title>T</title><entry><title>A</title><link href='http://a.example/1'></entry></feed>",
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><content type='xhtml'><div><p>One<p>Two</div></content></entry></feed>",
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>T & co</title><entry><title type='html'>A &lt;b&gt;B</title></entry></feed>",
    "<rss version='2.0'><channel><title>T</title><item><description>a &lt;b&gt; &amp; & c</description></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><description><![CDATA[never closed</description></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><description><p>para<br>break <img src='http://a.example/i.png'></description></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>A</title><link>http://a.example/1</link></channel></rss>",
    "<rdf:RDF xmlns='http://purl.org/rss/1.0/'><channel><title>T</title></channel><item><title>A</title><link>http://a.example/1</link></item></rdf:RDF>",
    "<rss version='2.0'><channel><title>T</title><item><pubDate>Thu, 01 Jan 2004 19:48:21 GMT<title>A</title></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><guid isPermaLink=false>x</guid><title>A</title></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>A<</title><link>http://a.example/1</link></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><media:thumbnail url='http://a.example/t.jpg'><title>A</title></item></channel></rss>",
];

/// The same feed in the charsets that it can be written in.
fn charsets() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let texts = [
        ("Новини от града и района", ["windows-1251", "koi8-r", "iso-8859-5", "utf-8"]),
        ("Nachrichten für Österreich", ["windows-1252", "iso-8859-1", "iso-8859-15", "utf-8"]),
        ("Novice z območja Žužemberka", ["windows-1250", "iso-8859-2", "iso-8859-16", "utf-8"]),
        ("最新ニュース", ["shift_jis", "euc-jp", "iso-2022-jp", "utf-8"]),
    ];
    for (text, labels) in texts {
        for label in labels {
            let feed = format!(
                "<?xml version='1.0' encoding='{label}'?><rss version='2.0'><channel><title>{text}</title><item><title>{text}</title></item></channel></rss>"
            );
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
            all.push((format!("charset-{label}-{}", all.len()), encoding.encode(&feed).0.into_owned()));
        }
    }
    all
}
