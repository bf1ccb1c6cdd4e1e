//! Bytes to text: byte order mark, then HTTP, then the XML declaration, then UTF-8 where it is (nearly) valid, then
//! detection. Never fails: bytes that fit nothing become U+FFFD. A label that the bytes contradict is not believed.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::memmem;

use super::Hints;
use crate::charset::{decode_page, decode_shifted, encoding_for};

/// Where an XML declaration is looked for: junk may stand before it.
const PROLOG: usize = 4096;
/// What the detector is shown.
const SAMPLE: usize = 256 << 10;

/// A document as text.
pub(super) struct Decoded<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    /// The charset, as declared: the label of the declaration that comes first in the order above.
    pub declared: Option<String>,
}

/// Decodes a body.
pub(super) fn decode<'a>(body: &'a [u8], hints: &Hints<'_>) -> Decoded<'a> {
    let decoded = decode_bytes(body, hints);
    Decoded { text: as_meant(decoded.text), ..decoded }
}

/// Control characters of the upper half as windows-1252 has them: that is what was meant, as HTML says of references to them
/// (HTML standard, §13.2.5.80).
fn as_meant(text: Cow<'_, str>) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut leads = memchr::memchr_iter(0xC2, bytes);
    if !leads.any(|at| bytes.get(at + 1).is_some_and(|byte| *byte < 0xA0)) {
        return text;
    }
    let mut meant = String::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte @ 0x80..=0x9F) => meant.push_str(&WINDOWS_1252.decode_without_bom_handling(&[byte]).0),
            _ => meant.push(c),
        }
    }
    Cow::Owned(meant)
}

fn decode_bytes<'a>(body: &'a [u8], hints: &Hints<'_>) -> Decoded<'a> {
    let http = hints.content_type.and_then(charset);
    if let Some((body, big)) = four_bytes(body) {
        let text = decode_four(body, big);
        let declared = http.or_else(|| declaration(&text));
        let declared = declared.or_else(|| Some(if big { "UTF-32BE" } else { "UTF-32LE" }.to_owned()));
        return Decoded { text: Cow::Owned(text), declared };
    }
    if let Some((text, declared)) = ebcdic(body) {
        return Decoded { text: Cow::Owned(text), declared: http.or(Some(declared)) };
    }
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        let body = body.get(mark..).unwrap_or_default();
        let text = encoding.decode_without_bom_handling(body).0;
        let declared = http.or_else(|| declaration(&text)).unwrap_or_else(|| encoding.name().to_owned());
        return Decoded { text, declared: Some(declared) };
    }
    if let Some(encoding) = wide(body) {
        let text = encoding.decode_without_bom_handling(body).0;
        let declared = http.or_else(|| declaration(&text));
        return Decoded { text, declared };
    }
    let xml = declaration(&String::from_utf8_lossy(body.get(..PROLOG).unwrap_or(body)));
    if let Some(text) = in_page(body, http.as_deref(), xml.as_deref()) {
        return Decoded { text: Cow::Owned(text), declared: http.or(xml) };
    }
    let encoding = choose(body, known(http.as_deref()), known(xml.as_deref()), hints);
    let text = encoding.decode_without_bom_handling(body).0;
    Decoded { text, declared: http.or(xml) }
}

fn choose(
    body: &[u8],
    http: Option<&'static Encoding>,
    xml: Option<&'static Encoding>,
    hints: &Hints<'_>,
) -> &'static Encoding {
    // Letters of the old charsets do not make valid UTF-8 by chance, so it wins over any label.
    if str::from_utf8(body).is_ok() {
        // ISO-2022-JP is ASCII with escapes.
        let escaping = [http, xml].into_iter().flatten().find(|e| !e.is_ascii_compatible());
        return escaping.filter(|_| body.is_ascii() && memchr::memchr(0x1B, body).is_some()).unwrap_or(UTF_8);
    }
    let utf8 = Utf8::measure(body);
    if utf8.is_plain_to_see() {
        return UTF_8;
    }
    let legacy = |e: &&'static Encoding| *e != UTF_8;
    let labels = (http.filter(legacy), xml.filter(legacy));
    let label = match labels {
        // Latin-1 over HTTP is a server's default; the document knows better.
        (Some(http), Some(xml)) if http == WINDOWS_1252 => Some(xml),
        (http, xml) => http.or(xml),
    };
    if let Some(label) = label {
        return label;
    }
    let says_utf8 = http == Some(UTF_8) || xml == Some(UTF_8);
    if says_utf8 && utf8.errors <= 1 {
        return UTF_8;
    }
    detect(body, hints)
}

