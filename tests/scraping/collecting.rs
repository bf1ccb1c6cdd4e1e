//! Pages that are collected from loopback: older pages, articles, JSON endpoints, contracts.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use vestnik::{
    app::App,
    model::{Outcome, SourceReport, StoredEntry},
    store::EntryQuery,
};

use crate::{
    support::server::{Reply, Request, Server},
    whole::house::{House, cycle},
};

/// A site that answers each path as it is told; anything else, robots.txt too, is not there.
struct Site {
    server: Server,
    pages: Arc<Mutex<Vec<(String, Reply)>>>,
    told: AtomicUsize,
}

impl Site {
    async fn start() -> Self {
        let pages = Arc::<Mutex<Vec<(String, Reply)>>>::default();
        let shown = Arc::clone(&pages);
        let server = Server::start(move |request: &Request, _| {
            let shown = shown.lock().unwrap();
            let found = shown.iter().rev().find(|(path, _)| *path == request.path);
            found.map_or_else(|| Reply::status(404, &[]), |(_, reply)| reply.clone())
        })
        .await;
        Site { server, pages, told: AtomicUsize::new(0) }
    }

    fn reply(&self, path: &str, reply: Reply) {
        self.pages.lock().unwrap().push((path.to_owned(), reply));
    }

    fn page(&self, path: &str, body: &str) {
        self.reply(path, Reply::ok(&[("Content-Type", b"text/html; charset=utf-8")], body.as_bytes()));
    }

    /// A list of these items, with a link to the next page.
    fn list(&self, path: &str, items: impl IntoIterator<Item = usize>, next: Option<&str>) {
        let items: String = items
            .into_iter()
            .map(|n| format!("<li><a href=/news/{n}>Новина номер {n}</a><p>Накратко за {n}.</p></li>"))
            .collect();
        let next = next.map(|next| format!("<a rel=next href={next}>Още</a>")).unwrap_or_default();
        self.page(path, &format!("<html lang=bg><ul class=news>{items}</ul>{next}"));
    }

    fn article(&self, n: usize) {
        self.page(
            &format!("/news/{n}"),
            &format!(
                "<html lang=bg><meta property=article:published_time content=2026-02-{:02}T10:00:00Z><nav>Меню</nav>\
                 <div class=text><p>Целият текст на новина {n}.</p><p class=share>Споделете</p></div>",
                n % 28 + 1
            ),
        );
    }

    /// What was asked for, without robots.txt, since the last call.
    fn asked(&self) -> Vec<String> {
        let all = self.server.requests().into_iter().map(|request| request.path);
        let all: Vec<String> = all.filter(|path| path != "/robots.txt").collect();
        let before = self.told.swap(all.len(), Ordering::SeqCst);
        all.into_iter().skip(before).collect()
    }
}

/// A house with one source: this site's /news, read by these rules.
async fn house(site: &Site, rules: &str) -> (House, App) {
    let house = House::empty().await;
    let url = site.server.url("/news");
    house.write("sources/partner.toml", &format!("kind = 'page'\nurl = '{url}'\nlanguage = 'bg'\n{rules}"));
    house.write("channels/all.toml", "title = 'Всичко'\n");
    let app = house.app().await;
    (house, app)
}

/// One cycle: what came of the partner.
async fn collect(app: &App) -> SourceReport {
    cycle(app).await.into_iter().find(|report| report.slug == "partner").unwrap()
}

async fn all(app: &App) -> Vec<StoredEntry> {
    app.store().entries(&EntryQuery { source: None, title: None, limit: 1000 }).await.unwrap()
}

/// Title, and whether there is a text, of every stored entry of the partner, by title.
async fn stored(app: &App) -> Vec<(String, bool)> {
    let entries = all(app).await;
    let mut found: Vec<_> = entries
        .into_iter()
        .map(|stored| (stored.entry.title.clone(), stored.entry.content.is_some()))
        .collect();
    found.sort();
    found
}

