//! A real browser, driven through chromedriver.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::whole::house::{PATIENCE, left_out};

/// A browser and its driver. The profile is a temporary folder.
pub(crate) struct Browser {
    pub(crate) client: Client,
    _driver: Ending,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// None where the programs are missing here.
    pub(crate) async fn open() -> Option<Self> {
        for program in ["chromedriver", "chromium"] {
            if Command::new(program).arg("--version").output().is_err() {
                left_out("the pages in a browser", program);
                return None;
            }
        }
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        // What a browser writes at home goes with the profile.
        command.env("HOME", profile.path()).env_remove("XDG_CONFIG_HOME");
        command.args(["--port=0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let (driver, line) = started(&mut command, "started successfully on port").await;
        let port: String =
            line.rsplit("port ").next().unwrap().chars().filter(char::is_ascii_digit).collect();
        let options = json!({
            "binary": which("chromium"),
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                // Whoever asks for another host finds that there is none.
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
                format!("--user-data-dir={}", profile.path().display()),
            ],
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Browser { client, _driver: driver, _profile: profile })
    }

    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }
}

/// Starts a program and waits for the line of its output that says this.
pub(crate) async fn started(command: &mut Command, said: &'static str) -> (Ending, String) {
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let process = Ending(child);
    let (tell, told) = tokio::sync::oneshot::channel();
    // Goes on reading: a program whose output nobody takes would stop.
    std::thread::spawn(move || {
        let mut tell = Some(tell);
        for line in lines.map_while(Result::ok) {
            if line.contains(said)
                && let Some(tell) = tell.take()
            {
                let _ = tell.send(line);
            }
        }
    });
    let line = tokio::time::timeout(PATIENCE, told).await.unwrap().unwrap();
    (process, line)
}

fn which(program: &str) -> Option<String> {
    let folders = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file());
    found.map(|path| path.display().to_string())
}

pub(crate) async fn texts(page: &Client, selector: &str) -> Vec<String> {
    let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText.trim())";
    let found = page.execute(script, vec![selector.into()]).await.unwrap();
    found.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

pub(crate) async fn script(page: &Client, text: &str) -> Value {
    page.execute(text, Vec::new()).await.unwrap()
}

/// A process that ends with the test.
pub(crate) struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
