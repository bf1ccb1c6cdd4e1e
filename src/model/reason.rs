//! Why a source brings nothing, or is odd, in plain words: what happened and, where something can be done, what. In English as
//! it is stored, and in Bulgarian as it may be shown. Pure.

/// A reason. `{}` stands for a name or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    english: &'static str,
    bulgarian: &'static str,
}

macro_rules! reasons {
    ($($name:ident: $english:literal, $bulgarian:literal;)+) => {
        impl Reason {
            $(pub(super) const $name: Reason = Reason { english: $english, bulgarian: $bulgarian };)+
            /// All that there are.
            const ALL: &[Reason] = &[$(Reason::$name),+];
        }
    };
}

reasons! {
    UNKNOWN_HOST: "there is no site named {}: it may have closed, or the address has a mistake; open the address in a browser",
        "няма сайт с име {}: може да е закрит или в адреса да има грешка; отворете адреса в браузър";
    OFFLINE: "there is no way to the site: our own connection or the site's name server does not work; it is tried again by itself",
        "няма път до сайта: не работи нашата връзка или сървърът за имена на сайта; опитваме отново сами";
    REFUSED: "the address leads into a private network, where we do not look; if it is meant so, whoever runs Vestnik can open it \
        (collect.allow_networks)",
        "адресът води в частна мрежа, където не търсим; ако е нарочно, който поддържа Vestnik, може да я отвори \
        (collect.allow_networks)";
    CONNECT: "no connection to the publisher's server: it may be down for a while; if it stays so, ask the publisher",
        "няма връзка със сървъра на издателя: може временно да не работи; ако продължи, питайте издателя";
    CERTIFICATE_EXPIRED: "the certificate by which the publisher's server proves who it is has expired; tell the publisher",
        "сертификатът, с който сървърът на издателя доказва кой е, е изтекъл; съобщете на издателя";
    CERTIFICATE_NOT_YET: "the certificate by which the publisher's server proves who it is counts only from a later day on; look at \
        the clock of our own machine, then tell the publisher",
        "сертификатът, с който сървърът на издателя доказва кой е, още не е в сила; проверете часовника на нашата машина, после \
        съобщете на издателя";
    CERTIFICATE_NAME: "the publisher's server shows the certificate of another site; check the address, or tell the publisher",
        "сървърът на издателя показва сертификат на друг сайт; проверете адреса или съобщете на издателя";
    CERTIFICATE_ISSUER: "nobody whom we trust vouches for the publisher's server; tell the publisher, or, where the server is your \
        own organisation's, name its root certificate (collect.ca_file)",
        "никой, на когото се доверяваме, не гарантира за сървъра на издателя; съобщете на издателя или, ако сървърът е на вашата \
        организация, посочете коренния ѝ сертификат (collect.ca_file)";
    NOT_SECURE: "no secure connection to the publisher's server can be made; open the address in a browser, and tell the publisher",
        "не може да се установи защитена връзка със сървъра на издателя; отворете адреса в браузър и съобщете на издателя";
    TIMEOUT: "the publisher's server takes too long to answer; that may pass, and if it stays so, ask the publisher",
        "сървърът на издателя отговаря твърде бавно; може да отмине, а ако продължи, питайте издателя";
    PASSWORD: "the publisher's server wants a name and a password; ask the publisher for an address that needs none",
        "сървърът на издателя иска име и парола; поискайте от издателя адрес без тях";
    PAYMENT: "the publisher wants to be paid for this; ask the publisher",
        "издателят иска плащане за това; питайте издателя";
    NOT_LET_IN: "the publisher's server does not let us in; ask the publisher to allow Vestnik",
        "сървърът на издателя не ни допуска; помолете издателя да допусне Vestnik";
    LAW: "the publisher's server may not show this, for reasons of law; ask the publisher",
        "по закон сървърът на издателя не може да покаже това; питайте издателя";
    NOTHING_THERE: "there is nothing at this address any more; look for the feed's new address (vestnik discover)",
        "на този адрес вече няма нищо; потърсете новия адрес на емисията (vestnik discover)";
    NOT_UNDERSTOOD: "the publisher's server does not understand what we ask; open the address in a browser",
        "сървърът на издателя не разбира какво искаме; отворете адреса в браузър";
    FAULT_OF_ITS_OWN: "the publisher's server has a fault of its own; that may pass, and if it stays so, tell the publisher",
        "сървърът на издателя има собствена повреда; може да отмине, а ако продължи, съобщете на издателя";
    SENSELESS: "the publisher's server gave an answer that makes no sense here; open the address in a browser",
        "отговорът на сървъра на издателя тук няма смисъл; отворете адреса в браузър";
    ROUND_IN_CIRCLES: "the address leads round in circles or nowhere; open it in a browser, and declare the address where that ends",
        "адресът препраща в кръг или наникъде; отворете го в браузър и посочете адреса, на който спира";
    TOO_LARGE: "the document is larger than we accept; if it has to be, whoever runs Vestnik can accept more (collect.body_limit)",
        "документът е по-голям, отколкото приемаме; ако трябва да е такъв, който поддържа Vestnik, може да приеме повече \
        (collect.body_limit)";
    CUT_OFF: "what the publisher's server sent was cut off or damaged; that may pass, and if it stays so, tell the publisher",
        "изпратеното от сървъра на издателя е прекъснато или повредено; може да отмине, а ако продължи, съобщете на издателя";
    ROBOTS: "the publisher does not want programs to read this page (robots.txt); ask the publisher for a feed, or for leave",
        "издателят не желае програми да четат тази страница (robots.txt); поискайте от издателя емисия или разрешение";
    CLOSED: "the publisher has closed this address for good; look for the new one (vestnik discover), or remove the source",
        "издателят е закрил този адрес завинаги; потърсете новия (vestnik discover) или махнете източника";
    LESS_OFTEN: "the publisher asks us to come less often; we wait, and nothing has to be done",
        "издателят моли да идваме по-рядко; изчакваме и нищо не трябва да се прави";
    OUT_OF_SERVICE: "the publisher's server is out of service for a while; it is tried again by itself",
        "сървърът на издателя временно не работи; опитваме отново сами";
    NO_ADDRESS: "no address is declared for this source; add its url",
        "за този източник не е посочен адрес; добавете url";
    OUR_FAULT: "reading it broke off by a fault of Vestnik; please report it, with the address of the source",
        "четенето прекъсна по вина на Vestnik; съобщете за това заедно с адреса на източника";
    NOT_STORED: "what came could not be stored; whoever runs Vestnik should look at its disk and its log",
        "полученото не можа да се запише; който поддържа Vestnik, да провери диска и дневника";
    OUTAGE: "our own network is down; it is asked again as soon as that is back",
        "нашата мрежа не работи; питаме отново, щом се възстанови";
    QUIET: "nothing new for {} days; it usually brings more: is there news on the site that the feed lacks?",
        "от {} дни няма нищо ново; обикновено има повече: има ли на сайта новини, които липсват в емисията?";
    MOVED: "the publisher moved it to {}, where it is asked now; declare the new address, or decide with \
        `vestnik source {} --accept-move` or `--keep-address`",
        "издателят го премести на {}, където го питаме сега; посочете новия адрес или решете с \
        `vestnik source {} --accept-move` или `--keep-address`";
    BREACH_NO_ITEMS: "contract broken (no items): the document has no items; it may have changed",
        "нарушен договор (no items): документът е празен; може да е променен";
    BREACH_MIN_ITEMS: "contract broken (min_items): {} items were found, at least {} are expected; the page may have changed",
        "нарушен договор (min_items): намерени са {} материала, очакват се поне {}; страницата може да е променена";
    BREACH_REQUIRED: "contract broken (required {}): only {} of {} items have it; the page may have changed",
        "нарушен договор (required {}): имат го само {} от {} материала; страницата може да е променена";
    BREACH_CADENCE: "contract broken (cadence): nothing new for {} days; it may have moved or been given up",
        "нарушен договор (cadence): от {} дни няма нищо ново; може да е преместен или изоставен";
}

