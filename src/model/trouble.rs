//! What went wrong, said twice: for whoever looks after the sources and knows nothing of protocols, and for whoever does.

use std::fmt;

use super::{FeedUrl, FetchError, Reason, Slug, TlsFault};

/// Why a source could not be collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// In plain words, with what to do where something can be done.
    pub reason: String,
    /// In the words of the protocol; None where the reason says it all.
    pub technical: Option<String>,
}

impl Trouble {
    /// A reason that says it all.
    pub fn plain(reason: impl Into<String>) -> Self {
        Trouble { reason: reason.into(), technical: None }
    }

    /// 410: the publisher took the address away.
    pub fn gone() -> Self {
        Trouble::new(Reason::CLOSED, "410 Gone")
    }

    /// 429, or one that came for another source of the host.
    pub fn rate_limited() -> Self {
        Trouble::new(Reason::LESS_OFTEN, "429 Too Many Requests")
    }

    /// 503.
    pub fn unavailable() -> Self {
        Trouble::new(Reason::OUT_OF_SERVICE, "503 Service Unavailable")
    }

    /// Nobody said where it is.
    pub fn no_address() -> Self {
        Trouble::plain(Reason::NO_ADDRESS.with(&[]))
    }

    /// A stage of ours broke.
    pub fn our_fault() -> Self {
        Trouble::plain(Reason::OUR_FAULT.with(&[]))
    }

    /// The store would not take it, for this reason.
    pub fn not_stored(why: String) -> Self {
        Trouble { reason: Reason::NOT_STORED.with(&[]), technical: Some(why) }
    }

    /// Our own network is down.
    pub fn outage() -> Self {
        Trouble::plain(Reason::OUTAGE.with(&[]))
    }

    /// It answers, but has brought nothing for so many days.
    pub fn quiet(days: i64) -> Self {
        Trouble::plain(Reason::QUIET.with(&[&days.to_string()]))
    }

    /// It is asked at another address than the declared one.
    pub fn moved(source: &Slug, address: &FeedUrl) -> Self {
        Trouble::plain(Reason::MOVED.with(&[&address.to_string(), source.as_str()]))
    }

    fn new(reason: Reason, technical: &str) -> Self {
        Trouble { reason: reason.with(&[]), technical: Some(technical.to_owned()) }
    }
}

/// In plain words, those of the protocol beside them.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        self.technical.as_ref().map_or(Ok(()), |technical| write!(f, " [{technical}]"))
    }
}

impl From<&FetchError> for Trouble {
    fn from(error: &FetchError) -> Self {
        let reason = match error {
            FetchError::UnknownHost { host } => Reason::UNKNOWN_HOST.with(&[host]),
            other => of(other).with(&[]),
        };
        Trouble { reason, technical: Some(error.to_string()) }
    }
}

fn of(error: &FetchError) -> Reason {
    match error {
        FetchError::UnknownHost { .. } => Reason::UNKNOWN_HOST,
        FetchError::Offline { .. } => Reason::OFFLINE,
        FetchError::Refused { .. } => Reason::REFUSED,
        FetchError::Connect { .. } => Reason::CONNECT,
        FetchError::Tls { fault, .. } => match fault {
            TlsFault::Expired => Reason::CERTIFICATE_EXPIRED,
            TlsFault::NotYet => Reason::CERTIFICATE_NOT_YET,
            TlsFault::Name => Reason::CERTIFICATE_NAME,
            TlsFault::Issuer => Reason::CERTIFICATE_ISSUER,
            TlsFault::Other => Reason::NOT_SECURE,
        },
        FetchError::Timeout { .. } => Reason::TIMEOUT,
        FetchError::Status { status } => of_status(*status),
        FetchError::Redirect { .. } => Reason::ROUND_IN_CIRCLES,
        FetchError::TooLarge { .. } => Reason::TOO_LARGE,
        FetchError::Broken { .. } => Reason::CUT_OFF,
        FetchError::Robots { .. } => Reason::ROBOTS,
    }
}

fn of_status(status: u16) -> Reason {
    match status {
        401 | 407 => Reason::PASSWORD,
        402 => Reason::PAYMENT,
        403 => Reason::NOT_LET_IN,
        404 => Reason::NOTHING_THERE,
        451 => Reason::LAW,
        400..=499 => Reason::NOT_UNDERSTOOD,
        500..=599 => Reason::FAULT_OF_ITS_OWN,
        _ => Reason::SENSELESS,
    }
}