const LIST: &str = "[rules]\nitem = 'ul.news > li'\nsummary = 'p'\n";

#[tokio::test]
async fn older_pages_are_read_until_something_is_known() {
    let site = Site::start().await;
    site.list("/news", 7..10, Some("/news?page=2"));
    site.list("/news?page=2", 4..7, Some("/news?page=3"));
    site.list("/news?page=3", 1..4, Some("/news?page=4"));
    let (_house, app) = house(&site, &format!("{LIST}next = 'a[rel=next]'\npages = 3\n")).await;
    let report = collect(&app).await;
    assert_eq!((report.outcome, report.new), (Outcome::Read, 9));
    assert_eq!(site.asked(), ["/news", "/news?page=2", "/news?page=3"], "no more than three");

    site.list("/news", [11, 10, 9, 8], Some("/news?page=2"));
    assert_eq!(collect(&app).await.new, 2);
    assert_eq!(site.asked(), ["/news"], "the last of the page is known");

    site.list("/news", [14, 13, 12], Some("/news?page=2"));
    site.list("/news?page=2", [11, 10, 9, 8], Some("/news?page=3"));
    assert_eq!(collect(&app).await.new, 3);
    assert_eq!(site.asked(), ["/news", "/news?page=2"]);
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_or_to_nothing_end() {
    let site = Site::start().await;
    site.list("/news", 1..4, Some("/news?page=2"));
    site.list("/news?page=2", 4..6, Some("/news"));
    let (_house, app) = house(&site, &format!("{LIST}next = 'a[rel=next]'\npages = 9\n")).await;
    assert_eq!(collect(&app).await.new, 5);
    assert_eq!(site.asked(), ["/news", "/news?page=2"]);

    let site = Site::start().await;
    site.list("/news", 1..4, Some("/news?page=2"));
    let (_house, app) = house(&site, &format!("{LIST}next = 'a[rel=next]'\npages = 9\n")).await;
    let report = collect(&app).await;
    assert_eq!((report.outcome, report.new), (Outcome::Read, 3), "a page that is missing takes nothing away");
}

#[tokio::test]
async fn article_pages_of_new_entries_are_read_once() {
    let site = Site::start().await;
    site.list("/news", [2, 1], None);
    (1..4).for_each(|n| site.article(n));
    let (_house, app) = house(&site, &format!("{LIST}content = '.text'\nremove = ['.share']\n")).await;
    assert_eq!(collect(&app).await.new, 2);
    assert_eq!(site.asked(), ["/news", "/news/2", "/news/1"]);
    let entries = all(&app).await;
    let first = &entries.iter().find(|stored| stored.entry.title.ends_with('1')).unwrap().entry;
    assert_eq!(first.content.as_ref().unwrap().as_str().trim(), "<p>Целият текст на новина 1.</p>");
    assert_eq!(first.published, Some("2026-02-02T10:00:00Z".parse().unwrap()), "the list has no dates");

    site.list("/news", [3, 2, 1], None);
    let report = collect(&app).await;
    assert_eq!((report.new, report.updated, report.unchanged), (1, 0, 2));
    assert_eq!(site.asked(), ["/news", "/news/3"]);
    assert_eq!(collect(&app).await.outcome, Outcome::Unchanged);
    assert_eq!(site.asked(), ["/news"]);
}

#[tokio::test]
async fn articles_beyond_twenty_wait_for_the_next_cycle() {
    let site = Site::start().await;
    site.list("/news", 1..26, None);
    (1..26).for_each(|n| site.article(n));
    let (_house, app) = house(&site, &format!("{LIST}content = '.text'\n")).await;
    assert_eq!(collect(&app).await.new, 25, "all are there at once");
    assert_eq!(site.asked().len(), 1 + 20);
    assert_eq!(stored(&app).await.iter().filter(|(_, content)| *content).count(), 20);
    // The list is as it was, and is read again all the same.
    let report = collect(&app).await;
    assert_eq!((report.new, report.updated), (0, 5));
    assert_eq!(site.asked().len(), 1 + 5);
    assert!(stored(&app).await.iter().all(|(_, content)| *content));
    assert_eq!(collect(&app).await.outcome, Outcome::Unchanged);
    assert_eq!(site.asked(), ["/news"]);
}

#[tokio::test]
async fn a_list_whose_articles_wait_is_asked_conditionally() {
    let items: String = (1..46).map(|n| format!("<li><a href=/news/{n}>Новина номер {n}</a></li>")).collect();
    let list = format!("<html lang=bg><ul class=news>{items}</ul>").into_bytes();
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/news" if request.text("if-none-match") == Some("\"list\"") => Reply::status(304, &[]),
        "/news" => Reply::ok(&[("ETag", b"\"list\""), ("Content-Type", b"text/html; charset=utf-8")], &list),
        "/robots.txt" => Reply::status(404, &[]),
        _ => Reply::ok(
            &[("Content-Type", b"text/html; charset=utf-8")],
            "<div class=text><p>Целият текст.</p></div>".as_bytes(),
        ),
    })
    .await;
    let site = Site { server, pages: Arc::default(), told: AtomicUsize::new(0) };
    let (house, app) = house(&site, &format!("{LIST}content = '.text'\n")).await;
    assert_eq!(collect(&app).await.new, 45);
    assert_eq!(collect(&app).await.updated, 20);
    app.store().close().await;
    drop(app);
    let app = house.app().await;
    assert_eq!(collect(&app).await.updated, 5, "over a restart too");
    assert!(stored(&app).await.iter().all(|(_, content)| *content));
    assert_eq!(collect(&app).await.outcome, Outcome::Unchanged);
    let asked = site.server.requests();
    let lists: Vec<_> = asked.iter().filter(|request| request.path == "/news").collect();
    let conditional =
        |count: usize| lists.iter().skip(count).all(|list| list.header("if-none-match").is_some());
    assert!(lists.len() == 4 && conditional(1), "every request but the first is conditional");
    assert_eq!(asked.iter().filter(|request| request.path.starts_with("/news/")).count(), 45);
}

