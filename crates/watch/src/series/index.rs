//! All series of this cell, in shards that are locked apart.

use super::{SeriesId, Slot};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A series' number is a hash already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The shard is chosen by the upper bits, so within one only the lower ones differ. Tables look at the upper ones first.
        self.0 = number.rotate_left(7);
    }
}

/// The series of one shard.
pub(crate) type Shard = HashMap<u64, Slot, BuildHasherDefault<AsIs>>;

/// All series.
#[derive(Debug)]
pub(crate) struct Index {
    shards: Vec<Mutex<Shard>>,
    series: AtomicUsize,
}

impl Default for Index {
    fn default() -> Self {
        Self { shards: (0..Self::SHARDS).map(|_| Mutex::default()).collect(), series: AtomicUsize::new(0) }
    }
}

impl Index {
    /// How many shards there are; a power of two.
    pub(crate) const SHARDS: usize = 64;

    /// In which shard a series is.
    pub(crate) fn shard_of(id: SeriesId) -> usize {
        (id.0 >> (u64::BITS - Self::SHARDS.trailing_zeros())) as usize
    }

    /// Locks a shard.
    pub(crate) fn shard(&self, number: usize) -> MutexGuard<'_, Shard> {
        self.shards[number].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the shard of a series.
    pub(crate) fn shard_with(&self, id: SeriesId) -> MutexGuard<'_, Shard> {
        self.shard(Self::shard_of(id))
    }

    /// Locks each shard in turn.
    pub(crate) fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        (0..Self::SHARDS).map(|number| self.shard(number))
    }

    /// Counts a series that was put into a shard.
    pub(crate) fn added(&self) {
        self.series.fetch_add(1, Ordering::Relaxed);
    }

    /// How many series there are.
    pub(crate) fn len(&self) -> usize {
        self.series.load(Ordering::Relaxed)
    }
}
