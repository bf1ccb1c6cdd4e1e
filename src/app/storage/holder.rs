//! Who has a database, as it is said to whom is kept out: a line a fact in the lock file of SQLite, a name of at most 63 letters
//! in PostgreSQL's list of connections (`pg_stat_activity`).

use std::{fmt, net::SocketAddr, process};

use crate::{
    clock::Clock,
    config::DatabaseUrl,
    model::Timestamp,
    store::{Present, Tenure},
};

/// What a process of ours is called in PostgreSQL's list.
const NAME: &str = "vestnik ";

/// Other processes have the database.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Held {
    /// The file belongs to one process.
    #[error(
        "{file} is in use by {holder}. {}, or choose another folder with --data; lists and `backup` work beside it, and \
         `collect` and `source ID --now` beside a daemon that collects", holder.how_to_get_it()
    )]
    File {
        /// The database.
        file: String,
        /// Who has it.
        holder: Holder,
    },
    /// Nodes work on the database that is to be moved or written anew.
    #[error(
        "{database} is in use by {}. Stop every node first{}, or what they collect meanwhile is lost, and then do this again",
        list(.holders), how_to_stop(.holders)
    )]
    Nodes {
        /// The database.
        database: String,
        /// Who has it.
        holders: Vec<Holder>,
    },
    /// The database is being moved or written anew, and no node may work on it.
    #[error("{database} is being moved or restored by {}; start again when that is done", list(.holders))]
    Moving {
        /// The database.
        database: String,
        /// Who does that.
        holders: Vec<Holder>,
    },
}

impl Held {
    /// What keeps this process out of a PostgreSQL database.
    pub(super) fn by(database: &DatabaseUrl, present: Vec<Present>, tenure: Tenure) -> Self {
        let database = database.to_string();
        let mut holders: Vec<Holder> = present.iter().map(Holder::present).collect();
        if holders.is_empty() {
            // Who kept us out has just left.
            holders.push(Holder::default());
        }
        match tenure {
            Tenure::Alone => Held::Nodes { database, holders },
            Tenure::Shared => Held::Moving { database, holders },
        }
    }
}

/// Who has a database, as far as is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// The number of the process.
    pub process: Option<String>,
    /// The machine that it runs on.
    pub host: Option<String>,
    /// Since when.
    pub since: Option<String>,
    /// The address that it serves.
    pub serves: Option<String>,
    /// What it does, where it is a daemon on a file: `collect,web`.
    pub roles: Option<String>,
}

impl Holder {
    /// This process.
    pub(super) fn here() -> Self {
        let since = Some(shown(Clock::system().now()));
        Holder { process: Some(process::id().to_string()), host: host(), since, serves: None, roles: None }
    }

    /// The same, serving this address.
    pub(super) fn serving(self, address: SocketAddr) -> Self {
        Holder { serves: Some(format!("http://{address}/")), ..self }
    }

    /// Reads what `written` wrote: what is not known is left out, lines that are not known are skipped.
    pub(super) fn read(text: &str) -> Self {
        let fact = |name: &str| {
            clean(
                text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or_default(),
            )
        };
        Holder {
            process: fact("pid"),
            host: fact("host"),
            since: fact("since"),
            serves: fact("serves"),
            roles: fact("roles"),
        }
    }

    /// Whether it is a daemon that collects: it can be asked to.
    pub fn collects(&self) -> bool {
        self.roles.as_ref().is_some_and(|roles| roles.split(',').any(|role| role == "collect"))
    }

    /// A line a fact: `pid 4711`, `host news1`, `since 2026-03-04T10:30:00Z`, `serves http://127.0.0.1:8080/`,
    /// `roles collect,web`.
    pub(super) fn written(&self) -> String {
        let Holder { process, host, since, serves, roles } = self;
        let facts =
            [("pid", process), ("host", host), ("since", since), ("serves", serves), ("roles", roles)];
        let lines =
            facts.into_iter().filter_map(|(name, value)| Some(format!("{name} {}\n", value.as_ref()?)));
        lines.collect()
    }