#[tokio::test]
async fn articles_that_wait_on_older_pages_are_found_again() {
    let site = Site::start().await;
    site.list("/news", 21..41, Some("/news?page=2"));
    site.list("/news?page=2", 1..21, None);
    (1..41).for_each(|n| site.article(n));
    let rules = format!("{LIST}next = 'a[rel=next]'\npages = 2\ncontent = '.text'\n");
    let (_house, app) = house(&site, &rules).await;
    assert_eq!(collect(&app).await.new, 40);
    assert_eq!(collect(&app).await.updated, 20);
    assert!(stored(&app).await.iter().all(|(_, content)| *content));
}

#[tokio::test]
async fn an_article_that_does_not_come_is_asked_for_again_and_one_that_is_gone_is_not() {
    let site = Site::start().await;
    site.list("/news", [2, 1], None);
    site.reply("/news/2", Reply::status(503, &[]));
    let (_house, app) = house(&site, &format!("{LIST}content = '.text'\n")).await;
    assert_eq!(collect(&app).await.new, 2);
    assert!(stored(&app).await.iter().all(|(_, content)| !content));
    site.asked();
    assert_eq!(collect(&app).await.updated, 0, "still not there: nothing changes");
    assert_eq!(site.asked(), ["/news", "/news/2"]);
    site.article(2);
    assert_eq!(collect(&app).await.updated, 1);
    assert_eq!(site.asked(), ["/news", "/news/2"]);
    assert_eq!(
        stored(&app).await,
        [("Новина номер 1".to_owned(), false), ("Новина номер 2".to_owned(), true)]
    );
    collect(&app).await;
    assert_eq!(site.asked(), ["/news"]);
}

