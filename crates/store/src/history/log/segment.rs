//! Reading segments back, whole, torn or damaged.

use super::record::HEADER_BYTES;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The first bytes of every segment.
pub(crate) const MAGIC: &[u8; 8] = b"MARULOG1";

/// Where segment `number` is.
pub(crate) fn segment_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}.log"))
}

/// The numbers of all segments in `folder`, in order.
pub(crate) fn list_segments(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.strip_suffix(".log")).and_then(|number| number.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// What a segment holds.
pub(crate) struct ReadSegment {
    /// The payloads whose checksums are right, in order, up to the first that is not.
    pub(crate) payloads: Vec<Vec<u8>>,
    /// Where the first bytes are that could not be read, if any.
    pub(crate) broken_at: Option<u64>,
}

/// Reads a segment up to its end, or to the first record that is torn or damaged.
pub(crate) fn read_segment(path: &Path) -> io::Result<ReadSegment> {
    let bytes = fs::read(path)?;
    let mut payloads = Vec::new();
    if !bytes.starts_with(MAGIC) {
        let broken_at = (!bytes.is_empty()).then_some(0);
        return Ok(ReadSegment { payloads, broken_at });
    }
    let mut at = MAGIC.len();
    while at < bytes.len() {
        let Some(payload) = record_at(&bytes, at) else {
            return Ok(ReadSegment { payloads, broken_at: Some(at as u64) });
        };
        at += HEADER_BYTES + payload.len();
        payloads.push(payload.to_vec());
    }
    Ok(ReadSegment { payloads, broken_at: None })
}

fn record_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
    let checksum = u32::from_le_bytes(*bytes.get(at + 4..)?.first_chunk()?);
    let payload = bytes.get(at + HEADER_BYTES..)?.get(..length)?;
    (length > 0 && crc32fast::hash(payload) == checksum).then_some(payload)
}
