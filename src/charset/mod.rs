//! Characters: HTML bytes to text (byte order mark, then HTTP, then what the page says, then UTF-8 where it is that, then a
//! guess), labels of charsets, and the named references. Does no I/O and never fails: what cannot be read becomes U+FFFD.

use std::borrow::Cow;

mod labels;
mod named;
mod pages;
mod shifted;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

pub use labels::encoding_for;
pub use named::named_reference;
pub use pages::decode_page;
pub use shifted::{decode_base64, decode_shifted};

/// How far a page is searched for its own declaration. The HTML standard asks for 1,024 bytes; real pages are worse.
const PRESCAN: usize = 8 * 1024;
/// Bytes that the detector looks at.
const SAMPLE: usize = 256 * 1024;

/// Decodes a page. Gives the text and the charset as HTTP or the page declared it.
///
/// Bytes that are valid UTF-8 beyond ASCII are UTF-8 whatever was declared: text of another charset practically never
/// is by chance, and wrong declarations are frequent.
pub fn decode_html<'a>(body: &'a [u8], content_type: Option<&str>) -> (Cow<'a, str>, Option<String>) {
    let declared = content_type.and_then(charset_parameter).or_else(|| declared_in_page(body));
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return (decode(encoding, body.get(mark..).unwrap_or_default()), declared);
    }
    let wide = |encoding: &Encoding| encoding == UTF_16LE || encoding == UTF_16BE;
    let known = declared.as_deref().and_then(encoding_for);
    let encoding = match known {
        Some(encoding) if wide(encoding) && looks_wide(body) => encoding,
        _ if is_utf8(body) => UTF_8,
        Some(encoding) if !wide(encoding) => encoding,
        _ => guess(body),
    };
    (decode(encoding, body), declared)
}

/// The charset parameter of a media type (RFC 9110 §8.3.1), quotes taken off.
fn charset_parameter(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// `<meta charset>`, `<meta http-equiv content>` or an XML declaration. UTF-16 declared in ASCII is a lie that the HTML
/// standard reads as UTF-8.
fn declared_in_page(body: &[u8]) -> Option<String> {
    let head = body.get(..PRESCAN).unwrap_or(body);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let in_meta = head.split("<meta").skip(1).find_map(|meta| {
        let tag = meta.split('>').next()?;
        label_after(tag, "charset")
    });
    let in_xml = || label_after(head.strip_prefix("<?xml")?.split("?>").next()?, "encoding");
    let label = in_meta.or_else(in_xml)?;
    Some(if label.starts_with("utf-16") { "utf-8".to_owned() } else { label })
}

fn label_after(text: &str, key: &str) -> Option<String> {
    let (_, rest) = text.split_once(key)?;
    let rest = rest
        .trim_start()
        .strip_prefix('=')?
        .trim_start_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace());
    let label: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c)).take(40).collect();
    (!label.is_empty()).then_some(label)
}

/// Valid, or nearly: one bad byte in a hundred good sequences does not change what a text is.
fn is_utf8(body: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || good > bad.saturating_mul(100)
}

/// ASCII text as UTF-16 has a zero in every other byte.
fn looks_wide(body: &[u8]) -> bool {
    let sample = body.get(..512).unwrap_or(body);
    sample.iter().filter(|byte| **byte == 0).count() * 4 > sample.len()
}

fn guess(body: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(body.get(..SAMPLE).unwrap_or(body), true);
    detector.guess(None, chardetng::Utf8Detection::Allow)
}

fn decode<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    // x-user-defined would turn every letter into a private character (HTML standard, prescan).
    let encoding = if encoding == encoding_rs::X_USER_DEFINED { WINDOWS_1252 } else { encoding };
    encoding.decode_without_bom_handling(bytes).0
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Новини от Столична община за градската среда и иновациите";

    fn page(head: &str, charset: &str) -> Vec<u8> {
        let html =
            format!("<html><head>{head}<title>{TEXT}</title></head><body>{TEXT}. {TEXT}.</body></html>");
        Encoding::for_label(charset.as_bytes()).unwrap().encode(&html).0.into_owned()
    }

    #[track_caller]
    fn check(body: &[u8], content_type: Option<&str>, declared: Option<&str>) {
        let (text, found) = decode_html(body, content_type);
        assert!(text.contains(&format!("<title>{TEXT}</title>")), "{text}");
        assert_eq!(found.as_deref(), declared);
    }

    #[test]
    fn http_then_the_page_then_the_bytes_say_the_charset() {
        let http = Some("text/html; charset=windows-1251");
        check(&page("", "windows-1251"), http, Some("windows-1251"));
        check(&page("<meta charset=utf-8>", "windows-1251"), http, Some("windows-1251"));
        check(
            &page("<meta charset='windows-1251'>", "windows-1251"),
            Some("text/html"),
            Some("windows-1251"),
        );
        let equiv = "<META http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1251\">";
        check(&page(equiv, "windows-1251"), None, Some("windows-1251"));
        check(&page("", "windows-1251"), None, None);
        check(&page("", "utf-8"), None, None);
        check(&page("", "koi8-r"), Some("text/html; charset=\"KOI8-R\""), Some("KOI8-R"));
    }

    #[test]
    fn utf8_bytes_are_utf8_whatever_was_declared() {
        check(&page("", "utf-8"), Some("text/html; charset=windows-1251"), Some("windows-1251"));
        check(&page("<meta charset=iso-8859-1>", "utf-8"), None, Some("iso-8859-1"));
        check(&page("<meta charset=utf-16>", "utf-8"), None, Some("utf-8"));
    }

    #[test]
    fn one_bad_byte_does_not_change_the_guess() {
        let mut body = page("", "utf-8");
        body.extend_from_slice(b"<p>\xff</p>");
        check(&body, None, None);
        check(&body, Some("text/html; charset=utf-8"), Some("utf-8"));
    }

    #[test]
    fn byte_order_marks_win() {
        let mut body = vec![0xef, 0xbb, 0xbf];
        body.extend(page("<meta charset=windows-1251>", "utf-8"));
        check(&body, None, Some("windows-1251"));
        let wide: Vec<u8> = [0xfeff_u16]
            .into_iter()
            .chain(format!("<title>{TEXT}</title>").encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        check(&wide, None, None);
    }
}
