//! Root certificates that are trusted beside those of the system: the file that the settings name.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use reqwest::Certificate;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Why a file gives no root certificates.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// It is not there, or not readable for us.
    #[error("{} cannot be read ({source}); name a file that the user Vestnik runs as may read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing in it begins as a certificate does.
    #[error(
        "{} has no certificate; expected is PEM, which begins with -----BEGIN CERTIFICATE-----{}",
        file.display(), instead.hint()
    )]
    Missing {
        /// The file.
        file: PathBuf,
        /// What it seems to be.
        instead: Instead,
    },
    /// One of them is damaged.
    #[error(
        "certificate {number} of {} cannot be read ({reason}); export it once more, or take it out",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// What stands where a certificate should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// The key that must stay secret.
    Key,
    /// A certificate in the binary form.
    Binary,
    /// Something else.
    Other,
}

impl Instead {
    fn of(bytes: &[u8]) -> Self {
        // DER begins with a sequence of more than 255 bytes (X.690 §8.1).
        if bytes.starts_with(&[0x30, 0x82]) {
            Instead::Binary
        } else if String::from_utf8_lossy(bytes).contains("PRIVATE KEY-----") {
            Instead::Key
        } else {
            Instead::Other
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Instead::Key => "; this is a private key, which does not belong here",
            Instead::Binary => {
                "; this one is binary: `openssl x509 -inform der -in FILE -out FILE.pem` makes it so"
            }
            Instead::Other => "",
        }
    }
}

/// The certificates in a file. Whatever else stands between them is skipped, as in the bundles of the systems.
///
/// # Errors
/// See [`RootsError`].
pub(super) fn read(file: &Path) -> Result<Vec<Certificate>, RootsError> {
    let file = file.to_owned();
    let bytes = match fs::read(&file) {
        Ok(bytes) => bytes,
        Err(source) => return Err(RootsError::Unreadable { file, source }),
    };
    certificates(&bytes, file)
}

fn certificates(bytes: &[u8], file: PathBuf) -> Result<Vec<Certificate>, RootsError> {
    let mut found = Vec::new();
    for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(bytes)) {
        let checked = certificate.map_err(|error| error.to_string()).and_then(|certificate| {
            let mut store = RootCertStore::empty();
            store.add(certificate.clone()).map_err(|error| error.to_string())?;
            Certificate::from_der(&certificate).map_err(|error| error.to_string())
        });
        match checked {
            Ok(certificate) => found.push(certificate),
            Err(reason) => return Err(RootsError::Damaged { file, number, reason }),
        }
    }
    if found.is_empty() {
        return Err(RootsError::Missing { file, instead: Instead::of(bytes) });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], said: &[&str]) {
        let error = certificates(bytes, "/etc/vestnik/ca.pem".into()).unwrap_err().to_string();
        for part in ["/etc/vestnik/ca.pem"].iter().chain(said) {
            assert!(error.contains(part), "“{part}” is not in: {error}");
        }
        assert_eq!(error.lines().count(), 1, "{error}");
    }

    #[test]
    fn what_is_no_certificate_is_named_with_what_to_do() {
        let begin = "-----BEGIN CERTIFICATE-----\n";
        check(b"", &["has no certificate", "PEM"]);
        check(b"<html>404</html>", &["has no certificate", "-----BEGIN CERTIFICATE-----"]);
        check(b"\x30\x82\x01\x0a\x02\x82", &["binary", "openssl x509 -inform der"]);
        check(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", &["private key"]);
        check(
            format!("{begin}AAAA\n-----END CERTIFICATE-----\n").as_bytes(),
            &["certificate 1", "once more"],
        );
        check(format!("{begin}AAAA\n").as_bytes(), &["certificate 1"]);
        check(format!("{begin}§§§§\n-----END CERTIFICATE-----\n").as_bytes(), &["certificate 1"]);
        let error = read(Path::new("/nowhere/ca.pem")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/ca.pem cannot be read") && error.contains("may read"), "{error}");
    }
}
