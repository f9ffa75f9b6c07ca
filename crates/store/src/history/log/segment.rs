//! Reading segments back, whole, torn or damaged.

#![expect(clippy::disallowed_methods, reason = "the store owns the data folder")]

use super::record::HEADER_BYTES;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The first bytes of every segment.
pub(crate) const MAGIC: &[u8; 8] = b"MARULOG1";

/// Where segment `number` is.
pub(crate) fn segment_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(segment_name(number))
}

fn segment_name(number: u64) -> String {
    format!("{number:010}.log")
}

/// The numbers of all segments in `folder`, in order.
pub(crate) fn list_segments(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        numbers.extend(name.to_str().and_then(segment_number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The number of the segment that is called `name`; `None` when the file is none of ours.
fn segment_number(name: &str) -> Option<u64> {
    let number = name.strip_suffix(".log")?.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

/// Lets go of segment `number` and of those before it, whose records are all in parts. The newest file keeps its name, emptied, so that no
/// number is given twice: parts and readers go by them.
pub(crate) fn forget_segment(folder: &Path, number: u64) -> io::Result<()> {
    let segments = list_segments(folder)?;
    let newest = segments.last().copied();
    for old in segments.into_iter().filter(|old| *old <= number) {
        let path = segment_path(folder, old);
        if Some(old) == newest { fs::File::options().write(true).open(path)?.set_len(0)? } else { fs::remove_file(path)? }
    }
    Ok(())
}

/// What a segment holds.
pub(crate) struct ReadSegment {
    /// The payloads whose checksums are right, in order.
    pub(crate) payloads: Vec<Vec<u8>>,
    /// Where the first bytes are that could not be read, if any.
    pub(crate) broken_at: Option<u64>,
}

/// Reads what is whole of a segment. A damaged record costs the others nothing for as long as its length leads to the next one; behind a
/// torn end there is nothing to find.
pub(crate) fn read_segment(path: &Path) -> io::Result<ReadSegment> {
    let bytes = fs::read(path)?;
    let mut payloads = Vec::new();
    let mut broken_at = (!bytes.is_empty() && !bytes.starts_with(MAGIC)).then_some(0);
    let mut at = MAGIC.len();
    while at < bytes.len() {
        if let Some(payload) = record_at(&bytes, at) {
            at += HEADER_BYTES + payload.len();
            payloads.push(payload.to_vec());
            continue;
        }
        broken_at = broken_at.or(Some(at as u64));
        match stated_end(&bytes, at) {
            Some(end) if end == bytes.len() || record_at(&bytes, end).is_some() => at = end,
            _ => break,
        }
    }
    Ok(ReadSegment { payloads, broken_at })
}

fn record_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let payload = bytes.get(at + HEADER_BYTES..stated_end(bytes, at)?)?;
    let checksum = u32::from_le_bytes(*bytes.get(at + 4..)?.first_chunk()?);
    (!payload.is_empty() && crc32fast::hash(payload) == checksum).then_some(payload)
}

/// Where the record at `at` ends, by its own word.
fn stated_end(bytes: &[u8], at: usize) -> Option<usize> {
    let length = u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
    (at + HEADER_BYTES).checked_add(length)
}
