//! Reads a body as it comes: decodes its content coding and stops at the cap, on the wire and decoded, so that memory
//! stays flat whatever is sent. Keeps nothing of a body that is not whole.

use std::{fmt, io, io::Write};

use brotli::DecompressorWriter;
use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status, write::MultiGzDecoder};
use reqwest::header::{self, HeaderMap};
use zstd::stream::write::Decoder as ZstdDecoder;

use crate::model::FetchError;

/// What is reserved at most on the word of a Content-Length alone.
const RESERVE: u64 = 256 * 1024;
/// Output of one step of a decoder.
const STEP: usize = 32 * 1024;
/// RFC 9659: decoders of the zstd content coding need no window above 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Collects one body.
pub(super) struct Collector {
    decoder: Decoder,
    limit: u64,
    wire: u64,
}

enum Decoder {
    Identity(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
    Deflate(Box<Deflate>),
    Brotli(Box<DecompressorWriter<Sink>>),
    Zstd(Box<ZstdDecoder<'static, Sink>>),
}

impl Collector {
    /// Ready for the body that these headers announce.
    ///
    /// # Errors
    /// Where the content coding is not one that we know.
    pub(super) fn new(headers: &HeaderMap, limit: u64) -> Result<Self, FetchError> {
        let announced =
            super::headers::text(headers, &header::CONTENT_LENGTH).and_then(|n| n.parse::<u64>().ok());
        let reserve = announced.unwrap_or_default().min(RESERVE);
        let sink = Sink { bytes: Vec::with_capacity(usize::try_from(reserve).unwrap_or_default()), limit };
        Ok(Collector { decoder: Decoder::new(headers, sink)?, limit, wire: 0 })
    }

    /// Takes what came off the wire.
    ///
    /// # Errors
    /// Where a cap is passed or the coding is broken.
    pub(super) fn take(&mut self, chunk: &[u8]) -> Result<(), FetchError> {
        self.wire = self.wire.saturating_add(chunk.len() as u64);
        self.decoder.write_all(chunk).map_err(|error| fault(&error, self.limit))?;
        if self.wire > self.limit { Err(FetchError::TooLarge { limit: self.limit }) } else { Ok(()) }
    }

    /// What came so far, decoded, whole or not, up to the cap.
    pub(super) fn into_beginning(mut self) -> Vec<u8> {
        // Pushes on what the decoder still holds; that it may not fit is why we are here.
        let _ = self.decoder.flush();
        std::mem::take(&mut self.decoder.sink().bytes)
    }

    /// The body and its size on the wire.
    ///
    /// # Errors
    /// Where the coded stream ended too early.
    pub(super) fn finish(self) -> Result<(Bytes, u64), FetchError> {
        let (limit, wire) = (self.limit, self.wire);
        // Servers that claim a coding for an empty body mean an empty body.
        if wire == 0 {
            return Ok((Bytes::new(), 0));
        }
        let bytes = self.decoder.finish().map_err(|error| fault(&error, limit))?;
        Ok((Bytes::from(bytes), wire))
    }
}

impl Decoder {
    fn new(headers: &HeaderMap, sink: Sink) -> Result<Self, FetchError> {
        let fields = headers.get_all(header::CONTENT_ENCODING).iter();
        let mut codings = fields
            .flat_map(|field| field.as_bytes().split(|byte| *byte == b','))
            .map(|coding| String::from_utf8_lossy(coding).trim().to_ascii_lowercase())
            .filter(|coding| !coding.is_empty() && coding != "identity");
        let Some(coding) = codings.next() else { return Ok(Decoder::Identity(sink)) };
        let unknown =
            |what: String| FetchError::Broken { reason: format!("content coding “{what}” is not known") };
        if let Some(second) = codings.next() {
            return Err(unknown(format!("{coding}, {second}")));
        }
        match coding.as_str() {
            "gzip" | "x-gzip" => Ok(Decoder::Gzip(Box::new(MultiGzDecoder::new(sink)))),
            "deflate" => Ok(Decoder::Deflate(Box::new(Deflate::new(sink)))),
            "br" => Ok(Decoder::Brotli(Box::new(DecompressorWriter::new(sink, STEP)))),
            "zstd" => zstd_decoder(sink).map(Decoder::Zstd).map_err(|error| fault(&error, 0)),
            _ => Err(unknown(coding.chars().take(40).collect())),
        }
    }

    fn write_all(&mut self, chunk: &[u8]) -> io::Result<()> {
        match self {
            Decoder::Identity(sink) => sink.write_all(chunk),
            Decoder::Gzip(decoder) => decoder.write_all(chunk),
            Decoder::Deflate(decoder) => decoder.take(chunk),
            Decoder::Brotli(decoder) => decoder.write_all(chunk),
            Decoder::Zstd(decoder) => decoder.write_all(chunk),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Decoder::Identity(_) | Decoder::Deflate(_) => Ok(()),
            Decoder::Gzip(decoder) => decoder.flush(),
            Decoder::Brotli(decoder) => decoder.flush(),
            Decoder::Zstd(decoder) => decoder.flush(),
        }
    }

    fn finish(mut self) -> io::Result<Vec<u8>> {
        match &mut self {
            Decoder::Identity(_) => {}
            Decoder::Gzip(decoder) => decoder.try_finish()?,
            Decoder::Deflate(decoder) => decoder.check_end()?,
            Decoder::Brotli(decoder) => decoder.close().map_err(|_| io::ErrorKind::UnexpectedEof)?,
            Decoder::Zstd(decoder) => decoder.do_finish()?,
        }
        Ok(std::mem::take(&mut self.sink().bytes))
    }

    fn sink(&mut self) -> &mut Sink {
        match self {
            Decoder::Identity(sink) => sink,
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Deflate(decoder) => &mut decoder.sink,
            Decoder::Brotli(decoder) => decoder.get_mut(),
            Decoder::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

fn zstd_decoder(sink: Sink) -> io::Result<Box<ZstdDecoder<'static, Sink>>> {
    let mut decoder = ZstdDecoder::new(sink)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(Box::new(decoder))
}

/// The deflate coding: zlib (RFC 9110 §8.4.1.2) or, as some servers have it, the bare stream. We do not offer it, but
/// some send it. Done by hand as flate2's writer does not tell a whole stream from a cut one.
struct Deflate {
    inflate: Option<Decompress>,
    ended: bool,
    sink: Sink,
}

impl Deflate {
    fn new(sink: Sink) -> Self {
        Deflate { inflate: None, ended: false, sink }
    }

    fn take(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        let Some(first) = chunk.first() else { return Ok(()) };
        // The method nibble of a zlib header (RFC 1950 §2.2); no bare stream of a known encoder begins with it.
        let inflate = self.inflate.get_or_insert_with(|| Decompress::new(first & 0x0f == 8));
        let mut out = vec![0; STEP];
        while !self.ended {
            let (read, written) = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress(chunk, &mut out, FlushDecompress::None)?;
            let read = usize::try_from(inflate.total_in() - read).unwrap_or(usize::MAX);
            let written = usize::try_from(inflate.total_out() - written).unwrap_or_default();
            self.sink.write_all(out.get(..written).unwrap_or_default())?;
            chunk = chunk.get(read..).unwrap_or_default();
            self.ended = status == Status::StreamEnd;
            if chunk.is_empty() && written < out.len() {
                break;
            }
            if read == 0 && written == 0 && !self.ended {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the deflate stream is broken"));
            }
        }
        Ok(())
    }

    fn check_end(&self) -> io::Result<()> {
        if self.ended { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Bytes up to a cap.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    limit: u64,
}

impl Write for Sink {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let room = self.limit.saturating_sub(self.bytes.len() as u64);
        let fits = usize::try_from(room).unwrap_or(usize::MAX);
        self.bytes.extend_from_slice(chunk.get(..fits).unwrap_or(chunk));
        if fits < chunk.len() { Err(io::Error::other(Overflow)) } else { Ok(chunk.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("larger than the cap")
    }
}

impl std::error::Error for Overflow {}

fn fault(error: &io::Error, limit: u64) -> FetchError {
    if error.get_ref().is_some_and(|inner| inner.is::<Overflow>()) {
        return FetchError::TooLarge { limit };
    }
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the compressed data was cut off".to_owned(),
        _ => format!("the compressed data is broken: {error}"),
    };
    FetchError::Broken { reason }
}

#[cfg(test)]
mod tests;
