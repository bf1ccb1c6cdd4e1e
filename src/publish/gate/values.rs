//! Single values: addresses, dates, languages, media types. Each says what is wrong with it.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::model::Timestamp;

pub(super) type Checked = Result<(), &'static str>;

/// An absolute URI (RFC 3986) with nothing in it that a URI cannot hold.
pub(super) fn uri(text: &str) -> Checked {
    absolute(text, |c| c.is_ascii())
}

/// An absolute IRI (RFC 3987).
pub(super) fn iri(text: &str) -> Checked {
    absolute(text, |c| c.is_ascii() || is_ucschar(c))
}

/// An absolute http or https address with a host that has a name or a number.
pub(super) fn web(text: &str) -> Checked {
    uri(text)?;
    let (scheme, _) = text.split_once(':').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err("is no http or https address");
    }
    Ok(())
}

/// An address of an item of RSS: http or https, its host a name or an IPv4 address, as the validator of the W3C knows no other.
pub(super) fn item_address(text: &str) -> Checked {
    web(text)?;
    if text.contains(['[', ']']) { Err("has a host in brackets") } else { Ok(()) }
}

/// What an enclosure can lie at: an address whose host has a dot, and only letters, digits and hyphens besides.
pub(super) fn enclosure(text: &str) -> Checked {
    item_address(text)?;
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let (authority, path) =
        rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len())).unwrap_or((rest, ""));
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    let label = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_named = host.contains('.') && host.split('.').all(label) && !last.starts_with('-');
    match path.chars().next() {
        None | Some('/') if is_named => Ok(()),
        None | Some('/') => Err("has a host that enclosures cannot have"),
        Some(_) => Err("has no path"),
    }
}

/// What an Atom id can be: an absolute URI, as the validator of the W3C takes no IRI; a `tag:` with an authority and a date (RFC
/// 4151), a `urn:` with a namespace. Nothing that runs where somebody takes it for a link.
pub(super) fn id(text: &str) -> Checked {
    uri(text)?;
    if text.contains(['[', ']']) {
        return Err("has a host in brackets");
    }
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "tag" if scheme == "tag" => tag(rest),
        "tag" => Err("is no tag URI (RFC 4151)"),
        "urn" => urn(rest),
        "javascript" | "vbscript" | "data" => Err("is of a kind that may do harm"),
        "http" | "https" | "ftp"
            if rest.strip_prefix("//").is_none_or(|r| r.is_empty() || r.starts_with('/')) =>
        {
            Err("has no host")
        }
        _ => Ok(()),
    }
}

fn absolute(text: &str, may_stand: impl Fn(char) -> bool) -> Checked {
    let Some((scheme, rest)) = text.split_once(':') else { return Err("is not absolute") };
    let starts = scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if !starts || !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) {
        return Err("is not absolute");
    }
    if rest.is_empty() {
        return Err("is nothing but a scheme");
    }
    let (before, fragment) = rest.split_once('#').map_or((rest, ""), |(before, after)| (before, after));
    let (hierarchy, query) = before.split_once('?').map_or((before, ""), |(before, after)| (before, after));
    let (authority, path) = match hierarchy.strip_prefix("//") {
        Some(rest) => rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or((rest, "")),
        None => ("", hierarchy),
    };
    if hierarchy.starts_with("//") {
        self::authority(authority, &may_stand)?;
    }
    part(path, "/", &may_stand)?;
    part(query, "/?", &may_stand)?;
    part(fragment, "/?", &may_stand)
}

