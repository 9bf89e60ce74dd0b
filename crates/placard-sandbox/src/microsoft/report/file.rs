//! The file of a report: a table with commas, in a ZIP.

use chrono::SecondsFormat;

use super::columns::Column;
use super::request::Query;
use crate::wire::WireEnum;

/// Every field in double quotes, doubled inside.
fn line(cells: &[String]) -> String {
    let quoted = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

/// The table, with a byte order mark and the blocks around it.
pub(super) fn table(query: &Query, rows: &[Vec<String>]) -> String {
    let mut out = "\u{feff}".to_owned();
    if query.header {
        let time = query.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let (first, last) = query.range;
        let complete = last < query.at.date_naive();
        for (name, value) in [
            ("Report Name", query.name.clone()),
            ("Report Time", format!("{first},{last}")),
            ("Time Zone", "(UTC) Coordinated Universal Time".to_owned()),
            ("Last Completed Available Day", time.clone()),
            ("Last Completed Available Hour", time),
            ("Report Aggregation", query.aggregation.to_string()),
            ("Report Filter", String::new()),
            ("Potential Incomplete Data", (!complete).to_string()),
            ("Rows", rows.len().to_string()),
        ] {
            out.push_str(&line(&[format!("{name}: {value}")]));
        }
        out.push_str("\r\n");
    }
    if query.names {
        let name = |column: &Column| match column {
            Column::Attribute(attribute) => attribute.as_str().to_owned(),
            Column::Measure(measure) => measure.as_str().to_owned(),
        };
        out.push_str(&line(&query.columns.iter().map(name).collect::<Vec<_>>()));
    }
    rows.iter().for_each(|row| out.push_str(&line(row)));
    if query.footer {
        out.push_str("\r\n");
        out.push_str(&line(&["©2026 Microsoft Corporation. All rights reserved. ".to_owned()]));
    }
    out
}

/// CRC-32 as ZIP wants it.
fn crc32(bytes: &[u8]) -> u32 {
    let byte = |crc: u32, byte: &u8| {
        let bit = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        (0..8).fold(crc ^ u32::from(*byte), bit)
    };
    !bytes.iter().fold(u32::MAX, byte)
}

/// A ZIP that holds one file, stored as it is.
pub(super) fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    // Four gigabytes of report are beyond what a sandbox makes.
    let (size, name_size) = (bytes.len() as u32, name.len() as u16);
    let mut common = Vec::new();
    // Version 2.0, the flag for names in UTF-8, stored, midnight of 1 January 1980.
    for part in [20_u16, 0x0800, 0, 0, 0x21] {
        common.extend(part.to_le_bytes());
    }
    for part in [crc32(bytes), size, size] {
        common.extend(part.to_le_bytes());
    }
    common.extend(name_size.to_le_bytes());
    common.extend(0_u16.to_le_bytes());
    let mut out = b"PK\x03\x04".to_vec();
    out.extend(&common);
    out.extend(name.as_bytes());
    out.extend(bytes);
    let directory = out.len() as u32;
    out.extend(b"PK\x01\x02");
    out.extend(20_u16.to_le_bytes());
    out.extend(&common);
    // No comment, first disk, no attributes, and the file begins the archive.
    out.extend([0; 14]);
    out.extend(name.as_bytes());
    let length = out.len() as u32 - directory;
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    out.extend([1, 0, 1, 0]);
    out.extend(length.to_le_bytes());
    out.extend(directory.to_le_bytes());
    out.extend([0; 2]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_everybody_knows() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(line(&["a \"b\"".into(), "2.50%".into()]), "\"a \"\"b\"\"\",\"2.50%\"\r\n");
    }
}
