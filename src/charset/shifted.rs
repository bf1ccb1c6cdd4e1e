//! Charsets of seven bits, in which a sign changes the meaning of the bytes that follow. The Encoding Standard leaves these out
//! as browsers can be attacked with them; what is read here is sanitised as text.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use encoding_rs::{EUC_KR, Encoding, GBK};

use super::labels::squeezed;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// Decodes base64 (RFC 4648 §4) with or without padding, whatever its last bits are.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// Decodes HZ (RFC 1843), ISO-2022-KR (RFC 1557) and UTF-7 (RFC 2152). None where the label is of none of them, or the bytes
/// have more than seven bits.
pub fn decode_shifted(label: &str, bytes: &[u8]) -> Option<String> {
    let text = str::from_utf8(bytes).ok().filter(|text| text.is_ascii())?;
    match squeezed(label).trim_start_matches("cs") {
        "hz" | "hzgb" | "hzgb2312" => Some(hz(text)),
        "iso2022kr" => Some(korean(text)),
        "utf7" | "u7" | "unicode11utf7" | "unicode20utf7" => Some(utf_7(text)),
        _ => None,
    }
}

fn hz(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('~') {
        read.push_str(before);
        rest = match after.as_bytes().first() {
            Some(b'{') => {
                let (inside, after) = after.split_once("~}").unwrap_or((after, ""));
                read.push_str(&with_high_bits(inside.get(1..).unwrap_or_default(), GBK));
                after
            }
            Some(b'~') => {
                read.push('~');
                after.get(1..).unwrap_or_default()
            }
            Some(b'\n') => after.get(1..).unwrap_or_default(),
            _ => {
                read.push('~');
                after
            }
        };
    }
    read.push_str(rest);
    read
}

fn korean(text: &str) -> String {
    let text = text.replace("\u{1b}$)C", "");
    let mut parts = text.split('\u{e}');
    let mut read = parts.next().unwrap_or_default().replace('\u{f}', "");
    for part in parts {
        let (inside, after) = part.split_once('\u{f}').unwrap_or((part, ""));
        read.push_str(&with_high_bits(inside, EUC_KR));
        read.push_str(&after.replace('\u{f}', ""));
    }
    read
}

fn with_high_bits(text: &str, encoding: &'static Encoding) -> String {
    // Line ends stand for themselves in either set.
    let bytes: Vec<u8> = text.bytes().map(|b| if b > b' ' { b | 0x80 } else { b }).collect();
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

fn utf_7(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('+') {
        read.push_str(before);
        let end = after
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/')))
            .unwrap_or(after.len());
        let (inside, after) = after.split_at_checked(end).unwrap_or((after, ""));
        rest = after.strip_prefix('-').unwrap_or(after);
        match decode_base64(inside) {
            Some(bytes) if !bytes.is_empty() => {
                let units: Vec<u16> = bytes
                    .chunks_exact(2)
                    .map(|two| two.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)))
                    .collect();
                read.push_str(&String::from_utf16_lossy(&units));
            }
            _ => {
                read.push('+');
                read.push_str(inside);
            }
        }
    }
    read.push_str(rest);
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_shift_between_alphabets() {
        for (label, bytes, text) in [
            ("hz-gb-2312", "a~{HU1>~}z ~~ ~\nb ~", "a日本z ~ b ~"),
            ("iso2022_kr", "a\u{1b}$)C\u{e}GQ19\u{f}z", "a한국z"),
            ("utf_7", "a+ZeVnLA-z +- 1+1 <b> +AGE-", "a日本z + 1+1 <b> a"),
        ] {
            assert_eq!(decode_shifted(label, bytes.as_bytes()).as_deref(), Some(text), "{label}");
        }
        assert_eq!(decode_shifted("utf-8", b"a"), None);
        assert_eq!(decode_shifted("hz", "\u{e9}".as_bytes()), None);
    }

    #[test]
    fn what_no_sign_begins_stays() {
        for text in ["~", "~{", "~}", "+", "++", "a+", "+-", "\u{e}", "\u{f}", "~{a", "+AA-"] {
            for label in ["hz", "iso-2022-kr", "utf-7"] {
                assert!(decode_shifted(label, text.as_bytes()).is_some());
            }
        }
    }
}
