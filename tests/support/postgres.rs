//! A real PostgreSQL for the tests: one server for the whole binary, in a temporary folder, on a socket in it; a database of
//! its own for every test. It ends with the process, however that ends.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use sqlx::{Connection, Executor};
use url::Url;

/// A server that can be stopped and started.
pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    /// Waits for the end of its standard input, which is the end of this process or of the `Server`; then it stops the
    /// database and removes the folder.
    watchdog: Child,
}

/// A new, empty database of the server that all tests share. None where no PostgreSQL is installed, which is said, and is a
/// failure where every test is asked for.
pub(crate) async fn database(test: &str) -> Option<Url> {
    static SHARED: OnceLock<Option<Server>> = OnceLock::new();
    // Starting takes a second or two, and whoever comes meanwhile waits.
    let server = tokio::task::spawn_blocking(|| SHARED.get_or_init(Server::start)).await.unwrap();
    match server {
        Some(server) => Some(server.database().await),
        None => {
            left_out(test);
            None
        }
    }
}

/// Whether `database` can give one.
pub(crate) fn is_installed() -> bool {
    programs().is_some()
}

/// Tells that a test could not run.
pub(crate) fn left_out(test: &str) {
    crate::whole::house::left_out(test, "PostgreSQL 15 or later (initdb and postgres)");
}

impl Server {
    /// A server of one's own. None where no PostgreSQL is installed.
    pub(crate) fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("vestnik-pg-").tempdir().unwrap().keep();
        if let Some(user) = servant() {
            run(Command::new("chown").arg(user).arg(&folder));
        }
        let stop = format!(
            "cat >/dev/null; '{0}/pg_ctl' -D '{1}/data' -m immediate stop >/dev/null 2>&1; rm -rf '{1}'",
            programs.display(),
            folder.display()
        );
        let watchdog = as_servant("sh", &folder)
            .args(["-c", &stop])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server { programs, folder, watchdog };
        let data = server.folder.join("data");
        let options = ["--no-sync", "--auth=trust", "--username=vestnik", "--encoding=UTF8", "--no-locale"];
        run(server.program("initdb").args(options).arg("-D").arg(data));
        server.up();
        Some(server)
    }

    /// Starts it again after `down`.
    pub(crate) fn up(&self) {
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories='{0}' -c fsync=off -c full_page_writes=off \
             -c max_connections=300 -c shared_buffers=64MB -c log_min_messages=fatal",
            self.folder.display()
        );
        let data = self.folder.join("data");
        let log = self.folder.join("log");
        run(self.program("pg_ctl").args(["-w", "-s", "-D"]).arg(data).arg("-l").arg(log).args([
            "-o",
            options.as_str(),
            "start",
        ]));
    }

    /// Stops it, as an administrator would who is in a hurry: connections break.
    pub(crate) fn down(&self) {
        let data = self.folder.join("data");
        run(self.program("pg_ctl").args(["-w", "-s", "-m", "fast", "-D"]).arg(data).arg("stop"));
    }

    /// A new, empty database.
    pub(crate) async fn database(&self) -> Url {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(self.address("postgres").as_str()).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("create database {name} strategy file_copy"));
        connection.execute(create).await.unwrap();
        connection.close().await.unwrap();
        self.address(&name)
    }

    fn address(&self, database: &str) -> Url {
        let socket = self.folder.to_str().unwrap().replace('/', "%2F");
        Url::parse(&format!("postgres://vestnik@{socket}/{database}")).unwrap()
    }

    fn program(&self, name: &str) -> Command {
        as_servant(self.programs.join(name), &self.folder)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// Where `initdb` and `postgres` are: on the path, or where Debian keeps them; the newest.
fn programs() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(version, _)| *version >= 15)
        .collect();
    versions.sort();
    let debian = versions.into_iter().rev().map(|(_, path)| path);
    let has = |folder: &Path| ["initdb", "postgres", "pg_ctl"].iter().all(|name| folder.join(name).is_file());
    debian.chain(on_path.into_iter().flatten()).find(|folder| has(folder))
}

/// PostgreSQL refuses to run as root: then it runs as somebody who owns nothing else.
fn servant() -> Option<&'static str> {
    static SERVANT: OnceLock<Option<&'static str>> = OnceLock::new();
    let output = |program: &str, arguments: &[&str]| {
        Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())
    };
    *SERVANT.get_or_init(|| {
        let is_root = output("id", &["-u"]).is_some_and(|output| output.stdout == b"0\n");
        let user = if output("id", &["postgres"]).is_some() { "postgres" } else { "nobody" };
        is_root.then_some(user)
    })
}

fn as_servant(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = match servant() {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) {
    // Not `output`: the server, which outlives `pg_ctl`, would keep its end of the pipe open.
    let errors = tempfile::tempfile().unwrap();
    let status = command.stdout(Stdio::null()).stderr(errors.try_clone().unwrap()).status().unwrap();
    if !status.success() {
        let mut text = String::new();
        let mut errors = errors;
        std::io::Seek::rewind(&mut errors).unwrap();
        let _ = std::io::Read::read_to_string(&mut errors, &mut text);
        let _ = std::io::stderr().flush();
        panic!("{command:?} ended with {status}: {text}");
    }
}
