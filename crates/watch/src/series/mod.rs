//! Series in memory: what each is called, how far it has come, and its band.

mod identity;
mod index;
mod selector;
mod slot;

pub use identity::SeriesId;
pub(crate) use identity::{PackedLabels, pack};
pub(crate) use index::Index;
pub(crate) use selector::Selector;
pub(crate) use slot::{BandRow, Slot};
