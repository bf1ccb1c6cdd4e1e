//! The pages as a person meets them: the demonstration in a real browser, driven through chromedriver.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, resume_unwind},
    process::Stdio,
};

use fantoccini::{Client, Locator, key::Key};
use futures_util::FutureExt;
use serde_json::json;

use super::{House, eventually};
use crate::support::{
    browser::{Browser, Ending, script, started, texts},
    server::{Reply, Server},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_reads_the_news_finds_the_feeds_and_sees_who_is_broken() {
    let Some(browser) = Browser::open().await else { return };
    let demo = Demo::start().await;
    // Caught, so that the browser is closed however the visit ends.
    let visited = AssertUnwindSafe(visit(&browser.client, &demo)).catch_unwind().await;
    browser.close().await;
    if let Err(panic) = visited {
        resume_unwind(panic);
    }
}

async fn visit(page: &Client, demo: &Demo) {
    page.goto(&demo.address).await.unwrap();
    // The first time, when nothing is in the browser's cache.
    still(page).await;
    eventually("all partners have news on the page", async || {
        // Browsers may keep a page for some minutes; whoever wants it fresh reloads it.
        page.refresh().await.unwrap();
        (texts(page, "article .source").await.into_iter().collect::<BTreeSet<_>>().len() == 7).then_some(())
    })
    .await;
    front_page(page, demo).await;
    skip_link(page).await;
    post(page, demo).await;
    search(page, demo).await;
    for (width, height) in [(500, 844), (1280, 900)] {
        page.set_window_size(width, height).await.unwrap();
        page.goto(&demo.address).await.unwrap();
        light(page).await;
        still(page).await;
    }
    sources(page, demo).await;
    embeds(page, demo).await;
    feeds_as_they_are(page, demo).await;
    every_page(page, demo).await;
}

async fn front_page(page: &Client, demo: &Demo) {
    assert_eq!(script(page, "return document.documentElement.lang").await, "bg");
    let days = texts(page, "section.day > h2 time").await;
    assert!(days.len() >= 2 && days.iter().all(|day| day.ends_with("г.")), "{days:?}");
    let stamps = script(
        page,
        "return [...document.querySelectorAll('section.day time[datetime]')]\
        .filter(time => time.closest('h2')).map(time => time.dateTime)",
    )
    .await;
    let stamps: Vec<&str> = stamps.as_array().unwrap().iter().map(|day| day.as_str().unwrap()).collect();
    assert!(stamps.is_sorted_by(|a, b| a > b), "newest day first: {stamps:?}");
    for title in ["Call for mentors opens", "София участва в Digital Cities Challenge"] {
        assert!(texts(page, "article h3").await.iter().any(|found| found == title), "{title}");
    }
    let english =
        "return [...document.querySelectorAll('article')].find(a => a.textContent.includes('mentors')).lang";
    assert_eq!(script(page, english).await, "en");

    let feeds = script(
        page,
        "return [...document.querySelectorAll('link[rel=alternate][type]:not([type*=oembed])')].map(l => [l.type, l.href])",
    )
    .await;
    let expected = json!([
        ["application/rss+xml", format!("{}feeds/all.rss", demo.address)],
        ["application/atom+xml", format!("{}feeds/all.atom", demo.address)],
        ["application/feed+json", format!("{}feeds/all.json", demo.address)],
    ]);
    assert_eq!(feeds, expected);
    for feed in feeds.as_array().unwrap() {
        let (kind, address) = (feed[0].as_str().unwrap(), feed[1].as_str().unwrap());
        let response = crate::support::client().get(address).send().await.unwrap();
        assert_eq!(response.status(), 200, "{address}");
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(kind), "{address}");
    }
}

/// The first press of Tab shows the way past the head of the page.
async fn skip_link(page: &Client) {
    let press = |key: Key| async move {
        page.active_element().await.unwrap().send_keys(&char::from(key).to_string()).await.unwrap();
    };
    press(Key::Tab).await;
    let focused =
        "return [document.activeElement.className, document.activeElement.getBoundingClientRect().left]";
    assert_eq!(script(page, focused).await, json!(["skip", 0]));
    press(Key::Enter).await;
    assert_eq!(script(page, "return document.activeElement.id").await, "content");
}

