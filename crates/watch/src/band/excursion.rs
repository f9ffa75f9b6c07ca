//! One stay outside the band: when it counts as an anomaly, and when that anomaly is over.
//! Knows points as inside or outside only; what the band is, is decided elsewhere.

use super::{Closing, Opening, Side};

/// Points in the band, in a row, after which an anomaly is over.
const RECOVERY: u8 = 5;

/// The stay outside that is going on, or was last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Excursion {
    /// When it began.
    pub start_ms: i64,
    /// What was expected when it began.
    pub expected: f64,
    /// Its most extreme value.
    pub actual: f64,
    /// How far the band reached below what was expected when it began.
    pub below: f32,
    /// How far the band reached above what was expected when it began.
    pub above: f32,
    /// Its greatest score.
    pub peak: f32,
    /// From the start to its last point outside.
    pub lasted_ms: u32,
    /// Where it is.
    pub side: Side,
    /// Whether an anomaly is open.
    pub open: bool,
    /// Points outside on this side, in a row, the last one included.
    pub run: u8,
    /// Points inside, in a row, since an open anomaly was last outside.
    pub calm: u8,
}

/// The band that a point was judged against.
#[derive(Clone, Copy)]
pub(super) struct Edges {
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
}

impl Default for Excursion {
    fn default() -> Self {
        Self {
            start_ms: 0,
            expected: 0.0,
            actual: 0.0,
            below: 0.0,
            above: 0.0,
            peak: 0.0,
            lasted_ms: 0,
            side: Side::Above,
            open: false,
            run: 0,
            calm: 0,
        }
    }
}

impl Excursion {
    /// Takes a point outside on `side`.
    pub fn outside(&mut self, time_ms: i64, value: f64, side: Side, score: f64, edges: &Edges) {
        let goes_on = self.run > 0 && self.side == side;
        self.run = if goes_on { self.run.saturating_add(1) } else { 1 };
        self.calm = 0;
        if !self.open && !goes_on {
            self.start_ms = time_ms;
            self.expected = edges.expected;
            self.actual = value;
            self.below = (edges.expected - edges.lower) as f32;
            self.above = (edges.upper - edges.expected) as f32;
            self.peak = 0.0;
        }
        self.side = side;
        self.lasted_ms = u32::try_from(time_ms.saturating_sub(self.start_ms).max(0)).unwrap_or(u32::MAX);
        self.peak = self.peak.max(score as f32);
        if (value - self.expected).abs() > (self.actual - self.expected).abs() {
            self.actual = value;
        }
    }

    /// Takes a point inside; true when the open anomaly is over by it.
    pub fn inside(&mut self) -> bool {
        self.run = 0;
        if self.open {
            self.calm = self.calm.saturating_add(1);
        }
        self.open && self.calm >= RECOVERY
    }

    /// Makes this stay an anomaly.
    pub fn open(&mut self) -> Opening {
        self.open = true;
        Opening {
            start_ms: self.start_ms,
            direction: self.direction(),
            expected: self.expected,
            lower: self.lower(),
            upper: self.upper(),
            actual: self.actual,
            score: f64::from(self.peak),
        }
    }

    /// Forgets this stay; what it was, when it was an anomaly.
    pub fn end(&mut self) -> Option<Closing> {
        let closing = self.open.then(|| Closing {
            start_ms: self.start_ms,
            end_ms: self.start_ms.saturating_add(i64::from(self.lasted_ms)),
            direction: self.direction(),
            expected: self.expected,
            lower: self.lower(),
            upper: self.upper(),
            actual: self.actual,
            score: f64::from(self.peak),
        });
        self.open = false;
        self.run = 0;
        self.calm = 0;
        closing
    }

    /// The side of the most extreme value, since an anomaly may cross the band.
    fn direction(&self) -> Side {
        if self.actual < self.expected { Side::Below } else { Side::Above }
    }

    fn lower(&self) -> f64 {
        let lower = self.expected - f64::from(self.below);
        // The distance is kept in single precision, which must not turn an edge at zero into one just below it.
        if lower.abs() < f64::from(f32::EPSILON) * self.expected.abs() { 0.0 } else { lower }
    }

    fn upper(&self) -> f64 {
        self.expected + f64::from(self.above)
    }
}