fn authority(text: &str, may_stand: &impl Fn(char) -> bool) -> Checked {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    if let Some(literal) = host.strip_prefix('[') {
        let Some((address, port)) = literal.split_once(']') else {
            return Err("has a bracket without an end");
        };
        let fits = url::Host::parse(&format!("[{address}]")).is_ok() || address.starts_with(['v', 'V']);
        let port = port.strip_prefix(':').unwrap_or(port);
        return if fits && port.bytes().all(|b| b.is_ascii_digit()) {
            Ok(())
        } else {
            Err("has a host that is none")
        };
    }
    let (host, port) = host.rsplit_once(':').unwrap_or((host, ""));
    if host.is_empty() {
        return Err("has no host");
    }
    if port.len() > 5 || !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err("has a port that is none");
    }
    part(text, "", may_stand)
}

/// The characters of RFC 3986 §3.3 (pchar) and these, with whole percent-encodings.
fn part(text: &str, also: &str, may_stand: &impl Fn(char) -> bool) -> Checked {
    let bytes = text.as_bytes();
    for (at, c) in text.char_indices() {
        if c == '%' {
            let digits = bytes.get(at + 1..at + 3);
            if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                return Err("has a percent sign that encodes nothing");
            }
            continue;
        }
        let fits = if c.is_ascii() {
            c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(c) || also.contains(c)
        } else {
            true
        };
        if !fits || !may_stand(c) {
            return Err("has a character that an address cannot hold");
        }
    }
    Ok(())
}

/// RFC 3987 §2.2.
fn is_ucschar(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0xa0..=0xd7ff | 0xf900..=0xfdcf | 0xfdf0..=0xffef)
        || (0x10000..=0xefffd).contains(&code) && code & 0xffff <= 0xfffd && code != 0xe0000
}

/// RFC 4151: `tag:authority,date:specific`.
fn tag(rest: &str) -> Checked {
    let wrong = Err("is no tag URI (RFC 4151)");
    let Some((entity, _)) = rest.split_once(':') else { return wrong };
    let Some((authority, date)) = entity.rsplit_once(',') else { return wrong };
    let fits = |part: &str, also: &[u8]| {
        let fits = |b: u8| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-') || also.contains(&b)
        };
        !part.is_empty() && part.bytes().all(fits)
    };
    let is_name = authority
        .split_once('@')
        .map_or(fits(authority, b""), |(person, host)| fits(person, b"_") && fits(host, b""));
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let mut parts = date.split('-');
    let is_date = parts.next().is_some_and(|year| digits(year, 4))
        && parts.clone().count() <= 2
        && parts.all(|part| digits(part, 2));
    if is_name && is_date { Ok(()) } else { wrong }
}

/// RFC 8141 and, for UUIDs, RFC 9562.
fn urn(rest: &str) -> Checked {
    let wrong = Err("is no URN (RFC 8141)");
    let Some((space, name)) = rest.split_once(':') else { return wrong };
    let fits = (2..=32).contains(&space.len())
        && space.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !space.starts_with('-');
    if !fits || name.is_empty() {
        return wrong;
    }
    // What the validator of the W3C lets stand in a name.
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"()+,.:=@;$_!*'-%".contains(&b)) {
        return wrong;
    }
    if space.eq_ignore_ascii_case("uuid") {
        let groups: Vec<usize> = name.split('-').map(str::len).collect();
        let hex = name.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        return if hex && groups == [8, 4, 4, 4, 12] { Ok(()) } else { Err("is no UUID (RFC 9562)") };
    }
    Ok(())
}

