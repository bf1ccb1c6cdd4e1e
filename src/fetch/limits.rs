//! What a fetch may cost, and who we say we are.

use std::{path::PathBuf, time::Duration};

use ipnet::IpNet;

/// Limits of every fetch. The defaults are those of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// To reach a host [10 s].
    pub connect_timeout: Duration,
    /// Without a byte [15 s].
    pub idle_timeout: Duration,
    /// For all of it, redirects included [60 s].
    pub total_timeout: Duration,
    /// Bytes of a body, on the wire and decoded [10 MiB].
    pub body_limit: u64,
    /// Redirects that are followed; 5 where nothing is said.
    pub max_redirects: usize,
    /// Networks that the guard lets through although they are not public.
    pub allow_networks: Vec<IpNet>,
    /// A file with root certificates that are trusted beside those of the system (PEM).
    pub ca_file: Option<PathBuf>,
    /// `User-Agent`: `Vestnik/<version> (+<contact>)`.
    pub user_agent: String,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(60),
            body_limit: 10 * 1024 * 1024,
            max_redirects: 5,
            allow_networks: Vec::new(),
            ca_file: None,
            user_agent: Limits::user_agent(None),
        }
    }
}

impl Limits {
    /// Our user agent, with an address to complain to where there is one.
    pub fn user_agent(contact: Option<&str>) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match contact {
            Some(contact) => format!("Vestnik/{version} (+{contact})"),
            None => format!("Vestnik/{version}"),
        }
    }
}
