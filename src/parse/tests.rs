use super::*;

fn read(text: &str) -> Result<ParsedFeed, ParseError> {
    parse(text.as_bytes(), &Hints::default())
}

#[test]
fn deep_nesting_costs_no_stack_and_no_entries() {
    let deep = |open: &str, close: &str| {
        let (open, close) = (open.repeat(100_000), close.repeat(100_000));
        format!(
            "<rss><channel><item><guid>1</guid>{open}{close}</item><item><guid>2</guid></item></channel></rss>"
        )
    };
    for text in [
        deep("<media:group>", "</media:group>"),
        deep("<a>", ""),
        deep("<description><b>", ""),
        deep("<itunes:category text='a'>", ""),
    ] {
        let feed = read(&text).unwrap();
        let ids: Vec<_> = feed.entries.iter().map(|entry| entry.id.as_deref()).collect();
        assert_eq!(ids, [Some("1"), Some("2")]);
    }
    let json = format!("{{\"items\":{}", "[".repeat(100_000));
    assert!(matches!(read(&json), Err(ParseError::TooDeep { limit: 256, .. })));
}

#[test]
fn what_was_cut_or_mistagged_gives_its_entries() {
    let items =
        "<item><title>A</title><link>http://a.example/1</link><description>x &lt;b&gt;y</description></item>";
    for (text, titles) in [
        (format!("<rss><channel><title>T</title>{items}<item><title>B is c"), vec!["A", "B is c"]),
        (
            format!("<rss><channel><title>T</title>{items}<item><title>B</titel><link>http://a"),
            vec!["A", "B"],
        ),
        (format!("<rss><channel><title>T{items}{items}"), vec!["A", "A"]),
        (format!("<rss><title>T</title></channel>{items}</rss>{items} trailing <"), vec!["A", "A"]),
        ("<RSS><CHANNEL><TITLE>T</TITLE><ITEM><TITLE>A</TITLE></ITEM>".to_owned(), vec!["A"]),
        (
            "<rss><channel><title>T</title><item><title>A<link>http://a.example/<item><title>B".to_owned(),
            vec!["A", "B"],
        ),
        (
            "<rss><channel><title>T</title><item><title>A</title><description><![CDATA[cut".to_owned(),
            vec!["A"],
        ),
    ] {
        let feed = read(&text).unwrap();
        let got: Vec<_> =
            feed.entries.iter().map(|entry| entry.title.as_ref().unwrap().value.as_str()).collect();
        assert_eq!(got, titles, "{text}");
        assert_eq!(feed.title.unwrap().value, "T", "{text}");
    }
}

#[test]
fn what_feed_rs_panics_at_is_read_all_the_same() {
    let feed = read(
        "<rss><channel><title>t</title><item><author>Иван Петров\u{a0}ivan@example.org</author>\
         <itunes:duration>99999999999999999999:00:00</itunes:duration><guid>1</guid></item></channel></rss>",
    )
    .unwrap();
    assert_eq!(feed.entries[0].id.as_deref(), Some("1"));
    assert_eq!(feed.entries[0].authors[0].name.as_deref(), Some("Иван Петров"));
}

#[test]
fn media_texts_are_not_copied_without_end() {
    let text = "x".repeat(1 << 20);
    let groups = "<media:group><media:content url='http://example.org/a.mp3'/></media:group>".repeat(2000);
    let feed = format!(
        "<rss><channel><item><guid>1</guid><media:description>{text}</media:description>{groups}</item></channel></rss>"
    );
    assert_eq!(read(&feed).unwrap().entries.len(), 1);
}

#[test]
fn what_attackers_send_ends_soon() {
    let begun = std::time::Instant::now();
    let many = |piece: &str, count: usize| piece.repeat(count);
    let attributes: String = (0..100_000).map(|n| format!(" a{n}='1'")).collect();
    let namespaces: String = (0..100_000).map(|n| format!(" xmlns:a{n}='u:1'")).collect();
    let entities: String =
        (1..30).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
    for document in [
        format!("<rss{attributes}><channel><title>t</title></channel></rss>"),
        format!("<rss{namespaces}><channel><title>t</title></channel></rss>"),
        format!("<rss><channel><item{attributes}><a{namespaces}/></item></channel></rss>"),
        format!(
            "<!DOCTYPE rss [<!ENTITY e0 \"ha\">{entities}]><rss><channel><title>&e29;</title></channel></rss>"
        ),
        format!("<rss><channel>{}</channel></rss>", many("<!--", 500_000)),
        format!("<rss><channel>{}</channel></rss>", many("<![CDATA[", 200_000)),
        format!("<rss><channel>{}</channel></rss>", many("<item/>", 200_000)),
        format!(
            "<rss><channel><item>{}</item></channel></rss>",
            many("<enclosure url='http://a.example/'/>", 50_000)
        ),
        format!(
            "<feed xml:lang='{}'>{}</feed>",
            many("x", 1 << 20),
            many("<entry><title>t</title></entry>", 10_000)
        ),
        format!("<feed><link xml:base='http://a.example/{}'/></feed>", many("x", 1 << 20)),
        format!("<html>{}", many("<title", 200_000)),
        format!("<html>{}", many("<link rel=\"", 200_000)),
        format!("<rss><channel><item>{}</item></channel></rss>", many("<a b=\"", 200_000)),
        format!("<rss><channel><item>{}", many("<a b=\"><a b='", 100_000)),
        format!("<rss><channel><item><title>{}", many("</b>", 200_000)),
        format!("<rss><channel>{}", many("<item><title>", 100_000)),
        format!("<rss><channel><item><title>{}", many("<![CDATA[a]]>", 100_000)),
        format!("<rss><channel><item><description>{}", many("<p a=b c>", 200_000)),
        format!("<rss><channel><title>{}", many("\"", 1_000_000)),
        format!("<rss><channel><title>{}", many("<", 1_000_000)),
        format!("<rss><channel><title>{}", many("&", 1_000_000)),
        many("<", 1_000_000),
        many("<!x", 300_000),
        many("&", 1_000_000),
    ] {
        let _ = read(&document);
    }
    // Unoptimised, on a busy machine; each of them took minutes where it is not bounded.
    assert!(begun.elapsed().as_secs() < 60, "took {:?}", begun.elapsed());
}

#[test]
fn a_missing_id_is_none_and_not_invented() {
    let feed = read("<rss><channel><item><title>a</title></item></channel></rss>").unwrap();
    assert_eq!(feed.entries[0].id, None);
    assert_eq!(feed.id, None);
}

#[test]
fn errors_say_what_came_and_what_to_do() {
    let message = |text: &str| read(text).unwrap_err().to_string();
    assert!(message(" ").starts_with("the document is empty"));
    assert!(
        message("<html><title>Новини</title><link rel=alternate type=application/rss+xml href=http://example.org/rss>")
            .contains("(“Новини”) (byte 0), not a feed; use the feed that it advertises: http://example.org/rss")
    );
    assert!(message("<opml/>").contains("an OPML list of feeds (byte 0)"));
    for text in ["", "<opml/>", "<html>", "<rss>", "{\"items\":"] {
        assert!(!message(text).contains('\n'), "{text}");
    }
}
