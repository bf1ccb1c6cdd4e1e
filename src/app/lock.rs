//! One process a database file: the lock beside it, held by the operating system for as long as the process lives. It says who
//! holds it, a line a fact: `pid 4711`, `host news1`, `since 2026-03-04T10:30:00Z`, `serves http://127.0.0.1:8080/`.

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, PoisonError},
};

use crate::clock::Clock;

/// Another process has the database.
#[derive(Debug, thiserror::Error)]
#[error(
    "{file} is in use by {holder}. Stop it first{}, or choose another folder with --data; lists, `backup` and \
     `source ID --now` work beside it", holder.how_to_stop()
)]
pub struct Held {
    /// The database.
    pub file: String,
    /// Who has it.
    pub holder: Holder,
}

/// Who has a database, as far as the lock says.
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
}

impl Holder {
    fn here() -> Self {
        Holder {
            process: Some(process::id().to_string()),
            host: host(),
            since: Some(Clock::system().now().format("%Y-%m-%dT%H:%M:%SZ").to_string()),
            serves: None,
        }
    }

    /// What is not known is left out, lines that are not known are skipped.
    fn read(text: &str) -> Self {
        let fact = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?.trim();
            // Somebody else may have written it.
            (!value.is_empty()).then(|| value.chars().take(200).flat_map(char::escape_debug).collect())
        };
        Holder { process: fact("pid"), host: fact("host"), since: fact("since"), serves: fact("serves") }
    }

    fn written(&self) -> String {
        let Holder { process, host, since, serves } = self;
        let facts = [("pid", process), ("host", host), ("since", since), ("serves", serves)];
        let lines =
            facts.into_iter().filter_map(|(name, value)| Some(format!("{name} {}\n", value.as_ref()?)));
        lines.collect()
    }

    fn how_to_stop(&self) -> String {
        match &self.process {
            Some(process) if self.host == host() => {
                format!(" (`systemctl stop vestnik`, or `kill {process}`)")
            }
            _ => String::new(),
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

/// The right to use a database file. Ends with the process, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: Mutex<File>,
    holder: Holder,
}

impl Lock {
    /// Takes the lock of this database.
    ///
    /// # Errors
    /// `Held` where another process has it; the system's error where the lock file cannot be made.
    pub fn take(database: &Path) -> anyhow::Result<Self> {
        let path = beside(database);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open
            .map_err(|error| anyhow::anyhow!("the lock file {} cannot be made: {error}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who holds it is a courtesy; that it is held is what counts.
                let _ = file.read_to_string(&mut text);
                let holder = Holder::read(&text);
                return Err(Held { file: database.display().to_string(), holder }.into());
            }
            Err(TryLockError::Error(error)) => {
                anyhow::bail!("{} cannot be locked: {error}", path.display());
            }
        }
        let holder = Holder::here();
        // A full disk is no reason not to start.
        let _ = write(&mut file, &holder);
        Ok(Lock { file: Mutex::new(file), holder })
    }

    /// From now on it says that this address is served, where the disk has room for that.
    pub fn serves(&self, address: SocketAddr) {
        let holder = Holder { serves: Some(format!("http://{address}/")), ..self.holder.clone() };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = write(&mut file, &holder);
    }
}

fn write(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(holder.written().as_bytes())?;
    file.flush()
}

/// The name of this machine, where the system tells it.
fn host() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_tells_who_holds_it_in_one_sentence() {
        let holder = Holder {
            process: Some("4711".into()),
            host: Some("news1".into()),
            since: Some("2026-03-04T10:30:00Z".into()),
            serves: Some("http://127.0.0.1:8080/".into()),
        };
        assert_eq!(Holder::read(&holder.written()), holder);
        assert_eq!(
            holder.to_string(),
            "process 4711 on news1 since 2026-03-04T10:30:00Z, which serves http://127.0.0.1:8080/"
        );
        // As earlier versions wrote it, or nobody.
        assert_eq!(Holder::read("4711\n").to_string(), "a process that did not say who it is");
        assert_eq!(Holder::read("pid 1\u{7}\n").process.as_deref(), Some("1\\u{7}"));
    }
}
