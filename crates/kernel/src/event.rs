//! Something that happened.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Something that happened, told to whoever listens on the bus. Names are past tense: `AnomalyOpened`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// What happened.
    pub kind: &'static str,
    /// When it happened.
    pub time: Timestamp,
    /// What it happened to: the identity by which listeners narrow down, such as a series.
    pub key: String,
    /// The record, as the table that holds it would show it.
    pub data: Value,
}
