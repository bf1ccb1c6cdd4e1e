//! A whole Vestnik on loopback: the demonstration's partners, a feeds folder and a settings file in a temporary folder,
//! run in this process or as the real program.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Client, Response};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
    time::Instant,
};
use vestnik::{
    app::{Access, App, Strictness},
    clock::Clock,
    config::Settings,
    demo::{self, Partner, Partners, Recorded},
    model::{Format, Rendition, SourceReport},
};

use crate::support::client;

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Where the public site is said to be; what is served does not depend on the port.
pub(crate) const SITE: &str = "http://news.example.org/";

/// Looks until it finds what it looks for.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {} s: {what}", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The partners, and all the files of a Vestnik that collects from them.
pub(crate) struct House {
    folder: tempfile::TempDir,
    pub(crate) partners: Partners,
    clock: Clock,
    client: Client,
    /// Where the database is, if not in a file of the house.
    database: Mutex<Option<url::Url>>,
}

impl House {
    /// By the clock of the machine; partners are asked every second.
    pub(crate) async fn build() -> Self {
        House::build_by(Clock::system()).await
    }

    /// By this clock.
    pub(crate) async fn build_by(clock: Clock) -> Self {
        let partners = Partners::start(&clock).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let house = House { folder, partners, clock, client: client(), database: Mutex::default() };
        let mut specs = house.partners.specs();
        for spec in &mut specs {
            spec.polling.interval = Some(Duration::from_secs(1));
        }
        demo::write_desk(&house.feeds(), &specs).unwrap();
        house.settings("");
        house
    }

    /// Without the partners' sources: for tests that declare their own.
    pub(crate) async fn empty() -> Self {
        let house = House::build().await;
        fs::remove_dir_all(house.feeds()).unwrap();
        fs::create_dir_all(house.feeds()).unwrap();
        house
    }

    /// A path in the temporary folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn feeds(&self) -> PathBuf {
        self.path("feeds")
    }

    pub(crate) fn partner(&self, slug: &str) -> &Partner {
        self.partners.get(slug).unwrap()
    }

    /// Keeps everything in this database, with these lines at the end of the settings.
    pub(crate) fn on(&self, database: &url::Url, more: &str) {
        *self.database.lock().unwrap() = Some(database.clone());
        self.settings(more);
    }

    /// Writes the settings file, with these lines at its end.
    pub(crate) fn settings(&self, more: &str) {
        let (data, feeds) = (self.path("data"), self.feeds());
        let database = self.database.lock().unwrap();
        let url = database.as_ref().map(|url| format!("url = \"{url}\"\n")).unwrap_or_default();
        let text = format!(
            "[site]\ntitle = \"Вестник\"\nurl = \"{SITE}\"\nlanguage = \"bg\"\n\
             [server]\nlisten = \"127.0.0.1:0\"\n\
             [storage]\ndata = {data:?}\n{url}[feeds]\ndirectory = {feeds:?}\n\
             [publish]\nwindow = 500\nsettle = \"20ms\"\n\
             [collect]\nallow_networks = [\"127.0.0.0/8\"]\nhost_gap = \"0s\"\nmin_interval = \"1s\"\n{more}"
        );
        fs::write(self.path("vestnik.toml"), text).unwrap();
    }

    /// Writes a file of the feeds folder, as an editor's program does: beside, then renamed.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.feeds().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let beside = file.with_extension("new");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, file).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.feeds().join(name)).unwrap()
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.feeds().join(name)).unwrap();
    }

    /// Every title that must be published, partners' and ours.
    pub(crate) fn titles(&self) -> Vec<String> {
        let ours = [
            "Work meetings in Italy organised by Cluster Sofia Knowledge City",
            "New proposals from the cluster members",
            "Sofia takes part in the Digital Cities Challenge",
            "София участва в Digital Cities Challenge",
        ];
        let mut titles: Vec<String> = self.partners.iter().flat_map(Partner::titles).collect();
        titles.extend(ours.map(str::to_owned));
        titles.sort();
        titles
    }

    /// How often any partner was asked for its feed or page so far.
    pub(crate) fn polls(&self) -> usize {
        self.partners.iter().map(|partner| polls(partner).len()).sum()
    }

    /// The parts in this process, by the house's clock.
    pub(crate) async fn app(&self) -> App {
        let settings = Settings::load(Some(&self.path("vestnik.toml")), std::iter::empty()).unwrap();
        App::open(settings, self.clock.clone(), Strictness::Strict, Access::Alone).await.unwrap()
    }

    /// The real program with these arguments, ready to be started.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestnik"));
        command.arg("--config").arg(self.path("vestnik.toml")).args(arguments);
        command.current_dir(self.folder.path()).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VESTNIK_")) {
            command.env_remove(name);
        }
        command
    }

    /// Runs the real program to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap().into()).await.unwrap()
    }

    /// Starts the real daemon and waits until it serves.
    pub(crate) async fn daemon(&self) -> Daemon {
        self.daemon_with(&[]).await
    }

    /// As `daemon`, with these arguments.
    pub(crate) async fn daemon_with(&self, arguments: &[&str]) -> Daemon {
        self.start(arguments, &[]).await
    }

    /// As `daemon`, with these variables in its environment.
    pub(crate) async fn daemon_in(&self, environment: &[(&'static str, OsString)]) -> Daemon {
        self.start(&[], environment).await
    }

    async fn start(&self, arguments: &[&str], environment: &[(&'static str, OsString)]) -> Daemon {
        let mut command = tokio::process::Command::from(self.command(["serve"]));
        command.envs(environment.iter().cloned());
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let log = Arc::<Mutex<String>>::default();
        let (mut lines, written) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&log));
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut log = written.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let address = eventually("the daemon serves", async || {
            let log = log.lock().unwrap();
            assert!(matches!(child.try_wait(), Ok(None)), "the daemon ended: {log}");
            let (_, after) = log.split_once("Vestnik serves ")?;
            Some(after.split_once('/')?.1.trim_start_matches('/').split('/').next()?.to_owned())
        })
        .await;
        Daemon { child, log, address: format!("http://{address}"), client: self.client.clone() }
    }
}

/// What a command left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// The standard output of a command that ended well.
    pub(crate) fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The real program as a daemon. Killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    log: Arc<Mutex<String>>,
    pub(crate) address: String,
    client: Client,
}

