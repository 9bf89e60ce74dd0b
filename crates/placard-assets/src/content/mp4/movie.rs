//! The box that describes a video.

use super::boxes::{Head, within};
use crate::content::reader::Reader;
use placard_domain::asset::{PixelSize, VideoDetails};

/// What the description says.
pub(super) struct Movie {
    pub(super) details: VideoDetails,
    /// Boxes with notes, seen from the start of the description.
    pub(super) notes: Vec<Head>,
}

struct Track {
    kind: [u8; 4],
    size: PixelSize,
    codec: [u8; 4],
}

const CUT: &str = "its description ends early";

impl Movie {
    pub(super) fn read(content: &[u8]) -> Result<Self, &'static str> {
        let mut notes = Vec::new();
        let (mut duration_ms, mut tracks) = (None, Vec::new());
        for found in within(content) {
            let (head, body) = found.ok_or(CUT)?;
            match &head.name {
                b"mvhd" => duration_ms = read_duration(body).ok_or(CUT)?,
                b"trak" => tracks.push(read_track(head, body, &mut notes)?),
                b"udta" | b"meta" => notes.push(head),
                _ => {}
            }
        }
        let video =
            tracks.iter().find(|track| &track.kind == b"vide").ok_or("it has no pictures, only sound")?;
        if matches!(&video.codec, b"encv" | b"drmi") {
            return Err("it is encrypted");
        }
        let duration_ms =
            duration_ms.ok_or("it does not say how long it is; export it as an ordinary MP4")?;
        let details = VideoDetails {
            size: video.size,
            duration_ms,
            codec: String::from_utf8_lossy(&video.codec).trim_end().to_owned(),
            audio: tracks.iter().any(|track| &track.kind == b"soun"),
        };
        Ok(Self { details, notes })
    }
}

/// The duration in the movie's header; `Some(None)` if it is left open.
fn read_duration(body: &[u8]) -> Option<Option<u64>> {
    let mut reader = Reader::new(body);
    let long = skip_times(&mut reader)?;
    let per_second = u64::from(reader.u32()?);
    let units = if long { reader.u64()? } else { u64::from(reader.u32()?) };
    let open = units == 0 || units == u64::from(u32::MAX) || units == u64::MAX;
    let milliseconds = u128::from(units) * 1000 / u128::from(per_second.max(1));
    Some(u64::try_from(milliseconds).ok().filter(|_| !open && per_second > 0))
}

/// Skips version, flags and the times of making and changing; whether times are written in eight bytes.
fn skip_times(reader: &mut Reader<'_>) -> Option<bool> {
    let long = reader.byte()? == 1;
    reader.take(3 + if long { 16 } else { 8 })?;
    Some(long)
}

fn read_track(track: Head, content: &[u8], notes: &mut Vec<Head>) -> Result<Track, &'static str> {
    let (mut size, mut kind, mut codec) = (None, None, None);
    let offset = track.body;
    for found in within(content) {
        let (head, body) = found.ok_or(CUT)?;
        match &head.name {
            b"tkhd" => size = Some(read_size(body).ok_or(CUT)?),
            b"udta" | b"meta" => notes.push(Head {
                start: offset + head.start,
                body: offset + head.body,
                end: offset + head.end,
                ..head
            }),
            b"mdia" => {
                kind = inside(body, b"hdlr").and_then(|handler| handler.get(8..12)?.try_into().ok());
                let table = inside(body, b"minf").and_then(|media| inside(media, b"stbl"));
                let sorts = table.and_then(|table| inside(table, b"stsd"));
                codec = sorts.and_then(|sorts| sorts.get(12..16)?.try_into().ok());
            }
            _ => {}
        }
    }
    Ok(Track { size: size.ok_or(CUT)?, kind: kind.ok_or(CUT)?, codec: codec.ok_or(CUT)? })
}

fn inside<'a>(content: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    within(content).map_while(|found| found).find(|(head, _)| &head.name == name).map(|(_, body)| body)
}

/// The size in a track's header, turned as its matrix says; fractions of pixels are left out.
fn read_size(body: &[u8]) -> Option<PixelSize> {
    let mut reader = Reader::new(body);
    let long = skip_times(&mut reader)?;
    // Id, reserved, duration; then reserved, layer, group, volume.
    reader.take(if long { 16 } else { 12 } + 16)?;
    let (a, b) = (reader.u32()?, reader.u32()?);
    reader.take(28)?;
    let (width, height) = (reader.u32()? >> 16, reader.u32()? >> 16);
    let turned = a == 0 && b != 0;
    Some(if turned { PixelSize { width: height, height: width } } else { PixelSize { width, height } })
}
