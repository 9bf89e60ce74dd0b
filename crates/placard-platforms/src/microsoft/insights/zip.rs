//! The archive in which a report comes: one file, stored or deflated (Microsoft, `platforms/microsoft.md` §6, file).

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// A report that is larger when unpacked is taken for a mistake.
const MOST_BYTES: usize = 1 << 30;

/// Bytes of the record at the end, before its comment.
const END: usize = 22;

const STORED: usize = 0;
const DEFLATED: usize = 8;

/// The content of the only file in `archive`; `None` if it is no such archive. The directory at the end is read,
/// because a file's own header may leave out how long it is.
pub(super) fn only_file(archive: &[u8]) -> Option<Vec<u8>> {
    let end = archive.windows(4).rposition(|signature| signature == b"PK\x05\x06")?;
    archive.get(end..end + END)?;
    let directory = number(archive, end + 16, 4)?;
    if number(archive, end + 10, 2)? != 1 || archive.get(directory..directory + 4)? != b"PK\x01\x02" {
        return None;
    }
    let method = number(archive, directory + 10, 2)?;
    let (packed, whole) = (number(archive, directory + 20, 4)?, number(archive, directory + 24, 4)?);
    let header = number(archive, directory + 42, 4)?;
    let start = header + 30 + number(archive, header + 26, 2)? + number(archive, header + 28, 2)?;
    let bytes = archive.get(start..start.checked_add(packed)?)?;
    let content = match method {
        STORED => bytes.to_vec(),
        DEFLATED if whole <= MOST_BYTES => decompress_to_vec_with_limit(bytes, whole).ok()?,
        _ => return None,
    };
    (content.len() == whole).then_some(content)
}

/// The number of `length` bytes at `place`, the lowest first.
fn number(archive: &[u8], place: usize, length: usize) -> Option<usize> {
    let bytes = archive.get(place..place.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;

    fn archive(method: u16, packed: &[u8], whole: usize) -> Vec<u8> {
        let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let mut file = b"PK\x03\x04\x14\0\0\0".to_vec();
        file.extend(method.to_le_bytes());
        file.extend([0; 8]);
        // As where lengths follow later: the directory alone has them.
        file.extend([0; 8]);
        file.extend([5, 0, 0, 0]);
        file.extend(b"a.csv");
        file.extend(packed);
        let directory = file.len();
        file.extend(b"PK\x01\x02\x14\0\x14\0\0\0");
        file.extend(method.to_le_bytes());
        file.extend([0; 8]);
        file.extend([long(packed.len()), long(whole)].concat());
        file.extend([5, 0]);
        file.extend([0; 16]);
        file.extend(b"a.csv");
        let length = file.len() - directory;
        file.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        file.extend([long(length), long(directory)].concat());
        file.extend([0, 0]);
        file
    }

    #[test]
    fn stored_and_deflated_files_are_read() {
        let text = b"\"Clicks\"\n\"5\"\n".repeat(50);
        let deflated = compress_to_vec(&text, 6);
        assert_eq!(only_file(&archive(0, &text, text.len())), Some(text.clone()));
        assert_eq!(only_file(&archive(8, &deflated, text.len())), Some(text));
    }

    #[test]
    fn what_is_torn_or_no_archive_is_none() {
        let whole = archive(0, b"abc", 3);
        for cut in 1..whole.len() {
            assert_eq!(only_file(&whole[..whole.len() - cut]), None, "without the last {cut}");
        }
        assert_eq!(only_file(b"<html>"), None);
        assert_eq!(only_file(&archive(8, b"abc", 3)), None);
        assert_eq!(only_file(&archive(99, b"abc", 3)), None);
    }
}
