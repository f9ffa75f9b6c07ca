//! One record of the log: batches for one or more tables that become durable together.
//!
//! `length: u32 | crc32: u32 | payload`, and the payload is a row of `name length: u8 | name | batch length: u32 | Arrow IPC stream`, all
//! numbers little-endian. The checksum (CRC-32, IEEE 802.3) covers the payload.

use crate::StoreError;
use arrow::{
    array::RecordBatch,
    error::ArrowError,
    ipc::{reader::StreamReader, writer::StreamWriter},
};

/// Batches for one table.
pub(crate) type Entry = (String, RecordBatch);

/// The bytes in front of a payload.
pub(crate) const HEADER_BYTES: usize = 8;

/// A record, ready to be written.
pub(crate) fn encode_record(entries: &[(&str, &RecordBatch)]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![0; HEADER_BYTES];
    for (table, batch) in entries {
        let name_length = u8::try_from(table.len()).map_err(|_| ArrowError::InvalidArgumentError("a table's name is too long".into()))?;
        bytes.push(name_length);
        bytes.extend_from_slice(table.as_bytes());
        let length_at = bytes.len();
        bytes.extend_from_slice(&[0; 4]);
        let mut stream = StreamWriter::try_new(&mut bytes, &batch.schema())?;
        stream.write(batch)?;
        stream.finish()?;
        drop(stream);
        let length = u32_length(bytes.len() - length_at - 4)?;
        bytes[length_at..length_at + 4].copy_from_slice(&length);
    }
    let length = u32_length(bytes.len() - HEADER_BYTES)?;
    let checksum = crc32fast::hash(&bytes[HEADER_BYTES..]);
    bytes[..4].copy_from_slice(&length);
    bytes[4..HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

fn u32_length(length: usize) -> Result<[u8; 4], StoreError> {
    let length = u32::try_from(length).map_err(|_| ArrowError::InvalidArgumentError("a record of the log is over 4 GiB".into()))?;
    Ok(length.to_le_bytes())
}

/// The batches of a payload whose checksum was right.
pub(crate) fn decode_record(mut payload: &[u8]) -> Result<Vec<Entry>, StoreError> {
    let short = || ArrowError::ParseError("a record of the log ends early".into());
    let mut entries = Vec::new();
    while !payload.is_empty() {
        let name_length = usize::from(payload[0]);
        let name = payload.get(1..1 + name_length).ok_or_else(short)?;
        let name = String::from_utf8(name.to_vec()).map_err(|_| ArrowError::ParseError("a table's name is not UTF-8".into()))?;
        payload = &payload[1 + name_length..];
        let length = payload.first_chunk::<4>().ok_or_else(short)?;
        let length = u32::from_le_bytes(*length) as usize;
        let stream = payload.get(4..4 + length).ok_or_else(short)?;
        for batch in StreamReader::try_new(stream, None)? {
            entries.push((name.clone(), batch?));
        }
        payload = &payload[4 + length..];
    }
    Ok(entries)
}
