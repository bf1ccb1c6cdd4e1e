//! What went wrong, said twice: for whoever looks after the sources and knows nothing of protocols, and for whoever does.

use super::FetchError;

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
        Trouble::new("the publisher has closed this address for good", "410 Gone")
    }

    /// 429, or one that came for another source of the host.
    pub fn rate_limited() -> Self {
        Trouble::new("the publisher asks us to come less often; we wait", "429 Too Many Requests")
    }

    /// 503.
    pub fn unavailable() -> Self {
        Trouble::new("the publisher's server is out of service for a while", "503 Service Unavailable")
    }

    fn new(reason: &str, technical: &str) -> Self {
        Trouble { reason: reason.to_owned(), technical: Some(technical.to_owned()) }
    }
}

impl From<&FetchError> for Trouble {
    fn from(error: &FetchError) -> Self {
        Trouble { reason: in_plain_words(error), technical: Some(error.to_string()) }
    }
}

fn in_plain_words(error: &FetchError) -> String {
    let said = match error {
        FetchError::UnknownHost { host } => {
            return format!("there is no site named {host}: check the address, or it may have closed");
        }
        FetchError::Offline { .. } => "our own connection to the internet does not work",
        FetchError::Refused { .. } => {
            "the address leads into a private network; whoever runs Vestnik can open it (collect.allow_networks)"
        }
        FetchError::Connect { .. } => "no connection to the publisher's server: it may be down for a while",
        FetchError::Tls { .. } => {
            "the publisher's server cannot prove who it is (its certificate is not in order); tell the publisher"
        }
        FetchError::Timeout { .. } => "the publisher's server takes too long to answer",
        FetchError::Status { status } => of_status(*status),
        FetchError::Redirect { .. } => "the address leads round in circles or nowhere; check it in a browser",
        FetchError::TooLarge { .. } => "the document is larger than we accept (collect.body_limit)",
        FetchError::Broken { .. } => "what the publisher's server sent was cut off or damaged",
        FetchError::Robots { .. } => "the publisher does not want programs to read this page (robots.txt)",
    };
    said.to_owned()
}

fn of_status(status: u16) -> &'static str {
    match status {
        401 | 407 => "the publisher's server wants a name and a password",
        403 | 451 => "the publisher's server does not let us in; ask the publisher to allow Vestnik",
        404 => {
            "there is nothing at this address any more; look for the feed's new address (vestnik discover)"
        }
        402 => "the publisher wants to be paid",
        400 | 405..=499 => "the publisher's server does not understand what we ask; check the address",
        500..=599 => "the publisher's server has a fault of its own; it may pass",
        _ => "the publisher's server gave an answer that makes no sense here",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_reasons_need_no_knowledge_of_protocols() {
        let secs = std::time::Duration::from_secs;
        let host = || "noi.example".to_owned();
        let reason = || "ECONNREFUSED".to_owned();
        let statuses = [400, 401, 402, 403, 404, 418, 451, 500, 502, 599, 206, 300];
        let errors = statuses.map(|status| FetchError::Status { status }).into_iter().chain([
            FetchError::UnknownHost { host: host() },
            FetchError::Offline { reason: reason() },
            FetchError::Refused { address: host() },
            FetchError::Connect { reason: reason() },
            FetchError::Tls { reason: reason() },
            FetchError::Timeout { after: secs(15) },
            FetchError::Redirect { reason: reason() },
            FetchError::TooLarge { limit: 1 },
            FetchError::Broken { reason: reason() },
            FetchError::Robots { host: host() },
        ]);
        for error in errors {
            let Trouble { reason, technical } = Trouble::from(&error);
            for word in ["HTTP", "ECONN", "status", "DNS", "TLS", "redirect", "404", "timeout"] {
                assert!(!reason.contains(word), "{reason}");
            }
            assert_eq!(technical, Some(error.to_string()));
        }
    }
}
