//! The command line: one file a command. Turns arguments into calls of the app, results into text or JSON, and errors
//! into one line and an exit code. Holds no logic of its own.

mod backup;
mod bench;
mod channels;
mod check;
mod collect;
mod consumers;
mod demo;
mod discover;
mod entries;
mod entry;
mod export;
mod held;
mod migrate_storage;
mod opml;
mod out;
mod parse;
mod prune;
mod restore;
mod scrape;
mod search;
mod serve;
mod source;
mod sources;
mod stories;
mod vacuum;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::{
    app::{Access, App, Faulty, Held, Strictness},
    clock::Clock,
    config::{self, Fault, Settings},
    fetch::SetupError,
    store::StoreError,
    telemetry,
};

/// The settings file that is read where none is named and this one is there.
const DEFAULT_CONFIG: &str = "config/vestnik.toml";

/// Collects feeds and pages, merges them with local posts, and publishes RSS, Atom and JSON Feed.
#[derive(Debug, Parser)]
#[command(
    name = "vestnik",
    version,
    about,
    long_about = "Vestnik collects news from feeds and pages on a schedule, merges it with local posts, and publishes it \
                  as combined RSS, Atom and JSON feeds and as pages.\n\nWithout a command it serves: `vestnik` is \
                  `vestnik serve`. New here? Try `vestnik demo`.",
    after_long_help = EXIT_CODES
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  something failed; the last line says what
  2  the arguments are wrong
  3  settings or declared files have faults, each on its own line
  4  some sources could not be collected, a document not read, or a saved
     page would be read differently
  5  another process has the database
  6  a database file is damaged, of a newer version, or of another program;
     it was left as it is

Every setting can also be given in the environment,
VESTNIK_<SECTION>__<KEY>: VESTNIK_SERVER__LISTEN=127.0.0.1:9000.
The manual is docs/configuration.md.";

/// Above the flags that every command has, below its own.
const COMMON: &str = "For every command";

/// Flags of every command.
#[derive(Debug, Clone, Args)]
struct Common {
    /// The settings file [config/vestnik.toml where it is there]
    #[arg(long, global = true, value_name = "FILE", env = "VESTNIK_CONFIG", help_heading = COMMON)]
    config: Option<PathBuf>,
    /// Address and port to listen on, in place of server.listen
    #[arg(long, global = true, value_name = "ADDR", help_heading = COMMON)]
    listen: Option<String>,
    /// The folder of the database, in place of storage.data
    #[arg(long, global = true, value_name = "DIR", help_heading = COMMON)]
    data: Option<String>,
    /// Leave faulty sources, channels and posts out instead of refusing to start
    #[arg(long, global = true, help_heading = COMMON)]
    lenient: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: collect on schedule, publish, serve (the default)
    Serve(serve::Arguments),
    /// Collect now, once, and show what came; by the daemon where one has the database
    Collect(collect::Arguments),
    /// Read a feed from a file and print it as JSON Feed with everything that was found
    Parse(parse::Arguments),
    /// Write the public site as files for a plain web server
    Export(export::Arguments),
    /// Check settings and declared files; with a source, fetch it and show what would be stored
    Check(check::Arguments),
    /// Find the feeds of a site, or rules for its list page
    Discover(discover::Arguments),
    /// Show what rules find on a page, propose rules, save pages and read them again
    Scrape(scrape::Arguments),
    /// List the sources and how they are doing
    Sources(sources::Arguments),
    /// Show one source closely, collect it now, decide about its move
    Source(source::Arguments),
    /// List the channels and their addresses
    Channels(channels::Arguments),
    /// List stored entries, newest first
    Entries(entries::Arguments),
    /// Search the stored entries, in Bulgarian and English
    Search(search::Arguments),
    /// List stories: entries of different sources that report the same; split and merge them
    Stories(stories::Arguments),
    /// Approve, hide, withdraw or restore an entry, or show what was decided about it
    #[command(subcommand)]
    Entry(entry::Command),
    /// Show, release or discard what the resurfacing guard holds
    #[command(subcommand)]
    Held(held::Command),
    /// Show who reads the feeds: requests, 304s, bytes and subscribers, a day and channel
    Consumers(consumers::Arguments),
    /// Exchange subscription lists with other readers
    #[command(subcommand)]
    Opml(opml::Command),
    /// Write a consistent copy of the database to a file, while the daemon runs
    Backup(backup::Arguments),
    /// Put a backup in the place of the database, which is kept aside
    Restore(restore::Arguments),
    /// Let old entries go now, as [retention] says, or show which would
    Prune(prune::Arguments),
    /// Rewrite the database file without the room that nothing uses any more
    Vacuum,
    /// Move everything from one database to another: SQLite to PostgreSQL, or back
    MigrateStorage(migrate_storage::Arguments),
    /// Show everything at work on this machine, without the internet
    Demo(demo::Arguments),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Measure collecting and serving on this machine
    #[command(hide = true)]
    Bench(bench::Arguments),
}

/// How a command ended that did what it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All is well.
    Well,
    /// Some sources could not be collected, or a document not read.
    Partly,
}

/// Settings cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the settings have faults")]
struct BadSettings(Vec<Fault>);

/// Runs the program with these arguments, the first being its name.
pub fn main(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are “errors” that belong on standard output.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(cli) {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Partly) => ExitCode::from(4),
        Err(error) if out::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(explain(&error)),
    }
}

