//! The seam between a series and whatever learns its band.

use serde::{Deserialize, Serialize};

/// Learns one series, a point at a time, and judges each point before learning from it.
pub trait Detector: Send {
    /// Judges `value`, seen at `time_ms` (milliseconds since the epoch), then learns from it.
    ///
    /// A value that is not finite is not judged and teaches nothing.
    fn observe(&mut self, time_ms: i64, value: f64) -> Judgement;
}

/// What a detector makes of one point. All values are in the unit of the series.
///
/// While nothing can be said yet (the first two points), `lower` and `upper` equal `expected`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// The value that was expected.
    pub expected: f64,
    /// The least value that would have been ordinary.
    pub lower: f64,
    /// The greatest value that would have been ordinary.
    pub upper: f64,
    /// How strange the value is: 0 as expected, 0.5 on the edge of the band, towards 1 far outside.
    pub score: f64,
    /// Whether the series is too little known to alert on.
    pub warming: bool,
    /// The edge of an anomaly, when this point is one.
    pub transition: Option<Transition>,
}

/// An edge of an anomaly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transition {
    /// An anomaly began.
    Opened(Opening),
    /// The open anomaly is over: the series came back, fell silent, or its new level became normal.
    Closed(Closing),
}

/// The side of the band on which a value left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Greater than expected.
    Above,
    /// Less than expected.
    Below,
}

/// The beginning of an anomaly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opening {
    /// When the series left its band, in milliseconds since the epoch; may be some points before this one.
    pub start_ms: i64,
    /// Where it went.
    pub direction: Side,
    /// The value that was expected at the start.
    pub expected: f64,
    /// The lower edge of the band at the start.
    pub lower: f64,
    /// The upper edge of the band at the start.
    pub upper: f64,
    /// The most extreme value so far.
    pub actual: f64,
    /// The greatest score so far, 0 to 1.
    pub score: f64,
}

/// A whole anomaly, told when it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closing {
    /// When the series left its band, in milliseconds since the epoch.
    pub start_ms: i64,
    /// When it was outside its band for the last time, in milliseconds since the epoch.
    pub end_ms: i64,
    /// Where it went.
    pub direction: Side,
    /// The value that was expected at the start.
    pub expected: f64,
    /// The lower edge of the band at the start.
    pub lower: f64,
    /// The upper edge of the band at the start.
    pub upper: f64,
    /// The most extreme value of the whole anomaly.
    pub actual: f64,
    /// The greatest score of the whole anomaly, 0 to 1.
    pub score: f64,
}
