//! Puts a value and its labels into the form that the sink takes.

use crate::ingest::{Kind, NAME, Sample, SeriesRef, SeriesSink};

/// The most labels that a series here has, name and host included.
const MOST_LABELS: usize = 8;

/// A sink for one collection: the host and the time are the same for all of it.
pub(super) struct Emit<'a> {
    host: &'a str,
    now_ms: i64,
    sink: &'a mut dyn SeriesSink,
}

impl<'a> Emit<'a> {
    pub fn new(host: &'a str, now_ms: i64, sink: &'a mut dyn SeriesSink) -> Self {
        Self { host, now_ms, sink }
    }

    /// A value that goes up and down.
    pub fn gauge(&mut self, name: &str, unit: &str, labels: &[(&str, &str)], value: f64) {
        self.series(name, Kind::Gauge, unit, labels, value);
    }

    /// A value that only grows.
    pub fn counter(&mut self, name: &str, unit: &str, labels: &[(&str, &str)], value: f64) {
        self.series(name, Kind::Counter, unit, labels, value);
    }

    fn series(&mut self, name: &str, kind: Kind, unit: &str, own: &[(&str, &str)], value: f64) {
        if !value.is_finite() {
            return;
        }
        let mut labels = [("", ""); MOST_LABELS];
        let given = own.iter().copied().filter(|(_, value)| !value.is_empty());
        let mut known = 0;
        for (place, label) in labels.iter_mut().zip([(NAME, name), ("host", self.host)].into_iter().chain(given)) {
            *place = label;
            known += 1;
        }
        let labels = &mut labels[..known];
        labels.sort_unstable();
        let unit = (!unit.is_empty()).then_some(unit);
        let samples = [Sample { time_ms: self.now_ms, value }];
        self.sink.series(SeriesRef { labels, kind, unit, samples: &samples });
    }
}
