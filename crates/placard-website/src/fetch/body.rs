//! Bodies, decompressed by hand so that a small answer cannot become a large one.

use super::{FetchError, Limits};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use std::io::{self, Write};

/// Below this, a high ratio is only a very regular text.
const SMALL: usize = 1024 * 1024;

/// RFC 8878 §3.1.1.1.2 and RFC 9659: zstd on the web needs no window above 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

/// What came, as far as it may.
#[derive(Debug)]
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    ratio: usize,
    wire: usize,
    over: Option<FetchError>,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.bytes.len() + bytes.len();
        if size > self.limit {
            self.over = Some(FetchError::TooLarge { limit: self.limit });
        } else if size > SMALL && size / self.ratio > self.wire {
            self.over = Some(FetchError::Bomb { ratio: self.ratio });
        }
        if self.over.is_some() {
            return Err(io::Error::other("over a limit"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type BrotliMemory = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// Brotli as RFC 7932 has it: without the large windows that the library's own writer would accept.
struct Brotli {
    state: Box<BrotliMemory>,
    out: Bounded,
    total: usize,
    done: bool,
}

impl Brotli {
    fn new(out: Bounded) -> Self {
        let memory = StandardAlloc::default;
        Self {
            state: Box::new(BrotliState::new_strict(memory(), memory(), memory())),
            out,
            total: 0,
            done: false,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (mut left, mut at) = (bytes.len(), 0);
        let mut buffer = [0; 16 * 1024];
        loop {
            let (mut room, mut filled) = (buffer.len(), 0);
            let outcome = BrotliDecompressStream(
                &mut left,
                &mut at,
                bytes,
                &mut room,
                &mut filled,
                &mut buffer,
                &mut self.total,
                &mut self.state,
            );
            self.out.write_all(&buffer[..filled])?;
            match outcome {
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::ResultSuccess => {
                    self.done = true;
                    return if left == 0 { Ok(()) } else { Err(io::Error::other("bytes after the end")) };
                }
                BrotliResult::ResultFailure => return Err(io::Error::other("no brotli")),
            }
        }
    }
}

/// Takes a body as it comes.
pub(super) struct Body {
    coding: Coding,
}

enum Coding {
    Identity(Bounded),
    Gzip(flate2::write::MultiGzDecoder<Bounded>),
    Brotli(Box<Brotli>),
    Zstd(zstd::stream::write::Decoder<'static, Bounded>),
}

impl Body {
    /// What the request's `accept-encoding` says.
    pub(super) const ACCEPTED: &'static str = "gzip, br, zstd";

    /// For an answer whose `content-encoding` is `coding`.
    pub(super) fn new(coding: &str, limits: &Limits) -> Result<Self, FetchError> {
        let limit = limits.body_bytes;
        let out = Bounded { bytes: Vec::new(), limit, ratio: limits.ratio.max(1), wire: 0, over: None };
        let coding = match coding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Coding::Identity(out),
            "gzip" | "x-gzip" => Coding::Gzip(flate2::write::MultiGzDecoder::new(out)),
            "br" => Coding::Brotli(Box::new(Brotli::new(out))),
            "zstd" => {
                let broken = |_| FetchError::Compressed;
                let mut decoder = zstd::stream::write::Decoder::new(out).map_err(broken)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(broken)?;
                Coding::Zstd(decoder)
            }
            other => return Err(FetchError::Coding(other.to_owned())),
        };
        Ok(Self { coding })
    }

    fn out(&mut self) -> &mut Bounded {
        match &mut self.coding {
            Coding::Identity(out) => out,
            Coding::Gzip(decoder) => decoder.get_mut(),
            Coding::Brotli(decoder) => &mut decoder.out,
            Coding::Zstd(decoder) => decoder.get_mut(),
        }
    }

    /// Takes what came next.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.out().wire += bytes.len();
        let taken = match &mut self.coding {
            Coding::Identity(out) => out.write_all(bytes),
            Coding::Gzip(decoder) => decoder.write_all(bytes),
            Coding::Brotli(decoder) => decoder.write(bytes),
            Coding::Zstd(decoder) => decoder.write_all(bytes),
        };
        taken.map_err(|_| self.out().over.take().unwrap_or(FetchError::Compressed))
    }

    /// The body, and how many bytes of it were on the wire.
    pub(super) fn finish(mut self) -> Result<(Vec<u8>, usize), FetchError> {
        // An answer to HEAD, or an empty one, has a coding and nothing to decode.
        if self.out().wire == 0 {
            return Ok((Vec::new(), 0));
        }
        let ended = match &mut self.coding {
            Coding::Identity(_) => Ok(()),
            Coding::Gzip(decoder) => decoder.try_finish(),
            Coding::Brotli(decoder) if decoder.done => Ok(()),
            Coding::Brotli(_) => Err(io::ErrorKind::UnexpectedEof.into()),
            Coding::Zstd(decoder) => decoder.flush(),
        };
        if ended.is_err() {
            return Err(self.out().over.take().unwrap_or(FetchError::Compressed));
        }
        let out = self.out();
        Ok((std::mem::take(&mut out.bytes), out.wire))
    }
}