impl Reason {
    /// The reason as it is stored, with these names and numbers.
    pub(super) fn with(self, facts: &[&str]) -> String {
        filled(self.english, facts)
    }

    /// A stored reason in Bulgarian; None where it is none of these.
    pub fn in_bulgarian(stored: &str) -> Option<String> {
        Reason::ALL.iter().find_map(|reason| Some(filled(reason.bulgarian, &facts(reason.english, stored)?)))
    }
}

fn filled(template: &str, facts: &[&str]) -> String {
    let mut facts = facts.iter();
    let mut parts = template.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(facts.next().unwrap_or(&"…"));
        text.push_str(part);
    }
    text
}

/// What stands in a text in the places of the template; None where it is another text.
fn facts<'a>(template: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = template.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    for part in parts {
        let (fact, after) = if part.is_empty() { (rest, "") } else { rest.split_once(part)? };
        found.push(fact);
        rest = after;
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Breach, EntryField, FetchError, TlsFault, Trouble};

    /// Every fault of fetching, with an answer of each kind.
    fn faults() -> Vec<FetchError> {
        let words = || "ECONNREFUSED".to_owned();
        let host = || "noi.example".to_owned();
        let statuses = [400, 401, 402, 403, 404, 407, 418, 451, 500, 502, 599, 206, 300];
        let tls = [TlsFault::Expired, TlsFault::NotYet, TlsFault::Name, TlsFault::Issuer, TlsFault::Other];
        let mut faults: Vec<FetchError> = statuses.map(|status| FetchError::Status { status }).to_vec();
        faults.extend(tls.map(|fault| FetchError::Tls { fault, reason: words() }));
        faults.extend([
            FetchError::UnknownHost { host: host() },
            FetchError::Offline { reason: words() },
            FetchError::Refused { address: host() },
            FetchError::Connect { reason: words() },
            FetchError::Timeout { after: std::time::Duration::from_secs(15) },
            FetchError::Redirect { reason: words() },
            FetchError::TooLarge { limit: 1 },
            FetchError::Broken { reason: words() },
            FetchError::Robots { host: host() },
        ]);
        faults
    }

    fn troubles() -> Vec<Trouble> {
        let mut troubles: Vec<Trouble> = faults().iter().map(Trouble::from).collect();
        troubles.extend([Trouble::gone(), Trouble::rate_limited(), Trouble::unavailable()]);
        troubles
    }

    #[test]
    fn every_fault_is_said_without_words_of_protocols_and_in_both_languages() {
        for Trouble { reason, technical } in troubles() {
            for word in ["HTTP", "ECONN", "status", "DNS", "TLS", "redirect", "404", "timeout", "handshake"] {
                assert!(!reason.contains(word), "{reason}");
            }
            assert!(technical.is_some(), "{reason}");
            let bulgarian = Reason::in_bulgarian(&reason).expect(&reason);
            println!("{reason}\n    {bulgarian}\n    [{}]", technical.unwrap());
        }
    }

    /// What happened, then what can be done or that nothing has to be.
    #[test]
    fn every_reason_says_what_to_do() {
        for reason in Reason::ALL.iter().filter(|reason| !reason.english.starts_with("contract broken")) {
            for text in [reason.english, reason.bulgarian] {
                let (what, then) = text.split_once("; ").expect(text);
                assert!(what.len() > 15 && then.len() > 10, "{text}");
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_facts_and_names_of_settings() {
        for Reason { english, bulgarian } in Reason::ALL {
            assert_eq!(english.matches("{}").count(), bulgarian.matches("{}").count(), "{english}");
            for name in [
                "collect.allow_networks",
                "collect.ca_file",
                "collect.body_limit",
                "vestnik discover",
                "robots.txt",
            ] {
                assert_eq!(english.contains(name), bulgarian.contains(name), "{english}");
            }
            assert!(bulgarian.chars().any(|c| ('а'..='я').contains(&c)), "{bulgarian}");
            assert!(!bulgarian.contains("  ") && !english.contains("  "), "{english}");
        }
    }

    #[test]
    fn a_stored_reason_is_found_again_with_its_facts() {
        let moved = Reason::MOVED.with(&["https://noi.example/feed", "noi"]);
        let bulgarian = Reason::in_bulgarian(&moved).unwrap();
        assert!(bulgarian.contains("https://noi.example/feed") && bulgarian.contains("source noi --accept"));
        for breach in [
            Breach::NoItems,
            Breach::TooFew { found: 1, expected: 3 },
            Breach::Missing { field: EntryField::Date, with: 1, items: 9 },
            Breach::Silent { days: 12 },
        ] {
            let said = breach.to_string();
            assert!(Reason::in_bulgarian(&said).expect(&said).starts_with("нарушен договор ("));
        }
        assert_eq!(Reason::in_bulgarian("something else"), None);
        assert_eq!(Reason::in_bulgarian(""), None);
    }
}
