//! The log: what is synced here is acknowledged, and survives a process that is killed.

mod record;
mod segment;
mod writer;

pub(crate) use record::{Entry, decode_record, encode_record};
pub(crate) use segment::{forget_segment, list_segments, read_segment, segment_path};
pub(crate) use writer::{Append, Command, LogReader, LogWriter};
