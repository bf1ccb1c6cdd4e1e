//! How the daemon starts, refuses to start, and ends.

use std::{io::Read, net::TcpListener, process::Stdio, time::Duration};

use vestnik::demo::Failure;

use super::{House, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_on_the_same_data_says_who_has_it_and_ends() {
    let house = House::build().await;
    let daemon = house.daemon().await;
    let ran = house.run(&["serve"]).await;
    assert_eq!(ran.code, Some(5), "{ran:?}");
    let holder = format!("in use by process {}", daemon.id());
    let facts = [&holder, " since 20", &daemon.address, "kill ", "--data"];
    assert!(facts.iter().all(|fact| ran.err.contains(*fact)), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    assert_eq!(daemon.text("/healthz").await.trim(), "ok");
    assert_eq!(daemon.text("/readyz").await.trim(), "ready");

    daemon.kill().await;
    let next = house.daemon().await;
    next.publishes("all", &house.titles()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_in_settings_are_named_all_at_once() {
    let house = House::build().await;
    house.settings("[server]\n");
    let ran = house.run(&["serve"]).await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("vestnik.toml:"), "{ran:?}");

    let bad = "body_limit = \"much\"\nconcurency = 3\n[publish]\nwindow = 0\n[lgo]\nfilter = \"info\"\n";
    house.settings("");
    let text = std::fs::read_to_string(house.path("vestnik.toml")).unwrap();
    let text = text.replace("[publish]\nwindow = 500\nsettle = \"20ms\"\n", "");
    std::fs::write(house.path("vestnik.toml"), text + bad).unwrap();
    for command in ["serve", "check", "sources"] {
        let ran = house.run(&[command]).await;
        assert_eq!(ran.code, Some(3), "{ran:?}");
        for said in ["body_limit", "much", "concurency", "concurrency", "window", "lgo", "log"] {
            assert!(ran.err.contains(said), "{command} does not say {said}: {}", ran.err);
        }
        let lines = ran.err.lines().filter(|line| line.contains("vestnik.toml:")).count();
        assert_eq!(lines, 4, "{}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_in_declared_files_are_named_all_at_once_and_lenient_starts_without_them() {
    let house = House::build().await;
    let good = house.read("sources/demo-park.toml");
    house.write("sources/demo-park.toml", &good.replace("title =", "titel ="));
    house.write("sources/other.toml", "id = \"demo-green\"\nurl = \"https://example.org/feed\"\n");
    house.write(
        "sources/page.toml",
        "kind = \"page\"\nurl = \"https://example.org/\"\n[rules]\nitem = \"div[\"\n",
    );
    house.write("channels/city.toml", "title = 5\n");
    house.write("posts/new-proposals-from-members.md", "+++\ntitle = \"Без дата\"\n+++\n");
    for command in ["serve", "check", "collect", "export"] {
        let ran = house
            .run(&[command].iter().copied().chain((command == "export").then_some("x")).collect::<Vec<_>>())
            .await;
        assert_eq!(ran.code, Some(3), "{command}: {ran:?}");
        for said in [
            "sources/demo-park.toml:",
            "titel",
            "demo-green",
            "sources/other.toml",
            "sources/page.toml:",
            "div[",
            "channels/city.toml:",
            "posts/new-proposals-from-members.md:",
            "date",
        ] {
            assert!(ran.err.contains(said), "{command} does not say {said}: {}", ran.err);
        }
        // A line a fault, and one that says what to do.
        assert_eq!(ran.err.lines().count(), 6, "{}", ran.err);
        assert!(ran.err.contains("--lenient"), "{}", ran.err);
    }
    assert_eq!(house.polls(), 0);

    let daemon = house.daemon_with(&["--lenient"]).await;
    let lost = house.partner("demo-park").titles();
    let rest = |title: &String| !lost.contains(title) && !title.contains("New proposals");
    let rest: Vec<String> = house.titles().into_iter().filter(rest).collect();
    eventually("what is sound is published", async || {
        let titles = daemon.titles("all").await;
        rest.iter().all(|title| titles.contains(title)).then_some(())
    })
    .await;
    assert!(daemon.log().contains("titel"), "{}", daemon.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn term_and_int_end_it_within_ten_seconds_and_with_code_0() {
    let house = House::build().await;
    for signal in ["TERM", "INT"] {
        let daemon = house.daemon().await;
        daemon.publishes("all", &house.titles()).await;
        let (code, took) = daemon.end(signal).await;
        assert_eq!(code, Some(0), "{signal}");
        assert!(took < Duration::from_secs(5), "{signal}: {took:?} although nothing was in flight");
    }
    // A partner hangs for longer than the patience, and a client is connected and silent.
    house.partner("demo-green").break_down(Failure::Hang);
    let before = house.polls();
    let daemon = house.daemon().await;
    let silent = std::net::TcpStream::connect(daemon.address.trim_start_matches("http://")).unwrap();
    eventually("all are asked", async || (house.polls() >= before + 6).then_some(())).await;
    let (code, took) = daemon.end("TERM").await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(11), "{took:?}");
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_when_it_is_told_to_stop_is_read_and_published() {
    let house = House::empty().await;
    let (go, told) = std::sync::mpsc::channel::<()>();
    let told = std::sync::Mutex::new(told);
    let body =
        b"<rss version='2.0'><channel><title>Slow</title><link>http://slow.example/</link><description/>\
        <item><guid>1</guid><title>It came all the same</title></item></channel></rss>";
    let server = crate::support::server::Server::start(move |_, _| {
        // Answers once it is allowed to, which is after the daemon was told to stop.
        tokio::task::block_in_place(|| told.lock().unwrap().recv().unwrap());
        crate::support::server::Reply::ok(&[("Content-Type", b"application/rss+xml")], body)
    })
    .await;
    house.write("sources/slow.toml", &format!("url = \"{}\"\n", server.url("/feed")));
    let daemon = house.daemon().await;
    eventually("it is asked", async || (server.connections() == 1).then_some(())).await;
    daemon.signal("TERM");
    daemon.logs("stopping").await;
    go.send(()).unwrap();
    let (code, took) = daemon.end("TERM").await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let entries = house.run(&["entries", "--json"]).await;
    assert_eq!(entries.json()[0]["title"], "It came all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_one_line_that_says_what_to_do() {
    let house = House::build().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["serve", "demo"] {
        let ran = house.run(&[command, "--listen", &address]).await;
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
        assert!(ran.err.contains(&address) && ran.err.contains("--listen"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_shows_everything_and_leaves_nothing_behind() {
    let house = House::build().await;
    let temporary = house.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = house.command(["demo", "--listen", "127.0.0.1:0", "--every", "1", "--stop-after", "4"]);
    command.env("TMPDIR", &temporary).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let told = tokio::task::spawn_blocking(move || {
        let (mut out, mut err) = (String::new(), String::new());
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(child.wait().unwrap().success(), "{err}");
        out
    })
    .await
    .unwrap();
    for said in ["demo-institute", "/feeds/all.atom", "demo-portal publishes:", "demo-park breaks"] {
        assert!(told.contains(said), "{said:?} is not in\n{told}");
    }
    assert!(!told.contains("127.0.0.1:0"), "{told}");
    let left: Vec<_> = std::fs::read_dir(&temporary).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
