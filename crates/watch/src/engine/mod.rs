//! From decoded samples to durable, judged ones.
//!
//! *Gather* collects what a decoder reads. *Reserve* sorts out what was seen before. Then the log makes it durable, and *commit* lets the
//! bands judge it. A *checkpoint* keeps the bands' state, so that a restart goes on where it stopped.

mod checkpoint;
mod commit;
mod gather;
mod intake;
mod recover;
mod reserve;

pub(crate) use checkpoint::{read_checkpoint, write_checkpoint};
pub(crate) use commit::{Change, Judged, moment};
pub(crate) use gather::{Gathered, Labelled};
pub use intake::{Accepted, WireFormat};
pub(crate) use intake::{Engine, EngineCounts};
pub(crate) use recover::recover;
