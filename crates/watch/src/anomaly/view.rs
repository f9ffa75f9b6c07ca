//! An anomaly as people and programs see it.

use super::entity::Model;
use crate::{engine::moment, series::SeriesId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A stretch of time during which a series was outside its band.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AnomalyView {
    /// Identity: series and start.
    pub id: String,
    /// The series.
    pub series: SeriesId,
    /// The metric's name.
    pub name: String,
    /// The series' labels.
    pub labels: BTreeMap<String, String>,
    /// What the series is measured on.
    pub resource: Option<String>,
    /// When it left its band.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub start: Timestamp,
    /// When it was outside for the last time; nothing while it is open.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub end: Option<Timestamp>,
    /// `above` or `below`.
    pub direction: String,
    /// The expected value at the start.
    pub expected: f64,
    /// The lower edge of the band at the start.
    pub lower: f64,
    /// The upper edge of the band at the start.
    pub upper: f64,
    /// The most extreme value.
    pub actual: f64,
    /// The greatest score, from 0 to 1.
    pub score: f64,
}

impl From<Model> for AnomalyView {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            series: SeriesId(row.series.cast_unsigned()),
            name: row.name,
            labels: serde_json::from_str(&row.labels).unwrap_or_default(),
            resource: row.resource,
            start: moment(row.start_time),
            end: row.end_time.map(moment),
            direction: row.direction,
            expected: row.expected,
            lower: row.lower,
            upper: row.upper,
            actual: row.actual,
            score: row.score,
        }
    }
}

impl From<&AnomalyView> for Model {
    fn from(view: &AnomalyView) -> Self {
        Self {
            id: view.id.clone(),
            series: view.series.0.cast_signed(),
            name: view.name.clone(),
            labels: serde_json::to_string(&view.labels).unwrap_or_else(|_| "{}".into()),
            resource: view.resource.clone(),
            start_time: view.start.as_millisecond(),
            end_time: view.end.map(Timestamp::as_millisecond),
            direction: view.direction.clone(),
            expected: view.expected,
            lower: view.lower,
            upper: view.upper,
            actual: view.actual,
            score: view.score,
        }
    }
}