fn detect(body: &[u8], hints: &Hints<'_>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let sample = body.get(..SAMPLE);
    detector.feed(sample.unwrap_or(body), sample.is_none());
    let tld = hints.base.and_then(|base| base.host_str()).and_then(|host| host.rsplit('.').next());
    let tld =
        tld.filter(|tld| tld.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    detector.guess(tld.map(str::as_bytes), Utf8Detection::Deny)
}

/// The encoding of a label, where it can be one of these bytes: those of two bytes a character were recognised before.
fn known(label: Option<&str>) -> Option<&'static Encoding> {
    let encoding = encoding_for(label?)?;
    (![UTF_16LE, UTF_16BE, REPLACEMENT].contains(&encoding)).then_some(encoding)
}

/// Charsets that the Encoding Standard leaves out, where one is declared and the bytes are no UTF-8.
fn in_page(body: &[u8], http: Option<&str>, xml: Option<&str>) -> Option<String> {
    if str::from_utf8(body).is_ok() {
        return [http, xml].into_iter().flatten().find_map(|label| decode_shifted(label, body));
    }
    let label = http.filter(|label| encoding_for(label).is_none()).or(xml)?;
    if encoding_for(label).is_some() { None } else { decode_page(label, body) }
}

/// EBCDIC: `<?xm` in it is 4C 6F A7 94 (XML 1.0 appendix F). Gives the text and the charset that its declaration names.
fn ebcdic(body: &[u8]) -> Option<(String, String)> {
    if !body.starts_with(&[0x4C, 0x6F, 0xA7, 0x94]) {
        return None;
    }
    let head = decode_page("cp037", body.get(..200).unwrap_or(body))?;
    let label = declaration(&head).unwrap_or_else(|| "cp037".to_owned());
    let text = decode_page(&label, body).or_else(|| decode_page("cp037", body))?;
    // Lines end with NEL there.
    Some((text.replace('\u{85}', "\n"), label))
}

/// UTF-32, with its mark or a `<` at the beginning. True for big endian.
fn four_bytes(body: &[u8]) -> Option<(&[u8], bool)> {
    match body {
        [0, 0, 0xFE, 0xFF, rest @ ..] => Some((rest, true)),
        [0xFF, 0xFE, 0, 0, rest @ ..] => Some((rest, false)),
        [0, 0, 0, b'<', ..] => Some((body, true)),
        [b'<', 0, 0, 0, ..] => Some((body, false)),
        _ => None,
    }
}

