//! The names that charsets go by.

use encoding_rs::Encoding;

/// The encoding of a label of the Encoding Standard, and of the spellings that it does not list: those of the registry of the
/// IANA and of programs that read and write documents (`win-1251`, `cp932`, `iso8859_5`, `iso_8859_10_1992`, `mskanji`).
pub fn encoding_for(label: &str) -> Option<&'static Encoding> {
    let label = label.trim();
    let listed = |label: &str| Encoding::for_label(label.as_bytes());
    if let Some(encoding) = listed(label).or_else(|| listed(&label.replace('_', "-"))) {
        return Some(encoding);
    }
    let bare = squeezed(label);
    let bare = bare.strip_prefix('x').or_else(|| bare.strip_prefix("cs")).unwrap_or(&bare);
    let number = |prefix: &str| bare.strip_prefix(prefix).and_then(|rest| rest.parse::<u64>().ok());
    let page = ["windows", "win", "cp", "ms", "codepage", "ansi", "ibm", ""].into_iter().find_map(number);
    if let Some(page) = page.and_then(numbered) {
        return listed(&page);
    }
    // `ISO_8859-10:1992` names the year of the standard.
    let part = number("iso8859").map(|part| if part > 10_000 { part / 10_000 } else { part });
    if let Some(part) = part.or_else(|| number("latin").or_else(|| number("l")).and_then(part_of_latin)) {
        return listed(&iso_8859(part));
    }
    listed(named(bare)?)
}

/// A label in lower case, without the signs that are written or left out at will.
pub(super) fn squeezed(label: &str) -> String {
    label.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Code pages of Windows, and the one of DOS that the standard has.
fn numbered(page: u64) -> Option<String> {
    Some(match page {
        646 => "us-ascii".to_owned(),
        866 => "ibm866".to_owned(),
        874 | 1250..=1258 => format!("windows-{page}"),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        8859 => "windows-1252".to_owned(),
        65001 => "utf-8".to_owned(),
        _ => return None,
    })
}

/// Latin 1 to 4 are parts of their numbers.
fn part_of_latin(latin: u64) -> Option<u64> {
    match latin {
        1..=4 => Some(latin),
        5 => Some(9),
        6 => Some(10),
        7..=9 => Some(latin + 6),
        10 => Some(16),
        _ => None,
    }
}

fn iso_8859(part: u64) -> String {
    if part == 11 { "windows-874".to_owned() } else { format!("iso-8859-{part}") }
}

fn named(bare: &str) -> Option<&'static str> {
    Some(match bare {
        "u8" | "utf8mb4" | "unicode" => "utf-8",
        "u16" | "ucs2" | "iso10646ucs2" => "utf-16",
        "iso2022jp" | "iso2022jp1" | "iso2022jp2" | "iso2022jp2004" | "iso2022jp3" | "iso2022jpext" => {
            "iso-2022-jp"
        }
        "sjis" | "shiftjis" | "mskanji" | "macjapanese" | "sjis2004" | "shiftjis2004" | "sjisx0213"
        | "shiftjisx0213" => "shift_jis",
        "eucjis2004" | "eucjisx0213" | "ujis" | "eucjp" => "euc-jp",
        "big5hkscs" | "hkscs" | "big5tw" | "mactradchinese" => "big5",
        "eucgb2312" | "euccn" | "gb2312" | "gb2312isoir58" | "eucgb2312cn" | "macsimpchinese" => "gbk",
        "euckr" | "uhc" | "ksc5601" | "ksc56011987" | "ksx1001" | "mackorean" => "euc-kr",
        "maccyrillic" => "x-mac-cyrillic",
        "macroman" => "macintosh",
        "koi8r" => "koi8-r",
        "koi8u" => "koi8-u",
        "isoir157" => "iso-8859-10",
        "isoir166" | "thai" | "tis620" | "tis6200" | "tis62025290" | "tis62025291" => "windows-874",
        "isoir179" => "iso-8859-13",
        "isoir199" | "isoceltic" => "iso-8859-14",
        "isoir226" => "iso-8859-16",
        "usascii" => "us-ascii",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_in_every_spelling() {
        for (label, name) in [
            ("Windows_1251", "windows-1251"),
            ("win-1251", "windows-1251"),
            ("cp 1251", "windows-1251"),
            ("1251", "windows-1251"),
            ("cp932", "Shift_JIS"),
            ("MS_Kanji", "Shift_JIS"),
            ("8859", "windows-1252"),
            ("iso8859_5", "ISO-8859-5"),
            ("iso_8859_10_1992", "ISO-8859-10"),
            ("ISO_8859-16:2001", "ISO-8859-16"),
            ("iso_8859_11_2001", "windows-874"),
            ("latin_1", "windows-1252"),
            ("latin10", "ISO-8859-16"),
            ("l8", "ISO-8859-14"),
            ("ecma_118", "ISO-8859-7"),
            ("iso_ir_144", "ISO-8859-5"),
            ("iso2022_jp_ext", "ISO-2022-JP"),
            ("utf_8", "UTF-8"),
            ("koi8_r", "KOI8-R"),
            ("x-mac-roman", "macintosh"),
            ("x-mac-korean", "EUC-KR"),
            (" UTF8 ", "UTF-8"),
        ] {
            assert_eq!(encoding_for(label).map(Encoding::name), Some(name), "{label}");
        }
        for label in ["klingon", "cp437", "latin99", ""] {
            assert_eq!(encoding_for(label), None, "{label}");
        }
    }
}
