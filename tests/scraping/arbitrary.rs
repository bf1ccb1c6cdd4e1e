//! Reading never panics and never takes long, whatever pages and rules hold.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use url::Url;
use vestnik::{
    model::{Field, Link, PageRules, ParsedEntry, Text},
    scrape,
};

use super::now;

fn base() -> Url {
    "https://a.example/news/".parse().unwrap()
}

/// Everything that a page can be asked.
fn read_all(body: &[u8], content_type: Option<&str>, rules: &PageRules) {
    let zone = Some(chrono_tz::Europe::Sofia);
    if let Ok(page) = scrape::read(body, content_type, &base(), rules, zone, now()) {
        assert!(!page.feed.entries.is_empty());
        for entry in &page.feed.entries {
            assert!(entry.title.is_some());
            assert!(entry.link().is_some_and(|link| link.starts_with("http")));
        }
        assert!(page.next.is_none_or(|next| next.host_str() == Some("a.example")));
    }
    let mut entry = ParsedEntry {
        title: Some(Text::plain("Заглавие…")),
        links: vec![Link { href: base().into(), ..Link::default() }],
        ..ParsedEntry::default()
    };
    let _ = scrape::article(body, content_type, &base(), rules, zone, now(), &mut entry);
    for suggestion in scrape::suggest(body, content_type, &base(), zone, now()).unwrap_or_default() {
        assert_eq!(scrape::check(&suggestion.rules), []);
        assert!(suggestion.page.feed.entries.len() > 1);
    }
    let lead = scrape::discover(body, content_type, &base(), Some("<a>; rel=alternate"));
    assert!(lead.candidates.iter().all(|found| found.url.scheme().starts_with("http")));
}

/// Pieces of pages, in any order.
fn page() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<ul>",
        "</ul>",
        "<li>",
        "<li class=news>",
        "<div class='card news'>",
        "</div>",
        "<article>",
        "</article>",
        "<a href=/1>",
        "<a href='/2?x=1#y'>",
        "<a href=//b.example/3>",
        "<a href='javascript:x'>",
        "</a>",
        "<h2>",
        "</h2>",
        "<p class=lead>",
        "<time datetime=2026-03-01>",
        "</time>",
        "<img data-src=/i.png>",
        "<img src=data:image/gif;base64,x>",
        "<base href='https://c.example/'>",
        "<base href='::'>",
        "<table><tr><td>",
        "</td></tr></table>",
        "<script type='application/ld+json'>",
        "</script>",
        "{\"@type\":\"NewsArticle\",\"headline\":\"x\",\"url\":\"/1\",\"author\":{\"@id\":\"#a\"}}",
        "[{",
        "\"@graph\":[",
        "<!--",
        "-->",
        "<template>",
        "<svg><title>",
        "<math>",
        "<select>",
        "<frameset>",
        "<noscript>",
        "<meta charset=utf-16>",
        "<meta property=og:image content=/o.png>",
        "<html lang=bg>",
        "<link rel=next href=?2>",
        "<link rel=alternate type=application/rss+xml href=/f>",
        "<nav>",
        "</nav>",
        "16 юли 2018 г.",
        "30 юни",
        "12.12.2022",
        "Прочети още",
        "Новина за града и хората в него",
        "A headline that is long enough",
        "&amp;",
        "&#0;",
        "&nbsp;",
        "\0",
        "\u{301}",
        "\u{202e}",
        " ",
        "\n",
        "<",
        ">",
        "\"",
        "'",
    ]);
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

/// Selectors, paths and patterns, sound and not.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "li",
            "a",
            "h2 a",
            ".news",
            "*",
            ":scope",
            "",
            "td:nth-child(2)",
            "li:has(a)",
            ":not(:not(a))",
            "a[href^='/']",
            "data.items",
            "/data/0/a~1b",
            "items[0].x",
            "*.x",
            "[",
            "li >",
            "(\\d+)",
            "(",
            "%d.%m.%Y",
            "%Q",
            "é",
            "a::b",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,20}",
    ]
}