fn run(cli: Cli) -> anyhow::Result<Ended> {
    let Cli { common, command } = cli;
    match command.unwrap_or(Command::Serve(serve::Arguments::default())) {
        Command::Parse(arguments) => parse::run(&arguments),
        Command::Completions { shell } => {
            // By way of memory: clap_complete panics where its writer fails, as a closed pipe does.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "vestnik", &mut script);
            out::line(String::from_utf8_lossy(&script).trim_end())?;
            Ok(Ended::Well)
        }
        Command::Serve(arguments) => wait(serve::run(common, arguments)),
        Command::Collect(arguments) => wait(collect::run(common, arguments)),
        Command::Export(arguments) => wait(export::run(common, arguments)),
        Command::Check(arguments) => wait(check::run(common, arguments)),
        Command::Discover(arguments) => wait(discover::run(common, arguments)),
        Command::Scrape(arguments) => wait(scrape::run(common, arguments)),
        Command::Sources(arguments) => wait(sources::run(common, arguments)),
        Command::Source(arguments) => wait(source::run(common, arguments)),
        Command::Channels(arguments) => wait(channels::run(common, arguments)),
        Command::Entries(arguments) => wait(entries::run(common, arguments)),
        Command::Search(arguments) => wait(search::run(common, arguments)),
        Command::Stories(arguments) => wait(stories::run(common, arguments)),
        Command::Entry(command) => wait(entry::run(common, command)),
        Command::Held(command) => wait(held::run(common, command)),
        Command::Consumers(arguments) => wait(consumers::run(common, arguments)),
        Command::Opml(command) => wait(opml::run(common, command)),
        Command::Backup(arguments) => wait(backup::run(common, arguments)),
        Command::Restore(arguments) => wait(restore::run(common, arguments)),
        Command::Prune(arguments) => wait(prune::run(common, arguments)),
        Command::Vacuum => wait(vacuum::run(common)),
        Command::MigrateStorage(arguments) => wait(migrate_storage::run(arguments)),
        Command::Demo(arguments) => wait(demo::run(common, arguments)),
        Command::Bench(arguments) => bench::run(arguments),
    }
}

fn wait(work: impl Future<Output = anyhow::Result<Ended>>) -> anyhow::Result<Ended> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

impl Common {
    /// The settings: the file, then the environment, then the flags.
    fn settings(&self) -> anyhow::Result<Settings> {
        let default = PathBuf::from(DEFAULT_CONFIG);
        let file = self.config.clone().or_else(|| default.is_file().then_some(default));
        let flags = [("VESTNIK_SERVER__LISTEN", &self.listen), ("VESTNIK_STORAGE__DATA", &self.data)];
        let flags =
            flags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.as_ref()?.clone())));
        // Variables that are not text cannot be settings.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Settings::load(file.as_deref(), variables.chain(flags)).map_err(|faults| BadSettings(faults).into())
    }

    /// Settings with logging started: for commands that run for long.
    fn settings_and_log(&self) -> anyhow::Result<Settings> {
        let settings = self.settings()?;
        telemetry::start_logging(
            settings.log.filter.as_str(),
            settings.log.format == config::LogFormat::Json,
        );
        Ok(settings)
    }

    async fn open(&self, settings: Settings, access: Access) -> anyhow::Result<App> {
        App::open(settings, Clock::system(), self.strictness(), access).await
    }

    fn strictness(&self) -> Strictness {
        if self.lenient { Strictness::Lenient } else { Strictness::Strict }
    }
}

/// Prints the error for people and says which exit code it has.
fn explain(error: &anyhow::Error) -> u8 {
    let faults = error.downcast_ref::<Faulty>().map(|faulty| &faulty.0);
    let faults = faults.or_else(|| error.downcast_ref::<BadSettings>().map(|bad| &bad.0));
    for fault in faults.into_iter().flatten() {
        out::error_line(&fault.to_string());
    }
    out::error_line(&format!("vestnik: {}", with_causes(error)));
    let is_setting = |cause: &SetupError| matches!(cause, SetupError::Roots(_));
    let is_unfit = |cause: &StoreError| matches!(cause, StoreError::Unfit { .. });
    match faults {
        Some(_) => 3,
        None if error.chain().filter_map(|cause| cause.downcast_ref()).any(is_setting) => 3,
        None if error.is::<Held>() => 5,
        None if error.chain().filter_map(|cause| cause.downcast_ref()).any(is_unfit) => 6,
        None => 1,
    }
}

/// An error with its causes; what names its cause already does not name it twice.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// The error for a name that nothing has, with the nearest one that there is.
pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> anyhow::Error {
    match config::nearest(name, known) {
        Some(near) => anyhow::anyhow!("there is no {what} “{name}”; did you mean “{near}”?"),
        None => anyhow::anyhow!("there is no {what} “{name}”; `vestnik {what}s` lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the database could not be opened: {0}")]
    struct Unopened(#[source] std::io::Error);

    #[test]
    fn an_error_names_each_cause_once() {
        let error = anyhow::Error::new(Unopened(std::io::Error::other("connection refused")));
        let said = with_causes(&error.context("moving"));
        assert_eq!(said, "moving: the database could not be opened: connection refused");
    }
}
