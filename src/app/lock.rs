//! One process a database file: the lock beside it, held by the operating system for as long as the process lives.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

/// Another process has the database.
#[derive(Debug, thiserror::Error)]
#[error("{file} is in use by process {holder}; stop it first, or choose another folder with --data")]
pub struct Held {
    /// The database.
    pub file: String,
    /// The process that has it.
    pub holder: String,
}

/// The right to use a database file. Ends with the process, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
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
                let mut holder = String::new();
                // Who holds it is a courtesy; that it is held is what counts.
                let _ = file.read_to_string(&mut holder);
                let holder =
                    Some(holder.trim()).filter(|holder| !holder.is_empty()).unwrap_or("?").to_owned();
                return Err(Held { file: database.display().to_string(), holder }.into());
            }
            Err(TryLockError::Error(error)) => {
                anyhow::bail!("{} cannot be locked: {error}", path.display());
            }
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        file.flush()?;
        Ok(Lock { _file: file })
    }
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
