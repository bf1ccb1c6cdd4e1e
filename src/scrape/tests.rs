//! Faults of rules and of pages.

use std::time::{Duration, Instant};

use super::*;
use crate::model::Field;

fn rules(item: &str) -> PageRules {
    PageRules { item: item.to_owned(), ..PageRules::default() }
}

fn field(select: &str) -> Field {
    Field { select: select.to_owned(), attribute: None, pattern: None }
}

fn scrape(page: &str, rules: &PageRules) -> Result<ParsedFeed, ScrapeError> {
    let base = Url::parse("https://a.example/news/").unwrap();
    let now = "2026-03-04T10:30:00Z".parse().unwrap();
    read(page.as_bytes(), Some("text/html; charset=utf-8"), &base, rules, None, now).map(|page| page.feed)
}

/// Title and link of each entry.
fn titles(page: &str, rules: &PageRules) -> Vec<(String, String)> {
    let feed = scrape(page, rules).unwrap();
    let title =
        |entry: &ParsedEntry| entry.title.as_ref().map(|title| title.value.clone()).unwrap_or_default();
    feed.entries.iter().map(|entry| (title(entry), entry.link().unwrap().to_owned())).collect()
}

#[track_caller]
fn check_fault(rules: &PageRules, key: &str, reason: &str) {
    let faults = check(rules);
    assert!(faults.iter().any(|(k, r)| *k == key && r.contains(reason)), "{faults:?}");
    assert!(matches!(scrape("<p>", rules), Err(ScrapeError::Rules { .. })));
}

#[test]
fn faults_of_rules_are_named_by_key() {
    check_fault(&rules(""), "item", "empty");
    check_fault(&rules("ul >"), "item", "not a CSS selector");
    check_fault(&rules("p:hover-not-known"), "item", "not a CSS selector");
    let link = PageRules { link: Some(field("a[")), ..rules("li") };
    check_fault(&link, "link.select", "not a CSS selector");
    let pattern = Field { pattern: Some("(".to_owned()), ..field("a") };
    check_fault(&PageRules { title: Some(pattern), ..rules("li") }, "title.pattern", "unclosed group");
    let attribute = Field { attribute: Some(" ".to_owned()), ..field("img") };
    check_fault(&PageRules { image: Some(attribute), ..rules("li") }, "image.attribute", "attribute");
    let format = PageRules { date_format: Some("%d.%Q".to_owned()), ..rules("li") };
    check_fault(&format, "date_format", "not a date form");
}

#[test]
fn all_faults_are_told_at_once() {
    let rules = PageRules { link: Some(field("[")), date_format: Some(String::new()), ..rules("") };
    let keys: Vec<_> = check(&rules).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["item", "link.select", "date_format"]);
}

#[test]
fn rules_that_would_exhaust_memory_or_stack_are_refused() {
    check_fault(&rules(&"a".repeat(1025)), "item", "longer than 1024");
    check_fault(&rules(&format!("p{}{}", ":not(".repeat(17), ")".repeat(17))), "item", "parentheses");
    let pattern = |text: &str| {
        let field = Field { pattern: Some(text.to_owned()), ..field("a") };
        PageRules { title: Some(field), ..rules("li") }
    };
    check_fault(&pattern("(?:a{1000}){1000}"), "title.pattern", "size limit");
    check_fault(&pattern(&"(".repeat(400)), "title.pattern", "");
    check_fault(&pattern(&"a".repeat(1025)), "title.pattern", "longer than 1024");
}

#[test]
fn a_page_without_items_is_a_fault_with_a_name() {
    let error = scrape("<html><p>Под ремонт</p></html>", &rules("li.news")).unwrap_err();
    assert_eq!(error, ScrapeError::NoItems { selector: "li.news".to_owned() });
    let error =
        scrape("<ul><li class=news>Без връзка<li class=news><a href='#'>x</a></ul>", &rules("li.news"));
    assert_eq!(error.unwrap_err(), ScrapeError::NothingInItems { items: 2 });
    assert!(matches!(scrape("", &rules("li")), Err(ScrapeError::NoItems { .. })));
}

#[test]
fn a_link_that_two_items_share_is_one_entry_with_the_longer_title() {
    let page = "<div class=i><a href=/1><img alt=Снимка></a></div><div class=i><a href=/2>Втора</a></div>\
                <div class=i><a href=/1#x>Първата новина</a><time datetime=2026-03-01>вчера</time></div>";
    let expected = [("Първата новина", "https://a.example/1"), ("Втора", "https://a.example/2")];
    assert_eq!(titles(page, &rules("div.i")), expected.map(|(t, l)| (t.to_owned(), l.to_owned())));
    let feed = scrape(page, &rules("div.i")).unwrap();
    assert_eq!(feed.entries[0].published, Some("2026-03-01T00:00:00Z".parse().unwrap()));
}

#[test]
fn the_item_may_be_the_link_itself() {
    let page = "<a class=n href=x><b>Ново</b></a><a class=n href=ftp://a.example/>не</a>";
    assert_eq!(titles(page, &rules("a.n")), [("Ново".to_owned(), "https://a.example/news/x".to_owned())]);
    let own = PageRules {
        title: Some(Field { attribute: Some("title".to_owned()), ..field(":scope") }),
        ..rules("a")
    };
    let page = "<a href=x title=Заглавие>още</a>";
    assert_eq!(titles(page, &own), [("Заглавие".to_owned(), "https://a.example/news/x".to_owned())]);
}

#[test]
fn hostile_pages_are_refused_in_no_time() {
    let nested = "<div>".repeat(200_000);
    let hidden = format!("<svg><script>{}", "<div></body><!--x-->".repeat(50_000));
    let formatting: String = (0..100_000).map(|n| format!("<font size={n}>")).collect();
    let tables = "<table><tr><td>".repeat(60_000);
    let attributes: String = (0..300_000).map(|n| format!(" a{n}")).collect();
    for page in [nested, hidden, formatting, tables, format!("<p{attributes}>")] {
        let start = Instant::now();
        assert_eq!(scrape(&page, &rules("li")).unwrap_err(), ScrapeError::TooComplex);
        // Far above what it takes, far below what it would take unbounded.
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn large_but_honest_pages_are_read() {
    let picture = format!("<img src=\"data:image/png;base64,{}\">", "iVBORw0KGgo+/".repeat(40_000));
    let script = format!("<script>{}</script>", "if (i < n && a<b) { f('<div>'); }\n".repeat(20_000));
    let list: String = (0..900).map(|n| format!("<li><a href={n}>Новина {n}</a>")).collect();
    let page = format!("{picture}{script}<ul>{list}</ul>");
    assert_eq!(titles(&page, &rules("li")).len(), 900);
}
