//! `vestnik collect`, beside a daemon and against servers with an authority of our own.

use vestnik::model::SourceReport;

use super::{House, eventually};
use crate::support::{
    server::{Reply, Server},
    tls::{Authority, GOOD, TlsServer},
};

const FEED: &str = "<rss version='2.0'><channel><title>A</title><item><guid>1</guid><title>One</title></item></channel></rss>";

/// Sources that are not asked by themselves after the first time.
fn seldom(house: &House, slug: &str, server: &Server) {
    let url = server.url(&format!("/{slug}"));
    house.write(
        &format!("sources/{slug}.toml"),
        &format!("url = \"{url}\"\n[polling]\ncron = \"0 4 1 1 *\"\n"),
    );
}

fn asked(server: &Server, path: &str) -> usize {
    server.requests().iter().filter(|request| request.path == path).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_daemon_the_wish_is_handed_to_it() {
    let house = House::empty().await;
    let server = Server::start(|request, _| match request.path.as_str() {
        "/bad" => Reply::status(403, &[]),
        _ => Reply::ok(&[("ETag", b"\"1\"")], FEED.as_bytes()),
    })
    .await;
    for slug in ["one", "two", "bad"] {
        seldom(&house, slug, &server);
    }
    house.write("sources/off.toml", "url = \"http://127.0.0.1:9/\"\nenabled = false\n");
    let daemon = house.daemon().await;
    eventually("all were asked once", async || {
        ["/one", "/two", "/bad"].iter().all(|path| asked(&server, path) >= 1).then_some(())
    })
    .await;

    let ran = house.run(&["collect", "one", "--json"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let reports = ran.json();
    assert_eq!(reports.as_array().unwrap().len(), 1, "{reports}");
    assert_eq!(
        (&reports[0]["source"], &reports[0]["outcome"]),
        (&"one".into(), &"unchanged".into()),
        "{reports}"
    );
    assert_eq!((asked(&server, "/one"), asked(&server, "/two")), (2, 1));
    let asks: Vec<_> = server
        .requests()
        .into_iter()
        .map(|asked| (asked.path.clone(), asked.text("if-none-match").map(str::to_owned)))
        .collect();
    let of_one: Vec<_> =
        asks.iter().filter(|(path, _)| path == "/one").map(|(_, tag)| tag.as_deref()).collect();
    assert_eq!(of_one, [None, Some("\"1\"")], "{asks:?}");

    let ran = house.run(&["collect"]).await;
    assert_eq!(ran.code, Some(4), "one of them fails: {ran:?}");
    // What fails is tried again by itself too.
    assert_eq!(["/one", "/two"].map(|path| asked(&server, path)), [3, 2]);
    assert!(asked(&server, "/bad") >= 2);
    for said in ["does not let us in", "3 collected, 1 failed, 0 new", &format!("process {}", daemon.id())] {
        assert!(ran.out.contains(said), "“{said}” is not in\n{}", ran.out);
    }
    let bulgarian = house.command(["collect", "bad"]).env("LC_ALL", "bg_BG.UTF-8").output().unwrap();
    assert!(String::from_utf8_lossy(&bulgarian.stdout).contains("не ни допуска"), "{bulgarian:?}");

    for (name, said) in [("off", "off is switched off"), ("onne", "did you mean “one”?")] {
        let ran = house.run(&["collect", name]).await;
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(said), "{ran:?}");
    }
    assert_eq!(daemon.end("TERM").await.0, Some(0));
    // Without it the command collects by itself.
    house.run(&["collect", "one"]).await.well();
    assert_eq!(asked(&server, "/one"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_database_and_does_not_collect_is_named_with_what_to_do() {
    let house = House::empty().await;
    let server = Server::always(Reply::ok(&[], FEED.as_bytes())).await;
    seldom(&house, "one", &server);
    let daemon = house.daemon_with(&["--role", "web"]).await;
    let commands = [&["collect"][..], &["source", "one", "--now"]];
    for arguments in commands {
        let ran = house.run(arguments).await;
        assert_eq!(ran.code, Some(5), "{ran:?}");
        for said in [&daemon.address, "Stop it first", "beside a daemon that collects"] {
            assert!(ran.err.contains(said), "“{said}” is not in {ran:?}");
        }
    }
    daemon.kill().await;

    let app = house.app().await;
    for arguments in commands {
        let ran = house.run(arguments).await;
        assert_eq!(ran.code, Some(5), "{ran:?}");
        let holder = format!("in use by process {}", std::process::id());
        for said in [holder.as_str(), "Wait until it is done", "kill ", "--data"] {
            assert!(ran.err.contains(said), "“{said}” is not in {ran:?}");
        }
        assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    }
    assert_eq!(server.requests().len(), 0);
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_behind_an_authority_of_our_own_are_collected_where_the_settings_name_it() {
    let house = House::empty().await;
    let authority = Authority::new("The office");
    let answer = |_: &crate::support::tls::Asked| axum::http::Response::new(axum::body::Body::from(FEED));
    let server = TlsServer::start(authority.certificate("localhost", GOOD), &["h2"], answer).await;
    house.write("sources/inner.toml", &format!("url = \"{}\"\n", server.at("localhost", "/feed")));
    let ran = house.run(&["check", "inner"]).await;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.out.contains("collect.ca_file") && ran.out.contains("UnknownIssuer"), "{ran:?}");

    let file = house.path("ca.pem");
    house.settings(&format!("ca_file = {file:?}\n"));
    for (text, said) in [
        (None, "cannot be read"),
        (Some("no certificate"), "has no certificate"),
        (Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "certificate 1"),
    ] {
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        for command in ["check", "collect", "serve"] {
            let ran = house.run(&[command]).await;
            assert_eq!(ran.code, Some(3), "{ran:?}");
            for part in ["collect.ca_file", "ca.pem", said] {
                assert!(ran.err.contains(part), "“{part}” is not in {ran:?}");
            }
        }
    }
    authority.write(&file);
    assert!(house.run(&["check"]).await.well().contains("no faults"));
    assert!(house.run(&["check", "inner"]).await.well().contains("1 entries would be stored"));
    house.run(&["collect"]).await.well();
    let app = house.app().await;
    let reports: Vec<SourceReport> = super::cycle(&app).await;
    assert_eq!(reports.iter().map(|report| report.new).sum::<usize>(), 0, "it was read: {reports:?}");
    assert_eq!(app.store().count_published().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_the_environment_names_is_not_asked() {
    let house = House::empty().await;
    let proxy = Server::always(Reply::status(502, &[])).await;
    let server = Server::always(Reply::ok(&[], FEED.as_bytes())).await;
    seldom(&house, "one", &server);
    let mut command = house.command(["collect"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, proxy.url("/"));
    }
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!((server.requests().len(), proxy.connections()), (1, 0));
}

/// What a process has held at most, in bytes.
fn most_held(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_without_an_end_cost_no_memory_and_keep_nobody_waiting() {
    let house = House::empty().await;
    let bomb = crate::collecting::answers::ten_gigabytes();
    let gzip = crate::collecting::gzipped(&vec![b' '; 16 << 20]).repeat(600);
    let server = Server::on_many_hosts(move |request, _| match request.path.as_str() {
        "/zstd" => Reply::ok(&[("Content-Encoding", b"zstd")], &bomb),
        "/gzip" => Reply::ok(&[("Content-Encoding", b"gzip")], &gzip),
        "/endless" => Reply::head(200, &[]).repeat(&[b' '; 65_536], std::time::Duration::ZERO),
        "/head" => Reply::raw(b"HTTP/1.1 200 OK\r\n").repeat(b"X-A: b\r\n", std::time::Duration::ZERO),
        _ => Reply::ok(&[("ETag", b"\"1\"")], FEED.as_bytes()),
    })
    .await;
    for (n, slug) in ["zstd", "gzip", "endless", "head", "well"].iter().enumerate() {
        let url = format!("http://127.0.0.{}:{}/{slug}", n + 1, server.port());
        house.write(&format!("sources/{slug}.toml"), &format!("url = \"{url}\"\n"));
    }
    let daemon = house.daemon().await;
    daemon.publishes("all", &["One".to_owned()]).await;
    let failing = eventually("the others fail", async || {
        let sources = house.run(&["sources", "--json"]).await.json();
        let failing = |source: &&serde_json::Value| source["health"] == "failing";
        let failing: Vec<_> = sources.as_array().unwrap().iter().filter(failing).cloned().collect();
        (failing.len() == 4).then_some(failing)
    })
    .await;
    let too_large =
        failing.iter().filter(|source| source["reason"].as_str().unwrap().contains("larger than we accept"));
    assert_eq!(too_large.count(), 3, "{failing:?}");
    let held = most_held(daemon.id());
    assert!(held < 300 << 20, "{} MiB", held >> 20);
}
