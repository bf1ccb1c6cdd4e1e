//! Single-byte charsets that the Encoding Standard leaves out, and that documents are declared in all the same: DOS and
//! Macintosh code pages, EBCDIC.

use super::labels::squeezed;

/// A page a line: its labels without signs, a tab, and the characters of the bytes 80 to FF (or of all bytes). C0 controls
/// stand there as their pictures (U+2400 and on), C1 controls as U+E080 and on.
const PAGES: &str = include_str!("pages.txt");

/// Decodes bytes of such a charset. None where the label is of none.
pub fn decode_page(label: &str, bytes: &[u8]) -> Option<String> {
    let label = squeezed(label);
    let page = PAGES.lines().find_map(|line| {
        let (labels, page) = line.split_once('\t')?;
        labels.split(' ').any(|known| known == label).then_some(page)
    })?;
    let upper: Vec<char> = page.chars().map(meant).collect();
    let from = 256_usize.checked_sub(upper.len())?;
    let read = |byte: &u8| match usize::from(*byte).checked_sub(from) {
        Some(place) => upper.get(place).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        None => char::from(*byte),
    };
    Some(bytes.iter().map(read).collect())
}

fn meant(shown: char) -> char {
    let code = u32::from(shown);
    let code = match code {
        0x2421 => 0x7F,
        0x2400..=0x241F => code - 0x2400,
        0xE080..=0xE09F => code - 0xE000,
        _ => code,
    };
    char::from_u32(code).unwrap_or(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_whole() {
        for line in PAGES.lines() {
            let (labels, page) = line.split_once('\t').unwrap();
            let count = page.chars().count();
            assert!(count == 128 || count == 256, "{labels}: {count}");
        }
    }

    #[test]
    fn documents_of_old_machines_are_read() {
        assert_eq!(decode_page("IBM-855", b"<a>\xD5\xD6\xEB\xB7\xD4\xB7").unwrap(), "<a>Новини");
        assert_eq!(decode_page("cp437", b"caf\x82").unwrap(), "café");
        assert_eq!(decode_page("cp037", b"\x4C\x6F\xA7\x94\x93\x25").unwrap(), "<?xml\n");
        assert_eq!(decode_page("utf-8", b"x"), None);
    }
}