fn decode_four(body: &[u8], big: bool) -> String {
    let (units, rest) = body.as_chunks::<4>();
    let read = |unit: &[u8; 4]| {
        let code = if big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    let mut text: String = units.iter().map(read).collect();
    text.extend((!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER));
    text
}

/// How well bytes fit UTF-8.
struct Utf8 {
    multibyte: usize,
    errors: usize,
}

impl Utf8 {
    fn measure(body: &[u8]) -> Utf8 {
        let mut measured = Utf8 { multibyte: 0, errors: 0 };
        for chunk in body.utf8_chunks() {
            measured.errors += usize::from(!chunk.invalid().is_empty());
            let bytes = chunk.valid().as_bytes();
            measured.multibyte += bytes.iter().filter(|byte| **byte >= 0xC0).count();
        }
        measured
    }

    /// Nearly all of it: one bad byte in twenty letters does not change the guess.
    fn is_plain_to_see(&self) -> bool {
        self.multibyte > 0 && self.multibyte >= self.errors * 4
    }
}

/// UTF-16 without a byte order mark: every other byte of the beginning is zero.
fn wide(body: &[u8]) -> Option<&'static Encoding> {
    let head = body.get(..64).unwrap_or(body);
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let enough = (head.len() / 4).max(2);
    match (zeros(0), zeros(1)) {
        (even, odd) if even >= enough && odd == 0 => Some(UTF_16BE),
        (even, odd) if odd >= enough && even == 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// The charset parameter of a `Content-Type` (RFC 9110 §8.3.1).
fn charset(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The encoding of the XML declaration, wherever it stands in the prolog.
fn declaration(text: &str) -> Option<String> {
    let at = memmem::find(text.as_bytes().get(..PROLOG.min(text.len()))?, b"<?xml ")?;
    let (declaration, _) = text.get(at..)?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.strip_prefix(quote)?.split(quote).next()?.trim();
    (!label.is_empty() && label.len() < 40).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CYRILLIC: &str =
        "<?xml version=\"1.0\" encoding=\"LABEL\"?><rss><t>Столична община – новини</t></rss>";

    fn check(body: &[u8], content_type: Option<&str>, text: &str, declared: Option<&str>) {
        let decoded = decode(body, &Hints { content_type, ..Hints::default() });
        assert!(decoded.text.contains(text), "{}", decoded.text);
        assert_eq!(decoded.declared.as_deref(), declared);
    }

    fn windows_1251(text: &str) -> Vec<u8> {
        encoding_rs::WINDOWS_1251.encode(text).0.into_owned()
    }

    #[test]
    fn windows_1251_is_read_in_every_broken_form() {
        let expected = "Столична община – новини";
        let declared = CYRILLIC.replace("LABEL", "windows-1251");
        let http = Some("text/xml; charset=windows-1251");
        check(&windows_1251("<rss>Столична община – новини</rss>"), http, expected, Some("windows-1251"));
        check(&windows_1251(&declared), Some("text/xml"), expected, Some("windows-1251"));
        check(declared.as_bytes(), None, expected, Some("windows-1251"));
        check(declared.as_bytes(), http, expected, Some("windows-1251"));
        check(&windows_1251(&format!("\r\n \n{declared}")), None, expected, Some("windows-1251"));
        check(&windows_1251(&CYRILLIC.replace("LABEL", "utf-8")), None, expected, Some("utf-8"));
        check(&windows_1251(&declared), Some("text/xml; charset=utf-8"), expected, Some("utf-8"));
        check(&windows_1251(&declared), Some("text/xml; charset=iso-8859-1"), expected, Some("iso-8859-1"));
        let nothing = windows_1251("<rss><t>Столична община – новини от града и района</t></rss>");
        check(&nothing, None, expected, None);
    }

    #[test]
    fn one_bad_byte_never_changes_the_guess() {
        let mut body = CYRILLIC.replace("LABEL", "utf-8").into_bytes();
        let at = body.len() - 20;
        body.insert(at, 0x92);
        check(&body, None, "Столична община", Some("utf-8"));
        check(
            b"<rss>plain \x92 text</rss>",
            Some("text/xml; charset=utf-8"),
            "plain \u{fffd} text",
            Some("utf-8"),
        );
    }

    #[test]
    fn utf_16_is_read_with_and_without_mark_and_declaration() {
        for (big, mark) in [(true, true), (true, false), (false, true), (false, false)] {
            let text = CYRILLIC.replace("LABEL", "UTF-16");
            let text = if mark { format!("\u{feff}{text}") } else { text };
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            let body: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
            check(&body, None, "Столична община – новини", Some("UTF-16"));
        }
        check(CYRILLIC.replace("LABEL", "UTF-16").as_bytes(), None, "Столична", Some("UTF-16"));
    }

    #[test]
    fn utf_32_is_read_with_and_without_mark() {
        for (big, mark) in [(true, true), (true, false), (false, true), (false, false)] {
            let text =
                format!("{}{}", if mark { "\u{feff}" } else { "" }, CYRILLIC.replace("LABEL", "UTF-32"));
            let bytes = |c: char| if big { u32::from(c).to_be_bytes() } else { u32::from(c).to_le_bytes() };
            let body: Vec<u8> = text.chars().flat_map(bytes).chain([0]).collect();
            check(&body, None, "Столична община – новини", Some("UTF-32"));
        }
    }

    #[test]
    fn charsets_of_old_machines_are_read_where_they_are_declared() {
        let declared = "<?xml version='1.0' encoding='cp855'?><t>".as_bytes();
        check(&[declared, b"\xD5\xD6\xEB\xB7\xD4\xB7"].concat(), None, "<t>Новини", Some("cp855"));
        let ebcdic = b"\x4c\x6f\xa7\x94\x93\x40\x6f\x6e\x4c\xa3\x6e\xc8\x89";
        check(ebcdic, None, "<t>Hi", Some("cp037"));
    }

    #[test]
    fn latin_1_means_windows_1252() {
        check(
            b"<rss>\x93caf\xe9\x94</rss>",
            Some("text/xml; charset=ISO-8859-1"),
            "“café”",
            Some("ISO-8859-1"),
        );
    }

    #[test]
    fn control_characters_mean_those_of_windows_1252() {
        let expected = "“Füße” – 1 €";
        let http = Some("text/xml; charset=iso-8859-2");
        check(b"<t>\x93F\xfc\xdfe\x94 \x96 1 \x80</t>", http, expected, Some("iso-8859-2"));
        check("<t>\u{93}Füße\u{94} \u{96} 1 \u{80}</t>".as_bytes(), None, expected, None);
    }

    #[test]
    fn shifted_alphabets_are_read_where_they_are_declared() {
        let declared = "<?xml version='1.0' encoding='hz-gb-2312'?><t>~{HU1>~} ~~</t>";
        check(declared.as_bytes(), None, "<t>日本 ~</t>", Some("hz-gb-2312"));
    }

    #[test]
    fn unknown_labels_are_as_good_as_none() {
        check("<rss>вестник</rss>".as_bytes(), Some("text/xml; charset=klingon"), "вестник", Some("klingon"));
    }
}