/// RFC 822 with a four-digit year, and the day of the week that it was.
pub(super) fn rfc822(text: &str, made: Timestamp) -> Checked {
    let wrong = Err("is no date of RFC 822 with a four-digit year");
    let (day_of_week, rest) = match text.split_once(", ") {
        Some((name, rest)) => (Some(name), rest),
        None => (None, text),
    };
    let parts: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, time, zone] = parts.as_slice() else { return wrong };
    let number = |text: &str, digits: usize| {
        (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())?
    };
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.iter().position(|name| name == month).and_then(|at| u32::try_from(at + 1).ok());
    let day = number(day, day.len().clamp(1, 2));
    let (Some(day), Some(month), Some(year)) = (day, month, number(year, 4)) else { return wrong };
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).unwrap_or(0), month, day);
    let time: Vec<Option<u32>> = time.split(':').map(|part| number(part, 2)).collect();
    let time = match time.as_slice() {
        [Some(hour), Some(minute)] => chrono::NaiveTime::from_hms_opt(*hour, *minute, 0),
        [Some(hour), Some(minute), Some(second)] => chrono::NaiveTime::from_hms_opt(*hour, *minute, *second),
        _ => None,
    };
    let offset = match *zone {
        "GMT" | "UT" | "Z" => Some(0),
        _ => zone.strip_prefix(['+', '-']).and_then(|digits| number(digits, 4)).map(|offset| {
            let seconds = i64::from(offset / 100 * 3600 + offset % 100 * 60);
            if zone.starts_with('-') { -seconds } else { seconds }
        }),
    };
    let (Some(date), Some(time), Some(offset)) = (date, time, offset) else { return wrong };
    if day_of_week.is_some_and(|name| name != date.weekday().to_string()) {
        return Err("names another day of the week than it was");
    }
    let at = date.and_time(time).and_utc() - chrono::TimeDelta::seconds(offset);
    not_after(at, made)
}

/// RFC 3339 with seconds and a zone.
pub(super) fn rfc3339(text: &str, made: Timestamp) -> Checked {
    let Ok(at) = DateTime::parse_from_rfc3339(text) else { return Err("is no date of RFC 3339") };
    let bytes = text.as_bytes();
    if bytes.get(10) != Some(&b'T') || bytes.get(4) != Some(&b'-') || text.contains(['z', 't']) {
        return Err("is no date of RFC 3339 as feeds write it");
    }
    not_after(at.with_timezone(&Utc), made)
}

fn not_after(at: Timestamp, made: Timestamp) -> Checked {
    if at > made { Err("lies in the future") } else { Ok(()) }
}

/// RFC 5646 with a language that ISO 639 knows.
pub(super) fn language(tag: &str) -> Checked {
    let mut subtags = tag.split('-');
    let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
    let is_language = match primary.len() {
        2 => ISO_639_1.split(' ').any(|code| code == primary),
        3 => ISO_639_2.split(' ').any(|code| code == primary),
        _ => false,
    };
    let fits = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_language && subtags.all(fits) { Ok(()) } else { Err("is no language tag") }
}

/// `type/subtype` with parameters (RFC 9110 §8.3.1).
pub(super) fn media_type(text: &str) -> Checked {
    let wrong = Err("is no media type");
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"()<>,;:\\\"/[]?=".contains(&b))
    };
    let mut parts = text.split(';');
    let Some((kind, subtype)) = parts.next().and_then(|essence| essence.trim_end().split_once('/')) else {
        return wrong;
    };
    let parameters = parts.all(|parameter| {
        parameter
            .trim()
            .split_once('=')
            .is_some_and(|(name, value)| token(name) && (token(value) || value.starts_with('"')))
    });
    if token(kind) && token(subtype) && parameters { Ok(()) } else { wrong }
}

/// A number of bytes or seconds.
pub(super) fn number(text: &str) -> Checked {
    let fits = !text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(()) } else { Err("is no whole number") }
}

/// Text where readers take markup for markup.
pub(super) fn no_markup(text: &str) -> Checked {
    let opens =
        |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    if text.split('<').skip(1).any(opens) { Err("holds what looks like a tag") } else { Ok(()) }
}

/// Something has to stand there.
pub(super) fn not_blank(text: &str) -> Checked {
    if text.trim().is_empty() { Err("is empty") } else { Ok(()) }
}

const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu \
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng \
    nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta \
    te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// With the codes of its groups, which the validator of the W3C takes too.
