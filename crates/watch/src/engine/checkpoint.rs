//! The bands' state on disk.
//!
//! `MARUCKP1 | segment: u64 | series: u64`, then per series `id: u64 | committed: i64 | last value: f64 | band row: i64 | rate | band`, then
//! a CRC-32 of all of it. Little-endian. Whatever is wrong with it, it is set aside and the bands learn anew from history.

use crate::{
    band::{Rate, StreamingBand},
    series::{Index, Slot},
};
use maru_store::{StoreError, replace_file_with};
use std::{collections::HashMap, io::Write, path::Path};

const MAGIC: &[u8; 8] = b"MARUCKP1";
const HEADER_BYTES: usize = 16;
const SLOT_BYTES: usize = 32 + Rate::ENCODED_LEN + StreamingBand::ENCODED_LEN;
const CHECKSUM_BYTES: usize = 4;

/// What is kept of one series.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) committed_ms: i64,
    pub(crate) last_value: f64,
    pub(crate) band_ms: i64,
    pub(crate) rate: Rate,
    pub(crate) band: StreamingBand,
}

/// A checkpoint that was read back.
#[derive(Debug, Default)]
pub(crate) struct Checkpoint {
    /// The first segment of the log that may hold samples which it does not know.
    pub(crate) segment: u64,
    /// The series that it knows.
    pub(crate) series: HashMap<u64, Kept>,
}

/// Writes the state of every series. Everything before `segment` is part of it.
pub(crate) fn write_checkpoint(path: &Path, index: &Index, segment: u64) -> Result<(), StoreError> {
    replace_file_with(path, |file| {
        let mut checksum = crc32fast::Hasher::new();
        let mut write = |bytes: &[u8]| {
            checksum.update(bytes);
            file.write_all(bytes)
        };
        write(MAGIC)?;
        write(&segment.to_le_bytes())?;
        let mut block = Vec::new();
        for shard in index.shards() {
            block.clear();
            for (id, slot) in shard.iter().filter(|(_, slot)| slot.recorded) {
                encode(*id, slot, &mut block);
            }
            drop(shard);
            write(&block)?;
        }
        file.write_all(&checksum.finalize().to_le_bytes())
    })
}

fn encode(id: u64, slot: &Slot, block: &mut Vec<u8>) {
    block.extend_from_slice(&id.to_le_bytes());
    block.extend_from_slice(&slot.committed_ms.to_le_bytes());
    block.extend_from_slice(&slot.last_value.to_le_bytes());
    block.extend_from_slice(&slot.band_ms.to_le_bytes());
    block.extend_from_slice(&slot.rate.encode());
    block.extend_from_slice(&slot.band.encode());
}

/// Reads a checkpoint back. `None` when there is none, or none that can be used; the reason is logged.
pub(crate) fn read_checkpoint(path: &Path) -> Option<Checkpoint> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::error!(%error, "the bands' state cannot be read; they learn anew from history");
            return None;
        }
    };
    let checkpoint = decode(&bytes);
    if checkpoint.is_none() {
        tracing::error!(path = %path.display(), "the bands' state is damaged, or from another release; they learn anew from history");
    }
    checkpoint
}

fn decode(bytes: &[u8]) -> Option<Checkpoint> {
    let (body, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
    if crc32fast::hash(body).to_le_bytes() != *checksum || !body.starts_with(MAGIC) {
        return None;
    }
    let segment = u64::from_le_bytes(*body.get(8..)?.first_chunk()?);
    let slots = body.get(HEADER_BYTES..)?;
    if slots.len() % SLOT_BYTES != 0 {
        return None;
    }
    let series = slots.chunks_exact(SLOT_BYTES).filter_map(decode_slot).collect();
    Some(Checkpoint { segment, series })
}

fn decode_slot(bytes: &[u8]) -> Option<(u64, Kept)> {
    let number = |at: usize| bytes.get(at..)?.first_chunk::<8>().copied();
    let rate_end = 32 + Rate::ENCODED_LEN;
    let kept = Kept {
        committed_ms: i64::from_le_bytes(number(8)?),
        last_value: f64::from_le_bytes(number(16)?),
        band_ms: i64::from_le_bytes(number(24)?),
        rate: Rate::decode(bytes.get(32..rate_end)?).ok()?,
        band: StreamingBand::decode(bytes.get(rate_end..)?).ok()?,
    };
    Some((u64::from_le_bytes(number(0)?), kept))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        ingest::Kind,
        series::{PackedLabels, pack},
    };

    fn index() -> Index {
        let index = Index::default();
        let mut packed = Vec::new();
        for number in 0..200 {
            let name = format!("metric_{number}_total");
            let id = pack(&[("__name__", &name)], &mut packed);
            let mut slot = Slot::new(PackedLabels::new(&packed), Kind::Unknown, None);
            slot.recorded = true;
            for step in 0..20 {
                slot.observe(step * 1_000, (step * number) as f64);
            }
            index.shard_with(id).insert(id.0, slot);
        }
        index
    }

    #[test]
    fn a_checkpoint_holds_every_series() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bands");
        let index = index();
        write_checkpoint(&path, &index, 7).unwrap();
        let read = read_checkpoint(&path).unwrap();
        assert_eq!((read.segment, read.series.len()), (7, 200));
        for shard in index.shards() {
            for (id, slot) in shard.iter() {
                let kept = &read.series[id];
                assert_eq!((kept.committed_ms, &kept.band, kept.rate), (slot.committed_ms, &slot.band, slot.rate));
            }
        }
    }

    #[test]
    fn a_damaged_checkpoint_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bands");
        write_checkpoint(&path, &index(), 7).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(997) {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(decode(&damaged).is_none(), "byte {at}");
            assert!(decode(&whole[..at]).is_none(), "cut at {at}");
        }
    }
}
