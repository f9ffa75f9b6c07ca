//! What every decoder hands on: one series with its samples.

/// The label that carries a series' metric name.
pub const NAME: &str = "__name__";

/// Takes in what a decoder reads, one series at a time.
///
/// A sink is called once for each series message of a body, so a sender that repeats a series in one body causes
/// repeated calls, and only the samples within one call are sure to be in order. When the decoder answers an error,
/// everything that the sink was handed during that decode must be thrown away.
pub trait SeriesSink {
    /// Takes one series with all its accepted samples; `series.samples` is never empty.
    fn series(&mut self, series: SeriesRef<'_>);
}

/// One series and its samples, borrowed from the body that is being decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeriesRef<'a> {
    /// Names and values, sorted by name, each name once, no empty values, `__name__` among them.
    pub labels: &'a [(&'a str, &'a str)],
    /// How the values behave over time.
    pub kind: Kind,
    /// The unit in Prometheus' spelling, such as `seconds` or `bytes`, when the sender says.
    pub unit: Option<&'a str>,
    /// Samples in ascending time, each time once, all finite and within the limits.
    pub samples: &'a [Sample],
}

impl<'a> SeriesRef<'a> {
    /// The value of the label `__name__`.
    pub fn name(&self) -> &'a str {
        self.labels.iter().find(|(name, _)| *name == NAME).map_or("", |(_, value)| value)
    }
}

/// One value at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// The value, in the series' unit.
    pub value: f64,
}

/// How a series' values behave over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Goes up and down; the value itself is what counts.
    Gauge,
    /// Only grows, apart from restarts at zero; its rate is what counts.
    Counter,
    /// The sender does not say. The name decides: see [`Kind::of_name`].
    Unknown,
}

impl Kind {
    /// What a metric's name says of its kind where the sender says nothing: names that end in `_total`, `_count`,
    /// `_sum` or `_bucket` are counters by convention, all others gauges. Never answers `Unknown`.
    pub fn of_name(name: &str) -> Kind {
        match ["_total", "_count", "_sum", "_bucket"].iter().any(|suffix| name.ends_with(suffix)) {
            true => Kind::Counter,
            false => Kind::Gauge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whether_it_counts() {
        for name in ["http_requests_total", "latency_seconds_count", "latency_seconds_sum", "latency_seconds_bucket"] {
            assert_eq!(Kind::of_name(name), Kind::Counter, "{name}");
        }
        for name in ["temperature_celsius", "total", "counter", ""] {
            assert_eq!(Kind::of_name(name), Kind::Gauge, "{name}");
        }
    }
}
