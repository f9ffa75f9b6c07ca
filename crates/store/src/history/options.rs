//! How history is kept.

use std::{collections::BTreeMap, time::Duration};

/// How history is kept. The defaults suit one machine.
#[derive(Clone, Debug)]
pub struct HistoryOptions {
    /// Where parts are kept: `None` for the data folder, else `s3://bucket/prefix`.
    pub address: Option<String>,
    /// The longest that records wait in the log before they become a part.
    pub flush_every: Duration,
    /// The size at which a segment of the log is sealed early.
    pub segment_bytes: u64,
    /// How much may wait to be written before callers are told to slow down.
    pub waiting_limit_bytes: usize,
    /// The most rows that compaction puts into one part.
    pub part_rows: u64,
    /// How many neighbouring small parts it takes to merge them.
    pub merge_at: usize,
    /// How many days a table's records are kept, where that differs from the table's own word.
    pub retention_days: BTreeMap<String, u32>,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self {
            address: None,
            flush_every: Duration::from_secs(300),
            segment_bytes: 64 << 20,
            waiting_limit_bytes: 256 << 20,
            part_rows: 4_000_000,
            merge_at: 8,
            retention_days: BTreeMap::new(),
        }
    }
}
