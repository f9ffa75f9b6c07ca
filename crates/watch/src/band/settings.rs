//! What a person may say about a series' band.

use super::Side;
use serde::{Deserialize, Serialize};

/// Which side of the band an anomaly may lie on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Too much and too little both count.
    #[default]
    Both,
    /// Only too much counts.
    Above,
    /// Only too little counts.
    Below,
}

impl Direction {
    /// Whether leaving the band on `side` counts.
    #[must_use]
    pub fn watches(self, side: Side) -> bool {
        match self {
            Self::Both => true,
            Self::Above => side == Side::Above,
            Self::Below => side == Side::Below,
        }
    }
}

/// Settings of one series' band; the default suits any series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BandSettings {
    /// Which side of the band an anomaly may lie on.
    #[serde(default)]
    pub direction: Direction,
    /// A deviation that is never worth telling, in the unit of the series: the band reaches at least this
    /// far to each side. Zero leaves it to what was learned.
    #[serde(default)]
    pub minimum_deviation: f32,
}