fn rules() -> impl Strategy<Value = PageRules> {
    let field = || {
        let parts = (word(), prop::option::of(word()), prop::option::of(word()));
        prop::option::of(parts.prop_map(|(select, attribute, pattern)| Field { select, attribute, pattern }))
    };
    let fields = (field(), field(), field(), field(), field(), field(), field());
    let rest =
        (prop::option::of(word()), prop::option::of(word()), prop::option::of(0_u32..60), any::<bool>());
    (word(), any::<bool>(), fields, rest, prop::collection::vec(word(), 0..3)).prop_map(
        |(
            item,
            json,
            (link, title, date, summary, image, tags, next),
            (date_format, content, pages, article),
            remove,
        )| {
            PageRules {
                item,
                json,
                link,
                title,
                date,
                summary,
                image,
                tags,
                next,
                date_format,
                content,
                pages,
                article,
                remove,
                ..PageRules::default()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mixture_of_pieces_is_read_or_refused(body in page(), rules in rules()) {
        read_all(body.as_bytes(), Some("text/html; charset=utf-8"), &rules);
        let sound = PageRules { item: "li, article, .news, tr".to_owned(), article: true, ..PageRules::default() };
        read_all(body.as_bytes(), None, &sound);
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..600), rules in rules()) {
        read_all(&body, None, &rules);
    }

    #[test]
    fn any_json_is_read_or_refused(body in "[\\[\\]{}\":,0-9a-z /~*.-]{0,120}", rules in rules()) {
        read_all(body.as_bytes(), Some("application/json"), &PageRules { json: true, ..rules });
    }

    #[test]
    fn rules_without_faults_are_never_refused_by_a_page(rules in rules(), body in page()) {
        let sound = scrape::check(&rules).is_empty();
        let read = scrape::read(body.as_bytes(), None, &base(), &rules, None, now());
        let refused = matches!(read, Err(scrape::ScrapeError::Rules { .. }));
        prop_assert!(!(sound && refused));
    }
}

#[test]
fn hostile_pages_cost_no_more_than_they_weigh() {
    let links: String =
        (0..30_000).map(|n| format!("<a class=c{n} href=/{n}>Новина номер {n}</a>")).collect();
    let cards: String = (0..10_000)
        .map(|n| format!("<div class='card k{n}'><h3><a href=/{n}>Новина номер {n}</a></h3></div>"))
        .collect();
    let depth = "<div class=a>".repeat(500) + &"<a href=/1>Една новина за града</a>".repeat(2_500);
    let data = format!("<script type='application/ld+json'>{}{}</script>", "[".repeat(120), "]".repeat(120));
    let graph: String = (0..30_000).map(|n| format!("{{\"@type\":\"Article\",\"@id\":\"#{n}\"}},")).collect();
    let graph = format!("<script type='application/ld+json'>[{graph}1]</script>");
    let text =
        format!("<div>{}</div>", "<p>Дълъг текст, със запетаи, и още запетаи, за всички.</p>".repeat(30_000));
    let metas = "<meta property=og:image content=/x><link rel=alternate hreflang=bg href=/y>".repeat(20_000);
    let rules = PageRules { item: "a, div".to_owned(), article: true, ..PageRules::default() };
    for (name, page) in [
        ("links", links),
        ("cards", cards),
        ("depth", depth),
        ("data", data),
        ("graph", graph),
        ("text", text),
        ("metas", metas),
    ] {
        let begun = Instant::now();
        read_all(page.as_bytes(), Some("text/html; charset=utf-8"), &rules);
        // An unoptimised build on a busy machine; unbounded it would be minutes.
        assert!(begun.elapsed() < Duration::from_secs(30), "{name}: {:?}", begun.elapsed());
    }
}