const ISO_639_2: &str = "aar abk ace ach ada ady afa afh afr ain aka akk alb ale alg alt amh ang anp apa ara arc arg arm arn arp art arw asm \
    ast ath aus ava ave awa aym aze bad bai bak bal bam ban baq bas bat bej bel bem ben ber bho bih bik bin bis bla bnt \
    bod bos bra bre btk bua bug bul bur byn cad cai car cat cau ceb cel ces cha chb che chg chi chk chm chn cho chp chr \
    chu chv chy cmc cop cor cos cpe cpf cpp cre crh crp csb cus cym cze dak dan dar day del den deu dgr din div doi dra \
    dsb dua dum dut dyu dzo efi egy eka ell elx eng enm epo est eus ewe ewo fan fao fas fat fij fil fin fiu fon fra fre \
    frm fro frr frs fry ful fur gaa gay gba gem geo ger gez gil gla gle glg glv gmh goh gon gor got grb grc gre grn gsw \
    guj gwi gws hai hat hau haw heb her hil him hin hit hmn hmo hrv hsb hun hup hye iba ibo ice ido iii ijo iku ile ilo \
    ina inc ind ine inh ipk ira iro isl ita jav jbo jpn jpr jrb kaa kab kac kal kam kan kar kas kat kau kaw kaz kbd kha \
    khi khm kho kik kin kir kmb kok kom kon kor kos kpe krc krl kro kru kua kum kur kut lad lah lam lao lat lav lez lim \
    lin lit lol loz ltz lua lub lug lui lun luo lus mac mad mag mah mai mak mal man mao map mar mas may mdf mdr men mga \
    mic min mis mkd mkh mlg mlt mnc mni mno moh mol mon mos mri msa mul mun mus mwl mwr mya myn myv nah nai nap nau nav \
    nbl nde ndo nds nep new nia nic niu nld nno nob nog non nor nso nub nwc nya nym nyn nyo nzi oci oji ori orm osa oss \
    ota oto paa pag pal pam pan pap pau peo per phi phn pli pol pon por pra pro pus qaa qtz que raj rap rar roa roh rom \
    ron rum run rup rus sad sag sah sai sal sam san sas sat scc scn sco scr sel sem sga sgn shn sid sin sio sit sla slk \
    slo slv sma sme smi smj smn smo sms sna snd snk sog som son sot spa sqi srd srn srp srr ssa ssw suk sun sus sux swa \
    swe syr tah tai tam tat tel tem ter tet tgk tgl tha tib tig tir tiv tkl tlh tli tmh tog ton tpi tsi tsn tso tuk tum \
    tup tur tut tvl twi tyv udm uga uig ukr umb und urd uzb vai ven vie vol vot wak wal war was wel wen wln wol xal xho \
    yao yap yid yor ypk zap zen zha zho znd zul zun";

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Timestamp {
        "2026-11-24T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn addresses() {
        for good in [
            "https://example.org",
            "https://example.org/a%20b?c=d/e?f#g",
            "https://example.org:8080/",
            "http://[2001:db8::1]/",
            "urn:isbn:12",
            "mailto:a@b.c",
        ] {
            assert_eq!(uri(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/relative",
            "example.org",
            "https:",
            "https://",
            "https:///x",
            "https://example.org/a b",
            "https://example.org/%zz",
            "https://example.org/50%",
            "https://example.org/[a]",
            "https://example.org/a#b#c",
            "https://example.org/новини",
            "https://example.org:x/",
            "1http://example.org",
            "https://example.org/a|b",
            "https://example.org/\\",
        ] {
            assert!(uri(bad).is_err(), "{bad}");
        }
        assert_eq!(iri("https://example.org/новини"), Ok(()));
        assert!(iri("https://example.org/\u{fffe}").is_err() && iri("https://example.org/\u{e000}").is_err());
        assert!(web("ftp://example.org/").is_err());
        assert!(item_address("http://[2001:db8::1]/").is_err() && item_address("http://192.0.2.1/").is_ok());
    }

    #[test]
    fn enclosures_lie_on_hosts_with_a_dot() {
        for good in [
            "https://example.org/a.mp3",
            "http://192.0.2.1:8080/a.mp3?b=c",
            "https://example.org",
            "HTTP://A-B.Example.ORG/x",
        ] {
            assert_eq!(enclosure(good), Ok(()), "{good}");
        }
        for bad in [
            "https://localhost/a.mp3",
            "https://my_host.example.org/a.mp3",
            "https://example.org./a.mp3",
            "https://example.org?a.mp3",
            "https://user@example.org/a.mp3",
            "https://%D0%B6.example.org/a.mp3",
            "https://example.-org/a.mp3",
            "http://[2001:db8::1]/a.mp3",
            "ftp://example.org/a.mp3",
        ] {
            assert!(enclosure(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids() {
        for good in [
            "https://example.org/?p=1",
            "tag:example.org,2026:entry/1",
            "tag:a@example.org,2026-01-31:x",
            "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6",
            "urn:isbn:0451450523",
            "https://example.org/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8",
            "tag:a_b@example.org,2026:%D0%B6#x",
        ] {
            assert_eq!(id(good), Ok(()), "{good}");
        }
        for bad in [
            "1234",
            "tag:example.org:entry",
            "tag:Example.org,2026:x",
            "tag:example.org,26:x",
            "TAG:example.org,2026:x",
            "tag:A@example.org,2026:x",
            "tag:example.org,2026:ж",
            "https://example.org/новини",
            "http://[2001:db8::1]/x",
            "javascript:alert(1)",
            "data:text/html,x",
            "urn:uuid:1",
            "urn:x",
            "urn:a:b/c",
            "http:///x",
            "http:x",
            "a b:c",
        ] {
            assert!(id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dates() {
        for good in ["Tue, 24 Nov 2026 08:00:00 GMT", "24 Nov 2026 08:00 +0100", "1 Nov 2026 08:00:00 Z"] {
            assert_eq!(rfc822(good, made()), Ok(()), "{good}");
        }
        for bad in [
            "Mon, 24 Nov 2026 08:00:00 GMT",
            "Tue, 24 Nov 26 08:00:00 GMT",
            "Tue, 24 Nov 2026 08:00:01 GMT",
            "Tue, 31 Feb 2026 08:00:00 GMT",
            "2026-11-24T08:00:00Z",
            "Tue,  24 Nov 2026 08:00:00 GMT",
            "",
        ] {
            assert!(rfc822(bad, made()).is_err(), "{bad}");
        }
        assert_eq!(rfc3339("2026-11-24T08:00:00Z", made()), Ok(()));
        assert_eq!(rfc3339("2026-11-24T09:00:00.5+02:00", made()), Ok(()));
        for bad in ["2026-11-24T08:00:01Z", "2026-11-24", "2026-11-24 08:00:00Z", "2026-11-24T08:00Z", ""] {
            assert!(rfc3339(bad, made()).is_err(), "{bad}");
        }
    }

    #[test]
    fn languages_and_types() {
        for good in ["bg", "en-GB", "de-at", "ast", "sr-Latn-RS", "gsw", "rup"] {
            assert_eq!(language(good), Ok(()), "{good}");
        }
        for bad in ["xx", "xyz", "english", "", "b", "en_GB", "en-", "en-toolongsubtag"] {
            assert!(language(bad).is_err(), "{bad}");
        }
        for good in ["text/html", "audio/mpeg", "application/rss+xml; charset=utf-8"] {
            assert_eq!(media_type(good), Ok(()), "{good}");
        }
        for bad in ["", "html", "text/", "text/h tml", "a/b/c", "text/html; charset"] {
            assert!(media_type(bad).is_err(), "{bad}");
        }
        assert!(
            no_markup("1 < 2 > 0").is_ok() && no_markup("a <b> c").is_err() && no_markup("</p>").is_err()
        );
    }
}