async fn post(page: &Client, demo: &Demo) {
    page.find(Locator::LinkText("Work meetings in Italy organised by Cluster Sofia Knowledge City"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    let address = page.current_url().await.unwrap();
    assert_eq!(address.as_str(), format!("{}posts/work-meetings-italy", demo.address));
    assert_eq!(texts(page, "h1").await, ["Work meetings in Italy organised by Cluster Sofia Knowledge City"]);
    assert_eq!(script(page, "return document.documentElement.lang").await, "en");
    assert!(texts(page, ".body").await[0].contains("Bologna."));
    assert!(texts(page, ".meta").await[0].contains("20 July 2018"));
}

/// By keyboard and without script: words into the head of the English page, and back to Bulgarian.
async fn search(page: &Client, demo: &Demo) {
    page.goto(&format!("{}en/", demo.address)).await.unwrap();
    let field = page.find(Locator::Css(".find input")).await.unwrap();
    field.send_keys("meeting italy").await.unwrap();
    field.send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
    let title = "Work meetings in Italy organised by Cluster Sofia Knowledge City";
    eventually("the answer is there", async || {
        let is_there = texts(page, "h1").await == ["Search"];
        (is_there && texts(page, "h3").await.contains(&title.to_owned())).then_some(())
    })
    .await;
    assert_eq!(texts(page, "mark").await.first().map(String::as_str), Some("meetings"));
    page.find(Locator::LinkText("Български")).await.unwrap().click().await.unwrap();
    assert_eq!(script(page, "return document.documentElement.lang").await, "bg");
    assert!(texts(page, "h3").await.contains(&title.to_owned()));
}

/// Less than 100 kB over the wire.
async fn light(page: &Client) {
    let bytes = "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]\
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0)";
    let bytes = script(page, bytes).await.as_u64().unwrap();
    assert!((1..100_000).contains(&bytes), "{bytes} bytes");
}

/// Nothing moves while a page loads.
async fn still(page: &Client) {
    let shift = "const done = arguments[0]; let sum = 0;\
        new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))\
        .observe({ type: 'layout-shift', buffered: true });\
        requestAnimationFrame(() => setTimeout(() => done(sum), 100));";
    assert_eq!(page.execute_async(shift, Vec::new()).await.unwrap().as_f64(), Some(0.0));
}

async fn sources(page: &Client, demo: &Demo) {
    page.goto(&format!("{}sources", demo.address)).await.unwrap();
    let broken = eventually("a partner breaks", async || {
        page.refresh().await.unwrap();
        let rows = texts(page, "tbody tr").await;
        rows.into_iter().find(|row| row.contains("недостъпен от"))
    })
    .await;
    assert!(broken.contains("Alpine Innovation Park") && broken.contains("следващ опит"), "{broken}");
    assert_eq!(texts(page, "tbody tr").await.len(), 7);
    // It says so in words; colour only helps.
    let well: Vec<_> = texts(page, "tbody td:last-child").await;
    assert!(well.iter().filter(|state| *state == "в ред").count() >= 5, "{well:?}");
}

/// On a plain page of another site: the script puts the news there; where it gets no answer, the link stays. Frames need none.
async fn embeds(page: &Client, demo: &Demo) {
    let body = format!(
        "<!DOCTYPE html><html lang=en><title>Elsewhere</title><script src=\"{0}embed.js\" async></script>\
         <vestnik-feed id=news src=\"{0}embed/all.fragment?limit=3&lang=en\"><a href=\"{0}\">News</a></vestnik-feed>\
         <vestnik-feed id=none src=\"{0}embed/nothing.fragment\"><a href=\"{0}\">News</a></vestnik-feed>\
         <iframe src=\"{0}embed/all?theme=dark\" title=News width=400 height=500></iframe></html>",
        demo.address
    );
    let other = Server::start(move |_, _| {
        Reply::ok(&[("Content-Type", b"text/html; charset=utf-8")], body.as_bytes())
    })
    .await;
    page.goto(&other.url("/")).await.unwrap();
    eventually("the script puts the news there", async || {
        (texts(page, "#news .vestnik-entries > li").await.len() == 3).then_some(())
    })
    .await;
    assert_eq!(texts(page, "#news .vestnik-more").await.len(), 1);
    assert_eq!(texts(page, "#none").await, ["News"]);
    page.clone().enter_frame(0).await.unwrap();
    assert!(!texts(page, ".vestnik-entries > li").await.is_empty());
    let ground = script(page, "return getComputedStyle(document.body).backgroundColor").await;
    assert_eq!(ground, "rgb(22, 24, 27)", "it is dark");
    page.clone().enter_parent_frame().await.unwrap();
}

/// A feed's own document in a browser says what it is and shows its entries, by its style alone.
async fn feeds_as_they_are(page: &Client, demo: &Demo) {
    for (name, entry) in [("all.rss", "item"), ("all.atom", "entry")] {
        page.goto(&format!("{}feeds/{name}", demo.address)).await.unwrap();
        let shown = "const root = document.documentElement, style = getComputedStyle(root, '::before'); \
            const entry = document.getElementsByTagName(arguments[0])[0]; \
            return [style.content, getComputedStyle(entry).display, entry.getBoundingClientRect().height > 20]";
        let shown = page.execute(shown, vec![entry.into()]).await.unwrap();
        assert!(shown[0].as_str().unwrap().contains("This is a feed, not a page"), "{name}: {shown}");
        assert_eq!((&shown[1], &shown[2]), (&json!("block"), &json!(true)), "{name}");
    }
}

/// Every kind of page.
const PAGES: [&str; 15] = [
    "",
    "en/",
    "feeds",
    "feeds/partners",
    "sources",
    "sources/posts",
    "tags",
    "tags/news",
    "archive",
    "archive/2018/07",
    "search?q=sofia&source=posts",
    "search?q=in*",
    "posts/work-meetings-italy",
    "nothing-here",
    "feeds/all?nope=1",
];

async fn every_page(page: &Client, demo: &Demo) {
    for path in PAGES {
        page.goto(&format!("{}{path}", demo.address)).await.unwrap();
        nothing_left_the_host(page, demo, path).await;
        for theme in ["light", "dark"] {
            assert_eq!(script(page, FAULTS).await, json!([]), "/{path}, {theme}");
            script(page, DARKEN).await;
        }
        for (width, height) in [(500, 844), (1280, 900)] {
            page.set_window_size(width, height).await.unwrap();
            assert_eq!(script(page, IS_WIDER).await, false, "/{path} at {width}");
        }
        script(page, LONG_WORDS).await;
        assert_eq!(script(page, IS_WIDER).await, false, "/{path} with long words");
        page.set_window_size(500, 844).await.unwrap();
        assert_eq!(script(page, IS_WIDER).await, false, "/{path} with long words on a phone");
    }
    page.goto(&format!("{}embed/all", demo.address)).await.unwrap();
    nothing_left_the_host(page, demo, "embed/all").await;
    script(page, LONG_WORDS).await;
    assert_eq!(script(page, IS_WIDER).await, false, "the embed with long words");
}

const IS_WIDER: &str = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";

/// Publishers write words, addresses and tags of any length.
const LONG_WORDS: &str = "document.querySelectorAll('h1, h2, h3, main a, .meta .source, .name a, li a, dd')\
    .forEach(e => { if (!e.children.length) e.textContent = 'Überwachungsaufgaben'.repeat(12); })";

/// The rules for readers who like it dark hold for everybody.
const DARKEN: &str = "for (const sheet of document.styleSheets)\
    for (const rule of [...sheet.cssRules])\
      if (rule.conditionText?.includes('dark'))\
        for (const inner of rule.cssRules) sheet.insertRule(inner.cssText, sheet.cssRules.length)";

/// What WCAG 2.2 asks that a program can see: one main heading and no step left out below it, names for all fields and links,
/// languages, targets of 24 pixels or in a sentence, and 4.5 to 1 between every text and what it stands on.
const FAULTS: &str = r#"
const faults = [];
const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]);
if (levels.filter(level => level === 1).length !== 1) faults.push('headings: ' + levels);
levels.reduce((before, level) => { if (level > before + 1) faults.push('a step left out: ' + levels); return level; }, 0);
if (!['bg', 'en'].includes(document.documentElement.lang)) faults.push('language: ' + document.documentElement.lang);
for (const field of document.querySelectorAll('input:not([type=hidden]), select'))
  if (!field.labels.length) faults.push('no label: ' + field.outerHTML);
