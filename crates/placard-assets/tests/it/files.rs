//! Files for tests, made here byte by byte or by the encoders of `image`.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use placard_assets::content::{self, Found, Refusal};
use placard_domain::asset::{AssetDetails, ImageDetails, MediaType};
use std::{
    io::{Cursor, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// A picture with broad shapes and some detail, different for each seed.
pub(crate) fn picture(seed: u32, width: u32, height: u32) -> DynamicImage {
    let mut state = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let blobs: Vec<[f32; 6]> = (0..12).map(|_| [(); 6].map(|()| draw())).collect();
    let shade = |x: f32, y: f32, channel: usize| {
        let light = blobs.iter().map(|blob| {
            let spread = 0.01 + blob[2] * 0.05;
            let distance = (x - blob[0]).powi(2) + (y - blob[1]).powi(2);
            (blob[3 + channel] - 0.5) * 2.0 * (-distance / spread).exp()
        });
        ((0.5 + light.sum::<f32>() * 0.6).clamp(0.0, 1.0) * 255.0) as u8
    };
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        Rgb([shade(x, y, 0), shade(x, y, 1), shade(x, y, 2)])
    });
    picture.into()
}

/// The number of files in a folder and those in it.
pub(crate) fn files_in(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    entries.map(|entry| if entry.path().is_dir() { files_in(&entry.path()) } else { 1 }).sum()
}

pub(crate) fn pack(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut content = Cursor::new(Vec::new());
    picture.write_to(&mut content, format).unwrap();
    content.into_inner()
}

pub(crate) fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut content = Cursor::new(Vec::new());
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut content, quality)).unwrap();
    content.into_inner()
}

/// What is found in `content`, and what is left of it.
pub(crate) fn inspect(content: &[u8], declared: Option<MediaType>) -> Result<(Found, Vec<u8>), Refusal> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    let found = content::inspect(&mut file, declared)?;
    let mut left = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut left).unwrap();
    Ok((found, left))
}

pub(crate) fn image_of(found: &Found) -> ImageDetails {
    match found.details {
        AssetDetails::Image(image) => image,
        ref other => panic!("{other:?} is no picture"),
    }
}

/// EXIF notes with an orientation, a camera's maker and a place.
pub(crate) fn exif(orientation: u8) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let mut notes = b"MM\0*\0\0\0\x08\0\x03".to_vec();
    notes.extend(entry(0x010f, 2, 4, *b"ACME"));
    notes.extend(entry(0x0112, 3, 1, [0, orientation, 0, 0]));
    notes.extend(entry(0x8825, 4, 1, [0, 0, 0, 50]));
    notes.extend([0, 0, 0, 0]);
    // The directory about the place: one entry, north.
    notes.extend([0, 1]);
    notes.extend(entry(0x0001, 2, 2, *b"N\0\0\0"));
    notes.extend([0, 0, 0, 0]);
    notes
}

/// A JPEG segment.
pub(crate) fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap();
    [&[0xff, marker][..], &length.to_be_bytes(), body].concat()
}

/// `content` with `segments` after its first two bytes.
pub(crate) fn with_segments(content: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&content[..2], &segments.concat(), &content[2..]].concat()
}

/// A PNG chunk with its checksum.
pub(crate) fn chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [&name[..], body].concat();
    let sum = named.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    });
    [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &named, &(!sum).to_be_bytes()].concat()
}

/// `content` with `chunks` after the head of a PNG.
pub(crate) fn with_chunks(content: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&content[..33], &chunks.concat(), &content[33..]].concat()
}

/// A box of an MP4.
pub(crate) fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], name, body].concat()
}

/// What a video says of itself.
pub(crate) struct Video {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) ms: u32,
    pub(crate) audio: bool,
    pub(crate) turned: bool,
    pub(crate) notes: Vec<u8>,
}

impl Default for Video {
    fn default() -> Self {
        Self { width: 1080, height: 1920, ms: 15_000, audio: true, turned: false, notes: Vec::new() }
    }
}

impl Video {
    pub(crate) fn content(&self) -> Vec<u8> {
        let media = boxed(b"mdat", &[7; 4096]);
        [boxed(b"ftyp", b"isom\0\0\x02\0isomavc1"), self.description(), media].concat()
    }

    pub(crate) fn description(&self) -> Vec<u8> {
        let header = [&[0; 12][..], &1000_u32.to_be_bytes(), &self.ms.to_be_bytes(), &[0; 80]].concat();
        let mut tracks = track(*b"vide", *b"avc1", (self.width, self.height), self.turned);
        if self.audio {
            tracks.extend(track(*b"soun", *b"mp4a", (0, 0), false));
        }
        boxed(b"moov", &[boxed(b"mvhd", &header), tracks, self.notes.clone()].concat())
    }
}

fn track(kind: [u8; 4], codec: [u8; 4], (width, height): (u32, u32), turned: bool) -> Vec<u8> {
    let one = 0x0001_0000_u32.to_be_bytes();
    let (a, b) = if turned { ([0; 4], one) } else { (one, [0; 4]) };
    let size = [(width << 16).to_be_bytes(), (height << 16).to_be_bytes()].concat();
    let head = [&[0; 24][..], &[0; 16], &a, &b, &[0; 28], &size].concat();
    let handler = [&[0; 8][..], &kind, &[0; 13]].concat();
    let sorts = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &boxed(&codec, &[0; 70])].concat();
    let table = boxed(b"stbl", &boxed(b"stsd", &sorts));
    let media = [boxed(b"hdlr", &handler), boxed(b"minf", &table)].concat();
    boxed(b"trak", &[boxed(b"tkhd", &head), boxed(b"mdia", &media)].concat())
}

pub(crate) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF";
