//! Sorts out which samples are new, so that each is written once however often it is sent.
//!
//! Samples of a series are written in order of time. A repeated request ends on the last sample that is durable and is answered as if it had
//! been written again; a sample older than that is refused. While a request is being written its samples are *reserved*: whoever sends the
//! same ones meanwhile waits, since nobody can tell yet whether they will be durable.

use super::gather::{Chunk, Gathered};
use crate::series::{Index, Slot};

/// What is to be written of a request.
#[derive(Debug, Default)]
pub(crate) struct Reserved {
    pub(crate) chunks: Vec<Chunk>,
    /// Samples that are durable already.
    pub(crate) repeated: u64,
    /// Samples older than the last of their series.
    pub(crate) late: u64,
    /// The first of those, in words.
    pub(crate) late_example: Option<String>,
    /// Samples of series for which there is no room.
    pub(crate) no_room: u64,
}

/// Another request is writing some of the same samples.
#[derive(Debug)]
pub(crate) struct InFlight;

impl Reserved {
    /// How many samples are to be written.
    pub(crate) fn samples(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.end - chunk.start).sum()
    }
}

/// Reserves what is new in `gathered`. On [`InFlight`] nothing is reserved.
pub(crate) fn reserve(index: &Index, gathered: &Gathered, max_series: usize) -> Result<Reserved, InFlight> {
    let mut reserved = Reserved { chunks: Vec::with_capacity(gathered.chunks.len()), ..Reserved::default() };
    let mut new = gathered.new.iter().peekable();
    for run in gathered.chunks.chunk_by(|one, other| Index::shard_of(one.id) == Index::shard_of(other.id)) {
        let mut shard = index.shard_with(run[0].id);
        for chunk in run {
            while new.peek().is_some_and(|new| new.id < chunk.id) {
                new.next();
            }
            let slot = match shard.entry(chunk.id.0) {
                std::collections::hash_map::Entry::Occupied(slot) => slot.into_mut(),
                std::collections::hash_map::Entry::Vacant(place) => {
                    let named = new.peek().filter(|new| new.id == chunk.id);
                    let Some(named) = named.filter(|_| index.len() < max_series) else {
                        reserved.no_room += (chunk.end - chunk.start) as u64;
                        continue;
                    };
                    index.added();
                    place.insert(Slot::new(named.labels.clone(), named.kind, named.unit.as_deref()))
                }
            };
            if !reserve_chunk(slot, *chunk, gathered, &mut reserved) {
                drop(shard);
                release(index, &reserved.chunks, gathered);
                return Err(InFlight);
            }
        }
    }
    Ok(reserved)
}

/// Answers whether that was possible.
fn reserve_chunk(slot: &mut Slot, chunk: Chunk, gathered: &Gathered, reserved: &mut Reserved) -> bool {
    let times = &gathered.times_ms[chunk.start..chunk.end];
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return true };
    if *last == slot.committed_ms {
        reserved.repeated += times.len() as u64;
        return true;
    }
    let fresh = times.partition_point(|time_ms| *time_ms <= slot.committed_ms);
    if fresh > 0 {
        // An overlap with what is durable: the sender repeats its last samples and goes on. Nothing new is lost by it.
        let overlaps = fresh < times.len();
        let count = fresh as u64;
        if overlaps {
            reserved.repeated += count;
        } else {
            reserved.late += count;
            reserved.late_example.get_or_insert_with(|| {
                let behind = slot.committed_ms.saturating_sub(*first);
                format!("a sample of `{}` is {} s older than the last one", slot.labels.name(), behind / 1_000)
            });
            return true;
        }
    }
    if times[fresh] <= slot.reserved_ms || (!slot.recorded && slot.reserved_ms > slot.committed_ms) {
        return false;
    }
    slot.reserved_ms = *last;
    reserved.chunks.push(Chunk { start: chunk.start + fresh, ..chunk });
    true
}

/// Gives back what was reserved and will not be written.
pub(crate) fn release(index: &Index, chunks: &[Chunk], gathered: &Gathered) {
    for chunk in chunks {
        if let Some(slot) = index.shard_with(chunk.id).get_mut(&chunk.id.0)
            && slot.reserved_ms == gathered.times_ms[chunk.end - 1]
        {
            slot.reserved_ms = slot.committed_ms;
        }
    }
}
