//! Renditions: bytes with their hash, their date and their compressed forms, made once a revision and not once a request.

use std::io::Write;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::model::{Coding, Format, Rendition, Timestamp};

/// Hashes and compresses the bytes of a document. Where they are those of the previous rendition, that one stays, with its date
/// and its compressed bytes.
pub fn rendition(format: Format, bytes: Vec<u8>, previous: Option<&Rendition>, now: Timestamp) -> Rendition {
    if let Some(previous) =
        previous.filter(|previous| previous.format == format && previous.identity == bytes)
    {
        return previous.clone();
    }
    let hash = Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let compressed = [Coding::Brotli, Coding::Zstd, Coding::Gzip]
        .into_iter()
        .filter_map(|coding| Some((coding, compress(coding, &bytes)?)))
        // A coding that does not make the document smaller only costs the reader time.
        .filter(|(_, compressed)| compressed.len() < bytes.len())
        .map(|(coding, compressed)| (coding, Bytes::from(compressed)))
        .collect();
    Rendition { format, hash, last_modified: now, identity: Bytes::from(bytes), compressed }
}

/// None where the coding is none, or its encoder fails (which in memory it does not).
fn compress(coding: Coding, bytes: &[u8]) -> Option<Vec<u8>> {
    match coding {
        Coding::Identity => None,
        Coding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            encoder.write_all(bytes).ok()?;
            encoder.finish().ok()
        }
        Coding::Brotli => {
            // Quality 5: most of the gain at a tenth of the time of the highest.
            let params =
                brotli::enc::BrotliEncoderParams { quality: 5, size_hint: bytes.len(), ..Default::default() };
            let mut compressed = Vec::new();
            brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params).ok()?;
            Some(compressed)
        }
        Coding::Zstd => zstd::bulk::compress(bytes, 3).ok(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn equal_bytes_keep_the_date() {
        let first = rendition(Format::Rss, b"the same the same the same".to_vec(), None, at(1));
        let again = rendition(Format::Rss, b"the same the same the same".to_vec(), Some(&first), at(2));
        assert_eq!((again.last_modified, &again.hash), (at(1), &first.hash));
        let changed = rendition(Format::Rss, b"another".to_vec(), Some(&first), at(3));
        assert_eq!(changed.last_modified, at(3));
        assert_ne!(changed.hash, first.hash);
    }

    #[test]
    fn codings_that_make_nothing_smaller_are_dropped() {
        assert!(rendition(Format::Json, b"{}".to_vec(), None, at(0)).compressed.is_empty());
        let long = rendition(Format::Json, b"news ".repeat(500), None, at(0));
        let codings: Vec<_> = long.compressed.iter().map(|(coding, _)| *coding).collect();
        assert_eq!(codings, [Coding::Brotli, Coding::Zstd, Coding::Gzip]);
    }

    #[test]
    fn every_coding_gives_the_same_document_back() {
        use std::io::Read;
        let bytes = "Новини от града. ".repeat(300).into_bytes();
        let rendition = rendition(Format::Html, bytes.clone(), None, at(0));
        assert_eq!(rendition.hash.len(), 32);
        let body = |coding| rendition.body(coding).unwrap().as_ref();
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(body(Coding::Gzip)).read_to_end(&mut text).unwrap();
        assert_eq!(text, bytes);
        text.clear();
        brotli::BrotliDecompress(&mut body(Coding::Brotli), &mut text).unwrap();
        assert_eq!(text, bytes);
        assert_eq!(zstd::bulk::decompress(body(Coding::Zstd), bytes.len()).unwrap(), bytes);
    }
}
