//! One series in memory.

use super::PackedLabels;
use crate::{
    band::{BandSettings, Detector, Judgement, Rate, StreamingBand},
    host::noise_floor,
    ingest::Kind,
};

/// How far apart the rows of a band are kept at least while it moves, in milliseconds.
const MOVING_EVERY_MS: i64 = 30_000;
/// The same while it stands still.
const STILL_EVERY_MS: i64 = 300_000;
/// By which part of its width an edge must move for the band to have moved.
const MOVED: f64 = 0.05;

/// One series in memory.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) labels: PackedLabels,
    pub(crate) kind: Kind,
    pub(crate) unit: Option<Box<str>>,
    /// Whether the table of series has it.
    pub(crate) recorded: bool,
    /// The time of the last sample that is durable; [`i64::MIN`] when there is none.
    pub(crate) committed_ms: i64,
    /// The time up to which samples are being written; equal to `committed_ms` when none are.
    pub(crate) reserved_ms: i64,
    /// The last value that was judged.
    pub(crate) last_value: f64,
    /// When the last row of its band was kept.
    pub(crate) band_ms: i64,
    /// The edges in that row.
    pub(crate) band_edges: [f32; 2],
    pub(crate) rate: Rate,
    pub(crate) band: StreamingBand,
}

/// A row of the table of bands, and what the judgement said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BandRow {
    pub(crate) time_ms: i64,
    pub(crate) value: f64,
    pub(crate) judgement: Judgement,
    /// Whether it is worth keeping; else it only goes to whoever looks on.
    pub(crate) keep: bool,
}

impl Slot {
    /// A series that nothing is known of but its name.
    pub(crate) fn new(labels: PackedLabels, kind: Kind, unit: Option<&str>) -> Self {
        let kind = if kind == Kind::Unknown { Kind::of_name(labels.name()) } else { kind };
        let band = StreamingBand::new(BandSettings { minimum_deviation: noise_floor(labels.name()), ..BandSettings::default() });
        Self {
            labels,
            kind,
            unit: unit.map(Into::into),
            recorded: false,
            committed_ms: i64::MIN,
            reserved_ms: i64::MIN,
            last_value: f64::NAN,
            band_ms: i64::MIN,
            band_edges: [f32::NAN; 2],
            rate: Rate::new(),
            band,
        }
    }

    /// Judges a durable sample. Answers nothing for one that is not newer than the last, and for the first of a counter.
    pub(crate) fn observe(&mut self, time_ms: i64, value: f64) -> Option<BandRow> {
        if time_ms <= self.committed_ms {
            return None;
        }
        self.committed_ms = time_ms;
        self.reserved_ms = self.reserved_ms.max(time_ms);
        let value = match self.kind {
            Kind::Counter => self.rate.per_second(time_ms, value)?,
            Kind::Gauge | Kind::Unknown => value,
        };
        let judgement = self.band.observe(time_ms, value);
        self.last_value = value;
        let keep = self.is_worth_keeping(time_ms, &judgement);
        if keep {
            self.band_ms = time_ms;
            self.band_edges = [judgement.lower as f32, judgement.upper as f32];
        }
        Some(BandRow { time_ms, value, judgement, keep })
    }

    /// Whether a row of the band tells more than the last one that was kept.
    fn is_worth_keeping(&self, time_ms: i64, judgement: &Judgement) -> bool {
        let visible = judgement.upper > judgement.lower || !judgement.warming;
        if !visible || time_ms <= self.band_ms {
            return false;
        }
        let [lower, upper] = self.band_edges.map(f64::from);
        let width = judgement.upper - judgement.lower;
        // Edges that are not known yet compare as moved.
        let stands = (judgement.lower - lower).abs() <= MOVED * width && (judgement.upper - upper).abs() <= MOVED * width;
        let passed = time_ms.saturating_sub(self.band_ms);
        let due = if stands { passed >= STILL_EVERY_MS } else { judgement.warming || passed >= MOVING_EVERY_MS };
        due || judgement.transition.is_some()
    }

    /// Its state in a word.
    pub(crate) fn state(&self) -> &'static str {
        match (self.band.is_anomalous(), self.band.is_warming()) {
            (true, _) => "anomalous",
            (false, true) => "warming",
            (false, false) => "normal",
        }
    }

    /// What a person calls its kind.
    pub(crate) fn kind_name(&self) -> &'static str {
        if self.kind == Kind::Counter { "counter" } else { "gauge" }
    }
}
