//! What can be asked of watch.

mod list_anomalies;
mod list_series;
mod overview;
mod points;
mod read_series;

pub use list_anomalies::ListAnomalies;
pub use list_series::ListSeries;
pub use overview::ShowOverview;
pub use read_series::ReadSeries;

use crate::{
    Watch,
    series::{SeriesId, Slot},
};
use jiff::Timestamp;
use maru_kernel::RoomRegistry;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Adds the operations of watch.
pub fn register(room: RoomRegistry<'_, Watch>) {
    room.operation::<ListSeries>().operation::<ReadSeries>().operation::<ListAnomalies>().operation::<ShowOverview>().done();
}

/// A series as people and programs see it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SeriesView {
    /// Stands for it.
    pub id: SeriesId,
    /// The metric's name.
    pub name: String,
    /// Its labels, the name not among them.
    pub labels: BTreeMap<String, String>,
    /// What it is measured on.
    pub resource: Option<String>,
    /// The unit of its samples, where known.
    pub unit: Option<String>,
    /// `gauge`, or `counter`: then its rate is judged and shown.
    pub kind: String,
    /// `warming`, `normal` or `anomalous`.
    pub state: String,
    /// When its last sample was measured.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_time: Option<Timestamp>,
    /// The last value that was judged.
    pub last_value: Option<f64>,
}

impl SeriesView {
    fn of(id: SeriesId, slot: &Slot) -> Self {
        Self {
            id,
            name: slot.labels.name().to_owned(),
            labels: slot.labels.others().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            resource: slot.labels.resource().map(str::to_owned),
            unit: slot.unit.as_deref().map(str::to_owned),
            kind: slot.kind_name().to_owned(),
            state: slot.state().to_owned(),
            last_time: (slot.committed_ms != i64::MIN).then(|| crate::engine::moment(slot.committed_ms)),
            last_value: slot.last_value.is_finite().then_some(slot.last_value),
        }
    }
}