#[tokio::test]
async fn articles_obey_robots_txt() {
    let site = Site::start().await;
    site.page("/robots.txt", "User-agent: *\nDisallow: /news/\n");
    site.list("/news", [1], None);
    site.article(1);
    let (_house, app) = house(&site, &format!("{LIST}article = true\n")).await;
    assert_eq!(collect(&app).await.new, 1);
    assert_eq!(site.asked(), ["/news"]);
}

#[tokio::test]
async fn a_json_endpoint_is_asked_for_json() {
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    let server = Server::start(move |request, _| {
        if request.path == "/robots.txt" {
            return Reply::status(404, &[]);
        }
        let accept = request.text("accept").unwrap_or_default();
        counted.fetch_add(usize::from(accept.starts_with("application/json")), Ordering::SeqCst);
        let body = r#"{"items":[{"t":"Първа новина","u":"/a/1"},{"t":"Втора новина","u":"/a/2"}]}"#;
        Reply::ok(&[("Content-Type", b"application/json")], body.as_bytes())
    })
    .await;
    let site = Site { server, pages: Arc::default(), told: AtomicUsize::new(0) };
    let rules = "[rules]\njson = true\nitems = 'items'\ntitle = 't'\nlink = 'u'\n";
    let (_house, app) = house(&site, rules).await;
    assert_eq!(collect(&app).await.new, 2);
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_breaks_the_contract_is_a_failure_and_the_last_good_entries_stay() {
    let site = Site::start().await;
    let contract = "[contract]\nmin_items = 3\nrequired = ['summary']\n";
    let (_house, app) = house(&site, &format!("{LIST}{contract}")).await;
    site.list("/news", 1..5, None);
    assert_eq!(collect(&app).await.new, 4);
    for (page, name) in [
        ("<ul class=news><li><a href=/news/9>Само една новина</a><p>Накратко.</ul>", "min_items"),
        (
            "<ul class=news><li><a href=/a>Първа новина</a><li><a href=/b>Втора новина</a><li><a href=/c>Трета новина</a></ul>",
            "required summary",
        ),
        ("<p>Под ремонт</p>", "no items"),
    ] {
        site.page("/news", page);
        let report = collect(&app).await;
        let reason = report.reason.unwrap_or_default();
        assert_eq!(report.outcome, Outcome::Failed);
        assert!(reason.contains(name), "{reason}");
        assert_eq!(stored(&app).await.len(), 4);
    }
    site.list("/news", 1..6, None);
    assert_eq!(collect(&app).await.new, 1);
}

#[tokio::test]
async fn a_contract_about_articles_is_judged_by_them() {
    let site = Site::start().await;
    site.list("/news", [2, 1], None);
    (1..3).for_each(|n| site.article(n));
    let rules = format!("{LIST}content = '.text'\n[contract]\nrequired = ['date', 'content']\n");
    let (_house, app) = house(&site, &rules).await;
    assert_eq!(collect(&app).await.new, 2);
    site.list("/news", [4, 3, 2, 1], None);
    site.page("/news/3", "<p>Влезте в профила си</p>");
    site.page("/news/4", "<p>Влезте в профила си</p>");
    let report = collect(&app).await;
    assert!(report.reason.unwrap_or_default().contains("required date"));
    assert_eq!(stored(&app).await.len(), 2);
}

#[tokio::test]
async fn a_feed_can_have_a_contract_too() {
    let site = Site::start().await;
    let house = House::empty().await;
    let url = site.server.url("/feed");
    house.write("sources/partner.toml", &format!("url = '{url}'\n[contract]\nmin_items = 2\n"));
    let app = house.app().await;
    let item = |n: usize| format!("<item><title>Новина {n}</title><link>https://a.example/{n}</link></item>");
    let feed = |items: String| format!("<rss version='2.0'><channel><title>x</title>{items}</channel></rss>");
    site.page("/feed", &feed(item(1) + &item(2)));
    assert_eq!(collect(&app).await.new, 2);
    site.page("/feed", &feed(String::new()));
    assert!(collect(&app).await.reason.unwrap_or_default().contains("no items"));
}
