//! Each form that a text can have, in each element that holds one.

use super::{Wild, atom, atom_03, atom_03_entry, atom_entry, numbered, rdf, rss, rss_item};

pub(super) fn documents() -> Vec<Wild> {
    let mut all = Vec::new();
    for (name, element) in RSS_ITEM {
        let filled = RSS_FORMS.map(|form| rss_item(&element.replace("TEXT", form)));
        all.extend(numbered(&format!("text-item-{name}"), filled));
    }
    for (name, element) in RSS_CHANNEL {
        let filled = RSS_FORMS.map(|form| rss("2.0", &element.replace("TEXT", form), ""));
        all.extend(numbered(&format!("text-channel-{name}"), filled));
    }
    let items = RSS_FORMS.map(|form| {
        rdf(
            "http://purl.org/rss/1.0/",
            &format!("<title>{form}</title><link>http://a.example/1</link><description>{form}</description>"),
        )
    });
    all.extend(numbered("text-rdf", items));
    for element in ["title", "summary", "content", "rights"] {
        let filled =
            ATOM_FORMS.map(|(kind, form)| atom_entry(&format!("<{element}{kind}>{form}</{element}>")));
        all.extend(numbered(&format!("text-entry-{element}"), filled));
    }
    for element in ["title", "subtitle", "rights"] {
        let filled = ATOM_FORMS.map(|(kind, form)| atom(&format!("<{element}{kind}>{form}</{element}>"), ""));
        all.extend(numbered(&format!("text-feed-{element}"), filled));
    }
    for element in ["title", "summary", "content"] {
        let filled =
            ATOM_03_FORMS.map(|(kind, form)| atom_03_entry(&format!("<{element}{kind}>{form}</{element}>")));
        all.extend(numbered(&format!("text-entry03-{element}"), filled));
    }
    for element in ["title", "tagline", "copyright", "info"] {
        let filled =
            ATOM_03_FORMS.map(|(kind, form)| atom_03(&format!("<{element}{kind}>{form}</{element}>")));
        all.extend(numbered(&format!("text-feed03-{element}"), filled));
    }
    all
}

const RSS_ITEM: [(&str, &str); 12] = [
    ("title", "<title>TEXT</title>"),
    ("description", "<description>TEXT</description>"),
    ("encoded", "<content:encoded>TEXT</content:encoded>"),
    ("fullitem", "<fullitem>TEXT</fullitem>"),
    ("body", "<body xmlns='http://www.w3.org/1999/xhtml'>TEXT</body>"),
    ("dc-title", "<dc:title>TEXT</dc:title>"),
    ("dc-description", "<dc:description>TEXT</dc:description>"),
    ("itunes-summary", "<itunes:summary>TEXT</itunes:summary>"),
    ("both", "<description>Short</description><content:encoded>TEXT</content:encoded>"),
    ("content", "<description>Short</description><content>TEXT</content>"),
    ("category", "<category>TEXT</category>"),
    ("author", "<author>TEXT</author>"),
];

const RSS_CHANNEL: [(&str, &str); 4] = [
    ("title", "<title>TEXT</title>"),
    ("description", "<description>TEXT</description>"),
    ("copyright", "<copyright>TEXT</copyright>"),
    ("dc-description", "<dc:description>TEXT</dc:description>"),
];

const RSS_FORMS: [&str; 26] = [
    "Plain words",
    "  Spaces  around\n and within ",
    "Q &amp; A",
    "Q &#38; A",
    "Q &#x26; A",
    "Q &amp;amp; A",
    "Q &#38;amp; A",
    "<![CDATA[Q & A]]>",
    "<![CDATA[Q &amp; A]]>",
    "<![CDATA[Q &amp;amp; A]]>",
    "Caf&#233; &#x2014; &#8220;x&#8221;",
    "Caf&amp;eacute; &amp;#8212;",
    "&lt;b&gt;bold&lt;/b&gt; words",
    "<![CDATA[<b>bold</b> words]]>",
    "&#60;b&#62;bold&#60;/b&#62; words",
    "&#x3C;b>bold&#x3C;/b> words",
    "&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt; words",
    "1 &lt; 2 and 3 &gt; 2",
    "<![CDATA[1 < 2]]>",
    "&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two &lt;a href=&quot;http://b.example/?a=1&amp;amp;b=2&quot;&gt;link&lt;/a&gt;&lt;/p&gt;",
    "Line&lt;br /&gt;break &lt;br&gt;again",
    "See &lt;code&gt;&amp;lt;br /&amp;gt;&lt;/code&gt;",
    "One<![CDATA[ two ]]>three<![CDATA[ <i>four</i>]]>",
    "It&apos;s &quot;quoted&quot;",
    "<!-- a comment -->Words<!-- and another -->",
    "Новини &#1080; събития „тук“",
];

