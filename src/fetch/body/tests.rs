//! Every coding: whole, cut at every place, too large, and not what it says.

use reqwest::header::HeaderValue;

use super::*;

const LIMIT: u64 = 64 * 1024;

fn coded(coding: &str, plain: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" | "x-gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "bare deflate" => {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut out = Vec::new();
            brotli::CompressorWriter::new(&mut out, 4096, 5, 22).write_all(plain).unwrap();
            out
        }
        "zstd" => zstd::encode_all(plain, 3).unwrap(),
        _ => plain.to_vec(),
    }
}

fn collect(coding: &str, body: &[u8], step: usize) -> Result<Bytes, FetchError> {
    let mut headers = HeaderMap::new();
    let coding = coding.strip_prefix("bare ").unwrap_or(coding);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_str(coding).unwrap());
    let mut collector = Collector::new(&headers, LIMIT)?;
    for chunk in body.chunks(step) {
        collector.take(chunk)?;
    }
    collector.finish().map(|(bytes, wire)| {
        assert_eq!(wire, body.len() as u64);
        bytes
    })
}

const CODINGS: [&str; 6] = ["gzip", "x-gzip", "deflate", "bare deflate", "br", "zstd"];

fn sample() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let words = ["новини ", "София ", "клъстер ", "<item>", "</item>", "2026 "];
    let text: String = (0..4_000).filter_map(|_| random.choice(words)).collect();
    text.into_bytes()
}

#[test]
fn every_coding_is_decoded_however_it_is_cut_into_chunks() {
    let plain = sample();
    for coding in CODINGS.into_iter().chain(["identity", "", "GZIP ", " identity , Br"]) {
        let body =
            coded(coding.trim().rsplit([',', ' ']).next().unwrap().to_ascii_lowercase().as_str(), &plain);
        let body = if coding.starts_with("bare") { coded(coding, &plain) } else { body };
        for step in [1, 7, 1000, body.len()] {
            assert_eq!(collect(coding, &body, step).unwrap(), plain, "{coding} by {step}");
        }
    }
}

#[test]
fn a_compressed_body_that_is_cut_anywhere_is_broken() {
    let plain = sample();
    for coding in CODINGS {
        let body = coded(coding, &plain);
        for kept in (1..body.len()).step_by(97).chain([body.len() - 8, body.len() - 4, body.len() - 1]) {
            let cut = collect(coding, &body[..kept], 512);
            assert!(
                matches!(cut, Err(FetchError::Broken { .. })),
                "{coding} cut at {kept} of {}",
                body.len()
            );
        }
    }
}

#[test]
fn a_bomb_is_stopped_at_the_cap() {
    let plain = vec![b' '; 2_000_000];
    for coding in CODINGS {
        let body = coded(coding, &plain);
        assert!(body.len() < LIMIT as usize, "{coding} {}", body.len());
        assert_eq!(collect(coding, &body, 4096), Err(FetchError::TooLarge { limit: LIMIT }), "{coding}");
    }
}

#[test]
fn a_body_may_be_as_large_as_the_cap_and_no_larger() {
    let plain = vec![b'x'; LIMIT as usize];
    for coding in CODINGS.into_iter().chain([""]) {
        assert_eq!(collect(coding, &coded(coding, &plain), 4096).unwrap(), plain, "{coding}");
    }
    let over = vec![b'x'; LIMIT as usize + 1];
    assert_eq!(collect("", &over, 4096), Err(FetchError::TooLarge { limit: LIMIT }));
}

#[test]
fn the_wire_has_a_cap_of_its_own() {
    // Empty gzip members decode to nothing, for ever.
    let endless = coded("gzip", b"").repeat(LIMIT as usize / 10);
    assert_eq!(collect("gzip", &endless, 4096), Err(FetchError::TooLarge { limit: LIMIT }));
}

#[test]
fn a_body_that_is_not_in_its_coding_is_broken() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        for body in
            [&b"<?xml version=\"1.0\"?><rss/>"[..], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"]
        {
            assert!(
                matches!(collect(coding, body, 512), Err(FetchError::Broken { .. })),
                "{coding} {body:?}"
            );
        }
    }
}

#[test]
fn unknown_and_stacked_codings_are_refused() {
    for coding in ["compress", "gzip, gzip", "aes128gcm"] {
        let error = collect(coding, b"x", 1).unwrap_err();
        assert!(error.to_string().contains(coding), "{error}");
    }
}

#[test]
fn an_empty_body_is_empty_whatever_its_coding_says() {
    for coding in CODINGS {
        assert_eq!(collect(coding, b"", 1).unwrap(), Bytes::new());
    }
}

#[test]
fn a_zstd_window_that_would_take_too_much_memory_is_refused() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(&sample()).unwrap();
    let body = encoder.finish().unwrap();
    assert!(matches!(collect("zstd", &body, 512), Err(FetchError::Broken { .. })));
}

#[test]
fn the_beginning_of_a_body_that_is_too_large_can_be_kept() {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let mut collector = Collector::new(&headers, 10).unwrap();
    assert!(collector.take(&coded("gzip", b"0123456789abcdef")).is_err());
    assert_eq!(collector.into_beginning(), b"0123456789");
}
