//! Many records that never change: written through a log, kept as Parquet.
//!
//! The way of a record: [`History::append`] encodes it, the log's thread writes and syncs it and only then acknowledges; it now waits in the
//! buffer of its table, where queries see it. Every few minutes the segment of the log is sealed and its records are written as *parts*,
//! one Parquet file per table and day; then the segment is deleted. Small parts are merged in the background. Nothing here knows what a
//! table means.

mod buffer;
mod compact;
mod files;
mod keep;
mod lease;
mod log;
mod options;
mod part;
mod recover;
mod schema;
mod shelf;
mod waiting;
mod write_part;

pub use files::Files;
pub use keep::{History, TableFigures};
pub(crate) use lease::Lease;
pub use options::HistoryOptions;
pub use part::{Day, Part};
pub use schema::{arrow_schema, labels_array};
pub use shelf::Snapshot;
