//! One process a database file: the lock beside it, held by the operating system for as long as the process lives. It says who
//! holds it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{Held, Holder};
use crate::app::Roles;

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
                return Err(Held::File { file: database.display().to_string(), holder }.into());
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

    /// From now on it says that a daemon serves this address and does this, where the disk has room for that.
    pub fn serves(&self, address: SocketAddr, roles: Roles) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let holder = Holder { roles: Some(roles.to_string()), ..self.holder.clone().serving(address) };
        let _ = write(&mut file, &holder);
    }
}

fn write(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(holder.written().as_bytes())?;
    file.flush()
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
