//! What the client's errors mean: one variant a reaction. Pure.

use std::{error::Error, io};

use super::{Limits, resolve::ResolveFault};
use crate::model::{FetchError, TlsFault};

/// Sorts an error of sending a request.
pub(super) fn classify(error: &reqwest::Error, limits: &Limits) -> FetchError {
    if error.is_timeout() {
        return FetchError::Timeout {
            after: if error.is_connect() { limits.connect_timeout } else { limits.total_timeout },
        };
    }
    for cause in causes(error) {
        if let Some(ResolveFault(fault)) = cause.downcast_ref() {
            return fault.clone();
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return by_tls(tls);
        }
        if let Some(fault) = cause.downcast_ref::<io::Error>().and_then(by_system) {
            return fault;
        }
    }
    let reason = causes(error).last().map_or_else(|| error.to_string(), ToString::to_string);
    if error.is_connect() { FetchError::Connect { reason } } else { FetchError::Broken { reason } }
}

/// Sorts an error of reading a body: whatever the cause, what came is not whole.
pub(super) fn classify_body(error: &reqwest::Error) -> FetchError {
    let reason = causes(error).last().map_or_else(|| error.to_string(), ToString::to_string);
    FetchError::Broken { reason }
}

/// Whether another attempt may help: the connection was taken up again just as the server closed it. Not where it answered.
pub(super) fn is_stale_connection(error: &reqwest::Error) -> bool {
    let answered = |cause: &(dyn Error + 'static)| {
        cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
    };
    error.is_request() && !error.is_connect() && !error.is_timeout() && !causes(error).any(answered)
}

fn by_system(error: &io::Error) -> Option<FetchError> {
    // An error that the standard library wraps hides itself from `source`; some are wrapped twice.
    if let Some(inner) = error.get_ref() {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return Some(by_tls(tls));
        }
        if let Some(nested) = inner.downcast_ref::<io::Error>().and_then(by_system) {
            return Some(nested);
        }
    }
    match error.kind() {
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Some(FetchError::Offline { reason: error.to_string() })
        }
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::TimedOut
        | io::ErrorKind::BrokenPipe => Some(FetchError::Connect { reason: error.to_string() }),
        _ => None,
    }
}

fn by_tls(error: &rustls::Error) -> FetchError {
    use rustls::CertificateError as Certificate;
    let fault = match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::Expired | Certificate::ExpiredContext { .. } => TlsFault::Expired,
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => TlsFault::NotYet,
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => TlsFault::Name,
            // An authority of the same name with another key, as after it was made anew.
            Certificate::UnknownIssuer | Certificate::BadSignature => TlsFault::Issuer,
            _ => TlsFault::Other,
        },
        _ => TlsFault::Other,
    };
    FetchError::Tls { fault, reason: error.to_string() }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