for (const link of document.querySelectorAll('a, button'))
  if (!(link.textContent.trim() || link.ariaLabel)) faults.push('no name: ' + link.outerHTML);
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
if (new Set(ids).size !== ids.length) faults.push('an id twice: ' + ids);
const channel = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
const luminance = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
const numbers = colour => colour.match(/[\d.]+/g).map(Number);
const ground = e => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c; } return [255, 255, 255]; };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; node = walker.nextNode();) {
  if (!node.textContent.trim()) continue;
  const e = node.parentElement, a = luminance(numbers(getComputedStyle(e).color)), b = luminance(ground(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) faults.push(ratio.toFixed(2) + ': ' + node.textContent.trim().slice(0, 40));
}
for (const target of document.querySelectorAll('a, button, input, select')) {
  const box = target.getBoundingClientRect(), shown = getComputedStyle(target).display;
  if (shown !== 'inline' && box.height > 1 && box.height < 24) faults.push(box.height + ' px: ' + target.outerHTML.slice(0, 80));
}
return faults;
"#;

/// Every request of a page went to our own host, and nothing failed to load.
async fn nothing_left_the_host(page: &Client, demo: &Demo, path: &str) {
    let loaded =
        "return performance.getEntriesByType('resource').map(entry => [entry.name, entry.responseStatus])";
    let loaded = script(page, loaded).await;
    let loaded = loaded.as_array().unwrap();
    assert!(!loaded.is_empty(), "/{path} loads its styles");
    for resource in loaded {
        assert!(resource[0].as_str().unwrap().starts_with(&demo.address), "/{path} loads {resource}");
        assert_eq!(resource[1], 200, "{resource}");
    }
    assert_eq!(script(page, "return document.scripts.length").await, 0, "/{path}");
}

/// `vestnik demo` on a port of its own.
struct Demo {
    address: String,
    _process: Ending,
    _house: House,
}

impl Demo {
    async fn start() -> Self {
        let house = House::build().await;
        let mut command = house.command(["demo", "--listen", "127.0.0.1:0", "--every", "2"]);
        let (process, line) =
            started(command.stdout(Stdio::piped()).stderr(Stdio::null()), "Open http://").await;
        let address = line.split_once("Open ").unwrap().1.split(' ').next().unwrap().to_owned();
        Demo { address, _process: process, _house: house }
    }
}
