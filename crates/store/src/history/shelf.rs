//! What there is right now: parts and waiting records, changed in one step each, so that a query sees every record exactly once.

use super::{
    buffer::SegmentBuffer,
    log::{Entry, LogReader},
    part::Part,
    waiting::Waiting,
};
use arrow::array::RecordBatch;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// All records of one table at one moment. Its parts stay readable for as long as it lives.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The files.
    pub parts: Vec<Arc<Part>>,
    /// The records that wait.
    pub batches: Vec<RecordBatch>,
}

/// What there is right now.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    inner: Mutex<Inner>,
    waiting: Arc<Waiting>,
    next_segment: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    parts: BTreeMap<String, Vec<Arc<Part>>>,
    active: Option<SegmentBuffer>,
    sealed: VecDeque<Arc<SegmentBuffer>>,
    obsolete: Vec<Arc<Part>>,
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All records of `table`.
    pub(crate) fn snapshot(&self, table: &str) -> Snapshot {
        let inner = self.lock();
        let batches = inner.sealed.iter().map(AsRef::as_ref).chain(&inner.active);
        Snapshot {
            parts: inner.parts.get(table).cloned().unwrap_or_default(),
            batches: batches.filter_map(|buffer| buffer.tables.get(table)).flatten().cloned().collect(),
        }
    }

    /// The records of `table` that came in with segment `segment` or later, and some that came in earlier.
    pub(crate) fn snapshot_since(&self, table: &str, segment: u64) -> Snapshot {
        let inner = self.lock();
        let parts = inner.parts.get(table).into_iter().flatten().filter(|part| part.last >= segment).cloned();
        let buffers = inner.sealed.iter().map(AsRef::as_ref).chain(&inner.active).filter(|buffer| buffer.segment >= segment);
        Snapshot { parts: parts.collect(), batches: buffers.filter_map(|buffer| buffer.tables.get(table)).flatten().cloned().collect() }
    }

    /// The segment that the next record goes to.
    pub(crate) fn next_segment(&self) -> u64 {
        self.next_segment.load(Ordering::Acquire)
    }

    /// Sets the segment that the next record goes to.
    pub(crate) fn set_next_segment(&self, segment: u64) {
        self.next_segment.store(segment, Ordering::Release);
    }

    /// How many rows and bytes of `table` there are: in parts, and waiting.
    pub(crate) fn size(&self, table: &str) -> (u64, u64, u64) {
        let inner = self.lock();
        let parts = inner.parts.get(table).into_iter().flatten();
        let (rows, bytes) = parts.fold((0, 0), |(rows, bytes), part| (rows + part.rows, bytes + part.bytes));
        let waiting: usize = inner.sealed.iter().map(AsRef::as_ref).chain(&inner.active).map(|buffer| buffer.rows(table)).sum();
        (rows, bytes, waiting as u64)
    }

    /// Every part of every table, in no order.
    pub(crate) fn parts(&self) -> Vec<Arc<Part>> {
        self.lock().parts.values().flatten().cloned().collect()
    }

    /// Puts records there that recovery found in segment `segment`.
    pub(crate) fn recovered(&self, buffer: SegmentBuffer) {
        self.waiting.add(buffer.bytes);
        self.lock().sealed.push_back(Arc::new(buffer));
    }

    /// The oldest sealed buffer.
    pub(crate) fn oldest_sealed(&self) -> Option<Arc<SegmentBuffer>> {
        self.lock().sealed.front().cloned()
    }

    /// Whether records wait in a segment that is still written to.
    pub(crate) fn has_active(&self) -> bool {
        self.lock().active.is_some()
    }

    /// Records of a sealed buffer are now in `parts`.
    pub(crate) fn flushed(&self, segment: u64, parts: Vec<Part>) {
        let mut inner = self.lock();
        if let Some(at) = inner.sealed.iter().position(|buffer| buffer.segment == segment)
            && let Some(buffer) = inner.sealed.remove(at)
        {
            self.waiting.subtract(buffer.bytes);
        }
        for part in parts {
            inner.put(part);
        }
    }

    /// A part that was found or merged; what it contains is obsolete.
    pub(crate) fn put(&self, part: Part) {
        self.lock().put(part);
    }

    /// Takes a part out of sight, to be deleted when nobody reads it.
    pub(crate) fn retire(&self, part: &Arc<Part>) {
        let mut inner = self.lock();
        inner.remove(part);
        inner.obsolete.push(part.clone());
    }

    /// Takes a part out of sight for good, leaving its file alone.
    pub(crate) fn forget(&self, part: &Arc<Part>) {
        self.lock().remove(part);
    }

    /// The retired parts that nobody reads any more.
    pub(crate) fn take_unread(&self) -> Vec<Arc<Part>> {
        let mut inner = self.lock();
        let (unread, read) = std::mem::take(&mut inner.obsolete).into_iter().partition(|part| Arc::strong_count(part) == 1);
        inner.obsolete = read;
        unread
    }

    /// A part whose file could not be deleted yet.
    pub(crate) fn retire_again(&self, part: Arc<Part>) {
        self.lock().obsolete.push(part);
    }

    /// What waits to be written to parts or to the log.
    pub(crate) fn waiting(&self) -> &Arc<Waiting> {
        &self.waiting
    }
}

impl Inner {
    fn put(&mut self, part: Part) {
        let parts = self.parts.entry(part.table.clone()).or_default();
        let (contained, others): (Vec<_>, _) = std::mem::take(parts).into_iter().partition(|other| part.contains(other));
        *parts = others;
        // One of the same name is this part, written again: its file must stay.
        self.obsolete.extend(contained.into_iter().filter(|other| !other.contains(&part)));
        let at = parts.partition_point(|other| (other.day, other.first) < (part.day, part.first));
        parts.insert(at, Arc::new(part));
    }

    fn remove(&mut self, part: &Arc<Part>) {
        if let Some(parts) = self.parts.get_mut(&part.table) {
            parts.retain(|other| !Arc::ptr_eq(other, part));
        }
    }
}

/// The end of the log's thread that fills the shelf.
pub(crate) struct ShelfFiller {
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) sealed: Arc<tokio::sync::Notify>,
}

impl LogReader for ShelfFiller {
    fn written(&mut self, segment: u64, entries: Vec<Entry>) {
        let mut inner = self.shelf.lock();
        let buffer = inner.active.get_or_insert_with(|| SegmentBuffer::new(segment));
        for (table, batch) in entries {
            buffer.push(table, batch);
        }
    }

    fn sealed(&mut self, segment: u64) {
        self.shelf.set_next_segment(segment + 1);
        let mut inner = self.shelf.lock();
        if let Some(buffer) = inner.active.take() {
            inner.sealed.push_back(Arc::new(buffer));
        }
        self.sealed.notify_one();
    }
}
