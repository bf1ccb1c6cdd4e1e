//! What attackers send, of any size. The tests count what it takes to read, and the bench `stages` measures it.

/// Documents: a name, how each begins, and what follows again and again.
const DOCUMENTS: [(&str, &str, &str); 24] = [
    ("brackets", "", "<"),
    ("brackets in a title", "<rss><channel><title>", "<"),
    ("ampersands", "<rss><channel><title>", "&"),
    ("beginnings of references", "<rss><channel><title>", "&#"),
    ("quotes", "<rss><channel><item a=\"", "\""),
    ("quotes of both kinds", "<rss><channel><item ", "'\""),
    ("forgotten quotes", "<rss><channel><item>", "<a b=\"c>"),
    ("comments that never end", "<rss><channel>", "<!--"),
    ("CDATA sections that never end", "<rss><channel><title>", "<![CDATA["),
    ("ends of CDATA sections", "<rss><channel><title>", "]]>"),
    ("instructions that never end", "<rss><channel><title>", "<?x"),
    ("tags that never end", "<rss><channel><item><description>", "<a "),
    ("items", "<rss><channel>", "<item>"),
    ("elements within each other", "<rss><channel><item>", "<media:group>"),
    ("markup within each other", "<rss><channel><item><description>", "<b><i>"),
    ("empty titles", "<rss><channel><item>", "<title/>"),
    ("people", "<rss><channel><item>", "<author>x"),
    ("attachments", "<rss><channel><item>", "<enclosure url='a'/>"),
    ("attributes", "<rss><channel><item", " a='1'"),
    ("end tags of nothing", "<rss><channel><title>", "</b>"),
    ("declarations of namespaces", "<rss><channel>", "<a xmlns:b='c'>"),
    ("declarations of entities", "<!DOCTYPE rss [", "<!ENTITY a \"b\">"),
    ("nested JSON", "{\"items\":", "["),
    ("line breaks in JSON", "{\"a\":\"", "\n"),
];

/// Documents of some length, by their names.
pub(crate) fn documents(length: usize) -> Vec<(&'static str, String)> {
    let repeated = DOCUMENTS.map(|(name, head, piece)| (name, filled(head, piece, length)));
    let deep: String = (0..250).map(|n| format!("<b{n}>")).collect();
    let mut all = Vec::from(repeated);
    // What is compared with everything that is open, or named like it.
    let deep = format!("<rss><channel><item><description>{deep}");
    all.push(("end tags of nothing, deep down", filled(&deep, "</cc>", length)));
    all.push(("end tags that have other names", filled(&deep, "</titel></TITLE>", length)));
    let buried = filled("<rss><channel><b>", "<a>", length / 2);
    all.push(("end tags above what is buried", filled(&buried, "</b>", length)));
    let laughs: String =
        (1..30).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let laughs = format!("<!DOCTYPE rss [<!ENTITY l0 \"lol\">{laughs}]><rss><channel><title>");
    all.push(("billion laughs", filled(&laughs, "&l29;", length)));
    let long = format!("<!DOCTYPE rss [<!ENTITY a \"{}\">]><rss><channel><title>", "x".repeat(499));
    all.push(("one long entity", filled(&long, "&a;", length)));
    let attributes: String = (0..length / 8).map(|n| format!(" a{n}='1'")).collect();
    all.push(("attributes of many names", format!("<rss><channel><item{attributes}>")));
    all
}

/// HTML of some length, by its names.
pub(crate) fn markup(length: usize) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&str, String)> = [
        ("nesting", "<div><b><i><a>"),
        ("misnested", "<b><i></b></i>"),
        ("references", "&nbsp;&amp;&copy"),
        ("ampersands", "&"),
        ("brackets", "<"),
        ("images", "<img src=x>"),
        ("items", "<li>x"),
        ("comments", "<!---->"),
        ("tables", "<table><a href=x>y<tr><td>"),
        ("quotes", "<p a=\"'"),
        ("footers", "<p>The post x appeared first on y.</p>"),
        ("combining", "a\u{301}\u{327}"),
    ]
    .map(|(name, piece)| (name, filled("", piece, length)))
    .into();
    all.push(("attributes", format!("{}>x", filled("<p ", "a=1 \" ", length))));
    all.push(("formatting", (0..length / 14).map(|n| format!("<a b={n}><p>")).collect()));
    all
}

fn filled(head: &str, piece: &str, length: usize) -> String {
    format!("{head}{}", piece.repeat(length.saturating_sub(head.len()) / piece.len()))
}