const ATOM_FORMS: [(&str, &str); 24] = [
    ("", "Plain words"),
    ("", "Q &amp; A"),
    ("", "Q &amp;amp; A"),
    ("", "1 &lt; 2"),
    ("", "A &lt;b&gt;not bold&lt;/b&gt;"),
    (" type='text'", "A &lt;b&gt;not bold&lt;/b&gt;"),
    (" type='text'", "<![CDATA[Q & A]]>"),
    (" type='html'", "A &lt;b&gt;bold&lt;/b&gt;"),
    (" type='html'", "Q &amp;amp; A"),
    (" type='html'", "Q &amp; A"),
    (" type='html'", "<![CDATA[<b>bold</b> &amp; more]]>"),
    (" type='html'", "1 &amp;lt; 2"),
    (" type='html'", "&lt;div&gt;In a box&lt;/div&gt;"),
    (" type='html'", "<div>Really markup <b>here</b></div>"),
    (" type='html'", "<b>Really</b> markup"),
    (" type='xhtml'", "<div xmlns='http://www.w3.org/1999/xhtml'>A <b>bold</b> word</div>"),
    (" type='xhtml'", "<div xmlns='http://www.w3.org/1999/xhtml'>Q &amp; A, 1 &lt; 2</div>"),
    (
        " type='xhtml'",
        "\n  <div xmlns='http://www.w3.org/1999/xhtml'>\n<p>One</p>\n<p>Two<br/>three</p></div>\n",
    ),
    (" type='xhtml'", "<div xmlns='http://www.w3.org/1999/xhtml'><div>One</div><div>Two</div></div>"),
    (" type='xhtml'", "<h:div xmlns:h='http://www.w3.org/1999/xhtml'>A <h:em>word</h:em></h:div>"),
    (
        " type='xhtml'",
        "<div xmlns='http://www.w3.org/1999/xhtml'><a href='http://b.example/?a=1&amp;b=2' title='x &amp; \"y\"'>link</a></div>",
    ),
    (" type='xhtml'", "<div xmlns='http://www.w3.org/1999/xhtml'><pre>  kept\n  spaces</pre></div>"),
    (" type='text/html'", "A &lt;b&gt;bold&lt;/b&gt;"),
    (" type='TEXT'", "Plain words"),
];

const ATOM_03_FORMS: [(&str, &str); 16] = [
    ("", "Plain words"),
    ("", "Q &amp; A"),
    ("", "A &lt;b&gt;b&lt;/b&gt;"),
    (" type='text/plain'", "Plain &lt;b&gt;words&lt;/b&gt;"),
    (" type='text/html'", "A &lt;b&gt;bold&lt;/b&gt;"),
    (" type='text/html' mode='escaped'", "A &lt;b&gt;bold&lt;/b&gt; &amp;amp; more"),
    (" type='text/html' mode='escaped'", "<![CDATA[A <b>bold</b>]]>"),
    (" type='text/html' mode='xml'", "<div>A <b>bold</b></div>"),
    (
        " type='application/xhtml+xml' mode='xml'",
        "<div xmlns='http://www.w3.org/1999/xhtml'>A <b>bold</b></div>",
    ),
    (" type='application/xhtml+xml'", "<b xmlns='http://www.w3.org/1999/xhtml'>bold</b> word"),
    (" type='application/xhtml+xml' mode='escaped'", "A &lt;b&gt;bold&lt;/b&gt;"),
    (" type='text/html' mode='base64'", "RXhhbXBsZSA8Yj50ZXN0PC9iPg=="),
    (" type='application/octet-stream' mode='base64'", "RXhhbXBsZSA8Yj50ZXN0PC9iPg=="),
    (" type='text/plain' mode='base64'", "\nUGxhaW4g\n d29yZHM=\n"),
    (" mode='escaped'", "A &lt;b&gt;b&lt;/b&gt;"),
    (" mode='xml'", "<b>b</b>"),
];