    /// `vestnik 4711 at http://127.0.0.1:8080/ on news1`: what is cut off at its end is the name of the machine.
    pub(super) fn name(&self) -> String {
        let Holder { process, host, serves, .. } = self;
        let mut name = format!("{NAME}{}", process.as_deref().unwrap_or_default());
        for (word, fact) in [(" at ", serves), (" on ", host)] {
            if let Some(fact) = fact {
                name.push_str(word);
                name.push_str(fact);
            }
        }
        name
    }

    fn present(present: &Present) -> Self {
        let Some(name) = present.name.strip_prefix(NAME) else { return Holder::default() };
        let (rest, host) = name.split_once(" on ").unwrap_or((name, ""));
        let (process, serves) = rest.split_once(" at ").unwrap_or((rest, ""));
        let since = present.since.map(shown);
        Holder { process: clean(process), host: clean(host), since, serves: clean(serves), roles: None }
    }

    fn how_to_get_it(&self) -> String {
        let is_daemon = self.serves.is_some();
        match &self.process {
            Some(process) if self.host == host() && is_daemon => {
                format!("Stop it first (`systemctl stop vestnik`, or `kill {process}`)")
            }
            Some(process) if self.host == host() => {
                format!("Wait until it is done, or end it (`kill {process}`)")
            }
            _ => "Stop it first".to_owned(),
        }
    }
}

/// As in “in use by …”.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.process {
            Some(process) => write!(f, "process {process}")?,
            None => f.write_str("a process that did not say who it is")?,
        }
        for (word, fact) in
            [(" on ", &self.host), (" since ", &self.since), (", which serves ", &self.serves)]
        {
            if let Some(fact) = fact {
                write!(f, "{word}{fact}")?;
            }
        }
        Ok(())
    }
}

fn list(holders: &[Holder]) -> String {
    holders.iter().map(Holder::to_string).collect::<Vec<_>>().join("; ")
}

/// Where all of them run on this machine.
fn how_to_stop(holders: &[Holder]) -> String {
    let here: Option<Vec<&str>> =
        holders.iter().map(|holder| holder.process.as_deref().filter(|_| holder.host == host())).collect();
    here.map(|here| format!(" (`systemctl stop vestnik`, or `kill {}`)", here.join(" "))).unwrap_or_default()
}

fn shown(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Somebody else may have written it.
fn clean(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(200).flat_map(char::escape_debug).collect())
}

/// The name of this machine, where the system tells it.
fn host() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        Holder {
            process: Some("4711".into()),
            host: Some("news1".into()),
            since: Some("2026-03-04T10:30:00Z".into()),
            serves: Some("http://127.0.0.1:8080/".into()),
            roles: None,
        }
    }

    #[test]
    fn a_lock_tells_who_holds_it_in_one_sentence() {
        let daemon = Holder { roles: Some("collect,web".into()), ..holder() };
        assert_eq!(Holder::read(&daemon.written()), daemon);
        assert!(daemon.collects() && !holder().collects());
        assert_eq!(
            holder().to_string(),
            "process 4711 on news1 since 2026-03-04T10:30:00Z, which serves http://127.0.0.1:8080/"
        );
        // As earlier versions wrote it, or nobody.
        assert_eq!(Holder::read("4711\n").to_string(), "a process that did not say who it is");
        assert_eq!(Holder::read("pid 1\u{7}\n").process.as_deref(), Some("1\\u{7}"));
    }

    #[test]
    fn a_connection_tells_who_has_it() {
        let since = "2026-03-04T10:30:00Z".parse().ok();
        let read = |name: &str| Holder::present(&Present { name: name.to_owned(), since });
        assert_eq!(holder().name(), "vestnik 4711 at http://127.0.0.1:8080/ on news1");
        assert_eq!(read(&holder().name()), holder());
        let silent = Holder { serves: None, ..holder() };
        assert_eq!(read(&silent.name()), silent);
        assert_eq!(
            read("vestnik 4711 at http://127.0.0.1:8080/ on").serves.as_deref(),
            Some("http://127.0.0.1:8080/ on")
        );
        assert_eq!(read("psql"), Holder::default());
    }
}