impl Daemon {
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.address)).send().await.unwrap()
    }

    /// The text of a document that is there.
    pub(crate) async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.text().await.unwrap()
    }

    /// The titles of a channel, sorted.
    pub(crate) async fn titles(&self, channel: &str) -> Vec<String> {
        titles_of(&self.text(&format!("/feeds/{channel}.json")).await)
    }

    /// Waits until the channel has exactly these titles.
    pub(crate) async fn publishes(&self, channel: &str, titles: &[String]) {
        let what = format!("{channel} has {titles:?}");
        eventually(&what, async || (self.titles(channel).await == titles).then_some(())).await;
    }

    /// What was logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log says this.
    pub(crate) async fn logs(&self, text: &str) {
        eventually(&format!("the log says {text:?}"), async || self.log().contains(text).then_some(())).await;
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Kills it as a power loss would.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, by `TERM` or `INT`, and waits. Gives the exit code and how long it took.
    pub(crate) async fn end(mut self, signal: &str) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        self.signal(signal);
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
        (status.code(), begun.elapsed())
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

/// Requests for what the source is about, without those for robots.txt.
pub(crate) fn polls(partner: &Partner) -> Vec<Recorded> {
    let path = partner.spec().url.as_ref().unwrap().url().path().to_owned();
    partner.requests().into_iter().filter(|request| request.path == path).collect()
}

/// One cycle in this process: every enabled source, then what changed is published. Reports sorted by source.
pub(crate) async fn cycle(app: &App) -> Vec<SourceReport> {
    let sources = app.sources_named(&[]).await.unwrap();
    let mut reports = app.collector().collect(sources, |_| {}).await.unwrap();
    app.press().publish_changes().await.unwrap();
    reports.sort_by(|a, b| a.slug.cmp(&b.slug));
    reports
}

/// A channel in every format.
pub(crate) async fn renditions(app: &App, channel: &str) -> Vec<Arc<Rendition>> {
    let slug = channel.parse().unwrap();
    let mut all = Vec::new();
    for format in Format::ALL {
        all.push(app.press().rendition(&slug, format).await.unwrap().unwrap());
    }
    all
}

/// The titles of a JSON Feed, sorted.
pub(crate) fn titles_of(feed: &str) -> Vec<String> {
    let feed: serde_json::Value = serde_json::from_str(feed).unwrap();
    let title = |item: &serde_json::Value| item["title"].as_str().unwrap_or_default().to_owned();
    let mut titles: Vec<String> = feed["items"].as_array().unwrap().iter().map(title).collect();
    titles.sort();
    titles
}

/// What a test says that cannot run because something is missing here. Where the suite is asked for in whole
/// (`VESTNIK_TEST_ALL=1`) that is a failure.
pub(crate) fn left_out(test: &str, missing: &str) {
    assert!(
        std::env::var_os("VESTNIK_TEST_ALL").is_none_or(|all| all != "1"),
        "{test}: {missing} is missing, and VESTNIK_TEST_ALL=1 asks for every test"
    );
    // Past the test harness, which would keep it to itself.
    let _ = writeln!(std::io::stderr(), "left out: {test}: {missing} is missing");
}
