//! What left its band: kept in the state database, told on the bus.

mod entity;
mod migration;
mod recorder;
mod view;

pub(crate) use entity::{Column, Entity};
pub use migration::migrations;
pub(crate) use recorder::Recorder;
pub use view::AnomalyView;
