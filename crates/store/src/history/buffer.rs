//! Records that are durable in the log and not yet in a part.

use arrow::array::RecordBatch;
use std::collections::BTreeMap;

/// The records of one segment of the log, by table, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct SegmentBuffer {
    /// Which segment.
    pub(crate) segment: u64,
    /// Its records.
    pub(crate) tables: BTreeMap<String, Vec<RecordBatch>>,
    /// What it counts against the limit on waiting bytes.
    pub(crate) bytes: usize,
}

impl SegmentBuffer {
    /// An empty buffer for `segment`.
    pub(crate) fn new(segment: u64) -> Self {
        Self { segment, ..Self::default() }
    }

    /// Adds records.
    pub(crate) fn push(&mut self, table: String, batch: RecordBatch) {
        self.bytes += batch_bytes(&batch);
        self.tables.entry(table).or_default().push(batch);
    }

    /// How many rows wait for `table`.
    pub(crate) fn rows(&self, table: &str) -> usize {
        self.tables.get(table).into_iter().flatten().map(RecordBatch::num_rows).sum()
    }
}

/// What a batch counts against the limit on waiting bytes.
pub(crate) fn batch_bytes(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size())).sum()
}
