//! Names to addresses, through the guard: what is connected to is what was checked, so a name that changes its mind
//! between two look-ups gains nothing.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::Guard;
use crate::model::FetchError;

/// Who knows the addresses of hosts: the system, or in tests somebody who lies.
pub trait Names: Send + Sync {
    /// The addresses of a host, the preferred family first. The error is the system's.
    fn look_up(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
pub(super) struct SystemNames;

impl Names for SystemNames {
    fn look_up(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}

/// The client's resolver: names, then the guard.
pub(super) struct GuardedResolver {
    names: Arc<dyn Names>,
    guard: Arc<Guard>,
}

/// Why a name gave no address. Travels inside the client's error.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct ResolveFault(pub(super) FetchError);

impl GuardedResolver {
    pub(super) fn new(names: Arc<dyn Names>, guard: Arc<Guard>) -> Self {
        GuardedResolver { names, guard }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.guard);
        let looking = self.names.look_up(name.as_str().to_owned());
        Box::pin(async move {
            let host = name.as_str();
            let found = match looking.await {
                // The port is filled in by the client.
                Ok(addresses) => {
                    permitted(host, addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)), &guard)
                }
                Err(error) => Err(unresolved(host, &error)),
            };
            let addresses = found.map_err(ResolveFault)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be connected to. A name with a public and a private address keeps the public one.
fn permitted(
    host: &str,
    addresses: impl Iterator<Item = SocketAddr>,
    guard: &Guard,
) -> Result<Vec<SocketAddr>, FetchError> {
    let mut refused = None;
    let mut permitted = Vec::new();
    for address in addresses {
        if guard.permits(address.ip()) {
            permitted.push(address);
        } else {
            refused = Some(address.ip());
        }
    }
    match refused {
        _ if !permitted.is_empty() => Ok(permitted),
        Some(address) => Err(FetchError::Refused { address: format!("{host} ({address})") }),
        None => Err(FetchError::UnknownHost { host: host.to_owned() }),
    }
}

/// The system's resolver tells "no such name" from "no answer" in words only: the standard library drops the code. The
/// words are those of glibc, musl and the BSDs for EAI_AGAIN and EAI_FAIL.
fn unresolved(host: &str, error: &io::Error) -> FetchError {
    let text = error.to_string();
    let own_fault = ["Temporary failure", "Try again", "temporarily", "Non-recoverable", "Unrecoverable"];
    if error.raw_os_error().is_some() || own_fault.iter().any(|words| text.contains(words)) {
        FetchError::Offline { reason: format!("the name server gave no answer for {host}") }
    } else {
        FetchError::UnknownHost { host: host.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str]) -> Result<Vec<String>, FetchError> {
        let addresses = addresses.iter().map(|address| address.parse::<SocketAddr>().unwrap());
        let found = permitted("partner.example", addresses, &Guard::default())?;
        Ok(found.iter().map(SocketAddr::to_string).collect())
    }

    #[test]
    fn a_name_gives_only_the_addresses_that_are_permitted() {
        assert_eq!(check(&["8.8.8.8:0"]), Ok(vec!["8.8.8.8:0".to_owned()]));
        assert_eq!(check(&["127.0.0.1:0", "8.8.8.8:0", "[::1]:0"]), Ok(vec!["8.8.8.8:0".to_owned()]));
    }

    #[test]
    fn a_name_with_private_addresses_alone_is_refused() {
        let error = check(&["10.0.0.7:0"]).unwrap_err();
        assert_eq!(error, FetchError::Refused { address: "partner.example (10.0.0.7)".to_owned() });
        assert_eq!(check(&[]), Err(FetchError::UnknownHost { host: "partner.example".to_owned() }));
    }

    #[test]
    fn a_silent_name_server_is_our_own_fault_and_an_unknown_name_is_not() {
        let lookup =
            |detail: &str| io::Error::other(format!("failed to lookup address information: {detail}"));
        let offline = unresolved("a.example", &lookup("Temporary failure in name resolution"));
        assert!(matches!(offline, FetchError::Offline { .. }));
        let unknown = unresolved("a.example", &lookup("Name or service not known"));
        assert!(matches!(unknown, FetchError::UnknownHost { .. }));
    }
}
